"""Runs one of the scripts in workers/ confined and reads its reply, every part of which may be forged."""
import io
import json
import re
import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import Optional

import numpy as np

from checking import LEFT_IN
from common import printable
from instructor.sandbox import api as sandbox

WORKERS = Path(__file__).resolve().with_name('workers')
MASTER = WORKERS.parents[2]
_PATH = re.compile(r'(?<![\w.])(?:/[^\s/:;,"\'()<>]+)+/([^\s/:;,"\'()<>]*)')
_ADDRESS = re.compile(r'\b0x[0-9a-fA-F]{4,}\b')
QUICK_IDLE_SECONDS = 20
_LONGEST = 1000        # characters of a message that are read
_LONGEST_ERRORS = 2000  # the last characters that a child wrote to stderr
# Kinds of replies from a child that neither ended nor worked, and from one that was killed, for example because the
# system was short of memory: nothing certain follows from either.
WAITS, KILLED = 'waits', 'killed'
UNCERTAIN = (WAITS, KILLED)
_ENDS = {
    'cpu': ('endless', 'used up its processor time: an endless loop?'),
    'memory': ('memory', 'needed more memory than it may use'),
    'processes': ('processes', 'started too many processes or threads'),
    'disk': ('disk', 'filled the disk'),
    'result too large': ('no-result', 'sent more than any result needs'),
    'signal': ('crash', 'was ended by signal {signal}'),
    'exit': ('ended-itself', 'ended itself (exit status {returncode}) before sending its results'),
    'ok': ('ended-itself', 'ended itself before sending its results'),
}
_WAITED = 'was stopped after {seconds:.0f} seconds in which it used {cpu:.1f} of processor time: does it wait or sleep?'


# What reading a message may raise if it does not have our form.
FORGED = (KeyError, TypeError, IndexError, AttributeError, ValueError, ArithmeticError, RecursionError)


class GraderFault(Exception):
    """The grader failed, not the student; the text is one line."""


class Stopped(Exception):
    """The run was ended from outside; nothing is known about the submission."""


class Postponed(Exception):
    """It would take long, so others come first; nothing is known about the submission yet."""


class OutOfTime(Exception):
    """The time that the grader has for the whole submission is used up; nothing is known about the rest of it."""


@dataclass
class Reply:
    """What came back from a worker.

    message: the last message that it sent, a dict; None if the worker did not finish, or sent nothing readable: then
    kind and why say what happened. earlier: list of the messages before. arrays: in their order. stdout: what it
    printed; stderr: the end of what it wrote there. cpu_seconds: the processor time that it used, measured from
    outside.
    """

    message: Optional[dict] = None
    arrays: list = field(default_factory=list)
    earlier: list = field(default_factory=list)
    kind: str = ''
    why: str = ''
    stdout: str = ''
    stderr: str = ''
    cpu_seconds: float = 0.0

    def can_have_taken(self, seconds):
        """Whether code in it can have used so much processor time: half of it counts as enough.

        The timer that stops the code counts whole ticks, and more than were used if many programs share a core.
        """
        return self.cpu_seconds >= seconds / 2


def confined(isolation, stop=None, quick_seconds=None):
    """The function with which judges run code: run(entry, files, argv=(), **limits) returns the Outcome.

    isolation: from sandbox.probe; stop: a threading.Event; limits: fields of sandbox.Limits. quick_seconds: all runs
    together may use so much processor time, and QUICK_IDLE_SECONDS without work; a run that needs more, or reaches one
    of its own time limits, raises Postponed.
    """
    def run(entry, files, argv=(), **limits):
        return sandbox.run(isolation, entry, files, argv, sandbox.Limits(**limits), stop)

    def run_quickly(entry, files, argv=(), **limits):
        limits['cpu_seconds'] = min(limits.get('cpu_seconds', left['cpu']), left['cpu'])
        outcome = run(entry, files, argv, **limits)
        left['cpu'] -= outcome.cpu_seconds
        left['idle'] -= outcome.seconds - outcome.cpu_seconds
        if outcome.ended in ('cpu', 'wall', 'idle') or min(left.values()) < 0:
            raise Postponed
        return outcome

    left = {'cpu': quick_seconds, 'idle': QUICK_IDLE_SECONDS}
    return run if quick_seconds is None else run_quickly


def ask_worker(run_confined, worker, files, request, inputs=None, **limits):
    """Run workers/`worker` confined; returns its Reply.

    run_confined: from confined; files: name -> bytes or Path, put into the worker's folder; request: what JSON can
    hold; inputs: name -> array. A worker that neither ended nor used its time, or was killed, gets a second chance:
    something may have kept it from working. Raises GraderFault if it never began, and Stopped.
    """
    given = {**files, 'sending.py': WORKERS / 'sending.py', 'request.json': json.dumps(request).encode()}
    if inputs is not None:
        with io.BytesIO() as out:
            np.savez(out, **inputs)
            given['inputs.npz'] = out.getvalue()
    entry = (WORKERS / worker).read_text(encoding='utf-8')
    reply = _reply(run_confined(entry, given, **limits), limits)
    return _reply(run_confined(entry, given, **limits), limits) if reply.kind in UNCERTAIN else reply


def _reply(outcome, limits):
    if outcome.ended == sandbox.FAULT:
        raise GraderFault(outcome.fault or 'the child did not start')
    if outcome.ended == 'stopped':
        raise Stopped
    try:
        messages, arrays, is_whole = sandbox.read_reply(outcome.result)
    except ValueError:
        messages, arrays, is_whole = [], [], False
    common = {'earlier': messages, 'stdout': outcome.output,
              'stderr': outcome.errors[-_LONGEST_ERRORS:], 'cpu_seconds': outcome.cpu_seconds}
    if outcome.ended == 'idle' or outcome.ended == 'wall' and 2 * outcome.cpu_seconds < limits['wall_seconds']:
        why = _WAITED.format(seconds=outcome.seconds, cpu=outcome.cpu_seconds)
        return Reply(kind=WAITS, why=f'the code {why}', **common)
    if outcome.ended == 'signal' and outcome.returncode == -signal.SIGKILL:
        return Reply(kind=KILLED, why='the code was killed from outside, or by itself', **common)
    if outcome.ended != 'ok' or not outcome.result or messages and not is_whole:
        kind, why = _ENDS['cpu' if outcome.ended == 'wall' else outcome.ended]
        code = outcome.returncode
        return Reply(kind=kind, why=f'the code {why.format(returncode=code, signal=-(code or 0))}', **common)
    if not messages or not isinstance(messages[-1], dict):
        return Reply(kind='no-result', why='the code sent something other than its results', **common)
    return Reply(**{**common, 'message': messages[-1], 'arrays': arrays, 'earlier': messages[:-1]})


def plain(text):
    """A student's message, made fit to be shown: shortened, no paths, addresses or unprintable characters."""
    text = text[:_LONGEST] if len(text) <= _LONGEST else f'{text[:_LONGEST]} ...'
    text = _ADDRESS.sub('0x...', _PATH.sub(r'\1', text))
    return printable(text, keep='\n')


def last_line(error):
    """The message of a described error, in one line: 'ValueError: the shapes do not fit'."""
    if error.get('kind') in LEFT_IN:
        return LEFT_IN[error['kind']]
    kind, said = str(error.get('kind'))[:80], ' '.join(str(error.get('said'))[:_LONGEST].split())[:200]
    return plain(f'{kind}: {said}' if said else kind)


def traceback_text(error, scripts):
    """The traceback of an error that a child described, as Python shows it, with the lines in the named scripts only.

    Raises one of FORGED if the description does not have our form.
    """
    lines = ['Traceback (most recent call last):']
    for path, number, function, code in error['lines'][:30]:
        place = '/' + str(path).replace('\\', '/')
        name = next((script for script in scripts if place.endswith(f'/{script}')), None)
        if name:
            within = f', in {plain(str(function)[:100])}' if function else ''
            lines.append(f'  File "{name}", line {int(number or 0)}{within}')
            lines += [f'    {plain(str(code)[:300]).strip()}'] if code else []
    return '\n'.join([*(lines if len(lines) > 1 else []), last_line(error)])
