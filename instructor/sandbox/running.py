"""Runs a script in a confined child: starts a supervisor for it, and reads the supervisor's report."""
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from instructor.sandbox.protocol import END_TIME, ENVIRONMENT, FAULT, SET_UP_TIME, Limits, Outcome, RunningTime

_SUPERVISOR = Path(__file__).resolve().with_name('supervisor.py')
_ENTRY = '/entry'  # its name among the files; no other name can begin with /
_LOOK_EVERY = 0.1  # seconds between checks of `stop`


def _checked(files):
    """The given files as a dict; raises ValueError if a name leads out of their folder."""
    for name in dict(files):
        if name.startswith('/') or any(part in ('', '.', '..') for part in name.split('/')) or '\0' in name:
            raise ValueError(f'{name!r} is not the name of a file inside a folder')
    return dict(files)


def _size(content):
    return content.stat().st_size if isinstance(content, Path) else len(content)


def _send(process, message):
    """Send a message, a list of bytes and of Paths, whose content is sent, since the launcher cannot reach them.

    The supervisor reads all of it before it answers.
    """
    with contextlib.suppress(BrokenPipeError), process.stdin as stream:  # the answer will say why it is broken
        for part in message:
            if isinstance(part, Path):
                with open(part, 'rb') as file:
                    shutil.copyfileobj(file, stream, 1 << 20)
            else:
                stream.write(part)
    process.stdin = None


def _answer(process, limits, stop):
    """Wait until the supervisor ends: (stdout, stderr, whether it was stopped).

    It should end by itself; it is ended here only because of a fault, or because the caller wants to stop.
    """
    clock, ended = RunningTime(), None
    while True:
        try:
            return (*process.communicate(timeout=_LOOK_EVERY), ended == 'stopped')
        except subprocess.TimeoutExpired:
            if ended is None and stop is not None and stop.is_set():
                ended = 'stopped'
            elif ended is None and clock() > limits.wall_seconds + SET_UP_TIME + 2 * END_TIME:
                ended = FAULT
            else:
                continue
            process.terminate()


def close_memory():
    """Close this process's memory to other processes of its user, such as students' at level `limits`."""
    from instructor.sandbox import lockdown  # not at the top: it needs Linux
    lockdown.prctl(lockdown.PR_SET_DUMPABLE, 0)


def run(isolation, entry, files=(), argv=(), limits=Limits(), stop=None):
    """Run the Python source `entry` under `python -I` in a confined child; returns its Outcome.

    files: dict of name -> bytes or Path, copied into the child's private writable current folder; argv: strings for
    sys.argv[1:]; stop: a threading.Event that ends the run early. May be called from several threads. When it
    returns or raises, no process of the run is left and its folder is gone. Raises ValueError for a bad file name,
    OSError if a given Path cannot be read or no process can be started; the Outcome reports all later failures.
    """
    contents = _checked(files)
    entry_bytes = entry.encode()
    request = {
        'level': isolation.level, 'binds': isolation.binds, 'python': isolation.python, 'argv': list(argv),
        'limits': asdict(limits), 'environment': ENVIRONMENT, 'entry': _ENTRY, 'cgroup': isolation.cgroup,
        'temporary': os.path.realpath(tempfile.gettempdir()),
        'files': [(_ENTRY, len(entry_bytes)), *((name, _size(content)) for name, content in contents.items())],
    }
    message = [json.dumps(request).encode() + b'\n', entry_bytes, *contents.values()]
    with subprocess.Popen([sys.executable, '-I', '-S', str(_SUPERVISOR), str(os.getpid())], cwd='/', env=ENVIRONMENT,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          start_new_session=True) as process:
        try:
            _send(process, message)
            answer, complaint, stopped = _answer(process, limits, stop)
        finally:  # if this is interrupted, the supervisor still has to clear up
            process.terminate()
    head, _, rest = answer.partition(b'\n')
    try:
        report = json.loads(head)
        sizes = report.pop('sizes')
    except (ValueError, KeyError):
        last = (complaint.decode('utf-8', 'replace').strip().splitlines() or ['the supervisor of a run was ended'])[-1]
        return Outcome('stopped' if stopped else FAULT, fault='' if stopped else last, isolation=isolation.level)
    ends = [sum(sizes[:number]) for number in range(4)]
    output, errors, result = (rest[begin:end] for begin, end in zip(ends, ends[1:]))
    return Outcome(output=output.decode('utf-8', 'replace'), errors=errors.decode('utf-8', 'replace'),
                   result=result if result and report['ended'] != 'result too large' else None,
                   isolation=isolation.level, **report)
