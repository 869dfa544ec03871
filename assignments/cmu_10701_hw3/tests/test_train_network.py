import unittest

import cases
from hw3_lib import Linear, Sigmoid
from hw3_sol import MultiLayerPerceptron, load_data, train_network


class TestTrainNetwork(unittest.TestCase):
    def test_train_network(self):
        """train_network: 40 epochs"""
        first, second = cases.network_params()
        model = MultiLayerPerceptron([Linear(first), Sigmoid(), Linear(second)])
        results = train_network(model, load_data(), **cases.TRAINING)
        for name, wanted in cases.expected('train_network').items():
            cases.check(self, f'{name}, in what train_network returns,', results[name], wanted)


if __name__ == '__main__':
    unittest.main()
