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

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import project_copy  # noqa: E402
from packing import put_submission  # noqa: E402


def pytest_configure(config):
    config.addinivalue_line('markers', 'core: modules, data, first epochs; .ci/run tests them on the oldest numpy too')


@pytest.fixture
def project(tmp_path):
    """A copy of the shell scripts with stand-ins for the mains; see project_copy.py."""
    return project_copy.make(tmp_path)


@pytest.fixture
def tamu(tmp_path):
    """A folder with all that a student of this course hands in; see packing.py."""
    return put_submission(tmp_path / 'tamu files', 'tamu')


@pytest.fixture
def osu(tmp_path):
    """The same of the other course."""
    return put_submission(tmp_path / 'osu files', 'osu')
