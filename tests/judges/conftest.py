"""All tests of this folder are of untrusted work, but those of records: they train for minutes, on any Python alike."""
from tests.helpers.record_judging import runs

__all__ = ['runs']  # a fixture


def pytest_itemcollected(item):
    if 'runs' not in item.fixturenames:
        item.add_marker('untrusted')
