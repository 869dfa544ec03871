"""The sandbox itself: what a confined child sees, how runs end, what is refused, and the parts one by one."""
import hashlib
import json
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
import tracemalloc
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instructor.sandbox import api as sandbox
from instructor.sandbox import control_group, probe, processes, scratch, seccomp, supervisor, visible_paths
from instructor.sandbox.protocol import ENVIRONMENT, RunningTime
from tests.helpers import confinement
from tests.helpers.boxes import frame, reply
from tests.helpers.confinement import SHORT

ROOT = Path(__file__).resolve().parents[2]
linux = pytest.mark.skipif(sys.platform != 'linux', reason='containment needs Linux')


@pytest.fixture(scope='module')
def folder():
    path = confinement.open_folder()
    yield path
    scratch.erase(path)


@pytest.fixture
def walled(folder, monkeypatch):
    return confinement.arena('namespaces', folder, monkeypatch)


@pytest.fixture(params=['namespaces', 'limits'])
def arena(request, folder, monkeypatch):
    return confinement.arena(request.param, folder, monkeypatch)


# ---- what a child gets and sees

SEEN = """
import json, os, resource, signal, sys
import numpy
open('folder/new', 'w').close()
with open(int(os.environ['RESULT_FD']), 'w') as out:
    json.dump({
        'root': sorted(os.listdir('/')), 'dev': sorted(os.listdir('/dev')), 'here': sorted(os.listdir('.')),
        'given': open('folder/given.txt').read(), 'argv': sys.argv[1:], 'environment': dict(os.environ),
        'isolated': sys.flags.isolated, 'stdin': sys.stdin.read(), 'path': sys.path, 'cwd': os.getcwd(),
        'ids': os.getresuid() + os.getresgid(), 'groups': os.getgroups(), 'session': os.getsid(0) == os.getpid(),
        'limits': [resource.getrlimit(getattr(resource, 'RLIMIT_' + name)) for name in ('AS', 'FSIZE', 'NOFILE')],
        'cpu': resource.getrlimit(resource.RLIMIT_CPU)[0], 'host': os.uname().nodename,
        'blocked': sorted(map(int, signal.pthread_sigmask(signal.SIG_BLOCK, []))),
        'ignored': sorted(int(n) for n in signal.valid_signals() if signal.getsignal(n) == signal.SIG_IGN),
        'reached': [path for path in sys.argv[1:] if os.path.exists(path)],
    }, out)
"""


def test_a_child_sees_its_own_only(arena):
    paths = [str(ROOT / 'dnn_misc.py'), str(ROOT / 'instructor'), str(arena.targets), '/etc/passwd', '/proc/self']
    outcome = sandbox.run(arena.isolation, SEEN, {'folder/given.txt': b'text', 'other': Path(__file__)}, paths, SHORT)
    assert (outcome.ended, outcome.returncode, outcome.isolation) == ('ok', 0, arena.level), outcome
    seen = json.loads(outcome.result)
    assert (seen['here'], seen['given'], seen['stdin'], seen['argv']) == (['folder', 'other'], 'text', '', paths)
    assert seen['isolated'] == 1 and seen['cwd'] not in seen['path'] and seen['session']
    kept = {key: value for key, value in seen['environment'].items() if key in ENVIRONMENT}
    assert kept == ENVIRONMENT
    allowed = {*ENVIRONMENT, 'HOME', 'TMPDIR', 'RESULT_FD', 'LC_CTYPE', 'PWD', 'SHLVL', '_', 'LD_LIBRARY_PATH'}
    assert set(seen['environment']) <= allowed  # the last few: what a shell adds where one starts the interpreter
    assert seen['environment']['HOME'] == seen['cwd']
    assert seen['limits'] == [[1 << 30] * 2, [64 << 20] * 2, [64] * 2] and seen['cpu'] == 9
    assert seen['blocked'] == [] and seen['ignored'] == [13, 25]  # SIGPIPE and SIGXFSZ: Python's own
    assert 0 not in seen['ids']
    if arena.level == 'namespaces':
        top = {Path(target).parts[1] for _, target in arena.isolation.binds}
        assert set(seen['root']) == top | {'dev', 'scratch', 'entry.py'}
        assert seen['dev'] == ['null', 'urandom', 'zero']
        assert (seen['reached'], seen['ids'], seen['host']) == ([], [1000] * 6, 'sandbox')
    elif os.getuid() == 0:
        assert seen['ids'][0] > 60000 and seen['groups'] == []
    assert list(arena.temporary.iterdir()) == []


@linux
def test_probe_tells_what_the_child_found(walled):
    found = probe.probe('auto')
    assert found.level == 'namespaces' and found.description.startswith('namespaces: own user, PID, mount, network')
    assert found.python == sys.executable


def test_open_doors_are_told():
    tight = {'small_pages': True, 'calls': [], 'capabilities': 0, 'no_new_privs': True, 'user': 1000,
             'memory': 1 << 30, 'descriptors': [],
             'scratch': True, 'bounding': 0, 'process': 2, 'parent': 1, 'seen': [], 'writable_root': False,
             'new_namespace': False, 'filter': True}
    limits = sandbox.Limits()
    assert probe.open_doors('namespaces', tight, limits) == []
    for key, value, level, phrase in (
        ('capabilities', 1, 'limits', 'it holds capabilities'), ('user', 0, 'limits', 'it runs as root'),
        ('no_new_privs', False, 'limits', 'no_new_privs is not set'), ('small_pages', False, 'limits', 'huge pages'),
        ('calls', ['socket'], 'limits', "can use ['socket'] in spite of the filter"),
        ('memory', -1, 'limits', 'memory is not limited'),
        ('descriptors', [7], 'limits', 'inherited files [7]'), ('scratch', False, 'limits', 'not writable'),
        ('bounding', 3, 'namespaces', 'could gain capabilities'), ('process', 4711, 'namespaces', 'no PID namespace'),
        ('seen', ['/etc/passwd'], 'namespaces', "it sees ['/etc/passwd']"),
        ('writable_root', True, 'namespaces', 'root is writable'),
        ('new_namespace', True, 'namespaces', 'in spite of the filter'),
    ):
        [told] = probe.open_doors(level, {**tight, key: value}, limits)
        assert phrase in told


# ---- how a run ends

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
    code = ('import sys\nsys.path.append(sys.argv[1])\nfrom instructor.sandbox import api as sandbox\n'
            'isolation = sandbox.Isolation(*eval(sys.argv[2]))\nprint("begin", flush=True)\n'
            'limits = sandbox.Limits(wall_seconds=1.5, idle_seconds=1.5)\n'
            'print(sandbox.run(isolation, sys.argv[3], argv=[sys.argv[4]], limits=limits).ended)\n')
    given = repr((arena.isolation.level, '', arena.isolation.binds, arena.isolation.python))
    marker = uuid.uuid4().hex
    with subprocess.Popen([sys.executable, '-c', code, str(ROOT), given, entry, marker], text=True,
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


# ---- faults of the grader, and refusals

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


@linux
@pytest.mark.skipif(not seccomp.available(), reason='namespaces are refused here by the system call filter')
def test_refused_namespaces_are_never_replaced_silently():
    """In a process that may make no namespaces, as in a container."""
    unshare = {'x86_64': 272, 'aarch64': 97}[os.uname().machine]
    lines = [(0x20, 0, 0, 0), (0x15, 0, 1, unshare), (0x06, 0, 0, 0x50001), (0x06, 0, 0, 0x7FFF0000)]  # EPERM
    code = ('import sys; sys.path.append(sys.argv[1])\n'
            'from instructor.sandbox import api as sandbox, lockdown, seccomp\n'
            f'lockdown.prctl(lockdown.PR_SET_NO_NEW_PRIVS, 1)\nseccomp.install(lockdown.libc, {lines})\n'
            'for wanted in ("auto", "namespaces"):\n    try:\n        print(sandbox.probe(wanted))\n'
            '    except sandbox.IsolationError as error:\n        print(error)\n')
    done = subprocess.run([sys.executable, '-c', code, str(ROOT)], capture_output=True, text=True)
    lines = done.stdout.splitlines()
    assert len(lines) == 2 and not done.stderr, done
    for line in lines:
        assert line.startswith("students' code cannot be confined in namespaces (PermissionError: [Errno 1] unshare")
        assert '--isolation limits' in line and 'the code can read every file that its user can read' in line


def test_likely_causes(monkeypatch):
    monkeypatch.setattr(os, 'getuid', lambda: 1000)
    for name, value, words in (
        ('user/max_user_namespaces', 0, 'sysctl user.max_user_namespaces=10000'),
        ('kernel/unprivileged_userns_clone', 0, 'sysctl kernel.unprivileged_userns_clone=1'),
        ('kernel/apparmor_restrict_unprivileged_userns', 1, 'sysctl kernel.apparmor_restrict_unprivileged_userns=0'),
    ):
        assert words in probe.likely_cause('refused', {name: value}.get)
    assert 'container' in probe.likely_cause('refused', {}.get)


def test_levels_that_do_not_exist_and_other_systems(monkeypatch):
    with pytest.raises(ValueError, match='one of auto, namespaces, limits'):
        sandbox.probe('none')
    monkeypatch.setattr(sys, 'platform', 'darwin')
    with pytest.raises(sandbox.IsolationError, match='needs Linux'):
        sandbox.probe()


@linux
def test_limits_say_what_they_lack(folder):
    found = confinement.isolation('limits', folder)
    if isinstance(found, str):
        pytest.skip(found)
    assert found.level == 'limits' and 'the code can read every file that its user can read' in found.description


@linux
def test_what_the_interpreter_needs_holds_nothing_private():
    pairs = visible_paths.visible_paths(sys.executable, ENVIRONMENT)
    targets = [target for _, target in pairs]
    for private in (ROOT, ROOT / 'instructor', ROOT / 'tests', Path.home()):
        assert private == Path('/') or not any(private == Path(path) or Path(path) in private.parents
                                               for pair in pairs for path in pair)
    assert all(os.path.realpath(source) == source for source, _ in pairs)
    assert not any(a != b and b.startswith(f'{a}/') for a in targets for b in targets)


@linux
def test_an_interpreter_named_with_dots_is_the_same_one(walled, tmp_path):
    """As in ../venv/bin/python -m instructor.grade; the interpreter itself stays the link that it may be."""
    folder, name = os.path.split(sys.executable)
    (tmp_path / 'link').symlink_to(folder)
    plain = visible_paths.plain_path(sys.executable)
    for python in (os.path.join(folder, '..', os.path.basename(folder), name), str(tmp_path / 'link' / name)):
        assert visible_paths.plain_path(python) == plain
    found = probe.probe('namespaces', os.path.join(folder, '..', os.path.basename(folder), name))
    assert found.python == plain and not any('..' in path for pair in found.binds for path in pair)


@linux
def test_the_repository_stays_out_wherever_the_interpreter_is(monkeypatch):
    """Stand-ins for a repository that holds its virtual environment, and for one inside the interpreter's folder."""
    whole = visible_paths.visible_paths(sys.executable, ENVIRONMENT)
    monkeypatch.setattr(visible_paths, '_REPOSITORY', os.path.dirname(sys.prefix))
    assert visible_paths.visible_paths(sys.executable, ENVIRONMENT) == whole
    library = os.path.dirname(np.__file__)
    monkeypatch.setattr(visible_paths, '_REPOSITORY', library)
    seen = visible_paths.visible_paths(sys.executable, ENVIRONMENT)
    system = visible_paths._SYSTEM
    assert not any(f'{library}/'.startswith(f'{source}/') for source, target in seen if target not in system)


@linux
def test_what_a_pth_file_adds_is_not_shown(tmp_path):
    """A virtual environment with numpy, whose .pth file adds a folder elsewhere; unconfined, it is there."""
    place = Path(tempfile.mkdtemp(dir='/var/tmp'))  # elsewhere than what the other tests hide
    try:
        (place / 'course_secret.py').write_text('answer = 42\n')
        venv = place / 'venv'
        subprocess.run([sys.executable, '-m', 'venv', '--without-pip', str(venv)], check=True)
        [packages] = (venv / 'lib').glob('python*/site-packages')
        for name in ('numpy', 'numpy.libs'):
            if (Path(np.__file__).parent.parent / name).is_dir():
                shutil.copytree(Path(np.__file__).parent.parent / name, packages / name)
        (place / 'added').mkdir()
        (place / 'course_secret.py').rename(place / 'added' / 'course_secret.py')
        (packages / 'course.pth').write_text(f'{place / "added"}\n')
        python, source = str(venv / 'bin' / 'python'), 'import course_secret\nprint(course_secret.answer)'
        plain = subprocess.run([python, '-I', '-c', source], capture_output=True, text=True)
        assert plain.stdout == '42\n'
        try:
            outcome = sandbox.run(sandbox.probe('namespaces', python), source, limits=SHORT)
        except sandbox.IsolationError as error:
            pytest.skip(str(error))
        assert outcome.ended == 'exit' and "No module named 'course_secret'" in outcome.errors
    finally:
        shutil.rmtree(place)


@linux
def test_too_few_files_are_told_as_such():
    code = ('import resource, sys; sys.path.append(sys.argv[1])\nfrom instructor.sandbox import api as sandbox\n'
            'resource.setrlimit(resource.RLIMIT_NOFILE, (20, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))\n'
            'try:\n    sandbox.probe(jobs=10)\nexcept sandbox.IsolationError as error:\n    print(error)\n')
    done = subprocess.run([sys.executable, '-c', code, str(ROOT)], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ('only 20 files may be open at a time, 100 are needed: ulimit -n 100\n', '')


@linux
def test_as_few_files_as_are_asked_for_are_enough(arena):
    code = ('import resource, sys; sys.path.append(sys.argv[1])\nfrom instructor.sandbox import api as sandbox\n'
            'resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))\n'
            'isolation = sandbox.probe(sys.argv[2], sys.argv[3])\n'
            'print(sandbox.run(isolation, "print(6 * 7)").output)\n')
    done = subprocess.run([sys.executable, '-c', code, str(ROOT), arena.level, arena.isolation.python],
                          capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ('42\n\n', '')


def test_without_proc_it_is_said(monkeypatch):
    monkeypatch.setattr(probe.os.path, 'exists', lambda path: False)
    with pytest.raises(sandbox.IsolationError, match='mount -t proc proc /proc'):
        probe._check_machine(64)


# ---- control groups

MOUNTS = '24 30 0:21 / /proc rw - proc proc rw\n30 23 0:26 {root} /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n'


@pytest.mark.parametrize('mounts, own, folders', [
    (MOUNTS.format(root='/'), '0::/user.slice/app.scope\n', ['/user.slice/app.scope', '/user.slice', '']),
    (MOUNTS.format(root='/'), '9:pids:/x\n0::/\n', ['']),
    (MOUNTS.format(root='/docker/1'), '0::/docker/1/a\n', ['/a', '']),
    (MOUNTS.format(root='/docker/1'), '0::/elsewhere\n', None), ('', '0::/\n', None), (MOUNTS, '1:cpu:/\n', None)])
def test_where_a_control_group_may_be_made(mounts, own, folders):
    found = control_group.candidates(mounts, own)
    assert [path.rstrip('/') for path in found] == [f'/sys/fs/cgroup{folder}' for folder in folders or []]


def test_limits_of_a_control_group(tmp_path):
    """On a folder that stands in for the kernel's."""
    group = Path(control_group.make(str(tmp_path), asdict(sandbox.Limits())))
    assert int((group / 'memory.max').read_text()) == (1 << 30) + (64 << 20) + (128 << 20)
    assert (group / 'pids.max').read_text() == '24' and (group / 'cpu.max').read_text() == '100000 100000'
    assert not control_group.ran_out_of_memory(str(group))
    (group / 'memory.events').write_text('low 0\noom 1\noom_kill 1\n')
    assert control_group.ran_out_of_memory(str(group))
    control_group.join(str(group))
    assert (group / 'cgroup.procs').read_text() == '0'


def test_a_run_that_the_kernel_ended_for_its_memory_is_told_so():
    run = supervisor.Run({'limits': asdict(SHORT), 'files': []}, RunningTime())
    run.add_status(b'started\n')
    assert run.report(ran_out_of_memory=True)['ended'] == 'memory'
    assert run.report(ran_out_of_memory=False)['ended'] == 'grader fault'  # no child can end what holds it
    run.add_status(b'ended 9\n')
    assert run.report(ran_out_of_memory=True)['ended'] == 'memory'
    assert run.report(ran_out_of_memory=False)['ended'] == 'signal'


@pytest.mark.parametrize('victim', ['the launcher', 'all but the child'])
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
        os.kill(int(processes._stat(parent)[1]) if arena.level == 'namespaces' and victim == 'the launcher' else parent,
                signal.SIGKILL)
        outcome = running.result(30)
    assert confinement.processes_with(marker) == []
    assert outcome.ended == 'grader fault' and list(arena.temporary.iterdir()) == [], outcome


@linux
def test_in_a_control_group_of_its_own(arena):
    parent = control_group.find_parent(asdict(SHORT))
    if not parent:
        assert 'no control group' in arena.isolation.description
        pytest.skip('this system grants no control group with memory, pids and cpu')
    assert 'a control group' in sandbox.probe(arena.level, arena.isolation.python).description
    before = os.listdir(parent)
    grouped = replace(arena.isolation, cgroup=parent)
    assert sandbox.run(grouped, 'print(1)', limits=SHORT).ended == 'ok'
    bomb = 'import os\nfor _ in range(40):\n    if os.fork() == 0:\n        x = b"x" * 60_000_000\n        input()\n'
    assert sandbox.run(grouped, bomb, limits=SHORT).ended in ('memory', 'processes', 'exit')
    assert os.listdir(parent) == before


@linux
def test_an_interpreter_without_numpy_is_said(tmp_path):
    subprocess.run([sys.executable, '-m', 'venv', '--without-pip', str(tmp_path)], check=True)
    with pytest.raises(sandbox.IsolationError, match="cannot import numpy .*No module named 'numpy'.*: install it"):
        sandbox.probe('auto', str(tmp_path / 'bin' / 'python'))


# ---- replies

def test_arrays_arrive_as_they_were():
    sent = [np.arange(6.0).reshape(2, 3), np.asfortranarray(np.ones((3, 4), np.float32)), np.array(7),
            np.zeros((0, 5)), np.array([True, False]), np.arange(3, dtype='>i2')]
    words, read, is_whole = sandbox.read_reply(reply({'a': [1, None]}, 'b', arrays=sent))
    assert words == [{'a': [1, None]}, 'b'] and len(read) == len(sent) and is_whole
    assert sandbox.read_reply(frame(b'w', b'1')) == ([1], [], False)
    for got, array in zip(read, sent):
        assert type(got) is np.ndarray and got.dtype == array.dtype
        np.testing.assert_array_equal(got, array)


class Sly(np.ndarray):
    def __eq__(self, other):
        return True


def claimed(descr, *shape, data=b'12345678'):
    return frame(b'a', descr.ljust(4) + struct.pack(f'<B{len(shape)}Q', len(shape), *shape) + data)


@pytest.mark.parametrize('result, words', [
    (None, 'no result was sent'), (b'', 'no result was sent'), (b'PASSED', 'it breaks off'),
    (b'PASSED and more than that', 'it breaks off'), (frame(b'x', b''), 'in no form of ours'),
    (frame(b'w', b'[')[:-1], 'it breaks off'), (frame(b'e', b'1') * 2, 'in no form of ours'),
    (frame(b'w', b'['), 'its words are not JSON'),
    (frame(b'w', b'[' * 100_000), 'its words are not JSON'), (frame(b'w', b'\xff'), 'its words are not JSON'),
    (frame(b'w', b'[' * 9), 'its words are not JSON'), (frame(b'w', b'1' * (1 << 19)), 'its words are not JSON'),
    (frame(b'w', b'1'.rjust(1 << 20)) + frame(b'w', b'1'), 'more than 1048576 bytes of words'),
    (frame(b'w', b'1') * 5001, 'more than 5000 parts'),
    (reply(arrays=[np.zeros(2, complex)]), "the type '<c16', not that of plain numbers"),
    (reply(arrays=[np.array(['x', 'y'])]), "the type '<U1'"),
    (claimed(b'|O', 1), r"the type '\|O'"), (claimed(b'|V8', 1), "the type"), (claimed(b'f8', 1), "the type 'f8'"),
    (claimed(b'<f8', 10 ** 12), r'claims 1 axes \[1000000000000\] of <f8, but holds 8 bytes'),
    (claimed(b'<f8', 1 << 63, 4), 'but holds 8 bytes'), (claimed(b'<f8', 2), 'but holds 8 bytes'),
    (claimed(b'<f8', *[1] * 200), 'claims 200 axes'), (frame(b'a', b'<f8 '), 'but holds 0 bytes'),
    (frame(b'a', b'<f8 \x05abc'), 'but holds 0 bytes'), (frame(b'a', b''), 'the type'),
    (claimed(b'<f8', 1 << 63, 1 << 63, 0, data=b''), 'but holds 0 bytes'),
    (claimed(b'<f8', 10 ** 9, 0, data=b''), 'but holds 0 bytes'),
])
def test_replies_that_are_none(result, words):
    with pytest.raises(ValueError, match=words) as caught:
        sandbox.read_reply(result)
    assert '\n' not in str(caught.value)


def test_a_reply_is_no_larger_than_what_was_sent():
    tracemalloc.start()
    try:
        content = reply({'x': 1}, arrays=[np.zeros(1 << 20)])
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        read = sandbox.read_reply(content)
        assert tracemalloc.get_traced_memory()[1] - before < 100_000  # the numbers stay where they are
        assert read[1][0].nbytes == 8 << 20
    finally:
        tracemalloc.stop()


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=8), st.integers(0, 400))
def test_damaged_replies_give_numbers_or_one_line(changes, cut):
    whole = bytearray(reply({'a': 'b'}, arrays=[np.arange(4.0), np.zeros((2, 3), np.int8)]))
    for place, byte in changes:
        whole[place % len(whole)] = byte
    try:
        _, arrays, _ = sandbox.read_reply(bytes(whole[:len(whole) - cut % len(whole)]))
    except ValueError as error:
        assert '\n' not in str(error)
    else:
        assert all(type(array) is np.ndarray and array.dtype.kind in 'biuf' for array in arrays)


# ---- the parts

def test_kept_output_is_its_beginning_and_end():
    kept = supervisor.Kept(10)
    for number in range(10):
        kept.add(str(number).encode() * 3)
    assert kept.content() == b'00011\n[... 20 bytes left out ...]\n88999'
    short = supervisor.Kept(10)
    short.add(b'0123456789')
    assert short.content() == b'0123456789'
    nothing = supervisor.Kept(0)
    nothing.add(b'123')
    assert len(nothing.tail) == 0


def test_erasing_and_measuring(tmp_path):
    outside = tmp_path / 'outside'
    outside.mkdir()
    (outside / 'file').write_text('stays')
    folder = tmp_path / 'folder'
    folder.mkdir()
    scratch.write_files(str(folder), {'a/b/c.bin': b'x' * 8192, 'd': b''}, os.getuid())
    os.symlink(outside, folder / 'link')
    os.symlink('/nowhere', folder / 'a' / 'broken')
    os.mkfifo(folder / 'pipe')
    size, count = scratch.measure(str(folder), 100)
    assert count == 7 and 8192 <= size < 8192 + 6 * 8192
    assert scratch.measure(str(folder), 3)[1] > 3
    os.chmod(folder / 'a' / 'b', 0)
    here = os.open(folder, os.O_RDONLY)
    for _ in range(1500):  # longer than a path can be
        os.mkdir('deep', dir_fd=here)
        deeper = os.open('deep', os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = deeper
    os.close(here)
    assert scratch.measure(str(folder), 10 ** 6)[1] > 10 ** 6
    scratch.erase(str(folder))
    assert not folder.exists() and (outside / 'file').read_text() == 'stays'


TREE = """
import os, sys, threading, time
held = b'x' * 50_000_000
if os.fork() == 0:
    os.setsid()
    threading.Thread(target=time.sleep, args=(60,)).start()
    end = time.process_time() + 0.3
    while time.process_time() < end:
        pass
    print('ready', flush=True)
time.sleep(60)
"""


@linux
def test_watching_and_killing_a_tree():
    with subprocess.Popen([sys.executable, '-c', 'import subprocess, sys\nsubprocess.run([sys.executable, "-c", '
                           f'{TREE!r}])'], stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        plain, exact = processes.TreeUsage(), processes.TreeUsage()
        plain.look(process.pid, 1 << 40)
        exact.look(process.pid, 1)
        below = processes._all_below(process.pid)
        assert sorted(below) == sorted(processes._known_below(process.pid)) and len(below) == 2
        assert plain.threads == 3 and plain.cpu >= 0.29
        assert 100_000_000 < plain.memory < 200_000_000  # the pages that both share count in each ...
        assert 50_000_000 < exact.memory < 80_000_000    # ... and here once
        assert processes.count_of_user(os.getuid()) >= 4
        processes.kill_below(process.pid)
        process.wait(10)
        for pid in below:
            deadline = time.monotonic() + 10
            while (fields := processes._stat(pid)) and fields[0] != b'Z':
                assert time.monotonic() < deadline
                time.sleep(0.01)


@pytest.mark.parametrize('machine, header', [
    ('x86_64', 'x86_64-linux-gnu/asm/unistd_64.h'), ('aarch64', 'asm-generic/unistd.h')])
def test_system_call_numbers(machine, header):
    """The numbers are those of the kernel's own header."""
    found = [path for path in (Path('/usr/include') / header, Path('/usr/include/asm/unistd_64.h')) if path.is_file()]
    if not found:
        pytest.skip(f'no {header} on this machine')
    numbers = dict(re.findall(r'#define __NR(?:3264)?_(\w+)\s+(\d+)', found[0].read_text()))
    column = seccomp._MACHINES[machine][0]
    rows = {**seccomp.ALLOWED, **seccomp.LOOKED_AT}
    known = {name: row[column] for name, row in rows.items() if row[column] is not None and name in numbers}
    assert len(known) > len([row for row in rows.values() if row[column] is not None]) - 3
    assert known == {name: int(numbers[name]) for name in known}
    assert not {name for name, row in rows.items() if row[column] is None and name in numbers}


FORBIDDEN = """
import ctypes, json, os, sys
libc = ctypes.CDLL(None, use_errno=True)
zero = [ctypes.c_long(0)] * 6
for number in json.loads(sys.argv[1]):
    assert libc.syscall(ctypes.c_long(number), *zero) == -1 and ctypes.get_errno() in (1, 38), number
import concurrent.futures, hashlib, mmap, multiprocessing, random, sqlite3, subprocess, tempfile, threading, zipfile
threading.Thread(target=print, args=('thread',)).start()
print(os.waitpid(os.posix_spawn(sys.executable, [sys.executable, '-c', ''], {}), 0)[1])
os.kill(os.getpid(), 0)
print(len(mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE)))
print(subprocess.run([sys.executable, '-c', 'print(6 * 7)'], capture_output=True).stdout, os.isatty(1))
import numpy as np
print(np.linalg.norm(np.random.default_rng(0).normal(size=(300, 300)) @ np.ones((300, 300))) > 0)
np.save('saved.npy', np.ones(3)); print(np.load('saved.npy', mmap_mode='c').sum())
"""


@pytest.mark.skipif(not seccomp.available(), reason='no system call filter for this machine')
def test_all_but_the_allowed_system_calls_fail_and_what_python_needs_works(walled):
    column = seccomp._MACHINES[os.uname().machine][0]
    allowed = {row[column] for row in [*seccomp.ALLOWED.values(), *seccomp.LOOKED_AT.values()]}
    # 335 and 336 are Linux's own, for its probes: no filter sees them, and whoever calls them is killed.
    numbers = [number for number in range(470) if number not in allowed | {335, 336}]
    assert len(numbers) > 280
    outcome = sandbox.run(walled.isolation, FORBIDDEN, argv=[json.dumps(numbers)], limits=SHORT)
    assert (outcome.ended, outcome.output) == ('ok', "thread\n0\n4096\nb'42\\n' False\nTrue\n3.0\n"), outcome


@pytest.mark.skipif(os.uname().machine != 'x86_64', reason='the x32 numbers are of x86-64')
def test_the_second_door_of_x86_is_shut(walled):
    outcome = sandbox.run(walled.isolation, 'import ctypes\nctypes.CDLL(None).syscall(0x40000000 + 39)', limits=SHORT)
    assert (outcome.ended, outcome.returncode) == ('signal', -31)  # SIGSYS
