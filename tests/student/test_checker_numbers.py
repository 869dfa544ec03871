"""The numbers that stand in the students' checker, worked out anew, and what its files must not hold."""

import ast
import re
from fractions import Fraction

import numpy as np
import pytest

import checking
import hw5_dnn_check
from tests.helpers import ROOT
from tests.helpers.checker import MASTER


def test_the_stored_numbers_of_the_linear_layer():
    def decimals(array):
        return [[Fraction(repr(number)) for number in row] for row in array.tolist()]

    for case in hw5_dnn_check.LINEAR:
        X, W, b, grad = map(decimals, case[:4])
        N, D, K = range(len(X)), range(len(W)), range(len(W[0]))
        assert decimals(case.output) == [[sum(X[n][d] * W[d][k] for d in D) + b[0][k] for k in K] for n in N]
        assert decimals(case.dW) == [[sum(X[n][d] * grad[n][k] for n in N) for k in K] for d in D]
        assert decimals(case.db) == [[sum(grad[n][k] for n in N) for k in K]]
        assert decimals(case.dX) == [[sum(grad[n][k] * W[d][k] for k in K) for d in D] for n in N]
    assert len({case.X.shape for case in hw5_dnn_check.LINEAR}) == 6


def test_the_later_case_worked_by_hand():
    case = hw5_dnn_check.later(hw5_dnn_check.case([[1, 2]], [[3], [-1]], [[.5]], [[2]], [[1.5]], [[2], [4]], [[2]],
                                                  [[6, -2]]))
    assert [array.tolist() for array in case] == [  # output: -1 * 6 + -2 * -2 + 1; dW: X * grad; dX: grad * W
        [[-1, -2]], [[6], [-2]], [[1]], [[6]], [[-1]], [[-6], [-12]], [[6]], [[36, -12]]]


def test_one_input_lies_transposed_in_memory():
    *plain, transposed = hw5_dnn_check.shaped(np.arange(24.0))
    assert all(array.flags.c_contiguous for array in plain)
    assert transposed.shape == (3, 2, 2, 2) and not transposed.flags.c_contiguous
    assert transposed[2, 0, 0, 1] == 9  # channel 0 comes first in memory: 4 pixels of each of the 3 images


def test_the_stored_numbers_of_relu():
    X, grad = hw5_dnn_check.X.tolist(), hw5_dnn_check.GRAD.tolist()
    assert 0 not in X and 0 not in grad
    assert {(x > 0, g > 0) for x, g in zip(X, grad)} == {(True, True), (True, False), (False, True), (False, False)}
    assert hw5_dnn_check.RELU_OUTPUT.tolist() == [x if x > 0 else 0 for x in X]
    assert hw5_dnn_check.RELU_GRADIENT.tolist() == [g if x > 0 else 0 for x, g in zip(X, grad)]


def test_central_differences_of_a_function_worked_by_hand():
    array = np.array([[1.0, 2.0], [3.0, -4.0]])
    gradient = checking.central_differences(lambda: array ** 2, np.array([[1.0, 10.0], [-1.0, 0.5]]), array)
    np.testing.assert_allclose(gradient, [[2, 40], [-6, -4]], atol=1e-8)
    assert array.tolist() == [[1, 2], [3, -4]]


@pytest.mark.parametrize('name, imported', [
    ('hw5_dnn_check.py', {'checking', 'collections', 'contextlib', 'dnn_cnn_2_check', 'importlib', 'os', 'sys'}),
    ('checking.py', {'contextlib', 'importlib', 'numpy', 'os', 'pathlib', 're', 'signal', 'sys', 'time', 'traceback',
                     'types', 'typing', 'warnings'})])
def test_the_file_holds_no_solution(name, imported):
    source = (ROOT / name).read_text(encoding='utf-8')
    tree = ast.parse(source)
    used = set(re.findall(r'\bnp\.(\w+)', source))
    assert {'abs', 'sign'} <= used
    assert not used & {'dot', 'matmul', 'einsum', 'tensordot', 'inner', 'outer', 'vdot', 'maximum', 'fmax', 'where',
                       'heaviside'}
    assert not re.search(r'\.dot\(|[xX] > 0|mask \*|\* \w*\.?mask', source)
    assert not any(isinstance(node, ast.MatMult) for node in ast.walk(tree))
    squeezed = re.sub(r'\s', '', source)
    for body in re.findall(r'### BEGIN SOLUTION\n(.*?)### END SOLUTION', MASTER, re.DOTALL):
        for line in body.splitlines():
            assert not line.strip() or re.sub(r'\s|return|self\.', '', line) not in squeezed
    found = {name.name.split('.')[0]
             for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    assert found | {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)} == imported
