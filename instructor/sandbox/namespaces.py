"""The kernel's part of level `namespaces`, by ctypes: new namespaces, and a new root with what the child may see.

The order of the steps makes it tight. The launcher builds the new root in a mount namespace of its own and detaches the
old one; only then does the child enter a second user and mount namespace. Mounts that come from outside a user
namespace are locked there: whatever privileges the child gets inside, it can neither unmount them nor make them
writable.
Sources: the manual pages mount_namespaces(7), user_namespaces(7), pivot_root(2).
"""
import ctypes
import errno
import os
import re

from instructor.sandbox import scratch

CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC = 0x00020000, 0x02000000, 0x04000000, 0x08000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT = 1, 2, 4, 8, 32
MS_BIND, MS_REC, MS_PRIVATE = 1 << 12, 1 << 14, 1 << 18
MNT_DETACH = 2

DEVICES = ('/dev/null', '/dev/zero', '/dev/urandom')
SCRATCH, ENTRY = '/scratch', '/entry.py'  # what the child's root holds besides the interpreter
INNER_ID = 1000                           # user and group id that the child sees as its own

_libc = ctypes.CDLL(None, use_errno=True)


def _check(status, what):
    if status != 0:
        number = ctypes.get_errno()
        raise OSError(number, f'{what}: {os.strerror(number)}')


class MountDenied(OSError):
    """A place could not be mounted for lack of permission: it is out of reach, or this process may not mount."""


def mount(source, target, kind=None, flags=0, options=None):
    """mount(2). Raises OSError that names the target, MountDenied for lack of permission."""
    arguments = [None if text is None else os.fsencode(text) for text in (source, target, kind, options)]
    try:
        _check(_libc.mount(arguments[0], arguments[1], arguments[2], ctypes.c_ulong(flags), arguments[3]),
               f'mount {kind or source or ""} on {target}')
    except PermissionError as error:
        if error.errno == errno.EACCES:
            raise MountDenied(*error.args) from None
        raise


def unshare(flags):
    """unshare(2). Raises OSError."""
    _check(_libc.unshare(flags), f'unshare({flags:#x})')


def _mounts_under(target):
    """The mount points at and below target, from /proc/self/mountinfo (where a space is written as \\040)."""
    with open('/proc/self/mountinfo', encoding='utf-8', errors='surrogateescape') as lines:
        points = [re.sub(r'\\(\d{3})', lambda octal: chr(int(octal[1], 8)), line.split()[4]) for line in lines]
    return [point for point in points if point == target or point.startswith(f'{target}/')]


def _bind_read_only(source, target, extra_flags):
    """Make source appear at target, read-only, with everything that is mounted below it."""
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, 'xb'):
            pass
    mount(source, target, flags=MS_BIND | MS_REC)
    for point in _mounts_under(os.path.realpath(target)):
        # A user namespace may not remove noexec from a mount that it was given, so repeat that flag.
        kept = os.statvfs(point).f_flag & MS_NOEXEC
        mount(None, point, flags=MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | extra_flags | kept)


def enter_new_root(binds, entry, files, owner, scratch_bytes, scratch_files):
    """Build the child's root in a mount namespace of this process, change into it and detach the old root.

    binds: list of (source, target) to show read-only; entry: bytes of the script; files: dict of relative name ->
    bytes for the scratch folder, which belongs to user id `owner`. Raises OSError.
    """
    mount(None, '/', flags=MS_REC | MS_PRIVATE)
    # Mounting hides everything below the spot, so no source may lie there.
    spots = ('/sys', '/mnt', '/media', '/srv', '/opt', '/tmp')
    spot = next(spot for spot in spots
                if os.path.isdir(spot) and not any(f'{source}/'.startswith(f'{spot}/') for source, _ in binds))
    mount('tmpfs', spot, 'tmpfs', MS_NOSUID | MS_NODEV, 'size=4m,nr_inodes=2000,mode=755')
    with open(spot + ENTRY, 'xb') as file:
        file.write(entry)
    for source, target in binds:
        _bind_read_only(source, spot + target, MS_NODEV)
    for device in DEVICES:
        _bind_read_only(device, spot + device, MS_NOEXEC)
    os.mkdir(spot + SCRATCH)
    size = scratch_bytes + sum(map(len, files.values()))
    inodes = scratch_files + 2 * len(files) + 2
    mount('tmpfs', spot + SCRATCH, 'tmpfs', MS_NOSUID | MS_NODEV | MS_NOEXEC,
          f'size={size},nr_inodes={inodes},mode=700,uid={owner},gid={owner}')
    scratch.write_files(spot + SCRATCH, files, owner)
    mount(None, spot, flags=MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV)
    os.chdir(spot)
    _check(_libc.pivot_root(b'.', b'.'), 'pivot_root')
    _check(_libc.umount2(b'.', MNT_DETACH), 'umount2 of the old root')  # '.' is the old root, lying on the new one
    os.chdir('/')


def unshare_mounts_and_processes(outer_id):
    """Give this process a mount and a PID namespace; without root, through a first user namespace.

    Only its children will be in the PID namespace. Raises OSError.
    """
    if outer_id == 0:
        unshare(CLONE_NEWNS | CLONE_NEWPID)
        return
    group = os.getgid()
    unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID)
    write_id_maps('/proc/self', (outer_id, outer_id), (group, group))


def write_id_maps(process, user, group, folder=None):
    """Give the user namespace of `process` (/proc/PID, or PID in the open folder) its one user and one group id.

    user, group: (id inside, id outside). Raises OSError.
    """
    for name, text in (('setgroups', 'deny'), ('uid_map', f'{user[0]} {user[1]} 1'),
                       ('gid_map', f'{group[0]} {group[1]} 1')):
        handle = os.open(f'{process}/{name}', os.O_WRONLY, dir_fd=folder)
        try:
            os.write(handle, text.encode())
        except OSError as error:
            raise OSError(error.errno, f'writing {name}: {error.strerror}') from None
        finally:
            os.close(handle)


def unshare_the_rest():
    """Give this process user, mount, network, IPC, UTS and (if the kernel has them) cgroup namespaces."""
    flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS
    try:
        unshare(flags | CLONE_NEWCGROUP)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        unshare(flags)


def set_host_name(name):
    """sethostname(2), in a UTS namespace of one's own. Raises OSError."""
    _check(_libc.sethostname(name.encode(), ctypes.c_size_t(len(name))), 'sethostname')
