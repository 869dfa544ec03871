"""Judges functions that students write: what they return and store on inputs that the student has not seen.

Each item is called in a child of its own. The master's code answers the same calls in another child, in which nothing
of the student's runs, and both are compared. Where a question has stand-ins for some of its scripts, what is not right
is called once more with these in place of the student's, see stand_ins.py.

Where a question's scripts need packages that the grader lacks, or that cannot be imported in confinement, the teacher
decides: nobody loses points for that. The same holds for whatever else they import that is not among the files that
are judged: students may have it.
"""
import importlib.util
from dataclasses import replace
from functools import cached_property

from instructor.judges import comparison, printing, stand_ins
from instructor.judges.answers import read_answer
from instructor.judges.cases import Draw, load_module
from instructor.judges.verdict import UNREADABLE, Verdict, grader_fault
from instructor.sandbox.worker_runs import FORGED, UNCERTAIN, GraderFault, ask_worker, last_line, traceback_text

CALL_SECONDS = 4
LIMITS = {'wall_seconds': 20, 'cpu_seconds': 15}
# Packages such as torch take seconds to import, and reserve far more memory than they use.
PACKAGE_SECONDS = 20  # for each call, and for the import
PACKAGE_LIMITS = {'wall_seconds': 90, 'cpu_seconds': 60, 'idle_seconds': 30, 'memory_bytes': 8 << 30, 'processes': 64}
TIMED_OUT = ('endless', *UNCERTAIN)  # kinds of verdicts, these and the next
NEVER_RETURNS = (*TIMED_OUT, 'crash', 'ended-itself', 'memory', 'processes', 'disk')
LACKING = 'lacking-package'
_FORGED = {'reason': 'the code sent something other than its results', 'kind': 'no-result'}


def judge(question, submission, context):
    """A Verdict for each item of a question, which are functions."""
    lacking = _lacking(question)
    if lacking:
        return [Verdict(item.name, None, f'graded by hand: {lacking}', kind=LACKING) for item in question.items]
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
    lacking = _lacking(question)
    if lacking:
        return {item.name: [f'not run, because {lacking}'] for item in question.items}
    return FunctionsJudge(question, submission, context).try_out()


def _lacking(question):
    """A clause that says which packages of a question the grader lacks, or ''."""
    lacking = [name for name in question.packages if importlib.util.find_spec(name) is None]
    return f'{" and ".join(lacking)} cannot be imported where the grader runs' if lacking else ''


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
        self.question, self.submission, self.context, self.replaced = question, submission, context, replaced or {}
        self.shown = [script for script in question.scripts if script not in self.replaced]  # in tracebacks
        self.assignment, self.reading = context.course.assignment, context.reading
        self.items = {item.name: item for item in question.items}
        self.cases = load_module(self.assignment.folder / question.cases)
        self.comparisons = {}  # item -> its last Comparison
        self.seconds, self.limits = CALL_SECONDS, LIMITS
        if question.packages:
            self.seconds, self.limits = PACKAGE_SECONDS, PACKAGE_LIMITS
        self._answers = {}     # item -> what the master's code gives in its usual cases
        self._printed_before = ''  # what the scripts print when they are imported
        self._more_files = {}  # besides the scripts, if they cannot be imported without them

    def judge(self):
        """The Verdicts, one an item."""
        reply, failure = self._ask('', [], {})  # only imported: what fails here would fail for each item
        if failure and failure['kind'] in ('import', LACKING):  # it may only want what lies beside it in a handout
            self._more_files = {name: self.assignment.folder / name for name in self.assignment.run_files}
            reply, failure = self._ask('', [], {})
        if failure and (failure['kind'] == 'import' or self.question.packages):
            self._ask_master({'': Draw()})  # if that cannot be imported either, it is no fault of the student's
        if failure:
            return [_without_answer(item, failure) for item in self.items]
        self._printed_before = reply.stdout
        self._answers = self._ask_master({name: self.cases.draw(name, self.submission.digest) for name in self.items})
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

    def try_out(self):
        """As the function of this name."""
        self._printed_before = self._ask('', [], {})[0].stdout
        return {name: self._try_out(name) for name in self.items}

    def _try_out(self, name):
        draw = self.cases.draw(name, self.submission.digest)
        calls = [case.call for case in draw.cases]
        reply, failure = self._ask(name, calls, draw.inputs)
        if self._printed_before.strip():
            self._note_printing(name, reply.stdout)
        elif reply.stdout.strip():
            self._note_trial(name, draw, calls)
        if failure:
            return []
        try:
            [described] = reply.message['calls']
            failures = [read_answer(call, reply.arrays, self.shown).failure for call in described]
        except FORGED:
            return []
        return [f'{case.role} {comparison.in_words(failed)}' for case, failed in zip(draw.cases, failures) if failed]

    def _note_trial(self, name, draw, calls):
        """Find out which call it was that printed, by ever more of them, and note it."""
        for number, case in enumerate(draw.cases, start=1):
            reply, _ = self._ask(name, calls[:number], draw.inputs)
            if reply.stdout.strip():
                printing.note(self.context, name, reply.stdout, case.role)
                return

    def _note_printing(self, item, stdout):
        """Note what was printed for an item, by its function, or else by a script when it was imported."""
        before = self._printed_before
        # What does not begin with it, such as the time of day, is the script's, too: it comes first.
        printing.note(self.context, item, stdout[len(before):] if stdout.startswith(before) else '')
        if before.strip():
            printing.note(self.context, item, before, self._printing_script, at_import=True)

    @cached_property
    def _printing_script(self):
        """The first script that prints something when it is imported, alone or after those before it."""
        for number, script in enumerate(self.question.scripts):
            reply, _ = self._ask('', [], {}, self.question.scripts[:number + 1])
            if reply.stdout.strip():
                return script
        return self.shown[-1]

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
            made, fields = self._make(name, left, draw.inputs)
            if fields:
                return _without_answer(name, fields)
            answers = answers or dict(zip(map(id, draw.cases), self._ask_master({name: draw})[name]))
            for case, got in zip(left, made):
                compared.look_at(case, got, answers[id(case)])
            left = _without_endless(left, len(made))
        self.comparisons[name] = compared
        if compared.faults and needed is not None:
            compared.advise(needed)
        return compared.verdict(self.assignment)

    def _make(self, name, cases, inputs):
        """The Answers to the calls of an item, of which an endless one is the last; or None and why there are none."""
        reply, failure = self._ask(name, [case.call for case in cases], inputs)
        self._note_printing(name, reply.stdout)
        if failure:
            return None, failure
        try:
            [described] = reply.message['calls']
            if any(call['error'] and call['error']['timed_out'] for call in described) \
                    and not reply.can_have_taken(self.seconds):
                return None, _FORGED  # it claims a time that it has not taken
            lack = self._lack_of(reply.message)
            if lack:
                return None, {'kind': LACKING, 'reason': f'{name} imports something that cannot be imported where the '
                                                         f'grader runs: {lack}'}
            made = [read_answer(call, reply.arrays, self.shown) for call in described]
        except FORGED:  # a message of another form than ours
            return None, _FORGED
        is_endless = bool(made) and made[-1].failure is not None and made[-1].failure.kind == 'endless'
        is_whole = len(made) == len(cases) or len(made) < len(cases) and is_endless
        return (made, None) if is_whole else (None, _FORGED)

    def _ask_master(self, draws):
        """What the master's code gives for some Draws, item -> Draw. Raises GraderFault.

        Returns item -> a list with an Answer for each case.
        """
        masters = {script: self.assignment.folder / script for script in self.shown}
        inputs = {f'{name} {array}': value for name, draw in draws.items() for array, value in draw.inputs.items()}
        groups = {name: [_renamed(case.asked or case.call, name) for case in draw.cases]
                  for name, draw in draws.items()}
        reply = ask_worker(self.context.run_confined, 'call_functions.py', self._files(masters), self._request(groups),
                           inputs, **self.limits)
        try:
            if reply.message['import'] or any(call['error'] for group in reply.message['calls'] for call in group):
                raise ValueError
            answers = [[read_answer(call, reply.arrays, self.shown) for call in group]
                       for group in reply.message['calls']]
            return dict(zip(draws, answers))
        except FORGED:
            why = reply.why or last_line(next((call['error'] for group in (reply.message or {}).get('calls', [])
                                               for call in group if call['error']), {}))
            raise GraderFault(f"the master's own code cannot answer the calls of {', '.join(draws)}: {why}") from None

    def _ask(self, name, calls, inputs, scripts=None):
        """The Reply of the student's code, and, if there is no answer, the fields of a Verdict that say why.

        scripts: those that are imported, if not all.
        """
        imported = scripts or self.question.scripts
        scripts = {script: self.submission.files[script] for script in self.shown}
        reply = ask_worker(self.context.run_confined, 'call_functions.py', self._files(scripts),
                           self._request({name: calls}, imported), inputs, **self.limits)
        if reply.message is None:
            return reply, {'reason': reply.why, 'kind': reply.kind}
        error = reply.message.get('import')
        if error is None:
            return reply, None
        try:
            script = next((one for one in self.shown if module_name(one) == error.get('module')), self.shown[0])
            if error['timed_out']:
                return reply, _FORGED if not reply.can_have_taken(self.seconds) else {
                    'reason': f'{script} never ends when it is imported', 'kind': 'endless'}
            is_lacking = self._is_lacking(error)
            where = ' where the grader runs' if is_lacking else ''
            return reply, {'reason': f'{script} cannot be imported{where}: {last_line(error)}',
                           'kind': LACKING if is_lacking else 'import',
                           'details': [('traceback', traceback_text(error, self.shown))]}
        except FORGED:
            return reply, _FORGED

    def _is_lacking(self, error):
        """Whether an import failed over something else than the files that are judged, which students may have."""
        own = {name.partition('/')[0].removesuffix('.py') for name in self._files(dict.fromkeys(self.shown))}
        return error['lacks'] is not None and str(error['lacks']).partition('.')[0] not in own

    def _lack_of(self, message):
        """The message of the first call that failed over such an import, or ''. Raises one of FORGED."""
        return next((last_line(call['error']) for group in message['calls'] for call in group
                     if call['error'] and self._is_lacking(call['error'])), '')

    def _request(self, groups, scripts=None):
        modules = [module_name(script) for script in scripts or self.question.scripts]
        return {'seconds': self.seconds, 'modules': modules,
                'groups': [[name, [call.to_json() for call in calls]] for name, calls in groups.items()]}

    def _files(self, scripts):
        folder, beside = self.assignment.folder, self.question.beside
        files = {**self._more_files, **scripts, **self.replaced, **{name: folder / name for name in beside}}
        return {**files, 'exercises.py': folder / self.question.exercises} if self.question.exercises else files


def module_name(script):
    """The name by which a script is imported: 'models.two_layer_nn' for models/two_layer_nn.py."""
    return script.removesuffix('.py').replace('/', '.')


def _without_answer(item, failure):
    """The Verdict if the child gave no answer: certain, unless it may have been kept from working."""
    return Verdict(item, None if failure['kind'] in (*UNCERTAIN, LACKING) else 0, **failure)


def _without_endless(cases, num_made):
    """The cases that are left after an endless one, the last that was made: those for results that it had no part in.

    None are left if calls that are only made are among them, because one of those may be endless as well.
    """
    left = [case for case in cases[num_made:] if not {*case.results} & {*cases[num_made - 1].results}]
    return left if all(case.results for case in left) else []


def _renamed(call, item):
    """The Call with the names that its inputs have when those of several items are put together."""
    return replace(call, arguments={name: f'{item} {array}' for name, array in call.arguments.items()})
