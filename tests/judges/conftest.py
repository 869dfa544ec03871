"""All tests of this folder are of untrusted work, but test_records: it trains for minutes, on any Python alike."""


def pytest_itemcollected(item):
    if item.path.name != 'test_records.py':
        item.add_marker('untrusted')
