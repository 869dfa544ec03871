"""What the tests of the student's side share."""

import shutil

import pytest

from tests.helpers.reference import REFERENCE


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """A current folder that holds the seven result files."""
    folder = tmp_path / 'my runs'
    folder.mkdir()
    for path in REFERENCE.glob('*.json'):
        shutil.copy(path, folder)
    monkeypatch.chdir(folder)
    return folder
