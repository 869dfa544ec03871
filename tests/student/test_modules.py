"""The modules of dnn_misc.py: numbers worked by hand, slow loops, and central differences over random shapes."""

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dnn_misc

pytestmark = pytest.mark.core

EPSILON = 1e-6


def central_differences(function, array):
    """d function() / d array, entry by entry, by moving each entry of the array by EPSILON up and down."""
    slope = np.zeros(array.shape)
    for index in np.ndindex(array.shape):
        kept = array[index]
        array[index] = kept + EPSILON
        above = function()
        array[index] = kept - EPSILON
        below = function()
        array[index] = kept
        slope[index] = (above - below) / (2 * EPSILON)
    return slope


def apart(rng, shape):
    """Random values of which no two lie closer than 0.01, none closer to 0: no maximum changes under EPSILON."""
    size = math.prod(shape)
    values = (np.arange(size) - size // 2 + 0.5) * 0.01
    return rng.permutation(values).reshape(shape)


def check_gradients(module, X, rng):
    """backward against central differences of sum(weights * forward(X)), for X and every parameter."""
    weights = rng.normal(size=module.forward(X).shape)

    def loss():
        return np.sum(weights * module.forward(X))

    module.forward(X)
    dX = module.backward(X, weights)
    assert dX.shape == X.shape
    np.testing.assert_allclose(dX, central_differences(loss, X), rtol=1e-6, atol=1e-6)
    for key, parameter in getattr(module, 'params', {}).items():
        module.forward(X)
        module.backward(X, weights)
        assert module.gradient[key].shape == parameter.shape
        np.testing.assert_allclose(module.gradient[key], central_differences(loss, parameter), rtol=1e-6, atol=1e-6)


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


# ---- conv_layer ------------------------------------------------------------------------------------------------------

def slow_convolution(X, W, b, stride):
    """The formula of conv_layer's docstring, one output at a time."""
    N, C, H, W_in = X.shape
    num_output, _, length, _ = W.shape
    padding = (length - 1) // 2
    padded = np.zeros((N, C, H + 2 * padding, W_in + 2 * padding))
    padded[:, :, padding:padding + H, padding:padding + W_in] = X
    H_out, W_out = ((side + 2 * padding - length) // stride + 1 for side in (H, W_in))
    output = np.zeros((N, num_output, H_out, W_out))
    for n, o, y, x in np.ndindex(output.shape):
        window = padded[n, :, y * stride:y * stride + length, x * stride:x * stride + length]
        output[n, o, y, x] = b[o, 0] + np.sum(W[o] * window)
    return output


def test_conv_by_hand():
    layer = dnn_misc.conv_layer(num_input=1, num_output=2, filter_len=3, stride=1)
    layer.params['W'] = np.array([[[[0., 0., 0.], [0., 1., 0.], [0., 0., 1.]]],
                                  [[[1., 1., 1.], [1., 1., 1.], [1., 1., 1.]]]])
    layer.params['b'] = np.array([[100.], [0.]])
    X = np.array([[[[1., 2.], [3., 4.]]]])
    np.testing.assert_array_equal(layer.forward(X), [[[[105., 102.], [103., 104.]], [[10., 10.], [10., 10.]]]])
    dX = layer.backward(X, np.array([[[[1., 0.], [0., 0.]], [[0., 0.], [0., 2.]]]]))
    np.testing.assert_array_equal(dX, [[[[3., 2.], [2., 3.]]]])
    np.testing.assert_array_equal(layer.gradient['W'], [[[[0, 0, 0], [0, 1, 2], [0, 3, 4]]],
                                                        [[[2, 4, 0], [6, 8, 0], [0, 0, 0]]]])
    np.testing.assert_array_equal(layer.gradient['b'], [[1.], [2.]])


geometries = st.builds(dict, N=st.integers(1, 3), C=st.integers(1, 3), num_output=st.integers(1, 3),
                       length=st.integers(1, 4), stride=st.integers(1, 3), steps_y=st.integers(0, 3),
                       steps_x=st.integers(0, 3), seed=st.integers(0, 2 ** 31))


def conv_and_images(geometry):
    """A conv layer, and images whose sides its windows fit: length + steps * stride, less the padding."""
    rng = np.random.RandomState(geometry['seed'])
    length, stride = geometry['length'], geometry['stride']
    sides = [max(length + geometry[steps] * stride - 2 * ((length - 1) // 2), 1) for steps in ('steps_y', 'steps_x')]
    layer = dnn_misc.conv_layer(geometry['C'], geometry['num_output'], length, stride)
    return layer, rng.normal(size=(geometry['N'], geometry['C'], *sides)), rng


@settings(max_examples=30, deadline=None)
@given(geometries)
def test_conv_forward_equals_the_slow_loop(geometry):
    layer, X, _ = conv_and_images(geometry)
    expected = slow_convolution(X, layer.params['W'], layer.params['b'], geometry['stride'])
    np.testing.assert_allclose(layer.forward(X), expected, rtol=1e-12, atol=1e-12)


@settings(max_examples=20, deadline=None)
@given(geometries)
def test_conv_gradients(geometry):
    layer, X, rng = conv_and_images(geometry)
    check_gradients(layer, X, rng)


def test_conv_computes_no_gradient_of_X_where_none_is_needed(monkeypatch):
    layer = dnn_misc.conv_layer(num_input=1, num_output=1, filter_len=3, stride=1)
    X = np.array([[[[1., 2.], [3., 4.]]]])
    monkeypatch.setattr(dnn_misc, 'convolve_dX', None)  # not even computed
    assert layer.backward(X, np.array([[[[0., 0.], [0., 2.]]]]), need_dX=False) is None
    np.testing.assert_array_equal(layer.gradient['W'], [[[[2, 4, 0], [6, 8, 0], [0, 0, 0]]]])
    np.testing.assert_array_equal(layer.gradient['b'], [[2.]])


@pytest.mark.parametrize('filter_len, stride, shape, wanted', [
    (3, 1, (2, 3, 8, 8), 'expects N x 2 x H x W, got an array of shape (2, 3, 8, 8)'),
    (3, 1, (2, 64), 'expects N x 2 x H x W, got an array of shape (2, 64)'),
    (4, 1, (1, 2, 1, 8), 'length 4 does not fit into a side of length 1 with padding 1'),
    (3, 2, (1, 2, 7, 8), 'stride 2 does not fit'),
])
def test_conv_names_a_geometry_that_does_not_fit(filter_len, stride, shape, wanted):
    layer = dnn_misc.conv_layer(num_input=2, num_output=1, filter_len=filter_len, stride=stride)
    with pytest.raises(ValueError) as failure:
        layer.forward(np.zeros(shape))
    assert wanted in str(failure.value)


# ---- max_pool --------------------------------------------------------------------------------------------------------

def slow_pooling(X, grad, max_len, stride):
    """Maxima and gradient window by window; argmax is the first of equal values in row-major order."""
    N, C, H, W = X.shape
    output = np.zeros((N, C, (H - max_len) // stride + 1, (W - max_len) // stride + 1))
    dX = np.zeros(X.shape)
    for n, c, y, x in np.ndindex(output.shape):
        window = X[n, c, y * stride:y * stride + max_len, x * stride:x * stride + max_len]
        output[n, c, y, x] = np.max(window)
        i, j = np.unravel_index(np.argmax(window), window.shape)
        dX[n, c, y * stride + i, x * stride + j] += grad[n, c, y, x]
    return output, dX


def test_pool_by_hand_with_ties_and_overlap():
    X = np.array([[[[1., 5., 2.], [5., 0., 5.], [7., 7., 7.]]]])
    module = dnn_misc.max_pool(max_len=2, stride=1)
    np.testing.assert_array_equal(module.forward(X), [[[[5., 5.], [7., 7.]]]])
    dX = module.backward(X, np.array([[[[1., 2.], [3., 4.]]]]))
    np.testing.assert_array_equal(dX, [[[[0., 3., 0.], [0., 0., 0.], [3., 4., 0.]]]])


def test_pool_by_hand_with_ties_and_windows_apart():
    X = np.array([[[[3., 7., 2., 2.], [7., 1., 0., 2.]]]])  # the left window is the docstring's
    module = dnn_misc.max_pool(max_len=2, stride=2)
    np.testing.assert_array_equal(module.forward(X), [[[[7., 2.]]]])
    np.testing.assert_array_equal(module.backward(X, np.array([[[[5., 6.]]]])), [[[[0., 5., 6., 0.], [0.] * 4]]])


@settings(max_examples=40, deadline=None)
@given(N=st.integers(1, 3), C=st.integers(1, 3), max_len=st.integers(1, 3), stride=st.integers(1, 4),
       steps=st.tuples(st.integers(0, 3), st.integers(0, 3)), channel_first=st.booleans(), seed=st.integers(0, 2 ** 31))
def test_pool_equals_the_slow_loop(N, C, max_len, stride, steps, channel_first, seed):
    rng = np.random.RandomState(seed)
    X = rng.randint(0, 3, (N, C, *(max_len + step * stride for step in steps))).astype(float)  # ties in plenty
    if channel_first:  # another order in memory
        X = np.ascontiguousarray(X.transpose(1, 0, 2, 3)).transpose(1, 0, 2, 3)
    grad = rng.normal(size=(N, C, *(step + 1 for step in steps)))
    output, dX = slow_pooling(X, grad, max_len, stride)
    module = dnn_misc.max_pool(max_len, stride)
    np.testing.assert_array_equal(module.forward(X), output)
    np.testing.assert_allclose(module.backward(X, grad), dX, rtol=1e-14, atol=1e-14)


@settings(max_examples=10, deadline=None)
@given(N=st.integers(1, 2), C=st.integers(1, 2), max_len=st.integers(1, 3), stride=st.integers(1, 3),
       steps=st.integers(0, 2), seed=st.integers(0, 2 ** 31))
def test_pool_gradients(N, C, max_len, stride, steps, seed):
    rng = np.random.RandomState(seed)
    side = max_len + steps * stride
    check_gradients(dnn_misc.max_pool(max_len, stride), apart(rng, (N, C, side, side)), rng)


@pytest.mark.parametrize('shape, wanted', [
    ((2, 3, 5, 4), 'stride 2 does not fit'),
    ((2, 3, 1, 4), 'does not fit into a side'),
    ((2, 16), 'got an array of shape (2, 16)'),
])
def test_pool_names_a_geometry_that_does_not_fit(shape, wanted):
    with pytest.raises(ValueError) as failure:
        dnn_misc.max_pool(max_len=2, stride=2).forward(np.zeros(shape))
    assert wanted in str(failure.value)


@pytest.mark.parametrize('max_len, stride, expected', [
    (2, 2, [[0., 0.5, 0.], [0., 0., 0.], [0., 0., 0.]]),
    (2, 1, [[0., 0.5, 0.25], [0.125, 0., 0.], [0., 0., 2.]]),
])
def test_pool_of_whole_numbers_has_a_gradient_with_fractions(max_len, stride, expected):
    X = np.array([[[[1, 7, 8], [5, 2, 1], [4, 3, 6]]]])
    if stride == max_len:  # a 2 x 2 image: the windows have to fit
        X, expected = X[:, :, :2, :2], np.array(expected)[:2, :2]
    grad = np.array([[[[0.5, 0.25], [0.125, 2.]]]])[:, :, :len(expected) - 1, :len(expected) - 1]
    np.testing.assert_array_equal(dnn_misc.max_pool(max_len, stride).backward(X, grad), [[expected]])


@pytest.mark.parametrize('module, grad_shape', [
    (dnn_misc.conv_layer(2, 3, 3, 1), (4, 3, 4, 6)),
    (dnn_misc.conv_layer(2, 3, 3, 1), (1, 3, 6, 6)),
    (dnn_misc.max_pool(2, 2), (4, 2, 3, 1)),
    (dnn_misc.max_pool(2, 2), (4, 2, 6, 6)),
    (dnn_misc.flatten_layer(), (4, 2, 6, 6)),
    (dnn_misc.flatten_layer(), (8, 36)),
])
def test_a_gradient_of_another_shape_than_the_output_is_named(module, grad_shape):
    X = np.zeros((4, 2, 6, 6))
    module.forward(X)
    with pytest.raises(ValueError) as failure:
        module.backward(X, np.zeros(grad_shape))
    assert f'gradient of shape {grad_shape}, expected {module.forward(X).shape}' in str(failure.value)


@pytest.mark.parametrize('module', [dnn_misc.conv_layer(2, 3, 3, 1), dnn_misc.max_pool(2, 2),
                                    dnn_misc.flatten_layer()])
def test_no_gradient_at_all_is_named(module):
    with pytest.raises(ValueError) as failure:
        module.backward(np.zeros((4, 2, 6, 6)), None)
    assert 'the backward called before this one returned no array' in str(failure.value)


# ---- flatten_layer ---------------------------------------------------------------------------------------------------

def test_flatten_keeps_channel_row_column_order_in_any_memory_layout():
    X = np.arange(24.0).reshape(2, 3, 2, 2)
    other_layout = np.ascontiguousarray(X.transpose(1, 0, 2, 3)).transpose(1, 0, 2, 3)
    module = dnn_misc.flatten_layer()
    for images in (X, other_layout):
        flat = module.forward(images)
        np.testing.assert_array_equal(flat, [np.arange(12.0), np.arange(12.0, 24.0)])
        np.testing.assert_array_equal(module.backward(images, flat), X)


def test_flatten_refuses_what_is_no_image():
    with pytest.raises(ValueError, match=r'got an array of shape \(2, 3\)'):
        dnn_misc.flatten_layer().forward(np.zeros((2, 3)))


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
