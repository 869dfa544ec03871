"""The textbook modules, against which the speed is measured, do the same work: the same numbers as ours."""

import importlib.util
import subprocess
from pathlib import Path

import numpy as np
import pytest

import dnn_misc

PATH = Path(__file__).resolve().parent.parent / 'benchmarks' / 'textbook.py'


@pytest.fixture(scope='module')
def textbook():
    spec = importlib.util.spec_from_file_location('textbook', PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def both(textbook, name, *arguments):
    """The same module of dnn_misc and of the textbook, with the same parameters."""
    modules = []
    for source in (dnn_misc, textbook):
        np.random.seed(4)
        modules.append(getattr(source, name)(*arguments))
    return modules


@pytest.mark.parametrize('name, arguments, shape', [
    ('conv_layer', (1, 25, 5, 1), (5, 1, 28, 28)),
    ('conv_layer', (25, 25, 3, 1), (5, 25, 14, 14)),
    ('conv_layer', (2, 3, 3, 2), (2, 2, 7, 9)),
    ('max_pool', (2, 2), (5, 25, 28, 28)),
    ('max_pool', (3, 2), (2, 3, 7, 9)),
])
def test_the_same_outputs_and_gradients(textbook, name, arguments, shape):
    rng = np.random.RandomState(1)
    X = np.maximum(rng.normal(size=shape), 0)  # as after a relu: with many equal pixels
    ours, theirs = both(textbook, name, *arguments)
    output = ours.forward(X)
    np.testing.assert_allclose(theirs.forward(X), output, rtol=1e-12, atol=1e-12)
    grad = rng.normal(size=output.shape)
    np.testing.assert_allclose(theirs.backward(X, grad), ours.backward(X, grad), rtol=1e-11, atol=1e-11)
    for key, gradient in getattr(ours, 'gradient', {}).items():
        np.testing.assert_allclose(theirs.gradient[key], gradient, rtol=1e-11, atol=1e-11)


def test_the_textbook_leaves_the_gradient_of_the_images_out_only_where_it_is_told_to(textbook, monkeypatch):
    _, layer = both(textbook, 'conv_layer', 1, 2, 3, 1)
    X, grad = np.ones((1, 1, 4, 4)), np.ones((1, 2, 4, 4))
    assert layer.backward(X, grad, need_dX=False).shape == X.shape
    monkeypatch.setattr(textbook, 'leave_out_dX', True)
    assert layer.backward(X, grad).shape == X.shape
    assert layer.backward(X, grad, need_dX=False) is None
    np.testing.assert_array_equal(layer.gradient['b'], [[16.], [16.]])


@pytest.mark.parametrize('alpha, lambda_', [(0.0, 0.0), (0.9, 0.01)])
def test_the_same_updates(textbook, alpha, lambda_):
    results = []
    for source, layer in zip((dnn_misc, textbook), both(textbook, 'linear_layer', 7, 4)):
        model = {'L1': layer}
        momentum = source.add_momentum(model)
        for step in range(3):
            layer.gradient = {key: np.full_like(value, step - 0.5) for key, value in layer.params.items()}
            source.sgd_update(model, momentum, 0.1, alpha, lambda_)
        results.append(layer.params)
    for key in 'Wb':
        np.testing.assert_allclose(results[0][key], results[1][key], rtol=1e-12)


def test_help_measures_nothing(tmp_path):
    (tmp_path / 'run.sh').write_bytes((PATH.parent / 'run.sh').read_bytes())
    (tmp_path / 'results.md').write_text('measured with care')
    done = subprocess.run(['bash', tmp_path / 'run.sh', '--rounds', '3', '--help'], capture_output=True, text=True,
                          timeout=60)
    assert (done.returncode, done.stderr) == (0, '')
    assert 'bash benchmarks/run.sh [--rounds N] [--one-thread]' in done.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ['results.md', 'run.sh']
    assert (tmp_path / 'results.md').read_text() == 'measured with care'
