"""instructor/judges/functions.py judges the five functions as the checker does, of which test_checker.py knows it."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.helpers.function_judging import MASTER, judged
from tests.helpers.variants import FUNCTIONS, VARIANTS, build

pytestmark = pytest.mark.long

JUDGED = [  # right and wrong ones: all that test_checker.py has would take too long
    'the master copy', 'linear: einsum', 'linear: np.dot, reshape and in-place store',
    'linear: loops over the examples', 'linear: backward uses the X that forward stored',
    'linear: Fortran order, views and a read-only gradient', 'linear: with prints and other numpy settings',
    'relu: np.where', 'relu: the gradient at 0 taken as 1, or as a half', 'relu: copy and set to 0',
    'relu: flattened loops', 'relu: X itself where nothing is negative', 'relu: numpy changed by the module',
    'dropout: in steps', 'dropout: from the mask as true and false',
    'linear_layer.forward: b forgotten', 'linear_layer.forward: negative entries off',
    'linear_layer.forward: np.matrix',
    'linear_layer.forward: squeezed', 'linear_layer.forward: adds up over calls', 'linear_layer.forward: changes W',
    'linear_layer.forward: calls sys.exit', 'linear_layer.backward: b of shape (K,)',
    'linear_layer.backward: b averaged',
    'linear_layer.backward: b is the parameter',
    'linear_layer.backward: W adds up over calls', 'linear_layer.backward: dX by W, not transposed',
    'linear_layer.backward: dX for square W only', 'linear_layer.backward: updates W itself',
    'linear_layer.backward: wrong for N = 1',
    'linear_layer.backward: for few rows only', 'relu.forward: leaky', 'relu.forward: small values dropped',
    'relu.forward: changes X', 'relu.forward: for 2-D only', 'relu.backward: grad as it is',
    'relu.backward: object dtype', 'dropout.backward: factor forgotten', 'dropout.backward: mask drawn again',
    'dropout.backward: wrong after is_train=False', 'nothing written',
    'relu.forward not written, backward from X', 'relu.forward wrong, backward from X', 'relu: one mask for all relus',
    'linear: W and b looked up once, the cache freed after use', 'relu: the mask freed after use',
    'dropout: the mask freed after use', 'linear_layer.forward: in single precision',
    'linear_layer.forward: the first W for ever',
    'linear_layer.backward: in single precision', 'linear_layer.backward: dX in single precision',
    'linear_layer.backward: the first W for ever', 'relu.forward: through ravel',
    'relu.forward: the first result of each shape', 'relu.forward: in single precision',
    'relu.backward: through ravel', 'relu.backward: the first mask of each shape',
    'relu.backward: in single precision', 'dropout.backward: mask drawn again with a seed',
    'dropout.backward: the first mask of each shape', 'dropout.backward: through ravel',
    'relu: the first mask of each shape', 'linear: one X for all layers',
    'linear: backward with the first X and W for ever', 'relu: stored under another name',
    'relu: where X is not positive', 'relu: the indices', 'relu.forward not written, backward from the mask',
    'relu.forward not written, backward from what it had to store', 'relu.forward right, stores no mask',
    'relu.forward right, stores no mask, backward from X', 'relu.forward right, stores no mask, backward wrong',
    'relu.forward right, stores the wrong mask', 'relu.forward right, stores the mask upside down',
    'relu.forward right, stores something that nobody uses',
    'relu.forward right, stores something else that nobody uses',
    'relu.forward right, stores it where backward does not look', 'relu: the mask of the first forward for ever',
    'dropout.backward: fails after is_train=False']


def test_full_marks_are_for_what_the_checker_calls_correct():
    def full_marks(name):
        return tuple(verdict.share == 1 for verdict in judged(build(name, MASTER), digest=name).values())

    with ThreadPoolExecutor(2) as pool:
        found = dict(zip(JUDGED, pool.map(full_marks, JUDGED)))
    assert found == {name: VARIANTS[name].verdicts for name in JUDGED}
    right = [marks for marks in found.values() if sum(marks) == len(FUNCTIONS)]
    assert len(found) >= 40 and 12 <= len(right) <= len(found) - 12
