"""Sleeps, which uses no processor time. SECONDS: how long."""
import time

SECONDS = '@SECONDS@'


def attack():
    time.sleep(SECONDS)
    print('REACHED', flush=True)


attack()
