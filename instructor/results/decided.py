"""What a person has decided, and what coming late costs, as people see it: on a student's page and in the report."""
from dataclasses import dataclass
from fractions import Fraction

from instructor.judges import verdict
from instructor.results import gradesheet
from instructor.results.decision import DAYS_LATE, WHOLE


@dataclass(frozen=True)
class Decided:
    """A decision as people see it. points: '17.00 of 22', share: of the points; instead_of: '0.00 of 22: why' or ''."""

    label: str
    share: Fraction
    points: str
    comment: str
    instead_of: str


def decisions(row):
    """What a person has decided on a submission, as a list of Decided."""
    course, found, overruled = row.course, [], row.overruled
    if WHOLE in row.decisions:
        one = row.decisions[WHOLE]
        points = f'{verdict.as_text(one.points)} of {verdict.as_short_text(course.total)}'
        found.append(Decided('The whole submission', one.points / (course.total or 1), points, one.comment, ''))
    for item, now in row.verdicts.items():
        if now.kind == gradesheet.DECIDED:
            before = overruled.get(item)
            found.append(Decided(course.assignment.items[item].label, now.share, _points(now, course),
                                 row.decisions[item].comment,
                                 f'{_points(before, course)}: {before.reason}' if before else ''))
    return found


def _points(found, course):
    return f'{gradesheet.points_text(found, course)} of {verdict.as_short_text(course.points[found.item])}'


def lateness(row):
    """What coming late costs, as a list of lines.

    Such as 'handed in 1.5 days late: 10 points for each of 2 days begun', what a person adds to that, and, if the
    total is certain, '87.33 - 20 = 67.33'. Empty if nobody has said how late it came.
    """
    if not row.lateness:
        return []
    lost = verdict.as_short_text(row.lost_by_lateness)
    sums = [f'{verdict.as_text(row.so_far)} - {lost} = {row.total}'] if row.total and row.lost_by_lateness else []
    return [row.lateness, *row.decisions[DAYS_LATE].comment.splitlines(), *sums]
