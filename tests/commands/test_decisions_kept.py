"""grade.py --decisions: what was decided is kept, replaced and withdrawn, and named where it no longer holds."""

import sys

import pytest

pytest.importorskip('matplotlib')
pytestmark = pytest.mark.skipif(sys.platform != 'linux', reason='grading needs Linux')

from tests.helpers import courses
from tests.helpers.deciding import (
    OPEN,
    decided,
    extended,
    fill_in,
    graded,
    hand_in_again,
    page,
    table,
    with_late_policy,
    without,
)
from tests.helpers.grading import grades, outputs


def test_it_is_kept_without_being_given_again(folder):
    graded(folder)
    decided(folder, {('101', OPEN): ('17.5', 'neat')})
    before = outputs(folder)
    assert graded(folder) == 0 and outputs(folder) == before
    hand_in_again(folder)
    assert graded(folder, '--force') == 0 and outputs(folder) == before
    [row] = [row for row in table(folder) if row['user id'] == '101']
    assert (row['points'], row['comment']) == ('17.5', 'neat')


def test_a_mind_can_be_changed_and_a_decision_be_withdrawn(folder, capsys):
    graded(folder)
    empty = fill_in(folder, {}, folder / 'empty.csv')
    decided(folder, {('101', OPEN): ('17.5', ''), ('102', OPEN): ('1', '')})
    decided(folder, {('101', OPEN): ('20', '')})
    assert grades(folder) == {'101': '94.00', '102': '75.00'}
    graded(folder, '--decisions', empty)  # an older file, in which nothing is decided, takes nothing back
    assert grades(folder) == {'101': '94.00', '102': '75.00'}
    capsys.readouterr()
    decided(folder, {('101', OPEN): ('withdraw', '')})
    assert grades(folder) == {'102': '75.00'} and '0 new or changed, 1 withdrawn' in capsys.readouterr().err
    assert {row['user id']: row['points'] for row in table(folder) if row['item'] == OPEN} == {
        '101': '', '102': '1', '103': '', '104': ''}


def test_what_an_older_table_replaces_is_named(folder, capsys):
    graded(folder)
    decided(folder, {('101', OPEN): ('12.5', 'neat'), ('102', OPEN): ('20', 'good'), ('103', OPEN): ('7', '')})
    older = fill_in(folder, {}, folder / 'older.csv')
    decided(folder, {('101', OPEN): ('15', 'neat'), ('102', OPEN): ('20', 'very\ngood')})
    assert grades(folder) == {'101': '89.00', '102': '94.00', '103': '81.00'}
    capsys.readouterr()
    graded(folder, '--decisions', older)
    assert grades(folder)['101'] == '86.50'
    assert capsys.readouterr().err.splitlines()[:3] == [
        f'{older}: 2 new or changed, 0 withdrawn', 'q39 of student0: 15 replaced by 12.5',
        'q39 of student1: 20, "very good" replaced by 20, "good"']


def test_a_comment_beside_withdraw_is_kept(folder, capsys):
    graded(folder)
    decided(folder, {('101', OPEN): ('17.5', 'neat'), ('101', 'q33'): ('3', '')})
    capsys.readouterr()
    decided(folder, {('101', OPEN): ('Withdraw', 'ask Ann'), ('101', 'q33'): ('withdraw', 'the plot is wrong')})
    assert '0 new or changed, 2 withdrawn' in capsys.readouterr().err and grades(folder) == {}
    for _ in range(2):
        assert [(row['item'], row['points'], row['comment']) for row in table(folder) if row['user id'] == '101'] == [
            (OPEN, '', 'ask Ann'), ('q33', '', 'the plot is wrong')]
        graded(folder)
    assert 'ask Ann' not in page(folder, '101') and '0.00 of 4' in page(folder, '101')
    decided(folder, {('101', OPEN): ('22', 'ask Ann'), ('101', 'q33'): ('withdraw', '')})
    assert grades(folder) == {'101': '96.00'} and 'q33' not in {
        row['item'] for row in table(folder) if row['user id'] == '101'}


def test_it_is_dropped_where_the_student_has_handed_in_again(folder, capsys):
    graded(folder)
    old = fill_in(folder, {('101', OPEN): ('17.5', 'neat'), ('102', OPEN): ('20', '')}, folder / 'old.csv')
    graded(folder, '--decisions', old)
    hand_in_again(folder, changed=['student0'])
    capsys.readouterr()
    graded(folder)
    assert grades(folder) == {'102': '94.00'}
    said = 'student0 (101), q39: 17.5 points, "neat"; the student has handed in again'
    assert said in capsys.readouterr().out and said.replace('"', '&quot;') in (
        folder / 'OUT/report.html').read_text().replace('<wbr>', '')
    [row] = [row for row in table(folder) if row['user id'] == '101']
    assert row['points'] == '' and '17.5 points, "neat"' in row['reason']
    graded(folder, '--decisions', old)  # made for the submission that is no more
    assert grades(folder) == {'102': '94.00'}
    decided(folder, {('101', OPEN): ('18', '')})
    capsys.readouterr()
    graded(folder, '--decisions', old)
    assert grades(folder) == {'101': '92.00', '102': '94.00'} and 'no longer hold' not in capsys.readouterr().out


def test_an_extension_is_no_new_submission(folder, capsys):
    policy = with_late_policy(folder, points_per_day=10)
    graded(folder, *policy)
    path = fill_in(folder, {('102', OPEN): ('17', 'neat'), ('102', 'days late'): ('1.5', '')}, folder / 'mine.csv')
    graded(folder, *policy, '--decisions', path)
    assert grades(folder) == {'102': '71.00'}  # 74 + 17 - 2 * 10
    extended(folder, 'student1')
    capsys.readouterr()
    for more in ([], ['--decisions', path]):
        graded(folder, *policy, *more)
        assert grades(folder) == {'102': '91.00'}  # how late it came was said of a submission that was late
        said = capsys.readouterr().out
        assert 'Decisions that no longer hold: decide anew (1)' in said and 'handed in again' not in said
        assert 'student1 (102), days late: 1.5 days late; Canvas no longer marks it as late' in said


def test_it_is_kept_and_named_while_a_download_lacks_the_submission(folder, capsys):
    graded(folder)
    decided(folder, {('101', OPEN): ('17.5', 'neat'), ('102', OPEN): ('20', ''), ('103', OPEN): ('', 'later')})
    whole = (folder / 'submissions.zip').read_bytes()
    without(folder, 'student0')
    for more in ([], ['--decisions', fill_in(folder, {('102', OPEN): ('21', '')}, folder / 'x.csv')]):
        capsys.readouterr()
        graded(folder, *more)
        lines = capsys.readouterr().out.splitlines()
        at = lines.index('Decisions on submissions that are not in this download: kept, but not counted now (1):')
        assert lines[at + 1:at + 3] == ['  student0 (101), q39: 17.5 points, "neat"', '']
    assert 'student0 (101), q39: 17.5 points' in (folder / 'OUT/report.html').read_text().replace('<wbr>', '')
    (folder / 'submissions.zip').write_bytes(whole)
    graded(folder)
    assert grades(folder) == {'101': '91.50', '102': '95.00'}
    assert 'not in this download' not in capsys.readouterr().out


def test_rows_without_the_submission_that_are_given_again_do_not_decide_on_a_new_one(folder, capsys):
    graded(folder)
    path = folder / 'mine.csv'
    path.write_text('user id,item,points,comment\n101,q39,22,\n101,q33,3,the plot is right\n102,q39,20,\n')
    graded(folder, '--decisions', path)
    assert grades(folder) == {'101': '99.00', '102': '94.00'}
    hand_in_again(folder, changed=['student0'])
    capsys.readouterr()
    for _ in range(2):
        graded(folder, '--decisions', path)
        said = capsys.readouterr()
        assert grades(folder) == {'102': '94.00'} and '0 new or changed' in said.err
        assert 'student0 (101), q33: 3 points, "the plot is right"; the student has handed in again' in said.out
    path.write_text('user id,item,points,comment\n101,q39,22,the new one too\n')
    graded(folder, '--decisions', path)
    assert grades(folder) == {'101': '96.00', '102': '94.00'}  # 3 points for q33 were for the earlier one


def test_a_decision_that_a_changed_course_cannot_give_is_dropped(folder, capsys):
    graded(folder)
    policy = with_late_policy(folder, points_per_day=10)
    decided(folder, {('101', OPEN): ('20', ''), ('101', 'days late'): ('1', '')}, *policy)
    assert grades(folder) == {'101': '84.00'}
    graded(folder)
    assert grades(folder) == {'101': '94.00'} and ': 1 day late; the course has changed' in capsys.readouterr().out


def test_a_maximum_that_has_changed_since_is_named(folder, capsys):
    graded(folder)
    rows = folder / 'rows.csv'
    rows.write_text('user id,item,points\n102,q39,20\n')
    graded(folder, '--decisions', rows)
    decided(folder, {('101', OPEN): ('22', 'all of it')})
    higher = '--course', courses.write(folder / 'tamu.json', {
        **courses.values('tamu'), 'points': {**courses.values('tamu')['points'], OPEN: 30}})
    given = ['--decisions', folder / 'OUT/decisions.csv']  # for the second time when its maximum is the new one
    for more, named in (([], (101, 102)), (['--decisions', rows], (101, 102)), (given, ()), ([], ())):
        capsys.readouterr()
        graded(folder, *higher, *more)
        out, err = capsys.readouterr()
        assert grades(folder) == {'101': '96.00', '102': '94.00'} and 'new or changed' not in err.replace('0 new', '')
        assert ('Decisions made under a different maximum: check them again (2):' in out) == bool(named)
        assert ('student0 (101), q39: 22 points, "all of it"; the maximum was 22, is 30 now' in out) == (101 in named)
        assert ('student1 (102), q39: 20 points; the maximum was 22, is 30 now' in out) == (102 in named)
        assert [row['reason'] for row in table(folder) if row['user id'] == '101'] == [
            'look at it' + '; the maximum was 22, is 30 now' * bool(named)]
    graded(folder)
    assert 'the maximum was 30, is 22 now' in capsys.readouterr().out
    graded(folder, '--decisions', fill_in(folder, {('101', OPEN): ('1', '')}), *higher)
    assert '(101), q39: 1 point; the' in capsys.readouterr().out


def test_a_table_filled_in_for_a_lower_maximum_is_named(folder, capsys):
    graded(folder)
    path = fill_in(folder, {('101', OPEN): ('22', '')}, folder / 'mine.csv')
    higher = courses.write(folder / 'tamu.json', {
        **courses.values('tamu'), 'points': {**courses.values('tamu')['points'], OPEN: 30}})
    graded(folder, '--course', higher, '--decisions', path)
    assert 'student0 (101), q39: 22 points; the maximum was 22, is 30 now' in capsys.readouterr().out


def test_a_comment_without_points_is_kept_for_later(folder):
    graded(folder)
    decided(folder, {('101', OPEN): ('', 'ask Ann\nabout it')})
    graded(folder)
    [row] = [row for row in table(folder) if row['user id'] == '101']
    assert (row['points'], row['comment']) == ('', 'ask Ann\nabout it')
    assert grades(folder) == {} and 'ask Ann' not in page(folder, '101')
