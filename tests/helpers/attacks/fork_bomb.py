"""Doubles itself again and again. ROUNDS: how often, for 2 ** ROUNDS processes; each then sleeps SECONDS."""
import os
import time

ROUNDS, SECONDS = '@ROUNDS@', '@SECONDS@'


def attack():
    for _ in range(ROUNDS):
        try:
            os.fork()
        except OSError:
            time.sleep(0.01)
    os.write(1, b'REACHED\n')
    time.sleep(SECONDS)


attack()
