"""Judges Q3.9, the five TODO items of dnn_cnn_2.py: runs its main on stand-ins and reads who was called with what.

A block that is open, fails or is wrong is replaced by one that makes what the lines after it expect, and main runs
again, so that the other blocks still count. A block is right if it is in one of the runs.
"""
import re
from fractions import Fraction

from instructor import blanks
from instructor.child_runs import MASTER, GraderFault, last_line, run_child, shown
from instructor.verdict import Verdict, grader_fault
from instructor.wiring_trace import Problem, judge_trace

ITEM, SCRIPT = 'q39', 'dnn_cnn_2.py'
WEIGHTS = {1: 2, 2: 5, 3: 5, 4: 5, 5: 5}  # modules, training forward, backward, training accuracy, validation
NAMES = {1: ("model['C2']", "model['nonlinear2']", "model['M2']"), 2: ('c2', 'h2', 'm2'),
         3: ('grad_h2', 'grad_c2', 'grad_m1'), 4: ('c2', 'h2', 'm2'), 5: ('c2', 'h2', 'm2')}
RUN_SECONDS = 6
LIMITS = {'wall_seconds': 20, 'cpu_seconds': 15}
LONGEST = 200_000  # characters of a script, as make_submission.check_script reads them
_OPEN = re.compile(r'\s*(#.*|pass|\.\.\.|raise NotImplementedError\b.*)?\s*')
_QUOTED = re.compile(r"'(\w+)'")


def judge(submission, course, box):
    """The Verdict on Q3.9, in a list. box: see child_runs.make_box."""
    content = submission.files.get(SCRIPT)
    if content is None:
        return [Verdict(ITEM, 0, f'{SCRIPT} is missing', kind='missing-file')]
    try:
        source = content.decode('utf-8-sig')
    except UnicodeDecodeError:
        return [Verdict(ITEM, 0, f'{SCRIPT} is not UTF-8 text', kind='encoding')]
    if len(source) > LONGEST:
        return [Verdict(ITEM, 0, f'{SCRIPT} is longer than {LONGEST} characters', kind='size')]
    source = source.replace('\r\n', '\n').replace('\r', '\n')
    try:
        return [_judge_source(source, box)]
    except GraderFault as error:
        return [grader_fault(ITEM, str(error))]


def _judge_source(source, box):
    blocks = _blocks(source)
    right, traceback = set(), ''
    replaced = {todo for todo in blocks if all(map(_OPEN.fullmatch, blocks[todo].body.splitlines()))}
    unseen, ended = Problem('is left open', 'todo-open'), False
    problems = dict.fromkeys(replaced, unseen)
    while replaced != set(WEIGHTS):
        found, error, unseen, ended = _run(_with_neutral(source, blocks, replaced), box)
        right |= {todo for todo, result in found.items() if result is True}
        for todo in set(found) - right - replaced:
            problems.setdefault(todo, found[todo])
        traceback = traceback or error
        wrong = sorted((set(problems) & set(blocks)) - right - replaced)
        # Another run can only tell more of a block other than the one that it leaves out.
        if ended or not wrong or set(WEIGHTS) - right - replaced == {wrong[0]}:
            break
        replaced.add(wrong[0])
    problems = {todo: problems.get(todo, unseen) for todo in WEIGHTS if todo not in right}
    details = [(f'TODO ({todo})', problems[todo].text if todo in problems else 'right') for todo in WEIGHTS]
    details += [('traceback', traceback)] if traceback else []
    return _verdict(problems, details, '' if blocks or ended else 'the marker lines of the blocks are gone')


def _verdict(problems, details, why_person):
    if not problems:
        return Verdict(ITEM, 1, 'all five TODO items are right', details)
    alike = {}  # text -> its TODO items
    for todo, problem in problems.items():
        alike.setdefault(problem.text, []).append(f'({todo})')
    told = '; '.join(f'TODO {", ".join(todos)}: {text}' for text, todos in alike.items())
    unclear = next((todo for todo, problem in problems.items() if problem.needs_person), None)
    if why_person or unclear:
        return Verdict(ITEM, None, f'{why_person or f"TODO ({unclear}) may be right or not"}; {told}', details,
                       'markers-gone' if why_person else problems[unclear].kind)
    share = Fraction(sum(WEIGHTS[todo] for todo in WEIGHTS if todo not in problems), sum(WEIGHTS.values()))
    return Verdict(ITEM, share, told, details, next(iter(problems.values())).kind)


def _blocks(source):
    """TODO number -> its Blank; {} where the markers of the five do not stand as they were given."""
    try:
        found = {blank.name: blank for blank in blanks.read_blanks(source, SCRIPT)}
    except blanks.BlankError:
        return {}
    named = {todo: found.get(f'TODO ({todo})') for todo in WEIGHTS}
    return {} if None in named.values() else named


def _with_neutral(source, blocks, replaced):
    """The script with some blocks replaced, of the same number of lines."""
    bodies = {}
    for todo in replaced:
        line = f"{blocks[todo].indent}{', '.join(NAMES[todo])} = __import__('dnn_misc').neutral({todo})\n"
        bodies[blocks[todo].name] = line + '\n' * (blocks[todo].body.count('\n') - 1)
    return blanks.fill(source, bodies, SCRIPT) if bodies else source


def _run(source, box):
    """One run of main: what it told of each TODO, a traceback, why others were not seen, and whether all is over."""
    files = {SCRIPT: source.encode(), 'data_loader.py': MASTER / 'data_loader.py',
             'dnn_im2col.py': MASTER / 'dnn_im2col.py'}
    told = run_child(box, 'run_wiring.py', files, {'seconds': RUN_SECONDS}, **LIMITS)
    if told.words is None:
        return {}, '', Problem(told.why, told.kind), True
    try:
        if not told.words['has_main']:
            return {}, '', Problem(f'{SCRIPT} has no function main', 'no-main'), True
        found, error = judge_trace(told.words), told.words['error']
        if error is None:
            return found, '', Problem('was not reached', 'given-code', True), False
        said = last_line(error)
        todo = _failed_block(source, error, told.words['lines'], said)
        kind = 'endless' if error['too_long'] else 'exits' if error['is_exit'] else 'raises'
        if todo and found.get(todo, True) is True:
            found[todo] = Problem('never ends' if kind == 'endless' else f'fails: {said}', kind)
        unseen = Problem(f'was not reached: {said}', kind, kind == 'raises')
        return found, shown(str(error['traceback']), [SCRIPT]), unseen, kind != 'raises' and not todo
    except (KeyError, TypeError, IndexError, AttributeError, ValueError):  # words of another form than ours
        return {}, '', Problem('the code sent something else than its results', 'no-result'), True


def _failed_block(source, error, lines, said):
    """The TODO that an error is to be laid to, or None: where it was raised, or where a name was to be made."""
    blocks = _blocks(source)
    line = error['line'] if error['line'] is not None else lines[-1] if lines else 0
    above = [todo for todo, block in blocks.items() if block.begin <= line]
    missing = set(_QUOTED.findall(said)) if said.startswith(('NameError', 'UnboundLocalError', 'KeyError')) else set()
    if said.startswith('KeyError') and missing & {name.split("'")[1] for name in NAMES[1]}:
        return 1
    if above and (error['line'] is not None or line <= blocks[above[-1]].end):
        return above[-1]
    return next((todo for todo in reversed(above) if missing & set(NAMES[todo])), None)
