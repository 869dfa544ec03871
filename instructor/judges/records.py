"""Judges result files of training runs: are they right, and does the code that was handed in make them?

The runs are deterministic. Their first epochs are repeated with the student's scripts and the master's other files,
in a folder without the result files, and with a random seed that nobody can foresee: code that learns as it should
gives what the master's gives, code that only reports numbers cannot. Where everything else is right, a part of the data
is enough for that, see short_runs.py. What differs from the reference is also repeated with the seed of the assignment:
its first epochs, and all of them if those agree.
"""
from dataclasses import replace
from fractions import Fraction

from instructor.judges.known_records import read_known_records
from instructor.judges.repeated_runs import UNCLEAR, RepeatedRuns, RunFailed
from instructor.judges.short_runs import ShortRuns
from instructor.judges.verdict import UNREADABLE, Verdict, grader_fault
from instructor.sandbox.worker_runs import GraderFault, Postponed
from records import first_difference, read_reference

HARMLESS = ('in-place', 'mask-not-stored')  # kinds of mistakes that the records need not show


def judge(question, submission, context):
    """The Verdict on the result file of a question, in a list.

    By the verdicts on what the run needs, no run is tried that cannot succeed. With no epochs to repeat, only what
    equals the reference is decided. Raises Postponed rather than repeat all epochs in a quick pass.
    """
    try:
        return [_records_of(submission, context).judge(question)]
    except GraderFault as error:
        return [grader_fault(question.name, str(error))]


def finish(submission, context):
    """New Verdicts on functions of which the runs show something else."""
    return _records_of(submission, context).functions_in_doubt()


def _records_of(submission, context):
    if __name__ not in context.memory:
        context.memory[__name__] = _Records(submission.files, context)
    return context.memory[__name__]


class _Records:
    """The result files of one submission."""

    def __init__(self, files, context):
        self.files, self.context, self.runs = files, context, RepeatedRuns(files, context)
        self.assignment, self.reading = context.course.assignment, context.reading
        self.epochs, self.secret = context.epochs, context.secret
        self.references = read_reference(self.assignment.references)
        self.known = read_known_records(self.assignment.known_records).values()
        self.gives_reference = {}  # question -> whether the code gives what the master's does, if that is known
        self.other_data = self._find_other_data()
        self.short_runs = ShortRuns(context, self.runs, [question for question in self.assignment.questions
                                                         if question.run and self._is_equal(question)])

    def judge(self, question):
        name = question.run.result
        if name not in self.files:
            return Verdict(question.name, 0, f'{name} is missing', kind='missing-file')
        if name not in self.reading.records:
            if name not in self.reading.texts:
                return Verdict(question.name, None, f'{name} {self.reading.why_unread(name)}', kind=UNREADABLE)
            return Verdict(question.name, 0, f'{name} {self.reading.problems[name]}', kind='malformed-result')
        record = self.reading.records[name]
        found = self._judge_record(question, record)
        for known, mistaken in self._known_records(question):
            if found.share != 1 and not known.other_data and first_difference(record, mistaken) is None:
                return replace(found, details=(*found.details, ('hint', known.says)))
        return found

    def _known_records(self, question):
        """The KnownRecords that hold one of this question, each with that record, of which it may be the beginning."""
        return [(known, known.records[question.run.result]) for known in self.known
                if question.run.result in known.records]

    def _find_other_data(self):
        """(kind, text) if a record shows that all were made with other data, else None."""
        for question in [question for question in self.assignment.questions if question.run]:
            record = self.reading.records.get(question.run.result)
            for known, mistaken in self._known_records(question):
                if known.other_data and record and first_difference(record, mistaken) is None:
                    return known.kind, f'the result of {question.title} {known.says}'
        return None

    def _judge_record(self, question, record):
        reference = self.references[question.run.result]
        equal = self._is_equal(question)
        try:
            if self.epochs == 0:
                self.runs.check_running(question)
                if equal:
                    self.runs.try_out(question)
                return self._not_repeated(question, equal)
            self.runs.check_running(question)
            if equal and self.short_runs.confirm(question):
                self.gives_reference[question.name] = True
                return self._judge_equal(question, None)
            if not equal:
                by_code = self.runs.repeat(question, self.epochs)
                self.gives_reference[question.name] = first_difference(by_code, reference) is None
                difference = first_difference(by_code, record)
                if difference:
                    return self._not_reproduced(question, difference)
            by_secret = self.runs.repeat(question, self.epochs, self.secret.seed)
            difference = first_difference(by_secret, self.secret.records[question.name])
            self.gives_reference[question.name] = difference is None and self.gives_reference.get(question.name, True)
            if equal:
                return self._judge_equal(question, difference)
            return self._judge_different(question, record, by_code, by_secret, difference)
        except RunFailed as failed:
            self.gives_reference[question.name] = False
            return self._failed(question, equal, *failed.args)

    def _is_equal(self, question):
        record = self.reading.records.get(question.run.result)
        return record is not None and first_difference(record, self.references[question.run.result]) is None

    def functions_in_doubt(self):
        """New Verdicts on functions that are wrong, although the code gives the reference records that need them."""
        found, functions = [], self.assignment.functions
        for item in functions:
            verdict = self.context.verdicts.get(item)
            if verdict is None or verdict.share in (None, 1) or verdict.kind in HARMLESS:
                continue
            needing = [question for question in self.assignment.questions
                       if question.name in self.gives_reference and item in question.needs
                       and item not in question.run.unaffected_by
                       and all(other.share == 1 for other in self.runs.needed(question) if other.item not in functions)]
            if needing and all(self.gives_reference[question.name] for question in needing):
                runs = ', '.join(question.title for question in needing)
                found.append(replace(verdict, share=None, kind='against-evidence', reason=f'{verdict.reason}; but the '
                                     f'code gives what it should in {runs}: see whether it is wrong'))
        return found

    def _judge_equal(self, question, difference):
        """The Verdict on a record that equals the reference; difference: of the code's secret run from the master's."""
        if difference:
            return Verdict(question.name, None, 'equals the reference, but with another random seed the code that was '
                           'handed in gives other accuracies than it should', kind='copied-results')
        wrong = self._wrong_item(question)
        if wrong:
            return Verdict(question.name, None, f'equals the reference, and the code gives it although {wrong} is '
                           'wrong: see how it does', kind='against-evidence')
        return Verdict(question.name, 1,
                       f'equal to the reference, and the code gives what it should ({self._repeated()})')

    def _wrong_item(self, question):
        """The title of an item that is wrong in a way with which the right record cannot be made, or None."""
        for found in self.runs.needed(question):
            harmless = (found.seen_in is not None and not {*question.run.dimensions} & {*found.seen_in} or
                        found.item in question.run.unaffected_by)
            if not harmless and found.share is not None and found.share < 1:
                return self.assignment.items[found.item].title
        return None

    def _judge_different(self, question, record, by_code, by_secret, difference):
        """The Verdict on a record that differs from the reference, and whose first epochs the code gives.

        by_code, by_secret: what it gives with the assignment's seed and the secret one; difference: as above.
        """
        why, kind = self._why_different(question, record)
        wrong = next((found.item for found in self.runs.needed(question)
                      if found.item in self.assignment.functions and found.share is not None and found.share < 1), None)
        changed = self._changed(question)
        if wrong or changed:
            is_wrong = f'{wrong} is wrong' if wrong else f'given code is changed in {changed[0]}'
            return Verdict(question.name, None, f'{why}; the code gives it as far as it was repeated '
                           f'({self._repeated()}), and {is_wrong}: see whether that explains it', kind=kind)
        reference = self.references[question.run.result]
        if by_code == by_secret or not difference and first_difference(by_code, reference):
            return Verdict(question.name, None, f'{why}; the code gives it, but not as one that learns would: with '
                           'another random seed it does not give what goes with it', kind='against-evidence')
        if self.epochs < self.assignment.epochs:
            if not self.context.may_repeat_all():
                return Verdict(question.name, None, f'{why}; the code gives it as far as it was repeated '
                               f'({self._repeated()})', kind=kind)
            if self.context.quick:
                raise Postponed
            self.context.say(f'repeating all {self.assignment.epochs} epochs of {question.title}')
            difference = first_difference(self.runs.repeat(question, self.assignment.epochs), record)
            if difference:
                return self._not_reproduced(question, difference)
        return Verdict(question.name, Fraction(1, 2), f'{why}; the code gives it, all {self.assignment.epochs} epochs',
                       kind=kind)

    def _why_different(self, question, record):
        for known, mistaken in self._known_records(question):
            by_code = any(found.kind == known.kind for found in self.runs.needed(question))
            if not known.other_data and (by_code or first_difference(record, mistaken) is None):
                return f'differs from the reference: {known.says}', known.kind
        epoch, key = first_difference(record, self.references[question.run.result])[:2]
        return f'differs from the reference, first at epoch {epoch} of "{key}"', 'differs-from-reference'

    def _repeated(self):
        return 'epoch 1 was repeated' if self.epochs == 1 else f'epochs 1 to {self.epochs} were repeated'

    def _not_repeated(self, question, equal):
        wrong, changed = self._wrong_item(question), self._changed(question)
        if equal and wrong:
            return Verdict(question.name, None, f'equals the reference, although {wrong} is wrong; no epoch was '
                           'repeated', kind='against-evidence')
        if equal and changed:
            return Verdict(question.name, None, f'equals the reference, but given code is changed in {changed[0]}, and '
                           'no epoch was repeated', kind='copied-results')
        if equal:
            return Verdict(question.name, 1, 'equal to the reference (no epoch was repeated)')
        if self.other_data:
            kind, says = self.other_data
            return Verdict(question.name, None, f'{says}; no epoch was repeated', kind=kind)
        return Verdict(question.name, None, 'differs from the reference; no epoch was repeated',
                       kind='differs-from-reference')

    def _changed(self, question):
        return [name for name in question.run.uses if name in self.reading.changed]

    def _not_reproduced(self, question, difference):
        epoch, key, by_code, in_file = difference
        why = (f'the code that was handed in gives another record: epoch {epoch} of "{key}" is {by_code}, in the file '
               f'{in_file}')
        details = [(f'"{key}" at epoch {epoch} in the file', in_file), ('by the code', by_code)]
        if self.other_data:
            kind, says = self.other_data
            return Verdict(question.name, None, f'{says}; {why}', [*details, ('hint', says)], kind)
        return Verdict(question.name, 0, why, details, 'not-reproduced')

    def _failed(self, question, equal, why, kind, traceback=''):
        details = [('traceback', traceback)] if traceback else []
        if kind in UNCLEAR:
            return Verdict(question.name, None, why, details, kind)
        if equal:
            return Verdict(question.name, None, 'equals the reference, but the code that was handed in cannot make it: '
                           f'{why}', details, 'copied-results')
        return Verdict(question.name, 0, f'the code that was handed in cannot make it: {why}', details, kind)
