"""Where one function leans on another: combinations of right, wrong and missing ones."""

from tests.helpers.variants.variant import (
    BACKWARD,
    DROPOUT,
    FORWARD,
    FUNCTIONS,
    NOT_WRITTEN,
    RELU,
    RELU_BACK,
    Variant,
    backward,
)

SHARED_MASK = {RELU: 'relu.mask = X > 0\nreturn X * relu.mask', RELU_BACK: 'return grad * relu.mask'}
VARIANTS = {
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
}
