"""What all tests share: the project's folder on the import path, and the mark of the core's tests."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


def pytest_configure(config):
    config.addinivalue_line('markers', 'core: the modules, the data and first epochs; tested on the oldest numpy as well')
