"""Judges functions that students write: what they return and store on inputs that the student has not seen.

The master's code answers the same calls in another child, in which nothing of the student's runs, and both are
compared; see function_calls.py. Where a question has stand-ins for some of its scripts, what is not right is called
once more with these in place of the student's, see stand_ins.py.
"""
from instructor.judges import comparison, stand_ins
from instructor.judges.cases import load_module
from instructor.judges.function_calls import LACKING, FunctionCalls, lacking
from instructor.judges.verdict import UNREADABLE, Verdict, grader_fault
from instructor.sandbox.worker_runs import UNCERTAIN, GraderFault

TIMED_OUT = ('endless', *UNCERTAIN)  # kinds of verdicts, these and the next
NEVER_RETURNS = (*TIMED_OUT, 'crash', 'ended-itself', 'memory', 'processes', 'disk')


def judge(question, submission, context):
    """A Verdict for each item of a question, which are functions."""
    lacks = lacking(question)
    if lacks:
        return [Verdict(item.name, None, f'graded by hand: {lacks}', kind=LACKING) for item in question.items]
    verdicts = _judge_with({}, question, submission, context)
    if question.stand_ins and any(verdict.share != 1 for verdict in verdicts):
        replaced = {script: context.course.assignment.folder / path for script, path in question.stand_ins.items()}
        others_are_right = all(context.verdicts[item].share == 1 for item in question.needs)
        verdicts = [stand_ins.choose(own, other, [*replaced], others_are_right)
                    for own, other in zip(verdicts, _judge_with(replaced, question, submission, context))]
    return verdicts


def try_out(question, submission, context):
    """Call what the teacher judges, to see whether it prints, which is noted, or fails.

    Returns item -> what fails, a list of lines.
    """
    readable = {*submission.files} & context.reading.texts
    if not readable.issuperset(question.scripts):
        return {}  # the questions that are judged say so
    lacks = lacking(question)
    if lacks:
        return {item.name: [f'not run, because {lacks}'] for item in question.items}
    calls = FunctionCalls(question, submission, context)
    cases = load_module(calls.assignment.folder / question.cases)
    try:
        calls.import_scripts()
    except GraderFault:
        return {}
    return {item.name: calls.try_out(item.name, cases.draw(item.name, submission.digest)) for item in question.items}


def _judge_with(replaced, question, submission, context):
    """As judge, with other files, script -> Path, in place of some of the student's scripts and of the master's."""
    for script in question.scripts:
        if script in replaced:
            continue
        if script not in submission.files:
            return [Verdict(item.name, 0, f'{script} is missing', kind='missing-file') for item in question.items]
        if script not in context.reading.texts:
            return [Verdict(item.name, None, f'{script} {context.reading.why_unread(script)}', kind=UNREADABLE)
                    for item in question.items]
    try:
        return FunctionsJudge(question, submission, context, replaced).judge()
    except GraderFault as error:
        return [grader_fault(item.name, str(error)) for item in question.items]


class FunctionsJudge:
    """Judges the items of one question of one submission; the hook `reconsider` of a cases module gets it.

    replaced: script -> Path of the file that is used in its place, for the student's and for the master's.
    """

    def __init__(self, question, submission, context, replaced=None):
        self.submission, self.replaced = submission, replaced or {}
        self.assignment, self.reading = context.course.assignment, context.reading
        self.items = {item.name: item for item in question.items}
        self.cases = load_module(self.assignment.folder / question.cases)
        self.comparisons = {}  # item -> its last Comparison
        self._calls = FunctionCalls(question, submission, context, self.replaced)
        self._answers = {}     # item -> what the master's code gives in its usual cases

    def judge(self):
        """The Verdicts, one an item."""
        failure = self._calls.import_scripts()  # what fails here would fail for each item
        if failure:
            return [_without_answer(item, failure) for item in self.items]
        draws = {name: self.cases.draw(name, self.submission.digest) for name in self.items}
        self._answers = self._calls.ask_master(draws)
        verdicts: dict[str, Verdict] = {}
        for name, item in self.items.items():
            needed = next((verdicts[other] for other in item.needs if other in verdicts), None)
            try:
                verdicts[name] = self.judge_item(name, needed)
            except GraderFault as error:
                verdicts[name] = grader_fault(name, str(error))
        if hasattr(self.cases, 'reconsider'):
            self.cases.reconsider(self, verdicts)
        return list(verdicts.values())

    def judge_item(self, name, needed=None, **variation):
        """The Verdict on one item; needed: that on the item it needs; variation: options of the cases' draw."""
        if needed is not None and needed.kind in NEVER_RETURNS:
            variation = {'needed_returns': False, **variation}
        draw = self.cases.draw(name, self.submission.digest, **variation)
        found = self._judge(name, draw, needed, None if variation else self._answers.get(name))
        if found.share != 1 and needed is not None and needed.kind in TIMED_OUT:
            return Verdict(found.item, None, f'not judged, since {needed.item} does not return; {found.reason}',
                           found.details, 'forward-timed-out', found.seen_in)
        return found

    def _judge(self, name, draw, needed, answers=None):
        compared = getattr(self.cases, 'Comparison', comparison.Comparison)(self.items[name], draw)
        left, answers = draw.cases, dict(zip(map(id, draw.cases), answers or []))
        while left:
            made, fields = self._calls.call(name, left, draw.inputs)
            if fields:
                return _without_answer(name, fields)
            answers = answers or dict(zip(map(id, draw.cases), self._calls.ask_master({name: draw})[name]))
            for case, got in zip(left, made):
                compared.look_at(case, got, answers[id(case)])
            left = _without_endless(left, len(made))
        self.comparisons[name] = compared
        if compared.faults and needed is not None:
            compared.advise(needed)
        return compared.verdict(self.assignment)


def _without_answer(item, failure):
    """The Verdict if the child gave no answer: certain, unless it may have been kept from working."""
    return Verdict(item, None if failure['kind'] in (*UNCERTAIN, LACKING) else 0, **failure)


def _without_endless(cases, num_made):
    """The cases that are left after an endless one, the last that was made: those for results that it had no part in.

    None are left if calls that are only made are among them, because one of those may be endless as well.
    """
    left = [case for case in cases[num_made:] if not {*case.results} & {*cases[num_made - 1].results}]
    return left if all(case.results for case in left) else []
