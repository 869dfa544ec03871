"""What all tests share: the folder of the project on the path, the mark of the core's tests, a copy of the scripts."""

import os
import signal
import sys
from pathlib import Path

import pytest

# One thread for numpy, here and in the processes that tests start: matrices this small gain nothing from more, and
# tests that run side by side would get into each other's way.
for name in ('OPENBLAS_NUM_THREADS', 'OMP_NUM_THREADS', 'MKL_NUM_THREADS', 'VECLIB_MAXIMUM_THREADS'):
    os.environ.setdefault(name, '1')

# Under nohup, or in the background of a shell, these are ignored, and would be by all that tests start and then signal.
# A handler that does nothing is not passed on.
for number in {signal.SIGINT, getattr(signal, 'SIGHUP', signal.SIGINT)}:
    if signal.getsignal(number) == signal.SIG_IGN:
        signal.signal(number, lambda *_: None)

import project_copy  # noqa: E402

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


def pytest_configure(config):
    config.addinivalue_line('markers', 'core: modules, data, first epochs; .ci/run tests them on the oldest numpy too')


@pytest.fixture
def project(tmp_path):
    """A copy of the shell scripts with stand-ins for the mains; see project_copy.py."""
    return project_copy.make(tmp_path)
