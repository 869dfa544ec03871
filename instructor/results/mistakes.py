"""What the kinds of Verdicts are called in texts for people; the kinds themselves stay internal.

The texts for kinds that only one assignment has are in its assignment.json, under "mistakes".
"""

_TEXTS = {
    # functions
    'accumulates': 'adds to the result of an earlier call',
    'dtype': 'numbers of the wrong precision or type',
    'given-forward-changed': 'a given function is changed',
    'in-place': 'changes its arguments in place',
    'mask-redrawn': 'random numbers are drawn again',
    'mean-twice': 'the mean over the mini-batch is taken twice',
    'not-an-array': 'the result is not an array',
    'not-finite': 'NaN or infinite numbers',
    'not-written': 'not written yet',
    'nothing-returned': 'nothing is returned or stored',
    'parameter-changed': 'changes a parameter in place',
    'shape': 'the result has the wrong shape',
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
    'import': 'a script cannot be imported',
    'killed': 'was killed',
    'memory': 'takes too much memory',
    'lacking-package': 'a package is missing where the grader runs',
    'needs-own-script': 'cannot be judged apart from another script, which is wrong',
    'no-result': 'sends something other than its results',
    'prints': 'prints something that was not asked for',
    'processes': 'starts too many processes',
    'raises': 'fails with an error',
    'waits': 'waits or sleeps',
    # files
    'malformed-result': 'a result file is damaged',
    'missing-file': 'a file is missing',
    'size': 'a file is too long to be the right one',
    'unreadable': 'a file cannot be read',
    # wiring
    'doubtful': 'a block with more than plain wiring',
    'extra-call': 'calls a module once too often',
    'given-code': 'given code is changed',
    'is-train': 'is_train has the wrong value',
    'markers-gone': 'the marker lines are gone',
    'missing-module': 'a module is not in the model',
    'no-main': 'a script has no main',
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
    'interrupted': 'what judged this ended before it was done',
    'not-reproduced': 'the code produces another result than the file',
    'too-slow': 'the code is too slow to be repeated',
}


def cause(kind, own=()):
    """The kind of the cause, the same for whichever parameter's gradient shows it ('W-shape', 'b-shape').

    own: the kinds of the assignment.
    """
    parameter, _, rest = kind.partition('-')
    known = {*_TEXTS, *own}
    return rest if kind not in known and len(parameter) == 1 and rest in known else kind


def text_of(kind, own=None):
    """What a cause is called. own: kind -> text, those of the assignment, which come first."""
    return {**_TEXTS, **(own or {})}.get(kind, kind.replace('-', ' '))
