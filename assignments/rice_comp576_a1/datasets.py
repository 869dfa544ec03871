"""The data for n_layer_neural_network.py, by name; all come with scikit-learn, nothing is downloaded."""

from typing import NamedTuple

import command_line  # before numpy: see there
import numpy as np
from three_layer_neural_network import generate_data

SHIPPED = 'digits', 'iris', 'wine', 'breast_cancer'  # scikit-learn's load_<name>
MADE = 'moons', 'circles', 'blobs'                   # its make_<name>
NAMES = MADE + SHIPPED


class Dataset(NamedTuple):
    """X: N x D, y: N integers from 0; X_test, y_test: as many columns and the same labels, for testing only."""
    X: np.ndarray
    y: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray

    @property
    def epsilon(self):
        """A learning rate, for summed gradients, with which most networks learn: 0.01 for 200 examples."""
        return (2 if self.num_features == 2 else 0.5) / len(self.y)

    @property
    def num_features(self):
        return self.X.shape[1]

    @property
    def num_classes(self):
        return int(self.y.max()) + 1


def load(name):
    """The data of a name in NAMES.

    'moons' are those of generate_data(), with 1000 new points for testing. Of those that scikit-learn ships, a fifth
    is for testing, and each feature has mean 0 and standard deviation 1 in the training data.
    """
    command_line.require('requirements.txt', 'sklearn')
    from sklearn import datasets
    if name in SHIPPED:
        return _split(*getattr(datasets, f'load_{name}')(return_X_y=True))
    make = {'moons': lambda size, seed: datasets.make_moons(size, noise=0.20, random_state=seed),
            'circles': lambda size, seed: datasets.make_circles(size, noise=0.1, factor=0.5, random_state=seed),
            'blobs': lambda size, seed: datasets.make_blobs(size, centers=[(-3, 0), (0, 3), (3, 0), (0, -3)],
                                                            random_state=seed)}[name]
    train = generate_data() if name == 'moons' else make(200, 0)
    return Dataset(*train, *make(1000, 1))


def _split(X, y):
    from sklearn.model_selection import train_test_split
    X, X_test, y, y_test = train_test_split(X, y, test_size=0.2, random_state=0, stratify=y)
    mean, std = X.mean(axis=0), X.std(axis=0)
    std[std == 0] = 1  # a pixel that is always empty stays 0
    return Dataset((X - mean) / std, y, (X_test - mean) / std, y_test)
