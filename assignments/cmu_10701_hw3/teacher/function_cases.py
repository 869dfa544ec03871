"""The inputs on which the code is judged: other ones for each submission, and the same ones every time.

A Case has a role, 'forward' or 'backward', or 'sigmoid': what of an item is called.
"""
import hashlib

import numpy as np

from assignments.cmu_10701_hw3.teacher.function_rules import LARGE_NUMBERS, LARGE_SCORES, STATE, Comparison
from checking import AGAIN
from instructor.judges.cases import Call, Case, Draw

__all__ = ['Comparison', 'draw']

# |difference| / max(1, |right number|). The public tests allow 1e-7 relative and 1e-8 absolute: what passes there
# differs by at most 1.1e-7 in this measure. Other orders of summation differ by less than 1e-12 here, and any mistake
# by far more.
TOLERANCE = 2e-7
RESULTS = 'train_loss', 'test_loss', 'train_accuracy', 'test_accuracy', 'yhat_train', 'yhat_test'


class _Cases:
    """Cases and their inputs, as they are put together."""

    def __init__(self, item, random):
        self.item, self.random, self.draw = item, random, Draw()
        self.new = self.draw.add_input

    def uniform(self, size, *shape):
        return self.new(self.random.uniform(-size, size, shape))

    def numbers(self, *shape):
        """Numbers of both signs and of all sizes from 0.01 to 30, none of them 0."""
        return self.new(self.random.choice([-1.0, 1.0], shape) * 10 ** self.random.uniform(-2, 1.5, shape))

    def add(self, exercise, arguments, results, role, about='', asked=None, hint=None, **options):
        arguments = {name: array for name, array in arguments.items() if array is not None}
        self.draw.cases.append(Case(Call(arguments, exercise, options), results, about, hint, TOLERANCE, role, asked))

    def forward(self, object, arguments, results=('forward',), about='', suffix=''):
        self.add('forward', arguments, tuple(f'{name}{suffix}' for name in results), 'forward', about,
                 object=object, class_name=self.item, suffix=suffix)

    def backward(self, object, g, returned, stored=(), about='', hint=None):
        self.add('backward', {'g': g}, (*stored, returned), 'backward', about, hint=hint, object=object,
                 returned=returned, stored=list(stored))


def draw(item, digest):
    """The Draw for an item, such as 'ReLU'; the numbers follow from the digest of the submission."""
    seed = hashlib.sha256(f'{item} {digest}'.encode()).digest()
    cases = _Cases(item, np.random.RandomState(np.frombuffer(seed, dtype=np.uint32)))
    _DRAW[item](cases)
    return cases.draw


def _linear(cases):
    size = cases.random.randint
    shapes = [(size(12, 20), 5, 3), (1, 7, size(2, 5)), (4, 2, size(20, 30)), (6, 4, 4), (size(7, 10), 1, 1)]
    for number, (N, D, M) in enumerate(shapes):
        layer, other = f'layer{number}', f'other layer{number}'
        for about, rows in (('', N), (', the second batch', N + 2)):  # with other parameters, as after a step
            parameters = {'W': cases.uniform(2, D, M), 'b': cases.uniform(2, 1, M)}
            cases.forward(layer, {'x': cases.uniform(3, rows, D), **parameters}, about=about)
            if about:
                cases.forward(other, {'x': cases.uniform(3, rows + 1, D), 'W': cases.uniform(2, D, M),
                                      'b': cases.uniform(2, 1, M)}, about=', a second layer')
            g = cases.uniform(3, rows, M)
            for again, hint in (('', STATE if about else None), (', once more', AGAIN)):
                cases.backward(layer, g, 'returned gradient', ('d_weights', 'd_biases'), about + again, hint)


def _shapes(random):
    return [(random.randint(12, 20), 5), (1, random.randint(6, 12)), (3, random.randint(20, 30)), (7, 1)]


def _activation(cases):
    """Of Sigmoid and ReLU: two batches in each shape, a second layer in between, each backward twice."""
    for number, (N, D) in enumerate(_shapes(cases.random)):
        for about, rows in (('', N), (', the second batch', N + 2)):
            cases.forward(f'layer{number}', {'x': cases.numbers(rows, D)}, about=about)
            if about:
                cases.forward('other layer', {'x': cases.numbers(rows, D)}, about=', a second layer')
            g = cases.uniform(3, rows, D)
            for again, hint in (('', STATE if about else None), (', once more', AGAIN)):
                cases.backward(f'layer{number}', g, 'backward', about=about + again, hint=hint)


def _sigmoid(cases):
    for shape in ((6, 4), (9,), (2, 3, 4)):
        cases.add('call_function', {'x': cases.numbers(*shape)}, ('sigmoid',), 'sigmoid', name='sigmoid',
                  result='sigmoid')
    _activation(cases)
    large = cases.random.uniform(30, 1000, (5, 8)) * cases.random.choice([-1.0, 1.0], (5, 8))
    large[0] = -800, 800, -710, 710, -1e4, 1e4, -40, 40  # exp overflows from 709.8 on
    cases.forward('layer for large numbers', {'x': cases.new(large)}, suffix=LARGE_NUMBERS)


def _relu(cases):
    _activation(cases)
    x = cases.random.uniform(-2, 2, (8, 5))
    x[cases.random.uniform(size=x.shape) < 0.4] = 0.0
    x[0, :3] = 0.0, -1.0, 1.0
    cases.forward('layer for 0', {'x': cases.new(x)}, about=', with zeros')
    cases.backward('layer for 0', cases.numbers(*x.shape), 'backward at 0', about=', where x has zeros')


def _loss(cases):
    stored, size = ('loss', 'y_hat', 'y_true'), cases.random.randint
    for number, (N, C) in enumerate([(size(12, 20), 5), (1, size(6, 10)), (3, size(20, 30)), (9, 2), (5, 5)]):
        for about, rows in (('', N), (', the second batch', N + 2)):
            for loss, more in ((f'loss{number}', about), ('other loss', ', a second loss'))[:2 if about else 1]:
                label = cases.new(cases.random.randint(0, C, rows))
                cases.forward(loss, {'score': cases.uniform(4, rows, C), 'label': label}, stored, about=more)
            # Only once: where backward changes y_hat, that is the mistake, and the gradient was right.
            cases.backward(f'loss{number}', None, 'gradient', about=about.lstrip(', '), hint=STATE if about else None)
    small = cases.random.uniform(-3, 3, (7, 4))
    for score in (cases.random.uniform(-5000, 5000, (8, 5)), small + 1e4, small - 1e4):
        label = cases.new(cases.random.randint(0, score.shape[1], len(score)))
        cases.forward('loss for large scores', {'score': cases.new(score), 'label': label}, ('loss', 'y_hat'),
                      suffix=LARGE_SCORES, about=', thousands')


def _optimizer(cases):
    networks = [(['Linear'], [(5, 3)], 11.0), (['Linear', 'Sigmoid', 'Linear'], [(6, 4), (4, 3)], 0.5),
                (['ReLU', 'Linear', 'ReLU', 'Linear', 'Sigmoid', 'Linear'], [(3, 7), (7, 7), (7, 2)], 0.01)]
    for number, (layers, shapes, learning_rate) in enumerate(networks):
        parameters, gradients = {}, {}
        for n, (D, M) in enumerate(shapes):
            parameters.update({f'W{n}': cases.uniform(2, D, M), f'b{n}': cases.uniform(2, 1, M)})
        for about in ('', ', the second step'):
            for n, (D, M) in enumerate(shapes):
                gradients.update({f'dW{n}': cases.uniform(3, D, M), f'db{n}': cases.uniform(3, 1, M)})
            for look_at in (None, *range(1, len(shapes))):
                where = f', {" - ".join(layers)}, linear layer {(look_at or 0) + 1}{about}'
                cases.add('step', {**parameters, **gradients}, ('weights', 'biases'), '', where,
                          object=f'network{number}', layers=layers, learning_rate=learning_rate, look_at=look_at)


def _training(cases):
    D, C = 6, 4
    for activation, hidden, N, learning_rate, batch_size in (
            ('Sigmoid', [5], 23, 0.5, 5), ('ReLU', [7, 5], 19, 0.05, 6), ('Sigmoid', [4], 9, 0.3, 20)):
        arguments = {}
        for name, rows in (('train', N), ('test', N // 2 + 3)):
            labels = cases.random.randint(0, C, rows)
            arguments[f'{name}_x'] = cases.new(cases.random.uniform(-1, 1, (rows, D)) + labels[:, None] / 3)
            arguments[f'{name}_y'] = cases.new(labels)
        sizes = [D, *hidden, C]
        for n, shape in enumerate(zip(sizes, sizes[1:])):
            arguments.update({f'W{n}': cases.uniform(1, *shape), f'b{n}': cases.uniform(1, 1, shape[1])})
        options = {'activation': activation, 'num_epoch': 3, 'learning_rate': learning_rate, 'batch_size': batch_size}
        cases.add('train', arguments, RESULTS, '', f', {activation}, batches of {batch_size}',
                  Call(arguments, 'train', {**options, 'record': True}), **options)


_DRAW = {'Linear': _linear, 'GradientDescentOptimizer': _optimizer, 'Sigmoid': _sigmoid, 'ReLU': _relu,
         'CrossEntropyLoss': _loss, 'train_network': _training}
