"""Section 2.2: losses, accuracies and gradients of both models, on a batch of 64 images."""

import unittest

from models import SoftmaxRegression, TwoLayerNet

from .comparing import check, expected


class TestNetwork(unittest.TestCase):
    def setUp(self):
        self.wanted = expected('network')
        self.images = self.wanted['images'] / 255  # 64 x 784
        self.labels = self.wanted['labels']

    def check_model(self, model, prefix):
        loss, accuracy = model.forward(self.images, self.labels, mode='train')
        check(self, 'the loss', loss, self.wanted[f'{prefix}_loss'])
        check(self, 'the accuracy', accuracy, self.wanted[f'{prefix}_accuracy'])
        for name in model.weights:
            check(self, f"gradients['{name}']", model.gradients[name], self.wanted[f'{prefix}_{name}'])

    def test_one_layer(self):
        self.check_model(SoftmaxRegression(), 'softmax')

    def test_two_layer(self):
        self.check_model(TwoLayerNet(hidden_size=128), 'two_layer')


if __name__ == '__main__':
    unittest.main()
