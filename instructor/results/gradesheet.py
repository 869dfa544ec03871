"""A row of the class: a submission, what was judged of it, and what that comes to."""
import hashlib
import re
from dataclasses import dataclass
from typing import Optional

from instructor.course import Course
from instructor.intake.downloads import Submission
from instructor.judges import verdict

GRADED, PERSON, FAULT, LEFT_OUT = 'graded', 'needs a person', 'grader fault', 'left out'


@dataclass(frozen=True)
class Row:
    """A submission (see intake.py) with its judgement.

    name: the student's, as the gradebook has it, or else the download. judged: dict with 'verdicts' (list of Verdict,
    one an item of the course) and 'flags' (list of lines); None where nothing was judged. in_gradebook: whether there
    is a student for its points.
    """

    submission: Submission
    name: str
    course: Course
    judged: Optional[dict] = None
    in_gradebook: bool = True

    @property
    def verdicts(self):
        """Dict of item -> Verdict, in the order of the course; empty where nothing was judged."""
        return {found.item: found for found in self.judged['verdicts']} if self.judged else {}

    @property
    def flags(self):
        return self.judged['flags'] if self.judged else []

    @property
    def review(self):
        """Reasons why a person has to look at all of it, that came up as it was judged."""
        return self.judged.get('review', []) if self.judged else []

    @property
    def state(self):
        """One of the four words at the top of this file."""
        if self.submission.person:
            return PERSON
        if not self.judged:
            return LEFT_OUT
        if any(found.kind == verdict.GRADER_FAULT for found in self.verdicts.values()):
            return FAULT
        return PERSON if self.review or any(found.needs_person for found in self.verdicts.values()) else GRADED

    @property
    def total(self):
        """The points as text, '87.33'; None where a person has to decide before."""
        return verdict.as_text(verdict.total(self.verdicts.values(), self.course)) if self.state == GRADED else None

    @property
    def so_far(self):
        """The points of all that was decided, as a Fraction."""
        return verdict.total([found for found in self.verdicts.values() if not found.needs_person], self.course)

    @property
    def reasons(self):
        """Why a person has to look at it, as a list of lines, each cause once."""
        # cause -> its Verdicts; those of one kind have the same, though one may name another epoch
        causes: dict[str, list] = {}
        for found in self.verdicts.values():
            # A file that cannot be parsed is a reason for a review already.
            if found.needs_person and not (found.kind == verdict.UNREADABLE and self.review):
                causes.setdefault(found.kind or found.reason, []).append(found)
        return [*dict.fromkeys([*self.submission.person, *self.review, *map(self._cause, causes.values())])]

    def _cause(self, alike):
        reason, titles = alike[0].reason, [self.course.assignment.items[found.item].title for found in alike]
        if any(found.reason != reason for found in alike):
            # What is said of a function names it.
            named = reason if alike[0].item in self.course.assignment.functions else f'{titles[0]} {reason}'
            reason = f'{named}; the others are alike'
        labels = ', '.join(titles)
        return reason if len(alike) == len(self.verdicts) else f'{labels}: {reason}'

    @property
    def page_name(self):
        """A name for the file with the student's page: safe on every system, and of no other row of the class."""
        name = re.sub(r'\W+', '-', self.submission.student)[:40]
        rest = self.submission.user_id or hashlib.sha256(
            self.submission.member.encode('utf-8', 'backslashreplace')).hexdigest()[:16]
        return f'{name}_{rest}.html'


def points_text(found, course):
    """The points of a Verdict as text; '?' where a person has to decide."""
    return '?' if found.needs_person else verdict.as_text(verdict.points(found, course))


def parts(found, course):
    """The parts of an item that have weights: a list of (name, points, possible points, what was found).

    The points are Fractions. Empty where the item has no parts, or where not all of them were looked at.
    """
    weights, told = course.assignment.items[found.item].parts, dict(found.details)
    if not weights or not weights.keys() <= told.keys():
        return []
    one = course.points[found.item] / sum(weights.values())
    possible = {part: one * weight for part, weight in weights.items()}
    return [(part, points if told[part] == verdict.RIGHT else 0 * points, points, told[part])
            for part, points in possible.items()]


def sum_text(found, course):
    """How the points of a Verdict come about, '2 + 5 + 5 + 5 + 0'; '' where there is nothing to add up.

    What a function loses by changing its arguments is taken off: '10 - 2.5 (an argument is changed in place)'.
    """
    if found.share in (None, 1) or not verdict.points(found, course):
        return ''
    possible, weighed = course.points[found.item], parts(found, course)
    if not weighed and found.item not in course.assignment.functions:
        return ''
    earned = sum(points for _, points, _, _ in weighed) if weighed else possible
    text = _added(weighed, found.item, course) if weighed else verdict.as_short_text(possible)
    lost, share = earned - verdict.points(found, course), course.assignment.changed_in_place
    if not lost:
        return text
    if lost in (share * possible, share * earned):
        return f'{text} - {verdict.as_short_text(lost)} (an argument is changed in place)'
    return ''


def _added(weighed, item, course):
    if all((100 * points).denominator == 1 for _, _, points, _ in weighed):
        return ' + '.join(verdict.as_short_text(points) for _, points, _, _ in weighed)
    weights = course.assignment.items[item].parts  # thirds of 10 would not add up as decimals
    got = ' + '.join(f'{float(weights[part]):g}' if points else '0' for part, points, _, _ in weighed)
    return f'{float(course.points[item]):g} x ({got}) / {float(sum(weights.values())):g}'


def counted(number, noun):
    """'1 file', '2 files'."""
    return f'{number} {noun}' if number == 1 else f'{number} {noun}s'
