"""Repeats the training runs of one submission, as far as its scripts run and its time lasts."""
from instructor.judges.functions import NEVER_RETURNS, TIMED_OUT
from instructor.judges.training_runs import record_in, run_shortly, run_training
from instructor.judges.verdict import UNREADABLE
from instructor.sandbox.protocol import Limits
from instructor.sandbox.worker_runs import FORGED, UNCERTAIN, last_line, plain, traceback_text

SET_UP_SECONDS, EPOCH_SECONDS = 60, 60  # an epoch: ten times what the master takes
# Processor time of all runs of a submission together: well above what all epochs of all runs take.
BUDGET_SECONDS = 30 * 60
NOT_RUNNING = ({*NEVER_RETURNS} - {*TIMED_OUT}) | {'missing-file', 'not-written', 'import', 'exits', 'no-main'}  # kinds
TOO_SLOW = 'too-slow'
UNCLEAR = (TOO_SLOW, UNREADABLE)  # kinds of failures from which nothing certain follows
_SLOW = 'takes more than {:.0f} seconds to repeat'
_SPENT = f'took longer, in all runs together, than the {BUDGET_SECONDS // 60} minutes that a submission is given'


class RunFailed(Exception):
    """The code does not make a record; arguments: why in one line, kind, traceback."""


class RepeatedRuns:
    """The training runs of one submission, and how much time is left for them."""

    def __init__(self, files, context):
        self.files, self.context = files, context
        self.assignment, self.reading = context.course.assignment, context.reading
        self.seconds_left = BUDGET_SECONDS
        self._too_slow = ''  # why no run is tried any more
        self._tried = {}     # script -> the arguments of RunFailed, or None if it runs

    def needed(self, question):
        """The verdicts on what a run builds on."""
        verdicts = self.context.verdicts
        return [verdicts[item] for item in question.needs if item in verdicts]

    def check_running(self, question):
        """Raise RunFailed if it is already known that a run would fail."""
        for name in question.run.uses:
            if name not in self.files:
                raise RunFailed(f'{name} is missing', 'missing-file')
            if name not in self.reading.texts:
                raise RunFailed(f'{name} {self.reading.why_unread(name)}', UNREADABLE)
        for found in self.needed(question):
            if found.kind == 'endless':
                raise RunFailed(f'the code cannot be run: {found.reason}', TOO_SLOW)
            if found.share == 0 and found.kind in NOT_RUNNING:
                raise RunFailed(found.reason, 'code-fails')
        if self._too_slow:
            raise RunFailed(self._too_slow, TOO_SLOW)

    def try_out(self, question):
        """Raise RunFailed if the code of a run does not even get through an epoch of the few trial examples."""
        script = question.run.command[0]
        if script not in self._tried:
            self._tried[script] = None
            try:
                self.repeat(question, 1, data=self.assignment.trial_data)
            except RunFailed as failed:
                self._tried[script] = failed.args
        if self._tried[script]:
            raise RunFailed(*self._tried[script])

    def repeat(self, question, num_epochs, seed=None, data=None):
        """The record of a run of so many epochs by the student's code. Raises RunFailed."""
        self.check_running(question)
        own_seconds = SET_UP_SECONDS + EPOCH_SECONDS * num_epochs
        seconds = min(own_seconds, self.seconds_left)
        reply = run_training(self.context.run_confined, self.assignment, self._scripts(), question.name, num_epochs,
                             data or self.context.data, seconds, seed)
        self.seconds_left -= reply.cpu_seconds
        if self.seconds_left <= 0:
            self._too_slow = f'the code {_SPENT}'
        if reply.kind in UNCERTAIN:
            raise RunFailed(reply.why, TOO_SLOW)
        if reply.kind == 'endless':
            self._too_slow = self._too_slow or 'the code took too long in an earlier run'
            raise RunFailed(f'the code {_SPENT if seconds < own_seconds else _SLOW.format(seconds)}', TOO_SLOW)
        if reply.message is None:
            raise RunFailed(reply.why, reply.kind)
        try:
            error, status = reply.message['error'], reply.message['exit']
            if error is not None:
                raise RunFailed(last_line(error), 'code-fails',
                                traceback_text(error, {*question.run.uses, question.run.command[0]}))
            if status:
                lines = [line for line in plain(reply.stderr[-500:]).splitlines() if line.strip()]
                why = lines[-1][:300] if lines else f'it ended with exit status {str(status)[:20]}'
                raise RunFailed(why, 'code-fails')
            return record_in(reply, num_epochs)
        except FORGED:  # no result file, or a forged message
            raise RunFailed('it writes no result file as it should be', 'no-result') from None

    def repeat_shortly(self, questions, num_epochs, seed):
        """question -> record of the short runs of some questions that give one.

        All of them together may take no longer than the part of one run in its limits, so whatever gives a record here
        would not have been stopped in a whole run.
        """
        share = self.assignment.short_runs.share
        reply, records = run_shortly(
            self.context.run_confined, self.assignment, self._scripts(), questions, num_epochs, seed,
            wall_seconds=SET_UP_SECONDS + EPOCH_SECONDS * num_epochs, cpu_seconds=share * EPOCH_SECONDS * num_epochs,
            idle_seconds=share * Limits.idle_seconds)
        self.seconds_left -= reply.cpu_seconds
        return records

    def _scripts(self):
        return {own: self.files[own] for own in self.assignment.scripts if own in self.files}
