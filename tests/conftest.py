"""What all tests share: the folder of the project on the path, the mark of the core's tests, a copy of the scripts."""

import sys
from pathlib import Path

import pytest

import project_copy

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


def pytest_configure(config):
    config.addinivalue_line('markers', 'core: modules, data, first epochs; .ci/run tests them on the oldest numpy too')


@pytest.fixture
def project(tmp_path):
    """A copy of the shell scripts with stand-ins for the mains; see project_copy.py."""
    return project_copy.make(tmp_path)
