"""The given modules in the textbook way: im2col by fancy indexing, np.add.at, an update step with temporaries.

Such assignments usually give out modules like these; the mains run with them in place of dnn_misc.py, with the same
results. The functions that students write, and the small modules, are the project's own.
"""

import numpy as np

import dnn_misc
from dnn_misc import add_momentum, dropout, flatten_layer, linear_layer, relu, softmax_cross_entropy  # noqa: F401

EVALUATION_SIZE = 5
leave_out_dX = False  # such assignments compute every gradient, even that of the images, which nobody needs


def im2col_indices(X_shape, window_len, stride):
    """Index arrays k, i, j, so that X[:, k, i, j] is N x (C * window_len * window_len) x (H_out * W_out)."""
    _, C, H, W = X_shape
    H_out = (H - window_len) // stride + 1
    W_out = (W - window_len) // stride + 1
    i = np.tile(np.repeat(np.arange(window_len), window_len), C).reshape(-1, 1)
    i = i + stride * np.repeat(np.arange(H_out), W_out).reshape(1, -1)
    j = np.tile(np.arange(window_len), window_len * C).reshape(-1, 1)
    j = j + stride * np.tile(np.arange(W_out), H_out).reshape(1, -1)
    k = np.repeat(np.arange(C), window_len * window_len).reshape(-1, 1)
    return k, i, j


def im2col(X, window_len, stride):
    """The windows of N x C x H x W as columns: (C * window_len * window_len) x (H_out * W_out * N)."""
    k, i, j = im2col_indices(X.shape, window_len, stride)
    cols = X[:, k, i, j]
    return cols.transpose(1, 2, 0).reshape(len(k), -1)


def col2im(cols, X_shape, window_len, stride):
    """Adjoint of im2col: N x C x H x W."""
    k, i, j = im2col_indices(X_shape, window_len, stride)
    X = np.zeros(X_shape)
    cols = cols.reshape(len(k), -1, X_shape[0]).transpose(2, 0, 1)
    np.add.at(X, (slice(None), k, i, j), cols)
    return X


class conv_layer(dnn_misc.conv_layer):
    """The same layer, computed in the textbook way."""

    def _pad(self, X):
        return np.pad(X, ((0, 0), (0, 0), (self.padding, self.padding), (self.padding, self.padding)))

    def forward(self, X):
        N, _, H, W = X.shape
        num_output, _, filter_len, _ = self.params['W'].shape
        H_out = (H + 2 * self.padding - filter_len) // self.stride + 1
        W_out = (W + 2 * self.padding - filter_len) // self.stride + 1
        cols = im2col(self._pad(X), filter_len, self.stride)
        output = self.params['W'].reshape(num_output, -1) @ cols + self.params['b']
        return output.reshape(num_output, H_out, W_out, N).transpose(3, 0, 1, 2)

    def backward(self, X, grad, need_dX=True):
        padded = self._pad(X)
        num_output, _, filter_len, _ = self.params['W'].shape
        grad = grad.transpose(1, 2, 3, 0).reshape(num_output, -1)
        cols = im2col(padded, filter_len, self.stride)
        self.gradient['W'] = (grad @ cols.T).reshape(self.params['W'].shape)
        self.gradient['b'] = np.sum(grad, axis=1, keepdims=True)
        if leave_out_dX and not need_dX:
            return None
        dcols = self.params['W'].reshape(num_output, -1).T @ grad
        dpadded = col2im(dcols, padded.shape, filter_len, self.stride)
        return dpadded[:, :, self.padding:self.padding + X.shape[2], self.padding:self.padding + X.shape[3]]


class max_pool(dnn_misc.max_pool):
    """The same layer, computed in the textbook way."""

    def _cols(self, X):
        N, C, H, W = X.shape
        return im2col(X.reshape(N * C, 1, H, W), self.max_len, self.stride)

    def forward(self, X):
        N, C, H, W = X.shape
        H_out = (H - self.max_len) // self.stride + 1
        W_out = (W - self.max_len) // self.stride + 1
        return np.max(self._cols(X), axis=0).reshape(H_out, W_out, N, C).transpose(2, 3, 0, 1)

    def backward(self, X, grad):
        N, C, H, W = X.shape
        cols = self._cols(X)
        dcols = np.zeros_like(cols)
        dcols[np.argmax(cols, axis=0), np.arange(cols.shape[1])] = grad.transpose(2, 3, 0, 1).ravel()
        return col2im(dcols, (N * C, 1, H, W), self.max_len, self.stride).reshape(X.shape)


def sgd_update(model, momentum, learning_rate, alpha, lambda_):
    """As in dnn_misc.py."""
    for module_name, module in model.items():
        for key in getattr(module, 'params', {}):
            g = module.gradient[key] + lambda_ * module.params[key]
            if alpha > 0:
                velocity = alpha * momentum[f'{module_name}_{key}'] - learning_rate * g
                momentum[f'{module_name}_{key}'] = velocity
                module.params[key] = module.params[key] + velocity
            else:
                module.params[key] = module.params[key] - learning_rate * g
