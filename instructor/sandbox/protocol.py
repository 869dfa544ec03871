"""What goes into a confined run, what it may use, and what comes out of it."""
import sys
import time
from dataclasses import dataclass
from typing import Optional

ENVIRONMENT = {
    'PATH': '/usr/bin:/bin', 'LANG': 'C.UTF-8', 'OPENBLAS_NUM_THREADS': '1', 'OMP_NUM_THREADS': '1',
    'MKL_NUM_THREADS': '1', 'PYTHONHASHSEED': '0',  # the last is for what the script starts: python -I ignores it
}
FAULT = 'grader fault'           # how a run ended if it never began, or if somebody else ended it
SET_UP_TIME, END_TIME = 60, 10  # seconds that a run has to begin, and to clear up
LONGEST_STEP = 0.5              # if more time passes between two looks at the clock, only this much counts


class RunningTime:
    """A clock that stands still while this process is stopped by a signal, or the machine is suspended."""

    def __init__(self, clock=time.monotonic):
        self._clock, self._last, self._seconds = clock, clock(), 0.0

    def __call__(self):
        now = self._clock()
        self._seconds += min(now - self._last, LONGEST_STEP)
        self._last = now
        return self._seconds


@dataclass(frozen=True)
class Limits:
    """What all processes of a run together may use (file_bytes and open_files: each of them). Sizes in bytes.

    idle_seconds: how long it may sleep, that is, neither run nor wait for a processor.
    """

    wall_seconds: float = 20.0
    cpu_seconds: float = 15.0
    idle_seconds: float = 10.0
    memory_bytes: int = 1 << 30
    processes: int = 16  # and threads
    file_bytes: int = 64 << 20
    open_files: int = 64
    scratch_bytes: int = 64 << 20  # besides the given files
    scratch_files: int = 1000
    output_bytes: int = 64 << 10  # kept of stdout and stderr each; the rest is read and dropped
    result_bytes: int = 4 << 20


@dataclass(frozen=True)
class Isolation:
    """How runs are confined on this machine; made by probe.probe."""

    level: str  # 'namespaces' or 'limits'
    description: str
    binds: tuple = ()  # (source, target) pairs that the child sees read-only
    python: str = sys.executable
    cgroup: str = ''  # the folder in which each run gets a control group; '' if there is none


@dataclass
class Outcome:
    """The outcome of a run.

    ended: 'ok', 'exit' (non-zero), 'signal', 'wall', 'cpu', 'idle', 'memory', 'processes', 'disk', 'result too large',
    'stopped' (by the caller) or FAULT (the script never began, or somebody else ended it; `fault` says why).
    seconds, cpu_seconds: how long it ran, and the processor time that it used, both measured from outside.
    """

    ended: str
    returncode: Optional[int] = None  # negative: the signal; None if the run was ended from outside
    output: str = ''                  # stdout, at most output_bytes; if it was longer, its middle is left out
    errors: str = ''                  # stderr likewise
    result: Optional[bytes] = None    # what the script wrote to the result pipe; None if that is nothing or too much
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    fault: str = ''
    mount_denied: bool = False  # whether that was a mount that was not permitted
    isolation: str = ''
