"""cluster.py: grading on a real dask scheduler and worker processes gives what one machine gives."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

pytest.importorskip('matplotlib')
distributed = pytest.importorskip('distributed', reason='grading on a cluster needs the package distributed')
pytestmark = pytest.mark.skipif(sys.platform != 'linux', reason='grading needs Linux')

from benchmarks import synthetic_class
from instructor import cluster, grade
from instructor.course import find_course
from instructor.intake.downloads import read_submissions
from instructor.judges import judging
from instructor.results.journal import Journal
from tests.helpers import ROOT
from tests.helpers.dask_processes import Processes, children, wait_for
from tests.helpers.grading import COURSE, by_digest, confined_isolation, grades, journal, outputs

TAMU = find_course('tamu')


@pytest.fixture(scope='module')
def processes(tmp_path_factory):
    """A scheduler with two workers, which their nannies start again if they die."""
    confined_isolation()
    with contextlib.ExitStack() as stack:
        processes = Processes(stack, tmp_path_factory.mktemp('dask'))
        for _ in range(2):
            processes.start_worker()
        yield processes


@pytest.fixture
def client(processes):
    with distributed.Client(processes.address, set_as_default=False) as client:
        client.wait_for_workers(2)
        yield client


@pytest.fixture
def one_worker(tmp_path):
    """A scheduler with one worker, whose process this is: to it, others can be added."""
    confined_isolation()
    with contextlib.ExitStack() as stack:
        processes = Processes(stack, tmp_path)
        processes.start_worker('--no-nanny')
        with distributed.Client(processes.address, set_as_default=False) as client:
            client.wait_for_workers(1)
            yield processes, client


def arguments(folder, *more, output='OUT'):
    return [str(folder / 'submissions.zip'), '--course', 'tamu', '--output', str(folder / output), '--gradebook',
            str(folder / 'grades in.csv'), '--rerun-epochs', '0', *more]


def class_of(folder, num_students):
    """A class whose submissions are judged in a second or two: nothing but the functions, one of them wrong."""
    misc = synthetic_class.MASTER['dnn_misc.py']
    masks = ['X > 0', 'X >= 0', 'X > 1', 'x', 'X < 0'][:num_students]
    handed_in = {f'student{number}': {'dnn_misc.py': misc.replace('self.mask = X > 0', f'self.mask = {mask}').encode()}
                 for number, mask in enumerate(masks)}
    ids = synthetic_class.download(folder / 'submissions.zip', handed_in, COURSE)
    synthetic_class.gradebook(folder / 'grades in.csv', ids, COURSE)


def alive(process_id):
    return os.path.exists(f'/proc/{process_id}')


def test_a_worker_that_is_killed_costs_nothing_and_all_is_as_on_one_machine(folder, processes, client):
    class_of(folder, 5)
    assert grade.main(arguments(folder, output='one')) == 0
    workers = client.run(os.getpid)
    killed = []

    def kill():
        wait_for(lambda: '"begun"' in (folder / 'OUT/journal.jsonl').read_text())
        victim = wait_for(lambda: [one for one in workers.values() if children(one)])[0]
        killed.extend([victim, *children(victim)])
        os.kill(victim, signal.SIGKILL)
    (folder / 'OUT').mkdir()
    (folder / 'OUT/journal.jsonl').touch()
    killer = threading.Thread(target=kill)
    killer.start()
    assert grade.main(arguments(folder, '--dask', processes.address)) == 0
    killer.join()
    wait_for(lambda: not any(map(alive, killed)))  # the children of the worker do not outlive it
    assert outputs(folder) == outputs(folder, 'one')
    assert [(entry['isolation'], entry['faults']) for entry in journal(folder)] == [('namespaces', [])] * 5
    assert killed[0] in workers.values() and killed[0] not in client.run(os.getpid).values()


def test_a_submission_over_which_workers_die_again_and_again_needs_review(folder, processes, client, capsys):
    def judge(submission, course):  # travels by its value, as it has no name in a module
        if submission.user_id == '102':
            os.kill(os.getpid(), signal.SIGKILL)
        return {**by_digest(submission, course), 'isolation': 'namespaces'}
    options = grade.parse(arguments(folder, '--dask', processes.address))
    assert grade.grade(options, judge) == 0
    found = {entry['submission']: entry['verdicts'][0]['kind'] for entry in journal(folder)}
    assert found['102'] == judging.INTERRUPTED and {*found} == {'101', '102', '103'}
    assert {*grades(folder)} == {'101', '103'}
    assert 'one worker after the other ended while it was at this submission' in capsys.readouterr().out
    asked = []
    assert grade.grade(grade.parse(arguments(folder)), lambda submission, _: asked.append(submission)) == 0
    assert asked == [] and {*grades(folder)} == {'101', '103'}


def test_interrupted_it_resumes_and_comes_to_the_same(folder, processes):
    class_of(folder, 4)
    assert grade.main(arguments(folder, output='one')) == 0
    line = [sys.executable, '-m', 'instructor.grade', *arguments(folder, '--dask', processes.address)]
    with subprocess.Popen(line, cwd=ROOT, stderr=subprocess.PIPE, text=True) as grader:
        wait_for(lambda: (folder / 'OUT/journal.jsonl').exists() and journal(folder) or grader.poll() is not None)
        grader.send_signal(signal.SIGINT)
        assert 'run the same command to resume' in grader.communicate(timeout=60)[1] and grader.returncode == 130
    with Journal(folder / 'OUT/journal.jsonl', COURSE.points) as read:
        assert read.open == {} and 0 < len(read.by_key) < 4
    assert grade.main(arguments(folder, '--dask', processes.address)) == 0
    assert len(journal(folder)) == 4  # nothing was judged twice
    assert outputs(folder) == outputs(folder, 'one')


def endless(path):
    """What judging does while a student's code runs; only a test that has failed reaches the end."""
    unwanted = cluster._Unwanted()
    path.with_suffix('.begun').touch()
    end = time.monotonic() + 300
    while not unwanted.is_set():
        assert time.monotonic() < end
        time.sleep(0.05)
    path.touch()


@pytest.mark.parametrize('how', ['cancel', 'close'])
def test_what_nobody_waits_for_is_stopped_on_the_worker(processes, tmp_path, how):
    stopped = tmp_path / 'stopped'
    with distributed.Client(processes.address, set_as_default=False) as client:
        future = client.get_executor(pure=False).submit(endless, stopped)
        wait_for(stopped.with_suffix('.begun').exists)
        assert not stopped.exists()
        if how == 'cancel':
            future.cancel()
            wait_for(stopped.exists)
    wait_for(stopped.exists)


@pytest.mark.parametrize('first, said', [
    ('import numpy; numpy.__version__ = "0.1"', 'numpy differs from that of the grader (0.1 there, '),
    ('from instructor.results import journal; journal.DECIDING += ("README.md",)', 'the code of the project differs'),
    ('from instructor.sandbox import api; api.probe.__globals__["sys"] = type("", (), {"platform": "other"})',
     'needs Linux')])
def test_a_worker_that_is_not_like_the_grader_or_cannot_confine_is_refused(folder, one_worker, capsys, first, said):
    processes, client = one_worker
    [submission, *_], _ = read_submissions(folder / 'submissions.zip', COURSE)
    with cluster.connected(processes.address, TAMU) as workers:
        good = {*client.nthreads()}
        processes.start_worker('--no-nanny', first=first)
        client.wait_for_workers(2)
        [bad] = {*client.nthreads()} - good
        judge_one = workers.judge_one({'epochs': 0})
        with pytest.raises(cluster.ClusterError) as error:  # it has joined after the check
            workers.client.submit(judge_one, submission, True, workers=[bad], pure=False).result()
        assert str(error.value).startswith(f'the worker {bad} cannot judge: ') and said in str(error.value)
        assert workers.client.submit(judge_one, submission, True, workers=[*good], pure=False).result()['faults'] == []
        assert workers.width() == 2
    capsys.readouterr()
    assert grade.main(arguments(folder, '--dask', processes.address)) == 2
    out, err = capsys.readouterr()
    assert out == '' and err.startswith(f'instructor.grade: the worker {bad} cannot judge: ') and err.count('\n') == 1
    assert said in err and not any((folder / 'OUT').iterdir())


def test_a_worker_that_cannot_judge_ends_the_run_and_nothing_is_noted_of_the_submission():
    class Executor:
        def submit(self, *_):
            future = cluster.concurrent.futures.Future()
            future.set_exception(cluster.ClusterError('the worker cannot judge'))
            return future
    begun, done = [], []
    with pytest.raises(cluster.ClusterError):
        judging.judge_all('ab', None, COURSE, Executor(), lambda: 1, begun.append, done.append,
                          cluster.Cluster.lost, cluster.Cluster.unfit)
    assert (begun, done) == (['a'], [])


def test_if_the_scheduler_ends_the_same_command_resumes(folder, one_worker, capsys):
    processes, _ = one_worker
    class_of(folder, 3)
    (folder / 'OUT').mkdir()

    def end():
        wait_for(lambda: (folder / 'OUT/journal.jsonl').exists() and journal(folder))
        processes.scheduler.kill()
    ender = threading.Thread(target=end)
    ender.start()
    assert grade.main(arguments(folder, '--dask', processes.address)) == 2
    ender.join()
    err = capsys.readouterr().err.splitlines()
    assert 'the scheduler has ended or cannot be reached any more; run the same command to resume' in err[-1]
    with Journal(folder / 'OUT/journal.jsonl', COURSE.points) as read:
        assert read.open == {} and 0 < len(read.by_key) < 3


def test_a_scheduler_without_workers_is_told_from_none(folder, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(cluster, 'WAIT_SECONDS', 1)
    with contextlib.ExitStack() as stack:
        address = Processes(stack, tmp_path).address
        assert grade.main(arguments(folder, '--dask', address)) == 2
    err = capsys.readouterr().err
    assert err.startswith('instructor.grade: --dask: the scheduler has no worker') and err.count('\n') == 1
    assert err.endswith(f'python3 -m dask worker {address}\n') and not any((folder / 'OUT').iterdir())


@pytest.mark.parametrize('address', ['nonsense', 'tcp://127.0.0.1:1'])
def test_without_a_scheduler_one_line_says_so(folder, capsys, monkeypatch, address):
    monkeypatch.setattr(cluster, 'WAIT_SECONDS', 1)
    assert grade.main(arguments(folder, '--dask', address)) == 2
    err = capsys.readouterr().err
    assert err.startswith(f'instructor.grade: --dask {address}: no connection to a scheduler') and err.count('\n') == 1
    assert not any((folder / 'OUT').iterdir())
