import unittest

import cases
from hw3_lib import CrossEntropyLoss


class TestCrossEntropyLoss(unittest.TestCase):
    def test_forward(self):
        """CrossEntropyLoss: forward"""
        loss = CrossEntropyLoss().forward(*cases.loss_inputs())
        cases.check(self, 'the loss', loss, cases.expected('cross_entropy')['forward'])

    def test_backward(self):
        """CrossEntropyLoss: backward"""
        criterion = CrossEntropyLoss()
        criterion.forward(*cases.loss_inputs())
        cases.check(self, 'what CrossEntropyLoss.backward returns', criterion.backward(),
                    cases.expected('cross_entropy')['backward'])


if __name__ == '__main__':
    unittest.main()
