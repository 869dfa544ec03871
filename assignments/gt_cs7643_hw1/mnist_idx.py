"""Reads MNIST from the files that it is published in, or that torchvision or Keras keep on a machine, and checks it.

    read_mnist(Path('folder'))      a folder with the four IDX files, each with or without .gz; also the folder above
                                    MNIST/raw, as torchvision lays them out; also a folder with Keras' mnist.npz
    on_this_machine()               the folders where torchvision and Keras may have left them

IDX (http://yann.lecun.com/exdb/mnist/), all numbers big-endian: the magic number 0x0800 + number of dimensions, the
length of each dimension (4 bytes each), then the data, unsigned bytes. Nothing here belongs to this assignment alone.
"""

import gzip
import hashlib
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
KERAS_FILE = 'mnist.npz'  # holds x_train, y_train, x_test, y_test
TORCHVISION_FOLDER = Path('MNIST', 'raw')  # below the folder that torchvision.datasets.MNIST is given


class MnistError(ValueError):
    """The data are missing or damaged; the text is the one line that a user sees."""


def read_mnist(folder, split):
    """The images and labels of one split, 'train' or 'test', from whichever of the known files a folder holds.

    Returns uint8 arrays, N x 28 x 28 and N: 60,000 or 10,000 examples, checked by their MD5 sums. Raises MnistError.
    """
    kind, place = find(folder)
    if kind == 'keras':
        arrays = read_keras(place, split)
    else:
        arrays = tuple(read_idx(place, name) for name in FILES[split])
    for array, (name, md5) in zip(arrays, FILES[split].items()):
        if idx_md5(array) != md5:
            raise MnistError(f'{place}: {name} is not that of MNIST (its MD5 sum is not {md5}); get the file anew')
    return arrays


def find(folder):
    """What a folder holds: ('idx', folder with the IDX files) or ('keras', file). Raises MnistError for neither."""
    folder = Path(folder).expanduser()
    if not folder.is_dir():
        raise MnistError(f'{folder}: no such folder; unpack an archive first')
    for place in (folder, folder / TORCHVISION_FOLDER, folder / 'raw'):
        if any(idx_path(place, name) for names in FILES.values() for name in names):
            return 'idx', place
    if (folder / KERAS_FILE).is_file():
        return 'keras', folder / KERAS_FILE
    raise MnistError(f'{folder}: holds none of the files of MNIST, {", ".join(FILES["train"])}, ... (each also as .gz) '
                     f'or {KERAS_FILE}')


def on_this_machine():
    """Folders in which Keras and torchvision may have left MNIST, those that hold it: a list of Path."""
    candidates = [Path('~/.keras/datasets'), Path('.'), Path('data'), Path('~'), Path('~/data'), Path('~/datasets'),
                  Path('~/.cache/torch/datasets')]
    found = []
    for candidate in candidates:
        try:
            find(candidate)
            found.append(candidate.expanduser())
        except (MnistError, OSError, RuntimeError):  # RuntimeError: this user has no home
            pass
    return found


def idx_path(folder, name):
    """The path of an IDX file in a folder, packed or not; None where it is missing. Names with a dot are known too."""
    for candidate in (name, f'{name}.gz', name.replace('-idx', '.idx'), name.replace('-idx', '.idx') + '.gz'):
        if (folder / candidate).is_file():
            return folder / candidate
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


def read_keras(path, split):
    """The same two arrays from the file that keras.datasets.mnist.load_data() leaves."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return arrays[f'x_{split}'].astype(np.uint8), arrays[f'y_{split}'].astype(np.uint8)
    except Exception as error:  # a damaged zip fails in many ways
        raise MnistError(f'{path}: cannot be read ({error}); delete it, and have Keras get it anew') from None


def idx_bytes(array):
    """The IDX file that holds an array of unsigned bytes."""
    header = b'\x00\x00\x08' + bytes([array.ndim]) + b''.join(length.to_bytes(4, 'big') for length in array.shape)
    return header + array.tobytes()


def idx_md5(array):
    """The MD5 sum of the IDX file that holds an array of unsigned bytes."""
    return hashlib.md5(idx_bytes(array), usedforsecurity=False).hexdigest()
