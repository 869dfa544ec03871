"""The journal of a run: a line for each graded submission, so that a run that was killed can be resumed.

Each line is JSON, with a checksum and a key, a hash of everything that the judgement depends on: the submission, the
grader, the course, the options, the interpreter and numpy. Lines are added, never changed; the last line with a key
counts. A line also notes when the judging of a submission begins, and when it is put back: a submission that was begun,
but neither judged nor put back, is one over which the grader ended.
"""
import hashlib
import json
import os
import platform
import stat
import sys
from dataclasses import asdict
from functools import cache

import numpy as np

from instructor.intake.reason import Reason
from instructor.judges.verdict import Verdict
from instructor.sandbox.worker_runs import MASTER

LONGEST_LINE, LARGEST = 1 << 20, 1 << 30  # bytes; a line of ours has some thousands
_ODD = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError)


class JournalError(Exception):
    """The journal cannot be used; the text is one line."""


# The files that decide a verdict. Those that only decide how a page looks must not make a class be graded again.
DECIDING = ('assignment.json', '*.py', 'instructor/assignment.py', 'instructor/descriptions.py',
            'instructor/intake/*.py', 'instructor/judges/*.py',
            'instructor/sandbox/**/*.py', 'instructor/publishing/blanks.py', 'instructor/publishing/hand_in.py')


@cache
def grader_hash(assignment_folder, teachers_folders, data):
    """SHA-256 of everything that judges: judges, sandbox, description, given files, data, cases and references."""
    total = hashlib.sha256()
    paths = {path for pattern in DECIDING for path in MASTER.glob(pattern)}
    paths.update(path for pattern in ('assignment.json', '*.py', *data) for path in assignment_folder.glob(pattern))
    paths.update(path for folder in teachers_folders for path in folder.glob('*'))
    for path in sorted(path for path in paths if path.is_file()):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        total.update(f'{os.path.relpath(path, MASTER)} {digest}\n'.encode())
    return total.hexdigest()


def versions(course):
    """What of the grader and its machine decides a verdict: dict of what it is called -> its version."""
    assignment = course.assignment
    return {'the project': grader_hash(assignment.folder, assignment.teachers_folders, assignment.data),
            'the kind of machine': platform.machine(), 'Python': sys.version, 'numpy': np.__version__}


def key(submission, course, options):
    """The key of a submission's line. options: dict of what else the judgement depends on, in types of JSON."""
    judged_by, *machine = versions(course).values()
    named = [course.assignment.name, asdict(course.collaboration), course.files]
    parts = [submission.digest, submission.late, judged_by, named, options, *machine]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _checksum(entry):
    return hashlib.sha256(json.dumps(entry, sort_keys=True).encode()).hexdigest()[:32]


class Journal:
    """The lines of a journal file, and a way to add to them. Use it with `with`: one run at a time holds the file.

    by_key, by_submission: the judgements. open: key -> submission, of those that were begun but not finished.
    submissions: all that a line is about, even one of a course that had other items.
    """

    def __init__(self, path, items):
        """Read the file, and drop an incomplete last line; items: of the course, a line has one verdict for each.

        Raises JournalError and OSError.
        """
        self.items = [*items]
        self.by_key, self.by_submission, self.open, self.submissions = {}, {}, {}, set()
        try:
            # Non-blocking: a pipe of this name would wait for somebody to write into it.
            self.file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NONBLOCK, 0o666), 'a+b')
        except OSError as error:
            why = error.strerror or 'it is not a plain file'
            raise JournalError(f'{path}: cannot be used as the journal ({why}): move it away') from None
        try:
            self._check(path)
            self._read()
        except BaseException:
            self.file.close()
            raise

    def _check(self, path):
        state = os.fstat(self.file.fileno())
        if not stat.S_ISREG(state.st_mode) or state.st_size > LARGEST:
            why = f'has more than {LARGEST >> 20} MB' if stat.S_ISREG(state.st_mode) else 'is not a plain file'
            raise JournalError(f'{path}: {why} and cannot be the journal: move it away')
        import fcntl  # not at the top: systems without it get their message from the command line first
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise JournalError(f'{path}: another run is writing to it; wait until that has ended') from None

    def _read(self):
        self.file.seek(0)
        end = 0  # of the last complete line
        while line := self.file.readline(LONGEST_LINE):
            if not line.endswith(b'\n'):
                continue  # incomplete, or the beginning of something that is not one of our lines
            end = self.file.tell()
            try:
                entry = json.loads(line)
                if entry.pop('check') == _checksum(entry):
                    self._remember(entry)
            except _ODD:
                continue  # not one of our lines: its submission is graded again
        self.file.truncate(end)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()

    def _remember(self, entry):
        self.submissions.add(entry['submission'])
        if entry.get('state') == 'begun':
            self.open[entry['key']] = entry['submission']
            return
        self.open.pop(entry['key'], None)
        if entry.get('state') == 'put back':
            return
        entry = {**entry, 'verdicts': [Verdict.from_json(values) for values in entry['verdicts']]}
        if [found.item for found in entry['verdicts']] != self.items:
            raise ValueError('not the items of the course')
        entry['flags'] = [str(line) for line in entry.get('flags', ())]
        entry['review_reasons'] = [Reason(**values) for values in entry.get('review_reasons', ())]
        self.by_key[entry['key']] = self.by_submission[entry['submission']] = entry

    def begin(self, key, submission):
        """Note that a submission is being judged from now on."""
        self._write({'key': key, 'submission': submission, 'state': 'begun'})

    def put_back(self, key, submission):
        """Note that the judging of a submission was broken off, and that the submission is not to blame."""
        self._write({'key': key, 'submission': submission, 'state': 'put back'})

    def add(self, key, submission, judged):
        """Write the line of a submission and hand it to the system before returning.

        submission: its key in the class; judged: a dict as judging.judge returns it.
        """
        self._write({'key': key, 'submission': submission, **judged,
                     'verdicts': [found.to_json() for found in judged['verdicts']],
                     'review_reasons': [asdict(reason) for reason in judged.get('review_reasons', ())]})

    def _write(self, entry):
        self.file.write(json.dumps({**entry, 'check': _checksum(entry)}).encode() + b'\n')
        self.file.flush()
        self._remember(entry)
