"""A dask scheduler and its workers, each a process of its own, as the command line starts them."""

import contextlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from tests.helpers import ROOT

# dask's command line after some Python, by which a test gives a worker another version, or takes something from it.
_COMMAND = 'import sys; {first}; from dask.__main__ import main; sys.argv[0] = "dask"; main()'


def wait_for(condition):
    """Return what condition() returns as soon as that is true."""
    deadline = time.monotonic() + 120  # long, because other tests may need the processors
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


def children(process_id):
    """The ids of the processes that this one has started and that still run."""
    found = []
    for task in Path(f'/proc/{process_id}/task').glob('*/children'):
        with contextlib.suppress(OSError):
            found += map(int, task.read_text().split())
    return found


class Processes:
    """scheduler: its process; address: where it listens. It gives up what a second worker dies over."""

    def __init__(self, stack, folder):
        """stack: an ExitStack, at whose end all these processes end; folder: for their files."""
        self.stack, self.folder = stack, folder
        self.started = 0
        file = folder / 'scheduler.json'
        self.scheduler = self._start('pass', 'scheduler', '--port', '0', '--scheduler-file', str(file),
                                     '--no-dashboard')
        self.address = wait_for(lambda: file.exists() and json.loads(file.read_text() or '{}').get('address'))

    def start_worker(self, *options, first='pass'):
        """Start a worker of one thread; first: Python to run before it. Returns its process."""
        return self._start(first, 'worker', self.address, '--nthreads', '1', '--local-directory', str(self.folder),
                           *options)

    def _start(self, first, *arguments):
        self.started += 1
        log = self.stack.enter_context(open(self.folder / f'{arguments[0]} {self.started}.log', 'wb'))
        process = self.stack.enter_context(subprocess.Popen(
            [sys.executable, '-c', _COMMAND.format(first=first), *arguments, '--host', '127.0.0.1'], cwd=ROOT,
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            env={**os.environ, 'DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES': '1'}))
        self.stack.callback(process.terminate)
        return process
