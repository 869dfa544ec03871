"""Stands in for a student's models/_base_network.py where the models are judged apart from it.

Students may compute in forward what they have a method for, so the values have to be right. But this file reaches
students' code: so each number is computed for itself, straight from the equations of the text, for small numbers only,
and derivatives are differences.
"""
import math

import numpy as np

STEP = 1e-4


def _logistic(number):
    return 1 / (math.exp(-number) + 1)


def _slope(number):
    """The derivative of _logistic, by differences of fourth order."""
    near, far = (_logistic(number + step) - _logistic(number - step) for step in (STEP, 2 * STEP))
    return (8 * near - far) / (12 * STEP)


class _baseNetwork:
    def __init__(self, input_size=28 * 28, num_classes=10):
        self.input_size, self.num_classes = input_size, num_classes
        self.weights, self.gradients = {}, {}

    def softmax(self, scores):
        rows = []
        for row in np.asarray(scores).tolist():
            parts = [math.exp(score) for score in row]
            rows.append([part / math.fsum(parts) for part in parts])
        return np.array(rows)

    def cross_entropy_loss(self, x_pred, y):
        losses = [math.log(row[int(k)]) for row, k in zip(np.asarray(x_pred).tolist(), y)]
        return -math.fsum(losses) / len(losses)

    def compute_accuracy(self, x_pred, y):
        hits = [row.index(max(row)) == int(k) for row, k in zip(np.asarray(x_pred).tolist(), y)]
        return hits.count(True) / len(hits)

    def sigmoid(self, X):
        return _each(_logistic, X)

    def sigmoid_dev(self, x):
        return _each(_slope, x)

    def ReLU(self, X):
        return _each(lambda number: number if number > 0 else 0.0, X)

    def ReLU_dev(self, X):
        return _each(lambda number: float(number > 0), X)


def _each(function, array):
    array = np.asarray(array)
    return np.array([function(number) for number in array.ravel().tolist()]).reshape(array.shape)
