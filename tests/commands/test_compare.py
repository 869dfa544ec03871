"""instructor.compare: records worked by hand, every way a file can be wrong, and the command's exit status."""

import json
import shutil
import subprocess
import sys

import pytest

from records import first_difference, read_file
from tests.helpers import ROOT

NAMES = ['MLP_lr0.01_m0.0_w0.0_d0.0.json', 'CNN_lr0.01_m0.9_w0.0_d0.5.json']


def record(train, val):
    return {'train': train, 'val': val}


@pytest.fixture
def folders(tmp_path):
    """A reference of two records, three epochs each, and a folder of results equal to it."""
    for folder in ('reference', 'results'):
        (tmp_path / folder).mkdir()
        for name in NAMES:
            write(tmp_path / folder / name, record([0.5, 0.75, 0.9], [0.4, 0.6, 0.8]))
    return tmp_path


def write(path, value):
    path.write_text(value if isinstance(value, str) else json.dumps(value))


def run(*arguments):
    result = subprocess.run([sys.executable, '-m', 'instructor.compare', *map(str, arguments)], cwd=ROOT,
                            capture_output=True, text=True, timeout=60)
    assert 'Traceback' not in result.stderr
    return result.returncode, result.stdout.splitlines(), result.stderr


@pytest.mark.parametrize('got, difference', [
    (record([0.5, 0.75, 0.9], [0.4, 0.6, 0.8]), None),
    (record([0.5, 0.75, 0.9], [0.4, 0.6, 0.8000000001]), (3, 'val', 0.8000000001, 0.8)),
    (record([0.5, 0.7, 0.9], [0.4, 0.6, 0.8]), (2, 'train', 0.7, 0.75)),
    (record([0.5, 0.75, 0.1], [0.4, 0.1, 0.1]), (2, 'val', 0.1, 0.6)),  # the earliest epoch, whichever the list
    (record([0.5, 0.1, 0.9], [0.4, 0.2, 0.8]), (2, 'train', 0.1, 0.75)),
    (record([0.5, 0.75], [0.4, 0.6, 0.8]), (3, 'train', None, 0.9)),
    (record([0.5, 0.75, 0.9], [0.4, 0.6, 0.8, 0.7]), (4, 'val', 0.7, None)),
])
def test_first_difference(got, difference):
    expected = record([0.5, 0.75, 0.9], [0.4, 0.6, 0.8])
    assert first_difference(got, expected, tolerance=0, whole=True) == difference


@pytest.mark.parametrize('text, reason', [
    ('', 'is not JSON'),
    ('{"train": [0.5], "val": [0.5]', 'is not JSON'),
    ('[' * 100_000, 'is not JSON'),
    ('[0.5]', 'the two lists "train" and "val", once each, and nothing else'),
    ('{"train": [0.5]}', 'the two lists "train" and "val", once each, and nothing else'),
    ('{"train": [0.5], "val": [0.5], "test": [0.5]}', 'the two lists "train" and "val", once each, and nothing else'),
    ('{"train": 0.5, "val": [0.5]}', '"train" has no list'),
    ('{"train": [], "val": [0.5]}', '"train" has 0 numbers'),
    ('{"train": [0.5], "val": [0.5, "0.5"]}', '"val" has \'0.5\' at epoch 2'),
    ('{"train": [0.5], "val": [true]}', '"val" has True at epoch 1'),
    ('{"train": [NaN], "val": [0.5]}', '"train" has nan at epoch 1'),
    ('{"train": [1.5], "val": [0.5]}', '"train" has 1.5 at epoch 1'),
    ('{"train": [-0.5], "val": [0.5]}', '"train" has -0.5 at epoch 1'),
    ('{"train": [0.5, 0.6], "val": [0.5]}', '"train" has 2 epochs, but "val" has 1'),
])
def test_malformed_record_is_named(tmp_path, text, reason):
    path = tmp_path / 'record.json'
    path.write_text(text)
    with pytest.raises(ValueError, match=reason):
        read_file(path)


def test_bytes_that_are_no_text(tmp_path):
    path = tmp_path / 'record.json'
    path.write_bytes(b'\xff\xfe{}')
    with pytest.raises(ValueError, match='is not JSON'):
        read_file(path)


def test_reference_equals_itself_at_thirty_epochs():
    status, lines, _ = run('instructor/mlp_cnn/reference')
    assert status == 0
    assert len(lines) == 8
    assert all(line.endswith('.json: equal at all 30 epochs') for line in lines[:7])
    assert lines[7] == '7 of 7 records equal the reference'


def test_equal_results(folders):
    status, lines, _ = run(folders / 'results', '--reference', folders / 'reference')
    assert (status, lines[-1]) == (0, '2 of 2 records equal the reference')


@pytest.mark.parametrize('value, said', [
    (record([0.5, 0.75, 0.9], [0.4, 0.65, 0.8]), 'first differs at epoch 2 of "val": expected 0.6, got 0.65'),
    (record([0.5], [0.4]), 'first differs at epoch 2 of "train": expected 0.75, got nothing'),
    ('{', 'malformed: it is not JSON'),
    (None, 'missing'),
])
def test_one_wrong_file(folders, value, said):
    path = folders / 'results' / NAMES[0]
    if value is None:
        path.unlink()
    else:
        write(path, value)
    status, lines, _ = run(folders / 'results', '--reference', folders / 'reference')
    assert status == 1
    assert f'{NAMES[0]}: {said}' in lines
    assert f'{NAMES[1]}: equal at all 3 epochs' in lines
    assert lines[-1] == '1 of 2 records equal the reference'


def test_result_that_is_a_folder(folders):
    (folders / 'results' / NAMES[0]).unlink()
    (folders / 'results' / NAMES[0]).mkdir()
    status, lines, _ = run(folders / 'results', '--reference', folders / 'reference')
    assert status == 1
    assert f'{NAMES[0]}: cannot be read: Is a directory' in lines


def test_unusable_folders(folders):
    write(folders / 'file', '')
    for arguments, said in [
        ([folders / 'none'], 'none is not a folder'),
        ([folders / 'file'], 'file is not a folder'),
        ([folders / 'results', '--reference', folders / 'none'], 'no reference records'),
    ]:
        status, lines, error = run(*arguments)
        assert (status, lines) == (2, [])
        assert said in error
        assert error.count('\n') == 1

    write(folders / 'reference' / NAMES[1], '{}')
    status, _, error = run(folders / 'results', '--reference', folders / 'reference')
    assert status == 2
    assert f'{NAMES[1]} has to hold the two lists' in error


def test_default_is_the_current_folder(folders):
    shutil.copytree(ROOT / 'instructor' / 'mlp_cnn' / 'reference', folders / 'run')
    result = subprocess.run([sys.executable, '-m', 'instructor.compare'], cwd=folders / 'run',
                            env={'PYTHONPATH': str(ROOT)}, capture_output=True, text=True, timeout=60)
    assert (result.returncode, result.stdout.splitlines()[-1]) == (0, '7 of 7 records equal the reference')


def test_matplotlib_and_numpy_are_not_needed(folders):
    code = ('import sys; sys.modules["matplotlib"] = sys.modules["numpy"] = None; from instructor.compare import main; '
            'sys.argv[0] = "compare"; sys.exit(main())')
    result = subprocess.run([sys.executable, '-c', code, str(folders / 'results'), '--reference',
                             str(folders / 'reference')], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (result.returncode, result.stderr) == (0, '')
