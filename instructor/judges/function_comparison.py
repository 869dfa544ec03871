"""Compares what one of the five functions did with what it should have done, with the students' checker's tolerance.

What this calls right and wrong, the checker does too; it says so in the checker's words.
"""
from fractions import Fraction

import numpy as np

from checking import REDRAWN, TOLERANCE, differences, likely_cause, mean_taken_twice, unlike_an_array
from hw5_dnn_check import (
    CHANGED,
    NOT_STORED,
    NOT_WHERE_POSITIVE,
    lookalikes_of_dropout_backward,
    lookalikes_of_linear_backward,
    lookalikes_of_linear_forward,
    lookalikes_of_relu_backward,
    lookalikes_of_relu_forward,
)
from instructor.judges.verdict import Verdict, sum_of
from instructor.sandbox.worker_runs import last_line, traceback_text

FITS = 1e-4  # what differs by less, such as single precision, may give the records of the right function
RETURNED = 'returned value'
STORED = ("gradient['W']", "gradient['b']")  # by linear_layer.backward
MASK = 'self.mask'
RESTORE = f'{CHANGED}, it drops or scales otherwise: restore it'
_KINDS = [  # (words in a hint, the name of the mistake); the first that fits
    ('mean taken twice', 'mean-twice'), ('sign is wrong', 'sign'), ('called again', 'accumulates'),
    ('random numbers are drawn', 'mask-redrawn'), ('r) is missing', 'scale-missing'),
    ('r) is there twice', 'scale-twice'), ('another relu', 'shared-mask'), ('b is not added', 'b-missing'),
    ('is None', 'nothing-returned'),
    ('of type', 'not-an-array'), ('has dtype', 'dtype'), ('is an array of', 'dtype'), ('transposed', 'transposed'),
    ('has shape', 'shape'), ('NaN', 'not-finite'), ('0 everywhere', 'zero'), ('is grad as it is', 'grad-as-it-is'),
    ('', 'wrong-values')]


class Comparison:
    """What was found about one function.

    faults: result -> the first hint about it; kind: of the first fault, '' where there is none; seen_in: as in Verdict;
    mask: what is to be said of self.mask after relu's forward, '' where it is as it should be; stores: whether that
    forward stores anything.
    """

    def __init__(self, function, calls, inputs):
        self.function, self.calls, self.inputs = function, calls, inputs
        self.results = (*STORED, RETURNED) if function == 'linear_layer.backward' else (RETURNED,)
        self.faults, self.kind, self.seen_in = {}, '', set()
        self.difference, self.traceback = None, ''
        self.mask, self.stores = '', False
        self.changed, self.advice = '', ''  # which argument is changed; a further hint
        self.forward_changed = False  # the given dropout.forward draws or scales otherwise than the master's
        self.fits_own_forward = True  # and backward goes with it
        self._factors = None          # by which the student's dropout.forward multiplied X

    def note(self, result, hint, kind=None):
        self.faults.setdefault(result, f'{result}{hint}')
        prefix = {"gradient['W']": 'W-', "gradient['b']": 'b-'}.get(result, '')
        self.kind = self.kind or kind or prefix + next(name for words, name in _KINDS if words in hint)

    def look_at(self, number, told, arrays, answer):
        """Compare call `number`: what the child told of it, with `arrays`, and what the master's function gave.

        Raises KeyError, TypeError, IndexError, AttributeError or ValueError where the words are none of ours.
        """
        call, error = self.calls[number], told['error']
        X = self.inputs[call['arguments'][0]]
        where = f' (X of shape {X.shape}{call["about"]})'
        got = {name: _Value(words, arrays) for name, words in told['values'].items()}
        if error and (call['judge'] or error['too_long'] and call['tests'] != 'hint'):
            self._raised(error, where)
            self._seen(X)
        if call['tests'] == 'forward':
            output = got.get(RETURNED, _NOTHING)
            self.forward_changed |= self._fault(output, answer[RETURNED]) is not None
            with np.errstate(all='ignore'):
                self._factors = output.array / X if np.shape(output.array) == X.shape else None
        elif call['tests'] == 'hint' and (error or self._fault(got.get(RETURNED, _NOTHING), answer[RETURNED])):
            self.advice = f'{RETURNED}{call["hint"]}'
        elif call['judge']:
            hint = call['hint'] or (REDRAWN.text if told['drew'] else '')
            for result in self.results:
                if not (error and result == RETURNED):
                    lookalikes = self._lookalikes(call, answer)
                    fault = self._fault(got.get(result, _NOTHING), answer[result], hint, lookalikes)
                    if fault:
                        self.note(result, fault + where)
                        if not _fits(got.get(result, _NOTHING).array, answer[result]):
                            self._seen(X)
            self._compare_arguments(call, got, where)
            if self.function == 'relu.forward' and not error:
                self._compare_mask(got.get(MASK, _NOTHING), X)
                self.stores |= told['values']['stores something']['type'] == 'bool'
            if self.function == 'dropout.backward':
                self._compare_with_own_forward(call, got.get(RETURNED, _NOTHING).array)

    def _seen(self, X):
        if len(X) > 1:  # no mini-batch of the runs has one example only
            self.seen_in.add(X.ndim)

    def _raised(self, error, where):
        kind = ('endless' if error['too_long'] else 'not-written' if error['is_blank'] else
                'exits' if error['is_exit'] else 'raises')
        said = {'not-written': 'is not written yet', 'exits': 'ends the program (sys.exit, exit or quit)',
                'endless': f'does not return: an endless loop?{where}'}
        self.faults.setdefault(RETURNED, f'{self.function} {said.get(kind) or f"fails: {last_line(error)}{where}"}')
        self.kind = self.kind or kind
        self.traceback = self.traceback or traceback_text(error, ['dnn_misc.py'])

    def _fault(self, got, expected, hint='', lookalikes=()):
        """What is wrong with a result, or None."""
        if got.array is None:
            return f' is {got.words}, expected a plain numpy array of shape {expected.shape}'
        with np.errstate(all='ignore'):
            unlike = unlike_an_array(got.array, expected)
            fault = unlike.text if unlike else None
            if fault is None:
                difference = differences(got.array, expected).max()
                self.difference = max(difference, self.difference or 0.0)
                if difference > TOLERANCE:
                    fault = hint or likely_cause(got.array, expected, lookalikes).text
        return fault

    def _compare_arguments(self, call, got, where):
        """Note the arguments and parameters that are not what they were before the call."""
        before = {name: self.inputs[array] for name, array in zip(('X', 'grad'), call['arguments'])}
        before.update((f"params['{key}']", self.inputs[array]) for key, array in call['params'].items())
        if 'X of the last call, before' in got:
            before['X of the last call, after'] = got['X of the last call, before'].array
        for name, array in before.items():
            if not np.array_equal(array, got.get(name, _NOTHING).array):
                if name.startswith('params'):  # training goes on with it: this is no blemish
                    part = name.replace('params', 'gradient')
                    self.note(part if part in self.results else RETURNED,
                              f': {name} is changed in place: work on a copy{where}', 'parameter-changed')
                    self._seen(before['X'])
                else:
                    label = 'X, as forward got it,' if name.startswith('X of') else name
                    self.changed = self.changed or f'{label} is changed in place: work on a copy{where}'

    def _compare_mask(self, got, X):
        if got.words == 'None':
            self.mask = self.mask or NOT_STORED
        elif np.shape(got.array) != X.shape or not np.array_equal(got.array != 0, X > 0):
            self.mask = self.mask or NOT_WHERE_POSITIVE

    def _compare_with_own_forward(self, call, got):
        grad, growth = self.inputs[call['arguments'][1]], 1 / (1 - call['settings']['r'])
        if self._factors is None or np.shape(got) != grad.shape:
            self.fits_own_forward = False
        else:
            with np.errstate(all='ignore'):
                of_dropout = set(np.round(self._factors, 6).flat) <= {0, round(growth, 6)}
                self.fits_own_forward &= bool(of_dropout and differences(got, grad * self._factors).max() < TOLERANCE)

    def _lookalikes(self, call, answer):
        """(hint, array) of answers that are wrong in a known way."""
        X, grad, right = self.inputs[call['arguments'][0]], self.inputs[call['arguments'][-1]], answer[RETURNED]
        found = [mean_taken_twice(answer[result], len(X)) for result in self.results]
        if self.function == 'linear_layer.forward':
            found += lookalikes_of_linear_forward(right, self.inputs[call['params']['b']])
        elif self.function == 'linear_layer.backward':
            found += lookalikes_of_linear_backward(*(self.inputs[call['params'][key]] for key in ('W', 'b')))
        elif self.function == 'relu.forward':
            found += lookalikes_of_relu_forward(X, right)
        elif self.function == 'relu.backward':
            found += lookalikes_of_relu_backward(grad, right, X * (X > 0))
        elif self.function == 'dropout.backward':
            growth = 1 / (1 - call['settings']['r'])
            found += lookalikes_of_dropout_backward(grad, right, X * right / grad, growth)
        return found

    def verdict(self, assignment):
        """The Verdict; assignment: what the parts weigh, and what a change in place costs."""
        judged = [call for call in self.calls if call['judge']]
        shapes = dict.fromkeys(str(self.inputs[call['arguments'][0]].shape) for call in judged)
        details = [('tried', f'{len(judged)} calls, with X of shape {", ".join(shapes)}')]
        if self.difference is not None:
            details.append(('largest difference', f'{self.difference:.1e}'))
        weights = assignment.items[self.function].parts
        if len(self.results) > 1:
            details += [(part, 'wrong' if part in self.faults else 'right') for part in weights]
        hints = [*self.faults.values(), *filter(None, (self.changed, self.advice))]
        details += [('hint', hint) for hint in hints]
        loss = assignment.changed_in_place if self.changed else 0
        if not self.faults:
            return Verdict(self.function, 1 - loss, f'right on all inputs, but {self.changed}', details, 'in-place',
                           ()) if self.changed else Verdict(self.function, 1, 'right on all inputs', details)
        if self.forward_changed:
            details.append(('hint', RESTORE))
        if self.traceback:
            details.append(('traceback', self.traceback))
        if self.forward_changed and self.fits_own_forward:
            return Verdict(self.function, None, 'fits dropout.forward, but that was given and is changed', details,
                           'given-forward-changed')
        right = [part for part in self.results if part not in self.faults] if self.kind != 'endless' else []
        share = Fraction(0)
        if right:
            share = max(sum_of(weights, right) / sum_of(weights, self.results) - loss, share)
        reason = next(iter(self.faults.values()))
        if right:
            reason = f'{len(right)} of {len(self.results)} gradients right: {reason}'
        return Verdict(self.function, share, reason, details, self.kind, sorted(self.seen_in))


def _fits(got, expected):
    """Whether an array has the right numbers, in whatever precision."""
    if type(got) is not np.ndarray or got.dtype.kind != 'f' or got.shape != expected.shape:
        return False
    with np.errstate(all='ignore'):
        return bool((differences(got.astype(float), expected) < FITS).all())


class _Value:
    """A value that the child told of: the array where it sent one, else words on what it is."""

    def __init__(self, told, arrays):
        self.array = None if told['array'] is None else arrays[told['array']]
        kind = ''.join(char for char in str(told['type'])[:60] if char.isprintable())
        if kind == 'ndarray':
            self.words = f'an array of {str(told["dtype"])[:40]} of shape {str(told["shape"])[:40]}'
        else:
            self.words = 'None' if kind == 'NoneType' else f'of type {kind}'


_NOTHING = _Value({'array': None, 'type': 'NoneType'}, [])
