"""The data that goes into the four networks: data_loader_mnist reads it, a DataSplit hands it out in mini-batches.

This file is also the first that imports numpy: it gives numpy one thread, or says how to install it.
"""

import json
import os
import sys
import warnings
from pathlib import Path

from common import how_to_install

# BLAS, which multiplies numpy's matrices, starts a thread for each core when numpy is imported. For matrices as small
# as ours these only wait for each other: ten times the processor time, and more where several scripts run at once.
# So it gets one, unless you have set any of these yourself. The mains import this file before numpy for that reason.
THREADS = 'OPENBLAS_NUM_THREADS', 'OMP_NUM_THREADS', 'MKL_NUM_THREADS', 'VECLIB_MAXIMUM_THREADS'
if not any(map(os.environ.get, THREADS)):
    os.environ.update(dict.fromkeys(THREADS, '1'))

try:
    import numpy as np
except ImportError:
    script = os.path.basename(sys.argv[0])
    print(f'{script} needs numpy; in its folder, run: {how_to_install("numpy", then=script)}', file=sys.stderr)
    sys.exit(2)

NUM_PIXELS = 784
NUM_CLASSES = 10


class InputError(ValueError):
    """Something given to a script is wrong; the text is the one line that its user sees."""


def data_loader_mnist(dataset='mnist_subset.json'):
    """Read {"train": [X, Y], "valid": [X, Y], "test": [X, Y]}; a relative path is looked up beside this file.

    Returns Xtrain, Ytrain, Xvalid, Yvalid, Xtest, Ytest: X of N x 784 floats in [0, 1], Y of N x 1 integers 0 to 9.
    Raises InputError where the file cannot be read, or does not hold this.
    """
    path = Path(__file__).resolve().parent / dataset
    if path.exists() and not path.is_file():  # to open a pipe would take for ever
        raise InputError(f'the data file {path} is no plain file; put the original in its place')
    try:
        with open(path, encoding='utf-8') as file:
            data = json.load(file)
    except OSError as error:
        raise InputError(f'cannot read the data file {path}: {error.strerror}; put {path.name} there') from None
    except (ValueError, RecursionError):
        raise InputError(f'the data file {path} is not JSON; put the original back') from None

    splits = []
    for key in ('train', 'valid', 'test'):
        try:
            X, Y = data.pop(key)
        except (KeyError, ValueError, TypeError, AttributeError):
            raise InputError(f'the data file {path} has no "{key}": [X, Y]; put the original back') from None
        try:
            splits += _check_split(X, Y)
        except InputError as error:
            raise InputError(f'"{key}" in the data file {path}: {error}; put the original back') from None
    return tuple(splits)


def _check_split(X, Y):
    """The lists X and Y of one split as arrays, N x 784 and N x 1; InputError where they are something else."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('error')  # numpy before 1.24 only warns of rows that differ in length
            X, Y = np.array(X), np.array(Y)
    except (ValueError, Warning):
        raise InputError('X and Y must be tables of numbers, with rows of one length') from None
    if X.dtype.kind not in 'iuf' or Y.dtype.kind not in 'iuf':
        raise InputError('X and Y must be tables of numbers, without text or null')
    if X.ndim != 2 or X.shape[1] != NUM_PIXELS or len(X) == 0:
        raise InputError(f'X has shape {X.shape}, expected N x {NUM_PIXELS}')
    if Y.shape != (len(X),):
        raise InputError(f'X has {len(X)} rows, but Y has shape {Y.shape}, expected ({len(X)},)')
    if not (np.min(X) >= 0 and np.max(X) <= 1):  # a NaN fails both
        raise InputError('a pixel in X is not a number from 0 to 1')
    if not np.all(np.isin(Y, range(NUM_CLASSES))):
        raise InputError(f'a label in Y is not a whole number from 0 to {NUM_CLASSES - 1}')
    return X.astype(np.float64), Y.astype(np.int64).reshape(-1, 1)


class DataSplit:
    """The examples X and labels Y of one split, N of each, handed out in mini-batches."""

    # Examples at a time where nothing is learned from them, by the number of axes of X: linear layers are fastest with
    # many rows (2 axes), conv layers with what the caches hold of the images between them (4 axes).
    EVALUATION_SIZE = {2: 250, 4: 10}

    def __init__(self, X, Y):
        self.X = X
        self.Y = Y
        self.N = len(X)

    def minibatches(self, size, order):
        """Yield (x, y) of `size` examples each, in the given order of indices; an incomplete last one is left out."""
        for start in range(0, self.N - size + 1, size):
            indices = order[start:start + size]
            yield self.X[indices], self.Y[indices]

    def evaluation_batches(self, size):
        """Yield (x, y) for the examples that whole mini-batches of `size` cover, in order, more at a time."""
        covered = self.N // size * size
        step = self.EVALUATION_SIZE[self.X.ndim]
        for start in range(0, covered, step):
            end = min(start + step, covered)
            yield self.X[start:end], self.Y[start:end]


def predict_label(scores):
    """The label with the highest score of each example: N x K -> N x 1; the first of equal ones."""
    return np.argmax(scores, axis=1).reshape(-1, 1)
