"""decided.py, gradesheet.py, feedback.py: what a person has decided, on pages and as plain text."""
from dataclasses import replace
from fractions import Fraction

import pytest

pytest.importorskip('matplotlib')

from instructor.course import Late
from instructor.intake.reason import Reason
from instructor.judges.verdict import Verdict
from instructor.results import feedback, gradesheet, report
from instructor.results.decision import Decision
from tests.helpers import gradesheet_rows as given
from tests.helpers.gradesheet_rows import COURSE, NASTY, safe

LATE = replace(COURSE, late=Late(Fraction(10)))


def row(verdicts=(), course=COURSE, decisions=None, **more):
    """A Row with full points except for these verdicts; decisions: item -> points, or (points, comment)."""
    made = given.row(verdicts, **more)
    said = {item: one if isinstance(one, tuple) else (one, '') for item, one in (decisions or {}).items()}
    return replace(made, course=course, decisions={
        item: Decision(made.submission.key, made.name, item, Fraction(points), comment, 'v')
        for item, (points, comment) in said.items()})


def test_a_decision_takes_the_place_of_a_verdict():
    one = row([Verdict('q39', None, 'look'), Verdict('q33', 0, 'x', kind='x')], decisions={'q39': '16.5', 'q33': 4})
    assert (one.state, one.total, [*one.overruled]) == ('graded', '94.50', ['q33'])
    assert one.judged_verdicts['q33'].share == 0 and one.verdicts['q33'].share == 1
    same = row([Verdict('q33', 0, 'x')], decisions={'q33': 0})
    assert same.overruled == {} and same.total == '96.00'
    nothing = replace(COURSE, points={**COURSE.points, 'q33': Fraction(0)})
    assert row([Verdict('q33', None, 'x')], course=nothing, decisions={'q33': 0}).total == '96.00'


def test_a_review_of_all_of_it_takes_a_decision_on_everything_that_was_open():
    odd = Reason('odd-encoding', 'odd', for_student=True)
    open_one = row([Verdict('q39', None, 'x'), Verdict('q310', None, 'x')], decisions={'q39': 22})
    open_one.judged['review_reasons'] = [odd]
    assert (open_one.state, open_one.is_reviewed) == ('needs review', False)
    assert [*open_one.open_items()] == ['whole submission', 'q39', 'q310']
    both = replace(open_one, decisions={**open_one.decisions, 'q310': replace(open_one.decisions['q39'], points=4)})
    assert (both.state, both.total, both.open_reasons) == ('graded', '100.00', [])
    nothing_open = row(decisions={'q39': 22})  # a decision on one item is none on the review
    nothing_open.judged['review_reasons'] = [odd]
    assert nothing_open.state == 'needs review' and [*nothing_open.open_items()] == ['whole submission']
    whole = row(decisions={'whole submission': 88})
    whole.judged['review_reasons'] = [odd]
    assert (whole.state, whole.total, whole.verdicts) == ('graded', '88.00', {})


def test_lateness_is_open_only_where_it_costs_something():
    assert row(late=True).state == 'graded' and row(course=LATE).state == 'graded'
    late = row(course=LATE, late=True)
    assert (late.state, late.total, late.reasons) == (
        'needs review', None, ['handed in late: not decided yet by how many days'])
    known = row(course=LATE, late=True, decisions={'days late': '1.5'})
    assert (known.state, known.total, known.lost_by_lateness) == ('graded', '80.00', 20)
    excused = row(course=LATE, late=True, decisions={'days late': ('0', 'ill')})
    assert excused.total == '100.00' and 'ill' in feedback.plain_text(excused)
    thirds = row([Verdict('linear_layer.backward', Fraction(2, 3), 'x')], course=LATE, decisions={'days late': 1})
    assert thirds.total == '86.67' and '96.67 - 10 = 86.67' in feedback.plain_text(thirds)


@pytest.mark.parametrize('found', [
    row([Verdict('q39', None, 'x'), Verdict('q33', 0, NASTY)], LATE, {
        'q39': ('22', NASTY), 'q33': (1, 'second'), 'days late': ('1.5', NASTY)}, late=True),
    row(decisions={'whole submission': (50, NASTY)}, review_reasons=('x',))])
def test_no_comment_becomes_html(found):
    assert '<script>alert("x")</script>' in safe(feedback.student_page(found)).text
    page = report.report([found], found.course, 'limits')
    assert '<script>alert("x")</script>' in safe(page, own_scripts=1).text


def test_plain_text_says_what_the_page_says():
    found = row([Verdict('q39', None, 'x'), Verdict('q33', 0, 'differs')],
                decisions={'q39': ('16.5', 'neat'), 'q33': (4, 'right after all')})
    page, plain = safe(feedback.student_page(found)).text, feedback.plain_text(found)
    for said in ('Decided by your instructor', '16.50 of 22', 'neat', 'right after all', '4.00 of 4',
                 'This replaces the automatic result, 0.00 of 4: differs', '94.50'):
        assert said in page and said in plain
    assert plain.index('Decided by') < plain.index('\nRight\n') and 'not final' not in plain


def test_the_report_shows_who_has_decided():
    rows = [row([Verdict('q39', None, 'x')], LATE, {'q39': 20, 'days late': 1}, late=True),
            row([Verdict('q33', 0, 'differs', kind='not-reproduced')], LATE, {'q33': 4}, user_id='2'),
            row(course=LATE, late=True, user_id='3')]
    text = safe(report.report(rows, LATE, 'limits'), own_scripts=1).text
    for said in ('Decided by a person (1)', 'Overruled by a person (1)', 'Handed in late, by how much (1)',
                 'Underlined', 'instead of 0.00 of 4: differs', '98.00 - 10 = 88.00', '-10', '?'):
        assert said in text
    assert 'Commonest mistakes' not in text  # of those that are overruled nothing is left
    assert gradesheet.DECIDED not in text.split('\n')


def test_decisions_do_not_show_if_there_are_none():
    text = safe(report.report([row()], COURSE, 'limits'), own_scripts=1).text
    assert 'Decided' not in text and 'Underlined' not in text and 'late' not in text.split('\n')
