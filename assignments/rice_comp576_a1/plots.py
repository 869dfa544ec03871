"""How figures are drawn, and where they go: onto the display if there is one, else into report_figures/."""

import contextlib
import io
from pathlib import Path

import command_line

FOLDER = Path(__file__).resolve().parent / 'report_figures'
NO_DISPLAY = 'agg', 'cairo', 'pdf', 'pgf', 'ps', 'svg', 'template'  # the backends of matplotlib that open no window


@contextlib.contextmanager
def drawing(name, axes=None):
    """Axes to draw on: those given, or new ones, which at the end are shown, or saved as report_figures/<name>.png."""
    if axes is not None:
        yield axes
        return
    command_line.require('requirements.txt', 'matplotlib')
    import matplotlib.pyplot as plt
    figure, axes = plt.subplots()
    yield axes
    if plt.get_backend().lower() in NO_DISPLAY:
        save(figure, f'{name}.png')
        plt.close(figure)
    else:
        plt.show()


def panels(num_panels, num_columns=3, size=4):
    """A figure with axes in rows, without a display; size: of one panel, in inches. Returns (figure, list of axes)."""
    from matplotlib.figure import Figure
    num_columns = min(num_panels, num_columns)
    num_rows = -(-num_panels // num_columns)
    figure = Figure(figsize=(size * num_columns, 0.85 * size * num_rows), layout='constrained')
    axes = figure.subplots(num_rows, num_columns, squeeze=False).ravel().tolist()
    for unused in axes[num_panels:]:
        unused.set_axis_off()
    return figure, axes[:num_panels]


def scatter(axes, X, y):
    """The examples X, N x 2, as dots in the colours of their labels y."""
    axes.scatter(X[:, 0], X[:, 1], s=25, c=y, cmap='Spectral', edgecolors='black', linewidths=0.5)


def save(figure, name, folder=FOLDER):
    """Save a figure as a PNG file of this name, and print its path. Raises UserError."""
    content = io.BytesIO()
    figure.savefig(content, format='png', dpi=120)
    command_line.make_folder(folder)
    command_line.write_whole(folder / name, content.getvalue())
    print(f'figure: {folder / name}', flush=True)
