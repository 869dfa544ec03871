"""im2col and col2im: the example of the docstring, windows by slow slicing, and the one as adjoint of the other."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from dnn_im2col import col2im, im2col, output_len

pytestmark = pytest.mark.core


def test_the_example_of_the_docstring():
    image = np.arange(1.0, 10.0).reshape(1, 1, 3, 3)
    cols = im2col(image, window_len=2, stride=1)
    np.testing.assert_array_equal(cols, [[1, 2, 4, 5], [2, 3, 5, 6], [4, 5, 7, 8], [5, 6, 8, 9]])
    np.testing.assert_array_equal(np.array([1, 0, 0, 1]) @ cols, [6, 8, 12, 14])
    np.testing.assert_array_equal(col2im(cols, (1, 1, 3, 3), window_len=2, stride=1),
                                  [[[[1, 4, 3], [8, 20, 12], [7, 16, 9]]]])


def test_two_channels_two_examples_and_padding():
    X = np.array([[[[1.]], [[2.]]], [[[3.]], [[4.]]]])  # 2 x 2 x 1 x 1
    cols = im2col(X, window_len=3, stride=1, padding=1)
    assert cols.shape == (18, 2)
    expected = np.zeros((18, 2))
    expected[4] = [1., 3.]  # the centre of the window on channel 0: examples side by side
    expected[13] = [2., 4.]
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
    cols = im2col(X, length, stride, padding)
    places = [(n, y, x) for n in range(N) for y in range(0, H + 2 * padding - length + 1, stride)
              for x in range(0, W + 2 * padding - length + 1, stride)]
    assert cols.shape == (C * length * length, len(places))
    for column, (n, y, x) in zip(cols.T, places):
        np.testing.assert_array_equal(column, padded[n, :, y:y + length, x:x + length].ravel())


@settings(max_examples=40, deadline=None)
@given(images())
def test_col2im_is_the_adjoint(images):
    X, length, stride, padding = images
    cols = im2col(X, length, stride, padding)
    other = np.cos(np.arange(cols.size)).reshape(cols.shape)
    back = col2im(other, X.shape, length, stride, padding)
    assert back.shape == X.shape
    assert np.sum(cols * other) == pytest.approx(np.sum(X * back), rel=1e-10, abs=1e-10)


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
