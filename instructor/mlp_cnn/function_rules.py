"""Mistakes of the five functions of dnn_misc.py, and how the verdicts on them depend on each other."""
from dataclasses import replace

import numpy as np

from checking import TOLERANCE, Hint, differences, mean_taken_twice
from instructor.judges import comparison
from instructor.judges.answers import NOTHING
from instructor.judges.cases import RETURNED
from instructor.judges.comparison import Kept
from instructor.judges.verdict import RIGHT, sum_of
from known_mistakes import (
    CHANGED,
    NOT_STORED,
    NOT_WHERE_POSITIVE,
    lookalikes_of_dropout_backward,
    lookalikes_of_linear_backward,
    lookalikes_of_linear_forward,
    lookalikes_of_relu_backward,
    lookalikes_of_relu_forward,
)

STORED = ("gradient['W']", "gradient['b']")  # by linear_layer.backward
MASK = 'self.mask'
RESTORE = f'{CHANGED}, it drops or scales otherwise: restore it'


class Comparison(comparison.Comparison):
    """What was found about one function.

    mask: what to say about self.mask after relu's forward, '' if it is as it should be; stores: whether that
    forward stores anything.
    """

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.mask, self.stores = '', False
        self._earlier_X = None
        self.forward_changed = False  # the given dropout.forward draws or scales otherwise than the master's
        self.fits_own_forward = True  # and backward goes with it
        self._factors = None          # by which the student's dropout.forward multiplied X

    def unchanged(self, case):
        found = {name: array for name, array in super().unchanged(case).items() if name in ('X', 'grad')}
        if self._earlier_X is not None:
            found['X, as forward got it,'] = Kept('X of the last call, after', self._earlier_X)
        return found

    def look_at(self, case, got, answer):
        returned, right = got.results.get(RETURNED, NOTHING), answer.results[RETURNED]
        self._earlier_X = got.results.get('X of the last call, before', NOTHING).array
        if case.role == 'forward':
            if got.failure:
                self.note_failure(case, got.failure)
            self._look_at_own_forward(case, returned, right)
        elif case.role == 'hint':
            if got.failure or self.fault(returned, right, TOLERANCE):
                self.hints = [f'{RETURNED}{case.hint.text}']
        else:
            super().look_at(case, got, answer)

    def _look_at_own_forward(self, case, output, right):
        X = self.inputs[case.call.arguments['X']]
        self.forward_changed |= self.fault(output, right, TOLERANCE) is not None
        with np.errstate(all='ignore'):
            self._factors = output.array / X if np.shape(output.array) == X.shape else None

    def look_further(self, case, got):
        if case.results:
            self._compare_params(case, got.results)
            if self.item.name == 'relu.forward' and not got.failure:
                self._compare_mask(got.results.get(MASK, NOTHING), self.inputs[case.call.arguments['X']])
                self.stores |= got.results.get('stores something', NOTHING).type == 'bool'
            if self.item.name == 'dropout.backward':
                self._compare_with_own_forward(case, got.results.get(RETURNED, NOTHING).array)

    def _compare_params(self, case, got):
        """A parameter that is changed in place is a mistake: training goes on with it."""
        for key in ('W', 'b'):
            if key in case.call.arguments:
                name, before = f"params['{key}']", self.inputs[case.call.arguments[key]]
                if not np.array_equal(before, got.get(name, NOTHING).array):
                    part = f"gradient['{key}']"
                    self.note(part if part in self.results else RETURNED, Hint(
                        'parameter-changed', f': {name} is changed in place: work on a copy'), self.where(case))
                    self.note_seen(case)

    def _compare_mask(self, got, X):
        if got.words == 'None':
            self.mask = self.mask or NOT_STORED
        elif np.shape(got.array) != X.shape or not np.array_equal(got.array != 0, X > 0):
            self.mask = self.mask or NOT_WHERE_POSITIVE

    def _compare_with_own_forward(self, case, got):
        grad = self.inputs[case.call.arguments['grad']]
        growth = 1 / (1 - case.call.options['settings']['r'])
        if self._factors is None or np.shape(got) != grad.shape:
            self.fits_own_forward = False
        else:
            with np.errstate(all='ignore'):
                of_dropout = set(np.round(self._factors, 6).flat) <= {0, round(growth, 6)}
                self.fits_own_forward &= bool(of_dropout and differences(got, grad * self._factors).max() < TOLERANCE)

    def lookalikes(self, case, result, answer):
        inputs = {name: self.inputs[array] for name, array in case.call.arguments.items()}
        X, grad, right = inputs['X'], inputs.get('grad'), answer.results[RETURNED].array
        found = [mean_taken_twice(answer.results[one].array, len(X)) for one in self.results]
        if self.item.name == 'linear_layer.forward':
            found += lookalikes_of_linear_forward(right, inputs['b'])
        elif self.item.name == 'linear_layer.backward':
            found += lookalikes_of_linear_backward(inputs['W'], inputs['b'])
        elif self.item.name == 'relu.forward':
            found += lookalikes_of_relu_forward(X, right)
        elif self.item.name == 'relu.backward':
            found += lookalikes_of_relu_backward(grad, right, X * (X > 0))
        elif self.item.name == 'dropout.backward':
            growth = 1 / (1 - case.call.options['settings']['r'])
            found += lookalikes_of_dropout_backward(grad, right, X * right / grad, growth)
        return found

    def advise(self, needed):
        if self.item.name == 'relu.backward' and needed.share == 0:
            self.hints = [f'{needed.item} is wrong too: put that right first, backward may use what it stores']

    def verdict(self, assignment):
        found = super().verdict(assignment)
        if not self.faults or not self.forward_changed:
            return found
        found = replace(found, details=(*found.details, ('hint', RESTORE)))
        if not self.fits_own_forward:
            return found
        return replace(found, share=None, reason='fits dropout.forward, but that was given and is changed',
                       kind='given-forward-changed', seen_in=None)


def reconsider(judge, verdicts):
    """Change the verdicts, item -> Verdict, that depend on each other; judge: a functions.FunctionsJudge."""
    _lay_mask_to_forward(judge, verdicts)
    dropped = verdicts['dropout.backward']
    if dropped.share not in (None, 1) and dropped.kind not in ('not-written', 'exits', 'endless') and \
            'dropout.forward' in judge.reading.changed_code:
        verdicts['dropout.backward'] = replace(
            dropped, share=None, kind='given-forward-changed',
            reason=f'{CHANGED}: decide whether backward is right for it; {dropped.reason}')


def _lay_mask_to_forward(judge, verdicts):
    """Lay a mask that is not stored to relu.forward, which is asked for it, and not to backward.

    What is stored otherwise, under another name or turned round, is as good if backward is right with it, and not
    without any forward.
    """
    forward, backward = verdicts['relu.forward'], verdicts['relu.backward']
    compared = judge.comparisons.get('relu.forward')
    mask, stores = (compared.mask, compared.stores) if compared else ('', True)
    if None in (forward.share, backward.share) or forward.share == 1 and not mask:
        return
    lacks = not stores
    if backward.share == 1:
        without_forward = judge.judge_item('relu.backward', after_forward=False)
        lacks = without_forward.share == 1
    else:
        with_mask = judge.judge_item('relu.backward', forward, set_mask=True)
        if with_mask.share is not None and with_mask.share > backward.share:
            verdicts['relu.backward'] = replace(
                with_mask, reason=f'{with_mask.reason}, if {MASK} is what relu.forward should have stored')
            lacks = True
    if lacks and mask and forward.share:
        weights = judge.items['relu.forward'].parts
        share = forward.share * sum_of(weights, [RETURNED]) / sum_of(weights, weights)
        verdicts['relu.forward'] = replace(
            forward, share=share, kind=forward.kind or 'mask-not-stored', seen_in=(),
            details=(*forward.details, (RETURNED, RIGHT), (MASK, 'wrong'), ('hint', mask)),
            reason=f'{forward.reason}; {mask}' if forward.kind else mask)
