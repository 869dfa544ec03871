"""Grading of the convolutional network: its layers, its output, and its dropout."""

import importlib.util
import re
import sys
from dataclasses import replace

import numpy as np
import pytest

if sys.platform != 'linux':
    pytest.skip('grading needs Linux', allow_module_level=True)

from rice_judging import BLANK, COURSE, MASTER, judged

from assignments.rice_comp576_a1.teacher import dcn_cases
from instructor.judges import function_calls, functions
from instructor.judges.context import Context
from instructor.judges.reading import Reading
from instructor.sandbox import api as sandbox
from instructor.sandbox import worker_runs
from tests.helpers import runners
from tests.helpers.runners import run_once

HAS_TORCH = all(map(importlib.util.find_spec, ('torch', 'tensorboard')))
needs_torch = pytest.mark.skipif(not HAS_TORCH, reason='needs torch and tensorboard')

pytestmark = pytest.mark.untrusted


@needs_torch
def test_the_network_is_right_in_confinement():
    verdict = judged(MASTER, 'Net', runner=worker_runs.confined(sandbox.probe('auto')))['Net']
    assert (verdict.share, verdict.reason) == (1, 'right on all inputs')


@needs_torch
@pytest.mark.parametrize('old, new, share, kind', [
    ('nn.Conv2d(1, 32 * pieces, 5)', 'nn.Conv2d(1, 32 * pieces, 3)', '1/5', 'wrong-architecture'),
    ("F.log_softmax(terms['fc2/net_inputs'], dim=1)", "terms['fc2/net_inputs']", '7/10', 'not-normalised')])
def test_a_wrong_network_gets_its_part(old, new, share, kind):
    assert old in MASTER['dcn_mnist.py']
    verdict = judged({**MASTER, 'dcn_mnist.py': MASTER['dcn_mnist.py'].replace(old, new)}, 'Net')['Net']
    assert (str(verdict.share), verdict.kind) == (share, kind), verdict.reason


A1 = "terms['fc1/activations']"


def with_last(layer):
    """The Verdict on a Net with another last layer."""
    last = f'self.fc2(self.dropout({A1}))'
    assert last in MASTER['dcn_mnist.py']
    return judged({**MASTER, 'dcn_mnist.py': MASTER['dcn_mnist.py'].replace(last, layer)}, 'Net')['Net']


@needs_torch
@pytest.mark.parametrize('layer', [f'self.fc2(input=F.dropout({A1}, 0.5, self.training))',
                                   f'self.fc2({A1} * 2 * (torch.rand_like({A1}) < 0.5) if self.training else {A1})'])
def test_dropout_may_be_written_in_other_ways(layer):
    assert with_last(layer).share == 1


@needs_torch
@pytest.mark.parametrize('layer, said', [
    (f'self.fc2(F.dropout({A1}, 0.45, self.training))',
     r' sets 4[4-6]% of them to 0 while training, expected 50% \(x of '),  # the masks are random
    (f'self.fc2({A1} * (torch.rand_like({A1}) < 0.5) if self.training else {A1})', ': those that are kept have to be')])
def test_a_wrong_dropout_costs_its_part(layer, said):
    verdict = with_last(layer)
    assert (str(verdict.share), verdict.kind) == ('4/5', 'wrong-dropout')
    assert re.search(f'dropout of the inputs of fc2{said}', verdict.reason), verdict.reason


def passes(mask, again=None, factor=2, N=80):
    """What fc2 gets in evaluation and in training, twice each, where these masks, N x 1024, decide what is kept."""
    evaluated = np.maximum(np.random.RandomState(3).randn(N, 1024), 0).astype(np.float32)
    return evaluated, factor * mask * evaluated, evaluated, factor * (mask if again is None else again) * evaluated


def random_mask(seed, *shape, kept=0.5):
    return np.random.RandomState(seed).uniform(size=shape) < kept


ALL = np.ones((80, 1024), bool)
ONE_MASK, OTHER_MASK = random_mask(1, 80, 1024), random_mask(2, 80, 1024)
WRONG_DROPOUTS = {
    'none': (passes(ALL, factor=1), ' sets 0% of them to 0'),
    'all': (passes(~ALL), ' sets 100% of them to 0'),
    'a rate of 0.53': (passes(random_mask(1, 80, 1024, kept=0.47), random_mask(2, 80, 1024, kept=0.47)), ' sets 53% '),
    'a constant mask': (passes(ONE_MASK), ' sets the same ones to 0 each time'),
    'the same units': (passes(random_mask(1, 1, 1024) & ALL, random_mask(2, 1, 1024) & ALL),
                       ' sets the same ones to 0 for all images'),
    'whole images': (passes(random_mask(1, 80, 1) & ALL, random_mask(2, 80, 1) & ALL),
                     ' sets all those of an image to 0, or none'),
    'not scaled': (passes(ONE_MASK, OTHER_MASK, factor=1), ' have to be divided by 1 - p while training'),
    'scaled twice': (passes(ONE_MASK, OTHER_MASK, factor=4), ' are not the ones of evaluation, divided by 1 - p'),
    'in evaluation': ((*passes(ONE_MASK, OTHER_MASK)[1::2], *passes(OTHER_MASK, ONE_MASK)[1::2]),
                      ' is there in evaluation, too')}


@pytest.mark.parametrize('name', WRONG_DROPOUTS)
def test_what_is_wrong_with_a_dropout_is_said(name):
    arrays, said = WRONG_DROPOUTS[name]
    assert said in dcn_cases.why_no_dropout(*arrays)


def test_a_right_dropout_is_right():
    for seed in range(20):
        arrays = passes(random_mask(2 * seed, 80, 1024), random_mask(2 * seed + 1, 80, 1024))
        assert dcn_cases.why_no_dropout(*arrays) == ''


@needs_torch
def test_it_is_not_found_wrong_by_chance():
    """The share of n zeros has the standard deviation 0.5 / sqrt(n); beyond 6.2 of them lies one in a billion."""
    import dcn_mnist

    from assignments.rice_comp576_a1.teacher import dcn_exercises
    for digest in 'abcd':
        draw, results = dcn_cases.draw('Net', digest), {}
        call = draw.cases[-1].call
        inputs = {name: draw.inputs[array] for name, array in call.arguments.items()}
        dcn_exercises.dropout({'dcn_mnist': dcn_mnist}, {}, results, **inputs, **call.options)
        live = (results['evaluation'] != 0).sum()
        assert 6.2 * 0.5 / live ** 0.5 < dcn_cases.MARGIN and live > 30_000


def test_without_torch_the_network_is_for_a_person(monkeypatch):
    monkeypatch.setattr(function_calls.importlib.util, 'find_spec', lambda name: None)
    verdict = judged(BLANK, 'Net')['Net']
    assert (verdict.share, verdict.kind) == (None, 'lacking-package')
    assert verdict.reason == 'graded by hand: torch and tensorboard cannot be imported where the grader runs'


def test_with_a_torch_that_cannot_be_imported_too():
    def runner(entry, files, argv=(), **limits):
        return run_once(entry, {**files, 'torch.py': b'raise ImportError("a library is missing")\n'}, argv,
                              **limits)

    question = COURSE.assignment.question_of('Net')
    files = {name: text.encode() for name, text in MASTER.items()}
    plain = replace(question, packages=('numpy',))
    [verdict] = functions.judge(plain, runners.Submission(files), Context(COURSE, runner, Reading(texts={*files})))
    assert (verdict.share, verdict.kind) == (None, 'grader-fault')
