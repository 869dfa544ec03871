"""The inputs on which the code of Problem 1 is judged: other ones for each submission, and always the same for it.

A Case has the name of its exercise as its role.
"""
import hashlib
from dataclasses import replace

import numpy as np

from assignments.rice_comp576_a1.teacher.function_rules import (DERIVATIVES, FUNCTIONS, LARGE_NUMBERS,
                                                                LARGE_SCORES, ONLY, Comparison)
from assignments.rice_comp576_a1.teacher.left_open import reconsider
from instructor.judges.cases import Call, Case, Draw

__all__ = ['Comparison', 'draw', 'reconsider']

# |difference| / max(1, |right number|). Other orders of summation differ by less than 1e-11 here, and any mistake, also
# central differences in place of a gradient, by more.
TOLERANCE = 2e-8
SPELLINGS = {'Tanh': 'tanh', 'Sigmoid': 'sigmoid', 'ReLU': 'relu'}


class _Cases:
    """Cases and their inputs, as they are put together."""

    def __init__(self, random, needed_returns):
        self.random, self.draw, self.needed_returns = random, Draw(), needed_returns

    def uniform(self, size, *shape):
        return self.random.uniform(-size, size, shape)

    def numbers(self, *shape):
        """Numbers of both signs and of all sizes from 0.01 to 10, none of them 0."""
        return self.random.choice([-1.0, 1.0], shape) * 10 ** self.random.uniform(-2, 1, shape)

    def labels(self, N, C):
        return self.random.randint(0, C, N)

    def network(self, *sizes):
        """Weights and biases of layers, W0, b0, W1, ...; biases are not 0."""
        found = {}
        for n, shape in enumerate(zip(sizes, sizes[1:])):
            found.update({f'W{n}': self.uniform(1, *shape), f'b{n}': self.uniform(1, 1, shape[1])})
        return found

    def add(self, exercise, arguments, results, about='', **options):
        named = {name: self.draw.add_input(np.asarray(array)) for name, array in arguments.items()}
        self.draw.cases.append(Case(Call(named, exercise, options), results, about, None, TOLERANCE, exercise))

    def add_after_feedforward(self, *arguments, **options):
        """As add, for an exercise that replaces feedforward.

        It is called where feedforward stores only what the text asks for, and again where the student's own one has
        stored what it does, to see whether more than that is used. The latter counts, if the own one returns.
        """
        self.add(*arguments, is_own=False, **options)
        if self.needed_returns:
            only = self.draw.cases.pop()
            self.draw.cases += [replace(only, results=(), role=ONLY),
                                replace(only, call=replace(only.call, options={**only.call.options, 'is_own': True}))]


def draw(item, digest, needed_returns=True):
    """The Draw for an item, such as 'Layer'; the numbers follow from the digest of the submission.

    needed_returns: whether the item that it needs can be called.
    """
    seed = hashlib.sha256(f'{item} {digest}'.encode()).digest()
    cases = _Cases(np.random.RandomState(np.frombuffer(seed, dtype=np.uint32)), needed_returns)
    _DRAW[item](cases)
    return cases.draw


# ---- one hidden layer ------------------------------------------------------------------------------------------------

def _shapes(cases):
    return [(), (cases.random.randint(5, 9),), (1,), (cases.random.randint(5, 9), 3), (1, 4), (2, 3, 4)]


def _functions(name):
    def add(cases):
        for kind, small in SPELLINGS.items():
            for shape in _shapes(cases):
                for type in (kind, small):
                    cases.add('function', {'z': cases.numbers(*shape)}, (kind,), f', {type!r}', name=name, type=type,
                              result=kind)
            large = np.array([-1e6, 1e6, -800.0, 800.0, -40.0, 40.0, *cases.uniform(1000, 4)])
            cases.add('function', {'z': large}, (LARGE_NUMBERS,), f', {kind!r}', name=name, type=kind,
                      result=LARGE_NUMBERS)
        if name == 'diff_actFun':
            z = cases.uniform(2, 6, 4)
            z[cases.random.uniform(size=z.shape) < 0.4] = 0.0
            z[0] = 0.0, -1.0, 1.0, -0.0
            cases.add('function', {'z': z}, ('ReLU at 0',), ', with zeros', name=name, type='ReLU', result='ReLU at 0')
    return add


def _large_scores(cases):
    """(about, scores, N x C): so large that exp overflows, or that all probabilities but one underflow."""
    small = cases.uniform(3, 7, 4)
    return [(', thousands', cases.uniform(5000, 8, 3)), (', millions', cases.uniform(1e6, 1, 5)),
            (', all of them large', small + 1e4), (', all of them far below 0', small - 1e4)]


def _feedforward(cases):
    for z in (cases.uniform(4, 9, 5), cases.uniform(4, 1, 2), cases.uniform(4, 6, 1), cases.uniform(4, 4, 4)):
        cases.add('log_softmax', {'z': z}, ('log_softmax',), result='log_softmax')
    for about, z in _large_scores(cases):
        cases.add('log_softmax', {'z': z}, (f'log_softmax{LARGE_SCORES}',), about, result=f'log_softmax{LARGE_SCORES}')
    for (D, H, C), N, activation in (((2, 3, 2), 9, 'sine'), ((5, 4, 3), 1, 'arctangent'), ((3, 7, 6), 12, 'square')):
        arguments = _one_hidden(cases, D, H, C)
        cases.add('feedforward', {'X': cases.uniform(2, N, D), **arguments}, ('z1', 'a1', 'z2', 'probs'),
                  f', with the {activation} for an activation function', activation=activation)


def _one_hidden(cases, D, H, C):
    return {'W1': cases.uniform(1, D, H), 'b1': cases.uniform(1, 1, H), 'W2': cases.uniform(1, H, C),
            'b2': cases.uniform(1, 1, C)}


def _log_softmax(z):
    z = z - z.max(axis=1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=1, keepdims=True))


def _losses(cases):
    """(about, end of the result's name, N, C, factor of a made-up activation function, what is added to the scores).

    The scores of a network of that function are moderate, or as large as those of _large_scores.
    """
    usual = [('', '', N, C, 2, 0) for N, C in ((cases.random.randint(9, 15), 3), (1, 5), (8, 2), (4, 4))]
    large = ((', thousands', 8, 3, 5e3, 0), (', millions', 1, 5, 1e6, 0), (', all of them large', 7, 4, 2, 1e4),
             (', all of them far below 0', 7, 4, 2, -1e4))
    return usual + [(about, LARGE_SCORES, *numbers) for about, *numbers in large]


def _loss(cases):
    for number, (about, suffix, N, C, scale, shift) in enumerate(_losses(cases)):
        found, X = _one_hidden(cases, 2, 3, C), cases.uniform(1, N, 2)
        found['b2'] += shift
        z1 = X @ found['W1'] + found['b1']
        a1 = scale * np.sin(z1)
        z2 = a1 @ found['W2'] + found['b2']
        cases.add_after_feedforward(
            'loss', {'X': X, 'y': cases.labels(N, C), **found, 'z1': z1, 'a1': a1, 'z2': z2,
                     'probs': np.exp(_log_softmax(z2)), 'log_probs': _log_softmax(z2)}, (f'loss{suffix}',), about,
            reg_lambda=(0.3, 0.01, 2.5)[number % 3], scale=scale, result=f'loss{suffix}')


def _backprop(cases):
    for (D, H, C), N, name in (((2, 3, 2), 9, 'Tanh'), ((4, 5, 3), 8, 'Sigmoid'), ((3, 6, 4), 1, 'ReLU'),
                               ((5, 2, 6), 12, 'ReLU'), ((2, 4, 3), 1, 'Tanh')):
        found, X, type = _one_hidden(cases, D, H, C), cases.uniform(2, N, D), SPELLINGS[name]
        z1 = X @ found['W1'] + found['b1']
        a1, d1 = FUNCTIONS[name](z1), DERIVATIVES[name](z1)
        z2 = a1 @ found['W2'] + found['b2']
        cases.add_after_feedforward(
            'backprop', {'X': X, 'y': cases.labels(N, C), **found, 'z1': z1, 'a1': a1, 'z2': z2,
                         'probs': np.exp(_log_softmax(z2)), 'd1': d1}, ('dW1', 'dW2', 'db1', 'db2'), f', {type}',
            type=type)


# ---- n layers --------------------------------------------------------------------------------------------------------

def _layer(cases):
    for number, (N, D, M) in enumerate([(cases.random.randint(7, 12), 4, 3), (1, 5, 2), (6, 1, 4), (5, 3, 1)]):
        for about, name, rows in (('', number, N), (', another layer', f'other {number}', N + 1),
                                  (', the second batch', number, N + 2)):
            cases.add('layer', {'X': cases.uniform(2, rows, D), 'W': cases.uniform(1, D, M),
                                'b': cases.uniform(1, 1, M), 'da': cases.uniform(2, rows, M)},
                      ('feedforward', 'dW', 'db', 'returned gradient'), about, object=f'layer {name}')


NETWORKS = [[2, 3, 2], [4, 3], [5, 4, 6, 3], [3, 2, 3, 4, 5], [1, 3, 1, 4]]


def _about(sizes, type=''):
    return f', layers {" ".join(map(str, sizes))}{", " if type else ""}{type}'


def _deep_feedforward(cases):
    for number, sizes in enumerate(NETWORKS):
        type = ('tanh', 'sigmoid', 'ReLU')[number % 3]
        cases.add('deep_feedforward', {'X': cases.uniform(2, (9, 1)[number == 1], sizes[0]), **cases.network(*sizes)},
                  ('z', 'probs'), _about(sizes, type), sizes=sizes, type=type)


def _deep_loss(cases):
    for number, (about, suffix, N, C, scale, shift) in enumerate(_losses(cases)):
        # More layers of a function with a large factor would multiply the errors of rounding.
        sizes = [3, 4, C] if suffix else [*NETWORKS[number % len(NETWORKS)][:-1], C]
        found, X = cases.network(*sizes), cases.uniform(1, N, sizes[0])
        last = len(sizes) - 2
        found[f'b{last}'] += shift
        z = X
        for n in range(last + 1):
            z = (scale * np.sin(z) if n else z) @ found[f'W{n}'] + found[f'b{n}']
        cases.add_after_feedforward(
            'deep_loss', {'X': X, 'y': cases.labels(N, C), 'z': z, 'probs': np.exp(_log_softmax(z)), **found},
            (f'loss{suffix}',), _about(sizes) + about, sizes=sizes, reg_lambda=(0.3, 0.01, 2.5)[number % 3],
            scale=scale, result=f'loss{suffix}')


def _deep_backprop(cases):
    for number, sizes in enumerate(NETWORKS):
        type, N = ('tanh', 'sigmoid', 'relu')[number % 3], (8, 1)[number == 2]
        cases.add('deep_backprop', {'X': cases.uniform(2, N, sizes[0]), 'y': cases.labels(N, sizes[-1]),
                                    **cases.network(*sizes)}, ('dW', 'db', 'stored gradients'), _about(sizes, type),
                  sizes=sizes, type=type)


def _deep_fit(cases):
    for num_passes, sizes, reg_lambda, epsilon in ((1, [2, 3, 2], 0.3, 0.1), (1, [4, 3], 2.0, 0.01),
                                                   (1, [3, 2, 4, 5], 0.3, 0.5), (3, [2, 4, 3], 0.7, 0.1)):
        gradients = {f'd{name}': array for name, array in cases.network(*sizes).items()}
        N = 7
        cases.add('deep_fit', {'X': cases.uniform(1, N, sizes[0]), 'y': cases.labels(N, sizes[-1]),
                               **cases.network(*sizes), **gradients}, ('weights', 'biases'),
                  f'{_about(sizes)}, num_passes={num_passes}', sizes=sizes, reg_lambda=reg_lambda, epsilon=epsilon,
                  num_passes=num_passes)


_DRAW = {'NeuralNetwork.actFun': _functions('actFun'), 'NeuralNetwork.diff_actFun': _functions('diff_actFun'),
         'NeuralNetwork.feedforward': _feedforward, 'NeuralNetwork.calculate_loss': _loss,
         'NeuralNetwork.backprop': _backprop, 'Layer': _layer, 'DeepNeuralNetwork.feedforward': _deep_feedforward,
         'DeepNeuralNetwork.calculate_loss': _deep_loss, 'DeepNeuralNetwork.backprop': _deep_backprop,
         'DeepNeuralNetwork.fit_model': _deep_fit}
