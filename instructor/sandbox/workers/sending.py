"""In the child: sends results through the result pipe immediately, as frames that hold messages and plain arrays.

sandbox/reply.py describes the form. The student's code may have replaced names of numpy's and Python's, so this module
keeps the originals.
"""

import contextlib
import dis
import json
import os
import signal
import sys
import traceback
from typing import Any

import numpy as np

_ndarray, _array, _number, _tobytes = np.ndarray, np.array, np.number, np.ndarray.tobytes
_dumps, _write, _exit = json.dumps, os.write, os._exit
_RESULT_PIPE = int(os.environ['RESULT_FD'])
_PLAIN = 'biuf'      # kinds of numbers, and the size of the largest in bytes: what reply.py accepts
_LARGEST_NUMBER = 8
_LARGEST = 1 << 20   # bytes of an array that may be sent; the answers are far smaller
_LONGEST_LINE = 300  # characters of a line of code in a traceback
_MOST_LINES = 12     # of a traceback


class TookTooLong(Exception):
    """Raised in the student's code when it has used up its processor time."""


@contextlib.contextmanager
def time_limit(seconds):
    """Raise TookTooLong inside the block after so many seconds of processor time, so that the line is known.

    Sleeping code does not use up this time; the supervisor stops that.
    """
    def stop(*_):
        raise TookTooLong(f'still running after {seconds:g} seconds: an endless loop?')

    signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def describe_error(error):
    """A description of an exception of the student's code: its kind, its message and the lines that led to it.

    missing: the undefined name of a NameError, or the key of a KeyError. lacks: what an ImportError is about, such as
    'matplotlib.cm', '' if it does not say; None for other errors.
    """
    try:
        said = str(error)
    except BaseException:  # its own __str__ may do anything
        said = ''
    try:
        lines = [[frame.filename, frame.lineno, frame.name, frame.line]
                 for frame in traceback.extract_tb(error.__traceback__)]
        if isinstance(error, SyntaxError):
            lines.append([error.filename, error.lineno, '', error.text])
        lines = [[str(part or '')[:_LONGEST_LINE] for part in line] for line in lines]
    except BaseException:
        lines = []
    if len(lines) > _MOST_LINES:
        lines = lines[:_MOST_LINES // 2] + lines[-_MOST_LINES // 2:]
    line = error.lineno if isinstance(error, SyntaxError) else None
    return {'kind': type(error).__name__[:80], 'said': said[:1000], 'line': line if type(line) is int else None,
            'is_exit': isinstance(error, SystemExit), 'is_blank': isinstance(error, NotImplementedError),
            'timed_out': isinstance(error, TookTooLong), 'missing': _missing(error), 'lacks': _lacks(error),
            'lines': lines}


def _lacks(error):
    try:
        return str(error.name or '')[:80] if isinstance(error, ImportError) else None
    except BaseException:
        return ''


def _missing(error):
    try:
        if isinstance(error, KeyError):
            return error.args[0][:80] if type(error.args[0]) is str else ''
        if isinstance(error, NameError):
            last: Any = error.__traceback__  # there is one: the error was raised
            while last.tb_next is not None:
                last = last.tb_next
            # The instruction that failed loads the name; before Python 3.10 the exception itself does not have it.
            loads = (found.argval for found in dis.get_instructions(last.tb_frame.f_code)
                     if found.offset == last.tb_lasti)
            return str(next(loads, ''))[:80]
    except BaseException:
        pass
    return ''


def describe(value, arrays):
    """A description of a value; numbers of moderate size are also added to `arrays` as (type, shape, bytes).

    Numbers are plain arrays, single numbers, and lists of plain numbers. The description itself holds short texts and
    truth values, as 'value'.
    """
    description: dict[str, Any] = {'type': type(value).__name__[:80], 'array': None}
    numbers = value
    if type(value) is _ndarray:
        description.update(dtype=str(value.dtype)[:80], shape=list(value.shape))
    elif type(value) in (bool, str):
        description['value'] = value[:_LONGEST_LINE] if type(value) is str else value
    elif type(value) in (int, float) or isinstance(value, _number):
        numbers = _of_numbers(value)
    elif type(value) in (list, tuple) and value and {*map(type, value)} in ({int}, {float}):
        description['type'] = f'{type(value).__name__} of {type(value[0]).__name__}'
        numbers = _of_numbers(value)
    if type(numbers) is _ndarray and numbers.dtype.kind in _PLAIN and numbers.dtype.itemsize <= _LARGEST_NUMBER \
            and numbers.nbytes <= _LARGEST:
        description['array'] = len(arrays)
        arrays.append((numbers.dtype.str, numbers.shape, _tobytes(numbers)))  # now: a later call may change it
    return description


def _of_numbers(value):
    try:
        return _array(value)
    except (ValueError, OverflowError):
        return None


def report(message):
    """Send a message (what JSON can hold), which cannot be taken back."""
    _frame(b'm', _dumps(message).encode())


def finish(message, arrays=()):
    """Send the last message and arrays (as `describe` collects them), and end the process immediately."""
    _frame(b'e', _dumps(message).encode())
    for descr, shape, data in arrays:
        lengths = b''.join(length.to_bytes(8, 'little') for length in shape)
        _frame(b'a', descr.encode().ljust(4) + bytes([len(shape)]) + lengths + data)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    _exit(0)  # the student's threads and atexit functions cannot interfere any more


def _frame(kind, content):
    rest = kind + len(content).to_bytes(8, 'little') + content
    while rest:
        rest = rest[_write(_RESULT_PIPE, rest):]
