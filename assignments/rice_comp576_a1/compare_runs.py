"""Draws what was watched in several runs of dcn_mnist.py side by side, from their event files, as a PNG file.

    python3 compare_runs.py [RUN ...] [--output FILE.png] [--layers conv1 conv2 fc1 fc2]

RUN is a folder of runs/, or the path of one; without any, all of runs/ are drawn. Each run has a column: the training
loss; the errors on the validation and the test set; and, for each layer, mean (line), mean plus and minus the standard
deviation (dark band), minimum and maximum (light band) of its weights, biases, net inputs, activations, and activations
after max-pooling. A row has one scale, so that runs can be compared. It needs tensorboard and matplotlib, not torch.
"""

import io
import logging
import sys
from pathlib import Path

import command_line  # before numpy: see there

command_line.require('requirements-dcn.txt', 'numpy', 'tensorboard', 'matplotlib')

from tensorboard.backend.event_processing.event_accumulator import SCALARS, EventAccumulator  # noqa: E402

RUNS = Path(__file__).resolve().parent / 'runs'
LAYERS = 'conv1', 'conv2', 'fc1', 'fc2'
TERMS = {'weights': 'weights', 'biases': 'biases', 'net_inputs': 'net inputs', 'activations': 'activations',
         'pooled': 'after max-pooling'}
STATISTICS = 'min', 'max', 'mean', 'std'


def read_run(folder):
    """All scalars of a run: {tag: (steps, values)}, such as 'loss/training' and 'conv1/weights/mean'.

    Raises UserError where the folder has none.
    """
    curves = {}
    logging.getLogger('tensorboard').setLevel(logging.ERROR)  # else it reports what a resumed run has it ignore
    if any(folder.glob('events.out.tfevents.*')):
        events = EventAccumulator(str(folder), size_guidance={SCALARS: 0})  # 0: all of them
        events.Reload()
        for tag in events.Tags()['scalars']:
            scalars = events.Scalars(tag)
            curves[tag] = [scalar.step for scalar in scalars], [scalar.value for scalar in scalars]
    if not curves:
        raise command_line.UserError(f'{folder} holds no event files with curves: is it the folder of a run?')
    return curves


def find_runs(names):
    """The folders of the runs of these names or paths, of all in runs/ if there are none. Raises UserError."""
    if not names:
        found = sorted(path.parent for path in RUNS.glob('*/events.out.tfevents.*'))
        if not found:
            raise command_line.UserError(f'{RUNS} holds no runs; dcn_mnist.py makes them')
        return list(dict.fromkeys(found))
    folders = [RUNS / name if (RUNS / name).is_dir() else Path(name) for name in names]
    for folder in folders:
        if not folder.is_dir():
            raise command_line.UserError(f'{folder}: no such folder, and there is no run of this name in {RUNS}')
    return folders


def draw(runs, layers):
    """The picture of several runs, {title: curves of read_run}, as the bytes of a PNG file."""
    from matplotlib.figure import Figure
    rows = [(layer, term) for layer in layers for term in TERMS
            if any(f'{layer}/{term}/mean' in curves for curves in runs.values())]
    figure = Figure(figsize=(1 + 3.6 * len(runs), 2 * (2 + len(rows))), layout='constrained')
    grid = figure.subplots(2 + len(rows), len(runs), sharex=True, sharey='row', squeeze=False)
    for column, (title, curves) in zip(grid.T, runs.items()):
        column[0].set_title(title.replace('$', r'\$'), fontsize=9)
        draw_curve(column[0], curves, 'loss/training')
        for name in ('validation', 'test'):
            draw_curve(column[1], curves, f'error/{name}', label=name, marker='o', markersize=3)
        for axes, (layer, term) in zip(column[2:], rows):
            draw_statistics(axes, curves, f'{layer}/{term}')
        column[-1].set_xlabel('iteration')
    for row in grid[:2]:
        if all(min(line.get_ydata()) > 0 for axes in row for line in axes.lines):
            row[0].set_yscale('log')
    names = ['training loss', 'error', *(f'{layer}: {TERMS[term]}' for layer, term in rows)]
    for axes, name in zip(grid[:, 0], names):
        axes.set_ylabel(name, fontsize=9)
    if grid[1, 0].lines:
        grid[1, 0].legend(fontsize='small')
    for axes in grid.flat:
        axes.grid(alpha=0.3)
        axes.tick_params(labelsize=8)
    content = io.BytesIO()
    figure.savefig(content, format='png', dpi=90)
    return content.getvalue()


def draw_curve(axes, curves, tag, **style):
    if tag in curves:
        axes.plot(*curves[tag], linewidth=1, **style)


def draw_statistics(axes, curves, name):
    """Mean, standard deviation, minimum and maximum of one term over the iterations."""
    if any(f'{name}/{key}' not in curves for key in STATISTICS):
        return
    steps = curves[f'{name}/mean'][0]
    low, high, mean, std = (curves[f'{name}/{key}'][1] for key in STATISTICS)
    axes.fill_between(steps, low, high, color='C0', alpha=0.15, linewidth=0)
    axes.fill_between(steps, [m - s for m, s in zip(mean, std)], [m + s for m, s in zip(mean, std)], color='C0',
                      alpha=0.35, linewidth=0)
    axes.plot(steps, mean, color='C0', linewidth=1, marker='.', markersize=3)


def main():
    parser = command_line.OneLineParser(prog='compare_runs.py', description=__doc__.splitlines()[0])
    parser.add_argument('runs', nargs='*', metavar='RUN', help='names or paths of runs [all in runs/]')
    parser.add_argument('--output', type=Path, default=Path('comparison.png'), help='file to draw [%(default)s]')
    parser.add_argument('--layers', nargs='+', choices=LAYERS, default=LAYERS, help='[all]')
    options = parser.parse_args()
    if options.output.suffix.lower() != '.png' or options.output.is_dir():
        parser.error(f'--output {options.output} has to be the name of a PNG file, such as comparison.png')
    if not options.output.resolve().parent.is_dir():
        parser.error(f'--output {options.output}: the folder does not exist')

    folders = find_runs(options.runs)
    names = [folder.resolve().name for folder in folders]
    titles = [name if names.count(name) == 1 else str(folder) for name, folder in zip(names, folders)]
    runs = {title: read_run(folder) for title, folder in zip(titles, folders)}
    command_line.write_whole(options.output, draw(runs, options.layers))
    print(f'{options.output}: {", ".join(runs)}')


if __name__ == '__main__':
    sys.exit(command_line.run_main(main, 'compare_runs.py'))
