"""Boxes for the tests of the judges: unconfined and quick ones, for students' code that the tests themselves wrote."""

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
    """What the judges look at of a submission."""

    files: dict
    digest: str = 'digest of the submission'
    late: bool = False
    notes: tuple = field(default=())


def unconfined(entry, files, argv=(), **limits):
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


def _processor_time_of_children():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def frame(kind, content):
    """A part of what a child sends: a letter, the length in 8 bytes, the content."""
    return kind + struct.pack('<Q', len(content)) + content


def reply(*words, arrays=()):
    """What a child sends: words, then arrays (type in 4 bytes, number of axes in one, each length in 8, the data)."""
    kinds = [b'm'] * (len(words) - 1) + [b'e']
    parts = [frame(kind, json.dumps(one).encode()) for kind, one in zip(kinds, words)]
    parts += [frame(b'a', array.dtype.str.encode().ljust(4) + struct.pack(f'<B{array.ndim}Q', array.ndim, *array.shape)
                    + array.tobytes()) for array in arrays]
    return b''.join(parts)


@cache
def confined():
    """The box that grading uses, with namespaces where this machine offers them, else with limits alone."""
    for level in ('namespaces', 'limits'):
        try:
            return confined_by(sandbox.probe(level))
        except sandbox.IsolationError as error:
            reason = str(error)
    pytest.skip(reason)


def failing(entry, files, argv=(), **limits):
    """A box whose children never start."""
    return Outcome('grader fault', fault='no user id left')


def recorded(box):
    """A box that notes what every child is given, and that list."""
    given = []

    def recording(entry, files, argv=(), **limits):
        given.append({'entry': entry.encode(), **{name: content if isinstance(content, bytes) else content.read_bytes()
                                                  for name, content in files.items()}})
        return box(entry, files, argv, **limits)
    return recording, given


def master(name):
    return (ROOT / name).read_text(encoding='utf-8')


def question_with(item, course=COURSE):
    """The Question that an item belongs to."""
    return course.assignment.question_of(item)


def judge_function(function, source, digest, box, forward=None):
    """The Verdict on one function of a dnn_misc.py, as bytes."""
    submission = Submission({'dnn_misc.py': source}, digest)
    context = Context(COURSE, box, Reading(texts={'dnn_misc.py'}))
    return FunctionsJudge(question_with(function), submission, context).judge_item(function, forward)
