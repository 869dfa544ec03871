"""im2col, col2im and convolve: the docstring's example, windows by slow slicing, bands, and each adjoint."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from dnn_im2col import col2im, convolve, convolve_dfilters, convolve_dX, im2col, output_len

pytestmark = pytest.mark.core


def test_the_example_of_the_docstring():
    image = np.arange(1.0, 10.0).reshape(1, 1, 3, 3)
    [[cols]] = im2col(image, window_len=2, stride=1)
    np.testing.assert_array_equal(cols, [[1, 2, 4, 5], [2, 3, 5, 6], [4, 5, 7, 8], [5, 6, 8, 9]])
    np.testing.assert_array_equal(np.array([1, 0, 0, 1]) @ cols, [6, 8, 12, 14])
    np.testing.assert_array_equal(col2im(cols, (1, 1, 3, 3), window_len=2, stride=1),
                                  [[[[1, 4, 3], [8, 20, 12], [7, 16, 9]]]])

    [[upper], [lower]] = im2col(image, window_len=2, stride=1, bands=2)
    np.testing.assert_array_equal(upper, [[1, 2, 4, 5], [2, 3, 5, 6]])
    np.testing.assert_array_equal(lower, [[4, 5, 7, 8], [5, 6, 8, 9]])
    np.testing.assert_array_equal(np.array([1, 0]) @ upper + np.array([0, 1]) @ lower, [6, 8, 12, 14])


def test_two_channels_two_examples_and_padding():
    X = np.array([[[[1.]], [[2.]]], [[[3.]], [[4.]]]])  # 2 x 2 x 1 x 1
    [cols] = im2col(X, window_len=3, stride=1, padding=1)
    expected = np.zeros((2, 18, 1))
    expected[:, 4, 0] = [1., 3.]  # the centre of the window on channel 0, example by example
    expected[:, 13, 0] = [2., 4.]
    np.testing.assert_array_equal(cols, expected)


@st.composite
def images(draw):
    """Images N x C x H x W with a window that fits them, and its stride and padding."""
    length, stride, padding = draw(st.integers(1, 4)), draw(st.integers(1, 3)), draw(st.integers(0, 2))
    fitting = [side for side in range(1, 9) if side + 2 * padding >= length
               and (side + 2 * padding - length) % stride == 0]
    shape = [draw(st.integers(1, 3)), draw(st.integers(1, 3)), *draw(st.tuples(*2 * [st.sampled_from(fitting)]))]
    rng = np.random.RandomState(draw(st.integers(0, 2 ** 31)))
    return rng.normal(size=shape), length, stride, padding


@settings(max_examples=40, deadline=None)
@given(images())
def test_every_column_is_the_window_at_its_place(images):
    X, length, stride, padding = images
    N, C, H, W = X.shape
    padded = np.pad(X, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    [cols] = im2col(X, length, stride, padding)
    bands = im2col(X, length, stride, padding, bands=length)
    places = [(y, x) for y in range(0, H + 2 * padding - length + 1, stride)
              for x in range(0, W + 2 * padding - length + 1, stride)]
    assert cols.shape == (N, C * length * length, len(places))
    assert [band.shape for band in bands] == length * [(N, C * length, len(places))]
    for n in range(N):
        for place, (y, x) in enumerate(places):
            window = padded[n, :, y:y + length, x:x + length]
            np.testing.assert_array_equal(cols[n, :, place], window.ravel())
            for i, band in enumerate(bands):
                np.testing.assert_array_equal(band[n, :, place], window[:, i].ravel())


@settings(max_examples=40, deadline=None)
@given(images())
def test_col2im_is_the_adjoint(images):
    X, length, stride, padding = images
    [cols] = im2col(X, length, stride, padding)
    other = np.cos(np.arange(cols.size)).reshape(cols.shape)
    back = col2im(other, X.shape, length, stride, padding)
    assert back.shape == X.shape
    assert np.sum(cols * other) == pytest.approx(np.sum(X * back), rel=1e-10, abs=1e-10)


@pytest.mark.parametrize('C, O', [(1, 6), (5, 2), (12, 7), (7, 12)])  # one band or several, fewer channels or filters
@pytest.mark.parametrize('filter_len, stride, padding', [(1, 1, 0), (3, 1, 1), (3, 2, 1), (4, 3, 1), (5, 1, 2)])
def test_convolve_by_slow_slicing_and_its_adjoints(C, O, filter_len, stride, padding):
    rng = np.random.RandomState(O)
    X, filters = rng.normal(size=(2, C, 7, 10)), rng.normal(size=(O, C, filter_len, filter_len))
    X = X[:, :, :(7 + 2 * padding - filter_len) // stride * stride + filter_len - 2 * padding]
    X = X[:, :, :, :(10 + 2 * padding - filter_len) // stride * stride + filter_len - 2 * padding]
    padded = np.pad(X, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    output = convolve(X, filters, stride, padding)
    for y in range(output.shape[2]):
        for x in range(output.shape[3]):
            window = padded[:, :, y * stride:y * stride + filter_len, x * stride:x * stride + filter_len]
            np.testing.assert_allclose(output[:, :, y, x], np.einsum('ncij,ocij->no', window, filters), atol=1e-12)

    # The output is linear in X and in the filters, so that <grad, output> is <dX, X>, and <dfilters, filters> as well.
    grad = rng.normal(size=output.shape)
    product = pytest.approx(np.sum(grad * output), rel=1e-10)
    assert np.sum(convolve_dX(grad, filters, X.shape, stride, padding) * X) == product
    assert np.sum(convolve_dfilters(X, grad, filter_len, stride, padding) * filters) == product


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
