"""plot_curves.py: what it reads, what it writes, what it refuses."""

from pathlib import Path

import pytest

import common
import plot_curves
from tests.helpers import ROOT, of_the_shipped_term
from tests.helpers.reference import CNN2, LR, MLP, MLP_DROPOUT, REFERENCE, reference_records, write_record

PNG_SIGNATURE = b'\x89PNG\r\n\x1a\n'


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


@of_the_shipped_term
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


def test_write_whole_names_the_output_in_its_error(tmp_path):
    (tmp_path / 'a folder').mkdir()  # a file cannot take its place
    with pytest.raises(OSError) as error:
        common.write_whole(tmp_path / 'a folder', b'content')
    assert error.value.filename == str(tmp_path / 'a folder') and error.value.filename2 is None
    assert [path.name for path in tmp_path.iterdir()] == ['a folder']


def test_the_committed_picture():
    picture = (ROOT / 'curves.png').read_bytes()
    assert picture.startswith(PNG_SIGNATURE) and len(picture) < 150_000
