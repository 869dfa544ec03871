"""Images to columns and back: what convolution and pooling stand on.

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

Images are N x C x H x W. Row (c, i, j) of the columns, counted in that order, is the pixel in row i and column j
of the window on channel c; column (n, y, x) is the window at the place (y, x) of the output for example n.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


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


def window_slices(window_len, stride, H_out, W_out):
    """Yield, for each pixel of the window in row-major order, the (rows, columns) it covers over all places.

    image[:, :, rows, columns] is that pixel of every window at once, N x C x H_out x W_out.
    """
    for i in range(window_len):
        for j in range(window_len):
            yield slice(i, i + stride * (H_out - 1) + 1, stride), slice(j, j + stride * (W_out - 1) + 1, stride)


def im2col(X, window_len, stride, padding=0):
    """What every window covers, a column each; zeros around the images where padding > 0.

    X: N x C x H x W. Returns (C * window_len * window_len) x (N * H_out * W_out).
    """
    N, C, H, W = X.shape
    H_out = output_len(H, window_len, stride, padding)
    W_out = output_len(W, window_len, stride, padding)

    # Channels first: a row of the columns then is one run through the memory of one channel.
    padded = np.zeros((C, N, H + 2 * padding, W + 2 * padding))
    padded[:, :, padding:padding + H, padding:padding + W] = X.transpose(1, 0, 2, 3)

    windows = sliding_window_view(padded, (window_len, window_len), axis=(2, 3))[:, :, ::stride, ::stride]
    windows = windows.transpose(0, 4, 5, 1, 2, 3)  # C x window_len x window_len x N x H_out x W_out, nothing copied yet
    return windows.reshape(C * window_len * window_len, N * H_out * W_out)  # the one copy


def col2im(cols, X_shape, window_len, stride, padding=0):
    """Adjoint of im2col: add every entry of the columns onto the pixel that im2col took it from.

    cols: (C * window_len * window_len) x (N * H_out * W_out); X_shape: (N, C, H, W) of the images.
    Returns N x C x H x W.
    """
    N, C, H, W = X_shape
    H_out = output_len(H, window_len, stride, padding)
    W_out = output_len(W, window_len, stride, padding)

    cols = cols.reshape(C, window_len * window_len, N, H_out, W_out)
    padded = np.zeros((C, N, H + 2 * padding, W + 2 * padding))
    for pixel, (rows, columns) in enumerate(window_slices(window_len, stride, H_out, W_out)):
        padded[:, :, rows, columns] += cols[:, pixel]
    return padded[:, :, padding:padding + H, padding:padding + W].transpose(1, 0, 2, 3)  # N x C x H x W
