"""hw3_lib: each layer by hand-worked numbers, by slow loops, and by central differences over random shapes."""

import math

import numpy as np
import pytest
from hw3_lib import CrossEntropyLoss, GradientDescentOptimizer, Linear, Module, ReLU, Sigmoid, sigmoid
from hypothesis import given, settings
from hypothesis import strategies as st

LAYERS = {'Sigmoid': lambda rng, size_in, size_out: (Sigmoid(), size_in),
          'ReLU': lambda rng, size_in, size_out: (ReLU(), size_in),
          'Linear': lambda rng, size_in, size_out: (
              Linear((rng.normal(size=(size_in, size_out)), rng.normal(size=(1, size_out)))), size_out)}
shapes = given(N=st.integers(1, 5), size_in=st.integers(1, 5), size_out=st.integers(1, 4),
               seed=st.integers(0, 2 ** 32 - 1))
any_layer = pytest.mark.parametrize('name', LAYERS)


def central_difference(function, array, delta=1e-6):
    gradient = np.zeros_like(array)
    for index in np.ndindex(array.shape):
        kept = array[index]
        array[index] = kept + delta
        above = function()
        array[index] = kept - delta
        gradient[index] = (above - function()) / (2 * delta)
        array[index] = kept
    return gradient


# ---- by hand ---------------------------------------------------------------------------------------------------------

def test_module_calls_forward_and_has_no_passes_of_its_own():
    class Double(Module):
        def forward(self, x, factor=2):
            return factor * x
    assert Double()(3) == 6 and Double()(3, factor=5) == 15
    for call in (Module().forward, Module().backward, Module(), Double().backward):
        with pytest.raises(NotImplementedError):
            call()


def test_sigmoid_by_hand():
    # 1 / (1 + exp(-log 3)) = 3/4, and 1/4 on the other side; the derivative is 3/16 at both, 1/4 at 0.
    log3 = math.log(3)
    x = np.array([[0, log3], [-log3, 2 * log3]])
    assert sigmoid(x) == pytest.approx(np.array([[0.5, 0.75], [0.25, 0.9]]), abs=1e-15)
    layer = Sigmoid()
    assert layer.state is None
    assert layer.forward(x) == pytest.approx(np.array([[0.5, 0.75], [0.25, 0.9]]), abs=1e-15)
    g = np.array([[4.0, 16.0], [-16.0, 100.0]])
    assert layer.backward(g) == pytest.approx(np.array([[1.0, 3.0], [-3.0, 9.0]]), abs=1e-12)


def test_sigmoid_of_large_numbers_is_exact_and_does_not_warn():
    with np.errstate(all='raise', under='ignore'):
        assert sigmoid(np.array([-1000.0, -40.0, 40.0, 1000.0])) == pytest.approx(
            [0, 4.248354255291589e-18, 1, 1], rel=1e-14, abs=0)
        assert sigmoid(np.array([-800, 0, 800])).tolist() == [0, 0.5, 1]
    assert sigmoid(0.0) == 0.5


def test_relu_by_hand():
    layer = ReLU()
    assert layer.state is None
    assert layer.forward(np.array([[-2.0, 0.0, 3.0], [1e-300, -1e-300, 5.0]])).tolist() == [[0, 0, 3], [1e-300, 0, 5]]
    assert layer.backward(np.array([[7.0, 8.0, 9.0], [-1.0, 2.0, 4.0]])).tolist() == [[0, 0, 9], [-1, 0, 4]]


def test_linear_by_hand():
    W, b = np.array([[1.0, 2.0], [0.0, -1.0], [3.0, 0.5]]), np.array([[10.0, 20.0]])
    layer = Linear((W, b))
    assert layer.d_weights is None and layer.d_biases is None and layer.in_x is None
    x = np.array([[1.0, 2.0, 3.0], [0.0, 1.0, -1.0]])
    assert layer.forward(x).tolist() == [[20, 21.5], [7, 18.5]]
    assert layer.in_x.tolist() == x.tolist()
    g = np.array([[2.0, 4.0], [6.0, -8.0]])
    # Not divided by 2: the gradients of each example's own loss.
    assert layer.backward(g).tolist() == [[10, -4, 8], [-10, 8, 14]]
    # Divided by 2: (1*2 + 0*6) / 2, (1*4 + 0*-8) / 2; (2*2 + 1*6) / 2, (2*4 - 8) / 2; (3*2 - 6) / 2, (3*4 + 8) / 2.
    assert layer.d_weights.tolist() == [[1, 2], [5, 0], [0, 10]]
    assert layer.d_biases.tolist() == [[4, -2]]
    assert layer.weights is not W and layer.biases is not b
    W += 1
    assert layer.weights.tolist() == [[1, 2], [0, -1], [3, 0.5]]


def test_cross_entropy_by_hand():
    # Softmax of (log 1, log 2, log 5) is (1, 2, 5) / 8; of equal scores a third each.
    score = np.array([[0.0, math.log(2), math.log(5)], [4.0, 4.0, 4.0]])
    loss = CrossEntropyLoss()
    assert loss.y_hat is None and loss.y_true is None
    value = loss.forward(score, np.array([2, 0]))
    assert isinstance(value, float) and value == pytest.approx((math.log(8 / 5) + math.log(3)) / 2, abs=1e-15)
    assert loss.y_hat == pytest.approx(np.array([[1 / 8, 2 / 8, 5 / 8], [1 / 3, 1 / 3, 1 / 3]]), abs=1e-15)
    assert loss.y_true.tolist() == [[0, 0, 1], [1, 0, 0]]
    assert loss.backward() == pytest.approx(np.array([[1 / 8, 2 / 8, -3 / 8], [-2 / 3, 1 / 3, 1 / 3]]), abs=1e-15)


def test_cross_entropy_of_large_scores_is_exact():
    loss = CrossEntropyLoss()
    with np.errstate(over='raise', invalid='raise', divide='raise'):
        # The right class is 5000 below the highest, and 0 below it: 5000 and log 2.
        assert loss.forward(np.array([[1e4, 5e3], [-7e3, -7e3]]), np.array([1, 0])) == pytest.approx(
            (5000 + math.log(2)) / 2, rel=1e-15)
        assert loss.backward() == pytest.approx(np.array([[1, -1], [-0.5, 0.5]]), abs=1e-15)


def test_a_step_by_hand():
    class Model:
        layers = [Linear((np.array([[1.0]]), np.array([[2.0]]))), ReLU(),
                  Linear((np.array([[3.0, 4.0]]), np.array([[5.0, 6.0]])))]
    first, _, last = Model.layers
    first.d_weights, first.d_biases = np.array([[10.0]]), np.array([[-20.0]])
    last.d_weights, last.d_biases = np.array([[1.0, 2.0]]), np.array([[0.0, -4.0]])
    optimizer = GradientDescentOptimizer(Model, 0.5)
    optimizer.step()
    assert (first.weights.tolist(), first.biases.tolist()) == ([[-4]], [[12]])
    assert (last.weights.tolist(), last.biases.tolist()) == ([[2.5, 3]], [[5, 8]])
    optimizer.step()
    assert (first.weights.tolist(), last.biases.tolist()) == ([[-9]], [[5, 10]])
    assert last.d_weights.tolist() == [[1, 2]]


# ---- by slow loops ---------------------------------------------------------------------------------------------------

@settings(max_examples=30, deadline=None)
@shapes
def test_linear_by_loops(N, size_in, size_out, seed):
    rng = np.random.default_rng(seed)
    x, g = rng.normal(size=(N, size_in)), rng.normal(size=(N, size_out))
    layer, _ = LAYERS['Linear'](rng, size_in, size_out)
    W, b = layer.weights, layer.biases
    examples, ins, outs = range(N), range(size_in), range(size_out)
    assert layer.forward(x) == pytest.approx(np.array(
        [[sum(x[n, i] * W[i, o] for i in ins) + b[0, o] for o in outs] for n in examples]))
    assert layer.backward(g) == pytest.approx(np.array(
        [[sum(g[n, o] * W[i, o] for o in outs) for i in ins] for n in examples]))
    assert layer.d_weights == pytest.approx(np.array(
        [[sum(x[n, i] * g[n, o] for n in examples) / N for o in outs] for i in ins]))
    assert layer.d_biases == pytest.approx(np.array([[sum(g[n, o] for n in examples) / N for o in outs]]))


@settings(max_examples=30, deadline=None)
@shapes
def test_activations_by_loops(N, size_in, size_out, seed):
    rng = np.random.default_rng(seed)
    x, g = rng.normal(0, 3, (N, size_in)), rng.normal(size=(N, size_in))
    for layer, value, slope in ((Sigmoid(), lambda a: 1 / (1 + math.exp(-a)),
                                 lambda a: math.exp(-a) / (1 + math.exp(-a)) ** 2),
                                (ReLU(), lambda a: a if a > 0 else 0, lambda a: 1 if a > 0 else 0)):
        assert layer.forward(x) == pytest.approx(np.array([[value(a) for a in row] for row in x]))
        assert layer.backward(g) == pytest.approx(np.array(
            [[slope(a) * grad for a, grad in zip(*rows)] for rows in zip(x, g)]))


@settings(max_examples=30, deadline=None)
@shapes
def test_cross_entropy_by_loops(N, size_in, size_out, seed):
    rng = np.random.default_rng(seed)
    score, label = rng.normal(0, 3, (N, size_out)), rng.integers(0, size_out, N)
    loss, total = CrossEntropyLoss(), 0
    wanted = np.zeros(score.shape)
    for n in range(N):
        denominator = sum(math.exp(value) for value in score[n])
        total -= math.log(math.exp(score[n, label[n]]) / denominator)
        for k in range(size_out):
            wanted[n, k] = math.exp(score[n, k]) / denominator - (k == label[n])
    assert loss.forward(score, label) == pytest.approx(total / N)
    assert loss.backward() == pytest.approx(wanted)


# ---- by central differences ------------------------------------------------------------------------------------------

@any_layer
@settings(max_examples=20, deadline=None)
@shapes
def test_gradients_by_central_differences(name, N, size_in, size_out, seed):
    rng = np.random.default_rng(seed)
    x = rng.uniform(0.05, 2, (N, size_in)) * rng.choice([-1, 1], (N, size_in))  # not at the corner of ReLU
    layer, size = LAYERS[name](rng, size_in, size_out)
    g = rng.normal(size=(N, size))
    layer.forward(x)
    dx = layer.backward(g)

    def total():  # the sum of the examples' own losses, if g is their gradient
        return np.sum(layer.forward(x) * g)
    assert dx == pytest.approx(central_difference(total, x), rel=1e-5, abs=1e-7)
    if name == 'Linear':
        d_weights, d_biases = layer.d_weights, layer.d_biases
        assert d_weights == pytest.approx(central_difference(total, layer.weights) / N, rel=1e-5, abs=1e-7)
        assert d_biases == pytest.approx(central_difference(total, layer.biases) / N, rel=1e-5, abs=1e-7)


@settings(max_examples=20, deadline=None)
@shapes
def test_the_loss_by_central_differences(N, size_in, size_out, seed):
    rng = np.random.default_rng(seed)
    score, label = rng.normal(0, 2, (N, size_out)), rng.integers(0, size_out, N)
    loss = CrossEntropyLoss()
    loss.forward(score, label)
    gradient = loss.backward()
    numeric = central_difference(lambda: loss.forward(score, label), score)
    assert gradient == pytest.approx(N * numeric, rel=1e-5, abs=1e-7)


# ---- what every layer promises ---------------------------------------------------------------------------------------

@any_layer
def test_arguments_are_not_changed(name):
    rng = np.random.default_rng(5)
    layer, size = LAYERS[name](rng, 4, 3)
    x, g = rng.normal(size=(6, 4)), rng.normal(size=(6, size))
    x.setflags(write=False)
    g.setflags(write=False)
    first = layer.forward(x), layer.backward(g)
    assert np.array_equal(layer.forward(x), first[0]) and np.array_equal(layer.backward(g), first[1])


def test_the_loss_changes_nothing():
    loss, score, label = CrossEntropyLoss(), np.array([[1.0, 2.0], [3.0, 1.0]]), np.array([0, 1])
    score.setflags(write=False)
    label.setflags(write=False)
    value = loss.forward(score, label)
    y_hat, y_true = loss.y_hat.copy(), loss.y_true.copy()
    gradient = loss.backward()
    assert np.array_equal(loss.backward(), gradient) and loss.forward(score, label) == value
    assert np.array_equal(loss.y_hat, y_hat) and np.array_equal(loss.y_true, y_true)


@any_layer
def test_backward_belongs_to_the_last_forward_and_adds_nothing_up(name):
    rng = np.random.default_rng(6)
    layer, size = LAYERS[name](rng, 4, 3)
    first, second, g = rng.normal(size=(2, 4)), rng.normal(size=(5, 4)), rng.normal(size=(5, size))
    layer.forward(second)
    alone = layer.backward(g)
    kept = getattr(layer, 'd_weights', None)
    layer.forward(first)
    layer.backward(g[:2])
    layer.forward(second)
    assert np.array_equal(layer.backward(g), alone)
    assert kept is None or np.array_equal(layer.d_weights, kept)
