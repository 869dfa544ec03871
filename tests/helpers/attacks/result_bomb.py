"""Sends a small file that unpacks to a large array. SIZE: bytes of it."""
import os

import numpy as np

SIZE = '@SIZE@'


def attack():
    with open(int(os.environ['RESULT_FD']), 'wb') as out:
        np.savez_compressed(out, answer=np.zeros(SIZE // 8))
    os._exit(0)


attack()
