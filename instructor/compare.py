"""Compares the seven result files of a run with the reference records, number by number.

    python3 -m instructor.compare [DIR] [--reference DIR]

A line for each file. Exit status: 0 if all are equal, 1 if not, 2 if a folder cannot be used.
"""

import argparse
import sys
from itertools import zip_longest
from pathlib import Path

from plot_curves import parse_record

REFERENCE = Path(__file__).resolve().parent / 'mlp_cnn' / 'reference'


def read_record(path):
    """The record {"train": [...], "val": [...]} in a result file, each a list of accuracies in [0, 1].

    Raises ValueError, with the reason, where the file holds something else, and OSError where it cannot be read.
    """
    return parse_record(path.read_bytes())


def first_difference(record, expected):
    """The first epoch where two records differ, as (epoch, key, expected, got), or None where they are equal.

    A value is None where its list ends before that epoch.
    """
    differences = [(epoch, key, wanted, got)
                   for key in ('train', 'val')
                   for epoch, (wanted, got) in enumerate(zip_longest(expected[key], record[key]), start=1)
                   if wanted != got]
    return min(differences, key=lambda difference: difference[0], default=None)


def compare_file(path, expected):
    """Compare a result file with its reference record: (whether they are equal, what to say about it)."""
    try:
        difference = first_difference(read_record(path), expected)
    except FileNotFoundError:
        return False, 'missing'
    except OSError as error:
        return False, f'cannot be read: {error.strerror}'
    except ValueError as error:
        return False, f'malformed: {error}'
    if difference is None:
        return True, f'equal at all {len(expected["train"])} epochs'
    epoch, key, wanted, got = ('nothing' if value is None else value for value in difference)
    return False, f'first differs at epoch {epoch} of "{key}": expected {wanted}, got {got}'


def read_reference(folder):
    """The reference records in a folder, by file name. Raises ValueError where there are none, or one is malformed."""
    records = {}
    for path in sorted(folder.glob('*_lr*.json')):
        try:
            records[path.name] = read_record(path)
        except (OSError, ValueError) as error:
            raise ValueError(f'the reference {path}: {error}') from None
    if not records:
        raise ValueError(f'no reference records (*_lr*.json) in {folder}')
    return records


def main():
    parser = argparse.ArgumentParser(prog='python3 -m instructor.compare', description=__doc__.partition('\n')[0])
    parser.add_argument('folder', nargs='?', type=Path, default=Path(), metavar='DIR',
                        help='where the result files are (default: the current folder)')
    parser.add_argument('--reference', type=Path, default=REFERENCE, metavar='DIR', help='where the references are')
    parser.error = lambda message: parser.exit(2, f'{parser.prog}: {message}; see --help\n')  # type: ignore[method-assign]
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
