import unittest

import cases
from hw3_lib import ReLU


class TestReLU(unittest.TestCase):
    def test_forward(self):
        """ReLU: forward"""
        x, _ = cases.relu_inputs()
        cases.check(self, 'what ReLU.forward returns', ReLU().forward(x), cases.expected('relu')['forward'])

    def test_backward(self):
        """ReLU: backward"""
        x, g = cases.relu_inputs()
        layer = ReLU()
        layer.forward(x)
        cases.check(self, 'what ReLU.backward returns', layer.backward(g), cases.expected('relu')['backward'])


if __name__ == '__main__':
    unittest.main()
