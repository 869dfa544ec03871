"""In the child: runs main of the student's dnn_cnn_2.py on stand-ins that note who is called with whose output.

The stand-ins of the modules compute nothing: each call returns random numbers of the shape that the next module in the
figure takes, by which they are known again wherever they turn up, copied or not.
"""

import hashlib
import json
import os
import sys
import traceback
import types

import numpy as np

SHAPES = {  # module: what comes out of it for one example; what goes in is the one before
    'C1': (25, 28, 28), 'nonlinear1': (25, 28, 28), 'M1': (25, 14, 14), 'C2': (25, 14, 14), 'nonlinear2': (25, 14, 14),
    'M2': (25, 7, 7), 'F1': (1225,), 'drop1': (1225,), 'L1': (10,), 'loss': (1,)}
KINDS = {'C1': 'conv_layer', 'nonlinear1': 'relu', 'M1': 'max_pool', 'C2': 'conv_layer', 'nonlinear2': 'relu',
         'M2': 'max_pool', 'F1': 'flatten_layer', 'drop1': 'dropout', 'L1': 'linear_layer',
         'loss': 'softmax_cross_entropy'}
NUM_TRAIN, NUM_VALID, BATCH = 10, 5, 5
OPTIONS = {'random_seed': 2, 'learning_rate': 0.001, 'alpha': 0.9, 'lambda': 0.0, 'dropout_rate': 0.5, 'num_epoch': 1,
           'minibatch_size': BATCH}
MOST_EVENTS = 1000
_tobytes, _ndarray, _blake2b = np.ndarray.tobytes, np.ndarray, hashlib.blake2b


def roles(kinds, model):
    """Which module plays which part of the figure: its number -> 'C2' and so on.

    kinds: class names of the modules, in the order of their creation; model: name -> number. A module of another name
    plays the first part that nobody plays and that is for its class.
    """
    found = {number: name for name, number in reversed(list(model.items())) if name in KINDS}
    for role in KINDS:
        if role not in model:
            free = [number for number in model.values() if number not in found and kinds[number] == KINDS[role]]
            if free:
                found[free[0]] = role
    return found


class Notes:
    """The events of a run, and the arrays that were in it."""

    def __init__(self):
        self.events, self.created = [], []
        self.random = np.random.default_rng()  # its own: main draws and seeds numpy's
        self.known, self.roles, self.batch_size = {}, {}, BATCH

    def add(self, event, **details):
        if len(self.events) < MOST_EVENTS:
            self.events.append({'event': event, **details})

    def number_of(self, value):
        """The number by which an array is known; -1 for None itself; None for all others."""
        if value is None:
            return -1
        return self.known.get(self._key(value)) if type(value) is _ndarray else None

    def know(self, array):
        return self.known.setdefault(self._key(array), len(self.known))

    @staticmethod
    def _key(array):
        return array.shape, _blake2b(_tobytes(array)).digest()

    def made(self, shape):
        array = self.random.uniform(0.1, 1.0, (self.batch_size, *shape))
        self.know(array)
        return array

    def create(self, module, **settings):
        module.number = len(self.created)
        plain = {name: int(value) if isinstance(value, (int, np.integer)) else repr(value)[:40]
                 for name, value in settings.items()}
        self.created.append({'kind': type(module).__name__, 'settings': plain})

    def call(self, module, method, *arguments, **options):
        role = self.roles.get(module.number)
        shape = SHAPES.get(role, (1,))
        if method == 'backward':
            shape = [(1, 28, 28), *SHAPES.values()][list(SHAPES).index(role)] if role in SHAPES else (1,)
        output = self.made(shape)
        self.add('call', module=module.number, method=method, options={key: bool(on) for key, on in options.items()},
                 arguments=[self.number_of(argument) for argument in arguments], output=self.know(output))
        return float(output.mean()) if (role, method) == ('loss', 'forward') else output

    def neutral(self, todo):
        """What a block that is left out would have made: three modules, or three arrays."""
        if todo == 1:
            stand_ins = sys.modules['dnn_misc']
            modules = [stand_ins.conv_layer(25, 25, 3, 1), stand_ins.relu(), stand_ins.max_pool(2, 2)]
            self.add('neutral', todo=todo, outputs=[])
            return modules
        shapes = [SHAPES[role] for role in (('nonlinear2', 'C2', 'M1') if todo == 3 else ('C2', 'nonlinear2', 'M2'))]
        arrays = [self.made(shape) for shape in shapes]
        self.add('neutral', todo=todo, outputs=[self.know(array) for array in arrays])
        return arrays


def stand_in_modules(notes):
    """A module like dnn_misc; its modules have the same attributes, for code that prints them."""
    zeros, zeros_like, ones_like = np.zeros, np.zeros_like, np.ones_like

    class Module:
        def _learn(self, **shapes):
            self.params = {key: zeros(shape) for key, shape in shapes.items()}
            self.gradient = {key: zeros_like(value) for key, value in self.params.items()}

        def forward(self, X):
            return notes.call(self, 'forward', X)

        def backward(self, X, grad):
            return notes.call(self, 'backward', X, grad)

    class linear_layer(Module):
        def __init__(self, input_D, output_D):
            notes.create(self, input_D=input_D, output_D=output_D)
            self._learn(W=(input_D, output_D), b=(1, output_D))

    class relu(Module):
        def __init__(self):
            notes.create(self)
            self.mask = None

        def forward(self, X):
            output = notes.call(self, 'forward', X)
            self.mask = ones_like(output, dtype=bool)
            return output

    class dropout(Module):
        def __init__(self, r):
            notes.create(self)
            self.r, self.mask = r, None

        def forward(self, X, is_train):
            output = notes.call(self, 'forward', X, is_train=is_train)
            self.mask = ones_like(output) if is_train else 1.0
            return output

    class conv_layer(Module):
        def __init__(self, num_input, num_output, filter_len, stride):
            notes.create(self, num_input=num_input, num_output=num_output, filter_len=filter_len, stride=stride)
            self._learn(W=(num_output, num_input, filter_len, filter_len), b=(num_output, 1))
            self.stride, self.padding = stride, (filter_len - 1) // 2

        def backward(self, X, grad, need_dX=True):
            dX = notes.call(self, 'backward', X, grad)
            return dX if need_dX else None

    class max_pool(Module):
        def __init__(self, max_len, stride):
            notes.create(self, max_len=max_len, stride=stride)
            self.max_len, self.stride = max_len, stride

    class flatten_layer(Module):
        def __init__(self):
            notes.create(self)

    class softmax_cross_entropy(Module):
        def __init__(self):
            notes.create(self)

        def forward(self, X, Y):
            return notes.call(self, 'forward', X, Y)

        def backward(self, X, Y):
            return notes.call(self, 'backward', X, Y)

    def add_momentum(model):
        numbers = {str(name)[:40]: module.number for name, module in model.items()}
        notes.roles = roles([created['kind'] for created in notes.created], numbers)
        notes.add('model', modules=numbers)
        return {}

    def sgd_update(model, momentum, learning_rate, alpha, lambda_):
        notes.add('update')

    module = types.ModuleType('dnn_misc')
    for thing in (linear_layer, relu, dropout, conv_layer, max_pool, flatten_layer, softmax_cross_entropy, add_momentum,
                  sgd_update):
        setattr(module, thing.__name__, thing)
    module.np, module.neutral = np, notes.neutral
    return module


def watch_data(data_loader, notes):
    """Let the given data_loader hand out a few random examples, and note whose batch begins and what is added up."""
    class DataSplit(data_loader.DataSplit):
        made = []

        def __init__(self, X, Y):
            super().__init__(X, Y)
            DataSplit.made.append(self)

        def minibatches(self, size, order):
            return self._noted('training', super().minibatches(size, order))

        def evaluation_batches(self, size):
            name = 'training accuracy' if self is DataSplit.made[0] else 'validation'
            return self._noted(name, super().evaluation_batches(size))

        @staticmethod
        def _noted(phase, batches):
            for x, y in batches:
                notes.batch_size = len(x)
                notes.add('batch', phase=phase, x=notes.know(x), y=notes.know(y))
                yield x, y
            notes.add('end', phase=phase)

    class Tally(data_loader.Tally):
        def add(self, scores, labels, loss=0.0):
            notes.add('tally', scores=notes.number_of(scores))
            super().add(scores, labels, loss)

    def data_loader_mnist(dataset=''):
        splits = []
        for number in (NUM_TRAIN, NUM_VALID, NUM_VALID):
            splits += [notes.random.uniform(0, 1, (number, 784)), np.arange(number).reshape(-1, 1) % 10]
        return tuple(splits)

    data_loader.DataSplit, data_loader.Tally = DataSplit, Tally
    data_loader.data_loader_mnist = data_loader_mnist


def main():
    sys.path.insert(0, os.getcwd())
    import data_loader
    import sending  # the parent, which imports this file, has neither on its path

    with open('orders.json', encoding='utf-8') as file:
        seconds = json.load(file)['seconds']
    notes = Notes()
    sys.modules['dnn_misc'] = stand_in_modules(notes)
    watch_data(data_loader, notes)
    error, lines, has_main = None, [], True
    try:
        with sending.time_limit(seconds):
            import dnn_cnn_2
            has_main = callable(getattr(dnn_cnn_2, 'main', None))
            if has_main:
                dnn_cnn_2.main(dict(OPTIONS))
    except BaseException as raised:
        error = sending.told_error(raised)
        frames = traceback.extract_tb(raised.__traceback__)
        lines = [frame.lineno for frame in frames if os.path.basename(frame.filename) == 'dnn_cnn_2.py'][:50]
    sending.send({'events': notes.events, 'created': notes.created, 'has_main': has_main, 'error': error,
                  'lines': lines})


if __name__ == '__main__':
    main()
