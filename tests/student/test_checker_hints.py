"""What the students' checker says besides right and wrong: n/a, rows, a rewritten dropout.forward, missing parts."""

import shutil

import pytest

import hw5_dnn_check
from tests.helpers import ROOT
from tests.helpers.checker import MASTER, check, lay_out, parse
from tests.helpers.variants import with_bodies

TESTING = '        if not is_train:\n'
DRAWN = '        self.mask = keep * (1.0 / (1.0 - self.r))\n        return X * self.mask\n'


def changed(old, new, source=MASTER):
    assert source.count(old) == 1
    return source.replace(old, new)


# ---- the largest difference ------------------------------------------------------------------------------------------

@pytest.mark.parametrize('function, body', [
    ('linear_layer.forward', "return (X @ self.params['W'] + self.params['b']).tolist()"),
    ('linear_layer.forward', "return (X @ self.params['W'] + self.params['b']).astype(np.float32)"),
    ('linear_layer.forward', "u = X @ self.params['W'] + self.params['b']\nX *= 2\nreturn u"),
    ('linear_layer.backward', "self.gradient['W'] = X.T @ grad\nself.gradient['b'] = grad.sum(axis=0)\n"
                        "return grad @ self.params['W'].T"),
    ('relu.forward', 'return np.maximum(0, X)'),
    ('relu.backward', 'grad[X < 0] = 0\nreturn grad'),
    ('dropout.backward', 'grad *= self.mask\nreturn grad'),
])
def test_a_difference_of_0_is_not_what_might_be_wrong(tmp_path, function, body):
    difference, verdict, hints = parse(check(tmp_path / 'a', with_bodies({function: body}, MASTER)).stdout)[0][function]
    assert (difference, verdict) == ('n/a', 'might be wrong') and hints


# ---- rows ------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize('function, body', [
    ('linear_layer.forward', "return self.params['W'] @ X + self.params['b']"),
    ('linear_layer.forward', "return self.params['W'].T @ X.T + self.params['b'].T"),
    ('linear_layer.forward', "return X @ self.params['W'].T + self.params['b']"),
    ('linear_layer.backward', "self.gradient['W'] = grad.T @ X\nself.gradient['b'] = grad.sum(axis=0, keepdims=True)\n"
                        "return grad @ self.params['W'].T"),
    ('linear_layer.backward', "self.gradient['W'] = X @ grad.T"),
])
def test_products_the_wrong_way_round_are_told_that_examples_are_rows(tmp_path, function, body):
    found, _ = parse(check(tmp_path / 'a', with_bodies({function: body}, MASTER)).stdout)
    assert found[function][2][-1] == hw5_dnn_check.ROWS
    assert 'each example is a row' in hw5_dnn_check.ROWS


def test_nothing_is_said_of_rows_where_they_are_right(tmp_path):
    body = "self.gradient['W'] = X.T @ grad\nself.gradient['b'] = grad.sum(axis=0)[:, None]\n" \
           "return grad @ self.params['W'].T"
    found, _ = parse(check(tmp_path / 'a', with_bodies({'linear_layer.backward': body}, MASTER)).stdout)
    assert len(found['linear_layer.backward'][2]) == 1 and 'it is transposed' in found['linear_layer.backward'][2][0]


# ---- dropout's given forward -----------------------------------------------------------------------------------------

def in_testing(line):
    """The master with another first line of what dropout.forward does in testing."""
    begin = MASTER.index(TESTING) + len(TESTING)
    end = MASTER.index('            return X\n', begin)
    return f'{MASTER[:begin]}{line}{MASTER[end:]}'


@pytest.mark.parametrize('line', ['            self.mask = 1.0\n', '            self.mask = np.ones(X.shape)\n',
                                  '            self.mask = np.ones_like(X)\n'])
def test_a_scalar_and_an_array_of_ones_are_as_handed_out(tmp_path, line):
    found, last = parse(check(tmp_path / 'a', in_testing(line)).stdout)
    assert (found['dropout.backward'][2], last) == ([], '5 of 5 correct')


CHANGED = [
    in_testing(''), in_testing('            self.mask = None\n'),
    in_testing('            self.mask = 1.0\n            return X * (1.0 - self.r)\n'),
    with_bodies({'dropout.backward': 'return grad * self.mask / (1.0 - self.r)'}, changed(
        DRAWN, '        self.mask = keep\n        return X * self.mask / (1.0 - self.r)\n')),
    with_bodies({'dropout.backward': 'return grad * self.kept'}, changed(
        DRAWN, '        self.kept = keep * (1.0 / (1.0 - self.r))\n        return X * self.kept\n'))]


@pytest.mark.parametrize('source', CHANGED)
def test_a_rewritten_forward_is_said_but_is_not_wrong(tmp_path, source):
    run = check(tmp_path / 'a', source)
    found, last = parse(run.stdout)
    _, verdict, notes = found['dropout.backward']
    assert (verdict, last, run.returncode) == ('should be correct', '5 of 5 correct', 0)
    assert notes[0] == ('dropout.forward is not as it was handed out: restore it, or it will be pointed out to your '
                        'teacher')


def test_a_rewritten_forward_is_said_beside_what_is_wrong(tmp_path):
    source = changed(DRAWN, '        self.mask = keep\n        return X * self.mask / (1.0 - self.r)\n')
    _, verdict, hints = parse(check(tmp_path / 'a', source).stdout)[0]['dropout.backward']
    assert verdict == 'might be wrong' and 'the factor 1 / (1 - r) is missing' in hints[0]
    assert hints[1].startswith('dropout.forward is not as it was handed out')


# ---- another year's dnn_misc.py --------------------------------------------------------------------------------------

def test_given_parts_that_are_missing_are_named(tmp_path):
    for name in ('dnn_mlp.py', 'dnn_cnn.py'):
        lay_out(tmp_path / 'a', MASTER)
        shutil.copy(ROOT / name, tmp_path / 'a')
    source = changed('def sgd_update(', 'def miniBatchStochasticGradientDescent(', changed('class flatten_layer',
                                                                                          'class flatten'))
    run = check(tmp_path / 'a', source)
    last = run.stdout.splitlines()[-1]
    assert last == ('5 of 5, but dnn_misc.py is not the one that was handed out, it has no flatten_layer (dnn_cnn.py '
                    'calls it), sgd_update (dnn_cnn.py calls it): write your functions into that one')
    assert (run.returncode, run.stderr) == (1, '') and 'correct\n5 of 5 correct' not in run.stdout
    assert check(tmp_path / 'a', MASTER).stdout.endswith('\n5 of 5 correct\n')


@pytest.mark.parametrize('old, name', [('class max_pool', 'max_pool'), ('def add_momentum', 'add_momentum'),
                                       ('class softmax_cross_entropy', 'softmax_cross_entropy')])
def test_each_given_part_is_missed(tmp_path, old, name):
    for path in ROOT.glob('dnn_*.py'):
        lay_out(tmp_path / 'a', MASTER)
        shutil.copy(path, tmp_path / 'a')
    run = check(tmp_path / 'a', changed(old, f'{old}_of_old'))
    assert f'it has no {name} (dnn_cnn' in run.stdout.splitlines()[-1] and run.returncode == 1
