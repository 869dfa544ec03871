"""Which verdict counts if a function was called twice: beside the student's other scripts, and beside stand-ins.

A function that is called with a right file in place of another script of the student's does not pay for what is wrong
there. But that file may lack what the student's own has in addition, so if only it fails, the teacher decides.
"""
from dataclasses import replace

from instructor.judges.verdict import Verdict

LACKING = ('import', 'raises')  # kinds of verdicts that may come from something that a stand-in does not have


def choose(own: Verdict, other: Verdict, scripts: list, others_are_right: bool) -> Verdict:
    """The Verdict that counts.

    own: with all scripts as they were handed in; other: with stand-ins in place of `scripts`; others_are_right: whether
    all that is judged of those was found right, so that they explain no fault.
    """
    if own.share == 1:
        return own
    note = f'with a right {" and ".join(scripts)} in place of the one that was handed in'
    if other.share == 1:
        return replace(other, reason=f'{other.reason}, {note}')
    if own.share is None or other.share is None:
        return own if own.share is None else other
    if own.reason == other.reason:
        return other
    if other.share > own.share or other.share == own.share and not others_are_right and other.kind not in LACKING:
        return replace(other, reason=f'{other.reason}; {note}')
    if other.kind in LACKING and not others_are_right:
        said = f'wrong beside the {" and ".join(scripts)} that was handed in, which is not right either: {own.reason}'
        return Verdict(own.item, None, f'{said}; {note}: {other.reason}', own.details, 'needs-own-script')
    return own
