import unittest

import cases
from hw3_lib import Sigmoid


class TestSigmoid(unittest.TestCase):
    def test_forward(self):
        """Sigmoid: forward"""
        x, _ = cases.sigmoid_inputs()
        cases.check(self, 'what Sigmoid.forward returns', Sigmoid().forward(x), cases.expected('sigmoid')['forward'])

    def test_backward(self):
        """Sigmoid: backward"""
        x, g = cases.sigmoid_inputs()
        layer = Sigmoid()
        layer.forward(x)
        cases.check(self, 'what Sigmoid.backward returns', layer.backward(g), cases.expected('sigmoid')['backward'])


if __name__ == '__main__':
    unittest.main()
