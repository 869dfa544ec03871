"""Convolution as one matrix product, by way of im2col.

A window of filter_len x filter_len pixels moves over an image in steps of `stride`. im2col copies the pixels in each
window into a column. A 3 x 3 image has four windows of 2 x 2 with stride 1:

        image            window 0   window 1   window 2   window 3          cols
      1  2  3              1  2       2  3       4  5       5  6           1  2  4  5     upper left pixels
      4  5  6              4  5       5  6       7  8       8  9           2  3  5  6     upper right
      7  8  9                                                              4  5  7  8     lower left
                                                                           5  6  8  9     lower right

The filter [[1, 0], [0, 1]], written as the row [1, 0, 0, 1], times cols gives [6, 8, 12, 14]: the 2 x 2 output. Each
row of cols is a part of the image, of the size of the output: filter_len ** 2 copies of such parts fill cols.

N images, C channels, O filters; `padded` is X with `padding` zeros around each image, 0 <= padding < filter_len.
"""

import numpy as np


def output_len(input_len, window_len, stride, padding=0):
    """The number of windows along one side of an image: (input_len + 2 * padding - window_len) / stride + 1.

    Raises ValueError if the window is longer than the padded side, or if whole strides do not reach the end of it.
    """
    room = input_len + 2 * padding - window_len
    if room < 0:
        raise ValueError(f'a window of length {window_len} does not fit into a side of length {input_len} '
                         f'with padding {padding}')
    if room % stride:
        raise ValueError(f'stride {stride} does not fit: a window of length {window_len} does not reach the end of a '
                         f'side of length {input_len} with padding {padding}')
    return room // stride + 1


def im2col(X, filter_len, stride, padding=0):
    """cols[n, (c, i, j), (y, x)] = padded[n, c, y * stride + i, x * stride + j]: a column for each window (y, x).

    X: N x C x H x W. Returns N x (C * filter_len * filter_len) x (H_out * W_out).
    """
    N, C, H, W = X.shape
    H_out = output_len(H, filter_len, stride, padding)
    W_out = output_len(W, filter_len, stride, padding)
    padded = np.zeros((N, C, H + 2 * padding, W + 2 * padding))
    padded[:, :, padding:padding + H, padding:padding + W] = X

    cols = np.empty((N, C, filter_len, filter_len, H_out, W_out))
    for i in range(filter_len):
        for j in range(filter_len):
            cols[:, :, i, j] = padded[:, :, i:i + stride * H_out:stride, j:j + stride * W_out:stride]
    return cols.reshape(N, C * filter_len * filter_len, H_out * W_out)


def convolve(X, filters, stride, padding=0):
    """output[n, o, y, x] = sum over c, i, j of filters[o, c, i, j] * padded[n, c, y * stride + i, x * stride + j].

    X: N x C x H x W. filters: O x C x filter_len x filter_len. Returns N x O x H_out x W_out.
    """
    N, _, H, W = X.shape
    O, _, filter_len, _ = filters.shape
    rows = filters.reshape(O, -1)  # O x (C * filter_len * filter_len)
    output = rows @ im2col(X, filter_len, stride, padding)  # N x O x (H_out * W_out)
    return output.reshape(N, O, output_len(H, filter_len, stride, padding), output_len(W, filter_len, stride, padding))


def convolve_dfilters(X, grad, filter_len, stride, padding=0):
    """The gradient with respect to the filters of convolve: the sum over n of grad[n] @ cols[n].T, a row per filter.

    X: as given to convolve. grad: N x O x H_out x W_out. Returns O x C x filter_len x filter_len.
    """
    N, O, H_out, W_out = grad.shape
    grad = grad.reshape(N, O, H_out * W_out)
    cols = im2col(X, filter_len, stride, padding)  # N x (C * filter_len * filter_len) x (H_out * W_out)
    dfilters = np.sum(grad @ cols.transpose(0, 2, 1), axis=0)  # O x (C * filter_len * filter_len)
    return dfilters.reshape(O, X.shape[1], filter_len, filter_len)


def convolve_dX(grad, filters, stride, padding=0):
    """The gradient with respect to the X of convolve: a convolution of grad with the filters turned by 180 degrees.

    In one dimension, the filter (f0, f1) makes (f0 x0 + f1 x1, f0 x1 + f1 x2) of X = (x0, x1, x2), so that dX is
    (f0 g0, f1 g0 + f0 g1, f1 g1): the filter (f1, f0) moved over (0, g0, g1, 0). With stride 2 it moves over
    (0, g0, 0, g1, 0), because X then has four entries, and the filter makes (f0 x0 + f1 x1, f0 x2 + f1 x3) of them.

    grad: N x O x H_out x W_out. filters: O x C x filter_len x filter_len. Returns N x C x H x W.
    """
    N, O, H_out, W_out = grad.shape
    spread = grad  # with stride - 1 zeros between neighbours
    if stride > 1:
        spread = np.zeros((N, O, stride * (H_out - 1) + 1, stride * (W_out - 1) + 1))
        spread[:, :, ::stride, ::stride] = grad
    turned = filters[:, :, ::-1, ::-1].transpose(1, 0, 2, 3)  # C x O x filter_len x filter_len
    return convolve(spread, turned, stride=1, padding=filters.shape[2] - 1 - padding)
