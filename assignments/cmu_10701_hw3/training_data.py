"""The 4000 digits: the two CSV files of training_data_student/, written where they are missing, read and checked.

Import this before numpy: it also keeps BLAS to one thread (see below).
"""

import os
import sys
import warnings
from pathlib import Path

# BLAS, which multiplies numpy's matrices, starts a thread for each core when numpy is imported. For matrices as small
# as ours these mostly wait for each other. So it gets one, unless you have set any of these yourself.
THREADS = 'OPENBLAS_NUM_THREADS', 'OMP_NUM_THREADS', 'MKL_NUM_THREADS', 'VECLIB_MAXIMUM_THREADS'
if not any(map(os.environ.get, THREADS)):
    os.environ.update(dict.fromkeys(THREADS, '1'))

try:
    import numpy as np
except ImportError:
    print(f'{os.path.basename(sys.argv[0])} needs numpy: "{sys.executable}" -m pip install numpy', file=sys.stderr)
    sys.exit(2)

FOLDER = Path(__file__).resolve().parent / 'training_data_student'
COMPACT = FOLDER / 'digits.npz'  # train_x, test_x: N x 784 of uint8; train_y, test_y: N of uint8
SIZES = {'train': 3000, 'test': 1000}
NUM_PIXELS = 784
NUM_CLASSES = 10


class DataError(ValueError):
    """The data cannot be read or written; the text is the one line that a user sees."""


def read_split(name):
    """One of the two splits, 'train' or 'test': X, N x 784 floats from 0 to 1, and Y, N integers from 0 to 9.

    Reads <name>.csv, and writes it first where it is missing. Raises DataError where either fails.
    """
    path = FOLDER / f'{name}.csv'
    if not path.exists():
        write_whole(path, csv_bytes(*_read_compact(name)))
        print(f'{FOLDER.name}/{path.name} was missing; written from {COMPACT.name}', file=sys.stderr)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('error')  # of an empty file, loadtxt only warns
            table = np.loadtxt(path, delimiter=',', ndmin=2)
    except OSError as error:
        raise DataError(f'cannot read {path}: {error.strerror}') from None
    except (ValueError, Warning):
        table = np.empty((0, 0))
    if not _is_split(table, SIZES[name]):
        raise DataError(f'{path} is not what it was; delete it, and it will be written anew')
    return table[:, :-1].copy(), table[:, -1].astype(np.int64)


def _is_split(table, size):
    if table.shape != (size, NUM_PIXELS + 1):
        return False
    pixels, labels = table[:, :-1], table[:, -1]
    return bool(pixels.min() >= 0 and pixels.max() <= 1 and np.all(np.isin(labels, range(NUM_CLASSES))))


def csv_bytes(pixels, labels):
    """A CSV file: a row for each image, its 784 pixels divided by 255 and its label, with two decimals each.

    pixels: N x 784 of uint8; labels: N integers. Commas between the numbers, line feeds between the rows, none at the
    end.
    """
    decimals = [f'{value / 255:.2f}' for value in range(256)]
    rows = (','.join([*(decimals[pixel] for pixel in row), f'{label:.2f}'])
            for row, label in zip(pixels.tolist(), labels.tolist()))
    return '\n'.join(rows).encode('ascii')


def _read_compact(name):
    try:
        with np.load(COMPACT) as arrays:
            return arrays[f'{name}_x'], arrays[f'{name}_y']
    except Exception as error:  # a damaged zip fails in many ways
        reason = getattr(error, 'strerror', None) or 'it is damaged'
        raise DataError(f'cannot read {COMPACT}: {reason}; put the original in its place') from None


def write_whole(path, content):
    """Write bytes to path, whole or not at all: a temporary file beside it, then a rename."""
    temporary = path.with_name(f'.{path.name}.{os.getpid()}')
    try:
        temporary.write_bytes(content)
        os.replace(temporary, path)
    except OSError as error:
        raise DataError(f'cannot write {path}: {error.strerror}') from None
    finally:
        try:
            temporary.unlink(missing_ok=True)
        except OSError:
            pass  # the folder is gone or read-only: there is nothing to tidy up
