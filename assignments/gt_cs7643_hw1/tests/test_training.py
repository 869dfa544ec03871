"""Section 3; the two trainings also put all parts together."""

import unittest

import numpy as np

import mnist_csv
from models import SoftmaxRegression, TwoLayerNet
from optimizer import SGD
from utils import evaluate, generate_batched_data, load_mnist_test, load_mnist_trainval, train

from .comparing import check, expected


class TestTraining(unittest.TestCase):
    def test_regularization(self):
        optimizer, model = SGD(learning_rate=1e-4, reg=100), SoftmaxRegression()
        optimizer.apply_regularization(model)  # the gradients are still zeros
        check(self, "gradients['W1']", model.gradients['W1'], expected('training')['regularization'])

    def test_sgd(self):
        optimizer, model = SGD(learning_rate=1e-4, reg=1e-3), SoftmaxRegression()
        np.random.seed(467)
        model.gradients['W1'] = np.random.randn(784, 10)
        optimizer.update(model)
        check(self, "weights['W1']", model.weights['W1'], expected('training')['sgd'])

    def test_one_layer_train(self):
        self.check_accuracies(SoftmaxRegression(), batch_size=128)

    @unittest.skipUnless(mnist_csv.has_full_data(), f'needs the full MNIST, to learn enough in one epoch: '
                                                    f'{mnist_csv.COMMAND}')
    def test_two_layer_train(self):
        self.check_accuracies(TwoLayerNet(hidden_size=128), batch_size=32)

    def check_accuracies(self, model, batch_size):
        train_data, train_label, _, _ = load_mnist_trainval()
        test_data, test_label = load_mnist_test()
        optimizer = SGD(learning_rate=0.1, reg=0.001)
        batches = generate_batched_data(train_data, train_label, batch_size, shuffle=True, seed=1024)
        _, train_accuracy = train(1, *batches, model, optimizer, debug=False)
        self.assertGreater(train_accuracy, 0.3, 'training accuracy after one epoch')
        batches = generate_batched_data(test_data, test_label, batch_size)
        _, test_accuracy = evaluate(*batches, model, debug=False)
        self.assertGreater(test_accuracy, 0.3, 'test accuracy after one epoch')


if __name__ == '__main__':
    unittest.main()
