"""The network that the five TODO items of dnn_cnn_2.py build, as the wiring judge has to know it.

The chains are those of the figure. What counts is which module receives which output, not how variables are called.
A relu's and a pool's backward may be given the relu's input or its output: the gradient that reaches the conv layer is
the same.
"""
from typing import NamedTuple

from instructor.mlp_cnn.stand_ins import BATCH, NUM_TRAIN, NUM_VALID

KINDS = {  # role in the figure: its class
    'C1': 'conv_layer', 'nonlinear1': 'relu', 'M1': 'max_pool', 'C2': 'conv_layer', 'nonlinear2': 'relu',
    'M2': 'max_pool', 'F1': 'flatten_layer', 'drop1': 'dropout', 'L1': 'linear_layer', 'loss': 'softmax_cross_entropy'}
LOSS = 'loss'
# What the student writes: the modules and the settings that they need, and wrong ones that have a name.
WRITTEN = ('C2', 'nonlinear2', 'M2')
SETTINGS = {'C2': {'num_input': 25, 'num_output': 25, 'filter_len': 3, 'stride': 1}, 'nonlinear2': {},
            'M2': {'max_len': 2, 'stride': 2}}
KNOWN_SETTINGS = {  # role: (settings that differ, text, kind)
    'C2': ({'filter_len': 5}, 'C2 has 5 x 5 filters; those of the second conv layer are 3 x 3', '5x5-second-filter')}
LEFT_OUT = {'C2': 'missing-conv', 'nonlinear2': 'missing-relu', 'M2': 'missing-pool'}  # kinds of mistakes

MODULES, BACKWARD_TODO = 1, 3  # the TODO items of the modules and of the backward pass
PHASES = {  # phase: (TODO of its forward pass, number of batches)
    'training': (2, NUM_TRAIN // BATCH), 'training accuracy': (4, 1), 'validation': (5, NUM_VALID // BATCH)}
SCORES = 'a1'  # what is added up to accuracies


class Step(NamedTuple):
    """A call of the chain; inputs: for each argument, the names that are right."""

    role: str
    method: str
    inputs: tuple[tuple[str, ...], ...]
    output: str


def _forward(role, taken, output):
    return Step(role, 'forward', ((taken,),), output)


def _backward(role, taken, grad, output):
    return Step(role, 'backward', (tuple(taken.split()), (grad,)), output)


FORWARD = (
    _forward('C1', 'x', 'c1'), _forward('nonlinear1', 'c1', 'h1'), _forward('M1', 'h1', 'm1'),
    _forward('C2', 'm1', 'c2'), _forward('nonlinear2', 'c2', 'h2'), _forward('M2', 'h2', 'm2'),
    _forward('F1', 'm2', 'f1'), _forward('drop1', 'f1', 'd1'), _forward('L1', 'd1', 'a1'))
BACKWARD = (
    _backward('loss', 'a1', 'y', 'grad_a1'), _backward('L1', 'd1', 'grad_a1', 'grad_d1'),
    _backward('drop1', 'f1', 'grad_d1', 'grad_f1'), _backward('F1', 'm2', 'grad_f1', 'grad_m2'),
    _backward('M2', 'h2 c2', 'grad_m2', 'grad_h2'), _backward('nonlinear2', 'c2 h2', 'grad_h2', 'grad_c2'),
    _backward('C2', 'm1', 'grad_c2', 'grad_m1'), _backward('M1', 'h1 c1', 'grad_m1', 'grad_h1'),
    _backward('nonlinear1', 'c1 h1', 'grad_h1', 'grad_c1'), _backward('C1', 'x', 'grad_c1', 'grad_x'))

# The names that each TODO item makes, and what stands in its place if it is left out, which says nothing
# about the other items.
_FORWARD_NAMES = ('c2', 'h2', 'm2')
NAMES = {1: WRITTEN, 2: _FORWARD_NAMES, 3: ('grad_h2', 'grad_c2', 'grad_m1'), 4: _FORWARD_NAMES, 5: _FORWARD_NAMES}
_FORWARD_LINE = 'c2, h2, m2 = __import__("dnn_misc").in_place_of({}, [(25, 14, 14), (25, 14, 14), (25, 7, 7)])'
IN_PLACE = {1: 'model["C2"], model["nonlinear2"], model["M2"] = dnn_misc.conv_layer(25, 25, 3, 1), dnn_misc.relu(), '
               'dnn_misc.max_pool(2, 2)',
            3: 'grad_h2, grad_c2, grad_m1 = __import__("dnn_misc").in_place_of(3, [(25, 14, 14), (25, 14, 14), '
               '(25, 14, 14)])', **{todo: _FORWARD_LINE.format(todo) for todo in (2, 4, 5)}}
# What plain wiring is, for workers/plain_wiring.py: the module whose classes are made, the calls of each TODO item, and
# the names that the given code takes from the items.
PLAIN = {'module': 'dnn_misc', 'classes': ['conv_layer', 'relu', 'max_pool'],
         'calls': {'1': ['conv_layer', 'relu', 'max_pool'], '2': ['forward'], '3': ['backward'], '4': ['forward'],
                   '5': ['forward']},
         'outputs': ['c2', 'h2', 'm2', 'grad_h2', 'grad_c2', 'grad_m1']}
