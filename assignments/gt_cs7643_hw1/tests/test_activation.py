"""Section 2.1 (a), and softmax of (b)."""

import unittest

from models._base_network import _baseNetwork

from .comparing import check, expected


class TestActivation(unittest.TestCase):
    def setUp(self):
        self.model = _baseNetwork()
        self.wanted = expected('activation')
        self.x = self.wanted['x']

    def test_sigmoid(self):
        check(self, 'what sigmoid returns', self.model.sigmoid(self.x), self.wanted['sigmoid'])

    def test_sigmoid_dev(self):
        check(self, 'what sigmoid_dev returns', self.model.sigmoid_dev(self.x), self.wanted['sigmoid_dev'])

    def test_relu(self):
        check(self, 'what ReLU returns', self.model.ReLU(self.x), self.wanted['ReLU'])

    def test_relu_dev(self):
        check(self, 'what ReLU_dev returns', self.model.ReLU_dev(self.x), self.wanted['ReLU_dev'])

    def test_softmax(self):
        check(self, 'what softmax returns', self.model.softmax(self.x), self.wanted['softmax'])


if __name__ == '__main__':
    unittest.main()
