"""What optimizers share: their settings, and L2 regularization."""


class _BaseOptimizer:
    """learning_rate: the step size. reg: the coefficient of the L2 regularization, lambda of Equation (6)."""

    def __init__(self, learning_rate=1e-4, reg=1e-3):
        self.learning_rate = learning_rate
        self.reg = reg

    def update(self, model):
        raise NotImplementedError(f'{type(self).__name__} has no update')

    def apply_regularization(self, model):
        """Add what the regularization of Equation (6) contributes to the gradients in model.gradients.

        model.weights and model.gradients: dicts with the same keys. Only weights are regularized, whose names begin
        with 'W'; biases, whose names begin with 'b', are not. model.weights stays as it is. Returns nothing.
        """
        # TODO: update the gradients of the weights.
        ### BEGIN SOLUTION
        for name, weight in model.weights.items():
            if name.startswith('W'):
                model.gradients[name] = model.gradients[name] + self.reg * weight
        ### END SOLUTION
