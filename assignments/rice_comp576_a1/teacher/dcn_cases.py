"""The inputs on which the network of Problem 2 is judged: other ones for each submission, the same ones every time."""
import hashlib

import numpy as np

from checking import Hint
from instructor.judges import comparison
from instructor.judges.cases import Call, Case, Draw

TOLERANCE = 1e-4  # |difference| / max(1, |right number|), in single precision


class Comparison(comparison.Comparison):
    """What was found about the network."""

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
        if case.role == 'dropout' and hint.kind == 'wrong-values':
            return Hint('wrong-dropout', f' of the inputs of fc2 while training:{hint.text}')
        return hint


def draw(item, digest, after_forward=True):
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
    add('dropout', 'dropout', ', tanh', 4, non_linearity='tanh')
    return draw
