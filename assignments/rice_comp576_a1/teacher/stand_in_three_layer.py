"""Stands in for a student's three_layer_neural_network.py when the network of n layers is judged apart from it.

The same interface, other functions: the activation functions are made up, so that there is no solution in it that a
student's code could read. The logarithm of softmax alone is the one of the text, for code that computes it itself,
written out number by number like Equation (4), in decimal numbers of any size.
"""
from decimal import Decimal, getcontext

import command_line
import numpy as np
import plots

ACTIVATIONS = 'tanh', 'sigmoid', 'relu'
_FACTORS = {'tanh': 1, 'sigmoid': 2, 'relu': 3}


def generate_data():
    command_line.require('requirements.txt', 'sklearn')
    return np.zeros((200, 2)), np.zeros(200, dtype=int)


def plot_decision_boundary(pred_func, X, y, axes=None):
    with plots.drawing('decision_boundary', axes) as drawn:
        plots.scatter(drawn, X, y)


def activation_name(type):
    if type.lower() not in ACTIVATIONS:
        raise ValueError(f'{type!r} is none of the activation functions, {", ".join(ACTIVATIONS)}')
    return type.lower()


def log_softmax(z):
    getcontext().Emax, getcontext().Emin, getcontext().prec = 10 ** 9, -10 ** 9, 40
    rows = []
    for row in z.tolist():
        parts = [Decimal(number).exp() for number in row]
        rows.append([float((part / sum(parts)).ln()) for part in parts])
    return np.array(rows)


class NeuralNetwork:
    loss_every = 1000

    def __init__(self, nn_input_dim, nn_hidden_dim, nn_output_dim, actFun_type='tanh', reg_lambda=0.01, seed=0):
        self.nn_input_dim, self.nn_hidden_dim, self.nn_output_dim = nn_input_dim, nn_hidden_dim, nn_output_dim
        self.actFun_type, self.reg_lambda, self.losses = actFun_type, reg_lambda, []

    def actFun(self, z, type):
        return np.sin(_FACTORS[activation_name(type)] * z)

    def diff_actFun(self, z, type):
        return np.cos(_FACTORS[activation_name(type)] * z) + z

    def feedforward(self, X, actFun):
        raise AttributeError('feedforward is that of DeepNeuralNetwork')

    def calculate_loss(self, X, y):
        raise AttributeError('calculate_loss is that of DeepNeuralNetwork')

    def predict(self, X):
        self.feedforward(X, self._activate)
        return np.argmax(self.probs, axis=1)

    def backprop(self, X, y):
        raise AttributeError('backprop is that of DeepNeuralNetwork')

    def fit_model(self, X, y, epsilon=0.01, num_passes=20000, print_loss=True):
        raise AttributeError('fit_model is that of DeepNeuralNetwork')

    def note_loss(self, i, X, y, print_loss):
        pass

    def visualize_decision_boundary(self, X, y, axes=None):
        plot_decision_boundary(self.predict, X, y, axes)

    def _activate(self, z):
        return self.actFun(z, type=self.actFun_type)


def main():
    raise command_line.UserError('this file only stands in for another one')
