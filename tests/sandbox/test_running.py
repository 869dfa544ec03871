"""How runs end, what they return, what they are given, and how they are stopped."""

import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from instructor.sandbox import api as sandbox
from instructor.sandbox import processes, supervisor
from instructor.sandbox.protocol import RunningTime
from tests.helpers import ROOT, confinement
from tests.helpers.confinement import SHORT


@pytest.mark.parametrize('entry, ended, returncode', [
    ('', 'ok', 0), ('raise SystemExit(3)', 'exit', 3), ('1 / 0', 'exit', 1), ('def', 'exit', 1),
    ('import os; os.abort()', 'signal', None), ('import ctypes; ctypes.string_at(0)', 'signal', -11),
    ('import os\nif os.fork():\n    os._exit(0)\nos.write(1, b"x" * 10)\nwhile True: pass', 'ok', 0),
])
def test_ends(arena, entry, ended, returncode):
    outcome = sandbox.run(arena.isolation, entry, limits=SHORT)
    assert (outcome.ended, outcome.result) == (ended, None)
    assert outcome.returncode == returncode or (returncode is None and outcome.returncode in (-6, -11))
    assert ('ZeroDivisionError: division by zero' in outcome.errors) == (entry == '1 / 0')
    assert 0 < outcome.seconds < 15


def test_result_and_both_outputs(arena):
    entry = ('import os, sys\nprint("out \\u00e4")\nprint("err", file=sys.stderr)\nos.write(1, b"\\xff\\0")\n'
             'for part in (b"one", b"two"):\n    os.write(int(os.environ["RESULT_FD"]), part)')
    outcome = sandbox.run(arena.isolation, entry, limits=SHORT)
    assert sorted(outcome.output) == sorted('out ä\n\ufffd\0') and outcome.errors == 'err\n'
    assert outcome.result == b'onetwo'


def test_many_runs_at_once(arena):
    entry = 'import os, sys\nprint(sys.argv[1], os.listdir("."))\nos.write(3, sys.argv[1].encode() * 1000)'

    def one(number):
        return sandbox.run(arena.isolation, entry, {f'file {number}': b''}, [str(number)], SHORT)

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(one, range(8)))
    for number, outcome in enumerate(outcomes):
        assert (outcome.ended, outcome.output) == ('ok', f"{number} ['file {number}']\n")
        assert outcome.result == str(number).encode() * 1000


def test_stopping(arena):
    stop = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(sandbox.run, arena.isolation, 'import time; time.sleep(60)', limits=SHORT, stop=stop)
        time.sleep(0.3)
        stop.set()
        assert running.result(10).ended == 'stopped'


def test_stopped_while_it_is_set_up():
    run = supervisor.Run({'limits': asdict(SHORT), 'files': []}, RunningTime())
    run.stopped = True
    run.reason = run.find_reason()
    run.add_status(b'fault OSError: no ids inside\n')  # what the launcher says then
    assert run.report(ran_out_of_memory=False)['ended'] == 'stopped'


def test_time_in_which_the_supervisor_stood_still_is_given_back():
    now = [100.0]
    clock = RunningTime(lambda: now[0])
    run = supervisor.Run({'limits': asdict(sandbox.Limits(wall_seconds=3)), 'files': []}, clock)
    run.add_status(b'started\n')
    for step in (0.02, 0.3, 3600.0, 0.02, 7200.0):  # stopped twice, for hours
        now[0] += step
        assert run.find_reason() is None
    assert 1.3 < clock() < 1.4  # of the two pauses, half a second each
    for _ in range(6):
        now[0] += 0.4
        reason = run.find_reason()
    assert reason == 'wall'


def test_stopped_and_continued(arena):
    """A run in which grader, supervisor and child stand still for longer than its limit of time ends as it should."""
    entry = 'import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end:\n    pass\nprint("done")'
    code = ('import sys\nfrom instructor.sandbox import api as sandbox\n'
            'isolation = sandbox.Isolation(*eval(sys.argv[1]))\nprint("begin", flush=True)\n'
            'limits = sandbox.Limits(wall_seconds=1.5, idle_seconds=1.5)\n'
            'print(sandbox.run(isolation, sys.argv[2], argv=[sys.argv[3]], limits=limits).ended)\n')
    given = repr((arena.isolation.level, '', arena.isolation.binds, arena.isolation.python))
    marker = uuid.uuid4().hex
    with subprocess.Popen([sys.executable, '-c', code, given, entry, marker], cwd=ROOT, text=True,
                          stdout=subprocess.PIPE) as grader:
        grader.stdout.readline()
        stopped, deadline = set(), time.monotonic() + 20
        while len(stopped) < 2:
            assert time.monotonic() < deadline
            for pid in processes._all_below(grader.pid):
                if pid not in stopped and b'supervisor' in Path(f'/proc/{pid}/cmdline').read_bytes():
                    os.kill(pid, signal.SIGSTOP)
                    stopped.add(pid)
                    stopped.add(grader.pid)
        os.kill(grader.pid, signal.SIGSTOP)
        time.sleep(3)
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
        assert grader.communicate(timeout=20)[0] == 'ok\n'


def test_a_given_file_may_have_any_name(arena):
    files = {name: name.encode() for name in ('entry.py', 'with blank', 'ä\n', '-x', 'scratch')}
    outcome = sandbox.run(arena.isolation, 'import os\nprint(sorted(open(name).read() for name in os.listdir(".")))',
                          files, limits=SHORT)
    assert outcome.output == f'{sorted(files)}\n'


def test_large_files_are_given(arena):
    content = os.urandom(1 << 20) * 20
    entry = ('import hashlib\nprint(hashlib.sha256(open("data", "rb").read()).hexdigest())\n'
             'open("data", "r+").write("x")')
    outcome = sandbox.run(arena.isolation, entry, {'data': content}, limits=SHORT)
    assert outcome.ended == 'ok' and outcome.output.strip() == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize('name', ['/etc/x', '../x', 'a/../../x', '', 'a//b', 'a\0b', './x'])
def test_file_names_that_lead_outside(name):
    with pytest.raises(ValueError, match='not the name of a file'):
        sandbox.run(sandbox.Isolation('namespaces', ''), '', {name: b''})


def test_a_fault_of_the_grader_is_told_apart(arena):
    broken = replace(arena.isolation, python='/nowhere/python3')
    outcome = sandbox.run(broken, 'print(1)', limits=SHORT)
    assert outcome.ended == 'grader fault' and outcome.fault.startswith('FileNotFoundError') and outcome.output == ''
    assert list(arena.temporary.iterdir()) == []
    if arena.level == 'namespaces':
        broken = replace(arena.isolation, binds=(*arena.isolation.binds, ('/nowhere', '/nowhere')))
        assert 'No such file' in sandbox.run(broken, 'print(1)', limits=SHORT).fault


@pytest.mark.parametrize('arena, victim', [('namespaces', 'the launcher'), ('namespaces', 'all but the child'),
                                           ('limits', 'the launcher')], indirect=['arena'])
def test_what_holds_the_child_is_killed_from_outside(arena, victim):
    marker = uuid.uuid4().hex
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(sandbox.run, arena.isolation, 'import time\ntime.sleep(60)', argv=[marker], limits=SHORT)
        deadline = time.monotonic() + 20
        while not confinement.processes_with(marker):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        [child] = confinement.processes_with(marker)
        parent = int(processes._stat(child)[1])  # the launcher, or process 1 of the namespace, which is below it
        launcher = int(processes._stat(parent)[1]) if arena.level == 'namespaces' else parent
        os.kill(launcher if victim == 'the launcher' else parent, signal.SIGKILL)
        outcome = running.result(30)
    assert confinement.processes_with(marker) == []
    assert outcome.ended == 'grader fault' and list(arena.temporary.iterdir()) == [], outcome
