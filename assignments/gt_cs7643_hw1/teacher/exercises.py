"""In the child: how the code of the homework is called. All of it reaches the student's code: no answers.

The form of an exercise is that of instructor/sandbox/workers/call_functions.py.
"""
import os
import random

import numpy as np

_array, _concatenate, _cos, _seed, _open = np.array, np.concatenate, np.cos, random.seed, open
_ndarray = np.ndarray
BASE = 'models._base_network'


class Model:
    """A model, as far as an optimizer needs to know it."""

    def __init__(self, weights, gradients):
        self.weights, self.gradients = weights, gradients


class NothingToTrain:
    """A model and an optimizer, as far as train and evaluate need to know them."""

    def forward(self, X, y, mode='train'):
        return 1.0, 0.5

    def update(self, model):
        """Changes nothing."""


# ---- loading ---------------------------------------------------------------------------------------------------------

def load(modules, kept, results, rows):
    """Call load_mnist_trainval on a training set of a few rows, each a label and 784 pixels."""
    _write_csv('train', rows)
    returned = modules['utils'].load_mnist_trainval()
    if len(returned) != 4:
        raise ValueError(f'load_mnist_trainval returns {len(returned)} values, not four')
    for name, value in zip(('train_data', 'train_label', 'val_data', 'val_label'), returned):
        results[name] = _as_floats(value)
    results['lists'] = ', '.join(_types(value, 2 if number % 2 == 0 else 1) for number, value in enumerate(returned))


def _write_csv(split, rows):
    os.makedirs('data', exist_ok=True)
    with _open(os.path.join('data', f'small_{split}.csv'), 'w', encoding='ascii') as file:
        file.writelines(f'{",".join(map(str, row))}\n' for row in rows.tolist())


def batches(modules, kept, results, data, label, *, batch_size, shuffle, seed=None, state=None):
    """Call generate_batched_data on lists. state: the seed of random before the call."""
    images, labels = data.tolist(), label.tolist()
    _seed(state)
    suffix = ', shuffled' if shuffle else ''
    try:
        made = modules['utils'].generate_batched_data(images, labels, batch_size, shuffle, seed)
    finally:
        results['data, after'], results['label, after'] = _as_floats(images), _as_floats(labels)
    if len(made) != 2:
        raise ValueError(f'generate_batched_data returns {len(made)} values, not two')
    num_whole = len(images) // batch_size
    results['sizes'] = [len(batch) for batch in made[0]]
    for name, found in zip(('data', 'labels'), made):
        results[f'{name}{suffix}'] = _joined(found[:num_whole])
    results['short batch'] = _joined([_array(batch).ravel() for found in made for batch in found[num_whole:]])
    results['arrays'] = f'{_of_arrays(made[0], "fiu", "numbers")}, {_of_arrays(made[1], "iu", "integers")}'


# ---- what a teacher judges, and what is given ------------------------------------------------------------------------

def load_test(modules, kept, results, rows):
    """Call load_mnist_test on a test set of a few rows."""
    _write_csv('test', rows)
    modules['utils'].load_mnist_test()


def run_epoch(modules, kept, results, X, y, *, name):
    """Call train or evaluate, by name, on one batch; they are asked to print nothing."""
    nothing = NothingToTrain()
    epoch, optimizer = ([1], [nothing]) if name == 'train' else ([], [])
    getattr(modules['utils'], name)(*epoch, [X], [y], nothing, *optimizer, debug=False)


def plot(modules, kept, results, histories):
    """Call plot_curves on four histories, rows of an array."""
    modules['utils'].plot_curves(*histories.tolist())


# ---- models ----------------------------------------------------------------------------------------------------------

def call_method(modules, kept, results, X=None, x=None, scores=None, x_pred=None, y=None, *, name, result):
    """Call one of the methods that the models share."""
    arguments = [value for value in (X, x, scores, x_pred, y) if value is not None]
    results[result] = _as_floats(getattr(modules[BASE]._baseNetwork(), name)(*arguments))


def forward(modules, kept, results, X, y, *, module, class_name, sizes, object, mode, **weights):
    """Call forward of a model, which is made when it is first named; its weights are put in anew before each call.

    sizes: what its constructor is given. In a mode other than 'train', its gradients are made up before the call.
    """
    if object not in kept:
        kept[object] = getattr(modules[module], class_name)(**sizes)
    model = kept[object]
    is_training = mode == 'train'
    for name, weight in weights.items():
        model.weights[name] = _array(weight)
        if not is_training:
            model.gradients[name] = _cos(weight)
    returned = model.forward(X, y, mode=mode)
    results['weights, after'] = _flat(model.weights, weights)
    if type(returned) is not tuple or len(returned) != 2:
        raise ValueError('forward has to return two numbers: the loss and the accuracy')
    gradients = {name: _as_floats(model.gradients.get(name)) for name in weights}
    if is_training:
        results['loss'], results['accuracy'] = map(_as_floats, returned)
        results.update({f'gradient {name}': gradient for name, gradient in gradients.items()})
    else:
        results['other modes'] = _concatenate([_array(returned, dtype=float), _flat(gradients, weights)])


# ---- optimizer -------------------------------------------------------------------------------------------------------

def regularize(modules, kept, results, *, reg, names, **arrays):
    """Call apply_regularization on a model with the weights W1, b1, ..., and the gradients dW1, db1, ..."""
    model = _model(arrays, names)
    modules['optimizer._base_optimizer']._BaseOptimizer(0.5, reg).apply_regularization(model)
    _look_at(model.gradients, names, arrays, results)
    results['weights, after'] = _flat(model.weights, names)


def update(modules, kept, results, *, learning_rate, reg, names, steps, **arrays):
    """Make steps of SGD. The regularization is another one, so that it does not matter whether theirs is right."""
    def made_up(model):
        for name in names:
            model.gradients[name] = model.gradients[name] + _cos(model.weights[name])

    model = _model(arrays, names)
    optimizer = modules['optimizer.sgd'].SGD(learning_rate, reg)
    optimizer.apply_regularization = made_up
    for _ in range(steps):
        optimizer.update(model)
    _look_at(model.weights, names, arrays, results)


def _model(arrays, names):
    return Model({name: _array(arrays[name]) for name in names}, {name: _array(arrays[f'd{name}']) for name in names})


def _look_at(found, names, arrays, results):
    """The results weights and biases; in place of all, the first one whose shape is not that of its parameter."""
    for result, letter in (('weights', 'W'), ('biases', 'b')):
        wanted = [name for name in names if name[0] == letter]
        odd = [_as_floats(found[name]) for name in wanted if np.shape(found[name]) != arrays[name].shape]
        if wanted:
            results[result] = odd[0] if odd else _flat(found, wanted)


# ---- what results look like ------------------------------------------------------------------------------------------

def _flat(found, names):
    """The arrays of some names, one after the other, as one."""
    return _concatenate([_array(found[name], dtype=float).ravel() for name in names])


def _joined(batches):
    return _concatenate([_as_floats(batch) for batch in batches]) if len(batches) else None


def _types(value, depth):
    """What a value is made of: 'list of list of float'."""
    name = type(value).__name__
    return f'{name} of {_types(value[0], depth - 1)}' if depth and name in ('list', 'tuple') and value else name


def _of_arrays(value, kinds, word):
    """As _types, and what the arrays of a list hold: the word if it is of these kinds of numpy's, else its types."""
    types = {str(array.dtype) for array in value if type(array) is _ndarray and array.dtype.kind not in kinds}
    return f'{_types(value, 1)} of {" and ".join(sorted(types)) or word}'


def _as_floats(value):
    """Numbers of whatever type, and lists of them, as floats; what is none stays as it is."""
    try:
        return value if value is None else _array(value, dtype=float)
    except (TypeError, ValueError):
        return value
