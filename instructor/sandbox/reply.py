"""Reading what a student's process sent: frames of messages and of plain arrays, one after the other, or nothing.

A frame is a letter, the length of its content (8 bytes, the lowest first), and the content:
    m    a message: JSON
    e    the same, as the last message: what was to be sent is complete with the arrays that follow
    a    an array: its type as numpy writes it ('<f8' and blanks, 4 bytes), the number of its axes (1 byte), the length
         of each (8 bytes), then its numbers, the last axis running fastest
Nothing is unpacked and nothing is evaluated: what comes out is no larger than what came in.
"""
import json
from math import prod
from typing import NamedTuple

import numpy as np

# Plain numbers of all sizes and both byte orders; what is of no such type is no answer.
PLAIN = {f'{order}{kind}{size}' for order in '<>' for kind, sizes in (('f', (2, 4, 8)), ('i', (2, 4, 8)),
                                                                   ('u', (2, 4, 8))) for size in sizes}
PLAIN |= {'|b1', '|i1', '|u1'}
LONGEST_MESSAGES = 1 << 20  # bytes of all messages together: as objects they take ten times as much, and more
MOST_FRAMES = 5000
MOST_AXES = 32


class ReplyError(ValueError):
    """What was sent is no reply; the text is one line."""


class Reply(NamedTuple):
    """What a process sent: messages (list of what JSON can hold) and arrays (list), in their order.

    is_whole: whether the last message is there.
    """

    messages: list
    arrays: list
    is_whole: bool


def read_reply(result):
    """The Reply in the bytes that a process sent. Raises ReplyError on the first thing that is not as it should be."""
    if not result:
        raise ReplyError('no result was sent')
    messages: list = []
    arrays: list[np.ndarray] = []
    left, place, is_whole = LONGEST_MESSAGES, 0, False
    while place < len(result):
        kind, length = result[place:place + 1], int.from_bytes(result[place + 1:place + 9], 'little')
        content = memoryview(result)[place + 9:place + 9 + length]
        if len(content) != length or place + 9 > len(result):
            raise ReplyError('it breaks off')
        if len(messages) + len(arrays) == MOST_FRAMES:
            raise ReplyError(f'it has more than {MOST_FRAMES} parts')
        if kind in (b'm', b'e') and not is_whole:
            left -= length
            messages.append(_message(content, left))
            is_whole = kind == b'e'
        elif kind == b'a':
            arrays.append(_array(content))
        else:
            raise ReplyError('it is in no form of ours')
        place += 9 + length
    return Reply(messages, arrays, is_whole)


def _message(content, left):
    if left < 0:
        raise ReplyError(f'it has more than {LONGEST_MESSAGES} bytes of messages')
    try:
        return json.loads(bytes(content), parse_int=_integer)
    except (ValueError, RecursionError):
        raise ReplyError('a message is not JSON') from None


def _integer(text):
    if len(text) > 20:  # to convert a very long one takes older Pythons for ever
        raise ValueError('too long a number')
    return int(text)


def _array(content):
    descr = bytes(content[:4]).decode('ascii', 'replace').strip()
    if descr not in PLAIN:
        raise ReplyError(f'an array has the type {descr!a}, not that of plain numbers')
    num_axes = content[4] if len(content) > 4 else 0
    shape = [int.from_bytes(content[5 + 8 * axis:13 + 8 * axis], 'little') for axis in range(min(num_axes, MOST_AXES))]
    data = content[5 + 8 * num_axes:]
    # Of an array without numbers, all lengths but one could be anything: none is longer than what was sent.
    is_array = num_axes <= MOST_AXES and len(content) >= 5 + 8 * num_axes and max(shape, default=0) <= len(content)
    if not is_array or prod(shape) * np.dtype(descr).itemsize != len(data):
        raise ReplyError(f'an array claims {num_axes} axes {str(shape)[:60]} of {descr}, but holds {len(data)} bytes')
    return np.frombuffer(data, dtype=descr).reshape(shape)
