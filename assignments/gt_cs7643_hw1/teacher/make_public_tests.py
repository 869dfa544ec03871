"""Write what the public tests expect, tests/data/*.npz, from the solved files.

    python3 -m assignments.gt_cs7643_hw1.teacher.make_public_tests

Needs the full MNIST in data/ (python3 get_data.py). Needed only if the inputs change. The tests of the project hold
the solution, and these files, to numbers from elsewhere. Run it in the folder of the whole project.
"""

import sys

import numpy as np

from assignments.gt_cs7643_hw1 import mnist_csv
from assignments.gt_cs7643_hw1.models import SoftmaxRegression, TwoLayerNet
from assignments.gt_cs7643_hw1.models._base_network import _baseNetwork
from assignments.gt_cs7643_hw1.optimizer import SGD

FOLDER = mnist_csv.FOLDER.parent / 'tests' / 'data'
X = np.array([[-1.48839468, -0.31530738], [-0.28271176, -1.00780433], [0.66435418, 1.2537461],
              [-1.64829182, 0.90223236]])
# The 64 images of the published batch, as rows of the training set.
ROWS = [17555, 12509, 16838, 41777, 16204, 36713, 27041, 15756, 28335, 20898, 32131, 8067, 47498, 24159, 32375, 45546,
        2869, 33843, 41218, 42721, 38019, 19599, 40592, 9526, 23116, 28657, 34188, 32408, 39987, 14820, 34122, 4007,
        16912, 37646, 41237, 22016, 6411, 11127, 40090, 2298, 17275, 984, 47998, 2230, 16470, 26128, 13364, 26849,
        45613, 27497, 42907, 43352, 39770, 23388, 4394, 33147, 21525, 19900, 6004, 14732, 15401, 7971, 2592, 47315]


def of_activation():
    model = _baseNetwork()
    names = 'sigmoid', 'sigmoid_dev', 'ReLU', 'ReLU_dev', 'softmax'
    return {'x': X, **{name: getattr(model, name)(X) for name in names}}


def read_rows(numbers):
    """These rows of the full training set: labels, N integers, and pixels, N x 784 of uint8."""
    wanted = set(numbers)
    with open(mnist_csv.FOLDER / mnist_csv.FULL['train'].name, encoding='ascii') as file:
        rows = {number: line.split(',') for number, line in enumerate(file) if number in wanted}
    table = np.array([rows[number] for number in numbers], dtype=np.uint8)
    return table[:, 0].astype(np.int64), table[:, 1:]


def of_network():
    labels, images = read_rows(ROWS)
    arrays = {'images': images, 'labels': labels}
    for prefix, model in (('softmax', SoftmaxRegression()), ('two_layer', TwoLayerNet(hidden_size=128))):
        arrays[f'{prefix}_loss'], arrays[f'{prefix}_accuracy'] = model.forward(images / 255, labels)
        arrays.update({f'{prefix}_{name}': gradient for name, gradient in model.gradients.items()})
    return arrays


def of_training():
    regularized, updated = SoftmaxRegression(), SoftmaxRegression()
    SGD(learning_rate=1e-4, reg=100).apply_regularization(regularized)
    np.random.seed(467)
    updated.gradients['W1'] = np.random.randn(784, 10)
    SGD(learning_rate=1e-4, reg=1e-3).update(updated)
    return {'regularization': regularized.gradients['W1'], 'sgd': updated.weights['W1']}


def main():
    """Run the command; returns the exit status."""
    if not mnist_csv.has_full_data():
        print(f'make_public_tests: needs the full MNIST: {mnist_csv.COMMAND}', file=sys.stderr)
        return 2
    for name, make in (('activation', of_activation), ('network', of_network), ('training', of_training)):
        arrays = make()
        np.savez_compressed(FOLDER / f'{name}.npz', **arrays)
        print(f'tests/data/{name}.npz: {", ".join(arrays)}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
