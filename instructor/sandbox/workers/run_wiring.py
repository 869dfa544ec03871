"""In the child: runs main of dnn_cnn_2.py on stand-ins that report at once which module receives what.

The stand-ins of the modules compute nothing: each call returns random numbers, of the shape that the real module would
give, by which they are known again wherever they turn up, copied or not. What is told leaves the child at once and
cannot be changed any more; what it means, and what it should be, only the parent knows.
"""

import hashlib
import json
import os
import sys
import traceback
import types

import numpy as np

NUM_TRAIN, NUM_VALID, BATCH = 10, 5, 5
OPTIONS = {'random_seed': 2, 'learning_rate': 0.001, 'alpha': 0.9, 'lambda': 0.0, 'dropout_rate': 0.5, 'num_epoch': 1,
           'minibatch_size': BATCH}
SCRIPT = 'dnn_cnn_2.py'
MOST_EVENTS = 1000
_tobytes, _ndarray, _blake2b, _shape = np.ndarray.tobytes, np.ndarray, hashlib.blake2b, np.shape


class Notes:
    """Tells what happens, and makes the random numbers."""

    def __init__(self, tell):
        self._tell, self._left = tell, MOST_EVENTS
        self.random = np.random.default_rng()  # its own: main draws and seeds numpy's
        self.num_modules, self.batch_size = 0, BATCH

    def add(self, event, **details):
        if self._left > 0:
            self._left -= 1
            self._tell({'event': event, **details})

    @staticmethod
    def mark(value):
        """What an array is known by; 'None' for None itself; None for all others."""
        if value is None:
            return 'None'
        return _blake2b(repr(value.shape).encode() + _tobytes(value), digest_size=16).hexdigest() \
            if type(value) is _ndarray else None

    def made(self, shape):
        return self.random.uniform(0.1, 1.0, shape)

    def create(self, module, **settings):
        module.number = self.num_modules
        self.num_modules += 1
        plain = {name: int(value) if isinstance(value, (int, np.integer)) else repr(value)[:40]
                 for name, value in settings.items()}
        self.add('create', module=module.number, kind=type(module).__name__[:40], settings=plain)

    def call(self, module, method, *arguments, shape, **options):
        output = self.made(shape)
        self.add('call', module=module.number, method=method, options={key: bool(on) for key, on in options.items()},
                 arguments=[self.mark(argument) for argument in arguments], output=self.mark(output))
        return output

    def in_place_of(self, todo, shapes):
        """What a block that is left out would have made: arrays of these shapes for one example."""
        arrays = [self.made((self.batch_size, *shape)) for shape in shapes]
        self.add('in place', todo=todo, outputs=[self.mark(array) for array in arrays])
        return arrays


def stand_in_modules(notes):
    """A module like dnn_misc; its modules have the same attributes, for code that prints them."""
    zeros, zeros_like, ones_like = np.zeros, np.zeros_like, np.ones_like

    def images(X):
        """N, C, H and W of X, also where it is something else."""
        shape = _shape(X)
        return shape if len(shape) == 4 else (*(shape or (1,))[:1], 1, 1, 1)

    def places(side, window_len, stride, padding=0):
        return max(1, (side + 2 * padding - window_len) // max(1, stride) + 1)

    class Module:
        def _learn(self, **shapes):
            self.params = {key: zeros(shape) for key, shape in shapes.items()}
            self.gradient = {key: zeros_like(value) for key, value in self.params.items()}

        def _output_shape(self, X):
            return _shape(X)

        def forward(self, X):
            return notes.call(self, 'forward', X, shape=self._output_shape(X))

        def backward(self, X, grad):
            return notes.call(self, 'backward', X, grad, shape=_shape(X))

    class linear_layer(Module):
        def __init__(self, input_D, output_D):
            notes.create(self, input_D=input_D, output_D=output_D)
            self._learn(W=(input_D, output_D), b=(1, output_D))

        def _output_shape(self, X):
            return (*_shape(X)[:1], self.params['b'].shape[1])

    class relu(Module):
        def __init__(self):
            notes.create(self)
            self.mask = None

        def forward(self, X):
            output = super().forward(X)
            self.mask = ones_like(output, dtype=bool)
            return output

    class dropout(Module):
        def __init__(self, r):
            notes.create(self)
            self.r, self.mask = r, None

        def forward(self, X, is_train):
            output = notes.call(self, 'forward', X, shape=_shape(X), is_train=is_train)
            self.mask = ones_like(output) if is_train else 1.0
            return output

    class conv_layer(Module):
        def __init__(self, num_input, num_output, filter_len, stride):
            notes.create(self, num_input=num_input, num_output=num_output, filter_len=filter_len, stride=stride)
            self._learn(W=(num_output, num_input, filter_len, filter_len), b=(num_output, 1))
            self.stride, self.padding = stride, (filter_len - 1) // 2

        def _output_shape(self, X):
            N, _, *sides = images(X)
            num_output, _, filter_len, _ = self.params['W'].shape
            return (N, num_output, *(places(side, filter_len, self.stride, self.padding) for side in sides))

        def backward(self, X, grad, need_dX=True):
            dX = super().backward(X, grad)
            return dX if need_dX else None

    class max_pool(Module):
        def __init__(self, max_len, stride):
            notes.create(self, max_len=max_len, stride=stride)
            self.max_len, self.stride = max_len, stride

        def _output_shape(self, X):
            N, C, *sides = images(X)
            return (N, C, *(places(side, self.max_len, self.stride) for side in sides))

    class flatten_layer(Module):
        def __init__(self):
            notes.create(self)

        def _output_shape(self, X):
            N, C, H, W = images(X)
            return N, C * H * W

    class softmax_cross_entropy(Module):
        def __init__(self):
            notes.create(self)

        def forward(self, X, Y):
            return float(notes.call(self, 'forward', X, Y, shape=(1,)).mean())

    def add_momentum(model):
        notes.add('model', modules={str(name)[:40]: module.number for name, module in model.items()})
        return {}

    def sgd_update(model, momentum, learning_rate, alpha, lambda_):
        notes.add('update')

    module = types.ModuleType('dnn_misc')
    for thing in (linear_layer, relu, dropout, conv_layer, max_pool, flatten_layer, softmax_cross_entropy, add_momentum,
                  sgd_update):
        setattr(module, thing.__name__, thing)
    module.np, module.in_place_of = np, notes.in_place_of
    return module


def watch_data(data_loader, training, notes):
    """Let the given data_loader hand out a few random examples, and tell whose batch begins and what is added up."""
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
                notes.add('batch', phase=phase, x=notes.mark(x), y=notes.mark(y))
                yield x, y
            notes.add('end', phase=phase)

    class Tally(training.Tally):
        def add(self, scores, labels, loss=0.0):
            notes.add('tally', scores=notes.mark(scores))
            super().add(scores, labels, loss)

    def data_loader_mnist(dataset=''):
        splits = []
        for number in (NUM_TRAIN, NUM_VALID, NUM_VALID):
            splits += [notes.random.uniform(0, 1, (number, 784)), np.arange(number).reshape(-1, 1) % 10]
        return tuple(splits)

    data_loader.DataSplit, training.Tally = DataSplit, Tally
    data_loader.data_loader_mnist = data_loader_mnist


def write_script(orders, blanks):
    """Put the script together that is run; returns the first and last line of each of its TODO items, {'1': [...]}.

    Where orders['given'] names the script as it was handed out, the student's blocks are put into that; some of them
    replaced by what orders['replaced'] has, in as many lines.
    """
    with open(SCRIPT, 'rb') as file:
        own = blanks.decode_script(file.read())
    try:
        written = {blank.name: blank for blank in blanks.read_blanks(own, SCRIPT)}
    except blanks.BlankError:
        return {}
    if not orders['given']:
        return {blank.name[6:-1]: [blank.begin, blank.end] for blank in written.values()}
    with open(orders['given'], encoding='utf-8') as file:
        source = file.read()
    names = [blank.name for blank in blanks.read_blanks(source, SCRIPT) if blank.name in written]
    bodies = {name: written[name].body for name in names}
    for todo, line in orders['replaced'].items():
        blank = written[f'TODO ({todo})']
        bodies[blank.name] = f'{blank.indent}{line}\n' + '\n' * (blank.body.count('\n') - 1)
    source = blanks.fill(source, bodies, SCRIPT)
    with open(SCRIPT, 'w', encoding='utf-8') as file:
        file.write(source)
    return {blank.name[6:-1]: [blank.begin, blank.end] for blank in blanks.read_blanks(source, SCRIPT)
            if blank.name.startswith('TODO (')}


def main():
    sys.path.insert(0, os.getcwd())
    import blanks
    import sending

    import data_loader
    import training

    with open('orders.json', encoding='utf-8') as file:
        orders = json.load(file)
    sending.tell({'event': 'script', 'lines': write_script(orders, blanks)})
    notes = Notes(sending.tell)
    sys.modules['dnn_misc'] = stand_in_modules(notes)
    watch_data(data_loader, training, notes)
    error, lines, has_main = None, [], True
    try:
        with sending.time_limit(orders['seconds']):
            import dnn_cnn_2
            has_main = callable(getattr(dnn_cnn_2, 'main', None))
            if has_main:
                dnn_cnn_2.main(dict(OPTIONS))
    except BaseException as raised:
        error = sending.told_error(raised)
        frames = traceback.extract_tb(raised.__traceback__)
        lines = [frame.lineno for frame in frames if os.path.basename(frame.filename) == SCRIPT][:50]
    sending.send({'has_main': has_main, 'error': error, 'lines': lines})


if __name__ == '__main__':
    main()
