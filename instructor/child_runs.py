"""Runs one of the scripts in children/ confined, and reads what it tells: words and raw arrays, nothing to believe."""
import io
import json
import re
from pathlib import Path
from typing import NamedTuple

import numpy as np

from instructor import sandbox

CHILDREN = Path(__file__).resolve().with_name('children')
MASTER = CHILDREN.parent.parent
_FRAME = re.compile(r'^  File "([^"\n]*)", line (\d+)(.*)\n((?:    .*\n|  \[.*\n)*)', re.MULTILINE)
_PATH = re.compile(r'(?<![\w.])(?:/[^\s/:;,"\'()<>]+)+/([^\s/:;,"\'()<>]*)')
_ADDRESS = re.compile(r'\b0x[0-9a-fA-F]{4,}\b')
_LONGEST = 3000  # characters of a traceback that are shown
_ENDS = {
    'wall': ('endless', 'was still running after {seconds:.0f} seconds: an endless loop?'),
    'cpu': ('endless', 'used up its time: an endless loop?'),
    'memory': ('memory', 'needed more memory than it is given'),
    'processes': ('processes', 'started too many processes or threads'),
    'disk': ('disk', 'filled the disk'),
    'result too large': ('no-result', 'sent more than a result can be'),
    'signal': ('crash', 'was ended by signal {signal}'),
    'exit': ('ended-itself', 'ended itself (exit status {returncode}) before its results were there'),
    'ok': ('ended-itself', 'ended itself before its results were there'),
}


class GraderFault(Exception):
    """The grader failed, not the student; the text is one line."""


class Stopped(Exception):
    """The run was ended from outside; nothing is known about the submission."""


class Told(NamedTuple):
    """What a child told. words is None where it told nothing that can be read; then kind and why say what happened."""

    words: dict
    arrays: list
    kind: str = ''
    why: str = ''
    errors: str = ''  # what the child wrote to stderr


def make_box(isolation, stop=None):
    """The callable that the judges take: box(entry, files, argv=(), **limits) runs it confined, returns the Outcome.

    isolation: from sandbox.probe; stop: a threading.Event; limits: fields of sandbox.Limits.
    """
    def box(entry, files, argv=(), **limits):
        return sandbox.run(isolation, entry, files, argv, sandbox.Limits(**limits), stop)
    return box


def run_child(box, script, files, orders, inputs=None, **limits):
    """Run children/`script` in the box; returns what it Told.

    files: name -> bytes or Path, beside it in its folder; orders: what json can write; inputs: name -> array.
    Raises GraderFault where the child never began, and Stopped.
    """
    given = {**files, 'sending.py': CHILDREN / 'sending.py', 'orders.json': json.dumps(orders).encode()}
    if inputs is not None:
        with io.BytesIO() as out:
            np.savez(out, **inputs)
            given['inputs.npz'] = out.getvalue()
    outcome = box((CHILDREN / script).read_text(encoding='utf-8'), given, **limits)
    if outcome.ended == 'grader fault':
        raise GraderFault(outcome.fault or 'the child did not start')
    if outcome.ended == 'stopped':
        raise Stopped
    if outcome.ended != 'ok' or not outcome.result:
        kind, why = _ENDS[outcome.ended]
        code = outcome.returncode
        why = why.format(seconds=limits.get('wall_seconds', outcome.seconds), returncode=code, signal=-(code or 0))
        return Told(None, [], kind, f'the code {why}', outcome.errors)
    return _read(outcome.result)._replace(errors=outcome.errors)


def _read(result):
    try:
        arrays = sandbox.read_arrays(result, max_arrays=2000)
        words = json.loads(bytes(arrays.pop('words').astype(np.uint8)))
        if not isinstance(words, dict):
            raise ValueError('no words')
        return Told(words, [arrays[str(number)] for number in range(len(arrays))])
    except (ValueError, KeyError, TypeError, RecursionError):
        return Told(None, [], 'no-result', 'the code sent something else than its results')


def shown(text, scripts):
    """A student's traceback for the eyes of all: frames of the named scripts only, no paths, no addresses."""
    def frame(match):
        path, line, rest, source = match.groups()
        name = re.split(r'[/\\]', path)[-1]
        return f'  File "{name}", line {line}{rest}\n{source}' if name in scripts else ''

    text = _ADDRESS.sub('0x...', _PATH.sub(r'\1', _FRAME.sub(frame, text)))
    text = ''.join(char if char.isprintable() or char == '\n' else '?' for char in text)
    return text if len(text) <= _LONGEST else f'{text[:_LONGEST // 2]}\n...\n{text[-_LONGEST // 2:]}'


def last_line(error):
    """What an error that a child told says, in one line: 'ValueError: the shapes do not fit'."""
    kind, said = str(error.get('kind'))[:80], ' '.join(str(error.get('said')).split())[:200]
    return shown(f'{kind}: {said}' if said else kind, ())
