"""data_loader.py: the data set as shipped, every fault that a data file can have, mini-batches and labels."""

import hashlib
import json
import os

import numpy as np
import pytest

import training
from data_loader import DataSplit, InputError, data_loader_mnist, predict_label
from tests.helpers import ROOT, of_the_shipped_term, small_data

pytestmark = pytest.mark.core


def test_a_pipe_is_no_data_file(tmp_path):
    os.mkfifo(tmp_path / 'data.json')
    with pytest.raises(InputError, match='is not a plain file; put the original in its place'):
        data_loader_mnist(str(tmp_path / 'data.json'))


# ---- the shipped file ------------------------------------------------------------------------------------------------

@of_the_shipped_term
def test_the_shipped_file_is_the_one_the_records_were_made_with():
    content = (ROOT / 'mnist_subset.json').read_bytes()
    assert hashlib.sha256(content).hexdigest() == 'c10dbe217568c14f0b101b6eda347762f3a446484d6b36dc323db0c56d241163'


def test_the_shipped_file_is_found_from_any_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    arrays = data_loader_mnist()
    assert [array.shape for array in arrays] == [(5000, 784), (5000, 1), (1000, 784), (1000, 1), (1000, 784), (1000, 1)]
    for X, Y in zip(arrays[::2], arrays[1::2]):
        assert X.dtype == np.float64 and X.min() == 0 and X.max() == 1
        assert Y.dtype == np.int64 and set(Y.ravel()) == set(range(10))


def test_an_absolute_path_is_taken_as_it_is(tmp_path):
    data = small_data.make_data(3, 2, 1)
    (tmp_path / 'other.json').write_text(json.dumps(data))
    Xtrain, Ytrain, _, _, _, Ytest = data_loader_mnist(str(tmp_path / 'other.json'))
    np.testing.assert_array_equal(Xtrain, data['train'][0])
    np.testing.assert_array_equal(Ytrain.ravel(), data['train'][1])
    assert Ytest.tolist() == [[data['test'][1][0]]]


# ---- faults of a data file -------------------------------------------------------------------------------------------

def with_train(change):
    data = small_data.make_data(4, 2, 1)
    X, Y = data['train']
    data['train'] = change(X, Y)
    return data


def set_entry(X, row, value):
    X[row][100] = value
    return X


FAULTS = {
    'no train': ({'valid': [], 'test': []}, 'has no "train": [X, Y]'),
    'no test': ({key: value for key, value in small_data.make_data(4, 2, 1).items() if key != 'test'}, 'has no "test"'),
    'a list': ([1, 2, 3], 'has no "train"'),
    'X alone': (with_train(lambda X, Y: [X]), 'has no "train": [X, Y]'),
    'not 784 wide': (with_train(lambda X, Y: [[row[:783] for row in X], Y]), 'X has shape (4, 783), expected N x 784'),
    'a short row': (with_train(lambda X, Y: [X[:3] + [X[3][:5]], Y]), 'with rows of one length'),
    'no rows': (with_train(lambda X, Y: [[], []]), 'X has shape (0,), expected N x 784'),
    'text': (with_train(lambda X, Y: [set_entry(X, 1, 'dark'), Y]), 'tables of numbers'),
    'a label short': (with_train(lambda X, Y: [X, Y[:3]]), 'X has 4 rows, but Y has shape (3,)'),
    'labels in columns': (with_train(lambda X, Y: [X, [[y] for y in Y]]), 'Y has shape (4, 1), expected (4,)'),
    'pixel above 1': (with_train(lambda X, Y: [set_entry(X, 2, 1.01), Y]), 'a pixel in X is not a number from 0 to 1'),
    'pixel below 0': (with_train(lambda X, Y: [set_entry(X, 2, -0.01), Y]), 'a pixel in X is not'),
    'pixel NaN': (with_train(lambda X, Y: [set_entry(X, 0, float('nan')), Y]), 'a pixel in X is not'),
    'pixel null': (with_train(lambda X, Y: [set_entry(X, 0, None), Y]), 'without text or null'),
    'pixel as text': (with_train(lambda X, Y: [set_entry(X, 0, '0.5'), Y]), 'without text or null'),
    'a pixel of 400 digits': (with_train(lambda X, Y: [set_entry(X, 0, 10 ** 400), Y]), 'tables of numbers'),
    'labels as text': (with_train(lambda X, Y: [X, [str(y) for y in Y]]), 'without text or null'),
    'label 10': (with_train(lambda X, Y: [X, [10] + Y[1:]]), 'a label in Y is not a whole number from 0 to 9'),
    'label -1': (with_train(lambda X, Y: [X, [-1] + Y[1:]]), 'a label in Y is not'),
    'label 2.5': (with_train(lambda X, Y: [X, [2.5] + Y[1:]]), 'a label in Y is not'),
    'label NaN': (with_train(lambda X, Y: [X, [float('nan')] + Y[1:]]), 'a label in Y is not'),
}


@pytest.mark.parametrize('fault', FAULTS)
def test_a_wrong_data_file_is_named_with_what_is_wrong(fault, tmp_path):
    data, wanted = FAULTS[fault]
    path = tmp_path / 'mnist_subset.json'
    path.write_text(json.dumps(data))
    with pytest.raises(InputError) as failure:
        data_loader_mnist(str(path))
    assert wanted in str(failure.value) and str(path) in str(failure.value)
    assert '\n' not in str(failure.value)


@pytest.mark.parametrize('content', [b'', b'{"train": [', b'\xff\xfe\x00', b'[' * 100000],
                         ids=['empty', 'cut', 'binary', 'deep'])
def test_what_is_no_json_is_named(content, tmp_path):
    path = tmp_path / 'mnist_subset.json'
    path.write_bytes(content)
    with pytest.raises(InputError, match='is not JSON'):
        data_loader_mnist(str(path))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match='cannot read the data file .*nowhere.json: No such file'):
        data_loader_mnist(str(tmp_path / 'nowhere.json'))


# ---- mini-batches ----------------------------------------------------------------------------------------------------

@pytest.fixture
def split():
    return DataSplit(np.arange(22.0).reshape(11, 2), np.arange(11).reshape(11, 1))


def test_minibatches_are_slices_of_the_order_without_the_incomplete_last(split):
    order = np.array([10, 3, 7, 1, 0, 2, 4, 5, 6, 8, 9])
    batches = list(split.minibatches(4, order))
    assert [y.ravel().tolist() for _, y in batches] == [[10, 3, 7, 1], [0, 2, 4, 5]]
    np.testing.assert_array_equal(batches[0][0], [[20, 21], [6, 7], [14, 15], [2, 3]])


@pytest.mark.parametrize('size, covered', [(1, 11), (4, 8), (5, 10), (11, 11)])
def test_evaluation_covers_what_whole_minibatches_cover(split, size, covered):
    assert np.concatenate([y for _, y in split.evaluation_batches(size)]).ravel().tolist() == list(range(covered))


def test_evaluation_covers_each_example_once_in_larger_splits():
    split = DataSplit(np.zeros((333, 1)), np.arange(333).reshape(-1, 1))
    assert np.concatenate([y for _, y in split.evaluation_batches(2)]).ravel().tolist() == list(range(332))


def test_a_batch_changed_in_place_leaves_the_data_alone(split):
    for x, y in split.minibatches(5, np.arange(11)):
        x += 1
        y += 1
    np.testing.assert_array_equal(split.X, np.arange(22.0).reshape(11, 2))
    np.testing.assert_array_equal(split.Y.ravel(), np.arange(11))


def test_predict_label_takes_the_first_of_equal_scores():
    assert predict_label(np.array([[0.1, 0.7, 0.2], [-3, -5, -3], [2, 2, 2]])).tolist() == [[1], [0], [0]]


def test_tally_weighs_batches_by_their_size():
    tally = training.Tally()
    tally.add(np.array([[1., 0.], [1., 0.], [1., 0.]]), np.array([[0], [0], [1]]), loss=1.0)
    tally.add(np.array([[0., 1.]]), np.array([[1]]), loss=5.0)
    assert tally.accuracy() == 0.75
    assert tally.mean_loss() == 2.0
