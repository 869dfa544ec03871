"""A row of the gradesheet: a submission, its judgement, and the points that this comes to."""
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Optional

from instructor.course import Course
from instructor.intake.downloads import Submission
from instructor.judges import verdict
from instructor.results.decision import DAYS_LATE, WHOLE, Decision
from instructor.results.late import explanation, late_deduction, seconds_of

DECIDED = 'decided'  # kind of the Verdict of a person
GRADED, NEEDS_REVIEW, FAULT, LEFT_OUT = 'graded', 'needs review', 'grader fault', 'left out'


@dataclass(frozen=True)
class Row:
    """A Submission (see intake/downloads.py) with its judgement.

    name: the student's, from the gradebook if there is one, otherwise from the download. judged: what judging.judge
    returns; None if nothing was judged. in_gradebook: whether there is a student to give the points to. decisions: item
    -> Decision, what a person has decided.
    """

    submission: Submission
    name: str
    course: Course
    judged: Optional[dict] = None
    in_gradebook: bool = True
    decisions: Mapping[str, Decision] = field(default_factory=dict)

    @property
    def judged_verdicts(self):
        """Dict of item -> Verdict of the judges, in the order of the course; empty if nothing was judged."""
        return {found.item: found for found in self.judged['verdicts']} if self.judged else {}

    @property
    def verdicts(self):
        """Dict of item -> Verdict, a person's if there is one; empty if nothing was judged or decided item by item."""
        decided = {item: self._decided(item) for item in self.course.points if item in self.decisions}
        if WHOLE in self.decisions:
            return {}
        found = self.judged_verdicts
        if decided and not self.judged and self.submission.review_reasons:
            found = {item: verdict.Verdict(item, None, 'not decided yet') for item in self.course.points}
        return {item: decided.get(item, found[item]) for item in found}

    def _decided(self, item):
        most, points = self.course.points[item], self.decisions[item].points
        return verdict.Verdict(item, points / most if most else 1, 'decided by your instructor', kind=DECIDED)

    @property
    def overruled(self):
        """Dict of item -> the judges' Verdict in place of which a person has decided otherwise."""
        return {item: found for item, found in self.judged_verdicts.items()
                if item in self.decisions and not found.needs_review
                and verdict.points(found, self.course) != self.decisions[item].points}

    @property
    def flags(self):
        return self.judged['flags'] if self.judged else []

    @property
    def review_reasons(self):
        """The Reasons for a review of all of it, from reading it in and from judging it, each once."""
        judged = self.judged.get('review_reasons', []) if self.judged else []
        return [*dict.fromkeys([*self.submission.review_reasons, *judged])]

    @property
    def is_reviewed(self):
        """Whether a person has decided on everything that was open: on all of it, or on each item of it."""
        left = self._left_open()
        return WHOLE in self.decisions or bool(left) and left.keys() <= self.decisions.keys()

    def _left_open(self):
        """Dict of item -> why the judges have left it to a person."""
        if not self.judged:
            return dict.fromkeys(self.course.points, 'not judged')
        return {item: found.reason for item, found in self.judged_verdicts.items() if found.needs_review}

    @property
    def open_reasons(self):
        """The review_reasons, as long as no person has decided."""
        return [] if self.is_reviewed else self.review_reasons

    @property
    def state(self):
        """One of the four states at the top of this file."""
        if not self.judged and not self.submission.review_reasons:
            return LEFT_OUT
        if any(found.kind == verdict.GRADER_FAULT for found in self.verdicts.values()):
            return FAULT
        is_open = self.open_reasons or any(found.needs_review for found in self.verdicts.values())
        return NEEDS_REVIEW if is_open or self.is_lateness_open else GRADED

    @property
    def days_late(self):
        """How many days late it came, a Fraction, as a person has decided; None if nobody has."""
        return self.decisions[DAYS_LATE].points if DAYS_LATE in self.decisions else None

    @property
    def is_lateness_open(self):
        """Whether it came late, and that costs something: Canvas does not say by how much, so a person has to."""
        return bool(self.course.late and self.submission.late and self.days_late is None)

    @property
    def lost_by_lateness(self):
        """The points that it loses by coming late: a Fraction."""
        seconds = seconds_of(self.days_late or 0)
        return late_deduction(self.course.late, self.so_far, seconds) if seconds else Fraction(0)

    @property
    def lateness(self):
        """Why it loses them, as a line; '' if nobody has said that it came late."""
        return '' if self.days_late is None else explanation(self.course.late, seconds_of(self.days_late))

    @property
    def total(self):
        """The points as text, '87.33', less what lateness costs; None until a review has decided."""
        return verdict.as_text(self.so_far - self.lost_by_lateness) if self.state == GRADED else None

    @property
    def so_far(self):
        """The points of everything that is decided, before lateness costs anything, as a Fraction."""
        if WHOLE in self.decisions:
            return self.decisions[WHOLE].points
        return verdict.total([found for found in self.verdicts.values() if not found.needs_review], self.course)

    @property
    def has_points(self):
        """Whether anything was judged or decided."""
        return bool(self.verdicts) or WHOLE in self.decisions

    def open_items(self):
        """What the judges left to a person, decided or not: dict of item, WHOLE or DAYS_LATE -> why."""
        found: dict[str, str] = {}
        if self.state == LEFT_OUT:
            return found
        if self.review_reasons:
            found[WHOLE] = '; '.join([*(reason.text for reason in self.review_reasons),
                                      'give points for the whole submission, or for each item below'])
        found.update(self._left_open())
        if self.course.late and self.submission.late:
            found[DAYS_LATE] = ('handed in late: write into the column "points" how many days after the due time, such '
                                'as 1.5, or hours, such as 3 h, or 0 if it counts as handed in on time')
        return found

    @property
    def reasons(self):
        """Why it needs review, as a list of lines, each cause once."""
        # cause -> its Verdicts; Verdicts of one kind have one cause, though each may name another epoch
        causes: dict[str, list] = {}
        for found in self.verdicts.values():
            # A file that cannot be parsed is a reason for a review already.
            if found.needs_review and not (found.kind == verdict.UNREADABLE and self.review_reasons):
                causes.setdefault(found.kind or found.reason, []).append(found)
        lines = [reason.text for reason in self.open_reasons]
        lines += ['handed in late: not decided yet by how many days'] if self.is_lateness_open else []
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
