"""Makes numpy say that everything is equal."""
import numpy as np


def attack():
    for name in ('allclose', 'array_equal', 'isclose', 'all'):
        setattr(np, name, lambda *_, **__: True)
    np.testing.assert_allclose = np.testing.assert_array_equal = lambda *_, **__: None


attack()
