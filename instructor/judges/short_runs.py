"""Short runs: what repeats the training runs of a submission in which everything else is right already.

They are made with the secret seed, on a part of the data that follows from it, all in one child, and take a fraction of
the time. They can only confirm: a record that equals the reference, by functions and wiring that were found right, in
code that is given as it was handed out. A run that they do not confirm, for whatever reason, is repeated as a whole.
"""
from records import first_difference


class ShortRuns:
    """The short runs of one submission, made when they are first asked for.

    context: see context.py; runs: its RepeatedRuns; equal: the questions whose records equal the reference.
    """

    def __init__(self, context, runs, equal):
        self._context, self._runs, self._equal = context, runs, equal
        self._records = None  # question -> record of its short run

    def confirm(self, question):
        """Whether all else about a question's record is right, and its short run gives what the master's does."""
        secret, verdicts = self._context.secret, self._context.verdicts
        if not self._may_be_confirmed(question) or \
                not all(item in verdicts and verdicts[item].share == 1 for item in question.needs):
            return False
        if self._records is None:
            names = [one.name for one in self._equal if self._may_be_confirmed(one)]
            self._records = self._runs.repeat_shortly(names, self._context.epochs, secret.seed)
        return question.name in self._records \
            and first_difference(self._records[question.name], secret.short[question.name]) is None

    def _may_be_confirmed(self, question):
        """Whether nothing is known yet that would keep a question from being confirmed."""
        reading = self._context.reading
        return question in self._equal and question.name in self._context.secret.short \
            and all(name in reading.texts and name not in reading.changed for name in question.run.uses) \
            and all(found.share == 1 for found in self._runs.needed(question))
