"""What a process answered to the calls of its cases, as workers/call_functions.py describes it."""
from dataclasses import dataclass
from typing import Optional

from instructor.sandbox.worker_runs import last_line, traceback_text


class Value:
    """A value that a process described: its array if it sent one, else what it is in words."""

    def __init__(self, described, arrays):
        self.array = None if described['array'] is None else arrays[described['array']]
        self.type = ''.join(char for char in str(described['type'])[:60] if char.isprintable())
        self.plain = described.get('value')
        if self.type == 'ndarray':
            self.words = f'an array of {str(described["dtype"])[:40]} of shape {str(described["shape"])[:40]}'
        else:
            self.words = 'None' if self.type == 'NoneType' else f'of type {self.type}'


NOTHING = Value({'array': None, 'type': 'NoneType'}, [])


@dataclass(frozen=True)
class Failure:
    """What the student's code raised: its kind as in Verdict, its last line and its traceback as text."""

    kind: str
    line: str
    traceback: str


@dataclass(frozen=True)
class Answer:
    """What a process sent about one call. drew: whether numpy's global random numbers were drawn."""

    results: dict[str, Value]
    failure: Optional[Failure]
    drew: bool


def read_answer(described, arrays, scripts):
    """The Answer in a description of workers/call_functions.py; scripts: names, whose lines tracebacks show.

    Raises one of worker_runs.FORGED if the description is not of our form.
    """
    error, failure = described['error'], None
    if error is not None:
        kind = ('endless' if error['timed_out'] else 'not-written' if error['is_blank'] else
                'exits' if error['is_exit'] else 'raises')
        failure = Failure(kind, last_line(error), traceback_text(error, scripts))
    results = {str(name): Value(words, arrays) for name, words in described['results'].items()}
    return Answer(results, failure, bool(described['drew']))
