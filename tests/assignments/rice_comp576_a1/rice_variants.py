"""Right and wrong ways to write the blanks, and what each is worth: name -> a Variant."""

from fractions import Fraction
from typing import NamedTuple

ONE = 'NeuralNetwork.'
DEEP = 'DeepNeuralNetwork.'


class Variant(NamedTuple):
    item: str               # that is judged
    bodies: dict            # blank -> code
    share: Fraction = Fraction(1)
    kind: str = ''


def _variant(item, body, share='1', kind='', blank=None, **more):
    return Variant(item, {blank or item: body, **more}, Fraction(share), kind)


ACT = '''
if name == 'tanh':
    return np.tanh(z)
if name == 'relu':
    return np.maximum(z, 0)
return 0.5 * (1 + np.tanh(z / 2))
'''
DIFF = '''
if name == 'tanh':
    return 1 - np.tanh(z) ** 2
if name == 'relu':
    return np.where(z > 0, 1.0, 0.0)
s = 0.5 * (1 + np.tanh(z / 2))
return s * (1 - s)
'''
FORWARD = '''
self.z1 = X.dot(self.W1) + self.b1
self.a1 = actFun(self.z1)
self.z2 = self.a1.dot(self.W2) + self.b2
exp = np.exp(self.z2 - self.z2.max(axis=1, keepdims=True))
self.probs = exp / exp.sum(axis=1, keepdims=True)
'''
LOSS = 'data_loss = -sum(log_softmax(self.z2)[n, k] for n, k in enumerate(y))'
BACK = '''
delta = self.probs.copy()
delta[range(len(X)), y] -= 1
dW2 = self.a1.T @ delta
db2 = delta.sum(axis=0, keepdims=True)
delta = delta @ self.W2.T * self.diff_actFun(self.z1, self.actFun_type)
return X.T @ delta, dW2, delta.sum(axis=0, keepdims=True), db2
'''
LAYER = '''
dz = da * self.diff_actFun(self.z)
self.dW = self.X.T @ dz
self.db = np.sum(dz, axis=0, keepdims=True)
return dz @ self.W.T
'''
DERIVATIVE = 'self.diff_actFun(self.z1, self.actFun_type)'
ROW_BY_ROW = '''
dW1, dW2 = np.zeros_like(self.W1), np.zeros_like(self.W2)
db1, db2 = np.zeros_like(self.b1), np.zeros_like(self.b2)
for n in range(len(X)):
    d2 = self.probs[n] - np.eye(self.nn_output_dim)[y[n]]
    d1 = self.W2 @ d2 * self.diff_actFun(self.z1[n], self.actFun_type)
    dW2, db2 = dW2 + np.outer(self.a1[n], d2), db2 + d2
    dW1, db1 = dW1 + np.outer(X[n], d1), db1 + d1
return dW1, dW2, db1, db2
'''
ELEMENTS = ('np.array([[float(self.diff_actFun(z, type=self.actFun_type.upper())) for z in row] '
            'for row in self.z1.tolist()])')
LOG_KEPT = FORWARD + 'self.log_probs = log_softmax(self.z2)'
LOSS_OF_KEPT = 'data_loss = -np.sum(self.log_probs[np.arange(num_examples), y])'
DEEP_FORWARD = '''
for layer in self.layers:
    X = layer.feedforward(X)
self.z, self.kept = X, {'log': log_softmax(X)}
self.probs = np.exp(self.kept['log'])
'''
DEEP_LOSS = '''
data_loss = -np.sum(log_softmax(self.z)[np.arange(len(X)), y])
squares = sum(np.sum(layer.W ** 2) for layer in self.layers)
return (data_loss + self.reg_lambda / 2 * squares) / len(X)
'''
DEEP_BACK = '''
gradient = self.probs - np.eye(self.layer_sizes[-1])[y]
for layer in reversed(self.layers):
    gradient = layer.backprop(gradient)
return [layer.dW for layer in self.layers], [layer.db for layer in self.layers]
'''
FIT = '''
for layer in self.layers:
    layer.W -= epsilon * (layer.dW + self.reg_lambda * layer.W)
    layer.b -= epsilon * layer.db
'''


def changed(code, old, new):
    """The code with a part replaced, which has to be there."""
    assert old in code, old
    return code.replace(old, new)


RIGHT = {
    'actFun: by tanh': _variant(f'{ONE}actFun', ACT),
    'diff_actFun: truth values for ReLU': _variant(f'{ONE}diff_actFun', changed(DIFF, 'np.where(z > 0, 1.0, 0.0)',
                                                                                'z > 0')),
    'feedforward: softmax by itself, log-sum-exp': _variant(
        f'{ONE}feedforward', FORWARD, log_softmax='top = z.max(axis=1)[:, None]\n'
        'return z - (top + np.log(np.exp(z - top).sum(axis=1)[:, None]))'),
    'loss: a loop': _variant(f'{ONE}calculate_loss', LOSS),
    'backprop: a copy of probs': _variant(f'{ONE}backprop', BACK),
    'backprop: the derivative written out': _variant(f'{ONE}backprop', changed(
        BACK, 'self.diff_actFun(self.z1, self.actFun_type)',
        "{'tanh': 1 - self.a1 ** 2, 'sigmoid': self.a1 * (1 - self.a1), 'relu': self.a1 > 0}[self.actFun_type]")),
    'backprop: row by row': _variant(f'{ONE}backprop', ROW_BY_ROW),
    'backprop: each derivative by itself': _variant(f'{ONE}backprop', changed(BACK, DERIVATIVE, ELEMENTS)),
    'backprop: columns': _variant(f'{ONE}backprop', changed(BACK, DERIVATIVE, (
        'np.stack([self.diff_actFun(z, self.actFun_type) for z in self.z1.T], axis=1)'))),
    'backprop: turned round': _variant(f'{ONE}backprop', changed(
        BACK, DERIVATIVE, 'self.diff_actFun(self.z1.T, self.actFun_type).T')),
    'backprop: net inputs computed again': _variant(f'{ONE}backprop', changed(
        BACK, DERIVATIVE, 'self.diff_actFun((self.W1.T @ X.T + self.b1.T).T + 1e-15, self.actFun_type)')),
    'backprop: the derivative of the function computed again': _variant(f'{ONE}backprop', changed(
        BACK, DERIVATIVE, "{'tanh': 1 - a ** 2, 'sigmoid': a * (1 - a), 'relu': a > 0}[self.actFun_type]").replace(
            'delta = delta @', 'a = self.actFun(self.z1, self.actFun_type)\ndelta = delta @'),
        **{f'{ONE}actFun': ACT}),
    'backprop: feedforward once more': _variant(
        f'{ONE}backprop', f'self.feedforward(X, lambda z: self.actFun(z, self.actFun_type))\n{BACK}'),
    'backprop: probabilities rounded otherwise': _variant(
        f'{ONE}backprop', f'self.probs = self.probs / self.probs.sum(axis=1, keepdims=True) * (1 + 2e-16)\n{BACK}'),
    'backprop: what feedforward has kept': _variant(f'{ONE}backprop', changed(changed(
        BACK, DERIVATIVE, 'self.d1'), 'X.T @', 'self.a0.T @'), **{f'{ONE}feedforward': (
            f'{FORWARD}self.a0, self.d1 = X, self.diff_actFun(self.z1, self.actFun_type)')}),
    'loss: what feedforward has kept': _variant(f'{ONE}calculate_loss', LOSS_OF_KEPT, **{
        f'{ONE}feedforward': LOG_KEPT}),
    'loss: scores computed again': _variant(f'{ONE}calculate_loss', LOSS.replace(
        'self.z2', 'self.a1 @ self.W2 + self.b2')),
    'deep loss: what feedforward has kept': _variant(f'{DEEP}calculate_loss', changed(
        DEEP_LOSS, 'log_softmax(self.z)', "self.kept['log']"), **{f'{DEEP}feedforward': DEEP_FORWARD}),
    'Layer: other names': _variant('Layer', changed(changed(LAYER, 'self.z)', 'self.net)'), 'self.X', 'self.x'), **{
        'blank': 'Layer.backprop', 'Layer.feedforward': 'self.x = X\nself.net = X @ self.W + self.b\n'
                                                        'return self.actFun(self.net)'}),
    'deep loss: its own softmax': _variant(f'{DEEP}calculate_loss', '''
        z = self.z - self.z.max(axis=1, keepdims=True)
        data_loss = (np.log(np.exp(z).sum(axis=1)) - z[range(len(y)), y]).sum()
        return (data_loss + sum((layer.W ** 2).sum() for layer in self.layers) * self.reg_lambda / 2) / len(y)'''),
    'fit_model: new arrays': _variant(f'{DEEP}fit_model', FIT.replace('-= epsilon * ', '= layer.X - epsilon * ')
                                      .replace('W = layer.X', 'W = layer.W').replace('b = layer.X', 'b = layer.b')),
}

WRONG = {
    'actFun: exp overflows': _variant(f'{ONE}actFun', changed(ACT, '0.5 * (1 + np.tanh(z / 2))',
                                                              'np.exp(z) / (1 + np.exp(z))'), '3/4', 'unstable'),
    'actFun: the spelling of the text only': _variant(f'{ONE}actFun', ACT.replace("name ==", "type ==").replace(
        "'tanh'", "'Tanh'").replace("'relu'", "'ReLU'"), '1/2', 'other-function'),
    'diff_actFun: 1 - z squared': _variant(f'{ONE}diff_actFun', changed(DIFF, 'np.tanh(z) ** 2', 'z ** 2'), '3/5',
                                           'z-for-output'),
    'diff_actFun: at a': _variant(f'{ONE}diff_actFun', changed(DIFF, 'np.tanh(z) ** 2', 'np.tanh(np.tanh(z)) ** 2'),
                                  '3/5', 'derivative-of-output'),
    'diff_actFun: ReLU is 1 at 0': _variant(f'{ONE}diff_actFun', changed(DIFF, 'z > 0', 'z >= 0'), '4/5',
                                            'relu-at-zero'),
    'log_softmax: no shift': _variant(f'{ONE}feedforward', FORWARD, '5/6', 'unstable', log_softmax=(
        'return z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))')),
    'log_softmax: log of softmax': _variant(f'{ONE}feedforward', FORWARD, '5/6', 'unstable', log_softmax=(
        'exp = np.exp(z - z.max(axis=1, keepdims=True))\nreturn np.log(exp / exp.sum(axis=1, keepdims=True))')),
    'feedforward: the own activation': _variant(f'{ONE}feedforward', changed(
        FORWARD, 'actFun(self.z1)', 'self.actFun(self.z1, self.actFun_type)'), '1/2', 'own-activation'),
    'feedforward: an activation on the output': _variant(f'{ONE}feedforward', changed(
        FORWARD, 'self.a1.dot(self.W2) + self.b2', 'actFun(self.a1.dot(self.W2) + self.b2)'), '2/3', 'wrong-values'),
    'loss: a mean already': _variant(f'{ONE}calculate_loss', f'{LOSS} / len(X)', '0', 'loss-divided'),
    'loss: log of probabilities': _variant(f'{ONE}calculate_loss', (
        'data_loss = -np.sum(np.log(self.probs[np.arange(num_examples), y]))'), '2/3', 'unstable'),
    'loss: two classes only': _variant(f'{ONE}calculate_loss', (
        'data_loss = -np.sum(log_softmax(self.z2)[:, :2] * np.eye(2)[np.minimum(y, 1)])'), '0', 'wrong-values'),
    'backprop: divided': _variant(f'{ONE}backprop', changed(BACK, '-= 1\n', '-= 1\ndelta /= len(X)\n'), '0',
                                  'gradient-divided'),
    'backprop: regularized': _variant(f'{ONE}backprop', changed(
        BACK, 'self.a1.T @ delta', 'self.a1.T @ delta + self.reg_lambda * self.W2'), '2/3', 'regularized'),
    'backprop: probs in place': _variant(f'{ONE}backprop', changed(BACK, 'self.probs.copy()', 'self.probs'), '4/5',
                                         'probs-changed'),
    'backprop: the derivative at a': _variant(f'{ONE}backprop', changed(BACK, 'self.z1, ', 'self.a1, '), '1/2',
                                              'derivative-of-output'),
    'backprop: the derivative at a, row by row': _variant(f'{ONE}backprop', changed(ROW_BY_ROW, 'z1[n]', 'a1[n]'),
                                                          '1/2', 'derivative-of-output'),
    'backprop: the derivative of tanh only': _variant(f'{ONE}backprop', changed(BACK, 'self.actFun_type', "'tanh'"),
                                                      '1/2', 'wrong-values'),
    'backprop: the derivative without the biases': _variant(f'{ONE}backprop', changed(
        BACK, 'self.z1, ', 'X @ self.W1, '), '1/2', 'wrong-values'),
    'backprop: no derivative': _variant(f'{ONE}backprop', changed(BACK, f' * {DERIVATIVE}', ''), '1/2',
                                        'derivative-missing'),
    'backprop: another array for probs': _variant(f'{ONE}backprop', changed(
        BACK, 'self.probs.copy()', 'self.probs = self.probs.copy()'), '4/5', 'probs-changed'),
    'loss: what feedforward has kept, with the wrong sign': _variant(
        f'{ONE}calculate_loss', LOSS_OF_KEPT.replace('-', ''), '0', 'sign', **{f'{ONE}feedforward': LOG_KEPT}),
    'backprop: biases without their axis': _variant(f'{ONE}backprop', changed(BACK, ', keepdims=True', ''), '2/3',
                                                    'biases-shape'),
    'backprop: two classes only': _variant(f'{ONE}backprop', changed(
        BACK, 'delta[range(len(X)), y] -= 1', 'delta -= np.eye(2)[y]'), '0', 'raises'),
    'Layer: no derivative': _variant('Layer', changed(LAYER, ' * self.diff_actFun(self.z)', ''), '2/5',
                                     'derivative-missing', 'Layer.backprop'),
    'Layer: gradients add up': _variant('Layer', changed(LAYER, 'self.dW = ', (
        'self.dW = (0 if self.dW is None else self.dW) + ')), '4/5', 'accumulates', 'Layer.backprop'),
    'deep loss: lambda not halved': _variant(f'{DEEP}calculate_loss', changed(DEEP_LOSS, ' / 2', ''), '0',
                                             'lambda-not-halved'),
    'deep loss: regularization not divided': _variant(f'{DEEP}calculate_loss', changed(
        DEEP_LOSS, '(data_loss + self.reg_lambda / 2 * squares) / len(X)',
        'data_loss / len(X) + self.reg_lambda / 2 * squares'), '0', 'regularization-not-divided'),
    'deep loss: biases too': _variant(f'{DEEP}calculate_loss', changed(
        DEEP_LOSS, 'np.sum(layer.W ** 2)', 'np.sum(layer.W ** 2) + np.sum(layer.b ** 2)'), '0', 'biases-regularized'),
    'deep backprop: divided': _variant(f'{DEEP}backprop', changed(DEEP_BACK, '[y]', '[y]\ngradient /= len(X)'), '0',
                                       'gradient-divided'),
    'fit_model: not regularized': _variant(f'{DEEP}fit_model', changed(FIT, ' + self.reg_lambda * layer.W', ''), '1/3',
                                           'not-regularized'),
    'fit_model: biases regularized': _variant(f'{DEEP}fit_model', changed(
        FIT, 'layer.db', '(layer.db + self.reg_lambda * layer.b)'), '2/3', 'biases-regularized'),
}
