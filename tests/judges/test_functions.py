"""instructor/judges/functions.py: the five functions get what they deserve, and what the checker would have said."""

import json
import re
from dataclasses import replace
from fractions import Fraction

import pytest

from instructor.judges.context import Context
from instructor.judges.functions import judge
from instructor.judges.reading import Reading
from instructor.mlp_cnn import function_cases
from known_mistakes import NOT_DROPPED
from tests.helpers import runners
from tests.helpers.function_judging import COURSE, ITEMS, MASTER, judged
from tests.helpers.runners import judge_function
from tests.helpers.variants import build, with_bodies

pytestmark = pytest.mark.long


def test_thirds_of_linear_backward():
    def share(name):
        return judge_function('linear_layer.backward', build(name, MASTER).encode(), 'x', runners.run_unconfined)

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
    runner, given = runners.recorded(runners.run_unconfined)
    blank = build('nothing written', MASTER).encode()
    judged(blank, runner)
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
    verdict = judge_function('dropout.backward', keeps_all.encode(), 'x', runners.run_unconfined)
    assert verdict.share == 0
    assert 'restore it' in dict(verdict.details)['hint']
    other_draw = MASTER.replace(given, 'keep = np.random.random_sample(X.shape) < 1.0 - self.r')
    verdict = judge_function('dropout.backward', other_draw.encode(), 'x', runners.run_unconfined)
    assert (verdict.share, verdict.kind) == (None, 'given-forward-changed')  # it may be right: a person sees
    same_draw = MASTER.replace(given, 'keep = np.random.random_sample(X.shape) >= self.r')
    assert judge_function('dropout.backward', same_draw.encode(), 'x', runners.run_unconfined).share == 1


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
        patch.setattr('instructor.judges.function_calls.CALL_SECONDS', 0.5)
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
    context = Context(free, runners.run_unconfined, Reading(texts={*files}))
    shares = [verdict.share for verdict in judge(runners.question_with(ITEMS[0]), runners.Submission(files), context)]
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
