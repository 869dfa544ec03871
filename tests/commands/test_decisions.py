"""grade.py --decisions: what a person decides is merged, shown and kept, and nothing that was typed is lost."""

import os
import sys
import zipfile

import pytest

pytest.importorskip('matplotlib')
pytestmark = pytest.mark.skipif(sys.platform != 'linux', reason='grading needs Linux')

from benchmarks import synthetic_class
from instructor import grade
from instructor.results.decision import DecisionsError
from tests.helpers.deciding import OPEN, WRONG, decided, fill_in, graded, judge, page, table
from tests.helpers.grading import COURSE, LIMITS, grades, run


def refused(folder, path, *more):
    """The lines with which decisions are refused; nothing may have changed."""
    names = ('grades.csv', 'decisions.jsonl', 'decisions.csv')
    before = [(folder / 'OUT' / name).read_bytes() if (folder / 'OUT' / name).exists() else None for name in names]
    with pytest.raises(DecisionsError) as error:
        graded(folder, '--decisions', path, *more) if path else graded(folder, *more)
    assert before == [(folder / 'OUT' / name).read_bytes() if (folder / 'OUT' / name).exists() else None
                      for name in names]
    assert all(line.isprintable() for line in error.value.lines)
    return error.value.lines


# ---- what is open ----------------------------------------------------------------------------------------------------

def test_each_open_item_gets_a_row(folder, capsys):
    assert graded(folder) == 0 and grades(folder) == {}
    rows = table(folder)
    assert [*rows[0]] == ['user id', 'name', 'item', 'title', 'max points', 'points', 'comment', 'reason', 'page',
                          'submission']
    assert [row['item'] for row in rows if row['user id'] == '104'] == ['whole submission', *COURSE.points]
    assert [(row['user id'], row['item'], row['max points'], row['reason'], row['points'], row['comment'])
            for row in rows if row['user id'] != '104'] == [
        (user_id, OPEN, '22', 'look at it', '', '') for user_id in ('101', '102', '103')]
    assert all((folder / 'OUT' / row['page']).is_file() for row in rows)
    assert '--decisions' in capsys.readouterr().out.splitlines()[-1]


def test_a_decision_is_merged_and_shown(folder, capsys):
    graded(folder)
    assert decided(folder, {('101', OPEN): ('17,5', 'Neat & <b>short</b>'), ('102', OPEN): ('0', '')}) == 0
    assert grades(folder) == {'101': '91.50', '102': '74.00'}
    text = page(folder, '101')
    assert 'Decided by your instructor' in text and 'Neat &amp; &lt;b&gt;short&lt;/b&gt;' in text
    assert '17.50 of 22' in text and 'not final' not in text and 'not final' in page(folder, '103')
    assert '2 decisions by a person, in 2 submissions' in capsys.readouterr().out
    report = (folder / 'OUT/report.html').read_text()
    assert 'Decided by a person (2)' in report and 'Overruled' not in report
    with zipfile.ZipFile(folder / 'OUT/feedback.zip') as archive:
        assert {name.split('_')[0] for name in archive.namelist()} == {'student0', 'student1'}


def test_an_item_that_was_judged_can_be_overruled(folder):
    graded(folder)
    decided(folder, {('101', OPEN): ('22', ''), ('101', WRONG): ('3', 'the plot is right'), ('101', 'q34'): ('4', '')})
    assert grades(folder) == {'101': '99.00'}
    text, report = page(folder, '101'), (folder / 'OUT/report.html').read_text()
    assert 'This replaces the automatic result, 0.00 of 4: differs' in text and text.count('This replaces') == 1
    assert 'Overruled by a person (1)' in report and 'instead of 0.00 of 4: differs' in report


@pytest.mark.parametrize('decisions, total', [
    ({'whole submission': ('40', 'what I could read')}, '40.00'),
    ({item: (str(points), '') for item, points in COURSE.points.items()}, '100.00')])
def test_what_could_not_be_judged_at_all_is_decided_as_a_whole_or_by_items(folder, decisions, total):
    graded(folder)
    decided(folder, {('104', item): said for item, said in decisions.items()})
    assert grades(folder) == {'104': total}
    assert 'will review' not in page(folder, '104')


def test_some_items_are_not_enough_for_what_could_not_be_judged(folder, capsys):
    graded(folder)
    decided(folder, {('104', 'q33'): ('4', ''), ('104', 'q34'): ('2', '')})
    assert grades(folder) == {} and 'will review' in page(folder, '104')
    assert '6.00' in page(folder, '104') and 'not decided yet' in capsys.readouterr().out


def test_the_whole_of_a_judged_submission_can_be_decided(folder):
    graded(folder)
    decided(folder, {('101', 'whole submission'): ('0', 'copied, as agreed')})
    assert grades(folder) == {'101': '0.00'}
    assert 'The whole submission' in page(folder, '101') and '22' not in page(folder, '101').partition('<main>')[2]


def test_a_submission_of_no_known_student_is_decided_by_the_name_of_its_file(tmp_path):
    (tmp_path / 'handed in').mkdir()
    (tmp_path / 'handed in/Jane Doe.zip').write_bytes(synthetic_class.zipped(synthetic_class.perfect(COURSE)))

    def regrade(*more):
        options = grade.parse([str(tmp_path / 'handed in'), '--course', 'tamu', '--output', str(tmp_path / 'OUT'),
                               *map(str, more)])
        return grade.grade(options, judge, LIMITS)
    assert regrade() == 0
    assert {(row['user id'], row['item']) for row in table(tmp_path)} == {('Jane Doe.zip', OPEN)}
    assert regrade('--decisions', fill_in(tmp_path, {('Jane Doe.zip', OPEN): ('22', '')})) == 0
    [path] = (tmp_path / 'OUT/feedback').iterdir()
    assert '96.00' in path.read_text() and 'not final' not in path.read_text()
    assert (tmp_path / 'OUT/grades.csv').read_text() == 'ID,Points\n'  # whom to give them is not known


def test_a_fault_of_the_grader_can_be_decided_too(folder):
    def fails(submission, course):
        raise KeyError('x')
    options = ('--only', '101', '102')
    assert run(folder, *options, judge=fails) == 1
    path = fill_in(folder, {('101', item): (str(points), '') for item, points in COURSE.points.items()})
    assert run(folder, *options, '--decisions', str(path), judge=fails) == 1  # that of 102 is still there
    assert grades(folder) == {'101': '100.00'}


def test_who_is_left_out_stays_left_out(folder):
    graded(folder)
    decided(folder, {('101', OPEN): ('22', ''), ('102', OPEN): ('22', '')})
    (folder / 'OUT/journal.jsonl').unlink()
    graded(folder, '--only', '101')
    assert grades(folder) == {'101': '96.00'}
    graded(folder)
    assert grades(folder) == {'101': '96.00', '102': '96.00'}


def test_semicolons_and_decimal_commas_if_the_gradebook_has_them(folder):
    path = folder / 'grades in.csv'
    path.write_text(path.read_text(encoding='utf-8-sig').replace(',', ';'), encoding='utf-8-sig')
    graded(folder)
    (folder / 'mine.csv').write_text('user id;item;points\n101;q39;2,5\n')
    graded(folder, '--decisions', folder / 'mine.csv')
    lines = (folder / 'OUT/decisions.csv').read_text(encoding='utf-8-sig').splitlines()
    assert lines[0].startswith('user id;name;item') and any(';q39;Q3.9 dnn_cnn_2.py;22;2,5;;' in line for line in lines)


# ---- nothing typed is lost -------------------------------------------------------------------------------------------

def test_what_was_typed_but_not_given_back_is_not_overwritten(folder):
    graded(folder)
    path = fill_in(folder, {('101', OPEN): ('17', 'typed')})
    [line] = refused(folder, None)
    assert f'{path}: row 16: holds something that was not given back' in line and f'--decisions {path}' in line
    other = folder / 'other.csv'
    other.write_text('user id,item,points\n102,q39,5\n')
    assert 'row 16' in refused(folder, other)[0]
    assert graded(folder, '--decisions', path) == 0 and grades(folder) == {'101': '91.00'}


@pytest.mark.parametrize('title, said', [('TA', 'a column "ta"'), ('', 'a column without a title')])
def test_columns_of_ones_own_are_not_overwritten(folder, title, said):
    graded(folder)
    path = fill_in(folder, {('101', OPEN): ('17', '')})
    header, *lines = path.read_text(encoding='utf-8-sig').splitlines()
    path.write_text('\n'.join([f'{header},{title}', *(f'{line},' for line in lines[:-1]), f'{lines[-1]},remember']))
    for given in (None, path):
        [line] = refused(folder, given)
        assert line.startswith(f'{path}: has {said}, which would be lost') and line.endswith('give it from there')
    assert graded(folder, '--decisions', path.rename(folder / 'mine.csv')) == 0 and grades(folder) == {'101': '91.00'}
    path.write_text(path.read_text(encoding='utf-8-sig').replace('submission', f'submission,{title}', 1))
    assert graded(folder) == 0  # nothing is in it


def test_what_is_typed_during_a_run_is_not_overwritten(folder, capsys):
    graded(folder)

    def types(submission, course):
        fill_in(folder, {('101', OPEN): ('17', 'typed meanwhile')})
        raise ValueError('x')
    run(folder, '--force', judge=types)
    assert 'typed meanwhile' in (folder / 'OUT/decisions.csv').read_text()
    assert 'was changed during this run' in capsys.readouterr().out


def test_saved_anew_without_a_change_it_does_not_hold_up_a_run(folder):
    graded(folder)
    decided(folder, {('101', OPEN): ('2.5', 'neat')})
    path = folder / 'OUT/decisions.csv'
    path.write_bytes(path.read_text(encoding='utf-8-sig').replace(',', ';').replace('2.5', '2,50').encode('utf-16'))
    assert graded(folder) == 0 and grades(folder) == {'101': '76.50'}


def test_a_file_of_decisions_that_is_damaged_ends_the_run(folder):
    graded(folder)
    (folder / 'OUT/decisions.jsonl').write_text('{"key": "101"}\n')
    assert 'decisions.jsonl: is damaged: move it away' in refused(folder, None)[0]


# ---- what is refused -------------------------------------------------------------------------------------------------

@pytest.mark.parametrize('lines, said', [
    (['999,q39,5'], 'row 2: there is no submission of the user id "999"'),
    (['777,q39,5'], 'row 2: there is no submission of the user id "777"'),
    (['1.00002E+13,q39,5'], 'the spreadsheet program has shortened it'),
    (['101,q99,5'], 'row 2: there is no item "q99"; the items are linear_layer.forward,'),
    (['101,q39,x'], 'row 2: "x" is not a number such as 2.5; leave the cell empty'),
    (['101,q39,-1'], 'row 2: "-1" is below 0'), (['101,q39,22.01'], 'row 2: 22.01 is more than 22, the most for q39'),
    (['101,whole submission,101'], '101 is more than 100'), (['101,days late,1'], 'the course has no late policy'),
    (['', '101,q39,5', '102,q39,5', '101,q39,6'], 'row 5: disagrees with row 3'),
    (['101,q39,5', '101,whole submission,5'], '"whole submission" and single items of student0 (101) are both'),
    (['101,q39,5,more'], 'row 2: has more cells than the first row')])
def test_one_line_says_what_is_wrong(folder, lines, said):
    graded(folder)
    path = folder / 'mine.csv'
    path.write_text('\n'.join(['user id,item,points', *lines]))
    [line] = refused(folder, path)
    assert line.startswith(f'{path}: ') and said in line


def test_every_wrong_row_has_a_line_and_none_of_the_others_counts(folder, capsys, monkeypatch):
    graded(folder)
    path = folder / 'mine.csv'
    path.write_text('user id,item,points,comment\n101,q39,5,\n102,q39,x,\n103,q39,y,\n\x1b[2J,q39,1,\n')
    assert len(refused(folder, path)) == 3
    monkeypatch.setattr(grade.sandbox, 'probe', lambda *_, **__: LIMITS)
    capsys.readouterr()
    assert grade.main([str(folder / 'submissions.zip'), '--course', 'tamu', '--output', str(folder / 'OUT'),
                       '--decisions', str(path)]) == 2
    out, err = capsys.readouterr()
    assert err.count('\n') == 3 and err.count('instructor.grade: ') == 3 and '\x1b' not in err and out == ''


def test_rows_of_one_kind_may_stand_there_twice(folder):
    graded(folder)
    path = folder / 'mine.csv'
    path.write_text('user id,item,points\n101,q39,5\n101,q39,\n101,q39,5.0\n101,q39,"5,00"\n')
    assert graded(folder, '--decisions', path) == 0 and grades(folder) == {'101': '79.00'}


def test_rows_that_were_mixed_up_are_refused(folder):
    graded(folder)
    rows = [row for row in table(folder) if row['item'] == OPEN]
    path = folder / 'mine.csv'
    path.write_text('user id,item,points,submission\n' + '\n'.join(
        f'{user["user id"]},{OPEN},5,{row["submission"]}' for user, row in zip(rows, rows[1:] + rows[:1])))
    lines = refused(folder, path)
    assert len(lines) == 4 and all('the rows were mixed up' in line for line in lines)


@pytest.mark.parametrize('name', ['mine.csv', 'OUT/decisions.csv', 'OUT/decisions.jsonl'])
def test_a_pipe_is_refused_at_once(folder, name):
    graded(folder)
    path = folder / name
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    with pytest.raises(DecisionsError, match=f'{name}: is not a plain file'):
        graded(folder, *(['--decisions', path] if name == 'mine.csv' else []))


def test_a_file_that_is_not_there(folder):
    assert 'none.csv: cannot be read' in refused(folder, folder / 'none.csv')[0]
