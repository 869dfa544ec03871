"""In the child: calls methods of the student's dnn_misc.py as ordered, and sends what they return, store and change.

The parent uses run_calls too, with the master's dnn_misc and after the child is gone, to work out the answers.
"""

import contextlib
import json
import os
import sys

import numpy as np

_array, _seed, _get_state, _dict = np.array, np.random.seed, np.random.get_state, dict  # numpy's own, see sending.py


def run_calls(dnn_misc, calls, inputs, watch=contextlib.nullcontext):
    """Make the calls, one after the other; whatever one of them does, the next one is made.

    calls: dicts with object (a name of the module to call; made at its first call), class, settings (what it is made
    with), params (parameter name -> input, set before the call), mask (the input that self.mask is set to before the
    call, or None), seed (or None), method, arguments (names of inputs) and options (keyword arguments). inputs: name ->
    array; every call gets copies.
    Yields, for each call, the values that are there after it by name, what it raised (or None), and whether numpy's
    random numbers were drawn.
    """
    def copied(array):
        # Images lie in memory as a convolution may hand them on, channels first: not in the order of their axes.
        if array.ndim == 4:
            return _array(array.transpose(1, 0, 2, 3), order='C').transpose(1, 0, 2, 3)
        return _array(array)

    modules, given, unused = {}, {}, {}
    for call in calls:
        name = call['object']
        arguments = [copied(inputs[argument]) for argument in call['arguments']]
        earlier = given.get(name)
        values, raised = {}, None
        if earlier is not None:
            values['X of the last call, before'] = _array(earlier)
        state = None
        try:
            with watch():
                if name not in modules:
                    modules[name] = getattr(dnn_misc, call['class'])(**call['settings'])
                    unused[name] = _dict(getattr(modules[name], '__dict__', {}))
                for key, array in call['params'].items():  # in place, as sgd_update does
                    modules[name].params[key][...] = inputs[array]
                if call['mask'] is not None:
                    modules[name].mask = copied(inputs[call['mask']])
                if call['seed'] is not None:
                    _seed(call['seed'])
                state = _get_state()[2]
                values['returned value'] = getattr(modules[name], call['method'])(*arguments, **call['options'])
        except BaseException as error:  # also SystemExit: the next call may be right
            raised = error
        drew = state is not None and _get_state()[2] != state
        values.update(zip(('X', 'grad'), arguments))
        if earlier is not None:
            values['X of the last call, after'] = earlier
        given[name] = arguments[0]
        for kind in ('params', 'gradient'):
            stored = getattr(modules.get(name), kind, None)
            for key in call['params'] if isinstance(stored, _dict) else ():
                values[f"{kind}['{key}']"] = stored.get(key)
        values['self.mask'] = getattr(modules.get(name), 'mask', None)
        now, before = getattr(modules.get(name), '__dict__', {}), unused.get(name, {})
        values['stores something'] = any(before.get(key) is not value for key, value in now.items()) or None
        yield values, raised, drew


def main():
    sys.path.insert(0, os.getcwd())
    import sending  # the parent, which imports this file, has no such module on its path

    with open('orders.json', encoding='utf-8') as file:
        orders = json.load(file)
    with np.load('inputs.npz', allow_pickle=False) as archive:
        inputs = dict(archive)
    calls, seconds = orders['calls'], orders['seconds']

    told, arrays = {'import': None, 'calls': []}, []
    try:
        with sending.time_limit(seconds):
            import dnn_misc
    except BaseException as error:
        told['import'] = sending.told_error(error)
        sending.send(told)
    for values, raised, drew in run_calls(dnn_misc, calls, inputs, lambda: sending.time_limit(seconds)):
        told['calls'].append({'values': {name: sending.described(value, arrays) for name, value in values.items()},
                              'error': None if raised is None else sending.told_error(raised), 'drew': bool(drew)})
        if isinstance(raised, sending.TookTooLong):
            break  # the others would take as long
    sending.send(told, arrays)


if __name__ == '__main__':
    main()
