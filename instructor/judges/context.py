"""What a judge knows besides the question and the submission."""
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Optional, Union

from instructor.course import Course
from instructor.judges.printing import Printed
from instructor.judges.reading import Reading
from instructor.judges.training_runs import Secret
from instructor.judges.verdict import Verdict


@dataclass
class Context:
    """What the judges of one submission share.

    run_confined: from worker_runs.confined. reading: what its files hold. verdicts: item -> Verdict, of the questions
    that were judged before. printed: item -> what its code printed. epochs: how many of each run are
    repeated; full_rerun: whether all are if that decides, or a function that says so when it comes to that; secret: for
    epochs > 0; data: the data set, if it is not the assignment's. quick: whether to raise worker_runs.Postponed rather
    than begin what takes long. say: called with a line before something that takes minutes. memory: what a judge keeps
    from one question to the next.
    """

    course: Course
    run_confined: Callable
    reading: Reading
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    printed: dict[str, Printed] = field(default_factory=dict)
    epochs: int = 1
    full_rerun: Union[bool, Callable[[], bool]] = True
    secret: Optional[Secret] = None
    data: Optional[Path] = None
    quick: bool = False
    say: Callable[[str], None] = lambda line: None
    memory: dict[Any, Any] = field(default_factory=dict)

    def may_repeat_all(self):
        """Whether all epochs of a run may be repeated now."""
        return self.full_rerun() if callable(self.full_rerun) else self.full_rerun
