"""The inputs of the public tests, and how results are compared with what is expected of them."""

from pathlib import Path

import numpy as np

from hw3_sol import init_linear_params

SEED = 10701
RTOL, ATOL = 1e-7, 1e-8
DATA = Path(__file__).resolve().parent / 'data'
LABELS = np.array([7, 6, 4, 5, 1, 5, 2, 5, 8, 2])
TRAINING = {'num_epoch': 40, 'learning_rate': 0.01, 'batch_size': 50}


def linear_inputs():
    """x, 10 x 20; g, 10 x 5; initial parameters, 20 x 5 and 1 x 5."""
    np.random.seed(SEED)
    x = np.random.uniform(-5, 5, (10, 20))
    g = np.random.uniform(-2, 2, (10, 5))
    return x, g, init_linear_params(20, 5)


def sigmoid_inputs():
    """x and g, 10 x 20 each."""
    np.random.seed(SEED)
    return np.random.uniform(-5, 5, (10, 20)), np.random.uniform(-2, 2, (10, 20))


def relu_inputs():
    """The same, with a 0 in x, where the derivative is taken as 0."""
    x, g = sigmoid_inputs()
    x[0, 0] = 0
    return x, g


def loss_inputs():
    """Scores, 10 x 10, and as many labels."""
    np.random.seed(SEED)
    return np.random.uniform(-5, 5, (10, 10)), LABELS


def network_params():
    """Initial parameters of the two linear layers, 784 to 256 and 256 to 10."""
    np.random.seed(SEED)
    return init_linear_params(784, 256), init_linear_params(256, 10)


def expected(name):
    """The expected results of one test file, from data/<name>.npz: a dict of arrays."""
    with np.load(DATA / f'{name}.npz') as arrays:
        return dict(arrays)


def check(test, what, actual, wanted):
    """Fail the test, with a line that says how, where `actual` is not the array `wanted` within the tolerances."""
    complaint = difference(actual, wanted)
    if complaint:
        test.fail(f'{what} {complaint}')


def difference(actual, wanted):
    """How an array differs from the one that is wanted, in a line, or None."""
    if actual is None:
        return 'is None: is a return missing, or was nothing stored?'
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
    if factor == 0 or not np.allclose(actual, factor * wanted, rtol=1e-6, atol=ATOL):
        return ''
    return f'; all are {factor:.4g} times what is expected: check signs, and where you divide by the size of the batch'
