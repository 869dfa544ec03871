"""In the child: what a script has found leaves through the result pipe, as words and plain arrays.

A .npz file is written by hand: the student's code may have changed what numpy's names mean.
"""

import contextlib
import io
import json
import os
import signal
import sys
import traceback
import zipfile

import numpy as np

_ndarray, _tobytes, _dumps = np.ndarray, np.ndarray.tobytes, json.dumps
_PLAIN = 'biuf'
_LARGEST = 1 << 20  # bytes of an array that are sent; the answers are far smaller
_LONGEST = 20_000   # characters of a traceback


class TookTooLong(Exception):
    """Raised in the student's code when its time is over."""


@contextlib.contextmanager
def time_limit(seconds):
    """Raise TookTooLong inside the block after so many seconds, so that the line is known at which it hangs."""
    def stop(*_):
        raise TookTooLong(f'still running after {seconds:g} seconds: an endless loop?')

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def told_error(error):
    """An exception of the student's code in words: its kind, its last words and its traceback."""
    try:
        text = ''.join(traceback.format_exception(type(error), error, error.__traceback__))
        said = str(error)
    except BaseException:  # its own __str__ may do anything
        text = said = ''
    line = error.lineno if isinstance(error, SyntaxError) else None
    return {'kind': type(error).__name__[:80], 'said': said[:1000], 'line': line if type(line) is int else None,
            'is_exit': isinstance(error, SystemExit), 'is_blank': isinstance(error, NotImplementedError),
            'too_long': isinstance(error, TookTooLong), 'traceback': text[-_LONGEST:]}


def described(value, arrays):
    """What a value is, in words; a plain array of moderate size is also added to `arrays` as (type, shape, bytes)."""
    words = {'type': type(value).__name__[:80], 'array': None}
    if type(value) is _ndarray:
        words.update(dtype=str(value.dtype)[:80], shape=list(value.shape))
        if value.dtype.kind in _PLAIN and value.nbytes <= _LARGEST:
            words['array'] = len(arrays)
            arrays.append((value.dtype.str, value.shape, _tobytes(value)))  # now: a later call may change it
    return words


def send(words, arrays=()):
    """Send words (what json can write) and arrays (as `described` collects them), and end the process at once."""
    content = io.BytesIO()
    text = _dumps(words).encode()
    with zipfile.ZipFile(content, 'w') as archive:
        archive.writestr('words.npy', _npy('|u1', (len(text),), text))
        for number, array in enumerate(arrays):
            archive.writestr(f'{number}.npy', _npy(*array))
    with open(int(os.environ['RESULT_FD']), 'wb') as out:
        out.write(content.getvalue())
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    os._exit(0)  # threads and atexit functions of the student's have no say any more


def _npy(descr, shape, data):
    header = f"{{'descr': {descr!r}, 'fortran_order': False, 'shape': {shape!r}, }}".encode()
    header += b' ' * (-(len(header) + 11) % 64) + b'\n'
    return b'\x93NUMPY\x01\x00' + len(header).to_bytes(2, 'little') + header + data
