"""Section 2.1 (b) and (c)."""

import unittest

import numpy as np

from models._base_network import _baseNetwork


class TestLoss(unittest.TestCase):
    def setUp(self):
        self.model = _baseNetwork(input_size=1, num_classes=3)
        self.probabilities = np.array([[0.2, 0.5, 0.3], [0.5, 0.1, 0.4], [0.3, 0.3, 0.4]])
        self.labels = np.array([1, 2, 0])

    def test_ce_loss(self):
        loss = self.model.cross_entropy_loss(self.probabilities, self.labels)
        self.assertAlmostEqual(loss, 0.937803, places=5)

    def test_accuracy(self):
        accuracy = self.model.compute_accuracy(self.probabilities, self.labels)
        self.assertAlmostEqual(accuracy, 0.3333, places=4)


if __name__ == '__main__':
    unittest.main()
