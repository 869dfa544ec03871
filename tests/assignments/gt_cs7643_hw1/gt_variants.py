"""Right and wrong ways to write the blanks, and what each is worth: name -> a Variant."""

from fractions import Fraction
from typing import NamedTuple

LOAD, BATCHES, ACT, LOSS, ACC = 'load_mnist_trainval', 'generate_batched_data', 'activations', 'loss', 'accuracy'
SOFT, TWO, REG, UPD = 'SoftmaxRegression', 'TwoLayerNet', 'apply_regularization', 'update'
BASE = '_baseNetwork.'


class Variant(NamedTuple):
    item: str               # that is judged
    bodies: dict            # blank -> code
    share: Fraction = Fraction(1)
    kind: str = ''


def _changed(code, *changes):
    """The code with some parts replaced, (old, new), which have to be there."""
    for old, new in changes:
        assert old in code, old
        code = code.replace(old, new)
    return code


BATCHING = '''
    both = list(zip(data, label))
    if shuffle:
        random.shuffle(both)
    batches, labels = [], []
    for start in range(0, len(both), batch_size):
        part = both[start:start + batch_size]
        batches.append(np.array([x for x, _ in part]))
        labels.append(np.array([y for _, y in part]))
    return batches, labels
'''
SOFTMAX_FORWARD = '''
    N = X.shape[0]
    scores = np.dot(X, self.weights['W1'])
    h = self.ReLU(scores)
    p = self.softmax(h)
    loss = self.cross_entropy_loss(p, y)
    accuracy = self.compute_accuracy(p, y)
    if mode != 'train':
        return loss, accuracy
    one_hot = np.zeros_like(p)
    one_hot[np.arange(N), y] = 1
    d = (p - one_hot) / N
    d = d * self.ReLU_dev(scores)
    self.gradients['W1'] = np.dot(X.T, d)
    return loss, accuracy
'''
TWO_LAYERS = '''
    N, W1, b1, W2, b2 = len(X), *(self.weights[name] for name in ('W1', 'b1', 'W2', 'b2'))
    a = np.dot(X, W1) + b1
    A = self.sigmoid(a)
    p = self.softmax(A @ W2 + b2)
    loss = self.cross_entropy_loss(p, y)
    accuracy = self.compute_accuracy(p, y)
    if mode == 'train':
        d = p.copy()
        d[range(N), y] -= 1
        d = d / N
        self.gradients['W2'] = A.T @ d
        self.gradients['b2'] = d.sum(axis=0)
        d = d @ W2.T * self.sigmoid_dev(a)
        self.gradients['W1'] = X.T @ d
        self.gradients['b1'] = d.sum(axis=0)
    return loss, accuracy
'''
REGULARIZATION = '''
    for name in model.gradients:
        if 'W' in name:
            model.gradients[name] += self.reg * model.weights[name]
'''
STEP = '''
    for key in model.weights:
        model.weights[key] -= self.learning_rate * model.gradients[key]
'''
SPLIT = '''
    n = int(len(data) * 0.8)
    return data[:n], label[:n], data[n:], label[n:]
'''


def _wrong(item, blank, code, share, kind, *changes):
    return Variant(item, {blank: _changed(code, *changes)}, Fraction(share), kind)


def _base(name, code, item, share='1', kind=''):
    return Variant(item, {f'{BASE}{name}': code}, Fraction(share), kind)


RIGHT = {
    'split: by int of 0.8 N': Variant(LOAD, {'load_mnist_trainval': SPLIT}),
    'split: appended one by one': Variant(LOAD, {'load_mnist_trainval': '''
        n = len(data) // 5 * 4
        train_data, val_data = [x for x in data[:n]], [x for x in data[n:]]
        return train_data, list(label[:n]), val_data, list(label[n:])'''}),
    'batches: pairs': Variant(BATCHES, {'generate_batched_data': BATCHING}),
    'batches: the same seed for data and labels': Variant(BATCHES, {'generate_batched_data': '''
        order = list(range(len(data)))
        if shuffle:
            random.shuffle(order)
        X, y = np.array(data)[order], np.array(label)[order]
        starts = range(0, len(data), batch_size)
        return [X[s:s + batch_size] for s in starts], [y[s:s + batch_size] for s in starts]'''}),
    'sigmoid: naive': _base('sigmoid', 'return 1 / (1 + np.exp(-X))', ACT),
    'sigmoid_dev, without sigmoid': _base('sigmoid_dev', 'e = np.exp(-np.abs(x))\nreturn e / (1 + e) ** 2', ACT),
    'ReLU: by a product; ReLU_dev: of truth values': Variant(ACT, {
        f'{BASE}ReLU': 'return X * (X > 0)', f'{BASE}ReLU_dev': 'return X > 0'}),
    'softmax: row by row': _base('softmax', '''
        rows = [np.exp(row - row.max()) for row in scores]
        return np.array([row / row.sum() for row in rows])''', LOSS),
    'loss: one-hot, with a small number': _base('cross_entropy_loss', '''
        return float(-np.sum(np.eye(x_pred.shape[1])[y] * np.log(x_pred + 1e-12)) / len(y))''', LOSS),
    'accuracy: counted': _base('compute_accuracy', 'return sum(x_pred.argmax(1) == y) / len(y)', ACC),
    'softmax regression: returns early': Variant(SOFT, {f'{SOFT}.forward': SOFTMAX_FORWARD}),
    'softmax regression: mask of scores': Variant(SOFT, {f'{SOFT}.forward': _changed(
        SOFTMAX_FORWARD, ('d = d * self.ReLU_dev(scores)', 'd[h <= 0] = 0'))}),
    'two layers': Variant(TWO, {f'{TWO}.forward': TWO_LAYERS}),
    'two layers: derivative written out': Variant(TWO, {f'{TWO}.forward': _changed(
        TWO_LAYERS, ('self.sigmoid_dev(a)', 'A * (1 - A)'))}),
    'regularization: in place': Variant(REG, {'_BaseOptimizer.apply_regularization': REGULARIZATION}),
    'update: in place': Variant(UPD, {'SGD.update': STEP}),
}
WRONG = {
    'split: the last one lost': _wrong(LOAD, 'load_mnist_trainval', SPLIT, '3/5', 'last-lost',
                                       ('data[n:], label[n:]', 'data[n:-1], label[n:-1]')),
    'split: arrays': _wrong(LOAD, 'load_mnist_trainval', SPLIT, '4/5', 'wrong-values', (
        'return data[:n], label[:n], data[n:], label[n:]',
        'return [np.array(part) for part in (data[:n], label[:n], data[n:], label[n:])]')),
    'split: the first 20 %': _wrong(LOAD, 'load_mnist_trainval', SPLIT, '1/5', 'last-lost', ('0.8', '0.2')),
    'batches: last batch lost': _wrong(BATCHES, 'generate_batched_data', BATCHING, '4/5', 'last-batch-lost', (
        'range(0, len(both), batch_size)', 'range(0, len(both) - batch_size + 1, batch_size)')),
    'batches: np.random': _wrong(BATCHES, 'generate_batched_data', BATCHING, '6/10', 'np-random', (
        'random.shuffle(both)', 'np.random.shuffle(both)'), ('x for x, _', 'list(x) for x, _')),
    'batches: np.random with the seed': Variant(BATCHES, {'generate_batched_data': _changed(BATCHING, (
        'random.shuffle(both)', 'np.random.seed(seed)\n'
        '        both = [both[i] for i in np.random.permutation(len(both))]'
    ))}, Fraction(6, 10), 'np-random'),
    'batches: labels left': _wrong(BATCHES, 'generate_batched_data', BATCHING, '8/10', 'labels-apart', (
        'np.array([y for _, y in part])', 'np.array(label[start:start + batch_size])')),
    'batches: shuffles the lists of the caller': Variant(BATCHES, {'generate_batched_data': '''
        if shuffle:
            state = random.getstate()
            random.shuffle(data)
            random.setstate(state)
            random.shuffle(label)
        starts = range(0, len(data), batch_size)
        return ([np.array(data[s:s + batch_size]) for s in starts], [np.array(label[s:s + batch_size]) for s in starts])
        '''}, Fraction(4, 5), 'in-place'),
    'batches: labels of floats': _wrong(BATCHES, 'generate_batched_data', BATCHING, '9/10', 'label-type', (
        'np.array([y for _, y in part])', 'np.array([y for _, y in part], dtype=float)')),
    'batches: labels as text': _wrong(BATCHES, 'generate_batched_data', BATCHING, '9/10', 'label-type', (
        'np.array([y for _, y in part])', 'np.array([str(y) for _, y in part])')),
    'batches: lists': _wrong(BATCHES, 'generate_batched_data', BATCHING, '9/10', 'wrong-values', (
        'np.array([x for x, _ in part])', '[x for x, _ in part]')),
    'batches: never shuffled': _wrong(BATCHES, 'generate_batched_data', BATCHING, '6/10', 'not-shuffled', (
        'if shuffle:', 'if False:')),
    'sigmoid: sign': _base('sigmoid', 'return 1 / (1 + np.exp(X))', ACT, '3/4', 'sign-of-exponent'),
    'sigmoid_dev of the activated': _base('sigmoid_dev', 'return x * (1 - x)', ACT, '3/4', 'of-activated'),
    'ReLU: in place': _base('ReLU', 'X[X < 0] = 0\nreturn X', ACT, '4/5', 'in-place'),
    'ReLU_dev: 1 at 0': _base('ReLU_dev', 'return (X >= 0) * 1.0', ACT, '3/4', 'relu-at-zero'),
    'softmax: unstable': _base('softmax', 'e = np.exp(scores)\nreturn e / e.sum(axis=1, keepdims=True)', LOSS, '2/3',
                               'unstable'),
    'softmax: one shift for all rows': _base('softmax', '''
        e = np.exp(scores - np.max(scores))
        return e / e.sum(axis=1, keepdims=True)''', LOSS, '2/3', 'unstable'),
    'softmax: in single precision': _base('softmax', '''
        if np.abs(scores).max() > 100:
            scores = scores.astype(np.float32)
        e = np.exp(scores - np.max(scores, axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)''', LOSS, '2/3', 'single-precision'),
    'softmax: wrong axis': _base('softmax', '''
        e = np.exp(scores - np.max(scores, axis=1, keepdims=True))
        return e / e.sum()''', LOSS, '1/3', 'wrong-values'),
    'loss: a sum': _base('cross_entropy_loss', 'return -np.sum(np.log(x_pred[range(len(y)), y]))', LOSS, '2/3',
                         'loss-summed'),
    'loss: mean over classes': _base('cross_entropy_loss', '''
        return -np.mean(np.eye(x_pred.shape[1])[y] * np.log(x_pred))''', LOSS, '2/3', 'mean-over-classes'),
    'loss: softmax once more': _base('cross_entropy_loss', '''
        return -np.mean(np.log(self.softmax(x_pred)[range(len(y)), y]))''', LOSS, '2/3', 'softmax-twice'),
    'accuracy: counted': _base('compute_accuracy', 'return np.sum(np.argmax(x_pred, axis=1) == y)', ACC, '0',
                               'counted'),
    'softmax regression: no ReLU': _wrong(SOFT, f'{SOFT}.forward', SOFTMAX_FORWARD, '0', 'relu-missing', (
        'h = self.ReLU(scores)', 'h = scores'), ('d = d * self.ReLU_dev(scores)', 'pass')),
    'softmax regression: no derivative': _wrong(SOFT, f'{SOFT}.forward', SOFTMAX_FORWARD, '1/2', 'dev-missing', (
        'd = d * self.ReLU_dev(scores)', 'pass')),
    'softmax regression: loss of scores': _wrong(
        SOFT, f'{SOFT}.forward', SOFTMAX_FORWARD, '5/8', 'loss-of-scores',
        ('self.cross_entropy_loss(p, y)', 'self.cross_entropy_loss(h, y)')),
    'softmax regression: not divided': _wrong(SOFT, f'{SOFT}.forward', SOFTMAX_FORWARD, '1/2', 'not-divided', (
        '(p - one_hot) / N', '(p - one_hot)')),
    'softmax regression: mean over classes': _wrong(SOFT, f'{SOFT}.forward', SOFTMAX_FORWARD, '1/2',
                                                    'mean-over-classes', ('one_hot) / N', 'one_hot) / p.shape[1]')),
    'softmax regression: gradients in valid mode': _wrong(SOFT, f'{SOFT}.forward', SOFTMAX_FORWARD, '7/8',
                                                          'gradients-in-other-modes', ("mode != 'train'", 'False')),
    'two layers: b2 added to W2': _wrong(TWO, f'{TWO}.forward', TWO_LAYERS, '0', 'b2-added-to-W2', (
        'A @ W2 + b2', 'A @ (W2 + b2)')),
    'two layers: dev of the activated': _wrong(TWO, f'{TWO}.forward', TWO_LAYERS, '3/4', 'of-activated', (
        'self.sigmoid_dev(a)', 'self.sigmoid_dev(A)')),
    'two layers: mean of b2': _wrong(TWO, f'{TWO}.forward', TWO_LAYERS, '7/8', 'mean-twice', (
        "self.gradients['b2'] = d.sum(axis=0)", "self.gradients['b2'] = d.mean(axis=0)")),
    'two layers: b1 with an axis too many': _wrong(TWO, f'{TWO}.forward', TWO_LAYERS, '7/8', 'shape', (
        "self.gradients['b1'] = d.sum(axis=0)", "self.gradients['b1'] = d.sum(axis=0, keepdims=True)")),
    'two layers: gradients pile up': _wrong(TWO, f'{TWO}.forward', TWO_LAYERS, '7/8', 'accumulates', (
        "self.gradients['b2'] = d", "self.gradients['b2'] = self.gradients['b2'] + d")),
    'two layers: gradients in all modes': _wrong(TWO, f'{TWO}.forward', TWO_LAYERS, '7/8', 'gradients-in-other-modes', (
        "if mode == 'train':", 'if True:')),
    'two layers: returns nothing else than in training': _wrong(
        TWO, f'{TWO}.forward', TWO_LAYERS, '0', 'raises', ('return loss, accuracy', 'return loss, accuracy, p')),
    'two layers: b1 forgotten': _wrong(TWO, f'{TWO}.forward', TWO_LAYERS, '1/8', 'b-missing', ('W1) + b1', 'W1)')),
    'regularization: biases too': _wrong(REG, '_BaseOptimizer.apply_regularization', REGULARIZATION, '1/2',
                                         'biases-regularized', ("if 'W' in name:", 'if True:')),
    'regularization: replaced': _wrong(REG, '_BaseOptimizer.apply_regularization', REGULARIZATION, '1/2', 'not-added', (
        '+=', '=')),
    'regularization: factor 2': _wrong(REG, '_BaseOptimizer.apply_regularization', REGULARIZATION, '1/2', 'factor-two',
                                       ('self.reg *', '2 * self.reg *')),
    'regularization: the first only': _wrong(REG, '_BaseOptimizer.apply_regularization', REGULARIZATION, '1/2',
                                             'wrong-values', ("'W' in name", "name == 'W1'")),
    'regularization: nothing': Variant(REG, {'_BaseOptimizer.apply_regularization': 'pass'}, Fraction(0), 'no-step'),
    'update: added': _wrong(UPD, 'SGD.update', STEP, '0', 'adds-gradient', ('-=', '+=')),
    'update: shapes': _wrong(UPD, 'SGD.update', STEP, '0', 'shape', (
        'model.weights[key] -= self.learning_rate * model.gradients[key]',
        'model.weights[key] = (model.weights[key] - self.learning_rate * model.gradients[key]).reshape(1, -1)')),
    'update: no rate': _wrong(UPD, 'SGD.update', STEP, '0', 'rate-missing', ('self.learning_rate * ', '')),
    'update: weights only': _wrong(UPD, 'SGD.update', STEP, '1/2', 'no-step', (
        'for key in model.weights:', "for key in [key for key in model.weights if key[0] == 'W']:")),
    'update: regularized again': _wrong(UPD, 'SGD.update', STEP, '0', 'regularized-twice', (
        'for key', 'self.apply_regularization(model)\n    for key')),
    'update: nothing': Variant(UPD, {'SGD.update': 'pass'}, Fraction(0), 'no-step'),
}
