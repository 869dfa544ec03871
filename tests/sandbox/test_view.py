"""What a confined child gets and sees, and what stays hidden from it."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

from instructor.sandbox import api as sandbox
from instructor.sandbox import probe, visible_paths
from instructor.sandbox.protocol import ENVIRONMENT
from tests.helpers import ROOT
from tests.helpers.confinement import SHORT, linux

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
