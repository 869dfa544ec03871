"""Changes what is not its own: appends to the files PATHS, makes new ones beside them, and removes them."""
import os

PATHS = '@PATHS@'


def attack():
    for path in PATHS:
        for change in (lambda: open(path, 'a').write('REACHED'), lambda: open(path + '.new', 'x').write('REACHED'),
                       lambda: os.chmod(path, 0o777), lambda: os.utime(path), lambda: os.unlink(path)):
            try:
                change()
                print('REACHED', path, flush=True)
            except OSError as error:
                print(error)


attack()
