"""Attacks on what is not theirs: files, other processes, the network, the grader itself."""

import os
import socket
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from instructor.sandbox import seccomp
from tests.helpers import ROOT, attacks, confinement

pytestmark = pytest.mark.skipif(sys.platform != 'linux', reason='containment needs Linux')


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
    hide = ('import sys\nfrom instructor.sandbox import namespaces as n\n'
            'n.unshare_mounts_and_processes(__import__("os").getuid())\n'
            'n.mount(None, "/", flags=n.MS_REC | n.MS_PRIVATE)\n'
            'n.mount("tmpfs", sys.argv[1], "tmpfs")\nassert not __import__("os").listdir(sys.argv[1])\n')
    script = walled.work / 'script.py'
    script.write_text(hide + attacks.source('unmount', PATH=path))
    control = subprocess.run([sys.executable, str(script), str(walled.targets)], cwd=walled.work, capture_output=True,
                             text=True, env={**os.environ, 'PYTHONPATH': str(ROOT)})
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
os.setgroups([])
os.setgid(int(sys.argv[3]))
os.setuid(int(sys.argv[3]))
from instructor.sandbox import api as sandbox, lockdown
lockdown.prctl(lockdown.PR_SET_DUMPABLE, 1)  # as of a process that its user has started
tempfile.tempdir, sys.executable = sys.argv[1], sys.argv[4]
source = sys.stdin.read().replace("'@PID@'", str(os.getpid()))
if sys.argv[2] == 'control':  # in a child of the grader's, without any confinement
    import subprocess
    print(subprocess.run([sys.argv[4], '-I', '-c', source], capture_output=True, text=True).stdout)
else:
    sandbox.close_memory()
    print(sandbox.run(sandbox.probe('limits', sys.argv[4]), source).output)
print(os.getpriority(os.PRIO_PROCESS, 0), os.sched_getscheduler(0))
"""


@pytest.mark.skipif(os.getuid() != 0 or not seccomp.available(), reason='needs root, to be another user')
def test_taking_over_the_grader_of_an_ordinary_user(folder, monkeypatch):
    """At level limits, where students' code runs as the grader's own user."""
    arena = confinement.arena('limits', folder, monkeypatch)

    def taken_over(kind):
        python = arena.isolation.python
        command = [python, '-c', TAKEN_OVER, str(arena.temporary), kind, '12345', python]
        source = (Path(attacks.__file__).parent / 'take_over_grader').with_suffix('.py').read_text()
        return subprocess.run(command, input=source, capture_output=True, text=True, cwd='/', timeout=60,
                              env={**os.environ, 'PYTHONPATH': str(ROOT)})

    control, confined = taken_over('control'), taken_over('confined')
    for name in ('reniced', 'pinned', 'idled', 'limited', 'memory'):
        assert f'REACHED {name}' in control.stdout, control
    assert control.stdout.endswith('19 5\n')
    assert confined.stdout == 'reniced 1\npinned 1\nidled 1\nlimited 1\nmemory 13\n\n0 0\n', confined
