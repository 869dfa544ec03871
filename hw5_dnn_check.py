"""Checks the five functions that you write in dnn_misc.py, then dnn_cnn_2.py:   python3 hw5_dnn_check.py

Each function gets a line, and under it a line for each result that is wrong, saying what to look at:

    linear_layer.forward    largest difference 4.4e-16 ... should be correct
    linear_layer.backward   largest difference 7.5e-01 ... might be wrong
        gradient['b']: all entries are 4 times too small: is the mini-batch mean taken twice? (X of shape (4, 3))

The difference of two entries is |got - expected| / max(1, |expected|); n/a: no number is wrong, or there was none.
The line "5 of 5 correct" counts the functions. Once you have begun with the TODO items of dnn_cnn_2.py, a line for each
of them follows, and "5 of 5 TODO items correct". The exit status is 0 when all that was checked is correct, otherwise 1
(2: a file of yours hides a module of Python's, or numpy or a part of the checker is missing).

The expected results are numbers worked by hand, larger arrays made of copies of them, and central differences of your
own forward. The value and the gradient of relu at exactly 0 are not judged. What your functions print is not shown. If
one of them never ends, press Ctrl-C: the checker reports the line it was at, and the other checks still run. Press
Ctrl-C twice to end the checker. How results are compared and reported stands in checking.py.
"""

import os
import sys

FOLDER = os.path.dirname(os.path.realpath(__file__))
if __name__ == '__main__':
    # So that no file of yours is taken for a module of Python's own that has its name: this folder is left out, and
    # what the checker needs of it is loaded by its path. data_loader.py comes ahead of numpy, for one thread or the
    # advice how to install it; if it is broken, that is no reason not to check dnn_misc.py.
    sys.path = [place for place in sys.path if os.path.realpath(place) != FOLDER]
    import importlib.util
    for name in ('common', 'data_loader', 'checking'):
        spec = importlib.util.spec_from_file_location(name, os.path.join(FOLDER, f'{name}.py'))
        sys.modules[name] = importlib.util.module_from_spec(spec)
        try:
            spec.loader.exec_module(sys.modules[name])
        except Exception:
            del sys.modules[name]
    if 'checking' not in sys.modules:
        print('checking.py is missing or damaged, put it back', file=sys.stderr)
        sys.exit(2)

import contextlib
from collections import namedtuple

import checking
from checking import STALE, Hint, central_differences, is_right, np

checking.own_files.add(os.path.basename(__file__))
SHARED = Hint('shared-mask', ' is wrong once another relu has run its forward: keep what you store in self, each '
                             'module its own')
SHARED_X = SHARED._replace(text=SHARED.text.replace('relu', 'linear_layer'))
NOT_DROPPED = Hint('wrong-values', ' has to be grad as it is after a forward with is_train=False, which drops nothing')
CHANGED = 'dropout.forward is not as it was handed out'
NOT_STORED = 'relu.forward has not stored self.mask'
NOT_WHERE_POSITIVE = 'relu.forward has not stored the right mask in self.mask: it has to say where X is positive'
ROWS = 'each example is a row: X is N x input_D, grad is N x output_D, W is input_D x output_D'

# ---- the numbers -----------------------------------------------------------------------------------------------------

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


# ---- results that are wrong in a known way: pairs (Hint, array), which the grader uses too ---------------------------


def lookalikes_of_linear_forward(output, b):
    return [(Hint('b-missing', ': b is not added'), output - b),
            (Hint('wrong-values', ': b is added twice'), output + b)]


def lookalikes_of_linear_backward(W, b):
    return [(Hint('wrong-values', f' is {name} itself, not the gradient'), array)
            for name, array in (('W', W), ('b', b))]


def lookalikes_of_relu_forward(X, output):
    return [(Hint('wrong-values', ' is X as it is'), X), (Hint('wrong-values', ' holds absolute values'), np.abs(X)),
            (Hint('wrong-values', ' is 1, not X'), np.sign(output))]


def lookalikes_of_relu_backward(grad, gradient, output):
    return [(Hint('grad-as-it-is', ' is grad as it is, also where X is negative'), grad),
            (Hint('wrong-values', ' is 0 where X is positive and grad where X is negative'), grad - gradient),
            (Hint('wrong-values', ' is 1, not grad'), np.sign(output)),
            (Hint('wrong-values', " holds forward's output, not grad"), output)]


def lookalikes_of_dropout_backward(grad, gradient, output, growth):
    """growth: 1 / (1 - r), by which forward multiplies what it keeps."""
    return [(Hint('scale-missing', ': the factor 1 / (1 - r) is missing'), gradient / growth),
            (Hint('scale-twice', ': the factor 1 / (1 - r) is there twice'), gradient * growth),
            (Hint('grad-as-it-is', ' is grad as it is'), grad),
            (Hint('wrong-values', ' is grad, larger, nothing is dropped'), grad * growth),
            (Hint('wrong-values', " holds forward's output, not grad"), output)]


# ---- the five checks: each gets a Check to fill, dnn_misc and, for backward, the Check of forward --------------------


def new_linear_layer(dnn_misc, case):
    """A layer for the case, and the function that sets its parameters: always in the same arrays, as an update does."""
    layer = dnn_misc.linear_layer(input_D=case.W.shape[0], output_D=case.W.shape[1])
    W, b = case.W.copy(), case.b.copy()

    def set_parameters(case):
        W[...], b[...] = case.W, case.b
        layer.params['W'], layer.params['b'] = W, b

    set_parameters(case)
    return layer, set_parameters


def check_linear_forward(check, dnn_misc, _):
    for case in LINEAR:
        layer, set_parameters = new_linear_layer(dnn_misc, case)
        check.call(layer, 'forward', {'X': case.X}, {'returned value': case.output},
                   lookalikes=lookalikes_of_linear_forward(case.output, case.b))
        check.call(layer, 'forward', {'X': case.X[:1]}, {'returned value': case.output[:1]},
                   about=f', after one of {case.X.shape}')
        set_parameters(later(case))
        check.call(layer, 'forward', {'X': -case.X}, {'returned value': later(case).output},
                   about=', W and b changed', hint=STALE)


def check_linear_backward(check, dnn_misc, forward):
    def call(layer, set_parameters, case, **options):
        expected = {"gradient['W']": case.dW, "gradient['b']": case.db, 'returned value': case.dX}
        check.backward(layer, case.X, case.grad, expected, forward, prepare=lambda: set_parameters(case),
                       lookalikes=lookalikes_of_linear_backward(case.W, case.b), **options)

    for case in LINEAR:
        layer, another = new_linear_layer(dnn_misc, case), new_linear_layer(dnn_misc, case)
        call(*layer, case)
        call(*layer, later(case), about=', W and b changed', hint=STALE)
        call(*layer, case, others=another[:1], hint=SHARED_X)
    if not forward.hints:
        random = np.random.RandomState(0)
        W, b, X, grad = (random.uniform(-1, 1, shape) for shape in ((7, 3), (1, 3), (5, 7), (5, 3)))
        case = Case(X, W, b, grad, None, None, None, None)
        layer, set_parameters = new_linear_layer(dnn_misc, case)
        dW, db, dX = (central_differences(lambda: layer.forward(X.copy()), grad, array)
                      for array in (layer.params['W'], layer.params['b'], X))
        case = case._replace(dW=dW, db=db, dX=dX)
        call(layer, set_parameters, case, about=', by central differences', tolerance=1e-5)


def check_relu_forward(check, dnn_misc, _):
    module, unused = dnn_misc.relu(), vars(dnn_misc.relu())
    for x, _, output, _, hint in relu_cases():
        check.call(module, 'forward', {'X': x}, {'returned value': output},
                   lookalikes=lookalikes_of_relu_forward(x, output), hint=hint)
        stored = getattr(module, 'mask', None)
        if isinstance(stored, np.ndarray) and stored.shape == x.shape and np.array_equal(stored != 0, output != 0):
            continue
        # Something else may do as well, kept here or under another name: backward shows whether it needs that.
        stores = any(unused.get(name) is not value for name, value in vars(module).items())
        if is_right(run_relu_backward, dnn_misc, check):
            lacks = is_right(run_relu_backward, dnn_misc, None)
        else:
            lacks = not stores or is_right(run_relu_backward, dnn_misc, check, True)
        if lacks:
            check.hints['mask'] = f'{NOT_STORED if stored is None else NOT_WHERE_POSITIVE} (X of shape {x.shape})'
            return


def check_relu_backward(check, dnn_misc, forward):
    # A wrong forward is not backward's fault: it may be right with the mask that forward had to store.
    needs_mask = bool(forward.hints) and not is_right(run_relu_backward, dnn_misc, forward)
    run_relu_backward(check, dnn_misc, forward, needs_mask)


def run_relu_backward(check, dnn_misc, forward, set_mask=False):
    """set_mask: put what the docstring of forward asks for into self.mask, after each forward.

    forward: the Check of forward; None to run no forward at all.
    """
    def call(x, grad, positive, gradient, **options):
        def prepare():
            if set_mask:
                module.mask = positive

        check.backward(module, x, grad, {'returned value': gradient}, forward, prepare, **options)

    module = dnn_misc.relu()
    for x, grad, output, gradient, hint in relu_cases():
        lookalikes = lookalikes_of_relu_backward(grad, gradient, output)
        call(x, grad, output != 0, gradient, lookalikes=lookalikes, hint=hint)
    call(x, grad, output != 0, gradient, others=[dnn_misc.relu()], hint=SHARED)
    if forward is not None and not forward.hints:
        random = np.random.RandomState(0)
        x, grad = random.uniform(0.1, 1, (2, 3, 4, 5)), random.uniform(-1, 1, (2, 3, 4, 5))
        positive = random.uniform(size=x.shape) < 0.5
        x[~positive] *= -1
        gradient = central_differences(lambda: module.forward(x.copy()), grad, x)
        call(x, grad, positive, gradient, about=', by central differences', tolerance=1e-5)


def check_dropout_backward(check, dnn_misc, _):
    def drawn(module, array):
        np.random.seed(seed)
        given = array.copy(order='K')
        return module.forward(given, is_train=True), given

    tested, some_x, some_grad = dnn_misc.dropout(r=0.5), X.reshape(SHAPES[0]), GRAD.reshape(SHAPES[0])
    output = tested.forward(some_x.copy(), is_train=False)
    note_what_is_stored(check, tested, some_x, output, expected=some_x)
    seeds = np.random.RandomState(60317)  # no seed that a function which draws again would think of
    for r, growth in DROPOUT:
        module, twin = dnn_misc.dropout(r=r), dnn_misc.dropout(r=r)
        for x, grad, hint in [(*arrays, hint) for arrays in zip(shaped(X), shaped(GRAD)) for hint in (None, STALE)]:
            seed = seeds.randint(2 ** 31)
            (output, _), (expected, _) = drawn(module, x), drawn(twin, grad)  # what backward has to make of grad
            factors = set(np.round(output / x, 6).ravel())
            if factors != ({0, growth} if r else {growth}) or not np.array_equal(output != 0, expected != 0):
                check.hints['forward'] = f'{CHANGED}, it drops or scales otherwise: restore it'
                return
            note_what_is_stored(check, module, x, output, expected=output)
            check.call(module, 'backward', {'X': x, 'grad': grad}, {'returned value': expected}, about=f', r = {r}',
                       before=lambda: drawn(module, x)[1], hint=hint,
                       lookalikes=lookalikes_of_dropout_backward(grad, expected, output, growth))
    with contextlib.suppress(Exception, SystemExit):
        if np.array_equal(tested.backward(some_x.copy(), some_grad.copy()), some_grad):
            return
    check.notes['testing'] = f'returned value{NOT_DROPPED.text}; no script calls backward then, so this is no fault'


def note_what_is_stored(check, module, x, output, expected):
    """Note where dropout's forward returns something else, or does not keep in self.mask what it multiplied x by."""
    stored = getattr(module, 'mask', None)
    is_factor = stored is not None and np.shape(stored) in ((), x.shape) and np.array_equal(stored * x, expected)
    if not (is_factor and np.array_equal(output, expected)):
        check.notes['forward'] = f'{CHANGED}: restore it, or it will be pointed out to your teacher'


CHECKS = {'linear_layer.forward': check_linear_forward, 'linear_layer.backward': check_linear_backward,
          'relu.forward': check_relu_forward, 'relu.backward': check_relu_backward,
          'dropout.backward': check_dropout_backward}


def advise(name, check, done):
    """Yield what is worth a look besides the wrong results themselves."""
    if name.startswith('linear') and (check.is_transposed or isinstance(check.error, ValueError)):
        yield ROWS
    if name == 'relu.backward' and check.hints and done['relu.forward'].hints and \
            not isinstance(check.error, NotImplementedError):
        yield 'relu.forward is wrong too: put that right first, backward may use what it stores'


def check_todo_items(dnn_misc):
    """Whether the TODO items of dnn_cnn_2.py are correct, as far as they are written; prints what was found."""
    if not os.path.isfile(os.path.join(FOLDER, 'dnn_cnn_2.py')):
        return True
    try:
        import dnn_cnn_2_check
    except ModuleNotFoundError:
        print()
        print('dnn_cnn_2.py is not checked: dnn_cnn_2_check.py is missing, put it back')
        return True
    return dnn_cnn_2_check.report(dnn_misc)


def main():
    return checking.check_script('dnn_misc', CHECKS, callers='dnn_*.py', advise=advise, then=check_todo_items)


if __name__ == '__main__':
    checking.run(main)
