"""What the public tests share: arrays that are expected, and how others are compared with them."""

from pathlib import Path

import numpy as np

DATA = Path(__file__).resolve().parent / 'data'
RTOL, ATOL = 1e-6, 1e-9


def expected(name):
    """The arrays of tests/data/<name>.npz, as a dict."""
    with np.load(DATA / f'{name}.npz', allow_pickle=False) as arrays:
        return dict(arrays)


def check(test, what, actual, wanted):
    """Fail the test, with a line that says how, where `actual` is not the array `wanted` within the tolerances."""
    complaint = difference(actual, np.asarray(wanted))
    if complaint:
        test.fail(f'{what} {complaint}')


def difference(actual, wanted):
    """How an array differs from the one that is wanted, in a line, or None."""
    if actual is None:
        return 'is None: is a return missing?'
    try:
        actual = np.asarray(actual, dtype=float)
    except (TypeError, ValueError):
        return f'is no array of numbers, but a {type(actual).__name__}'
    if actual.shape != wanted.shape:
        return f'has shape {actual.shape}; expected {wanted.shape}'
    wrong = ~np.isclose(actual, wanted, rtol=RTOL, atol=ATOL)
    if not wrong.any():
        return None
    first = tuple(int(index) for index in np.argwhere(wrong)[0])
    where = f'[{", ".join(map(str, first))}] ' if first else ''
    share = f'; {int(wrong.sum())} of {wanted.size} entries differ' if wanted.size > 1 else ''
    return f'{where}is {actual[first]:.10g}, expected {wanted[first]:.10g}{share}{_factor(actual, wanted)}'


def _factor(actual, wanted):
    """A hint where all entries are off by one factor, such as the size of the batch."""
    large = np.abs(wanted) > 1e-6
    if not large.any() or not np.isfinite(actual).all():
        return ''
    factor = np.median(actual[large] / wanted[large])
    if factor == 0 or not np.allclose(actual, factor * wanted, rtol=RTOL, atol=ATOL):
        return ''
    return f'; all are {factor:.4g} times what is expected: check signs, and where you divide by the size of the batch'
