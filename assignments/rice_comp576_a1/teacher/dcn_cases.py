"""The inputs on which the network of Problem 2 is judged: other ones for each submission, the same ones every time."""
import hashlib

import numpy as np

from checking import Hint, differences
from instructor.judges import comparison
from instructor.judges.answers import NOTHING
from instructor.judges.cases import Call, Case, Draw

TOLERANCE = 1e-4  # |difference| / max(1, |right number|), in single precision
RATE, MARGIN = 0.5, 0.02  # of dropout, and how far the share of zeros may lie from it
# Of 80 images, more than 30,000 inputs of fc2 are not 0: the share of them that is dropped lies beyond the margin by
# chance once in 10 ^ 11 times.
IMAGES = 80
PASSES = {'evaluation': False, 'training': True, 'evaluation again': False, 'training again': True}


class Comparison(comparison.Comparison):
    """What was found about the network."""

    def compare(self, case, got, answer):
        if case.role != 'dropout':  # which is random, so there is nothing to compare it with
            return super().compare(case, got, answer)
        shape = answer.results['training'].array.shape
        found = [got.results.get(name, NOTHING).array for name in PASSES]
        wrong = why_no_dropout(*found) if all(np.shape(array) == shape for array in found) else ' is not there'
        if wrong:
            self.note('dropout', Hint('wrong-dropout', f' of the inputs of fc2{wrong}'), self.where(case))

    def lookalikes(self, case, result, answer):
        if case.role != 'forward':
            return []
        right = answer.results[result].array
        return [(Hint('not-log', ' is softmax: its logarithm is asked for'), np.exp(right))]

    def reword(self, case, result, got, right, hint):
        if case.role == 'forward' and hint.kind == 'wrong-values':
            rows = got.array - right.array
            if np.ptp(rows, axis=1).max() < TOLERANCE:
                return Hint('not-normalised', ' are the scores: the logarithm of softmax is asked for')
        if case.role == 'shapes' and hint.kind == 'wrong-values':
            return Hint('wrong-architecture', hint.text)
        return hint


def why_no_dropout(evaluated, trained, evaluated_again, trained_again):
    """What is wrong with a dropout of which these are the results, N x units each; '' if nothing is.

    In training, each number is set to 0 with the probability RATE, anew for each example and each time, and divided by
    1 - RATE otherwise; in evaluation, nothing happens.
    """
    if not _are_close(evaluated, evaluated_again):
        return ' is there in evaluation, too: it belongs to training only'
    live = evaluated != 0  # ReLU has set the others to 0
    dropped, dropped_again = trained == 0, trained_again == 0
    share = dropped[live].mean() if live.any() else 1
    pairs = ((dropped, dropped_again, live, ' sets the same ones to 0 each time'),
             (dropped[1:], dropped[:-1], live[1:] & live[:-1], ' sets the same ones to 0 for all images'),
             (dropped[:, 1:], dropped[:, :-1], live[:, 1:] & live[:, :-1], ' sets all those of an image to 0, or none'))
    for one, other, both, text in pairs:
        if (one != other)[both].mean() < share * (1 - share):  # half of what is to be expected
            return text
    if abs(share - RATE) > MARGIN:
        return f' sets {share:.0%} of them to 0 while training, expected {RATE:.0%}'
    kept, by_rule = live & ~dropped, evaluated / (1 - RATE)
    if _are_close(trained[kept], by_rule[kept]):
        return ''
    is_as_it_is = _are_close(trained[kept], evaluated[kept])
    return (': those that are kept have to be divided by 1 - p while training' if is_as_it_is else
            ': those that are kept are not the ones of evaluation, divided by 1 - p')


def _are_close(some, others):
    return bool((differences(some, others) < TOLERANCE).all())


def draw(item, digest):
    """The Draw for the item; the numbers follow from the digest of the submission."""
    seed = hashlib.sha256(f'{item} {digest}'.encode()).digest()
    random, draw = np.random.RandomState(np.frombuffer(seed, dtype=np.uint32)), Draw()

    def add(exercise, compared, about, N=None, **options):
        arguments = {}
        if N:
            arguments['x'] = draw.add_input(random.uniform(-1, 2, (N, 1, 28, 28)))
            options['seed'] = random.randint(2 ** 31)
        draw.cases.append(Case(Call(arguments, exercise, options), (compared,), about, None, TOLERANCE, exercise))

    for kind, result in (('relu', 'parameters'), ('maxout', 'parameters for maxout')):
        add('shapes', result, '', non_linearity=kind, result=result)
    add('forward', 'output', ', relu', 5, non_linearity='relu')
    add('forward', 'output', ', tanh', 1, non_linearity='tanh')
    add('dropout', 'dropout', '', IMAGES, non_linearity='relu', passes=PASSES)
    return draw
