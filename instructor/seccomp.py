"""A small filter of system calls that students' code never needs and attacks do, by ctypes (x86-64 and ARM64).

It needs no privilege and holds at both levels, for the process and everything it starts. Numbers: asm/unistd_64.h and
asm-generic/unistd.h of Linux; instructions: linux/bpf_common.h, linux/seccomp.h.
"""
import ctypes
import errno
import os
import platform
import struct

# name: (number on x86-64, number on ARM64); newer calls have one number everywhere
_FORBIDDEN = {
    # other namespaces and mounts
    'unshare': (272, 97), 'setns': (308, 268), 'mount': (165, 40), 'umount2': (166, 39), 'pivot_root': (155, 41),
    'chroot': (161, 51), 'open_tree': (428, 428), 'move_mount': (429, 429), 'fsopen': (430, 430),
    'fsconfig': (431, 431), 'fsmount': (432, 432), 'fspick': (433, 433), 'mount_setattr': (442, 442),
    'name_to_handle_at': (303, 264), 'open_by_handle_at': (304, 265),
    # other processes
    'ptrace': (101, 117), 'process_vm_readv': (310, 270), 'process_vm_writev': (311, 271), 'kcmp': (312, 272),
    'pidfd_open': (434, 434), 'pidfd_getfd': (438, 438), 'pidfd_send_signal': (424, 424), 'tkill': (200, 130),
    # the network
    'socket': (41, 198), 'socketpair': (53, 199),
    # memory that is counted in no process, and what outlives all of them
    'memfd_create': (319, 279), 'memfd_secret': (447, 447), 'shmget': (29, 194), 'semget': (64, 190),
    'msgget': (68, 186), 'mq_open': (240, 180),
    # wide doors of the kernel
    'bpf': (321, 280), 'perf_event_open': (298, 241), 'userfaultfd': (323, 282), 'io_uring_setup': (425, 425),
    'io_uring_enter': (426, 426), 'io_uring_register': (427, 427), 'io_setup': (206, 0), 'keyctl': (250, 219),
    'add_key': (248, 217), 'request_key': (249, 218), 'fanotify_init': (300, 262), 'syslog': (103, 116),
}
_CLONE3 = (435, 435)
_NEW_NAMESPACES = 0x7E020000  # all CLONE_NEW* flags
_MAP_SHARED = 1               # shared memory outlives its unmapping uncounted, while another page of it is mapped
_F_SETOWN, _F_SETOWN_EX = 8, 15

_MACHINES = {'x86_64': (0, 0xC000003E), 'aarch64': (1, 0xC00000B7)}  # column above, AUDIT_ARCH_*
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _FAIL = 0x7FFF0000, 0x80000000, 0x00050000
_DENY = _FAIL | errno.EPERM


def available():
    """Whether this machine's system calls are known here."""
    return platform.machine() in _MACHINES and struct.calcsize('P') == 8


def _block(number, argument, test, values, hit, miss):
    """Instructions: in system call `number`, answer `hit` when one of the tests on an argument holds, else `miss`."""
    tests = [(test, len(values) - place, 0, value) for place, value in enumerate(values)]
    body = [(_LOAD, 0, 0, 16 + 8 * argument), *tests, (_RETURN, 0, 0, miss), (_RETURN, 0, 0, hit)]
    return [(_EQUAL, 0, len(body), number), *body]


def program(machine, own_pid):
    """The filter's instructions, a list of (code, jump if true, jump if false, constant)."""
    column, architecture = _MACHINES[machine]
    lines = [(_LOAD, 0, 0, 4), (_EQUAL, 1, 0, architecture), (_RETURN, 0, 0, _KILL), (_LOAD, 0, 0, 0)]
    if machine == 'x86_64':
        lines += [(_AT_LEAST, 0, 1, 0x40000000), (_RETURN, 0, 0, _KILL)]  # the x32 numbers, a second door
    for numbers in _FORBIDDEN.values():
        lines += [(_EQUAL, 0, 1, numbers[column]), (_RETURN, 0, 0, _DENY)]
    # clone3 hides its flags from a filter; told that there is none, the C library takes clone.
    lines += [(_EQUAL, 0, 1, _CLONE3[column]), (_RETURN, 0, 0, _FAIL | errno.ENOSYS)]
    lines += _block((56, 220)[column], 0, _ANY_BIT, [_NEW_NAMESPACES], _DENY, _ALLOW)      # clone
    lines += _block((9, 222)[column], 3, _ANY_BIT, [_MAP_SHARED], _DENY, _ALLOW)           # mmap
    lines += _block((72, 25)[column], 1, _EQUAL, [_F_SETOWN, _F_SETOWN_EX], _DENY, _ALLOW)  # fcntl: signals by proxy
    for numbers in ((62, 129), (234, 131), (129, 138), (297, 240), (302, 261)):
        # kill, tgkill, rt_sigqueueinfo, rt_tgsigqueueinfo, prlimit64: on oneself only
        lines += _block(numbers[column], 0, _EQUAL, [0, own_pid], _ALLOW, _DENY)
    return lines + [(_RETURN, 0, 0, _ALLOW)]


def install(libc):
    """Put the filter on this process, for good; no_new_privs must be set. Raises OSError."""
    lines = program(platform.machine(), os.getpid())
    code = ctypes.create_string_buffer(b''.join(struct.pack('HBBI', *line) for line in lines))
    header = ctypes.create_string_buffer(struct.pack('HxxxxxxP', len(lines), ctypes.addressof(code)))
    if libc.prctl(22, ctypes.c_ulong(2), header, ctypes.c_ulong(0), ctypes.c_ulong(0)) != 0:  # PR_SET_SECCOMP, filter
        number = ctypes.get_errno()
        raise OSError(number, f'system call filter: {os.strerror(number)}')
