"""instructor/judges/functions.py: the five functions get what they deserve, and what the checker would have said."""

import json
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction

import pytest

from hw5_dnn_check import NOT_DROPPED
from instructor.judges.context import Context
from instructor.judges.functions import judge
from instructor.judges.reading import Reading
from instructor.mlp_cnn import function_cases
from instructor.sandbox.protocol import Outcome
from tests.helpers import attacks, boxes
from tests.helpers.boxes import judge_function
from tests.helpers.variants import FUNCTIONS, VARIANTS, build, with_bodies

MASTER = boxes.master('dnn_misc.py')
ITEMS, COURSE = boxes.COURSE.assignment.functions, boxes.COURSE
BOTH = [  # right and wrong ones that the checker and the grader both judge here
    'the master copy', 'linear: einsum', 'linear: np.dot, reshape and in-place store',
    'linear: loops over the examples', 'linear: backward uses the X that forward stored',
    'linear: Fortran order, views and a read-only gradient', 'linear: with prints and other numpy settings',
    'relu: np.where', 'relu: the gradient at 0 taken as 1, or as a half', 'relu: copy and set to 0',
    'relu: flattened loops', 'relu: X itself where nothing is negative', 'relu: numpy changed by the module',
    'dropout: in steps', 'dropout: from the mask as true and false',
    'linear_layer.forward: b forgotten', 'linear_layer.forward: negative entries off',
    'linear_layer.forward: np.matrix',
    'linear_layer.forward: squeezed', 'linear_layer.forward: adds up over calls', 'linear_layer.forward: changes W',
    'linear_layer.forward: calls sys.exit', 'linear_layer.backward: b of shape (K,)',
    'linear_layer.backward: b averaged',
    'linear_layer.backward: b is the parameter',
    'linear_layer.backward: W adds up over calls', 'linear_layer.backward: dX by W, not transposed',
    'linear_layer.backward: dX for square W only', 'linear_layer.backward: updates W itself',
    'linear_layer.backward: wrong for N = 1',
    'linear_layer.backward: for few rows only', 'relu.forward: leaky', 'relu.forward: small values dropped',
    'relu.forward: changes X', 'relu.forward: for 2-D only', 'relu.backward: grad as it is',
    'relu.backward: object dtype', 'dropout.backward: factor forgotten', 'dropout.backward: mask drawn again',
    'dropout.backward: wrong after is_train=False', 'nothing written',
    'relu.forward not written, backward from X', 'relu.forward wrong, backward from X', 'relu: one mask for all relus',
    'linear: W and b looked up once, the cache freed after use', 'relu: the mask freed after use',
    'dropout: the mask freed after use', 'linear_layer.forward: in single precision',
    'linear_layer.forward: the first W for ever',
    'linear_layer.backward: in single precision', 'linear_layer.backward: dX in single precision',
    'linear_layer.backward: the first W for ever', 'relu.forward: through ravel',
    'relu.forward: the first result of each shape', 'relu.forward: in single precision',
    'relu.backward: through ravel', 'relu.backward: the first mask of each shape',
    'relu.backward: in single precision', 'dropout.backward: mask drawn again with a seed',
    'dropout.backward: the first mask of each shape', 'dropout.backward: through ravel',
    'relu: the first mask of each shape', 'linear: one X for all layers',
    'linear: backward with the first X and W for ever', 'relu: stored under another name',
    'relu: where X is not positive', 'relu: the indices', 'relu.forward not written, backward from the mask',
    'relu.forward not written, backward from what it had to store', 'relu.forward right, stores no mask',
    'relu.forward right, stores no mask, backward from X', 'relu.forward right, stores no mask, backward wrong',
    'relu.forward right, stores the wrong mask', 'relu.forward right, stores the mask upside down',
    'relu.forward right, stores something that nobody uses',
    'relu.forward right, stores something else that nobody uses',
    'relu.forward right, stores it where backward does not look', 'relu: the mask of the first forward for ever',
    'dropout.backward: fails after is_train=False']


def judged(source, box=boxes.unconfined, read=None, **fields):
    """function -> Verdict."""
    files = {} if source is None else {'dnn_misc.py': source if isinstance(source, bytes) else source.encode()}
    context = Context(COURSE, box, read or Reading(texts={*files}))
    verdicts = judge(boxes.question_with(ITEMS[0]), boxes.Submission(files, **fields), context)
    assert [verdict.item for verdict in verdicts] == list(ITEMS)
    return {verdict.item: verdict for verdict in verdicts}


def told_by_checker(folder, source):
    folder.mkdir(parents=True)
    for name in ('hw5_dnn_check.py', 'checking.py', 'dnn_im2col.py'):
        shutil.copy(boxes.ROOT / name, folder)
    (folder / 'dnn_misc.py').write_text(source, encoding='utf-8')
    output = subprocess.run([sys.executable, 'hw5_dnn_check.py'], cwd=folder, capture_output=True, text=True,
                            stdin=subprocess.DEVNULL, timeout=60).stdout
    return tuple(f'\n{name} ' in f'\n{output}' and
                 re.search(rf'^{name} .* should be correct$', output, re.MULTILINE) is not None for name in FUNCTIONS)


def test_checker_and_grader_agree_on_right_and_wrong_functions(tmp_path):
    """Full marks exactly for what the checker calls correct; only the functions that a variant writes are judged."""
    def compare(name):
        source, variant = build(name, MASTER), VARIANTS[name]
        by_checker = told_by_checker(tmp_path / re.sub(r'\W', '_', name), source)
        by_grader = tuple(verdict.share == 1 for verdict in judged(source, digest=name).values())
        assert by_checker == variant.verdicts, name
        assert by_grader == by_checker, name
        return sum(by_checker) == len(FUNCTIONS)

    with ThreadPoolExecutor(2) as pool:
        right = list(pool.map(compare, BOTH))
    assert len(right) >= 40 and 12 <= sum(right) <= len(right) - 12


def test_thirds_of_linear_backward():
    def share(name):
        return judge_function('linear_layer.backward', build(name, MASTER).encode(), 'x', boxes.unconfined)

    wrong_b = share('linear_layer.backward: b of shape (K,)')
    no_return = share('linear_layer.backward: dX by W, not transposed')
    assert (wrong_b.share, wrong_b.kind) == (Fraction(2, 3), 'shape')
    assert "2 of 3 results right: gradient['b'] has shape (3,), expected (1, 3)" in wrong_b.reason
    assert (no_return.share, no_return.kind) == (Fraction(2, 3), 'raises')  # W and b were stored before it failed
    assert 'File "dnn_misc.py", line' in dict(no_return.details)['traceback']
    assert share('linear_layer.backward: updates W itself').share == Fraction(2, 3)
    averaged = share('all sums averaged, all masks forgotten')
    assert (averaged.share, averaged.kind) == (0, 'mean-twice')


def test_blank_handout_and_missing_file():
    blank = judged(build('nothing written', MASTER))
    assert {verdict.share for verdict in blank.values()} == {0}
    assert {verdict.kind for verdict in blank.values()} == {'not-written'}
    assert {verdict.reason for verdict in blank.values()} == {f'{item} is not written yet' for item in ITEMS}
    assert {verdict.kind for verdict in judged(None).values()} == {'missing-file'}


def test_inputs_differ_between_submissions_and_not_between_runs():
    for function in ITEMS:
        one, again, another = (function_cases.draw(function, key) for key in 'aab')
        first, same, other = one.inputs, again.inputs, another.inputs
        assert one.cases == again.cases and all((first[name] == same[name]).all() for name in first)
        assert any(first[name].shape != other[name].shape or (first[name] != other[name]).all() for name in first)
        shapes = [first[case.call.arguments['X']].shape for case in one.cases]
        assert any(shape[0] == 1 for shape in shapes)
        assert any(shape[0] > 10 * shape[1] for shape in shapes)
        assert function.startswith('linear') or any(len(shape) == 4 for shape in shapes)
        assert all((array != 0).all() for array in first.values())


def test_no_answer_and_no_master_is_within_reach_of_the_child():
    box, given = boxes.recorded(boxes.unconfined)
    blank = build('nothing written', MASTER).encode()
    judged(blank, box)
    bodies = [line.strip() for line in re.findall(r'### BEGIN SOLUTION\n(.*?)### END', MASTER, re.S)[1].splitlines()]
    of_the_student = [files for files in given if files['dnn_misc.py'] != MASTER.encode()]
    assert len(of_the_student) == 7 and len(given) == 9  # the import, five functions, one with a mask; the answers
    for files in of_the_student:
        assert set(files) == {'entry', 'dnn_misc.py', 'dnn_im2col.py', 'exercises.py', 'sending.py', 'request.json',
                              'inputs.npz'}
        assert files['dnn_misc.py'] == blank
        everything = b''.join(files.values()).decode('latin-1')
        assert not [line for line in bodies if line and line in everything]
        request = json.loads(files['request.json'])
        assert {*request} == {'seconds', 'modules', 'groups'}
        for _, calls in request['groups']:
            assert all({*call} == {'arguments', 'exercise', 'options'} for call in calls)


def test_dropout_forward_that_was_changed_does_not_help():
    given = "keep = np.random.uniform(0.0, 1.0, X.shape) >= self.r"
    assert given in MASTER
    keeps_all = MASTER.replace(given, 'keep = np.ones(X.shape)').replace(
        'self.mask = np.ones(X.shape)', 'self.mask = 1.0 + 0 * self.r').replace(
        'self.mask = keep * (1.0 / (1.0 - self.r))', 'self.mask = keep')
    verdict = judge_function('dropout.backward', keeps_all.encode(), 'x', boxes.unconfined)
    assert verdict.share == 0
    assert 'restore it' in dict(verdict.details)['hint']
    other_draw = MASTER.replace(given, 'keep = np.random.random_sample(X.shape) < 1.0 - self.r')
    verdict = judge_function('dropout.backward', other_draw.encode(), 'x', boxes.unconfined)
    assert (verdict.share, verdict.kind) == (None, 'given-forward-changed')  # it may be right: a person sees
    same_draw = MASTER.replace(given, 'keep = np.random.random_sample(X.shape) >= self.r')
    assert judge_function('dropout.backward', same_draw.encode(), 'x', boxes.unconfined).share == 1


def test_a_zero_beside_a_changed_dropout_forward_is_not_certain():
    other = MASTER.replace('self.mask = keep * (1.0 / (1.0 - self.r))', 'self.mask = keep / 2')
    assert other != MASTER
    changed = Reading(texts={'dnn_misc.py'}, changed_code={'dropout.forward'})
    verdict = judged(other, read=changed)['dropout.backward']
    assert (verdict.share, verdict.kind) == (None, 'given-forward-changed')
    assert 'dropout.forward is not as it was handed out' in verdict.reason
    assert judged(other)['dropout.backward'].share == 0
    unwritten = with_bodies({'dropout.backward': "raise NotImplementedError('dropout.backward')"}, other)
    assert judged(unwritten, read=changed)['dropout.backward'].share == 0  # whatever the forward is like
    # A mask without the scale, and the scale in backward, as many write it: right, and only flagged.
    scaled = MASTER.replace('self.mask = keep * (1.0 / (1.0 - self.r))\n        return X * self.mask',
                            'self.mask = keep\n        return X * self.mask / (1 - self.r)')
    scaled = scaled.replace('            self.mask = np.ones(X.shape)\n', '')
    scaled = with_bodies({'dropout.backward': 'return grad * self.mask / (1 - self.r)'}, scaled)
    assert judged(scaled, read=changed)['dropout.backward'].share == 1


def test_what_backward_does_after_testing_is_a_hint_at_most():
    stale = MASTER.replace('            self.mask = np.ones(X.shape)\n', '')
    assert stale != MASTER
    for source in (stale, with_bodies({'dropout.backward': 'return np.where(self.mask > 0, grad / (1 - self.r), 0)'},
                                      MASTER)):
        verdict = judged(source)['dropout.backward']
        assert verdict.share == 1
        assert [text for label, text in verdict.details if label == 'hint'] == [f'returned value{NOT_DROPPED.text}']
    fails = with_bodies({'dropout.backward': 'assert not np.all(self.mask == 1) or not self.r\n'
                                             'return grad * self.mask'}, MASTER)
    assert judged(fails)['dropout.backward'].share == 1
    endless = with_bodies({'dropout.backward': 'while np.all(self.mask == 1) and self.r:\n    pass\n'
                                               'return grad * self.mask'}, MASTER)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr('instructor.judges.functions.CALL_SECONDS', 0.5)
        assert judged(endless)['dropout.backward'].share == 1


def test_a_mask_that_relu_forward_does_not_store():
    verdicts = judged(with_bodies({'relu.forward': 'return np.maximum(0, X)'}, MASTER))
    forward, backward = verdicts['relu.forward'], verdicts['relu.backward']
    assert (forward.share, forward.kind, forward.reason) == (
        Fraction(1, 2), 'mask-not-stored', 'relu.forward has not stored self.mask')
    assert (backward.share, backward.kind) == (1, '')
    assert ('self.mask', 'wrong') in forward.details and ('returned value', 'right') in forward.details
    wrong = judged(with_bodies({'relu.forward': 'self.mask = X\nreturn np.maximum(0, X)'}, MASTER))
    assert wrong['relu.forward'].reason.startswith('relu.forward has not stored the right mask in self.mask')
    assert (wrong['relu.forward'].share, wrong['relu.backward'].share) == (Fraction(1, 2), 1)
    # Right ways that store something else.
    for forward, backward in (('self.m = X > 0\nreturn X * self.m', 'return grad * self.m'),
                              ('self.mask = X <= 0\nreturn np.maximum(X, 0)', 'return grad * ~self.mask')):
        verdicts = judged(with_bodies({'relu.forward': forward, 'relu.backward': backward}, MASTER))
        assert [verdicts[item].share for item in ('relu.forward', 'relu.backward')] == [1, 1]
    verdicts = judged(with_bodies({'relu.forward': 'return np.maximum(X, 0)', 'relu.backward': 'return grad * (X > 0)'},
                                  MASTER))
    assert [verdicts[item].share for item in ('relu.forward', 'relu.backward')] == [Fraction(1, 2), 1]
    for nonsense in ('self.mask = 1', 'self.foo = X', 'self.mask = np.zeros_like(X)'):  # which backward does without
        verdicts = judged(with_bodies({'relu.forward': f'{nonsense}\nreturn np.maximum(X, 0)',
                                       'relu.backward': 'return grad * (X > 0)'}, MASTER))
        forward, backward = verdicts['relu.forward'], verdicts['relu.backward']
        assert (forward.share, forward.kind, forward.seen_in, backward.share) == (
            Fraction(1, 2), 'mask-not-stored', (), 1)
    # A forward that is wrong, or not there, costs a right backward nothing; a wrong backward stays wrong.
    for body in ("raise NotImplementedError('relu.forward')", 'return X'):
        verdicts = judged(with_bodies({'relu.forward': body}, MASTER))
        assert [verdicts[item].share for item in ('relu.forward', 'relu.backward')] == [0, 1]
    verdicts = judged(with_bodies({'relu.forward': 'return np.maximum(0, X)', 'relu.backward': 'return self.mask'},
                                  MASTER))
    assert [verdicts[item].share for item in ('relu.forward', 'relu.backward')] == [Fraction(1, 2), 0]


def test_a_change_in_place_costs_a_share_and_not_everything():
    bodies = {'relu.forward': 'self.mask = X > 0\nX[X < 0] = 0\nreturn X',
              'relu.backward': 'grad *= self.mask\nreturn grad',
              'linear_layer.backward': "self.gradient['W'] = X.T @ grad\nself.gradient['b'] = grad.sum(axis=0)\n"
                                 "X[...] = grad @ self.params['W'].T\nreturn X"}
    verdicts = judged(with_bodies(bodies, MASTER))
    for item in ('relu.forward', 'relu.backward'):
        assert (verdicts[item].share, verdicts[item].kind) == (Fraction(3, 4), 'in-place')
    assert verdicts['relu.forward'].reason.startswith('right on all inputs, but X is changed in place')
    assert verdicts['linear_layer.backward'].share == Fraction(2, 3) - Fraction(1, 4)
    assert ("gradient['b']", 'wrong') in verdicts['linear_layer.backward'].details
    free = replace(COURSE, assignment=replace(COURSE.assignment, changed_in_place=Fraction(0)))
    files = {'dnn_misc.py': with_bodies(bodies, MASTER).encode()}
    context = Context(free, boxes.unconfined, Reading(texts={*files}))
    shares = [verdict.share for verdict in judge(boxes.question_with(ITEMS[0]), boxes.Submission(files), context)]
    assert shares == [1, Fraction(2, 3), 1, 1, 1]
    wrong = judged(with_bodies({'relu.forward': 'X[X < 0] = 0\nreturn X + 1'}, MASTER))['relu.forward']
    assert wrong.share == 0


def test_a_changed_parameter_is_no_change_of_an_argument():
    """Training goes on with it, so it costs the part, and not a share for bad manners."""
    verdict = judged(build('linear_layer.forward: changes W', MASTER))['linear_layer.forward']
    assert (verdict.share, verdict.kind) == (0, 'parameter-changed')


def test_a_gradient_that_is_the_parameter_is_named():
    body = "self.gradient['W'] = X.T @ grad\nself.gradient['b'] = self.params['b']\nreturn grad @ self.params['W'].T"
    verdict = judged(with_bodies({'linear_layer.backward': body}, MASTER))['linear_layer.backward']
    assert "gradient['b'] is b itself, not the gradient" in verdict.reason


@pytest.mark.parametrize('top', ["import data_loader\ndata_loader.data_loader_mnist()\n",
                                 "open('mnist_subset.json').close()\n"])
def test_code_that_opens_the_data_when_it_is_imported(top):
    assert [verdict.share for verdict in judged(top + MASTER).values()] == [1] * 5
    verdicts = judged(top + 'import no_such\n' + MASTER)
    assert {(verdict.share, verdict.kind) for verdict in verdicts.values()} == {(0, 'import')}


@pytest.mark.parametrize('problems, words', [({}, 'cannot be parsed'), ({'dnn_misc.py': 'is no text'}, 'is no text')])
def test_what_cannot_be_decoded_is_for_a_person(problems, words):
    verdicts = judged(MASTER, boxes.failing, Reading(problems=problems))
    assert {(verdict.share, verdict.kind) for verdict in verdicts.values()} == {(None, 'unreadable')}
    assert words in verdicts['relu.forward'].reason


@pytest.mark.parametrize('body, words', [
    ('import pdb\npdb.set_trace()', 'a debugger was left in'), ('breakpoint()', 'a debugger was left in'),
    ("input('go on?')", 'asks for something to be typed in')])
def test_what_waits_for_a_keyboard_is_said_in_plain_words(body, words):
    verdict = judged(with_bodies({'relu.forward': body}, MASTER))['relu.forward']
    assert verdict.share == 0 and words in verdict.reason


def test_broken_constructor_is_told_as_what_it_does():
    source = MASTER.replace("self.params['W'] = np.random.normal(0, 0.1, (input_D, output_D))", 'self.params = None', 1)
    verdicts = judged(source)
    assert [verdicts[item].share for item in ITEMS] == [0, 0, 1, 1, 1]
    assert "TypeError: 'NoneType' object" in verdicts['linear_layer.forward'].reason


@pytest.mark.parametrize('source, kind, words', [
    ('def f(:\n', 'import', 'SyntaxError'), ('import dnn_misc_solution\n', 'import', 'ModuleNotFoundError'),
    ('import os\nos._exit(0)\n', 'ended-itself', 'ended itself before its results'),
    ('raise SystemExit\n', 'import', 'SystemExit'), ('', 'raises', 'has no attribute'),
    ('import os\nos.kill(os.getpid(), 11)\n', 'crash', 'signal 11'),
    (b'\xff\xfe', 'import', 'SyntaxError'),
    ("import os\nos.write(int(os.environ['RESULT_FD']), b'PASSED')\nos._exit(0)\n", 'no-result', 'something else'),
    (attacks.source('claim_too_long'), 'no-result', 'something else'),
    ("import os, sending\nsending.finish({'import': 7})\n", 'no-result', 'something else'),
    ("import os, sending\nsending.finish({'import': None, 'calls': 1})\n", 'no-result', 'something else'),
    ("import os, sending\nsending.finish({'import': None, 'calls': [[{'error': None, 'results': {'X': 0}}]]})\n",
     'no-result', 'something else')])
def test_modules_that_do_not_load_or_forge_results(source, kind, words):
    for verdict in judged(source).values():
        assert (verdict.share, verdict.kind) == (0, kind), verdict
        assert words in verdict.reason


def test_endless_functions_cost_only_themselves(monkeypatch):
    monkeypatch.setattr('instructor.judges.functions.CALL_SECONDS', 0.5)
    endless = 'while True:\n    pass'
    verdicts = judged(with_bodies({'linear_layer.forward': endless, 'relu.backward': endless}, MASTER))
    assert [verdicts[item].share for item in ITEMS] == [0, 1, 1, 0, 1]
    assert verdicts['linear_layer.forward'].kind == verdicts['relu.backward'].kind == 'endless'
    assert 'relu.backward does not return: an endless loop?' in verdicts['relu.backward'].reason


def test_a_timer_that_is_early_is_no_forgery(monkeypatch):
    """Of the time that a child says it has taken, a busy machine counts less in the end."""
    monkeypatch.setattr('instructor.judges.functions.CALL_SECONDS', 0.5)
    endless = with_bodies({'relu.backward': 'while True:\n    pass'}, MASTER)

    def counted(share):
        def box(entry, files, argv=(), **limits):
            return replace(boxes.unconfined(entry, files, argv, **limits), cpu_seconds=share * 0.5)
        return judge_function('relu.backward', endless.encode(), 'x', box)

    assert (counted(0.6).share, counted(0.6).kind) == (0, 'endless')
    assert (counted(0.4).share, counted(0.4).kind) == (0, 'no-result')


def test_code_that_waits_is_for_a_person_and_tried_twice():
    waits = with_bodies({'relu.forward': 'import time\ntime.sleep(60)'}, MASTER)
    box, given = boxes.recorded(lambda entry, files, argv=(), **limits: boxes.unconfined(
        entry, files, argv, **{**limits, 'wall_seconds': 2}))
    verdict = judge_function('relu.forward', waits.encode(), 'x', box)
    assert (verdict.share, verdict.kind, len(given)) == (None, 'waits', 2)
    assert 'does it wait or sleep?' in verdict.reason
    needs_it = with_bodies({'relu.backward': 'return grad * self.mask'}, MASTER)
    backward = judge_function('relu.backward', needs_it.encode(), 'x', boxes.unconfined, verdict)
    assert (backward.share, backward.kind) == (None, 'forward-timed-out')  # it has no mask without its forward


def test_a_machine_that_stood_still_costs_nothing():
    """A right dnn_misc.py whose first child is held up and ended, and whose second one is not."""
    outcomes = []

    def held_up(entry, files, argv=(), **limits):
        outcome = boxes.unconfined(entry, files, argv, **limits)
        outcomes.append(outcome)
        if len(outcomes) % 2:
            return Outcome('wall', seconds=limits['wall_seconds'], cpu_seconds=0.2)
        return outcome

    verdicts = judged(MASTER, held_up)
    assert {verdict.share for verdict in verdicts.values()} == {1} and len(outcomes) == 14


def test_a_person_looks_at_what_is_claimed_only_where_it_is_true():
    """Told by the child in its very first call, when no processor time has been used."""
    claim = ("import sending\nsending.finish({'import': None, 'calls': [[{'results': {}, 'drew': False, 'error': {"
             "'kind': 'x', 'said': '', 'line': None, 'is_exit': False, 'is_blank': False, 'timed_out': True,"
             " 'missing': '', 'lines': []}}]]})")
    verdict = judge_function('relu.forward', with_bodies({'relu.forward': claim}, MASTER).encode(), 'x',
                             boxes.unconfined)
    assert (verdict.share, verdict.kind) == (0, 'no-result')


def test_other_numbers_than_can_be_sent_cost_only_their_own_function():
    body = "self.mask = X > 0\nreturn np.maximum(0, X).astype(np.longdouble)"
    verdicts = judged(with_bodies({'relu.forward': body}, MASTER))
    assert [verdicts[item].share for item in ITEMS] == [1, 1, 0, 1, 1]
    assert 'has dtype' in verdicts['relu.forward'].reason or 'an array of' in verdicts['relu.forward'].reason


@pytest.mark.parametrize('number', ['1e999', '-1e999', 'NaN', '[]', '{}', '"x"', '1e300', 'null'])
@pytest.mark.parametrize('key', ['lines', 'said', 'kind', 'timed_out'])
def test_odd_words_are_a_fault_of_the_code(number, key):
    error = {'kind': 'x', 'said': '', 'line': None, 'is_exit': False, 'is_blank': False, 'timed_out': False,
             'lines': [['dnn_misc.py', 1, '', '']]}
    value = [['dnn_misc.py', 'HERE', 'HERE', 'HERE']] if key == 'lines' else 'HERE'
    words = json.dumps({'import': {**error, key: value}}).replace('"HERE"', number)
    box = lambda *_, **limits: Outcome('ok', 0, result=boxes.frame(b'e', words.encode()))  # noqa: E731
    for verdict in judged(MASTER, box).values():
        assert verdict.share == 0 and verdict.kind in ('import', 'no-result'), verdict


def test_tracebacks_hold_no_line_of_the_harness():
    deep = ("if len(X) > 1:\n    import sys\n    calls = sys._getframe(1).f_code\n"
            "    raise ExceptionGroup('two', [ValueError(1), KeyError(2)])")
    deep = deep if sys.version_info >= (3, 11) else 'None[0]'
    for body in (deep, 'try:\n    None[0]\nexcept TypeError:\n    raise ValueError("later")',
                 'raise SyntaxError("mine")', 'exec("1 / 0")'):
        verdict = judge_function('relu.forward', with_bodies({'relu.forward': body}, MASTER).encode(), 'x',
                                 boxes.unconfined)
        text = dict(verdict.details)['traceback']
        assert 'File "dnn_misc.py", line' in text and ', in forward' in text
        lines = (boxes.ROOT / 'instructor/sandbox/workers/call_functions.py').read_text().split('\n')
        harness = {line.strip() for line in lines if len(line.strip()) > 6}
        assert not {line.strip() for line in text.split('\n')} & harness, text
        assert 'entry.py' not in text and 'run_calls' not in text


def test_what_is_shown_names_no_place_of_this_machine():
    body = 'raise OSError(f"{__file__} at {object()} {self}")'
    verdict = judged(with_bodies({'relu.forward': body}, MASTER))['relu.forward']
    shown = repr(verdict)
    assert 'dnn_misc.py' in shown and 'call_functions' not in shown and 'entry.py' not in shown
    assert '/' not in dict(verdict.details)['traceback'].replace('\n', '')
    assert '0x...' in shown and not re.search(r'0x[0-9a-f]', shown)


def test_a_grader_that_fails_blames_no_student():
    for verdict in judged(MASTER, boxes.failing).values():
        assert (verdict.share, verdict.kind) == (None, 'grader-fault')
        assert 'no user id left' in verdict.reason


def test_in_the_sandbox():
    verdicts = judged(build('linear_layer.backward: b of shape (K,)', MASTER), boxes.confined())
    assert [verdicts[item].share for item in ITEMS] == [1, Fraction(2, 3), 1, 1, 1]
