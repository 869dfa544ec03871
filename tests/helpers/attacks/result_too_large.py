"""Sends more than is read. SIZE: bytes."""
import os

SIZE = '@SIZE@'


def attack():
    block = b'x' * 65_536
    for _ in range(SIZE // len(block)):
        os.write(int(os.environ['RESULT_FD']), block)
    print('REACHED', flush=True)


attack()
