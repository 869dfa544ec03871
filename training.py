"""What the four mains share besides the training itself: reading options and recording results.

Options:  run_main reads them from the command line and calls a main; check_options checks them
Record:   Tally adds up an evaluation; Record prints the results of each epoch and writes the result file
"""

import argparse
import json
import math
import os
import sys
import tempfile
import time
from pathlib import Path

from common import OneLineParser, write_whole
from data_loader import InputError, predict_label

import numpy as np

RANDOM_SEED = 2  # of this term: the expected accuracies are those of runs with this seed

# ---- options ---------------------------------------------------------------------------------------------------------


def _number(text):
    """The number in a text, or the text itself if it is not a number: check_options says what was expected."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text


def run_main(main, learning_rate, dropout_rate):
    """Call main(main_params) with the options of the command line, and end the script with its exit status.

    learning_rate, dropout_rate: the defaults of this script. A fault that the user can correct gets one line.
    """
    parser = OneLineParser(description=main.__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter,
                           allow_abbrev=False)
    parser.advice = f'; see python3 {parser.prog} --help'
    parser.add_argument('--random_seed', type=_number, default=RANDOM_SEED, help='fixes every random draw of the run')
    parser.add_argument('--learning_rate', type=_number, default=learning_rate, help='step size of SGD, > 0')
    parser.add_argument('--alpha', type=_number, default=0.0, help='momentum, in [0, 1); 0 is none')
    parser.add_argument('--lambda', type=_number, default=0.0, help='weight decay, >= 0; 0 is none')
    parser.add_argument('--dropout_rate', type=_number, default=dropout_rate, help='share dropped, in [0, 1)')
    parser.add_argument('--num_epoch', type=_number, default=30, help='passes over the training set')
    parser.add_argument('--minibatch_size', type=_number, default=5, help='examples in a step of SGD')
    main_params = vars(parser.parse_args())

    try:
        # If a run diverges, Record.step says so; numpy's warnings before that would only distract.
        with np.errstate(over='ignore', invalid='ignore'):
            main(main_params)
    except InputError as error:
        sys.exit(_report(parser.prog, error, 2))
    except NotImplementedError as error:
        blank = str(error) or 'a function that this script needs'
        sys.exit(_report(parser.prog, f'{blank} is not written yet: write it, then run this again', 1))
    except KeyboardInterrupt:
        sys.exit(_report(parser.prog, 'stopped before the end, no result file written', 130))


def _report(prog, message, status):
    clear_line = '\r\033[K' if sys.stderr.isatty() else ''
    print(f'{clear_line}{prog}: {message}', file=sys.stderr)
    return status


def check_options(main_params):
    """Raise InputError if an option is missing or out of range."""
    ranges = {
        'random_seed': (int, lambda value: 0 <= value < 2 ** 32, 'a whole number from 0 to 4294967295'),
        'learning_rate': (float, lambda value: 0 < value < math.inf, 'a finite number > 0'),
        'alpha': (float, lambda value: 0 <= value < 1, 'a number >= 0 and < 1'),
        'lambda': (float, lambda value: 0 <= value < math.inf, 'a finite number >= 0'),
        'dropout_rate': (float, lambda value: 0 <= value < 1, 'a number >= 0 and < 1'),
        'num_epoch': (int, lambda value: value >= 1, 'a whole number >= 1'),
        'minibatch_size': (int, lambda value: value >= 1, 'a whole number >= 1'),
    }
    for name, (kind, in_range, wanted) in ranges.items():
        value = main_params.get(name)
        is_number = isinstance(value, (int, float) if kind is float else int) and not isinstance(value, bool)
        if not (is_number and in_range(value) and abs(value) <= sys.float_info.max):
            raise InputError(f'--{name} must be {wanted}, not {str(value)[:30]}')


# ---- record ----------------------------------------------------------------------------------------------------------


class Tally:
    """Adds up the batches of one evaluation."""

    def __init__(self):
        self.num_examples = 0
        self.num_correct = 0
        self.sum_loss = 0.0

    def add(self, scores, labels, loss=0.0):
        """Count one batch: its scores, N x K; labels, N x 1; and mean loss."""
        self.num_examples += len(labels)
        self.num_correct += int(np.sum(predict_label(scores) == labels))
        self.sum_loss += len(labels) * loss

    def accuracy(self):
        return self.num_correct / self.num_examples

    def mean_loss(self):
        return self.sum_loss / self.num_examples


class Record:
    """Prints the results of each epoch, and writes the result file {"train": [...], "val": [...]}.

    The file is in the current folder and named after the options, such as MLP_lr0.01_m0.0_w0.0_d0.0.json. Raises
    InputError before any training if mini-batches are larger than a split, or the file cannot be written.
    """

    def __init__(self, prefix, main_params, trainSet, valSet):
        size = main_params['minibatch_size']
        smaller = min(trainSet.N, valSet.N)
        if size > smaller:
            raise InputError(f'--minibatch_size {size} is larger than a data split; take at most {smaller}')
        options = {'lr': 'learning_rate', 'm': 'alpha', 'w': 'lambda', 'd': 'dropout_rate'}
        name = '_'.join([prefix] + [f'{short}{float(main_params[option])}' for short, option in options.items()])
        self.path = Path(f'{name}.json')
        self._check_writable()

        self.accuracies = {'train': [], 'val': []}
        self.epoch = 0
        self._learning_rate = main_params['learning_rate']
        self._on_terminal = sys.stderr.isatty()
        self._num_steps = main_params['num_epoch'] * (trainSet.N // size)
        self._step = 0
        self._started = time.monotonic()
        self._shown = -math.inf

    def _check_writable(self):
        try:
            if self.path.is_dir():
                raise InputError(f'{self.path} is a folder: move it away, the results are written under this name')
            with tempfile.TemporaryFile(dir=os.curdir):
                pass
        except OSError as error:
            raise InputError(f'cannot write into the current folder: {error.strerror}; change to another one') from None

    def begin_epoch(self):
        self.epoch += 1
        self._print(f'At epoch {self.epoch}')

    def step(self, loss, learning_rate):
        """Call this after each training step. Raises InputError if the loss is no longer finite."""
        self._learning_rate = learning_rate
        self._check_finite(loss)
        self._step += 1
        now = time.monotonic()
        if self._on_terminal and now - self._shown > 0.2:
            self._shown = now
            left = round((now - self._started) * (self._num_steps - self._step) / self._step)
            print(f'\r\033[K  {self._step / self._num_steps:.0%} of {self._num_steps} steps, '
                  f'about {left // 60}:{left % 60:02} left', end='', file=sys.stderr, flush=True)

    def _check_finite(self, loss):
        if not math.isfinite(loss):
            raise InputError(f'the loss is not finite any more at epoch {self.epoch}, with learning rate '
                             f'{self._learning_rate}: take a smaller one, or a smaller --lambda')

    def end_epoch(self, train, val):
        """train, val: the Tally of each evaluation. Raises InputError if the training loss is not finite."""
        self._check_finite(train.mean_loss())
        self._print(f'Training loss at epoch {self.epoch} is {train.mean_loss()}')
        self._print(f'Training accuracy at epoch {self.epoch} is {train.accuracy()}')
        self._print(f'Validation accuracy at epoch {self.epoch} is {val.accuracy()}')
        self.accuracies['train'].append(train.accuracy())
        self.accuracies['val'].append(val.accuracy())

    def write(self):
        """Write the result file, completely or not at all."""
        try:
            write_whole(self.path, json.dumps(self.accuracies).encode())
        except OSError as error:
            raise InputError(f'cannot write {self.path}: {error.strerror}') from None
        self._print('Finish running!')

    def _print(self, line):
        if self._on_terminal:
            print('\r\033[K', end='', file=sys.stderr, flush=True)
        try:
            print(line, flush=True)
        except OSError as error:
            # Further attempts, such as the interpreter's own when it ends, would fail too.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise InputError(f'cannot print the results any more ({error.strerror}); stopped before the end') from None
