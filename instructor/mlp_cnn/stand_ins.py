"""In the child: stand-ins for dnn_misc and for the data, which report what main of dnn_cnn_2.py does with them.

All of it reaches the student's code: no answers here. notes: a run_wiring.Notes.
"""
import sys
import types

import numpy as np

NUM_TRAIN, NUM_VALID, BATCH = 10, 5, 5
OPTIONS = {'random_seed': 2, 'learning_rate': 0.001, 'alpha': 0.9, 'lambda': 0.0, 'dropout_rate': 0.5, 'num_epoch': 1,
           'minibatch_size': BATCH}
_shape = np.shape


def install(notes):
    """Put the stand-ins in the place of the real modules."""
    import data_loader
    import training
    sys.modules['dnn_misc'] = stand_in_modules(notes)
    watch_data(data_loader, training, notes)


def stand_in_modules(notes):
    """A module like dnn_misc; its modules have the same attributes, for code that prints them."""
    zeros, zeros_like, ones_like = np.zeros, np.zeros_like, np.ones_like

    def images(X):
        """N, C, H and W of X, even if it is something else."""
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
    """Let the given data_loader hand out a few random examples, and report when a batch begins and what is added up."""
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
