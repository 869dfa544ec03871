"""grade.py: killed or interrupted and started again, it comes to the same result."""

import concurrent.futures
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import textwrap
import time

import pytest

pytest.importorskip('matplotlib')
pytestmark = pytest.mark.skipif(sys.platform != 'linux', reason='grading needs Linux')

from benchmarks import synthetic_class
from instructor.results.journal import Journal
from tests.helpers import ROOT
from tests.helpers.grading import (
    COURSE,
    OUTPUTS,
    by_digest,
    confined_isolation,
    grades,
    journal,
    outputs,
    run,
)

DRIVER = textwrap.dedent('''
    # For each line [seconds, signal, options] runs the command in a child, sends it the signal after so long, and tells
    # "status seconds".
    import json, os, signal, sys, time
    import matplotlib.figure, matplotlib.backends.backend_svg
    from tests.helpers import grading
    from pathlib import Path
    def judge(submission, course):
        time.sleep(0.03)
        return grading.by_digest(submission, course)
    for line in sys.stdin:
        seconds, number, more = json.loads(line)
        begin, child = time.monotonic(), os.fork()
        if child == 0:
            sys.stdout = sys.stderr = open(os.devnull, 'w')
            signal.signal(signal.SIGTERM, grading.grade._stop)  # as main does
            try:
                os._exit(grading.run(Path(sys.argv[1]), '--jobs', '2', *more, judge=judge))
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
