"""In the child: how the code of hw3_lib.py and hw3_sol.py is called. All of it reaches the student's code: no answers.

The form of an exercise is that of instructor/sandbox/workers/call_functions.py.
"""
import numpy as np

_array, _ndarray, _errstate = np.array, np.ndarray, np.errstate  # numpy's own: the student's code may change its names
RESULTS = 'train_loss', 'test_loss', 'train_accuracy', 'test_accuracy', 'yhat_train', 'yhat_test'


class Model:
    """A network, as far as an optimizer needs to know it."""

    def __init__(self, layers):
        self.layers = layers


def call_function(modules, kept, results, x, *, name, result):
    """Call a function of hw3_lib.py on an array."""
    results[result] = _as_floats(getattr(modules['hw3_lib'], name)(x))


def forward(modules, kept, results, x=None, score=None, label=None, W=None, b=None, *, object, class_name, suffix=''):
    """Call forward of a layer or a loss, which is made when it is first named.

    object: what it is known by from call to call. W, b: its parameters, which are put in anew before the call, as an
    optimizer's step does. score, label: what a loss is given instead of x. suffix: of the names of results.
    """
    arguments = [x] if score is None else [score, label]
    overflows = []
    layer = kept.get(object)
    if layer is None:
        layer = kept[object] = getattr(modules['hw3_lib'], class_name)(*([] if W is None else [(W, b)]))
    elif W is not None:
        layer.weights, layer.biases = _array(W), _array(b)
    kept[f'x of {object}'] = arguments[0]
    with _errstate(over='call', call=lambda *_: overflows.append(True)):
        returned = layer.forward(*arguments)
    results[f'{"forward" if score is None else "loss"}{suffix}'] = returned
    if score is not None:
        results[f'y_hat{suffix}'] = _as_floats(getattr(layer, 'y_hat', None))
        results[f'y_true{suffix}'] = _as_floats(getattr(layer, 'y_true', None), 'biuf')  # 0 and 1 are exact in any
    if overflows:
        results['overflows'] = True


def backward(modules, kept, results, g=None, *, object, returned, stored=()):
    """Call backward of a layer or a loss. returned: the name of what it returns; stored: attributes to look at."""
    layer = kept[object]
    before = getattr(layer, 'y_hat', None)
    results['y_hat, before'] = _array(before) if type(before) is _ndarray else None
    try:
        results[returned] = layer.backward(*([] if g is None else [g]))
    finally:
        results.update((name, _as_floats(getattr(layer, name, None))) for name in stored)
        results['y_hat, after'] = getattr(layer, 'y_hat', None)
        results['x of the last forward'] = kept[f'x of {object}']


def step(modules, kept, results, W0=None, b0=None, W1=None, b1=None, W2=None, b2=None, dW0=None, db0=None, dW1=None,
         db1=None, dW2=None, db2=None, *, object, layers, learning_rate, look_at):
    """Make a step of an optimizer on a network, which is made when it is first named, with these parameters.

    layers: the names of the classes, the n-th 'Linear' with Wn and bn, and their gradients dWn and dbn. look_at: the
    number of the Linear whose parameters are results, or None to make a step before and look at the first one.
    """
    lib = modules['hw3_lib']
    parameters, gradients = [(W0, b0), (W1, b1), (W2, b2)], [(dW0, db0), (dW1, db1), (dW2, db2)]
    if object not in kept:
        numbers = iter(parameters)
        made = [getattr(lib, name)(*([next(numbers)] if name == 'Linear' else [])) for name in layers]
        kept[object] = made, lib.GradientDescentOptimizer(Model(made), learning_rate)
    made, optimizer = kept[object]
    linear = [layer for layer, name in zip(made, layers) if name == 'Linear']
    try:
        if look_at is None:
            for layer, (dW, db) in zip(linear, gradients):
                layer.d_weights, layer.d_biases = dW, db
            optimizer.step()
    finally:
        layer = linear[look_at or 0]
        results['weights'], results['biases'] = layer.weights, layer.biases


def train(modules, kept, results, train_x, train_y, test_x, test_y, W0, b0, W1, b1, W2=None, b2=None, *, activation,
          num_epoch, learning_rate, batch_size, record=False):
    """Train a network of two or three linear layers by train_network. record: whether to note the losses of all calls
    of the criterion, in their order."""
    lib, sol = modules['hw3_lib'], modules['hw3_sol']
    losses = []

    class Recording(lib.CrossEntropyLoss):
        def forward(self, score, label):
            losses.append(super().forward(score, label))
            return losses[-1]

    if record:
        sol.CrossEntropyLoss = Recording
    layers = [lib.Linear((W0, b0)), getattr(lib, activation)(), lib.Linear((W1, b1))]
    if W2 is not None:
        layers += [getattr(lib, activation)(), lib.Linear((W2, b2))]
    dataset = {'train_x': train_x, 'train_y': train_y, 'test_x': test_x, 'test_y': test_y}
    returned = sol.train_network(sol.MultiLayerPerceptron(layers), dataset, num_epoch, learning_rate, batch_size)
    if record:
        results['all losses'] = _array(losses)
    results.update((name, _list_as_floats(returned.get(name))) for name in RESULTS)


def _as_floats(value, kinds='biu'):
    """Whole numbers and truth values as floats; kinds: the kinds of numbers that may be stored in place of these."""
    return value.astype(float) if type(value) is _ndarray and value.dtype.kind in kinds else value


def _list_as_floats(value):
    """A list of numbers of whatever type, as an array; what is none stays as it is."""
    try:
        return _array(value, dtype=float) if value is not None else None
    except (TypeError, ValueError):
        return value
