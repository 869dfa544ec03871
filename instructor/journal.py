"""The journal of a run: a line for each graded submission, so that a run that was killed goes on where it was.

Each line is JSON, with a key that stands for all that the judgement depends on: the submission, the grader, the course,
the options, the interpreter and numpy. Lines are added, never changed; the last one of a key holds.
"""
import hashlib
import json
import platform
import sys
from functools import lru_cache

import numpy as np

from instructor.child_runs import MASTER
from instructor.verdict import Verdict


class JournalError(Exception):
    """The journal cannot be used; the text is one line."""


@lru_cache(maxsize=None)
def grader_hash():
    """SHA-256 of all that judges: the scripts, the data, the teacher's side, the reference records."""
    total = hashlib.sha256()
    for pattern in ('*.py', 'mnist_subset.json', 'instructor/**/*.py', 'instructor/reference/*',
                    'instructor/misreadings/*'):
        for path in sorted(MASTER.glob(pattern)):
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            total.update(f'{path.relative_to(MASTER).as_posix()} {digest}\n'.encode())
    return total.hexdigest()


def key(submission, course, options):
    """The key of a submission's line. options: dict of what else the judgement depends on, in json's types."""
    parts = [submission.digest, submission.late, grader_hash(), course, options, platform.machine(), sys.version,
             np.__version__]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


class Journal:
    """The lines of a journal file, and a way to add to them. Use it with `with`: one run at a time holds the file."""

    def __init__(self, path):
        """Read what is there, and drop a last line that was torn. Raises JournalError and OSError."""
        import fcntl  # not at the top: where there is none, the command line has something to say before
        self.file = open(path, 'a+b')
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.file.close()
            raise JournalError(f'{path}: another run is writing to it; wait for its end') from None
        self.by_key, self.by_submission = {}, {}
        self.file.seek(0)
        lines = self.file.read().split(b'\n')
        if lines[-1]:
            self.file.truncate(sum(len(line) + 1 for line in lines[:-1]))
        for line in lines[:-1]:
            try:
                self._remember(json.loads(line))
            except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError):
                continue  # not a line of ours: what it stood for is graded again

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()

    def _remember(self, entry):
        entry = {**entry, 'verdicts': [Verdict.from_json(values) for values in entry['verdicts']]}
        entry['flags'] = [str(flag) for flag in entry['flags']]
        self.by_key[entry['key']] = self.by_submission[entry['submission']] = entry

    def add(self, key, submission, judged):
        """Write the line of a submission and hand it to the system before returning.

        submission: what tells it from the others of the class; judged: dict with 'verdicts' and 'flags'.
        """
        entry = {'key': key, 'submission': submission, **judged,
                 'verdicts': [found.to_json() for found in judged['verdicts']]}
        self.file.write(json.dumps(entry).encode() + b'\n')
        self.file.flush()
        self._remember(entry)
