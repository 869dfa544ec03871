"""Compares the seven result files of a run with the reference records, number by number.

    python3 -m instructor.compare [DIR] [--reference DIR]

A line for each file. Exit status: 0 if all are equal, 1 if not, 2 if a folder cannot be used.
"""

import sys
from pathlib import Path

from common import OneLineParser
from records import first_difference, read_file, read_reference

REFERENCE = Path(__file__).resolve().parent / 'mlp_cnn' / 'reference'


def compare_file(path, expected):
    """Compare a result file with its reference record: (whether they are equal, what to say about it)."""
    try:
        difference = first_difference(read_file(path), expected, tolerance=0, whole=True)
    except FileNotFoundError:
        return False, 'missing'
    except OSError as error:
        return False, f'cannot be read: {error.strerror}'
    except ValueError as error:
        return False, f'malformed: it {error}'
    if difference is None:
        return True, f'equal at all {len(expected["train"])} epochs'
    epoch, key, got, wanted = ('nothing' if value is None else value for value in difference)
    return False, f'first differs at epoch {epoch} of "{key}": expected {wanted}, got {got}'


def main():
    parser = OneLineParser(prog='python3 -m instructor.compare', advice='; see --help',
                           description=__doc__.partition('\n')[0])
    parser.add_argument('folder', nargs='?', type=Path, default=Path(), metavar='DIR',
                        help='where the result files are (default: the current folder)')
    parser.add_argument('--reference', type=Path, default=REFERENCE, metavar='DIR', help='where the references are')
    options = parser.parse_args()
    try:
        if not options.folder.is_dir():
            raise ValueError(f'{options.folder} is not a folder')
        references = read_reference(options.reference)
    except ValueError as error:
        parser.exit(2, f'{parser.prog}: {error}\n')

    results = [(name, *compare_file(options.folder / name, expected)) for name, expected in references.items()]
    for name, _, text in results:
        print(f'{name}: {text}')
    num_equal = sum(equal for _, equal, _ in results)
    print(f'{num_equal} of {len(results)} records equal the reference')
    return 0 if num_equal == len(results) else 1


if __name__ == '__main__':
    sys.exit(main())
