"""Starts thread after thread. COUNT: how many; each sleeps SECONDS."""
import threading
import time

COUNT, SECONDS = '@COUNT@', '@SECONDS@'


def attack():
    for _ in range(COUNT):
        threading.Thread(target=time.sleep, args=(SECONDS,), daemon=True).start()
    print('REACHED', flush=True)
    time.sleep(SECONDS)


attack()
