"""Judges submissions: one by all rubrics, and many of them at a time by any concurrent.futures.Executor."""
import concurrent.futures
import itertools
import threading
import traceback

from instructor.judges import flags, functions, reading, records, wiring
from instructor.judges.verdict import GRADER_FAULT, Verdict, grader_fault
from instructor.sandbox import worker_runs

QUICK_SECONDS, QUICK_EPOCH_SECONDS = 60, 60  # processor time in the quick pass, and for each repeated epoch besides
INTERRUPTED = 'interrupted'                  # kind of the verdicts on a submission over which the grader ended
# CPython 3.11 counts for all threads together how deep it is in a syntax tree, as it builds one to underline a line of
# a traceback: two at a time can end in a SystemError.
_TREES = threading.Lock()


def judge(submission, course, isolation, epochs=1, full_rerun=True, secret=None, stop=None, quick=False,
          say=None):
    """Judge one submission that needs no person.

    Returns a dict of 'verdicts', 'flags', 'review' (reasons why a person has to look at all of it), 'records' (those in
    its result files, by name), 'isolation' and 'faults'.

    isolation: from sandbox.probe. epochs: how many of each run are repeated. full_rerun: whether all are where a record
    differs from the reference. secret: from training_runs.draw_secret, for epochs > 0. stop: a threading.Event that
    ends it by worker_runs.Stopped. quick: to end it by worker_runs.Postponed where it would take long. say: called with
    a line before something that takes minutes. The verdicts are one for each item of the course, in its order, whatever
    happens: faults holds a traceback where a judge failed.
    """
    box = worker_runs.make_box(isolation, stop, QUICK_SECONDS + QUICK_EPOCH_SECONDS * epochs if quick else None)
    read = reading.read(submission, course, box)
    judges = [(course.assignment.functions, lambda others: functions.judge(submission, course, read, box)),
              (('q39',), lambda others: wiring.judge(submission, course, read, box)),
              (tuple(course.assignment.runs), lambda others: records.judge(
                  submission, course, read, box, others, epochs, full_rerun, secret, quick, say=say))]
    judged = by_judges(judges, lambda: flags.flags(submission, read, course), course, isolation.level)
    return {**judged, 'review': read.review, 'records': read.records}


def by_judges(judges, find_flags, course, level):
    """What judge returns; judges: pairs (items, function of the Verdicts so far)."""
    found, faults, said = {}, [], []
    for items, call in judges:
        try:
            told = {verdict.item: verdict for verdict in call([*found.values()])}
        except (worker_runs.Stopped, worker_runs.Postponed):
            raise
        except Exception as error:  # a fault of ours must cost nobody's row, nor the others' run
            faults.append(_traceback(error))
            told = {item: grader_fault(item, f'{type(error).__name__}: {error}') for item in items}
        found.update({item: told.get(item) or grader_fault(item, 'no judge spoke about it') for item in items})
        found.update(told)  # a later judge may know more of an item than an earlier one
    try:
        said = list(find_flags())
    except Exception as error:
        faults.append(_traceback(error))
        said = ['the flags could not be looked for, by a fault of the grader']
    verdicts = [found.get(item) or grader_fault(item, 'no judge for it') for item in course.points]
    return {'verdicts': verdicts, 'flags': said, 'isolation': level, 'faults': faults}


def failed(course, error):
    """What stands for a judgement where all of judge failed with this exception."""
    why = f'{type(error).__name__}: {error}'
    return {'verdicts': [grader_fault(item, why) for item in course.points], 'flags': [], 'isolation': '',
            'faults': [_traceback(error)]}


def interrupted(course):
    """What stands for the judgement of a submission over which the grader itself ended."""
    why = 'not judged: the grader ended while it was at this submission'
    return {'verdicts': [Verdict(item, None, why, kind=INTERRUPTED) for item in course.points], 'flags': [],
            'isolation': '', 'faults': []}


def _traceback(error):
    with _TREES:
        return ''.join(traceback.format_exception(type(error), error, error.__traceback__))


def judge_all(submissions, judge_one, course, executor, width, begin, done):
    """Judge all submissions by the executor, `width` at a time: all quickly first, then those that take long.

    judge_one: a function (submission, quick); what it raises makes a grader's fault of that submission. begin and done
    are called here: begin(submission) before each is judged, done(submission, judged) as each is finished, with None
    where nothing is known. Where this is interrupted, what has not begun is left.
    """
    slow = []

    def finish(submission, future):
        error = future.exception()
        if isinstance(error, worker_runs.Postponed):
            slow.append(submission)
            done(submission, None)
        elif isinstance(error, worker_runs.Stopped):
            done(submission, None)
        else:
            done(submission, failed(course, error) if error else future.result())

    for quick, group in ((True, submissions), (False, slow)):
        left, running = iter([*group]), {}
        try:
            while True:
                for submission in itertools.islice(left, width - len(running)):
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
