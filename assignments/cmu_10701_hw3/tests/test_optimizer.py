import unittest

import cases
from hw3_lib import GradientDescentOptimizer, Linear
from hw3_sol import MultiLayerPerceptron


class TestGradientDescentOptimizer(unittest.TestCase):
    def test_step(self):
        """GradientDescentOptimizer: step"""
        x, g, params = cases.linear_inputs()
        layer = Linear(params)
        optimizer = GradientDescentOptimizer(MultiLayerPerceptron([layer]), learning_rate=11)
        layer.forward(x)
        layer.backward(g)
        optimizer.step()
        expected = cases.expected('optimizer')
        cases.check(self, 'weights after a step', layer.weights, expected['weights'])
        cases.check(self, 'biases after a step', layer.biases, expected['biases'])


if __name__ == '__main__':
    unittest.main()
