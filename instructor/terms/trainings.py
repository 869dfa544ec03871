"""Trains networks side by side. What has finished is kept, so that a start that was stopped can resume."""
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from instructor.results.progress import duration
from records import read_result


class TrainingError(ValueError):
    """A network cannot be trained; the text is one line."""


@dataclass(frozen=True)
class Training:
    """One network to train: the command of a Run, with the scripts of a folder.

    folder: where it runs, and leaves its result file and what it prints.
    """

    name: str
    command: tuple
    result: str
    scripts: Path
    folder: Path

    @property
    def log(self):
        return self.folder / 'printed.txt'

    def record(self, epochs):
        """The record that it has written, as {'train': [...], 'val': [...]}, or None if it has not finished."""
        try:
            return read_result((self.folder / self.result).read_text(encoding='utf-8'), epochs)
        except (OSError, ValueError):
            return None

    def epochs_done(self):
        try:
            return self.log.read_text(encoding='utf-8').count('Validation accuracy at epoch')
        except OSError:
            return 0

    def start(self, epochs, lock):
        """Start it; returns the process. lock: a file that it keeps open, so that others see that it is at work."""
        self.folder.mkdir(parents=True, exist_ok=True)
        script, *options = self.command
        command = [sys.executable, '-B', str(self.scripts / script), *options, '--num_epoch', str(epochs)]
        with open(self.log, 'wb') as log:  # in a session of its own, so that Ctrl-C reaches only this process
            return subprocess.Popen(command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                    start_new_session=True, pass_fds=[lock.fileno()])


def train_all(trainings, epochs, jobs, lock):
    """Train all that have not finished yet, `jobs` at a time, the last one first, because later networks take longer.

    Raises TrainingError if one fails. However this ends, no training goes on.
    """
    waiting = [training for training in trainings if training.record(epochs) is None]
    if len(waiting) < len(trainings):
        _say(f'{len(trainings) - len(waiting)} of {len(trainings)} networks are trained already')
    progress = _Progress(waiting, epochs)
    running: list[tuple[Training, subprocess.Popen]] = []
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                training = waiting.pop()
                running.append((training, training.start(epochs, lock)))
            for training, process in [*running]:
                if process.poll() is not None:
                    running.remove((training, process))
                    _check(training, process.returncode, epochs)
            progress.show(running)
            time.sleep(0.2)
    finally:
        progress.end()
        for _, process in running:
            process.kill()
            process.wait()


def _check(training, status, epochs):
    if status or training.record(epochs) is None:
        lines = training.log.read_text(encoding='utf-8', errors='replace').splitlines() or ['it ended without a result']
        raise TrainingError(f'{training.name}: {lines[-1][:300]} (all that it printed: {training.log})')


class _Progress:
    """How many epochs are done and how long the rest takes: on a terminal one line, elsewhere a line each minute."""

    def __init__(self, trainings, epochs):
        self.trainings, self.all = [*trainings], len(trainings) * epochs
        self.started, self.next, self.shown = time.monotonic(), 0.0, False

    def show(self, running):
        now, on_terminal = time.monotonic(), sys.stderr.isatty()
        if now < self.next or not self.trainings:
            return
        self.next = now + (1 if on_terminal else 60)
        names = {training.name for training, _ in running}
        # What an earlier start has left of those that have not begun yet does not count.
        done = sum(training.epochs_done() for training in self.trainings
                   if training.name in names or training.record(self.all // len(self.trainings)) is not None)
        line = f'{done} of {self.all} epochs'
        if done:
            line += f', about {duration((now - self.started) / done * (self.all - done))} left'
        line += f': {", ".join(sorted(names))}' if names else ''
        print(f'\r\033[K{line}' if on_terminal else line, end='' if on_terminal else '\n', file=sys.stderr, flush=True)
        self.shown = on_terminal

    def end(self):
        if self.shown:
            print(file=sys.stderr)


def _say(text):
    print(text, file=sys.stderr, flush=True)


def cores():
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count() or 1
