"""Right and wrong ways to write the blanks, and what each is worth: name -> a Variant."""

from fractions import Fraction
from typing import NamedTuple

LIN, OPT, SIG, RELU, LOSS, TRAIN = ('Linear', 'GradientDescentOptimizer', 'Sigmoid', 'ReLU', 'CrossEntropyLoss',
                                    'train_network')


class Variant(NamedTuple):
    item: str               # that is judged
    bodies: dict            # blank -> code
    share: Fraction = Fraction(1)
    kind: str = ''


def _share(text):
    return Fraction(text)


LINEAR_BACKWARD = '''
    self.d_weights = self.in_x.T @ g / len(g)
    self.d_biases = np.mean(g, axis=0, keepdims=True)
    return g @ self.weights.T
'''
LOSS_FORWARD = '''
    shifted = score - np.max(score, axis=1, keepdims=True)
    log_y_hat = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    self.y_hat = np.exp(log_y_hat)
    self.y_true = np.eye(score.shape[1])[label]
    return float(-np.mean(log_y_hat[np.arange(len(label)), label]))
'''
NAIVE_LOSS = '''
    exp = np.exp(score)
    self.y_hat = exp / exp.sum(axis=1, keepdims=True)
    self.y_true = np.eye(score.shape[1])[label]
    return -np.log(self.y_hat[np.arange(len(label)), label]).mean()
'''
STEP = '''
    for layer in self.model.layers:
        if isinstance(layer, Linear):
            layer.weights -= self.learning_rate * layer.d_weights
            layer.biases -= self.learning_rate * layer.d_biases
'''
EVALUATE = '''
    train_score, test_score = model.forward(train_x), model.forward(test_x)
    train_loss.append(criterion.forward(train_score, train_y))
    test_loss.append(criterion.forward(test_score, test_y))
    yhat_train = np.argmax(train_score, axis=1)
    yhat_test = np.argmax(test_score, axis=1)
    train_accuracy.append(float(np.mean(yhat_train == train_y)))
    test_accuracy.append(float(np.mean(yhat_test == test_y)))
'''


def changed(code, old, new):
    """The code with a part replaced, which has to be there."""
    assert old in code, old
    return code.replace(old, new)


def _backward(old, new):
    return {'Linear.backward': changed(LINEAR_BACKWARD, old, new)}


def _loss(old, new, code=LOSS_FORWARD):
    return {'CrossEntropyLoss.forward': changed(code, old, new)}


def _step(old, new):
    return {'GradientDescentOptimizer.step': changed(STEP, old, new)}


def _evaluate(old, new):
    return {'train_network': changed(EVALUATE, old, new)}


def _relu(forward='self.state = x > 0\nreturn np.maximum(x, 0)', backward='return g * self.state'):
    return {'ReLU.forward': forward, 'ReLU.backward': backward}


def _sigmoid(function, forward='self.state = sigmoid(x)\nreturn self.state',
             backward='return g * self.state * (1 - self.state)'):
    return {'sigmoid': function, 'Sigmoid.forward': forward, 'Sigmoid.backward': backward}


TANH_FORM = 'return 0.5 * (1 + np.tanh(x / 2))'

RIGHT = {
    'linear: einsum and a sum': Variant(LIN, {
        'Linear.forward': 'self.in_x = x\nreturn np.einsum("nd,dm->nm", x, self.weights) + self.biases',
        'Linear.backward': '''
            self.d_weights = np.einsum('nd,nm->dm', self.in_x, g) / g.shape[0]
            self.d_biases = (g.sum(axis=0) / g.shape[0]).reshape(1, -1)
            return np.einsum('nm,dm->nd', g, self.weights)'''}),
    'linear: loops, a copy under another name, prints': Variant(LIN, {
        'Linear.forward': '''
            self.kept = x.copy()
            print(x.shape)
            output = np.zeros((len(x), self.weights.shape[1]))
            for n in range(len(x)):
                for m in range(self.weights.shape[1]):
                    output[n, m] = sum(x[n, d] * self.weights[d, m] for d in range(x.shape[1])) + self.biases[0, m]
            return output''',
        'Linear.backward': '''
            N = len(g)
            self.d_weights = np.zeros(self.weights.shape)
            self.d_biases = np.zeros((1, g.shape[1]))
            for n in range(N):
                self.d_weights += np.outer(self.kept[n], g[n]) / N
                self.d_biases[0] += g[n] / N
            return np.array([self.weights @ row for row in g])'''}),
    'linear: a column of ones': Variant(LIN, {
        'Linear.forward': '''
            self.in_x = np.hstack([np.ones((len(x), 1)), x])
            return self.in_x @ np.vstack([self.biases, self.weights])''',
        'Linear.backward': '''
            both = np.dot(self.in_x.T, g) / len(g)
            self.d_biases, self.d_weights = both[:1], both[1:]
            return np.dot(self.weights, g.T).T'''}),
    'optimizer: replaces the arrays': Variant(OPT, _step(
        'layer.weights -= self.learning_rate * layer.d_weights',
        'layer.weights = layer.weights - self.learning_rate * layer.d_weights')),
    'optimizer: asks for the attribute': Variant(OPT, _step('isinstance(layer, Linear)', "hasattr(layer, 'weights')")),
    'loss: one-hot rows of single precision': Variant(LOSS, _loss(
        'np.eye(score.shape[1])', 'np.eye(score.shape[1], dtype=np.float32)')),
    'sigmoid: by tanh': Variant(SIG, _sigmoid(TANH_FORM)),
    'sigmoid: naive, with a warning': Variant(SIG, _sigmoid('return 1 / (1 + np.exp(-x))')),
    'sigmoid: masks, and the input kept under another name': Variant(SIG, _sigmoid(
        '''
        result = np.empty(x.shape)
        up = x >= 0
        result[up] = 1 / (1 + np.exp(-x[up]))
        result[~up] = np.exp(x[~up]) / (1 + np.exp(x[~up]))
        return result''', 'self.last = x\nreturn sigmoid(x)',
        'z = sigmoid(self.last)\nreturn g * z * sigmoid(-self.last)')),
    'sigmoid: the layer does without the function': Variant(SIG, _sigmoid(
        TANH_FORM, 'self.z = np.exp(-np.logaddexp(0, -x))\nreturn self.z', 'return g * (self.z - self.z ** 2)')),
    'relu: np.where and the input': Variant(RELU, _relu('self.x = x\nreturn np.where(x > 0, x, 0)',
                                                        'return np.where(self.x > 0, g, 0.0)')),
    'relu: a copy with a mask, the output kept': Variant(RELU, _relu(
        'z = x.copy()\nz[z < 0] = 0\nself.state = z\nreturn z',
        'result = g.copy()\nresult[self.state <= 0] = 0\nreturn result')),
    'relu: by the absolute value': Variant(RELU, _relu('self.state = (np.sign(x) + 1) // 2 * (x != 0)\n'
                                                       'return (x + np.abs(x)) / 2')),
    'loss: a 0-d array, whole numbers for labels': Variant(LOSS, {
        **_loss('float(-np.mean(log_y_hat[np.arange(len(label)), label]))',
                'np.array(-np.mean(log_y_hat[np.arange(len(label)), label]))',
                changed(LOSS_FORWARD, 'np.eye(score.shape[1])[label]', 'np.arange(score.shape[1]) == label[:, None]')),
        'CrossEntropyLoss.backward': 'return self.y_hat - self.y_true.astype(int)'}),
    'loss: np.float64, log-sum-exp, one-hot products': Variant(LOSS, {'CrossEntropyLoss.forward': '''
            top = score.max(axis=1)
            total = np.log(np.exp(score - top[:, None]).sum(axis=1)) + top
            self.y_hat = np.exp(score - total[:, None])
            self.y_true = np.zeros(score.shape, dtype=int)
            self.y_true[np.arange(len(label)), label] = 1
            return np.mean(total - (score * self.y_true).sum(axis=1))'''}),
    'loss: loops': Variant(LOSS, {'CrossEntropyLoss.forward': '''
            self.y_hat, self.y_true, loss = np.zeros(score.shape), np.zeros(score.shape), 0
            for n, (row, k) in enumerate(zip(score, label)):
                shifted = row - max(row)
                total = sum(np.exp(shifted))
                self.y_hat[n] = np.exp(shifted) / total
                self.y_true[n, k] = 1
                loss += np.log(total) - shifted[k]
            return loss / len(score)''', 'CrossEntropyLoss.backward': '''
            g = self.y_hat.copy()
            g[self.y_true == 1] -= 1
            return g'''}),
    'training: criterion and model called by name, numbers of numpy': Variant(TRAIN, {'train_network': '''
            yhat_train, yhat_test = [], []
            for x, y, losses, accuracies, yhat in ((train_x, train_y, train_loss, train_accuracy, yhat_train),
                                                   (test_x, test_y, test_loss, test_accuracy, yhat_test)):
                loss = CrossEntropyLoss()
                score = model(x)
                losses.append(np.array(loss(score, y)))
                yhat.extend(loss.y_hat.argmax(axis=1))
                accuracies.append(np.float64(sum(a == b for a, b in zip(yhat, y)) / len(y)))
                print(losses, accuracies)'''}),
    'training: the loss computed by itself, in pieces': Variant(TRAIN, {'train_network': '''
            def evaluate(x, y):
                score = np.vstack([model.forward(row[None]) for row in x])
                shifted = score - score.max(axis=1, keepdims=True)
                log_y_hat = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
                right = score.argmax(axis=1)
                return -log_y_hat[range(len(y)), y].mean(), (right == y).mean(), right.tolist()

            loss, accuracy, yhat_train = evaluate(train_x, train_y)
            train_loss.append(loss)
            train_accuracy.append(accuracy)
            loss, accuracy, yhat_test = evaluate(test_x, test_y)
            test_loss.append(loss)
            test_accuracy.append(accuracy)'''}),
}

WRONG = {
    'linear: no biases': Variant(LIN, {'Linear.forward': 'self.in_x = x\nreturn x @ self.weights'},
                                 _share('3/5'), 'b-missing'),
    'linear: divided twice': Variant(LIN, _backward('g / len(g)', 'g / len(g) ** 2'), _share('4/5'), 'mean-twice'),
    'linear: never divided': Variant(LIN, {'Linear.backward': '''
            self.d_weights = self.in_x.T @ g
            self.d_biases = np.sum(g, axis=0, keepdims=True)
            return g @ self.weights.T'''}, _share('3/5'), 'not-divided'),
    'linear: biases of shape (out,)': Variant(LIN, _backward(', keepdims=True', ''), _share('4/5'), 'biases-shape'),
    'linear: input gradient divided': Variant(LIN, _backward('g @ self.weights.T', 'g @ self.weights.T / len(g)'),
                                              _share('4/5'), 'input-gradient-divided'),
    'linear: weights not transposed': Variant(LIN, _backward('self.weights.T', 'self.weights'), _share('4/5'),
                                              'raises'),
    'linear: gradients add up': Variant(LIN, _backward(
        'self.d_weights = ', 'self.d_weights = (0 if self.d_weights is None else self.d_weights) + '),
        _share('4/5'), 'accumulates'),
    'linear: the first input for ever': Variant(LIN, {
        'Linear.forward': 'if self.in_x is None:\n    self.in_x = x\nreturn x @ self.weights + self.biases'},
        _share('2/5'), 'raises'),
    'linear: one input for all layers': Variant(LIN, {
        'Linear.forward': 'Linear.in_x = self.__dict__.pop("in_x", None)\nLinear.in_x = x\n'
                          'return x @ self.weights + self.biases'}, _share('2/5'), 'raises'),
    'linear: backward returns nothing': Variant(LIN, _backward('return ', 'self.dx = '), _share('4/5'),
                                                'nothing-returned'),
    'linear: g changed': Variant(LIN, _backward('return', 'g *= 1.0 + 1e-3\n    return'), _share('3/5'),
                                 'wrong-values'),
    'linear: x changed': Variant(LIN, {'Linear.forward': 'self.in_x = x.copy()\nx += 1\n'
                                       'return self.in_x @ self.weights + self.biases'}, _share('4/5'), 'in-place'),
    'optimizer: adds': Variant(OPT, {'GradientDescentOptimizer.step': STEP.replace('-=', '+=')}, _share('0'),
                               'adds-gradient'),
    'optimizer: no learning rate': Variant(OPT, {
        'GradientDescentOptimizer.step': STEP.replace('self.learning_rate * ', '')}, _share('0'), 'rate-missing'),
    'optimizer: forgets the biases': Variant(OPT, _step('layer.biases -= self.learning_rate * layer.d_biases', 'pass'),
                                             _share('3/5'), 'no-step'),
    'optimizer: the first layer only': Variant(OPT, {'GradientDescentOptimizer.step': f'{STEP}            break\n'},
                                               _share('0'), 'no-step'),
    'optimizer: takes all layers for linear': Variant(OPT, _step('isinstance(layer, Linear)', 'True'), _share('0'),
                                                      'raises'),
    'sigmoid: not finite for large numbers': Variant(SIG, _sigmoid('return np.exp(x) / (1 + np.exp(x))'),
                                                     _share('4/5'), 'unstable'),
    'sigmoid: sign of the exponent': Variant(SIG, _sigmoid('return 1 / (1 + np.exp(x))'), _share('2/5'),
                                             'sign-of-exponent'),
    'sigmoid: twice in backward': Variant(SIG, _sigmoid(
        TANH_FORM, backward='return g * sigmoid(self.state) * (1 - sigmoid(self.state))'), _share('3/5'),
        'sigmoid-twice'),
    'sigmoid: without g': Variant(SIG, _sigmoid(TANH_FORM, backward='return self.state * (1 - self.state)'),
                                  _share('3/5'), 'grad-missing'),
    'sigmoid: only the function': Variant(SIG, _sigmoid(
        TANH_FORM, "raise NotImplementedError('Sigmoid.forward')", "raise NotImplementedError('Sigmoid.backward')"),
        _share('1/5'), 'not-written'),
    'relu: in place': Variant(RELU, _relu('self.state = x > 0\nx[x < 0] = 0\nreturn x'), _share('4/5'), 'in-place'),
    'relu: backward in place': Variant(RELU, _relu(backward='g[~self.state] = 0\nreturn g'), _share('4/5'), 'in-place'),
    'relu: 1 at 0': Variant(RELU, _relu('self.state = x >= 0\nreturn np.maximum(x, 0)'), _share('4/5'),
                            'relu-at-zero'),
    'relu: a half at 0': Variant(RELU, _relu('self.state = (x > 0) + (x == 0) / 2\nreturn np.maximum(x, 0)'),
                                 _share('4/5'), 'relu-at-zero'),
    'relu: by the sign of g': Variant(RELU, _relu(backward='return g * (g > 0)'), _share('2/5'), 'sign-of-grad'),
    'relu: one state for all': Variant(RELU, _relu('ReLU.last = x > 0\nreturn np.maximum(x, 0)',
                                                   'return g * ReLU.last'), _share('3/5'), 'state'),
    'loss: unstable': Variant(LOSS, {'CrossEntropyLoss.forward': NAIVE_LOSS}, _share('4/5'), 'unstable'),
    'loss: log of 0': Variant(LOSS, _loss('log_y_hat[np.arange(len(label)), label]',
                                          'np.log(self.y_hat[np.arange(len(label)), label])'), _share('9/10'),
                              'unstable'),
    'loss: a small number in the log': Variant(LOSS, _loss(
        'log_y_hat[np.arange(len(label)), label]', 'np.log(self.y_hat[np.arange(len(label)), label] + 1e-15)'),
        _share('9/10'), 'unstable'),
    'loss: a sum': Variant(LOSS, _loss('np.mean', 'np.sum'), _share('6/10'), 'loss-summed'),
    'loss: softmax along the wrong axis': Variant(LOSS, _loss('axis=1', 'axis=0'), _share('1/10'), 'wrong-values'),
    'loss: labels, not one-hot': Variant(LOSS, {
        **_loss('np.eye(score.shape[1])[label]', 'label'),
        'CrossEntropyLoss.backward': 'return self.y_hat - np.eye(self.y_hat.shape[1])[self.y_true]'},
        _share('9/10'), 'not-one-hot'),
    'loss: gradient divided': Variant(LOSS, {
        'CrossEntropyLoss.backward': 'return (self.y_hat - self.y_true) / len(self.y_hat)'}, _share('7/10'),
        'loss-gradient-divided'),
    'loss: backward changes y_hat': Variant(LOSS, {
        'CrossEntropyLoss.backward': 'self.y_hat -= self.y_true\nreturn self.y_hat'}, _share('4/5'), 'y-hat-changed'),
    'loss: backward subtracts from y_hat by index': Variant(LOSS, {
        'CrossEntropyLoss.backward': 'self.y_hat[np.arange(len(self.y_hat)), self.y_true.argmax(axis=1)] -= 1\n'
                                     'return self.y_hat.copy()'}, _share('4/5'), 'y-hat-changed'),
    'training: in percent': Variant(TRAIN, {'train_network': EVALUATE.replace('float(', '100 * float(')},
                                    _share('3/5'), 'percent'),
    'training: counted': Variant(TRAIN, _evaluate('float(np.mean(yhat_test == test_y))',
                                                  'int(np.sum(yhat_test == test_y))'), _share('4/5'), 'counted'),
    'training: test and training swapped': Variant(TRAIN, {'train_network': EVALUATE.replace(
        'train_loss.append', 'X').replace('test_loss.append', 'train_loss.append').replace('X', 'test_loss.append')},
        _share('3/5'), 'swapped'),
    'training: the share of errors': Variant(TRAIN, {'train_network': EVALUATE.replace('==', '!=')}, _share('3/5'),
                                             'error-rate'),
    'training: the loss divided once more': Variant(TRAIN, _evaluate(
        'criterion.forward(test_score, test_y)', 'criterion.forward(test_score, test_y) / len(test_y)'), _share('4/5'),
        'loss-divided'),
    'training: no predictions': Variant(TRAIN, {'train_network': EVALUATE.replace('yhat_train =', 'a =').replace(
        'yhat_test =', 'b =').replace('yhat_train ==', 'a ==').replace('yhat_test ==', 'b ==')}, _share('4/5'),
        'shape'),
    'training: the last epoch only': Variant(TRAIN, {'train_network': EVALUATE.replace('train_loss.append', (
        'train_loss[:] = []\n    train_loss.append'))}, _share('4/5'), 'shape'),
}
