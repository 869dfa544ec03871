"""instructor.claims: what the text says should be seen, looked for in records written here and in the reference."""

import re

import pytest

from instructor.assignment import build_assignment, load_assignment
from instructor.claims import Claim, look_for
from instructor.descriptions import DescriptionError
from records import read_reference
from tests.helpers.courses import ROOT, assignment_values, course, write

RECORDS = {'a': {'train': [0.5, 0.9], 'val': [0.4, 0.8]}, 'b': {'train': [0.6, 0.7], 'val': [0.5, 0.75]},
           'c': {'train': [0.1, 0.2], 'val': [0.1, 0.79]}}


@pytest.mark.parametrize('claim, numbers, seen', [
    (Claim('', 'a', 'above', ('val',), 2, than=('b', 'c')), '0.8000 (a), 0.7900 (c)', True),
    (Claim('', 'a', 'above', ('train', 'val'), 1, than=('b',)), '0.5000 / 0.4000 (a), 0.6000 / 0.5000 (b)', False),
    (Claim('', 'c', 'below', ('train', 'val'), 2, than=('a', 'b')), '0.2000 / 0.7900 (c), 0.7000 / 0.7500 (b)', False),
    (Claim('', 'c', 'below', ('train',), 2, than=('a', 'b')), '0.2000 (c), 0.7000 (b)', True),
    (Claim('', 'b', 'below', ('val',), 2, than=('a',), by=0.04), '0.0500 below, 0.7500 (b), 0.8000 (a)', True),
    (Claim('', 'b', 'below', ('val',), 2, than=('a',), by=0.06), '0.0500 below, 0.7500 (b), 0.8000 (a)', False),
    (Claim('', 'a', 'above', ('train', 'val'), 2, bound=0.8), '0.9000 / 0.8000 (a)', False),
    (Claim('', 'a', 'above', ('train', 'val'), 2, bound=0.79), '0.9000 / 0.8000 (a)', True),
    (Claim('', 'a', 'above', ('val',), 2, than=('b', 'd')), '', None)])
def test_a_claim(claim, numbers, seen):
    assert look_for(claim, RECORDS) == (numbers, seen)


def reference():
    records = read_reference(ROOT / 'instructor' / 'mlp_cnn' / 'reference')
    return {name: records[run.result] for name, run in course('tamu').assignment.runs.items()}


def test_the_reference_records_bear_out_every_claim_of_the_assignment():
    claims = course('tamu').assignment.claims
    assert len(claims) == 8 and [look_for(claim, reference())[1] for claim in claims] == [True] * 8


def test_the_readme_tells_the_accuracies_of_the_reference_records():
    text = (ROOT / 'README.md').read_text(encoding='utf-8')
    stated = dict(re.findall(r'\| `(q\d+)\.sh` .*\| (0\.\d+ \| 0\.\d+) \|', text))
    assert stated == {name: f'{record["train"][-1]:.4f} | {record["val"][-1]:.3f}'
                    for name, record in reference().items()}


def test_a_description_that_is_right_needs_no_schema():
    assert build_assignment(ROOT / 'assignment.json') == course('tamu').assignment


@pytest.mark.parametrize('change, said', [
    ({'question': 'q39'}, '"claims.2.question" must not hold "q39"; the questions with a run are q33, q34, q35'),
    ({'than': ['q33', 'q99']}, '"claims.2.than" must not hold "q99"'),
    ({'relation': 'near'}, '"claims.2.relation" must be "above" or "below"'),
    ({'lists': ['test']}, '"claims.2.lists.0" must be "train" or "val"'),
    ({'epoch': 31}, '"claims.2.epoch" must be at most 30'), ({'epoch': 0}, '"claims.2.epoch" must be a whole number'),
    ({'bound': 0.5}, '"claims.2" must have either "than" or "bound"'),
    ({'sure': True}, '"claims.2" must not hold "sure"')])
def test_a_mistake_in_a_claim_is_named(tmp_path, change, said):
    values = assignment_values()
    values['claims'][2].update(change)
    with pytest.raises(DescriptionError) as error:
        load_assignment(write(tmp_path / 'assignment.json', values))
    assert said in str(error.value) and '\n' not in str(error.value)


def test_a_claim_compares_with_something(tmp_path):
    values = assignment_values()
    del values['claims'][2]['than']
    with pytest.raises(DescriptionError, match='"claims.2" must have either "than" or "bound"'):
        load_assignment(write(tmp_path / 'assignment.json', values))
