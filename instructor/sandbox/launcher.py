"""The supervisor forks it for each run: it confines itself, starts the student's interpreter, and leaves nothing alive.

    supervisor -> launcher -> (namespaces only: process 1 of the new PID namespace) -> the child: python -I entry.py

It knows only what the child is given, and reports to the supervisor on a pipe that the child does not have:
`tree PID` (the child's processes are descendants of it), `folder PATH` (at level limits, in JSON), `started`,
`ended STATUS` (as from waitpid), or, if confinement failed before any of the student's code ran, `fault TEXT`
(`mount-denied TEXT` if a mount was not permitted). SIGTERM, or the supervisor's end, ends all of it.
"""
import contextlib
import fcntl
import json
import os
import signal
import tempfile
import time

from instructor.sandbox import control_group, lockdown, namespaces, processes, scratch

RESULT_FD = 3  # the descriptor that the child writes results to
_HELD = {signal.SIGTERM}


class _Launcher:
    """This process and the child that it is responsible for; a SIGTERM kills the child."""

    def __init__(self, status_fd, parent):
        self.status_fd, self.parent, self.child = status_fd, parent, None
        signal.signal(signal.SIGTERM, self._stop)
        self.die_with_parent()

    def _stop(self, *_):
        if self.child is None:
            os._exit(0)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.child, signal.SIGKILL)

    def die_with_parent(self):
        """Ask for SIGTERM when the parent ends (to be repeated after each change of user id)."""
        lockdown.prctl(lockdown.PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != self.parent:
            self._stop()

    def report(self, text):
        """Send one line to the supervisor; if it has ended, clearing up goes on all the same."""
        with contextlib.suppress(BrokenPipeError):
            os.write(self.status_fd, f'{text}\n'.encode())

    def fork(self):
        """Like os.fork, but a SIGTERM meanwhile is not lost; the new process starts with default handlers."""
        signal.pthread_sigmask(signal.SIG_BLOCK, _HELD)
        child = os.fork()
        if child == 0:
            for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
                signal.signal(number, signal.SIG_DFL)  # even if the grader ignores it, as under nohup
        else:
            self.child = child
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _HELD)
        return child


def _change_user(launcher, user):
    """From root to `user`; restores what the kernel resets: the signal at the parent's end, access to /proc/self."""
    lockdown.become(user)
    lockdown.prctl(lockdown.PR_SET_DUMPABLE, 1)
    launcher.die_with_parent()


def _start_python(launcher, request, folder, entry, processes):
    """In the child: start a session, set the limits for good, and replace this program with the interpreter."""
    os.setsid()
    os.chdir(folder)
    lockdown.prctl(lockdown.PR_SET_THP_DISABLE, 1)  # a huge page in a pipe counts for no process
    lockdown.limit_resources(request['limits'], processes)
    lockdown.filter_system_calls()
    environment = {**request['environment'], 'HOME': folder, 'TMPDIR': folder, 'RESULT_FD': str(RESULT_FD)}
    launcher.report('started')
    os.execve(request['python'], [request['python'], '-I', entry, *request['argv']], environment)


def _end_with(child, launcher):
    """Reap all of the child's processes, and when the child itself has ended, report how."""
    while True:
        pid, status = os.wait()
        if pid == child:
            launcher.report(f'ended {status}')
            return


def _first_process(launcher, request, talk):
    """Process 1 of the new PID namespace: when it ends, the kernel kills every process in the namespace."""
    lockdown.prctl(lockdown.PR_SET_PDEATHSIG, signal.SIGKILL)
    namespaces.unshare_the_rest()
    os.write(talk[1], b'?')
    if os.read(talk[0], 1) != b'!':  # the launcher has mapped the ids from outside
        raise OSError('the ids were not mapped')
    os.close(talk[0])
    os.close(talk[1])
    os.setresgid(*[namespaces.INNER_ID] * 3)
    os.setresuid(*[namespaces.INNER_ID] * 3)
    namespaces.set_host_name('sandbox')
    lockdown.drop_capabilities()
    lockdown.prctl(lockdown.PR_SET_DUMPABLE, 0)  # its children, which have the same id, cannot look into it
    lockdown.prctl(lockdown.PR_SET_PDEATHSIG, signal.SIGKILL)  # again: the change of user has reset it
    child = launcher.fork()
    if child == 0:
        # A second safety net, with room to spare: the kernel counts the launcher and process 1 too, and old kernels
        # count all processes of the user.
        _start_python(launcher, request, namespaces.SCRATCH, namespaces.ENTRY, request['limits']['processes'] + 8)
    _end_with(child, launcher)


def run_in_namespaces(launcher, request, files):
    """Level `namespaces`."""
    outer_id, owner = os.getuid(), lockdown.unprivileged_id()
    lockdown.prctl(lockdown.PR_SET_DUMPABLE, 1)  # otherwise an ordinary user could not map ids
    proc = os.open('/proc', os.O_RDONLY | os.O_DIRECTORY)
    try:
        namespaces.unshare_mounts_and_processes(outer_id)
    except PermissionError:
        if outer_id == owner:
            raise
        # A root without the right to mount, as in a container: try as an ordinary user.
        _change_user(launcher, owner)
        outer_id = owner
        namespaces.unshare_mounts_and_processes(outer_id)
    entry = files.pop(request['entry'])
    limits = request['limits']
    namespaces.enter_new_root(request['binds'], entry, files, owner, limits['scratch_bytes'], limits['scratch_files'])
    files.clear()
    up, down = os.pipe(), os.pipe()
    first = launcher.fork()
    if first == 0:
        for number in (proc, up[0], down[1]):
            os.close(number)
        _guard(launcher, _first_process, request, (down[0], up[1]))
    os.close(up[1])
    os.close(down[0])
    if os.read(up[0], 1) == b'?':
        group = owner if outer_id == 0 else os.getgid()
        namespaces.write_id_maps(str(first), (namespaces.INNER_ID, owner), (namespaces.INNER_ID, group), proc)
        if outer_id != owner:
            _change_user(launcher, owner)
        lockdown.prctl(lockdown.PR_SET_DUMPABLE, 0)
        launcher.report(f'tree {first}')
        os.write(down[1], b'!')
    os.close(proc)
    os.waitpid(first, 0)  # returns once the last process of the namespace has ended


def run_with_limits(launcher, request, files):
    """Level `limits`: the child sees the machine as an ordinary process does; this process adopts its daemons."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _HELD)  # until the child exists, so that the folder is not left behind
    folder = tempfile.mkdtemp(prefix='confined-', dir=request['temporary'])
    try:
        launcher.report(f'folder {json.dumps(folder)}')
        owner, work = lockdown.unprivileged_id(), os.path.join(folder, 'scratch')
        scratch.write_files(folder, {'entry.py': files.pop(request['entry'])}, os.getuid())
        os.mkdir(work, 0o700)
        scratch.write_files(work, files, owner)
        files.clear()
        os.chown(work, owner, -1)
        os.chmod(folder, 0o711)  # if this is root, the child is another user, and has to reach the entry script inside
        lockdown.prctl(lockdown.PR_SET_CHILD_SUBREAPER, 1)
        lockdown.prctl(lockdown.PR_SET_DUMPABLE, 0)  # the child cannot look into its memory and descriptors
        launcher.report(f'tree {os.getpid()}')
        others = 0 if os.getuid() == 0 else processes.count_of_user(owner)
        child = launcher.fork()
        if child == 0:
            _guard(launcher, _limited_child, request, owner, folder, others + request['limits']['processes'] + 8)
        _end_with(child, launcher)
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # this is the end already
        while processes.reap():
            processes.kill_below(os.getpid())
            time.sleep(0.001)
        scratch.erase(folder)


def _limited_child(launcher, request, owner, folder, processes):
    lockdown.prctl(lockdown.PR_SET_DUMPABLE, 1)
    if os.getuid() != owner:
        lockdown.become(owner)
    lockdown.drop_capabilities()
    _start_python(launcher, request, os.path.join(folder, 'scratch'), os.path.join(folder, 'entry.py'), processes)


def _guard(launcher, work, *arguments):
    """Do the work and end this process; a failure before the student's code runs is the grader's fault."""
    try:
        work(launcher, *arguments)
    except BaseException as error:
        word = 'mount-denied' if isinstance(error, namespaces.MountDenied) else 'fault'
        launcher.report(f'{word} {" ".join(f"{type(error).__name__}: {error}".split())}')
        os._exit(1)
    os._exit(0)


def _arrange_descriptors(pipes):
    """Give the child's pipes the numbers 0 to 3, and close all others; returns the number of the status pipe."""
    # First move them away from the low numbers; these copies are closed when the interpreter starts.
    high = {name: fcntl.fcntl(pipe, fcntl.F_DUPFD_CLOEXEC, 20) for name, pipe in pipes.items()}
    null = os.open(os.devnull, os.O_RDWR)
    for number, source in enumerate((null, high['output'], high['errors'], high['result'])):
        os.dup2(source, number)
    for number in [int(name) for name in os.listdir('/proc/self/fd')]:
        if number > RESULT_FD and number != high['status']:
            with contextlib.suppress(OSError):  # the one that listed them
                os.close(number)
    return high['status']


def launch(request, files, parent, group, pipes):
    """Everything that the launcher does, in a process of its own; never returns.

    parent: the supervisor's process number; group: the control group to join, or None; pipes: the writing ends of the
    pipes output, errors, result and status.
    """
    try:
        launcher = _Launcher(_arrange_descriptors(pipes), parent)
    except BaseException:
        os._exit(1)

    def work(_):
        with contextlib.suppress(OSError), open('/proc/self/oom_score_adj', 'w', encoding='ascii') as file:
            file.write('1000')  # if a machine runs out of memory, this run has to end, and not the grader
        if group is not None:
            control_group.join(group)
        {'namespaces': run_in_namespaces, 'limits': run_with_limits}[request['level']](launcher, request, files)

    _guard(launcher, work)
