"""Looks in the records of the runs for what the assignment's text says should be seen."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Claim:
    """What the text says should be seen in the accuracies of a run, so that it can be looked for.

    text: in words. At an epoch, counted from 1, the accuracies of the question's run in `lists` ('train', 'val') lie
    above or below (relation) those of all the questions in `than`, or where there are none, the number `bound`; `by`
    more than this much.
    """

    text: str
    question: str
    relation: str
    lists: tuple
    epoch: int
    than: tuple = ()
    bound: float = 0.0
    by: float = 0.0


def look_for(claim, records):
    """(the numbers in words, whether they bear the Claim out); ('', None) where the record of a run is missing.

    records: name of a question -> {'train': [...], 'val': [...]}, for as many epochs as the claim is about.
    """
    names = [claim.question, *claim.than]
    if not all(name in records for name in names):
        return '', None
    sign = 1 if claim.relation == 'above' else -1
    values = {name: [records[name][key][claim.epoch - 1] for key in claim.lists] for name in names}
    own = values[claim.question]
    others = [values[name] for name in claim.than] or [[claim.bound] * len(own)]
    margin = min(sign * (value - wanted) for other in others for value, wanted in zip(own, other))
    shown = [claim.question]
    if claim.than:  # of several others, the one that comes closest
        shown.append(min(claim.than, key=lambda name: sign * (own[-1] - values[name][-1])))
    numbers = ', '.join(f'{" / ".join(f"{value:.4f}" for value in values[name])} ({name})' for name in shown)
    if claim.by:
        numbers = f'{margin:.4f} {claim.relation}, {numbers}'
    return numbers, margin > claim.by
