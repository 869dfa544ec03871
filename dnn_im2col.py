"""Convolution as matrix products, by way of im2col, and the windows that pooling shares with it.

A window of `window_len` x `window_len` pixels moves over an image in steps of `stride`. im2col copies what each
window covers into one column, so that a convolution becomes one matrix product: (filters as rows) @ (windows as
columns). A 3 x 3 image under a 2 x 2 window with stride 1 has four places:

        image            window 0   window 1   window 2   window 3          columns
      1  2  3              1  2       2  3       4  5       5  6           1  2  4  5
      4  5  6              4  5       5  6       7  8       8  9           2  3  5  6
      7  8  9                                                              4  5  7  8
                                                                           5  6  8  9

A filter [[1, 0], [0, 1]], as the row [1, 0, 0, 1], times these columns gives [6, 8, 12, 14]: the 2 x 2 output.
col2im is the adjoint, which backward needs: it adds every entry of the columns onto the pixel it came from, so the
columns above come back as [[1, 4, 3], [8, 20, 12], [7, 16, 9]]: the pixel 5 lies in four windows, and gets 4 * 5.

Bands. These columns hold almost every pixel window_len ** 2 times, and to copy them takes as long as the product. With
many channels it is enough to unroll each row of the image, as for a window of 1 x 2 (left), and to take the window in
bands of one row each: the columns of band i are a part of the same memory, from row i of the image on.

      rows unrolled           band 0: the upper row of the windows        band 1: the lower row
      1  2 | 4  5 | 7  8      1  2 | 4  5                                 4  5 | 7  8
      2  3 | 5  6 | 8  9      2  3 | 5  6                                 5  6 | 8  9

The filter [[1, 0], [0, 1]] becomes the rows [1, 0] and [0, 1], and the output is the sum of the two products,
[1, 2, 4, 5] + [5, 6, 8, 9]. With few channels, one band of the whole window makes the better product.

Images are N x C x H x W. Row (c, i, j) of the columns, counted in that order, is the pixel in row i (of the band) and
column j of the window on channel c; column (y, x) is the window at the place (y, x) of the output.
"""

import numpy as np
from numpy.lib.stride_tricks import as_strided

FEW_ROWS = 32  # columns with fewer rows than this are not worth a matrix product of their own


def output_len(input_len, window_len, stride, padding=0):
    """Number of places a window has along one side: (input_len + 2 * padding - window_len) / stride + 1.

    Raises ValueError where the window is larger than the padded side, or does not reach its end in whole strides.
    """
    room = input_len + 2 * padding - window_len
    if room < 0:
        raise ValueError(f'a window of length {window_len} does not fit into a side of length {input_len} '
                         f'with padding {padding}')
    if room % stride:
        raise ValueError(f'stride {stride} does not fit: a window of length {window_len} does not reach the end of a '
                         f'side of length {input_len} with padding {padding}')
    return room // stride + 1


def window_slices(window_len, stride, num_places):
    """For each pixel along a side of the window, the slice of the image's side that it covers over all places."""
    return [slice(k, k + stride * (num_places - 1) + 1, stride) for k in range(window_len)]


def im2col(X, window_len, stride, padding=0, bands=1):
    """What every window covers, a column each; zeros around the images where padding > 0.

    X: N x C x H x W; bands: 1 or window_len. Returns a list with the columns of each band of the window, from the top:
    N x (C * window_len // bands * window_len) x (H_out * W_out).
    """
    N, C, H, W = X.shape
    H_out = output_len(H, window_len, stride, padding)
    W_out = output_len(W, window_len, stride, padding)
    band_len = window_len // bands

    padded = np.zeros((N, C, H + 2 * padding, W + 2 * padding))
    padded[:, :, padding:padding + H, padding:padding + W] = X

    # Nothing is copied yet: windows[n, c, i, j, y, x] is padded[n, c, y + i, x * stride + j].
    step_n, step_c, step_y, step_x = padded.strides
    windows = as_strided(padded, (N, C, band_len, window_len, padded.shape[2] - band_len + 1, W_out),
                         (step_n, step_c, step_y, step_x, step_y, step_x * stride))
    unrolled = windows.reshape(N, C * band_len * window_len, -1, W_out)  # the copy; axis 2 counts all rows y

    band_rows = window_slices(window_len, stride, H_out)[::band_len]
    return [unrolled[:, :, rows].reshape(N, -1, H_out * W_out) for rows in band_rows]  # views where stride is 1


def col2im(cols, X_shape, window_len, stride, padding=0):
    """Adjoint of im2col: add every entry of the columns onto the pixel that im2col took it from.

    cols: N x (C * window_len * window_len) x (H_out * W_out); X_shape: (N, C, H, W) of the images.
    Returns N x C x H x W.
    """
    N, C, H, W = X_shape
    H_out = output_len(H, window_len, stride, padding)
    W_out = output_len(W, window_len, stride, padding)
    cols = cols.reshape(N, C, window_len, window_len, H_out, W_out)

    # First add up what lies above each other, whole rows at a time, then the few rows that are left side by side.
    unrolled = np.zeros((N, C, window_len, H + 2 * padding, W_out))
    for i, rows in enumerate(window_slices(window_len, stride, H_out)):
        unrolled[:, :, :, rows] += cols[:, :, i]
    dX = np.zeros((N, C, H, W + 2 * padding))
    for j, columns in enumerate(window_slices(window_len, stride, W_out)):
        dX[:, :, :, columns] += unrolled[:, :, j, padding:padding + H]
    return dX[:, :, :, padding:padding + W]


def convolve(X, filters, stride, padding=0):
    """Sum over c, i, j of  filters[o, c, i, j] * padded X[n, c, y * stride + i, x * stride + j].

    X: N x C x H x W; filters: O x C x len x len. Returns N x O x H_out x W_out.
    """
    N, C, H, W = X.shape
    O, _, filter_len, _ = filters.shape
    bands = _num_bands(C, filter_len)
    filters = filters.reshape(O, C, bands, -1, filter_len).transpose(2, 0, 1, 3, 4).reshape(bands, O, -1)
    cols = im2col(X, filter_len, stride, padding, bands)

    output = filters[0] @ cols[0]  # N x O x (H_out * W_out)
    for band in range(1, bands):
        output += filters[band] @ cols[band]
    return output.reshape(N, O, output_len(H, filter_len, stride, padding), output_len(W, filter_len, stride, padding))


def convolve_dfilters(X, grad, filter_len, stride, padding=0):
    """Gradient of the loss with respect to the filters of convolve, O x C x len x len.

    X: as given to convolve; grad: the gradient with respect to its output, N x O x H_out x W_out.
    """
    N, C, _, _ = X.shape
    O = grad.shape[1]
    bands = _num_bands(C, filter_len)
    grad = grad.reshape(N, O, -1).transpose(0, 2, 1)  # N x (H_out * W_out) x O
    if bands > 1:
        grad = grad.copy()  # in its own order: worth it for several products

    dfilters = np.stack([np.sum(cols @ grad, axis=0) for cols in im2col(X, filter_len, stride, padding, bands)])
    dfilters = dfilters.reshape(bands, C, -1, filter_len, O).transpose(4, 1, 0, 2, 3)
    return np.ascontiguousarray(dfilters.reshape(O, C, filter_len, filter_len))


def convolve_dX(grad, filters, X_shape, stride, padding=0):
    """Gradient of the loss with respect to the X of convolve, N x C x H x W.

    grad: the gradient with respect to the output, N x O x H_out x W_out; X_shape: N, C, H, W.
    """
    N, O, H_out, W_out = grad.shape
    _, C, filter_len, _ = filters.shape
    if C < O:
        return col2im(filters.reshape(O, -1).T @ grad.reshape(N, O, -1), X_shape, filter_len, stride, padding)

    # Each pixel collects what the windows that cover it spread: a convolution of the gradient, its entries `stride`
    # apart, with the filters turned by half a turn. It unrolls O channels, where col2im adds up C unrolled ones.
    spread = np.zeros((N, O, (H_out - 1) * stride + 1, (W_out - 1) * stride + 1))
    spread[:, :, ::stride, ::stride] = grad
    return convolve(spread, filters[:, :, ::-1, ::-1].transpose(1, 0, 2, 3), 1, filter_len - 1 - padding)


def _num_bands(C, window_len):
    return 1 if C * window_len < FEW_ROWS else window_len
