"""The modules of which the networks are built, and the update step of mini-batch SGD with momentum.

What every module promises:
    params      a dict of its parameters, as arrays (an empty dict, or no dict at all, if nothing is learned)
    gradient    the gradient of the loss with respect to each parameter: the same keys, the same shapes
    forward(X)          returns the output for the mini-batch X, whose first axis counts the N examples
    backward(X, grad)   X is what forward was given; grad is the gradient of the loss with respect to the output, of
                        the output's shape. Stores the gradients of the parameters in `gradient` (they replace the
                        old ones, nothing adds up over calls) and returns the gradient with respect to X, of X's shape.
The loss is the mean over the mini-batch, and softmax_cross_entropy.backward has already divided by N: no other
module does. No module changes X, Y or grad.

Three calls differ: dropout.forward also takes is_train, whether the network is being trained; softmax_cross_entropy,
which ends a network, takes labels Y in place of grad; conv_layer.backward returns None with need_dX=False. Equations
are those of ASSIGNMENT.md.
"""

import numpy as np

from dnn_im2col import convolve, convolve_dfilters, convolve_dX, output_len


class linear_layer:
    """Linear (fully connected) layer: Equation (2), for a mini-batch in which each row of X is an example.

    input_D and output_D are the numbers of columns of X and of the output.
    params['W'] is input_D x output_D, params['b'] is 1 x output_D; `gradient` has the same keys and shapes.
    """

    def __init__(self, input_D, output_D):
        self.params = dict()
        self.params['W'] = np.random.normal(0, 0.1, (input_D, output_D))
        self.params['b'] = np.random.normal(0, 0.1, (1, output_D))
        self.gradient = {key: np.zeros_like(value) for key, value in self.params.items()}

    def forward(self, X):
        """The output for a mini-batch, by Equation (2).

        X: N x input_D. Returns the output, N x output_D. Nothing needs to be stored: backward gets X again.
        """
        # TODO: compute the output from X, self.params['W'] and self.params['b'], and return it.
        ### BEGIN SOLUTION
        return X @ self.params['W'] + self.params['b']
        ### END SOLUTION

    def backward(self, X, grad):
        """The three gradients of Equation (12), for a mini-batch. Derive them with pen and paper first.

        X: N x input_D, as given to forward. grad: N x output_D, the gradient with respect to the output.
        Stores the gradients with respect to W and b in self.gradient['W'], input_D x output_D, and self.gradient['b'],
        1 x output_D. Returns the gradient with respect to X, N x input_D.
        """
        # TODO: store the gradients with respect to W and b, and return the gradient with respect to X.
        ### BEGIN SOLUTION
        self.gradient['W'] = X.T @ grad
        self.gradient['b'] = np.sum(grad, axis=0, keepdims=True)
        return grad @ self.params['W'].T
        ### END SOLUTION


class relu:
    """Rectified linear unit: Equation (3), element by element, for an X of any shape.

    self.mask: where the X of the last forward was positive; forward stores it for backward.
    """

    def __init__(self):
        self.mask = None

    def forward(self, X):
        """The output, by Equation (3).

        X: an array of any shape. Returns an array of the same shape. Stores in self.mask, also an array of
        this shape, where X is positive.
        """
        # TODO: store the mask, and return the output.
        ### BEGIN SOLUTION
        self.mask = X > 0
        return np.maximum(0, X)
        ### END SOLUTION

    def backward(self, X, grad):
        """The gradient with respect to X. Derive it from Equation (3) with pen and paper first.

        X: as given to the last forward. grad: the gradient with respect to the output, of the same shape. Returns an
        array of this shape.
        """
        # TODO: return the gradient with respect to X.
        ### BEGIN SOLUTION
        return grad * self.mask
        ### END SOLUTION


class dropout:
    """Dropout: in training, each element is set to 0 with probability r, the others are multiplied by 1 / (1 - r).

    So the expectation stays the same, and nothing needs to be done in testing. X has any shape; 0 <= r < 1.
    self.mask holds the factor by which the last forward multiplied each element: 0 or 1 / (1 - r), 1 in testing.
    """

    def __init__(self, r):
        if not 0 <= r < 1:
            raise ValueError(f'the dropout rate must lie in [0, 1), not {r}')
        self.r = r
        self.mask = None

    def forward(self, X, is_train):
        """X: an array of any shape. Returns an array of the same shape; X itself if is_train is False."""
        if not is_train:
            self.mask = np.ones(X.shape)
            return X
        # One draw per element, even if r = 0, so that a run uses the same random numbers whatever its dropout rate.
        keep = np.random.uniform(0.0, 1.0, X.shape) >= self.r
        self.mask = keep * (1.0 / (1.0 - self.r))
        return X * self.mask

    def backward(self, X, grad):
        """The gradient with respect to X, by Equation (21), with the mask of the last forward: nothing is drawn again.

        X: as given to that forward. grad: the gradient with respect to the output, of the same shape. Returns an array
        of this shape.
        """
        # TODO: return the gradient with respect to X.
        ### BEGIN SOLUTION
        return grad * self.mask
        ### END SOLUTION


class conv_layer:
    """Convolution of N x num_input x H x W images with num_output square filters, each with a bias.

        output[n, o, y, x] = b[o] + sum over c, i, j of W[o, c, i, j] * padded[n, c, y * stride + i, x * stride + j]

    where `padded` is X with (filter_len - 1) // 2 zeros around each image, so that an odd filter_len with stride 1
    keeps H and W. params['W'] is num_output x num_input x filter_len x filter_len, params['b'] is num_output x 1.
    """

    def __init__(self, num_input, num_output, filter_len, stride):
        self.params = dict()
        self.params['W'] = np.random.normal(0, 0.1, (num_output, num_input, filter_len, filter_len))
        self.params['b'] = np.random.normal(0, 0.1, (num_output, 1))
        self.gradient = {key: np.zeros_like(value) for key, value in self.params.items()}
        self.stride = stride
        self.padding = (filter_len - 1) // 2

    def forward(self, X):
        """X: N x num_input x H x W. Returns N x num_output x H_out x W_out.

        Raises ValueError if X has another number of channels, or if filter and stride do not fit the padded image.
        """
        self._check_channels(X)
        output = convolve(X, self.params['W'], self.stride, self.padding)
        output += self.params['b'][:, :, np.newaxis]
        return output

    def backward(self, X, grad, need_dX=True):
        """X: as given to forward. grad: N x num_output x H_out x W_out. Returns d loss / d X, N x num_input x H x W.

        With need_dX=False it returns None and saves time: nothing comes before the first layer of a network.
        """
        self._check_channels(X)
        filters = self.params['W']
        H_out, W_out = (output_len(side, filters.shape[2], self.stride, self.padding) for side in X.shape[2:])
        check_grad(grad, (len(X), len(filters), H_out, W_out))
        self.gradient['W'] = convolve_dfilters(X, grad, filters.shape[2], self.stride, self.padding)
        self.gradient['b'] = np.sum(grad, axis=(0, 2, 3)).reshape(-1, 1)
        return convolve_dX(grad, filters, self.stride, self.padding) if need_dX else None

    def _check_channels(self, X):
        num_input = self.params['W'].shape[1]
        if X.ndim != 4 or X.shape[1] != num_input:
            raise ValueError(f'conv_layer expects N x {num_input} x H x W, got an array of shape {X.shape}')


class max_pool:
    """Largest value of each max_len x max_len window, channel by channel; no padding.

        output[n, c, y, x] = max over i, j of X[n, c, y * stride + i, x * stride + j]

    The gradient of an output goes to the winner of its window, the pixel with that value. If several pixels have it,
    the first of them in row-major order wins, and gets the whole gradient:

        3  7              0  g
        7  1    ------>   0  0
    """

    def __init__(self, max_len, stride):
        self.max_len = max_len
        self.stride = stride

    def forward(self, X):
        """X: N x C x H x W. Returns N x C x H_out x W_out.

        Raises ValueError if window and stride do not fit H and W.
        """
        first, *others = self._window_pixels(X)
        output = first.copy()
        for pixel in others:
            np.maximum(output, pixel, out=output)
        return output

    def backward(self, X, grad):
        """X: as given to forward. grad: N x C x H_out x W_out. Returns d loss / d X, N x C x H x W."""
        pixels = np.stack(self._window_pixels(X))  # max_len ** 2 x N x C x H_out x W_out
        output = np.max(pixels, axis=0)
        check_grad(grad, output.shape)
        dX = np.zeros(X.shape, dtype=grad.dtype)
        undecided = np.ones(output.shape, dtype=bool)  # the windows whose winner has not been found yet
        for pixel, dpixel in zip(pixels, self._window_pixels(dX)):
            wins = undecided & (pixel == output)
            undecided &= ~wins
            if self.stride < self.max_len:  # windows overlap: a pixel may win in several of them
                dpixel += grad * wins
            else:  # += would also be right, but takes twice as long
                dpixel[...] = grad * wins
        return dX

    def _window_pixels(self, X):
        """Views into X, each N x C x H_out x W_out: pixel (0, 0) of every window, then pixel (0, 1), and so on."""
        if X.ndim != 4:
            raise ValueError(f'max_pool expects N x C x H x W, got an array of shape {X.shape}')
        H_out, W_out = (output_len(side, self.max_len, self.stride) for side in X.shape[2:])
        return [X[:, :, i:i + self.stride * H_out:self.stride, j:j + self.stride * W_out:self.stride]
                for i in range(self.max_len) for j in range(self.max_len)]


class flatten_layer:
    """N x C x H x W to N x (C * H * W), each example in the order channel, row, column."""

    def forward(self, X):
        """X: N x C x H x W. Returns N x (C * H * W)."""
        if X.ndim != 4:
            raise ValueError(f'flatten_layer expects N x C x H x W, got an array of shape {X.shape}')
        return X.reshape(len(X), -1)

    def backward(self, X, grad):
        """X: as given to forward. grad: N x (C * H * W). Returns it as N x C x H x W."""
        check_grad(grad, (len(X), X[0].size))
        return grad.reshape(X.shape)


class softmax_cross_entropy:
    """Softmax of the scores, and the cross-entropy loss, as a mean over the mini-batch:

        z[n, k] = exp(X[n, k]) / sum over j of exp(X[n, j])           loss = - 1/N sum over n of log z[n, Y[n]]
    """

    def forward(self, X, Y):
        """X: scores, N x K. Y: labels from 0 to K - 1, N x 1. Returns the loss, a number."""
        log_z, is_label = self._log_softmax(X, Y)
        return float(np.sum(-log_z * is_label) / len(X))

    def backward(self, X, Y):
        """X, Y: as given to forward. Returns d loss / d X, N x K:  (z - 1[k is the label]) / N."""
        log_z, is_label = self._log_softmax(X, Y)
        return (np.exp(log_z) - is_label) / len(X)

    def _log_softmax(self, X, Y):
        if X.ndim != 2 or Y.shape != (len(X), 1):
            raise ValueError('softmax_cross_entropy expects scores N x K and labels N x 1, got arrays of shape '
                             f'{X.shape} and {Y.shape}')
        # Softmax does not change if all scores of a row are shifted; with the largest at 0, exp cannot overflow.
        X = X - np.max(X, axis=1, keepdims=True)
        log_z = X - np.log(np.sum(np.exp(X), axis=1, keepdims=True))
        return log_z, Y == np.arange(X.shape[1])


def check_grad(grad, shape):
    """Raise ValueError if the grad given to a module's backward does not have the shape of the module's output."""
    if grad is None:
        raise ValueError('backward got None as the gradient: the backward called before this one returned no array')
    if grad.shape != shape:
        raise ValueError(f'backward got a gradient of shape {grad.shape}, expected {shape}, the shape of the output')


def add_momentum(model):
    """A velocity of zeros for each parameter of the model, under the key <module name>_<parameter name>."""
    return {f'{module_name}_{key}': np.zeros_like(value)
            for module_name, module in model.items() for key, value in getattr(module, 'params', {}).items()}


def sgd_update(model, momentum, learning_rate, alpha, lambda_):
    """One step of SGD on every parameter of the model, in place, from the gradients that backward has stored.

        g = gradient + lambda_ * parameter                                 lambda_: weight decay, biases included
        v = alpha * v - learning_rate * g,  parameter += v                 alpha > 0: v is the velocity in `momentum`
        parameter -= learning_rate * g                                     alpha = 0

    Raises ValueError if a gradient does not have the shape of its parameter.
    """
    for module_name, module in model.items():
        for key, parameter in getattr(module, 'params', {}).items():
            gradient = module.gradient[key]
            if np.shape(gradient) != parameter.shape:
                raise ValueError(f"the gradient of {module_name}'s {key} has shape {np.shape(gradient)}, expected "
                                 f'{parameter.shape}')
            if lambda_ > 0:
                gradient = gradient + lambda_ * parameter
            if alpha > 0:
                velocity = momentum[f'{module_name}_{key}']
                velocity *= alpha
                velocity -= learning_rate * gradient
                parameter += velocity
            else:
                parameter -= learning_rate * gradient
