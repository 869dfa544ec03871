"""Right and wrong ways to write the five functions of dnn_misc.py, and how each has to be judged.

VARIANTS: name -> Variant. build(name, master_source) puts a variant's bodies into the source of dnn_misc.py.
A function that a variant does not name keeps the body of the master copy.
"""

import re
import textwrap
from typing import NamedTuple

FUNCTIONS = ('linear_layer.forward', 'linear_layer.backward', 'relu.forward', 'relu.backward', 'dropout.backward')
BLOCK = re.compile(r'( *)### BEGIN SOLUTION\n(.*?)\n *### END SOLUTION', re.DOTALL)
NOT_WRITTEN = {function: f'raise NotImplementedError({function!r})' for function in FUNCTIONS}


class Variant(NamedTuple):
    bodies: dict       # function -> what stands between its marker lines
    wrong: dict        # function that must be judged wrong -> what the checker's hint says; all others must be right
    extra: str = ''    # added at the end of the module, such as a helper function
    notes: dict = {}   # function that is right -> what the checker says of it all the same

    @property
    def right(self):
        """Are all five functions right?"""
        return not self.wrong

    @property
    def verdicts(self):
        """Five bools, in the order of FUNCTIONS."""
        return tuple(function not in self.wrong for function in FUNCTIONS)


def build(name, master_source):
    """The source of dnn_misc.py with the variant's bodies between the marker lines of the master copy."""
    return with_bodies(VARIANTS[name].bodies, master_source, VARIANTS[name].extra)


def with_bodies(bodies, master_source, extra=''):
    functions = iter(FUNCTIONS)

    def replaced(block):
        body = bodies.get(next(functions))
        if body is None:
            return block.group()
        return block.group().replace(block.group(2), textwrap.indent(textwrap.dedent(body).strip('\n'), block.group(1)))

    source, count = BLOCK.subn(replaced, master_source)
    if count != len(FUNCTIONS):
        raise ValueError(f'the master copy holds {count} marked bodies, not {len(FUNCTIONS)}')
    return f'{source}\n\n{textwrap.dedent(extra)}' if extra else source


FORWARD, BACKWARD, RELU, RELU_BACK, DROPOUT = FUNCTIONS

# The three results of linear_layer.backward, right; variants change one of them.
W_LINE = "self.gradient['W'] = X.T @ grad"
B_LINE = "self.gradient['b'] = grad.sum(axis=0, keepdims=True)"
X_LINE = "return grad @ self.params['W'].T"


def backward(*before, W=W_LINE, b=B_LINE, X=X_LINE):
    return {BACKWARD: '\n'.join([*before, W, b, X])}


RIGHT = {
    'the master copy': {},
    'linear: einsum': {
        FORWARD: "return np.einsum('nd,dk->nk', X, self.params['W']) + self.params['b']",
        BACKWARD: """
            self.gradient['W'] = np.einsum('nd,nk->dk', X, grad)
            self.gradient['b'] = np.einsum('nk->k', grad)[None, :]
            return np.einsum('nk,dk->nd', grad, self.params['W'])"""},
    'linear: np.dot, reshape and in-place store': {
        FORWARD: "return np.add(np.dot(X, self.params['W']), self.params['b'])",
        BACKWARD: """
            self.gradient['W'][...] = np.dot(X.transpose(), grad)
            self.gradient['b'][...] = np.sum(grad, axis=0).reshape(1, -1)
            return np.dot(grad, self.params['W'].transpose())"""},
    'linear: loops over the examples': {
        FORWARD: """
            out = np.zeros((X.shape[0], self.params['W'].shape[1]))
            for n in range(X.shape[0]):
                for k in range(out.shape[1]):
                    out[n, k] = self.params['b'][0, k]
                    for d in range(X.shape[1]):
                        out[n, k] += X[n, d] * self.params['W'][d, k]
            return out""",
        BACKWARD: """
            self.gradient = {'W': np.zeros(self.params['W'].shape), 'b': np.zeros(self.params['b'].shape)}
            dX = []
            for x, g in zip(X, grad):
                self.gradient['W'] += np.outer(x, g)
                self.gradient['b'] += g
                dX.append(self.params['W'].dot(g))
            return np.array(dX)"""},
    'linear: a column of ones for the bias': {
        FORWARD: """
            ones = np.ones((len(X), 1))
            return np.hstack([X, ones]) @ np.vstack([self.params['W'], self.params['b']])""",
        BACKWARD: """
            both = np.hstack([X, np.ones((len(X), 1))]).T @ grad
            self.gradient['W'], self.gradient['b'] = both[:-1], both[-1:]
            return grad @ self.params['W'].T"""},
    'linear: backward uses the X that forward stored': {
        FORWARD: """
            self.X = X
            self.u = X @ self.params['W']
            self.u = self.u + self.params['b']
            return self.u""",
        **backward(W="self.gradient['W'] = self.X.T @ grad")},
    'linear: Fortran order, views and a read-only gradient': {
        FORWARD: "return np.asfortranarray(X @ self.params['W'] + self.params['b'])",
        BACKWARD: """
            self.gradient['W'] = (grad.T @ X).T
            self.gradient['b'] = np.broadcast_to(np.ones(len(X)) @ grad, (1, grad.shape[1]))
            return (self.params['W'] @ grad.T).T"""},
    'linear: with prints and other numpy settings': {
        FORWARD: """
            print('forward', X.shape)
            np.set_printoptions(precision=2)
            np.seterr(all='raise')
            return X @ self.params['W'] + self.params['b']"""},
    'linear: W and b looked up once, the cache freed after use': {
        FORWARD: """
            if not hasattr(self, 'W'):
                self.W, self.b = self.params['W'], self.params['b']
            self.X = X
            return X @ self.W + self.b""",
        BACKWARD: """
            X = self.X
            del self.X
            self.gradient = {'W': X.T @ grad, 'b': grad.sum(0, keepdims=True)}
            return grad @ self.W.T"""},
    'relu: the mask freed after use': {
        RELU: 'self.mask = X > 0\nreturn X * self.mask',
        RELU_BACK: 'positive, self.mask = self.mask, None\nreturn grad * positive'},
    'relu: np.where': {
        RELU: "self.mask = np.where(X > 0, 1, 0)\nreturn np.where(X > 0, X, 0)",
        RELU_BACK: "return np.where(X > 0, grad, 0)"},
    'relu: product with the mask, recomputed': {
        RELU: "self.mask = X > 0\nreturn X * (X > 0)",
        RELU_BACK: "return (X > 0) * grad"},
    'relu: the gradient at 0 taken as 1, or as a half': {
        RELU: "self.mask = (X > 0) + 0.5 * (X == 0)\nreturn X * (X >= 0)",
        RELU_BACK: "return grad * self.mask"},
    'relu: copy and set to 0': {
        RELU: "out = X.copy()\nout[X < 0] = 0\nself.X = X\nreturn out",
        RELU_BACK: "dX = np.array(grad)\ndX[self.X <= 0] = 0\nreturn dX"},
    'relu: through absolute values': {
        RELU: "self.mask = (np.sign(X) + 1) / 2\nreturn (X + np.abs(X)) / 2",
        RELU_BACK: "return grad * self.mask"},
    'relu: flattened loops': {
        RELU: """
            self.mask = np.array([1.0 if x > 0 else 0.0 for x in X.flatten()]).reshape(X.shape)
            return np.array([max(0.0, x) for x in X.flat]).reshape(X.shape)""",
        RELU_BACK: """
            dX = np.zeros_like(grad)
            for index in np.ndindex(*X.shape):
                dX[index] = grad[index] if X[index] > 0 else 0
            return dX"""},
    'relu: clip, the output kept for backward': {
        RELU: "self.out = X.clip(0, None)\nreturn self.out",
        RELU_BACK: "return grad * (self.out > 0)"},
    'relu: X itself where nothing is negative': {
        RELU: "self.mask = np.heaviside(X, 0)\nreturn X if (X > 0).all() else np.fmax(X, 0.0)",
        RELU_BACK: "return grad if (X > 0).all() else np.heaviside(X, 0) * grad"},
    'relu: stored under another name': {
        RELU: "self.positive = X > 0\nreturn X * self.positive",
        RELU_BACK: "return grad * self.positive"},
    'relu: where X is not positive': {
        RELU: "self.mask = X <= 0\nreturn np.maximum(0, X)",
        RELU_BACK: "dX = grad.copy()\ndX[self.mask] = 0\nreturn dX"},
    'relu: the indices': {
        RELU: "self.mask = np.nonzero(X > 0)\nreturn np.maximum(0, X)",
        RELU_BACK: "dX = np.zeros(X.shape)\ndX[self.mask] = grad[self.mask]\nreturn dX"},
    'relu: a helper function': {
        RELU: "self.mask = is_positive(X)\nreturn X * self.mask",
        RELU_BACK: "return grad * is_positive(X)"},
    'relu: maximum into an array of its own': {
        RELU: "out = np.empty_like(X)\nself.mask = np.maximum(X, 0, out=out)\nreturn out",
        RELU_BACK: "return np.multiply(grad, np.greater(X, 0))"},
    'dropout: np.multiply': {DROPOUT: "return np.multiply(self.mask, grad)"},
    'dropout: in steps': {DROPOUT: "dX = np.zeros(X.shape)\ndX += self.mask\ndX *= grad\nreturn dX"},
    'dropout: from the mask as true and false': {
        DROPOUT: """
            if np.all(self.mask == 1):
                return grad
            return np.where(self.mask != 0, grad / (1.0 - self.r), 0.0)"""},
    'dropout: the mask freed after use': {DROPOUT: 'mask, self.mask = self.mask, None\nreturn grad * mask'},
    'dropout: flattened': {
        DROPOUT: "return (grad.ravel() * np.broadcast_to(self.mask, X.shape).ravel()).reshape(X.shape)"},
}
HELPER = """
    def is_positive(X):
        return (X > 0).astype(X.dtype)
"""
VARIANTS = {name: Variant(bodies, {}, HELPER) for name, bodies in RIGHT.items()}

# One function wrong. Its name stands before the colon; then its body, and what the checker's hint says.
WRONG = {
    'linear_layer.forward: b forgotten': ("return X @ self.params['W']", ': b is not added'),
    'linear_layer.forward: b subtracted': ("return X @ self.params['W'] - self.params['b']", ': entry ['),
    'linear_layer.forward: b twice': ("return X @ self.params['W'] + 2 * self.params['b']", ': b is added twice'),
    'linear_layer.forward: wrong sign': ("return -(X @ self.params['W'] + self.params['b'])", ': the sign is wrong'),
    'linear_layer.forward: a relu in it': (
        "return np.maximum(0, X @ self.params['W'] + self.params['b'])",
        'has no negative entry, but some are expected'),
    'linear_layer.forward: negative entries off': (
        "u = X @ self.params['W'] + self.params['b']\nreturn np.where(u < 0, 1.5 * u, u)",
        ': only entries that should be negative are wrong'),
    'linear_layer.forward: mean over the features': (
        "return (X @ self.params['W'] + self.params['b']) / X.shape[1]", ': all entries are 3 times too small'),
    'linear_layer.forward: transposed': (
        "return (X @ self.params['W'] + self.params['b']).T", 'has shape (2, 4), expected (4, 2): it is transposed'),
    'linear_layer.forward: W transposed': ("return X @ self.params['W'].T + self.params['b']", 'ValueError: matmul'),
    'linear_layer.forward: elementwise product': (
        "return X * self.params['W'] + self.params['b']", 'ValueError: operands'),
    'linear_layer.forward: no return': (
        "u = X @ self.params['W'] + self.params['b']", 'is None, expected a plain numpy array'),
    'linear_layer.forward: returns NotImplemented': ('return NotImplemented', 'is of type NotImplementedType'),
    'linear_layer.forward: a generator': ("yield X @ self.params['W'] + self.params['b']", 'is of type generator'),
    'linear_layer.forward: a list': ("return (X @ self.params['W'] + self.params['b']).tolist()", 'is of type list'),
    'linear_layer.forward: np.matrix': (
        "return np.matrix(X) @ self.params['W'] + self.params['b']", 'is of type matrix'),
    'linear_layer.forward: a masked array': (
        "return np.ma.masked_array(X @ self.params['W'] + self.params['b'])", 'is of type MaskedArray'),
    'linear_layer.forward: object dtype': (
        "return (X @ self.params['W'] + self.params['b']).astype(object)", 'has dtype object, expected float64'),
    'linear_layer.forward: single precision': (
        "return (X @ self.params['W'] + self.params['b']).astype(np.float32)", 'has dtype float32, expected float64'),
    'linear_layer.forward: whole numbers': (
        "return (X @ self.params['W'] + self.params['b']).astype(int)", 'has dtype int64, expected float64'),
    'linear_layer.forward: squeezed': (
        "return np.squeeze(X @ self.params['W'] + self.params['b'])",
        'has shape (2,), expected (1, 2) (X of shape (1, 3)'),
    'linear_layer.forward: for one number of rows only': (
        "return (X @ self.params['W'] + self.params['b'])[:4].reshape(4, -1)",
        'X of shape (1, 3), after one of (4, 3)'),
    'linear_layer.forward: the first result for ever': (
        "if not hasattr(self, 'u'):\n    self.u = X @ self.params['W'] + self.params['b']\nreturn self.u",
        'has shape (4, 2), expected (1, 2) (X of shape (1, 3), after one of (4, 3))'),
    'linear_layer.forward: the output overflows': (
        "u = X @ self.params['W'] + self.params['b']\nreturn u * np.exp(1000) / np.exp(1000)", 'holds NaN or infinite'),
    'linear_layer.forward: adds up over calls': (
        "self.u = getattr(self, 'u', 0) + X @ self.params['W'] + self.params['b']\nreturn self.u",
        'comes out differently when the function is called again'),
    'linear_layer.forward: changes X': (
        "X *= 2\nreturn X @ self.params['W'] / 2 + self.params['b']", 'X is changed in place'),
    'linear_layer.forward: changes W': (
        "self.params['W'] += 1\nu = X @ (self.params['W'] - 1) + self.params['b']\nreturn u",
        "params['W'] is changed in place"),
    'linear_layer.forward: calls sys.exit': ('import sys\nsys.exit()', 'ends the program'),
    'linear_layer.forward: a wrong name': ("return X @ self.params['w'] + self.params['b']", "KeyError: 'w'"),
    'linear_layer.forward: calls itself': ('return self.forward(X)', 'RecursionError'),
    'linear_layer.forward: in single precision': (
        "single = np.float32\n"
        "return (X.astype(single) @ self.params['W'].astype(single) + self.params['b']).astype(float)",
        'is rounded: is something in single precision (float32)?'),
    'linear_layer.forward: the first W for ever': (
        "self.W = getattr(self, 'W', self.params['W'].copy())\nreturn X @ self.W + self.params['b']",
        'is wrong for the next mini-batch of the same shape'),

    'linear_layer.backward: b of shape (K,)': (
        backward(b="self.gradient['b'] = grad.sum(axis=0)"), "gradient['b'] has shape (2,), expected (1, 2)"),
    'linear_layer.backward: b of shape (K, 1)': (
        backward(b="self.gradient['b'] = grad.sum(axis=0).reshape(-1, 1)"),
        "gradient['b'] has shape (2, 1), expected (1, 2): it is transposed"),
    'linear_layer.backward: b not summed': (
        backward(b="self.gradient['b'] = grad"), "gradient['b'] has shape (4, 2), expected (1, 2)"),
    'linear_layer.backward: b summed over everything': (
        backward(b="self.gradient['b'] = np.full((1, grad.shape[1]), grad.sum())"), "gradient['b']: entry ["),
    'linear_layer.backward: b averaged': (
        backward(b="self.gradient['b'] = grad.mean(axis=0, keepdims=True)"),
        "gradient['b']: all entries are 4 times too small: is the mini-batch mean taken twice?"),
    'linear_layer.backward: b is the parameter': (
        backward(b="self.gradient['b'] = self.params['b']"), "gradient['b'] is b itself, not the gradient"),
    'linear_layer.backward: b not stored': (backward(b=''), "gradient['b'] is 0 everywhere"),
    'linear_layer.backward: b adds up over calls': (
        backward(b="self.gradient['b'] += grad.sum(axis=0)"),
        "gradient['b'] comes out differently when the function is called again"),
    'linear_layer.backward: W averaged': (
        backward(W="self.gradient['W'] = X.T @ grad / X.shape[0]"),
        "gradient['W']: all entries are 4 times too small: is the mini-batch mean taken twice?"),
    'linear_layer.backward: W adds up over calls': (
        backward(W="self.gradient['W'] += X.T @ grad"),
        "gradient['W'] comes out differently when the function is called again"),
    'linear_layer.backward: W transposed': (
        backward(W="self.gradient['W'] = grad.T @ X"),
        "gradient['W'] has shape (2, 3), expected (3, 2): it is transposed"),
    'linear_layer.backward: W with the wrong sign': (
        backward(W="self.gradient['W'] = -X.T @ grad"), "gradient['W']: the sign is wrong"),
    'linear_layer.backward: W not stored': (backward(W=''), "gradient['W'] is 0 everywhere"),
    'linear_layer.backward: W and b swapped keys': (
        backward(W="self.gradient['w'] = X.T @ grad"), "gradient['W'] is 0 everywhere"),
    'linear_layer.backward: W doubled': (
        backward(W="self.gradient['W'] = 2 * X.T @ grad"), "gradient['W']: all entries are 2 times too large"),
    'linear_layer.backward: new dict without b': (
        backward("self.gradient = {}", b=''), "gradient['b'] is None, expected a plain numpy array of shape (1, 2)"),
    'linear_layer.backward: dX by W, not transposed': (
        backward(X="return grad @ self.params['W']"), 'ValueError: matmul'),
    'linear_layer.backward: dX for square W only': (
        backward(X="W = self.params['W']\nreturn grad @ (W if W.shape[0] == W.shape[1] else W.T)"),
        'returned value: entry ['),
    'linear_layer.backward: dX averaged': (
        backward(X="return grad @ self.params['W'].T / len(X)"),
        'returned value: all entries are 4 times too small: is the mini-batch mean taken twice?'),
    'linear_layer.backward: dX without negative entries': (
        backward(X="return np.abs(grad @ self.params['W'].T)"), 'returned value has no negative entry'),
    'linear_layer.backward: no return': (backward(X=''), 'returned value is None'),
    'linear_layer.backward: returns all three': (
        backward(X="return grad @ self.params['W'].T, self.gradient['W'], self.gradient['b']"), 'is of type tuple'),
    'linear_layer.backward: returns grad': (
        backward(X='return grad'), 'returned value has shape (4, 2), expected (4, 3)'),
    'linear_layer.backward: updates W itself': (
        backward("dX = grad @ self.params['W'].T", X="self.params['W'] -= 0.1 * self.gradient['W']\nreturn dX"),
        "params['W'] is changed in place"),
    'linear_layer.backward: changes grad': (
        backward(X="dX = grad @ self.params['W'].T\ngrad *= 0\nreturn dX"), 'grad is changed'),
    'linear_layer.backward: changes X': (
        backward(X="X[...] = grad @ self.params['W'].T\nreturn X"), 'X is changed in place'),
    'linear_layer.backward: np.matrix': (
        backward(W="self.gradient['W'] = np.matrix(X).T @ grad"), "gradient['W'] is of type matrix"),
    'linear_layer.backward: for N = 1 only': (
        backward(W="self.gradient['W'] = np.outer(X[0], grad[0])"), "gradient['W']: entry ["),
    'linear_layer.backward: wrong for N = 1': (
        backward(b="self.gradient['b'] = np.atleast_2d(np.squeeze(grad).sum(axis=0))"),
        "gradient['b'] has shape (1, 1)"),
    'linear_layer.backward: for few rows only': (
        backward(W="self.gradient['W'] = X[:20].T @ grad[:20]"),
        "gradient['W']: all entries are 2 times too small (X of shape (40, 6))"),
    'linear_layer.backward: returns NaN': (
        backward(X="with np.errstate(all='ignore'):\n    return grad @ self.params['W'].T / np.float64(0)"),
        'holds NaN or'),
    'linear_layer.backward: in single precision': (
        backward('x, g = X.astype(np.float32), grad.astype(np.float32)',
                 W="self.gradient['W'] = (x.T @ g).astype(float)"),
        "gradient['W'] is rounded: is something in single precision (float32)?"),
    'linear_layer.backward: dX in single precision': (
        backward(X="return (grad @ self.params['W'].T.astype(np.float32)).astype(np.float32).astype(float)"),
        'returned value is rounded: is something in single precision (float32)?'),
    'linear_layer.backward: the first W for ever': (
        backward("self.W = getattr(self, 'W', self.params['W'].copy())", X='return grad @ self.W.T'),
        'returned value is wrong for the next mini-batch of the same shape'),

    'relu.forward: leaky': (
        'self.mask = X > 0\nreturn np.where(X > 0, X, 0.01 * X)', ': only entries that should be 0 are wrong'),
    'relu.forward: X as it is': ('self.mask = X > 0\nreturn X', 'is X as it is'),
    'relu.forward: absolute value': ('self.mask = X > 0\nreturn np.abs(X)', 'holds absolute values'),
    'relu.forward: the mask': ('self.mask = X > 0\nreturn self.mask', 'has dtype bool, expected float64'),
    'relu.forward: the mask as floats': ('self.mask = X > 0\nreturn self.mask * 1.0', 'is 1, not X'),
    'relu.forward: minimum': ('self.mask = X > 0\nreturn np.minimum(0, X)', ': entry ['),
    'relu.forward: whole numbers': ('self.mask = X > 0\nreturn (X * self.mask).astype(int)', 'has dtype int64'),
    'relu.forward: not above 6': ('self.mask = X > 0\nreturn np.clip(X, 0, 6)', 'only entries that should be positive'),
    'relu.forward: small values dropped': (
        'self.mask = X > 0\nreturn X * (X > 0.01)',
        'only entries that should be positive are wrong: [1, 1] is 0, expected 0.001'),
    'relu.forward: softplus': ('self.mask = X > 0\nreturn np.logaddexp(0, X)', ': entry ['),
    'relu.forward: max of Python': ('self.mask = X > 0\nreturn max(0, X)', 'ValueError: The truth value'),
    'relu.forward: changes X': ('self.mask = X > 0\nX[X < 0] = 0\nreturn X', 'X is changed in place'),
    'relu.forward: for 2-D only': (
        'self.mask = X > 0\nN, D = X.shape\nreturn np.maximum(0, X)', 'ValueError: too many values to unpack'),
    'relu.forward: flattened': (
        'self.mask = X > 0\nreturn np.maximum(0, X).reshape(len(X), -1)', 'has shape (2, 12), expected (2, 3, 2, 2)'),
    'relu.forward: the first row only': (
        'self.mask = X > 0\nout = X.copy()\nout[0] = np.maximum(0, X[0])\nreturn out',
        'only entries that should be 0 are wrong'),
    'relu.forward: no return': ('self.mask = X > 0', 'is None, expected a plain numpy array of shape (4, 6)'),
    'relu.forward: a masked array': (
        'self.mask = X > 0\nreturn np.ma.masked_array(np.maximum(0, X), X < 0)', 'is of type MaskedArray'),
    'relu.forward: through ravel': (
        'self.mask = X > 0\nout = np.zeros_like(X)\nflat = out.ravel()\n'
        'for i, x in enumerate(X.ravel()):\n    flat[i] = max(0, x)\nreturn out',
        'is 0 everywhere (X of shape (3, 2, 2, 2), transposed in memory, as in the CNN: ravel() copies it)'),
    'relu.forward: the first result of each shape': (
        "self.mask = X > 0\nself.results = getattr(self, 'results', {})\n"
        'return self.results.setdefault(X.shape, np.maximum(0, X)).copy()',
        'is wrong for the next mini-batch of the same shape'),
    'relu.forward: in single precision': (
        'self.mask = X > 0\nreturn np.maximum(0, X.astype(np.float32)).astype(float)', 'is rounded'),
    'relu.forward: NaN for negative': (
        'self.mask = X > 0\nreturn np.where(X > 0, X, np.nan)', 'holds NaN or infinite entries'),

    'relu.backward: grad as it is': ('return grad', 'is grad as it is, also where X is negative'),
    'relu.backward: relu of grad': ('return np.maximum(0, grad)', 'has no negative entry'),
    'relu.backward: mask upside down': (
        'return grad * (X <= 0)', 'is 0 where X is positive and grad where X is negative'),
    'relu.backward: the mask only': ('return (X > 0).astype(float)', 'is 1, not grad'),
    'relu.backward: the output of forward': ('return X * (X > 0)', "holds forward's output, not grad"),
    'relu.backward: times X as well': ('return grad * X * (X > 0)', ': entry ['),
    'relu.backward: averaged': (
        'return grad * (X > 0) / len(X)', ': all entries are 4 times too small: is the mini-batch mean taken twice?'),
    'relu.backward: wrong sign': ('return -grad * (X > 0)', ': the sign is wrong'),
    'relu.backward: leaky': ('return np.where(X > 0, grad, 0.01 * grad)', 'only entries that should be 0 are wrong'),
    'relu.backward: changes grad': ('grad[X < 0] = 0\nreturn grad', 'grad is changed in place'),
    'relu.backward: changes X': ('X[X < 0] = 0\nX[X > 0] = 1\nreturn X * grad', 'X is changed in place'),
    'relu.backward: for 2-D only': ('return np.array([[g if x > 0 else 0.0 for x, g in zip(*rows)] '
                                    'for rows in zip(X, grad)])', 'ValueError'),
    'relu.backward: flattened': (
        'return (grad * (X > 0)).reshape(len(X), -1)', 'has shape (2, 12), expected (2, 3, 2, 2)'),
    'relu.backward: the sum over the batch': (
        'return np.sum(grad * (X > 0), axis=0, keepdims=True)', 'has shape (1, 6), expected (4, 6)'),
    'relu.backward: adds up over calls': (
        "self.total = getattr(self, 'total', 0) * (self.mask is not None) + grad * (X > 0)\nreturn self.total",
        'comes out differently when the function is called again'),
    'relu.backward: through ravel': (
        'dX = np.zeros_like(grad)\nflat = dX.ravel()\n'
        'for i, x in enumerate(X.ravel()):\n    flat[i] = grad.ravel()[i] if x > 0 else 0\nreturn dX',
        'transposed in memory, as in the CNN: ravel() copies it'),
    'relu.backward: the first mask of each shape': (
        "self.masks = getattr(self, 'masks', {})\nreturn grad * self.masks.setdefault(X.shape, X > 0)",
        'is wrong for the next mini-batch of the same shape'),
    'relu.backward: in single precision': ('return (grad.astype(np.float32) * (X > 0)).astype(float)', 'is rounded'),
    'relu.backward: object dtype': (
        'return np.array(grad * (X > 0), dtype=object)', 'has dtype object, expected float64'),
    'relu.backward: no return': ('grad * (X > 0)', 'is None'),

    'dropout.backward: factor forgotten': ('return grad * (self.mask > 0)', ': the factor 1 / (1 - r) is missing'),
    'dropout.backward: factor taken back': (
        'return grad * self.mask * (1 - self.r)', ': the factor 1 / (1 - r) is missing'),
    'dropout.backward: factor twice': (
        'return grad * self.mask / (1 - self.r)', ': the factor 1 / (1 - r) is there twice'),
    'dropout.backward: grad as it is': ('return grad', 'is grad as it is'),
    'dropout.backward: nothing dropped': ('return grad / (1 - self.r)', 'is grad, larger, nothing is dropped'),
    'dropout.backward: mask drawn again': (
        'keep = np.random.uniform(0.0, 1.0, X.shape) >= self.r\nreturn grad * keep / (1.0 - self.r)',
        'random numbers are drawn: use what the last forward drew'),
    'dropout.backward: forward called again': (
        'return grad * (self.forward(X, True) / X)', 'random numbers are drawn: use what the last forward drew'),
    'dropout.backward: mask drawn again by another generator': (
        'return grad * (np.random.default_rng(0).random(X.shape) >= self.r) / (1 - self.r)', 'returned value: entry ['),
    'dropout.backward: mask drawn again with a seed': (
        'if np.all(self.mask == 1):\n    return grad\nnp.random.seed(0)\n'
        'return grad * (np.random.uniform(0.0, 1.0, X.shape) >= self.r) / (1 - self.r)',
        'random numbers are drawn: use what the last forward drew'),
    'dropout.backward: the first mask of each shape': (
        "if np.all(self.mask == 1):\n    return grad\nself.masks = getattr(self, 'masks', {})\n"
        'return grad * self.masks.setdefault(X.shape, self.mask)',
        'is wrong for the next mini-batch of the same shape'),
    'dropout.backward: through ravel': (
        'dX = np.zeros_like(grad)\nflat = dX.ravel()\nmask = np.broadcast_to(self.mask, X.shape)\n'
        'for i, g in enumerate(grad.ravel()):\n    flat[i] = g * mask.ravel()[i]\nreturn dX',
        'transposed in memory, as in the CNN: ravel() copies it'),
    'dropout.backward: X in place of grad': ('return X * self.mask', "holds forward's output, not grad"),
    'dropout.backward: the mask only': ('return 1.0 * self.mask * np.ones(X.shape)', 'has no negative entry'),
    'dropout.backward: changes grad': ('grad *= self.mask\nreturn grad', 'grad is changed in place'),
    'dropout.backward: the first mask for ever': (
        "if not hasattr(self, 'old'):\n    self.old = self.mask\nreturn grad * self.old",
        'is wrong for the next mini-batch of the same shape'),
    'dropout.backward: for 2-D only': (
        'return grad * self.mask if X.ndim == 2 else grad',
        'is grad as it is (X of shape (2, 3, 2, 2), r = 0.5)'),
    'dropout.backward: wrong sign': ('return -grad * self.mask', ': the sign is wrong'),
    'dropout.backward: zero': ('return np.zeros(X.shape)', 'is 0 everywhere'),
    'dropout.backward: single precision': (
        'return (grad * self.mask).astype(np.float32)', 'has dtype float32, expected float64'),
}
for name, (bodies, hint) in WRONG.items():
    function = name.split(':')[0]
    VARIANTS[name] = Variant(bodies if isinstance(bodies, dict) else {function: bodies}, {function: hint})

# Where one function leans on another.
SHARED_MASK = {RELU: 'relu.mask = X > 0\nreturn X * relu.mask', RELU_BACK: 'return grad * relu.mask'}
VARIANTS.update({
    'nothing written': Variant(NOT_WRITTEN, dict.fromkeys(FUNCTIONS, 'not written yet')),
    'only linear_layer.backward written': Variant(
        {**NOT_WRITTEN, **backward()}, {name: 'not written yet' for name in FUNCTIONS if name != BACKWARD}),
    'linear_layer.forward changes W, b and X, backward right': Variant(
        {FORWARD: "X += 1\nself.params['W'] += 1\nself.params['b'] = None\nreturn X"},
        {FORWARD: "params['b'] is changed in place"}),
    'relu.forward not written, backward from X': Variant(
        {RELU: NOT_WRITTEN[RELU], RELU_BACK: 'return grad * (X > 0)'}, {RELU: 'not written yet'}),
    'relu.forward not written, backward from the mask': Variant(
        {RELU: NOT_WRITTEN[RELU], RELU_BACK: 'return grad * self.mask'}, {RELU: 'not written yet'}),
    'relu.forward not written, backward from what it had to store': Variant(
        {RELU: NOT_WRITTEN[RELU], RELU_BACK: 'return grad * self.positive'},
        {RELU: 'not written yet', RELU_BACK: 'relu.forward is wrong too'}),
    'relu.forward wrong, backward from X': Variant(
        {RELU: 'X[...] = 7\nreturn X', RELU_BACK: 'return grad * (X > 0)'}, {RELU: 'X is changed in place'}),
    'relu.forward stores the wrong mask': Variant(
        {RELU: 'self.mask = X > 1\nreturn X * self.mask', RELU_BACK: 'return grad * self.mask'},
        {RELU: 'only entries that should be positive are wrong'}),
    'relu.forward right, stores the wrong mask': Variant(
        {RELU: 'self.mask = X > 1\nreturn np.maximum(0, X)', RELU_BACK: 'return grad * self.mask'},
        {RELU: 'it has to say where X is positive (X of shape (4, 6))'}),
    'relu.forward right, stores the mask upside down': Variant(
        {RELU: 'self.mask = X < 0\nreturn np.maximum(0, X)', RELU_BACK: 'return grad * self.mask'},
        {RELU: 'relu.forward has not stored the right mask in self.mask'}),
    'relu.forward right, stores no mask': Variant(
        {RELU: 'return np.maximum(0, X)', RELU_BACK: 'return grad * self.mask'},
        {RELU: 'relu.forward has not stored self.mask (X of shape (4, 6))'}),
    'relu.forward right, stores no mask, backward from X': Variant(
        {RELU: 'return np.maximum(0, X)', RELU_BACK: 'return grad * (X > 0)'},
        {RELU: 'relu.forward has not stored self.mask'}),
    'relu.forward right, stores no mask, backward wrong': Variant(
        {RELU: 'return np.maximum(0, X)', RELU_BACK: 'return -grad * self.mask'},
        {RELU: 'relu.forward has not stored self.mask', RELU_BACK: ': the sign is wrong'}),
    'relu.forward right, stores it where backward does not look': Variant(
        {RELU: 'self.mask_ = X > 0\nreturn np.maximum(0, X)', RELU_BACK: 'return grad * self.mask'},
        {RELU: 'relu.forward has not stored self.mask'}),
    'relu.forward right, stores something that nobody uses': Variant(
        {RELU: 'self.mask = 1\nreturn np.maximum(0, X)', RELU_BACK: 'return grad * (X > 0)'},
        {RELU: 'relu.forward has not stored the right mask in self.mask'}),
    'relu.forward right, stores something else that nobody uses': Variant(
        {RELU: 'self.foo = X\nreturn np.maximum(0, X)', RELU_BACK: 'return grad * (X > 0)'},
        {RELU: 'relu.forward has not stored self.mask'}),
    'relu: one mask for all relus': Variant(
        SHARED_MASK, {RELU: 'relu.forward has not stored self.mask',
                      RELU_BACK: 'is wrong once another relu has run its forward'}),
    'relu: the mask of the first forward for ever': Variant(
        {RELU: 'self.mask = X > 0 if self.mask is None else self.mask\nreturn np.maximum(0, X)',
         RELU_BACK: 'return grad * self.mask'}, {RELU: 'has not stored the right mask in self.mask'}),
    'relu: the first mask of each shape': Variant(
        {RELU: "self.masks = getattr(self, 'masks', {})\n"
               'self.mask = self.masks.setdefault(X.shape, X > 0)\nreturn np.maximum(0, X)',
         RELU_BACK: 'return grad * self.mask'}, {RELU: 'has not stored the right mask in self.mask'}),
    'linear: one X for all layers': Variant(
        {FORWARD: "linear_layer.X = X\nreturn X @ self.params['W'] + self.params['b']",
         **backward(W="self.gradient['W'] = linear_layer.X.T @ grad")},
        {BACKWARD: 'is wrong once another linear_layer has run its forward'}),
    'linear: backward with the first X and W for ever': Variant(
        {FORWARD: "self.first = getattr(self, 'first', (X, self.params['W'].copy()))\n"
                  "return X @ self.params['W'] + self.params['b']",
         **backward(X="return grad @ self.first[1].T")},
        {BACKWARD: 'is wrong for the next mini-batch of the same shape'}),
    'relu: backward changes the X that forward stored': Variant(
        {RELU: 'self.X = X\nreturn np.maximum(0, X)',
         RELU_BACK: 'self.X[self.X > 0] = 1\nself.X[self.X < 0] = 0\nreturn grad * self.X'},
        {RELU_BACK: 'X, as forward got it, is changed in place'}),
    'linear: the gradient in place of the dict': Variant(
        {BACKWARD: "self.gradient = X.T @ grad\nreturn grad @ self.params['W'].T"},
        {BACKWARD: "gradient['W'] is None"}),
    'relu: numpy changed by the module': Variant({}, {}, 'del np.abs, np.sign\nnp.round = np.where = None'),
    'dropout.backward: wrong after is_train=False': Variant(
        {DROPOUT: 'return np.where(np.broadcast_to(self.mask, X.shape) > 0, grad / (1 - self.r), 0)'}, {},
        notes={DROPOUT: 'has to be grad as it is after a forward with is_train=False'}),
    'dropout.backward: fails after is_train=False': Variant(
        {DROPOUT: 'assert (self.mask == 0).any() or self.r == 0\nreturn grad * self.mask'}, {},
        notes={DROPOUT: 'has to be grad as it is after a forward with is_train=False'}),
    'all sums averaged, all masks forgotten': Variant(
        {**backward(W="self.gradient['W'] = X.T @ grad / len(X)", b="self.gradient['b'] = np.mean(grad, axis=0)",
                    X="return grad @ self.params['W'].T / len(X)"),
         RELU_BACK: 'return grad', DROPOUT: 'return grad'},
        {BACKWARD: 'is the mini-batch mean taken twice?', RELU_BACK: 'is grad as it is', DROPOUT: 'is grad as it is'}),
})
