"""Compares what the student's code did in a case with what the master's did, with the students' checker's tolerance.

What this calls right and wrong, the checker does too; it says so in the checker's words.
"""
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from checking import REDRAWN, Hint, differences, likely_cause, unlike_an_array
from instructor.judges.answers import NOTHING
from instructor.judges.cases import RETURNED
from instructor.judges.verdict import RIGHT, Verdict, sum_of

FITS = 1e-4  # what differs by less, such as single precision, may give the records of the right function
LIKE = 1e-6   # what differs by less is the same mistake, as in checking.likely_cause
NOT_REACHED = 'not reached'  # what details say of a part that no call got to
NUMBERS = {'float', 'float16', 'float32', 'float64', 'int', 'int8', 'int16', 'int32', 'int64', 'uint8'}


class Kept(NamedTuple):
    """What a call must leave as it is: the name of the result that shows it after the call, and what it was before.

    kind: of the mistake, as in Verdict. tolerance: how much it may differ, for what a call may compute again.
    """

    result: str
    before: np.ndarray
    kind: str = 'in-place'
    tolerance: float = 0.0

    def is_kept(self, after):
        """Whether an array after the call, or None, is as before."""
        if self.tolerance and np.shape(after) == self.before.shape:
            return bool((differences(after, self.before) <= self.tolerance).all())
        return np.array_equal(self.before, after)


class Comparison:
    """What was found about one item. An assignment may have a subclass with mistakes of its own, see cases.py.

    faults: result -> the first hint about it, '' if the failure of the call explains it; kind: of the first fault, ''
    if there is none; seen_in: as in Verdict. made: the cases with results that were called; reached: their results.
    """

    def __init__(self, item, draw):
        """item: an assignment.Item; draw: its Draw."""
        self.item, self.cases, self.inputs = item, draw.cases, draw.inputs
        self.results = tuple(dict.fromkeys(result for case in draw.cases for result in case.results))
        self.faults, self.kind, self.seen_in = {}, '', set()
        self.made, self.reached = [], set()
        self.difference, self.traceback = None, ''
        self.changed, self.changed_kind = '', ''  # which argument is changed, and the kind of that mistake
        self.hints = []  # further ones

    # ---- what a subclass may know better

    def lookalikes(self, case, result, answer):
        """(Hint, array) of results that are wrong in a known way; answer: of the master's code."""
        return []

    def unchanged(self, case):
        """What a call must leave as it is, by its name in words: name -> Kept."""
        return {name: Kept(f'argument {name}', self.inputs[array]) for name, array in case.call.arguments.items()}

    def subject(self, case):
        """What a case calls, in words: the subject of 'fails' and of 'is not written yet'."""
        return self.item.name

    def reword(self, case, result, got, right, hint):
        """The Hint to give in place of one on a result; got, right: the Values of the student's code and the master's.
        """
        return hint

    def look_further(self, case, got):
        """Look at what else there is to see after a call; got: the Answer of the student's code."""

    def advise(self, needed):
        """Add to hints what follows from the Verdict on the item that this one needs, if this one has faults."""

    # ---- comparing

    def first_argument(self, case):
        """(name, array) of the first argument of a case, or ('', None)."""
        for name, array in case.call.arguments.items():
            return name, self.inputs[array]
        return '', None

    def where(self, case):
        name, array = self.first_argument(case)
        return f' ({name} of shape {array.shape}{case.about})' if name else f' ({case.about})' if case.about else ''

    def note(self, result, hint, where=''):
        """Note a fault of a result; the first one of all gives the kind."""
        self.faults.setdefault(result, f'{result}{hint.text}{where}')
        self.kind = self.kind or hint.kind

    def look_at(self, case, got, answer):
        """Compare what the student's code and the master's did in a case: two Answers."""
        self.made += [case] if case.results else []
        self.reached.update(case.results)
        if got.failure and (case.results or got.failure.kind == 'endless'):
            self.note_failure(case, got.failure)
        if case.results:
            self.compare(case, got, answer)
            if got.failure and got.failure.kind == 'endless':  # so nothing that it stored is of use
                for result in case.results:
                    self.faults.setdefault(result, '')
        self.look_further(case, got)

    def compare(self, case, got, answer):
        """Compare the results of a case, of which there is at least one."""
        hint = case.hint or (REDRAWN if got.drew and not answer.drew else None)
        for result in case.results:
            if got.failure and result not in got.results:
                self.faults.setdefault(result, '')
            elif not (got.failure and result == RETURNED):
                self._compare(case, result, got.results.get(result, NOTHING), answer, hint)
        self._compare_arguments(case, got.results)

    def _compare(self, case, result, got, answer, hint):
        right = answer.results[result]
        fault = self.fault(got, right, case.tolerance, hint, self.lookalikes(case, result, answer))
        if fault:
            self.note(result, self.reword(case, result, got, right, fault), self.where(case))
            if not _fits(got.array, right.array):
                self.note_seen(case)

    def note_seen(self, case):
        _, array = self.first_argument(case)
        if array is not None and array.ndim and len(array) > 1:  # no mini-batch of the runs has one example only
            self.seen_in.add(array.ndim)

    def note_failure(self, case, failure):
        subject = self.subject(case)  # one item may call several functions, each of which may fail
        key = RETURNED if RETURNED in case.results or not case.results else subject
        self.faults.setdefault(key, f'{subject} {in_words(failure, self.where(case))}')
        self.kind = self.kind or failure.kind
        self.traceback = self.traceback or failure.traceback
        self.note_seen(case)

    def fault(self, got, expected, tolerance, hint=None, lookalikes=()):
        """What is wrong with a Value, as a Hint, or None."""
        right = expected.array
        if right is None or expected.type != 'ndarray':
            unlike = _unlike(got, expected)
            if unlike or right is None:
                return unlike
        elif got.array is None or got.type != 'ndarray':
            kind = {'NoneType': 'nothing-returned', 'ndarray': 'dtype'}.get(got.type, 'not-an-array')
            return Hint(kind, f' is {got.words}, expected a plain numpy array of shape {right.shape}')
        found = got.array if got.type == 'ndarray' or expected.type != got.type else got.array.astype(right.dtype)
        with np.errstate(all='ignore'):
            fault = unlike_an_array(found, right)
            if fault is None:
                difference = differences(found, right).max(initial=0)
                self.difference = max(difference, self.difference or 0.0)
                if difference > tolerance:
                    fault = hint or (likely_cause if right.ndim else _cause_of_a_number)(found, right, lookalikes)
        return fault

    def _compare_arguments(self, case, got):
        """Note the arguments that are not what they were before the call."""
        for label, kept in self.unchanged(case).items():
            if not self.changed and kept.result in got and not kept.is_kept(got[kept.result].array):
                self.changed, self.changed_kind = (
                    f'{label} is changed in place: work on a copy{self.where(case)}', kept.kind)

    def verdict(self, assignment):
        """The Verdict; assignment: says what a change in place costs."""
        shapes = {name: dict.fromkeys(str(array.shape) for other, array in map(self.first_argument, self.made)
                                      if other == name) for name, _ in map(self.first_argument, self.made) if name}
        details = [('tried', f'{len(self.made)} calls'
                    + ''.join(f', with {name} of shape {", ".join(found)}' for name, found in shapes.items()))]
        if self.difference is not None:
            details.append(('largest difference', f'{self.difference:.1e}'))
        weights = self.item.parts
        if len(self.results) > 1:
            details += [(part, 'wrong' if part in self.faults else RIGHT if part in self.reached else NOT_REACHED)
                        for part in weights]
        details += [('hint', hint) for hint in filter(None, [*self.faults.values(), self.changed, *self.hints])]
        loss = assignment.changed_in_place if self.changed else 0
        if not self.faults and self.changed:
            return Verdict(self.item.name, 1 - loss, f'right on all inputs, but {self.changed}', details,
                           self.changed_kind, ())
        if not self.faults:
            return Verdict(self.item.name, 1, 'right on all inputs', details)
        if self.traceback:
            details.append(('traceback', self.traceback))
        right = [part for part in self.results if part in self.reached - {*self.faults}]
        share = Fraction(0)
        if right and sum_of(weights, weights):
            share = max(sum_of(weights, right) / sum_of(weights, self.results) - loss, share)
        reason = next(iter(self.faults.values()))
        if right and share:
            reason = f'{len(right)} of {len(self.results)} results right: {reason}'
        return Verdict(self.item.name, share, reason, details, self.kind, sorted(self.seen_in))


def in_words(failure, where=''):
    """What an answers.Failure is, as what follows the name of the function; where: on which input."""
    return {'not-written': 'is not written yet', 'exits': 'ends the program (sys.exit, exit or quit)',
            'endless': f'does not return: an endless loop?{where}'}.get(failure.kind, f'fails: {failure.line}{where}')


def _cause_of_a_number(got, expected, lookalikes):
    """As checking.likely_cause, for single numbers: they resemble another number only if that one is known."""
    for hint, number in lookalikes:
        if np.ndim(number) == 0 and differences(got, number).max() < LIKE:
            return hint
    return Hint('wrong-values', f' is {float(got):.6g}, expected {float(expected):.6g}')


def _unlike(got, expected):
    """What keeps a Value from being of the type that is expected, if that is not an array, as a Hint, or None."""
    if expected.array is not None and got.array is not None:
        if got.type == expected.type or expected.type in NUMBERS and got.array.size == 1 and \
                (got.type in NUMBERS or got.type == 'ndarray' and got.array.ndim == 0):
            return None
    # Any class can have the name of a type of numbers, so a number without its array is none.
    if got.type != expected.type or got.plain != expected.plain or expected.array is not None:
        wanted = 'a number' if expected.type in NUMBERS else \
            expected.words if expected.plain is None else repr(expected.plain)
        what = got.words if got.plain is None else repr(got.plain)
        return Hint('nothing-returned' if got.words == 'None' else 'wrong-type' if got.plain is None or
                    got.type != expected.type else 'wrong-values', f' is {what}, expected {wanted}')
    return None


def _fits(got, expected):
    """Whether an array has the right numbers, in whatever precision."""
    if expected is None or type(got) is not np.ndarray or got.dtype.kind != 'f' or got.shape != expected.shape:
        return False
    with np.errstate(all='ignore'):
        return bool((differences(got.astype(float), expected) < FITS).all())
