"""What the kinds of Verdicts are called where people read them; the judges give kinds, which stay internal."""

_TEXTS = {
    # functions
    'accumulates': 'adds to what an earlier call has left',
    'b-missing': 'b is not added',
    'dtype': 'numbers of another precision or type',
    'given-forward-changed': 'a function that was given is changed',
    'grad-as-it-is': 'grad is passed on as it is',
    'in-place': 'changes what it is given in place',
    'mask-not-stored': 'relu.forward does not store the mask',
    'mask-redrawn': 'the mask is drawn anew',
    'mean-twice': 'the mean over the mini-batch is taken twice',
    'not-an-array': 'the result is no array',
    'not-finite': 'NaN or infinite numbers',
    'not-written': 'not written yet',
    'nothing-returned': 'nothing is returned or stored',
    'parameter-changed': 'changes a parameter in place',
    'scale-missing': 'the scale of dropout is missing',
    'scale-twice': 'the scale of dropout is there twice',
    'shape': 'the result has another shape',
    'shared-mask': 'two modules share a mask',
    'sign': 'the sign is wrong',
    'transposed': 'the result is transposed',
    'wrong-values': 'other numbers than expected',
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
    'no-result': 'sends something else than its results',
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
    'doubtful': 'more in a block than plain wiring',
    'extra-call': 'calls a module once more',
    'first-conv-again': 'calls a module of the first layer again',
    'given-code': 'given code is changed',
    'is-train': 'is_train is the other way round',
    'markers-gone': 'the marker lines are gone',
    'missing-conv': 'the second convolution is left out',
    'missing-module': 'a module is not in the model',
    'missing-pool': 'the second max pooling is left out',
    'missing-relu': 'the second relu is left out',
    'no-main': 'dnn_cnn_2.py has no main',
    'shared-module': 'one module stands in two places',
    'todo-open': 'a TODO item is left open',
    'unknown-array': 'a module is given an array of unknown origin',
    'wrong-call': 'calls another module or method',
    'wrong-input': 'a module is given the output of another one than it should',
    'wrong-module': 'a module of another kind',
    'wrong-order': 'modules are called in another order',
    'wrong-settings': 'a module with other settings',
    # results
    'against-evidence': 'the result does not fit what is known of the code',
    'code-fails': 'the code that was handed in cannot make the result',
    'copied-results': 'the result is right, but the code does not give it',
    'differs-from-reference': 'the result differs from the reference',
    'interrupted': 'the grader ended while it judged this',
    'older-data-set': 'the result is of an older data set',
    'not-reproduced': 'the code gives another result than the file',
    'too-slow': 'the code is too slow to be repeated',
}
_GRADIENTS = ('W-', 'b-')  # before the kind of what is wrong with one of the two gradients


def cause(kind):
    """The kind of the cause: a mistake is one, in whichever of the gradients it shows."""
    return kind[2:] if kind not in _TEXTS and kind.startswith(_GRADIENTS) else kind


def text_of(kind):
    """What a cause is called."""
    return _TEXTS.get(kind, kind.replace('-', ' '))
