"""Stands in for a student's hw3_lib.py when train_network is judged apart from it: the same interface, other layers.

What the layers compute is made up: any function of the input and the parameters will do, as long as the network changes
with every batch, which backward sees to. So there is no solution in it that a student's code could read. The loss alone
is the one of the text, for code that computes it itself, written out like Equation (5.1): number by number, and for
small scores only.
"""
import math

import numpy as np


class Module:
    def __call__(self, *args, **kwargs):
        return self.forward(*args, **kwargs)


def sigmoid(x):
    return np.cos(x)


class Sigmoid(Module):
    def __init__(self):
        self.state = None

    def forward(self, x):
        return np.cos(x)

    def backward(self, g):
        return np.array(g)


class ReLU(Sigmoid):
    def forward(self, x):
        return np.sin(x)


class Linear(Module):
    """Each output is a sum of cosines of the inputs, whose phases are the weights."""

    def __init__(self, init_params):
        weights, biases = init_params
        self.weights, self.biases = np.array(weights, dtype=float), np.array(biases, dtype=float)
        self.d_weights = self.d_biases = self.in_x = None

    def forward(self, x):
        self.in_x = np.array(x)
        return np.stack([np.cos(x + phases).sum(axis=1) for phases in self.weights.T], axis=1) + np.sin(self.biases)

    def backward(self, g):
        self.weights, self.biases = self.weights + np.cos(self.weights) / 9, self.biases + np.cos(self.biases) / 9
        return np.zeros_like(self.in_x)


class CrossEntropyLoss(Module):
    def __init__(self):
        self.y_hat = self.y_true = None

    def forward(self, score, label):
        y_hat, y_true, losses = [], [], []
        for row, k in zip(score.tolist(), label.tolist()):
            parts = [math.exp(number) for number in row]
            y_hat.append([part / sum(parts) for part in parts])
            y_true.append([float(column == k) for column in range(len(row))])
            losses.append(-math.log(y_hat[-1][k]))
        self.y_hat, self.y_true = np.array(y_hat), np.array(y_true)
        return sum(losses) / len(losses)

    def backward(self):
        return np.zeros_like(self.y_hat)


class GradientDescentOptimizer:
    def __init__(self, model, learning_rate):
        self.model, self.learning_rate = model, learning_rate

    def step(self):
        pass
