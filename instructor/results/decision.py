"""A decision of a person: on an item of a submission, on the whole of it, or on how late it came."""
import hashlib
import json
from dataclasses import dataclass
from fractions import Fraction
from typing import Optional

WHOLE, DAYS_LATE = 'whole submission', 'days late'  # stand in place of an item
MOST_DAYS, MOST_LINES = 1000, 20


class DecisionsError(ValueError):
    """Decisions cannot be taken; lines: what is wrong, each with the name of the file and what to do."""

    def __init__(self, *lines):
        more = [f'... and {len(lines) - MOST_LINES} more lines like these'] if len(lines) > MOST_LINES else []
        self.lines = [*lines[:MOST_LINES], *more]
        super().__init__('; '.join(self.lines))


@dataclass(frozen=True)
class Decision:
    """A decision of a person.

    key: of the submission, see intake/downloads.py. name: the student's. item: one of the course, WHOLE or DAYS_LATE.
    points: a Fraction, of days for DAYS_LATE; None if only a comment was written so far. version: of the submission,
    see version_of. max_points: the most that could be given when it was made, a Fraction; None if that is not known.
    """

    key: str
    name: str
    item: str
    points: Optional[Fraction]
    comment: str
    version: str
    max_points: Optional[Fraction] = None

    def to_json(self):
        return {name: str(value) if isinstance(value, Fraction) else value for name, value in vars(self).items()}

    @classmethod
    def from_json(cls, values):
        """Raises ValueError, TypeError or LookupError for anything that to_json has not written."""
        points, most = (None if text is None else Fraction(text)
                        for text in (values['points'], values.get('max_points')))
        texts = {name: values[name] for name in ('key', 'name', 'item', 'comment', 'version')}
        if not all(isinstance(text, str) for text in texts.values()):
            raise ValueError('not a decision')
        return cls(points=points, max_points=most, **texts)


def version_of(submission, item):
    """A short text that differs for another student or other content; no spreadsheet takes it for a number.

    An extension, which takes Canvas's mark for late files away, changes it for DAYS_LATE only.
    """
    about = [submission.key, submission.content_digest, *[submission.late] * (item == DAYS_LATE)]
    return f'v{hashlib.sha256(json.dumps(about).encode()).hexdigest()[:12]}'


def is_about(one, submission):
    """Whether a Decision was made for a submission as it is now."""
    return (one.key, one.version) == (submission.key, version_of(submission, one.item))


def max_points(item, course):
    """The most that a person may give for an item: a Fraction; None if there is no such item."""
    special = {WHOLE: course.total, DAYS_LATE: Fraction(MOST_DAYS) if course.late else None}
    return course.points.get(item, special.get(item))


def holds(one, submission, course):
    """Whether a Decision counts: it has points, the course can give them, and the submission is still the same."""
    most = max_points(one.item, course)
    return one.points is not None and most is not None and one.points <= most and is_about(one, submission)
