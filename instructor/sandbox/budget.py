"""Confined runs in a small container, such as Gradescope's, which has little memory, half a processor and ten minutes.

What a run may use of a processor stays what it is everywhere, so that verdicts do not depend on the container; only the
limits on the clock are wider, since a processor that is shared does the same work in a longer time.
"""
import time
from dataclasses import replace

from instructor.sandbox import api as sandbox
from instructor.sandbox.worker_runs import OutOfTime

SLOWNESS = 4         # how many times longer a run may take on the clock: half a processor takes twice as long
MEMORY = 512 << 20   # bytes of a run: 768 MB less what the grader and the system need
LEAST = 5            # seconds that are worth beginning a run for
_SAFETY = 1.5        # all epochs of a run may take so many times what they should


class Budget:
    """The seconds on the clock that are left for a submission.

    epoch_seconds: what a run of one epoch takes here, once that is known; is_short: whether something was left out for
    lack of time.
    """

    def __init__(self, seconds, clock=time.monotonic):
        self._clock, self._end = clock, clock() + seconds
        self.epoch_seconds, self.is_short = None, False

    @property
    def left(self):
        return self._end - self._clock()

    def part(self, share):
        """A Budget with a share of what is left, from now on."""
        return Budget(share * self.left, self._clock)

    def may_repeat(self, epochs):
        """Whether there is time for so many epochs of a run; if not, that is noted."""
        enough = self.epoch_seconds is not None and _SAFETY * epochs * self.epoch_seconds < self.left
        self.is_short = self.is_short or not enough
        return enough

    def confined(self, isolation, run=sandbox.run):
        """The function with which judges run code, as worker_runs.confined makes it; it raises OutOfTime."""
        def run_within(entry, files, argv=(), **limits):
            left = self.left
            if left < LEAST:
                self.is_short = True
                raise OutOfTime
            wanted = sandbox.Limits(**{'memory_bytes': MEMORY, **limits})
            wall, idle = SLOWNESS * wanted.wall_seconds, SLOWNESS * wanted.idle_seconds
            outcome = run(isolation, entry, files, argv,
                          replace(wanted, wall_seconds=min(wall, left), idle_seconds=min(idle, left)))
            if outcome.ended == 'wall' and wall > left or outcome.ended == 'idle' and idle > left:
                self.is_short = True
                raise OutOfTime
            return outcome

        return run_within
