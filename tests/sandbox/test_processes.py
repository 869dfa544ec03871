"""The output that is kept, the scratch folder, and the watch over a tree of processes."""

import os
import subprocess
import sys
import time

from instructor.sandbox import processes, scratch, supervisor
from tests.helpers.confinement import linux


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


def test_what_ended_processes_have_waited_counts(monkeypatch):
    waited = {11: 1.5, 12: 0.25}
    monkeypatch.setattr(processes, '_known_below', lambda root: [*waited])
    monkeypatch.setattr(processes, '_all_below', lambda root: [*waited])
    monkeypatch.setattr(processes, '_stat', lambda pid: [b'R'] + [b'0'] * 18 + [b'%d' % pid] + [b'0'] * 10)
    monkeypatch.setattr(processes, '_memory', lambda pid, fields: 0)
    monkeypatch.setattr(processes, '_waited', waited.get)
    usage = processes.TreeUsage()
    usage.look(1, 1 << 40)
    assert usage.waited == 1.75
    del waited[11]
    waited.update({12: 0.5, 13: 1.0})
    usage.look(1, 1 << 40)
    assert usage.waited == 3.0


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
