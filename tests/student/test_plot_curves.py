"""plot_curves.py: what is read, what is drawn, what is written, and what is refused."""
import json
import shutil
import sys
from pathlib import Path

import pytest

import common
import plot_curves

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / 'instructor' / 'mlp_cnn' / 'reference'
MLP, MLP_DROPOUT, LR = ('MLP_lr0.01_m0.0_w0.0_d0.0.json', 'MLP_lr0.01_m0.0_w0.0_d0.5.json',
                        'LR_lr0.01_m0.0_w0.0_d0.0.json')
CNN2 = 'CNN2_lr0.001_m0.9_w0.0_d0.5.json'
PNG_SIGNATURE = b'\x89PNG\r\n\x1a\n'


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """A current folder that holds the seven result files."""
    folder = tmp_path / 'my runs'
    folder.mkdir()
    for path in REFERENCE.glob('*.json'):
        shutil.copy(path, folder)
    monkeypatch.chdir(folder)
    return folder


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


def write_record(path, train, val):
    path.write_text(json.dumps({'train': train, 'val': val}))
    return path


def reference_records():
    return {Path(name): plot_curves.read_record(REFERENCE / name) for name in plot_curves.RUNS}


# ---- reading ----

def test_read_record(tmp_path):
    path = write_record(tmp_path / 'a.json', [0, 0.25, 1], [0.5, 0.75, 1.0])
    assert plot_curves.read_record(path) == ([0, 0.25, 1], [0.5, 0.75, 1.0])
    assert plot_curves.read_record(str(path)) == ([0, 0.25, 1], [0.5, 0.75, 1.0])


MALFORMED = [
    ('', 'is not JSON'), ('{"train": [0.5], "val": [0.5]', 'is not JSON'), ('[' * 100000, 'is not JSON'),
    ('[[0.5], [0.5]]', 'two lists'), ('{"train": [0.5]}', 'two lists'),
    ('{"train": [0.5], "valid": [0.5]}', 'two lists'), ('{"train": [0.5], "val": [0.5], "loss": [1]}', 'two lists'),
    ('{"train": [], "val": []}', '"train" has 0 numbers'),
    ('{"train": [0.5], "val": 0.5}', '"val" has no list'),
    ('{"train": [0.5, 0.6], "val": [0.5]}', '"train" has 2 epochs, but "val" has 1'),
    ('{"train": [0.5, 1.01], "val": [0.5, 0.5]}', '"train" has 1.01 at epoch 2'),
    ('{"train": [0.5], "val": [-0.1]}', '"val" has -0.1 at epoch 1'),
    ('{"train": [0.5, NaN], "val": [0.5, 0.5]}', '"train" has nan at epoch 2'),
    ('{"train": [Infinity], "val": [0.5]}', '"train" has inf'),
    ('{"train": [0.5], "val": ["0.5"]}', '"val" has \'0.5\''),
    ('{"train": [true], "val": [0.5]}', '"train" has True'), ('{"train": [null], "val": [0.5]}', '"train" has None'),
    ('{"train": [[0.5]], "val": [0.5]}', '"train" has a list'),
]


@pytest.mark.parametrize('text, complaint', MALFORMED)
def test_read_record_names_the_fault_in_one_line(tmp_path, text, complaint):
    path = tmp_path / 'a.json'
    path.write_text(text)
    with pytest.raises(ValueError) as error:
        plot_curves.read_record(path)
    line = str(error.value)
    assert line.startswith(f'{path} ') and complaint in line and '\n' not in line


def test_read_record_missing_folder_and_bytes(tmp_path):
    with pytest.raises(ValueError, match='no such file$'):
        plot_curves.read_record(tmp_path / 'a.json')
    with pytest.raises(ValueError, match=r'no such file \(the result of q310.sh\)$'):
        plot_curves.read_record(tmp_path / CNN2)
    with pytest.raises(ValueError, match='cannot be read'):
        plot_curves.read_record(tmp_path)
    (tmp_path / 'b.json').write_bytes(b'\xff\xfe\x00')
    with pytest.raises(ValueError, match='is not JSON'):
        plot_curves.read_record(tmp_path / 'b.json')


@pytest.mark.parametrize('name, expected', [
    (MLP, ('Q3.3  MLP', 'no dropout')),
    (MLP_DROPOUT, ('Q3.4  MLP', 'dropout 0.5')),
    ('MLP_lr0.01_m0.0_w0.0_d0.95.json', ('Q3.5  MLP', 'dropout 0.95')),
    (LR, ('Q3.6  LR (no ReLU)', 'no dropout')),
    ('CNN_lr0.01_m0.0_w0.0_d0.5.json', ('Q3.7  CNN', 'dropout 0.5')),
    ('CNN_lr0.01_m0.9_w0.0_d0.5.json', ('Q3.8  CNN', 'dropout 0.5, momentum 0.9')),
    (CNN2, ('Q3.10  CNN2', 'dropout 0.5, momentum 0.9, lr 0.001')),
    ('MLP_lr1e-05_m0.0_w0.001_d0.0.json', ('MLP', 'weight decay 0.001, lr 1e-05')),
    ('MLP_lr0.01_m0.0_w1e+20_d0.0.json', ('MLP', 'weight decay 1e+20')),
    ('MLP_lr0.01_m0.0_w0.0_d0.5-1.json', ('MLP_lr0.01_m0.0_w0.0_d0.5-1', '')),
    ('mine.json', ('mine', '')),
    ('x' * 40 + '.json', ('x' * 29 + '…', ''))])
def test_describe(name, expected):
    assert plot_curves.describe(Path('somewhere') / name) == expected


def test_titles_tell_files_of_one_name_apart_by_folder():
    found = plot_curves.titles([Path('ann') / MLP, Path('$bob$') / MLP, Path('ann') / LR])
    assert list(found.values()) == [('Q3.3  MLP', 'no dropout (ann)'), ('Q3.3  MLP', r'no dropout (\$bob\$)'),
                                    ('Q3.6  LR (no ReLU)', 'no dropout')]


# ---- drawing ----

def lines_of(axes):
    return {line.get_label(): line for line in axes.get_lines()}


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


# ---- files ----

@pytest.mark.parametrize('name', ['curves.png', 'curves.pdf', 'curves.svg', 'CURVES.PNG'])
@pytest.mark.parametrize('more', [[], ['--together']])
def test_the_same_records_give_the_same_file(runs, capsys, monkeypatch, name, more):
    pytest.importorskip('matplotlib')
    assert plot_curves.main(['--output', name, *more]) == 0
    assert capsys.readouterr() == (f'{name}: 7 runs\n', '')
    first = Path(name).read_bytes()
    assert first.startswith({'.png': PNG_SIGNATURE, '.pdf': b'%PDF-', '.svg': b'<?xml'}[Path(name).suffix.lower()])
    monkeypatch.setenv('SOURCE_DATE_EPOCH', '1000000000')  # another date
    assert plot_curves.main(['--output', name, *more]) == 0
    assert Path(name).read_bytes() == first
    assert sorted(path.name for path in runs.iterdir()) == sorted([*plot_curves.RUNS, name])


def test_settings_of_the_user_do_not_change_the_picture(runs):
    matplotlib = pytest.importorskip('matplotlib')
    records = reference_records()
    plain = plot_curves.picture(records)
    with matplotlib.rc_context({'lines.linewidth': 9, 'font.size': 20, 'axes.facecolor': 'red'}):
        assert plot_curves.picture(records) == plain
        assert matplotlib.rcParams['font.size'] == 20


def test_svg_holds_its_text_as_text(runs):
    pytest.importorskip('matplotlib')
    svg = plot_curves.picture(reference_records(), file_format='svg').decode()
    for text in ('Q3.10  CNN2', 'dropout 0.5, momentum 0.9, lr 0.001', 'final validation 0.974', 'epoch', 'training'):
        assert f'>{text}</text>' in svg
    assert 'reference' not in svg and '<dc:date>' not in svg
    together = plot_curves.picture(reference_records(), together=True, file_format='svg').decode()
    assert '0.974  Q3.10  CNN2' in together and 'training' not in together


def test_reference_folder(runs, tmp_path, capsys):
    pytest.importorskip('matplotlib')
    (tmp_path / 'ref').mkdir()
    write_record(tmp_path / 'ref' / MLP, [0.5] * 30, [0.4] * 30)
    (tmp_path / 'ref' / LR).write_text('oops')
    assert plot_curves.main([MLP, LR, '--reference', str(tmp_path / 'ref'), '--output', 'a.svg']) == 1
    err = capsys.readouterr().err
    assert err.count('\n') == 1 and str(tmp_path / 'ref' / LR) in err and 'is not JSON' in err
    assert '>reference</text>' in Path('a.svg').read_text()
    assert plot_curves.main(['--reference', str(REFERENCE), '--output', 'b.svg']) == 0


def test_bad_files_are_named_and_the_others_drawn(runs, capsys):
    pytest.importorskip('matplotlib')
    Path(LR).unlink()
    Path(MLP_DROPOUT).write_text('{"train": [0.5, NaN], "val": [0.5, 0.5]}')
    assert plot_curves.main(['--output', 'a.svg']) == 1
    out, err = capsys.readouterr()
    assert out == 'a.svg: 5 runs\n' and len(err.splitlines()) == 2
    assert f'{MLP_DROPOUT} "train" has nan at epoch 2' in err.splitlines()[0]
    assert f'{LR}: no such file (the result of q36.sh)' in err.splitlines()[1]
    svg = Path('a.svg').read_text()
    assert 'Q3.3' in svg and 'Q3.4' not in svg and 'Q3.6' not in svg and 'Q3.10' in svg


def test_nothing_to_draw_leaves_an_earlier_picture_alone(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path('curves.png').write_bytes(b'earlier')
    Path('bad.json').write_text('{}')
    assert plot_curves.main(['bad.json', 'missing.json']) == 2
    out, err = capsys.readouterr()
    assert out == '' and len(err.splitlines()) == 2 and 'bad.json' in err and 'missing.json: no such file' in err
    assert Path('curves.png').read_bytes() == b'earlier' and len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize('options', [['--output', 'a.jpg'], ['--output', 'a'], ['--output', 'no/a.png'],
                                     ['--output', 'folder.png'], ['--reference', 'nowhere'], ['--colour'],
                                     ['--output']])
def test_bad_options(runs, capsys, options):
    Path('folder.png').mkdir()
    before = sorted(runs.iterdir())
    with pytest.raises(SystemExit) as stop:
        plot_curves.main(options)
    out, err = capsys.readouterr()
    assert stop.value.code == 2 and out == '' and err.count('\n') == 1 and options[0] in err
    assert sorted(runs.iterdir()) == before


def test_a_full_disk_leaves_an_earlier_picture_alone(runs, capsys, monkeypatch):
    monkeypatch.setattr(plot_curves, 'picture', lambda *arguments: b'a new picture')
    Path('curves.png').write_bytes(b'earlier')

    def disk_full(path, content):
        with open(path, 'wb') as file:
            file.write(content[:10])
        raise OSError(28, 'No space left on device')
    monkeypatch.setattr(Path, 'write_bytes', disk_full)
    with pytest.raises(SystemExit) as stop:
        plot_curves.main([])
    assert stop.value.code == 2
    assert capsys.readouterr().err == ('plot_curves.py: --output curves.png: cannot be written '
                                       '(No space left on device)\n')
    assert Path('curves.png').read_bytes() == b'earlier' and len(list(runs.iterdir())) == 8


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
    told = [[text.get_text() for axes in figure.axes for text in axes.texts] for figure in figures]
    assert 'lowest 0.050' in told[1] and not any('lowest' in text for text in told[0])
    legend = figures[1].axes[-1].get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ['training', 'validation']


def test_write_whole_names_the_output_in_its_error(tmp_path):
    (tmp_path / 'a folder').mkdir()  # a file cannot take its place
    with pytest.raises(OSError) as error:
        common.write_whole(tmp_path / 'a folder', b'content')
    assert error.value.filename == str(tmp_path / 'a folder') and error.value.filename2 is None
    assert [path.name for path in tmp_path.iterdir()] == ['a folder']


def test_the_committed_picture():
    picture = (ROOT / 'curves.png').read_bytes()
    assert picture.startswith(PNG_SIGNATURE) and len(picture) < 150_000
