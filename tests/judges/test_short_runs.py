"""instructor/judges/short_runs.py and part_of_data.py: what short runs confirm, and what they leave to whole ones."""
import io
import json
import sys
from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest

from instructor.assignment import ROOT, ShortRuns
from instructor.judges.part_of_data import part_of_data
from instructor.judges.training_runs import draw_secret, run_shortly
from instructor.judges.verdict import Verdict
from instructor.sandbox.protocol import Outcome
from instructor.sandbox.workers import run_shortly as worker
from tests.helpers import record_judging, runners
from tests.helpers.record_judging import CNN2, HALF, MISC, SHORT, given_code_changed, judge_records, only

LOAD = 'data_loader.data_loader_mnist'
ITEMS = [*record_judging.COURSE.assignment.functions, 'q39']
RIGHT = [Verdict(item, 1, '') for item in ITEMS]


@pytest.fixture(scope='module')
def course(runs):
    """The course with the small data set of `runs`, all of which short runs take."""
    found = only(*SHORT)
    return replace(found, assignment=replace(found.assignment, folder=runs.data.parent, short_runs=ShortRuns(LOAD, 1)))


@pytest.fixture(scope='module')
def secret(course):
    with pytest.MonkeyPatch.context() as patch:  # of some seeds, so few images make wrong code look right
        patch.setattr('instructor.judges.training_runs.secrets.randbelow', lambda number: 20261124)
        return draw_secret(runners.run_unconfined, course.assignment, 1, questions=SHORT)


@pytest.fixture
def judged(runs, course, secret):
    """A function that judges the right records, and returns the Verdicts by question and what each child was given."""
    def judge(misc=MISC, others=RIGHT, runner=runners.run_unconfined, records=runs.right, **options):
        files = {name: json.dumps(records[name]).encode() for name in SHORT.values()}
        files.update({'dnn_misc.py': misc.encode(), 'dnn_cnn_2.py': CNN2.encode()})
        recording, given = runners.recorded(runner)
        found = judge_records(files, course, recording, others, runs.right, **{'secret': secret, **options})
        return {verdict.item: verdict for verdict in found}, given
    return judge


def short(given):
    return ['part.npz' in files for files in given]


def shares(verdicts):
    return [verdicts[question].share for question in SHORT]


# ---- the part of the data

def test_the_part_holds_the_data_bit_for_bit():
    data = json.loads((ROOT / 'mnist_subset.json').read_text())
    wanted = [array for X, Y in (data[key] for key in ('train', 'valid', 'test'))
              for array in (np.array(X, dtype=np.float64), np.array(Y, dtype=np.int64).reshape(-1, 1))]
    with np.load(io.BytesIO(part_of_data(ROOT, LOAD, 0.4, 7))) as archive:
        part = [archive[name] for name in archive.files]
    assert [array.shape for array in part] == [(2000, 784), (2000, 1), (400, 784), (400, 1), (400, 784), (400, 1)]
    assert [array.dtype for array in part] == [array.dtype for array in wanted]
    for X, Y, all_X, all_Y in zip(part[::2], part[1::2], wanted[::2], wanted[1::2]):
        place = {(row.tobytes(), label.tobytes()): number for number, (row, label) in enumerate(zip(all_X, all_Y))}
        places = [place[row.tobytes(), label.tobytes()] for row, label in zip(X, Y)]
        assert places == sorted(places) and len(set(places)) == len(X)  # some of the examples, each once, in order


def test_the_seed_says_which_part_it_is(runs):
    drawn = [part_of_data(runs.data.parent, LOAD, 0.5, seed) for seed in (1, 2, 1)]
    assert drawn[0] == drawn[2] != drawn[1]


def test_data_that_cannot_be_read_is_told_in_one_line(tmp_path):
    with pytest.raises(OSError, match='the data cannot be read: ModuleNotFoundError') as error:
        part_of_data(tmp_path, LOAD, 0.5, 1)
    assert '\n' not in str(error.value)


def test_who_writes_into_the_data_has_a_copy(monkeypatch):
    loader = ModuleType('loader')
    monkeypatch.setitem(sys.modules, 'loader', loader)
    worker.hand_out([np.ones((3, 2)), np.zeros((3, 1), dtype=int)], 'loader.load')
    X, Y = loader.load()
    assert X.flags.writeable and Y.flags.writeable
    X[...] = 7
    Y[...] = 7
    X, Y = loader.load('any.json')
    assert X.tolist() == [[1, 1]] * 3 and Y.tolist() == [[0]] * 3 and Y.dtype == int


# ---- several runs in one child

SPOILS = """import os
import sys
import data_loader
import training
if sys.argv[0] == 'dnn_mlp.py':
    arrays = data_loader.data_loader_mnist()
    for array in arrays:
        array[...] = 0
    data_loader.data_loader_mnist = lambda *_: arrays
    training.Record.end_epoch = None
    np.maximum = np.random.seed = None
    json_file = open('LR_lr0.01_m0.0_w0.0_d0.0.json', 'w')
"""


def test_what_one_run_spoils_does_not_reach_the_next(course, secret):
    def records(misc, questions):
        return run_shortly(runners.run_unconfined, course.assignment, {
            'dnn_misc.py': misc.encode(), 'dnn_cnn_2.py': CNN2.encode()}, questions, 1, secret.seed, wall_seconds=60)[1]

    spoiling = MISC.replace('import numpy as np\n', f'import numpy as np\n{SPOILS}', 1)
    assert records(MISC, ['q33', 'q36', 'q310']) == secret.short
    assert records(spoiling, ['q33', 'q36', 'q310']) == {name: secret.short[name] for name in ('q36', 'q310')}


def test_short_runs_of_all_of_the_data_give_what_whole_ones_do(secret):
    assert secret.short == secret.records


@pytest.mark.parametrize('forging', [
    "import sending\nsending.report({'error': None, 'exit': None, 'train': [1.0], 'val': [1.0]})",
    "import sending\nsending.finish({'error': None, 'exit': None, 'train': [1.0], 'val': [1.0]})",
    "import sending, os\nfor _ in range(3):\n    sending.report({'error': None, 'exit': None, 'train': [1.0]})\n"
    "sending.finish({})",
    "import os\nos.write(int(os.environ['RESULT_FD']), b'x' * 100)", "import os, signal\nos.kill(os.getppid(), 9)",
    "import os\nos._exit(0)", "raise SystemExit(0)"])
def test_forged_reports_confirm_nothing(judged, forging):
    """Of code that forges in short runs and is right in whole ones; the control is that those are made."""
    verdicts, given = judged("import os\nif os.path.exists('part.npz'):\n"
                             + ''.join(f'    {line}\n' for line in forging.splitlines()) + MISC)
    assert shares(verdicts) == [1, 1, 1] and short(given)[0] and short(given).count(False) == 3


# ---- what they confirm

def test_what_is_right_is_confirmed_in_one_child(judged):
    verdicts, given = judged()
    assert shares(verdicts) == [1, 1, 1] and short(given) == [True]
    assert {verdicts[question].reason for question in SHORT} == {
        'equal to the reference, and the code gives what it should (epoch 1 was repeated)'}
    [files] = given
    assert not any('_lr' in name or 'reference' in name or name == 'mnist_subset.json' for name in files)


def test_wrong_code_is_not_confirmed_and_repeated_as_a_whole(judged, secret):
    verdicts, given = judged(HALF)
    expected, _ = judged(HALF, secret=replace(secret, short={}))
    assert short(given) == [True, False, False, False]
    assert verdicts == expected and None in shares(verdicts)


@pytest.mark.parametrize('others', [
    RIGHT[1:], [replace(RIGHT[0], share=None, kind='waits'), *RIGHT[1:]],
    [replace(RIGHT[0], share=0, kind='in-place', seen_in=[]), *RIGHT[1:]]])
def test_only_where_all_that_is_needed_is_right(judged, others):
    verdicts, given = judged(others=others)
    assert shares(verdicts) == [1, 1, 1] and len(given) >= 3 and short(given).count(False) == 3


def test_not_where_given_code_is_changed(judged):
    with given_code_changed('dnn_cnn_2.py'):
        verdicts, given = judged()
    assert shares(verdicts) == [1, 1, 1] and short(given) == [True, False]  # one child for two questions
    with given_code_changed('dnn_misc.py'):
        assert short(judged()[1]) == [False] * 3


def test_a_record_that_differs_is_repeated_as_a_whole(judged, runs):
    name = SHORT['q33']
    records = {**runs.right, name: record_judging.changed(runs.right[name], 1, 0.05)}
    verdicts, given = judged(records=records)
    assert shares(verdicts) == [0, 1, 1] and short(given) == [False, True]


@pytest.mark.parametrize('outcome', [Outcome('cpu', seconds=30, cpu_seconds=60), Outcome('ok', 0),
                                     Outcome('idle', seconds=20, cpu_seconds=1), Outcome('memory')])
def test_short_runs_that_reach_a_limit_are_repeated_as_a_whole(judged, outcome):
    limits = []

    def stopped(entry, files, argv=(), **given):
        if 'part.npz' not in files:
            return runners.run_unconfined(entry, files, argv, **given)
        limits.append(given)
        return outcome

    verdicts, given = judged(runner=stopped)
    assert shares(verdicts) == [1, 1, 1] and short(given).count(False) == 3
    # Together no more than the part of a single run in what that may take: 60 seconds an epoch, 10 without work.
    assert limits[0]['cpu_seconds'] == 60 and limits[0]['idle_seconds'] == 10


def test_code_that_replays_is_not_confirmed(judged, runs):
    """Its numbers are the reference's, whatever the seed is."""
    told = {SHORT[question]: runs.right[SHORT[question]] for question in SHORT}
    replay = (f"import json, sys\nfor name, record in {told!r}.items():\n"
              "    json.dump({key: values[:1] for key, values in record.items()}, open(name, 'w'))\nsys.exit(0)\n")
    verdicts, given = judged(replay + MISC)
    assert shares(verdicts) == [None] * 3 and {verdicts[name].kind for name in SHORT} == {'copied-results'}


@pytest.mark.untrusted
def test_short_runs_in_the_sandbox(judged):
    verdicts, given = judged(runner=runners.confined_runner())
    assert shares(verdicts) == [1, 1, 1] and short(given) == [True]
    spoiling = MISC.replace('import numpy as np\n', f'import numpy as np\n{SPOILS}', 1)
    verdicts, given = judged(spoiling, runner=runners.confined_runner())
    assert shares(verdicts) == [None, 1, 1] and short(given) == [True, False]  # only the spoilt one is repeated
