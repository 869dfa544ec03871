"""Judges the TODO items of a main by running it on stand-ins: which module receives which output?

A block that is open, fails or is wrong is replaced by one that makes what the lines after it expect, and main runs
again, so that the other blocks still count. A block is right if it is in one of the runs. But code in the child could
also forge what is reported about it. So the blocks are run in the code as it was given, and if a right one holds more
than plain wiring, or the marker lines are gone, somebody has to review it.
"""

from instructor.judges.cases import load_module
from instructor.judges.verdict import RIGHT, UNREADABLE, Verdict, grader_fault, sum_of
from instructor.judges.wiring_trace import Problem, Trace, read_events
from instructor.publishing import blanks
from instructor.sandbox.worker_runs import FORGED, MASTER, UNCERTAIN, GraderFault, ask_worker, last_line, traceback_text

RUN_SECONDS = 6
LIMITS = {'wall_seconds': 20, 'cpu_seconds': 15}
CERTAIN_ERRORS = {'NameError', 'UnboundLocalError', 'KeyError', 'TypeError', 'SyntaxError', 'IndentationError',
                  'TabError', 'ImportError', 'ModuleNotFoundError', 'NotImplementedError'}


def judge(question, submission, context):
    """The Verdict on the one item of a question, in a list."""
    [item], [script], reading = question.items, question.scripts, context.reading
    if script not in submission.files:
        return [Verdict(item.name, 0, f'{script} is missing', kind='missing-file')]
    if script not in reading.texts:
        return [Verdict(item.name, None, f'{script} {reading.why_unread(script)}', kind=UNREADABLE)]
    if script in reading.long:
        return [Verdict(item.name, 0, f'{script} is too long to be the right file', kind='size')]
    try:
        return [_Wiring(question, submission.files[script], context).judge()]
    except GraderFault as error:
        return [grader_fault(item.name, str(error))]


class _Wiring:
    """The runs of one script."""

    def __init__(self, question, content, context):
        [self.item], [self.script] = question.items, question.scripts
        self.content, self.run_confined, self.question = content, context.run_confined, question
        self.assignment = context.course.assignment
        self.network = load_module(self.assignment.folder / question.network)
        self.todos = tuple(self.network.NAMES)
        self.blocks = {int(key): known for key, known in context.reading.items.items()}

    def judge(self):
        right, problems, traceback, ended = self._try_all()
        if self.blocks and any(not self.blocks[todo]['open'] for todo in problems):
            # What stands outside of the blocks may be changed too, and they may need it.
            own = self._run(set(), in_given_code=False)[0]
            problems.update({todo: Problem('is right in your script, but not in the code as it was given', 'given-code',
                                           True) for todo in problems if own.get(todo) is True})
        doubts = {todo: self.blocks[todo]['doubts'] if self.blocks else ['its marker lines are gone'] for todo in right}
        problems.update({todo: Problem(f'makes the right calls, but {"; ".join(doubts[todo])}', 'doubtful', True)
                         for todo in right if doubts[todo]})
        details = [(f'TODO ({todo})', problems[todo].text if todo in problems else RIGHT) for todo in self.todos]
        details += [('traceback', traceback)] if traceback else []
        why_review = '' if self.blocks or ended else 'the marker lines of the blocks are gone'
        return self._verdict(problems, details, why_review)

    def _try_all(self):
        """Run until each TODO was seen: (the right ones, Problems of the others, a traceback, whether it ended)."""
        right, traceback = set(), ''
        replaced = {todo for todo, known in self.blocks.items() if known['open']}
        unseen, ended = Problem('left open', 'todo-open'), False
        problems = dict.fromkeys(replaced, unseen)
        while replaced != set(self.todos):
            found, error, unseen, ended = self._run(replaced, bool(self.blocks))
            right |= {todo for todo, result in found.items() if result is True}
            for todo in set(found) - right - replaced:
                problems.setdefault(todo, found[todo])
            traceback = traceback or error
            wrong = sorted((set(problems) & set(self.blocks)) - right - replaced)
            # Another run can only show more about a block that it does not leave out.
            if ended or not wrong or set(self.todos) - right - replaced == {wrong[0]}:
                break
            replaced = replaced | {wrong[0]}
        return right, {todo: problems.get(todo, unseen) for todo in self.todos if todo not in right}, traceback, ended

    def _run(self, replaced, in_given_code):
        """One run of main: what it did of each TODO, a traceback, why others were not seen, whether all is over."""
        folder = self.assignment.folder
        given = blanks.empty((folder / self.script).read_text(encoding='utf-8'), self.script)
        files = {self.script: self.content, 'given.py': given.encode(),
                 'blanks.py': MASTER / 'instructor' / 'publishing' / 'blanks.py',
                 'stand_ins.py': folder / self.question.exercises,
                 **{name: folder / name for name in self.question.beside}}
        request = {'seconds': RUN_SECONDS, 'script': self.script, 'given': 'given.py' if in_given_code else '',
                   'replaced': {todo: self.network.IN_PLACE[todo] for todo in replaced}}
        reply = ask_worker(self.run_confined, 'run_wiring.py', files, request, **LIMITS)
        if reply.message is None:
            return {}, '', Problem(reply.why, reply.kind, reply.kind in UNCERTAIN), True
        try:
            if not reply.message['has_main']:
                return {}, '', Problem(f'{self.script} has no function main', 'no-main'), True
            (script, *events), error, lines = reply.earlier, reply.message['error'], reply.message['lines']
            if error is not None and error['timed_out'] and not reply.can_have_taken(RUN_SECONDS):
                raise ValueError('it has not taken so long')
            names = {todo: self.network.NAMES[todo] for todo in replaced}
            found = Trace(self.network).judge(read_events(events), names, error is not None)
            if error is None:
                return found, '', Problem('not reached', 'given-code', True), False
            said = last_line(error)
            blocks = {int(todo): (begin, end) for todo, (begin, end) in script['lines'].items()}
            todo = self._failed_block(blocks, error, lines)
            kind = 'endless' if error['timed_out'] else 'exits' if error['is_exit'] else 'raises'
            if todo and found.get(todo, True) is True:
                # A check of numbers that holds in training may fail on the numbers of the stand-ins.
                is_unclear = kind == 'raises' and error['kind'] not in CERTAIN_ERRORS and self.blocks[todo]['calls']
                found[todo] = Problem('never ends' if kind == 'endless' else f'fails: {said}', kind, is_unclear)
            unseen = Problem(f'not reached: {said}', kind, kind == 'raises')
            for line in error['lines']:
                if any(begin <= int(line[1] or 0) <= end for todo, (begin, end) in blocks.items() if todo in replaced):
                    line[3] = ''  # it is none of the student's
            return found, traceback_text(error, [self.script]), unseen, kind != 'raises' and not todo
        except FORGED:  # a message of another form than ours
            return {}, '', Problem('the code sent something other than its results', 'no-result'), True

    def _verdict(self, problems, details, why_review):
        if not problems:
            return Verdict(self.item.name, 1, 'all TODO items are right', details)
        alike: dict[str, list[str]] = {}  # text -> its TODO items
        for todo, problem in problems.items():
            alike.setdefault(problem.text, []).append(f'({todo})')
        text = '; '.join(f'TODO {", ".join(todos)}: {what}' for what, todos in alike.items())
        unclear = next((todo for todo, problem in problems.items() if problem.needs_review), None)
        if why_review or unclear:
            return Verdict(self.item.name, None,
                           f'{why_review or f"TODO ({unclear}) may or may not be right"}; {text}', details,
                           'markers-gone' if why_review else problems[unclear].kind)
        right = [f'TODO ({todo})' for todo in self.todos if todo not in problems]
        weights = self.item.parts
        share = sum_of(weights, right) / sum_of(weights, weights)
        return Verdict(self.item.name, share, text, details, next(iter(problems.values())).kind)

    def _failed_block(self, blocks, error, lines):
        """The TODO that an error belongs to, or None: where it was raised, or where a name should have been made.

        blocks: TODO -> its first and last line.
        """
        line = error['line'] if error['line'] is not None else lines[-1] if lines else 0
        above = [todo for todo, (begin, _) in blocks.items() if begin <= line]
        missing, names = error['missing'], self.network.NAMES
        if error['kind'] == 'KeyError' and missing in names[self.network.MODULES]:
            return self.network.MODULES
        if above and (error['line'] is not None or line <= blocks[above[-1]][1]):
            return above[-1]
        return next((todo for todo in reversed(above) if missing in names[todo]), None)
