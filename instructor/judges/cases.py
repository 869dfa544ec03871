"""What the functions of an assignment are judged on: calls of the student's code, and what only the grader knows.

An assignment's cases module, named by its question in assignment.json, has

    draw(item, digest, **variation) -> Draw     the cases of an item; the numbers follow from the submission's digest

and, if they are needed,

    Comparison                      a subclass of comparison.Comparison that knows the assignment's own mistakes
    reconsider(judge, verdicts)     changes verdicts, a dict of item -> Verdict, that depend on each other
"""
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any, Optional

import numpy as np

from checking import TOLERANCE, Hint

RETURNED = 'returned value'


@dataclass(frozen=True)
class Call:
    """What a student's process is asked to call. All of it reaches the student's code, and nothing else does.

    exercise: a function of the assignment's exercises module, which uses the student's code as the cases need it; ''
    for the item itself, a function of the student's script. arguments: name -> name of an input array; options: name ->
    a value that JSON can hold.
    """

    arguments: dict[str, str]
    exercise: str = ''
    options: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Case:
    """A Call, and what the student's process must not know of it.

    results: the names of the results that are compared with those of the master's code; none if the call is only
    made, as training does before it. about: words on the call for the student, besides the shape of its first
    argument. hint: what to say about a wrong result if only one thing can be wrong. tolerance: the largest difference
    that is right, see checking.differences. role: what the assignment's own Comparison knows it by.
    asked: what the master's code is asked to do, if that is another call.
    """

    call: Call
    results: tuple[str, ...] = (RETURNED,)
    about: str = ''
    hint: Optional[Hint] = None
    tolerance: float = TOLERANCE
    role: str = ''
    asked: Optional[Call] = None


@dataclass
class Draw:
    """The cases of an item, in the order in which they are called, and their inputs by name."""

    cases: list[Case] = field(default_factory=list)
    inputs: dict[str, np.ndarray] = field(default_factory=dict)

    def add_input(self, array: np.ndarray) -> str:
        """The name under which an array is handed to calls."""
        name = f'a{len(self.inputs)}'
        self.inputs[name] = array
        return name


@cache
def load_module(path: Path) -> ModuleType:
    """The module in a file of an assignment, which need not be on Python's path."""
    loader = SourceFileLoader(f'{path.stem}_of_{path.parent.name}', str(path))
    module = ModuleType(loader.name)
    loader.exec_module(module)
    return module
