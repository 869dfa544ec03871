"""What all tests share: settings of numpy and signals, a copy of the scripts, a submission for each course."""

import os
import signal

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

from tests.helpers import project_copy
from tests.helpers.packing import put_submission


def pytest_collection_modifyitems(items):
    """Files that take long go first, so that none of them is still running when all others are done."""
    items.sort(key=lambda item: item.get_closest_marker('long') is None)


@pytest.fixture
def project(tmp_path):
    """A copy of the shell scripts with stand-ins for the mains; see helpers/project_copy.py."""
    return project_copy.make(tmp_path)


@pytest.fixture
def tamu(tmp_path):
    """A folder with all that a student of this course hands in; see helpers/packing.py."""
    return put_submission(tmp_path / 'tamu files', 'tamu')


@pytest.fixture
def osu(tmp_path):
    """The same of the other course."""
    return put_submission(tmp_path / 'osu files', 'osu')
