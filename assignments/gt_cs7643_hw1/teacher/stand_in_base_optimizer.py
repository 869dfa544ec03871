"""Stands in for a student's optimizer/_base_optimizer.py where update is judged apart from it: no regularization."""


class _BaseOptimizer:
    def __init__(self, learning_rate=1e-4, reg=1e-3):
        self.learning_rate, self.reg = learning_rate, reg

    def update(self, model):
        raise TypeError('update of an optimizer that has none')

    def apply_regularization(self, model):
        """The exercise puts another one in its place."""
