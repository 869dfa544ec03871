"""The networks of part 1: numbers by hand, slow loops, central differences, the losses that are known."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from n_layer_neural_network import DeepNeuralNetwork, Layer
from three_layer_neural_network import NeuralNetwork, generate_data, log_softmax

NAMES = 'tanh', 'sigmoid', 'relu'


@pytest.fixture(scope='module')
def moons():
    pytest.importorskip('sklearn', reason='make-moons needs scikit-learn: requirements.txt')
    return generate_data()


def plain(type, z):
    """An activation function of one number, from the math module."""
    return {'tanh': math.tanh, 'sigmoid': lambda z: 1 / (1 + math.exp(-z)), 'relu': lambda z: max(z, 0)}[type](z)


def make(sizes, type='tanh', reg_lambda=0.3, seed=0):
    """A network with biases that are not 0, in float64."""
    model = DeepNeuralNetwork(sizes, type, reg_lambda, seed)
    for layer in model.layers:
        layer.b += np.random.randn(*layer.b.shape)
    return model


def examples(sizes, number, seed=1):
    random = np.random.default_rng(seed)
    return random.normal(size=(number, sizes[0])), random.integers(sizes[-1], size=number)


# ---- activation functions and softmax --------------------------------------------------------------------------------

@pytest.mark.parametrize('type', ['tanh', 'Tanh', 'sigmoid', 'Sigmoid', 'relu', 'ReLU', 'RELU'])
def test_activations_in_all_spellings_and_shapes(type):
    model = NeuralNetwork(2, 3, 2)
    for shape in ((), (4,), (3, 5), (2, 3, 4)):
        z = np.random.default_rng(0).normal(scale=3, size=shape)
        before = z.copy()
        expected = np.vectorize(lambda value: plain(type.lower(), value))(z)
        np.testing.assert_allclose(model.actFun(z, type), expected, rtol=1e-12)
        h = 1e-5
        slope = (model.actFun(z + h, type) - model.actFun(z - h, type)) / (2 * h)
        np.testing.assert_allclose(model.diff_actFun(z, type), slope, rtol=1e-7, atol=1e-9)
        assert np.array_equal(z, before) and np.shape(model.diff_actFun(z, type)) == shape


def test_activations_by_hand():
    model, z = NeuralNetwork(2, 3, 2), np.array([[0.0, math.log(3), -math.log(3)]])
    assert model.actFun(z, 'Sigmoid').tolist() == [pytest.approx([0.5, 0.75, 0.25])]
    assert model.diff_actFun(z, 'Sigmoid').tolist() == [pytest.approx([0.25, 0.1875, 0.1875])]
    assert model.actFun(z, 'Tanh').tolist() == [pytest.approx([0, 0.8, -0.8])]  # (9 - 1) / (9 + 1)
    assert model.diff_actFun(z, 'Tanh').tolist() == [pytest.approx([1, 0.36, 0.36])]
    assert model.actFun(z, 'ReLU').tolist() == [pytest.approx([0, math.log(3), 0])]
    assert model.diff_actFun(z, 'ReLU').tolist() == [[0, 1, 0]]


@pytest.mark.parametrize('type', NAMES)
def test_large_net_inputs_neither_overflow_nor_warn(type):
    model, z = NeuralNetwork(2, 3, 2), np.array([-1e6, -800.0, 800.0, 1e6])
    with np.errstate(all='raise', under='ignore'):
        values, slopes = model.actFun(z, type), model.diff_actFun(z, type)
    expected = {'tanh': [-1, -1, 1, 1], 'sigmoid': [0, 0, 1, 1], 'relu': [0, 0, 800, 1e6]}[type]
    assert values.tolist() == pytest.approx(expected)
    assert slopes.tolist() == pytest.approx([0, 0, 1, 1] if type == 'relu' else [0] * 4)


@pytest.mark.parametrize('type', ['softmax', '', 'Tanh '])
def test_other_activations_are_refused(type):
    for function in (NeuralNetwork(2, 3, 2).actFun, NeuralNetwork(2, 3, 2).diff_actFun):
        with pytest.raises(ValueError, match='none of the activation functions, tanh, sigmoid, relu'):
            function(np.zeros(3), type)


def test_log_softmax_by_hand_and_for_large_scores():
    z = np.log([[1.0, 2.0, 5.0], [3.0, 3.0, 3.0]])
    np.testing.assert_allclose(np.exp(log_softmax(z)), [[1 / 8, 1 / 4, 5 / 8], [1 / 3] * 3])
    np.testing.assert_allclose(log_softmax(z + 7000), log_softmax(z), rtol=1e-11)
    assert log_softmax(np.array([[0.0, 5000.0], [-9000.0, 0.0]])).tolist() == [[-5000, 0], [-9000, 0]]


# ---- forward and loss ------------------------------------------------------------------------------------------------

def small_network():
    """Two inputs, two hidden units with ReLU, two classes; worked by hand below."""
    model = NeuralNetwork(2, 2, 2, actFun_type='relu', reg_lambda=0.5)
    model.W1, model.b1 = np.array([[1.0, -1.0], [2.0, 1.0]]), np.array([[0.0, 1.0]])
    model.W2, model.b2 = np.array([[1.0, 0.0], [0.0, 2.0]]), np.array([[0.0, -1.0]])
    return model


def test_a_network_worked_by_hand():
    # x = (1, 0): z1 = (1, 0), a1 = (1, 0), z2 = (1, -1). x = (0, 1): z1 = a1 = (2, 2), z2 = (2, 3).
    model, X, y = small_network(), np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([0, 0])
    model.feedforward(X, lambda z: np.maximum(z, 0))
    assert model.z1.tolist() == [[1, 0], [2, 2]] and model.a1.tolist() == [[1, 0], [2, 2]]
    assert model.z2.tolist() == [[1, -1], [2, 3]]
    p, q = 1 / (1 + math.exp(-2)), 1 / (1 + math.e)  # of class 0
    np.testing.assert_allclose(model.probs, [[p, 1 - p], [q, 1 - q]])
    # The squares of the weights: 1 + 1 + 4 + 1 and 1 + 4.
    assert model.calculate_loss(X, y) == pytest.approx((-math.log(p) - math.log(q) + 0.25 * 12) / 2)
    assert model.predict(X).tolist() == [0, 1]
    # dz2: (p - 1, 1 - p), (q - 1, 1 - q); ReLU lets nothing through at z1 = 0.
    u, v = p - 1, q - 1
    dW1, dW2, db1, db2 = model.backprop(X, y)
    np.testing.assert_allclose(dW2, [[u + 2 * v, -u - 2 * v], [2 * v, -2 * v]])
    np.testing.assert_allclose(db2, [[u + v, -u - v]])
    np.testing.assert_allclose(dW1, [[u, 0], [v, -2 * v]])
    np.testing.assert_allclose(db1, [[u + v, -2 * v]])


def test_feedforward_uses_the_function_that_it_is_given():
    model, X = small_network(), np.array([[1.0, 0.0]])
    model.feedforward(X, lambda z: z - 3)
    assert model.a1.tolist() == [[-2, -3]] and model.z2.tolist() == [[-2, -7]]


@pytest.mark.parametrize('scale', [1e3, 1e5])
def test_the_loss_is_finite_and_exact_where_probabilities_vanish(scale):
    model, X, y = small_network(), np.array([[1.0, 0.0]]), np.array([1])
    model.W2, model.b2 = scale * np.array([[1.0, 0.0], [0.0, 2.0]]), np.zeros((1, 2))  # z2 = (scale, 0)
    model.reg_lambda = 0
    with np.errstate(all='raise', under='ignore'):
        assert model.calculate_loss(X, y) == pytest.approx(scale)
        assert np.array_equal(model.probs, [[1, 0]])
    deep = DeepNeuralNetwork([2, 2, 2], 'relu', 0)
    for layer, W, b in zip(deep.layers, (model.W1, model.W2), (model.b1, model.b2)):
        layer.W, layer.b = W, b
    assert deep.calculate_loss(X, y) == pytest.approx(scale)


# ---- backprop --------------------------------------------------------------------------------------------------------

def slow_slope(loss, array, place, h=1e-5):
    """The central difference of a loss in one element of an array, which is put back."""
    kept = array[place]
    array[place] = kept + h
    high = loss()
    array[place] = kept - h
    low = loss()
    array[place] = kept
    return (high - low) / (2 * h)


def check_gradients(loss, pairs, reg_lambda, number):
    """loss: the mean with regularization; pairs: (parameter, gradient as a sum without it, is it a weight)."""
    for parameter, gradient, is_weight in pairs:
        assert gradient.shape == parameter.shape
        for place in np.ndindex(parameter.shape):
            expected = (gradient[place] + is_weight * reg_lambda * parameter[place]) / number
            assert slow_slope(loss, parameter, place) == pytest.approx(expected, rel=1e-5, abs=1e-7)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(st.integers(1, 4), st.integers(1, 5), st.integers(2, 4), st.integers(1, 6), st.sampled_from(NAMES))
def test_backprop_by_central_differences(inputs, hidden, classes, number, type):
    model = NeuralNetwork(inputs, hidden, classes, type, reg_lambda=0.3, seed=inputs + 7 * hidden)
    model.b1, model.b2 = model.b1 + np.random.randn(1, hidden), model.b2 + np.random.randn(1, classes)
    X, y = examples([inputs, classes], number)
    X_before, y_before = X.copy(), y.copy()
    model.calculate_loss(X, y)
    stored = [getattr(model, name).copy() for name in ('z1', 'a1', 'z2', 'probs')]
    dW1, dW2, db1, db2 = model.backprop(X, y)
    again = model.backprop(X, y)
    assert all(map(np.array_equal, (dW1, dW2, db1, db2), again))
    assert all(map(np.array_equal, stored, (model.z1, model.a1, model.z2, model.probs)))
    assert np.array_equal(X, X_before) and np.array_equal(y, y_before)
    check_gradients(lambda: model.calculate_loss(X, y),
                    [(model.W1, dW1, 1), (model.W2, dW2, 1), (model.b1, db1, 0), (model.b2, db2, 0)], 0.3, number)


@pytest.mark.parametrize('type', ['Tanh', 'Sigmoid', 'ReLU'])
@pytest.mark.parametrize('sizes', [(3, 2), (2, 4, 3), (4, 3, 2, 2), (2, 3, 1, 4, 3), (3, 2, 4, 3, 2, 5)])
def test_backprop_of_one_to_five_layers_by_central_differences(sizes, type):
    model = make(sizes, type)
    X, y = examples(sizes, 5)
    model.feedforward(X)
    dWs, dbs = model.backprop(X, y)
    assert all(layer.dW is dW and layer.db is db for layer, dW, db in zip(model.layers, dWs, dbs))
    check_gradients(lambda: model.calculate_loss(X, y), [
        *((layer.W, dW, 1) for layer, dW in zip(model.layers, dWs)),
        *((layer.b, db, 0) for layer, db in zip(model.layers, dbs))], 0.3, 5)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 5))
def test_a_layer_by_a_slow_loop(inputs, outputs, number):
    layer = Layer(inputs, outputs, np.sin, np.cos)  # any pair of functions
    layer.b = np.random.default_rng(0).normal(size=(1, outputs))
    X, da = (np.random.default_rng(1).normal(size=(number, size)) for size in (inputs, outputs))
    kept = X.copy(), da.copy()
    a, dX = layer.feedforward(X), layer.backprop(da)
    expected_dW, expected_db, expected_dX = np.zeros((inputs, outputs)), np.zeros((1, outputs)), np.zeros_like(X)
    for n in range(number):
        for j in range(outputs):
            z = layer.b[0, j] + sum(X[n, i] * layer.W[i, j] for i in range(inputs))
            assert a[n, j] == pytest.approx(math.sin(z))
            dz = da[n, j] * math.cos(z)
            expected_db[0, j] += dz
            for i in range(inputs):
                expected_dW[i, j] += X[n, i] * dz
                expected_dX[n, i] += layer.W[i, j] * dz
    for found, expected in ((layer.dW, expected_dW), (layer.db, expected_db), (dX, expected_dX)):
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)
    assert np.array_equal(X, kept[0]) and np.array_equal(da, kept[1])


# ---- training --------------------------------------------------------------------------------------------------------

def test_the_data_are_those_that_are_known(moons):
    X, y = moons
    assert X.shape == (200, 2) and sorted(y.tolist()) == [0] * 100 + [1] * 100
    assert X.sum() == pytest.approx(148.95806682913354, rel=1e-12)


KNOWN = {  # iteration -> loss, to six places, with three hidden units
    'tanh': {0: .432387, 1000: .068947},
    'sigmoid': {0: .628571, 1000: .088431, 2000: .079598, 3000: .078604, 4000: .078330},
    'relu': {0: .560274, 1000: .072179, 2000: .071301, 3000: .071159, 4000: .071190, 5000: .071136, 6000: .071276,
             7000: .071090, 8000: .071265, 9000: .071084}}


@pytest.mark.parametrize('type', NAMES)
def test_losses_are_those_that_are_known(moons, capsys, type):
    expected = KNOWN[type]
    NeuralNetwork(2, 3, 2, actFun_type=type).fit_model(*moons, num_passes=max(expected) + 1)
    assert capsys.readouterr().out.splitlines() == [
        f'Loss after iteration {iteration}: {loss:.6f}' for iteration, loss in expected.items()]


def test_tanh_ends_in_a_cycle_of_two(moons):
    model = NeuralNetwork(2, 3, 2)
    model.loss_every = 19999
    model.fit_model(*moons, num_passes=19999, print_loss=False)
    pair = {f'{model.calculate_loss(*moons):.6f}'}
    model.fit_model(*moons, num_passes=1, print_loss=False)
    pair.add(f'{model.calculate_loss(*moons):.6f}')
    assert pair == {'0.070758', '0.071316'}
    assert np.mean(model.predict(moons[0]) == moons[1]) == 0.975


@pytest.mark.parametrize('type', ['Tanh', 'Sigmoid', 'ReLU'])
def test_the_deep_network_of_three_layers_is_the_other_one(type):
    X, y = examples([2, 2], 40)
    three, deep = NeuralNetwork(2, 3, 2, type, 0.2, seed=5), DeepNeuralNetwork([2, 3, 2], type, 0.2, seed=5)
    for model in (three, deep):
        model.loss_every = 1
        model.fit_model(X, y, epsilon=0.02, num_passes=50, print_loss=False)
    assert len(deep.losses) == 50 and deep.losses == pytest.approx(three.losses, rel=1e-12)
    for layer, W, b in zip(deep.layers, (three.W1, three.W2), (three.b1, three.b2)):
        np.testing.assert_allclose(layer.W, W, rtol=1e-10)
        np.testing.assert_allclose(layer.b, b, rtol=1e-10)
    assert np.array_equal(deep.predict(X), three.predict(X))


def test_a_step_moves_against_the_gradient_with_regularization():
    sizes = [3, 4, 4, 2]
    model, (X, y) = make(sizes, 'sigmoid', reg_lambda=2.0), examples(sizes, 6)
    before = [(layer.W.copy(), layer.b.copy()) for layer in model.layers]
    model.feedforward(X)
    dWs, dbs = (list(map(np.copy, gradients)) for gradients in model.backprop(X, y))
    model.fit_model(X, y, epsilon=0.1, num_passes=1, print_loss=False)
    for layer, (W, b), dW, db in zip(model.layers, before, dWs, dbs):
        np.testing.assert_allclose(layer.W, W - 0.1 * (dW + 2.0 * W), rtol=1e-12)
        np.testing.assert_allclose(layer.b, b - 0.1 * db, rtol=1e-12)


def test_the_initial_weights_come_from_one_stream():
    model = DeepNeuralNetwork([4, 5, 6, 3], seed=9)
    np.random.seed(9)
    for layer, (inputs, outputs) in zip(model.layers, [(4, 5), (5, 6), (6, 3)]):
        assert np.array_equal(layer.W, np.random.randn(inputs, outputs) / np.sqrt(inputs))
        assert layer.b.shape == (1, outputs) and not layer.b.any()
    with pytest.raises(ValueError, match='has an input and an output'):
        DeepNeuralNetwork([3])
