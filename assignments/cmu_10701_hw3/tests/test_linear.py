import unittest

import cases
from hw3_lib import Linear


class TestLinear(unittest.TestCase):
    def test_forward(self):
        """Linear: forward"""
        x, _, params = cases.linear_inputs()
        cases.check(self, 'what Linear.forward returns', Linear(params).forward(x), cases.expected('linear')['forward'])

    def test_backward(self):
        """Linear: backward"""
        x, g, params = cases.linear_inputs()
        layer = Linear(params)
        layer.forward(x)
        cases.check(self, 'what Linear.backward returns', layer.backward(g), cases.expected('linear')['backward'])


if __name__ == '__main__':
    unittest.main()
