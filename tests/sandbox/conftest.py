"""What the tests of the sandbox share: arenas, in which attacks run, for each level of isolation; and a marker."""

import pytest

from instructor.sandbox import scratch
from tests.helpers import confinement


def pytest_itemcollected(item):
    item.add_marker('untrusted')


@pytest.fixture(scope='session')
def folder(tmp_path_factory):
    """A folder for all arenas, and for a copy of the interpreter where only root can reach the one that runs."""
    tmp_path_factory.getbasetemp()  # made now: an arena's tests have their temporary folders within the arena
    path = confinement.open_folder()
    yield path
    scratch.erase(path)


@pytest.fixture
def walled(folder, monkeypatch):
    """An arena with namespaces."""
    return confinement.arena('namespaces', folder, monkeypatch)


@pytest.fixture(params=['namespaces', 'limits'])
def arena(request, folder, monkeypatch):
    """An arena of each level."""
    return confinement.arena(request.param, folder, monkeypatch)
