"""Fills the memory from many processes, none of them large. COUNT processes of SIZE bytes, which stay for SECONDS."""
import os
import time

COUNT, SIZE, SECONDS = '@COUNT@', '@SIZE@', '@SECONDS@'


def attack():
    for _ in range(COUNT):
        if os.fork() == 0:
            held = b'x' * SIZE
            os.write(1, f'REACHED {len(held)}\n'.encode())
            time.sleep(SECONDS)
            os._exit(0)
    time.sleep(SECONDS)


attack()
