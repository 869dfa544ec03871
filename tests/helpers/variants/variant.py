"""What a variant of dnn_misc.py is, and how its bodies get into the source of the master copy."""

import re
import textwrap
from typing import NamedTuple

FUNCTIONS = ('linear_layer.forward', 'linear_layer.backward', 'relu.forward', 'relu.backward', 'dropout.backward')
BLOCK = re.compile(r'( *)### BEGIN SOLUTION\n(.*?)\n *### END SOLUTION', re.DOTALL)
NOT_WRITTEN = {function: f'raise NotImplementedError({function!r})' for function in FUNCTIONS}


class Variant(NamedTuple):
    bodies: dict       # function -> what stands between its marker lines
    wrong: dict        # function that must be judged wrong -> what the checker's hint says; all others must be right
    extra: str = ''    # added at the end of the module, such as a helper function
    notes: dict = {}   # function that is right -> what the checker says of it all the same

    @property
    def right(self):
        """Are all five functions right?"""
        return not self.wrong

    @property
    def verdicts(self):
        """Five bools, in the order of FUNCTIONS."""
        return tuple(function not in self.wrong for function in FUNCTIONS)


def with_bodies(bodies, master_source, extra=''):
    functions = iter(FUNCTIONS)

    def replaced(block):
        body = bodies.get(next(functions))
        if body is None:
            return block.group()
        return block.group().replace(block.group(2), textwrap.indent(textwrap.dedent(body).strip('\n'), block.group(1)))

    source, count = BLOCK.subn(replaced, master_source)
    if count != len(FUNCTIONS):
        raise ValueError(f'the master copy holds {count} marked bodies, not {len(FUNCTIONS)}')
    return f'{source}\n\n{textwrap.dedent(extra)}' if extra else source


FORWARD, BACKWARD, RELU, RELU_BACK, DROPOUT = FUNCTIONS

# The three results of linear_layer.backward, right; variants change one of them.
W_LINE = "self.gradient['W'] = X.T @ grad"
B_LINE = "self.gradient['b'] = grad.sum(axis=0, keepdims=True)"
X_LINE = "return grad @ self.params['W'].T"


def backward(*before, W=W_LINE, b=B_LINE, X=X_LINE):
    return {BACKWARD: '\n'.join([*before, W, b, X])}
