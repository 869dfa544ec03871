"""Why somebody has to review a whole submission before it gets a grade."""
from dataclasses import dataclass


@dataclass(frozen=True)
class Reason:
    """One reason for a review.

    kind: a short name that code can go by. text: a line for the teacher. for_student: whether the student's own page
    may show this line too; not if it names other students.
    """

    kind: str
    text: str
    for_student: bool = True
