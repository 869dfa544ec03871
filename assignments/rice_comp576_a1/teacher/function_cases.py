"""The inputs on which the code of Problem 1 is judged: other ones for each submission, and always the same for it.

A Case has the name of its exercise as its role.
"""
import ast
import hashlib

import numpy as np

from assignments.rice_comp576_a1.teacher.function_rules import LARGE_NUMBERS, LARGE_SCORES, Comparison
from instructor.judges.cases import Call, Case, Draw
from instructor.judges.verdict import Verdict

__all__ = ['Comparison', 'draw', 'reconsider']

# |difference| / max(1, |right number|). Other orders of summation differ by less than 1e-11 here, and any mistake, also
# central differences in place of a gradient, by more.
TOLERANCE = 2e-8
SPELLINGS = {'Tanh': 'tanh', 'Sigmoid': 'sigmoid', 'ReLU': 'relu'}
N_LAYERS = 'n_layer_neural_network.py'


class _Cases:
    """Cases and their inputs, as they are put together."""

    def __init__(self, random):
        self.random, self.draw = random, Draw()

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


def draw(item, digest, after_forward=True):
    """The Draw for an item, such as 'Layer'; the numbers follow from the digest of the submission."""
    seed = hashlib.sha256(f'{item} {digest}'.encode()).digest()
    cases = _Cases(np.random.RandomState(np.frombuffer(seed, dtype=np.uint32)))
    _DRAW[item](cases)
    return cases.draw


def reconsider(judge, verdicts):
    """Leave the network of n layers to a person where a student has organized it in another way, as the text allows."""
    source = judge.submission.files.get(N_LAYERS, b'')
    if not {*verdicts} & _DEEP or judge.replaced and N_LAYERS in judge.replaced:
        return
    try:
        tree = ast.parse(source)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return
    classes = {node.name: {part.name for part in node.body if isinstance(part, ast.FunctionDef)}
               for node in tree.body if isinstance(node, ast.ClassDef)}
    if not {'feedforward', 'backprop'} <= classes.get('Layer', set()) and 'DeepNeuralNetwork' in classes:
        for item in {*verdicts} & _DEEP:
            verdicts[item] = Verdict(item, None, 'organized in another way than the skeleton, which the text allows: '
                                     'graded by hand', kind='reorganized')


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


def _softmax(z):
    exp = np.exp(z - z.max(axis=1, keepdims=True))
    return exp / exp.sum(axis=1, keepdims=True)


def _scores(cases):
    """(about, scores, end of the result's name)."""
    usual = [('', cases.uniform(4, N, C), '') for N, C in ((cases.random.randint(9, 15), 3), (1, 5), (8, 2), (4, 4))]
    return usual + [(about, z, LARGE_SCORES) for about, z in _large_scores(cases)]


def _loss(cases):
    for number, (about, z2, suffix) in enumerate(_scores(cases)):
        N, C = z2.shape
        arguments = {'X': cases.uniform(1, N, 2), 'y': cases.labels(N, C), 'W1': cases.uniform(2, 2, 3),
                     'W2': cases.uniform(2, 3, C), 'z2': z2, 'probs': _softmax(z2)}
        cases.add('loss', arguments, (f'loss{suffix}',), about, reg_lambda=(0.3, 0.01, 2.5)[number % 3],
                  result=f'loss{suffix}')


def _backprop(cases):
    for (D, H, C), N, type in (((2, 3, 2), 9, 'tanh'), ((4, 5, 3), 8, 'sigmoid'), ((3, 6, 4), 1, 'relu'),
                               ((5, 2, 6), 12, 'relu'), ((2, 4, 3), 1, 'tanh')):
        found = _one_hidden(cases, D, H, C)
        X = cases.uniform(2, N, D)
        z1 = X @ found['W1'] + found['b1']
        sigmoid = 1 / (1 + np.exp(-z1))
        a1, d1 = {'tanh': (np.tanh(z1), 1 - np.tanh(z1) ** 2), 'sigmoid': (sigmoid, sigmoid * (1 - sigmoid)),
                  'relu': (np.maximum(z1, 0), (z1 > 0) * 1.0)}[type]
        z2 = a1 @ found['W2'] + found['b2']
        cases.add('backprop', {'X': X, 'y': cases.labels(N, C), **found, 'z1': z1, 'a1': a1, 'z2': z2,
                               'probs': _softmax(z2), 'd1': d1}, ('dW1', 'dW2', 'db1', 'db2'), f', {type}', type=type)


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
    for number, (about, z, suffix) in enumerate(_scores(cases)):
        N, C = z.shape
        sizes = [*NETWORKS[number % len(NETWORKS)][:-1], C]
        arguments = {'X': cases.uniform(1, N, sizes[0]), 'y': cases.labels(N, C), 'z': z, 'probs': _softmax(z)}
        cases.add('deep_loss', {**arguments, **cases.network(*sizes)}, (f'loss{suffix}',), _about(sizes) + about,
                  sizes=sizes, reg_lambda=(0.3, 0.01, 2.5)[number % 3], result=f'loss{suffix}')


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
_DEEP = {item for item in _DRAW if not item.startswith('NeuralNetwork')}
