"""The optimizer, by name: from optimizer import SGD."""

from .sgd import SGD

__all__ = ['SGD']
