"""Judges Q3.9, the five TODO items of dnn_cnn_2.py, by running main on stand-ins: which module receives which output?

A block that is open, fails or is wrong is replaced by one that makes what the lines after it expect, and main runs
again, so that the other blocks still count. A block is right if it is in one of the runs. But code in the child could
also forge what is told of it. So the blocks are run in the code as it was given, and where a right one holds more than
plain wiring, or the marker lines are gone, a person has to look.
"""
import re

from instructor.judges.verdict import Verdict, grader_fault, sum_of
from instructor.judges.wiring_trace import Problem, judge_trace, read_events
from instructor.publishing import blanks
from instructor.sandbox.worker_runs import FORGED, MASTER, UNCERTAIN, GraderFault, last_line, run_child, traceback_text

ITEM, SCRIPT = 'q39', 'dnn_cnn_2.py'
TODOS = (1, 2, 3, 4, 5)  # modules, training forward, backward, training accuracy, validation
FORWARD, BACKWARD = ('c2', 'h2', 'm2'), ('grad_h2', 'grad_c2', 'grad_m1')
NAMES = {1: ('C2', 'nonlinear2', 'M2'), 2: FORWARD, 3: BACKWARD, 4: FORWARD, 5: FORWARD}
# What stands in the place of a block; nothing of it says anything about the other blocks.
_FORWARD_LINE = 'c2, h2, m2 = __import__("dnn_misc").in_place_of({}, [(25, 14, 14), (25, 14, 14), (25, 7, 7)])'
IN_PLACE = {1: 'model["C2"], model["nonlinear2"], model["M2"] = dnn_misc.conv_layer(25, 25, 3, 1), dnn_misc.relu(), '
               'dnn_misc.max_pool(2, 2)',
            3: 'grad_h2, grad_c2, grad_m1 = __import__("dnn_misc").in_place_of(3, [(25, 14, 14), (25, 14, 14), '
               '(25, 14, 14)])', **{todo: _FORWARD_LINE.format(todo) for todo in (2, 4, 5)}}
RUN_SECONDS = 6
LIMITS = {'wall_seconds': 20, 'cpu_seconds': 15}
CERTAIN_ERRORS = {'NameError', 'UnboundLocalError', 'KeyError', 'TypeError', 'SyntaxError', 'IndentationError',
                  'TabError', 'ImportError', 'ModuleNotFoundError', 'NotImplementedError'}
_QUOTED = re.compile(r"'(\w{1,40})'")


def judge(submission, course, reading, box):
    """The Verdict on Q3.9, in a list. reading: see reading.py; box: see worker_runs.make_box."""
    content = submission.files.get(SCRIPT)
    if content is None:
        return [Verdict(ITEM, 0, f'{SCRIPT} is missing', kind='missing-file')]
    if SCRIPT not in reading.texts:
        return [Verdict(ITEM, None, f'{SCRIPT} {reading.why_unread(SCRIPT)}', kind='unreadable')]
    if SCRIPT in reading.long:
        return [Verdict(ITEM, 0, f'{SCRIPT} is too long to be the right file', kind='size')]
    try:
        return [_Wiring(content, course, reading, box).judge()]
    except GraderFault as error:
        return [grader_fault(ITEM, str(error))]


class _Wiring:
    """The runs of one script."""

    def __init__(self, content, course, reading, box):
        self.content, self.box = content, box
        self.weights = course.assignment.items[ITEM].parts
        self.blocks = {int(key): known for key, known in reading.items.items()}

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
        details = [(f'TODO ({todo})', problems[todo].text if todo in problems else 'right') for todo in TODOS]
        details += [('traceback', traceback)] if traceback else []
        why_person = '' if self.blocks or ended else 'the marker lines of the blocks are gone'
        return self._verdict(problems, details, why_person)

    def _try_all(self):
        """Run until each TODO was seen: (the right ones, Problems of the others, a traceback, whether it ended)."""
        right, traceback = set(), ''
        replaced = {todo for todo, known in self.blocks.items() if known['open']}
        unseen, ended = Problem('left open', 'todo-open'), False
        problems = dict.fromkeys(replaced, unseen)
        while replaced != set(TODOS):
            found, error, unseen, ended = self._run(replaced, bool(self.blocks))
            right |= {todo for todo, result in found.items() if result is True}
            for todo in set(found) - right - replaced:
                problems.setdefault(todo, found[todo])
            traceback = traceback or error
            wrong = sorted((set(problems) & set(self.blocks)) - right - replaced)
            # Another run can only tell more of a block other than the one that it leaves out.
            if ended or not wrong or set(TODOS) - right - replaced == {wrong[0]}:
                break
            replaced = replaced | {wrong[0]}
        return right, {todo: problems.get(todo, unseen) for todo in TODOS if todo not in right}, traceback, ended

    def _run(self, replaced, in_given_code):
        """One run of main: what it told of each TODO, a traceback, why others were not seen, whether all is over."""
        given = blanks.empty((MASTER / SCRIPT).read_text(encoding='utf-8'), SCRIPT)
        files = {SCRIPT: self.content, 'given.py': given.encode(),
                 **{name: MASTER / name for name in ('data_loader.py', 'training.py', 'common.py', 'dnn_im2col.py')},
                 'blanks.py': MASTER / 'instructor' / 'publishing' / 'blanks.py'}
        orders = {'seconds': RUN_SECONDS, 'given': 'given.py' if in_given_code else '',
                  'replaced': {todo: IN_PLACE[todo] for todo in replaced}}
        told = run_child(self.box, 'run_wiring.py', files, orders, **LIMITS)
        if told.words is None:
            return {}, '', Problem(told.why, told.kind, told.kind in UNCERTAIN), True
        try:
            if not told.words['has_main']:
                return {}, '', Problem(f'{SCRIPT} has no function main', 'no-main'), True
            (script, *events), error, lines = told.earlier, told.words['error'], told.words['lines']
            if error is not None and error['too_long'] and not told.can_have_taken(RUN_SECONDS):
                raise ValueError('it has not taken so long')
            found = judge_trace(read_events(events), {todo: NAMES[todo] for todo in replaced}, error is not None)
            if error is None:
                return found, '', Problem('not reached', 'given-code', True), False
            said = last_line(error)
            blocks = {int(todo): (begin, end) for todo, (begin, end) in script['lines'].items()}
            todo = _failed_block(blocks, error, lines, said)
            kind = 'endless' if error['too_long'] else 'exits' if error['is_exit'] else 'raises'
            if todo and found.get(todo, True) is True:
                # A check of numbers that holds in training may fail on the numbers of the stand-ins.
                is_unclear = kind == 'raises' and error['kind'] not in CERTAIN_ERRORS and self.blocks[todo]['calls']
                found[todo] = Problem('never ends' if kind == 'endless' else f'fails: {said}', kind, is_unclear)
            unseen = Problem(f'not reached: {said}', kind, kind == 'raises')
            for line in error['lines']:
                if any(begin <= int(line[1] or 0) <= end for todo, (begin, end) in blocks.items() if todo in replaced):
                    line[3] = ''  # it is none of the student's
            return found, traceback_text(error, [SCRIPT]), unseen, kind != 'raises' and not todo
        except FORGED:  # words of another form than ours
            return {}, '', Problem('the code sent something else than its results', 'no-result'), True

    def _verdict(self, problems, details, why_person):
        if not problems:
            return Verdict(ITEM, 1, 'all five TODO items are right', details)
        alike = {}  # text -> its TODO items
        for todo, problem in problems.items():
            alike.setdefault(problem.text, []).append(f'({todo})')
        told = '; '.join(f'TODO {", ".join(todos)}: {text}' for text, todos in alike.items())
        unclear = next((todo for todo, problem in problems.items() if problem.needs_person), None)
        if why_person or unclear:
            return Verdict(ITEM, None, f'{why_person or f"TODO ({unclear}) may or may not be right"}; {told}', details,
                           'markers-gone' if why_person else problems[unclear].kind)
        right = [f'TODO ({todo})' for todo in TODOS if todo not in problems]
        share = sum_of(self.weights, right) / sum_of(self.weights, self.weights)
        return Verdict(ITEM, share, told, details, next(iter(problems.values())).kind)


def _failed_block(blocks, error, lines, said):
    """The TODO that an error is to be laid to, or None: where it was raised, or where a name was to be made.

    blocks: TODO -> its first and last line.
    """
    line = error['line'] if error['line'] is not None else lines[-1] if lines else 0
    above = [todo for todo, (begin, _) in blocks.items() if begin <= line]
    missing = set(_QUOTED.findall(said)) if error['kind'] in ('NameError', 'UnboundLocalError', 'KeyError') else set()
    if error['kind'] == 'KeyError' and missing & {*NAMES[1]}:
        return 1
    if above and (error['line'] is not None or line <= blocks[above[-1]][1]):
        return above[-1]
    return next((todo for todo in reversed(above) if missing & set(NAMES[todo])), None)
