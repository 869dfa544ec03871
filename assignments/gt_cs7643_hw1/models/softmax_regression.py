"""Softmax regression: a linear layer without biases, ReLU, softmax."""

import numpy as np

from ._base_network import _baseNetwork


class SoftmaxRegression(_baseNetwork):
    """weights['W1']: input_size x num_classes; gradients['W1'] has the same shape."""

    def __init__(self, input_size=28 * 28, num_classes=10):
        super().__init__(input_size, num_classes)
        self._weight_init()

    def _weight_init(self):
        np.random.seed(1024)
        self.weights['W1'] = 0.001 * np.random.randn(self.input_size, self.num_classes)
        self.gradients['W1'] = np.zeros((self.input_size, self.num_classes))

    def forward(self, X, y, mode='train'):
        """The loss and the accuracy of a mini-batch: linear layer, ReLU, softmax, cross-entropy.

        X: N x input_size. y: N labels. In mode 'train', stores the gradient of the mean loss in self.gradients['W1'];
        in any other mode, changes nothing. Returns (loss, accuracy).
        """
        # TODO: compute loss and accuracy, in mode 'train' store the gradient, and return the two numbers.
        ### BEGIN SOLUTION
        scores = X @ self.weights['W1']  # N x C
        probabilities = self.softmax(self.ReLU(scores))
        loss = self.cross_entropy_loss(probabilities, y)
        accuracy = self.compute_accuracy(probabilities, y)
        if mode == 'train':
            grad = probabilities.copy()
            grad[np.arange(len(y)), y] -= 1
            grad_scores = grad / len(y) * self.ReLU_dev(scores)
            self.gradients['W1'] = X.T @ grad_scores
        return loss, accuracy
        ### END SOLUTION
