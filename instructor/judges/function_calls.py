"""Calls the functions of a question in confinement: the student's, and the master's with the same input.

Each item is called in a child of its own. Where a question's scripts need packages that the grader lacks, or that
cannot be imported in confinement, the teacher decides: nobody loses points for that. The same holds for whatever else
they import that is not among the files that are judged: students may have it.
"""
import importlib.util
from dataclasses import replace
from functools import cached_property

from instructor.judges import printing
from instructor.judges.answers import read_answer
from instructor.judges.cases import Draw
from instructor.judges.comparison import in_words
from instructor.sandbox.worker_runs import FORGED, GraderFault, ask_worker, last_line, traceback_text

CALL_SECONDS = 4
LIMITS = {'wall_seconds': 20, 'cpu_seconds': 15}
# Packages such as torch take seconds to import, and reserve far more memory than they use.
PACKAGE_SECONDS = 20  # for each call, and for the import
PACKAGE_LIMITS = {'wall_seconds': 90, 'cpu_seconds': 60, 'idle_seconds': 30, 'memory_bytes': 8 << 30, 'processes': 64}
LACKING = 'lacking-package'
_FORGED = {'reason': 'the code sent something other than its results', 'kind': 'no-result'}


def lacking(question):
    """A clause that says which packages of a question the grader lacks, or ''."""
    names = [name for name in question.packages if importlib.util.find_spec(name) is None]
    return f'{" and ".join(names)} cannot be imported where the grader runs' if names else ''


class FunctionCalls:
    """Calls the functions of one question of one submission, and notes what they print.

    question, submission, context, replaced: as in functions.FunctionsJudge. shown: the scripts in tracebacks.
    """

    def __init__(self, question, submission, context, replaced=None):
        self.question, self.submission, self.context, self.replaced = question, submission, context, replaced or {}
        self.assignment = context.course.assignment
        self.shown = [script for script in question.scripts if script not in self.replaced]
        self.seconds, self.limits = CALL_SECONDS, LIMITS
        if question.packages:
            self.seconds, self.limits = PACKAGE_SECONDS, PACKAGE_LIMITS
        self._printed_before = ''  # what the scripts print when they are imported
        self._more_files = {}      # besides the scripts, if they cannot be imported without them

    def import_scripts(self):
        """Import the scripts and no more. Returns the fields of a Verdict that say why that fails, or None."""
        reply, failure = self._ask('', [], {})
        if failure and failure['kind'] in ('import', LACKING):  # it may only want what lies beside it in a handout
            self._more_files = {name: self.assignment.folder / name for name in self.assignment.run_files}
            reply, failure = self._ask('', [], {})
        if failure and (failure['kind'] == 'import' or self.question.packages):
            self.ask_master({'': Draw()})  # if that cannot be imported either, it is no fault of the student's
        self._printed_before = reply.stdout
        return failure

    def try_out(self, name, draw):
        """Make the calls of an item to see what they print, which is noted, and what fails: a list of lines."""
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
        return [f'{case.role} {in_words(failed)}' for case, failed in zip(draw.cases, failures) if failed]

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

    def call(self, name, cases, inputs):
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

    def ask_master(self, draws):
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


def _renamed(call, item):
    """The Call with the names that its inputs have when those of several items are put together."""
    return replace(call, arguments={name: f'{item} {array}' for name, array in call.arguments.items()})
