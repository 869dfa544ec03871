"""A whole training, its settings, comparisons of settings, and the check of the numbers on the full MNIST."""

import random
import sys

import matplotlib
import numpy as np
import pytest

matplotlib.use('Agg')

import experiments
import gt_copy
import matplotlib.pyplot as plt
import mnist_csv
import training_loop
from training_loop import ConfigError, Dataset, Results, check_config, train_model, with_values

from assignments.gt_cs7643_hw1.teacher import check_numbers

CONFIG = {'Train': {'batch_size': 4, 'learning_rate': 0.5, 'reg': 0, 'epochs': 6, 'momentum': 0.9, 'debug': False},
          'Model': {'type': 'TwoLayerNet', 'input_size': 3, 'num_classes': 2, 'hidden_size': 5}}


def dataset(sizes=(22, 9, 10)):
    """A small problem that can be learned: which of the first two numbers is larger."""
    rng, lists = np.random.default_rng(2), []
    for size in sizes:
        rows = rng.normal(size=(size, 3))
        lists += [rows.tolist(), [int(row[0] > row[1]) for row in rows]]
    return Dataset(*lists)


# ---- a whole training ------------------------------------------------------------------------------------------------

def test_a_training_is_the_loop_of_the_text():
    data, results = dataset(), train_model(CONFIG, dataset())
    model = training_loop.TwoLayerNet(input_size=3, num_classes=2, hidden_size=5)
    W1, b1, W2, b2 = (model.weights[name] for name in ('W1', 'b1', 'W2', 'b2'))

    def forward(rows, labels):
        z = 1 / (1 + np.exp(-(rows @ W1 + b1)))
        scores = z @ W2 + b2
        p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        return z, p, -np.mean(np.log(p[np.arange(len(rows)), labels])), np.mean(p.argmax(axis=1) == labels)

    random.seed(1024)
    histories, best, test = ([], [], [], []), -1, None
    val_x, val_y = np.array(data.val_data), np.array(data.val_label)
    for _ in range(6):
        order = list(range(22))
        random.shuffle(order)
        losses, right = [], 0
        for start in range(0, 22, 4):
            chosen = order[start:start + 4]
            x, y = np.array(data.train_data)[chosen], np.array(data.train_label)[chosen]
            z, p, loss, accuracy = forward(x, y)
            losses.append(loss)
            right += accuracy * len(chosen)
            d = (p - np.eye(2)[y]) / len(chosen)
            da = d @ W2.T * z * (1 - z)
            W2, b2 = W2 - 0.5 * z.T @ d, b2 - 0.5 * d.sum(axis=0)
            W1, b1 = W1 - 0.5 * x.T @ da, b1 - 0.5 * da.sum(axis=0)
        of_validation = np.mean([forward(val_x[i:i + 4], val_y[i:i + 4])[2] for i in (0, 4, 8)])
        accuracy = forward(val_x, val_y)[3]
        for history, number in zip(histories, (np.mean(losses), right / 22, of_validation, accuracy)):
            history.append(number)
        if accuracy > best:
            best, test = accuracy, forward(np.array(data.test_data), np.array(data.test_label))[3]
    for found, wanted in zip(results.histories, histories):
        assert found == pytest.approx(wanted, rel=1e-9)
    assert results.test_acc == pytest.approx(test) and len(set(histories[3])) > 1


def test_the_same_seed_gives_the_same_training_and_another_does_not():
    data = dataset()
    first, again, other = (train_model(CONFIG, data, seed=seed) for seed in (1, 1, 2))
    assert first.histories == again.histories != other.histories


def test_the_best_model_is_kept_as_it_was(monkeypatch):
    accuracies, seen = iter([0.2, 0.9, 0.5, 0.9, 0.1, 0.3, 0.77]), []

    def evaluate(batches, labels, model, debug=True):
        seen.append(model.weights['W1'].copy())
        return 1.0, next(accuracies)
    monkeypatch.setattr(training_loop, 'evaluate', evaluate)
    results = train_model(CONFIG, dataset())
    assert np.array_equal(results.best_model.weights['W1'], seen[1])
    assert not np.array_equal(seen[1], seen[5])
    assert results.test_acc == 0.77 and np.array_equal(seen[6], seen[1])


def test_what_is_printed_is_asked_for(capsys):
    train_model(CONFIG, dataset())
    assert capsys.readouterr() == ('', '')
    train_model(with_values(CONFIG, {'debug': True, 'epochs': 2}), dataset())
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 * 5 + 1 and lines[0].startswith('epoch 1, batch 2 of 6: loss 0.')
    assert lines[-1].startswith('the best model: validation accuracy ')


# ---- settings --------------------------------------------------------------------------------------------------------

def test_the_shipped_settings():
    pytest.importorskip('yaml')
    for name, model in (('config_softmax', {'type': 'SoftmaxRegression'}),
                        ('config_twolayer', {'type': 'TwoLayerNet', 'hidden_size': 128}),
                        ('config_exp', {'type': 'TwoLayerNet', 'hidden_size': 128})):
        assert training_loop.read_config(f'configs/{name}.yaml') == {
            'Train': {'batch_size': 64, 'learning_rate': 0.1, 'reg': 0.001, 'epochs': 10, 'momentum': 0.9,
                      'debug': True}, 'Model': model}


@pytest.mark.parametrize('text, said', [
    ('Train: {batch_size: 64', 'cannot read'), ('', 'Train, batch_size is None'),
    ('Train: {batch_size: 64, epochs: 1, learning_rate: 1e-1, reg: 0.1, debug: True}',
     "Train, learning_rate is '1e-1', which is not of the right kind; write numbers without an exponent")])
def test_a_configuration_that_cannot_be_used_is_one_line(tmp_path, text, said):
    pytest.importorskip('yaml')
    path = tmp_path / 'mine.yaml'
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        training_loop.read_config(path)
    assert said in str(caught.value) and '\n' not in str(caught.value)
    with pytest.raises(ConfigError, match='cannot read'):
        training_loop.read_config(tmp_path / 'none.yaml')


def test_without_yaml_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, 'yaml', None)
    with pytest.raises(ConfigError, match='-m pip install PyYAML'):
        training_loop.read_config('configs/config_exp.yaml')


@pytest.mark.parametrize('values, said', [
    ({'batch_size': 0}, 'batch_size is 0; it has to be 1 or more'), ({'epochs': True}, 'epochs is True'),
    ({'type': 'ConvNet'}, "'ConvNet'; it has to be one of SoftmaxRegression, TwoLayerNet"),
    ({'learning_rat': 1}, "no setting 'learning_rat'; there are batch_size, learning_rate")])
def test_settings_that_cannot_be(values, said):
    with pytest.raises(ConfigError, match=said):
        with_values(CONFIG, values)


def test_with_values_changes_a_copy():
    changed = with_values(CONFIG, {'reg': 1, 'hidden_size': 9})
    assert (changed['Train']['reg'], changed['Model']['hidden_size']) == (1, 9)
    assert (CONFIG['Train']['reg'], CONFIG['Model']['hidden_size']) == (0, 5)
    check_config(changed, 'this')


# ---- comparisons -----------------------------------------------------------------------------------------------------

def test_each_value_is_one_training(capsys):
    data = dataset()
    results = experiments.try_values('learning_rate', [0.5, 2], with_values(CONFIG, {'debug': True}), data)
    assert list(results) == [0.5, 2]
    assert results[2].histories == train_model(with_values(CONFIG, {'learning_rate': 2}), data).histories
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(':')[0] for line in lines] == ['learning_rate 0.5', 'learning_rate 2']


def test_a_table_and_a_picture_by_hand():
    results = {0.1: Results([2.0, 1.0], [0.25, 0.5], [2.5, 1.5], [0.125, 0.375], None, 0.75),
               1: Results([1.0, 0.5], [0.5, 0.875], [1.25, 0.75], [0.5, 0.625], None, 0.5)}
    assert experiments.table('reg', results).splitlines() == [
        'reg  training  validation    test', '0.1    0.5000      0.3750  0.7500', '  1    0.8750      0.6250  0.5000']
    panels = experiments.plot('reg', results).axes
    drawn = [[line.get_ydata().tolist() for line in axes.get_lines()] for axes in panels]
    assert drawn == [[[2, 1], [2.5, 1.5], [1, 0.5], [1.25, 0.75]],
                     [[0.25, 0.5], [0.125, 0.375], [0.5, 0.875], [0.5, 0.625]]]
    assert [text.get_text() for text in panels[0].get_legend().get_texts()] == ['reg 0.1', 'reg 1']
    assert panels[0].get_lines()[0].get_color() == panels[1].get_lines()[1].get_color()
    plt.close('all')


# ---- the numbers on the full MNIST -----------------------------------------------------------------------------------

def test_the_recorded_numbers_are_the_published_ones():
    runs = {run['name']: run for run in check_numbers.read_numbers()['runs']}
    published = {'two layers': (.9215, .9269, .9254), 'learning rate 1': (.9445, .9477, .9494),
                 'learning rate 0.05': (.9086, .9146, .9133), 'learning rate 0.01': (.7293, .7663, .7541),
                 'regularization 0.1': (.3405, .3509, .4098), 'regularization 0.01': (.8847, .8927, .8926),
                 'regularization 0.0001': (.9300, .9341, .9345), 'regularization 1': (.1044, .1060, .1028)}
    for name, shares in published.items():
        counts = runs[name]['train'] / 48000, runs[name]['validation'] / 12000, runs[name]['test'] / 10000
        assert [round(share, 4) for share in counts] == list(shares), name
    assert runs['softmax, 1 epoch']['train'] / 48000 == pytest.approx(.7424583333, abs=1e-9)
    assert runs['two layers, 1 epoch']['train'] / 48000 == pytest.approx(.5838541667, abs=1e-9)
    assert (runs['softmax, 1 epoch']['test'], runs['two layers, 1 epoch']['test']) == (7853, 8639)
    assert len(runs) == 11 and runs['learning rate 1']['values'] == {'learning_rate': 1}


def test_losses_and_gradients_are_the_published_ones():
    expected = check_numbers.read_numbers()['network']
    assert expected['softmax']['loss'] == 2.3029035854236732 and expected['two_layer']['loss'] == 2.3028479181180836
    measured = check_numbers.network_losses()
    assert check_numbers.network_differences(measured, expected) == []
    measured['two_layer']['gradient_error'] = 1e-7
    measured['softmax']['loss'] += 1e-9
    assert [line.partition(':')[0] for line in check_numbers.network_differences(measured, expected)] == [
        'softmax', 'two_layer']


def test_one_image_is_tolerated_and_two_are_not(monkeypatch, capsys):
    runs = check_numbers.read_numbers()['runs']
    exact = {run['name']: {split: 6000 if isinstance(run[split], list) else run[split]
                           for split in check_numbers.SPLITS if split in run} for run in runs}
    for run in runs:
        assert check_numbers.differences(run, exact[run['name']]) == []
        for split, count in exact[run['name']].items():
            for off, is_wrong in ((-2, True), (-1, False), (1, False), (2, True)):
                found = check_numbers.differences(run, {**exact[run['name']], split: count + off})
                assert bool(found) == (is_wrong and not isinstance(run[split], list))
    softmax = runs[-1]
    assert len(check_numbers.differences(softmax, {'test': 4999})) == 1


def test_without_the_full_data_one_line(data_folder, capsys):
    assert check_numbers.main([]) == 2
    out, err = capsys.readouterr()
    assert out == '' and err.count('\n') == 1 and 'get_data.py' in err


@pytest.mark.parametrize('off, status', [(0, 0), (1, 0), (2, 1)])
def test_the_command_trains_and_compares(data_folder, monkeypatch, capsys, off, status):
    """With tiny data that take the place of the full ones, and the numbers that these give."""
    data, run = dataset(), {'name': 'tiny', 'config': 'tiny'}
    monkeypatch.setattr(mnist_csv, 'has_full_data', lambda folder=None: True)
    monkeypatch.setattr(check_numbers, 'load_dataset', lambda: data)
    monkeypatch.setattr(check_numbers, 'dataset', None)
    monkeypatch.setattr(check_numbers, 'read_config', lambda path: CONFIG)
    results = train_model(CONFIG, data)
    run.update(train=round(results.train_acc_history[-1] * 22) + off,
               validation=round(results.valid_acc_history[-1] * 9), test=round(results.test_acc * 10))
    numbers = {'network': check_numbers.read_numbers()['network'], 'runs': [run]}
    monkeypatch.setattr(check_numbers, 'read_numbers', lambda: numbers)
    assert check_numbers.main(['--jobs', '2']) == status
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith(': right') and lines[2].startswith('tiny ')
    assert lines[2].endswith('WRONG') == bool(status)
    assert lines[-1].startswith('something differs' if status else 'all numbers are as expected')


def test_the_check_runs_as_a_command():
    project = gt_copy.FOLDER.parents[1]
    done = gt_copy.run('-m', 'assignments.gt_cs7643_hw1.teacher.check_numbers', '--jobs', '0', cwd=project)
    assert done.returncode == 2 and done.stderr == 'check_numbers: --jobs 0 has to be 1 or more\n'
