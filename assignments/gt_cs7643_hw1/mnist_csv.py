"""The CSV files in data/: which there are, and how they are written.

Full MNIST is mnist_train.csv (60,000 rows) and mnist_test.csv (10,000); get_data.py makes them. Without these, all
works with a tenth of it, small_train.csv (6,000 rows) and small_test.csv (1,000), which are written from small.npz
when they are needed. A row is an image: its label, then its 784 pixels from 0 to 255; no header.
"""

import hashlib
import os
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import numpy as np

FOLDER = Path(__file__).resolve().parent / 'data'
COMPACT = FOLDER / 'small.npz'  # train_x, test_x: N x 784 of uint8; train_y, test_y: N of uint8
COMMAND = 'python3 get_data.py'
NUM_PIXELS = 784
ROWS_AT_ONCE = 1000


class DataError(ValueError):
    """The data cannot be read or written; the text is the one line that a user sees."""


class FullFile(NamedTuple):
    """A CSV file of the full MNIST, as it has to be."""
    name: str
    rows: int
    size: int  # bytes
    sha256: str


FULL = {'train': FullFile('mnist_train.csv', 60_000, 109_575_994,
                          'fb60bc58af4dac3554e394af262b3184479833d3cc540ff8783f274b73492d5d'),
        'test': FullFile('mnist_test.csv', 10_000, 18_289_443,
                         '51c292478d94ec3a01461bdfa82eb0885d262eb09e615679b2d69dedb6ad09e7')}
SMALL = {'train': 'small_train.csv', 'test': 'small_test.csv'}


def has_full_data(folder=None):
    """Whether both files of the full MNIST are there, and of the right size (a checksum would take a second)."""
    folder = FOLDER if folder is None else folder
    return all((folder / file.name).is_file() and (folder / file.name).stat().st_size == file.size
               for file in FULL.values())


def csv_path(split):
    """The path of the CSV file to read for 'train' or 'test': that of the full MNIST, else the small one."""
    return FOLDER / FULL[split].name if has_full_data() else small_csv_path(split)


def small_csv_path(split):
    """The path of the small CSV file for 'train' or 'test', which is written first where it is missing.

    Raises DataError where it cannot be made.
    """
    path = FOLDER / SMALL[split]
    if not path.exists():
        print(f'data/{path.name} was missing; written from {COMPACT.name}', file=sys.stderr)
        try:
            with np.load(COMPACT, allow_pickle=False) as arrays:
                contents = {path: (arrays[f'{split}_x'], arrays[f'{split}_y'])}
        except Exception as error:  # a damaged zip fails in many ways
            reason = getattr(error, 'strerror', None) or 'it is damaged'
            raise DataError(f'cannot read {COMPACT}: {reason}; put the original in its place') from None
        write_csv_files(contents)
    return path


def which_data():
    """One line on the data that csv_path gives, for people."""
    if has_full_data():
        return 'Data: the full MNIST, 60,000 images for training and validation, 10,000 for testing.'
    unused = [file.name for file in FULL.values() if (FOLDER / file.name).exists()]
    return ('Data: a SMALL part of MNIST, 6,000 images for training and validation, 1,000 for testing; results will be '
            f'worse than with all of it. For the full MNIST: {COMMAND}'
            + (f' ({", ".join(unused)} in data/ is not all of it, and is not used.)' if unused else ''))


def csv_chunks(pixels, labels):
    """The content of a CSV file, in pieces of some rows. pixels: N x 784 of uint8; labels: N integers."""
    texts = [str(value) for value in range(256)]
    for start in range(0, len(labels), ROWS_AT_ONCE):
        rows = zip(labels[start:start + ROWS_AT_ONCE].tolist(), pixels[start:start + ROWS_AT_ONCE].tolist())
        yield ''.join(f'{label},{",".join([texts[pixel] for pixel in row])}\n' for label, row in rows).encode('ascii')


def write_csv_files(contents, sha256=None, progress=None):
    """Write CSV files, all of them or none: temporary files beside them first, which are renamed at the end.

    contents: {path: (pixels, labels)}. sha256: {path: checksum}, where one is known. progress(path, rows, total) is
    called while it works. Raises DataError where a checksum is another, or a file cannot be written.
    """
    with ExitStack() as stack:
        temporaries = {}
        try:
            for path, (pixels, labels) in contents.items():
                temporary = temporaries[path] = path.with_name(f'.{path.name}.{os.getpid()}')
                stack.callback(remove, temporary)
                digest, rows = hashlib.sha256(), 0
                with open(temporary, 'wb') as file:
                    for chunk in csv_chunks(pixels, labels):
                        file.write(chunk)
                        digest.update(chunk)
                        rows = min(rows + ROWS_AT_ONCE, len(labels))
                        if progress:
                            progress(path, rows, len(labels))
                if sha256 and digest.hexdigest() != sha256[path]:
                    raise DataError(f'{path.name} would not be that of MNIST (its SHA-256 sum is not {sha256[path]}); '
                                    'nothing written')
            blocked = [path.name for path in contents if path.is_dir()]
            if blocked:
                raise DataError(f'{blocked[0]} is a folder; move it away')
            for path, temporary in temporaries.items():
                os.replace(temporary, path)
        except OSError as error:
            raise DataError(f'cannot write {path}: {error.strerror}; nothing written') from None


def remove(path):
    try:
        path.unlink(missing_ok=True)
    except OSError:
        pass  # the folder is gone or read-only: there is nothing to tidy up


def show_progress(path, rows, total):
    """Progress on a terminal: one line that is written over."""
    if sys.stderr.isatty():
        print(f'\r\033[K{path.name}: {rows} of {total} rows' if rows < total else '\r\033[K', end='', file=sys.stderr,
              flush=True)
