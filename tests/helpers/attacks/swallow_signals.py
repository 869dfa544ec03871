"""Ignores every signal that can be ignored, then never ends. SECONDS: of pause each time round (0: works hard)."""
import signal
import time

SECONDS = '@SECONDS@'


def attack():
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        try:
            signal.signal(number, lambda *_: None)
        except OSError as error:
            print(number, error, flush=True)
    print('REACHED', flush=True)
    while True:
        try:
            if SECONDS:
                time.sleep(SECONDS)
        except BaseException:
            continue


attack()
