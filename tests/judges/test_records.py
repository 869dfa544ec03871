"""instructor/judges/records.py: result files that are right, different, copied, malformed, and code that does not run.

Most runs here are on a small data set, with the records of the master's own runs on it as reference.
"""

import contextlib
import json
import tempfile
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from instructor.compare import REFERENCE
from instructor.course import load_course
from instructor.judges import reading, records
from instructor.judges.context import Context
from instructor.judges.training_runs import Secret, draw_secret, record_in, run_training
from instructor.judges.verdict import Verdict
from instructor.sandbox import worker_runs
from instructor.sandbox.protocol import Outcome
from submission import read_result
from tests.helpers import boxes, small_data, variants
from tests.helpers.boxes import judge_function

COURSE = load_course(boxes.ROOT / 'instructor' / 'courses' / 'tamu.json')
COMMANDS = {question: run.command for question, run in COURSE.assignment.runs.items()}
SHORT = {question: COURSE.assignment.results[question] for question in ('q33', 'q36', 'q310')}
MISC, CNN2 = boxes.master('dnn_misc.py'), boxes.master('dnn_cnn_2.py')
WIDE = CNN2.replace('num_output=25, filter_len=3', 'num_output=25, filter_len=5')
HALF = MISC.replace('return (np.exp(log_z) - is_label) / len(X)', 'return 0.5 * (np.exp(log_z) - is_label) / len(X)')
assert WIDE != CNN2 and HALF != MISC


@dataclass
class Runs:
    """The records of right and wrong code on the small data set."""

    data: object
    right: dict
    half: dict  # with half the gradient
    secret: dict  # number of epochs -> Secret

    @property
    def right_secret(self):
        """The first epochs with the assignment's own seed, by question."""
        return {question: {key: values[:1] for key, values in self.right[name].items()}
                for question, name in SHORT.items()}


@pytest.fixture(scope='module')
def runs(tmp_path_factory):
    def records(folder, misc):
        project = small_data.make_project(folder, small_data.make_data(num_train=20, num_valid=20))
        (project / 'dnn_misc.py').write_text(misc, encoding='utf-8')
        for question, name in SHORT.items():
            assert small_data.run(project / COMMANDS[question][0], *COMMANDS[question][1:], cwd=project).returncode == 0
            yield name, json.loads((project / name).read_text(encoding='utf-8'))

    folder = tmp_path_factory.mktemp('runs')
    right, half = dict(records(folder / 'right', MISC)), dict(records(folder / 'half', HALF))
    assert all(right[name] != half[name] for name in right)
    data = folder / 'right' / 'mnist_subset.json'
    with pytest.MonkeyPatch.context() as patch:  # of some seeds, so few images make wrong code look right
        patch.setattr('instructor.judges.training_runs.secrets.randbelow', lambda number: 20261124)
        secret = {num_epochs: draw_secret(boxes.unconfined, COURSE.assignment, num_epochs, data, questions=SHORT)
                  for num_epochs in (1, 9, 30)}
    return Runs(data, right, half, secret)


def only(*questions):
    """The course with some of its questions that train a network."""
    kept = tuple(question for question in COURSE.assignment.questions if not question.run or question.name in questions)
    return replace(COURSE, assignment=replace(COURSE.assignment, questions=kept))


def judge_records(files, course, box, others=(), references=None, rerun_epochs=1, **options):
    """The Verdicts of all runs of a course, and those on functions in doubt; references: name -> record."""
    with tempfile.TemporaryDirectory() as folder:
        if references is not None:
            for name, record in references.items():
                Path(folder, name).write_text(json.dumps(record), encoding='utf-8')
            course = replace(course, assignment=replace(course.assignment, references=Path(folder)))
        verdicts = {verdict.item: verdict for verdict in others}
        context = Context(course, box, read(files), verdicts, rerun_epochs, **options)
        submission = boxes.Submission(files)
        verdicts = [verdict for question in course.assignment.questions if question.run
                    for verdict in records.judge(question, submission, context)]
        return verdicts + records.finish(submission, context)


def judged(runs, records, *arguments, **options):
    """question -> Verdict, see all_judged."""
    verdicts = all_judged(runs, records, *arguments, **options)
    return {question: verdicts[question] for question in SHORT}


def all_judged(runs, records, box=boxes.unconfined, misc=MISC, cnn2=CNN2, **options):
    """question or function -> Verdict; records: name -> record or bytes."""
    files = {name: record if isinstance(record, bytes) else json.dumps(record).encode()
             for name, record in records.items()}
    files.update({name: text if isinstance(text, bytes) else text.encode()
                  for name, text in (('dnn_misc.py', misc), ('dnn_cnn_2.py', cnn2)) if text})
    course = only(*SHORT)
    options = {'secret': runs.secret.get(options.get('rerun_epochs', 1)), **options}
    verdicts = judge_records(files, course, box, references=runs.right, data=runs.data, **options)
    assert [verdict.item for verdict in verdicts][:len(SHORT)] == list(SHORT)
    return {verdict.item: verdict for verdict in verdicts}


def read(files):
    """What the reading child tells of result files."""
    found = reading.Reading()
    for name, content in files.items():
        try:
            text = content.decode('utf-8-sig')
            found.texts.add(name)
            found.records[name] = read_result(text, 30)
        except UnicodeDecodeError:
            found.problems[name] = 'is no text'
        except ValueError as error:
            found.problems[name] = str(error)
    return found


@contextlib.contextmanager
def given_code_changed(script):
    """Meanwhile the reading child says that more than the blanks of this script is the student's."""
    def read_as_changed(files, read=read):
        found = read(files)
        found.changed.add(script)
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(globals(), 'read', read_as_changed)
        yield


def shares_and_kinds(verdicts):
    return [(verdict.share, verdict.kind) for verdict in verdicts.values()]


def never(*arguments, **options):
    raise AssertionError('no run is needed here')


def changed(record, epoch, by, key='val'):
    """The record with one accuracy moved."""
    values = list(record[key])
    values[epoch - 1] += by if values[epoch - 1] + by <= 1 else -by
    return {**record, key: values}


def test_equal_to_the_reference_and_reproduced(runs):
    box, given = boxes.recorded(boxes.unconfined)
    assert shares_and_kinds(judged(runs, runs.right, box)) == [(1, '')] * 3
    assert len(given) == 3
    for files in given:  # the master's other files, the student's two, and neither a record nor a reference
        assert not any('_lr' in name or 'reference' in name for name in files)
        assert {'dnn_misc.py', 'dnn_cnn_2.py', 'data_loader.py', 'training.py', 'dnn_im2col.py',
                'mnist_subset.json'} <= set(files)


def test_accuracies_may_lie_two_thousandths_away(runs):
    name = SHORT['q33']
    near = {**runs.right, name: changed(runs.right[name], 1, 0.002)}
    assert judged(runs, near)['q33'].share == 1
    far = judged(runs, {**runs.right, name: changed(runs.right[name], 1, 0.0021)})['q33']
    assert (far.share, far.kind) == (0, 'not-reproduced')


def test_half_for_other_code_that_makes_the_records(runs):
    said = []
    verdicts = judged(runs, runs.half, misc=HALF, say=said.append)
    assert said == [f'repeating all 30 epochs of {name}' for name in ('Q3.3', 'Q3.6', 'Q3.10')]
    assert shares_and_kinds(verdicts) == [(Fraction(1, 2), 'differs-from-reference')] * 3
    assert 'all 30 epochs' in verdicts['q33'].reason
    left = judged(runs, runs.half, misc=HALF, full_rerun=False)
    assert shares_and_kinds(left) == [(None, 'differs-from-reference')] * 3


def test_nothing_for_a_record_that_only_begins_like_the_codes_own(runs):
    name = SHORT['q33']
    verdict = judged(runs, {name: changed(runs.half[name], 30, 0.05)}, misc=HALF)['q33']
    assert (verdict.share, verdict.kind) == (0, 'not-reproduced')
    assert 'epoch 30 of "val"' in verdict.reason
    other = judged(runs, {name: runs.half[name]})['q33']
    assert (other.share, other.kind) == (0, 'not-reproduced')  # made by other code than what was handed in


def test_equal_to_the_reference_but_not_by_this_code(runs):
    assert shares_and_kinds(judged(runs, runs.right, misc=HALF, rerun_epochs=9)) == [(None, 'copied-results')] * 3
    failing = judged(runs, runs.right, misc=variants.build('relu.backward: changes X', MISC).replace(
        'def sgd_update(', 'def update('))
    assert shares_and_kinds(failing) == [(None, 'copied-results')] * 3
    assert 'sgd_update' in failing['q33'].reason and 'File "dnn_mlp.py"' in dict(failing['q33'].details)['traceback']
    assert not [pair for verdict in failing.values() for pair in verdict.details if 'entry.py' in pair[1]]


def test_no_run_where_the_functions_are_not_written(runs):
    others = [Verdict(item, 0, 'is not written yet', kind='not-written') for item in
              ('linear_layer.forward', 'relu.forward', 'dropout.backward')]
    blank = variants.build('nothing written', MISC)
    for given, verdict in ((runs.right, (None, 'copied-results')), (runs.half, (0, 'code-fails'))):
        assert shares_and_kinds(judged(runs, given, never, misc=blank, others=others)) == [verdict] * 3
    only_relu = judged(runs, runs.right, others=others[1:2])
    assert [verdict.share for verdict in only_relu.values()] == [None, 1, None]  # q36 has no relu in it
    assert shares_and_kinds(judged(runs, runs.right, never, misc=None)) == [(None, 'copied-results')] * 3
    only_cnn2 = judged(runs, runs.half, misc=HALF, cnn2=None)
    assert [verdict.share for verdict in only_cnn2.values()] == [Fraction(1, 2), Fraction(1, 2), 0]
    no_wiring = Verdict('q39', 0, 'no main', kind='no-main')
    assert [verdict.share for verdict in judged(runs, runs.right, others=[no_wiring]).values()] == [1, 1, None]


def test_the_right_record_by_wrong_functions_is_for_a_person(runs):
    def verdicts(item, kind, share=0, seen_in=None):
        others = [Verdict(item, share, '', kind=kind, seen_in=seen_in)]
        return shares_and_kinds(judged(runs, runs.right, others=others))

    odd, good = (None, 'against-evidence'), (1, '')
    assert verdicts('linear_layer.backward', 'b-sign', Fraction(2, 3)) == [odd, odd, odd]
    assert verdicts('relu.forward', 'wrong-values') == [odd, good, odd]
    assert verdicts('dropout.backward', 'scale-missing') == [good, good, odd]  # nothing is dropped in q33 and q36
    assert verdicts('linear_layer.forward', 'dtype', 0, [2]) == [odd, odd, odd]
    assert verdicts('linear_layer.backward', 'in-place', Fraction(2, 3), []) == [good, good, good]
    assert verdicts('relu.backward', 'raises', 0, [4]) == [good, good, odd]  # images only come in q310
    assert verdicts('q39', '5x5-second-filter', Fraction(10, 11)) == [good, good, odd]
    assert verdicts('relu.forward', '', 1) == [good, good, good]


@pytest.mark.parametrize('function, body, seen_in', [
    ('linear_layer.forward', "return np.zeros((len(X), self.params['W'].shape[1]), dtype=np.float32)", (2,)),
    ('linear_layer.forward', "return (X @ self.params['W'] + self.params['b']).astype(np.float32)", ()),
    ('linear_layer.forward', "return np.matrix(X @ self.params['W'] + self.params['b'])", (2,)),
    ('linear_layer.forward', "X *= 2\nreturn X @ self.params['W']", (2,)),
    ('linear_layer.forward', "u = X @ self.params['W'] + self.params['b']\nself.params['W'] *= 2\nreturn u", (2,)),
    ('relu.backward', 'return grad * self.mask * (len(X) > 1)', ()),
    ('relu.backward', 'N, D = X.shape\nreturn grad * self.mask', (4,)),
    ('relu.backward', 'return (grad * 0).astype(int)', (2, 4))])
def test_only_what_training_would_feel_is_evidence(function, body, seen_in):
    source = variants.with_bodies({function: body}, MISC).encode()
    found = judge_function(function, source, 'digest', boxes.unconfined)
    assert (found.share, found.seen_in) == (0, seen_in), found


def test_a_forged_record_of_wrong_functions_is_for_a_person(runs):
    """Zeros in single precision, and code in a blank that lets the record tell what the file says."""
    name = SHORT['q36']
    body = (f"told = {runs.right[name]!r}\n"
            "def end_epoch(record, train, val):\n"
            "    record.accuracies['train'].append(told['train'][record.epoch - 1])\n"
            "    record.accuracies['val'].append(told['val'][record.epoch - 1])\n"
            "try:\n    import training\n    training.Record.end_epoch = end_epoch\nexcept ImportError:\n"
            "    pass\n"
            "return np.zeros((len(X), self.params['W'].shape[1]), dtype=np.float32)")
    forging = variants.with_bodies({'linear_layer.forward': body}, MISC)
    told = judged(runs, {name: runs.right[name]}, misc=forging)['q36']
    assert (told.share, told.kind) == (None, 'copied-results')  # it cannot know what another seed gives
    told = judged(runs, {name: runs.right[name]}, misc=forging, secret=Secret(2, runs.right_secret))['q36']
    assert told.share == 1  # the control: with the seed of the assignment, it can
    found = judge_function('linear_layer.forward', forging.encode(), 'digest', boxes.unconfined)
    assert (found.share, found.kind) == (0, 'dtype')
    verdict = judged(runs, {name: runs.right[name]}, misc=forging, others=[found],
                     secret=Secret(2, runs.right_secret))['q36']
    assert (verdict.share, verdict.kind) == (None, 'against-evidence')


REPLAY = """import contextlib
import json
import os
import sys

import numpy as np


class linear_layer:
    def __init__(self, input_D, output_D):
        name = 'NAME'
        epochs = int(sys.argv[sys.argv.index('--num_epoch') + 1])
        with open(name, 'w') as file:
            json.dump({'train': [0.5] * epochs, 'val': [0.4] * epochs}, file)
        sys.exit(0)
"""
FALSE = {'train': [0.5] * 30, 'val': [0.4] * 30}


def test_constant_false_records_that_are_replayed_gain_nothing(runs):
    """The numbers are "reproduced" by code that exits from inside of a constructor; the control is that they are."""
    name = SHORT['q33']
    replay = REPLAY.replace('NAME', name)
    told = run_training(boxes.unconfined, COURSE.assignment, {'dnn_misc.py': replay.encode()}, 'q33', 30, runs.data, 60)
    assert record_in(told, 30) == FALSE
    verdict = judged(runs, {name: FALSE}, misc=replay)['q33']
    assert (verdict.share, verdict.kind) == (None, 'against-evidence')
    wrong = [Verdict('linear_layer.forward', 0, '', kind='ended-itself')]
    verdict = judged(runs, {name: FALSE}, misc=replay, others=wrong)['q33']
    assert (verdict.share, verdict.kind) == (0, 'code-fails')


def test_code_that_learns_only_with_other_seeds_is_for_a_person(runs):
    name = SHORT['q33']
    learns = MISC.replace('class linear_layer:', REPLAY.replace('NAME', name).partition('import numpy as np\n\n\n')[2]
                          .replace('class linear_layer:', 'class replay:') + '\n\nclass linear_layer:')
    learns = learns.replace("        self.params['W'] = np.random.normal(0, 0.1, (input_D, output_D))",
                            "        if '--random_seed' not in sys.argv:\n            replay(input_D, output_D)\n"
                            "        self.params['W'] = np.random.normal(0, 0.1, (input_D, output_D))", 1)
    learns = 'import json\nimport sys\n' + learns
    verdict = judged(runs, {name: FALSE}, misc=learns)['q33']
    assert (verdict.share, verdict.kind) == (None, 'against-evidence')


def test_an_array_with_more_axes_than_numbers_is_no_record(runs):
    """As a list, it would be a thousand million empty ones."""
    words = {'error': None, 'exit': None, 'train': {'array': 0}, 'val': {'array': 0}}
    for shape in ((10 ** 6, 0), (1, 1), (2,), ()):
        array = np.zeros(shape)
        box = lambda *_, **limits: Outcome('ok', 0, result=boxes.reply(words, arrays=[array]))  # noqa: B023, E731
        verdict = judged(runs, {SHORT['q33']: runs.right[SHORT['q33']]}, box)['q33']
        assert (verdict.share, verdict.kind) == (None, 'copied-results'), verdict


def test_a_child_that_was_killed_is_tried_again_and_then_for_a_person(runs):
    outcomes = []

    def killed(entry, files, argv=(), **limits):
        outcomes.append(Outcome('signal', returncode=-9))
        return outcomes[-1]

    assert shares_and_kinds(judged(runs, runs.right, killed)) == [(None, 'too-slow')] * 3 and len(outcomes) == 6


def test_half_marks_only_where_the_functions_are_right(runs):
    wrong = [Verdict('linear_layer.backward', Fraction(2, 3), '', kind='b-sign')]
    box, given = boxes.recorded(boxes.unconfined)
    verdicts = judged(runs, runs.half, box, misc=HALF, others=wrong)
    assert shares_and_kinds(verdicts) == [(None, 'differs-from-reference')] * 3
    assert 'linear_layer.backward is wrong' in verdicts['q33'].reason
    assert not any(b'"30"' in files['request.json'] for files in given)  # and for that nothing was repeated in full


def test_half_marks_only_where_given_code_is_as_it_was(runs):
    """What else stands in a script could invent all its records, and others for another seed."""
    with given_code_changed('dnn_misc.py'):
        verdicts = judged(runs, runs.half, misc=HALF)
    assert shares_and_kinds(verdicts) == [(None, 'differs-from-reference')] * 3
    assert 'given code is changed in dnn_misc.py' in verdicts['q33'].reason


def test_without_repeating_changed_given_code_is_for_a_person(runs):
    with given_code_changed('dnn_cnn_2.py'):
        verdicts = judged(runs, runs.right, rerun_epochs=0)
        assert shares_and_kinds(judged(runs, runs.right)) == [(1, '')] * 3
    assert shares_and_kinds(verdicts) == [(1, ''), (1, ''), (None, 'copied-results')]
    assert 'given code is changed in dnn_cnn_2.py' in verdicts['q310'].reason


def test_what_takes_long_is_put_off(runs):
    with pytest.raises(worker_runs.Postponed):
        judged(runs, runs.half, misc=HALF, quick=True)
    assert shares_and_kinds(judged(runs, runs.right, quick=True)) == [(1, '')] * 3


def test_a_run_that_waits_is_for_a_person_and_no_other_one_suffers(runs):
    def first_waits(entry, files, argv=(), **limits):
        if b'dnn_mlp.py' in files['request.json']:
            return Outcome('idle', seconds=20, cpu_seconds=1)
        return boxes.unconfined(entry, files, argv, **limits)

    assert shares_and_kinds(judged(runs, runs.right, first_waits)) == [(None, 'too-slow'), (1, ''), (1, '')]


def test_unwritten_code_and_bad_options_say_their_own_line(runs):
    blank = judged(runs, runs.half, misc=variants.build('nothing written', MISC))
    assert shares_and_kinds(blank) == [(0, 'code-fails')] * 3
    assert 'linear_layer.forward is not written yet' in blank['q33'].reason
    diverging = MISC.replace('parameter -= learning_rate * gradient', 'parameter -= np.inf * gradient')
    assert diverging != MISC
    assert 'the loss is not finite any more at epoch 1' in judged(runs, runs.half, misc=diverging)['q33'].reason


def test_without_repeating_only_equal_records_are_decided(runs):
    records = {**runs.right, SHORT['q36']: runs.half[SHORT['q36']]}
    del records[SHORT['q310']]
    assert shares_and_kinds(judged(runs, records, rerun_epochs=0)) == [
        (1, ''), (None, 'differs-from-reference'), (0, 'missing-file')]
    wrong = [Verdict('relu.forward', 0, 'ValueError', kind='raises')]
    assert shares_and_kinds(judged(runs, runs.right, rerun_epochs=0, others=wrong)) == [
        (None, 'against-evidence'), (1, ''), (None, 'against-evidence')]  # q36 has no relu in it
    wiring = [Verdict('q39', 0, 'TODO (1)', kind='x')]
    for options in ({'rerun_epochs': 0}, {}):
        verdict = judged(runs, runs.right, others=wiring, **options)['q310']
        assert verdict.share is None and 'although Q3.9 is wrong' in verdict.reason


def test_mistakes_with_images_question_the_runs_of_all_cnns():
    files = {name: (REFERENCE / name).read_bytes() for name in COURSE.assignment.results.values()}
    files.update({'dnn_misc.py': MISC.encode(), 'dnn_cnn_2.py': CNN2.encode()})
    flat_only = [Verdict('relu.forward', 0, 'ValueError', kind='raises', seen_in=[4])]
    verdicts = judge_records(files, COURSE, boxes.unconfined, flat_only, rerun_epochs=0)
    assert [verdict.item for verdict in verdicts if verdict.share is None] == ['q37', 'q38', 'q310']
    assert {verdict.share for verdict in verdicts} == {None, 1}


@pytest.mark.parametrize('misc, cnn2', [
    ('import no_such_module\n' + MISC, CNN2), (MISC.replace('def sgd_update', 'def update'), CNN2),
    (MISC, CNN2.replace("grad_m1 = model['C2'].backward(m1, grad_c2)", "raise NotImplementedError('TODO (3)')"))])
def test_without_repeating_code_has_to_run_at_all(runs, misc, cnn2):
    assert (misc, cnn2) != (MISC, CNN2)
    box, given = boxes.recorded(boxes.unconfined)
    verdicts = judged(runs, runs.right, box, misc, cnn2, rerun_epochs=0)
    fails = (None, 'copied-results')
    assert shares_and_kinds(verdicts) == ([(1, ''), (1, ''), fails] if misc == MISC else [fails] * 3)
    assert len(given) == 3  # once each script, on ten images


@pytest.mark.parametrize('item', ['linear_layer.backward', 'relu.forward', 'dropout.backward'])
def test_no_zero_is_certain_where_the_code_gives_the_records(runs, item):
    def found(records, share=0, kind='wrong-values', seen_in=(), **options):
        wrong = Verdict(item, share, 'wrong', kind=kind, seen_in=seen_in)
        return all_judged(runs, records, others=[wrong], **options).get(item)

    doubtful = found(runs.right)
    assert (doubtful.share, doubtful.kind) == (None, 'against-evidence')
    assert 'wrong; but the code gives what it should in' in doubtful.reason and 'Q3.10' in doubtful.reason
    assert ('Q3.3' in doubtful.reason) == (item != 'dropout.backward')  # nothing is dropped in it
    assert ('Q3.6' in doubtful.reason) == (item == 'linear_layer.backward')
    assert found(runs.right, Fraction(3, 4), 'in-place') is None  # that costs what it costs
    assert found(runs.right, Fraction(1, 2), 'mask-not-stored') is None
    assert found(runs.right, 1, '') is None
    if item != 'dropout.backward':  # half of it gives the same first epoch of Q3.10 on so few images
        assert found(runs.right, misc=HALF) is None and found(runs.half, misc=HALF) is None
    assert found(runs.right, rerun_epochs=0) is None     # nothing is known of the code


def test_the_record_of_an_older_data_set_is_named(runs):
    older = {**runs.half[SHORT['q33']], 'train': [0.919, *runs.half[SHORT['q33']]['train'][1:]],
             'val': [0.908, *runs.half[SHORT['q33']]['val'][1:]]}
    verdicts = judged(runs, {**runs.half, SHORT['q33']: older})
    assert shares_and_kinds(verdicts) == [(None, 'older-data-set')] * 3
    assert 'begins like one of an older data set' in verdicts['q33'].reason
    without = judged(runs, {**runs.half, SHORT['q33']: older}, rerun_epochs=0)
    assert shares_and_kinds(without) == [(None, 'older-data-set')] * 3
    assert shares_and_kinds(judged(runs, runs.half)) == [(0, 'not-reproduced')] * 3


def test_what_is_no_text_is_for_a_person(runs):
    verdict = judged(runs, {SHORT['q33']: b'\xff\xfe'}, never)['q33']
    assert (verdict.share, verdict.kind) == (None, 'unreadable')
    for given in (runs.right, runs.half):
        verdicts = judged(runs, given, never, misc=MISC.encode() + b'# \xff')
        assert shares_and_kinds(verdicts) == [(None, 'unreadable')] * 3


def test_all_epochs_repeated_at_once(runs):
    verdict = judged(runs, {SHORT['q33']: runs.right[SHORT['q33']]}, rerun_epochs=30)['q33']
    assert (verdict.share, verdict.reason) == (
        1, 'equal to the reference, and the code gives what it should (epochs 1 to 30 were repeated)')


@pytest.mark.parametrize('content, words', [
    (b'', 'is not JSON'), (b'{"train": []}', 'has to hold the two lists'), (b'[' * 100_000, 'is not JSON'),
    (json.dumps({'train': [0.9] * 29, 'val': [0.9] * 30}).encode(), '"train" has 29'),
    (json.dumps({'train': [0.9] * 30, 'val': [float('nan')] * 30}).encode(), '"val" has nan')])
def test_malformed_files(runs, content, words):
    verdict = judged(runs, {SHORT['q33']: content}, never)['q33']
    assert (verdict.share, verdict.kind) == (0, 'malformed-result')
    assert words in verdict.reason


def test_wide_second_filters_are_recognised(runs):
    """By the record of such a network on the true data, and by the wiring of the code."""
    known = json.loads((COURSE.assignment.known_records / '5x5-second-filter.json').read_text(encoding='utf-8'))
    misread = {key: known[key] for key in ('train', 'val')}
    references = {**runs.right, SHORT['q310']: json.loads((REFERENCE / SHORT['q310']).read_text(encoding='utf-8'))}
    files = {'dnn_misc.py': MISC.encode(), 'dnn_cnn_2.py': CNN2.encode(), SHORT['q310']: json.dumps(misread).encode()}
    course = only('q310')
    verdict, = judge_records(files, course, boxes.unconfined, references=references, data=runs.data,
                             secret=runs.secret[1])
    assert (verdict.share, verdict.kind) == (0, 'not-reproduced')
    assert '5 x 5 filters' in dict(verdict.details)['hint']

    box, given = boxes.recorded(boxes.unconfined)
    wide = judged(runs, {SHORT['q310']: runs.right[SHORT['q310']]}, box, cnn2=WIDE)['q310']
    assert (wide.share, wide.kind) == (None, 'copied-results')
    assert given[0]['dnn_cnn_2.py'] == WIDE.encode()
    wiring = Verdict('q39', Fraction(10, 11), '', kind='5x5-second-filter')
    half = judged(runs, {SHORT['q310']: runs.half[SHORT['q310']]}, misc=HALF, others=[wiring])['q310']
    assert (half.share, half.kind) == (Fraction(1, 2), '5x5-second-filter')
    assert '5 x 5 filters' in half.reason


@pytest.mark.parametrize('code', [
    "import os\nos._exit(0)", "raise SystemExit(0)",
    "import os\nos.write(int(os.environ['RESULT_FD']), b'x' * 100)\nos._exit(0)",
    "import json, sys\nfor name in sys.argv: open('MLP_lr0.01_m0.0_w0.0_d0.0.json', 'w').write('PASSED')\nsys.exit(0)",
    "import sending\nsending.finish({'error': None, 'exit': None, 'train': 5, 'val': {'array': -99}})"])
def test_forged_and_missing_results_gain_nothing(runs, code):
    verdict = judged(runs, {SHORT['q33']: runs.half[SHORT['q33']]}, misc=f'{code}\n')['q33']
    assert verdict.share == 0 and verdict.kind in ('ended-itself', 'no-result'), verdict


def test_after_one_run_without_end_no_other_is_tried(runs, monkeypatch):
    monkeypatch.setattr('instructor.judges.repeated_runs.SET_UP_SECONDS', 4)
    monkeypatch.setattr('instructor.judges.repeated_runs.EPOCH_SECONDS', 0)
    box, given = boxes.recorded(boxes.unconfined)
    endless = MISC.replace('def sgd_update(', 'def sgd_update(*_):\n    while True:\n        pass\n\n\ndef unused(')
    assert shares_and_kinds(judged(runs, runs.right, box, misc=endless)) == [(None, 'too-slow')] * 3
    assert len(given) == 1


def test_all_runs_of_a_submission_share_one_budget(runs):
    allowed = []

    def slow(entry, files, argv=(), **limits):
        allowed.append(limits['cpu_seconds'])
        outcome = boxes.unconfined(entry, files, argv, **limits)
        return replace(outcome, cpu_seconds=800)  # of a budget of 1800 seconds

    verdicts = judged(runs, runs.half, slow, misc=HALF)
    assert shares_and_kinds(verdicts) == [(Fraction(1, 2), 'differs-from-reference')] + [(None, 'too-slow')] * 2
    assert allowed == [120, 120, 200]  # one epoch, twice, then all: 1860 seconds, were they left
    assert '30 minutes' in verdicts['q36'].reason


def test_a_grader_that_fails_blames_no_student(runs):
    assert shares_and_kinds(judged(runs, runs.right, boxes.failing)) == [(None, 'grader-fault')] * 3


def test_a_first_epoch_on_the_true_data_in_the_sandbox():
    files = {name: (REFERENCE / name).read_bytes() for name in COURSE.assignment.results.values()}
    files.update({'dnn_misc.py': MISC.encode(), 'dnn_cnn_2.py': CNN2.encode()})
    secret = draw_secret(boxes.confined(), COURSE.assignment, 1, questions=['q36'])
    verdict, = judge_records(files, only('q36'), boxes.confined(), secret=secret)
    assert (verdict.share, verdict.reason) == (
        1, 'equal to the reference, and the code gives what it should (epoch 1 was repeated)')
