"""What the mistakes of this homework look like, and what they are called.

Their words for the teacher's report stand in assignment.json, under "mistakes".
"""
import random

import numpy as np

from checking import REDRAWN, Hint, differences
from instructor.judges import comparison
from instructor.judges.answers import NOTHING
from instructor.judges.comparison import Kept

LARGE_SCORES = ' for large scores'  # end of the name of a result
LIKE = comparison.LIKE
NO_INTEGERS = 'list of ndarray of numbers, list of ndarray of '  # what exercises.py says where only labels are wrong
NP_RANDOM = Hint('np-random', ' is in another order, and numpy\'s random numbers are drawn: take random.shuffle')
TRAINED = Hint('gradients-in-other-modes', ': the gradients are changed outside of mode \'train\'')


class Comparison(comparison.Comparison):
    """What was found about one item of the homework."""

    def subject(self, case):
        return case.role if case.call.exercise == 'call_method' else self.item.name

    def unchanged(self, case):
        found = super().unchanged(case)
        if self.item.name == 'generate_batched_data':
            found = {f'argument {name}': Kept(f'{name}, after', array) for name, array in self._inputs(case).items()}
        elif case.call.exercise in ('forward', 'regularize'):
            found['model.weights'] = Kept('weights, after', self._flat(case, self._names(case)), 'weights-changed')
        return found

    def look_further(self, case, got):
        """What does nothing at all has no part of it right."""
        names = self._names(case) if case.call.exercise in ('regularize', 'update') else []
        before = 'd' if case.call.exercise == 'regularize' else ''
        for result, letter in (('weights', 'W'), ('biases', 'b')):
            there = got.results.get('weights', NOTHING).array
            left = self._flat(case, [name for name in names if name[0] == 'W'], before) if names else None
            if letter != 'W' and result in case.results and there is not None and there.shape == left.shape \
                    and (there == left).all():
                self.note(result, Hint('no-step', ': nothing is changed at all'))

    # ---- what is known of wrong results

    def reword(self, case, result, got, right, hint):
        if hint == REDRAWN:
            return NP_RANDOM if self.item.name == 'generate_batched_data' else Hint(
                'draws', ' is wrong, and random numbers are drawn: nothing here is random')
        if result == 'short batch' and got.array is None:
            return Hint('last-batch-lost', ' is missing: the examples that are left over make a last, shorter batch')
        if result == 'arrays' and str(got.plain).startswith(NO_INTEGERS):
            found = str(got.plain)[len(NO_INTEGERS):][:40]
            return Hint('label-type', f': the labels are of type {found}, expected integers')
        if result.endswith(LARGE_SCORES) and hint.kind in ('not-finite', 'wrong-values'):
            return Hint('unstable', f'{hint.text}: beware of overflow')
        if result == 'other modes' and hint.kind != 'shape' and got.array is not None \
                and differences(got.array[:2], right.array[:2]).max() < LIKE:
            return TRAINED
        if result == 'loss' and hint.kind == 'not-finite' and case.call.exercise == 'forward':
            return Hint('loss-of-scores', f'{hint.text}: is it computed of scores, in place of probabilities?')
        if hint.kind == 'shape' and self.item.name in ('generate_batched_data', 'load_mnist_trainval'):
            return self._of_length(result, got.array, right.array) or hint
        return hint

    def _of_length(self, result, got, right):
        if got.ndim != right.ndim or got.ndim == 0 or len(got) >= len(right) or got.shape[1:] != right.shape[1:] \
                or 'shuffled' not in result and not np.array_equal(got, right[:len(got)]):
            return None
        number = len(right) - len(got)
        if self.item.name == 'generate_batched_data':
            return Hint('last-batch-lost', f' lacks the last {number}: the last batch may be a short one')
        return Hint('last-lost', f' lacks the last {number}')

    def lookalikes(self, case, result, answer):
        if result.endswith(LARGE_SCORES):
            return [(Hint('single-precision', ' is computed in single precision (float32), which is too rough here'),
                     _softmax(self._inputs(case)['scores'].astype(np.float32).astype(float)))]
        if answer.results[result].array is None:
            return []
        of = {'load': self._of_loading, 'batches': self._of_batches, 'call_method': self._of_method,
              'forward': self._of_model, 'regularize': self._of_regularization, 'update': self._of_update}
        return of[case.call.exercise](case, result, answer.results[result].array, answer)

    def _inputs(self, case):
        return {name: self.inputs[array] for name, array in case.call.arguments.items()}

    def _names(self, case):
        return case.call.options.get('names') or [name for name in case.call.arguments if name not in 'Xy']

    def _flat(self, case, names, before=''):
        return np.concatenate([self._inputs(case)[f'{before}{name}'].ravel() for name in names])

    def _of_loading(self, case, result, right, answer):
        return [(Hint('not-divided-by-255', ' is not divided by 255'), 255 * right)]

    def _of_batches(self, case, result, right, answer):
        known, seed = self._inputs(case), case.call.options['seed']
        if 'shuffled' not in result:
            return []
        array = known['label' if result.startswith('labels') else 'data'].astype(float)
        found = [(Hint('labels-apart', ' are in the order of the input, the data are not')
                  if result.startswith('labels')
                  else Hint('not-shuffled', ' is in the order of the input'), array[:len(right)])]
        if seed:
            by_numpy = np.random.RandomState(seed).permutation(len(array))
            generator, order, next_order = random.Random(seed), [*range(len(array))], [*range(len(array))]
            generator.shuffle(order)
            generator.shuffle(next_order)
            found += [(NP_RANDOM, array[by_numpy][:len(right)]),
                      (Hint('labels-apart', ': data and labels are shuffled one after the other'),
                       array[next_order][:len(right)])]
        return found

    def _of_method(self, case, result, right, answer):
        known = self._inputs(case)
        if result == 'softmax':
            exp = np.exp(known['scores'])
            return [(Hint('not-normalised', ' is exp of the scores: divide each row by its sum'), exp),
                    (Hint('wrong-axis', ' is normalised over the batch: each row has to add up to 1'),
                     exp / exp.sum(axis=0)),
                    (Hint('wrong-axis', ' is normalised over all entries: each row has to add up to 1'),
                     exp / exp.sum())]
        if result in ('cross_entropy_loss', 'compute_accuracy'):
            N, C = known['x_pred'].shape
            if result == 'compute_accuracy':
                return _of_accuracy(right, N)
            again = _softmax(known['x_pred'])
            return [*_of_loss(right, N, C),
                    (Hint('softmax-twice', ': softmax is taken of probabilities'), _cross_entropy(again, known['y']))]
        [x] = known.values()
        z = 1 / (1 + np.exp(-x))
        return {'sigmoid': [(Hint('tanh', ' is tanh, not the logistic function'), np.tanh(x)),
                            (Hint('sign-of-exponent', ': is the sign of the exponent wrong?'), 1 - right)],
                'sigmoid_dev': [(Hint('of-activated', ' takes its argument for what sigmoid returns'), x * (1 - x)),
                                (Hint('sigmoid-twice', ': the sigmoid is taken once more'), _slope(z)),
                                (Hint('half-derivative', ' is the sigmoid: a factor is missing'), z)],
                'ReLU': [(Hint('absolute', ' is the absolute value'), np.abs(x))],
                'ReLU_dev': [(Hint('relu-at-zero', ': the derivative at 0 is to be 0, not 1'), (x >= 0) * 1.0),
                             (Hint('relu-at-zero', ': the derivative at 0 is to be 0, not 1/2'),
                              (x > 0) + (x == 0) / 2),
                             (Hint('half-derivative', ' is ReLU itself'), np.maximum(x, 0))]}[result]

    def _of_model(self, case, result, right, answer):
        known = self._inputs(case)
        N, C = len(known['X']), case.call.options['sizes']['num_classes']
        if result == 'accuracy':
            return _of_accuracy(right, N)
        if result == 'other modes':
            return []
        is_softmax = self.item.name == 'SoftmaxRegression'
        others = _of_softmax_regression(known) if is_softmax else _of_two_layers(known)
        if result == 'loss':
            return [*_of_loss(right, N, C), *((hint, found['loss']) for hint, found in others)]
        name = result.rpartition(' ')[2]
        return [(Hint('mean-twice', f': all entries are {N} times too small: is it divided by the batch size twice?'),
                 right / N),
                (Hint('not-divided', f': all entries are {N} times too large: is it not divided by the batch size?'),
                 right * N),
                (Hint('mean-over-classes', ' is divided by the number of classes'), right * N / C),
                *((hint, found[name]) for hint, found in others if name in found)]

    def _of_regularization(self, case, result, right, answer):
        known, reg = self._inputs(case), case.call.options['reg']
        names = [name for name in self._names(case) if name[0].lower() == result[0]]
        w, dw = (np.concatenate([known[f'{before}{name}'].ravel() for name in names]) for before in ('', 'd'))
        return [(Hint('no-step', ': nothing is added'), dw),
                (Hint('factor-two', ': lambda times the weights is to be added once: mind the 1/2'), dw + 2 * reg * w),
                (Hint('factor-two', ': lambda times the weights is to be added, not the half'), dw + reg * w / 2),
                (Hint('loss-not-gradient', ' is the regularization itself, not its gradient'), dw + reg * w ** 2 / 2),
                (Hint('sign', ': subtracted, not added'), dw - reg * w),
                (Hint('not-added', ' is the regularization alone: add it to the gradient'), reg * w)] if result == \
            'weights' else [(Hint('biases-regularized', ': biases are not regularized'), dw + reg * w)]

    def _of_update(self, case, result, right, answer):
        options, known = case.call.options, self._inputs(case)
        rate, reg, steps = options['learning_rate'], options['reg'], options['steps']
        names = [name for name in self._names(case) if name[0].lower() == result[0]]
        w, dw = (np.concatenate([known[f'{before}{name}'].ravel() for name in names]) for before in ('', 'd'))
        if steps != 1:
            return [(Hint('no-step', f': the {result} are as before'), w)]
        gradient = dw + np.cos(w)
        return [(Hint('no-step', f': the {result} are as before'), w),
                (Hint('adds-gradient', ': the gradient is added, not subtracted'), w + rate * gradient),
                (Hint('rate-missing', ': the learning rate is not used'), w - gradient),
                (Hint('step-twice', ': the step is taken twice'), w - 2 * rate * gradient),
                (Hint('regularized-twice', ': the regularization is applied once more'),
                 w - rate * (gradient + np.cos(w))),
                (Hint('regularized-twice', ': the regularization is applied once more'),
                 w - rate * (gradient + reg * w))]


# ---- wrong models ----------------------------------------------------------------------------------------------------

def _softmax(scores):
    exp = np.exp(scores - scores.max(axis=1, keepdims=True))
    return exp / exp.sum(axis=1, keepdims=True)


def _cross_entropy(p, y):
    with np.errstate(all='ignore'):
        return -np.mean(np.log(p[np.arange(len(y)), y]))


def _slope(x):
    return 0.25 - (1 / (1 + np.exp(-x)) - 0.5) ** 2


def _scores_gradient(p, y):
    return (p - np.eye(p.shape[1])[y]) / len(y)


def _of_accuracy(right, N):
    return [(Hint('percent', ' is in percent: a share is asked for'), 100 * right),
            (Hint('counted', ' is a number of examples: a share is asked for'), N * right),
            (Hint('error-rate', ' is the share of wrong predictions'), 1 - right)]


def _of_loss(right, N, C):
    return [(Hint('loss-summed', f' is {N} times too large: a sum, where the mean is asked for'), right * N),
            (Hint('mean-over-classes', ' is divided by the number of classes, too'), right / C),
            (Hint('sign', ': the sign is wrong'), -right)]


def _of_softmax_regression(known):
    X, y, scores = known['X'], known['y'], known['X'] @ known['W1']
    relu = np.maximum(scores, 0)
    grad = _scores_gradient(_softmax(relu), y)
    linear = _softmax(scores)
    return [(Hint('relu-missing', ': ReLU is missing before softmax'),
             {'loss': _cross_entropy(linear, y), 'W1': X.T @ _scores_gradient(linear, y)}),
            (Hint('loss-of-scores', ' is computed of scores, in place of probabilities'),
             {'loss': _cross_entropy(relu, y)}),
            (Hint('dev-missing', ': the derivative of ReLU is missing'),
             {'loss': np.nan, 'W1': X.T @ grad}),
            (Hint('y-missing', ': the labels are not subtracted'),
             {'loss': np.nan, 'W1': X.T @ (_softmax(relu) / len(y) * (scores > 0))})]


def _of_two_layers(known):
    X, y, W1, b1, W2, b2 = (known[name] for name in ('X', 'y', 'W1', 'b1', 'W2', 'b2'))
    zeros = np.zeros

    def network(b1=b1, W2=W2, b2=b2, dev=_slope, labels=1.0):
        a = X @ W1 + b1
        z = 1 / (1 + np.exp(-a))
        p = _softmax(z @ W2 + b2)
        grad = (p - labels * np.eye(p.shape[1])[y]) / len(y)
        grad_a = grad @ W2.T * dev(a)
        return {'loss': _cross_entropy(p, y), 'W2': z.T @ grad, 'b2': grad.sum(axis=0), 'W1': X.T @ grad_a,
                'b1': grad_a.sum(axis=0)}

    def of_activated(a):
        return _slope(1 / (1 + np.exp(-a)))

    return [(Hint('b2-added-to-W2', ': is b2 added to W2, in place of to the product?'),
             network(W2=W2 + b2, b2=zeros(len(b2)))),
            (Hint('b2-added-to-W2', ': is b2 added to W2 on the way forward?'),
             _mixed(network(W2=W2 + b2, b2=zeros(len(b2))), X, y, W1, b1, W2, b2)),
            (Hint('b-missing', ': b2 is not added'), network(b2=zeros(len(b2)))),
            (Hint('b-missing', ': b1 is not added'), network(b1=zeros(len(b1)))),
            (Hint('of-activated', ': sigmoid_dev is given what sigmoid returns, not its argument'),
             {'loss': np.nan, **{name: network(dev=of_activated)[name] for name in ('W1', 'b1')}}),
            (Hint('dev-missing', ': the derivative of the sigmoid is missing'),
             {'loss': np.nan, **{name: network(dev=np.ones_like)[name] for name in ('W1', 'b1')}}),
            (Hint('y-missing', ': the labels are not subtracted'), {**network(labels=0.0), 'loss': np.nan})]


def _mixed(found, X, y, W1, b1, W2, b2):
    """The gradients of the first layer where only forward adds b2 to W2."""
    a = X @ W1 + b1
    z = 1 / (1 + np.exp(-a))
    grad_a = _scores_gradient(_softmax(z @ (W2 + b2)), y) @ W2.T * _slope(a)
    return {**found, 'W1': X.T @ grad_a, 'b1': grad_a.sum(axis=0)}
