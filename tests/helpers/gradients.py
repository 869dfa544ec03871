"""Central differences, against which tests hold the gradients that backward computes."""

import math

import numpy as np

EPSILON = 1e-6


def central_differences(function, array):
    """d function() / d array, entry by entry, by moving each entry of the array by EPSILON up and down."""
    slope = np.zeros(array.shape)
    for index in np.ndindex(array.shape):
        kept = array[index]
        array[index] = kept + EPSILON
        above = function()
        array[index] = kept - EPSILON
        below = function()
        array[index] = kept
        slope[index] = (above - below) / (2 * EPSILON)
    return slope


def apart(rng, shape):
    """Random values of which no two lie closer than 0.01, none closer to 0: no maximum changes under EPSILON."""
    size = math.prod(shape)
    values = (np.arange(size) - size // 2 + 0.5) * 0.01
    return rng.permutation(values).reshape(shape)


def check_gradients(module, X, rng):
    """backward against central differences of sum(weights * forward(X)), for X and every parameter."""
    weights = rng.normal(size=module.forward(X).shape)

    def loss():
        return np.sum(weights * module.forward(X))

    module.forward(X)
    dX = module.backward(X, weights)
    assert dX.shape == X.shape
    np.testing.assert_allclose(dX, central_differences(loss, X), rtol=1e-6, atol=1e-6)
    for key, parameter in getattr(module, 'params', {}).items():
        module.forward(X)
        module.backward(X, weights)
        assert module.gradient[key].shape == parameter.shape
        np.testing.assert_allclose(module.gradient[key], central_differences(loss, parameter), rtol=1e-6, atol=1e-6)
