"""Reads the trace of a main that ran on stand-ins: what each of its TODO items did, right or wrong."""
from typing import NamedTuple


class Problem(NamedTuple):
    """What is wrong with a TODO item; needs_review if it may be right after all."""

    text: str
    kind: str
    needs_review: bool = False


def read_events(messages):
    """What workers/run_wiring.py has sent, with each array known by a number: an int, -1 for None, None for unknown.

    messages: in the order in which they came. Raises KeyError, TypeError, AttributeError or ValueError where
    they are not of that form.
    """
    known, events = {'None': -1}, []

    def number(mark):
        return known.setdefault(str(mark), len(known))

    for event in messages:
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


class _Batch(NamedTuple):
    begin: dict
    events: list     # of the kinds call, in place and tally
    ends: list       # one thing in it: the loop went on after this batch


class Trace:
    """Judges traces against the chains of a network: a module such as mlp_cnn/cnn_2_network.py."""

    def __init__(self, network):
        self.network = network
        self._outputs = {(step.role, step.method): step.output for step in network.FORWARD + network.BACKWARD}

    def roles(self, created, model):
        """Which module plays which part of the figure: its number -> 'C2' and so on.

        created: module number -> its 'create' event; model: name -> number. A module of another name plays the first
        free part for its class.
        """
        found = {number: name for name, number in reversed(list(model.items())) if name in self.network.KINDS}
        for role in self.network.KINDS:
            if role not in model:
                free = [number for number in model.values()
                        if number not in found and created[number]['kind'] == self.network.KINDS[role]]
                if free:
                    found[free[0]] = role
        return found

    def judge(self, events, replaced, failed):
        """TODO number -> True if it is right, else a Problem; those that the run did not reach are left out.

        events: see read_events; replaced: TODO number -> the names of what stands in its place; failed: whether the run
        ended by an error. Raises KeyError, TypeError, IndexError, AttributeError or ValueError if events are not of
        our form.
        """
        created = {event['module']: event for event in events if event['event'] == 'create'}
        model = next((event['modules'] for event in events if event['event'] == 'model'), None)
        if model is None:
            return {}
        playing = self.roles(created, model)
        found, todo = {}, self.network.MODULES
        if todo not in replaced:
            found[todo] = self._judge_modules(created, model, playing)
        earlier: dict[int, str] = {}
        batches = self._split(events)
        for phase, (todo, number) in self.network.PHASES.items():
            for batch in batches[phase]:
                for part, result in self._judge_batch(phase, batch, playing, earlier, replaced).items():
                    if result is not None and found.get(part, True) is True:
                        found[part] = result
            if not failed and len(batches[phase]) != number and found.get(todo, True) is True:
                found[todo] = Problem(f'the loop over the batches of {phase} is not as it was given', 'given-code',
                                      True)
        return {todo: result for todo, result in found.items() if todo not in replaced}

    def _judge_modules(self, created, model, playing):
        for role, settings in self.network.SETTINGS.items():
            number = next((number for number, name in playing.items() if name == role), None)
            twins = [name for name in model if role in model and name != role and model[name] == model[role]]
            if twins:
                return Problem(f'{role} is the same module as {twins[0]}, expected one of its own', 'shared-module')
            if number is None:
                return Problem(f'{role} is not in the model', 'missing-module')
            kind, got = created[number]['kind'], created[number]['settings']
            if kind != self.network.KINDS[role]:
                return Problem(f'{role} is a {kind}, expected a {self.network.KINDS[role]}', 'wrong-module')
            known, text, known_kind = self.network.KNOWN_SETTINGS.get(role, ({}, '', ''))
            if known and got == {**settings, **known}:
                return Problem(text, known_kind)
            wrong = [f'{name}={got[name]}, expected {wanted}' for name, wanted in settings.items()
                     if got[name] != wanted]
            if wrong:
                return Problem(f'{role} has {"; ".join(wrong)}', 'wrong-settings')
        return True

    def _split(self, events):
        """phase -> its batches."""
        batches: dict[str, list[_Batch]] = {phase: [] for phase in self.network.PHASES}
        current = None
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

    def _judge_batch(self, phase, batch, playing, earlier, replaced):
        """TODO number -> True, a Problem, or None if the run broke off before it could be seen.

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
                output = self._outputs.get((role, event['method']), 'the output of another module')
                names.setdefault(event['output'], output)
                if (role, event['method']) != (self.network.LOSS, 'forward'):
                    calls.append({**event, 'role': role})

        def name_of(number):
            other = f'{earlier[number]} of an earlier batch' if number in earlier else 'an array that no module made'
            return names.get(number, other)

        todo, _ = self.network.PHASES[phase]
        turn = self.network.LOSS, 'backward'
        middle = next((index for index, call in enumerate(calls) if (call['role'], call['method']) == turn),
                      len(calls))
        forward = self._without(self.network.FORWARD, todo in left_out)
        complete = bool(batch.ends) or middle < len(calls)
        results = {todo: self._compare(calls[:middle], forward, complete, name_of, phase == 'training')}
        if phase == 'training':
            todo = self.network.BACKWARD_TODO
            backward = self._without(self.network.BACKWARD, todo in left_out)
            results[todo] = self._compare(calls[middle:], backward, bool(batch.ends), name_of, True)
        elif results[todo] is True and batch.ends and scores != [self.network.SCORES]:
            results[todo] = Problem(f'what is added up in {phase} is not {self.network.SCORES}', 'given-code', True)
        earlier.update(names)
        return results

    def _without(self, steps, left_out):
        """The steps, without those of the modules that the student writes, if their item is left out."""
        return [step for step in steps if not (left_out and step.role in self.network.WRITTEN)]

    def _compare(self, calls, steps, complete, name_of, is_training):
        """The first thing that is wrong with a chain of calls, as a Problem; True, or None if it is not complete."""
        for index, (call, step) in enumerate(zip(calls, steps)):
            if (call['role'], call['method']) != (step.role, step.method):
                return self._other_call(call, step, calls[index:], steps[index:])
            for number, right, what in zip(call['arguments'], step.inputs, ('', ' as grad')):
                if name_of(number) not in right:
                    return Problem(f'{step.role}.{step.method} is given {name_of(number)}{what}, expected {right[0]}',
                                   'wrong-input' if number is not None else 'unknown-array', number is None)
            if call['options'].get('is_train', is_training) != is_training:
                return Problem(f'{step.role}.{step.method} is called with is_train={not is_training}', 'is-train')
        if len(calls) > len(steps):
            return Problem(f'{_name(calls[len(steps)])} is called after the chain has ended', 'extra-call', True)
        if len(calls) < len(steps):
            step = steps[len(calls)]
            kind = self.network.LEFT_OUT.get(step.role, 'given-code')
            return Problem(f'{step.role}.{step.method} is not called', kind) if complete else None
        return True

    def _other_call(self, call, step, calls, steps):
        """The Problem if another method is called than the one that is due; calls and steps from there on."""
        due, came = f'{step.role}.{step.method}', _name(call)
        later = {(further.role, further.method) for further in steps[1:]}
        kinds, written = self.network.KINDS, self.network.WRITTEN
        if step.role in written and call['role'] in kinds and call['role'] not in written and \
                kinds[call['role']] == kinds[step.role] and (call['role'], call['method']) not in later:
            return Problem(f'{came} is called again where {due} is due', 'first-conv-again')
        if any((other['role'], other['method']) == (step.role, step.method) for other in calls):
            if (call['role'], call['method']) in later:
                return Problem(f'{came} is called before {due}', 'wrong-order')
            return Problem(f'{came} is called where {due} is due', 'extra-call', True)  # it may do no harm
        if (call['role'], call['method']) in later:
            kind = self.network.LEFT_OUT.get(step.role, 'given-code')
            return Problem(f'{due} is left out: {came} comes in its place', kind)
        return Problem(f'{came} is called where {due} is due', 'wrong-call')


def _name(call):
    return f'{call["role"] or "a further module"}.{call["method"]}'
