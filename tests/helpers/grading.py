"""A class in a folder, a quick judge, and grading run on it; what the tests of the command share."""

import csv
import hashlib
import json
import subprocess
import sys
from fractions import Fraction

import pytest

from benchmarks import synthetic_class
from instructor import grade
from instructor.judges.verdict import Verdict
from instructor.sandbox import api as sandbox
from instructor.sandbox.protocol import Isolation
from tests.helpers import ROOT

COURSE = synthetic_class.course()
OUTPUTS = ('grades.csv', 'feedback.zip', 'report.html', 'decisions.csv')
LIMITS = Isolation('limits', 'limits: as these tests say')


def by_digest(submission, course):
    """A quick judge, whose verdicts depend on what was handed in."""
    shares = hashlib.sha256(submission.digest.encode()).digest()
    return {'verdicts': [Verdict(item, Fraction(share % 5, 4), f'share {share % 5}', kind='' if share % 5 == 4 else 'x')
                         for item, share in zip(course.points, shares)],
            'flags': ['late'] * submission.late, 'isolation': 'limits', 'faults': []}


def put_class(path):
    """Put submissions.zip of four students, and the gradebook of five, into a new folder."""
    path.mkdir()
    code = {name: content for name, content in synthetic_class.perfect(COURSE).items() if name.endswith('.py')}
    handed_in = {f'student{number}': {**code, 'collaboration.txt': f'number {number}'} for number in range(3)}
    handed_in['broken'] = b'no zip'
    ids = synthetic_class.download(path / 'submissions.zip', handed_in, COURSE, late=['student1'])
    synthetic_class.gradebook(path / 'grades in.csv', ids, COURSE, extra=[('Absent', '777')])
    return path


def run(folder, *more, judge=by_digest, executor=None):
    options = grade.parse([str(folder / 'submissions.zip'), '--course', 'tamu', '--output', str(folder / 'OUT'),
                           '--gradebook', str(folder / 'grades in.csv'), *more])
    return grade.grade(options, judge, LIMITS, executor)


def outputs(folder, name='OUT'):
    written = folder / name
    pages = [f'feedback/{path.name}' for path in (written / 'feedback').iterdir()]
    return {name: (written / name).read_bytes() for name in (*OUTPUTS, *pages)}


def grades(folder):
    """{user id: points} of grades.csv."""
    with open(folder / 'OUT/grades.csv', encoding='utf-8', newline='') as file:
        return {line['ID']: line[f'{COURSE.assignment_title} (12345)'] for line in csv.DictReader(file)}


def journal(folder):
    """The judgements in the journal."""
    lines = map(json.loads, (folder / 'OUT/journal.jsonl').read_text().splitlines())
    return [entry for entry in lines if 'verdicts' in entry]


def confined_isolation():
    try:
        return sandbox.probe()
    except sandbox.IsolationError as error:
        pytest.skip(str(error))


def command(*arguments, **more):
    done = subprocess.run([sys.executable, '-m', 'instructor.grade', *map(str, arguments)], cwd=ROOT, text=True,
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=100, **more)
    assert 'Traceback' not in done.stderr
    return done.returncode, done.stderr
