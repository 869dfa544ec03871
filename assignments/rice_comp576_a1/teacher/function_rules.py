"""What the mistakes in Problem 1 look like, and what they are called.

Their words for the teacher's report stand in assignment.json, under "mistakes".
"""
from dataclasses import replace

import numpy as np

from checking import Hint
from instructor.judges import comparison
from instructor.judges.answers import NOTHING
from instructor.judges.comparison import Kept

LARGE_NUMBERS, LARGE_SCORES = 'large numbers', ' for large scores'
STORED = 'z1', 'a1', 'z2', 'probs'
ONLY = 'only'  # role of a call before which feedforward stored nothing but what the text asks for
ROUNDING = 1e-9  # what differs by less was computed again, in another order


def _sigmoid(z):
    return 1 / (1 + np.exp(-z))


FUNCTIONS = {'Tanh': np.tanh, 'Sigmoid': _sigmoid, 'ReLU': lambda z: np.maximum(z, 0)}
DERIVATIVES = {'Tanh': lambda z: 1 - np.tanh(z) ** 2, 'Sigmoid': lambda z: _sigmoid(z) * (1 - _sigmoid(z)),
               'ReLU': lambda z: (z > 0) * 1.0}


class Comparison(comparison.Comparison):
    """What was found about one item of Problem 1."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self._probs = None  # of a deep network, as they were before backprop
        self._sums = {}     # (a layer, its gradient) -> the sum of those of its earlier calls
        self._only = None   # what the call of role ONLY before this one gave: its Answer
        self.uses_more = False  # whether more than that seems to be used

    # ---- what must stay as it is, and what may be used

    def look_at(self, case, got, answer):
        got = replace(got, drew=False)  # the constructors draw the weights, so it says nothing of the functions
        if self._only is not None:
            self.uses_more |= got.failure is not None and got.failure.kind == 'raises' or any(
                not _are_alike(self._only.results.get(result, NOTHING).array, got.results.get(result, NOTHING).array)
                for result in case.results)
        self._only = got if case.role == ONLY else None
        self._probs = got.results.get('probs, before', NOTHING).array
        super().look_at(case, got, answer)
        if case.role == 'layer':
            for name in ('dW', 'db'):
                key = case.call.options['object'], name
                self._sums[key] = self._sums.get(key, 0) + answer.results[name].array

    def unchanged(self, case):
        found = super().unchanged(case)
        if case.role == 'backprop':  # these are no arguments of the student's function
            for name in (*STORED, 'd1', 'W1', 'b1', 'W2', 'b2'):
                found.pop(name)
            for name in STORED:
                found[f'self.{name}'] = Kept(f'{name}, after', self.inputs[case.call.arguments[name]],
                                             'probs-changed' if name == 'probs' else 'in-place', ROUNDING)
        elif case.role == 'deep_backprop' and self._probs is not None:
            found['self.probs'] = Kept('probs, after', self._probs, 'probs-changed', ROUNDING)
        return found

    # ---- what is known of wrong results

    def reword(self, case, result, got, right, hint):
        if (result == LARGE_NUMBERS or result.endswith(LARGE_SCORES)) and hint.kind in ('not-finite', 'wrong-values'):
            return Hint('unstable', f'{hint.text}: beware of overflow and of log 0')
        if hint.kind == 'shape' and result in ('db', 'db1', 'db2') and got.array.ndim == 1:
            return Hint('biases-shape', f'{hint.text}: keep the axis, as by keepdims=True')
        return hint

    def lookalikes(self, case, result, answer):
        known = {name: self.inputs[array] for name, array in case.call.arguments.items()}
        right = answer.results[result].array
        if result == LARGE_NUMBERS or result.endswith(LARGE_SCORES):
            return []
        with np.errstate(all='ignore'):
            return [*getattr(self, f'_of_{case.role}')(case, result, right, known, answer)]

    def _of_function(self, case, result, right, known, answer):
        z, name = known['z'], result.partition(' ')[0]
        if case.call.options['name'] == 'actFun':
            others = {other: function(z) for other, function in FUNCTIONS.items() if other != name}
            return [(Hint('other-function', f' is {other}'), array) for other, array in others.items()]
        a = FUNCTIONS[name](z)
        found = [(Hint('derivative-of-output', ' is the derivative at actFun(z): z is the net input already'),
                  DERIVATIVES[name](a)),
                 (Hint('not-derived', ' is the function itself, not its derivative'), a)]
        if name == 'ReLU':
            return [(Hint('relu-at-zero', ': the derivative at 0 is to be 0, not 1'), (z >= 0) * 1.0),
                    (Hint('relu-at-zero', ': the derivative at 0 is to be 0, not 1/2'), (np.sign(z) + 1) / 2), *found]
        return [(Hint('z-for-output', ' takes z in place of actFun(z)'), 1 - z ** 2 if name == 'Tanh' else z * (1 - z)),
                (Hint('half-derivative', ': a factor of the derivative is missing'), 1 - a), *found]

    def _of_log_softmax(self, case, result, right, known, answer):
        z = known['z']
        return [(Hint('not-log', ' is softmax: its logarithm is asked for'), np.exp(right)),
                (Hint('not-normalised', ' is z less its largest number: the sum is missing'),
                 z - z.max(axis=1, keepdims=True)), (Hint('not-normalised', ' is z as it is'), z),
                (Hint('wrong-axis', ' is normalised over the examples: each row is to add up to 1'),
                 z - np.log(np.exp(z).sum(axis=0))),
                (Hint('wrong-axis', ' is normalised over all entries: each row is to add up to 1'),
                 z - np.log(np.exp(z).sum()))]

    def _of_feedforward(self, case, result, right, known, answer):
        z1, z2 = (answer.results[name].array for name in ('z1', 'z2'))
        found = [(Hint('own-activation', ': the activation function that is given as actFun is not used'), other)
                 for other in self._with_own(known, z1, result)]
        if result in ('z1', 'z2'):
            found.append((Hint('b-missing', ': the biases are not added'), right - known[result.replace('z', 'b')]))
        if result == 'probs':
            found += [(Hint('not-normalised', ' are exp of the scores: divide each row by its sum'), np.exp(z2)),
                      (Hint('log-kept', ' are logarithms of probabilities'), np.log(right))]
            found += [(Hint('output-activated', ': the output layer has no activation function but softmax'),
                       _softmax(function(z2))) for function in (*FUNCTIONS.values(), np.sin, np.arctan, np.square)]
        return found

    def _with_own(self, known, z1, result):
        if result == 'z1':
            return []
        a1 = np.tanh(z1)
        z2 = a1 @ known['W2'] + known['b2']
        return [{'a1': a1, 'z2': z2, 'probs': _softmax(z2)}[result]]

    def _of_loss(self, case, result, right, known, answer):
        N = len(known['y'])
        regularization = case.call.options['reg_lambda'] / 2 * sum(np.sum(known[name] ** 2) for name in ('W1', 'W2'))
        data = right * N - regularization
        return [(Hint('loss-divided', ': the sum is divided by N already'), (data / N + regularization) / N),
                (Hint('sign', ': the sign of the cross-entropy is wrong'), (regularization - data) / N),
                (Hint('regularized-twice', ': the regularization is there already'), right + regularization / N)]

    def _of_backprop(self, case, result, right, known, answer):
        N, weights = len(known['y']), result.replace('d', '')
        found = [(Hint('gradient-divided', f': all entries are {N} times too small: a sum is asked for, not a mean'),
                  right / N)]
        if weights in ('W1', 'W2'):
            found += [(Hint('regularized', ': the regularization is added by fit_model already'),
                       right + 0.3 * known[weights])]
        delta = known['probs'] - np.eye(known['probs'].shape[1])[known['y']]
        if result in ('dW1', 'db1'):
            for hint, factor in ((Hint('derivative-missing', ': the derivative of the activation is missing'), 1),
                                 (Hint('derivative-of-output', ': the derivative is taken at a1, not at z1'),
                                  np.cos(known['a1']))):
                dz1 = delta @ known['W2'].T * factor
                found.append((hint, known['X'].T @ dz1 if result == 'dW1' else dz1.sum(axis=0, keepdims=True)))
        return found

    def _of_layer(self, case, result, right, known, answer):
        X, W, da, N = known['X'], known['W'], known['da'], len(known['X'])
        z = X @ W + known['b']
        if result == 'feedforward':
            return [(Hint('b-missing', ': the biases are not added'), np.sin(z - known['b'])),
                    (Hint('no-activation', ' is z: the activation function is missing'), z)]
        found = [(Hint('gradient-divided', f': all entries are {N} times too small: a sum is asked for, not a mean'),
                  right / N)]
        if result in ('dW', 'db'):
            found.append((Hint('accumulates', ' is added to that of the batch before'),
                          right + self._sums.get((case.call.options['object'], result), 0)))
        a = np.sin(z)
        for hint, factor in ((Hint('derivative-missing', ': the derivative of the activation is missing'), 1),
                             (Hint('derivative-of-output', ': the derivative is taken at a, not at z'),
                              np.cos(3 * a) + a)):
            dz = da * factor
            found.append((hint, {'dW': X.T @ dz, 'db': dz.sum(axis=0, keepdims=True)}.get(result, dz @ W.T)))
        return found

    def _of_deep_feedforward(self, case, result, right, known, answer):
        z = answer.results['z'].array
        if result == 'z':
            return [(Hint('output-activated', ': the output layer has no activation function but softmax'),
                     function(z)) for function in FUNCTIONS.values()]
        return [(Hint('log-kept', ' are logarithms of probabilities'), np.log(right)),
                (Hint('not-normalised', ' are exp of the scores: divide each row by its sum'), np.exp(z))]

    def _of_deep_loss(self, case, result, right, known, answer):
        N, reg_lambda = len(known['y']), case.call.options['reg_lambda']
        layers = range(len(case.call.options['sizes']) - 1)
        weights, biases = (sum(np.sum(known[f'{key}{n}'] ** 2) for n in layers) for key in 'Wb')
        half = reg_lambda / 2
        data = right * N - half * weights
        return [(Hint('lambda-not-halved', ': lambda is to be divided by 2'), (data + 2 * half * weights) / N),
                (Hint('not-regularized', ': the regularization is missing'), data / N),
                (Hint('regularization-not-divided', ': the regularization is to be divided by N, too'),
                 data / N + half * weights),
                (Hint('biases-regularized', ': biases are not regularized'), (data + half * (weights + biases)) / N),
                (Hint('loss-summed', ' is a sum, not a mean'), right * N)]

    def _of_deep_backprop(self, case, result, right, known, answer):
        N = len(known['y'])
        found = [(Hint('gradient-divided', f': all entries are {N} times too small: a sum is asked for, not a mean'),
                  right / N)]
        if result == 'dW':
            weights = np.concatenate([known[f'W{n}'].ravel() for n in range(len(case.call.options['sizes']) - 1)])
            found.append((Hint('regularized', ': the regularization belongs into fit_model'), right + 0.3 * weights))
        return found

    def _of_deep_fit(self, case, result, right, known, answer):
        options, key = case.call.options, {'weights': 'W', 'biases': 'b'}[result]
        if options['num_passes'] != 1:
            return []
        before, d = (np.concatenate([known[f'{more}{key}{n}'].ravel() for n in range(len(options['sizes']) - 1)])
                     for more in ('', 'd'))
        epsilon, reg_lambda = options['epsilon'], options['reg_lambda']
        both = before - epsilon * (d + reg_lambda * before)
        if result == 'biases':
            return [(Hint('biases-regularized', ': biases are not regularized'), both),
                    (Hint('no-step', ' are as before'), before), (Hint('adds-gradient', ': the gradient is added, not '
                                                                        'subtracted'), before + epsilon * d)]
        return [(Hint('not-regularized', ': the regularization is missing'), before - epsilon * d),
                (Hint('regularization-halved', ': the derivative of lambda / 2 * W ** 2 is lambda * W'),
                 before - epsilon * (d + reg_lambda / 2 * before)),
                (Hint('lambda-not-halved', ': the regularization is twice as large as it should be'),
                 before - epsilon * (d + 2 * reg_lambda * before)),
                (Hint('rate-missing', ': the regularization is not multiplied by epsilon'),
                 before - epsilon * d - reg_lambda * before),
                (Hint('adds-gradient', ': the gradient is added, not subtracted'),
                 before + epsilon * (d + reg_lambda * before)), (Hint('no-step', ' are as before'), before)]


def _softmax(z):
    exp = np.exp(z - z.max(axis=1, keepdims=True))
    return exp / exp.sum(axis=1, keepdims=True)


def _are_alike(one, other):
    """Whether two results, arrays or None, are the same but for errors of rounding."""
    if one is None or other is None:
        return one is other
    return one.shape == other.shape and np.allclose(one, other, rtol=ROUNDING, equal_nan=True)
