"""Watches a tree of processes through /proc (how many, how much memory and CPU time), and kills all of it."""
import os
import signal

_TICKS = os.sysconf('SC_CLK_TCK')
_PAGE = os.sysconf('SC_PAGE_SIZE')
_KB = 1024


def _stat(pid):
    """The fields of /proc/PID/stat from the state on (field 3 of proc(5) is number 0 here); None if it has ended."""
    try:
        with open(f'/proc/{pid}/stat', 'rb') as file:
            return file.read().rpartition(b')')[2].split()  # the name before it may contain anything
    except OSError:
        return None


def _pids():
    return [int(name) for name in os.listdir('/proc') if name.isdigit()]


def _all_below(root):
    """Descendants of root, found by looking at every process: exact, but slow on a busy machine."""
    children: dict[int, list[int]] = {}
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
    """Descendants of root from the kernel's own lists, which may miss one that is just being created."""
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
            continue  # it has ended in the meantime
    return found


def _memory(pid, fields):
    """Bytes of a process in memory and swap; pages that several processes share count in each."""
    try:
        with open(f'/proc/{pid}/status', 'rb') as file:
            swap = next((int(line.split()[1]) for line in file if line.startswith(b'VmSwap:')), 0)
    except OSError:
        return 0
    return int(fields[21]) * _PAGE + swap * _KB


def _shared_memory(pid):
    """Bytes of a process; a page shared by n processes counts as 1/n. None if the kernel does not say."""
    try:
        with open(f'/proc/{pid}/smaps_rollup', 'rb') as file:
            parts = {line.split()[0]: int(line.split()[1]) for line in file if line.endswith(b'kB\n')}
    except OSError:
        return None
    return (parts[b'Pss:'] + parts.get(b'SwapPss:', 0)) * _KB if b'Pss:' in parts else None


class TreeUsage:
    """What a tree of processes uses: threads and memory at the last look, processor time since its start.

    threads: of all processes; memory: bytes; cpu: seconds, including processes that have ended; waited: seconds that
    their threads have waited for a processor.
    """

    def __init__(self):
        self.threads, self.memory, self.cpu, self.waited = 0, 0, 0.0, 0.0
        self._own_ticks = {}  # (process, its start time) -> what it had used when it was last seen
        self._own_waits = {}  # likewise, how long it had waited

    def look(self, root, memory_limit):
        """Look at all descendants of root.

        Memory is first a plain sum, which counts shared pages repeatedly; only if that is above memory_limit, it is
        measured exactly, which is slow. Processor time is the larger of two counts: the kernel's, which misses
        children that nobody waits for, and the sum over all processes that were ever seen.
        """
        known = _known_below(root) if os.path.exists('/proc/thread-self/children') else _all_below(root)
        above = _stat(root)
        threads, plain = 0, {}
        ticks = sum(map(int, above[13:15])) if above else 0  # of those that root has waited for, even orphans
        for pid in known:
            fields = _stat(pid)
            if fields is None:
                continue
            threads += int(fields[17])
            ticks += sum(map(int, fields[11:15]))
            self._own_ticks[pid, fields[19]] = sum(map(int, fields[11:13]))
            self._own_waits[pid, fields[19]] = max(self._own_waits.get((pid, fields[19]), 0.0), _waited(pid))
            plain[pid] = _memory(pid, fields)
        memory = sum(plain.values())
        if memory > memory_limit:
            exact = {pid: _shared_memory(pid) for pid in plain}
            memory = sum(plain[pid] if exact[pid] is None else exact[pid] for pid in plain)
        self.threads, self.memory = threads, memory
        self.cpu = max(self.cpu, ticks / _TICKS, sum(self._own_ticks.values()) / _TICKS)
        self.waited = sum(self._own_waits.values())


def _waited(pid):
    """Seconds that the threads of a process have spent waiting for a processor; 0 if the kernel does not say."""
    nanoseconds = 0
    try:
        for thread in os.listdir(f'/proc/{pid}/task'):
            with open(f'/proc/{pid}/task/{thread}/schedstat', 'rb') as file:
                nanoseconds += int(file.read().split()[1])
    except (OSError, IndexError, ValueError):
        pass
    return nanoseconds / 1e9


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
    """Stop, then kill all descendants of root that are alive now (the next call gets those created meanwhile)."""
    for number in (signal.SIGSTOP, signal.SIGKILL):  # stopped first: a stopped process cannot fork
        for pid in _all_below(root):
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue


def reap():
    """Collect this process's children that have ended; returns whether any are left."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return False
    return True
