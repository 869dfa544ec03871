"""syntax_trees.py: judges in several threads, where the garbage collector lets others in while a tree is being built."""

import gc
import sys
from concurrent.futures import ThreadPoolExecutor

import boxes
import numpy as np
import pytest

from instructor import judging, raw_arrays, sandbox
from instructor.flags import flags
from make_submission import load_course

COURSE = load_course(boxes.ROOT / 'instructor' / 'courses' / 'tamu.json')
SUBMISSION = boxes.Submission({'collaboration.txt': b'no discussion', **{
    name: boxes.master(name).encode() for name in COURSE['scripts']}})
RESULT = boxes.npz(**{f'array{number}': np.ones((3, 4)) for number in range(30)})


def flag():
    assert flags(SUBMISSION, COURSE) == []


def read_result():
    assert len(sandbox.read_arrays(RESULT)) == 30


def tell_faults():
    judged = judging.by_judges([((f'q{number}',), lambda others: others + 1) for number in range(30)], list,
                               {'points': {'q0': 1}}, 'limits')
    assert len(judged['faults']) == 30 and all('TypeError' in told for told in judged['faults'])


@pytest.mark.parametrize('first, second', [
    (flag, flag), (flag, read_result), (read_result, read_result), (flag, tell_faults), (read_result, tell_faults)])
def test_trees_in_several_threads(first, second):
    def let_others_in(phase, info):
        sum(range(50))

    interval, thresholds = sys.getswitchinterval(), gc.get_threshold()
    gc.callbacks.append(let_others_in)
    sys.setswitchinterval(1e-5)
    gc.set_threshold(100)
    try:
        with ThreadPoolExecutor(4) as executor:
            for future in [executor.submit(call) for _ in range(8) for call in (first, first, second, second)]:
                future.result()
    finally:
        sys.setswitchinterval(interval)
        gc.set_threshold(*thresholds)
        gc.callbacks.remove(let_others_in)


def test_a_fault_of_python_is_not_taken_for_the_students(monkeypatch):
    def broken(content):
        raise SystemError('AST constructor recursion depth mismatch')

    monkeypatch.setattr(raw_arrays, '_array', broken)
    with pytest.raises(SystemError):
        sandbox.read_arrays(RESULT)
