"""Lets children work whose end the kernel adds to no account. TURNS: how many; SECONDS: of each."""
import os
import signal
import time

TURNS, SECONDS = '@TURNS@', '@SECONDS@'


def attack():
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    except OSError as error:
        print(error)
    for _ in range(TURNS):
        if os.fork() == 0:
            end = time.process_time() + SECONDS
            while time.process_time() < end:
                pass
            os.write(1, b'REACHED\n')
            os._exit(0)
        try:
            os.wait()
        except ChildProcessError:
            pass


attack()
