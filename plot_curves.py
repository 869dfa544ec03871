"""Draw the learning curves of the result files: accuracy on the training and the validation set after each epoch.

    python3 plot_curves.py [FILES] [--output curves.png] [--together] [--reference DIR]

One panel a run, or all validation curves in one panel with --together. Without FILES, the runs of the assignment
are drawn. This is the only script that needs matplotlib.
"""
import io
import math
import re
import sys
from pathlib import Path

from common import OneLineParser, how_to_install, write_whole
from records import known_runs, read_file

FOLDER = Path(__file__).resolve().parent
RUNS = known_runs(FOLDER)  # result file -> its question's title and script, in the order of the text
NUMBER = r'([\d.]+(?:e[+-]?\d+)?)'
FILE_NAME = re.compile(rf'([A-Za-z]\w*?)_lr{NUMBER}_m{NUMBER}_w{NUMBER}_d{NUMBER}\.json')
NETWORKS = {'LR': 'LR (no ReLU)'}

# Colours that colour-blind people can tell apart: Okabe and Ito, Color Universal Design (2008). Line style and marker
# differ as well, for print without colour.
ORANGE, BLUE, GREY = '#E69F00', '#0072B2', '0.82'
TRAIN = {'color': ORANGE, 'linestyle': '--', 'marker': 'o', 'markerfacecolor': 'white'}
VALIDATION = {'color': BLUE, 'linestyle': '-', 'marker': 's'}
REFERENCE = {'color': GREY, 'linewidth': 6, 'solid_capstyle': 'round', 'zorder': 1}
COLOURS = ['black', ORANGE, '#56B4E9', '#009E73', '#D55E00', BLUE, '#CC79A7']
MARKERS = ['o', 's', '^', 'D', 'v', 'X', 'P', '*']
LINE_STYLES = ['-', '--', '-.', (0, (1, 1)), (0, (5, 1, 1, 1, 1, 1))]
STYLE = {'font.size': 10, 'lines.linewidth': 1.5, 'lines.markersize': 4.5,
         'axes.grid': True, 'axes.axisbelow': True, 'grid.color': '0.92',
         'axes.spines.top': False, 'axes.spines.right': False, 'legend.frameon': False,
         'savefig.dpi': 140, 'svg.fonttype': 'none', 'svg.hashsalt': 'plot_curves'}
# No dates and no versions in the files, so that the same records give the same file.
METADATA = {'png': {'Software': None}, 'svg': {'Date': None, 'Creator': None},
            'pdf': {'CreationDate': None, 'Creator': None, 'Producer': None}}


def read_record(path):
    """Read a result file: returns its two lists of accuracies, training and validation, one number an epoch.

    Raises ValueError, its text one line, where the file cannot be read or is not one.
    """
    path = Path(path)
    try:
        record = read_file(path)
    except FileNotFoundError:
        hint = f' (the result of {RUNS[path.name]["script"]})' if path.name in RUNS else ''
        raise ValueError(f'{path}: no such file{hint}') from None
    except OSError as error:
        raise ValueError(f'{path}: cannot be read ({error.strerror})') from None
    except ValueError as error:
        raise ValueError(f'{path} {error}; run its script again') from None
    return record['train'], record['val']


def describe(path):
    """Say what a result file shows: ('Q3.8  CNN', 'dropout 0.5, momentum 0.9'), from its name alone."""
    match = FILE_NAME.fullmatch(path.name)
    if not match:
        return path.stem if len(path.stem) <= 30 else f'{path.stem[:29]}…', ''
    network, learning_rate, momentum, weight_decay, dropout = match.groups()
    details = [f'{name} {value}' for name, value, plain in (
        ('dropout', dropout, '0.0'), ('momentum', momentum, '0.0'), ('weight decay', weight_decay, '0.0'),
        ('lr', learning_rate, '0.01')) if value != plain]
    title = f'{RUNS[path.name]["title"]}  ' if path.name in RUNS else ''
    return title + NETWORKS.get(network, network), ', '.join(details) or 'no dropout'


def titles(paths):
    """Describe each path, ready for matplotlib; where two files have the same name, their folders tell them apart."""
    names = [path.name for path in paths]
    found = {}
    for path in paths:
        name, details = describe(path)
        if names.count(path.name) > 1:
            details += f' ({path.resolve().parent.name})'
        found[path] = name.replace('$', r'\$'), details.replace('$', r'\$')  # between two $ stands mathematics
    return found


def plot_accuracies(axes, accuracies, label, first_marker=0, **style):
    """Plot one list of accuracies over the epochs 1, 2, ..., with a marker at every sixth of them."""
    step = max(1, len(accuracies) // 6)
    axes.plot(range(1, len(accuracies) + 1), accuracies, label=label, markevery=(first_marker % step, step), **style)


def set_limits(axes, curves):
    """Let the axes hold all curves (lists of accuracies) and leave the lower right corner free for a text."""
    num_epochs = max(map(len, curves))
    lowest_right = min(accuracy for curve in curves for accuracy in curve[num_epochs // 3:])
    lowest = min(0.9, *map(min, curves), (lowest_right - 0.17) / 0.83)  # the text takes 0.17 of the height
    low = math.floor(20 * lowest - 0.1) / 20
    axes.set_ylim(low, 1 + 0.03 * (1 - low))
    margin = max(0.5, 0.02 * num_epochs)
    axes.set_xlim(1 - margin, num_epochs + margin)
    axes.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)


def mark_below(axes, curves, styles):
    """Show at the lower edge where a curve lies below the axes, and how far; curves, styles: in the same order."""
    low = axes.get_ylim()[0]
    for number, (curve, style) in enumerate(zip(curves, styles)):
        epochs = [epoch for epoch, accuracy in enumerate(curve, start=1) if accuracy < low]
        step = max(1, len(epochs) // 6)  # the marks of two curves stand side by side, not on top of each other
        if epochs:
            axes.plot(epochs, [low] * len(epochs), linestyle='none', marker='v', color=style['color'], clip_on=False,
                      markevery=(number * step // 2, step), label='_below')
    lowest = min(map(min, curves))
    if lowest < low:
        axes.text(0.98, 0.16, f'lowest {lowest:.3f}', transform=axes.transAxes, ha='right', fontsize=8.5)


def draw_panels(figure, records, references=None, axis_of=None):
    """Draw one panel a run, on shared axes; the cell after the last one holds the legend.

    figure: an empty matplotlib Figure; records: {path: (train, val)}; references: {file name: (train, val)}, of these
    runs or some of them. axis_of: the curves that the axes hold, lists of accuracies, by default all that are drawn;
    what lies below is marked at the lower edge.
    """
    references = references or {}
    num_rows = math.ceil((len(records) + 1) / 4)
    num_columns = math.ceil((len(records) + 1) / num_rows)
    figure.set_size_inches(2.65 * num_columns, 2.4 * num_rows)
    grid = figure.subplots(num_rows, num_columns, sharex=True, sharey=True, squeeze=False).flatten()
    set_limits(grid[0], axis_of or [curve for record in (*records.values(), *references.values()) for curve in record])
    for number, (axes, (path, (name, details))) in enumerate(zip(grid, titles(records).items())):
        train, val = records[path]
        for accuracies in references.get(path.name, ()):
            plot_accuracies(axes, accuracies, 'reference', **REFERENCE)
        plot_accuracies(axes, train, 'training', **TRAIN)
        plot_accuracies(axes, val, 'validation', **VALIDATION)
        mark_below(axes, records[path], (TRAIN, VALIDATION))
        axes.set_title(name, loc='left', fontweight='bold', fontsize=10, pad=17)
        axes.text(0, 1.03, details, transform=axes.transAxes, fontsize=8.5)
        axes.text(0.98, 0.05, f'final validation {val[-1]:.3f}', transform=axes.transAxes, ha='right')
        if number % num_columns == 0:
            axes.set_ylabel('accuracy')
        if number + num_columns >= len(records):
            axes.set_xlabel('epoch')
            axes.tick_params(labelbottom=True)
    for axes in grid[len(records):]:
        axes.set_axis_off()
    handles = {line.get_label(): line for axes in grid for line in axes.get_lines()
               if not line.get_label().startswith('_')}
    grid[len(records)].legend(handles.values(), handles.keys(), loc='center', alignment='left',
                              title='Accuracy after each epoch')


def draw_together(figure, records, references=None):
    """Draw the validation curves of all runs in one panel; beside it the legend, best final accuracy first.

    Arguments as for draw_panels.
    """
    references = references or {}
    figure.set_size_inches(8.5, max(4.6, 0.5 * len(records) + 0.5))
    axes = figure.subplots()
    set_limits(axes, [val for _, val in (*records.values(), *references.values())])
    places = {path.name: number for number, path in enumerate(titles(records))}
    for name, (_, val) in references.items():  # each in the colour of its run, so that it can be told whose it is
        colour = COLOURS[places[name] % len(COLOURS)] if name in places else REFERENCE['color']
        plot_accuracies(axes, val, 'reference', **{**REFERENCE, 'color': colour, 'alpha': 0.3})
    for number, (path, (name, details)) in enumerate(titles(records).items()):
        val = records[path][1]
        plot_accuracies(axes, val, f'{val[-1]:.3f}  {name}\n{details}'.rstrip(), first_marker=number, markersize=5.5,
                        color=COLOURS[number % len(COLOURS)], marker=MARKERS[number % len(MARKERS)],
                        linestyle=LINE_STYLES[number % len(LINE_STYLES)])
    lines = list(axes.get_lines())
    behind, runs = lines[:len(references)], lines[len(references):]
    runs.sort(key=lambda line: line.get_ydata()[-1], reverse=True)
    axes.legend(handles=runs + behind[:1], loc='upper left', bbox_to_anchor=(1.02, 1), borderaxespad=0,
                labelspacing=0.7, alignment='left', title='final validation accuracy')
    axes.set(xlabel='epoch', ylabel='validation accuracy')


def picture(records, references=None, together=False, file_format='png', axis_of=None):
    """Draw the records, arguments as for draw_panels: returns the content of a png, pdf or svg file, as bytes.

    together: all validation curves in one panel, whose axes hold all of them.

    Raises ImportError where matplotlib is missing.
    """
    import matplotlib  # here, so that everything else works without it
    from matplotlib.figure import Figure  # a Figure of its own, not pyplot's, needs no display
    with matplotlib.rc_context():
        matplotlib.rcdefaults()  # the user's own settings would give another picture
        matplotlib.rcParams.update(STYLE)
        figure = Figure(layout='constrained')
        references = {path.name: references[path.name] for path in records if path.name in (references or {})}
        if together:
            draw_together(figure, records, references)
        else:
            draw_panels(figure, records, references, axis_of)
        content = io.BytesIO()
        figure.savefig(content, format=file_format, metadata=METADATA[file_format])
    return content.getvalue()


def default_files():
    """List the files of the assignment's runs in the current folder, or beside this script where it has none."""
    for folder in (Path(), FOLDER):
        if any((folder / name).is_file() for name in RUNS):
            return [folder / name for name in RUNS]
    if not RUNS:
        raise ValueError(f'name the files to draw: which runs there are says course.json, and {FOLDER} has none')
    first, *_, last = (run['script'] for run in RUNS.values())
    raise ValueError(f'no result file here or beside plot_curves.py; run {first} ... {last} first, or name the files')


def read_records(paths):
    """Read result files: returns {path: (train, val)} of those that can be drawn, and a line for each other one."""
    records, complaints = {}, []
    for path in paths:
        try:
            records[path] = read_record(path)
        except ValueError as error:
            complaints.append(str(error))
    return records, complaints


def main(arguments=None):
    """Run the script; returns the exit status: 1 where a file could not be drawn, 2 where nothing was."""
    parser = OneLineParser(prog='plot_curves.py', description=__doc__.splitlines()[0])
    parser.add_argument('files', nargs='*', type=Path, metavar='FILES', help='result files [those of all runs]')
    parser.add_argument('--output', type=Path, default='curves.png', help='.png, .pdf or .svg file [curves.png]')
    parser.add_argument('--together', action='store_true', help='all validation curves in one panel')
    parser.add_argument('--reference', type=Path, metavar='DIR', help='draw the files of DIR in grey behind the runs')
    options = parser.parse_args(arguments)
    file_format = options.output.suffix.lower()[1:]
    if file_format not in METADATA:
        parser.error(f'--output {options.output}: the name has to end in .png, .pdf or .svg')
    if options.output.is_dir() or not options.output.resolve().parent.is_dir():
        parser.error(f'--output {options.output}: has to be a file in a folder that exists')
    if options.reference and not options.reference.is_dir():
        parser.error(f'--reference {options.reference}: no such folder')
    try:
        records, complaints = read_records(options.files or default_files())
        references = {}
        if options.reference:
            found, missing = read_records(dict.fromkeys(options.reference / path.name for path in records))
            references = {path.name: record for path, record in found.items()}
            complaints += missing
        for complaint in complaints:
            print(f'{parser.prog}: {complaint}', file=sys.stderr)
        if not records:
            return 2
        write_whole(options.output, picture(records, references, options.together, file_format))
    except ImportError as error:
        parser.error(f'matplotlib is missing ({error}); in the folder of this script, run: '
                     f'{how_to_install("matplotlib", then="plot_curves.py")}')
    except OSError as error:
        parser.error(f'--output {options.output}: cannot be written ({error.strerror})')
    except ValueError as error:
        parser.error(str(error))
    except KeyboardInterrupt:
        print(f'{parser.prog}: stopped, nothing written', file=sys.stderr)
        return 130
    print(f'{options.output}: {len(records)} run{"s" * (len(records) > 1)}')
    return 1 if complaints else 0


if __name__ == '__main__':
    sys.exit(main())
