"""Fills the memory with what the kernel keeps for a process, and no process shows. COUNT: things of each kind."""
import ctypes
import fcntl
import mmap
import os
import struct

COUNT = '@COUNT@'
HUGE = 1 << 21
libc = ctypes.CDLL(None, use_errno=True)


def checked(status, what):
    if status < 0:
        raise OSError(ctypes.get_errno(), what)
    return status


def in_pipes():
    """A huge page for each byte in a pipe."""
    ends = []
    while 16 * len(ends) < COUNT:
        pages = mmap.mmap(-1, 17 * HUGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        start = ctypes.addressof(ctypes.c_char.from_buffer(pages))
        start += -start % HUGE
        libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(16 * HUGE), 14)  # MADV_HUGEPAGE
        ctypes.memset(start, 1, 16 * HUGE)
        ends.append(os.pipe())
        for number in range(16):
            part = (ctypes.c_size_t * 2)(start + number * HUGE, 1)
            checked(libc.vmsplice(ends[-1][1], part, ctypes.c_ulong(1), 0), 'vmsplice')
        libc.munmap(ctypes.c_void_p(start), ctypes.c_size_t(16 * HUGE))


def in_queues():
    """Events that nobody reads."""
    queue = checked(libc.inotify_init1(0), 'inotify')
    checked(libc.inotify_add_watch(queue, b'.', 0x100), 'inotify')
    for number in range(COUNT):
        name = f'{number % 2:0200}'
        os.close(os.open(name, os.O_CREAT | os.O_WRONLY))
        os.unlink(name)


def in_rule_sets():
    """Rules that are never used."""
    rights = struct.pack('Q', 1)
    for _ in range(COUNT):
        rules = checked(libc.syscall(ctypes.c_long(444), rights, ctypes.c_size_t(8), ctypes.c_long(0)), 'landlock')
        os.close(rules)


def in_locks():
    """A lock of every other byte of a file."""
    with open('locked', 'w') as file:
        for number in range(COUNT):
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, 2 * number)


def attack():
    for fill, kind in ((in_pipes, 'pipes'), (in_queues, 'queues'), (in_rule_sets, 'rule sets'), (in_locks, 'locks')):
        try:
            fill()
            print('REACHED', kind, flush=True)
        except OSError as error:
            print(kind, error.errno, flush=True)


attack()
