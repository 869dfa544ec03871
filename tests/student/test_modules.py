"""linear_layer, relu and dropout: numbers worked by hand and central differences; what every module promises."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dnn_misc
from tests.helpers.gradients import apart, check_gradients

pytestmark = pytest.mark.core


# ---- linear_layer ----------------------------------------------------------------------------------------------------

@pytest.fixture
def small_linear():
    layer = dnn_misc.linear_layer(input_D=3, output_D=2)
    layer.params['W'] = np.array([[1., 2.], [0., -1.], [3., 0.5]])
    layer.params['b'] = np.array([[10., 20.]])
    return layer


def test_linear_by_hand(small_linear):
    X = np.array([[1., 2., 3.], [0., -1., 2.]])
    np.testing.assert_array_equal(small_linear.forward(X), [[20., 21.5], [16., 22.]])
    dX = small_linear.backward(X, np.array([[1., 2.], [-1., 0.]]))
    np.testing.assert_array_equal(dX, [[5., -2., 4.], [-1., 0., -3.]])
    np.testing.assert_array_equal(small_linear.gradient['W'], [[1., 2.], [3., 4.], [1., 6.]])
    np.testing.assert_array_equal(small_linear.gradient['b'], [[0., 2.]])


def test_parameters_are_drawn_as_the_records_need_them():
    np.random.seed(2)
    layer = dnn_misc.linear_layer(input_D=2, output_D=3)
    conv = dnn_misc.conv_layer(num_input=1, num_output=2, filter_len=1, stride=1)
    np.random.seed(2)  # W before b, module after module
    for parameter, shape in ((layer.params['W'], (2, 3)), (layer.params['b'], (1, 3)),
                             (conv.params['W'], (2, 1, 1, 1)), (conv.params['b'], (2, 1))):
        np.testing.assert_array_equal(parameter, np.random.normal(0, 0.1, shape))


@settings(max_examples=15, deadline=None)
@given(N=st.integers(1, 5), D=st.integers(1, 6), K=st.integers(1, 4), seed=st.integers(0, 2 ** 31))
def test_linear_gradients(N, D, K, seed):
    rng = np.random.RandomState(seed)
    check_gradients(dnn_misc.linear_layer(D, K), rng.normal(size=(N, D)), rng)


# ---- relu ------------------------------------------------------------------------------------------------------------

def test_relu_by_hand():
    module = dnn_misc.relu()
    X = np.array([[-1., 2.], [3., -4.]])
    np.testing.assert_array_equal(module.forward(X), [[0., 2.], [3., 0.]])
    np.testing.assert_array_equal(module.backward(X, np.array([[5., 6.], [-7., 8.]])), [[0., 6.], [-7., 0.]])


@settings(max_examples=15, deadline=None)
@given(shape=st.lists(st.integers(1, 4), min_size=1, max_size=4), seed=st.integers(0, 2 ** 31))
def test_relu_gradients(shape, seed):
    rng = np.random.RandomState(seed)
    check_gradients(dnn_misc.relu(), apart(rng, tuple(shape)), rng)


# ---- dropout ---------------------------------------------------------------------------------------------------------

def test_dropout_by_hand():
    np.random.seed(2)  # draws 0.436, 0.026, 0.550, 0.435, 0.420, 0.330: two are >= 0.4355, and 0.4353 is not
    module = dnn_misc.dropout(r=0.4355)
    X = np.array([[1., 2., 3.], [4., 5., 6.]])
    scale = 1 / (1 - 0.4355)
    np.testing.assert_allclose(module.forward(X, is_train=True), [[scale, 0, 3 * scale], [0, 0, 0]], rtol=1e-15)
    np.testing.assert_allclose(module.backward(X, np.ones((2, 3))), [[scale, 0, scale], [0, 0, 0]], rtol=1e-15)


@pytest.mark.parametrize('r', [0.0, 0.5, 0.95])
def test_dropout_takes_one_draw_an_element_in_training_and_none_in_testing(r):
    module = dnn_misc.dropout(r)
    X = np.ones((3, 4))
    np.random.seed(7)
    module.forward(X, is_train=True)
    after = np.random.uniform()
    np.random.seed(7)
    module.forward(X, is_train=False)
    module.backward(X, X)
    draws = np.random.uniform(size=13)
    assert after == draws[12]


def test_dropout_keeps_each_element_with_probability_one_minus_r():
    np.random.seed(0)
    output = dnn_misc.dropout(r=0.8).forward(np.ones((100, 1000)), is_train=True)
    assert set(np.unique(output)) == {0.0, 1 / (1 - 0.8)}
    assert abs(np.mean(output > 0) - 0.2) < 5 * math.sqrt(0.2 * 0.8 / 1e5)


@pytest.mark.parametrize('shape', [(1, 1), (4, 6), (2, 3, 4, 5)])
def test_dropout_backward_uses_the_mask_of_the_last_forward(shape):
    module = dnn_misc.dropout(r=0.5)
    X = np.full(shape, 3.0)
    for _ in range(3):
        factor = module.forward(X, is_train=True) / 3.0
        np.testing.assert_allclose(module.backward(X, X), 3.0 * factor)
        np.testing.assert_allclose(module.backward(X, 2 * X), 6.0 * factor)
    np.testing.assert_array_equal(module.forward(X, is_train=False), X)
    np.testing.assert_array_equal(module.backward(X, 2 * X), 2 * X)


@pytest.mark.parametrize('r', [-0.1, 1.0, 2, float('nan')])
def test_dropout_refuses_other_rates(r):
    with pytest.raises(ValueError, match='dropout rate'):
        dnn_misc.dropout(r)


# ---- what every module promises --------------------------------------------------------------------------------------

def every_module():
    images = (4, 3, 6, 6)
    return {
        'linear_layer': (dnn_misc.linear_layer(5, 2), (4, 5), {}),
        'relu': (dnn_misc.relu(), images, {}),
        'dropout in training': (dnn_misc.dropout(0.5), (4, 5), {'is_train': True}),
        'dropout in testing': (dnn_misc.dropout(0.5), (4, 5), {'is_train': False}),
        'conv_layer': (dnn_misc.conv_layer(3, 2, 3, 1), images, {}),
        'conv_layer, more filters than channels': (dnn_misc.conv_layer(3, 7, 3, 1), images, {}),
        'conv_layer with stride 2': (dnn_misc.conv_layer(3, 2, 2, 2), images, {}),
        'max_pool': (dnn_misc.max_pool(2, 2), images, {}),
        'max_pool of one pixel': (dnn_misc.max_pool(1, 1), images, {}),
        'overlapping max_pool': (dnn_misc.max_pool(2, 1), images, {}),
        'flatten_layer': (dnn_misc.flatten_layer(), images, {}),
    }


@pytest.mark.parametrize('name', every_module())
def test_arguments_stay_as_they_were_and_results_too(name):
    module, shape, options = every_module()[name]
    rng = np.random.RandomState(0)
    X = rng.normal(size=shape)
    kept_X = X.copy()
    output = module.forward(X, **options)
    kept_output = output.copy()
    grad = rng.normal(size=output.shape)
    kept_grad = grad.copy()
    dX = module.backward(X, grad)
    kept_dX = dX.copy()
    kept_gradient = {key: value.copy() for key, value in getattr(module, 'gradient', {}).items()}
    first_gradient = dict(getattr(module, 'gradient', {}))

    other = rng.normal(size=shape)  # a second round with other numbers must not reach back into the first
    module.backward(other, 2 * module.forward(other, **options))
    np.testing.assert_array_equal(X, kept_X)
    np.testing.assert_array_equal(grad, kept_grad)
    np.testing.assert_array_equal(output, kept_output)
    np.testing.assert_array_equal(dX, kept_dX)
    for key, value in first_gradient.items():
        np.testing.assert_array_equal(value, kept_gradient[key])


@pytest.mark.parametrize('name', [name for name in every_module() if name != 'dropout in training'])
def test_a_changed_result_does_not_reach_the_next_call(name):
    module, shape, options = every_module()[name]
    X = np.random.RandomState(1).normal(size=shape)
    expected = module.forward(X.copy(), **options).copy()
    expected_dX = module.backward(X.copy(), expected.copy()).copy()
    output = module.forward(X.copy(), **options)
    output[...] = 99.0  # as a caller may who works in place
    module.backward(X.copy(), expected.copy())[...] = 99.0
    np.testing.assert_array_equal(module.forward(X.copy(), **options), expected)
    np.testing.assert_array_equal(module.backward(X.copy(), expected.copy()), expected_dX)
