"""instructor/judges/records.py and repeated_runs.py: code that is run again, even if it does not want to be."""
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from instructor.compare import REFERENCE
from instructor.judges.training_runs import Secret, draw_secret, record_in, run_training
from instructor.judges.verdict import Verdict
from instructor.sandbox import worker_runs
from instructor.sandbox.protocol import Outcome
from tests.helpers import runners, variants
from tests.helpers.record_judging import CNN2, COURSE, HALF, MISC, SHORT, judge_records, judged, only, shares_and_kinds
from tests.helpers.runners import judge_function


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
    found = judge_function('linear_layer.forward', forging.encode(), 'digest', runners.run_unconfined)
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
    reply = run_training(runners.run_unconfined, COURSE.assignment, {'dnn_misc.py': replay.encode()}, 'q33', 30,
                         runs.data, 60)
    assert record_in(reply, 30) == FALSE
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
        runner = lambda *_, **limits: Outcome('ok', 0, result=runners.reply(words, arrays=[array]))  # noqa: B023, E731
        verdict = judged(runs, {SHORT['q33']: runs.right[SHORT['q33']]}, runner)['q33']
        assert (verdict.share, verdict.kind) == (None, 'copied-results'), verdict


def test_a_child_that_was_killed_is_tried_again_and_then_for_a_person(runs):
    outcomes = []

    def killed(entry, files, argv=(), **limits):
        outcomes.append(Outcome('signal', returncode=-9))
        return outcomes[-1]

    assert shares_and_kinds(judged(runs, runs.right, killed)) == [(None, 'too-slow')] * 3 and len(outcomes) == 6


def test_what_takes_long_is_put_off(runs):
    with pytest.raises(worker_runs.Postponed):
        judged(runs, runs.half, misc=HALF, quick=True)
    assert shares_and_kinds(judged(runs, runs.right, quick=True)) == [(1, '')] * 3


def test_a_run_that_waits_is_for_a_person_and_no_other_one_suffers(runs):
    def first_waits(entry, files, argv=(), **limits):
        if b'dnn_mlp.py' in files['request.json']:
            return Outcome('idle', seconds=20, cpu_seconds=1)
        return runners.run_unconfined(entry, files, argv, **limits)

    assert shares_and_kinds(judged(runs, runs.right, first_waits)) == [(None, 'too-slow'), (1, ''), (1, '')]


@pytest.mark.parametrize('misc, cnn2', [
    ('import no_such_module\n' + MISC, CNN2), (MISC.replace('def sgd_update', 'def update'), CNN2),
    (MISC, CNN2.replace("grad_m1 = model['C2'].backward(m1, grad_c2)", "raise NotImplementedError('TODO (3)')"))])
def test_without_repeating_code_has_to_run_at_all(runs, misc, cnn2):
    assert (misc, cnn2) != (MISC, CNN2)
    runner, given = runners.recorded(runners.run_unconfined)
    verdicts = judged(runs, runs.right, runner, misc, cnn2, rerun_epochs=0)
    fails = (None, 'copied-results')
    assert shares_and_kinds(verdicts) == ([(1, ''), (1, ''), fails] if misc == MISC else [fails] * 3)
    assert len(given) == 3  # once each script, on ten images


def test_all_epochs_repeated_at_once(runs):
    verdict = judged(runs, {SHORT['q33']: runs.right[SHORT['q33']]}, rerun_epochs=30)['q33']
    assert (verdict.share, verdict.reason) == (
        1, 'equal to the reference, and the code gives what it should (epochs 1 to 30 were repeated)')


@pytest.mark.parametrize('code', [
    "import os\nos._exit(0)", "raise SystemExit(0)",
    "import os\nos.write(int(os.environ['RESULT_FD']), b'x' * 100)\nos._exit(0)",
    "import json, sys\nfor name in sys.argv: open('MLP_lr0.01_m0.0_w0.0_d0.0.json', 'w').write('PASSED')\nsys.exit(0)",
    "import sending\nsending.finish({'error': None, 'exit': None, 'train': 5, 'val': {'array': -99}})"])
def test_forged_and_missing_results_gain_nothing(runs, code):
    verdict = judged(runs, {SHORT['q33']: runs.half[SHORT['q33']]}, misc=f'{code}\n')['q33']
    assert verdict.share == 0 and verdict.kind in ('ended-itself', 'no-result'), verdict


def test_after_one_run_without_end_no_other_is_tried(runs):
    """As the sandbox ends a run that has used up its processor time."""
    runner, given = runners.recorded(lambda entry, files, argv=(), **limits: Outcome(
        'cpu', seconds=limits['wall_seconds'], cpu_seconds=limits['cpu_seconds']))
    assert shares_and_kinds(judged(runs, runs.right, runner)) == [(None, 'too-slow')] * 3
    assert len(given) == 1


def test_all_runs_of_a_submission_share_one_budget(runs):
    allowed = []

    def slow(entry, files, argv=(), **limits):
        allowed.append(limits['cpu_seconds'])
        outcome = runners.run_unconfined(entry, files, argv, **limits)
        return replace(outcome, cpu_seconds=800)  # of a budget of 1800 seconds

    verdicts = judged(runs, runs.half, slow, misc=HALF)
    assert shares_and_kinds(verdicts) == [(Fraction(1, 2), 'differs-from-reference')] + [(None, 'too-slow')] * 2
    assert allowed == [120, 120, 200]  # one epoch, twice, then all: 1860 seconds, were they left
    assert '30 minutes' in verdicts['q36'].reason


def test_a_grader_that_fails_blames_no_student(runs):
    assert shares_and_kinds(judged(runs, runs.right, runners.run_failing)) == [(None, 'grader-fault')] * 3


def test_a_first_epoch_on_the_true_data_in_the_sandbox():
    files = {name: (REFERENCE / name).read_bytes() for name in COURSE.assignment.results.values()}
    files.update({'dnn_misc.py': MISC.encode(), 'dnn_cnn_2.py': CNN2.encode()})
    secret = draw_secret(runners.confined_runner(), COURSE.assignment, 1, questions=['q36'])
    verdict, = judge_records(files, only('q36'), runners.confined_runner(), secret=secret)
    assert (verdict.share, verdict.reason) == (
        1, 'equal to the reference, and the code gives what it should (epoch 1 was repeated)')
