"""grade.py, judging.py: a run from the download to what goes back, stopped and started again."""
import concurrent.futures
import csv
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import textwrap
import time
import zipfile
from fractions import Fraction
from types import SimpleNamespace

import pytest

pytest.importorskip('matplotlib')
pytestmark = pytest.mark.skipif(sys.platform != 'linux', reason='grading needs Linux')

from benchmarks import synthetic_class  # noqa: E402
from instructor import grade  # noqa: E402
from instructor.judges import judging  # noqa: E402
from instructor.judges.verdict import Verdict  # noqa: E402
from instructor.results.journal import Journal, JournalError  # noqa: E402
from instructor.sandbox import api as sandbox  # noqa: E402
from instructor.sandbox import protocol, worker_runs  # noqa: E402
from instructor.sandbox.protocol import Isolation  # noqa: E402

ROOT = synthetic_class.ROOT
COURSE = synthetic_class.course()
OUTPUTS = ('grades.csv', 'feedback.zip', 'report.html')
LIMITS = Isolation('limits', 'limits: as these tests say')


def by_digest(submission, course):
    """A quick judge, whose verdicts depend on what was handed in."""
    shares = hashlib.sha256(submission.digest.encode()).digest()
    return {'verdicts': [Verdict(item, Fraction(share % 5, 4), f'share {share % 5}', kind='' if share % 5 == 4 else 'x')
                         for item, share in zip(course.points, shares)],
            'flags': ['late'] * submission.late, 'isolation': 'limits', 'faults': []}


@pytest.fixture
def folder(tmp_path):
    """A folder with a space, with submissions.zip of four students and the gradebook of five."""
    path = tmp_path / 'a class'
    path.mkdir()
    code = {name: content for name, content in synthetic_class.perfect(COURSE).items() if name.endswith('.py')}
    handed_in = {f'student{number}': {**code, 'collaboration.txt': f'number {number}'} for number in range(3)}
    handed_in['broken'] = b'no zip'
    ids = synthetic_class.download(path / 'submissions.zip', handed_in, COURSE, late=['student1'])
    synthetic_class.gradebook(path / 'grades in.csv', ids, COURSE, extra=[('Absent', '777')])
    return path


def run(folder, *more, judge=by_digest, executor=None):
    options = grade.parse([str(folder / 'submissions.zip'), '--course', 'tamu', '--output', str(folder / 'OUT'),
                           '--gradebook', str(folder / 'grades in.csv'), *more])
    return grade.grade(options, judge, LIMITS, executor)


def outputs(folder):
    pages = [f'feedback/{path.name}' for path in (folder / 'OUT/feedback').iterdir()]
    return {name: (folder / 'OUT' / name).read_bytes() for name in (*OUTPUTS, *pages)}


def grades(folder):
    """{user id: points} of grades.csv."""
    with open(folder / 'OUT/grades.csv', encoding='utf-8', newline='') as file:
        return {line['ID']: line[f'{COURSE.assignment_title} (12345)'] for line in csv.DictReader(file)}


def journal(folder):
    """The judgements in the journal."""
    lines = map(json.loads, (folder / 'OUT/journal.jsonl').read_text().splitlines())
    return [entry for entry in lines if 'verdicts' in entry]


# ---- a run

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
    def raises(*others):
        raise ZeroDivisionError('no points')
    def right(others):
        return [Verdict('q39', 1, f'right after {len(others)}')]
    judged = judging.by_judges([(('q33', 'q34'), raises), (('q39',), right)], raises,
                               SimpleNamespace(points=['q33', 'q34', 'q39', 'q310']), 'limits')
    assert [(found.item, found.share, found.kind) for found in judged['verdicts']] == [
        ('q33', None, 'grader-fault'), ('q34', None, 'grader-fault'), ('q39', 1, ''), ('q310', None, 'grader-fault')]
    assert judged['verdicts'][2].reason == 'right after 2'
    assert 'ZeroDivisionError' in judged['verdicts'][0].reason and 'ZeroDivisionError' in judged['faults'][0]
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


# ---- killed and started again

DRIVER = textwrap.dedent('''
    # For each line [seconds, signal, options] runs the command in a child, sends it the signal after so long, and tells
    # "status seconds".
    import json, os, signal, sys, time
    import matplotlib.figure, matplotlib.backends.backend_svg
    from tests.commands import test_grade
    from pathlib import Path
    def judge(submission, course):
        time.sleep(0.03)
        return test_grade.by_digest(submission, course)
    for line in sys.stdin:
        seconds, number, more = json.loads(line)
        begin, child = time.monotonic(), os.fork()
        if child == 0:
            sys.stdout = sys.stderr = open(os.devnull, 'w')
            signal.signal(signal.SIGTERM, test_grade.grade._stop)  # as main does
            try:
                os._exit(test_grade.run(Path(sys.argv[1]), '--jobs', '2', *more, judge=judge))
            except KeyboardInterrupt:
                os._exit(130)
        status = None
        while status is None:
            ended, found = os.waitpid(child, os.WNOHANG)
            if ended:
                status = os.waitstatus_to_exitcode(found)
            elif time.monotonic() - begin > seconds:
                os.kill(child, number)
                status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            time.sleep(0.002)
        print(status, time.monotonic() - begin, flush=True)
''')


@pytest.fixture
def drive(folder):
    """A function that grades the folder in a process of its own and kills that after so many seconds: its status."""
    command = [sys.executable, '-c', DRIVER, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                          env={**os.environ, 'PYTHONPATH': str(ROOT), 'PYTHONDONTWRITEBYTECODE': '1'}) as process:
        def drive(seconds=100, *more, number=signal.SIGKILL):
            print(json.dumps([seconds, number, more]), file=process.stdin, flush=True)
            status, took = process.stdout.readline().split()
            return int(status), float(took)
        yield drive
        process.stdin.close()


@pytest.mark.parametrize('number', [signal.SIGKILL, signal.SIGTERM])
def test_ended_at_any_moment_it_goes_on_to_the_same_result(folder, drive, number):
    code = {'dnn_misc.py': b'x'}
    handed_in = {f'student{number}': {**code, 'collaboration.txt': f'{number}'} for number in range(12)}
    ids = synthetic_class.download(folder / 'submissions.zip', handed_in, COURSE)
    synthetic_class.gradebook(folder / 'grades in.csv', ids, COURSE)
    status, whole = drive()
    assert status == 0
    expected = outputs(folder)
    moments, ends, interrupted = random.Random(3), 0, 0
    for _ in range(40):
        if ends >= 10:  # after how many rounds depends on the machine
            break
        shutil.rmtree(folder / 'OUT')
        for _ in range(3):
            status, _ = drive(moments.uniform(0, whole), number=number)
            ends += status in (-signal.SIGKILL, -signal.SIGTERM, 130)
            written = {name: (folder / 'OUT' / name).read_bytes() for name in expected
                       if (folder / 'OUT' / name).exists()}
            assert number == signal.SIGKILL or all(expected[name] == content for name, content in written.items())
            for name, content in written.items():  # whole, or not there
                assert content.endswith(b'</html>\n') if name.endswith('html') else content[-1:] in b'\n\0', name
        assert drive()[0] == 0
        again = [entry['submission'] for entry in journal(folder) if entry['verdicts'][0]['kind'] == 'interrupted']
        if again:  # what was being judged at a sudden end is for a person, who may have it judged after all
            assert not {*grades(folder)} & {*again} and 'the grader ended' in (folder / 'OUT/report.html').read_text()
            assert drive(100, '--only', *again)[0] == 0
        interrupted += len(again)
        assert outputs(folder) == expected
        assert {path.name for path in (folder / 'OUT').iterdir()} == {*OUTPUTS, 'journal.jsonl', 'feedback'}
    assert ends >= 10 and (interrupted > 0) == (number == signal.SIGKILL)


def test_a_submission_over_which_the_grader_ended_is_not_judged_again_but_by_a_wish(folder, capsys):
    run(folder)
    before = grades(folder)
    lines = (folder / 'OUT/journal.jsonl').read_text().splitlines(keepends=True)
    begun = next(line for line in lines if json.loads(line)['submission'] == '102')
    ended = [line for line in lines if json.loads(line)['submission'] != '102']
    (folder / 'OUT/journal.jsonl').write_text(''.join([*ended, begun]))
    asked = []

    def judge(submission, course):
        asked.append(submission.user_id)
        return by_digest(submission, course)
    for _ in range(2):
        assert run(folder, judge=judge) == 0 and asked == []
        assert {*grades(folder)} == {'101', '103'}
        assert 'the grader ended while it was at this submission' in capsys.readouterr().out
    assert run(folder, '--only', '102', judge=judge) == 0
    assert asked == ['102'] and grades(folder) == before


def test_all_are_judged_quickly_first_and_what_takes_long_last(folder):
    order = []

    def judge(submission, quick):
        order.append((submission, quick))
        if quick and submission in (1, 3):
            raise worker_runs.Postponed
        return f'judged {submission}'

    begun, done = [], []
    with concurrent.futures.ThreadPoolExecutor(1) as executor:
        judging.judge_all(range(5), judge, COURSE, executor, 1, begun.append, lambda *pair: done.append(pair))
    assert order == [(number, True) for number in range(5)] + [(1, False), (3, False)]
    assert begun == [0, 1, 2, 3, 4, 1, 3]
    assert done == [(0, 'judged 0'), (1, None), (2, 'judged 2'), (3, None), (4, 'judged 4'), (1, 'judged 1'),
                    (3, 'judged 3')]


@pytest.mark.parametrize('outcomes, runs', [
    ([('ok', 5, 5)], 13), ([('ok', 9, 1)], 3), ([('ok', 1, 1), ('idle', 10, 0)], 2), ([('cpu', 3, 3)], 1),
    ([('exit', 1, 1), ('wall', 2, 1)], 2)])
def test_what_takes_long_in_the_quick_pass_is_put_off(monkeypatch, outcomes, runs):
    """By one long run, or by many: 60 seconds of work and 20 without work are given to a submission."""
    given = []

    def run(isolation, entry, files, argv, limits, stop):
        given.append(limits.cpu_seconds)
        ended, seconds, cpu_seconds = outcomes[min(len(given), len(outcomes)) - 1]
        return protocol.Outcome(ended, 0, seconds=seconds, cpu_seconds=cpu_seconds)
    monkeypatch.setattr(sandbox, 'run', run)
    box = worker_runs.make_box(LIMITS, quick_seconds=60)
    with pytest.raises(worker_runs.Postponed):
        for _ in range(100):
            box('', {}, cpu_seconds=15)
    assert len(given) == runs and given[0] == 15 and (runs < 13 or given[-2:] == [5, 0])
    assert worker_runs.make_box(LIMITS)('', {}, cpu_seconds=15).ended in [ended for ended, *_ in outcomes]


def test_sleepers_hold_up_nobody(tmp_path, monkeypatch):
    """Of six submissions two sleep wherever they can, a hundred times as long as is waited for."""
    isolation = confined_isolation()
    monkeypatch.setattr(sandbox, 'Limits', lambda **more: protocol.Limits(**{**more, 'idle_seconds': 0.8}))
    sleeps = 'import time\n\n\ntime.sleep(100)\n'
    good = synthetic_class.perfect(COURSE)
    sleeper = {**good, **{name: f'{sleeps}{good[name].decode()}'.encode() for name in ('dnn_misc.py', 'dnn_cnn_2.py')}}
    handed_in = {f'student{number}': sleeper if number in (0, 3) else good for number in range(6)}
    for number, files in enumerate(handed_in.values()):
        handed_in[f'student{number}'] = {**files, 'collaboration.txt': f'Jane Doe, {number}'.encode()}
    (tmp_path / 'OUT').mkdir()
    ids = synthetic_class.download(tmp_path / 'submissions.zip', handed_in, COURSE)
    synthetic_class.gradebook(tmp_path / 'grades in.csv', ids, COURSE)
    options = grade.parse([str(tmp_path / 'submissions.zip'), '--course', 'tamu', '--output', str(tmp_path / 'OUT'),
                           '--gradebook', str(tmp_path / 'grades in.csv'), '--rerun-epochs', '0', '--jobs', '1'])
    begin = time.monotonic()
    assert grade.grade(options, isolation=isolation) == 0
    took = time.monotonic() - begin
    order = [entry['submission'] for entry in journal(tmp_path)]
    assert {*order[:4]} == {'102', '103', '105', '106'} and {*order[4:]} == {'101', '104'}
    assert grades(tmp_path) == dict.fromkeys(['102', '103', '105', '106'], '100.00')
    assert took < 100  # less than one of the many sleeps
    sleeping = [entry for entry in journal(tmp_path) if entry['submission'] == '101'][0]
    assert {verdict['kind'] for verdict in sleeping['verdicts'] if verdict['share'] is None} == {'waits', 'too-slow'}


def confined_isolation():
    try:
        return sandbox.probe()
    except sandbox.IsolationError as error:
        pytest.skip(str(error))


def test_ctrl_c_keeps_what_is_done(folder):
    class Interrupted(concurrent.futures.ThreadPoolExecutor):
        def submit(self, call, submission, quick):
            future = super().submit(call, submission, quick)
            if submission.user_id == '103':
                concurrent.futures.wait([future])
                raise KeyboardInterrupt
            return future
    with Interrupted(1) as executor, pytest.raises(KeyboardInterrupt):
        run(folder, executor=executor)
    assert not (folder / 'OUT/grades.csv').exists()
    assert run(folder) == 0 and {*grades(folder)} == {'101', '102', '103'}


def test_two_times_ctrl_c_lose_no_more_than_one(folder):
    isolation = confined_isolation()
    assert isolation.level == 'namespaces'
    command_line = [sys.executable, '-m', 'instructor.grade', str(folder / 'submissions.zip'), '--course', 'tamu',
                    '--output', str(folder / 'OUT'), '--rerun-epochs', '0']
    with subprocess.Popen(command_line, cwd=ROOT, stderr=subprocess.PIPE, text=True) as grader:
        deadline = time.monotonic() + 30
        while '"begun"' not in ((folder / 'OUT/journal.jsonl').read_text() if (folder / 'OUT').is_dir() and
                                (folder / 'OUT/journal.jsonl').exists() else ''):
            assert time.monotonic() < deadline
            time.sleep(0.005)
        for _ in range(3):
            grader.send_signal(signal.SIGINT)
            time.sleep(0.02)
        assert 'run the same command to resume' in grader.communicate(timeout=30)[1] and grader.returncode == 130
    with Journal(folder / 'OUT/journal.jsonl', COURSE.points) as read:
        assert read.open == {}


def test_the_real_judge_says_what_takes_long(folder, monkeypatch, capsys):
    def judge(submission, course, isolation, say=None, **settings):
        say('repeating all 30 epochs of Q3.5')
        return by_digest(submission, course)
    monkeypatch.setattr(judging, 'judge', judge)
    assert run(folder, '--jobs', '1', '--rerun-epochs', '0', judge=None) == 0
    err = capsys.readouterr().err
    assert all(f': student{number} (repeating all 30 epochs of Q3.5)\n' in err for number in range(3))


# ---- the command line

def command(*arguments, **more):
    done = subprocess.run([sys.executable, '-m', 'instructor.grade', *map(str, arguments)], cwd=ROOT, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=100, **more)
    assert 'Traceback' not in done.stderr
    return done.returncode, done.stderr


def test_a_file_nested_deeply_does_not_end_the_grader(folder):
    try:
        sandbox.probe()
    except sandbox.IsolationError as error:
        pytest.skip(str(error))
    code = f'x = {"-" * 190_000}1\n'
    synthetic_class.download(folder / 'submissions.zip', {'deep': {'dnn_misc.py': code.encode()}}, COURSE)

    def small_stack():
        import resource
        resource.setrlimit(resource.RLIMIT_STACK, (512 << 10, resource.getrlimit(resource.RLIMIT_STACK)[1]))

    assert command(folder / 'submissions.zip', '--course', 'tamu', '--output', folder / 'OUT', '--rerun-epochs', '0',
                   preexec_fn=small_stack)[0] == 0
    [entry] = journal(folder)
    assert any('Python cannot read it' in flag for flag in entry['flags']) or any(
        'crashes Python' in line for line in entry['review'])


@pytest.mark.parametrize('more, said', [
    (['--course', 'mit'], '--course mit'), (['--course', '../x'], '--course ../x'), (['--jobs', '0'], '--jobs'),
    (['--rerun-epochs', '31'], '--rerun-epochs'), (['--rerun-epochs', 'x'], '--rerun-epochs'),
    (['--assignment', 'x'], 'by --gradebook'), (['--gradebook', 'none.csv'], 'none.csv'),
    (['--isolation', 'none'], '--isolation'), (['--only', '555'], 'no submission of 555'),
    (['--output', '/dev/null'], '/dev/null'), (['extra'], 'extra'), (['--output', 'SUBMISSIONS'], 'another folder'),
    (['--output', ''], '--output: is empty'), (['--gradebook', ''], '--gradebook: is empty'),
    (['--output', 'DANGLING'], 'a link to a folder that is not there'),
    (['--course', 'ta\nmu\x1b[2J'], 'ta?mu?[2J'), (['--isolation', 'a\nb'], '--isolation')])
def test_wrong_options_get_one_line(folder, capsys, more, said):
    arguments = [str(folder / 'submissions.zip'), '--course', 'tamu', '--output', str(folder / 'OUT'),
                 '--isolation', 'limits', *more]
    (folder / 'link').symlink_to(folder / 'nowhere')
    places = {'SUBMISSIONS': arguments[0], 'DANGLING': str(folder / 'link')}
    arguments = [places.get(one, one) for one in arguments]
    try:
        status = grade.main(arguments)
    except SystemExit as end:
        status = end.code
    out, err = capsys.readouterr()
    assert status == 2 and out == '' and said in err and err.count('\n') == 1 and '\x1b' not in err
    assert not (folder / 'OUT/grades.csv').exists()


def test_from_the_command_line(tmp_path):
    assert command('none.zip', '--course', 'tamu', '--output', tmp_path / 'OUT') == (
        2, 'instructor.grade: none.zip: cannot be read (No such file or directory)\n')
    assert command()[0] == 2
    assert command('--help') == (0, '')
    assert not (tmp_path / 'OUT').exists()


def test_elsewhere_than_on_linux_one_line_says_what_to_use(monkeypatch, capsys):
    monkeypatch.setattr(sys, 'platform', 'darwin')
    assert grade.main(['x', '--course', 'tamu', '--output', 'y']) == 2
    assert 'use a Linux machine' in capsys.readouterr().err


def test_two_runs_do_not_write_to_one_folder(folder):
    (folder / 'OUT').mkdir()
    with Journal(folder / 'OUT/journal.jsonl', COURSE.points):
        with pytest.raises(JournalError, match='another run'):
            run(folder)


def test_without_a_gradebook(folder):
    options = grade.parse([str(folder / 'submissions.zip'), '--course', 'tamu', '--output', str(folder / 'OUT')])
    assert grade.grade(options, by_digest, LIMITS) == 0
    lines = (folder / 'OUT/grades.csv').read_text().splitlines()
    assert lines[0] == 'ID,Points' and [line.split(',')[0] for line in lines[1:]] == ['101', '102', '103']
