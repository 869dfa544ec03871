"""Slows down and pins its user's other process PID, and opens its memory for writing."""
import os
import resource

PID = '@PID@'


def attack():
    for name, attempt in (
            ('reniced', lambda: os.setpriority(os.PRIO_PROCESS, PID, 19)),
            ('pinned', lambda: os.sched_setaffinity(PID, {min(os.sched_getaffinity(PID))})),
            ('idled', lambda: os.sched_setscheduler(PID, os.SCHED_IDLE, os.sched_param(0))),
            ('limited', lambda: resource.prlimit(PID, resource.RLIMIT_NOFILE, (3, 3))),
            ('memory', lambda: open(f'/proc/{PID}/mem', 'r+b').close())):
        try:
            attempt()
            print('REACHED', name, flush=True)
        except OSError as error:
            print(name, error.errno, flush=True)


attack()
