"""Grading: full marks for what is right, however it is written, parts for the rest, and mistakes by their names."""

import io
import json
import sys
import textwrap
import zipfile
from dataclasses import replace
from fractions import Fraction

import pytest

if sys.platform != 'linux':
    pytest.skip('grading needs Linux', allow_module_level=True)

from gt_judging import BLANK, COURSE, ITEMS, MASTER, all_verdicts, judged, written
from gt_variants import ACC, ACT, LOSS, RIGHT, SOFT, SOFTMAX_FORWARD, TWO, TWO_LAYERS, UPD, WRONG, _changed

from assignments.gt_cs7643_hw1.teacher import function_cases
from instructor import grade
from instructor.course import Printing
from instructor.judges import printing
from instructor.publishing import blanks
from instructor.results import mistakes
from instructor.sandbox import api as sandbox
from tests.helpers import attacks, runners

SECTIONS = {'1': 2, '2.1': 4, '2.2': 4, '3': 4, '4': 2, '5': 6}  # as the text says
BY_HAND = ['visualization', 'learning_rates', 'regularization_strengths', 'tuning']

pytestmark = pytest.mark.untrusted


# ---- right, wrong and blank ------------------------------------------------------------------------------------------

def test_the_points_are_those_of_the_text():
    found = dict.fromkeys(SECTIONS, 0)
    for question in COURSE.assignment.questions:
        section = question.title.partition(' ')[0]
        found[section] += sum(COURSE.points[item.name] for item in question.items)
    assert found == SECTIONS and COURSE.total == 22 and sum(COURSE.points[item] for item in ITEMS) == 14


@pytest.mark.parametrize('sources, share, kind', [(MASTER, 1, ''), (BLANK, 0, 'not-written')], ids=['solved', 'blank'])
def test_the_solved_one_and_the_blank_one(sources, share, kind):
    verdicts = all_verdicts(sources)
    assert {(verdicts[item].share, verdicts[item].kind) for item in ITEMS} == {(share, kind)}
    assert {(verdicts[item].share, verdicts[item].kind) for item in BY_HAND} == {(None, 'manual')}


@pytest.mark.parametrize('name', RIGHT)
def test_a_right_way_gets_full_marks(name):
    verdict = judged(written(RIGHT[name].bodies), RIGHT[name].item)[RIGHT[name].item]
    assert (verdict.share, verdict.kind, verdict.reason) == (1, '', 'right on all inputs')


@pytest.mark.parametrize('name', WRONG)
def test_a_wrong_way_gets_its_part_and_its_name(name):
    wanted = WRONG[name]
    verdict = judged(written(wanted.bodies), wanted.item, right=ITEMS)[wanted.item]
    assert (verdict.share, verdict.kind) == (wanted.share, wanted.kind), verdict.reason
    assert mistakes.text_of(verdict.kind, COURSE.assignment.mistakes) != verdict.kind.replace('-', ' ')


def test_inputs_differ_between_submissions_and_not_between_runs():
    for item in ITEMS:
        first, same, other = (function_cases.draw(item, digest) for digest in 'aab')
        assert first.cases == same.cases and all((first.inputs[name] == same.inputs[name]).all()
                                                 for name in first.inputs)
        assert any(first.inputs[name].shape != other.inputs[name].shape
                   or (first.inputs[name] != other.inputs[name]).any() for name in first.inputs)


def test_right_work_is_right_for_another_digest():
    bodies = {blank: code for variant in RIGHT.values() for blank, code in variant.bodies.items()}
    assert {verdict.share for verdict in judged(written(bodies), *ITEMS, digest='another').values()} == {1}


def test_no_answer_is_within_reach_of_the_child():
    runner, given = runners.recorded(runners.run_unconfined)
    judged(BLANK, SOFT, UPD, 'load_mnist_trainval', runner=runner)
    solutions = [blank for name, source in MASTER.items() for blank in blanks.read_blanks(source, name)]
    own = [files for files in given if not any(files.get(name) == text.encode() for name, text in MASTER.items())]
    assert 6 <= len(own) < len(given)
    for files in own:
        assert {*files} <= {'entry', *MASTER, 'mnist_csv.py', 'exercises.py', 'sending.py', 'request.json',
                            'inputs.npz'}
        for name in {*files} - {'entry', 'inputs.npz'}:
            assert blanks.find_solution(files[name].decode(), solutions) is None, name


# ---- models and update beside wrong base classes ---------------------------------------------------------------------

WRONG_BASES = {
    'blank': BLANK['models/_base_network.py'],
    'all wrong': written({f'_baseNetwork.{name}': 'return self.missing' for name in (
        'softmax', 'cross_entropy_loss', 'compute_accuracy', 'sigmoid', 'sigmoid_dev', 'ReLU', 'ReLU_dev')}
        )['models/_base_network.py'],
    'no Python': 'def (:\n', 'missing': None}


@pytest.mark.parametrize('base', WRONG_BASES)
def test_a_wrong_base_network_costs_the_models_nothing(base):
    sources = written({'SoftmaxRegression.forward': SOFTMAX_FORWARD, 'TwoLayerNet.forward': _changed(
        TWO_LAYERS, ('self.sigmoid_dev(a)', 'A * (1 - A)'))})
    sources['models/_base_network.py'] = WRONG_BASES[base]
    verdicts = judged({name: text for name, text in sources.items() if text is not None}, ACT, LOSS, ACC, SOFT, TWO)
    assert [verdicts[item].share for item in (ACT, LOSS, ACC, SOFT, TWO)] == [0, 0, 0, 1, 1]
    assert 'with a right models/_base_network.py in place of' in verdicts[TWO].reason


def test_a_wrong_base_network_hides_no_wrong_model():
    wrong = WRONG['two layers: b2 added to W2']
    sources = {**written(wrong.bodies), 'models/_base_network.py': WRONG_BASES['blank']}
    verdict = judged(sources, TWO)[TWO]
    assert (verdict.share, verdict.kind) == (0, 'b2-added-to-W2')
    verdict = judged({**BLANK, 'models/_base_network.py': WRONG_BASES['blank']}, SOFT)[SOFT]
    assert (verdict.share, verdict.kind) == (0, 'not-written')


def test_one_script_that_cannot_be_read_costs_the_others_nothing():
    for broken, lost in (('models/two_layer_nn.py', [TWO]), ('optimizer/_base_optimizer.py', ['apply_regularization']),
                         ('utils.py', ['load_mnist_trainval', 'generate_batched_data'])):
        found = judged({**MASTER, broken: 'def (:\n'}, *ITEMS)
        assert [item for item in ITEMS if found[item].share != 1] == lost
        assert {found[item].kind for item in lost} == {'import'}, found


# ---- printing --------------------------------------------------------------------------------------------------------

PRINTING = written({'SoftmaxRegression.forward': f'print("shape", X.shape){textwrap.dedent(SOFTMAX_FORWARD)}',
                    'SGD.update': 'raise NotImplementedError("SGD.update")'})


@pytest.mark.parametrize('charge, shares', [
    (COURSE.printing, [0] * 9), (Printing(Fraction(1, 4), 'all'), [Fraction(3, 4)] * 8 + [0]),
    (Printing(Fraction(1, 4), 'item'), [1] * 5 + [Fraction(3, 4), 1, 1, 0]), (Printing(), [1] * 8 + [0])],
    ids=['as the text says', 'a quarter of all', 'a quarter of the item', 'nothing'])
def test_printing_costs_what_the_course_says(charge, shares):
    assert COURSE.printing == Printing(Fraction(1), 'all')
    verdicts = all_verdicts(PRINTING, replace(COURSE, printing=charge))
    assert [verdicts[item].share for item in ITEMS] == shares
    assert [verdicts[item].kind == printing.KIND for item in ITEMS] == [share not in (1, Fraction(0)) or
                                                                        (charge.lost == 1 and item != UPD)
                                                                        for item, share in zip(ITEMS, shares)]
    if charge.lost:
        assert verdicts[SOFT].reason.startswith('it prints "shape (')
        assert verdicts[SOFT].reason.endswith('without that: right on all inputs')
    assert verdicts[UPD].kind == 'not-written' and verdicts['tuning'].kind == 'manual'


def test_warnings_are_no_printing():
    naive = written({'_baseNetwork.sigmoid': 'import warnings\nwarnings.warn("large")\nreturn 1 / (1 + np.exp(-X))'})
    assert {verdict.kind for verdict in all_verdicts(naive).values()} == {'', 'manual'}


# ---- what forges -----------------------------------------------------------------------------------------------------

FORGED = {
    'its own words': "import sending\nsending.finish({'import': None, 'calls': [[{'error': None, 'results': {}}]]})\n",
    'the end': 'import os\nos._exit(0)\n',
    'a claim': attacks.source('claim_too_long'),
    'numpy that finds all equal': 'import numpy\nnumpy.array_equal = numpy.allclose = lambda *_, **more: True\n',
    'raw bytes': "import os\nos.write(int(os.environ['RESULT_FD']), b'PASSED')\nos._exit(0)\n"}


@pytest.mark.parametrize('name', FORGED)
def test_what_forges_gains_nothing(name):
    sources = {script: FORGED[name] + text for script, text in BLANK.items()}
    for item, verdict in judged(sources, ACC, SOFT).items():
        assert verdict.share == 0, (item, verdict)


# ---- a folder of submissions -----------------------------------------------------------------------------------------

def packed(sources, top=''):
    content = io.BytesIO()
    with zipfile.ZipFile(content, 'w') as archive:
        for name, text in sources.items():
            archive.writestr(f'{top}{name}', text)
    return content.getvalue()


def test_a_folder_of_submissions_is_graded(tmp_path):
    pytest.importorskip('matplotlib')
    flat = {name.rpartition('/')[2]: text for name, text in MASTER.items()}
    handed_in = {'right': (MASTER, 'hw1/'), 'flat': (flat, ''), 'prints': (PRINTING, ''), 'part': (written(
        WRONG['ReLU_dev: 1 at 0'].bodies), '')}
    folder, out = tmp_path / 'handed in', tmp_path / 'OUT'
    folder.mkdir()
    for number, (student, (sources, top)) in enumerate(handed_in.items(), start=101):
        (folder / f'{student}_{number}_{number + 9000}_hw1_{student}.zip').write_bytes(packed(sources, top))
    options = grade.parse([str(folder), '--course', 'gt', '--output', str(out), '--jobs', '2'])
    assert grade.grade(options, isolation=sandbox.probe('auto')) == 0
    lines = [json.loads(line) for line in (out / 'journal.jsonl').read_text(encoding='utf-8').splitlines()]
    shares = {line['submission']: [verdict['share'] for verdict in line['verdicts'] if verdict['item'] in ITEMS]
              for line in lines if 'verdicts' in line}
    assert shares['101'] == shares['102'] == ['1'] * 9 and shares['103'] == ['0'] * 9
    assert shares['104'] == ['1', '1', '3/4', '1', '1', '1', '1', '1', '1']
    assert 'the derivative of ReLU at 0 is not 0' in (out / 'report.html').read_text(encoding='utf-8')
