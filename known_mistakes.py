"""Mistakes in the five functions of dnn_misc.py that have a name: what the checker and the grader say about them.

A lookalike is a pair (Hint, array): a result that is wrong in a known way, and what to say about it.
"""
from checking import Hint, np

SHARED = Hint('shared-mask', ' is wrong once another relu has run its forward: keep what you store in self, each '
                             'module its own')
SHARED_X = SHARED._replace(text=SHARED.text.replace('relu', 'linear_layer'))
NOT_DROPPED = Hint('wrong-values', ' has to be grad as it is after a forward with is_train=False, which drops nothing')
CHANGED = 'dropout.forward is not as it was handed out'
NOT_STORED = 'relu.forward has not stored self.mask'
NOT_WHERE_POSITIVE = 'relu.forward has not stored the right mask in self.mask: it has to say where X is positive'
ROWS = 'each example is a row: X is N x input_D, grad is N x output_D, W is input_D x output_D'


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
