"""Runs of the convolutional network on small data: what is in the event files, stopping, resuming, complaints."""

import os
import shutil
import signal
import sys

import pytest

torch = pytest.importorskip('torch', reason='part 2 needs torch: requirements-dcn.txt')
pytest.importorskip('tensorboard', reason='part 2 needs tensorboard: requirements-dcn.txt')

import command_line
import compare_runs
import dcn_mnist
import dcn_monitor
import rice_copy
from tensorboard.backend.event_processing.event_accumulator import HISTOGRAMS, SCALARS, EventAccumulator

torch.set_num_threads(1)
SETTINGS = '--batch-size', '5'  # 550 images: 110 iterations an epoch
TERMS = [f'{layer}/{term}' for layer, terms in {
    'conv1': ['weights', 'biases', 'net_inputs', 'activations', 'pooled'],
    'conv2': ['weights', 'biases', 'net_inputs', 'activations', 'pooled'],
    'fc1': ['weights', 'biases', 'net_inputs', 'activations'], 'fc2': ['weights', 'biases', 'net_inputs']}.items()
    for term in terms]


@pytest.fixture(scope='module')
def data(tmp_path_factory):
    return rice_copy.write_mnist(tmp_path_factory.mktemp('data'))


@pytest.fixture
def train(data, tmp_path):
    """train(name, options ...) makes a run in tmp_path; returns its exit status."""
    def call(name, *options):
        arguments = ['--data', str(data), '--runs', str(tmp_path), '--name', name, *options]
        return command_line.run_main(lambda: dcn_mnist.main(arguments), 'dcn_mnist.py')
    return call


@pytest.fixture(scope='module')
def finished(data, tmp_path_factory):
    """A run of two epochs that nothing stopped: its folder."""
    runs = tmp_path_factory.mktemp('runs')
    assert dcn_mnist.main(['--data', str(data), '--runs', str(runs), '--name', 'whole', '--epochs', '2',
                           *SETTINGS]) == 0
    return runs / 'whole'


def events_of(folder):
    events = EventAccumulator(str(folder), size_guidance={SCALARS: 0, HISTOGRAMS: 0})
    events.Reload()
    return events


def scalars_of(folder):
    events = events_of(folder)
    return {tag: [(scalar.step, scalar.value) for scalar in events.Scalars(tag)] for tag in events.Tags()['scalars']}


def histograms_of(folder):
    events = events_of(folder)
    return {tag: [(item.step, item.histogram_value) for item in events.Histograms(tag)]
            for tag in events.Tags()['histograms']}


def weights_of(folder):
    return torch.load(folder / 'checkpoint.pt', weights_only=True)['net']


def assert_equal_runs(folder, other):
    assert scalars_of(folder) == scalars_of(other)
    assert histograms_of(folder) == histograms_of(other)
    weights = weights_of(other)
    assert all(torch.equal(tensor, weights[name]) for name, tensor in weights_of(folder).items())


# ---- what is watched -------------------------------------------------------------------------------------------------

def test_the_event_files_hold_all_that_the_text_asks_for(finished):
    scalars, histograms = scalars_of(finished), histograms_of(finished)
    assert set(scalars) == {'loss/training', 'error/validation', 'error/test'} | {
        f'{term}/{key}' for term in TERMS for key in ('min', 'max', 'mean', 'std')}
    assert [step for step, _ in scalars.pop('loss/training')] == list(range(10, 221, 10))
    for name in ('validation', 'test'):
        assert [step for step, _ in scalars.pop(f'error/{name}')] == [110, 220]
    assert all([step for step, _ in values] == [100, 200] for values in scalars.values())
    assert set(histograms) == set(TERMS)
    sizes = {'conv1/weights': 800, 'fc2/biases': 10, 'conv1/net_inputs': 5 * 32 * 24 * 24, 'conv2/pooled': 5 * 1024,
             'fc1/activations': 5 * 1024}
    for term, values in histograms.items():
        assert [step for step, _ in values] == [100, 200]
        curves = [scalars[f'{term}/{key}'] for key in ('min', 'max', 'mean', 'std')]
        for (_, histogram), *numbers in zip(values, *curves):
            low, high, mean, std = (value for _, value in numbers)
            size = histogram.num
            assert size == sizes.get(term, size) and sum(histogram.bucket) == size
            assert (histogram.min, histogram.max) == pytest.approx((low, high))
            assert histogram.sum / size == pytest.approx(mean, abs=1e-4)
            assert histogram.sum_squares / size - mean ** 2 == pytest.approx(std ** 2, rel=1e-3, abs=1e-6)


def test_the_errors_are_those_of_the_network_that_is_saved(finished, data):
    net = dcn_mnist.Net()
    net.load_state_dict(weights_of(finished))
    parts = dcn_mnist.dcn_run.load_data(data, 'cpu')
    net.eval()
    for name in ('validation', 'test'):
        x, y = parts[name]
        wrong = net((x.unsqueeze(1) / 255 - 0.1307) / 0.3081).argmax(dim=1) != y
        error = scalars_of(finished)[f'error/{name}'][-1][1]
        assert error == pytest.approx(wrong.double().mean().item()) and 0 < error < 0.3  # a tenth cannot be learned


# ---- stopping and resuming -------------------------------------------------------------------------------------------

def at_iteration(monkeypatch, step, action):
    """Have an action done within an iteration."""
    class Monitor(dcn_monitor.Monitor):
        def iteration(self, *arguments):
            super().iteration(*arguments)
            if self.step == step:
                action()
    monkeypatch.setattr(dcn_mnist.dcn_monitor, 'Monitor', Monitor)


def interrupt():
    os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.skipif(sys.platform == 'win32', reason='sends a signal to itself')
@pytest.mark.parametrize('step', [57, 110, 113])
def test_a_stopped_run_resumes_to_equal_results(train, finished, tmp_path, monkeypatch, capsys, step):
    handler = signal.getsignal(signal.SIGINT)
    with monkeypatch.context() as patch:
        at_iteration(patch, step, interrupt)
        assert train('stopped', '--epochs', '2', *SETTINGS) == 130
    assert signal.getsignal(signal.SIGINT) == handler
    assert f'stopped after iteration {step}; the same command with --resume continues' in capsys.readouterr().out
    assert torch.load(tmp_path / 'stopped/checkpoint.pt', weights_only=True)['step'] == step
    torch.rand(3)  # whatever came in between
    assert train('stopped', '--epochs', '2', '--resume') == 0
    assert_equal_runs(tmp_path / 'stopped', finished)


def test_a_run_that_ended_suddenly_resumes_from_the_last_epoch(train, finished, tmp_path, monkeypatch):
    def fail():
        raise KeyboardInterrupt
    with monkeypatch.context() as patch:
        at_iteration(patch, 205, fail)
        assert train('ended', '--epochs', '2', *SETTINGS) == 130
    assert [step for step, _ in scalars_of(tmp_path / 'ended')['conv1/weights/mean']] == [100, 200]
    assert torch.load(tmp_path / 'ended/checkpoint.pt', weights_only=True)['step'] == 110
    assert train('ended', '--epochs', '2', '--resume') == 0
    assert_equal_runs(tmp_path / 'ended', finished)  # nothing twice


def test_a_run_that_failed_in_its_first_epoch_begins_anew(train, tmp_path, monkeypatch):
    def fail():
        raise NotImplementedError('train')
    with monkeypatch.context() as patch:
        at_iteration(patch, 105, fail)
        assert train('again', '--epochs', '1', *SETTINGS) == 1
    assert [step for step, _ in scalars_of(tmp_path / 'again')['conv1/weights/mean']] == [100]
    assert train('again', '--epochs', '1', '--optimizer', 'sgd', *SETTINGS) == 0
    assert train('other', '--epochs', '1', '--optimizer', 'sgd', *SETTINGS) == 0
    assert_equal_runs(tmp_path / 'again', tmp_path / 'other')  # nothing is left of the first trial


def test_event_files_are_named_in_the_order_of_writing(tmp_path):
    # TensorBoard skips a file that comes by name before one that it has read; names begin with the second.
    for step in (3, 7):
        monitor = dcn_monitor.Monitor(tmp_path, {'step': step, 'losses': []})
        monitor.errors(test=step / 10)
        monitor.close()
    first, second = sorted(path.name.split('.')[3] for path in tmp_path.iterdir())
    assert int(second) > int(first)
    assert scalars_of(tmp_path)['error/test'] == [(3, pytest.approx(0.3)), (7, pytest.approx(0.7))]


def test_a_finished_run_can_be_given_more_epochs(train, finished, tmp_path, capsys):
    assert train('longer', '--epochs', '1', *SETTINGS) == 0
    assert train('longer', '--epochs', '1', '--resume') == 0  # nothing to do
    assert train('longer', '--epochs', '2', '--resume') == 0
    assert_equal_runs(tmp_path / 'longer', finished)
    lines = capsys.readouterr().out.splitlines()
    error = scalars_of(finished)['error/test'][-1][1]
    assert lines[-1].startswith(f'test accuracy {1 - error:.2%} after 220 iterations, ')
    assert lines[0] == (f'{tmp_path / "longer"}: 550 images for training, 50 for validation, 100 for testing; on '
                        f'{dcn_mnist.dcn_run.find_device()}')


def test_without_statistics_only_loss_and_errors_are_watched(train, tmp_path):
    assert train('plain', '--no-statistics', '--epochs', '1', *SETTINGS) == 0
    assert set(scalars_of(tmp_path / 'plain')) == {'loss/training', 'error/validation', 'error/test'}
    assert histograms_of(tmp_path / 'plain') == {}


@pytest.mark.parametrize('options', [
    ('--non-linearity', 'maxout', '--initialization', 'he', '--optimizer', 'momentum'),
    ('--non-linearity', 'sigmoid', '--initialization', 'xavier', '--optimizer', 'adagrad'),
    ('--non-linearity', 'leaky-relu', '--optimizer', 'sgd', '--learning-rate', '0.02', '--seed', '7', '--quick')])
def test_the_options_are_those_of_the_run(data, tmp_path, options):
    arguments = ['--data', str(data), '--runs', str(tmp_path), '--batch-size', '275', '--epochs', '1', *options]
    assert dcn_mnist.main(arguments) == 0
    given = dict(zip(options[::2], options[1::2]))
    (folder,) = tmp_path.iterdir()
    checkpoint = torch.load(folder / 'checkpoint.pt', weights_only=True)
    settings = checkpoint['settings']
    assert checkpoint['step'] == 2 and settings['batch_size'] == 275 and settings['quick'] == ('--quick' in options)
    for option, key in (('--non-linearity', 'non_linearity'), ('--initialization', 'initialization'),
                        ('--optimizer', 'optimizer')):
        assert settings[key] == given.get(option, settings[key]) and settings[key] in folder.name
    assert ('-seed7' in folder.name) == (settings['seed'] == 7) and '-batch275' in folder.name
    assert checkpoint['optimizer']['param_groups'][0]['lr'] == settings['learning_rate']
    assert checkpoint['net']['conv1.weight'].shape[0] == (64 if settings['non_linearity'] == 'maxout' else 32)


# ---- complaints ------------------------------------------------------------------------------------------------------

def complaint(capsys, call):
    """The one line that a call says on the error channel, and its status."""
    try:
        status = call()
    except SystemExit as exit:
        status = exit.code
    said = capsys.readouterr().err
    assert said.count('\n') == 1 and said.startswith('dcn_mnist.py: ')
    return status, said


@pytest.mark.parametrize('options, said', [
    (['--non-linearity', 'softplus'], "invalid choice: 'softplus'"), (['--optimizer', 'newton'], "choice: 'newton'"),
    (['--initialization', 'ones'], "choice: 'ones'"), (['--learning-rate', '-1'], "'-1' is not a number above 0"),
    (['--learning-rate', 'nan'], "'nan' is not a number above 0"),
    (['--epochs', '0'], "'0' is not a whole number >= 1"),
    (['--batch-size', '1.5'], "'1.5' is not a whole number >= 1"), (['--name', '../x'], "has to be of letters"),
    (['--resume'], 'checkpoint.pt: no such file, so there is no run to resume'), (['--fast'], 'unrecognized')])
def test_bad_options_are_one_line_and_status_2(train, tmp_path, capsys, options, said):
    status, line = complaint(capsys, lambda: train('x', *options))
    assert status == 2 and said in line and list(tmp_path.iterdir()) == []


def test_missing_and_damaged_data_are_one_line_and_status_2(train, tmp_path, capsys):
    status, line = complaint(capsys, lambda: train('x', '--data', str(tmp_path)))
    assert status == 2 and 'train-images-idx3-ubyte' in line and '(python3 get_data.py puts all of them there)' in line
    folder = rice_copy.write_mnist(tmp_path, num_train=12, num_test=5)
    path = folder / 'MNIST/raw/t10k-images-idx3-ubyte'
    path.write_bytes(path.read_bytes()[:-1])
    status, line = complaint(capsys, lambda: train('x', '--data', str(folder)))
    assert status == 2 and 'is not a whole IDX file' in line and not (tmp_path / 'x').exists()


def test_a_run_is_neither_overwritten_nor_resumed_with_other_settings(train, finished, tmp_path, capsys):
    shutil.copytree(finished, tmp_path / 'whole')
    status, line = complaint(capsys, lambda: train('whole'))
    assert status == 2 and 'exists; give --resume to continue that run, or another --name' in line
    status, line = complaint(capsys, lambda: train('whole', '--resume', '--optimizer', 'sgd'))
    assert status == 2 and 'was begun with --optimizer adam, and can only be resumed with that' in line
    (tmp_path / 'whole/checkpoint.pt').write_bytes(b'PK')
    status, line = complaint(capsys, lambda: train('whole', '--resume'))
    assert status == 2 and 'is damaged; delete' in line


def test_a_training_that_fails_is_one_line(train, capsys):
    status, line = complaint(capsys, lambda: train('x', '--optimizer', 'sgd', '--learning-rate', '1e9', *SETTINGS))
    assert status == 2 and 'try a smaller --learning-rate' in line


# ---- side by side ----------------------------------------------------------------------------------------------------

def test_runs_are_drawn_side_by_side(train, finished, tmp_path):
    from matplotlib.image import imread
    assert train('plain', '--no-statistics', '--epochs', '1', *SETTINGS) == 0
    done = rice_copy.run(rice_copy.FOLDER / 'compare_runs.py', finished, tmp_path / 'plain', cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, 'comparison.png: whole, plain\n', '')
    picture = imread(tmp_path / 'comparison.png')
    assert picture.shape[0] > picture.shape[1] > 600
    done = rice_copy.run(rice_copy.FOLDER / 'compare_runs.py', finished, '--layers', 'fc2', '--output', 'fc2.png',
                         cwd=tmp_path)
    assert done.returncode == 0 and imread(tmp_path / 'fc2.png').shape[0] < picture.shape[0] / 3


def test_the_curves_are_those_of_the_event_files(finished):
    curves = compare_runs.read_run(finished)
    assert {tag: list(zip(*curve)) for tag, curve in curves.items()} == scalars_of(finished)


@pytest.mark.parametrize('options, said', [
    (['nowhere'], 'nowhere: no such folder, and there is no run of this name in'), (['.'], 'holds no event files'),
    (['.', '--output', 'x.pdf'], 'has to be the name of a PNG file'), (['.', '--layers', 'fc3'], "choice: 'fc3'"),
    (['.', '--output', 'nowhere/x.png'], 'the folder does not exist')])
def test_complaints_of_the_comparison(tmp_path, monkeypatch, capsys, options, said):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, 'argv', ['compare_runs.py', *options])
    try:
        status = command_line.run_main(compare_runs.main, 'compare_runs.py')
    except SystemExit as exit:
        status = exit.code
    error = capsys.readouterr().err
    assert status == 2 and said in error and error.count('\n') == 1 and list(tmp_path.iterdir()) == []
