"""grade.py with a late policy, and --zeros: numbers worked by hand, and no number where one would be a guess."""

import sys

import pytest

pytest.importorskip('matplotlib')
pytestmark = pytest.mark.skipif(sys.platform != 'linux', reason='grading needs Linux')

from benchmarks import synthetic_class
from instructor.intake import canvas
from tests.helpers.deciding import OPEN, fill_in, graded, page, table, with_late_policy, without
from tests.helpers.grading import COURSE, grades, put_class

FULL = {(user_id, OPEN): ('22', '') for user_id in ('101', '102', '103')}  # 96 points for each of the three


# ---- late ------------------------------------------------------------------------------------------------------------

def test_without_a_policy_it_costs_nothing(folder):
    graded(folder)
    assert 'days late' not in {row['item'] for row in table(folder)}
    graded(folder, '--decisions', fill_in(folder, FULL))
    assert grades(folder) == dict.fromkeys(('101', '102', '103'), '96.00') and 'late' not in page(folder, '102').split(
        '</style>')[1].replace('_LATE_', '')


def test_with_a_policy_a_person_says_by_how_much(folder, capsys):
    policy = with_late_policy(folder, points_per_day=7.5, grace_hours=1)
    graded(folder, *policy)
    assert [row['user id'] for row in table(folder) if row['item'] == 'days late'] == ['102']
    graded(folder, *policy, '--decisions', fill_in(folder, FULL))
    assert grades(folder) == {'101': '96.00', '103': '96.00'}  # no guess about 102
    assert 'not decided yet by how many days' in capsys.readouterr().out
    assert 'what that costs is not decided yet' in page(folder, '102')
    graded(folder, *policy, '--decisions', fill_in(folder, {('102', 'days late'): ('1,3', 'see the syllabus')}))
    assert grades(folder) == {'101': '96.00', '102': '81.00', '103': '96.00'}  # two days begun: 96 - 2 * 7.5
    text, report = page(folder, '102'), (folder / 'OUT/report.html').read_text()
    for said in ('handed in 1.3 days late: 7.5 points for each of 2 days begun', '96.00 - 15 = 81.00'):
        assert said in text and said in report
    assert 'see the syllabus' in text and '-15.00' in text and '>-15<' in report


@pytest.mark.parametrize('days, total', [
    ('0', '96.00'), ('0.04', '96.00'), ('0.0417', '96.00'), ('0.0424', '88.50'), ('1.0417', '88.50'), ('3', '73.50'),
    ('1 h', '96.00'), ('25 H', '88.50'), ('25,1h', '81.00'),
    ('5.0417', '58.50'), ('5.0424', '0.00'), ('9', '0.00')])
def test_grace_and_the_end_of_credit(folder, days, total):
    policy = with_late_policy(folder, points_per_day=7.5, grace_hours=1, no_credit_after_days=5)
    graded(folder, *policy)
    graded(folder, *policy, '--decisions', fill_in(folder, {**FULL, ('102', 'days late'): (days, '')}))
    assert grades(folder)['102'] == total
    graded(folder, *policy)  # the table holds the days now
    assert grades(folder)['102'] == total


def test_it_never_costs_more_than_there_is_and_counts_for_whole_submissions_too(folder):
    policy = with_late_policy(folder, points_per_day=50)
    graded(folder, *policy)
    graded(folder, *policy, '--decisions', fill_in(folder, {
        **FULL, ('101', 'days late'): ('1', 'not marked by Canvas'), ('102', 'days late'): ('2', ''),
        ('104', 'whole submission'): ('60', ''), ('104', 'days late'): ('0.5', '')}))
    assert grades(folder) == {'101': '46.00', '102': '0.00', '103': '96.00', '104': '10.00'}


def test_a_row_may_be_made_from_another_one_of_the_same_student(folder):
    policy = with_late_policy(folder, points_per_day=10)
    graded(folder, *policy)
    [open_one] = [row['submission'] for row in table(folder) if row['user id'] == '102' and row['item'] == OPEN]
    [late] = [row['submission'] for row in table(folder) if row['item'] == 'days late']
    path = folder / 'mine.csv'
    path.write_text(f'user id,item,points,submission\n102,days late,1,{open_one}\n102,{OPEN},22,{late}\n')
    graded(folder, *policy, '--decisions', path)
    assert grades(folder) == {'102': '86.00'}


# ---- zeros -----------------------------------------------------------------------------------------------------------

def test_zeros_only_where_they_are_asked_for(folder, capsys):
    graded(folder)
    assert grades(folder) == {}
    graded(folder, '--zeros')
    assert grades(folder) == {'777': '0.00'}  # the absent one; not the open ones, and not Canvas's test student
    assert '--zeros: 1 student without a submission got 0 points' in capsys.readouterr().out


def test_who_is_left_out_gets_no_zero(folder):
    graded(folder, '--zeros', '--only', '101')
    assert grades(folder) == {'777': '0.00'}


def test_zeros_need_a_gradebook(folder, capsys):
    from instructor import grade
    with pytest.raises(SystemExit) as end:
        grade.parse([str(folder), '--course', 'tamu', '--output', 'OUT', '--zeros'])
    assert end.value.code == 2 and 'add --gradebook' in capsys.readouterr().err


def test_who_has_something_in_the_gradebook_already_gets_no_zero(folder, capsys):
    path = folder / 'grades in.csv'
    path.write_text(path.read_text(encoding='utf-8-sig').replace('login777,500,', 'login777,500,EX'),
                    encoding='utf-8-sig')
    graded(folder, '--zeros')
    assert grades(folder) == {}
    assert 'no 0 for 1 student without a submission who has something in' in capsys.readouterr().out


@pytest.mark.parametrize('lost', [
    (), ('journal.jsonl',), ('journal.jsonl', 'feedback'), ('decisions.jsonl', 'decisions.csv', 'feedback')])
def test_who_was_graded_here_before_gets_no_zero(folder, capsys, lost):
    graded(folder)
    graded(folder, '--decisions', fill_in(folder, {('101', OPEN): ('22', '')}))
    without(folder, 'student0', *(['broken'] if 'feedback' not in lost else []))
    for name in lost:
        (folder / 'OUT' / name).rename(folder / name)
    capsys.readouterr()
    graded(folder, '--zeros')
    assert grades(folder) == {'777': '0.00'}
    [line] = [line for line in capsys.readouterr().out.splitlines() if 'was graded here before' in line]
    assert line.startswith('--zeros: no 0 for ') and '(101)' in line and ('(104)' in line) == ('feedback' not in lost)


def download(folder, *names):
    """A download of files with these names, and the gradebook of Ann, Bob and Cid."""
    zips = [(name if isinstance(name, str) else str(name), synthetic_class.zipped(synthetic_class.perfect(COURSE)))
            for name in names]
    (folder / 'submissions.zip').write_bytes(synthetic_class.zipped(zips))
    synthetic_class.gradebook(folder / 'grades in.csv', {'ann': '101', 'bob': '102', 'cid': '103'}, COURSE)


@pytest.mark.parametrize('name, given', [
    ('nobody knows.zip', {}),                           # it may be anybody's
    ('a_102_103_5_x.zip', {'101': '0.00'}),             # two readings: Bob's or Cid's
    (canvas.MemberName('bob', False, '102', '9', 'x.zip'), {'101': '0.00', '103': '0.00'})])
def test_whose_submission_it_may_be_gets_no_zero(tmp_path, name, given):
    folder = put_class(tmp_path / 'a class')
    download(folder, name)
    graded(folder, '--zeros')
    assert grades(folder) == given


def test_members_of_groups_are_spoken_of(tmp_path, capsys):
    folder = put_class(tmp_path / 'a class')
    download(folder, canvas.MemberName('group_12', False, '102', '9', 'x.zip'))
    graded(folder, '--zeros')
    assert 'what came in from bob had another name on it' in capsys.readouterr().out
