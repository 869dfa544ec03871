"""The layers of which the networks are built, the loss, and the step of gradient descent.

What every layer promises:
    forward(x)    x holds one example a row, N x (size of the input). Returns the output, one example a row too, and
                  stores what backward will need.
    backward(g)   g belongs to the last call of forward: its row n is the gradient of the loss of example n alone, with
                  respect to row n of the output. Stores the gradients of the parameters, if there are any, and returns
                  the gradient with respect to x, in the same manner: row n is that of the loss of example n.
The objective is the mean of the losses over the N examples. A parameter is shared by all of them, so its gradient is
the mean over the batch: that is the only place to divide by N. Gradients are stored anew in each backward; nothing
is added up over calls. No layer changes an array that it is given.

The loss ends a network, so CrossEntropyLoss differs: its forward also takes the labels, its backward takes nothing.
Section and equation numbers are those of ASSIGNMENT.md.
"""

import numpy as np


class Module:
    """What all layers have in common: layer(x) is short for layer.forward(x)."""

    def __call__(self, *args, **kwargs):
        return self.forward(*args, **kwargs)

    def forward(self, *args, **kwargs):
        raise NotImplementedError(f'{type(self).__name__} has no forward')

    def backward(self, *args, **kwargs):
        raise NotImplementedError(f'{type(self).__name__} has no backward')


def sigmoid(x):
    """The logistic function, element by element:  1 / (1 + exp(-x)).

    x: an array of any shape. Returns an array of the same shape.
    """
    # TODO: return the function's values.
    ### BEGIN SOLUTION
    small = np.exp(-np.abs(x))  # at most 1: exp of a large number would overflow
    return np.where(x >= 0, 1, small) / (1 + small)
    ### END SOLUTION


class Sigmoid(Module):
    """Sigmoid layer, element by element: z = 1 / (1 + exp(-a)).

    self.state: None until the first forward; for whatever backward needs of the last forward.
    """

    def __init__(self):
        self.state = None

    def forward(self, x):
        """x: N x D. Returns the output, N x D. Stores in self.state what backward needs."""
        # TODO: store what you need, and return the output.
        ### BEGIN SOLUTION
        self.state = sigmoid(x)
        return self.state
        ### END SOLUTION

    def backward(self, g):
        """g: N x D, the gradient with respect to the output. Returns the one with respect to the input, N x D."""
        # TODO: return the gradient with respect to the input of the last forward.
        ### BEGIN SOLUTION
        return g * self.state * (1 - self.state)
        ### END SOLUTION


class ReLU(Module):
    """Rectified linear unit, element by element: z = a where a > 0, else 0. Its derivative at 0 is taken as 0.

    self.state: None until the first forward; for whatever backward needs of the last forward.
    """

    def __init__(self):
        self.state = None

    def forward(self, x):
        """x: N x D. Returns the output, N x D. Stores in self.state what backward needs."""
        # TODO: store what you need, and return the output.
        ### BEGIN SOLUTION
        self.state = x > 0
        return np.maximum(x, 0)
        ### END SOLUTION

    def backward(self, g):
        """g: N x D, the gradient with respect to the output. Returns the one with respect to the input, N x D."""
        # TODO: return the gradient with respect to the input of the last forward.
        ### BEGIN SOLUTION
        return g * self.state
        ### END SOLUTION


class Linear(Module):
    """Linear (fully connected) layer: each row x of a batch becomes x @ weights + biases.

    init_params: (W, b), the initial weights, D x M, and biases, 1 x M; both are copied.
    self.weights, self.biases: the parameters, of these shapes; self.d_weights, self.d_biases: their gradients, of the
    same shapes, None until the first backward; self.in_x: the input of the last forward, None until there is one.
    """

    def __init__(self, init_params):
        weights, biases = init_params
        self.weights = np.array(weights, dtype=float)
        self.biases = np.array(biases, dtype=float)
        self.d_weights = None
        self.d_biases = None
        self.in_x = None

    def forward(self, x):
        """x: N x D. Returns the output, N x M. Stores x in self.in_x."""
        # TODO: store the input, and return the output.
        ### BEGIN SOLUTION
        self.in_x = x
        return x @ self.weights + self.biases
        ### END SOLUTION

    def backward(self, g):
        """g: N x M, the gradient with respect to the output.

        Stores the gradients of the objective, means over the batch, in self.d_weights, D x M, and self.d_biases, 1 x M.
        Returns the gradient with respect to the input, N x D, which is not divided by N.
        """
        # TODO: store the gradients of the weights and the biases, and return that with respect to the input.
        ### BEGIN SOLUTION
        self.d_weights = self.in_x.T @ g / len(g)
        self.d_biases = np.mean(g, axis=0, keepdims=True)
        return g @ self.weights.T
        ### END SOLUTION


class CrossEntropyLoss(Module):
    """Softmax of the scores, and the cross-entropy loss, as a mean over the batch: Equation (5.1).

        y_hat[n, k] = exp(score[n, k]) / sum over l of exp(score[n, l])
        loss = - 1/N sum over n of log y_hat[n, label[n]]

    self.y_hat: the probabilities of the last forward, N x C; self.y_true: its labels as one-hot rows, N x C. Both are
    None until then.
    """

    def __init__(self):
        self.y_hat = None
        self.y_true = None

    def forward(self, score, label):
        """score: N x C; label: N integers from 0 to C - 1. Returns the mean loss, a number.

        Stores self.y_hat and self.y_true. Scores may be large, in the thousands, of either sign: the loss must be
        finite then, and exact.
        """
        # TODO: store the probabilities and the one-hot labels, and return the mean loss.
        ### BEGIN SOLUTION
        shifted = score - np.max(score, axis=1, keepdims=True)  # the same softmax, and exp cannot overflow
        log_y_hat = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
        self.y_hat = np.exp(log_y_hat)
        self.y_true = np.eye(score.shape[1])[label]
        return float(-np.mean(log_y_hat[np.arange(len(label)), label]))
        ### END SOLUTION

    def backward(self):
        """Returns the gradient with respect to the scores of the last forward, N x C.

        Row n is the gradient of the loss of example n: not divided by N.
        """
        # TODO: return the gradient with respect to the scores.
        ### BEGIN SOLUTION
        return self.y_hat - self.y_true
        ### END SOLUTION


class GradientDescentOptimizer:
    """Plain gradient descent on the linear layers of a network, which are found in model.layers."""

    def __init__(self, model, learning_rate):
        self.model = model
        self.learning_rate = learning_rate

    def step(self):
        """One step, from the gradients that backward has stored: parameter <- parameter - learning rate * gradient.

        It concerns the weights and the biases of each Linear in self.model.layers; other layers have no parameters.
        """
        # TODO: update the parameters of all linear layers.
        ### BEGIN SOLUTION
        for layer in self.model.layers:
            if isinstance(layer, Linear):
                layer.weights -= self.learning_rate * layer.d_weights
                layer.biases -= self.learning_rate * layer.d_biases
        ### END SOLUTION
