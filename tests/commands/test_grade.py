"""grade.py: a run from the download to what goes back, whole or of some submissions."""

import concurrent.futures
import random
import sys
import time
import zipfile
from types import SimpleNamespace

import pytest

pytest.importorskip('matplotlib')
pytestmark = pytest.mark.skipif(sys.platform != 'linux', reason='grading needs Linux')

from benchmarks import synthetic_class
from instructor import grade
from instructor.judges import judging
from instructor.judges.context import Context
from instructor.judges.verdict import Verdict
from tests.helpers.grading import (
    COURSE,
    LIMITS,
    OUTPUTS,
    by_digest,
    grades,
    journal,
    outputs,
    run,
)


def test_a_run(folder, capsys):
    assert run(folder) == 0
    assert {*grades(folder)} == {'101', '102', '103'}  # not the broken one, not the absent one, not the test student
    assert {entry['submission'] for entry in journal(folder)} == {'101', '102', '103'}
    report = (folder / 'OUT/report.html').read_text()
    out, err = capsys.readouterr()
    for said in ('Absent (777)', 'cannot be read as a zip', 'needs a person'):
        assert said in report and said in out
    assert '3 of 3 judged' in err
    feedback, arrived = (zipfile.ZipFile(folder / name).namelist() for name in ('OUT/feedback.zip', 'submissions.zip'))
    assert {*feedback} == {name for name in arrived if not name.startswith('broken')}
    assert 'feedback.zip lacks the page of 1 student whose grade is still open' in out
    assert {path.name for path in (folder / 'OUT').iterdir()} == {*OUTPUTS, 'journal.jsonl', 'feedback'}
    pages = {path.name for path in (folder / 'OUT/feedback').iterdir()}
    assert pages == {'broken_104.html', *(f'student{number}_{101 + number}.html' for number in range(3))}
    assert all(f'href="feedback/{page}"' in report for page in pages)


def test_feedback_for_open_grades_is_given_where_it_is_asked_for(folder, capsys):
    assert run(folder, '--feedback-for-open') == 0
    feedback, arrived = (zipfile.ZipFile(folder / name).namelist() for name in ('OUT/feedback.zip', 'submissions.zip'))
    assert {*feedback} == {*arrived}
    assert 'still open: decide' not in capsys.readouterr().out


def test_what_a_killed_run_has_half_written_is_taken_away_and_no_other_file(folder):
    run(folder)
    for name in ('.report.html.77', 'feedback/.student0_101.html.77', 'feedback/my own notes.html'):
        (folder / 'OUT' / name).write_text('half')
    run(folder)
    assert {path.name for path in (folder / 'OUT').iterdir()} == {*OUTPUTS, 'journal.jsonl', 'feedback'}
    assert len([*(folder / 'OUT/feedback').iterdir()]) == 5 and (folder / 'OUT/feedback/my own notes.html').exists()


def test_where_no_page_can_be_written_one_line_says_so(folder):
    (folder / 'OUT').mkdir()
    (folder / 'OUT/feedback').write_text('a file')
    with pytest.raises(OSError, match='feedback'):
        run(folder)


def test_a_second_run_judges_nothing_and_writes_the_same(folder):
    run(folder)
    before, lines = outputs(folder), journal(folder)

    def fails(submission, course):
        raise AssertionError('nothing is to be judged')
    assert run(folder, judge=fails) == 0
    assert outputs(folder) == before and journal(folder) == lines


def test_another_option_or_another_file_is_judged_again(folder):
    run(folder)
    run(folder, '--rerun-epochs', '2')
    assert len(journal(folder)) == 6
    run(folder, '--rerun-epochs', '2', '--no-full-rerun')
    assert len(journal(folder)) == 9
    handed_in = {'student0': {'dnn_misc.py': b'changed'}}
    synthetic_class.download(folder / 'submissions.zip', handed_in, COURSE)
    run(folder)
    assert len(journal(folder)) == 10


def test_force_and_only_tell_old_and_new_points(folder, capsys):
    run(folder)
    before = grades(folder)

    def full(submission, course):
        return {**by_digest(submission, course), 'verdicts': [Verdict(item, 1, 'right') for item in course.points]}
    capsys.readouterr()
    assert run(folder, '--only', '102', judge=full) == 0
    assert grades(folder) == {**before, '102': '100.00'}
    assert f'student1: {before["102"]} before, 100.00 now' in capsys.readouterr().out
    assert run(folder, '--force', judge=full) == 0
    assert {*grades(folder).values()} == {'100.00'}
    out = capsys.readouterr().out
    assert f'student0: {before["101"]} before, 100.00 now' in out and 'student1: 100.00 before, 100.00 now' in out


def test_no_name_of_a_stranger_reaches_the_terminal_raw(folder, capsys):
    names = {f'evil\x1b[2J\x07{number}': content for number, content in enumerate([{'dnn_misc.py': b'x'}, b'no zip'])}
    ids = synthetic_class.download(folder / 'submissions.zip', names, COURSE)
    synthetic_class.gradebook(folder / 'grades in.csv', ids, COURSE)
    for more in ([], ['--force']):
        run(folder, *more)
        out, err = capsys.readouterr()
        assert not {'\x1b', '\x07'} & {*out, *err}
    assert 'evil?[2J?0: ' in out  # the points before and now


def test_only_leaves_the_others_out_of_the_grades(folder):
    assert run(folder, '--only', '101', '103') == 0
    assert {*grades(folder)} == {'101', '103'}
    assert 'left out' in (folder / 'OUT/report.html').read_text()


def test_a_judge_that_fails_costs_nobody_else_anything(folder, capsys):
    run(folder)
    alone = grades(folder)

    def one_fails(submission, course):
        if submission.user_id == '102':
            raise KeyError('of the grader')
        return by_digest(submission, course)
    assert run(folder, '--force', judge=one_fails) == 1
    assert grades(folder) == {user_id: points for user_id, points in alone.items() if user_id != '102'}
    assert 'grader fault (1)' in capsys.readouterr().out
    assert 'Faults of the grader' in (folder / 'OUT/report.html').read_text()
    assert run(folder) == 0 and grades(folder) == alone  # what failed is tried again


def test_one_failing_part_costs_no_other_part():
    def raises(question, submission, context):
        raise ZeroDivisionError('no points')

    def right(question, submission, context):
        return [Verdict(item.name, 1, f'right after {len(context.verdicts)}') for item in question.items]

    def first_only(question, submission, context):
        return right(question, submission, context) if question.name == 'q33' else []

    judges = {'functions': SimpleNamespace(judge=raises), 'wiring': SimpleNamespace(judge=right),
              'records': SimpleNamespace(judge=first_only)}
    nobody = None  # a submission in which no flags can be looked for, either
    judged = judging.judge_questions(nobody, Context(COURSE, run_confined=None, reading=None), judges)
    functions = [*COURSE.points][:5]
    assert [found.item for found in judged['verdicts']] == [*COURSE.points]
    kinds = {found.item: found.kind for found in judged['verdicts']}
    assert [kinds[item] for item in functions] == ['grader-fault'] * 5
    assert {item: kind for item, kind in kinds.items() if item not in functions} == {
        'q33': '', 'q39': '', **dict.fromkeys(['q34', 'q35', 'q36', 'q37', 'q38', 'q310'], 'grader-fault')}
    reasons = {found.item: found.reason for found in judged['verdicts']}
    assert (reasons['q33'], reasons['q39']) == ('right after 5', 'right after 11')
    assert 'ZeroDivisionError' in reasons['linear_layer.forward'] and 'no judge spoke' in reasons['q34']
    assert len(judged['faults']) == 2 and 'ZeroDivisionError' in judged['faults'][0]
    assert judged['flags'] == ['the flags could not be looked for, by a fault of the grader']
    assert judging.is_fault(judged)


class Slow(concurrent.futures.ThreadPoolExecutor):
    """Finishes in another order than it was asked."""

    def submit(self, call, *arguments, **named):
        def later():
            time.sleep(random.random() / 50)
            return call(*arguments, **named)
        return super().submit(later)


@pytest.mark.parametrize('kind', [Slow, concurrent.futures.ProcessPoolExecutor])
def test_any_executor_gives_the_same(folder, kind):
    run(folder, '--jobs', '1')
    expected = outputs(folder)
    (folder / 'OUT/journal.jsonl').unlink()
    with kind(2) as executor:
        assert run(folder, executor=executor) == 0
    assert outputs(folder) == expected


def test_the_real_judge_can_be_sent_to_another_process():
    import pickle
    from functools import partial
    judge = partial(judging.judge, course=COURSE, isolation=LIMITS, epochs=1, full_rerun=True, stop=None)
    assert pickle.loads(pickle.dumps(judge)).keywords['isolation'] == LIMITS


def test_the_real_judge_says_what_takes_long(folder, monkeypatch, capsys):
    def judge(submission, course, isolation, say=None, **settings):
        say('repeating all 30 epochs of Q3.5')
        return by_digest(submission, course)
    monkeypatch.setattr(judging, 'judge', judge)
    assert run(folder, '--jobs', '1', '--rerun-epochs', '0', judge=None) == 0
    err = capsys.readouterr().err
    assert all(f': student{number} (repeating all 30 epochs of Q3.5)\n' in err for number in range(3))


def test_without_a_gradebook(folder):
    options = grade.parse([str(folder / 'submissions.zip'), '--course', 'tamu', '--output', str(folder / 'OUT')])
    assert grade.grade(options, by_digest, LIMITS) == 0
    lines = (folder / 'OUT/grades.csv').read_text().splitlines()
    assert lines[0] == 'ID,Points' and [line.split(',')[0] for line in lines[1:]] == ['101', '102', '103']
