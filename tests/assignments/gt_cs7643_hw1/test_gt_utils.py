"""Batches, the split, the optimizer, training and evaluation, the curves: by hand and by slow loops."""

import random

import matplotlib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

matplotlib.use('Agg')

import matplotlib.pyplot as plt
import mnist_csv
import utils
from models import TwoLayerNet
from optimizer import SGD


@pytest.fixture(autouse=True)
def no_figures():
    plt.close('all')
    yield
    plt.close('all')


class Model:
    """A model as the optimizer sees it."""

    def __init__(self, weights, gradients):
        self.weights = {name: np.array(value, dtype=float) for name, value in weights.items()}
        self.gradients = {name: np.array(value, dtype=float) for name, value in gradients.items()}


# ---- batches ---------------------------------------------------------------------------------------------------------

def test_batches_by_hand():
    data, label = [[0.0, 0.5], [1.0, 0.25], [0.75, 0.0], [0.5, 0.5], [0.25, 1.0]], [7, 1, 0, 9, 3]
    batches, labels = utils.generate_batched_data(data, label, batch_size=2)
    assert [batch.tolist() for batch in batches] == [data[:2], data[2:4], data[4:]]
    assert [batch.tolist() for batch in labels] == [[7, 1], [0, 9], [3]]
    assert all(isinstance(batch, np.ndarray) for batch in batches + labels)


@settings(max_examples=40, deadline=None)
@given(N=st.integers(1, 40), batch_size=st.integers(1, 12), seed=st.integers(1, 10**6), shuffle=st.booleans())
def test_batches_hold_everything_once_and_each_image_with_its_label(N, batch_size, seed, shuffle):
    data, label = [[float(n), 2.0 * n] for n in range(N)], [n % 10 for n in range(N)]
    copies = [list(row) for row in data], list(label)
    np.random.seed(5)
    batches, labels = utils.generate_batched_data(data, label, batch_size, shuffle, seed)
    rows, classes = np.concatenate(batches), np.concatenate(labels)
    assert [len(batch) for batch in batches] == [len(batch) for batch in labels] == [
        min(batch_size, N - start) for start in range(0, N, batch_size)]
    random.seed(seed)
    wanted = list(range(N))
    if shuffle:
        random.shuffle(wanted)
    assert rows[:, 0].tolist() == wanted and classes.tolist() == [n % 10 for n in wanted]
    assert (data, label) == copies
    draw = np.random.random()  # numpy's random numbers are not used
    np.random.seed(5)
    assert draw == np.random.random()


def test_without_a_seed_the_stream_of_random_goes_on():
    data, label = [[float(n)] for n in range(30)], [0] * 30
    random.seed(11)
    first, second = (utils.generate_batched_data(data, label, 30, shuffle=True)[0][0] for _ in range(2))
    assert not np.array_equal(first, second)
    random.seed(11)
    for found in (first, second):
        order = list(range(30))
        random.shuffle(order)
        assert found[:, 0].tolist() == order
    again = utils.generate_batched_data(data, label, 30, shuffle=True, seed=11)[0][0]
    assert np.array_equal(again, first)


# ---- loading ---------------------------------------------------------------------------------------------------------

def write_small(folder, train, test=()):
    """Small CSV files, a row for each label, whose first pixel is the number of the row."""
    for split, labels in (('train', train), ('test', test)):
        rows = [','.join(map(str, [label, number, *[0] * 782, 255])) for number, label in enumerate(labels)]
        (folder / mnist_csv.SMALL[split]).write_text(''.join(f'{row}\n' for row in rows))


def test_the_split_by_hand(data_folder):
    write_small(data_folder, [3, 1, 4, 1, 5, 9, 2, 6, 5, 3], [8, 9])
    train_data, train_label, val_data, val_label = utils.load_mnist_trainval()
    assert (train_label, val_label) == ([3, 1, 4, 1, 5, 9, 2, 6], [5, 3])
    assert [row[0] for row in train_data] == [number / 255 for number in range(8)]
    assert [row[0] for row in val_data] == [8 / 255, 9 / 255]
    assert {row[-1] for row in train_data + val_data} == {1.0} and {len(row) for row in train_data} == {784}
    data, label = utils.load_mnist_test()
    assert label == [8, 9] and data[1][:2] == [1 / 255, 0]


@pytest.mark.parametrize('text', ['', '1,2,3\n', f'10{",0" * 784}\n', f'1{",0" * 783},256\n', f'1{",0" * 785}\n',
                                  f'1{",0" * 783},0.5\n', f'label{",0" * 784}\n', f'1{",0" * 783},\xe4\n'])
def test_a_csv_that_is_not_one_is_one_line(data_folder, text):
    path = data_folder / 'some.csv'
    path.write_text(f'5{",7" * 784}\n{text}', encoding='utf-8')
    if not text:
        assert utils.load_csv(path) == ([[7 / 255] * 784], [5])
        return
    with pytest.raises(mnist_csv.DataError) as caught:
        utils.load_csv(path)
    assert 'line ' in str(caught.value) and '\n' not in str(caught.value)
    with pytest.raises(mnist_csv.DataError, match='cannot read'):
        utils.load_csv(data_folder / 'none.csv')


# ---- the optimizer ---------------------------------------------------------------------------------------------------

def test_regularization_by_hand():
    model = Model({'W1': [[2, -4]], 'b1': [3, 3], 'W2': [[1], [0]], 'b2': [5]},
                  {'W1': [[1, 1]], 'b1': [7, 8], 'W2': [[0], [-1]], 'b2': [9]})
    SGD(learning_rate=100, reg=0.5).apply_regularization(model)
    assert {name: gradient.tolist() for name, gradient in model.gradients.items()} == {
        'W1': [[2, -1]], 'b1': [7, 8], 'W2': [[0.5], [-1]], 'b2': [9]}
    assert model.weights['W1'].tolist() == [[2, -4]] and model.weights['b1'].tolist() == [3, 3]


def test_two_updates_by_hand():
    model = Model({'W1': [[2.0]], 'b1': [3.0]}, {'W1': [[1.0]], 'b1': [4.0]})
    optimizer = SGD(learning_rate=0.5, reg=2)
    optimizer.update(model)
    assert (model.weights['W1'].tolist(), model.weights['b1'].tolist()) == ([[2 - 0.5 * (1 + 2 * 2)]], [3 - 0.5 * 4])
    model.gradients = {'W1': np.array([[1.0]]), 'b1': np.array([4.0])}
    optimizer.update(model)  # there is no momentum
    assert (model.weights['W1'].tolist(), model.weights['b1'].tolist()) == ([[-0.5 - 0.5 * (1 + 2 * -0.5)]], [-1])


# ---- training and evaluation -----------------------------------------------------------------------------------------

class Counting:
    """A model that is asked for a loss of 1, 2, 3, ... and an accuracy of a half."""

    def __init__(self):
        self.modes = []

    def forward(self, X, y, mode='train'):
        self.modes.append((mode, len(y)))
        return float(len(self.modes)), 0.5 if len(y) == 2 else 1.0

    def update(self, model):
        self.modes.append('update')


def test_a_loss_counts_by_batch_and_an_accuracy_by_image(capsys):
    batches, labels = [np.zeros((2, 3)), np.zeros((2, 3)), np.zeros((1, 3))], [np.zeros(2), np.zeros(2), np.zeros(1)]
    model = Counting()
    assert utils.evaluate(batches, labels, model, debug=False) == (2, pytest.approx(3 / 5))
    assert model.modes == [('valid', 2), ('valid', 2), ('valid', 1)]
    model = Counting()
    loss, accuracy = utils.train(1, batches, labels, model, model, debug=False)
    assert (loss, accuracy) == (3, pytest.approx(3 / 5))  # losses 1, 3, 5: an update in between
    assert model.modes == [('train', 2), 'update', ('train', 2), 'update', ('train', 1), 'update']
    assert capsys.readouterr() == ('', '')
    utils.train(4, batches, labels, Counting(), Counting(), debug=True)
    assert capsys.readouterr().out.splitlines()[-1] == 'epoch 4, batch 3 of 3: loss 2.0000, accuracy 0.6000'


def test_a_training_learns_what_can_be_learned():
    rng = np.random.default_rng(0)
    data = rng.normal(size=(60, 4))
    label = [int(row[0] > 0) for row in data]
    model, optimizer = TwoLayerNet(input_size=4, num_classes=2, hidden_size=8), SGD(learning_rate=1, reg=0)
    batches, labels = utils.generate_batched_data(data.tolist(), label, 10)
    losses = [utils.train(epoch, batches, labels, model, optimizer, debug=False)[0] for epoch in range(60)]
    assert losses[-1] < 0.2 < 0.6 < losses[0]
    assert utils.evaluate(batches, labels, model, debug=False)[1] > 0.95


# ---- curves ----------------------------------------------------------------------------------------------------------

def test_two_figures_are_drawn_and_saved(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    histories = [2.0, 1.0, 0.5], [0.2, 0.6, 0.9], [2.1, 1.2, 0.8], [0.1, 0.5, 0.7]
    utils.plot_curves(*histories)
    figures = [plt.figure(number) for number in plt.get_fignums()]
    drawn = [[line.get_ydata().tolist() for line in figure.axes[0].get_lines()] for figure in figures]
    assert drawn == [[histories[0], histories[2]], [histories[1], histories[3]]]
    for figure in figures:
        axes = figure.axes[0]
        assert axes.get_title() and axes.get_xlabel() == 'epoch' and axes.get_ylabel()
        assert [text.get_text() for text in axes.get_legend().get_texts()] == ['training', 'validation']
        assert axes.get_lines()[0].get_xdata().tolist() == [1, 2, 3]
    assert sorted(path.name for path in tmp_path.iterdir()) == ['accuracy_curve.png', 'loss_curve.png']
    assert all(path.read_bytes()[:8] == b'\x89PNG\r\n\x1a\n' for path in tmp_path.iterdir())
    assert capsys.readouterr() == ('', '')
