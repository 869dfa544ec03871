"""instructor/judges/stand_ins.py: which of two verdicts on a function counts, beside two versions of other scripts."""

from fractions import Fraction

import pytest

from instructor.judges.stand_ins import choose
from instructor.judges.verdict import Verdict

NOTE = 'with a right lib.py in place of the one that was handed in'


def verdict(share, kind='', reason='a reason'):
    return Verdict('train', None if share is None else Fraction(share), reason, kind=kind)


RIGHT = verdict(1, reason='right on all inputs')
PART, LESS = verdict('1/2', 'percent', 'in percent'), verdict('1/4', 'shape', 'another shape')
RAISES, NOTHING = verdict(0, 'raises', 'KeyError'), verdict(0, 'not-written', 'is not written yet')
WAITS = verdict(None, 'waits', 'it waits')


@pytest.mark.parametrize('own, other, others_are_right, share, kind', [
    (RIGHT, None, False, 1, ''),  # other is not looked at
    (LESS, RIGHT, False, 1, ''), (RAISES, RIGHT, True, 1, ''), (WAITS, RIGHT, False, 1, ''),
    (RAISES, PART, False, '1/2', 'percent'), (LESS, PART, True, '1/2', 'percent'),
    (PART, LESS, False, '1/2', 'percent'), (LESS, LESS, False, '1/4', 'shape'),
    (NOTHING, NOTHING, False, 0, 'not-written'),
    (WAITS, PART, False, None, 'waits'), (PART, WAITS, True, None, 'waits'),
    (PART, RAISES, True, '1/2', 'percent'),           # nothing else explains it
    (PART, RAISES, False, None, 'needs-own-script'),  # the stand-in may lack something
    (RAISES, RAISES, False, 0, 'raises'),             # it fails in the same way with both
])
def test_the_verdict_that_counts(own, other, others_are_right, share, kind):
    found = choose(own, other, ['lib.py'], others_are_right)
    assert (found.share, found.kind) == (None if share is None else Fraction(share), kind)


def test_the_reason_says_beside_what_it_was_judged():
    assert choose(LESS, RIGHT, ['lib.py'], False).reason == f'right on all inputs, {NOTE}'
    assert choose(LESS, PART, ['lib.py'], False).reason == f'in percent; {NOTE}'
    assert choose(PART, LESS, ['lib.py'], False).reason == 'in percent'
    assert choose(PART, RAISES, ['lib.py'], False).reason == (
        f'wrong beside the lib.py that was handed in, which is not right either: in percent; {NOTE}: KeyError')
