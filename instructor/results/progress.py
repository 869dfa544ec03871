"""Progress on the terminal: how many are done, who is being judged, and how long the others will take."""
import shutil
import sys
import threading
import time

from common import printable
from instructor.results.gradesheet import counted


class Progress:
    """A line on stderr that is written over on a terminal, and a line now and then elsewhere.

    A submission is known by its key; say may be called from any thread.
    """

    def __init__(self, todo, total):
        """todo: how many are to be judged, of total."""
        self.todo, self.done, self.started = todo, 0, time.monotonic()
        self.next = 0.0
        self.running = {}  # key -> [name, what takes long]
        self._lock, self._shown = threading.Lock(), False
        if todo < total:
            verb = 'needs' if total - todo == 1 else 'need'
            print(f'{total - todo} of {counted(total, "submission")} {verb} no judging', file=sys.stderr)

    def begin(self, key, name):
        """A submission is being judged from now on; name: whose."""
        with self._lock:
            self.running[key] = [printable(name), '']
            self._show()

    def say(self, key, what):
        """What is being done with it takes long: 'repeating all 30 epochs of Q3.5'."""
        with self._lock:
            if key in self.running:
                self.running[key][1] = what
                self._show(at_once=True)

    def put_off(self, key):
        """Its turn comes again after the others."""
        with self._lock:
            self.running.pop(key, None)
            self._show()

    def step(self, key):
        """One more is done."""
        with self._lock:
            self.running.pop(key, None)
            self.done += 1
            self._show(at_once=self.done == self.todo)

    def line(self):
        """What there is to say now: '3 of 60 judged, 12 min left: Doe, Jane (repeating all 30 epochs of Q3.5)'."""
        text = f'{self.done} of {self.todo} judged'
        if self.done:
            text += f', {duration((time.monotonic() - self.started) / self.done * (self.todo - self.done))} left'
        names = '; '.join(f'{name} ({what})' if what else name for name, what in self.running.values())
        return f'{text}: {names}' if names else text

    def _show(self, at_once=False):
        now = time.monotonic()
        if sys.stderr.isatty():
            # A longer line would wrap, and only its last part be written over.
            line = self.line()[:max(shutil.get_terminal_size().columns - 1, 20)]
            print(f'\r\033[K{line}', end='', file=sys.stderr, flush=True)
            self._shown = True
        elif at_once or now >= self.next:
            print(self.line(), file=sys.stderr, flush=True)
            self.next = now + 10

    def end(self):
        """No more will come."""
        with self._lock:
            if self._shown:
                print(file=sys.stderr)
            self._shown = False


def duration(seconds):
    """A time in words: '40 s', '12 min', '2 h 5 min'."""
    if seconds < 90:
        return f'{seconds:.0f} s'
    minutes = round(seconds / 60)
    return f'{minutes} min' if minutes < 90 else f'{minutes // 60} h {minutes % 60} min'
