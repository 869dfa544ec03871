"""Reads the trace of dnn_cnn_2.py's main on stand-ins: what each of the five TODO items did, right or wrong.

The chains are those of the figure. What counts is which module receives which output, not how variables are called.
A relu's and a pool's backward may be given the relu's input or its output: the gradient that reaches the conv layer is
the same.
"""
from typing import NamedTuple

from instructor.sandbox.workers.run_wiring import BATCH, NUM_TRAIN, NUM_VALID

KINDS = {'C1': 'conv_layer', 'nonlinear1': 'relu', 'M1': 'max_pool', 'C2': 'conv_layer', 'nonlinear2': 'relu',
         'M2': 'max_pool', 'F1': 'flatten_layer', 'drop1': 'dropout', 'L1': 'linear_layer',
         'loss': 'softmax_cross_entropy'}
SETTINGS = {'C2': {'num_input': 25, 'num_output': 25, 'filter_len': 3, 'stride': 1}, 'nonlinear2': {},
            'M2': {'max_len': 2, 'stride': 2}}
PHASES = {  # phase: (TODO of its forward pass, number of batches)
    'training': (2, NUM_TRAIN // BATCH), 'training accuracy': (4, 1), 'validation': (5, NUM_VALID // BATCH)}
SECOND = ('C2', 'nonlinear2', 'M2')


class Problem(NamedTuple):
    """What is wrong with a TODO item; needs_person where that may be right after all."""

    text: str
    kind: str
    needs_person: bool = False


class _Step(NamedTuple):
    role: str
    method: str
    inputs: tuple   # for each argument, the names that are right
    output: str


def _forward(role, taken, output):
    return _Step(role, 'forward', ((taken,),), output)


def _backward(role, taken, grad, output):
    return _Step(role, 'backward', (tuple(taken.split()), (grad,)), output)


FORWARD = (
    _forward('C1', 'x', 'c1'), _forward('nonlinear1', 'c1', 'h1'), _forward('M1', 'h1', 'm1'),
    _forward('C2', 'm1', 'c2'), _forward('nonlinear2', 'c2', 'h2'), _forward('M2', 'h2', 'm2'),
    _forward('F1', 'm2', 'f1'), _forward('drop1', 'f1', 'd1'), _forward('L1', 'd1', 'a1'))
BACKWARD = (
    _backward('loss', 'a1', 'y', 'grad_a1'), _backward('L1', 'd1', 'grad_a1', 'grad_d1'),
    _backward('drop1', 'f1', 'grad_d1', 'grad_f1'), _backward('F1', 'm2', 'grad_f1', 'grad_m2'),
    _backward('M2', 'h2 c2', 'grad_m2', 'grad_h2'), _backward('nonlinear2', 'c2 h2', 'grad_h2', 'grad_c2'),
    _backward('C2', 'm1', 'grad_c2', 'grad_m1'), _backward('M1', 'h1 c1', 'grad_m1', 'grad_h1'),
    _backward('nonlinear1', 'c1 h1', 'grad_h1', 'grad_c1'), _backward('C1', 'x', 'grad_c1', 'grad_x'))
_OUTPUTS = {(step.role, step.method): step.output for step in FORWARD + BACKWARD}
_LEFT_OUT = {'C2': 'missing-conv', 'nonlinear2': 'missing-relu', 'M2': 'missing-pool'}


def read_events(told):
    """What workers/run_wiring.py has told, with each array known by a number: an int, -1 for None, None for unknown.

    told: list of words, in the order in which they came. Raises KeyError, TypeError, AttributeError or ValueError where
    they are not of that form.
    """
    known, events = {'None': -1}, []

    def number(mark):
        return known.setdefault(str(mark), len(known))

    for event in told:
        event = dict(event)
        for key in {'x', 'y', 'output'} & {*event}:
            event[key] = number(event[key])
        if event['event'] == 'in place':
            event['outputs'] = [number(mark) for mark in event['outputs']]
        elif event['event'] == 'call':
            event['arguments'] = [known.get(mark) for mark in event['arguments']]
        elif event['event'] == 'tally':
            event['scores'] = known.get(event['scores'])
        events.append(event)
    return events


def roles(created, model):
    """Which module plays which part of the figure: its number -> 'C2' and so on.

    created: module number -> its 'create' event; model: name -> number. A module of another name plays the first part
    that nobody plays and that is for its class.
    """
    found = {number: name for name, number in reversed(list(model.items())) if name in KINDS}
    for role in KINDS:
        if role not in model:
            free = [number for number in model.values()
                    if number not in found and created[number]['kind'] == KINDS[role]]
            if free:
                found[free[0]] = role
    return found


def judge_trace(events, replaced, failed):
    """TODO number -> True where it is right, else a Problem; those that the run did not reach are left out.

    events: see read_events; replaced: TODO number -> the names of what stands in its place; failed: whether the run
    ended by an error. Raises KeyError, TypeError, IndexError, AttributeError or ValueError where events are none of
    ours.
    """
    created = {event['module']: event for event in events if event['event'] == 'create'}
    model = next((event['modules'] for event in events if event['event'] == 'model'), None)
    if model is None:
        return {}
    playing = roles(created, model)
    found = {} if 1 in replaced else {1: _judge_modules(created, model, playing)}
    earlier = {}
    batches = _split(events)
    for phase, (todo, number) in PHASES.items():
        for batch in batches[phase]:
            for part, result in _judge_batch(phase, batch, playing, earlier, replaced).items():
                if result is not None and found.get(part, True) is True:
                    found[part] = result
        if not failed and len(batches[phase]) != number and found.get(todo, True) is True:
            found[todo] = Problem(f'the loop over the batches of {phase} is not as it was given', 'given-code', True)
    return {todo: result for todo, result in found.items() if todo not in replaced}


def _judge_modules(created, model, playing):
    for role, settings in SETTINGS.items():
        number = next((number for number, name in playing.items() if name == role), None)
        twins = [name for name in model if role in model and name != role and model[name] == model[role]]
        if twins:
            return Problem(f'{role} is the same module as {twins[0]}, expected one of its own', 'shared-module')
        if number is None:
            return Problem(f'{role} is not in the model', 'missing-module')
        kind, got = created[number]['kind'], created[number]['settings']
        if kind != KINDS[role]:
            return Problem(f'{role} is a {kind}, expected a {KINDS[role]}', 'wrong-module')
        if role == 'C2' and got['filter_len'] == 5 and {**got, 'filter_len': 3} == settings:
            return Problem('C2 has 5 x 5 filters; those of the second conv layer are 3 x 3', '5x5-second-filter')
        wrong = [f'{name}={got[name]}, expected {settings[name]}' for name in settings if got[name] != settings[name]]
        if wrong:
            return Problem(f'{role} has {"; ".join(wrong)}', 'wrong-settings')
    return True


class _Batch(NamedTuple):
    begin: dict
    events: list     # of the kinds call, in place and tally
    ends: list       # one thing in it: the loop went on after this batch


def _split(events):
    """phase -> its batches."""
    batches, current = {phase: [] for phase in PHASES}, None
    for event in events:
        if event['event'] in ('batch', 'end'):
            if current:
                current.ends.append(True)
            current = _Batch(event, [], []) if event['event'] == 'batch' else None
            if current:
                batches[event['phase']].append(current)
        elif current and event['event'] in ('call', 'in place', 'tally'):
            current.events.append(event)
    return batches


def _judge_batch(phase, batch, playing, earlier, replaced):
    """TODO number -> True, a Problem, or None where the run broke off before it could be seen.

    earlier: number of an array -> what it was called in earlier batches; those of this one are added at the end.
    """
    names = {batch.begin['x']: 'x', batch.begin['y']: 'y', -1: 'None'}
    calls, scores, left_out = [], [], set()
    for event in batch.events:
        if event['event'] == 'in place':
            names.update(zip(event['outputs'], replaced[event['todo']]))
            left_out.add(event['todo'])
        elif event['event'] == 'tally':
            scores.append(names.get(event['scores']))
        else:
            role = playing.get(event['module'])
            names.setdefault(event['output'], _OUTPUTS.get((role, event['method']), 'the output of another module'))
            if (role, event['method']) != ('loss', 'forward'):
                calls.append({**event, 'role': role})

    def tell(number):
        told = f'{earlier[number]} of an earlier batch' if number in earlier else 'an array that no module made'
        return names.get(number, told)

    todo, _ = PHASES[phase]
    middle = next((index for index, call in enumerate(calls) if (call['role'], call['method']) == ('loss', 'backward')),
                  len(calls))
    forward = [step for step in FORWARD if not (todo in left_out and step.role in SECOND)]
    complete = bool(batch.ends) or middle < len(calls)
    results = {todo: _compare(calls[:middle], forward, complete, tell, phase == 'training')}
    if phase == 'training':
        backward = [step for step in BACKWARD if not (3 in left_out and step.role in SECOND)]
        results[3] = _compare(calls[middle:], backward, bool(batch.ends), tell, True)
    elif results[todo] is True and batch.ends and scores != ['a1']:
        results[todo] = Problem(f'what is added up in {phase} is not a1', 'given-code', True)
    earlier.update(names)
    return results


def _compare(calls, steps, complete, tell, is_training):
    """The first thing that is wrong with a chain of calls, as a Problem; True, or None where it is not complete."""
    for index, (call, step) in enumerate(zip(calls, steps)):
        if (call['role'], call['method']) != (step.role, step.method):
            return _other_call(call, step, calls[index:], steps[index:])
        for number, right, what in zip(call['arguments'], step.inputs, ('', ' as grad')):
            if tell(number) not in right:
                return Problem(f'{step.role}.{step.method} is given {tell(number)}{what}, expected {right[0]}',
                               'wrong-input' if number is not None else 'unknown-array', number is None)
        if call['options'].get('is_train', is_training) != is_training:
            return Problem(f'{step.role}.{step.method} is called with is_train={not is_training}', 'is-train')
    if len(calls) > len(steps):
        return Problem(f'{_name(calls[len(steps)])} is called after the chain has ended', 'extra-call', True)
    if len(calls) < len(steps):
        step = steps[len(calls)]
        return Problem(f'{step.role}.{step.method} is not called', _LEFT_OUT.get(step.role, 'given-code')) \
            if complete else None
    return True


def _other_call(call, step, calls, steps):
    """The Problem where another method is called than the step that is due; calls and steps from there on."""
    due, came = f'{step.role}.{step.method}', _name(call)
    later = {(further.role, further.method) for further in steps[1:]}
    if step.role in SECOND and call['role'] in KINDS and call['role'] not in SECOND and \
            KINDS[call['role']] == KINDS[step.role] and (call['role'], call['method']) not in later:
        return Problem(f'{came} is called again where {due} is due', 'first-conv-again')
    if any((other['role'], other['method']) == (step.role, step.method) for other in calls):
        if (call['role'], call['method']) in later:
            return Problem(f'{came} is called before {due}', 'wrong-order')
        return Problem(f'{came} is called where {due} is due', 'extra-call', True)  # it may do no harm
    if (call['role'], call['method']) in later:
        return Problem(f'{due} is left out: {came} comes in its place', _LEFT_OUT.get(step.role, 'given-code'))
    return Problem(f'{came} is called where {due} is due', 'wrong-call')


def _name(call):
    return f'{call["role"] or "a further module"}.{call["method"]}'
