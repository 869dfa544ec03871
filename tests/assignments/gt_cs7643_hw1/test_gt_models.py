"""The models' functions: numbers by hand, slow loops, central differences, and what they leave as it is."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from models import SoftmaxRegression, TwoLayerNet
from models._base_network import _baseNetwork

from tests.helpers.gradients import central_differences

BASE = _baseNetwork()
sizes = st.integers(1, 5)
shapes = given(N=sizes, num_in=sizes, num_hidden=sizes, num_classes=st.integers(2, 5), seed=st.integers(0, 10**6))
any_model = pytest.mark.parametrize('kind', [SoftmaxRegression, TwoLayerNet])


def make(kind, rng, num_in=4, num_hidden=3, num_classes=3):
    """A model with random weights that are large enough to matter, biases too."""
    more = {'hidden_size': num_hidden} if kind is TwoLayerNet else {}
    model = kind(input_size=num_in, num_classes=num_classes, **more)
    for name, weight in model.weights.items():
        model.weights[name] = rng.normal(size=weight.shape)
    return model


def batch(rng, N, num_in, num_classes):
    return rng.normal(size=(N, num_in)), rng.integers(0, num_classes, N)


def at_corner(model, X):
    """Whether a score of softmax regression is so near to ReLU's corner that differences would reach over it."""
    return isinstance(model, SoftmaxRegression) and np.abs(X @ model.weights['W1']).min() < 1e-3


# ---- by hand ---------------------------------------------------------------------------------------------------------

def test_activations_by_hand():
    X = np.array([[-math.log(3), 0, math.log(3)]])
    assert BASE.sigmoid(X) == pytest.approx(np.array([[1 / 4, 1 / 2, 3 / 4]]), abs=1e-15)
    assert BASE.sigmoid_dev(X) == pytest.approx(np.array([[3 / 16, 1 / 4, 3 / 16]]), abs=1e-15)
    X = np.array([[-2.0, -1e-9, 0.0], [1e-9, 2.0, 0.5]])
    assert BASE.ReLU(X).tolist() == [[0, 0, 0], [1e-9, 2, 0.5]]
    assert BASE.ReLU_dev(X).tolist() == [[0, 0, 0], [1, 1, 1]]


def test_large_arguments_neither_overflow_nor_warn():
    with np.errstate(all='raise', under='ignore'):
        assert BASE.sigmoid(np.array([-1000.0, 1000.0])).tolist() == [0, 1]
        assert BASE.sigmoid_dev(np.array([-1000.0, 1000.0])).tolist() == [0, 0]
        assert BASE.softmax(np.array([[3000.0, 3000.0], [-5000.0, -5000.0], [2000.0, -2000.0]])).tolist() == [
            [0.5, 0.5], [0.5, 0.5], [1, 0]]


def test_softmax_loss_and_accuracy_by_hand():
    scores = np.log(np.array([[1.0, 2.0, 5.0], [6.0, 3.0, 1.0]]))
    assert BASE.softmax(scores) == pytest.approx(np.array([[1 / 8, 2 / 8, 5 / 8], [0.6, 0.3, 0.1]]), abs=1e-15)
    probabilities = np.array([[0.25, 0.5, 0.25], [0.5, 0.25, 0.25]])
    assert BASE.cross_entropy_loss(probabilities, np.array([0, 0])) == pytest.approx(1.5 * math.log(2), rel=1e-15)
    assert BASE.compute_accuracy(probabilities, np.array([0, 0])) == 0.5
    assert BASE.compute_accuracy(probabilities, np.array([1, 0])) == 1
    assert BASE.compute_accuracy(probabilities, np.array([2, 2])) == 0


def test_softmax_regression_by_hand():
    model = SoftmaxRegression(input_size=2, num_classes=2)
    model.weights['W1'] = np.array([[math.log(3), 1.0], [0.0, -5.0]])
    # Scores (ln 3, -4): ReLU makes 0 of the second, so the probabilities are 3/4 and 1/4, and it gets no gradient.
    loss, accuracy = model.forward(np.array([[1.0, 1.0]]), np.array([1]))
    assert loss == pytest.approx(math.log(4), rel=1e-14) and accuracy == 0
    assert model.gradients['W1'] == pytest.approx(np.array([[0.75, 0], [0.75, 0]]), abs=1e-15)


def test_two_layers_by_hand():
    model = TwoLayerNet(input_size=1, num_classes=2, hidden_size=1)
    ln3 = math.log(3)
    # Net input 2 ln 3 - ln 3 = ln 3, hidden 3/4, scores (4/3 ln 3 * 3/4 - ln 3, 0) + (ln 3, 0) = (ln 3, 0).
    model.weights = {'W1': np.array([[2 * ln3]]), 'b1': np.array([-ln3]),
                     'W2': np.array([[4 / 3 * ln3, 0.0]]), 'b2': np.array([0.0, 0.0])}
    loss, accuracy = model.forward(np.array([[1.0]]), np.array([1]))
    assert loss == pytest.approx(math.log(4), rel=1e-14) and accuracy == 0
    grad_a = 0.75 * 4 / 3 * ln3 * 3 / 16  # gradient of the scores (3/4, -3/4), W2, slope of sigmoid
    wanted = {'W1': [[grad_a]], 'b1': [grad_a], 'W2': [[0.75 * 0.75, -0.75 * 0.75]], 'b2': [0.75, -0.75]}
    for name, gradient in wanted.items():
        assert model.gradients[name] == pytest.approx(np.array(gradient), rel=1e-14), name


# ---- by slow loops ---------------------------------------------------------------------------------------------------

@settings(max_examples=30, deadline=None)
@shapes
def test_functions_by_loops(N, num_in, num_hidden, num_classes, seed):
    rng = np.random.default_rng(seed)
    X = rng.normal(0, 3, (N, num_in))

    def each(function):
        return np.array([[function(value) for value in row] for row in X])
    assert BASE.sigmoid(X) == pytest.approx(each(lambda a: 1 / (1 + math.exp(-a))))
    assert BASE.sigmoid_dev(X) == pytest.approx(each(lambda a: math.exp(-a) / (1 + math.exp(-a)) ** 2))
    assert np.array_equal(BASE.ReLU(X), each(lambda a: a if a > 0 else 0))
    assert np.array_equal(BASE.ReLU_dev(X), each(lambda a: 1 if a > 0 else 0))
    scores, y = batch(rng, N, num_classes, num_classes)
    wanted = np.array([[math.exp(value) / sum(map(math.exp, row)) for value in row] for row in scores])
    assert BASE.softmax(scores) == pytest.approx(wanted)
    assert BASE.cross_entropy_loss(wanted, y) == pytest.approx(-sum(math.log(wanted[n, y[n]]) for n in range(N)) / N)
    right = sum(max(range(num_classes), key=lambda k: wanted[n, k]) == y[n] for n in range(N))
    assert BASE.compute_accuracy(wanted, y) == pytest.approx(right / N)


@any_model
@settings(max_examples=20, deadline=None)
@shapes
def test_loss_and_accuracy_by_loops(kind, N, num_in, num_hidden, num_classes, seed):
    rng = np.random.default_rng(seed)
    model, (X, y) = make(kind, rng, num_in, num_hidden, num_classes), batch(rng, N, num_in, num_classes)
    weights, loss, right = model.weights, 0, 0
    for n in range(N):
        row = X[n]
        if kind is TwoLayerNet:
            net = [sum(row[i] * weights['W1'][i, h] for i in range(num_in)) + weights['b1'][h]
                   for h in range(num_hidden)]
            row = [1 / (1 + math.exp(-a)) for a in net]
            scores = [sum(row[h] * weights['W2'][h, k] for h in range(num_hidden)) + weights['b2'][k]
                      for k in range(num_classes)]
        else:
            scores = [max(0, sum(row[i] * weights['W1'][i, k] for i in range(num_in))) for k in range(num_classes)]
        loss -= scores[y[n]] - math.log(sum(map(math.exp, scores)))
        right += scores.index(max(scores)) == y[n]
    for mode in ('train', 'valid'):
        assert model.forward(X, y, mode) == (pytest.approx(loss / N), pytest.approx(right / N))


# ---- by central differences ------------------------------------------------------------------------------------------

@any_model
@settings(max_examples=25, deadline=None)
@shapes
def test_gradients_by_central_differences(kind, N, num_in, num_hidden, num_classes, seed):
    rng = np.random.default_rng(seed)
    model, (X, y) = make(kind, rng, num_in, num_hidden, num_classes), batch(rng, N, num_in, num_classes)
    if at_corner(model, X):
        return
    model.forward(X, y)
    gradients = dict(model.gradients)
    assert gradients.keys() == model.weights.keys()
    for name, weight in model.weights.items():
        numeric = central_differences(lambda: model.forward(X, y, 'valid')[0], weight)
        assert gradients[name] == pytest.approx(numeric, rel=1e-5, abs=1e-7), name


# ---- what they promise -----------------------------------------------------------------------------------------------

def test_new_models_have_the_weights_of_the_text():
    softmax, model = SoftmaxRegression(), TwoLayerNet(hidden_size=7)
    np.random.seed(1024)
    assert np.array_equal(softmax.weights['W1'], 0.001 * np.random.randn(784, 10))
    for name, shape in (('W1', (784, 7)), ('W2', (7, 10))):
        np.random.seed(1024)
        assert np.array_equal(model.weights[name], 0.001 * np.random.randn(*shape))
    assert not model.weights['b1'].any() and not model.weights['b2'].any()
    for made in (softmax, model):
        assert {name: gradient.shape for name, gradient in made.gradients.items()} == {
            name: weight.shape for name, weight in made.weights.items()}
        assert not any(gradient.any() for gradient in made.gradients.values())


@any_model
def test_only_training_stores_gradients_and_nothing_changes_weights_or_arguments(kind):
    rng = np.random.default_rng(3)
    model, (X, y) = make(kind, rng), batch(rng, 5, 4, 3)
    X.setflags(write=False)
    y.setflags(write=False)
    for weight in model.weights.values():
        weight.setflags(write=False)
    untouched = vars(model).keys(), {name: gradient.copy() for name, gradient in model.gradients.items()}
    of_validation = model.forward(X, y, mode='valid')
    assert vars(model).keys() == untouched[0] and model.gradients.keys() == untouched[1].keys()
    assert all(np.array_equal(model.gradients[name], gradient) for name, gradient in untouched[1].items())
    assert model.forward(X, y, mode='train') == of_validation
    assert all(gradient.any() for gradient in model.gradients.values())


@any_model
def test_gradients_are_those_of_the_last_batch_alone(kind):
    rng = np.random.default_rng(4)
    model, first, second = make(kind, rng), batch(rng, 2, 4, 3), batch(rng, 6, 4, 3)
    model.forward(*second)
    alone = dict(model.gradients)
    model.forward(*first)
    model.forward(*second)
    assert all(np.array_equal(model.gradients[name], gradient) for name, gradient in alone.items())


def test_functions_change_no_argument_and_print_nothing(capsys):
    X, y = np.array([[0.5, -1.0], [2.0, 0.0]]), np.array([0, 1])
    X.setflags(write=False)
    y.setflags(write=False)
    for name in ('sigmoid', 'sigmoid_dev', 'ReLU', 'ReLU_dev', 'softmax'):
        result = getattr(BASE, name)(X)
        assert result.shape == X.shape and not np.shares_memory(result, X), name
    for name in ('cross_entropy_loss', 'compute_accuracy'):
        assert np.ndim(getattr(BASE, name)(BASE.softmax(X), y)) == 0, name
    assert capsys.readouterr() == ('', '')
