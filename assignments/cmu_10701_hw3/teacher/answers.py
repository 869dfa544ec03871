"""Compute the numeric answers to the written questions, and write answers.md from them and from answers_template.md.

    python3 assignments/cmu_10701_hw3/teacher/answers.py

The data of the questions stand here as they do in ASSIGNMENT.md. All is computed without hw3_lib.py.
"""

import json
import re
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).resolve().parent

# ---- Section 1: one example, weights with the biases in the first column ---------------------------------------------

ALPHA = np.array([[1, 1, 2, -3, 0, 1, -3],
                  [1, 2, 1, 1, 1, 0, 2],
                  [1, 3, 2, 2, 2, 2, 1],
                  [1, 2, 0, 3, 1, -2, 2]], dtype=float)
BETA = np.array([[1, 1, 2, -2, 3],
                 [1, 2, -1, 3, 1],
                 [1, 3, 1, -1, 1]], dtype=float)
X1 = np.array([1, 0, 1, 0, 1, 1], dtype=float)
Y1 = np.array([0, 0, 1], dtype=float)
LAMBDA = 0.01


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def forward(alpha, beta):
    """The values of the network for the example: a dict of a, z (the 1 in front), b, y_hat and loss."""
    a = alpha @ np.append(1, X1)
    z = np.append(1, sigmoid(a))
    b = beta @ z
    y_hat = np.exp(b - b.max()) / np.sum(np.exp(b - b.max()))
    return {'a': a, 'z': z, 'b': b, 'y_hat': y_hat, 'loss': -np.sum(Y1 * np.log(y_hat))}


def updated(alpha, beta):
    """The weights after one step with learning rate 1."""
    values = forward(alpha, beta)
    db = values['y_hat'] - Y1
    dz = beta[:, 1:].T @ db  # without the column of the biases
    da = dz * values['z'][1:] * (1 - values['z'][1:])
    return alpha - np.outer(da, np.append(1, X1)), beta - np.outer(db, values['z'])


def section_1():
    values = forward(ALPHA, BETA)
    alpha, beta = updated(ALPHA, BETA)
    later = alpha, beta
    for _ in range(1000):
        later = updated(*later)
    squares = np.sum(ALPHA[:, 1:] ** 2) + np.sum(BETA[:, 1:] ** 2)
    return {'1.3a': values['a'][0], '1.3b': values['z'][1], '1.3c': values['b'][1], '1.3d': values['y_hat'][1],
            '1.3e': np.argmax(values['y_hat']) + 1, '1.3f': values['loss'],
            '1.4a': beta[1, 1], '1.4b': beta[0, 0], '1.4c': alpha[2, 4],
            '1.4d': np.argmax(forward(*later)['y_hat']) + 1, '1.4d loss': forward(*later)['loss'],
            '1.5 squares': squares, '1.5b': values['loss'] + LAMBDA * squares}


# ---- Section 2: all weights 0 at first -------------------------------------------------------------------------------

def section_2():
    """Run it on an example, with the loss (y - 1)^2 / 2: what holds for all losses with dl/dy != 0 holds for this."""
    x, w, v = np.array([1.0, -2.0, 0.5]), np.zeros((2, 3)), np.zeros(2)
    numbers = {}
    for step in range(1, 11):
        s = sigmoid(w @ x)
        dy = v @ s - 1
        w, v = w - np.outer(v * s * (1 - s) * dy, x), v - s * dy
        if step == 1:
            numbers.update({f'2a w{name}': w[0, place] for place, name in enumerate('abc')})
            numbers['2a v2'] = v[1] / dy  # in units of dl/dy
    numbers['2b w'] = np.max(np.abs(w[0] - w[1]))  # 0 if they are equal
    numbers['2b w size'] = np.max(np.abs(w[0]))
    numbers['2b v'] = abs(v[0] - v[1])
    return numbers


# ---- Section 3: regression on five examples --------------------------------------------------------------------------

X3 = np.array([[-1, 0.4], [3, 8], [-3, 0.3], [4, 10], [-0.5, 5]])
Y3 = np.array([2, -4, 3.2, -8.3, -2.3])
W1, B1 = np.array([[0.2, 3.8], [-1.1, 2.3]]), np.array([-1.3, 0.86])  # a row of W1 for each hidden unit
W2, B2 = np.array([-1.2, 0.7]), 0.0
ACTIVATIONS = {'relu': lambda a: np.maximum(a, 0), 'tanh': np.tanh, 'sigmoid': sigmoid, 'linear': lambda a: a}
RATES = 0.1, 0.001, 0.0001, 0.9


def mean_squared_error(activation, w1, b1, w2, b2):
    return np.mean((activation(X3 @ w1.T + b1) @ w2 + b2 - Y3) ** 2)


def after_steps(rate, num_steps):
    """The weights and biases after steps of gradient descent over all five examples, with ReLU."""
    w1, b1, w2, b2 = W1, B1, W2, B2
    for _ in range(num_steps):
        a = X3 @ w1.T + b1
        h = np.maximum(a, 0)
        dy = 2 * (h @ w2 + b2 - Y3) / len(Y3)
        da = np.outer(dy, w2) * (a > 0)
        w1, b1, w2, b2 = w1 - rate * da.T @ X3, b1 - rate * da.sum(axis=0), w2 - rate * dy @ h, b2 - rate * dy.sum()
    return w1, b1, w2, b2


def section_3():
    losses = {name: mean_squared_error(activation, W1, B1, W2, B2) for name, activation in ACTIVATIONS.items()}
    by_rate = {rate: mean_squared_error(ACTIVATIONS['relu'], *after_steps(rate, 2)) for rate in RATES}
    return {'3.1': losses['relu'], **{f'3.2 {name}': loss for name, loss in losses.items()},
            '3.2': min(losses, key=losses.get), **{f'3.3 {rate}': loss for rate, loss in by_rate.items()},
            '3.3': min(by_rate, key=by_rate.get)}


# ---- Section 4 -------------------------------------------------------------------------------------------------------

IMAGE = np.array([[-1, 0, -2, 3, 4, 1],
                  [2, 9, 5, 6, 0, -1],
                  [0, -3, 1, 3, 4, 4],
                  [6, 5, 2, 0, 6, 8],
                  [-5, 4, -3, 1, 3, -2],
                  [4, 1, 2, 8, 9, 7]])
FILTER = np.full((3, 3), -2)
FILTER[1, 1] = 5


def section_4():
    padded = np.pad(IMAGE, 1)
    output = np.array([[np.sum(padded[y:y + 3, x:x + 3] * FILTER) for x in range(6)] for y in range(6)])
    return {'4.4': output.ravel()['ABCDEFGHIJ'.index('J')]}


# ---- the file --------------------------------------------------------------------------------------------------------

def section_5():
    accuracies = json.loads((FOLDER / 'experiments.json').read_text(encoding='utf-8'))
    return {f'5.6{name} {which}': accuracies[name][f'{which}_accuracy']
            for name in accuracies for which in ('train', 'test')}


def answers():
    """All numbers, and the names that are chosen by numbers: {question: value}."""
    return {**section_1(), **section_2(), **section_3(), **section_4(), **section_5()}


def written(value):
    """A value as the text asks for it: to four decimals, whole numbers without any."""
    if isinstance(value, str):
        return value
    text = f'{value:.4f}'.rstrip('0').rstrip('.') if round(float(value), 4) == round(float(value)) else f'{value:.4f}'
    return '0' if text == '-0' else text


def markdown():
    """The text of answers.md: the template with {{question}} filled in, {{question!}} without rounding."""
    values = answers()
    template = (FOLDER / 'answers_template.md').read_text(encoding='utf-8')
    return re.sub(r'\{\{(.+?)(!?)\}\}', lambda match: f'{values[match[1]]:.10g}' if match[2]
                  else written(values[match[1]]), template)


if __name__ == '__main__':
    (FOLDER / 'answers.md').write_bytes(markdown().encode('utf-8'))
    print('teacher/answers.md written')
