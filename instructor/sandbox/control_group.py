"""A control group (cgroup v2) for each run, if the system grants one: the kernel itself counts and limits.

It counts memory that belongs to no process, such as pipes and the kernel's own tables. Source: cgroup-v2.rst of Linux.
"""
import contextlib
import os
import tempfile
import time

_BEYOND = 128 << 20       # bytes for the launcher, its first process and the interpreter's files
_PROCESSES_BEYOND = 8
_WANTED = {'memory', 'pids', 'cpu'}


def _write(folder, name, text):
    with open(os.path.join(folder, name), 'w', encoding='ascii') as file:
        file.write(text)


def _read(folder, name):
    with open(os.path.join(folder, name), encoding='ascii') as file:
        return file.read()


def candidates(mountinfo, cgroup):
    """Folders in which a group might be made: that of this process, then those above it, up to the mount's root.

    mountinfo, cgroup: the texts of /proc/self/mountinfo and /proc/self/cgroup.
    """
    mounts = [line.split() for line in mountinfo.splitlines() if ' - cgroup2 ' in line]
    own = next((line[3:] for line in cgroup.splitlines() if line.startswith('0::')), None)
    if not mounts or own is None:
        return []
    root, point = mounts[0][3], mounts[0][4]
    inner = os.path.relpath(own, root)
    if inner.startswith('..'):
        return []
    parts = [part for part in inner.split('/') if part != '.']
    return [os.path.join(point, *parts[:length]) for length in range(len(parts), -1, -1)]


def find_parent(limits):
    """The folder in which runs can have groups, or '' if the system grants none; found by making one.

    limits: dict of sandbox.Limits.
    """
    try:
        texts = [_read('/proc/self', name) for name in ('mountinfo', 'cgroup')]
    except OSError:
        return ''
    for folder in candidates(*texts):
        try:
            if not _WANTED <= {*_read(folder, 'cgroup.subtree_control').split()}:
                continue
            group = make(folder, limits)
        except OSError:
            continue
        try:
            if _accepts_process(group):
                return folder
        finally:
            remove(group)
    return ''


def _accepts_process(group):
    """Whether a process of ours may join the group."""
    process = os.fork()
    if process == 0:
        status = 1
        with contextlib.suppress(OSError):
            join(group)
            status = 0
        os._exit(status)
    return os.waitpid(process, 0)[1] == 0


def make(parent, limits):
    """Make a group in the folder parent and set its limits; returns its folder. Raises OSError.

    limits: dict of sandbox.Limits.
    """
    group = tempfile.mkdtemp(prefix='run-', dir=parent)
    try:
        memory = limits['memory_bytes'] + limits['scratch_bytes'] + _BEYOND
        _write(group, 'memory.max', str(memory))
        _write(group, 'pids.max', str(limits['processes'] + _PROCESSES_BEYOND))
        _write(group, 'cpu.max', '100000 100000')  # one processor at a time
        with contextlib.suppress(OSError):  # if there is no swap
            _write(group, 'memory.swap.max', '0')
    except OSError:
        remove(group)
        raise
    return group


def join(group):
    """Move this process into the group; its children will be in it too. Raises OSError."""
    _write(group, 'cgroup.procs', '0')


def ran_out_of_memory(group):
    """Whether the kernel has killed a process of the group because the group had used up its memory."""
    try:
        events = dict(line.split() for line in _read(group, 'memory.events').splitlines())
    except (OSError, ValueError):
        return False
    return events.get('oom_kill', '0') != '0'


def remove(group):
    """Kill the processes that are left in a group, and remove it."""
    with contextlib.suppress(OSError):
        _write(group, 'cgroup.kill', '1')  # exists since Linux 5.14; the launcher has killed them all already
    for _ in range(200):
        try:
            os.rmdir(group)
            return
        except FileNotFoundError:
            return
        except OSError:
            time.sleep(0.01)  # a process that has ended leaves the group a moment later
