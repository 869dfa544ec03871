"""The public tests and their runner: solved files pass, a blank handout is told what is missing, mistakes are named."""

import hw3_copy
import numpy as np
import pytest

EXPECTED = hw3_copy.FOLDER / 'tests' / 'data'
PARTS = [('hw3_lib.py', 'sigmoid'), ('hw3_lib.py', 'Sigmoid.forward'), ('hw3_lib.py', 'Sigmoid.backward'),
         ('hw3_lib.py', 'ReLU.forward'), ('hw3_lib.py', 'ReLU.backward'), ('hw3_lib.py', 'Linear.forward'),
         ('hw3_lib.py', 'Linear.backward'), ('hw3_lib.py', 'CrossEntropyLoss.forward'),
         ('hw3_lib.py', 'CrossEntropyLoss.backward'), ('hw3_lib.py', 'GradientDescentOptimizer.step'),
         ('hw3_sol.py', 'define_network'), ('hw3_sol.py', 'train_network')]
TITLES = ['CrossEntropyLoss: backward', 'CrossEntropyLoss: forward', 'Linear: backward', 'Linear: forward',
          'GradientDescentOptimizer: step', 'ReLU: backward', 'ReLU: forward', 'Sigmoid: backward', 'Sigmoid: forward',
          'train_network: 40 epochs']


def run_tests(folder, *options):
    done = hw3_copy.run(folder / 'run_tests.py', *options, cwd=folder.parent)
    return done.returncode, done.stdout.splitlines(), done.stderr


@pytest.mark.parametrize('name, array, first, last, total', [
    # First and last entry and the sum of the arrays that were published with the homework, from outside this project.
    ('linear', 'forward', 0.0470376234, -0.2729984071, 20.5174043940),
    ('linear', 'backward', -0.7241207468, -0.7971707340, -7.6677998118),
    ('relu', 'forward', 0.0, 4.1762975267, 283.4661994799),
    ('relu', 'backward', 0.0, -1.4348038324, -2.2116094234),
    ('sigmoid', 'forward', 0.4378576240, 0.9848769632, 104.5616758761),
    ('sigmoid', 'backward', 0.4595868970, -0.0213704425, -0.6413117946),
    ('optimizer', 'weights', -3.4863040679, 17.0284304486, -79.6066594666),
    ('optimizer', 'biases', -1.8155958843, 2.4524304788, -1.5683585807),
    ('cross_entropy', 'forward', 3.8543991623, 3.8543991623, 3.8543991623),
    ('cross_entropy', 'backward', 0.0027972567, 0.0288494075, 0.0),
    ('train_network', 'train_loss', 2.7725119898, 0.6173954708, 45.6156336659),
    ('train_network', 'test_loss', 2.7698385706, 0.6660565552, 46.8576658313),
    ('train_network', 'train_accuracy', 0.1, 0.8033333333, 23.3666666667),
    ('train_network', 'test_accuracy', 0.1, 0.791, 23.203),
    ('train_network', 'yhat_train', 0, 9, 15232), ('train_network', 'yhat_test', 5, 9, 5134)])
def test_what_is_expected_is_what_was_published(name, array, first, last, total):
    with np.load(EXPECTED / f'{name}.npz', allow_pickle=False) as arrays:
        values = arrays[array].ravel()
    assert [values[0], values[-1], values.sum()] == pytest.approx([first, last, total], abs=1e-9)


def test_the_solved_files_pass_all_ten(tmp_path):
    status, lines, err = run_tests(hw3_copy.make(tmp_path))
    assert lines[:-1] == [f'  ok     {title}' for title in TITLES]
    assert lines[-1].startswith('10 of 10 tests pass (') and status == 0
    assert all('was missing; written from digits.npz' in line for line in err.splitlines())


def test_a_blank_handout_is_told_which_parts_are_missing(tmp_path):
    status, lines, err = run_tests(hw3_copy.make(tmp_path, is_blank=True))
    assert lines[:12] == [f'{script}: {part} is not written yet' for script, part in PARTS]
    assert [line.partition(',')[0] for line in lines[12:-1]] == [f'  waits  {title}' for title in TITLES]
    assert lines[-1].startswith('0 of 10 tests pass') and lines[-1].endswith('; 12 parts are not written yet')
    assert status == 1 and err.count('\n') == err.count('was missing; written')


def test_one_missing_part_is_one_line(tmp_path):
    unwritten = {name: f'raise NotImplementedError({name!r})' for name in ('define_network', 'train_network')}
    status, lines, _ = run_tests(hw3_copy.make(tmp_path, unwritten))
    assert lines[:2] == [f'hw3_sol.py: {name} is not written yet' for name in unwritten]
    assert '  waits  train_network: 40 epochs, for train_network' in lines
    assert lines[-1].startswith('9 of 10 tests pass') and status == 1


@pytest.mark.parametrize('bodies, title, said', [
    ({'Linear.forward': 'self.in_x = x\nreturn x @ self.weights'}, 'Linear: forward',
     'what Linear.forward returns [0, 0] is '),
    ({'Linear.forward': 'self.in_x = x\nreturn (x @ self.weights + self.biases).T'}, 'Linear: forward',
     'what Linear.forward returns has shape (5, 10); expected (10, 5)'),
    ({'ReLU.forward': 'self.state = x > 0'}, 'ReLU: forward',
     'what ReLU.forward returns is None: is a return missing, or was nothing stored?'),
    ({'ReLU.forward': 'self.state = x >= 0\nreturn np.maximum(x, 0)'}, 'ReLU: backward', '[0, 0] is '),
    ({'Linear.backward': 'self.d_weights = self.in_x.T @ g\nself.d_biases = g.sum(axis=0, keepdims=True)\n'
                         'return g @ self.weights.T'},
     'GradientDescentOptimizer: step', 'weights after a step [0, 0] is '),
    ({'CrossEntropyLoss.backward': 'return (self.y_hat - self.y_true) / len(self.y_hat)'}, 'CrossEntropyLoss: backward',
     'all are 0.1 times what is expected: check signs, and where you divide by the size of the batch'),
    ({'Sigmoid.forward': 'self.state = sigmoid(y)\nreturn self.state'}, 'Sigmoid: forward',
     "in forward: NameError: name 'y' is not defined"),
    ({'Sigmoid.backward': "return 'no'"}, 'Sigmoid: backward', 'is no array of numbers, but a str'),
], ids=['bias', 'transposed', 'no return', 'slope at 0', 'not divided', 'divided', 'error', 'text'])
def test_a_mistake_is_named(tmp_path, bodies, title, said):
    status, lines, err = run_tests(hw3_copy.make(tmp_path, bodies, has_training_test=False))
    at = [number for number, line in enumerate(lines) if line in (f'  WRONG  {title}', f'  ERROR  {title}')]
    assert len(at) == 1 and said in lines[at[0] + 1] and status == 1
    assert 'Traceback' not in ''.join(lines) + err


def test_the_place_of_an_error_and_its_traceback(tmp_path):
    folder = hw3_copy.make(tmp_path, {'sigmoid': 'return 1 / none'}, has_training_test=False)
    number = (folder / 'hw3_lib.py').read_text().splitlines().index('    return 1 / none') + 1
    status, lines, err = run_tests(folder)
    assert f"         hw3_lib.py, line {number}, in sigmoid: NameError: name 'none' is not defined" in lines
    status, lines, err = run_tests(folder, '--traceback')
    assert 'return 1 / none' in err and 'Traceback' in err and status == 1


def test_a_script_that_python_cannot_read(tmp_path):
    folder = hw3_copy.make(tmp_path, {'ReLU.forward': 'return (x'})
    status, lines, err = run_tests(folder)
    assert (status, lines) == (1, []) and err.count('\n') == 1
    assert err.startswith('run_tests.py: hw3_lib.py, line ') and 'SyntaxError' in err


def test_bad_options_and_missing_tests(tmp_path):
    folder = hw3_copy.make(tmp_path)
    status, lines, err = run_tests(folder, '--fast')
    assert (status, lines, err.count('\n')) == (2, [], 1) and '--fast' in err
    for path in (folder / 'tests').glob('test_*.py'):
        path.unlink()
    status, lines, err = run_tests(folder)
    assert (status, lines, err.count('\n')) == (2, [], 1) and 'no tests in' in err


def test_the_tests_run_with_unittest_alone_too(tmp_path):
    folder = hw3_copy.make(tmp_path, has_training_test=False)
    done = hw3_copy.run('-m', 'unittest', 'discover', 'tests', cwd=folder)
    assert 'Ran 9 tests' in done.stderr and done.stderr.endswith('OK\n') and done.returncode == 0
