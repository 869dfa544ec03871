"""In the child: how the code of the homework is called. All of it reaches the student's code: no answers.

The form of an exercise is that of instructor/sandbox/workers/call_functions.py.
"""
import os
import random
import sys
import types

import numpy as np

_array, _concatenate, _cos, _seed, _open = np.array, np.concatenate, np.cos, random.seed, open
BASE, DATA = 'models._base_network', os.path.join('data', 'small_train.csv')

# utils.py imports matplotlib, which takes seconds; nothing is drawn here.
for _name in ('matplotlib', 'matplotlib.pyplot'):
    sys.modules[_name] = types.ModuleType(_name)
sys.modules['matplotlib'].pyplot = sys.modules['matplotlib.pyplot']  # type: ignore[attr-defined]


class Model:
    """A model, as far as an optimizer needs to know it."""

    def __init__(self, weights, gradients):
        self.weights, self.gradients = weights, gradients


# ---- loading ---------------------------------------------------------------------------------------------------------

def load(modules, kept, results, rows):
    """Call load_mnist_trainval on a training set of a few rows, each a label and 784 pixels."""
    os.makedirs('data', exist_ok=True)
    with _open(DATA, 'w', encoding='ascii') as file:
        file.writelines(f'{",".join(map(str, row))}\n' for row in rows.tolist())
    returned = modules['utils'].load_mnist_trainval()
    if len(returned) != 4:
        raise ValueError(f'load_mnist_trainval returns {len(returned)} values, not four')
    for name, value in zip(('train_data', 'train_label', 'val_data', 'val_label'), returned):
        results[name] = _as_floats(value)
    results['lists'] = ', '.join(_types(value, 2 if number % 2 == 0 else 1) for number, value in enumerate(returned))


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
    results['arrays'] = f'{_types(made[0], 1)}, {_types(made[1], 1)}'


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
    _look_at(model.gradients, names, results)
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
    _look_at(model.weights, names, results)


def _model(arrays, names):
    return Model({name: _array(arrays[name]) for name in names}, {name: _array(arrays[f'd{name}']) for name in names})


def _look_at(found, names, results):
    results['weights'] = _flat(found, [name for name in names if name[0] == 'W'])
    biases = [name for name in names if name[0] == 'b']
    if biases:
        results['biases'] = _flat(found, biases)


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


def _as_floats(value):
    """Numbers of whatever type, and lists of them, as floats; what is none stays as it is."""
    try:
        return value if value is None else _array(value, dtype=float)
    except (TypeError, ValueError):
        return value
