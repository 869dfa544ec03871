"""All tests of this folder are of untrusted work, but those of records and of right and wrong functions.

These train for minutes, or compare numbers of many functions, on any Python alike.
"""
from tests.helpers.record_judging import runs

__all__ = ['runs']  # a fixture


def pytest_itemcollected(item):
    if 'runs' not in item.fixturenames and item.path.name not in ('test_functions.py', 'test_functions_and_checker.py'):
        item.add_marker('untrusted')
