"""The loss and the update step: numbers worked by hand, central differences, the formula on large arrays."""

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dnn_misc
from tests.helpers.gradients import central_differences

pytestmark = pytest.mark.core


# ---- softmax_cross_entropy -------------------------------------------------------------------------------------------

def test_loss_by_hand():
    module = dnn_misc.softmax_cross_entropy()
    X = np.log(np.array([[1., 2., 5.], [4., 4., 8.]]))  # softmax 1/8 2/8 5/8 and 1/4 1/4 1/2
    Y = np.array([[1], [2]])
    assert module.forward(X, Y) == pytest.approx((math.log(4) + math.log(2)) / 2, rel=1e-14)
    np.testing.assert_allclose(module.backward(X, Y), [[1 / 16, -6 / 16, 5 / 16], [1 / 8, 1 / 8, -1 / 4]], rtol=1e-13)


def test_loss_is_stable_for_large_scores():
    module = dnn_misc.softmax_cross_entropy()
    X = np.array([[1000., -1000.], [-3000., -1000.]])  # each row has its own largest score
    Y = np.array([[0], [0]])
    assert module.forward(X, Y) == 1000.0  # 0 for the first example, 2000 for the second
    np.testing.assert_array_equal(module.backward(X, Y), [[0., 0.], [-0.5, 0.5]])
    assert str(module.forward(X[:1], Y[:1])) == '0.0'  # and not -0.0
    assert isinstance(module.forward(X, Y), float)


@settings(max_examples=15, deadline=None)
@given(N=st.integers(1, 5), K=st.integers(2, 6), seed=st.integers(0, 2 ** 31))
def test_loss_gradients(N, K, seed):
    rng = np.random.RandomState(seed)
    X, Y = rng.normal(size=(N, K)), rng.randint(0, K, (N, 1))
    module = dnn_misc.softmax_cross_entropy()
    expected = central_differences(lambda: module.forward(X, Y), X)
    np.testing.assert_allclose(module.backward(X, Y), expected, rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize('scores, labels', [((4, 3), (4,)), ((4, 3), (3, 1)), ((4,), (4, 1))])
def test_loss_names_shapes_that_do_not_fit(scores, labels):
    with pytest.raises(ValueError) as failure:
        dnn_misc.softmax_cross_entropy().forward(np.zeros(scores), np.zeros(labels, dtype=int))
    assert str(scores) in str(failure.value) and str(labels) in str(failure.value)


def test_loss_leaves_scores_and_labels_alone():
    X, Y = np.array([[1., 2.], [3., 4.]]), np.array([[0], [1]])
    module = dnn_misc.softmax_cross_entropy()
    module.forward(X, Y)
    module.backward(X, Y)
    np.testing.assert_array_equal(X, [[1., 2.], [3., 4.]])
    np.testing.assert_array_equal(Y, [[0], [1]])


# ---- the update step -------------------------------------------------------------------------------------------------

def model_of_one():
    layer = dnn_misc.linear_layer(2, 1)
    layer.params['W'] = np.array([[1.], [-2.]])
    layer.params['b'] = np.array([[4.]])
    layer.gradient['W'] = np.array([[0.5], [1.]])
    layer.gradient['b'] = np.array([[-1.]])
    return {'L1': layer, 'nonlinear1': dnn_misc.relu()}


def test_momentum_has_a_zero_for_each_parameter():
    momentum = dnn_misc.add_momentum({**model_of_one(), 'C1': dnn_misc.conv_layer(2, 3, 5, 1)})
    assert {key: value.shape for key, value in momentum.items()} == {
        'L1_W': (2, 1), 'L1_b': (1, 1), 'C1_W': (3, 2, 5, 5), 'C1_b': (3, 1)}
    assert not any(np.any(value) for value in momentum.values())


def test_plain_update_by_hand():
    model = model_of_one()
    dnn_misc.sgd_update(model, dnn_misc.add_momentum(model), learning_rate=0.1, alpha=0.0, lambda_=0.0)
    np.testing.assert_allclose(model['L1'].params['W'], [[0.95], [-2.1]], rtol=1e-15)
    np.testing.assert_allclose(model['L1'].params['b'], [[4.1]], rtol=1e-15)


def test_weight_decay_by_hand_counts_for_biases_too():
    model = model_of_one()
    dnn_misc.sgd_update(model, dnn_misc.add_momentum(model), learning_rate=0.1, alpha=0.0, lambda_=0.5)
    np.testing.assert_allclose(model['L1'].params['W'], [[1 - 0.1 * 1.0], [-2 - 0.1 * 0.0]], rtol=1e-15)
    np.testing.assert_allclose(model['L1'].params['b'], [[4 - 0.1 * 1.0]], rtol=1e-15)
    np.testing.assert_array_equal(model['L1'].gradient['W'], [[0.5], [1.]])  # left as backward stored it


def test_two_steps_of_momentum_by_hand():
    model = model_of_one()
    momentum = dnn_misc.add_momentum(model)
    dnn_misc.sgd_update(model, momentum, learning_rate=0.1, alpha=0.5, lambda_=0.0)  # v = -0.1 * g
    np.testing.assert_allclose(momentum['L1_W'], [[-0.05], [-0.1]], rtol=1e-15)
    dnn_misc.sgd_update(model, momentum, learning_rate=0.1, alpha=0.5, lambda_=0.0)  # v = 0.5 * v - 0.1 * g
    np.testing.assert_allclose(momentum['L1_W'], [[-0.075], [-0.15]], rtol=1e-15)
    np.testing.assert_allclose(model['L1'].params['W'], [[1 - 0.05 - 0.075], [-2 - 0.1 - 0.15]], rtol=1e-15)


def test_update_changes_the_arrays_in_place():
    model = model_of_one()
    momentum = dnn_misc.add_momentum(model)
    W, velocity = model['L1'].params['W'], momentum['L1_W']
    dnn_misc.sgd_update(model, momentum, learning_rate=0.1, alpha=0.5, lambda_=0.0)
    dnn_misc.sgd_update(model, momentum, learning_rate=0.1, alpha=0.0, lambda_=0.0)
    assert model['L1'].params['W'] is W and momentum['L1_W'] is velocity
    np.testing.assert_allclose(W, [[1 - 0.05 - 0.05], [-2 - 0.1 - 0.1]], rtol=1e-15)
    np.testing.assert_allclose(velocity, [[-0.05], [-0.1]], rtol=1e-15)  # without momentum it stays as it was


@pytest.mark.parametrize('alpha, lambda_', [(0.0, 0.0), (0.0, 0.3), (0.9, 0.0), (0.9, 0.3)])
def test_update_equals_the_formula(alpha, lambda_):
    rng = np.random.RandomState(3)
    shape = (300, 211)
    layer = dnn_misc.linear_layer(*shape)
    model = {'L1': layer}
    momentum = dnn_misc.add_momentum(model)
    momentum['L1_W'] += rng.normal(size=shape)
    parameter, velocity = layer.params['W'].copy(), momentum['L1_W'].copy()
    layer.gradient['W'] = np.asfortranarray(rng.normal(size=shape))  # as grad.T @ X, transposed, comes out
    g = layer.gradient['W'] + lambda_ * parameter
    dnn_misc.sgd_update(model, momentum, 0.01, alpha, lambda_)
    expected = parameter + (alpha * velocity - 0.01 * g) if alpha > 0 else parameter - 0.01 * g
    np.testing.assert_allclose(layer.params['W'], expected, rtol=1e-13, atol=1e-15)


def test_update_names_a_gradient_of_another_shape():
    model = model_of_one()
    model['L1'].gradient['b'] = np.array([-1.])
    with pytest.raises(ValueError) as failure:
        dnn_misc.sgd_update(model, dnn_misc.add_momentum(model), 0.1, 0.0, 0.0)
    assert "L1's b has shape (1,), expected (1, 1)" in str(failure.value)


def test_the_modules_leave_the_settings_of_numpy_alone():
    code = ('import numpy as np; before = np.getbufsize(), np.geterr(); import dnn_misc; '
            'print(before == (np.getbufsize(), np.geterr()))')
    folder = Path(dnn_misc.__file__).parent
    run = subprocess.run([sys.executable, '-c', code], cwd=folder, capture_output=True, text=True, timeout=60)
    assert (run.stdout, run.stderr) == ('True\n', '')
