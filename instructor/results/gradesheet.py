"""A row of the gradesheet: a submission, its judgement, and the points that this comes to."""
import hashlib
import re
from dataclasses import dataclass
from typing import Optional

from instructor.course import Course
from instructor.intake.downloads import Submission
from instructor.judges import verdict

GRADED, NEEDS_REVIEW, FAULT, LEFT_OUT = 'graded', 'needs review', 'grader fault', 'left out'


@dataclass(frozen=True)
class Row:
    """A Submission (see intake/downloads.py) with its judgement.

    name: the student's, from the gradebook if there is one, otherwise from the download. judged: what judging.judge
    returns; None if nothing was judged. in_gradebook: whether there is a student to give the points to.
    """

    submission: Submission
    name: str
    course: Course
    judged: Optional[dict] = None
    in_gradebook: bool = True

    @property
    def verdicts(self):
        """Dict of item -> Verdict, in the order of the course; empty if nothing was judged."""
        return {found.item: found for found in self.judged['verdicts']} if self.judged else {}

    @property
    def flags(self):
        return self.judged['flags'] if self.judged else []

    @property
    def review_reasons(self):
        """The Reasons for a review of all of it, from reading it in and from judging it, each once."""
        judged = self.judged.get('review_reasons', []) if self.judged else []
        return [*dict.fromkeys([*self.submission.review_reasons, *judged])]

    @property
    def state(self):
        """One of the four states at the top of this file."""
        if self.submission.review_reasons:
            return NEEDS_REVIEW
        if not self.judged:
            return LEFT_OUT
        if any(found.kind == verdict.GRADER_FAULT for found in self.verdicts.values()):
            return FAULT
        is_open = self.review_reasons or any(found.needs_review for found in self.verdicts.values())
        return NEEDS_REVIEW if is_open else GRADED

    @property
    def total(self):
        """The points as text, '87.33'; None until a review has decided."""
        return verdict.as_text(verdict.total(self.verdicts.values(), self.course)) if self.state == GRADED else None

    @property
    def so_far(self):
        """The points of everything that is decided, as a Fraction."""
        return verdict.total([found for found in self.verdicts.values() if not found.needs_review], self.course)

    @property
    def reasons(self):
        """Why it needs review, as a list of lines, each cause once."""
        # cause -> its Verdicts; Verdicts of one kind have one cause, though each may name another epoch
        causes: dict[str, list] = {}
        for found in self.verdicts.values():
            # A file that cannot be parsed is a reason for a review already.
            if found.needs_review and not (found.kind == verdict.UNREADABLE and self.review_reasons):
                causes.setdefault(found.kind or found.reason, []).append(found)
        lines = [reason.text for reason in self.review_reasons]
        return [*dict.fromkeys([*lines, *map(self._cause, causes.values())])]

    def _cause(self, alike):
        reason, titles = alike[0].reason, [self.course.assignment.items[found.item].title for found in alike]
        if any(found.reason != reason for found in alike):
            # The reason of a function's Verdict names the function.
            named = reason if alike[0].item in self.course.assignment.functions else f'{titles[0]} {reason}'
            reason = f'{named}; the others are alike'
        labels = ', '.join(titles)
        return reason if len(alike) == len(self.verdicts) else f'{labels}: {reason}'

    @property
    def page_name(self):
        """A file name for the student's page: safe on every system, and unique in the class."""
        name = re.sub(r'\W+', '-', self.submission.student)[:40]
        rest = self.submission.user_id or hashlib.sha256(
            self.submission.member.encode('utf-8', 'backslashreplace')).hexdigest()[:16]
        return f'{name}_{rest}.html'


def points_text(found, course):
    """The points of a Verdict as text; '?' if it needs review."""
    return '?' if found.needs_review else verdict.as_text(verdict.points(found, course))


def parts(found, course):
    """The parts of an item that have weights: a list of (name, points, max points, result).

    The points are Fractions. Empty if the item has no parts, or if not all of them were judged.
    """
    weights, results = course.assignment.items[found.item].parts, dict(found.details)
    if not weights or not weights.keys() <= results.keys():
        return []
    one = course.points[found.item] / sum(weights.values())
    max_points = {part: one * weight for part, weight in weights.items()}
    return [(part, points if results[part] == verdict.RIGHT else 0 * points, points, results[part])
            for part, points in max_points.items()]


def sum_text(found, course):
    """How the points of a Verdict add up, '2 + 5 + 5 + 5 + 0'; '' if there is nothing to add up.

    What a function loses for changing its arguments is subtracted: '10 - 2.5 (an argument is changed in place)'.
    """
    if found.share in (None, 1) or not verdict.points(found, course):
        return ''
    max_points, weighed = course.points[found.item], parts(found, course)
    if not weighed and found.item not in course.assignment.functions:
        return ''
    earned = sum(points for _, points, _, _ in weighed) if weighed else max_points
    text = _added(weighed, found.item, course) if weighed else verdict.as_short_text(max_points)
    lost, share = earned - verdict.points(found, course), course.assignment.changed_in_place
    if not lost:
        return text
    if lost in (share * max_points, share * earned):
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
