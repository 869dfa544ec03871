"""Stochastic gradient descent, without momentum."""

from ._base_optimizer import _BaseOptimizer


class SGD(_BaseOptimizer):
    """Subtracts the gradient of the regularized loss, times the learning rate, from all weights and biases."""

    def update(self, model):
        """One step of gradient descent for all weights and biases of a model, by Equation (7).

        model.weights and model.gradients: dicts with the same keys; the gradients are those of the last mini-batch.
        Changes model.weights. Returns nothing.
        """
        self.apply_regularization(model)
        # TODO: update all weights and biases.
        ### BEGIN SOLUTION
        for name, gradient in model.gradients.items():
            model.weights[name] = model.weights[name] - self.learning_rate * gradient
        ### END SOLUTION
