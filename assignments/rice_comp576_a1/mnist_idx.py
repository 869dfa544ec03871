"""Reads the four IDX files of MNIST, as they are or as .gz, from the layout in which torchvision keeps them.

IDX (http://yann.lecun.com/exdb/mnist/), all numbers big-endian: two zero bytes, the type (8: unsigned bytes), the
number of dimensions, the length of each dimension (4 bytes each), then the data.
"""

import gzip
import math
import zlib
from pathlib import Path

import numpy as np

# The unpacked files: images and labels of both splits, with the MD5 sum of each.
FILES = {
    'train': {'train-images-idx3-ubyte': '6bbc9ace898e44ae57da46a324031adb',
              'train-labels-idx1-ubyte': 'a25bea736e30d166cdddb491f175f624'},
    'test': {'t10k-images-idx3-ubyte': '2646ac647ad5339dbf082846283269ea',
             't10k-labels-idx1-ubyte': '27ae3e4e09519cfbb04c329615203637'},
}
TORCHVISION_FOLDER = Path('MNIST', 'raw')  # below the folder that torchvision.datasets.MNIST is given


class MnistError(ValueError):
    """The data are missing or damaged; the text is the one line that a user sees."""


def idx_path(folder, name):
    """The path of an IDX file in a folder, packed or not; None where it is missing."""
    for candidate in (name, f'{name}.gz'):
        if (Path(folder) / candidate).is_file():
            return Path(folder) / candidate
    return None


def read_idx(folder, name):
    """The array of an IDX file of unsigned bytes, or of name.gz. Raises MnistError where it is missing or damaged."""
    path = idx_path(folder, name)
    if path is None:
        raise MnistError(f'{folder}: {name} (or {name}.gz) is missing; put it beside the others')
    try:
        raw = path.read_bytes()
        if raw[:2] == b'\x1f\x8b':  # by content, not by name: browsers unpack a download and keep its .gz
            raw = gzip.decompress(raw)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, 'strerror', None) or f'damaged gzip file ({error})'
        raise MnistError(f'{path}: cannot be read: {reason}; get the file anew') from None
    num_dims = raw[3] if len(raw) > 3 and raw[:3] == b'\x00\x00\x08' else 0
    header = 4 * (1 + num_dims)
    shape = [int.from_bytes(raw[start:start + 4], 'big') for start in range(4, header, 4)]
    if not num_dims or len(raw) - header != math.prod(shape):
        raise MnistError(f'{path}: is not a whole IDX file ({len(raw)} bytes); get the file anew')
    return np.frombuffer(raw, dtype=np.uint8, offset=header).reshape(shape)
