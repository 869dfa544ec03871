"""Replies: arrays arrive as they were, and whatever else a child sends is one line."""

import struct
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instructor.sandbox import api as sandbox
from tests.helpers.boxes import frame, reply


def test_arrays_arrive_as_they_were():
    sent = [np.arange(6.0).reshape(2, 3), np.asfortranarray(np.ones((3, 4), np.float32)), np.array(7),
            np.zeros((0, 5)), np.array([True, False]), np.arange(3, dtype='>i2')]
    messages, read, is_whole = sandbox.read_reply(reply({'a': [1, None]}, 'b', arrays=sent))
    assert messages == [{'a': [1, None]}, 'b'] and len(read) == len(sent) and is_whole
    assert sandbox.read_reply(frame(b'm', b'1')) == ([1], [], False)
    for got, array in zip(read, sent):
        assert type(got) is np.ndarray and got.dtype == array.dtype
        np.testing.assert_array_equal(got, array)


class Sly(np.ndarray):
    def __eq__(self, other):
        return True


def claimed(descr, *shape, data=b'12345678'):
    return frame(b'a', descr.ljust(4) + struct.pack(f'<B{len(shape)}Q', len(shape), *shape) + data)


@pytest.mark.parametrize('result, words', [
    (None, 'no result was sent'), (b'', 'no result was sent'), (b'PASSED', 'it breaks off'),
    (b'PASSED and more than that', 'it breaks off'), (frame(b'x', b''), 'in no form of ours'),
    (frame(b'm', b'[')[:-1], 'it breaks off'), (frame(b'e', b'1') * 2, 'in no form of ours'),
    (frame(b'm', b'['), 'a message is not JSON'),
    (frame(b'm', b'[' * 100_000), 'a message is not JSON'), (frame(b'm', b'\xff'), 'a message is not JSON'),
    (frame(b'm', b'[' * 9), 'a message is not JSON'), (frame(b'm', b'1' * (1 << 19)), 'a message is not JSON'),
    (frame(b'm', b'1'.rjust(1 << 20)) + frame(b'm', b'1'), 'more than 1048576 bytes of messages'),
    (frame(b'm', b'1') * 5001, 'more than 5000 parts'),
    (reply(arrays=[np.zeros(2, complex)]), "the type '<c16', not that of plain numbers"),
    (reply(arrays=[np.array(['x', 'y'])]), "the type '<U1'"),
    (claimed(b'|O', 1), r"the type '\|O'"), (claimed(b'|V8', 1), "the type"), (claimed(b'f8', 1), "the type 'f8'"),
    (claimed(b'<f8', 10 ** 12), r'claims 1 axes \[1000000000000\] of <f8, but holds 8 bytes'),
    (claimed(b'<f8', 1 << 63, 4), 'but holds 8 bytes'), (claimed(b'<f8', 2), 'but holds 8 bytes'),
    (claimed(b'<f8', *[1] * 200), 'claims 200 axes'), (frame(b'a', b'<f8 '), 'but holds 0 bytes'),
    (frame(b'a', b'<f8 \x05abc'), 'but holds 0 bytes'), (frame(b'a', b''), 'the type'),
    (claimed(b'<f8', 1 << 63, 1 << 63, 0, data=b''), 'but holds 0 bytes'),
    (claimed(b'<f8', 10 ** 9, 0, data=b''), 'but holds 0 bytes'),
])
def test_replies_that_are_none(result, words):
    with pytest.raises(ValueError, match=words) as caught:
        sandbox.read_reply(result)
    assert '\n' not in str(caught.value)


def test_a_reply_is_no_larger_than_what_was_sent():
    tracemalloc.start()
    try:
        content = reply({'x': 1}, arrays=[np.zeros(1 << 20)])
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        read = sandbox.read_reply(content)
        assert tracemalloc.get_traced_memory()[1] - before < 100_000  # the numbers stay where they are
        assert read[1][0].nbytes == 8 << 20
    finally:
        tracemalloc.stop()


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=8), st.integers(0, 400))
def test_damaged_replies_give_numbers_or_one_line(changes, cut):
    whole = bytearray(reply({'a': 'b'}, arrays=[np.arange(4.0), np.zeros((2, 3), np.int8)]))
    for place, byte in changes:
        whole[place % len(whole)] = byte
    try:
        _, arrays, _ = sandbox.read_reply(bytes(whole[:len(whole) - cut % len(whole)]))
    except ValueError as error:
        assert '\n' not in str(error)
    else:
        assert all(type(array) is np.ndarray and array.dtype.kind in 'biuf' for array in arrays)
