"""late.py: what coming late costs, by numbers worked by hand."""
from fractions import Fraction

import pytest

from instructor.course import Late
from instructor.results.late import DAY, HOUR, explanation, late_deduction, seconds_of

TEN = Late(Fraction(10))
HOUR_OF_GRACE = Late(Fraction(10), grace_hours=Fraction(1))
THREE_DAYS = Late(Fraction(10), grace_hours=Fraction(1), no_credit_after_days=Fraction(3))


@pytest.mark.parametrize('policy, points, seconds, lost', [
    (TEN, 80, -5, 0), (TEN, 80, 0, 0), (TEN, 80, 1, 10), (TEN, 80, DAY, 10), (TEN, 80, DAY + 1, 20),
    (TEN, 80, Fraction(13, 10) * DAY, 20), (TEN, 80, 7.5 * DAY, 80), (TEN, 80, 9 * DAY, 80),  # never below 0
    (TEN, 5, 1, 5), (TEN, 0, DAY, 0), (TEN, Fraction(262, 3), 1, 10),
    (HOUR_OF_GRACE, 80, HOUR, 0), (HOUR_OF_GRACE, 80, HOUR + 1, 10), (HOUR_OF_GRACE, 80, DAY + HOUR, 10),
    (HOUR_OF_GRACE, 80, DAY + HOUR + 1, 20), (THREE_DAYS, 80, 3 * DAY + HOUR, 30),
    (THREE_DAYS, 80, 3 * DAY + HOUR + 1, 80), (Late(Fraction(0)), 80, 99 * DAY, 0),
    (Late(Fraction(5, 2)), 11, 2 * DAY, 5), (Late(Fraction(0), no_credit_after_days=Fraction(0)), 80, 1, 80)])
def test_what_it_costs(policy, points, seconds, lost):
    assert late_deduction(policy, points, seconds) == lost
    assert isinstance(late_deduction(policy, points, seconds), Fraction)


@pytest.mark.parametrize('days, minutes', [
    ('0', 0), ('0.0000001', 1), ('0.0417', 60), ('0.04167', 60), ('0.041', 59), ('0.0424', 61), ('1.0417', 1500),
    ('1.042', 1500), ('0.5', 720), ('7', 7 * 1440)])
def test_days_that_were_typed_are_rounded_to_the_minute(days, minutes):
    assert seconds_of(Fraction(days)) == 60 * minutes


@pytest.mark.parametrize('policy, seconds, said', [
    (TEN, 0, 'counts as handed in on time'),
    (TEN, Fraction(3, 2) * DAY, 'handed in 1.5 days late: 10 points for each of 2 days begun'),
    (Late(Fraction(1)), DAY, 'handed in 1 day late: 1 point for one day begun'),
    (HOUR_OF_GRACE, Fraction(1, 100) * DAY, 'handed in 0.01 days late, within the grace period of 1 hour'),
    (HOUR_OF_GRACE, 2 * DAY, 'handed in 2 days late: 10 points for each of 2 days begun, after a grace period of '
                             '1 hour'),
    (THREE_DAYS, 4 * DAY, 'handed in 4 days late: no points are left after 3 days, after a grace period of 1 hour')])
def test_why_it_costs_that(policy, seconds, said):
    assert explanation(policy, seconds) == said
