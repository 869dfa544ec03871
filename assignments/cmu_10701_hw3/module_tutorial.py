"""A tour of Module, by two layers that you are not asked for: how one is written, used and checked.

    python3 module_tutorial.py

Read it from top to bottom, beside the first lines of hw3_lib.py, which say what every layer promises.
"""

import training_data  # noqa: F401 -- before numpy: see there
from hw3_lib import Module

import numpy as np


class Square(Module):
    """A layer without parameters, element by element:  y = x ** 2."""

    def __init__(self):
        self.x = None  # backward will need the input of the last forward; before that there is none

    def forward(self, x):
        """x: N x D. Returns N x D."""
        self.x = x
        return x ** 2

    def backward(self, g):
        """g: N x D, the gradient with respect to y. Returns the one with respect to x, N x D.

        Each y depends on one x only, with dy/dx = 2x; so the chain rule is a product, element by element.
        """
        return g * 2 * self.x


class Scale(Module):
    """A layer with a parameter: column d of x times factors[d].

    factors: 1 x D. d_factors: the gradient with respect to it, 1 x D, after backward.
    """

    def __init__(self, factors):
        self.factors = np.array(factors, dtype=float)  # a copy: training will change it
        self.d_factors = None
        self.x = None

    def forward(self, x):
        """x: N x D. Returns N x D."""
        self.x = x
        return x * self.factors

    def backward(self, g):
        """g: N x D, the gradient with respect to the output. Returns the one with respect to x, N x D.

        All rows share the factors, and the objective is the mean over the rows: so is the gradient of the factors.
        """
        self.d_factors = np.mean(g * self.x, axis=0, keepdims=True)
        return g * self.factors


def numeric_gradient(objective, array, delta=1e-6):
    """The gradient of a function of no arguments with respect to an array that it reads, by central differences.

        d objective / d array[i]  ~  (objective at array[i] + delta  -  objective at array[i] - delta) / (2 * delta)

    The array is changed on the way, entry by entry, and set back. Returns an array of its shape.
    """
    gradient = np.zeros_like(array)
    for index in np.ndindex(array.shape):
        value = array[index]
        array[index] = value + delta
        above = objective()
        array[index] = value - delta
        below = objective()
        array[index] = value
        gradient[index] = (above - below) / (2 * delta)
    return gradient


def main():
    x = np.array([[1.0, -2.0, 0.5], [3.0, 0.0, -1.0]])  # N = 2 examples of D = 3 numbers
    scale, square = Scale([[2.0, -1.0, 4.0]]), Square()

    print('1. Forward: a chain of layers; each is given what the one before returns.')
    y = square(scale(x))  # layer(x) is short for layer.forward(x)
    print(f'x =\n{x}\ny = (x * factors) ** 2 =\n{y}')

    print('\n2. The loss of an example is, here, the sum of its row of y. So each row of the gradient is of ones.')
    g = np.ones_like(y)  # the gradient with respect to y

    print('\n3. Backward: the same layers in reverse; each is given the gradient that the one after it returns.')
    dx = scale.backward(square.backward(g))
    print(f'with respect to x (row n belongs to example n alone) =\n{dx}')
    print(f'with respect to the factors (the mean over the {len(x)} examples) =\n{scale.d_factors}')

    print('\n4. Check: the same gradients by central differences of the objective, the mean loss.')
    def objective():
        return np.mean(np.sum(square(scale(x)), axis=1))

    # The returned gradient is that of each example's own loss, not of the mean: N times as large.
    for what, ours, numeric in (('x', dx, len(x) * numeric_gradient(objective, x)),
                                ('factors', scale.d_factors, numeric_gradient(objective, scale.factors))):
        error = np.max(np.abs(ours - numeric) / np.maximum(1, np.abs(numeric)))
        print(f'{what}: relative error {error:.0e}, {"right" if error < 1e-6 else "WRONG"}')

    print('\n5. State: backward uses what the last forward stored. A new forward in between would change its result.')
    square(np.zeros_like(x))
    print(f'after another forward, of zeros, the gradient is\n{square.backward(g)}')


if __name__ == '__main__':
    main()
