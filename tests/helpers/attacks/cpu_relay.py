"""Works in short turns, each in a process of its own that nobody waits for. TURNS: how many; SECONDS: of each."""
import os
import sys
import time

TURNS, SECONDS = '@TURNS@', '@SECONDS@'


def attack():
    if os.fork():  # the first process stays, and learns nothing of the others
        time.sleep(1000 if TURNS > 5 else TURNS * SECONDS * 1.5)
        return
    os.setsid()
    for _ in range(TURNS):
        end = time.process_time() + SECONDS
        while time.process_time() < end:
            pass
        print('REACHED', flush=True)
        if os.fork():
            os._exit(0)
    sys.exit(0)


attack()
