"""Records of training: reads result files, says what is wrong with one, and compares two records.

A record is {'train': [...], 'val': [...]}: the accuracies on the training and on the validation set after each epoch.
"""

import contextlib
import json
from itertools import zip_longest
from pathlib import Path

TOLERANCE = 0.002  # of an accuracy: adding up in another order may change two of the 1000 validation images


def read_result(text, num_epochs=None):
    """The record in the text of a result file. Raises ValueError, which says what is wrong with it.

    num_epochs: how many it has to hold; None for any number.
    """
    try:
        # A float takes any number of digits; a tuple of pairs shows keys that occur twice.
        record = json.loads(text, parse_int=float, object_pairs_hook=tuple)
    except (ValueError, RecursionError):
        raise ValueError('is not JSON') from None
    if not isinstance(record, tuple) or sorted(key for key, _ in record) != ['train', 'val']:
        raise ValueError('has to hold the two lists "train" and "val", once each, and nothing else')
    for key, values in record:
        if not isinstance(values, list) or len(values) != (num_epochs or max(len(values), 1)):
            many = f'{len(values)} number{"s"[:len(values) != 1]}' if isinstance(values, list) else 'no list'
            raise ValueError(f'"{key}" has {many}, not the accuracies of {num_epochs or "all"} epochs')
        for epoch, value in enumerate(values, start=1):
            if type(value) is not float or not 0 <= value <= 1:
                what = {list: 'a list', tuple: 'an object'}.get(type(value)) or repr(value)[:30]
                raise ValueError(f'"{key}" has {what} at epoch {epoch}, not a number from 0 to 1')
    record = dict(record)
    if len(record['train']) != len(record['val']):
        raise ValueError(f'"train" has {len(record["train"])} epochs, but "val" has {len(record["val"])}')
    return record


def read_file(path):
    """The record in a result file, of any number of epochs. Raises ValueError as read_result does, and OSError."""
    return read_result(Path(path).read_bytes().decode('utf-8-sig', errors='replace'))


def read_reference(folder):
    """The reference records in a folder, by file name. Raises ValueError if there are none, or one is malformed."""
    records = {}
    for path in sorted(folder.glob('*_lr*.json')):
        try:
            records[path.name] = read_file(path)
        except (OSError, ValueError) as error:
            raise ValueError(f'the reference {path} {error}') from None
    if not records:
        raise ValueError(f'no reference records (*_lr*.json) in {folder}')
    return records


def differ(accuracy, other, tolerance=TOLERANCE):
    """Whether two accuracies differ by more than the tolerance."""
    return abs(accuracy - other) > tolerance * (1 + 1e-6)  # room for rounding


def first_difference(record, other, tolerance=TOLERANCE, whole=False):
    """(epoch, 'train' or 'val', value, other value) where two records first differ by more than the tolerance, or None.

    They are compared as far as both go. whole: if one goes further, that is a difference too, with None as the value of
    the other.
    """
    together = zip_longest if whole else zip
    differences = [(epoch, key, *values) for key in ('train', 'val')
                   for epoch, values in enumerate(together(record[key], other[key]), start=1)
                   if None in values or differ(*values, tolerance)]
    return min(differences, key=lambda difference: difference[0], default=None)


def known_runs(folder):
    """The runs of the assignment in a folder: name of a result file -> {'title': 'Q3.3', 'script': 'q33.sh', ...}.

    A handout has them in course.json; the teacher's copy has assignment.json, from which that is made. The result is
    empty if neither file is there, or it is damaged.
    """
    with contextlib.suppress(OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        runs = json.loads((folder / 'course.json').read_text(encoding='utf-8-sig'))['runs']
        return {run['result']: run for run in runs.values()}
    with contextlib.suppress(OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        questions = json.loads((folder / 'assignment.json').read_text(encoding='utf-8-sig'))['questions']
        return {question['run']['result']: {**question['run'], 'title': question['title']}
                for question in questions if 'run' in question}
    return {}
