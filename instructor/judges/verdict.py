"""What was judged about one item of a submission, and what it is worth: exact until the total is rounded, once."""
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Optional, Union

GRADER_FAULT = 'grader-fault'
RIGHT = 'right'  # what details say of a part that is
UNREADABLE = 'unreadable'  # kind of the verdicts on a file that Python cannot even parse
_LONGEST = 1000  # characters of a reason
# Students' code says part of the details; whatever it says, a verdict stays a short line of the journal.
_LONGEST_DETAIL, _MOST_DETAILS = 4000, 20


@dataclass(frozen=True)
class Verdict:
    """The judgement on one item of a submission.

    item: a key of the course's points, such as 'linear_layer.backward' or 'q39'.
    share: the share of its points that is earned, a Fraction from 0 to 1; None if the teacher has to decide.
    reason: one line, for the student and the teacher.
    details: (label, text) pairs, such as ('hint', '...'), as plain text: what cannot be printed becomes '?'; at most
    20 of at most 4000 characters, the rest is cut. The label of a part that has a weight of its own is its name in the
    course, such as 'TODO (1)', and the text is RIGHT or what is wrong with it.
    kind: a short name of the mistake, for statistics, such as 'shape'; '' if all is right, GRADER_FAULT if
    the grader itself failed, so that nothing is known about the student's work.
    seen_in: numbers of dimensions of the mini-batches of two and more examples, such as (2, 4), for which a function
    computes something wrong; None if that is not known.
    """

    item: str
    share: Union[Fraction, int, None]
    reason: str
    details: Sequence[tuple[str, Any]] = ()
    kind: str = ''
    seen_in: Optional[Sequence[int]] = None

    def __post_init__(self):
        if self.share is not None:
            object.__setattr__(self, 'share', Fraction(self.share))
            if not 0 <= self.share <= 1:
                raise ValueError(f'a share lies between 0 and 1, not at {self.share}')
        object.__setattr__(self, 'reason', ' '.join(_plain(self.reason).split())[:_LONGEST])
        details = tuple((_cut(label), _cut(text)) for label, text in tuple(self.details)[:_MOST_DETAILS])
        object.__setattr__(self, 'details', details)
        if self.seen_in is not None:
            object.__setattr__(self, 'seen_in', tuple(self.seen_in))

    @property
    def needs_review(self):
        return self.share is None

    def to_json(self):
        """This verdict as a dict that json can write."""
        return {'item': self.item, 'share': None if self.share is None else str(self.share), 'reason': self.reason,
                'details': [list(pair) for pair in self.details], 'kind': self.kind,
                'seen_in': None if self.seen_in is None else list(self.seen_in)}

    @classmethod
    def from_json(cls, values):
        """The verdict that to_json has written. Raises ValueError, TypeError or KeyError for anything else."""
        share = None if values['share'] is None else Fraction(values['share'])
        return cls(values['item'], share, values['reason'], tuple(map(tuple, values['details'])), values['kind'],
                   values.get('seen_in'))


def _cut(value):
    text = str(value)
    return _plain(text if len(text) <= _LONGEST_DETAIL else f'{text[:_LONGEST_DETAIL - 4]} ...')


def _plain(text):
    """Text that can be written and shown anywhere: parts of it come from students' code."""
    return ''.join(char if char.isprintable() or char == '\n' else ' ' if char.isspace() else '?' for char in text)


def grader_fault(item, why):
    """The verdict if the grader itself failed; why: one line."""
    return Verdict(item, None, f'not judged, by a fault of the grader: {why}', kind=GRADER_FAULT)


def points(verdict, course):
    """The points that a verdict is worth in a course: a Fraction, or None."""
    return None if verdict.share is None else verdict.share * course.points[verdict.item]


def total(verdicts, course):
    """The sum of the points, a Fraction; None if one of them needs review."""
    parts = [points(verdict, course) for verdict in verdicts]
    return None if None in parts else sum(parts, Fraction(0))


def sum_of(weights, parts):
    """What some parts of an item weigh together, as a Fraction."""
    return sum((weights[part] for part in parts), Fraction(0))


def as_text(number):
    """A Fraction >= 0 as a plain decimal with two places, halves rounded up: '87.33'."""
    cents = (200 * number.numerator + number.denominator) // (2 * number.denominator)
    return f'{cents // 100}.{cents % 100:02}'


def as_short_text(number):
    """A Fraction >= 0 as as_text gives it, without needless zeros: '87', '2.5'."""
    return as_text(number).rstrip('0').rstrip('.')
