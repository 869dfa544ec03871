"""Leaves a process behind that has left its session; after SECONDS it writes the file PATH, and stays as long again."""
import os
import time

PATH, SECONDS = '@PATH@', '@SECONDS@'


def attack():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.closerange(0, 256)
            time.sleep(SECONDS)
            with open(PATH, 'w') as file:
                file.write('REACHED')
            time.sleep(SECONDS)
        os._exit(0)
    os.wait()
    print('left', flush=True)


attack()
