"""Checks the five functions that you write in dnn_misc.py, then dnn_cnn_2.py:   python3 hw5_dnn_check.py

Each function gets a line, and under it a line for each result that is wrong, saying what to look at:

    linear.forward     largest difference 4.4e-16 ... should be correct
    linear.backward    largest difference 7.5e-01 ... might be wrong
        gradient['b']: all entries are 4 times too small: is the mini-batch mean taken twice? (X of shape (4, 3))

The difference of two entries is |got - expected| / max(1, |expected|); n/a: no number is wrong, or there was none.
The line "5 of 5 correct" counts the functions. Once you have begun with the TODO items of dnn_cnn_2.py, a line for each
of them follows, and "5 of 5 TODO items correct". The exit status is 0 when all that was checked is correct, otherwise 1
(2: a file of yours hides a module of Python's, or numpy is missing).

Expected are numbers worked by hand, larger arrays made of copies of them, and central differences of your own forward.
The value and the gradient of relu at exactly 0 are not judged. What your functions print is not shown. Does one of them
never end, press Ctrl-C: you are told the line it was at, and the other checks still run. Ctrl-C twice ends the checker.
"""

import os
import sys

if __name__ == '__main__':  # so that no file of yours is taken for a module of Python's own that has its name
    sys.path = [place for place in sys.path if os.path.realpath(place) != os.path.dirname(os.path.realpath(__file__))]

import contextlib
import importlib.util
import re
import signal
import time
import traceback
import types
import warnings
from collections import namedtuple
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
if __name__ == '__main__':
    with contextlib.suppress(Exception):  # a broken data_loader.py is no reason not to check dnn_misc.py
        # What it does at its top, ahead of numpy: one thread for it, or the advice how to get it.
        spec = importlib.util.spec_from_file_location('data_loader', FOLDER / 'data_loader.py')
        spec.loader.exec_module(importlib.util.module_from_spec(spec))

import numpy
import numpy.random

end_now = os._exit
np = types.SimpleNamespace(**vars(numpy))  # our own set of numpy's names: dnn_misc.py may change the other one
last_ctrl_c = float('-inf')
USED_BY_OTHERS = 'argparse', 'json', 'math', 'random', 'tempfile'  # Python's own modules that the other scripts need

# ---- The numbers ----

Case = namedtuple('Case', 'X W b grad output dW db dX')


def case(*arrays):
    return Case(*(np.array(array, dtype=float) for array in arrays))


def repeated(small, n, d, k):
    """The case with N, D and K n, d and k times as large, made of copies: each sum runs over that many copies."""
    return Case(X=np.tile(small.X, (n, d)), W=np.tile(small.W, (d, k)), b=np.tile(small.b, (1, k)),
                grad=np.tile(small.grad, (n, k)), output=np.tile(d * (small.output - small.b) + small.b, (n, k)),
                dW=np.tile(n * small.dW, (d, k)), db=np.tile(n * small.db, (1, k)), dX=np.tile(k * small.dX, (n, d)))


def later(case):
    """The case with -X, 2 W, 2 b and 3 grad: the same layer with other data, after an update."""
    return Case(X=-case.X, W=2 * case.W, b=2 * case.b, grad=3 * case.grad, output=4 * case.b - 2 * case.output,
                dW=-3 * case.dW, db=3 * case.db, dX=6 * case.dX)


LINEAR = [  # X, W, b and grad, then forward's output, and backward's gradients for W, b and X
    case([[1, 2, -1], [3, -2, .5], [-1, 4, 2], [-3, -1, 1]], [[2, -1], [.5, 3], [-2, 1]], [[.5, -1.5]],
         [[1, -2], [.5, 1], [-1, 3], [2, -.5]], [[5.5, 2.5], [4.5, -10], [-3.5, 13.5], [-8, -.5]],
         [[-2.5, -.5], [-5, 6.5], [-.75, 8]], [[2.5, 1.5]],
         [[4, -5.5, -4], [0, 3.25, 0], [-5, 8.5, 5], [4.5, -.5, -4.5]]),
    case([[1, -2], [3, 4]], [[2, 5], [-1, 3]], [[-1, 4]], [[3, -2], [1, 5]],
         [[3, 3], [1, 31]], [[6, 13], [-2, 24]], [[4, 3]], [[-4, -9], [27, 14]]),
    case([[2, -3]], [[1, .5, -1, 2, -2], [-1, 2, 3, .25, 1]], [[1, -2, 3, -4, 5]], [[2, -1, .5, -2, 3]],
         [[6, -7, -8, -.75, -2]], [[4, -2, 1, -4, 6], [-6, 3, -1.5, 6, -9]], [[2, -1, .5, -2, 3]], [[-9, 0]]),
    case([[1], [-2], [3], [-4], [.5], [2]], [[-3]], [[2]], [[1], [2], [-1], [.5], [4], [-2]],
         [[-1], [8], [-7], [14], [.5], [-4]], [[-10]], [[4.5]], [[-3], [-6], [3], [-1.5], [-12], [6]]),
    # Single precision rounds these, unlike the numbers above.
    case([[.1, -.7], [1.3, .9], [-2.1, .3]], [[.3, -1.1], [.7, 2.3]], [[.1, -.9]], [[.7, -.1], [-1.3, .9], [.3, 1.7]],
         [[-.36, -2.62], [1.12, -.26], [-.32, 2.1]], [[-2.25, -2.41], [-1.57, 1.39]], [[-.3, 2.5]],
         [[.32, .26], [-1.38, 1.16], [-1.78, 4.12]])]
LINEAR.append(repeated(LINEAR[0], 10, 2, 7))

# relu and dropout take 24 numbers in several shapes.
SHAPES = (4, 6), (2, 3, 2, 2), (1, 24), (24, 1), (1, 2, 4, 3)
X = np.array([1.5, -2, .25, -.75, 3, -4, -.001, .001, 500, -300, 2.6, -1,
              -6, 7, .125, -.5, -8, 9, 1, -3, 4, -.25, -5, 6])
GRAD = np.array([2, -1, -3, .5, 1, 4, -2, -.25, 3, -6, -1.5, 2, 5, -4, 8, 1, -7, .7, -2, 3, 6, -8, 1, -.5])
RELU_OUTPUT = np.array([1.5, 0, .25, 0, 3, 0, 0, .001, 500, 0, 2.6, 0, 0, 7, .125, 0, 0, 9, 1, 0, 4, 0, 0, 6])
RELU_GRADIENT = np.array([2, 0, -3, 0, 1, 0, 0, -.25, 3, 0, -1.5, 0, 0, -4, 8, 0, 0, .7, -2, 0, 6, 0, 0, -.5])
DROPOUT = (.5, 2), (.75, 4), (.2, 1.25), (0, 1)  # r, and how many times larger an element gets that is kept


def shaped(numbers):
    """The 24 numbers in each shape, and as in the CNN: N x C x H x W, made of C x N x H x W in memory."""
    return [numbers.reshape(shape) for shape in SHAPES] + [numbers.reshape(2, 3, 2, 2).swapaxes(0, 1)]


def relu_cases():
    """X, grad, output, gradient and hint, for each shape; then for -X, where nothing kept of X is right."""
    for x, grad, output, gradient in zip(*map(shaped, (X, GRAD, RELU_OUTPUT, RELU_GRADIENT))):
        yield x, grad, output, gradient, None
        yield -x, grad, output - x, grad - gradient, STALE


# ---- Comparing ----

AGAIN = ' comes out differently when the function is called again: is something added up over the calls?'
REDRAWN = ' is wrong, and random numbers are drawn: use what the last forward drew'
SHARED = ' is wrong once another relu has run its forward: keep what you store in self, each module its own'
STALE = ' is wrong for the next mini-batch of the same shape: is something used that an earlier call kept?'
NOT_DROPPED = ' has to be grad as it is after a forward with is_train=False, which drops nothing'
ITSELF = ' is {} itself, not the gradient'
CHANGED = 'dropout.forward is not as it was handed out'
NOT_STORED = 'relu.forward has not stored self.mask'
NOT_WHERE_POSITIVE = 'relu.forward has not stored the right mask in self.mask: it has to say where X is positive'
LEFT_IN = {  # what errors mean where nobody sits at a keyboard
    'BdbQuit': 'a debugger was left in the code: take out pdb.set_trace() or breakpoint()',
    'EOFError': 'it asks for something to be typed in: take out input() and debuggers'}
NULLS = 'holds null bytes: it is damaged, or was saved as UTF-16; save it as UTF-8'
ROWS = 'each example is a row: X is N x input_D, grad is N x output_D, W is input_D x output_D'
TOLERANCE = 1e-9  # double precision does far better, single precision shows


class WrongResult(Exception):
    """Ends the check of a function; the hints are with its Judge."""


class Judge:
    """What was found about one function: the largest difference, and a hint about each result that is wrong."""

    def __init__(self):
        self.difference = None
        self.hints = {}  # for each wrong result
        self.notes = {}  # on what need not be wrong
        self.where = ''  # the input at hand
        self.error = None  # the exception that ended the check
        self.is_transposed = False

    def note(self, result, hint):
        self.hints[result] = f'{result}{hint} ({self.where})'

    def run(self, module, method, arguments, expected, about='', before=None, lookalikes=(), hint=None,
            tolerance=TOLERANCE):
        """Call the method twice, on copies of X (and grad), and compare its results with the expected ones, by name.

        before: runs forward, ahead of each call, and returns the array that it was given and may have stored.
        lookalikes: pairs (hint, array) of answers that are wrong in a known way. hint: all that can be wrong here.
        """
        view = '' if arguments[0].flags.c_contiguous else ', transposed in memory, as in the CNN: ravel() copies it'
        self.where = f'X of shape {arguments[0].shape}{about}{view}'
        N = len(arguments[0])
        for again in (None, AGAIN):
            kept = [before()] if before else []
            drawn = random_state()
            results = self.call(module, method, [argument.copy(order='K') for argument in arguments], kept)
            redrawn = REDRAWN if random_state() != drawn else None
            for name, numbers in expected.items():
                mean = f': all entries are {N} times too small: is the mini-batch mean taken twice?', numbers / N
                self.compare(name, results.get(name), numbers, [*lookalikes, mean], hint or again or redrawn, tolerance)
            if self.hints:
                raise WrongResult  # the first, simplest input that shows it is enough
        self.where = ''

    def call(self, module, method, arguments, kept):
        """Call the method, note which arrays it changes, and return by name all that it returns and stores."""
        def arrays():
            named = dict(zip(('X', 'grad', 'X, as forward got it,'), [*arguments, *kept]))
            named.update((f"params['{key}']", array) for key, array in getattr(module, 'params', {}).items())
            return {name: np.array(array) for name, array in named.items()}

        before = arrays()
        returned = getattr(module, method)(*arguments)
        after = arrays()
        for name, original in before.items():
            if not np.array_equal(original, after.get(name)):
                self.note(name, ' is changed in place: work on a copy')
        gradient = getattr(module, 'gradient', None)
        stored = gradient if isinstance(gradient, dict) else {}
        return {'returned value': returned, **{f"gradient['{key}']": array for key, array in stored.items()}}

    def compare(self, name, got, expected, lookalikes, hint, tolerance):
        with np.errstate(all='ignore'):
            fault = unlike_an_array(got, expected)
            if fault is None:
                difference = differences(got, expected).max()
                self.difference = max(difference, self.difference or 0.0)
                if difference > tolerance:
                    fault = hint or likely_cause(got, expected, lookalikes)
        if fault:
            self.note(name, fault)
            turned = expected.shape[::-1]
            self.is_transposed |= 1 not in turned and getattr(got, 'shape', None) == turned != expected.shape


def random_state():
    _, numbers, position, *_ = np.random.get_state()
    return position, numbers.tolist()


def differences(got, expected):
    return np.abs(got - expected) / np.abs(expected).clip(1)


def unlike_an_array(got, expected):
    """What keeps got from being a plain, finite array of floats of the expected shape, or None."""
    if type(got) is not np.ndarray:
        kind = 'None' if got is None else f'of type {type(got).__name__}'
        return f' is {kind}, expected a plain numpy array of shape {expected.shape}'
    if got.dtype != expected.dtype:
        return f' has dtype {got.dtype}, expected {expected.dtype}'
    if got.shape != expected.shape:
        transposed = got.T.shape == expected.shape and differences(got.T, expected).max() < 1e-6
        return f' has shape {got.shape}, expected {expected.shape}' + (': it is transposed' if transposed else '')
    return None if np.isfinite(got).all() else ' holds NaN or infinite entries'


def likely_cause(got, expected, lookalikes):
    if differences(got, expected).max() < 1e-6:
        return ' is rounded: is something in single precision (float32)?'
    ratio = np.sum(got * expected) / np.sum(expected * expected)
    size = f'{ratio:.4g} times too large' if abs(ratio) > 1 else f'{1 / ratio:.4g} times too small'
    if np.count_nonzero(expected) > 1:  # a single number would look like anything
        for hint, array in [*lookalikes, (' is 0 everywhere', 0 * expected), (': the sign is wrong', -expected),
                            (' is transposed', expected.T), (f': all entries are {size}', ratio * expected)]:
            if array.shape == got.shape and differences(got, array).max() < 1e-6:
                return hint
    if got.min() >= 0 > expected.min():
        return ' has no negative entry, but some are expected'
    wrong, worst = differences(got, expected) > 1e-6, np.unravel_index(differences(got, expected).argmax(), got.shape)
    example = f'[{", ".join(map(str, worst))}] is {got[worst] + 0:.6g}, expected {expected[worst]:.6g}'
    for kind, sign in (('negative', -1), ('0', 0), ('positive', 1)):
        if (np.sign(expected[wrong]) == sign).all() and (np.sign(expected) != sign).any():
            return f': only entries that should be {kind} are wrong: {example}'
    return f': entry {example}'


def central_differences(forward, grad, array):
    """The gradient of sum(forward() * grad) with respect to array, of which one entry at a time is moved."""
    step, gradient = 1e-5, np.zeros(array.shape)
    for index in np.ndindex(*array.shape):
        middle = array[index]
        array[index] = middle + step
        above = np.array(forward())
        array[index] = middle - step
        gradient[index] = np.sum((above - forward()) * grad) / (2 * step)
        array[index] = middle
    return gradient


# ---- The five functions: each check gets its Judge and, for backward, the Judge of forward ----


def new_linear_layer(dnn_misc, case):
    """A layer for the case, and the function that sets its parameters: always in the same arrays, as an update does."""
    layer = dnn_misc.linear_layer(input_D=case.W.shape[0], output_D=case.W.shape[1])
    W, b = case.W.copy(), case.b.copy()

    def set_parameters(case):
        W[...], b[...] = case.W, case.b
        layer.params['W'], layer.params['b'] = W, b

    set_parameters(case)
    return layer, set_parameters


def forward_before(forward, module, X):
    """Run forward as training does before backward, whatever comes of it; return the array that it may have stored."""
    given = X.copy(order='K')
    if not isinstance(forward.error, KeyboardInterrupt):
        with contextlib.suppress(Exception, SystemExit):
            module.forward(given)
    return given


def check_linear_forward(judge, dnn_misc, _):
    for case in LINEAR:
        layer, set_parameters = new_linear_layer(dnn_misc, case)
        lookalikes = [(': b is not added', case.output - case.b), (': b is added twice', case.output + case.b)]
        judge.run(layer, 'forward', [case.X], {'returned value': case.output}, lookalikes=lookalikes)
        judge.run(layer, 'forward', [case.X[:1]], {'returned value': case.output[:1]}, f', after one of {case.X.shape}')
        set_parameters(later(case))
        judge.run(layer, 'forward', [-case.X], {'returned value': later(case).output}, ', W and b changed', hint=STALE)


def check_linear_backward(judge, dnn_misc, forward):
    def run(layer, set_parameters, case, others=(), **options):
        def before():
            set_parameters(case)
            given = forward_before(forward, layer, case.X)
            for other in others:
                forward_before(forward, other, -case.X)
            set_parameters(case)  # a wrong forward may have changed them
            return given

        expected = {"gradient['W']": case.dW, "gradient['b']": case.db, 'returned value': case.dX}
        lookalikes = [(ITSELF.format('W'), case.W), (ITSELF.format('b'), case.b)]
        judge.run(layer, 'backward', [case.X, case.grad], expected, before=before, lookalikes=lookalikes, **options)

    for case in LINEAR:
        layer, another = new_linear_layer(dnn_misc, case), new_linear_layer(dnn_misc, case)
        run(*layer, case)
        run(*layer, later(case), about=', W and b changed', hint=STALE)
        run(*layer, case, others=another[:1], hint=SHARED.replace('relu', 'linear_layer'))
    if not forward.hints:
        random = np.random.RandomState(0)
        W, b, X, grad = (random.uniform(-1, 1, shape) for shape in ((7, 3), (1, 3), (5, 7), (5, 3)))
        case = Case(X, W, b, grad, None, None, None, None)
        layer, set_parameters = new_linear_layer(dnn_misc, case)
        dW, db, dX = (central_differences(lambda: layer.forward(X.copy()), grad, array)
                      for array in (layer.params['W'], layer.params['b'], X))
        run(layer, set_parameters, case._replace(dW=dW, db=db, dX=dX), about=', by central differences', tolerance=1e-5)


def check_relu_forward(judge, dnn_misc, _):
    module, unused = dnn_misc.relu(), vars(dnn_misc.relu())
    for x, _, output, _, hint in relu_cases():
        lookalikes = [(' is X as it is', x), (' holds absolute values', np.abs(x)), (' is 1, not X', np.sign(output))]
        judge.run(module, 'forward', [x], {'returned value': output}, lookalikes=lookalikes, hint=hint)
        stored = getattr(module, 'mask', None)
        if not holds_the_same(stored, output):
            # Something else may do as well, kept here or under another name: backward shows whether it needs that.
            stores = any(unused.get(name) is not value for name, value in vars(module).items())
            if is_right(run_relu_backward, dnn_misc, judge):
                lacks = is_right(run_relu_backward, dnn_misc, None)
            else:
                lacks = not stores or is_right(run_relu_backward, dnn_misc, judge, True)
            if lacks:
                judge.hints['mask'] = f'{NOT_STORED if stored is None else NOT_WHERE_POSITIVE} (X of shape {x.shape})'
                return


def holds_the_same(stored, output):
    """Is it an array that is 0 or False where relu's output is 0, and nowhere else?"""
    return isinstance(stored, np.ndarray) and stored.shape == output.shape and \
        np.array_equal(stored != 0, output != 0)


def is_right(check, dnn_misc, forward, *options):
    judge = Judge()
    try:
        check(judge, dnn_misc, forward, *options)
    except (Exception, SystemExit):
        return False
    return not judge.hints


def check_relu_backward(judge, dnn_misc, forward):
    # A wrong forward is not backward's fault: it may be right with the mask that forward had to store.
    needs_mask = bool(forward.hints) and not is_right(run_relu_backward, dnn_misc, forward)
    run_relu_backward(judge, dnn_misc, forward, needs_mask)


def run_relu_backward(judge, dnn_misc, forward, set_mask=False):
    """set_mask: put what the docstring of forward asks for into self.mask, after each forward.

    forward: the Judge of forward; None to run no forward at all.
    """
    def run(x, grad, positive, gradient, others=(), **options):
        def before():
            if forward is None:
                return x
            given = forward_before(forward, module, x)
            for other in others:
                forward_before(forward, other, -x)
            if set_mask:
                module.mask = positive
            return given

        judge.run(module, 'backward', [x, grad], {'returned value': gradient}, before=before, **options)

    module = dnn_misc.relu()
    for x, grad, output, gradient, hint in relu_cases():
        lookalikes = [(' is grad as it is, also where X is negative', grad),
                      (' is 0 where X is positive and grad where X is negative', grad - gradient),
                      (' is 1, not grad', np.sign(output)), (" holds forward's output, not grad", output)]
        run(x, grad, output != 0, gradient, lookalikes=lookalikes, hint=hint)
    run(x, grad, output != 0, gradient, others=[dnn_misc.relu()], hint=SHARED)
    if forward is not None and not forward.hints:
        random = np.random.RandomState(0)
        x, grad = random.uniform(0.1, 1, (2, 3, 4, 5)), random.uniform(-1, 1, (2, 3, 4, 5))
        positive = random.uniform(size=x.shape) < 0.5
        x[~positive] *= -1
        gradient = central_differences(lambda: module.forward(x.copy()), grad, x)
        run(x, grad, positive, gradient, about=', by central differences', tolerance=1e-5)


def check_dropout_backward(judge, dnn_misc, _):
    def drawn(module, array):
        np.random.seed(seed)
        given = array.copy(order='K')
        return module.forward(given, is_train=True), given

    tested, some_x, some_grad = dnn_misc.dropout(r=0.5), X.reshape(SHAPES[0]), GRAD.reshape(SHAPES[0])
    output = tested.forward(some_x.copy(), is_train=False)
    note_what_is_stored(judge, tested, some_x, output, expected=some_x)
    seeds = np.random.RandomState(60317)  # no seed that a function which draws again would think of
    for r, growth in DROPOUT:
        module, twin = dnn_misc.dropout(r=r), dnn_misc.dropout(r=r)
        for x, grad, hint in [(*arrays, hint) for arrays in zip(shaped(X), shaped(GRAD)) for hint in (None, STALE)]:
            seed = seeds.randint(2 ** 31)
            (output, _), (expected, _) = drawn(module, x), drawn(twin, grad)  # what backward has to make of grad
            factors = set(np.round(output / x, 6).ravel())
            if factors != ({0, growth} if r else {growth}) or not np.array_equal(output != 0, expected != 0):
                judge.hints['forward'] = f'{CHANGED}, it drops or scales otherwise: restore it'
                return
            note_what_is_stored(judge, module, x, output, expected=output)
            lookalikes = [(': the factor 1 / (1 - r) is missing', expected / growth),
                          (': the factor 1 / (1 - r) is there twice', expected * growth),
                          (' is grad as it is', grad), (' is grad, larger, nothing is dropped', grad * growth),
                          (" holds forward's output, not grad", output)]
            judge.run(module, 'backward', [x, grad], {'returned value': expected}, f', r = {r}',
                      lambda: drawn(module, x)[1], lookalikes, hint)
    with contextlib.suppress(Exception, SystemExit):
        if np.array_equal(tested.backward(some_x.copy(), some_grad.copy()), some_grad):
            return
    judge.notes['testing'] = f'returned value{NOT_DROPPED}; no script calls backward then, so this is no fault'


def note_what_is_stored(judge, module, x, output, expected):
    """Note where dropout's forward returns something else, or does not keep in self.mask what it multiplied x by."""
    stored = getattr(module, 'mask', None)
    is_factor = stored is not None and np.shape(stored) in ((), x.shape) and np.array_equal(stored * x, expected)
    if not (is_factor and np.array_equal(output, expected)):
        judge.notes['forward'] = f'{CHANGED}: restore it, or it will be pointed out to your teacher'


CHECKS = {'linear.forward': check_linear_forward, 'linear.backward': check_linear_backward,
          'relu.forward': check_relu_forward, 'relu.backward': check_relu_backward,
          'dropout.backward': check_dropout_backward}

# ---- Running and reporting ----


def fault(error, script=None):
    """What an exception says, in one line, after the student's line that raised it, or the last one of `script`."""
    frames = [(Path(frame.filename), frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    if isinstance(error, SyntaxError) and error.filename:
        frames.append((Path(error.filename), error.lineno))
    frames = [(path.name, line) for path, line in frames
              if path.parent == FOLDER and path.name not in (Path(__file__).name, 'dnn_cnn_2_check.py')]
    frames = [frame for frame in frames if frame[0] == script] or frames
    place = '{}, line {}: '.format(*frames[-1]) if frames else ''
    if isinstance(error, KeyboardInterrupt):
        return f'{place}stopped by Ctrl-C: an endless loop?'
    if isinstance(error, SystemExit):
        return f'{place}ends the program (sys.exit, exit or quit)'
    if isinstance(error, NotImplementedError):
        return f'{place}not written yet'
    if type(error).__name__ in LEFT_IN:
        return place + LEFT_IN[type(error).__name__]
    lines = traceback.format_exception_only(type(error), error)
    return place + next(line for line in lines if not line.startswith(' ')).split('\n')[0][:200]


@contextlib.contextmanager
def quiet():
    """Hide prints and warnings of the student's code, and undo what it does to numpy's settings and random numbers.

    os._exit ends no more than sys.exit does: what is not checked must not pass for correct.
    """
    state = np.random.get_state()
    os._exit = sys.modules[os.name]._exit = sys.exit
    with open(os.devnull, 'w', encoding='utf-8', errors='ignore') as nowhere, contextlib.redirect_stdout(nowhere), \
            warnings.catch_warnings(), np.errstate(all='ignore'):
        warnings.simplefilter('ignore')
        try:
            yield
        finally:
            np.random.set_state(state)
            os._exit = sys.modules[os.name]._exit = end_now


def judge_function(name, dnn_misc, done):
    judge = Judge()
    try:
        with quiet():
            CHECKS[name](judge, dnn_misc, done.get(name.replace('backward', 'forward')))
    except WrongResult:
        pass
    except BaseException as error:  # SystemExit and KeyboardInterrupt too: the other checks still run
        judge.error = error
    unwritten = isinstance(judge.error, NotImplementedError)
    if judge.error:
        judge.hints['error'] = fault(judge.error) + (f' ({judge.where})' if judge.where and not unwritten else '')
    if name.startswith('linear') and (judge.is_transposed or isinstance(judge.error, ValueError)):
        judge.hints['rows'] = ROWS
    if name == 'relu.backward' and judge.hints and done['relu.forward'].hints and not unwritten:
        judge.hints['forward'] = 'relu.forward is wrong too: put that right first, backward may use what it stores'
    says_nothing = judge.difference is None or judge.hints and judge.difference <= TOLERANCE
    difference = 'n/a' if says_nothing else f'{judge.difference:.1e}'
    verdict = 'might be wrong' if judge.hints else 'should be correct'
    print(f'{name:18} largest difference {difference} ... {verdict}', *judge.hints.values(), *judge.notes.values(),
          sep='\n    ', flush=True)
    return judge


def unreadable(path):
    """Why there is no use in importing a script, in words that follow its name, or None."""
    if not path.is_file():
        return f'is missing: put yours beside {Path(__file__).name}'
    return NULLS if b'\0' in path.read_bytes() else None


def lacking_parts(dnn_misc):
    """What the scripts of this folder call in dnn_misc.py, and it does not have: {part: first script that calls it}."""
    lacking = {}
    for path in sorted(FOLDER.glob('dnn_*.py')):
        for part in re.findall(r'\bdnn_misc\.(\w+)\(', path.read_text(encoding='utf-8', errors='replace')):
            if not hasattr(dnn_misc, part):
                lacking.setdefault(part, path.name)
    return lacking


def judge_todo_items(dnn_misc):
    """Print a line for each TODO item of dnn_cnn_2.py once one is written; are all of them, as far as seen, correct?"""
    if not (FOLDER / 'dnn_cnn_2.py').is_file():
        return True
    if not (FOLDER / 'dnn_cnn_2_check.py').is_file():
        print()
        print('dnn_cnn_2.py is not checked: dnn_cnn_2_check.py is missing, put it back')
        return True
    if unreadable(FOLDER / 'dnn_cnn_2.py'):
        print()
        print(f'dnn_cnn_2.py {unreadable(FOLDER / "dnn_cnn_2.py")}')
        return False
    import dnn_cnn_2_check
    with quiet():
        found = dnn_cnn_2_check.check(dnn_misc)
    if found is None:
        return True
    print()
    print('dnn_cnn_2.py:')
    for number, (verdict, hint, error) in found.items():
        told = filter(None, [hint, error and fault(error, 'dnn_cnn_2.py')])
        print(f'{f"TODO ({number})" if number else "the script":18} ... {verdict}', *told, sep='\n    ')
    correct = sum(finding.verdict == dnn_cnn_2_check.RIGHT for number, finding in found.items() if number)
    print(f'{correct} of {len(found) - (0 in found)} TODO items correct')
    return correct == len(found)


def on_ctrl_c(signal_number, frame):
    """End the function that is running; twice within a second, end the checker, whatever that function catches."""
    global last_ctrl_c
    now = time.monotonic()
    if now - last_ctrl_c < 1:
        end_now(130)
    last_ctrl_c = now
    raise KeyboardInterrupt


def main():
    needed = {name for name, module in sys.modules.items()
              if Path(getattr(module, '__file__', None) or '/').parent != FOLDER} | {*USED_BY_OTHERS}
    hiding = sorted(path.name for path in FOLDER.glob('*.py') if path.stem in needed)
    if hiding:
        print(f'{", ".join(hiding)}: Python or numpy has a module of this name and would find yours instead: rename it')
        return 2
    done, why = {}, unreadable(FOLDER / 'dnn_misc.py')
    try:
        if why:
            raise OSError(why)
        sys.path.insert(0, str(FOLDER))
        with quiet():
            dnn_misc = importlib.import_module('dnn_misc')
    except BaseException as error:
        print(f'dnn_misc.py {why}' if why else f'dnn_misc.py cannot be imported: {fault(error)}')
        print(f'0 of {len(CHECKS)} correct')
        return 1
    for name in CHECKS:
        done[name] = judge_function(name, dnn_misc, done)
    correct, lacking = sum(not judge.hints for judge in done.values()), lacking_parts(dnn_misc)
    if lacking:
        calls = ', '.join(f'{part} ({script} calls it)' for part, script in lacking.items())
        print(f'{correct} of {len(CHECKS)}, but dnn_misc.py is not the one that was handed out, it has no {calls}: '
              'write your functions into that one')
        return 1
    print(f'{correct} of {len(CHECKS)} correct', flush=True)
    return 0 if judge_todo_items(dnn_misc) and correct == len(CHECKS) else 1


if __name__ == '__main__':
    signal.signal(signal.SIGINT, on_ctrl_c)
    sys.stdout.reconfigure(errors='backslashreplace')
    try:
        sys.exit(main())
    except (KeyboardInterrupt, BrokenPipeError):  # Ctrl-C between two checks, or nobody reads on, as with `| head -1`
        end_now(130)
