"""Write what the public tests expect, tests/data/*.npz, from the solved hw3_lib.py and hw3_sol.py.

    python3 assignments/cmu_10701_hw3/teacher/make_public_tests.py

Needed only if the inputs in tests/cases.py change. The tests of the project hold the solution, and these files, to
numbers from elsewhere.
"""

import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(FOLDER), str(FOLDER / 'tests')]

from hw3_sol import MultiLayerPerceptron, load_data, train_network  # noqa: E402
from hw3_lib import CrossEntropyLoss, GradientDescentOptimizer, Linear, ReLU, Sigmoid  # noqa: E402

import cases  # noqa: E402
import numpy as np  # noqa: E402


def passes(layer, x, g):
    return {'forward': layer.forward(x), 'backward': layer.backward(g)}


def after_step():
    x, g, params = cases.linear_inputs()
    layer = Linear(params)
    passes(layer, x, g)
    GradientDescentOptimizer(MultiLayerPerceptron([layer]), learning_rate=11).step()
    return {'weights': layer.weights, 'biases': layer.biases}


def of_loss():
    criterion = CrossEntropyLoss()
    return {'forward': criterion.forward(*cases.loss_inputs()), 'backward': criterion.backward()}


def of_training():
    first, second = cases.network_params()
    model = MultiLayerPerceptron([Linear(first), Sigmoid(), Linear(second)])
    return train_network(model, load_data(), **cases.TRAINING)


def all_expected():
    """{name of a file in tests/data: {name: array}}."""
    x, g, params = cases.linear_inputs()
    return {'linear': passes(Linear(params), x, g), 'relu': passes(ReLU(), *cases.relu_inputs()),
            'sigmoid': passes(Sigmoid(), *cases.sigmoid_inputs()), 'optimizer': after_step(),
            'cross_entropy': of_loss(), 'train_network': of_training()}


def main():
    for name, arrays in all_expected().items():
        np.savez_compressed(cases.DATA / f'{name}.npz', **arrays)
        print(f'tests/data/{name}.npz: {", ".join(arrays)}')


if __name__ == '__main__':
    main()
