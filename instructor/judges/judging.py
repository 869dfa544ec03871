"""Judges submissions: one by the judges of its questions, and many at a time by any concurrent.futures.Executor."""
import concurrent.futures
import itertools
import threading
import traceback
from typing import Any

from instructor.judges import flags, functions, manual, printing, reading, records, wiring
from instructor.judges.context import Context
from instructor.judges.verdict import GRADER_FAULT, Verdict, grader_fault
from instructor.sandbox import worker_runs

JUDGES = {'functions': functions, 'records': records, 'wiring': wiring, 'manual': manual}
QUICK_SECONDS, QUICK_EPOCH_SECONDS = 60, 60  # processor time in the quick pass, and for each repeated epoch besides
OUT_OF_TIME = 'not judged: the time that the grader has for a submission was used up'
INTERRUPTED = 'interrupted'                  # kind of the verdicts on a submission over which the grader ended
# CPython 3.11 counts for all threads together how deep it is in a syntax tree, as it builds one to underline a line of
# a traceback: two at a time can end in a SystemError.
_TREES = threading.Lock()


def judge(submission, course, isolation, epochs=1, full_rerun=True, secret=None, stop=None, quick=False,
          say=None, run_confined=None):
    """Judge one submission that can be judged.

    Returns a dict of 'verdicts', 'flags', 'review_reasons' (Reasons for a review of all of it), 'records' (those in its
    result files, by name), 'isolation' and 'faults'.

    isolation: from sandbox.probe. epochs: how many of each run are repeated. full_rerun: whether all are if a record
    differs from the reference, or a function that says so when it comes to that. secret: from
    training_runs.draw_secret, for epochs > 0. stop: a threading.Event that ends it by worker_runs.Stopped. quick: to
    end it by worker_runs.Postponed if it would take long. say: called with a line before something that takes minutes.
    run_confined: what runs code, if that is not worker_runs.confined. The verdicts are one for each item of the course,
    in its order, whatever happens: faults holds a traceback if a judge failed.
    """
    quick_seconds = QUICK_SECONDS + QUICK_EPOCH_SECONDS * epochs if quick else None
    run_confined = run_confined or worker_runs.confined(isolation, stop, quick_seconds)
    read = reading.read(submission, course, run_confined)
    context = Context(course, run_confined, read, epochs=epochs, full_rerun=full_rerun, secret=secret, quick=quick)
    if say:
        context.say = say
    judged = judge_questions(submission, context)
    return {**judged, 'review_reasons': read.review_reasons, 'records': read.records, 'isolation': isolation.level}


def judge_questions(submission, context, judges=None):
    """What judge returns of verdicts, flags and faults.

    judges: name -> module or object with judge(question, submission, context) -> [Verdict], one an item, and perhaps
    finish(submission, context) -> [Verdict], which is called at the end and may change any of them.
    """
    judges, course = judges or JUDGES, context.course
    faults, said = [], []

    def ask(call, items):
        try:
            return {verdict.item: verdict for verdict in call()}
        except (worker_runs.Stopped, worker_runs.Postponed):
            raise
        except worker_runs.OutOfTime:
            return {item: Verdict(item, None, OUT_OF_TIME, kind='out-of-time') for item in items}
        except Exception as error:  # a fault of ours must not cost a student's row, nor stop the others
            faults.append(_traceback(error))
            return {item: grader_fault(item, f'{type(error).__name__}: {error}') for item in items}

    for question in course.assignment.questions:
        items = [item.name for item in question.items]
        found = ask(lambda: judges[question.judge].judge(question, submission, context), items)
        context.verdicts.update({item: found.get(item) or grader_fault(item, 'no judge spoke about it')
                                 for item in items})
    for name in dict.fromkeys(question.judge for question in course.assignment.questions):
        if hasattr(judges[name], 'finish'):
            items = [item.name for question in course.assignment.questions if question.judge == name
                     for item in question.items]
            context.verdicts.update(ask(lambda: judges[name].finish(submission, context), items))
    context.verdicts.update(ask(lambda: printing.charge(context), []))  # last: it says nothing of what code computes
    try:
        said = list(flags.flags(submission, context.reading, course))
    except Exception as error:
        faults.append(_traceback(error))
        said = ['the flags could not be looked for, by a fault of the grader']
    return {'verdicts': [context.verdicts[item] for item in course.points], 'flags': said, 'faults': faults}


def failed(course, error):
    """What stands for a judgement if judge failed with this exception."""
    why = f'{type(error).__name__}: {error}'
    return {'verdicts': [grader_fault(item, why) for item in course.points], 'flags': [], 'isolation': '',
            'faults': [_traceback(error)]}


def interrupted(course, who='the grader ended'):
    """What stands for the judgement of a submission over which the grader itself, or who else judged it, ended."""
    why = f'not judged: {who} while it was at this submission'
    return {'verdicts': [Verdict(item, None, why, kind=INTERRUPTED) for item in course.points], 'flags': [],
            'isolation': '', 'faults': []}


def _traceback(error):
    with _TREES:
        return ''.join(traceback.format_exception(type(error), error, error.__traceback__))


def judge_all(submissions, judge_one, course, executor, width, begin, done, lost=(), unfit=()):
    """Judge all submissions by the executor, width() at a time: all quickly first, then those that take long.

    judge_one: a function (submission, quick); what it raises makes a grader's fault of that submission, except for
    worker_runs.Postponed and Stopped, which it may also return. begin and done are called here: begin(submission)
    before each is judged, done(submission, judged) as each is finished, with None if nothing is known. lost: what the
    executor raises if one process after the other ended over a submission; unfit: what it raises if a process cannot
    judge any, which ends this. If it is interrupted, what has not begun is left.
    """
    slow = []

    def finish(submission, future):
        error = future.exception()
        judged = None if error else future.result()
        if isinstance(judged, (worker_runs.Postponed, worker_runs.Stopped)):
            error = judged
        if isinstance(error, worker_runs.Postponed):
            slow.append(submission)
            done(submission, None)
        elif isinstance(error, worker_runs.Stopped):
            done(submission, None)
        elif isinstance(error, unfit):
            raise error
        elif isinstance(error, lost):
            done(submission, interrupted(course, 'one worker after the other ended'))
        else:
            done(submission, failed(course, error) if error else judged)

    for quick, group in ((True, submissions), (False, slow)):
        left = iter([*group])
        running: dict[concurrent.futures.Future, Any] = {}
        try:
            while True:
                for submission in itertools.islice(left, max(0, width() - len(running))):
                    begin(submission)
                    running[executor.submit(judge_one, submission, quick)] = submission
                if not running:
                    break
                for future in concurrent.futures.wait(running, return_when='FIRST_COMPLETED').done:
                    finish(running.pop(future), future)
        except BaseException:
            for future in running:
                future.cancel()
            raise


def is_fault(judged):
    """Whether the grader failed in a part of it, so that it is worth judging again."""
    return bool(judged.get('faults')) or any(verdict.kind == GRADER_FAULT for verdict in judged['verdicts'])
