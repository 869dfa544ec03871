"""Watching a tree of processes through /proc: how many, how much memory and CPU time; and killing all of it."""
import os
import signal

_TICKS = os.sysconf('SC_CLK_TCK')
_PAGE = os.sysconf('SC_PAGE_SIZE')
_KB = 1024


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


class TreeUsage:
    """What a tree of processes uses: threads and memory at the last look, the processor time of its whole life.

    threads: of all of them; memory: bytes; cpu: seconds, of processes that have ended too.
    """

    def __init__(self):
        self.threads, self.memory, self.cpu = 0, 0, 0.0
        self._own_ticks = {}  # (process, its start) -> what it had used when it was last seen
        self._known = []

    def look(self, root, memory_limit):
        """Look at all descendants of root.

        Memory is first the plain sum, which counts shared pages repeatedly; only where that is above memory_limit the
        exact and slow account is taken. Of the two accounts of processor time the larger holds: the kernel's, which
        misses the children of whoever does not wait for them, and that of all that was ever seen.
        """
        self._known = _known_below(root) if os.path.exists('/proc/thread-self/children') else _all_below(root)
        above = _stat(root)
        threads, plain = 0, {}
        ticks = sum(map(int, above[13:15])) if above else 0  # of what root has waited for, as it does for orphans
        for pid in self._known:
            fields = _stat(pid)
            if fields is None:
                continue
            threads += int(fields[17])
            ticks += sum(map(int, fields[11:15]))
            self._own_ticks[pid, fields[19]] = sum(map(int, fields[11:13]))
            plain[pid] = _memory(pid, fields)
        memory = sum(plain.values())
        if memory > memory_limit:
            exact = {pid: _shared_memory(pid) for pid in plain}
            memory = sum(plain[pid] if exact[pid] is None else exact[pid] for pid in plain)
        self.threads, self.memory = threads, memory
        self.cpu = max(self.cpu, ticks / _TICKS, sum(self._own_ticks.values()) / _TICKS)

    @property
    def waited(self):
        """Seconds for which the threads of the last look have waited for a processor: they could not work."""
        return sum(map(_waited, self._known))


def _waited(pid):
    """Seconds for which the threads of a process have waited for a processor; 0 where the kernel does not say."""
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
    """Stop, then kill all descendants of root that are alive now (what is born meanwhile is for the next call)."""
    for number in (signal.SIGSTOP, signal.SIGKILL):  # stopped first: what stands still cannot fork away
        for pid in _all_below(root):
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue


def reap():
    """Collect this process's children that have ended; whether any is left."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return False
    return True
