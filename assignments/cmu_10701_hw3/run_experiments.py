"""Trains the five networks of Section 5.6, (a) to (e), prints their accuracies and draws their learning curves.

    python3 run_experiments.py [--only a b ...] [--epochs N] [--curves FILE.png]

The curves need matplotlib; where that is missing, all else is done without it.
"""

import argparse
import io
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import training_data  # before numpy: see there
from hw3_lib import Linear, ReLU, Sigmoid
from hw3_sol import MultiLayerPerceptron, define_network, init_linear_params, load_data, train_network


class Experiment(NamedTuple):
    """One of the five: sizes of the hidden layers, their activation, and how the network is trained."""
    name: str
    hidden: tuple
    activation: type
    learning_rate: float
    batch_size: int

    def __str__(self):
        return f'{", ".join(map(str, self.hidden))} {self.activation.__name__}'


EXPERIMENTS = [
    Experiment('a', (256,), Sigmoid, 0.01, 50),
    Experiment('b', (256,), Sigmoid, 0.001, 50),
    Experiment('c', (256,), ReLU, 0.01, 50),
    Experiment('d', (256,), ReLU, 0.01, 200),
    Experiment('e', (384, 256), ReLU, 0.01, 50),
]
EPOCHS = 50
HEADING = '     hidden layers     rate   batch  training   test'


def network(hidden, activation):
    """The network of an experiment: define_network's, with more layers or another activation where that is wanted.

    Layers after the first two linear ones draw from the same stream of random numbers; activations draw none.
    """
    sizes = [*hidden, training_data.NUM_CLASSES]
    layers = list(define_network(sizes[0], size_output=sizes[1]).layers)
    for in_size, out_size in zip(sizes[1:], sizes[2:]):
        layers += [Sigmoid(), Linear(init_linear_params(in_size, out_size))]
    return [activation() if isinstance(layer, Sigmoid) else layer for layer in layers]


class WatchedNetwork(MultiLayerPerceptron):
    """A network that shows on the terminal how far its training has come."""

    def __init__(self, layers, label, steps_per_epoch, epochs):
        super().__init__(layers)
        self.label, self.steps_per_epoch, self.epochs = label, steps_per_epoch, epochs
        self.steps = 0

    def backward(self, criterion):
        if self.steps % self.steps_per_epoch == 0 and sys.stderr.isatty():
            print(f'\r\033[K{self.label} epoch {self.steps // self.steps_per_epoch + 1} of {self.epochs}', end='',
                  file=sys.stderr, flush=True)
        self.steps += 1
        super().backward(criterion)


def run(experiment, dataset, epochs=EPOCHS):
    """Train the network of an experiment; returns what train_network returns."""
    steps = -(-len(dataset['train_x']) // experiment.batch_size)
    model = WatchedNetwork(network(experiment.hidden, experiment.activation), f'({experiment.name})', steps, epochs)
    results = train_network(model, dataset, epochs, experiment.learning_rate, experiment.batch_size)
    if sys.stderr.isatty():
        print('\r\033[K', end='', file=sys.stderr, flush=True)
    return results


def row(experiment, results):
    """The line of the table: the accuracies after the last epoch, to four decimals."""
    return (f'({experiment.name})  {str(experiment):16}  {experiment.learning_rate:<5g}  {experiment.batch_size:<5}  '
            f'{results["train_accuracy"][-1]:.4f}     {results["test_accuracy"][-1]:.4f}')


def curves(outcomes):
    """A picture of the accuracies and losses after each epoch, as the bytes of a PNG file.

    outcomes: a list of (experiment, results). Raises ImportError where matplotlib is missing.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 5), layout='constrained')
    for axes, what in zip(figure.subplots(1, 2), ('accuracy', 'loss')):
        for number, (experiment, results) in enumerate(outcomes):
            epochs = range(1, len(results[f'train_{what}']) + 1)
            label = (f'({experiment.name}) {experiment}, rate {experiment.learning_rate:g}, '
                     f'batch {experiment.batch_size}')
            axes.plot(epochs, results[f'train_{what}'], color=f'C{number}', label=label)
            axes.plot(epochs, results[f'test_{what}'], color=f'C{number}', linestyle='--')
        axes.set(title=f'{what.capitalize()} (solid: training, dashed: test)', xlabel='epoch', ylabel=what)
        axes.grid(alpha=0.3)
    figure.axes[0].legend(loc='lower right', fontsize='small')
    file = io.BytesIO()
    figure.savefig(file, format='png', dpi=100)
    return file.getvalue()


def whole_number(text):
    """The argparse type of a number of epochs."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f'{text!r} is not a whole number >= 1')
    return int(text)


class OneLineParser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(2, f'{self.prog}: {message}; see python3 {self.prog} --help\n')


def main(options, parser):
    if options.curves.is_dir() or options.curves.suffix.lower() != '.png':
        parser.error(f'--curves {options.curves} has to be the name of a PNG file, such as learning_curves.png')
    try:
        with tempfile.TemporaryFile(dir=options.curves.resolve().parent):
            pass
    except OSError as error:
        parser.error(f'cannot write {options.curves}: {error.strerror}; give --curves another place')

    dataset = load_data()
    print(HEADING, flush=True)
    outcomes = []
    for experiment in EXPERIMENTS:
        if experiment.name in options.only:
            outcomes.append((experiment, run(experiment, dataset, options.epochs)))
            print(row(*outcomes[-1]), flush=True)
    print(f'{len(outcomes)} networks, {options.epochs} epochs each, {time.process_time():.0f} s of processor time')
    try:
        training_data.write_whole(options.curves.resolve(), curves(outcomes))
        print(f'learning curves: {options.curves}')
    except ImportError as error:
        print(f'no learning curves, as matplotlib is missing ({error}): "{sys.executable}" -m pip install matplotlib')
    sys.stdout.flush()


def run_main():
    """Read the options, run main, and say in one line what is wrong; returns the exit status."""
    parser = OneLineParser(description='Trains the five networks of Section 5.6 and prints their accuracies.')
    names = [experiment.name for experiment in EXPERIMENTS]
    parser.add_argument('--only', nargs='+', choices=names, default=names, metavar='NAME', help='such as: --only a c')
    parser.add_argument('--epochs', type=whole_number, default=EPOCHS, help='fewer for a quick trial [%(default)s]')
    parser.add_argument('--curves', type=Path, default='learning_curves.png', help='file to draw [%(default)s]')
    options = parser.parse_args()
    try:
        main(options, parser)
        return 0
    except NotImplementedError as error:
        message, status = f'{error} is not written yet: write it, then run this again', 1
    except training_data.DataError as error:
        message, status = error, 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the interpreter fails on it at its end
        message, status = 'cannot print the results any more; stopped before the end', 2
    except KeyboardInterrupt:
        message, status = 'stopped before the end', 130
    clear_line = '\r\033[K' if sys.stderr.isatty() else ''
    print(f'{clear_line}{parser.prog}: {message}', file=sys.stderr)
    return status


if __name__ == '__main__':
    sys.exit(run_main())
