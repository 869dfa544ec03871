"""Judges the five functions of dnn_misc.py: what they return on inputs that the student has not seen.

Each function is called in a child of its own; when that is gone, the answers are worked out by the master's dnn_misc
and compared. relu at exactly 0 is not judged.
"""
import threading
from dataclasses import replace

import dnn_misc
from instructor.child_runs import FORGED, MASTER, UNCERTAIN, GraderFault, last_line, run_child, traceback_text
from instructor.children.call_functions import run_calls
from instructor.function_cases import FUNCTIONS, draw
from instructor.function_comparison import Comparison
from instructor.verdict import Verdict, grader_fault

SCRIPT = 'dnn_misc.py'
CALL_SECONDS = 4
LIMITS = {'wall_seconds': 20, 'cpu_seconds': 15}
TIMED_OUT = ('endless', *UNCERTAIN)  # kinds of verdicts, these and the next
NEVER_RETURNS = (*TIMED_OUT, 'crash', 'ended-itself', 'memory', 'processes', 'disk')
_FORGED = {'reason': 'the code sent something else than its results', 'kind': 'no-result'}
_RANDOM = threading.Lock()  # working out dropout's answers uses numpy's global random numbers


def judge(submission, course, box):
    """A Verdict for each of the five functions. box: see child_runs.make_box."""
    source = submission.files.get(SCRIPT)
    if source is None:
        return [Verdict(function, 0, f'{SCRIPT} is missing', kind='missing-file') for function in FUNCTIONS]
    try:
        _, fault = _run(source, [], {}, box)  # only imported: what fails here would fail five times
    except GraderFault as error:
        return [grader_fault(function, str(error)) for function in FUNCTIONS]
    if fault:
        return [_without_answer(function, fault) for function in FUNCTIONS]
    verdicts = {}
    for function in FUNCTIONS:
        try:
            forward = verdicts.get(function.replace('backward', 'forward'))
            verdicts[function] = judge_function(function, source, submission.digest, box, forward)
        except GraderFault as error:
            verdicts[function] = grader_fault(function, str(error))
    return list(verdicts.values())


def judge_function(function, source, digest, box, forward=None):
    """The Verdict on one function of a dnn_misc.py that can be imported; forward: that on its forward, for backward."""
    returns = forward is None or forward.kind not in NEVER_RETURNS
    found = _judge(function, draw(function, digest, after_forward=returns), source, box, forward)
    if found.share != 1 and forward is not None and forward.kind in TIMED_OUT:
        return replace(found, share=None, kind='forward-timed-out',
                       reason=f'not judged, since {forward.item} does not return; {found.reason}')
    return found


def _judge(function, case, source, box, forward):
    calls, inputs = case
    told, fault = _run(source, calls, inputs, box)
    if fault:
        return _without_answer(function, fault)
    with _RANDOM:
        answers = [values for values, _, _ in run_calls(dnn_misc, calls, inputs)]
    comparison = Comparison(function, calls, inputs)
    try:
        for number, words in enumerate(told.words['calls']):
            if words['error'] and words['error']['too_long'] and told.cpu < CALL_SECONDS:
                return Verdict(function, 0, **_FORGED)  # it claims a time that it has not taken
            comparison.look_at(number, words, told.arrays, answers[number])
        if len(told.words['calls']) < len(calls) and comparison.kind != 'endless':
            return Verdict(function, 0, **_FORGED)
    except FORGED:  # words of another form than ours
        return Verdict(function, 0, **_FORGED)
    if function == 'relu.backward' and comparison.faults and forward is not None and forward.share == 0:
        comparison.note('relu.forward', ' is wrong too: put that right first, backward may use what it stores')
    return comparison.verdict()


def _without_answer(function, fault):
    """The Verdict where the child told no answer: certain, but where it may have been kept from working."""
    return Verdict(function, None if fault['kind'] in UNCERTAIN else 0, **fault)


def _run(source, calls, inputs, box):
    """What the child Told, and where it told no answer the fields of a Verdict that say why, else None."""
    hidden = ('judge', 'about', 'hint', 'tests')
    orders = {'seconds': CALL_SECONDS,
              'calls': [{key: value for key, value in call.items() if key not in hidden} for call in calls]}
    files = {SCRIPT: source, 'dnn_im2col.py': MASTER / 'dnn_im2col.py'}
    told = run_child(box, 'call_functions.py', files, orders, inputs, **LIMITS)
    if told.words is None:
        return told, {'reason': told.why, 'kind': told.kind}
    error = told.words.get('import')
    if error is None:
        return told, None
    try:
        if error['too_long']:
            return told, _FORGED if told.cpu < CALL_SECONDS else {
                'reason': f'{SCRIPT} never ends when it is imported', 'kind': 'endless'}
        return told, {'reason': f'{SCRIPT} cannot be imported: {last_line(error)}', 'kind': 'import',
                      'details': [('traceback', traceback_text(error, [SCRIPT]))]}
    except FORGED:
        return told, _FORGED
