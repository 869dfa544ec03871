"""What the kinds of Verdicts are called where people read them; the judges give kinds, which stay internal.

Kinds that only one assignment knows have their words in its assignment.json, under "mistakes".
"""

_TEXTS = {
    # functions
    'accumulates': 'adds to what an earlier call has left',
    'dtype': 'numbers of another precision or type',
    'given-forward-changed': 'a function that was given is changed',
    'in-place': 'changes what it is given in place',
    'mask-redrawn': 'random numbers are drawn anew',
    'mean-twice': 'the mean over the mini-batch is taken twice',
    'not-an-array': 'the result is no array',
    'not-finite': 'NaN or infinite numbers',
    'not-written': 'not written yet',
    'nothing-returned': 'nothing is returned or stored',
    'parameter-changed': 'changes a parameter in place',
    'shape': 'the result has another shape',
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
    'import': 'a script cannot be imported',
    'killed': 'was killed',
    'memory': 'takes too much memory',
    'needs-own-script': 'cannot be judged apart from another script, which is wrong',
    'no-result': 'sends something else than its results',
    'processes': 'starts too many processes',
    'raises': 'fails with an error',
    'waits': 'waits or sleeps',
    # files
    'malformed-result': 'a result file is damaged',
    'missing-file': 'a file is missing',
    'size': 'a file is too long to be the right one',
    'unreadable': 'a file cannot be read',
    # wiring
    'doubtful': 'more in a block than plain wiring',
    'extra-call': 'calls a module once more',
    'given-code': 'given code is changed',
    'is-train': 'is_train is the other way round',
    'markers-gone': 'the marker lines are gone',
    'missing-module': 'a module is not in the model',
    'no-main': 'a script has no main',
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
    'not-reproduced': 'the code gives another result than the file',
    'too-slow': 'the code is too slow to be repeated',
}


def cause(kind, own=()):
    """The kind of the cause: a mistake is one, in whichever parameter's gradient it shows ('W-shape', 'b-shape').

    own: the kinds of the assignment.
    """
    parameter, _, rest = kind.partition('-')
    known = {*_TEXTS, *own}
    return rest if kind not in known and len(parameter) == 1 and rest in known else kind


def text_of(kind, own=None):
    """What a cause is called. own: kind -> text, those of the assignment, which come first."""
    return {**_TEXTS, **(own or {})}.get(kind, kind.replace('-', ' '))
