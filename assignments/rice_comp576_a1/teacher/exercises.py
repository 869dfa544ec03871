"""In the child: how the code of Problem 1 is called. All of it reaches the student's code: no answers.

The form of an exercise is that of instructor/sandbox/workers/call_functions.py. What one part needs of another is put
in its place as numbers, so a mistake costs the points of its own part only.
"""
import contextlib

import numpy as np

_array, _ndarray, _concatenate, _where = np.array, np.ndarray, np.concatenate, np.where
_number, _sin, _cos = np.number, np.sin, np.cos  # numpy's own: the student's code may change its names
_ROUNDING = 1e-6  # what differs by less is the same number, computed in another way
OTHER_ACTIVATIONS = {'sine': np.sin, 'arctangent': np.arctan, 'square': lambda z: z * z}


def function(modules, kept, results, z, *, name, type, result):
    """Call actFun or diff_actFun with a type as it may be spelled."""
    model = modules['three_layer_neural_network'].NeuralNetwork(2, 3, 2)
    results[result] = _as_floats(getattr(model, name)(z, type))


def log_softmax(modules, kept, results, z, *, result):
    """Call log_softmax, the function."""
    results[result] = modules['three_layer_neural_network'].log_softmax(z)


def feedforward(modules, kept, results, X, W1, b1, W2, b2, *, activation):
    """Call NeuralNetwork.feedforward with an activation function that is not the network's own."""
    model = _network(modules, W1, b1, W2, b2)
    model.diff_actFun = lambda z, type: _cos(z)  # some compute the derivatives here, too
    try:
        model.feedforward(X, OTHER_ACTIVATIONS[activation])
    finally:
        results.update((name, getattr(model, name, None)) for name in ('z1', 'a1', 'z2', 'probs'))


def loss(modules, kept, results, X, y, W1, b1, W2, b2, z1, a1, z2, probs, log_probs, *, reg_lambda, scale, is_own,
         result):
    """Call NeuralNetwork.calculate_loss, where feedforward stores these arrays; is_own: see _feed."""
    module = modules['three_layer_neural_network']
    model = _network(modules, *map(_array, (W1, b1, W2, b2)), reg_lambda=reg_lambda)
    model.actFun = lambda z, type: scale * _sin(z)

    def store():
        model.W1, model.b1, model.W2, model.b2 = W1, b1, W2, b2
        model.z1, model.a1, model.z2, model.probs = map(_array, (z1, a1, z2, probs))

    _feed(model, is_own, store)
    own = getattr(module, 'log_softmax', None)
    module.log_softmax = _by_row(_array(z2), _array(log_probs), own)
    try:
        results[result] = model.calculate_loss(X, y)
    finally:
        module.log_softmax = own


def backprop(modules, kept, results, X, y, W1, b1, W2, b2, z1, a1, z2, probs, d1, *, type, is_own):
    """Call NeuralNetwork.backprop after a feedforward that stores these arrays; d1: the derivatives at z1."""
    model = _network(modules, *map(_array, (W1, b1, W2, b2)), actFun_type=type, reg_lambda=0.3)
    model.actFun = _by_element(_array(z1), _array(a1), type, model.actFun)
    model.diff_actFun = _by_element(_array(z1), _array(d1), type, lambda z, type: _cos(z))

    def store():
        model.W1, model.b1, model.W2, model.b2 = W1, b1, W2, b2
        model.z1, model.a1, model.z2, model.probs = map(_array, (z1, a1, z2, probs))

    _feed(model, is_own, store)
    model.feedforward(X, lambda z: model.actFun(z, type))
    try:
        returned = model.backprop(X, y)
        results.update(zip(('dW1', 'dW2', 'db1', 'db2'), returned))
    finally:
        results.update((f'{name}, after', getattr(model, name)) for name in ('z1', 'a1', 'z2', 'probs'))


def layer(modules, kept, results, X, W, b, da, *, object):
    """Call feedforward and backprop of a Layer, which is made when it is first named, with made-up functions."""
    if object not in kept:
        kept[object] = modules['n_layer_neural_network'].Layer(*W.shape, _sin, lambda z: _cos(3 * z) + z)
    one = kept[object]
    one.W, one.b = W, b
    results['feedforward'] = one.feedforward(X)
    results['returned gradient'] = one.backprop(da)
    results.update((name, getattr(one, name, None)) for name in ('dW', 'db'))


def deep_feedforward(modules, kept, results, X, *, sizes, type, **parameters):
    """Call DeepNeuralNetwork.feedforward."""
    network = _deep(modules, sizes, type, parameters)
    network.feedforward(X)
    results['z'], results['probs'] = getattr(network, 'z', None), getattr(network, 'probs', None)


def deep_loss(modules, kept, results, X, y, z, probs, *, sizes, reg_lambda, scale, is_own, result, **parameters):
    """Call DeepNeuralNetwork.calculate_loss, where feedforward stores these arrays; is_own: see _feed."""
    network = _deep(modules, sizes, 'tanh', parameters, reg_lambda)
    network.actFun = lambda z, type: scale * _sin(z)

    def store():
        _set_parameters(network, parameters)
        network.z, network.probs = _array(z), _array(probs)

    _feed(network, is_own, store)
    results[result] = network.calculate_loss(X, y)


def deep_backprop(modules, kept, results, X, y, *, sizes, type, **parameters):
    """Call DeepNeuralNetwork.backprop twice after feedforward; the results are those of the second call."""
    network = _deep(modules, sizes, type, parameters, 0.3)
    network.feedforward(X)
    results['probs, before'] = _array(network.probs)
    network.backprop(X, y)
    results['probs, after'] = network.probs
    network.feedforward(X)
    returned = network.backprop(X, y)
    for name, arrays, key in zip(('dW', 'db'), returned, 'Wb'):
        results[name] = _joined(arrays, [parameters[f'{key}{n}'] for n in range(len(sizes) - 1)])
    stored = []
    for name, key in (('dW', 'W'), ('db', 'b')):
        stored.append(_joined([getattr(one, name) for one in network.layers],
                              [parameters[f'{key}{n}'] for n in range(len(sizes) - 1)]))
    results['stored gradients'] = _concatenate([part.ravel() for part in stored])


def deep_fit(modules, kept, results, X, y, *, sizes, reg_lambda, epsilon, num_passes, **arrays):
    """Call DeepNeuralNetwork.fit_model, where feedforward does nothing and backprop gives these gradients."""
    network = _deep(modules, sizes, 'tanh', arrays, reg_lambda)

    def give(X, y):
        for n, one in enumerate(network.layers):
            one.dW, one.db = _array(arrays[f'dW{n}']), _array(arrays[f'db{n}'])
        return [one.dW for one in network.layers], [one.db for one in network.layers]

    network.feedforward = network.note_loss = lambda *_, **more: None
    network.backprop = give
    network.fit_model(X, y, epsilon, num_passes, False)
    for name, key in (('weights', 'W'), ('biases', 'b')):
        results[name] = _joined([getattr(one, key) for one in network.layers],
                                [arrays[f'{key}{n}'] for n in range(len(sizes) - 1)])


def _network(modules, W1, b1, W2, b2, **options):
    model = modules['three_layer_neural_network'].NeuralNetwork(*W1.shape, W2.shape[1], **options)
    model.W1, model.b1, model.W2, model.b2 = W1, b1, W2, b2
    return model


def _deep(modules, sizes, type, parameters, reg_lambda=0.3):
    network = modules['n_layer_neural_network'].DeepNeuralNetwork(sizes, type, reg_lambda)
    _set_parameters(network, parameters)
    return network


def _set_parameters(network, parameters):
    for n, one in enumerate(network.layers):
        one.W, one.b = _array(parameters[f'W{n}']), _array(parameters[f'b{n}'])


def _feed(model, is_own, store):
    """Replace feedforward: it stores what it should by store(), whatever the student's computes.

    is_own: whether the student's is called before, for what else it may store.
    """
    own = model.feedforward

    def feedforward(X, *more, **named):
        if is_own:
            with contextlib.suppress(Exception, SystemExit):
                own(_array(X), *more, **named)
        store()

    model.feedforward = feedforward


def _by_element(known, values, own_type, otherwise):
    """An activation function, or its derivative, that has these values at these numbers.

    Any part of them can be asked for, in any shape. At other numbers, or for another type, it is that of `otherwise`.
    """
    known, values = known.ravel(), values.ravel()

    def function(z, type):
        z = _array(z, dtype=float)
        apart = abs(z[..., None] - known)
        found = (apart.min(axis=-1) < _ROUNDING) & (type.lower() == own_type)
        there = values[apart.argmin(axis=-1)]
        return there if found.all() else _where(found, there, otherwise(z, type))

    return function


def _by_row(known, values, otherwise):
    """As _by_element, for a function of rows."""
    def function(z):
        rows = _array(z, dtype=float)
        if rows.shape[-1:] != known.shape[1:]:
            return otherwise(z)
        apart = abs(rows[..., None, :] - known).max(axis=-1)
        return values[apart.argmin(axis=-1)] if (apart.min(axis=-1) < _ROUNDING).all() else otherwise(z)

    return function


def _joined(arrays, like):
    """Arrays one after the other in one; or the first whose shape is not that of its parameter."""
    for array, right in zip(arrays, like):
        if type(array) is not _ndarray or array.shape != right.shape:
            return array
    return _concatenate([array.ravel() for array in arrays])


def _as_floats(value):
    """Numbers as arrays, and whole numbers and truth values as floats, which both are as good."""
    value = _array(value) if isinstance(value, (_number, np.bool_, float, int)) else value
    return value.astype(float) if type(value) is _ndarray and value.dtype.kind in 'biu' else value
