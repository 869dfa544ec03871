"""Reading what a student's process sent as a .npz file: plain numbers of stated kinds and sizes, or nothing."""
import io
import zipfile
from math import prod

import numpy as np

from instructor import syntax_trees

_MAGIC = b'\x93NUMPY\x01\x00'
_LONGEST_HEADER = 1024
_PLAIN = 'biuf'


def _array(content):
    """One plain array from the bytes of a .npy file; sizes are compared before anything is allocated."""
    if content[:8] != _MAGIC:
        raise ValueError('not a .npy file of format 1.0')
    length = int.from_bytes(content[8:10], 'little')
    if length > _LONGEST_HEADER:
        raise ValueError(f'its header claims {length} bytes, at most {_LONGEST_HEADER} are read')
    file = io.BytesIO(content)
    file.seek(8)
    shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    if dtype.kind not in _PLAIN or dtype.names or dtype.shape or dtype.hasobject:
        raise ValueError(f'its type {str(dtype)[:60]} is not a plain number')
    if any(type(size) is not int or size < 0 for size in shape):
        raise ValueError(f'its shape {str(shape)[:60]} is no shape')
    if prod(shape) * dtype.itemsize != len(content) - file.tell():
        raise ValueError(f'it claims shape {str(shape)[:60]} of {dtype}, but holds {len(content) - file.tell()} bytes')
    file.seek(0)
    return np.load(file, allow_pickle=False)


def read_arrays(result, expected=None, max_arrays=64):
    """The arrays in `result`, the bytes of a file that np.savez wrote (not compressed).

    expected: dict of name -> (dtype, shape); exactly these names must be there, with exactly this dtype and shape; a
    dtype or shape of None lets any plain number type or any shape pass. Without `expected` all arrays are returned,
    at most max_arrays. No array is larger than `result` is. Returns a dict of name -> ndarray.
    Raises ValueError with one line on the first thing that is not so.
    """
    if not result:
        raise ValueError('no result was sent')
    arrays = {}
    name = None
    try:
        with zipfile.ZipFile(io.BytesIO(result)) as archive:
            members = archive.infolist()
            if len(members) > (max_arrays if expected is None else len(expected)):
                raise ValueError(f'{len(members)} arrays were sent, expected {len(expected or range(max_arrays))}')
            for member in members:
                name = member.filename[:-4] if member.filename.endswith('.npy') else member.filename
                if member.compress_type != zipfile.ZIP_STORED or member.file_size > len(result):
                    raise ValueError('it is compressed')
                if name in arrays or (expected is not None and name not in expected):
                    raise ValueError('it was not asked for')
                content = archive.read(member)
                with syntax_trees.ONE_AT_A_TIME:  # numpy reads a header as Python
                    arrays[name] = _array(content)
                _compare(arrays[name], (expected or {}).get(name, (None, None)))
    except SystemError:  # Python's own fault, which no bytes bring about
        raise
    except Exception as error:  # bytes by a stranger: zipfile and numpy raise many kinds on a malformed file
        text = ' '.join(str(error).split())[:200] or type(error).__name__
        place = '' if name is None else f', array {name[:60]!r}'
        raise ValueError(f'the result cannot be read{place}: {text}') from None
    missing = sorted(set(expected or ()) - set(arrays))
    if missing:
        raise ValueError(f'the result lacks {", ".join(missing)}')
    return arrays


def _compare(array, wanted):
    dtype, shape = wanted
    if dtype is not None and array.dtype != np.dtype(dtype):
        raise ValueError(f'it has type {array.dtype}, expected {np.dtype(dtype)}')
    if shape is not None and array.shape != tuple(shape):
        raise ValueError(f'it has shape {array.shape}, expected {tuple(shape)}')
