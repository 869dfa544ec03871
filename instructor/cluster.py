"""Judges submissions on a cluster of machines: grade.py --dask. Only this module knows dask.distributed.

To a worker go the path of the course's file, digests of what decides a verdict, the submission, and the random seed of
this grading with what the master's code gives with it. All else is the worker's own: its copy of the project, and how
it confines students' code. It refuses if that copy, Python or numpy is another than the grader's, or if it cannot
confine code in namespaces. This is checked on all workers before the start, and again with each submission, because
workers may join later.

If a worker dies, dask judges its submissions on others, as often as the scheduler's setting allowed-failures says.
"""
import concurrent.futures
import contextlib
import hashlib
import logging
import os
import secrets
import threading
import warnings
from functools import cache, partial

import dask
import distributed
from distributed.comm import addressing
from distributed.versions import VersionMismatchWarning

from instructor.assignment import ROOT
from instructor.course import load_course
from instructor.judges import judging, training_runs
from instructor.results import journal
from instructor.sandbox import api as sandbox
from instructor.sandbox import worker_runs

LOCAL = 'local'
# A terminal sends it to all processes, and the grader ends the others itself.
_IGNORE_CTRL_C = 'import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)'
WAIT_SECONDS = 30  # for the scheduler, and for a first worker
START = f'in {ROOT} or a copy of that folder, run: python3 -m dask'
# The code that this process has loaded. A worker may be older than what now lies in its folder.
_LOADED = journal.grader_hash(ROOT, (), ())
_PREPARING = threading.Lock()  # so that threads that begin at the same time do not all do it


class ClusterError(ValueError):
    """The cluster cannot judge as this machine would; the text is one line."""


# ---- on a worker -----------------------------------------------------------------------------------------------------

class _Unwanted:
    """Stands for a threading.Event that is set when nobody waits for the result of the task any more.

    This covers a grader that was interrupted, one that was killed, and one that has lost its connection.
    """

    def __init__(self):
        worker = distributed.get_worker()
        self.task = worker.state.tasks[worker.get_current_task()]

    def is_set(self):
        return self.task.state in ('cancelled', 'resumed')  # otherwise 'executing'


@cache
def _prepared(course_path, expected, num_threads):
    course, own = _own(course_path)
    for (what, wanted), (_, found) in zip(expected, own):
        if wanted != found:
            shown = '' if what.startswith('the ') else f' ({found} there, {wanted} here)'
            raise ClusterError(f'{what} differs from that of the grader{shown}: make them the same, and start the '
                               'worker again')
    return course, sandbox.probe('namespaces', jobs=num_threads)


def _own(course_path):
    """This machine's Course, and pairs of what has to be the same on all machines, and its version here."""
    path = ROOT / course_path
    course = load_course(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return course, (('the file of the course', digest), ('the code of the project', _LOADED),
                    *journal.versions(course).items(), ('dask.distributed', distributed.__version__))


def _prepare(course_path, expected, dask_worker):
    """This worker's Course and Isolation, found once in each process. Raises ClusterError."""
    with _PREPARING:
        try:
            return _prepared(course_path, expected, dask_worker.state.nthreads)
        except (OSError, ValueError, sandbox.IsolationError) as error:
            raise ClusterError(f'the worker {dask_worker.address} cannot judge: {error}') from None


def _check(course_path, expected, dask_worker):
    return _prepare(course_path, expected, dask_worker)[1].description


def _judge_one(course_path, expected, settings, submission, quick):
    course, isolation = _prepare(course_path, expected, distributed.get_worker())
    try:
        return judging.judge(submission, course, isolation, **settings, stop=_Unwanted(), quick=quick)
    except (worker_runs.Postponed, worker_runs.Stopped) as nothing_known:
        return nothing_known  # dask would log what is raised as an error, with the submission


def _repeat_master(course_path, expected, seed, num_epochs, question):
    course, isolation = _prepare(course_path, expected, distributed.get_worker())
    run_confined = worker_runs.confined(isolation, _Unwanted())
    return training_runs.draw_secret(run_confined, course.assignment, num_epochs, questions=[question], seed=seed)


# ---- on the grader's machine -----------------------------------------------------------------------------------------

class Cluster:
    """The workers of a cluster, all of them checked.

    executor: a concurrent.futures.Executor that runs on them. isolation: its level and description are those of the
    workers. lost: exceptions of a submission over which workers died again and again; unfit: those of a worker that
    cannot judge.
    """

    lost, unfit = (distributed.KilledWorker,), (ClusterError, ImportError)

    def __init__(self, client, course_path, jobs=None):
        """client: a distributed.Client; jobs: how many submissions at a time, by default as many as it has threads.

        Raises ClusterError.
        """
        self.client, self.jobs = client, jobs
        path = course_path.resolve()
        name = str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)
        self.course, versions = _own(name)
        self._task = (name, versions)
        try:
            client.wait_for_workers(1, timeout=WAIT_SECONDS)
        except distributed.TimeoutError:
            raise ClusterError('--dask: the scheduler has no worker; to start one, '
                               f'{START} worker {client.scheduler.address}') from None
        found = client.run(_check, *self._task, on_error='return')
        for address, answer in sorted(found.items()):
            if isinstance(answer, ClusterError):
                raise answer
            if isinstance(answer, Exception) and not isinstance(answer, OSError):  # those have just died
                raise ClusterError(f'the worker {address} cannot judge ({answer}): end it, and {START} worker '
                                   f'{client.scheduler.address}')
        descriptions = sorted({answer for answer in found.values() if isinstance(answer, str)})
        self.isolation = sandbox.Isolation('namespaces', '; on other workers, '.join(descriptions))
        self.executor = client.get_executor(pure=False)  # pure: of two equal calls, dask would make only one
        try:  # not only the workers have to know our modules: the scheduler reads each task, and passes it on
            self.executor.submit(_own, name).result()
        except (RuntimeError, ImportError) as error:
            said = str(error).partition('.')[0]
            raise ClusterError(f'the scheduler cannot pass on our tasks ({said}): end it, and '
                               f'{START} scheduler') from None

    def width(self):
        """How many submissions to judge at a time now."""
        return self.jobs or max(1, sum(self.client.nthreads().values()))

    def judge_one(self, settings):
        """A function (submission, quick) for executor; settings: what judging.judge takes."""
        return partial(_judge_one, *self._task, settings)

    def draw_secret(self, num_epochs):
        """A training_runs.Secret of so many epochs. Raises worker_runs.GraderFault."""
        seed = secrets.randbelow(2 ** 32)
        runs = [self.executor.submit(_repeat_master, *self._task, seed, num_epochs, question)
                for question in self.course.assignment.runs]
        secret = training_runs.Secret(seed, {}, {})
        for run in runs:
            secret.records.update(run.result().records)
            secret.short.update(run.result().short)
        return secret


@contextlib.contextmanager
def connected(address, course_path, jobs=None):
    """The Cluster at the address of a scheduler, or with LOCAL, one of `jobs` processes on this machine.

    When this ends, what its workers still judge for us is stopped. Raises ClusterError.
    """
    warnings.simplefilter('ignore', VersionMismatchWarning)  # a table: our own check says it in a line
    with contextlib.ExitStack() as stack:
        stack.enter_context(dask.config.set({'distributed.admin.large-graph-warning-threshold': '1TB'}))
        logging.disable()  # or dask writes into the progress that a worker has died
        stack.callback(logging.disable, logging.NOTSET)
        try:
            where = stack.enter_context(_local(jobs)) if address == LOCAL else address
            if where == address:  # first, because a client that cannot be made takes a minute to end
                addressing.parse_host_port(addressing.parse_address(address)[1])
            client = stack.enter_context(distributed.Client(where, timeout=WAIT_SECONDS, set_as_default=False))
        except (OSError, ValueError, RuntimeError, distributed.TimeoutError) as error:
            raise ClusterError(f'--dask {address}: no connection to a scheduler ({error}); give the address that '
                               '"dask scheduler" prints, such as tcp://10.0.0.1:8786') from None
        try:
            yield Cluster(client, course_path, jobs)
        except (concurrent.futures.CancelledError, distributed.comm.CommClosedError):
            raise ClusterError(f'--dask {address}: the scheduler has ended or cannot be reached any more; run the same '
                               'command to resume') from None
        except distributed.KilledWorker:
            raise ClusterError("the workers died while they ran the master's own networks") from None
        except ImportError as error:
            raise ClusterError(f'a worker that has joined cannot judge ({error}): end it, and {START} worker') from None


def _local(jobs):
    # Encrypted, with a key of its own: any program on this machine that can speak to a scheduler can run code as we.
    return distributed.LocalCluster(n_workers=jobs or len(os.sched_getaffinity(0)), threads_per_worker=1,
                                    processes=True, host='127.0.0.1', security=True, dashboard_address=None,
                                    memory_limit=0, silence_logs=logging.CRITICAL, preload=[_IGNORE_CTRL_C])
