"""judging.py: all that is quick comes first, what takes long last."""

import concurrent.futures
import sys
import time

import pytest

pytest.importorskip('matplotlib')
pytestmark = [pytest.mark.skipif(sys.platform != 'linux', reason='grading needs Linux'), pytest.mark.long]

from benchmarks import synthetic_class
from instructor import grade
from instructor.judges import judging
from instructor.sandbox import api as sandbox
from instructor.sandbox import protocol, worker_runs
from tests.helpers.grading import (
    COURSE,
    LIMITS,
    confined_isolation,
    grades,
    journal,
)


def test_all_are_judged_quickly_first_and_what_takes_long_last(folder):
    order = []

    def judge(submission, quick):
        order.append((submission, quick))
        if quick and submission in (1, 3):
            raise worker_runs.Postponed
        return f'judged {submission}'

    begun, done = [], []
    with concurrent.futures.ThreadPoolExecutor(1) as executor:
        judging.judge_all(range(5), judge, COURSE, executor, lambda: 1, begun.append, lambda *pair: done.append(pair))
    assert order == [(number, True) for number in range(5)] + [(1, False), (3, False)]
    assert begun == [0, 1, 2, 3, 4, 1, 3]
    assert done == [(0, 'judged 0'), (1, None), (2, 'judged 2'), (3, None), (4, 'judged 4'), (1, 'judged 1'),
                    (3, 'judged 3')]


@pytest.mark.parametrize('outcomes, runs', [
    ([('ok', 5, 5)], 13), ([('ok', 9, 1)], 3), ([('ok', 1, 1), ('idle', 10, 0)], 2), ([('cpu', 3, 3)], 1),
    ([('exit', 1, 1), ('wall', 2, 1)], 2)])
def test_what_takes_long_in_the_quick_pass_is_put_off(monkeypatch, outcomes, runs):
    """By one long run, or by many: 60 seconds of work and 20 without work are given to a submission."""
    given = []

    def run(isolation, entry, files, argv, limits, stop):
        given.append(limits.cpu_seconds)
        ended, seconds, cpu_seconds = outcomes[min(len(given), len(outcomes)) - 1]
        return protocol.Outcome(ended, 0, seconds=seconds, cpu_seconds=cpu_seconds)
    monkeypatch.setattr(sandbox, 'run', run)
    run_confined = worker_runs.confined(LIMITS, quick_seconds=60)
    with pytest.raises(worker_runs.Postponed):
        for _ in range(100):
            run_confined('', {}, cpu_seconds=15)
    assert len(given) == runs and given[0] == 15 and (runs < 13 or given[-2:] == [5, 0])
    assert worker_runs.confined(LIMITS)('', {}, cpu_seconds=15).ended in [ended for ended, *_ in outcomes]


def test_sleepers_hold_up_nobody(tmp_path, monkeypatch):
    """Of six submissions two sleep wherever they can, a hundred times as long as is waited for."""
    isolation = confined_isolation()
    monkeypatch.setattr(sandbox, 'Limits', lambda **more: protocol.Limits(**{**more, 'idle_seconds': 0.8}))
    sleeps = 'import time\n\n\ntime.sleep(100)\n'
    good = synthetic_class.perfect(COURSE)
    sleeper = {**good, **{name: f'{sleeps}{good[name].decode()}'.encode() for name in ('dnn_misc.py', 'dnn_cnn_2.py')}}
    handed_in = {f'student{number}': sleeper if number in (0, 3) else good for number in range(6)}
    for number, files in enumerate(handed_in.values()):
        handed_in[f'student{number}'] = {**files, 'collaboration.txt': f'Jane Doe, {number}'.encode()}
    (tmp_path / 'OUT').mkdir()
    ids = synthetic_class.download(tmp_path / 'submissions.zip', handed_in, COURSE)
    synthetic_class.gradebook(tmp_path / 'grades in.csv', ids, COURSE)
    options = grade.parse([str(tmp_path / 'submissions.zip'), '--course', 'tamu', '--output', str(tmp_path / 'OUT'),
                           '--gradebook', str(tmp_path / 'grades in.csv'), '--rerun-epochs', '0', '--jobs', '1'])
    begin = time.monotonic()
    assert grade.grade(options, isolation=isolation) == 0
    took = time.monotonic() - begin
    order = [entry['submission'] for entry in journal(tmp_path)]
    assert {*order[:4]} == {'102', '103', '105', '106'} and {*order[4:]} == {'101', '104'}
    assert grades(tmp_path) == dict.fromkeys(['102', '103', '105', '106'], '100.00')
    assert took < 100  # less than one of the many sleeps
    sleeping = [entry for entry in journal(tmp_path) if entry['submission'] == '101'][0]
    assert {verdict['kind'] for verdict in sleeping['verdicts'] if verdict['share'] is None} == {'waits', 'too-slow'}
