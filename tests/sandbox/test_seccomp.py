"""The system call filter: its numbers, what it refuses, and what Python needs."""

import json
import os
import re
from pathlib import Path

import pytest

from instructor.sandbox import api as sandbox
from instructor.sandbox import seccomp
from tests.helpers.confinement import SHORT


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
