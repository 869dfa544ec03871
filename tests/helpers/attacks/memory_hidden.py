"""Fills the memory with pages that no process has mapped, so that none seems large. SIZE: bytes of each kind."""
import ctypes
import mmap
import os

SIZE = '@SIZE@'
STEP = 10_000_000


def in_files_of_memory():
    held = []
    while len(held) * STEP < SIZE:
        held.append(os.memfd_create('hidden'))
        os.write(held[-1], b'x' * STEP)


def in_shared_pages():
    libc = ctypes.CDLL(None)
    held = []
    while len(held) * STEP < SIZE:
        held.append(mmap.mmap(-1, STEP))
        held[-1].write(b'x' * STEP)
        start = ctypes.addressof(ctypes.c_char.from_buffer(held[-1]))
        libc.munmap(ctypes.c_void_p(start + mmap.PAGESIZE), ctypes.c_size_t(STEP - mmap.PAGESIZE))
    print('REACHED shared', flush=True)
    os._exit(0)  # closing these maps properly would be wrong now


def attack():
    for hide, kind in ((in_files_of_memory, 'files'), (in_shared_pages, 'shared')):
        try:
            hide()
            print('REACHED', kind, flush=True)
        except (OSError, MemoryError) as error:
            print(kind, error, flush=True)


attack()
