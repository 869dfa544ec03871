"""Every attack of tests/helpers/attacks: unconfined it reaches its stand-in target, confined it does not."""
import io
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from instructor.sandbox import api as sandbox
from instructor.sandbox import scratch, seccomp
from tests.helpers import attacks, confinement
from tests.helpers.confinement import SHORT

ROOT = Path(__file__).resolve().parents[2]
MB = 1_000_000

pytestmark = pytest.mark.skipif(sys.platform != 'linux', reason='containment needs Linux')


@pytest.fixture(scope='module')
def folder():
    path = confinement.open_folder()
    yield path
    scratch.erase(path)


@pytest.fixture
def walled(folder, monkeypatch):
    """An arena with namespaces."""
    return confinement.arena('namespaces', folder, monkeypatch)


@pytest.fixture(params=['namespaces', 'limits'])
def arena(request, folder, monkeypatch):
    """An arena of each level."""
    return confinement.arena(request.param, folder, monkeypatch)


@pytest.fixture
def victim():
    """A harmless stand-in process with a secret in its environment and memory; (process, beginning of it, secret)."""
    mark, secret = f'mark{uuid.uuid4().hex}', uuid.uuid4().hex
    code = ('import ctypes, os, time; ctypes.CDLL(None).prctl(0x59616d61, ctypes.c_ulong(2 ** 64 - 1), 0, 0, 0); '
            'held = [os.environ["SECRET"].encode()] * 2; print("ready", flush=True); time.sleep(60)')
    with subprocess.Popen([sys.executable, '-I', '-c', code], env={'SECRET': mark + secret}, text=True,
                          stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        yield process, mark, secret
        process.kill()


# ---- taking the machine's time, memory, disk and processes

def test_endless_loop(arena):
    with pytest.raises(subprocess.TimeoutExpired):
        arena.control('endless_loop', timeout=0.5)
    assert arena.attack('endless_loop', replace(SHORT, wall_seconds=0.5)).ended == 'wall'
    assert arena.attack('endless_loop', replace(SHORT, cpu_seconds=0.5)).ended == 'cpu'


def test_swallowed_signals(arena):
    script = arena.work / 'script.py'
    script.write_text(attacks.source('swallow_signals', SECONDS=0.1))
    with subprocess.Popen([sys.executable, '-I', str(script)], stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        process.terminate()
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.5)
        process.kill()
    assert arena.attack('swallow_signals', replace(SHORT, wall_seconds=0.5), SECONDS=0.1).ended == 'wall'
    assert arena.attack('swallow_signals', replace(SHORT, cpu_seconds=0.5), SECONDS=0).ended == 'cpu'


def test_fork_bomb(arena):
    assert arena.control('fork_bomb', ROUNDS=2, SECONDS=0)[0].count('REACHED') == 4
    outcome = arena.attack('fork_bomb', ROUNDS=10 ** 6, SECONDS=60)
    assert outcome.ended in ('processes', 'wall')


def test_thread_bomb(arena):
    assert 'REACHED' in arena.control('thread_bomb', COUNT=3, SECONDS=0)[0]
    outcome = arena.attack('thread_bomb', COUNT=10 ** 5, SECONDS=60)
    assert outcome.ended in ('processes', 'exit') and 'REACHED' not in outcome.output


def test_memory_bomb_in_one_process(arena):
    assert 'REACHED' in arena.control('memory_bomb', SIZE=50 * MB)[0]
    outcome = arena.attack('memory_bomb', SIZE=5000 * MB)
    assert 'REACHED' not in outcome.output
    assert outcome.ended == 'memory' or (outcome.ended, outcome.errors[-12:]) == ('exit', 'MemoryError\n')


def test_memory_bomb_spread_over_many(arena):
    assert arena.control('memory_bomb_many', COUNT=2, SIZE=20 * MB, SECONDS=0)[0].count('REACHED') == 2
    limits = replace(SHORT, memory_bytes=300 * MB)
    assert arena.attack('memory_bomb_many', limits, COUNT=8, SIZE=80 * MB, SECONDS=60).ended == 'memory'


@pytest.mark.skipif(not seccomp.available(), reason='no system call filter for this machine')
def test_memory_that_no_process_shows(arena):
    assert arena.control('memory_hidden', SIZE=20 * MB)[0].count('REACHED') == 2
    outcome = arena.attack('memory_hidden', SIZE=4000 * MB)
    assert outcome.output.split('\n')[0] == 'files [Errno 1] Operation not permitted'
    assert 'REACHED' not in outcome.output and outcome.ended == 'ok'


@pytest.mark.skipif(not seccomp.available(), reason='no system call filter for this machine')
def test_memory_that_the_kernel_keeps(arena):
    reached = {line for line in arena.control('memory_in_kernel', COUNT=16)[0].splitlines()}
    assert {'REACHED pipes', 'REACHED queues', 'REACHED locks'} <= reached
    assert reached & {'REACHED rule sets', 'rule sets 38', 'rule sets 95'}  # 38, 95: this kernel has no landlock
    outcome = arena.attack('memory_in_kernel', COUNT=10 ** 6)
    assert (outcome.ended, outcome.output) == ('ok', 'pipes 1\nqueues 1\nrule sets 38\nlocks 1\n')


@pytest.mark.parametrize('name', ['cpu_relay', 'cpu_ignored'])
def test_processor_time_in_short_turns(arena, name):
    assert arena.control(name, TURNS=3, SECONDS=0.1)[0].count('REACHED') == 3
    outcome = arena.attack(name, replace(SHORT, cpu_seconds=1.5), TURNS=100, SECONDS=0.1)
    assert outcome.ended == 'cpu' and outcome.seconds < 6, outcome
    assert 5 <= outcome.output.count('REACHED') <= 25


def test_sleeping(arena):
    assert 'REACHED' in arena.control('sleep_long', SECONDS=0.1)[0]
    outcome = arena.attack('sleep_long', replace(SHORT, idle_seconds=0.7), SECONDS=60)
    assert outcome.ended == 'idle' and outcome.seconds < 3 and outcome.cpu_seconds < 0.5


@pytest.mark.parametrize('name, small, large', [('many_files', 20, 10 ** 6), ('full_disk', 2, 10 ** 4)])
def test_full_disk(arena, name, small, large):
    assert 'REACHED' in arena.control(name, COUNT=small)[0]
    outcome = arena.attack(name, COUNT=large)
    assert 'REACHED' not in outcome.output
    assert outcome.ended == 'disk' or 'No space left on device' in outcome.errors


def test_huge_file(arena):
    assert 'REACHED' in arena.control('huge_file', SIZE=2 * MB)[0]
    outcome = arena.attack('huge_file', SIZE=5000 * MB)
    assert 'REACHED' not in outcome.output
    assert outcome.ended == 'disk' or any(text in outcome.errors for text in ('File too large', 'No space left'))


def test_gigabyte_of_output(arena):
    assert len(arena.control('flood_output', SIZE=MB)[0]) > MB
    most = []
    done = threading.Event()

    def look():
        while not done.wait(0.05):
            most.append(int(Path('/proc/self/statm').read_text().split()[1]) * os.sysconf('SC_PAGE_SIZE'))

    watcher = threading.Thread(target=look)
    watcher.start()
    outcome = arena.attack('flood_output', replace(SHORT, wall_seconds=30), SIZE=1 << 29)
    done.set()
    watcher.join()
    assert outcome.ended == 'ok'
    for text in (outcome.output, outcome.errors):
        assert len(text) < (64 << 10) + 100 and text.startswith('xxx') and text.endswith('xxxthe end')
        assert f'{(1 << 29) + 7 - (64 << 10)} bytes left out' in text
    assert max(most) - most[0] < 100 * MB


def test_folders_that_are_hard_to_remove(arena):
    path, text = arena.secret()
    assert 'REACHED' in arena.control('deep_folders', DEPTH=5, PATH=str(arena.targets))[0]
    arena.attack('deep_folders', DEPTH=900, PATH=str(arena.targets))
    assert Path(path).read_text() == text


# ---- outliving the call, ending too early

def test_daemon(arena):
    target = arena.targets / 'written'
    arena.control('daemon', PATH=str(target), SECONDS=0.2)
    time.sleep(0.1)
    deadline = time.monotonic() + 20
    while not (target.exists() and target.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    target.unlink()
    outcome = arena.attack('daemon', PATH=str(target), SECONDS=0.5)
    assert (outcome.ended, outcome.output) == ('ok', 'left\n')
    time.sleep(0.6)
    assert not target.exists()


@pytest.mark.parametrize('name', ['exit_now', 'exit_politely'])
def test_exit_that_claims_success(arena, name):
    assert arena.control(name)[0] == 'PASSED\n'
    outcome = arena.attack(name)
    assert (outcome.ended, outcome.output, outcome.result) == ('ok', 'PASSED\n', None)
    with pytest.raises(ValueError, match='no result was sent'):
        sandbox.read_reply(outcome.result)


def test_writing_at_the_end(walled):
    target = walled.targets / 'written'
    assert walled.control('exit_at_the_end', PATH=str(target))[1] == b'REACHED' and target.read_text() == 'REACHED'
    target.unlink()
    outcome = walled.attack('exit_at_the_end', PATH=str(target))
    with pytest.raises(ValueError, match='it breaks off'):  # its own way out is open to it, and leads to a reader
        sandbox.read_reply(outcome.result)


# ---- the judge's numbers

def test_patched_numpy(arena):
    judge = '\nprint(np.allclose(1, 2), np.array_equal([1], [2]))\n'
    script = arena.work / 'script.py'
    script.write_text(attacks.source('monkeypatch_numpy') + judge)
    assert subprocess.run([sys.executable, str(script)], capture_output=True, text=True).stdout == 'True True\n'
    arena.attack('monkeypatch_numpy')
    assert not np.allclose(1, 2) and not np.array_equal([1], [2])


def test_result_too_large(arena):
    assert len(arena.control('result_too_large', SIZE=MB)[1]) > 0.9 * MB
    outcome = arena.attack('result_too_large', SIZE=100 * MB)
    assert (outcome.ended, outcome.result) == ('result too large', None)


def test_pickle_in_place_of_an_array(arena):
    target = arena.targets / 'unpickled'
    result = arena.control('result_pickle', PATH=str(target))[1]
    np.load(io.BytesIO(result), allow_pickle=True)['answer'][0].close()
    assert target.exists()
    target.unlink()
    outcome = arena.attack('result_pickle', PATH=str(target))
    with pytest.raises(ValueError, match='it breaks off'):
        sandbox.read_reply(outcome.result)
    assert not target.exists()


def test_result_that_unpacks_to_more(arena):
    result = arena.control('result_bomb', SIZE=50 * MB)[1]
    assert len(result) < MB and np.load(io.BytesIO(result))['answer'].nbytes == 50 * MB
    with pytest.raises(ValueError, match='it breaks off'):
        sandbox.read_reply(arena.attack('result_bomb', SIZE=60 * MB).result)


@pytest.mark.filterwarnings('ignore')
def test_result_whose_parts_overlap(arena):
    result = arena.control('result_overlap', SIZE=MB, COUNT=30)[1]
    with zipfile.ZipFile(io.BytesIO(result)) as archive:
        assert len(result) < 1.1 * MB and sum(info.file_size for info in archive.infolist()) > 29 * MB
    with pytest.raises(ValueError, match='it breaks off'):
        sandbox.read_reply(arena.attack('result_overlap', SIZE=3 * MB, COUNT=120).result)


def test_result_that_claims_more(arena):
    [array] = sandbox.read_reply(arena.control('result_claims', SIZE=10)[1]).arrays
    assert array.tolist() == [0] * 10
    with pytest.raises(ValueError, match=r'claims 1 axes \[1000000000000\] of <f8, but holds 80 bytes'):
        sandbox.read_reply(arena.attack('result_claims', SIZE=10 ** 12).result)


# ---- reading and changing what is not theirs

def test_reading_files(walled):
    path, text = walled.secret()
    assert text in walled.control('read_files', PATHS=[path])[0]
    paths = [path, str(ROOT / 'dnn_misc.py'), str(ROOT / 'instructor' / 'sandbox' / 'running.py'), '/etc/passwd',
             '/proc/version', *map(str, (ROOT / 'instructor' / 'mlp_cnn' / 'reference').glob('*'))]
    outcome = walled.attack('read_files', PATHS=paths)
    assert (outcome.ended, outcome.output) == ('ok', '')


def test_changing_files(walled):
    path, text = walled.secret()
    assert walled.control('write_files', PATHS=[path])[0].count('REACHED') == 5
    walled.secret()
    outcome = walled.attack('write_files', PATHS=[path, sys.executable, os.__file__, '/entry.py', '/etc/ld.so.cache'])
    assert outcome.ended == 'ok' and 'REACHED' not in outcome.output


def test_reading_processes(walled, victim):
    process, mark, secret = victim
    values = {'PIDS': [process.pid], 'MARK': mark[:-1], 'LAST': mark[-1]}
    assert f'REACHED {secret}' in walled.control('read_process', **values)[0]
    values['PIDS'] += [os.getpid(), 1, 2, *range(3, 60)]
    outcome = walled.attack('read_process', **values)
    assert outcome.output.startswith('0 processes seen') and 'REACHED' not in outcome.output


def test_inherited_files(arena):
    path, text = arena.secret()
    with open(path) as file:
        os.set_inheritable(file.fileno(), True)
        script = arena.work / 'script.py'
        script.write_text(attacks.source('inherited_files'))
        control = subprocess.run([sys.executable, '-I', str(script)], close_fds=False, capture_output=True, text=True)
        assert text in control.stdout
        assert 'REACHED' not in arena.attack('inherited_files').output


def test_unmounting(walled):
    """The control is what a plain unshare gives: all rights in its namespaces, and a mount that hides the file."""
    path, text = walled.secret()
    hide = ('import sys; sys.path.append(sys.argv[1])\nfrom instructor.sandbox import namespaces as n\n'
            'n.unshare_mounts_and_processes(__import__("os").getuid())\n'
            'n.mount(None, "/", flags=n.MS_REC | n.MS_PRIVATE)\n'
            'n.mount("tmpfs", sys.argv[2], "tmpfs")\nassert not __import__("os").listdir(sys.argv[2])\n')
    script = walled.work / 'script.py'
    script.write_text(hide + attacks.source('unmount', PATH=path))
    control = subprocess.run([sys.executable, '-I', str(script), str(ROOT), str(walled.targets)], cwd=walled.work,
                             capture_output=True, text=True)
    assert f'REACHED {text}' in control.stdout, control
    outcome = walled.attack('unmount', PATH=path)
    assert outcome.ended == 'ok' and 'REACHED' not in outcome.output


# ---- other processes and the network

def test_killing(arena, victim):
    process = victim[0]
    assert 'REACHED' in arena.control('kill_others', PIDS=[process.pid])[0] and process.wait(10) < 0
    with subprocess.Popen(['sleep', '60']) as other:
        targets = [other.pid, 'parent'] + [-1, 1] * (arena.level == 'namespaces')
        outcome = arena.attack('kill_others', PIDS=targets)
        alive = other.poll() is None
        other.kill()
    assert alive and outcome.ended == 'ok'
    if seccomp.available():
        assert 'REACHED' not in outcome.output


def test_taking_away_resources(arena, victim):
    process = victim[0]
    assert 'REACHED' in arena.control('starve_others', PIDS=[process.pid])[0]
    with subprocess.Popen(['sleep', '60']) as other:
        outcome = arena.attack('starve_others', PIDS=[other.pid, 'parent'])
        alive = other.poll() is None
        other.kill()
    assert alive and outcome.ended == 'ok'
    if seccomp.available():
        assert 'REACHED' not in outcome.output


def test_tracing(arena, victim):
    process = victim[0]
    assert 'REACHED' in arena.control('trace_others', PIDS=[process.pid])[0]
    outcome = arena.attack('trace_others', PIDS=[process.pid, os.getpid(), 1])
    assert outcome.ended == 'ok' and 'REACHED' not in outcome.output


def test_network(arena):
    name = f'stand-in-{uuid.uuid4().hex}'
    with socket.create_server(('127.0.0.1', 0)) as tcp, socket.socket(socket.AF_UNIX) as local:
        local.bind(f'\0{name}')
        local.listen()
        values = {'PORT': tcp.getsockname()[1], 'NAME': name}
        assert arena.control('network', **values)[0].count('REACHED') == 2
        for listener in (tcp, local):
            with listener.accept()[0] as connection:
                assert connection.recv(10) == b'REACHED'
            listener.setblocking(False)
        if arena.level == 'limits' and not seccomp.available():
            pytest.skip('level limits keeps the network closed by the system call filter, and has none here')
        outcome = arena.attack('network', **values)
        assert outcome.ended == 'ok' and 'REACHED' not in outcome.output
        for listener in (tcp, local):
            with pytest.raises(BlockingIOError):
                listener.accept()


TAKEN_OVER = """
import os, sys, tempfile
sys.path.append(sys.argv[1])
os.setgroups([])
os.setgid(int(sys.argv[4]))
os.setuid(int(sys.argv[4]))
from instructor.sandbox import api as sandbox, lockdown
lockdown.prctl(lockdown.PR_SET_DUMPABLE, 1)  # as of a process that its user has started
tempfile.tempdir, sys.executable = sys.argv[2], sys.argv[5]
source = sys.stdin.read().replace("'@PID@'", str(os.getpid()))
if sys.argv[3] == 'control':  # in a child of the grader's, without any confinement
    import subprocess
    print(subprocess.run([sys.argv[5], '-I', '-c', source], capture_output=True, text=True).stdout)
else:
    sandbox.close_memory()
    print(sandbox.run(sandbox.probe('limits', sys.argv[5]), source).output)
print(os.getpriority(os.PRIO_PROCESS, 0), os.sched_getscheduler(0))
"""


@pytest.mark.skipif(os.getuid() != 0 or not seccomp.available(), reason='needs root, to be another user')
def test_taking_over_the_grader_of_an_ordinary_user(folder, monkeypatch):
    """At level limits, where students' code runs as the grader's own user."""
    arena = confinement.arena('limits', folder, monkeypatch)

    def taken_over(kind):
        python = arena.isolation.python
        command = [python, '-c', TAKEN_OVER, str(ROOT), str(arena.temporary), kind, '12345', python]
        source = (Path(attacks.__file__).parent / 'take_over_grader').with_suffix('.py').read_text()
        return subprocess.run(command, input=source, capture_output=True, text=True, cwd='/', timeout=60)

    control, confined = taken_over('control'), taken_over('confined')
    for name in ('reniced', 'pinned', 'idled', 'limited', 'memory'):
        assert f'REACHED {name}' in control.stdout, control
    assert control.stdout.endswith('19 5\n')
    assert confined.stdout == 'reniced 1\npinned 1\nidled 1\nlimited 1\nmemory 13\n\n0 0\n', confined


# ---- the grader's own end

@pytest.mark.parametrize('end', [signal.SIGKILL, signal.SIGINT])
def test_end_of_the_grader_ends_all(arena, end):
    marker = uuid.uuid4().hex
    code = ('import sys, tempfile\nsys.path.append(sys.argv[1])\nfrom instructor.sandbox import api as sandbox\n'
            'tempfile.tempdir = sys.argv[2]\nisolation = sandbox.Isolation(*eval(sys.argv[3]))\n'
            'print("begin", flush=True)\nsandbox.run(isolation, sys.stdin.read(), argv=[sys.argv[4]])\n')
    given = repr((arena.isolation.level, '', arena.isolation.binds, arena.isolation.python))
    entry = "import os\nif os.fork() == 0:\n    os.setsid()\n" + attacks.source('endless_loop')
    with subprocess.Popen([sys.executable, '-c', code, str(ROOT), str(arena.temporary), given, marker], text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as grader:
        grader.stdin.write(entry)
        grader.stdin.close()
        deadline = time.monotonic() + 20
        while len(confinement.processes_with(marker)) < 3:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        grader.send_signal(end)
        grader.wait(20)
        assert confinement.gone(marker)
    deadline = time.monotonic() + 10
    while list(arena.temporary.iterdir()):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_every_attack_is_tried():
    text = Path(__file__).read_text()
    elsewhere = {'claim_too_long'}  # what it says is for a judge, see judges/test_functions.py
    assert [name for name in attacks.names() if f"'{name}'" not in text and name not in elsewhere] == []
    with pytest.raises(ValueError, match='needs more than nothing'):
        attacks.source('huge_file')
    with pytest.raises(ValueError, match='takes no PATH'):
        attacks.source('endless_loop', PATH='x')
    assert attacks.source('huge_file', at='call', SIZE=1).count('attack()') == 1
