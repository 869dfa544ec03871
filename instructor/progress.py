"""Progress on the terminal: how many are done, and how long the others will take."""
import sys
import time

from instructor.unpack import printable


class Progress:
    """A line on stderr that is written over on a terminal, and a line now and then elsewhere."""

    def __init__(self, todo, total):
        """todo: how many are to be judged, of total."""
        self.todo, self.done, self.begin = todo, 0, time.monotonic()
        self.next = 0.0
        if todo < total:
            print(f'{total - todo} of {total} submissions need no judging', file=sys.stderr)

    def step(self, name):
        """One more is done; name: whose."""
        self.done += 1
        now = time.monotonic()
        left = (now - self.begin) / self.done * (self.todo - self.done)
        line = f'{self.done} of {self.todo} judged, {duration(left)} left'
        if sys.stderr.isatty():
            print(f'\r\033[K{line}  ({printable(name)[:40]})', end='', file=sys.stderr, flush=True)
        elif now >= self.next or self.done == self.todo:
            print(line, file=sys.stderr, flush=True)
            self.next = now + 10

    def end(self):
        """No more will come."""
        if self.done and sys.stderr.isatty():
            print(file=sys.stderr)


def duration(seconds):
    """A time in words: '40 s', '12 min', '2 h 5 min'."""
    if seconds < 90:
        return f'{seconds:.0f} s'
    minutes = round(seconds / 60)
    return f'{minutes} min' if minutes < 90 else f'{minutes // 60} h {minutes % 60} min'
