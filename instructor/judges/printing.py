"""What functions or files print although nobody asked for it: noted for each item, and charged as the course has it."""
from dataclasses import replace
from typing import NamedTuple

from instructor.judges.verdict import Verdict
from instructor.sandbox.worker_runs import plain

KIND = 'prints'
_LONGEST = 80  # characters of a line that are shown


class Printed(NamedTuple):
    """What was printed where an item was judged.

    source: what printed it, in words, '' for the item itself; at_import: whether it is a file that was imported.
    """

    line: str
    source: str = ''
    at_import: bool = False


def note(context, item, stdout, source='', at_import=False):
    """Note what the code of an item has printed, if it is more than white space; what was noted first stays."""
    words = stdout.split()
    if words:
        context.printed.setdefault(item, Printed(plain(' '.join(words)[:_LONGEST]), source, at_import))


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
        line, source, at_import = printed[cause]
        said = f'{source or ("it" if cause == item else cause)} prints "{line}"{" when it is imported" * at_import}'
        if verdict.share:  # a person, or no points: nothing to take off, but it has to be known
            reason = f'{said}, which costs {100 * float(lost):.4g} % of the points; without that: {verdict.reason}'
            found.append(replace(verdict, share=verdict.share * (1 - lost), reason=reason, kind=KIND))
        elif verdict.share is None:
            found.append(replace(verdict, reason=f'{verdict.reason}; {said}'))
    return found
