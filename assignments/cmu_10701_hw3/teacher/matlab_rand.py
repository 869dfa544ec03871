"""MATLAB's uniform generator of version 5, as rand('state', 0) starts it.

A generator of G. Marsaglia's kind, described in C. Moler, "Random thoughts", MATLAB News & Notes, Fall 1995: a
subtract-with-borrow sequence of 32 floats, whose mantissas are mixed with the bits of a 32-bit shift register.
"""

import math

MANTISSA_BITS = 53
ULP = 2.0 ** -MANTISSA_BITS
SEED = 2 ** 31  # the shift register's state after rand('state', 0)


class MatlabRand:
    """The numbers that rand gives after rand('state', 0), in order.

    >>> rand = MatlabRand()
    >>> [f'{rand.draw():.8f}' for _ in range(2)]
    ['0.95012929', '0.23113851']
    """

    def __init__(self):
        self._register = SEED
        self._floats = [self._random_fraction() for _ in range(32)]
        self._register = SEED
        self._borrow = 0.0
        self._index = 0

    def draw(self):
        """The next number, in (0, 1)."""
        z, i = self._floats, self._index
        x = z[(i + 20) % 32] - z[(i + 5) % 32] - self._borrow
        self._borrow = 0.0
        if x < 0:
            x += 1.0
            self._borrow = ULP
        z[i] = x
        self._index = (i + 1) % 32

        low = self._register
        high = self._shift()
        fraction, exponent = math.frexp(x)
        mantissa = int(fraction * 2 ** MANTISSA_BITS) ^ ((high << 32) % 2 ** 52) ^ low
        return math.ldexp(mantissa, exponent - MANTISSA_BITS)

    def _shift(self):
        """Move the shift register on by one step, and return its new state."""
        j = self._register
        j ^= (j << 13) % 2 ** 32
        j ^= j >> 17
        j ^= (j << 5) % 2 ** 32
        self._register = j
        return j

    def _random_fraction(self):
        """A number in [0, 1) of 53 bits, bit 19 of one state of the register each, the most significant first."""
        bits = 0
        for _ in range(MANTISSA_BITS):
            bits = 2 * bits + (self._shift() >> 19) % 2
        return bits * ULP
