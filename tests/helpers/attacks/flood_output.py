"""Prints without end. SIZE: bytes, each to stdout and stderr."""
import os

SIZE = '@SIZE@'
BLOCK = b'x' * 65_536


def attack():
    for _ in range(SIZE // len(BLOCK)):
        os.write(1, BLOCK)
        os.write(2, BLOCK)
    os.write(1, b'the end')
    os.write(2, b'the end')


attack()
