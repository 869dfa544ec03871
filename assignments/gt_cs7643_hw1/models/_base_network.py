"""What the two models share: activations with their derivatives, softmax, loss and accuracy.

A mini-batch holds one example a row, and so do all arrays that are computed from it: N examples, C classes. Labels are
integers from 0 to C - 1. No function changes the arrays that it is given.
"""

import numpy as np


class _baseNetwork:
    """A model without weights yet; the models are its subclasses.

    self.weights: a dict of arrays. self.gradients: the gradients of the last mini-batch that the model was trained on,
    under the same keys and of the same shapes; zeros until then.
    """

    def __init__(self, input_size=28 * 28, num_classes=10):
        self.input_size = input_size
        self.num_classes = num_classes
        self.weights = dict()
        self.gradients = dict()

    def _weight_init(self):
        raise NotImplementedError(f'{type(self).__name__} has no _weight_init')

    def forward(self, X, y, mode='train'):
        raise NotImplementedError(f'{type(self).__name__} has no forward')

    def softmax(self, scores):
        """Turn scores into probabilities, row by row:  p[n, k] = exp(s[n, k]) / sum over j of exp(s[n, j]).

        scores: N x C, of either sign, possibly in the thousands: the result must still be exact. Returns N x C.
        """
        # TODO: return the probabilities.
        ### BEGIN SOLUTION
        exponentials = np.exp(scores - np.max(scores, axis=1, keepdims=True))  # the same softmax; exp cannot overflow
        return exponentials / np.sum(exponentials, axis=1, keepdims=True)
        ### END SOLUTION

    def cross_entropy_loss(self, x_pred, y):
        """The cross-entropy loss, as a mean over the mini-batch:  - 1/N sum over n of log x_pred[n, y[n]].

        x_pred: N x C, probabilities (not scores). y: N labels. Returns a number.
        """
        # TODO: return the mean loss.
        ### BEGIN SOLUTION
        return -np.mean(np.log(x_pred[np.arange(len(y)), y]))
        ### END SOLUTION

    def compute_accuracy(self, x_pred, y):
        """The share of examples whose most probable class is their label.

        x_pred: N x C, probabilities. y: N labels. Returns a number from 0 to 1.
        """
        # TODO: return the accuracy.
        ### BEGIN SOLUTION
        return np.mean(np.argmax(x_pred, axis=1) == y)
        ### END SOLUTION

    def sigmoid(self, X):
        """The logistic function, element by element:  1 / (1 + exp(-X)).

        X: an array of any shape. Returns an array of this shape.
        """
        # TODO: return the function's values.
        ### BEGIN SOLUTION
        small = np.exp(-np.abs(X))  # at most 1: exp of a large number would overflow
        return np.where(X >= 0, 1, small) / (1 + small)
        ### END SOLUTION

    def sigmoid_dev(self, x):
        """The derivative of sigmoid at x, element by element.

        x: an array of any shape, that which sigmoid is given (not what it returns). Returns an array of this shape.
        """
        # TODO: return the derivative.
        ### BEGIN SOLUTION
        value = self.sigmoid(x)
        return value * (1 - value)
        ### END SOLUTION

    def ReLU(self, X):
        """The rectified linear unit, element by element:  max(0, X).

        X: an array of any shape. Returns an array of this shape.
        """
        # TODO: return the function's values.
        ### BEGIN SOLUTION
        return np.maximum(X, 0)
        ### END SOLUTION

    def ReLU_dev(self, X):
        """The derivative of ReLU at X, element by element; at 0, where there is none, 0 is taken.

        X: an array of any shape, that which ReLU is given. Returns an array of this shape.
        """
        # TODO: return the derivative.
        ### BEGIN SOLUTION
        return np.where(X > 0, 1.0, 0.0)
        ### END SOLUTION
