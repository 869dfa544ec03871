"""Grading: what utils.py may import, what prints, what does not return, and what the pages say of it."""

import sys

import pytest

if sys.platform != 'linux':
    pytest.skip('grading needs Linux', allow_module_level=True)

from gt_judging import BLANK, ITEMS, MASTER, all_verdicts, judged, written
from gt_variants import ACC, ACT, BATCHES, LOAD, LOSS, REG, SOFT

from instructor.judges import printing

pytest.importorskip('matplotlib')
pytestmark = pytest.mark.untrusted
BASE, UTILS, OPTIMIZER = 'models/_base_network.py', 'utils.py', 'optimizer/_base_optimizer.py'


def above(lines, name=UTILS):
    """The solved scripts, with lines at the top of one of them."""
    return {**MASTER, name: f'{lines}\n{MASTER[name]}'}


# ---- imports ---------------------------------------------------------------------------------------------------------

def test_whatever_matplotlib_has_may_be_used_at_the_top():
    lines = '''
from contextlib import suppress
import matplotlib as mpl
import matplotlib.cm
from matplotlib import pyplot, rcParams
from matplotlib.ticker import MaxNLocator
import mpl_toolkits
mpl.use('Agg')
rcParams['font.size'] = 12
pyplot.rcParams.update({'axes.grid': True})
pyplot.style.use('ggplot')
colours = matplotlib.cm.viridis([0.1, 0.9])
with pyplot.rc_context({'lines.linewidth': 3}):
    figure, (left, right) = pyplot.subplots(1, 2)


@mpl.rc_context({'font.size': 8})
def decorated():
    pass
'''
    verdicts = judged(above(lines), LOAD, BATCHES)
    assert [verdicts[item].reason for item in (LOAD, BATCHES)] == ['right on all inputs'] * 2


@pytest.mark.parametrize('line', ['import no_such_package', 'from no_such_package.inner import name',
                                  'from matplotlib import no_such_name', 'import training_loop'])
def test_what_only_the_grader_may_lack_is_for_a_person(line):
    for verdict in judged(above(line), LOAD, BATCHES).values():
        assert (verdict.share, verdict.kind) == (None, 'lacking-package')
        assert 'utils.py cannot be imported where the grader runs: ' in verdict.reason
    verdicts = judged(written({'_baseNetwork.sigmoid': f'{line}\nreturn X'}), ACT, LOSS)
    assert (verdicts[ACT].share, verdicts[ACT].kind, verdicts[LOSS].share) == (None, 'lacking-package', 1)


@pytest.mark.parametrize('line', ['from models._base_network import no_such_name', 'import models.no_such_file',
                                  'raise OSError', 'from . import no_such_name'])
def test_what_its_own_files_lack_is_certain(line):
    verdict = judged(above(line, 'models/softmax_regression.py'), SOFT)[SOFT]
    assert (verdict.share, verdict.kind) == (0, 'import'), verdict


# ---- printing --------------------------------------------------------------------------------------------------------

def printing_in(function):
    """The solved scripts; a function of utils.py prints first."""
    begin = MASTER[UTILS].index(f'def {function}(')
    end = MASTER[UTILS].index('"""\n', MASTER[UTILS].index('"""', begin) + 3) + 4
    return {**MASTER, UTILS: f'{MASTER[UTILS][:end]}    print("here", 1)\n{MASTER[UTILS][end:]}'}


PRINTING = {f'{name} prints "here 1"': printing_in(name)
            for name in ('train', 'evaluate', 'plot_curves', 'load_mnist_test')}
PRINTING[f'{OPTIMIZER} prints "hi" when it is imported'] = above('print("hi")', OPTIMIZER)
PRINTING['models/softmax_regression.py prints "hi" when it is imported'] = above(
    'print("hi")', 'models/softmax_regression.py')


@pytest.mark.parametrize('said', PRINTING)
def test_all_that_prints_is_charged_and_named(said):
    verdicts = all_verdicts(PRINTING[said])
    assert {(verdicts[item].share, verdicts[item].kind) for item in ITEMS} == {(0, printing.KIND)}
    assert {verdicts[item].reason.partition(',')[0] for item in ITEMS} == {said.partition(',')[0]}
    assert verdicts[ACC].reason == f'{said}, which costs 100 % of the points; without that: right on all inputs'


# ---- curves ----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize('code, said', [
    (None, 'graded by hand'), ('return no_such_name', "plot_curves fails: NameError: name 'no_such_name' is not"),
    ('raise SystemExit', 'plot_curves ends the program'), ('import os\nos._exit(3)', 'graded by hand')])
def test_curves_are_for_a_person_who_reads_what_fails(code, said):
    verdicts = all_verdicts(written({'plot_curves': code}) if code else MASTER)
    assert (verdicts['visualization'].share, verdicts['visualization'].kind) == (None, 'manual')
    assert said in verdicts['visualization'].reason
    assert {verdicts[item].share for item in ITEMS} == {1}


def test_blank_curves_are_said_to_be_blank():
    assert all_verdicts(BLANK)['visualization'].reason == 'graded by hand; plot_curves is not written yet'


# ---- what does not return --------------------------------------------------------------------------------------------

ENDLESS = 'while True:\n    pass'


def test_what_an_endless_part_does_not_touch_is_judged(monkeypatch):
    monkeypatch.setattr('instructor.judges.function_calls.CALL_SECONDS', 0.5)
    found = judged(written({'_baseNetwork.softmax': ENDLESS}), LOSS)[LOSS]
    assert (str(found.share), found.kind) == ('1/3', 'endless')
    details = dict(found.details)
    assert [details[part] for part in ('softmax', 'softmax for large scores', 'cross_entropy_loss')] == [
        'wrong', 'wrong', 'right']
    assert details['tried'].startswith('7 calls')  # one of softmax, one with large scores, five of the loss
    assert [text for label, text in found.details if label == 'hint'] == [
        f'softmax does not return: an endless loop? (scores of shape {shape})'
        for shape in [details['tried'].partition('scores of shape ')[2].partition('), ')[0] + ')']]


def test_wrong_first_and_endless_then_earns_nothing_for_what_was_not_reached(monkeypatch):
    monkeypatch.setattr('instructor.judges.function_calls.CALL_SECONDS', 0.5)
    found = judged(written({'_baseNetwork.sigmoid': 'return X', '_baseNetwork.sigmoid_dev': ENDLESS,
                            '_baseNetwork.ReLU': ENDLESS, '_baseNetwork.ReLU_dev': 'return X'}), ACT)[ACT]
    assert (found.share, found.kind) == (0, 'wrong-values')
    assert [dict(found.details)[part] for part in ('sigmoid', 'sigmoid_dev', 'ReLU', 'ReLU_dev')] == ['wrong'] * 4


def test_parts_that_no_call_reached_say_so(monkeypatch):
    """Without the calls after an endless one: of a Comparison alone."""
    monkeypatch.setattr('instructor.judges.function_calls.CALL_SECONDS', 0.5)
    monkeypatch.setattr('instructor.judges.functions._without_endless', lambda cases, num_made: [])
    found = judged(written({'_baseNetwork.sigmoid': ENDLESS}), ACT)[ACT]
    assert (found.share, found.kind) == (0, 'endless')
    assert [dict(found.details)[part] for part in ('sigmoid', 'sigmoid_dev', 'ReLU')] == [
        'wrong', 'not reached', 'not reached']
    assert dict(found.details)['tried'].startswith('1 call')


# ---- hints in plain words --------------------------------------------------------------------------------------------

def hints(bodies, item):
    return [text for label, text in judged(written(bodies), item)[item].details if label == 'hint']


def test_hints_say_what_is_missing_or_too_rough():
    last_lost = hints({'generate_batched_data': '''
        order = list(range(len(data)))
        if shuffle:
            random.shuffle(order)
        starts = range(0, len(order) - batch_size + 1, batch_size)
        return ([np.array([data[index] for index in order[start:start + batch_size]]) for start in starts],
                [np.array([label[index] for index in order[start:start + batch_size]]) for start in starts])
        '''}, BATCHES)
    assert any(hint.startswith('short batch is missing: the examples that are left over') for hint in last_lost)
    assert not any('None' in hint for hint in last_lost)
    rough = hints({'_baseNetwork.softmax': '''
        scores = scores.astype(np.float32)
        e = np.exp(scores - scores.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)'''}, LOSS)
    assert any('large scores is computed in single precision' in hint for hint in rough), rough
    assert not any('overflow' in hint for hint in rough)
    failing = hints({'_BaseOptimizer.apply_regularization': 'return no_such_name'}, REG)
    assert len(failing) == 1 and failing[0].startswith('apply_regularization fails: NameError')
    assert [hint.partition(':')[0] for hint in hints({'_baseNetwork.sigmoid': 'return no_such_name',
                                                      '_baseNetwork.ReLU': 'return X.no_such_name'}, ACT)] == [
        'sigmoid fails', 'sigmoid_dev fails', 'ReLU fails']
