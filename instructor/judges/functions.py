"""Judges the five functions of dnn_misc.py: what they return on inputs that the student has not seen.

Each function is called in a child of its own; when that is gone, the answers are worked out by the master's dnn_misc
and compared. relu at exactly 0 is not judged.
"""
import threading
from dataclasses import replace

import dnn_misc
from hw5_dnn_check import CHANGED
from instructor.judges.function_cases import draw
from instructor.judges.function_comparison import MASK, RETURNED, Comparison
from instructor.judges.verdict import Verdict, grader_fault, sum_of
from instructor.sandbox.worker_runs import FORGED, MASTER, UNCERTAIN, GraderFault, last_line, run_child, traceback_text
from instructor.sandbox.workers.call_functions import run_calls

SCRIPT = 'dnn_misc.py'
CALL_SECONDS = 4
LIMITS = {'wall_seconds': 20, 'cpu_seconds': 15}
TIMED_OUT = ('endless', *UNCERTAIN)  # kinds of verdicts, these and the next
NEVER_RETURNS = (*TIMED_OUT, 'crash', 'ended-itself', 'memory', 'processes', 'disk')
_FORGED = {'reason': 'the code sent something else than its results', 'kind': 'no-result'}
_RANDOM = threading.Lock()  # working out dropout's answers uses numpy's global random numbers


def judge(submission, course, reading, box):
    """A Verdict for each of the five functions. reading: see reading.py; box: see worker_runs.make_box."""
    source = submission.files.get(SCRIPT)
    if source is None:
        return [Verdict(function, 0, f'{SCRIPT} is missing', kind='missing-file')
                for function in course.assignment.functions]
    if SCRIPT not in reading.texts:
        return [Verdict(function, None, f'{SCRIPT} {reading.why_unread(SCRIPT)}', kind='unreadable')
                for function in course.assignment.functions]
    try:
        return Functions(source, submission.digest, course.assignment, reading, box).judge()
    except GraderFault as error:
        return [grader_fault(function, str(error)) for function in course.assignment.functions]


class Functions:
    """The five functions of one dnn_misc.py."""

    def __init__(self, source, digest, assignment, reading, box):
        self.source, self.digest, self.reading, self.box = source, digest, reading, box
        self.assignment = assignment
        self.data = {}   # files besides that it needs to be imported
        self.mask, self.stores = '', True  # what is to be said of relu's mask after forward; whether it stores anything

    def judge(self):
        _, fault = self._run([], {})  # only imported: what fails here would fail five times
        if fault and fault['kind'] == 'import':  # it may only want what lies beside it in a handout
            self.data = {name: MASTER / name for name in self.assignment.run_files}
            _, again = self._run([], {})
            fault = again and fault
        if fault:
            return [_without_answer(function, fault) for function in self.assignment.functions]
        verdicts = {}
        for function in self.assignment.functions:
            try:
                forward = verdicts.get(function.replace('backward', 'forward'))
                verdicts[function] = self.judge_function(function, forward)
            except GraderFault as error:
                verdicts[function] = grader_fault(function, str(error))
        self._look_at_mask(verdicts)
        dropped = verdicts['dropout.backward']
        if dropped.share not in (None, 1) and dropped.kind not in ('not-written', 'exits', 'endless') and \
                'dropout.forward' in self.reading.changed_code:
            verdicts['dropout.backward'] = replace(
                dropped, share=None, kind='given-forward-changed',
                reason=f'{CHANGED}: decide whether backward is right for it; {dropped.reason}')
        return list(verdicts.values())

    def judge_function(self, function, forward=None, set_mask=False):
        """The Verdict on one function; forward: that on its forward, for backward; set_mask: see function_cases."""
        returns = forward is None or forward.kind not in NEVER_RETURNS
        found = self._judge(function, draw(function, self.digest, returns, set_mask), forward)
        if found.share != 1 and forward is not None and forward.kind in TIMED_OUT:
            return replace(found, share=None, kind='forward-timed-out',
                           reason=f'not judged, since {forward.item} does not return; {found.reason}')
        return found

    def _look_at_mask(self, verdicts):
        """Lay a mask that is not stored to relu.forward, which is asked for it, and not to backward.

        What is stored otherwise, under another name or turned round, is as good if backward is right with it, and not
        without any forward.
        """
        forward, backward = verdicts['relu.forward'], verdicts['relu.backward']
        if None in (forward.share, backward.share) or forward.share == 1 and not self.mask:
            return
        lacks = not self.stores
        if backward.share == 1:
            without_forward = draw('relu.backward', self.digest, after_forward=False, set_mask=True)
            lacks = self._judge('relu.backward', without_forward, forward, hide_mask=True).share == 1
        else:
            with_mask = self.judge_function('relu.backward', forward, set_mask=True)
            if with_mask.share is not None and with_mask.share > backward.share:
                verdicts['relu.backward'] = replace(
                    with_mask, reason=f'{with_mask.reason}, if {MASK} is what relu.forward should have stored')
                lacks = True
        if lacks and self.mask and forward.share:
            weights = self.assignment.items['relu.forward'].parts
            share = forward.share * sum_of(weights, [RETURNED]) / sum_of(weights, weights)
            verdicts['relu.forward'] = replace(
                forward, share=share, kind=forward.kind or 'mask-not-stored', seen_in=(),
                details=(*forward.details, (RETURNED, 'right'), (MASK, 'wrong'), ('hint', self.mask)),
                reason=f'{forward.reason}; {self.mask}' if forward.kind else self.mask)

    def _judge(self, function, case, forward, hide_mask=False):
        calls, inputs = case
        told, fault = self._run([{**call, 'mask': None} for call in calls] if hide_mask else calls, inputs)
        if fault:
            return _without_answer(function, fault)
        with _RANDOM:
            answers = [values for values, _, _ in run_calls(dnn_misc, calls, inputs)]
        comparison = Comparison(function, calls, inputs)
        try:
            for number, words in enumerate(told.words['calls']):
                if words['error'] and words['error']['too_long'] and not told.can_have_taken(CALL_SECONDS):
                    return Verdict(function, 0, **_FORGED)  # it claims a time that it has not taken
                comparison.look_at(number, words, told.arrays, answers[number])
            unmade = calls[len(told.words['calls']):]
            if any(call['judge'] for call in unmade) and comparison.kind != 'endless':
                return Verdict(function, 0, **_FORGED)
        except FORGED:  # words of another form than ours
            return Verdict(function, 0, **_FORGED)
        if function == 'relu.forward':
            self.mask, self.stores = comparison.mask, comparison.stores
        if function == 'relu.backward' and comparison.faults and forward is not None and forward.share == 0:
            comparison.note('relu.forward', ' is wrong too: put that right first, backward may use what it stores')
        return comparison.verdict(self.assignment)

    def _run(self, calls, inputs):
        """What the child Told, and where it told no answer the fields of a Verdict that say why, else None."""
        hidden = ('judge', 'about', 'hint', 'tests')
        orders = {'seconds': CALL_SECONDS,
                  'calls': [{key: value for key, value in call.items() if key not in hidden} for call in calls]}
        files = {**self.data, SCRIPT: self.source, 'dnn_im2col.py': MASTER / 'dnn_im2col.py'}
        told = run_child(self.box, 'call_functions.py', files, orders, inputs, **LIMITS)
        if told.words is None:
            return told, {'reason': told.why, 'kind': told.kind}
        error = told.words.get('import')
        if error is None:
            return told, None
        try:
            if error['too_long']:
                return told, _FORGED if not told.can_have_taken(CALL_SECONDS) else {
                    'reason': f'{SCRIPT} never ends when it is imported', 'kind': 'endless'}
            return told, {'reason': f'{SCRIPT} cannot be imported: {last_line(error)}', 'kind': 'import',
                          'details': [('traceback', traceback_text(error, [SCRIPT]))]}
        except FORGED:
            return told, _FORGED


def _without_answer(function, fault):
    """The Verdict where the child told no answer: certain, but where it may have been kept from working."""
    return Verdict(function, None if fault['kind'] in UNCERTAIN else 0, **fault)
