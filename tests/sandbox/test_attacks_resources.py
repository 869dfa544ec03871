"""Attacks on the machine's time, memory, disk and processes: unconfined they reach it, confined they do not."""

import os
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from instructor.sandbox import seccomp
from tests.helpers import attacks
from tests.helpers.confinement import SHORT

MB = 1_000_000

pytestmark = pytest.mark.skipif(sys.platform != 'linux', reason='containment needs Linux')


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
