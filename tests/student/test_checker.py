"""The verdicts of the students' checker on right and wrong dnn_misc.py."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.helpers.checker import (
    MASTER,
    check,
    parse,
)
from tests.helpers.variants import FUNCTIONS, VARIANTS, build

pytestmark = pytest.mark.long


@pytest.fixture(scope='module')
def outcomes(request, tmp_path_factory):
    """The checker's runs on all variants that are to be tested, some at a time."""
    names = {item.callspec.params['name'] for item in request.session.items
             if getattr(item, 'originalname', None) == 'test_a_variant'}
    folder = tmp_path_factory.mktemp('variants')
    with ThreadPoolExecutor(max(2, os.cpu_count() or 2)) as pool:
        runs = {name: pool.submit(check, folder / f'variant {number}', build(name, MASTER))
                for number, name in enumerate(VARIANTS) if name in names}
    return {name: run.result() for name, run in runs.items()}


@pytest.mark.parametrize('name', VARIANTS)
def test_a_variant(outcomes, name):
    run, variant = outcomes[name], VARIANTS[name]
    found, last = parse(run.stdout)
    assert run.stderr == ''
    assert tuple(found) == FUNCTIONS
    assert last == f'{sum(variant.verdicts)} of 5 correct'
    assert run.returncode == (0 if variant.right else 1)
    for function, (difference, verdict, hints) in found.items():
        if function in variant.wrong:
            assert verdict == 'might be wrong'
            assert variant.wrong[function] in '\n'.join(hints)
        else:
            assert verdict == 'should be correct' and len(hints) == (function in variant.notes)
            assert variant.notes.get(function, '') in '\n'.join(hints)
            assert float(difference) < 1e-6


def test_there_are_variants_enough_of_every_function():
    assert len(VARIANTS) >= 35
    for function in FUNCTIONS:
        assert sum(function in variant.bodies and variant.right for variant in VARIANTS.values()) >= 3
        assert sum(function in variant.wrong for variant in VARIANTS.values()) >= 10


def test_build_puts_a_body_where_it_belongs():
    source = build('relu.backward: grad as it is', MASTER)
    assert source.replace('        return grad\n', '        return grad * self.mask\n', 1) == MASTER
    with pytest.raises(ValueError, match='holds 0 marked bodies, not 5'):
        build('relu.backward: grad as it is', 'import numpy as np\n')


def test_the_differences_are_measured(tmp_path):
    run = check(tmp_path / 'a', build('linear_layer.forward: b twice', MASTER))
    found, _ = parse(run.stdout)
    # |b| / max(1, |expected|) is largest in the last row of the first case: b = -1.5, expected -0.5.
    assert found['linear_layer.forward'][0] == '1.5e+00'
    run = check(tmp_path / 'b', build('relu.backward: grad as it is', MASTER))
    assert parse(run.stdout)[0]['relu.backward'][0] == '8.0e+00'  # the entry X = -0.25, where grad is -8


def test_each_wrong_part_of_linear_backward_is_named(tmp_path):
    run = check(tmp_path / 'a', build('all sums averaged, all masks forgotten', MASTER))
    assert parse(run.stdout)[0]['linear_layer.backward'][2] == [
        "gradient['W']: all entries are 4 times too small: is the mini-batch mean taken twice? (X of shape (4, 3))",
        "gradient['b'] has shape (2,), expected (1, 2) (X of shape (4, 3))",
        'returned value: all entries are 4 times too small: is the mini-batch mean taken twice? (X of shape (4, 3))']


def test_a_changed_dropout_forward_is_named(tmp_path):
    source = MASTER.replace('keep * (1.0 / (1.0 - self.r))', 'keep * 1.0')
    assert source != MASTER
    found, last = parse(check(tmp_path / 'a', source).stdout)
    assert found['dropout.backward'][2] == [
        'dropout.forward is not as it was handed out, it drops or scales otherwise: restore it']
    assert last == '4 of 5 correct'
