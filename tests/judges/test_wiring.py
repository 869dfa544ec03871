"""instructor/judges/wiring.py: the five TODO items of dnn_cnn_2.py, each for itself, whatever the names."""

import re
import sys
import textwrap
from fractions import Fraction
from functools import partial

import pytest

import submission_scripts
from instructor.course import load_course
from instructor.judges import reading
from instructor.judges.context import Context
from instructor.judges.wiring import judge
from instructor.mlp_cnn import cnn_2_network
from instructor.publishing import blanks
from instructor.sandbox.workers import plain_wiring, read_submission
from tests.helpers import boxes

MASTER = boxes.master('dnn_cnn_2.py')
COURSE = load_course(boxes.ROOT / 'instructor' / 'courses' / 'tamu.json')
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


def judge_script(content, read, box=boxes.unconfined):
    """The Verdicts of the wiring judge; content: of the script as bytes, or None for a submission without it."""
    submission = boxes.Submission({} if content is None else {'dnn_cnn_2.py': content})
    return judge(boxes.question_with('q39'), submission, Context(COURSE, box, read))


def judged(source, box=boxes.unconfined):
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
    verdict, = judge_script(content, read, box)
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


@pytest.mark.parametrize('name', RIGHT)
def test_right_in_many_ways(name):
    verdict = judged(RIGHT[name])
    assert (verdict.share, verdict.kind) == (1, ''), verdict


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


@pytest.mark.parametrize('name', WRONG)
def test_each_mistake_costs_its_own_item(name):
    blocks, todos, kind, words = WRONG[name]
    verdict = judged(written(**blocks))
    assert (verdict.share, verdict.kind) == (lost(*todos), kind), verdict
    assert words in verdict.reason
    details = dict(verdict.details)
    assert [todo for todo in POINTS if details[f'TODO ({todo})'] != 'right'] == todos


def test_blank_handout_and_missing_file():
    blank = judged(blanks.empty(MASTER, 'f'), boxes.failing)  # nothing has to run for that
    assert (blank.share, blank.kind) == (0, 'todo-open')
    assert judge_script(None, reading.Reading(), boxes.failing)[0].kind == 'missing-file'


def test_a_block_that_never_ends_costs_only_itself(monkeypatch):
    monkeypatch.setattr('instructor.judges.wiring.RUN_SECONDS', 0.7)
    verdict = judged(written(todo2='while True:\n    pass'))
    assert (verdict.share, verdict.kind) == (lost(2), 'endless')
    assert 'TODO (2): never ends' in verdict.reason


@pytest.mark.parametrize('source, kind', [
    ('', 'no-main'), ('main = 3', 'no-main'), ('import os\nos._exit(0)', 'ended-itself'),
    ('import sys\nsys.exit(0)', 'exits'), ('#' * 200_001, 'size'),
    ("import sending\nsending.finish({'has_main': True, 'error': None, 'created': [], 'events': 5})", 'no-result'),
    ("import sending\nsending.finish({'has_main': True})", 'no-result')])
def test_scripts_that_are_something_else(source, kind):
    verdict = judged(source)
    assert (verdict.share, verdict.kind) == (0, kind), verdict


def test_a_person_decides_where_the_grader_cannot():
    unmarked = '\n'.join(line for line in written(todo3='1 / 0').split('\n') if '### ' not in line)
    assert (judged(unmarked).share, judged(unmarked).kind) == (None, 'markers-gone')
    for more in ("unused = model['nonlinear2'].forward(m2)", 'assert m2.max() == h2.max()',
                 "assert abs(model['C2'].gradient['W']).sum() > 0", 'print(1 // int((h2 == 0).sum()))',
                 "print(model['nonlinear2'].own_cache)"):
        verdict = judged(written(todo2=f'{lines(FORWARD)}\n{more}'))
        assert verdict.share is None and 'TODO (2) may or may not be right' in verdict.reason, verdict
    own_numbers = judged(written(todo2=lines(FORWARD).replace('forward(c2)', 'forward(c2 * 1.5)')))
    assert (own_numbers.share, own_numbers.kind) == (None, 'unknown-array')


@pytest.mark.parametrize('old, new', [('record.begin_epoch()', 'record.begin_epoch(epoch)'),
                                      ('valSet.evaluation_batches', 'trainSet.evaluation_batches')])
def test_changes_of_given_code_are_no_matter_of_the_items(old, new):
    assert old in MASTER and judged(MASTER.replace(old, new)).share == 1  # they are flagged, and the runs feel them


def test_a_module_in_the_place_of_a_block_can_be_looked_at_too():
    verdict = judged(written(todo1='1 / 0', todo2=lines(FORWARD) + "\nprint(model['C2'].params['W'].shape)"))
    assert (verdict.share, verdict.kind) == (lost(1), 'raises')


FORGED = """

def forge(model, X, names):  # makes the trace of three calls, and none of them
    notes = next(cell.cell_contents for cell in type(model['C1']).__init__.__closure__ or ()
                 if hasattr(cell.cell_contents, 'mark'))
    outputs = []
    for number, shape in zip((4, 5, 6), ((25, 14, 14), (25, 14, 14), (25, 7, 7))):
        output = notes.made((len(X), *shape))
        notes.add('call', module=model[names[number - 4]].number, method='forward', options={},
                  arguments=[notes.mark(X)], output=notes.mark(output))
        X = output
        outputs.append(output)
    return outputs
"""
CALL = "c2, h2, m2 = forge(model, m1, ['C2', 'nonlinear2', 'M2'])"


def test_a_forged_trace_is_for_a_person():
    """The control: with nobody in doubt of its code, what it tells passes for three calls that it never made."""
    forging = FORGED + written(todo4=CALL)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plain_wiring, 'doubts', lambda *_: [])
        control = judged(written(todo4='\n'.join([*FORGED.strip().split('\n'), CALL])))
    assert control.share == 1, control
    for source in (forging, re.sub('### (BEGIN|END) SOLUTION', '#', forging)):
        verdict = judged(source)
        assert verdict.share is None and verdict.kind in ('given-code', 'doubtful', 'markers-gone'), verdict
    verdict = judged(written(todo4='\n'.join([*FORGED.strip().split('\n'), CALL])))
    assert (verdict.share, verdict.kind) == (None, 'doubtful') and 'TODO (4) may or may not be right' in verdict.reason


@pytest.mark.parametrize('line', [
    'import os', 'exec("")', "getattr(model, '__class__')", 'g = getattr', 'print(model.__class__)', 'x2 = __name__',
    "model['C2'].forward = None", 'class A: pass', 'global np', 'noise = np.random', 'del c2.shape', 'open',
    'print(*[c2])', 'print(c2, file=m1)', 'c2 = c2 * 2', 'assert [c2 := 1]', 'print(np.isnan(c2, c2))',
    "getattr(c2, 'sum')(0, None, c2)", 's = c2.sum', 'for k in range(len(c2)): pass', 'for m1 in (1,): pass',
    "model['C1'] = dnn_misc.relu()", "model['C3'] = dnn_misc.relu()", 'print = len', 'def momentum(): pass',
    'main_params = c2', 'lambda: 0', '[c2 for c2 in (1,)]', 'with open("x"): pass', "print('%s' % eval)"])
def test_what_a_block_may_not_hold_without_a_look_at_it(line):
    assert doubts(f'{lines(FORWARD)}\n{line}')
    assert doubts(lines(FORWARD)) == []


def test_what_makes_no_call_cannot_be_right_by_itself():
    for source in ('m2 = m1', FORWARD[0], "forward = 'forward'"):
        told = doubts(source)
        assert told[-1].startswith('it does not call forward')
    helper = ('\n\ndef second(model, x):\n    for name in ("C2", "nonlinear2", "M2"):\n'
              '        x = model[name].forward(x)\n    return x\n\n\n')
    source = written(todo4='m2 = second(model, m1)').replace('\n\nif __name__', helper + 'if __name__')
    for right in (source, RENAMED, '\n'.join(line for line in MASTER.split('\n') if '### ' not in line)):
        assert judged(right).share is None


RIGHT_CALLS = {2: lines(FORWARD), 3: lines(BACKWARD), 5: lines(FORWARD)}


@pytest.mark.parametrize('todo, line', [
    (3, "model['C2'].gradient['W'][...] = 0"), (2, "model['C2'].params['W'][...] = 0"),
    (3, "dnn_misc.sgd_update(model, momentum, 0.1, 0.0, 0.0)"), (5, 'y[...] = 0'), (5, 'y *= 0'),
    (5, 'm2.max(out=y)'), (5, 'm2.max(0, y)'),
    (2, 'learning_rate = 0.0'), (2, 'np.random.seed(1)'), (2, 'x = x * 1'), (5, 'valSet = None'),
    (2, "match model:\n    case dnn_misc.relu(__reduce_ex__=r):\n        pass"), (2, 'try:\n    pass\nexcept: pass')])
def test_right_calls_with_a_change_of_something_else_are_for_a_person(todo, line):
    if line.startswith('match') and sys.version_info < (3, 10):
        pytest.skip('this Python has no match')
    verdict = judged(written(**{f'todo{todo}': f'{RIGHT_CALLS[todo]}\n{line}'}))
    assert verdict.share is None, verdict


@pytest.mark.parametrize('block', [
    'if len(x) < 100:\n' + textwrap.indent(lines(FORWARD), '    ') + '\nelse:\n    m2 = m1[:, :, ::2, ::2]',
    f'{lines(FORWARD)}\nif epoch > 0:\n    m2 = m1', f'{lines(FORWARD)}\nm2 = [m2, m1][epoch > 0]',
    lines(FORWARD).replace('(m1)', '((m1, h1)[epoch > 0])'),
    f"{lines(FORWARD)}\nmodel['C2'] = dnn_misc.conv_layer(25, 25, 3, 1)",
    "m2 = m1\nfor name in ['C2', 'nonlinear2', 'M2'][:len(x) * 100]:\n    m2 = model[name].forward(m2)",
    lines(FORWARD, line3="m2 = model['M2'].forward(h2) if len(x) < 100 else m1")])
def test_calls_that_are_made_only_here_are_for_a_person(block):
    assert judged(written(todo5=block)).share is None


COOKIES = [('raw_unicode_escape', '\\u000a'), ('unicode_escape', '\\n'), ('utf-7', '+AAo-')]


@pytest.mark.parametrize('encoding, line_end', COOKIES)
def test_an_encoding_in_which_a_comment_is_code_is_for_a_person(encoding, line_end):
    """The control: Python runs what looks like a comment."""
    source = f'# -*- coding: {encoding} -*-\nx = 1\n# a comment{line_end}x = 2\n'
    found = {}
    exec(compile(source.encode(), 'f', 'exec'), found)
    assert found['x'] == 2
    for before in ('', '\r', '\f\r', '\n'):  # the second line can declare it too, and lines end in several ways
        content = f'{before}# -*- coding: {encoding} -*-\n{MASTER}'.encode()
        read = reading.read(boxes.Submission({'dnn_cnn_2.py': content}), COURSE, boxes.unconfined)
        assert [line for line in read.review if 'Python may read something else than one sees' in line]
        verdict, = judge_script(content, read)
        assert (verdict.share, verdict.kind) == (None, 'unreadable')


def test_a_script_in_the_encoding_that_it_declares_is_read():
    for encoding in ('utf8', 'UTF-8', 'latin1', 'ISO8859_1', 'windows-1252', 'mac_roman'):
        assert blanks.decode_script(f'# coding: {encoding}\n# ü'.encode(encoding)).endswith('ü')
    content = f'# -*- coding: cp1252 -*-\n# Müller\n{MASTER}'.encode('cp1252')
    read = reading.read(boxes.Submission({'dnn_cnn_2.py': content}), COURSE, boxes.unconfined)
    assert read.review == []
    assert judge_script(content, read)[0].share == 1


def test_no_line_that_stands_for_a_block_is_shown():
    source = written(todo1='pass')
    for old, new in (("model = dict()", "net = dict()"), ("model[", "net["), ("(model", "(net")):
        source = source.replace(old, new)
    details = dict(judged(source).details)
    assert 'conv_layer(25' not in str(details) and 'in_place_of' not in str(details)


def test_nothing_of_the_figure_is_in_the_child():
    box, given = boxes.recorded(boxes.unconfined)
    judged(MASTER, box)
    ours = b''.join(given[0][name] for name in (
        'entry', 'sending.py', 'request.json', 'blanks.py', 'stand_ins.py')).decode()
    assert not [name for name in ('C1', 'nonlinear1', 'M1', 'C2', 'nonlinear2', 'M2', 'F1', 'drop1', 'L1')
                if re.search(rf'\b{name}\b', ours)]


def test_a_line_of_twice_as_many_blanks_costs_twice_the_steps():
    def steps(source):
        count = 0

        def step(frame, event, argument):
            nonlocal count
            count += 1
            return step

        sys.settrace(step)
        try:
            find_items('f', source, MASTER, blanks)
        finally:
            sys.settrace(None)
        return count

    once, twice, four = (steps(written(todo4=f'{" " * many}pass{" " * many}x')) for many in (10_000, 20_000, 40_000))
    assert four - twice < 2.1 * (twice - once)


def test_code_that_waits_is_for_a_person():
    waits = lambda entry, files, argv=(), **limits: boxes.unconfined(  # noqa: E731
        entry, files, argv, **{**limits, 'wall_seconds': 1.5})
    verdict = judged(written(todo2='import time\ntime.sleep(60)'), waits)
    assert (verdict.share, verdict.kind) == (None, 'waits')


def test_printed_praise_and_forged_files_change_nothing():
    cheat = 'print("PASSED", open("result.json", "w").write("{}"))\n' + blanks.empty(MASTER, 'f')
    assert judged(cheat).share == 0


def test_no_solution_is_within_reach_of_the_child():
    box, given = boxes.recorded(boxes.unconfined)
    judged(written(todo1='1 / 0', todo2='1 / 0', todo3='1 / 0', todo4='1 / 0', todo5='1 / 0'), box)
    assert len(given) >= 5
    solutions = blanks.read_blanks(MASTER, 'f') + blanks.read_blanks(boxes.master('dnn_misc.py'), 'f')
    for files in given:
        assert set(files) == {'entry', 'dnn_cnn_2.py', 'given.py', 'blanks.py', 'data_loader.py', 'dnn_im2col.py',
                              'training.py', 'common.py', 'stand_ins.py', 'sending.py', 'request.json'}
        for name, content in files.items():
            assert blanks.find_solution(content.decode(), solutions) is None, name


def test_a_grader_that_fails_blames_no_student():
    verdict = judged(MASTER, boxes.failing)
    assert (verdict.share, verdict.kind) == (None, 'grader-fault')


def test_in_the_sandbox():
    verdict = judged(written(todo4=lines(FORWARD, line2=None)), boxes.confined())
    assert (verdict.share, verdict.kind) == (lost(4), 'missing-relu')  # M2.forward(h2) is given that of training
