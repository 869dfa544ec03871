"""The four mains: first epochs against the reference, the computation against a plain one, options, faults, files."""

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import data_loader
import training
from tests.helpers import ROOT, of_the_shipped_term, small_data
from tests.helpers.project_copy import COMMANDS, RECORDS
from tests.helpers.small_data import run

pytestmark = pytest.mark.core

# The commands of assignment.json; some say once more, in other words, what they or the defaults say already.
AGAIN = {'q34': ['--dropout_rate', '0.50'], 'q36': ['--lambda', '0'], 'q38': ['--minibatch_size', '5'],
         'q310': ['--alpha', '.9', '--learning_rate', '1e-3', '--random_seed', '2']}
RUNS = {Path(record).stem: [*COMMANDS[name], *AGAIN.get(name, [])] for name, record in RECORDS.items()}
MAINS = ['dnn_mlp.py', 'dnn_mlp_nononlinear.py', 'dnn_cnn.py', 'dnn_cnn_2.py']


# ---- against the reference -------------------------------------------------------------------------------------------

@pytest.fixture(scope='module')
def first_epochs(tmp_path_factory):
    """One epoch of each of the seven runs on the shipped data, two at a time: name -> (process, its folder)."""
    folders = {name: tmp_path_factory.mktemp('run') for name in RUNS}

    def first_epoch(name):
        script, *options = RUNS[name]
        return run(ROOT / script, *options, '--num_epoch', 1, cwd=folders[name]), folders[name]

    with ThreadPoolExecutor(2) as pool:
        return dict(zip(RUNS, pool.map(first_epoch, RUNS)))


@pytest.mark.parametrize('name', RUNS)
@of_the_shipped_term
def test_first_epoch_equals_the_reference(name, first_epochs):
    process, folder = first_epochs[name]
    assert process.returncode == 0, process.stderr
    assert process.stderr == ''
    reference = json.loads((ROOT / 'instructor' / 'mlp_cnn' / 'reference' / f'{name}.json').read_text())
    train, val = reference['train'][0], reference['val'][0]
    assert [path.name for path in folder.iterdir()] == [f'{name}.json']
    assert json.loads((folder / f'{name}.json').read_text()) == {'train': [train], 'val': [val]}

    lines = process.stdout.splitlines()
    loss = float(lines.pop(1).rsplit(' ', 1)[1])
    assert lines == ['At epoch 1', f'Training accuracy at epoch 1 is {train}',
                     f'Validation accuracy at epoch 1 is {val}', 'Finish running!']
    reference_losses = json.loads((ROOT / 'tests' / 'helpers' / 'data' / 'training_loss.json').read_text())
    assert loss == pytest.approx(reference_losses[name][0], rel=1e-6)


# ---- against a plain computation -------------------------------------------------------------------------------------

def plain_training(data, learning_rate, alpha, lambda_, num_epoch, size):
    """Accuracies of linear - dropout(0) - linear, written down once more, with nothing from the project."""
    (X, Y), (Xval, Yval) = ([np.array(part) for part in data[key]] for key in ('train', 'valid'))
    np.random.seed(5)
    P = [np.random.normal(0, 0.1, shape) for shape in ((784, 1000), (1, 1000), (1000, 10), (1, 10))]
    V = [0 * p for p in P]
    accuracies = {'train': [], 'val': []}
    for epoch in range(num_epoch):
        order = np.random.permutation(len(X))
        for start in range(0, len(X) // size * size, size):
            x, y = X[order[start:start + size]], Y[order[start:start + size]]
            np.random.uniform(0, 1, (size, 1000))  # dropout draws at rate 0 too
            hidden = x @ P[0] + P[1]
            scores = hidden @ P[2] + P[3]
            z = np.exp(scores) / np.sum(np.exp(scores), axis=1, keepdims=True)
            z[np.arange(size), y] -= 1
            dscores = z / size
            dhidden = dscores @ P[2].T
            G = [x.T @ dhidden, dhidden.sum(0, keepdims=True), hidden.T @ dscores, dscores.sum(0, keepdims=True)]
            rate = learning_rate * 0.1 ** (epoch // 10)
            for p, v, g in zip(P, V, G):
                v[...] = alpha * v - rate * (g + lambda_ * p)
                p += v
        for key, x, y in (('train', X, Y), ('val', Xval, Yval)):
            covered = len(x) // size * size
            labels = np.argmax((x @ P[0] + P[1]) @ P[2] + P[3], axis=1)
            accuracies[key].append(np.mean(labels[:covered] == y[:covered]))
    return accuracies


@pytest.mark.parametrize('alpha, lambda_', [(0.0, 0.0), (0.6, 0.05)])
def test_decay_weight_decay_momentum_and_left_out_examples(alpha, lambda_, tmp_path):
    data = small_data.make_data(num_train=43, num_valid=19)  # mini-batches of 4: three examples of each are left out
    folder = small_data.make_project(tmp_path, data)
    process = run('dnn_mlp_nononlinear.py', '--random_seed', 5, '--learning_rate', 0.002, '--alpha', alpha, '--lambda',
                  lambda_, '--num_epoch', 23, '--minibatch_size', 4, cwd=folder)
    assert process.returncode == 0, process.stderr
    record = json.loads((folder / f'LR_lr0.002_m{alpha}_w{lambda_}_d0.0.json').read_text())
    expected = plain_training(data, 0.002, alpha, lambda_, num_epoch=23, size=4)
    assert record == {key: pytest.approx(values, abs=1e-12) for key, values in expected.items()}
    assert len(set(record['train'])) > 3  # it learns


@pytest.mark.parametrize('script, step', [('dnn_mlp.py', 10), ('dnn_mlp_nononlinear.py', 10), ('dnn_cnn.py', 10),
                                          ('dnn_cnn_2.py', 30)])
def test_the_learning_rate_decays_every_so_many_epochs(script, step, tmp_path):
    folder = small_data.make_project(tmp_path, small_data.make_data(4, 4, 4))
    code = (f'import dnn_misc, {script[:-3]} as script\n'
            'rates = []\n'
            'dnn_misc.sgd_update = lambda model, momentum, learning_rate, alpha, lambda_: rates.append(learning_rate)\n'
            'script.main({"random_seed": 2, "learning_rate": 1.0, "alpha": 0.0, "lambda": 0.0, "dropout_rate": 0.5,'
            ' "num_epoch": 31, "minibatch_size": 4})\n'
            'print(rates)')
    process = run('-c', code, cwd=folder)
    assert process.returncode == 0, process.stderr
    expected = [0.1 ** (epoch // step) for epoch in range(31)]
    assert json.loads(process.stdout.splitlines()[-1]) == pytest.approx(expected)


@pytest.mark.parametrize('script', MAINS)
def test_evaluation_does_not_depend_on_its_batch_size(script, tmp_path):
    folder = small_data.make_project(tmp_path)
    outputs = []
    for size in (3, 40):
        code = (f'import data_loader, {script[:-3]} as script\n'
                f'data_loader.DataSplit.EVALUATION_SIZE = {{2: {size}, 4: {size}}}\n'
                'script.main({"random_seed": 2, "learning_rate": 0.01, "alpha": 0.0, "lambda": 0.0,'
                ' "dropout_rate": 0.5, "num_epoch": 2, "minibatch_size": 5})\n')
        process = run('-c', code, cwd=folder)
        assert process.returncode == 0, process.stderr
        outputs.append(process.stdout.splitlines())
    for first, second in zip(*outputs):
        if 'loss' in first:
            assert float(first.split()[-1]) == pytest.approx(float(second.split()[-1]), rel=1e-9)
        else:
            assert first == second


# ---- bad input: one line, exit status 2, nothing written -------------------------------------------------------------

def assert_refused(process, folder, wanted):
    assert process.returncode == 2
    assert wanted in process.stderr
    assert process.stderr.count('\n') == 1
    assert not list(folder.glob('*_lr*'))


@pytest.mark.parametrize('option, value, wanted', [
    ('dropout_rate', '1', '--dropout_rate must be a number >= 0 and < 1, not 1'),
    ('dropout_rate', '-0.1', '--dropout_rate must be'),
    ('dropout_rate', 'half', '--dropout_rate must be a number >= 0 and < 1, not half'),
    ('learning_rate', '0', '--learning_rate must be a finite number > 0, not 0'),
    ('learning_rate', '-1', '--learning_rate must be'),
    ('learning_rate', 'nan', '--learning_rate must be'),
    ('learning_rate', 'inf', '--learning_rate must be'),
    ('learning_rate', '9' * 400, '--learning_rate must be a finite number > 0, not 999999'),
    ('alpha', '1', '--alpha must be a number >= 0 and < 1, not 1'),
    ('alpha', '-0.5', '--alpha must be'),
    ('lambda', '-0.001', '--lambda must be a finite number >= 0, not -0.001'),
    ('lambda', 'nan', '--lambda must be'),
    ('num_epoch', '0', '--num_epoch must be a whole number >= 1, not 0'),
    ('num_epoch', '2.5', '--num_epoch must be a whole number >= 1, not 2.5'),
    ('num_epoch', 'many', '--num_epoch must be'),
    ('minibatch_size', '0', '--minibatch_size must be a whole number >= 1, not 0'),
    ('minibatch_size', '5.0', '--minibatch_size must be'),
    ('minibatch_size', '21', '--minibatch_size 21 is larger than a data split; take at most 20'),
    ('random_seed', '-1', '--random_seed must be a whole number from 0 to 4294967295, not -1'),
    ('random_seed', '4294967296', '--random_seed must be'),
    ('learning_rat', '0.1', 'unrecognized arguments: --learning_rat 0.1'),
])
def test_a_wrong_option_is_refused(option, value, wanted, tmp_path):
    folder = small_data.make_project(tmp_path)
    process = run('dnn_mlp.py', f'--{option}', value, cwd=folder)
    assert_refused(process, folder, wanted)
    assert process.stdout == ''


@pytest.mark.parametrize('script', MAINS)
def test_every_main_refuses_wrong_options_and_wrong_data(script, tmp_path):
    folder = small_data.make_project(tmp_path, {'train': []})
    assert_refused(run(script, '--alpha', '2', cwd=folder), folder, f'{script}: --alpha must be')
    assert_refused(run(script, cwd=folder), folder, f'{script}: the data file ')
    (folder / 'mnist_subset.json').unlink()
    assert_refused(run(script, cwd=folder), folder, 'cannot read the data file')


def test_a_missing_option_is_named_to_who_calls_main():
    with pytest.raises(training.InputError, match='--num_epoch must be a whole number >= 1, not None'):
        training.check_options({'random_seed': 2, 'learning_rate': 0.01, 'alpha': 0.0, 'lambda': 0.0,
                                   'dropout_rate': 0.0})


def test_a_folder_that_cannot_be_written_is_told_before_training(tmp_path):
    folder = small_data.make_project(tmp_path / 'project')
    gone = tmp_path / 'gone'
    gone.mkdir()
    script = str(folder / 'dnn_mlp.py')
    code = f'import os, sys; os.rmdir({str(gone)!r}); os.execv(sys.executable, [sys.executable, {script!r}])'
    process = run('-c', code, cwd=gone)
    assert process.returncode == 2
    assert 'cannot write into the current folder' in process.stderr and process.stderr.count('\n') == 1
    assert process.stdout == ''


@pytest.mark.skipif(os.name != 'posix' or os.geteuid() == 0, reason='for root every folder can be written')
def test_a_read_only_folder_is_told_before_training(tmp_path):
    folder = small_data.make_project(tmp_path / 'project')
    locked = tmp_path / 'locked'
    locked.mkdir(mode=0o555)
    process = run(folder / 'dnn_mlp.py', cwd=locked)
    assert_refused(process, locked, 'cannot write into the current folder: Permission denied')


def test_a_folder_in_the_place_of_the_result_file_is_told_before_training(tmp_path):
    folder = small_data.make_project(tmp_path)
    (folder / 'MLP_lr0.01_m0.0_w0.0_d0.0.json').mkdir()
    process = run('dnn_mlp.py', cwd=folder)
    assert process.returncode == 2 and process.stdout == ''
    assert 'd0.0.json is a folder' in process.stderr


def test_a_loss_that_is_not_finite_ends_the_run(tmp_path):
    folder = small_data.make_project(tmp_path)
    process = run('dnn_mlp_nononlinear.py', '--learning_rate', '1e6', cwd=folder)
    assert_refused(process, folder, 'the loss is not finite any more at epoch 3, with learning rate 1000000.0: take')


def test_an_earlier_result_outlives_a_failing_run(tmp_path):
    folder = small_data.make_project(tmp_path)
    result = folder / 'LR_lr1000000.0_m0.0_w0.0_d0.0.json'
    result.write_text('earlier')
    assert run('dnn_mlp_nononlinear.py', '--learning_rate', '1e6', cwd=folder).returncode == 2
    assert result.read_text() == 'earlier'
    assert not list(folder.glob('*.tmp'))


def test_an_earlier_result_is_replaced(tmp_path):
    folder = small_data.make_project(tmp_path)
    result = folder / 'MLP_lr0.01_m0.0_w0.0_d0.0.json'
    result.write_text('earlier')
    assert run('dnn_mlp.py', '--num_epoch', 2, cwd=folder).returncode == 0
    assert [len(values) for values in json.loads(result.read_text()).values()] == [2, 2]


def record_in(folder, monkeypatch):
    """A Record at its first epoch, with one epoch's results."""
    monkeypatch.chdir(folder)
    options = {'random_seed': 2, 'learning_rate': 0.25, 'alpha': 0.0, 'lambda': 0.0, 'dropout_rate': 0.0,
               'num_epoch': 1, 'minibatch_size': 2}
    split = data_loader.DataSplit(np.zeros((4, 1)), np.zeros((4, 1), dtype=int))
    record = training.Record('MLP', options, split, split)
    record.begin_epoch()
    return record


def tally_of(loss):
    tally = training.Tally()
    tally.add(np.array([[1., 0.], [0., 1.]]), np.array([[0], [0]]), loss)
    return tally


@pytest.mark.parametrize('loss', [float('nan'), float('inf')])
def test_a_loss_is_watched_at_each_step_and_in_the_evaluation(loss, tmp_path, monkeypatch):
    record = record_in(tmp_path, monkeypatch)
    with pytest.raises(training.InputError, match='not finite any more at epoch 1, with learning rate 0.125'):
        record.step(loss, 0.125)
    record.step(1.0, 0.5)
    with pytest.raises(training.InputError, match='not finite any more at epoch 1, with learning rate 0.5'):
        record.end_epoch(tally_of(loss), tally_of(0.0))


@pytest.mark.parametrize('broken', ['os.replace', 'pathlib.Path.write_bytes'])
def test_what_fails_while_writing_leaves_the_earlier_file_whole(broken, tmp_path, monkeypatch):
    record = record_in(tmp_path, monkeypatch)
    record.end_epoch(tally_of(0.5), tally_of(0.0))
    result = tmp_path / 'MLP_lr0.25_m0.0_w0.0_d0.0.json'
    result.write_text('earlier')

    def fail(*arguments, **options):
        raise OSError(28, 'No space left on device')

    with monkeypatch.context() as patch:
        patch.setattr(broken, fail)
        with pytest.raises(training.InputError, match='cannot write MLP_.*: No space left on device'):
            record.write()
    assert [path.read_text() for path in tmp_path.iterdir()] == ['earlier']
    record.write()
    assert [json.loads(path.read_text()) for path in tmp_path.iterdir()] == [{'train': [0.5], 'val': [0.5]}]


# ---- stopped half-way ------------------------------------------------------------------------------------------------

@pytest.mark.skipif(os.name != 'posix', reason='sends SIGINT')
def test_ctrl_c_ends_with_one_line_and_no_file(tmp_path):
    folder = small_data.make_project(tmp_path)
    process = subprocess.Popen([sys.executable, 'dnn_mlp.py', '--num_epoch', '100000'], cwd=folder, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
    assert process.stdout.readline() == 'At epoch 1\n'
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert stderr == 'dnn_mlp.py: stopped before the end, no result file written\n'
    assert not list(folder.glob('MLP_*'))


@pytest.mark.skipif(os.name != 'posix', reason='pipes of a POSIX shell')
def test_a_reader_that_goes_away_ends_the_run_with_one_line(tmp_path):
    folder = small_data.make_project(tmp_path)
    process = subprocess.Popen([sys.executable, 'dnn_mlp.py', '--num_epoch', '100000'], cwd=folder, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
    process.stdout.readline()
    process.stdout.close()  # as `| head -1` does
    with process.stderr:
        stderr = process.stderr.read()
    assert process.wait(timeout=60) == 2
    assert stderr == 'dnn_mlp.py: cannot print the results any more (Broken pipe); stopped before the end\n'
    assert not list(folder.glob('MLP_*'))


# ---- on a terminal ---------------------------------------------------------------------------------------------------

def test_progress_is_shown_on_a_terminal_only(tmp_path):
    pty = pytest.importorskip('pty', reason='this system has no pseudo-terminals')
    folder = small_data.make_project(tmp_path, small_data.make_data(num_train=1000, num_valid=5))
    leader, follower = pty.openpty()
    process = subprocess.Popen([sys.executable, 'dnn_mlp.py', '--num_epoch', '3'], cwd=folder, text=True,
                               stdout=subprocess.PIPE, stderr=follower, stdin=subprocess.DEVNULL)
    os.close(follower)
    shown = b''
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            chunk = os.read(leader, 4096)
        except OSError:  # the other end is closed
            break
        if not chunk:
            break
        shown += chunk
    stdout, _ = process.communicate(timeout=60)
    os.close(leader)
    assert process.returncode == 0
    assert b'of 600 steps, about 0:' in shown
    assert stdout.splitlines()[-1] == 'Finish running!' and 'steps' not in stdout


# ---- what is not written yet -----------------------------------------------------------------------------------------

def test_a_blank_is_named_in_one_line(tmp_path):
    folder = small_data.make_project(tmp_path)
    source = (folder / 'dnn_misc.py').read_text()
    (folder / 'dnn_misc.py').write_text(source.replace("return X @ self.params['W'] + self.params['b']",
                                                       "raise NotImplementedError('linear_layer.forward')"))
    process = run('dnn_mlp.py', cwd=folder)
    assert process.returncode == 1
    assert process.stderr == 'dnn_mlp.py: linear_layer.forward is not written yet: write it, then run this again\n'
    assert not list(folder.glob('MLP_*'))


@pytest.mark.skipif(sys.version_info < (3, 10), reason='Python names the modules of its library since 3.10')
def test_only_the_standard_library_and_numpy_are_imported():
    code = 'import sys, dnn_mlp, dnn_mlp_nononlinear, dnn_cnn, dnn_cnn_2; print(*sys.modules)'
    numpy_alone = 'import sys, numpy; print(*sys.modules)'
    modules, loaded_by_numpy = ({name.split('.')[0] for name in run('-c', text, cwd=ROOT).stdout.split()}
                                for text in (code, numpy_alone))
    ours = {'dnn_misc', 'dnn_im2col', 'data_loader', 'training', 'common', 'dnn_mlp', 'dnn_mlp_nononlinear', 'dnn_cnn',
            'dnn_cnn_2'}
    assert ours <= modules
    assert modules - loaded_by_numpy - ours - set(sys.stdlib_module_names) == set()
