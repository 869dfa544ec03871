"""instructor/judges/wiring.py: the five TODO items of dnn_cnn_2.py, each for itself, whatever the names."""

import re
import sys
import textwrap

import pytest

from instructor.judges import reading
from instructor.publishing import blanks
from instructor.sandbox.workers import plain_wiring
from tests.helpers import runners
from tests.helpers.wiring_blocks import (
    BACKWARD,
    COURSE,
    FORWARD,
    MASTER,
    POINTS,
    RENAMED,
    RIGHT,
    WRONG,
    doubts,
    find_items,
    judge_script,
    judged,
    lines,
    lost,
    written,
)


@pytest.mark.parametrize('name', RIGHT)
def test_right_in_many_ways(name):
    verdict = judged(RIGHT[name])
    assert (verdict.share, verdict.kind) == (1, ''), verdict


@pytest.mark.parametrize('name', WRONG)
def test_each_mistake_costs_its_own_item(name):
    blocks, todos, kind, words = WRONG[name]
    verdict = judged(written(**blocks))
    assert (verdict.share, verdict.kind) == (lost(*todos), kind), verdict
    assert words in verdict.reason
    details = dict(verdict.details)
    assert [todo for todo in POINTS if details[f'TODO ({todo})'] != 'right'] == todos


def test_blank_handout_and_missing_file():
    blank = judged(blanks.empty(MASTER, 'f'), runners.run_failing)  # nothing has to run for that
    assert (blank.share, blank.kind) == (0, 'todo-open')
    assert judge_script(None, reading.Reading(), runners.run_failing)[0].kind == 'missing-file'


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
        read = reading.read(runners.Submission({'dnn_cnn_2.py': content}), COURSE, runners.run_unconfined)
        assert [reason.kind for reason in read.review_reasons] == ['odd-encoding']
        verdict, = judge_script(content, read)
        assert (verdict.share, verdict.kind) == (None, 'unreadable')


def test_a_script_in_the_encoding_that_it_declares_is_read():
    for encoding in ('utf8', 'UTF-8', 'latin1', 'ISO8859_1', 'windows-1252', 'mac_roman'):
        assert blanks.decode_script(f'# coding: {encoding}\n# ü'.encode(encoding)).endswith('ü')
    content = f'# -*- coding: cp1252 -*-\n# Müller\n{MASTER}'.encode('cp1252')
    read = reading.read(runners.Submission({'dnn_cnn_2.py': content}), COURSE, runners.run_unconfined)
    assert read.review_reasons == []
    assert judge_script(content, read)[0].share == 1


def test_no_line_that_stands_for_a_block_is_shown():
    source = written(todo1='pass')
    for old, new in (("model = dict()", "net = dict()"), ("model[", "net["), ("(model", "(net")):
        source = source.replace(old, new)
    details = dict(judged(source).details)
    assert 'conv_layer(25' not in str(details) and 'in_place_of' not in str(details)


def test_nothing_of_the_figure_is_in_the_child():
    runner, given = runners.recorded(runners.run_unconfined)
    judged(MASTER, runner)
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
    waits = lambda entry, files, argv=(), **limits: runners.run_unconfined(  # noqa: E731
        entry, files, argv, **{**limits, 'wall_seconds': 1.5})
    verdict = judged(written(todo2='import time\ntime.sleep(60)'), waits)
    assert (verdict.share, verdict.kind) == (None, 'waits')


def test_printed_praise_and_forged_files_change_nothing():
    cheat = 'print("PASSED", open("result.json", "w").write("{}"))\n' + blanks.empty(MASTER, 'f')
    assert judged(cheat).share == 0


def test_no_solution_is_within_reach_of_the_child():
    runner, given = runners.recorded(runners.run_unconfined)
    judged(written(todo1='1 / 0', todo2='1 / 0', todo3='1 / 0', todo4='1 / 0', todo5='1 / 0'), runner)
    assert len(given) >= 5
    solutions = blanks.read_blanks(MASTER, 'f') + blanks.read_blanks(runners.master('dnn_misc.py'), 'f')
    for files in given:
        assert set(files) == {'entry', 'dnn_cnn_2.py', 'given.py', 'blanks.py', 'data_loader.py', 'dnn_im2col.py',
                              'training.py', 'common.py', 'stand_ins.py', 'sending.py', 'request.json'}
        for name, content in files.items():
            assert blanks.find_solution(content.decode(), solutions) is None, name


def test_a_grader_that_fails_blames_no_student():
    verdict = judged(MASTER, runners.run_failing)
    assert (verdict.share, verdict.kind) == (None, 'grader-fault')


def test_in_the_sandbox():
    verdict = judged(written(todo4=lines(FORWARD, line2=None)), runners.confined_runner())
    assert (verdict.share, verdict.kind) == (lost(4), 'missing-relu')  # M2.forward(h2) is given that of training
