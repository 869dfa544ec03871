"""What a submission loses by coming late, as the course's late policy says: pure functions, for any way of grading."""
import math
from fractions import Fraction

from instructor.judges.verdict import as_short_text

MINUTE, HOUR, DAY = 60, 3600, 86400  # seconds


def seconds_of(days):
    """The seconds of so many days, a Fraction >= 0, which somebody has typed as a decimal: an int.

    They are rounded to the minute, because an hour is typed as 0.0417 days, though that is three seconds more. What
    came late stays late: above 0, it is at least a minute.
    """
    return max(math.floor(Fraction(days) * DAY / MINUTE + Fraction(1, 2)), 1) * MINUTE if days else 0


def late_deduction(policy, points, seconds):
    """How many of its points a submission loses that came so many seconds after it was due: a Fraction.

    policy: a course.Late. points: of the submission, a Fraction or int >= 0; it never loses more than these. seconds:
    a number, exact if it is an int or a Fraction; below 0 for a submission that came early.
    """
    counted = _counted(policy, seconds)
    if _too_late(policy, counted):
        return Fraction(points)
    return min(Fraction(points), _days(counted) * policy.points_per_day)


def explanation(policy, seconds):
    """Why that much is lost, for students and teachers: 'handed in 1.5 days late: 10 points for each of 2 days'."""
    if seconds <= 0:
        return 'counts as handed in on time'
    counted, how_late = _counted(policy, seconds), f'handed in {_with_unit(Fraction(seconds) / DAY, "day")} late'
    grace = f'grace period of {_with_unit(policy.grace_hours, "hour")}' if policy.grace_hours else ''
    after = f', after a {grace}' if grace else ''
    if _too_late(policy, counted):
        return f'{how_late}: no points are left after {_with_unit(policy.no_credit_after_days, "day")}{after}'
    if not counted:
        return f'{how_late}, within the {grace}'
    days = _days(counted)
    each = f'each of {days} days begun' if days > 1 else 'one day begun'
    return f'{how_late}: {_with_unit(policy.points_per_day, "point")} for {each}{after}'


def _counted(policy, seconds):
    """The seconds that count: those after the grace period."""
    return max(Fraction(seconds) - policy.grace_hours * HOUR, Fraction(0))


def _days(counted):
    return math.ceil(counted / DAY)


def _too_late(policy, counted):
    limit = policy.no_credit_after_days
    return limit is not None and counted > limit * DAY


def _with_unit(number, unit):
    return f'{as_short_text(number)} {unit}{"" if number == 1 else "s"}'
