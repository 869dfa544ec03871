"""Grading: full marks for what is right, however it is written, parts for the rest, and mistakes by their names."""

import io
import json
import sys
import textwrap
import zipfile
from dataclasses import replace
from fractions import Fraction

import hw3_copy
import pytest
from hw3_variants import EVALUATE, LOSS_FORWARD, RIGHT, STEP, TRAIN, WRONG, Variant

if sys.platform != 'linux':
    pytest.skip('grading needs Linux', allow_module_level=True)

from assignments.cmu_10701_hw3.teacher import function_cases, stand_in_lib
from instructor import grade
from instructor.judges import functions, judging
from instructor.judges.context import Context
from instructor.judges.reading import Reading
from instructor.publishing import blanks
from instructor.results import mistakes
from instructor.sandbox import api as sandbox
from tests.helpers import attacks, courses, runners

COURSE = courses.course('cmu')
MASTER = {name: (hw3_copy.FOLDER / name).read_text(encoding='utf-8') for name in hw3_copy.SCRIPTS}
BLANK = {name: blanks.empty(text, name) for name, text in MASTER.items()}
POINTS = {'section_1': 15, 'section_2': 5, 'section_3': 10, 'section_4': 10, 'Linear': 5, 'GradientDescentOptimizer': 5,
          'Sigmoid': 5, 'ReLU': 5, 'CrossEntropyLoss': 10, 'train_network': 20, 'experiments': 10}  # as the text says
BY_HAND = ['section_1', 'section_2', 'section_3', 'section_4', 'experiments']
ITEMS = [item for item in POINTS if item not in BY_HAND]



def written(bodies, sources=MASTER):
    """The two scripts with code in some of their blanks, {blank: code}: {name: text}."""
    made = {}
    for name, source in sources.items():
        indents = {blank.name: blank.indent for blank in blanks.read_blanks(source, name)}
        made[name] = blanks.fill(source, {blank: textwrap.indent(textwrap.dedent(code).strip() + '\n', indents[blank])
                                          for blank, code in bodies.items() if blank in indents}, name)
    return made


ANSWERED = {}


def run_unconfined(entry, files, argv=(), **limits):
    """As runners.run_unconfined; the master's answers, which are always the same, are asked for once."""
    contents = {name: content if isinstance(content, bytes) else content.read_bytes()
                for name, content in files.items()}
    key = (entry, *sorted(contents.items()))
    if contents.get('hw3_lib.py') != MASTER['hw3_lib.py'].encode() or key not in ANSWERED:
        ANSWERED[key] = runners.run_unconfined(entry, files, argv, **limits)
    return ANSWERED[key]


def context(files, runner=run_unconfined, right=()):
    """A Context; right: items that have been found right."""
    found = Context(COURSE, runner, Reading(texts={*files}))
    found.verdicts = {item: functions.Verdict(item, item in right, 'before') for item in ITEMS}
    return found


def judged(sources, *items, runner=run_unconfined, right=(), digest='a digest'):
    """The Verdicts on the questions of some items, by item."""
    files = {name: text if isinstance(text, bytes) else text.encode() for name, text in sources.items()}
    questions = {COURSE.assignment.question_of(item).name: COURSE.assignment.question_of(item) for item in items}
    verdicts = {}
    for question in questions.values():  # only the items that are asked for
        only = replace(question, items=tuple(item for item in question.items if item.name in items))
        found = functions.judge(only, runners.Submission(files, digest), context(files, runner, right))
        verdicts.update((verdict.item, verdict) for verdict in found)
    return verdicts


def one(variant, **options):
    return judged(written(variant.bodies), variant.item, **options)[variant.item]


# ---- right, wrong and blank ------------------------------------------------------------------------------------------

def test_the_points_are_those_of_the_text():
    assert COURSE.points == POINTS and COURSE.total == 100
    assert sum(COURSE.points[item] for item in ITEMS) == 50
    for item in ITEMS:  # parts are worth whole points
        assert sum(COURSE.assignment.items[item].parts.values()) == COURSE.points[item]


@pytest.mark.parametrize('sources, share, kind', [(MASTER, 1, ''), (BLANK, 0, 'not-written')], ids=['solved', 'blank'])
def test_the_solved_one_and_the_blank_one(sources, share, kind):
    files = {name: text.encode() for name, text in sources.items()}
    everything = Context(COURSE, run_unconfined, Reading(texts={*files}))
    found = judging.judge_questions(runners.Submission(files), everything)
    verdicts = {verdict.item: verdict for verdict in found['verdicts']}
    assert found['faults'] == [] and [*verdicts] == [*POINTS]
    assert {(verdicts[item].share, verdicts[item].kind) for item in ITEMS} == {(share, kind)}
    assert {(verdicts[item].share, verdicts[item].kind) for item in BY_HAND} == {(None, 'manual')}
    if kind:
        assert [verdicts[item].reason for item in ITEMS] == [
            f'{name} is not written yet' for name in ('Linear.forward', 'GradientDescentOptimizer', 'sigmoid',
                                                      'ReLU.forward', 'CrossEntropyLoss.forward', 'train_network')]


@pytest.mark.parametrize('name', RIGHT)
def test_a_right_way_gets_full_marks(name):
    verdict = one(RIGHT[name])
    assert (verdict.share, verdict.kind, verdict.reason) == (1, '', 'right on all inputs')


@pytest.mark.parametrize('name', WRONG)
def test_a_wrong_way_gets_its_part_and_its_name(name):
    verdict = one(WRONG[name])
    assert (verdict.share, verdict.kind) == (WRONG[name].share, WRONG[name].kind), verdict.reason
    wrong = [label for label, text in verdict.details if text == 'wrong']
    assert wrong or verdict.kind in ('in-place', 'y-hat-changed')


def test_there_are_enough_of_both():
    assert len(RIGHT) >= 15 and len(WRONG) >= 40
    assert {variant.item for variant in RIGHT.values()} == {variant.item for variant in WRONG.values()} == {*ITEMS}


def test_statistics_during_the_epoch_and_before_it():
    source = MASTER['hw3_sol.py']
    for old, new, share, kind in (
            ('            criterion.forward(model.forward(x), y)\n',
             '            losses = [] if start == 0 else losses\n'
             '            losses.append(criterion.forward(model.forward(x), y))\n', Fraction(4, 5), 'batch-losses'),
            ('        train_loss.append(criterion.forward(train_score, train_y))\n', '', Fraction(4, 5), 'early')):
        changed = source.replace(old, new)
        assert changed != source
        if kind == 'batch-losses':
            changed = changed.replace('criterion.forward(train_score, train_y)', 'np.mean(losses)')
        else:
            changed = changed.replace('    for _ in range(num_epoch):\n', (
                '    for _ in range(num_epoch):\n'
                '        train_loss.append(criterion.forward(model.forward(train_x), train_y))\n'))
        verdict = judged({**MASTER, 'hw3_sol.py': changed}, TRAIN, right=ITEMS)[TRAIN]
        assert (verdict.share, verdict.kind) == (share, kind), verdict.reason


def test_a_warning_costs_nothing_and_is_said():
    naive = one(RIGHT['sigmoid: naive, with a warning'])
    stable = one(RIGHT['sigmoid: by tanh'])
    assert ['overflows' in text for label, text in naive.details if label == 'hint'] == [True]
    assert [text for label, text in stable.details if label == 'hint'] == []


def test_every_named_mistake_has_words():
    own = COURSE.assignment.mistakes
    for variant in WRONG.values():
        assert mistakes.text_of(variant.kind, own) != variant.kind.replace('-', ' '), variant.kind
    assert mistakes.text_of('relu-at-zero', own) == 'the derivative of ReLU at 0 is not 0'


# ---- the hidden inputs -----------------------------------------------------------------------------------------------

def test_inputs_differ_between_submissions_and_not_between_runs():
    for item in ITEMS:
        first, same, other = (function_cases.draw(item, digest) for digest in 'aab')
        assert first.cases == same.cases and all((first.inputs[name] == same.inputs[name]).all()
                                                 for name in first.inputs)
        assert any(first.inputs[name].shape != other.inputs[name].shape
                   or (first.inputs[name] != other.inputs[name]).all() for name in first.inputs)
        rows = {len(array) for array in first.inputs.values()}
        assert 1 in rows and (max(rows) > 8 or item == 'GradientDescentOptimizer')
    assert abs(max(array.max() for array in function_cases.draw('CrossEntropyLoss', 'a').inputs.values())) > 4000


def test_right_work_is_right_for_every_digest():
    for digest in map(str, range(3)):
        for verdict in judged(written(RIGHT['loss: np.float64, log-sum-exp, one-hot products'].bodies), *ITEMS,
                              digest=digest).values():
            assert verdict.share == 1, (digest, verdict)


@pytest.mark.untrusted
def test_no_answer_is_within_reach_of_the_child():
    runner, given = runners.recorded(runners.run_unconfined)
    judged(BLANK, *ITEMS, runner=runner)
    solutions = [blank for name, source in MASTER.items() for blank in blanks.read_blanks(source, name)]
    of_the_student = [files for files in given if not any('### BEGIN SOLUTION' in text and MASTER[name] == text for
                                                          name, text in _texts(files).items() if name in MASTER)]
    assert 10 <= len(of_the_student) < len(given)
    for files in of_the_student:
        assert {*files} <= {'entry', *MASTER, 'training_data.py', 'exercises.py', 'sending.py', 'request.json',
                            'inputs.npz'}
        for name, text in _texts(files).items():
            assert name == 'entry' or blanks.find_solution(text, solutions) is None, name
        for _, calls in json.loads(files['request.json'])['groups']:
            assert all({*call} == {'arguments', 'exercise', 'options'} for call in calls)


def _texts(files):
    return {name: content.decode() for name, content in files.items() if name != 'inputs.npz'}


# ---- train_network beside a wrong hw3_lib.py -------------------------------------------------------------------------

WRONG_LIBS = {
    'blank': BLANK['hw3_lib.py'],
    'a wrong gradient and step': written({'Linear.backward': 'raise ValueError', 'GradientDescentOptimizer.step':
                                          STEP.replace('-=', '+=')})['hw3_lib.py'],
    'a loss that is a sum': written({'CrossEntropyLoss.forward': LOSS_FORWARD.replace('np.mean', 'np.sum')}
                                    )['hw3_lib.py'],
    'no Python': 'def (:\n', 'ends itself': 'import os\nos._exit(0)\n', 'missing': None}


@pytest.mark.parametrize('lib', WRONG_LIBS)
def test_a_wrong_lib_costs_train_network_nothing(lib):
    sources = {'hw3_lib.py': WRONG_LIBS[lib], 'hw3_sol.py': MASTER['hw3_sol.py']}
    verdict = judged({name: text for name, text in sources.items() if text is not None}, TRAIN)[TRAIN]
    assert verdict.share == 1
    assert verdict.reason.endswith('with a right hw3_lib.py in place of the one that was handed in')


def test_a_wrong_lib_hides_no_wrong_train_network():
    for name, body in (('percent', EVALUATE.replace('float(', '100 * float(')), ('not-written', None)):
        sol = written({'train_network': body})['hw3_sol.py'] if body else BLANK['hw3_sol.py']
        verdict = judged({'hw3_lib.py': BLANK['hw3_lib.py'], 'hw3_sol.py': sol}, TRAIN)[TRAIN]
        assert (verdict.share, verdict.kind) == (Fraction(3, 5) if body else 0, name)


def test_a_helper_in_the_students_own_lib():
    """Right with it where the lib is right; where that is wrong too, nobody but a person can tell."""
    helper = '\n\ndef accuracy(score, label):\n    return np.mean(np.argmax(score, axis=1) == label)\n'
    sol = written({'train_network': EVALUATE.replace('float(np.mean(yhat_train == train_y))',
                                                     'hw3_lib.accuracy(train_score, train_y)')})['hw3_sol.py']
    sol = sol.replace('import numpy as np\n', 'import numpy as np\nimport hw3_lib\n')
    assert judged({'hw3_lib.py': MASTER['hw3_lib.py'] + helper, 'hw3_sol.py': sol}, TRAIN)[TRAIN].share == 1
    wrong = {'hw3_lib.py': WRONG_LIBS['a wrong gradient and step'] + helper, 'hw3_sol.py': sol}
    verdict = judged(wrong, TRAIN)[TRAIN]
    assert (verdict.share, verdict.kind) == (None, 'needs-own-script')
    assert mistakes.text_of(verdict.kind, COURSE.assignment.mistakes).startswith('cannot be judged apart')
    certain = judged({**wrong, 'hw3_lib.py': MASTER['hw3_lib.py']}, TRAIN, right=ITEMS)[TRAIN]
    assert (certain.share, certain.kind) == (0, 'raises')  # no such helper: nothing else explains it


def test_the_stand_in_has_the_interface_and_other_layers():
    sys.path.append(str(hw3_copy.FOLDER))
    import hw3_lib
    names = [name for name, value in vars(hw3_lib).items() if getattr(value, '__module__', '') == 'hw3_lib']
    assert {*names} == {name for name, value in vars(stand_in_lib).items()
                        if getattr(value, '__module__', '') == stand_in_lib.__name__}
    x = function_cases.np.linspace(-1, 1, 6).reshape(2, 3)
    for name in ('Sigmoid', 'ReLU'):
        assert not function_cases.np.allclose(getattr(hw3_lib, name)().forward(x),
                                              getattr(stand_in_lib, name)().forward(x))
    score, label = 2 * x, function_cases.np.array([2, 0])
    assert hw3_lib.CrossEntropyLoss().forward(score, label) == pytest.approx(
        stand_in_lib.CrossEntropyLoss().forward(score, label), rel=1e-14)


# ---- what forges -----------------------------------------------------------------------------------------------------

FORGED = {
    'zeros': "import sending\nsending.finish({'import': None, 'calls': [[]]})\n",
    'its own words': "import sending\nsending.finish({'import': None, 'calls': [[{'error': None, 'results': {}}]]})\n",
    'the end': 'import os\nos._exit(0)\n',
    'a claim': attacks.source('claim_too_long'),
    'numpy that finds all equal': 'import numpy\nnumpy.array_equal = numpy.allclose = lambda *_, **more: True\n',
    'raw bytes': "import os\nos.write(int(os.environ['RESULT_FD']), b'PASSED')\nos._exit(0)\n"}


@pytest.mark.untrusted
@pytest.mark.parametrize('name', FORGED)
@pytest.mark.parametrize('script', MASTER)
def test_what_forges_gains_nothing(name, script):
    sources = {**BLANK, script: FORGED[name] + BLANK[script]}
    for item, verdict in judged(sources, *ITEMS).items():
        assert verdict.share == 0, (item, verdict)
    if script == 'hw3_lib.py':
        assert {judged(sources, item)[item].share for item in ('Linear', 'ReLU')} == {0}


@pytest.mark.untrusted
def test_something_that_only_has_the_name_of_a_number_is_none():
    body = LOSS_FORWARD.replace('return float(', "return type('float', (), {})() or (")
    verdict = one(Variant('CrossEntropyLoss', {'CrossEntropyLoss.forward': body}))
    assert (verdict.share, verdict.kind) == (Fraction(6, 10), 'wrong-type')  # the loss: 3 points, for large scores: 1
    assert 'loss is of type float, expected a number' in verdict.reason


@pytest.mark.untrusted
def test_results_that_are_copied_from_the_arguments_gain_nothing():
    body = EVALUATE.replace('float(np.mean(yhat_train == train_y))', '1.0').replace(
        'np.argmax(train_score, axis=1)', 'train_y').replace('np.argmax(test_score, axis=1)', 'test_y')
    verdict = one(Variant(TRAIN, {'train_network': body}))
    wrong = {label for label, text in verdict.details if text == 'wrong'}
    assert {'train_accuracy', 'yhat_train', 'yhat_test'} <= wrong and verdict.share == Fraction(2, 5)


# ---- a folder of submissions -----------------------------------------------------------------------------------------

def packed(sources):
    content = io.BytesIO()
    with zipfile.ZipFile(content, 'w') as archive:
        for name, text in sources.items():
            archive.writestr(name, text)
    return content.getvalue()


def test_a_folder_of_submissions_is_graded(tmp_path):
    pytest.importorskip('matplotlib')
    handed_in = {'right': MASTER, 'blank': BLANK, 'part': written(WRONG['relu: 1 at 0'].bodies),
                 'alone': {'hw3_sol.py': MASTER['hw3_sol.py']}}
    folder, out = tmp_path / 'handed in', tmp_path / 'OUT'
    folder.mkdir()
    for number, (student, sources) in enumerate(handed_in.items(), start=101):
        (folder / f'{student}_{number}_{number + 9000}_hw3_{student}.zip').write_bytes(packed(sources))
    options = grade.parse([str(folder), '--course', 'cmu', '--output', str(out), '--jobs', '2'])
    assert grade.grade(options, isolation=sandbox.probe('auto')) == 0
    lines = [json.loads(line) for line in (out / 'journal.jsonl').read_text(encoding='utf-8').splitlines()]
    shares = {line['submission']: [verdict['share'] for verdict in line['verdicts'] if verdict['item'] in ITEMS]
              for line in lines if 'verdicts' in line}
    assert shares == {'101': ['1'] * 6, '102': ['0'] * 6, '103': ['1', '1', '1', '4/5', '1', '1'],
                      '104': ['0'] * 5 + ['1']}
    report = (out / 'report.html').read_text(encoding='utf-8')
    assert 'the derivative of ReLU at 0 is not 0' in report and 'dnn_misc' not in report
