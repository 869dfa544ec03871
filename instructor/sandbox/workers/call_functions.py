"""In the child: calls functions of a script as requested, and sends what they return, store and change.

The expected answers come from the master's script in the same way. If a Call names an exercise, a function of
exercises.py, then

    exercise(modules, kept, results, **arguments, **options)

makes the call: modules are the imported scripts by name ('models.two_layer_nn' for models/two_layer_nn.py), kept is a
dict that lasts from call to call, and results is a dict that it fills. What it has filled in counts even if it fails
later.
"""

import contextlib
import importlib
import json
import os
import sys
from typing import Any

import numpy as np

# The originals: the student's code may replace numpy's names.
_array, _get_state, _dict = np.array, np.random.get_state, dict


def run_calls(modules, exercises, item, calls, inputs, time_limit=contextlib.nullcontext):
    """Make the calls, one after the other, whatever happens in each.

    calls: Calls as dicts; inputs: name -> array; every call gets copies. item: the function to call if a call has no
    exercise. Yields for each call its results by name, among them its arguments after the call ('argument X'); what it
    raised (or None); and whether it drew from numpy's global random numbers.
    """
    kept: dict[str, Any] = {}
    for call in calls:
        arguments = {name: _copy(inputs[array]) for name, array in call['arguments'].items()}
        results: dict[str, Any] = {}
        raised, before = None, _get_state()
        try:
            with time_limit():
                if call['exercise']:
                    getattr(exercises, call['exercise'])(modules, kept, results, **arguments, **call['options'])
                else:
                    results['returned value'] = _function(modules, item)(*arguments.values(), **call['options'])
        except BaseException as error:  # even SystemExit: the next call may be right
            raised = error
        after = _get_state()
        drew = before[2] != after[2] or before[1].tobytes() != after[1].tobytes()
        yield {**results, **{f'argument {name}': array for name, array in arguments.items()}}, raised, drew


def _copy(array):
    # Images get the memory order in which a convolution may pass them on: channels first, not in the order of axes.
    if array.ndim == 4:
        return _array(array.transpose(1, 0, 2, 3), order='C').transpose(1, 0, 2, 3)
    return _array(array)


def _function(modules, item):
    for module in modules.values():
        if hasattr(module, item):
            return getattr(module, item)
    raise NameError(f'{item} is not defined')


def main():
    sys.path.insert(0, os.getcwd())
    import sending
    exercises = importlib.import_module('exercises') if os.path.exists('exercises.py') else None

    with open('request.json', encoding='utf-8') as file:
        request = json.load(file)
    with np.load('inputs.npz', allow_pickle=False) as archive:
        inputs = dict(archive)

    message: dict[str, Any] = {'import': None, 'calls': []}
    arrays: list[tuple] = []
    modules = {}
    try:
        with sending.time_limit(request['seconds']):
            for name in request['modules']:
                modules[name] = importlib.import_module(name)
    except BaseException as error:
        message['import'] = {**sending.describe_error(error), 'module': name}
        sending.finish(message)
    limit = lambda: sending.time_limit(request['seconds'])  # noqa: E731
    for item, calls in request['groups']:
        message['calls'].append([])
        for results, raised, drew in run_calls(modules, exercises, item, calls, inputs, limit):
            message['calls'][-1].append({
                'results': {name: sending.describe(value, arrays) for name, value in results.items()},
                'error': None if raised is None else sending.describe_error(raised), 'drew': bool(drew)})
            if isinstance(raised, sending.TookTooLong):
                break  # the others would take as long
    sending.finish(message, arrays)


if __name__ == '__main__':
    main()
