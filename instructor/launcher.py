"""Started by sandbox.run for each run: confines itself, starts the student's interpreter, and leaves nothing alive.

    launcher -> (namespaces only: process 1 of the new PID namespace) -> the child: python -I entry.py

It reads its orders from standard input (see confined_run.py), knows nothing but what the child is given, and reports on
a pipe that the child does not have: `watch PID` (below it live the child's processes), `folder PATH` (level limits, in
JSON), `started`, `ended STATUS` (as from waitpid), or `fault TEXT` where confinement failed before any of the student's
code ran. SIGTERM, or the end of the thread that started it, ends all of it.
"""
import contextlib
import fcntl
import json
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent))
from instructor import lockdown, namespaces, scratch, watch  # noqa: E402

RESULT_FD = 3  # the child's way out for results
_HELD = {signal.SIGTERM}


class _Supervisor:
    """The child this process answers for; a SIGTERM kills it."""

    def __init__(self, status_fd, parent):
        # out of the way of the low numbers that the child gets, and closed when it starts
        self.status_fd = fcntl.fcntl(status_fd, fcntl.F_DUPFD_CLOEXEC, 64)
        os.close(status_fd)
        self.parent, self.child = parent, None
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, self._stop)
        self.die_with_parent()

    def _stop(self, *_):
        if self.child is None:
            os._exit(0)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.child, signal.SIGKILL)

    def die_with_parent(self):
        """Ask for SIGTERM at the parent's end (to be repeated after each change of user id)."""
        lockdown.prctl(lockdown.PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != self.parent:
            self._stop()

    def report(self, text):
        """One line to the parent, if there still is one: what is to be cleared up is, in any case."""
        with contextlib.suppress(BrokenPipeError):
            os.write(self.status_fd, f'{text}\n'.encode())

    def fork(self):
        """os.fork that cannot miss a SIGTERM in between; the new process starts with default handlers."""
        signal.pthread_sigmask(signal.SIG_BLOCK, _HELD)
        child = os.fork()
        if child == 0:
            for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
                signal.signal(number, signal.SIG_DFL)  # also what the grader was told to ignore, as by nohup
        else:
            self.child = child
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _HELD)
        return child


def read_orders(stream):
    """The orders: a line of JSON, then the bytes of the files one after the other. Returns (dict, dict of files)."""
    orders = json.loads(stream.readline())
    files = {name: stream.read(size) for name, size in orders['files']}
    if any(len(files[name]) != size for name, size in orders['files']):
        raise OSError('the orders broke off')
    return orders, files


def _change_user(supervisor, user):
    """From root to `user`, with what the kernel resets on the way: the tie to the parent, the way to /proc/self."""
    lockdown.become(user)
    lockdown.prctl(lockdown.PR_SET_DUMPABLE, 1)
    supervisor.die_with_parent()


def _start_python(supervisor, orders, folder, entry, processes):
    """In the child: own session, limits, no way back; then the interpreter in place of this program."""
    os.setsid()
    os.chdir(folder)
    for standard, source in ((0, os.open(os.devnull, os.O_RDWR)), (RESULT_FD, orders['result_fd'])):
        os.dup2(source, standard)
    for number in range(RESULT_FD + 1, 256):  # the parent passed no other; this is the second lock on that door
        if number != supervisor.status_fd:
            try:
                os.close(number)
            except OSError:
                pass
    lockdown.limit_resources(orders['limits'], processes)
    lockdown.filter_system_calls()
    environment = {**orders['environment'], 'HOME': folder, 'TMPDIR': folder, 'RESULT_FD': str(RESULT_FD)}
    supervisor.report('started')
    os.execve(orders['python'], [orders['python'], '-I', entry, *orders['argv']], environment)


def _end_with(child, supervisor):
    """As the reaper of all the child's processes: wait for the child itself and report how it ended."""
    while True:
        pid, status = os.wait()
        if pid == child:
            supervisor.report(f'ended {status}')
            return


def _first_process(supervisor, orders, talk):
    """Process 1 of the new PID namespace: when it ends, the kernel kills every process in there."""
    lockdown.prctl(lockdown.PR_SET_PDEATHSIG, signal.SIGKILL)
    namespaces.unshare_the_rest()
    os.write(talk[1], b'?')
    if os.read(talk[0], 1) != b'!':  # the ids are mapped from outside
        raise OSError('no ids inside')
    os.setresgid(*[namespaces.INNER_ID] * 3)
    os.setresuid(*[namespaces.INNER_ID] * 3)
    namespaces.set_host_name('sandbox')
    lockdown.drop_capabilities()
    lockdown.prctl(lockdown.PR_SET_DUMPABLE, 0)  # closed to its own children, which have the same id
    lockdown.prctl(lockdown.PR_SET_PDEATHSIG, signal.SIGKILL)  # again: the change of user took it away
    child = supervisor.fork()
    if child == 0:
        # The kernel counts the two supervisors too, and on old kernels all the user's processes: only a second net.
        _start_python(supervisor, orders, namespaces.SCRATCH, namespaces.ENTRY, orders['limits']['processes'] + 8)
    _end_with(child, supervisor)


def run_in_namespaces(supervisor, orders, files):
    """Level `namespaces`."""
    outer_id, owner = os.getuid(), lockdown.unprivileged_id()
    proc = os.open('/proc', os.O_RDONLY | os.O_DIRECTORY)
    try:
        namespaces.unshare_mounts_and_processes(outer_id)
    except PermissionError:
        if outer_id == owner:
            raise
        # A root without the right to mount, as in a container: what an ordinary user may do is left to try.
        _change_user(supervisor, owner)
        outer_id = owner
        namespaces.unshare_mounts_and_processes(outer_id)
    entry = files.pop(orders['entry'])
    limits = orders['limits']
    namespaces.enter_new_root(orders['binds'], entry, files, owner, limits['scratch_bytes'], limits['scratch_files'])
    up, down = os.pipe(), os.pipe()
    first = supervisor.fork()
    if first == 0:
        for number in (proc, up[0], down[1]):
            os.close(number)
        _guard(supervisor, _first_process, orders, (down[0], up[1]))
    os.close(up[1])
    os.close(down[0])
    if os.read(up[0], 1) == b'?':
        group = owner if outer_id == 0 else os.getgid()
        namespaces.write_id_maps(str(first), (namespaces.INNER_ID, owner), (namespaces.INNER_ID, group), proc)
        if outer_id != owner:
            _change_user(supervisor, owner)
        lockdown.prctl(lockdown.PR_SET_DUMPABLE, 0)
        supervisor.report(f'watch {first}')
        os.write(down[1], b'!')
    os.close(proc)
    os.waitpid(first, 0)  # returns when the last process of the namespace is gone


def run_with_limits(supervisor, orders, files):
    """Level `limits`: the child sees the machine as an ordinary process does; its daemons come to this process."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _HELD)  # until there is a child to end: the folder must not be left behind
    folder = tempfile.mkdtemp(prefix='confined-', dir=orders['temporary'])
    try:
        supervisor.report(f'folder {json.dumps(folder)}')
        owner, work = lockdown.unprivileged_id(), os.path.join(folder, 'scratch')
        scratch.write_files(folder, {'entry.py': files.pop(orders['entry'])}, os.getuid())
        os.mkdir(work, 0o700)
        scratch.write_files(work, files, owner)
        os.chown(work, owner, -1)
        os.chmod(folder, 0o711)  # the entry script is inside, and the child another user where this is root
        lockdown.prctl(lockdown.PR_SET_CHILD_SUBREAPER, 1)
        lockdown.prctl(lockdown.PR_SET_DUMPABLE, 0)  # its memory and descriptors are closed to the child
        supervisor.report(f'watch {os.getpid()}')
        others = 0 if os.getuid() == 0 else watch.count_of_user(owner)
        child = supervisor.fork()
        if child == 0:
            _guard(supervisor, _limited_child, orders, owner, folder, others + orders['limits']['processes'] + 8)
        _end_with(child, supervisor)
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the end has begun
        while _reap():
            watch.kill_below(os.getpid())
            time.sleep(0.001)
        scratch.erase(folder)


def _limited_child(supervisor, orders, owner, folder, processes):
    lockdown.prctl(lockdown.PR_SET_DUMPABLE, 1)
    if os.getuid() != owner:
        lockdown.become(owner)
    lockdown.drop_capabilities()
    _start_python(supervisor, orders, os.path.join(folder, 'scratch'), os.path.join(folder, 'entry.py'), processes)


def _reap():
    """Collect what has ended; whether any process below this one is left."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return False
    return True


def _guard(supervisor, work, *arguments):
    """Do the work and end this process; what fails before the student's code runs is a fault of ours."""
    try:
        work(supervisor, *arguments)
    except BaseException as error:
        supervisor.report('fault ' + ' '.join(f'{type(error).__name__}: {error}'.split()))
        os._exit(1)
    os._exit(0)


def main():
    """The arguments: the status pipe and the parent's process number."""
    os.umask(0o022)
    supervisor = _Supervisor(int(sys.argv[1]), int(sys.argv[2]))

    def work(_):
        orders, files = read_orders(sys.stdin.buffer)
        level = {'namespaces': run_in_namespaces, 'limits': run_with_limits}[orders['level']]
        level(supervisor, orders, files)

    _guard(supervisor, work)


if __name__ == '__main__':
    main()
