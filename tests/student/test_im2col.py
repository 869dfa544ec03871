"""im2col and the convolutions: the docstrings' examples, numbers worked by hand, and a slow loop over the windows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dnn_im2col import convolve, convolve_dfilters, convolve_dX, im2col, output_len

pytestmark = pytest.mark.core

IMAGE = np.arange(1.0, 10.0).reshape(1, 1, 3, 3)  # 1 2 3 / 4 5 6 / 7 8 9
FILTER = np.array([[[[1., 2.], [3., 4.]]]])
GRAD = np.array([[[[1., 10.], [100., 1000.]]]])


def test_the_example_of_the_docstring():
    [cols] = im2col(IMAGE, filter_len=2, stride=1)
    np.testing.assert_array_equal(cols, [[1, 2, 4, 5], [2, 3, 5, 6], [4, 5, 7, 8], [5, 6, 8, 9]])
    np.testing.assert_array_equal(np.array([1, 0, 0, 1]) @ cols, [6, 8, 12, 14])
    diagonal = np.array([[[[1., 0.], [0., 1.]]]])
    np.testing.assert_array_equal(convolve(IMAGE, diagonal, stride=1), [[[[6, 8], [12, 14]]]])


def test_two_channels_two_examples_and_padding():
    X = np.array([[[[1.]], [[2.]]], [[[3.]], [[4.]]]])  # 2 x 2 x 1 x 1
    cols = im2col(X, filter_len=3, stride=1, padding=1)
    expected = np.zeros((2, 18, 1))
    expected[:, 4, 0] = [1., 3.]  # the centre of the window on channel 0, example by example
    expected[:, 13, 0] = [2., 4.]
    np.testing.assert_array_equal(cols, expected)


def test_gradients_by_hand():
    np.testing.assert_array_equal(convolve_dX(GRAD, FILTER, stride=1),
                                  [[[[1, 12, 20], [103, 1234, 2040], [300, 3400, 4000]]]])
    np.testing.assert_array_equal(convolve_dfilters(IMAGE, GRAD, filter_len=2, stride=1),
                                  [[[[5421, 6532], [8754, 9865]]]])


def test_gradients_by_hand_with_stride_2():
    image = np.arange(16.0).reshape(1, 1, 4, 4)
    np.testing.assert_array_equal(convolve(image, FILTER, stride=2), [[[[34, 54], [114, 134]]]])
    np.testing.assert_array_equal(convolve_dX(GRAD, FILTER, stride=2),
                                  [[[[1, 2, 10, 20], [3, 4, 30, 40], [100, 200, 1000, 2000], [300, 400, 3000, 4000]]]])
    np.testing.assert_array_equal(convolve_dfilters(image, GRAD, filter_len=2, stride=2),
                                  [[[[10820, 11931], [15264, 16375]]]])


def test_gradient_by_hand_with_padding():
    # The filter's nine places around 1 x 1 images: only the centre of each of them ever meets the pixel.
    filters = np.arange(1.0, 19.0).reshape(2, 1, 3, 3)
    grad = np.array([[[[2.]], [[10.]]], [[[0.]], [[1.]]]])  # 2 examples, 2 filters
    np.testing.assert_array_equal(convolve_dX(grad, filters, stride=1, padding=1), [[[[150.]]], [[[14.]]]])
    dfilters = convolve_dfilters(np.array([[[[3.]]], [[[5.]]]]), grad, filter_len=3, stride=1, padding=1)
    np.testing.assert_array_equal(dfilters[:, 0, 1, 1], [6, 35])
    assert np.count_nonzero(dfilters) == 2


@st.composite
def images(draw):
    """Images N x C x H x W with a window that fits them, and its stride and padding."""
    length, stride = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    padding = draw(st.integers(0, length - 1))
    fitting = [side for side in range(1, 9) if side + 2 * padding >= length
               and (side + 2 * padding - length) % stride == 0]
    shape = [draw(st.integers(1, 3)), draw(st.integers(1, 3)), *draw(st.tuples(*2 * [st.sampled_from(fitting)]))]
    rng = np.random.RandomState(draw(st.integers(0, 2 ** 31)))
    return rng.normal(size=shape), length, stride, padding


def window_corners(padded, length, stride):
    """The upper left pixel (y, x) of every window, in row-major order."""
    return [(y, x) for y in range(0, padded.shape[2] - length + 1, stride)
            for x in range(0, padded.shape[3] - length + 1, stride)]


def pad(X, padding):
    return np.pad(X, ((0, 0), (0, 0), (padding, padding), (padding, padding)))


@settings(max_examples=40, deadline=None)
@given(images())
def test_every_column_is_the_window_at_its_place(images):
    X, length, stride, padding = images
    N, C, _, _ = X.shape
    padded = pad(X, padding)
    cols = im2col(X, length, stride, padding)
    corners = window_corners(padded, length, stride)
    assert cols.shape == (N, C * length * length, len(corners))
    for n in range(N):
        for place, (y, x) in enumerate(corners):
            np.testing.assert_array_equal(cols[n, :, place], padded[n, :, y:y + length, x:x + length].ravel())


@settings(max_examples=60, deadline=None)
@given(images(), st.integers(1, 4))
def test_convolution_and_gradients_equal_the_slow_loop(images, O):
    X, length, stride, padding = images
    N, C, H, W = X.shape
    rng = np.random.RandomState(O)
    filters = rng.normal(size=(O, C, length, length))
    padded = pad(X, padding)
    output = convolve(X, filters, stride, padding)
    grad = rng.normal(size=output.shape)
    dpadded, dfilters = np.zeros(padded.shape), np.zeros(filters.shape)
    corners = window_corners(padded, length, stride)
    assert output.shape == (N, O, (H + 2 * padding - length) // stride + 1, (W + 2 * padding - length) // stride + 1)
    assert output[0, 0].size == len(corners)
    for y, x in corners:
        window = padded[:, :, y:y + length, x:x + length]
        result, dresult = output[:, :, y // stride, x // stride], grad[:, :, y // stride, x // stride]
        np.testing.assert_allclose(result, np.einsum('ncij,ocij->no', window, filters), atol=1e-12)
        dpadded[:, :, y:y + length, x:x + length] += np.einsum('no,ocij->ncij', dresult, filters)
        dfilters += np.einsum('no,ncij->ocij', dresult, window)

    dX = convolve_dX(grad, filters, stride, padding)
    assert dX.shape == X.shape
    np.testing.assert_allclose(dX, dpadded[:, :, padding:padding + H, padding:padding + W], atol=1e-12)
    np.testing.assert_allclose(convolve_dfilters(X, grad, length, stride, padding), dfilters, atol=1e-12)


@pytest.mark.parametrize('arguments, expected', [((28, 5, 1, 2), 28), ((28, 2, 2), 14), ((3, 2, 1), 2), ((4, 4, 3), 1)])
def test_output_len(arguments, expected):
    assert output_len(*arguments) == expected


@pytest.mark.parametrize('arguments, wanted', [
    ((2, 5, 1, 1), 'length 5 does not fit into a side of length 2 with padding 1'),
    ((5, 2, 2), 'stride 2 does not fit'),
])
def test_output_len_refuses_what_does_not_fit(arguments, wanted):
    with pytest.raises(ValueError, match=wanted):
        output_len(*arguments)
