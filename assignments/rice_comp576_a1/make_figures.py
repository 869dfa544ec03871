"""Makes all figures of Problem 1 for the report, and a table of the final losses and accuracies.

    python3 make_figures.py [--passes N] [--output DIR]

The figures are saved in report_figures/: dataset.png, activations.png, hidden_units.png, depths.png, digits.png and
digits_losses.png; the table is printed and saved there too, as results.md. Change EXPERIMENTS to see other networks.
"""

import sys
from pathlib import Path
from typing import NamedTuple, Optional

import command_line  # before numpy: see there

command_line.require('requirements.txt', 'numpy')

import datasets  # noqa: E402
import numpy as np  # noqa: E402
import plots  # noqa: E402
from n_layer_neural_network import DeepNeuralNetwork, accuracy  # noqa: E402
from three_layer_neural_network import NeuralNetwork, generate_data, plot_decision_boundary  # noqa: E402

MOONS_PASSES, DIGITS_PASSES = 20000, 600
POINTS_OF_A_CURVE = 60


class Experiment(NamedTuple):
    """A network to train. sizes: of its layers, input first; epsilon: None for the default of its dataset."""
    figure: str
    activation: str
    sizes: tuple
    epsilon: Optional[float] = None

    def __str__(self):
        return f'{self.activation} {"-".join(map(str, self.sizes))}' + (f', ε = {self.epsilon}' if self.epsilon else '')


# Those of three layers, in the first two figures, are NeuralNetwork, all others DeepNeuralNetwork.
EXPERIMENTS = [
    *(Experiment('activations', name, (2, 3, 2)) for name in ('Tanh', 'Sigmoid', 'ReLU')),
    *(Experiment('hidden_units', 'Tanh', (2, units, 2)) for units in (1, 2, 5, 10, 20, 50)),
    Experiment('depths', 'Tanh', (2, 2)),
    Experiment('depths', 'Tanh', (2, 10, 2)),
    Experiment('depths', 'Tanh', (2, 10, 10, 2)),
    Experiment('depths', 'Tanh', (2, 10, 10, 10, 10, 2)),
    Experiment('depths', 'ReLU', (2, 10, 10, 10, 10, 2)),
    Experiment('depths', 'ReLU', (2, 10, 10, 10, 10, 2), 0.001),
    Experiment('depths', 'Sigmoid', (2, 10, 10, 10, 10, 2)),
    Experiment('depths', 'Tanh', (2, 50, 50, 2), 0.001),
    Experiment('depths', 'ReLU', (2, 50, 50, 2), 0.001),
    Experiment('digits_losses', 'Tanh', (64, 10)),
    Experiment('digits_losses', 'Tanh', (64, 32, 10)),
    Experiment('digits_losses', 'ReLU', (64, 32, 10)),
    Experiment('digits_losses', 'Sigmoid', (64, 32, 10)),
    Experiment('digits_losses', 'Tanh', (64, 32, 32, 32, 10)),
    Experiment('digits_losses', 'ReLU', (64, 32, 32, 32, 10)),
    Experiment('digits_losses', 'Sigmoid', (64, 32, 32, 32, 10)),
]


def train(experiment, data, num_passes):
    """Returns the trained network of an experiment; its losses are those of about POINTS_OF_A_CURVE passes."""
    if experiment.figure in ('activations', 'hidden_units'):
        model = NeuralNetwork(*experiment.sizes, actFun_type=experiment.activation)
    else:
        model = DeepNeuralNetwork(experiment.sizes, actFun_type=experiment.activation)
    model.loss_every = max(1, num_passes // POINTS_OF_A_CURVE)
    with np.errstate(all='ignore'):  # a training that fails has a loss that shows it
        model.fit_model(data.X, data.y, experiment.epsilon or data.epsilon, num_passes, print_loss=False)
    return model


def run(num_passes):
    """Train all networks; returns a list of (experiment, data, network). num_passes: by name of the dataset."""
    all_data = {name: datasets.load(name) for name in num_passes}
    outcomes = []
    for number, experiment in enumerate(EXPERIMENTS, start=1):
        command_line.show_progress(f'network {number} of {len(EXPERIMENTS)}: {experiment}')
        name = 'digits' if experiment.figure == 'digits_losses' else 'moons'
        outcomes.append((experiment, all_data[name], train(experiment, all_data[name], num_passes[name])))
    command_line.show_progress('')
    return outcomes


def table(outcomes):
    """The rows of results.md, in Markdown: final loss, and accuracy in training and testing, of each network."""
    rows = ['| figure | network | loss | training | test |', '|---|---|---|---|---|']
    for experiment, data, model in outcomes:
        with np.errstate(all='ignore'):
            numbers = (model.calculate_loss(data.X, data.y), accuracy(model, data.X, data.y),
                       accuracy(model, data.X_test, data.y_test))
        rows.append('| {} | {} | {:.6f} | {:.3f} | {:.3f} |'.format(experiment.figure, experiment, *numbers))
    return rows


def draw_dataset():
    figure, (axes,) = plots.panels(1, size=6)
    plots.scatter(axes, *generate_data())
    axes.set_title('Make-moons, 200 examples')
    return figure


def draw_boundaries(outcomes):
    figure, all_axes = plots.panels(len(outcomes))
    for axes, (experiment, data, model) in zip(all_axes, outcomes):
        plot_decision_boundary(model.predict, data.X, data.y, axes)
        axes.set_title(f'{experiment}\ntraining accuracy {accuracy(model, data.X, data.y):.3f}', fontsize=10)
    return figure


def draw_digits():
    """The first two images of each digit; they are 8 x 8, with values from 0 to 16."""
    from sklearn.datasets import load_digits
    digits = load_digits()
    figure, all_axes = plots.panels(20, num_columns=10, size=1.2)
    for row in range(2):
        for digit in range(10):
            axes = all_axes[10 * row + digit]
            axes.imshow(digits.images[digits.target == digit][row], cmap='gray_r')
            axes.set_axis_off()
    return figure


def draw_losses(outcomes):
    figure, (axes,) = plots.panels(1, size=7)
    for experiment, _, model in outcomes:
        passes = np.arange(len(model.losses)) * model.loss_every
        axes.plot(passes, model.losses, label=str(experiment), linestyle='-' if len(experiment.sizes) < 4 else '--')
    axes.set(title='Digits: training loss', xlabel='passes', ylabel='loss', yscale='log')
    axes.legend(fontsize='small')
    axes.grid(alpha=0.3)
    return figure


def main():
    parser = command_line.OneLineParser(prog='make_figures.py', description=__doc__.splitlines()[0])
    parser.add_argument('--passes', type=command_line.whole_number(1), metavar='N',
                        help=f'for a quick trial [{MOONS_PASSES}; {DIGITS_PASSES} for the digits]')
    parser.add_argument('--output', type=Path, default=plots.FOLDER, help='folder [report_figures]')
    options = parser.parse_args()
    command_line.require('requirements.txt', 'sklearn', 'matplotlib')
    command_line.make_folder(options.output)

    outcomes = run({'moons': options.passes or MOONS_PASSES, 'digits': options.passes or DIGITS_PASSES})
    by_figure = {}
    for outcome in outcomes:
        by_figure.setdefault(outcome[0].figure, []).append(outcome)
    rows = table(outcomes)
    print('\n'.join(rows))
    command_line.write_whole(options.output / 'results.md', '\n'.join([*rows, '']).encode('utf-8'))
    drawn = {'dataset': draw_dataset(), 'digits': draw_digits(),
             'digits_losses': draw_losses(by_figure.pop('digits_losses')),
             **{name: draw_boundaries(of_figure) for name, of_figure in by_figure.items()}}
    for name, figure in drawn.items():
        plots.save(figure, f'{name}.png', options.output)


if __name__ == '__main__':
    sys.exit(command_line.run_main(main, 'make_figures.py'))
