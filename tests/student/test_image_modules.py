"""conv_layer, max_pool, flatten_layer: numbers worked by hand, slow loops, central differences over random shapes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dnn_misc
from tests.helpers.gradients import apart, check_gradients

pytestmark = pytest.mark.core


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
