"""Watching a tree of processes through /proc: how many, how much memory and CPU time; and killing all of it."""
import os
import signal
from typing import NamedTuple

_TICKS = os.sysconf('SC_CLK_TCK')
_PAGE = os.sysconf('SC_PAGE_SIZE')
_KB = 1024


class Usage(NamedTuple):
    """What a tree of processes uses at one moment: threads of all of them, bytes, seconds of CPU time."""

    threads: int
    memory: int
    cpu: float


def _stat(pid):
    """The fields of /proc/PID/stat from the state on (field 3 of proc(5) is number 0 here); None if it has ended."""
    try:
        with open(f'/proc/{pid}/stat', 'rb') as file:
            return file.read().rpartition(b')')[2].split()  # the name before it may hold anything
    except OSError:
        return None


def _pids():
    return [int(name) for name in os.listdir('/proc') if name.isdigit()]


def _all_below(root):
    """Descendants of root by a look at every process: exact, and slow on a busy machine."""
    children = {}
    for pid in _pids():
        fields = _stat(pid)
        if fields:
            children.setdefault(int(fields[1]), []).append(pid)
    found, todo = [], [root]
    while todo:
        new = children.get(todo.pop(), [])
        todo += new
        found += new
    return found


def _known_below(root):
    """Descendants of root from the kernel's own lists, which may miss one that is just being born."""
    found, todo = [], [root]
    while todo:
        pid = todo.pop()
        try:
            for thread in os.listdir(f'/proc/{pid}/task'):
                with open(f'/proc/{pid}/task/{thread}/children', 'rb') as file:
                    new = [int(word) for word in file.read().split()]
                todo += new
                found += new
        except OSError:
            continue  # it has ended meanwhile
    return found


def _memory(pid, fields):
    """Bytes of a process in memory and swap; pages it shares with others count in each."""
    try:
        with open(f'/proc/{pid}/status', 'rb') as file:
            swap = next((int(line.split()[1]) for line in file if line.startswith(b'VmSwap:')), 0)
    except OSError:
        return 0
    return int(fields[21]) * _PAGE + swap * _KB


def _shared_memory(pid):
    """Bytes of a process where a page shared by n processes counts 1/n; None where the kernel does not say."""
    try:
        with open(f'/proc/{pid}/smaps_rollup', 'rb') as file:
            parts = {line.split()[0]: int(line.split()[1]) for line in file if line.endswith(b'kB\n')}
    except OSError:
        return None
    return (parts[b'Pss:'] + parts.get(b'SwapPss:', 0)) * _KB if b'Pss:' in parts else None


def usage_below(root, memory_limit):
    """The Usage of all descendants of root.

    Memory is first the plain sum, which counts shared pages repeatedly; only where that is above memory_limit the
    exact and slow account is taken. CPU time includes children that have ended and were waited for.
    """
    below = _known_below(root) if os.path.exists('/proc/thread-self/children') else _all_below(root)
    threads = memory = ticks = 0
    plain = {}
    for pid in below:
        fields = _stat(pid)
        if fields is None:
            continue
        threads += int(fields[17])
        ticks += sum(map(int, fields[11:15]))
        plain[pid] = _memory(pid, fields)
    memory = sum(plain.values())
    if memory > memory_limit:
        exact = {pid: _shared_memory(pid) for pid in plain}
        memory = sum(plain[pid] if exact[pid] is None else exact[pid] for pid in plain)
    return Usage(threads, memory, ticks / _TICKS)


def count_of_user(user):
    """The number of threads of a user id, as RLIMIT_NPROC counts them."""
    total = 0
    for pid in _pids():
        try:
            if os.stat(f'/proc/{pid}').st_uid == user:
                total += len(os.listdir(f'/proc/{pid}/task'))
        except OSError:
            continue
    return total


def kill_below(root):
    """Stop, then kill all descendants of root that are alive now (what is born meanwhile is for the next call)."""
    for number in (signal.SIGSTOP, signal.SIGKILL):  # stopped first: what stands still cannot fork away
        for pid in _all_below(root):
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue
