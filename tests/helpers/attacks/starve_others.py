"""Lowers the limits of other processes, so that the kernel ends them: PIDS ('parent': its own)."""
import os
import resource

PIDS = '@PIDS@'


def attack():
    for pid in (os.getppid() if pid == 'parent' else pid for pid in PIDS):
        try:
            resource.prlimit(pid, resource.RLIMIT_CPU, (0, 0))
            print('REACHED', pid, flush=True)
        except OSError as error:
            print(error, flush=True)


attack()
