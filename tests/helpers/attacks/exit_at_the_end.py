"""Waits for the end of the program, then writes the file PATH and a result of its own."""
import atexit
import os

PATH = '@PATH@'


def leave():
    try:
        os.write(int(os.environ['RESULT_FD']), b'REACHED')
    except (KeyError, OSError) as error:
        print(error)
    with open(PATH, 'w') as file:
        file.write('REACHED')


def attack():
    atexit.register(leave)


attack()
