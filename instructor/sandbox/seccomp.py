"""A filter that lets through the system calls which Python and numpy need and no others, by ctypes (x86-64 and ARM64).

It needs no privilege and holds at both levels, for the process and everything it starts. What is not named here fails:
other namespaces, other processes, the network, and all that holds memory which is counted in no process (pages in
pipes by vmsplice, inotify queues, landlock rules, locks of files, huge pages). Numbers: asm/unistd_64.h and
asm-generic/unistd.h of Linux; instructions: linux/bpf_common.h, linux/seccomp.h.
"""
import ctypes
import errno
import os
import platform
import struct

# name: number on x86-64, number on ARM64 (None where it has none); newer calls have one number everywhere
ALLOWED = {
    # files and folders
    'read': (0, 63), 'write': (1, 64), 'readv': (19, 65), 'writev': (20, 66), 'pread64': (17, 67),
    'pwrite64': (18, 68), 'preadv': (295, 69), 'pwritev': (296, 70), 'lseek': (8, 62), 'open': (2, None),
    'openat': (257, 56), 'creat': (85, None), 'close': (3, 57), 'close_range': (436, 436), 'truncate': (76, 45),
    'ftruncate': (77, 46), 'fallocate': (285, 47), 'fsync': (74, 82), 'fdatasync': (75, 83), 'stat': (4, None),
    'fstat': (5, 80), 'lstat': (6, None), 'newfstatat': (262, 79), 'statx': (332, 291), 'access': (21, None),
    'faccessat': (269, 48), 'faccessat2': (439, 439), 'statfs': (137, 43), 'fstatfs': (138, 44),
    'getdents': (78, None), 'getdents64': (217, 61), 'getcwd': (79, 17), 'chdir': (80, 49), 'fchdir': (81, 50),
    'rename': (82, None), 'renameat': (264, 38), 'renameat2': (316, 276), 'mkdir': (83, None), 'mkdirat': (258, 34),
    'rmdir': (84, None), 'unlink': (87, None), 'unlinkat': (263, 35), 'link': (86, None), 'linkat': (265, 37),
    'symlink': (88, None), 'symlinkat': (266, 36), 'readlink': (89, None), 'readlinkat': (267, 78),
    'chmod': (90, None), 'fchmod': (91, 52), 'fchmodat': (268, 53), 'umask': (95, 166), 'utime': (132, None),
    'utimes': (235, None), 'futimesat': (261, None), 'utimensat': (280, 88), 'flock': (73, 32),
    'fadvise64': (221, 223), 'sendfile': (40, 71), 'copy_file_range': (326, 285),
    # descriptors and waiting for them
    'dup': (32, 23), 'dup2': (33, None), 'dup3': (292, 24), 'pipe': (22, None), 'pipe2': (293, 59),
    'select': (23, None), 'pselect6': (270, 72), 'poll': (7, None), 'ppoll': (271, 73),
    # memory of one's own
    'brk': (12, 214), 'mprotect': (10, 226), 'munmap': (11, 215), 'mremap': (25, 216), 'madvise': (28, 233),
    'mincore': (27, 232), 'msync': (26, 227),
    # signals and time
    'rt_sigprocmask': (14, 135), 'rt_sigreturn': (15, 139), 'rt_sigpending': (127, 136),
    'rt_sigtimedwait': (128, 137), 'rt_sigsuspend': (130, 133), 'sigaltstack': (131, 132), 'pause': (34, None),
    'restart_syscall': (219, 128), 'alarm': (37, None), 'setitimer': (38, 103), 'getitimer': (36, 102),
    'nanosleep': (35, 101), 'clock_nanosleep': (230, 115), 'clock_gettime': (228, 113), 'clock_getres': (229, 114),
    'gettimeofday': (96, 169), 'time': (201, None), 'times': (100, 153),
    # what one is, and on what machine
    'getpid': (39, 172), 'getppid': (110, 173), 'gettid': (186, 178), 'getuid': (102, 174), 'geteuid': (107, 175),
    'getgid': (104, 176), 'getegid': (108, 177), 'getresuid': (118, 148), 'getresgid': (120, 150),
    'getgroups': (115, 158), 'getpgrp': (111, None), 'getpgid': (121, 155), 'getsid': (124, 156),
    'setpgid': (109, 154), 'setsid': (112, 157), 'getpriority': (140, 141), 'getrusage': (98, 165),
    'getrlimit': (97, 163), 'setrlimit': (160, 164), 'capget': (125, 90), 'sysinfo': (99, 179), 'uname': (63, 160),
    'getcpu': (309, 168), 'getrandom': (318, 278), 'sched_yield': (24, 124), 'sched_getaffinity': (204, 123),
    'sched_getparam': (143, 121), 'sched_getscheduler': (145, 120), 'sched_get_priority_max': (146, 125),
    'sched_get_priority_min': (147, 126),
    # threads and processes
    'futex': (202, 98), 'set_robust_list': (273, 99), 'get_robust_list': (274, 100), 'set_tid_address': (218, 96),
    'rseq': (334, 293), 'arch_prctl': (158, None), 'membarrier': (324, 283), 'fork': (57, None), 'vfork': (58, None),
    'execve': (59, 221), 'exit': (60, 93), 'exit_group': (231, 94), 'wait4': (61, 260), 'waitid': (247, 95),
}
_CLONE3 = (435, 435)
_FIRST_NEW = 424  # calls from here on came after 2019: the C library does without them when it is told there are none
# name: number on x86-64, number on ARM64, the argument that is looked at
LOOKED_AT = {'clone': (56, 220, 0), 'mmap': (9, 222, 3), 'fcntl': (72, 25, 1), 'ioctl': (16, 29, 1),
             'prctl': (157, 167, 0), 'rt_sigaction': (13, 134, 0), 'kill': (62, 129, 0),
             'tgkill': (234, 131, 0), 'prlimit64': (302, 261, 0)}
_NEW_NAMESPACES = 0x7E020000  # all CLONE_NEW* flags
# Shared memory outlives its unmapping uncounted, while another page of it is mapped; huge pages count in no process.
_MAP_SHARED, _MAP_HUGETLB = 1, 0x40000
_FCNTL = (0, 1, 2, 3, 4, 1030, 1032)  # F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC, F_GETPIPE_SZ
_IOCTL = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)  # TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX
# PR_GET_DUMPABLE, PR_SET_NAME, PR_GET_NAME, PR_GET_SECCOMP, PR_CAPBSET_READ, PR_GET_NO_NEW_PRIVS, PR_GET_THP_DISABLE,
# PR_SET_VMA
_PRCTL = (3, 15, 16, 21, 23, 39, 42, 0x53564D41)

_SIGCHLD = 17  # the time of children whose end is ignored is added to no account

_MACHINES = {'x86_64': (0, 0xC000003E), 'aarch64': (1, 0xC00000B7)}  # column above, AUDIT_ARCH_*
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _FAIL = 0x7FFF0000, 0x80000000, 0x00050000
_DENY, _UNKNOWN = _FAIL | errno.EPERM, _FAIL | errno.ENOSYS


def available():
    """Whether this machine's system calls are known here."""
    return platform.machine() in _MACHINES and struct.calcsize('P') == 8


def _block(number, argument, test, values, hit, miss):
    """Instructions: in system call `number`, answer `hit` when one of the tests on an argument holds, else `miss`."""
    tests = [(test, len(values) - place, 0, value) for place, value in enumerate(values)]
    body = [(_LOAD, 0, 0, 16 + 8 * argument), *tests, (_RETURN, 0, 0, miss), (_RETURN, 0, 0, hit)]
    return [(_EQUAL, 0, len(body), number), *body]


def program(machine=platform.machine(), own_pid=None):
    """The filter's instructions, a list of (code, jump if true, jump if false, constant), for process own_pid."""
    own_pid = own_pid or os.getpid()
    column, architecture = _MACHINES[machine]
    lines = [(_LOAD, 0, 0, 4), (_EQUAL, 1, 0, architecture), (_RETURN, 0, 0, _KILL), (_LOAD, 0, 0, 0)]
    if machine == 'x86_64':
        lines += [(_AT_LEAST, 0, 1, 0x40000000), (_RETURN, 0, 0, _KILL)]  # the x32 numbers, a second door
    for numbers in ALLOWED.values():
        number = numbers[column]
        if number is not None:
            lines += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ALLOW)]
    # clone3 hides its flags from a filter; told that there is none, the C library takes clone.
    lines += [(_EQUAL, 0, 1, _CLONE3[column]), (_RETURN, 0, 0, _UNKNOWN)]
    for name, test, values, hit, miss in (
            ('clone', _ANY_BIT, [_NEW_NAMESPACES], _DENY, _ALLOW),
            ('mmap', _ANY_BIT, [_MAP_SHARED | _MAP_HUGETLB], _DENY, _ALLOW),
            ('fcntl', _EQUAL, _FCNTL, _ALLOW, _DENY), ('ioctl', _EQUAL, _IOCTL, _ALLOW, _DENY),
            ('prctl', _EQUAL, _PRCTL, _ALLOW, _DENY), ('rt_sigaction', _EQUAL, [_SIGCHLD], _DENY, _ALLOW),
            ('kill', _EQUAL, [0, own_pid], _ALLOW, _DENY),
            ('tgkill', _EQUAL, [own_pid], _ALLOW, _DENY), ('prlimit64', _EQUAL, [0, own_pid], _ALLOW, _DENY)):
        lines += _block(LOOKED_AT[name][column], LOOKED_AT[name][2], test, values, hit, miss)
    return [*lines, (_AT_LEAST, 0, 1, _FIRST_NEW), (_RETURN, 0, 0, _UNKNOWN), (_RETURN, 0, 0, _DENY)]


def install(libc, lines):
    """Put a filter (see program) on this process, for good; no_new_privs must be set. Raises OSError."""
    code = ctypes.create_string_buffer(b''.join(struct.pack('HBBI', *line) for line in lines))
    header = ctypes.create_string_buffer(struct.pack('HxxxxxxP', len(lines), ctypes.addressof(code)))
    if libc.prctl(22, ctypes.c_ulong(2), header, ctypes.c_ulong(0), ctypes.c_ulong(0)) != 0:  # PR_SET_SECCOMP, filter
        number = ctypes.get_errno()
        raise OSError(number, f'system call filter: {os.strerror(number)}')
