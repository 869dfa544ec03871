"""Right ways to write the five functions; what a way does not name keeps the body of the master copy."""

from tests.helpers.variants.variant import BACKWARD, DROPOUT, FORWARD, RELU, RELU_BACK, Variant, backward

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
