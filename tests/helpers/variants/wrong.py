"""One function written wrong, in many ways."""

from tests.helpers.variants.variant import Variant, backward

# The function stands before the colon of the name; then its body, and what the checker's hint says.
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


VARIANTS = {}
for name, (bodies, hint) in WRONG.items():
    function = name.split(':')[0]
    VARIANTS[name] = Variant(bodies if isinstance(bodies, dict) else {function: bodies}, {function: hint})
