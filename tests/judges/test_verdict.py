"""instructor/judges/verdict.py: exact points, rounded once, and verdicts that survive being written down."""

import json
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instructor.assignment import exact
from instructor.judges.verdict import Verdict, as_text, grader_fault, points, total

COURSE = SimpleNamespace(points={'linear_layer.backward': Fraction(10), 'q39': Fraction(11), 'half': exact(2.1)})


def test_thirds_and_elevenths_stay_exact():
    third, wiring = Verdict('linear_layer.backward', Fraction(2, 3), ''), Verdict('q39', Fraction(17, 22), '')
    assert points(third, COURSE) == Fraction(20, 3)
    assert total([third, wiring], COURSE) == Fraction(91, 6)  # 6.666... + 8.5
    assert as_text(total([third, wiring], COURSE)) == '15.17'
    assert points(Verdict('half', 1, ''), COURSE) == Fraction(21, 10)


def test_rounding_once_differs_from_rounding_each():
    verdicts = [Verdict('linear_layer.backward', Fraction(1, 3), '')] * 3
    assert as_text(total(verdicts, COURSE)) == '10.00'  # 3.33 three times would be 9.99


@pytest.mark.parametrize('number, text', [
    (Fraction(0), '0.00'), (Fraction(100), '100.00'), (Fraction(262, 3), '87.33'), (Fraction(1, 200), '0.01'),
    (Fraction(5, 1000) - Fraction(1, 10 ** 40), '0.00'), (Fraction(89995, 1000), '90.00'), (Fraction(1, 3), '0.33')])
def test_totals_are_plain_decimals_with_halves_rounded_up(number, text):
    assert as_text(number) == text


@given(st.integers(0, 10 ** 7))
def test_rounding_agrees_with_decimal_arithmetic(thousandths):
    wanted = (Decimal(thousandths) / 1000).quantize(Decimal('0.01'), ROUND_HALF_UP)
    assert as_text(Fraction(thousandths, 1000)) == str(wanted)


def test_one_item_for_a_person_leaves_the_total_open():
    verdicts = [Verdict('q39', 1, ''), grader_fault('linear_layer.backward', 'no space\nleft')]
    assert total(verdicts, COURSE) is None and points(verdicts[1], COURSE) is None
    assert verdicts[1].needs_person and verdicts[1].reason == 'not judged, by a fault of the grader: no space left'
    assert verdicts[1].kind == 'grader-fault'


@pytest.mark.parametrize('share', [Fraction(-1, 2), 2, Fraction(10 ** 20 + 1, 10 ** 20)])
def test_a_share_beyond_all_or_nothing_is_refused(share):
    with pytest.raises(ValueError, match='between 0 and 1'):
        Verdict('q39', share, '')


@given(st.one_of(st.none(), st.fractions(0, 1)), st.text(), st.lists(st.tuples(st.text(), st.text())))
def test_written_and_read_back_it_is_the_same(share, reason, details):
    verdict = Verdict('q39', share, reason, details, 'b-shape')
    assert '\n' not in verdict.reason
    assert Verdict.from_json(json.loads(json.dumps(verdict.to_json()))) == verdict


def test_what_students_code_says_can_be_written_anywhere():
    verdict = Verdict('q39', 0, 'a\ud800\tb\x1b[31m\x00' + 'x' * 5000, [('hint', 'one\ntwo\u2028\udfff')])
    json.dumps(verdict.to_json(), ensure_ascii=False).encode()
    assert verdict.reason.startswith('a? b?[31m?x') and len(verdict.reason) == 1000
    assert verdict.details == (('hint', 'one\ntwo ?'),)


def test_points_of_a_course_file_are_taken_as_they_are_written():
    assert exact(json.loads('0.1')) * 3 == exact(json.loads('0.3'))


def test_no_verdict_is_larger_than_a_page_can_show():
    verdict = Verdict('q39', 0, 'x' * 10 ** 6, [('y' * 10 ** 6, 'z' * 10 ** 6)] * 10 ** 3)
    assert len(json.dumps(verdict.to_json())) < 200_000
    assert len(verdict.details) == 20 and verdict.details[0][1] == 'z' * 3996 + ' ...'
    kept = Verdict('q39', 0, '', [('hint', 'z' * 4000)])
    assert kept.details == (('hint', 'z' * 4000),)
    assert Verdict.from_json(verdict.to_json()) == verdict
