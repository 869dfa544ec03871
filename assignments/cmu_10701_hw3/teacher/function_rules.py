"""What the mistakes of this homework look like, and what they are called.

Their words for the teacher's report stand in assignment.json, under "mistakes".
"""
import numpy as np

from checking import Hint, differences
from instructor.judges import comparison
from instructor.judges.answers import NOTHING
from instructor.judges.comparison import Kept

LARGE_NUMBERS, LARGE_SCORES = ' for large numbers', ' for large scores'  # ends of the names of results
STATE = Hint('state', ' is wrong in the second batch, after a forward of another layer: does each layer keep what its '
             'own last forward has seen?')
OVERFLOWS = 'sigmoid is right for large numbers too, but exp overflows on the way (a warning): see Appendix A.2'
SWAPPED = {'train_loss': 'test_loss', 'test_loss': 'train_loss', 'train_accuracy': 'test_accuracy',
           'test_accuracy': 'train_accuracy', 'yhat_train': 'yhat_test', 'yhat_test': 'yhat_train'}
LIKE = comparison.LIKE


class Comparison(comparison.Comparison):
    """What was found about one item of the homework."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self._y_hat = None         # as it was before backward
        self._last_x = {}          # object -> (argument, its name in the inputs) of its last forward
        self._inputs_of = {}       # object -> name of an argument -> array, likewise

    def subject(self, case):
        return f'{self.item.name}.{case.role}' if case.role in ('forward', 'backward') else case.role or self.item.name

    # ---- what must stay as it is

    def look_at(self, case, got, answer):
        if case.role == 'forward':
            arguments = case.call.arguments
            self._last_x[case.call.options['object']] = next(iter(arguments.items()))
            self._inputs_of[case.call.options['object']] = {name: self.inputs[array]
                                                            for name, array in arguments.items()}
        self._y_hat = got.results.get('y_hat, before', NOTHING).array
        super().look_at(case, got, answer)

    def unchanged(self, case):
        found = super().unchanged(case)
        if case.role == 'backward':
            name, array = self._last_x[case.call.options['object']]
            found[f'{name}, as forward got it,'] = Kept('x of the last forward', self.inputs[array])
            if self._y_hat is not None:
                found['y_hat, as forward stored it,'] = Kept('y_hat, after', self._y_hat, 'y-hat-changed')
        return found

    def look_further(self, case, got):
        if self.item.name == 'Sigmoid' and 'overflows' in got.results and not self.hints \
                and f'forward{LARGE_NUMBERS}' not in self.faults:
            self.hints.append(OVERFLOWS)

    # ---- what is known of wrong results

    def reword(self, case, result, got, right, hint):
        if result.endswith((LARGE_NUMBERS, LARGE_SCORES)) and hint.kind in ('not-finite', 'wrong-values'):
            return Hint('unstable', f'{hint.text}: beware of overflow and of log 0, see Appendix A.2')
        if hint.kind == 'shape' and result == 'd_biases' and got.array.ndim == 1:
            return Hint('biases-shape', f'{hint.text}: keep the axis, as by keepdims=True')
        if hint.kind == 'shape' and result == 'y_true' and got.array.ndim == 1:
            return Hint('not-one-hot', f'{hint.text}: one row for each example, with a 1 for its label')
        if self.item.name == 'train_network' and hint.kind == 'wrong-values' \
                and differences(got.array[1:], right.array[:-1]).max() < LIKE:
            return Hint('early', ' is that of the model before the epoch: take the model as it is at its end')
        return hint

    def lookalikes(self, case, result, answer):
        if result.endswith((LARGE_NUMBERS, LARGE_SCORES)):
            return []
        right = answer.results[result].array
        return {'Linear': self._of_linear, 'Sigmoid': self._of_sigmoid, 'ReLU': self._of_relu,
                'CrossEntropyLoss': self._of_loss, 'GradientDescentOptimizer': self._of_optimizer,
                'train_network': self._of_training}[self.item.name](case, result, right, answer)

    def _known(self, case):
        """The arguments of the last forward and of this call: name -> array."""
        return {**self._inputs_of.get(case.call.options.get('object'), {}),
                **{name: self.inputs[array] for name, array in case.call.arguments.items()}}

    def _of_linear(self, case, result, right, answer):
        known = self._known(case)
        N = len(known['x'])
        if result == 'forward':
            return [(Hint('b-missing', ': the biases are not added'), right - known['b'])]
        if result == 'returned gradient':
            return [(Hint('input-gradient-divided', f': all entries are {N} times too small: only the gradients of '
                          'parameters are means over the batch'), right / N)]
        return [(Hint('mean-twice', f': all entries are {N} times too small: is it divided by the batch size twice?'),
                 right / N),
                (Hint('not-divided', f': all entries are {N} times too large: is it not divided by the batch size?'),
                 right * N)]

    def _of_sigmoid(self, case, result, right, answer):
        known = self._known(case)
        if result != 'backward':
            return [(Hint('tanh', ' is tanh, not the logistic function'), np.tanh(known['x'])),
                    (Hint('sign-of-exponent', ': is the sign of the exponent wrong?'), 1 - right)]
        x, g = known['x'], known['g']
        z = 1 / (1 + np.exp(-x))
        again = 1 / (1 + np.exp(-z))
        return [(Hint('grad-missing', ' is the derivative alone: multiply it by g'), z * (1 - z)),
                (Hint('grad-as-it-is', ' is g as it is'), g),
                (Hint('derivative-of-input', ' takes the input in place of the output'), g * x * (1 - x)),
                (Hint('sigmoid-twice', ': the sigmoid is taken once more'), g * again * (1 - again)),
                (Hint('half-derivative', ' is g times the output: the derivative has another factor'), g * z)]

    def _of_relu(self, case, result, right, answer):
        known = self._known(case)
        if result == 'forward':
            return [(Hint('absolute', ' is the absolute value'), np.abs(known['x']))]
        x, g = known['x'], known['g']
        return [(Hint('relu-at-zero', ': the derivative at 0 is to be 0, not 1'), g * (x >= 0)),
                (Hint('relu-at-zero', ': the derivative at 0 is to be 0, not 1/2'), g * ((x > 0) + (x == 0) / 2)),
                (Hint('grad-missing', ' is the derivative alone: multiply it by g'), (x > 0) * 1.0),
                (Hint('grad-as-it-is', ' is g as it is'), g),
                (Hint('sign-of-grad', ' goes by the sign of g, not by that of the input'), g * (g > 0))]

    def _of_loss(self, case, result, right, answer):
        known = self._known(case)
        score, N, C = known['score'], *known['score'].shape
        if result == 'loss':
            return [(Hint('loss-summed', f' is {N} times too large: a sum, not the mean'), right * N),
                    (Hint('mean-over-classes', ' is divided by the number of classes, too'), right / C),
                    (Hint('sign', ': the sign is wrong'), -right)]
        exp = np.exp(score)
        if result == 'y_hat':
            return [(Hint('not-normalised', ' is exp of the scores: divide each row by its sum'), exp),
                    (Hint('wrong-axis', ' is normalised over the batch: each row has to add up to 1'),
                     exp / exp.sum(axis=0)),
                    (Hint('wrong-axis', ' is normalised over all entries: each row has to add up to 1'),
                     exp / exp.sum())]
        y_hat = exp / exp.sum(axis=1, keepdims=True)
        return [(Hint('loss-gradient-divided', f': all entries are {N} times too small: row n belongs to the loss of '
                      'example n alone'), right / N),
                (Hint('y-true-missing', ' is y_hat: y_true is not subtracted'), y_hat)]

    def _of_optimizer(self, case, result, right, answer):
        key, rate = result[:1].replace('w', 'W'), case.call.options['learning_rate']
        n = case.call.options['look_at'] or 0
        d = self._known(case)[f'd{key}{n}']
        return [(Hint('adds-gradient', ': the gradient is added, not subtracted'), right + 2 * rate * d),
                (Hint('rate-missing', ': the learning rate is not used'), right + rate * d - d),
                (Hint('no-step', f': the {result} are as before'), right + rate * d),
                (Hint('step-twice', ': the step is taken twice'), right - rate * d)]

    def _of_training(self, case, result, right, answer):
        N = len(self.inputs[case.call.arguments['train_x' if 'train' in result else 'test_x']])
        other = answer.results[SWAPPED[result]].array
        found = [(Hint('swapped', f' is {SWAPPED[result]}'), other)]
        if 'accuracy' in result:
            return [*found, (Hint('percent', ' is in percent: a share is asked for'), 100 * right),
                    (Hint('counted', ' is a number of examples: a share is asked for'), N * right),
                    (Hint('error-rate', ' is the share of wrong predictions'), 1 - right)]
        if 'loss' in result:
            found += [(Hint('loss-summed', f' is {N} times too large: a sum, not the mean'), N * right),
                      (Hint('loss-divided', f' is {N} times too small: the loss is a mean already'), right / N)]
            found += self._during_the_epoch(case, result, answer) if result == 'train_loss' else []
        return found

    def _during_the_epoch(self, case, result, answer):
        """What comes out if the losses of the batches are used, while the model still changes."""
        options, N = case.call.options, len(self.inputs[case.call.arguments['train_x']])
        sizes = np.diff([*range(0, N, options['batch_size']), N])
        losses = answer.results['all losses'].array.reshape(options['num_epoch'], -1)[:, :len(sizes)]
        hint = Hint('batch-losses', ' is that of the batches during the epoch: take the model as it is at its end')
        return [(hint, losses.mean(axis=1)), (hint, losses @ sizes / N), (hint, losses[:, -1]),
                (hint, losses.sum(axis=1))]
