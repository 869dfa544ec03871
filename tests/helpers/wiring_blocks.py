"""Right and wrong blocks of dnn_cnn_2.py, and how they are judged."""
import re
import textwrap
from fractions import Fraction
from functools import partial

import submission_scripts
from instructor.course import load_course
from instructor.judges import reading
from instructor.judges.context import Context
from instructor.judges.wiring import judge
from instructor.mlp_cnn import cnn_2_network
from instructor.publishing import blanks
from instructor.sandbox.workers import plain_wiring, read_submission
from tests.helpers import runners

MASTER = runners.master('dnn_cnn_2.py')
COURSE = load_course(runners.ROOT / 'instructor' / 'courses' / 'tamu.json')
FORWARD = ("c2 = model['C2'].forward(m1)", "h2 = model['nonlinear2'].forward(c2)", "m2 = model['M2'].forward(h2)")
BACKWARD = ("grad_h2 = model['M2'].backward(h2, grad_m2)", "grad_c2 = model['nonlinear2'].backward(c2, grad_h2)",
            "grad_m1 = model['C2'].backward(m1, grad_c2)")
MODULES = ("model['C2'] = dnn_misc.conv_layer(num_input=25, num_output=25, filter_len=3, stride=1)",
           "model['nonlinear2'] = dnn_misc.relu()", "model['M2'] = dnn_misc.max_pool(max_len=2, stride=2)")
POINTS = {1: 2, 2: 5, 3: 5, 4: 5, 5: 5}  # of 22

find_items = partial(plain_wiring.items, plain=cnn_2_network.PLAIN)
doubts = partial(plain_wiring.doubts, number='2', given=MASTER, plain=cnn_2_network.PLAIN)


def written(**todos):
    """The master with other lines in some blocks: todo2='...'; lines joined by newlines."""
    indents = {blank.name: blank.indent for blank in blanks.read_blanks(MASTER, 'f')}
    bodies = {f'TODO ({name[4:]})': textwrap.indent(lines, indents[f'TODO ({name[4:]})']) + '\n'
              for name, lines in todos.items()}
    return blanks.fill(MASTER, bodies, 'f')


def judge_script(content, read, runner=runners.run_unconfined):
    """The Verdicts of the wiring judge; content: of the script as bytes, or None for a submission without it."""
    submission = runners.Submission({} if content is None else {'dnn_cnn_2.py': content})
    return judge(runners.question_with('q39'), submission, Context(COURSE, runner, read))


def judged(source, runner=runners.run_unconfined):
    content = source if isinstance(source, bytes) else source.encode()
    try:  # what the reading child does
        text = content.decode('utf-8-sig').replace('\r\n', '\n')
        told = read_submission.read_script('dnn_cnn_2.py', text, blanks.empty(MASTER, 'f'), blanks,
                                           submission_scripts, COURSE.assignment.scripts['dnn_cnn_2.py'],
                                           find_items)
        read = reading.Reading({'dnn_cnn_2.py'}, items=told['items'],
                               long={'dnn_cnn_2.py'} if told.get('is_long') else set())
    except UnicodeDecodeError:
        read = reading.Reading()
    verdict, = judge_script(content, read, runner)
    assert verdict.item == 'q39'
    return verdict


def lost(*todos):
    return Fraction(22 - sum(POINTS[todo] for todo in todos), 22)


def lines(parts, **changes):
    """Three lines of a block, some of them changed: line1='...'; None leaves it out."""
    changed = {int(name[4:]): line for name, line in changes.items()}
    kept = [changed.get(number, line) for number, line in enumerate(parts, start=1)]
    return '\n'.join(line for line in kept if line)


RENAMED = MASTER
for old, new in (('c2', 'conv_out'), ('h2', 'relu_out'), ('m2', 'pooled'), ('grad_c2', 'g_conv'), ('grad_h2', 'g_relu'),
                 ('grad_m1', 'g_in'), ("'C2'", "'second conv'"), ("'nonlinear2'", "'r2'"), ("'M2'", "'p2'")):
    RENAMED = re.sub(rf"(?<![\w']){re.escape(old)}(?![\w'])", new, RENAMED)

RIGHT = {
    'the master': MASTER,
    'Windows line ends and a byte order mark': b'\xef\xbb\xbf' + MASTER.replace('\n', '\r\n').encode(),
    'positional settings': written(todo1="model['C2'] = dnn_misc.conv_layer(25, 25, 3, 1)\nmodel['nonlinear2'] = "
                                         "dnn_misc.relu()\nmodel['M2'] = dnn_misc.max_pool(2, stride=2)"),
    'keyword arguments': written(todo2=lines(FORWARD, line1="c2 = model['C2'].forward(X=m1)"),
                                 todo3=lines(BACKWARD, line1="grad_h2 = model['M2'].backward(grad=grad_m2, X=h2)")),
    'the relu given its output': written(
        todo3=lines(BACKWARD, line2="grad_c2 = model['nonlinear2'].backward(h2, grad_h2)")),
    'the pool given the input of the relu': written(
        todo3=lines(BACKWARD, line1="grad_h2 = model['M2'].backward(c2, grad_m2)")),
    'copies, prints and checks': written(
        todo2=lines(FORWARD, line2="print(c2.shape)\nh2 = model['nonlinear2'].forward(c2.copy())") +
        '\nassert m2.shape == (5, 25, 7, 7)'),
    'looking at parameters, gradients and masks': written(
        todo1=lines(MODULES) +
        "\nprint(model['C2'].params['W'][24, 24, 2, 2] + model['C2'].gradient['W'][24, 24, 2, 2])"
        "\nprint(model['C2'].params['b'].reshape(25), model['M2'].stride, model['C2'].padding)"
        "\nfor module in model.values():\n    print(getattr(module, 'params', {}).keys())",
        todo2=lines(FORWARD) + "\nassert model['nonlinear2'].mask.shape == h2.shape == (5, 25, 14, 14)",
        todo3="assert model['drop1'].mask.shape == (5, 1225) and model['L1'].params['b'].shape == (1, 10)\n" +
        lines(BACKWARD) + "\nprint(model['C2'].gradient['b'].sum(), model['drop1'].r)"),
    'a loop over the modules': written(
        todo4="m2 = m1\nfor name in ('C2', 'nonlinear2', 'M2'):\n    m2 = model[name].forward(m2)"),
    'nested calls': written(
        todo5="m2 = model['M2'].forward(model['nonlinear2'].forward(model['C2'].forward(m1)))"),
    'the first conv layer asked for its gradient of X': MASTER.replace(', need_dX=False', ''),
    'one name for all': written(todo4="m2 = model['C2'].forward(m1)\nm2 = model['nonlinear2'].forward(m2)\n"
                                      "m2 = model['M2'].forward(m2)"),
}


WRONG = {  # (blocks, the TODO items that are lost, kind of the first, words of the reason)
    '5 x 5 second filter': (dict(todo1=lines(MODULES).replace('filter_len=3', 'filter_len=5')), [1],
                            '5x5-second-filter', 'C2 has 5 x 5 filters'),
    'wrong number of filters': (dict(todo1=lines(MODULES).replace('num_output=25', 'num_output=50')), [1],
                                'wrong-settings', 'C2 has num_output=50, expected 25'),
    'pool with stride 1': (dict(todo1=lines(MODULES).replace('stride=2', 'stride=1')), [1], 'wrong-settings',
                           'M2 has stride=1, expected 2'),
    'second relu not created': (dict(todo1=lines(MODULES, line2=None)), [1], 'missing-module',
                                'nonlinear2 is not in the model'),
    'first relu used twice': (dict(todo1=lines(MODULES, line2="model['nonlinear2'] = model['nonlinear1']")), [1],
                              'shared-module', 'nonlinear2 is the same module as nonlinear1'),
    'wrong class': (dict(todo1=lines(MODULES, line2="model['nonlinear2'] = dnn_misc.dropout(0.5)")), [1],
                    'wrong-module', 'nonlinear2 is a dropout, expected a relu'),
    'missing settings': (dict(todo1=lines(MODULES, line3="model['M2'] = dnn_misc.max_pool(2)")), [1], 'raises',
                         'TODO (1): fails: TypeError'),
    'no relu in training': (dict(todo2=lines(FORWARD, line2=None, line3="m2 = model['M2'].forward(c2)"),
                                 todo3=lines(BACKWARD, line1="grad_h2 = model['M2'].backward(c2, grad_m2)")), [2],
                            'missing-relu', 'nonlinear2.forward is left out'),
    'first relu called again': (dict(todo2=lines(FORWARD).replace('nonlinear2', 'nonlinear1')), [2], 'first-conv-again',
                                'nonlinear1.forward is called again where nonlinear2.forward is due'),
    'first conv called again': (dict(todo5=lines(FORWARD).replace("'C2'", "'C1'")), [5], 'first-conv-again',
                                'C1.forward is called again where C2.forward is due'),
    'wrong input of the conv': (dict(todo2=lines(FORWARD).replace('(m1)', '(h1)')), [2], 'wrong-input',
                                'C2.forward is given h1, expected m1'),
    'relu after the pool': (dict(todo4="c2 = model['C2'].forward(m1)\nh2 = model['M2'].forward(c2)\n"
                                       "m2 = model['nonlinear2'].forward(h2)"), [4], 'wrong-order',
                            'M2.forward is called before nonlinear2.forward'),
    'output under another name': (dict(todo2=lines(FORWARD).replace('m2 =', 'p2 =')), [2], 'raises', "'m2'"),
    'output of training used again': (dict(todo4=lines(FORWARD).replace('m2 =', 'p2 =')), [4], 'wrong-input',
                                      'F1.forward is given m2 of an earlier batch, expected m2'),
    'validation left as it was': (dict(todo5='m2 = m1'), [5], 'missing-conv', 'C2.forward is left out'),
    'backward without the relu': (dict(todo3=lines(BACKWARD, line2='grad_c2 = grad_h2')), [3], 'missing-relu',
                                  'nonlinear2.backward is left out'),
    'backward in the order of forward': (dict(todo3="grad_c2 = model['C2'].backward(m1, grad_m2)\ngrad_h2 = model["
                                                    "'nonlinear2'].backward(c2, grad_c2)\ngrad_m1 = model['M2']."
                                                    "backward(h2, grad_h2)"), [3], 'wrong-order',
                                         'C2.backward is called before M2.backward'),
    'backward given the wrong X': (dict(todo3=lines(BACKWARD).replace('(m1,', '(c2,')), [3], 'wrong-input',
                                   'C2.backward is given c2, expected m1'),
    'backward given the wrong gradient': (dict(todo3=lines(BACKWARD).replace('c2, grad_h2', 'c2, grad_m2')), [3],
                                          'wrong-input', 'nonlinear2.backward is given grad_m2 as grad, expected'),
    'no gradient asked of the second conv': (
        dict(todo3=lines(BACKWARD).replace('(m1, grad_c2)', '(m1, grad_c2, need_dX=False)')), [3], 'wrong-input',
        'M1.backward is given None as grad, expected grad_m1'),
    'forward in place of backward': (dict(todo3=lines(BACKWARD).replace("['M2'].backward(h2, grad_m2)",
                                                                        "['M2'].forward(grad_m2)")), [3], 'wrong-call',
                                     'M2.forward is called where M2.backward is due'),
    'the same code in training and backward': (dict(todo3=lines(FORWARD)), [3], 'wrong-call',
                                                   'C2.forward is called where M2.backward is due'),
    'an exception in every block': ({f'todo{todo}': f'[][{todo}]' for todo in POINTS}, [1, 2, 3, 4, 5], 'raises',
                                    'IndexError'),
    'syntax errors in two blocks': (dict(todo3='x = = 1', todo5='print('), [3, 5], 'raises', 'SyntaxError'),
    'ends the program': (dict(todo4='import sys\nsys.exit(0)'), [4], 'exits', 'SystemExit'),
    'open in several ways': (dict(todo1='pass', todo3='# later', todo4="raise NotImplementedError('TODO (4)')",
                                  todo5='...'), [1, 3, 4, 5], 'todo-open', 'TODO (1), (3), (4), (5): left open'),
    'modules left open': (dict(todo1='pass'), [1], 'todo-open', 'TODO (1): left open'),
    'both modules and training wrong': (
        dict(todo1=lines(MODULES, line3=None), todo2=lines(FORWARD).replace('(m1)', '(x)')), [1, 2], 'missing-module',
        'C2.forward is given x, expected m1'),
}
