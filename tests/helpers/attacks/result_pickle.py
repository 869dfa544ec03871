"""Sends, in place of an array, an object that writes the file PATH when it is unpickled."""
import os

import numpy as np

PATH = '@PATH@'


class Trap:
    def __reduce__(self):
        return open, (PATH, 'w')


def attack():
    with open(int(os.environ['RESULT_FD']), 'wb') as out:
        np.savez(out, answer=np.array([Trap()], dtype=object))
    os._exit(0)


attack()
