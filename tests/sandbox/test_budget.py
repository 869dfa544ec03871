"""A submission's time in a small container: runs are cut off at its end, and nothing is concluded from that."""
import pytest

from instructor.sandbox import api as sandbox
from instructor.sandbox.budget import MEMORY, Budget
from instructor.sandbox.worker_runs import OutOfTime


class Runs:
    """Stands in for sandbox.run: a run lasts so many seconds of a clock that this makes go."""

    def __init__(self, seconds, ended='ok'):
        self.now, self.seconds, self.ended, self.limits = 0.0, seconds, ended, []

    def __call__(self, isolation, entry, files, argv, limits):
        self.limits.append(limits)
        self.now += min(self.seconds, limits.wall_seconds)
        return sandbox.Outcome('wall' if self.seconds > limits.wall_seconds else self.ended)


def budget(seconds, runs):
    made = Budget(seconds, lambda: runs.now)
    return made, made.confined(None, runs)


def test_only_the_limits_on_the_clock_are_wider():
    runs = Runs(1)
    _, run = budget(1000, runs)
    assert run('', {}, wall_seconds=20, cpu_seconds=15, idle_seconds=10).ended == 'ok'
    [limits] = runs.limits
    assert (limits.wall_seconds, limits.idle_seconds, limits.cpu_seconds) == (80, 40, 15)
    assert (limits.memory_bytes, limits.processes) == (MEMORY, sandbox.Limits().processes)


def test_a_run_that_the_end_of_the_time_cuts_off_says_nothing_about_the_code():
    runs = Runs(50)
    made, run = budget(30, runs)
    with pytest.raises(OutOfTime):
        run('', {}, wall_seconds=20)
    assert made.is_short and made.left == 0
    with pytest.raises(OutOfTime):
        run('', {})
    assert len(runs.limits) == 1


def test_a_run_that_exceeds_its_own_limit_is_reported_as_such():
    made, run = budget(1000, Runs(500))
    assert run('', {}, wall_seconds=20).ended == 'wall' and not made.is_short


def test_all_epochs_are_repeated_only_if_there_is_time():
    made, _ = budget(100, Runs(1))
    made.epoch_seconds = 2
    assert made.may_repeat(30) and not made.is_short  # 1.5 x 60 seconds
    made.epoch_seconds = 3
    assert not made.may_repeat(30) and made.is_short
    assert made.part(0.25).left == 25
