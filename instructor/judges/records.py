"""Judges the seven result files (Q3.3-Q3.8 and Q3.10): are they right, and does the code that was handed in make them?

The runs are deterministic. Their first epochs are repeated with the student's two scripts and the master's other files,
in a folder without the result files, and with a random seed that nobody can foresee: code that learns as it should
gives what the master's gives, code that only tells numbers cannot. What differs from the reference is also repeated
with the seed of the assignment: its first epochs, and all 30 where those agree.
"""
import json
from dataclasses import replace
from fractions import Fraction

from instructor.judges.functions import NEVER_RETURNS, TIMED_OUT
from instructor.judges.training_runs import DATA, TINY_DATA, record_told, run_training
from instructor.judges.verdict import Verdict, grader_fault
from instructor.sandbox.worker_runs import FORGED, UNCERTAIN, GraderFault, Postponed, last_line, plain, traceback_text
from records import first_difference, read_reference

SET_UP_SECONDS, EPOCH_SECONDS = 60, 60  # an epoch: ten times what the master takes
# Processor time of all runs of a submission together: well above what all epochs of the seven take.
BUDGET_SECONDS = 30 * 60
NOT_RUNNING = ({*NEVER_RETURNS} - {*TIMED_OUT}) | {'missing-file', 'not-written', 'import', 'exits', 'no-main'}  # kinds
HARMLESS = ('in-place', 'mask-not-stored')  # kinds of mistakes that the records need not show
UNCLEAR = ('too-slow', 'unreadable')  # kinds of failures from which nothing certain follows
_SLOW = 'takes more than {:.0f} seconds to repeat'
_SPENT = f'took longer, in all runs together, than the {BUDGET_SECONDS // 60} minutes that a submission is given'


def judge(submission, course, reading, box, others=(), rerun_epochs=1, full_rerun=True, secret=None, quick=False,
          references=None, data=None, say=None):
    """A Verdict for each of the seven result files, and new ones on functions of which the runs tell something else.

    reading: see reading.py; box: see worker_runs.make_box.

    others: the verdicts on the five functions and Q3.9, by which no run is tried that cannot succeed. rerun_epochs: 0
    to 30; with 0 only what equals the reference is decided. full_rerun: whether all 30 epochs are repeated where that
    decides; otherwise a person has to. secret: from training_runs.draw_secret, with as many epochs, if there are any.
    quick: to raise Postponed rather than repeat all 30 epochs. references: file name -> record {'train': [...], 'val':
    [...]}; data: Path of the data set; both are the master's where they are not given. say: called with a line on what
    is being done before it takes long. Raises ValueError for another number of epochs.
    """
    assignment = course.assignment
    if not 0 <= rerun_epochs <= assignment.epochs:
        raise ValueError(f'the number of epochs to repeat must be 0 to {assignment.epochs}, not {rerun_epochs}')
    records = _Records(assignment, submission.files, reading, box, {verdict.item: verdict for verdict in others},
                       rerun_epochs, full_rerun, secret, quick)
    records.references = references or read_reference(assignment.references)
    records.data = data or DATA
    records.other_data = records.find_other_data()
    records.say = say or (lambda line: None)
    verdicts = []
    for question, name in assignment.results.items():
        try:
            verdicts.append(records.judge(question, name))
        except GraderFault as error:
            verdicts.append(grader_fault(question, str(error)))
    return verdicts + records.functions_in_doubt()


class _Failed(Exception):
    """The code does not make a record; arguments: why in one line, kind, traceback."""


class _Records:
    """The result files of one submission."""

    def __init__(self, assignment, files, reading, box, others, rerun_epochs, full_rerun, secret, quick):
        self.assignment = assignment
        self.files, self.reading, self.box, self.others = files, reading, box, others
        self.rerun_epochs, self.full_rerun, self.secret, self.quick = rerun_epochs, full_rerun, secret, quick
        self.too_slow = ''  # why no run is tried any more
        self.gives_reference = {}  # question -> whether the code gives what the master's does, where that is known
        self.tried = {}     # script -> the arguments of _Failed, or None where it runs
        self.seconds_left = BUDGET_SECONDS

    def judge(self, question, name):
        if name not in self.files:
            return Verdict(question, 0, f'{name} is missing', kind='missing-file')
        if name not in self.reading.records:
            if name not in self.reading.texts:
                return Verdict(question, None, f'{name} {self.reading.why_unread(name)}', kind='unreadable')
            return Verdict(question, 0, f'{name} {self.reading.problems[name]}', kind='malformed-result')
        record = self.reading.records[name]
        found = self._judge_record(question, name, record)
        for known in self.known_records(question).values():
            if found.share != 1 and not known['other_data'] and first_difference(record, known) is None:
                return replace(found, details=(*found.details, ('hint', known['says'])))
        return found

    def known_records(self, question):
        """What known mistakes give: kind -> {'says': what it is, 'other_data': whether it was run on other data}.

        The first epochs of their records are in it too, as 'train' and 'val'.
        """
        folder = self.assignment.known_records
        return {name: json.loads((folder / f'{name}.json').read_text(encoding='utf-8'))
                for name in self.assignment.runs[question].known_records}

    def find_other_data(self):
        """(kind, text) where a record shows that all were made with other data, or None."""
        for question, name in self.assignment.results.items():
            for kind, known in self.known_records(question).items():
                if known['other_data'] and name in self.reading.records and \
                        first_difference(self.reading.records[name], known) is None:
                    return kind, f'the result of {self._title(question)} {known["says"]}'
        return None

    def _judge_record(self, question, name, record):
        equal = first_difference(record, self.references[name]) is None
        try:
            if self.rerun_epochs == 0:
                self._check_running(question)
                if equal:
                    self._try(question, name)
                return self._not_repeated(question, equal)
            if not equal:
                by_code = self._run(question, name, self.rerun_epochs)
                self.gives_reference[question] = first_difference(by_code, self.references[name]) is None
                difference = first_difference(by_code, record)
                if difference:
                    return self._not_reproduced(question, difference)
            by_secret = self._run(question, name, self.rerun_epochs, self.secret.seed)
            difference = first_difference(by_secret, self.secret.records[question])
            self.gives_reference[question] = difference is None and self.gives_reference.get(question, True)
            if equal:
                return self._judge_equal(question, difference)
            return self._judge_different(question, name, record, by_code, by_secret, difference)
        except _Failed as failed:
            self.gives_reference[question] = False
            return self._failed(question, equal, *failed.args)

    def _try(self, question, name):
        """Raise _Failed where the code of a run does not even get through an epoch of ten images."""
        script = self.assignment.runs[question].command[0]
        if script not in self.tried:
            self.tried[script] = None
            try:
                self._run(question, name, 1, data=TINY_DATA)
            except _Failed as failed:
                self.tried[script] = failed.args
        if self.tried[script]:
            raise _Failed(*self.tried[script])

    def functions_in_doubt(self):
        """New Verdicts on functions that are wrong, although the code gives the reference records that need them."""
        found = []
        for verdict in [self.others[item] for item in self.assignment.functions if item in self.others]:
            if verdict.share in (None, 1) or verdict.kind in HARMLESS:
                continue
            needing = [question for question in self.gives_reference if verdict in self._needed(question)
                       and verdict.item not in self.assignment.runs[question].unaffected_by
                       and all(other.share == 1 for other in self._needed(question)
                               if other.item not in self.assignment.functions)]
            if needing and all(self.gives_reference[question] for question in needing):
                runs = ', '.join(map(self._title, needing))
                found.append(replace(verdict, share=None, kind='against-evidence', reason=f'{verdict.reason}; but the '
                                     f'code gives what it should in {runs}: see whether it is wrong'))
        return found

    def _judge_equal(self, question, difference):
        """The Verdict on a record that equals the reference; difference: of the code's secret run from the master's."""
        if difference:
            return Verdict(question, None, 'equals the reference, but with another random seed the code that was '
                           'handed in gives other accuracies than it should', kind='copied-results')
        wrong = self._wrong_item(question)
        if wrong:
            return Verdict(question, None, 'equals the reference, and the code gives it although '
                           f'{self._title(wrong)} is wrong: see how it does', kind='against-evidence')
        return Verdict(question, 1, f'equal to the reference, and the code gives what it should ({self._repeated()})')

    def _wrong_item(self, question):
        """A function, or Q3.9, that is wrong in a way with which the right record cannot be made, or None."""
        run = self.assignment.runs[question]
        for found in self._needed(question):
            harmless = (found.seen_in is not None and not {*run.dimensions} & {*found.seen_in} or
                        found.item in run.unaffected_by)
            if not harmless and found.share is not None and found.share < 1:
                return found.item
        return None

    def _needed(self, question):
        """The verdicts on what a run builds on."""
        needs = self.assignment.question_of(question).needs
        return [found for item, found in self.others.items() if item in needs]

    def _title(self, item):
        return self.assignment.items[item].title

    def _judge_different(self, question, name, record, by_code, by_secret, difference):
        """The Verdict on a record that differs from the reference, and whose first epochs the code gives.

        by_code, by_secret: what it gives with the assignment's seed and the secret one; difference: as above.
        """
        why, kind = self._why_different(question, name, record)
        wrong = next((found.item for found in self._needed(question)
                      if found.item in self.assignment.functions and found.share is not None and found.share < 1), None)
        changed = self._changed(question)
        if wrong or changed:
            is_wrong = f'{wrong} is wrong' if wrong else f'given code is changed in {changed[0]}'
            return Verdict(question, None, f'{why}; the code gives it as far as it was repeated ({self._repeated()}), '
                           f'and {is_wrong}: see whether that explains it', kind=kind)
        if by_code == by_secret or not difference and first_difference(by_code, self.references[name]):
            return Verdict(question, None, f'{why}; the code gives it, but not as one that learns would: with another '
                           'random seed it does not give what goes with it', kind='against-evidence')
        if self.rerun_epochs < self.assignment.epochs:
            if not self.full_rerun:
                return Verdict(question, None, f'{why}; the code gives it as far as it was repeated '
                               f'({self._repeated()})', kind=kind)
            if self.quick:
                raise Postponed
            self.say(f'repeating all {self.assignment.epochs} epochs of {self._title(question)}')
            difference = first_difference(self._run(question, name, self.assignment.epochs), record)
            if difference:
                return self._not_reproduced(question, difference)
        return Verdict(question, Fraction(1, 2), f'{why}; the code gives it, all {self.assignment.epochs} epochs',
                       kind=kind)

    def _why_different(self, question, name, record):
        for kind, known in self.known_records(question).items():
            by_code = any(found.kind == kind for found in self._needed(question))
            if not known['other_data'] and (by_code or first_difference(record, known) is None):
                return f'differs from the reference: {known["says"]}', kind
        epoch, key = first_difference(record, self.references[name])[:2]
        return f'differs from the reference, first at epoch {epoch} of "{key}"', 'differs-from-reference'

    def _repeated(self):
        return 'epoch 1 was repeated' if self.rerun_epochs == 1 else f'epochs 1 to {self.rerun_epochs} were repeated'

    def _not_repeated(self, question, equal):
        wrong = self._wrong_item(question)
        if equal and wrong:
            return Verdict(question, None, f'equals the reference, although {self._title(wrong)} is wrong; no epoch '
                           'was repeated', kind='against-evidence')
        changed = self._changed(question)
        if equal and changed:
            return Verdict(question, None, f'equals the reference, but given code is changed in {changed[0]}, and no '
                           'epoch was repeated', kind='copied-results')
        if equal:
            return Verdict(question, 1, 'equal to the reference (no epoch was repeated)')
        if self.other_data:
            kind, says = self.other_data
            return Verdict(question, None, f'{says}; no epoch was repeated', kind=kind)
        return Verdict(question, None, 'differs from the reference; no epoch was repeated',
                       kind='differs-from-reference')

    def _changed(self, question):
        return [name for name in self.assignment.runs[question].uses if name in self.reading.changed]

    def _not_reproduced(self, question, difference):
        epoch, key, by_code, in_file = difference
        why = (f'the code that was handed in gives another record: epoch {epoch} of "{key}" is {by_code}, in the file '
               f'{in_file}')
        details = [(f'"{key}" at epoch {epoch} in the file', in_file), ('by the code', by_code)]
        if self.other_data:
            kind, says = self.other_data
            return Verdict(question, None, f'{says}; {why}', [*details, ('hint', says)], kind)
        return Verdict(question, 0, why, details, 'not-reproduced')

    def _failed(self, question, equal, why, kind, traceback=''):
        details = [('traceback', traceback)] if traceback else []
        if kind in UNCLEAR:
            return Verdict(question, None, why, details, kind)
        if equal:
            return Verdict(question, None, 'equals the reference, but the code that was handed in cannot make it: '
                           f'{why}', details, 'copied-results')
        return Verdict(question, 0, f'the code that was handed in cannot make it: {why}', details, kind)

    def _check_running(self, question):
        """Raise _Failed where it is known already that a run would fail."""
        for name in self.assignment.runs[question].uses:
            if name not in self.files:
                raise _Failed(f'{name} is missing', 'missing-file')
            if name not in self.reading.texts:
                raise _Failed(f'{name} {self.reading.why_unread(name)}', 'unreadable')
        for found in self._needed(question):
            if found.kind == 'endless':
                raise _Failed(f'the code cannot be run: {found.reason}', 'too-slow')
            if found.share == 0 and found.kind in NOT_RUNNING:
                raise _Failed(found.reason, 'code-fails')
        if self.too_slow:
            raise _Failed(self.too_slow, 'too-slow')

    def _run(self, question, name, num_epochs, seed=None, data=None):
        """The record of a run of so many epochs by the student's code. Raises _Failed."""
        self._check_running(question)
        own_seconds = SET_UP_SECONDS + EPOCH_SECONDS * num_epochs
        seconds = min(own_seconds, self.seconds_left)
        scripts = {own: self.files[own] for own in self.assignment.scripts if own in self.files}
        told = run_training(self.box, self.assignment, scripts, question, num_epochs, data or self.data, seconds, seed)
        self.seconds_left -= told.cpu
        if self.seconds_left <= 0:
            self.too_slow = f'the code {_SPENT}'
        if told.kind in UNCERTAIN:
            raise _Failed(told.why, 'too-slow')
        if told.kind == 'endless':
            self.too_slow = self.too_slow or 'the code took too long in an earlier run'
            raise _Failed(f'the code {_SPENT if seconds < own_seconds else _SLOW.format(seconds)}', 'too-slow')
        if told.words is None:
            raise _Failed(told.why, told.kind)
        try:
            error, status = told.words['error'], told.words['exit']
            shown = {*self.assignment.runs[question].uses, self.assignment.runs[question].command[0]}
            if error is not None:
                raise _Failed(last_line(error), 'code-fails', traceback_text(error, shown))
            if status:
                lines = [line for line in plain(told.errors[-500:]).splitlines() if line.strip()]
                why = lines[-1][:300] if lines else f'it ended with exit status {str(status)[:20]}'
                raise _Failed(why, 'code-fails')
            return record_told(told, num_epochs)
        except FORGED:  # no result file, or forged words
            raise _Failed('it writes no result file as it should be', 'no-result') from None
