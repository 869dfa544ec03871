"""What the tests of the sandbox share: the levels this machine offers, attacks run confined and unconfined."""
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from instructor.sandbox import api as sandbox
from tests.helpers import attacks

linux = pytest.mark.skipif(sys.platform != 'linux', reason='containment needs Linux')
SHORT = sandbox.Limits(wall_seconds=10, cpu_seconds=8)
INNOCENT = """
import os, sys
import numpy as np
with open('note', 'w') as file:
    file.write('mine')
squares = np.arange(int(sys.argv[1])) ** 2.0
array = b'<f8 ' + bytes([1]) + len(squares).to_bytes(8, 'little') + squares.tobytes()
with open(int(os.environ['RESULT_FD']), 'wb') as out:
    out.write(b'a' + len(array).to_bytes(8, 'little') + array)
print('done', os.listdir('.'))
"""


def open_folder(parent=None):
    """A new folder that every user may enter and write to: what protects it is the confinement alone."""
    folder = Path(os.path.realpath(tempfile.mkdtemp(dir=parent)))
    folder.chmod(0o777)
    return folder


def _link(source, target):
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def copy_of_interpreter(folder):
    """This interpreter with numpy, copied to where every user can reach it; returns its path.

    Needed for level `limits` where the tests run as root by an interpreter in root's home.
    """
    library = Path(sysconfig.get_path('stdlib'))
    target = folder / 'lib' / library.name
    ignored = shutil.ignore_patterns('site-packages', 'dist-packages', 'test', 'idlelib', 'ensurepip', 'config-*')
    shutil.copytree(library, target, ignore=ignored, copy_function=_link)
    packages = Path(np.__file__).parent.parent
    for name in ('numpy', 'numpy.libs'):
        if (packages / name).is_dir():
            shutil.copytree(packages / name, target / 'site-packages' / name, copy_function=_link,
                            ignore=shutil.ignore_patterns('tests'))
    for path in library.parent.glob('libpython*.so*'):
        _link(path, folder / 'lib' / path.name)
    (folder / 'bin').mkdir()
    shutil.copy2(os.path.realpath(sys.executable), folder / 'bin' / 'python')
    start = folder / 'bin' / 'start'  # the executable itself looks for its library where it was built
    start.write_text(f'#!/bin/sh\nLD_LIBRARY_PATH={folder}/lib exec {folder}/bin/python "$@"\n')
    start.chmod(0o755)
    return str(start)


@cache
def interpreter_for_all(folder):
    """This interpreter, or where only root can reach it, a copy in the folder."""
    try:
        return sandbox.probe('limits').python
    except sandbox.IsolationError:
        return copy_of_interpreter(folder)


@cache
def isolation(level, folder):
    """The Isolation of this level, or a string that says why there is none. folder: for the interpreter's copy."""
    try:
        python = interpreter_for_all(folder) if level == 'limits' else sys.executable
        return sandbox.probe(level, python)
    except sandbox.IsolationError as error:
        return str(error)


def processes_with(marker):
    """Process numbers with the marker in their command line."""
    found = []
    for path in Path('/proc').glob('[0-9]*'):
        try:
            if marker.encode() in (path / 'cmdline').read_bytes():
                found.append(int(path.name))
        except OSError:
            continue
    return found


def gone(marker, seconds=10):
    """Whether no process with the marker is left, given some time to end."""
    end = time.monotonic() + seconds
    while processes_with(marker):
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def unconfined(name, folder, timeout=30, **values):
    """The control: the attack as a plain process in the folder. Returns (output, what it wrote as a result)."""
    script, result = folder / f'{name}.py', folder / 'result'
    script.write_text(attacks.source(name, **values))
    with open(result, 'wb') as out:
        done = subprocess.run(
            [sys.executable, '-I', str(script)], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=timeout, text=True, pass_fds=[out.fileno()],
            env={**os.environ, 'RESULT_FD': str(out.fileno())})
    return done.stdout, result.read_bytes()


def snapshot(folder):
    """What is in the folder: names, modes, times, contents."""
    return {str(path.relative_to(folder)): (path.lstat().st_mode, path.lstat().st_mtime_ns,
                                            path.read_bytes() if path.is_file() else None)
            for path in folder.rglob('*')}


class Arena:
    """A level of isolation, a folder of stand-in targets, and a place for temporary folders."""

    def __init__(self, isolation, folder, monkeypatch):
        self.isolation = isolation
        self.level = isolation.level
        self.targets = open_folder(folder)
        self.temporary = open_folder(folder)
        self.work = open_folder(folder)
        monkeypatch.setattr(tempfile, 'tempdir', str(self.temporary))

    def secret(self, name='secret.txt'):
        """A stand-in target that anybody may read and write, and the secret in it."""
        text = f'secret{uuid.uuid4().hex}'
        path = self.targets / name
        path.write_text(text)
        path.chmod(0o666)
        return str(path), text

    def control(self, name, **values):
        """The attack unconfined; see unconfined."""
        return unconfined(name, self.work, **values)

    def attack(self, name, limits=SHORT, **values):
        """The attack confined, beside an innocent run; checks all that must hold after any attack."""
        marker = uuid.uuid4().hex
        before = snapshot(self.targets)
        with ThreadPoolExecutor(2) as pool:
            attacked = pool.submit(sandbox.run, self.isolation, attacks.source(name, **values), argv=[marker],
                                   limits=limits)
            beside = pool.submit(sandbox.run, self.isolation, INNOCENT, argv=['5', marker])
            outcome, innocent = attacked.result(), beside.result()
        assert processes_with(marker) == []
        assert snapshot(self.targets) == before
        assert list(self.temporary.iterdir()) == []
        assert outcome.ended != 'grader fault', outcome
        assert outcome.seconds < limits.wall_seconds + 5
        assert (innocent.ended, innocent.output) == ('ok', "done ['note']\n"), innocent
        [squares] = sandbox.read_reply(innocent.result).arrays
        np.testing.assert_array_equal(squares, [0, 1, 4, 9, 16])
        return outcome


def arena(level, folder, monkeypatch):
    """The Arena of a level; skips the test, with the reason, where this machine does not offer it."""
    found = isolation(level, folder)
    if isinstance(found, str):
        pytest.skip(found)
    return Arena(found, folder, monkeypatch)
