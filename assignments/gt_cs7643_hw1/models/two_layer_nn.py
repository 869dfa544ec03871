"""A multi-layer perceptron with one hidden layer: linear layer, sigmoid, linear layer, softmax."""

import numpy as np

from ._base_network import _baseNetwork


class TwoLayerNet(_baseNetwork):
    """weights: 'W1', input_size x hidden_size; 'b1', hidden_size; 'W2', hidden_size x num_classes; 'b2', num_classes.

    gradients has the same keys and shapes.
    """

    def __init__(self, input_size=28 * 28, num_classes=10, hidden_size=128):
        super().__init__(input_size, num_classes)
        self.hidden_size = hidden_size
        self._weight_init()

    def _weight_init(self):
        self.weights['b1'] = np.zeros(self.hidden_size)
        self.weights['b2'] = np.zeros(self.num_classes)
        np.random.seed(1024)
        self.weights['W1'] = 0.001 * np.random.randn(self.input_size, self.hidden_size)
        np.random.seed(1024)
        self.weights['W2'] = 0.001 * np.random.randn(self.hidden_size, self.num_classes)
        self.gradients = {name: np.zeros_like(weight) for name, weight in self.weights.items()}

    def forward(self, X, y, mode='train'):
        """The loss and the accuracy of a mini-batch: linear layer, sigmoid, linear layer, softmax, cross-entropy.

        X: N x input_size. y: N labels. In mode 'train', stores the gradients of the mean loss in self.gradients, under
        'W1', 'b1', 'W2' and 'b2'; in any other mode, changes nothing. Returns (loss, accuracy).
        """
        # TODO: compute loss and accuracy, in mode 'train' store the four gradients, and return the two numbers.
        ### BEGIN SOLUTION
        a = X @ self.weights['W1'] + self.weights['b1']  # N x hidden_size
        z = self.sigmoid(a)
        probabilities = self.softmax(z @ self.weights['W2'] + self.weights['b2'])  # N x C
        loss = self.cross_entropy_loss(probabilities, y)
        accuracy = self.compute_accuracy(probabilities, y)
        if mode == 'train':
            grad_scores = probabilities.copy()
            grad_scores[np.arange(len(y)), y] -= 1
            grad_scores /= len(y)
            self.gradients['W2'] = z.T @ grad_scores
            self.gradients['b2'] = np.sum(grad_scores, axis=0)
            grad_a = grad_scores @ self.weights['W2'].T * self.sigmoid_dev(a)  # N x hidden_size
            self.gradients['W1'] = X.T @ grad_a
            self.gradients['b1'] = np.sum(grad_a, axis=0)
        return loss, accuracy
        ### END SOLUTION
