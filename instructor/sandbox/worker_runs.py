"""Runs one of the scripts in workers/ confined, and reads its reply: words and arrays, all of which may be forged."""
import io
import json
import re
import signal
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from checking import LEFT_IN
from common import printable
from instructor.sandbox import api as sandbox

WORKERS = Path(__file__).resolve().with_name('workers')
MASTER = WORKERS.parents[2]
_PATH = re.compile(r'(?<![\w.])(?:/[^\s/:;,"\'()<>]+)+/([^\s/:;,"\'()<>]*)')
_ADDRESS = re.compile(r'\b0x[0-9a-fA-F]{4,}\b')
QUICK_IDLE_SECONDS = 20
_LONGEST = 1000        # characters of a message that are looked at
_LONGEST_ERRORS = 2000  # of what a child wrote to stderr: its last ones
# Kinds of what a child told that neither ended nor worked, and of one that was killed, as by a system that is short of
# memory: nothing certain follows from either.
WAITS, KILLED = 'waits', 'killed'
UNCERTAIN = (WAITS, KILLED)
_ENDS = {
    'cpu': ('endless', 'used up its processor time: an endless loop?'),
    'memory': ('memory', 'needed more memory than it is given'),
    'processes': ('processes', 'started too many processes or threads'),
    'disk': ('disk', 'filled the disk'),
    'result too large': ('no-result', 'sent more than a result can be'),
    'signal': ('crash', 'was ended by signal {signal}'),
    'exit': ('ended-itself', 'ended itself (exit status {returncode}) before its results were there'),
    'ok': ('ended-itself', 'ended itself before its results were there'),
}
_WAITED = 'was stopped after {seconds:.0f} seconds in which it used {cpu:.1f} of processor time: does it wait or sleep?'


# What words of another form than ours raise where they are read.
FORGED = (KeyError, TypeError, IndexError, AttributeError, ValueError, ArithmeticError, RecursionError)


class GraderFault(Exception):
    """The grader failed, not the student; the text is one line."""


class Stopped(Exception):
    """The run was ended from outside; nothing is known about the submission."""


class Postponed(Exception):
    """It would take long, and others come first; nothing is known about the submission yet."""


@dataclass
class Told:
    """What a child told.

    words: the last words that it sent, a dict; None where it did not come to its end, or told nothing that can be read:
    then kind and why say what happened. earlier: the words before, as a list. arrays: in their order. errors: the end
    of what the child wrote to stderr. cpu: seconds of processor time that it used, as measured from outside.
    """

    words: dict = None
    arrays: list = field(default_factory=list)
    earlier: list = field(default_factory=list)
    kind: str = ''
    why: str = ''
    errors: str = ''
    cpu: float = 0.0

    def can_have_taken(self, seconds):
        """Whether code in it can have used so much processor time: half will do.

        The timer that stops it counts whole ticks, and where many programs share a core, more of them than were used.
        """
        return self.cpu >= seconds / 2


def make_box(isolation, stop=None, quick_seconds=None):
    """The callable that the judges take: box(entry, files, argv=(), **limits) runs it confined, returns the Outcome.

    isolation: from sandbox.probe; stop: a threading.Event; limits: fields of sandbox.Limits. quick_seconds: so much
    processor time is given to all runs together, and QUICK_IDLE_SECONDS without work; what needs more, and what uses up
    one of its own times, raises Postponed.
    """
    def box(entry, files, argv=(), **limits):
        return sandbox.run(isolation, entry, files, argv, sandbox.Limits(**limits), stop)

    def quick_box(entry, files, argv=(), **limits):
        limits['cpu_seconds'] = min(limits.get('cpu_seconds', left['cpu']), left['cpu'])
        outcome = box(entry, files, argv, **limits)
        left['cpu'] -= outcome.cpu_seconds
        left['idle'] -= outcome.seconds - outcome.cpu_seconds
        if outcome.ended in ('cpu', 'wall', 'idle') or min(left.values()) < 0:
            raise Postponed
        return outcome

    left = {'cpu': quick_seconds, 'idle': QUICK_IDLE_SECONDS}
    return box if quick_seconds is None else quick_box


def run_child(box, script, files, orders, inputs=None, **limits):
    """Run workers/`script` in the box; returns what it Told.

    files: name -> bytes or Path, beside it in its folder; orders: what json can write; inputs: name -> array. A child
    that neither ended nor used its time, or was killed, is given a second chance: it may have been kept from working.
    Raises GraderFault where the child never began, and Stopped.
    """
    given = {**files, 'sending.py': WORKERS / 'sending.py', 'orders.json': json.dumps(orders).encode()}
    if inputs is not None:
        with io.BytesIO() as out:
            np.savez(out, **inputs)
            given['inputs.npz'] = out.getvalue()
    entry = (WORKERS / script).read_text(encoding='utf-8')
    told = _told(box(entry, given, **limits), limits)
    return _told(box(entry, given, **limits), limits) if told.kind in UNCERTAIN else told


def _told(outcome, limits):
    if outcome.ended == sandbox.FAULT:
        raise GraderFault(outcome.fault or 'the child did not start')
    if outcome.ended == 'stopped':
        raise Stopped
    try:
        words, arrays, is_whole = sandbox.read_reply(outcome.result)
    except ValueError:
        words, arrays, is_whole = [], [], False
    common = {'earlier': words, 'errors': outcome.errors[-_LONGEST_ERRORS:], 'cpu': outcome.cpu_seconds}
    if outcome.ended == 'idle' or outcome.ended == 'wall' and 2 * outcome.cpu_seconds < limits['wall_seconds']:
        why = _WAITED.format(seconds=outcome.seconds, cpu=outcome.cpu_seconds)
        return Told(kind=WAITS, why=f'the code {why}', **common)
    if outcome.ended == 'signal' and outcome.returncode == -signal.SIGKILL:
        return Told(kind=KILLED, why='the code was killed from outside, or by itself', **common)
    if outcome.ended != 'ok' or not outcome.result or words and not is_whole:
        kind, why = _ENDS['cpu' if outcome.ended == 'wall' else outcome.ended]
        code = outcome.returncode
        return Told(kind=kind, why=f'the code {why.format(returncode=code, signal=-(code or 0))}', **common)
    if not words or not isinstance(words[-1], dict):
        return Told(kind='no-result', why='the code sent something else than its results', **common)
    return Told(**{**common, 'words': words[-1], 'arrays': arrays, 'earlier': words[:-1]})


def plain(text):
    """A student's message for the eyes of all, cut: no paths, no addresses, nothing that cannot be printed."""
    text = text[:_LONGEST] if len(text) <= _LONGEST else f'{text[:_LONGEST]} ...'
    text = _ADDRESS.sub('0x...', _PATH.sub(r'\1', text))
    return printable(text, keep='\n')


def last_line(error):
    """What an error that a child told says, in one line: 'ValueError: the shapes do not fit'."""
    if error.get('kind') in LEFT_IN:
        return LEFT_IN[error['kind']]
    kind, said = str(error.get('kind'))[:80], ' '.join(str(error.get('said'))[:_LONGEST].split())[:200]
    return plain(f'{kind}: {said}' if said else kind)


def traceback_text(error, scripts):
    """An error that a child told as Python shows it, with the lines in the named scripts only, none of the harness.

    Raises one of FORGED where the words are none of ours.
    """
    lines = ['Traceback (most recent call last):']
    for path, number, function, code in error['lines'][:30]:
        name = str(path).replace('\\', '/').rpartition('/')[2]
        if name in scripts:
            within = f', in {plain(str(function)[:100])}' if function else ''
            lines.append(f'  File "{name}", line {int(number or 0)}{within}')
            lines += [f'    {plain(str(code)[:300]).strip()}'] if code else []
    return '\n'.join([*(lines if len(lines) > 1 else []), last_line(error)])
