"""The commands: run_experiments, the tutorial, the check of the ten accuracies; from anywhere, without a terminal."""

import json
import os
import re
import subprocess
import sys

import hw3_copy
import numpy as np
import pytest
import run_experiments
from hw3_lib import Linear, ReLU, Sigmoid

from assignments.cmu_10701_hw3.teacher import check_experiments

HEADING = '     hidden layers     rate   batch  training   test'


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    return hw3_copy.make(tmp_path_factory.mktemp('solved'))


@pytest.fixture(scope='module')
def blank(tmp_path_factory):
    return hw3_copy.make(tmp_path_factory.mktemp('blank'), is_blank=True)


# ---- run_experiments -------------------------------------------------------------------------------------------------

def test_a_quick_trial_from_another_folder(folder, tmp_path):
    done = hw3_copy.run(folder / 'run_experiments.py', '--only', 'a', 'e', '--epochs', 1, cwd=tmp_path)
    lines = done.stdout.splitlines()
    assert done.returncode == 0, done.stderr
    # After one epoch (a) tells all images to be the same digit: a tenth is right.
    assert lines[:2] == [HEADING, '(a)  256 Sigmoid       0.01   50     0.1000     0.1000']
    assert re.fullmatch(r'\(e\)  384, 256 ReLU     0\.01   50     0\.\d{4}     0\.\d{4}', lines[2])
    assert re.fullmatch(r'2 networks, 1 epochs each, \d+ s of processor time', lines[3])
    assert lines[4:] == ['learning curves: learning_curves.png']
    assert (tmp_path / 'learning_curves.png').read_bytes()[:8] == b'\x89PNG\r\n\x1a\n'
    assert [path.name for path in tmp_path.iterdir()] == ['learning_curves.png']


def test_without_matplotlib_all_else_is_done(folder, tmp_path):
    (tmp_path / 'matplotlib.py').write_text('raise ImportError("not here")')
    code = f'import sys; sys.path.insert(0, {str(tmp_path)!r}); sys.argv[0] = "run_experiments.py"; ' \
           f'sys.path.insert(1, {str(folder)!r}); import run_experiments; sys.exit(run_experiments.run_main())'
    done = hw3_copy.run('-c', code, '--only', 'd', '--epochs', '1', cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1].startswith('no learning curves, as matplotlib is missing (not here): ')
    assert not (tmp_path / 'learning_curves.png').exists()


@pytest.mark.parametrize('options, said', [
    (['--epochs', '0'], "'0' is not a whole number >= 1"), (['--epochs', '1.5'], "'1.5' is not a whole number >= 1"),
    (['--only', 'f'], "invalid choice: 'f'"), (['--fast'], 'unrecognized arguments: --fast'),
    (['--curves', '.'], 'has to be the name of a PNG file'),
    (['--curves', 'curves.pdf'], 'has to be the name of a PNG file'),
    (['--curves', 'nowhere/curves.png'], 'cannot write nowhere/curves.png: No such file or directory')])
def test_bad_options_are_one_line_and_status_2(folder, tmp_path, options, said):
    done = hw3_copy.run(folder / 'run_experiments.py', *options, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, '')
    assert said in done.stderr and done.stderr.count('\n') == 1 and list(tmp_path.iterdir()) == []


def test_a_blank_handout_is_told_what_is_missing(blank, tmp_path):
    done = hw3_copy.run(blank / 'run_experiments.py', cwd=tmp_path)
    assert done.returncode == 1 and done.stdout.splitlines() == [HEADING]
    assert done.stderr.splitlines()[-1] == ('run_experiments.py: define_network is not written yet: write it, then run '
                                            'this again')


def test_damaged_data_are_one_line_and_status_2(blank, tmp_path):
    path = blank / 'training_data_student' / 'train.csv'
    path.write_text('0.00')
    done = hw3_copy.run(blank / 'run_experiments.py', cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, '')
    assert done.stderr == f'run_experiments.py: {path} is not what it was; delete it, and it will be written anew\n'
    path.unlink()


def test_a_closed_pipe_is_one_line(folder, tmp_path):
    command = [sys.executable, str(folder / 'run_experiments.py'), '--only', 'a', '--epochs', '1']
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, 'w') as pipe:
        done = subprocess.run(command, cwd=tmp_path, stdout=pipe, stderr=subprocess.PIPE, text=True, timeout=120)
    assert done.returncode == 2
    assert [line for line in done.stderr.splitlines() if 'was missing; written' not in line] == [
        'run_experiments.py: cannot print the results any more; stopped before the end']


# ---- its networks ----------------------------------------------------------------------------------------------------

def test_the_five_networks_are_those_of_the_text():
    found = {}
    for experiment in run_experiments.EXPERIMENTS:
        layers = run_experiments.network(experiment.hidden, experiment.activation)
        shapes, activations = [layer.weights.shape for layer in layers[::2]], {type(layer) for layer in layers[1::2]}
        found[experiment.name] = shapes, activations, experiment.learning_rate, experiment.batch_size
        assert all(isinstance(layer, Linear) for layer in layers[::2])
    one, two = [(784, 256), (256, 10)], [(784, 384), (384, 256), (256, 10)]
    assert found == {'a': (one, {Sigmoid}, 0.01, 50), 'b': (one, {Sigmoid}, 0.001, 50), 'c': (one, {ReLU}, 0.01, 50),
                     'd': (one, {ReLU}, 0.01, 200), 'e': (two, {ReLU}, 0.01, 50)}
    assert run_experiments.EPOCHS == 50


def test_all_layers_draw_from_one_stream_of_random_numbers():
    layers = run_experiments.network((384, 256), ReLU)
    np.random.seed(10701)
    for layer, (size_in, size_out) in zip(layers[::2], [(784, 384), (384, 256), (256, 10)]):
        s = 1 / np.sqrt(size_out)
        assert np.array_equal(layer.weights, np.random.uniform(-s, s, (size_in, size_out)))
        assert np.array_equal(layer.biases, np.random.uniform(-s, s, (1, size_out)))


# ---- the check of the ten accuracies ---------------------------------------------------------------------------------

def test_the_recorded_accuracies_are_those_of_the_text():
    recorded = json.loads((hw3_copy.FOLDER / 'teacher' / 'experiments.json').read_text())
    text = {'a': (2492, 820), 'b': (2362, 782), 'c': (2799, 877), 'd': (2725, 876), 'e': (2720, 863)}  # images
    assert {name: (values['train_accuracy'] * 3000, values['test_accuracy'] * 1000)
            for name, values in recorded.items()} == {name: pytest.approx(counts) for name, counts in text.items()}


def test_the_check_fails_where_one_image_differs(monkeypatch, capsys):
    recorded = json.loads((hw3_copy.FOLDER / 'teacher' / 'experiments.json').read_text())
    results = {name: {key: [0.5, value] for key, value in values.items()} for name, values in recorded.items()}
    monkeypatch.setattr(check_experiments.run_experiments, 'run', lambda experiment, dataset: results[experiment.name])
    assert check_experiments.main() == 0
    assert capsys.readouterr().out.splitlines()[-1] == '10 of 10 accuracies are as expected'
    results['d']['train_accuracy'][-1] += 1 / 3000
    assert check_experiments.main() == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == '9 of 10 accuracies are as expected'
    assert lines[5].startswith('     WRONG: train_accuracy is 0.90866666')


# ---- the tutorial ----------------------------------------------------------------------------------------------------

def test_the_tutorial_runs_before_anything_is_written(blank, tmp_path):
    done = hw3_copy.run(blank / 'module_tutorial.py', cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, '')
    # (x * factors) ** 2 for x = (1, -2, 0.5), (3, 0, -1) and factors (2, -1, 4); 2 x factors ** 2 row by row, and the
    # mean of 2 x ** 2 factors over the two rows.
    for line in (' [36.  0. 16.]]', '[[  8.  -4.  16.]', ' [ 24.   0. -32.]]', '[[20. -4.  5.]]'):
        assert line in done.stdout.splitlines()
    assert done.stdout.count(', right\n') == 2 and 'WRONG' not in done.stdout


def test_one_thread_unless_the_user_says_otherwise(folder, tmp_path):
    code = f'import sys; sys.path.insert(0, {str(folder)!r}); import training_data, os; ' \
           'print([os.environ.get(name) for name in training_data.THREADS])'
    assert hw3_copy.run('-c', code, cwd=tmp_path).stdout == "['1', '1', '1', '1']\n"
    code = f'import os; os.environ["MKL_NUM_THREADS"] = "3"; {code}'
    assert hw3_copy.run('-c', code, cwd=tmp_path).stdout == "[None, None, '3', None]\n"
