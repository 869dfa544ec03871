"""Runners for the tests of the judges: most are unconfined and quick, for code that the tests themselves wrote.

A runner runs the script of a worker and returns its Outcome, as what worker_runs.confined returns does in grading.
"""

import json
import resource
import struct
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest

from instructor.course import load_course
from instructor.judges.context import Context
from instructor.judges.functions import FunctionsJudge
from instructor.judges.reading import Reading
from instructor.sandbox import api as sandbox
from instructor.sandbox.protocol import ENVIRONMENT, Outcome
from instructor.sandbox.worker_runs import confined as confined_by

ROOT = Path(__file__).resolve().parents[2]
COURSE = load_course(ROOT / 'instructor' / 'courses' / 'tamu.json')


@dataclass
class Submission:
    """The part of a submission that judges look at."""

    files: dict
    digest: str = 'digest of the submission'
    late: bool = False
    notes: tuple = field(default=())


def run_unconfined(entry, files, argv=(), **limits):
    """Run the entry as sandbox.run does, but as an ordinary child of this process."""
    limits = sandbox.Limits(**limits)
    with tempfile.TemporaryDirectory() as folder:
        for name, content in {**files, 'entry.py': entry.encode()}.items():
            Path(folder, name).parent.mkdir(parents=True, exist_ok=True)
            Path(folder, name).write_bytes(content if isinstance(content, bytes) else content.read_bytes())
        started, used = time.monotonic(), _processor_time_of_children()
        with open(Path(folder, 'result pipe'), 'wb') as result:
            process = subprocess.Popen(
                [sys.executable, '-I', 'entry.py', *argv], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, pass_fds=[result.fileno()],
                env={**ENVIRONMENT, 'HOME': folder, 'RESULT_FD': str(result.fileno())})
            try:
                output, errors = process.communicate(timeout=limits.wall_seconds)
                ended = 'signal' if process.returncode < 0 else 'exit' if process.returncode else 'ok'
            except subprocess.TimeoutExpired:
                process.kill()
                output, errors = process.communicate()
                ended = 'wall'
        return Outcome(ended, process.returncode, output.decode(errors='replace'), errors.decode(errors='replace'),
                       Path(folder, 'result pipe').read_bytes() or None, time.monotonic() - started,
                       _processor_time_of_children() - used)


_ANSWERED = {}  # what was run -> its Outcome


def run_once(entry, files, argv=(), **limits):
    """As run_unconfined; what is asked twice in the same way, such as the master's answers, is run once."""
    key = (entry, *sorted((name, content if isinstance(content, bytes) else content.read_bytes())
                          for name, content in files.items()))
    if key not in _ANSWERED:
        _ANSWERED[key] = run_unconfined(entry, files, argv, **limits)
    return _ANSWERED[key]


def _processor_time_of_children():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def frame(kind, content):
    """A part of what a child sends: a letter, the length in 8 bytes, the content."""
    return kind + struct.pack('<Q', len(content)) + content


def reply(*messages, arrays=()):
    """What a child sends: messages, then arrays (type in 4 bytes, number of axes in 1, each length in 8, the data)."""
    kinds = [b'm'] * (len(messages) - 1) + [b'e']
    parts = [frame(kind, json.dumps(one).encode()) for kind, one in zip(kinds, messages)]
    parts += [frame(b'a', array.dtype.str.encode().ljust(4) + struct.pack(f'<B{array.ndim}Q', array.ndim, *array.shape)
                    + array.tobytes()) for array in arrays]
    return b''.join(parts)


@cache
def confined_runner():
    """The runner that grading uses, with namespaces if this machine offers them, else with limits alone."""
    for level in ('namespaces', 'limits'):
        try:
            return confined_by(sandbox.probe(level))
        except sandbox.IsolationError as error:
            reason = str(error)
    pytest.skip(reason)


def run_failing(entry, files, argv=(), **limits):
    """A runner whose children never start."""
    return Outcome('grader fault', fault='no user id left')


def recorded(runner):
    """A runner that notes what every child is given, and the list of these notes."""
    given = []

    def recording(entry, files, argv=(), **limits):
        given.append({'entry': entry.encode(), **{name: content if isinstance(content, bytes) else content.read_bytes()
                                                  for name, content in files.items()}})
        return runner(entry, files, argv, **limits)
    return recording, given


def master(name):
    return (ROOT / name).read_text(encoding='utf-8')


def question_with(item, course=COURSE):
    """The Question that an item belongs to."""
    return course.assignment.question_of(item)


def judge_function(function, source, digest, runner, forward=None):
    """The Verdict on one function; source: the dnn_misc.py, as bytes."""
    submission = Submission({'dnn_misc.py': source}, digest)
    context = Context(COURSE, runner, Reading(texts={'dnn_misc.py'}))
    return FunctionsJudge(question_with(function), submission, context).judge_item(function, forward)
