"""plot_curves.py: what it draws."""

from pathlib import Path

import pytest

import plot_curves
from tests.helpers import of_the_shipped_term
from tests.helpers.reference import CNN2, MLP, REFERENCE, reference_records


@pytest.fixture
def new_figure():
    """A function that makes an empty figure with the script's settings; skipped without matplotlib."""
    matplotlib = pytest.importorskip('matplotlib')
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    def make():
        figure = Figure(layout='constrained')
        FigureCanvasAgg(figure)
        return figure
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(plot_curves.STYLE)
        yield make


def lines_of(axes):
    return {line.get_label(): line for line in axes.get_lines()}


@of_the_shipped_term
def test_panels_show_the_records(new_figure):
    figure, records = new_figure(), reference_records()
    plot_curves.draw_panels(figure, records)
    panels, others = figure.axes[:7], figure.axes[7:]
    finals = ['0.928', '0.938', '0.914', '0.889', '0.955', '0.968', '0.974']
    for axes, (path, (train, val)), final in zip(panels, records.items(), finals):
        lines = lines_of(axes)
        assert list(lines) == ['training', 'validation']
        for line, accuracies in zip(lines.values(), (train, val)):
            assert list(line.get_xdata()) == list(range(1, 31)) and list(line.get_ydata()) == accuracies
        name, details = plot_curves.describe(path)
        assert axes.get_title(loc='left') == name
        assert [text.get_text() for text in axes.texts] == [details, f'final validation {final}']
        assert axes.get_xlim() == panels[0].get_xlim() and axes.get_ylim() == panels[0].get_ylim()
    assert panels[0].get_ylim()[0] == 0.8 and 1 < panels[0].get_ylim()[1] < 1.02
    assert [axes.get_ylabel() for axes in panels] == ['accuracy', '', '', ''] + ['accuracy', '', '']
    assert [axes.get_xlabel() for axes in panels] == ['', '', '', 'epoch'] + ['epoch'] * 3
    assert len(others) == 1 and not others[0].axison and not others[0].get_lines()
    assert [text.get_text() for text in others[0].get_legend().get_texts()] == ['training', 'validation']


def test_the_two_curves_differ_in_more_than_colour(new_figure):
    figure = new_figure()
    plot_curves.draw_panels(figure, reference_records())
    train, val = lines_of(figure.axes[0]).values()
    for get in ('get_color', 'get_linestyle', 'get_marker', 'get_markerfacecolor'):
        assert getattr(train, get)() != getattr(val, get)()


@pytest.mark.parametrize('draw, curves', [('draw_panels', [0, 1]), ('draw_together', [1])])
def test_the_reference_lies_behind_wide_and_pale(new_figure, draw, curves):
    figure = new_figure()
    other = ([0.3, 0.4, 0.5, 0.6], [0.2, 0.3, 0.35, 0.4])
    getattr(plot_curves, draw)(figure, {Path(MLP): ([0.9, 0.95], [0.8, 0.85])}, {MLP: other})
    *behind, run = [line for line in figure.axes[0].get_lines() if line.get_label() != 'training']
    assert [list(line.get_ydata()) for line in behind] == [other[curve] for curve in curves]
    assert list(run.get_ydata()) == [0.8, 0.85]
    for line in behind:
        assert line.get_zorder() < run.get_zorder() and line.get_linewidth() >= 3 * run.get_linewidth()
        assert line.get_label() == 'reference'
        if draw == 'draw_panels':
            assert float(line.get_color()) > 0.7
        else:  # several runs in one panel: in the colour of its own
            assert line.get_color() == run.get_color() and line.get_alpha() < 0.5
    low, high = figure.axes[0].get_ylim()
    assert low < 0.2 and high > 0.95 and figure.axes[0].get_xlim()[1] > 4
    legend = [axes.get_legend() for axes in figure.axes if axes.get_legend()][0]
    assert [text.get_text() for text in legend.get_texts()].count('reference') == 1


@of_the_shipped_term
def test_together_orders_the_legend_by_the_final_accuracy(new_figure):
    figure, records = new_figure(), reference_records()
    plot_curves.draw_together(figure, records)
    (axes,) = figure.axes
    assert [list(line.get_ydata()) for line in axes.get_lines()] == [val for _, val in records.values()]
    assert [text.get_text().split('\n')[0] for text in axes.get_legend().get_texts()] == [
        '0.974  Q3.10  CNN2', '0.968  Q3.8  CNN', '0.955  Q3.7  CNN', '0.938  Q3.4  MLP', '0.928  Q3.3  MLP',
        '0.914  Q3.5  MLP', '0.889  Q3.6  LR (no ReLU)']
    for get in ('get_color', 'get_marker'):
        assert len({getattr(line, get)() for line in axes.get_lines()}) == 7


def test_the_legend_of_together_is_beside_the_curves(new_figure):
    figure = new_figure()
    plot_curves.draw_together(figure, reference_records())
    figure.canvas.draw()
    (axes,) = figure.axes
    legend = axes.get_legend().get_window_extent()
    assert legend.x0 > axes.get_window_extent().x1
    assert legend.x1 <= figure.bbox.x1 and legend.y0 >= 0


def test_forty_runs_together_have_forty_looks(new_figure):
    figure = new_figure()
    plot_curves.draw_together(figure, {Path(f'{number}.json'): ([0.9], [0.9]) for number in range(40)})
    lines = figure.axes[0].get_lines()
    assert len({(line.get_color(), line.get_marker()) for line in lines}) == 40
    figure.canvas.draw()
    assert figure.axes[0].get_legend().get_window_extent().y0 >= 0


FLAT = {name: ([value] * 30, [value] * 30) for name, value in (('zero', 0.0), ('diverged', 0.1), ('perfect', 1.0))}


@pytest.mark.parametrize('records', [
    reference_records(), {Path(MLP): reference_records()[Path(MLP)]}, {Path('one.json'): ([0.9], [0.88])},
    {Path('zero.json'): FLAT['zero']}, {Path(CNN2): FLAT['diverged'], Path('perfect.json'): FLAT['perfect']},
    {Path('falling.json'): ([1 - epoch / 30 for epoch in range(30)], [0.5] * 30)}])
def test_no_text_covers_a_curve_or_another_text(new_figure, records):
    figure = new_figure()
    plot_curves.draw_panels(figure, records)
    figure.canvas.draw()
    extents = []
    for axes in figure.axes[:len(records)]:
        final = axes.texts[1].get_window_extent()
        for line in axes.get_lines():
            points = axes.transData.transform(line.get_xydata())
            assert axes.get_window_extent().padded(1).count_contains(points) == len(points)
            assert not final.padded(2).count_contains(points)
        titles = [title for title in (axes.title, axes._left_title, *axes.texts) if title.get_text()]
        ticks = [tick for tick in axes.get_xticklabels() + axes.get_yticklabels() if tick.get_text()]
        extents += [text.get_window_extent() for text in (*titles, *ticks)]
    extents = [extent for extent in extents if extent.width > 0]
    overlapping = [(a, b) for i, a in enumerate(extents) for b in extents[:i] if a.overlaps(b)]
    assert not overlapping


def test_curves_below_the_axes_are_marked_and_change_no_axes():
    from matplotlib.figure import Figure
    runs = {path: plot_curves.read_record(path) for path in sorted(REFERENCE.glob('*.json'))}
    curves = [curve for record in runs.values() for curve in record]
    off = {**runs, REFERENCE / CNN2: ([0.1] * 30, [0.05] * 10 + [0.97] * 20)}
    figures = [Figure(), Figure()]
    for figure, records in zip(figures, (runs, off)):
        plot_curves.draw_panels(figure, records, axis_of=curves)
    assert [axes.get_ylim() for axes in figures[0].axes] == [axes.get_ylim() for axes in figures[1].axes]
    low = figures[1].axes[0].get_ylim()[0]
    marks = [line for axes in figures[1].axes for line in axes.get_lines() if line.get_marker() == 'v']
    assert [(len(line.get_xdata()), {*line.get_ydata()}) for line in marks] == [(30, {low}), (10, {low})]
    texts = [[text.get_text() for axes in figure.axes for text in axes.texts] for figure in figures]
    assert 'lowest 0.050' in texts[1] and not any('lowest' in text for text in texts[0])
    legend = figures[1].axes[-1].get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ['training', 'validation']
