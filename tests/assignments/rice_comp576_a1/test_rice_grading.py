"""Grading: full marks for what is right, however it is written, parts for the rest, and mistakes by their names."""

import sys
from fractions import Fraction

import pytest
from rice_variants import BACK, DEEP, DEEP_FORWARD, DEEP_LOSS, FIT, LOG_KEPT, LOSS, LOSS_OF_KEPT, ONE, RIGHT, WRONG

if sys.platform != 'linux':
    pytest.skip('grading needs Linux', allow_module_level=True)

from rice_judging import BLANK, COURSE, MASTER, judged, written

from assignments.rice_comp576_a1.teacher import function_cases, stand_in_three_layer
from instructor.judges import functions
from instructor.judges.context import Context
from instructor.judges.reading import Reading
from instructor.results import mistakes
from tests.helpers import runners
from tests.helpers.runners import run_once

NUMPY_ITEMS = [item for item in COURSE.assignment.functions if item != 'Net']
THREE, DEEP_ITEMS = 'three_layer_neural_network.py', [item for item in NUMPY_ITEMS if 'NeuralNetwork.' not in
                                                     item.replace(DEEP, '')]

pytestmark = pytest.mark.untrusted


def one(variant):
    return judged(written(variant.bodies), variant.item)[variant.item]


# ---- right, wrong and blank ------------------------------------------------------------------------------------------

def test_the_points_are_100_and_those_of_the_parts_whole():
    assert COURSE.total == 100 and sum(COURSE.points[item] for item in COURSE.assignment.functions) == 50
    for item in COURSE.assignment.functions:
        assert sum(COURSE.assignment.items[item].parts.values()) == COURSE.points[item]


@pytest.mark.parametrize('sources, share, kind', [(MASTER, 1, ''), (BLANK, 0, 'not-written')], ids=['solved', 'blank'])
def test_the_solved_one_and_the_blank_one(sources, share, kind):
    verdicts = judged(sources, *NUMPY_ITEMS)
    assert {item: (verdict.share, verdict.kind) for item, verdict in verdicts.items()} == {
        item: (share, kind) for item in NUMPY_ITEMS}


@pytest.mark.parametrize('name', RIGHT)
def test_a_right_way_gets_full_marks(name):
    verdict = one(RIGHT[name])
    assert (verdict.share, verdict.kind, verdict.reason) == (1, '', 'right on all inputs')


@pytest.mark.parametrize('name', WRONG)
def test_a_wrong_way_gets_its_part_and_its_name(name):
    verdict = one(WRONG[name])
    assert (verdict.share, verdict.kind) == (WRONG[name].share, WRONG[name].kind), verdict.reason
    assert mistakes.text_of(verdict.kind, COURSE.assignment.mistakes) != verdict.kind.replace('-', ' ')


def test_mistakes_keep_their_names_where_all_items_are_judged():
    names = ['actFun: exp overflows', 'diff_actFun: at a', 'feedforward: the own activation',
             'loss: a mean already', 'deep loss: lambda not halved', 'fit_model: biases regularized']
    bodies = {blank: body for name in names for blank, body in WRONG[name].bodies.items()}
    verdicts = judged(written(bodies), *NUMPY_ITEMS)
    assert [verdicts[WRONG[name].item].kind for name in names] == [WRONG[name].kind for name in names]


def test_inputs_differ_between_submissions_and_not_between_runs():
    for item in NUMPY_ITEMS:
        first, same, other = (function_cases.draw(item, digest) for digest in 'aab')
        assert first.cases == same.cases and all((first.inputs[name] == same.inputs[name]).all()
                                                 for name in first.inputs)
        assert any(first.inputs[name].shape != other.inputs[name].shape
                   or (first.inputs[name] != other.inputs[name]).any() for name in first.inputs)


def test_right_work_is_right_for_another_digest():
    assert {verdict.share for verdict in judged(MASTER, *NUMPY_ITEMS, digest='another').values()} == {1}


# ---- parts that are apart --------------------------------------------------------------------------------------------

def test_a_wrong_three_layer_network_costs_the_deep_one_nothing():
    for source in (written({'log_softmax': 'return z'})[THREE], 'def (:\n'):
        for item, verdict in judged({**MASTER, THREE: source}, *DEEP_ITEMS).items():
            assert verdict.share == 1, (item, verdict.reason)


def test_it_hides_no_mistake_of_the_deep_one():
    wrong = written({f'{DEEP}fit_model': FIT.replace(' + self.reg_lambda * layer.W', '')})
    verdict = judged({**wrong, THREE: BLANK[THREE]}, f'{DEEP}fit_model')[f'{DEEP}fit_model']
    assert (str(verdict.share), verdict.kind) == ('1/3', 'not-regularized')


def test_the_functions_of_one_network_are_judged_apart():
    raising = written({f'NeuralNetwork.{name}': 'raise ValueError'
                       for name in ('actFun', 'diff_actFun', 'feedforward')})
    verdicts = judged(raising, *[item for item in NUMPY_ITEMS if item.startswith('NeuralNetwork')])
    assert [str(verdict.share) for verdict in verdicts.values()] == ['0', '0', '1/3', '1', '1']


@pytest.mark.parametrize('of_log_softmax', ['return z', 'raise ValueError'])
def test_a_wrong_log_softmax_costs_the_loss_nothing(of_log_softmax):
    sources = written({'log_softmax': of_log_softmax, f'{ONE}calculate_loss': LOSS})
    verdicts = judged(sources, f'{ONE}feedforward', f'{ONE}calculate_loss')
    assert verdicts[f'{ONE}feedforward'].share < 1 and verdicts[f'{ONE}calculate_loss'].share == 1


@pytest.mark.parametrize('item, bodies, share, kind', [
    (f'{ONE}calculate_loss', {f'{ONE}calculate_loss': LOSS_OF_KEPT}, None, 'uses-wrong-feedforward'),
    (f'{ONE}calculate_loss', {f'{ONE}calculate_loss': f'{LOSS} / len(X)'}, 0, 'loss-divided'),
    (f'{ONE}calculate_loss', {f'{ONE}calculate_loss': LOSS}, 1, ''),
    (f'{ONE}backprop', {f'{ONE}backprop': f'self.nothing\n{BACK}'}, None, 'uses-wrong-feedforward'),
    (f'{ONE}backprop', {f'{ONE}backprop': BACK.replace('-= 1\n', '-= 1\ndelta /= len(X)\n')}, 0, 'gradient-divided'),
    (f'{ONE}backprop', {f'{ONE}backprop': f'self.feedforward(X, self._activate)\n{BACK}'}, 1, ''),
    (f'{DEEP}calculate_loss', {f'{DEEP}calculate_loss': DEEP_LOSS.replace('log_softmax(self.z)', "self.kept['log']")},
     None, 'uses-wrong-feedforward'),
    (f'{DEEP}calculate_loss', {f'{DEEP}calculate_loss': DEEP_LOSS.replace(' / 2', '')}, 0, 'lambda-not-halved')])
def test_only_what_uses_more_than_a_wrong_feedforward_should_store_is_for_a_person(item, bodies, share, kind):
    feedforward = f'{item.partition(".")[0]}.feedforward'
    wrong = {f'{ONE}feedforward': LOG_KEPT.replace(' + self.b2', ''),
             f'{DEEP}feedforward': DEEP_FORWARD.replace('self.z,', 'X = X + self.layers[-1].W[0]\nself.z,')}
    verdicts = judged(written({**bodies, feedforward: wrong[feedforward]}), feedforward, item)
    assert verdicts[feedforward].share == (Fraction(2, 3) if item.startswith(ONE) else 0)
    assert (verdicts[item].share, verdicts[item].kind) == (share, kind), verdicts[item].reason


@pytest.mark.parametrize('body', ['while True:\n    pass', 'import sys\nsys.exit()'])
def test_a_feedforward_that_never_returns_costs_the_others_nothing(body):
    items = [f'{ONE}{name}' for name in ('feedforward', 'calculate_loss', 'backprop')]
    verdicts = judged(written({items[0]: body}), *items)
    assert [verdicts[item].share == 1 for item in items] == [False, True, True], verdicts


def test_a_network_that_is_organized_in_another_way_is_for_a_person():
    name = 'n_layer_neural_network.py'
    other = MASTER[name].replace('class Layer:', 'class Stage:').replace('Layer(', 'Stage(')
    assert other.count('Stage') > 2
    changed = ['Layer', 'Layer.feedforward', 'Stage', 'Stage.feedforward']
    verdicts = judged({**MASTER, name: other}, *DEEP_ITEMS, changed_code=changed)
    assert (verdicts['Layer'].share, verdicts['Layer'].kind) == (None, 'reorganized')
    assert {verdict.share for verdict in verdicts.values()} == {None, 1}  # some need no Layer
    assert judged({**MASTER, name: other}, 'Layer')['Layer'].share == 0  # as it would be in a skeleton that is kept


def test_layers_of_another_name_are_for_a_person_where_they_are_not_found():
    name = 'n_layer_neural_network.py'
    sources = {**MASTER, name: MASTER[name].replace('self.layers', 'self.stack')}
    verdicts = judged(sources, *DEEP_ITEMS, changed_code=['DeepNeuralNetwork.__init__'])
    assert verdicts.pop('Layer').share == 1
    assert {(verdict.share, verdict.kind) for verdict in verdicts.values()} == {(None, 'reorganized')}
    assert judged(sources, f'{DEEP}fit_model')[f'{DEEP}fit_model'].share == 0  # there is such a fault without it, too


def test_the_stand_in_has_the_interface_and_other_functions():
    import three_layer_neural_network as right
    names = [name for name, value in vars(right).items() if getattr(value, '__module__', '') == right.__name__]
    assert {*names} == {name for name, value in vars(stand_in_three_layer).items()
                        if getattr(value, '__module__', '') == stand_in_three_layer.__name__}
    z = function_cases.np.array([[0.5, -1.0, 2.0]])
    own, other = right.NeuralNetwork(2, 3, 2), stand_in_three_layer.NeuralNetwork(2, 3, 2)
    for name in right.ACTIVATIONS:
        assert abs(own.actFun(z, name) - other.actFun(z, name)).max() > 0.01
    for scores in (z, 1e6 * z):
        assert stand_in_three_layer.log_softmax(scores) == pytest.approx(right.log_softmax(scores), rel=1e-12)


# ---- what forges -----------------------------------------------------------------------------------------------------

FORGED = {'an empty answer': "import sending\nsending.finish({'import': None, 'calls': [[]]})\n",
          'the end': 'import os\nos._exit(0)\n',
          'numpy that finds all equal': 'import numpy\nnumpy.array_equal = numpy.allclose = lambda *_, **more: True\n'}


@pytest.mark.parametrize('name', FORGED)
def test_what_forges_gains_nothing(name):
    sources = {script: FORGED[name] + text for script, text in BLANK.items()}
    for item, verdict in judged(sources, 'NeuralNetwork.actFun', f'{DEEP}fit_model').items():
        assert verdict.share == 0, (item, verdict)


# ---- printing --------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize('script', [THREE, 'n_layer_neural_network.py'])
def test_of_several_files_the_one_that_prints_when_it_is_imported_is_named(script):
    files = {name: (f'print("begin")\n{text}' if name == script else text).encode() for name, text in MASTER.items()}
    context = Context(COURSE, run_once, Reading(texts={*files}))
    functions.judge(COURSE.assignment.question_of('Layer'), runners.Submission(files), context)
    assert {*context.printed} == {*DEEP_ITEMS}
    assert {*context.printed.values()} == {('begin', script, True)}
