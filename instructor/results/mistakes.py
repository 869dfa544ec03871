"""What the kinds of Verdicts are called in texts for people; the kinds themselves stay internal."""

_TEXTS = {
    # functions
    'accumulates': 'adds to the result of an earlier call',
    'b-missing': 'b is not added',
    'dtype': 'numbers of the wrong precision or type',
    'given-forward-changed': 'a given function is changed',
    'grad-as-it-is': 'grad is passed on unchanged',
    'in-place': 'changes its arguments in place',
    'mask-not-stored': 'relu.forward does not store the mask',
    'mask-redrawn': 'the mask is drawn again',
    'mean-twice': 'the mean over the mini-batch is taken twice',
    'not-an-array': 'the result is not an array',
    'not-finite': 'NaN or infinite numbers',
    'not-written': 'not written yet',
    'nothing-returned': 'nothing is returned or stored',
    'parameter-changed': 'changes a parameter in place',
    'scale-missing': 'the scale of dropout is missing',
    'scale-twice': 'the scale of dropout is applied twice',
    'shape': 'the result has the wrong shape',
    'shared-mask': 'two modules share a mask',
    'sign': 'the sign is wrong',
    'transposed': 'the result is transposed',
    'wrong-values': 'wrong numbers',
    'zero': '0 everywhere',
    # running
    'crash': 'crashes Python',
    'disk': 'fills the disk',
    'ended-itself': 'ends itself before it has a result',
    'endless': 'never ends',
    'exits': 'ends the program',
    'forward-timed-out': 'backward cannot be judged, since forward does not return',
    'import': 'dnn_misc.py cannot be imported',
    'killed': 'was killed',
    'memory': 'takes too much memory',
    'no-result': 'sends something other than its results',
    'processes': 'starts too many processes',
    'raises': 'fails with an error',
    'waits': 'waits or sleeps',
    # files
    'malformed-result': 'a result file is damaged',
    'missing-file': 'a file is missing',
    'size': 'a file is too long to be the right one',
    'unreadable': 'a file cannot be read',
    # Q3.9
    '5x5-second-filter': '5 x 5 filters in the second convolutional layer',
    'doubtful': 'a block with more than plain wiring',
    'extra-call': 'calls a module once too often',
    'first-conv-again': 'calls a module of the first layer again',
    'given-code': 'given code is changed',
    'is-train': 'is_train has the wrong value',
    'markers-gone': 'the marker lines are gone',
    'missing-conv': 'the second convolution is left out',
    'missing-module': 'a module is not in the model',
    'missing-pool': 'the second max pooling is left out',
    'missing-relu': 'the second relu is left out',
    'no-main': 'dnn_cnn_2.py has no main',
    'shared-module': 'one module is used in two places',
    'todo-open': 'a TODO item is left open',
    'unknown-array': 'a module receives an array of unknown origin',
    'wrong-call': 'calls the wrong module or method',
    'wrong-input': 'a module receives the output of the wrong module',
    'wrong-module': 'a module of the wrong kind',
    'wrong-order': 'modules are called in the wrong order',
    'wrong-settings': 'a module with the wrong settings',
    # results
    'against-evidence': 'the result does not fit what is known about the code',
    'code-fails': 'the code that was handed in cannot produce the result',
    'copied-results': 'the result is right, but the code does not produce it',
    'differs-from-reference': 'the result differs from the reference',
    'interrupted': 'the grader ended while it was judging this',
    'older-data-set': 'the result comes from an older data set',
    'not-reproduced': 'the code produces another result than the file',
    'too-slow': 'the code is too slow to be repeated',
}
_GRADIENTS = ('W-', 'b-')  # prefix of a kind that is about one of the two gradients


def cause(kind):
    """The kind of the cause: the same mistake in either gradient is one mistake."""
    return kind[2:] if kind not in _TEXTS and kind.startswith(_GRADIENTS) else kind


def text_of(kind):
    """The text for a cause."""
    return _TEXTS.get(kind, kind.replace('-', ' '))
