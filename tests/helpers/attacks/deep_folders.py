"""Leaves folders that are hard to remove: DEPTH deep, one locked, and a link to the folder PATH."""
import os

DEPTH, PATH = '@DEPTH@', '@PATH@'


def attack():
    os.symlink(PATH, 'link')
    os.mkdir('locked')
    with open('locked/file', 'w') as file:
        file.write('x')
    os.chmod('locked', 0)
    for _ in range(DEPTH):
        os.mkdir('deep')
        os.chdir('deep')
    os.symlink(PATH, 'link')
    print('REACHED', flush=True)


attack()
