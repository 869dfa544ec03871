"""What code prints although nobody asked for it: noted for each item, and charged as the course has it."""
from dataclasses import replace
from typing import NamedTuple

from instructor.judges.verdict import Verdict
from instructor.sandbox.worker_runs import plain

KIND = 'prints'
_LONGEST = 80  # characters of a line that are shown


class Printed(NamedTuple):
    """The beginning of what was printed. source: what printed it, in words; '' for the item itself."""

    text: str
    source: str = ''


def note(context, item, stdout, source=''):
    """Note what the code of an item has printed, if it is more than white space; what was noted first stays."""
    words = stdout.split()
    if words:
        context.printed.setdefault(item, Printed(plain(' '.join(words)[:_LONGEST]), source))


def charge(context) -> list[Verdict]:
    """The Verdicts that printing changes, with what the course takes off their shares."""
    lost, printed = context.course.printing.lost, context.printed
    if not printed or not lost:
        return []
    first = next(iter(printed))
    charged = printed if context.course.printing.of == 'item' else context.course.assignment.functions
    found = []
    for item in charged:
        verdict, cause = context.verdicts[item], item if item in printed else first
        text, source = printed[cause]
        said = f'{source or ("it" if cause == item else cause)} prints "{text}"'
        if verdict.share:  # a person, or no points: nothing to take off, but it has to be known
            reason = f'{said}, which costs {100 * float(lost):.4g} % of the points; without that: {verdict.reason}'
            found.append(replace(verdict, share=verdict.share * (1 - lost), reason=reason, kind=KIND))
        elif verdict.share is None:
            found.append(replace(verdict, reason=f'{verdict.reason}; {said}'))
    return found
