"""The inputs on which the code is judged: other ones for each submission, and the same ones every time."""
import hashlib

import numpy as np

from assignments.gt_cs7643_hw1.teacher.function_rules import LARGE_SCORES, Comparison
from checking import AGAIN
from instructor.judges.cases import Call, Case, Draw

__all__ = ['Comparison', 'draw']

# |difference| / max(1, |right number|). The public tests allow 5e-8 for sums; other orders of summation differ by less
# than 1e-12 here, the differences in the stand-in by less than 1e-10, and any mistake by far more.
TOLERANCE = 2e-7
MODELS = {'SoftmaxRegression': 'models.softmax_regression', 'TwoLayerNet': 'models.two_layer_nn'}
SOFTMAX, TWO_LAYERS = ('W1',), ('W1', 'b1', 'W2', 'b2')


class _Cases:
    """Cases and their inputs, as they are put together."""

    def __init__(self, item, random):
        self.item, self.random, self.draw = item, random, Draw()
        self.new = self.draw.add_input

    def size(self, low, high):
        return int(self.random.randint(low, high))  # a number that JSON can hold

    def uniform(self, size, *shape):
        return self.new(self.random.uniform(-size, size, shape))

    def labels(self, N, C):
        return self.new(self.random.randint(0, C, N))

    def probabilities(self, N, C):
        parts = self.random.uniform(0.02, 1, (N, C))
        return self.new(parts / parts.sum(axis=1, keepdims=True))

    def add(self, exercise, arguments, results, role='', about='', hint=None, **options):
        self.draw.cases.append(Case(Call(arguments, exercise, options), results, about, hint, TOLERANCE, role))

    def method(self, name, arguments, suffix='', about=''):
        self.add('call_method', arguments, (f'{name}{suffix}',), name, about, name=name, result=f'{name}{suffix}')


def draw(item, digest, after_forward=True):
    """The Draw for an item, such as 'TwoLayerNet'; the numbers follow from the digest of the submission."""
    seed = hashlib.sha256(f'{item} {digest}'.encode()).digest()
    cases = _Cases(item, np.random.RandomState(np.frombuffer(seed, dtype=np.uint32)))
    _DRAW[item](cases)
    return cases.draw


def _loading(cases):
    for N in (15, 10, 5 * cases.size(6, 9)):
        labels, pixels = cases.random.randint(0, 10, (N, 1)), cases.random.randint(0, 256, (N, 784))
        cases.add('load', {'rows': cases.new(np.hstack([labels, pixels]))},
                  ('train_data', 'train_label', 'val_data', 'val_label', 'lists'), about=f', a file of {N} images')


def _batches(cases):
    size = cases.size
    for N, D, batch_size in ((size(21, 24), 3, 5), (12, 4, 4), (3, 5, 8), (size(30, 40), 1, 7), (1, 2, 1)):
        orders = (False, None, None), (True, size(1, 1000), size(1, 1000)), (True, None, size(1, 99))
        for shuffle, seed, state in orders:
            if shuffle and N == 1:
                continue
            arguments = {'data': cases.uniform(3, N, D), 'label': cases.labels(N, 10)}
            how = f', batches of {batch_size}' + (f', shuffled, seed {seed}' if shuffle else '')
            options = {'batch_size': batch_size, 'shuffle': shuffle, 'seed': seed, 'state': state}
            suffix = ', shuffled' if shuffle else ''
            results = ['sizes', *([f'data{suffix}', f'labels{suffix}'] if N >= batch_size else [])]
            results += ['short batch'] if N % batch_size and not shuffle else []
            cases.add('batches', arguments, (*results, *(['arrays'] if N >= batch_size else [])), about=how, **options)


def _trials(cases):
    """Calls of what is given and of what a person judges: the role is what is called."""
    rows = cases.random.randint(0, 10, (5, 785))
    histories = cases.new(cases.random.uniform(0.1, 0.9, (4, 10)))
    cases.add('load_test', {'rows': cases.new(rows)}, (), 'load_mnist_test')
    for name in ('train', 'evaluate'):
        cases.add('run_epoch', {'X': cases.uniform(1, 6, 4), 'y': cases.labels(6, 3)}, (), name, name=name)
    cases.add('plot', {'histories': histories}, (), 'plot_curves')


def _activations(cases):
    for name, argument in (('sigmoid', 'X'), ('sigmoid_dev', 'x'), ('ReLU', 'X'), ('ReLU_dev', 'X')):
        for shape in ((cases.size(5, 9), 4), (1, 6), (7,), (2, 3, 4)):
            numbers = cases.random.choice([-1.0, 1.0], shape) * 10 ** cases.random.uniform(-2, 1.3, shape)
            cases.method(name, {argument: cases.new(numbers)})
        zeros = cases.random.uniform(-2, 2, (6, 5))
        zeros[cases.random.uniform(size=zeros.shape) < 0.4] = 0.0
        zeros[0, :2] = 0.0, 1.0
        cases.method(name, {argument: cases.new(zeros)}, about=', with zeros')


def _loss(cases):
    size = cases.size
    shapes = [(size(12, 20), 5), (1, size(6, 10)), (3, size(20, 30)), (9, 2), (5, 5)]
    for N, C in shapes:
        cases.method('softmax', {'scores': cases.uniform(4, N, C)})
    small = cases.random.uniform(-3, 3, (7, 4))
    for scores in (cases.random.uniform(-5000, 5000, (8, 5)), small + 1e4, small - 1e4,
                   small + np.array([[1e4], [-1e4], [0], [50], [2e3], [-2e3], [7]])):  # no shift for all rows will do
        cases.method('softmax', {'scores': cases.new(scores)}, LARGE_SCORES, ', thousands')
    for N, C in shapes:
        cases.method('cross_entropy_loss', {'x_pred': cases.probabilities(N, C), 'y': cases.labels(N, C)})


def _accuracy(cases):
    size = cases.size
    for N, C in ((size(30, 40), 3), (size(12, 20), 5), (1, 4), (5, 5), (8, 2)):
        x_pred = cases.probabilities(N, C)
        labels = cases.random.randint(0, C, N)
        labels[:N // 2] = cases.draw.inputs[x_pred][:N // 2].argmax(axis=1)
        cases.method('compute_accuracy', {'x_pred': x_pred, 'y': cases.new(labels)})


def _model(cases):
    """Of both models: batches of several sizes on one model, twice each, and each followed by another mode."""
    names, size = SOFTMAX if cases.item == 'SoftmaxRegression' else TWO_LAYERS, cases.size
    for number, (N, D, H, C) in enumerate(((size(12, 18), 6, 5, 4), (1, size(7, 12), 3, 3), (9, 4, size(6, 9), 10),
                                           (5, 5, 5, 5))):
        shapes = {'W1': (D, C) if names == SOFTMAX else (D, H), 'b1': (H,), 'W2': (H, C), 'b2': (C,)}
        sizes = {'input_size': D, 'num_classes': C, **({} if names == SOFTMAX else {'hidden_size': H})}
        options = {'module': MODELS[cases.item], 'class_name': cases.item, 'sizes': sizes, 'object': f'model{number}'}
        for about, rows in (('', N), (', the second batch', N + 2)):
            arguments = {'X': cases.uniform(1, rows, D), 'y': cases.labels(rows, C),
                         **{name: cases.uniform(1, *shapes[name]) for name in names}}
            results = 'loss', 'accuracy', *(f'gradient {name}' for name in names)
            for again, hint in (('', None), (', once more', AGAIN)):
                cases.add('forward', arguments, results, '', about + again, hint, mode='train', **options)
            for mode in ('valid', 'test')[:1 if about else 2]:
                cases.add('forward', arguments, ('other modes',), mode, f', mode {mode}', mode=mode, **options)


def _parameters(cases, names):
    """Weights and gradients of a model, as arguments: W1, dW1, ..."""
    D, H, C = cases.size(3, 6), cases.size(4, 7), cases.size(2, 5)
    shapes = {'W1': (D, H), 'b1': (H,), 'W2': (H, C), 'b2': (C,)}
    return {f'{before}{name}': cases.uniform(2, *shapes[name]) for name in names for before in ('', 'd')}


def _regularization(cases):
    for names, reg in ((TWO_LAYERS, 0.3), (SOFTMAX, 0.01), (TWO_LAYERS, 100.0)):
        results = ('weights', 'biases')[:1 if names == SOFTMAX else 2]
        cases.add('regularize', _parameters(cases, names), results, about=f', regularization {reg}', reg=reg,
                  names=list(names))


def _update(cases):
    for names, rate, reg, steps in ((TWO_LAYERS, 0.5, 0.1, 1), (SOFTMAX, 0.01, 0.0, 1), (TWO_LAYERS, 0.1, 2.0, 2)):
        results = ('weights', 'biases')[:1 if names == SOFTMAX else 2]
        cases.add('update', _parameters(cases, names), results, '', f', learning rate {rate}', learning_rate=rate,
                  reg=reg, names=list(names), steps=steps)


_DRAW = {'load_mnist_trainval': _loading, 'generate_batched_data': _batches, 'activations': _activations, 'loss': _loss,
         'accuracy': _accuracy, 'SoftmaxRegression': _model, 'TwoLayerNet': _model,
         'apply_regularization': _regularization, 'update': _update, 'visualization': _trials}
