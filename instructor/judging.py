"""Judges submissions: one by all rubrics, and many of them at a time by any concurrent.futures.Executor."""
import concurrent.futures
import traceback

from instructor import child_runs, flags, rubric_functions, rubric_records, rubric_wiring, syntax_trees
from instructor.function_cases import FUNCTIONS
from instructor.verdict import GRADER_FAULT, grader_fault


def judge(submission, course, isolation, epochs=1, full_rerun=True, stop=None):
    """Judge one submission that needs no person: returns a dict of 'verdicts', 'flags', 'isolation' and 'faults'.

    isolation: from sandbox.probe. epochs: how many of each run are repeated. full_rerun: whether all are where a record
    differs from the reference. stop: a threading.Event that ends it by child_runs.Stopped. The verdicts are one for
    each item of the course, in its order, whatever happens: faults holds a traceback where a judge failed.
    """
    box = child_runs.make_box(isolation, stop)
    judges = [(FUNCTIONS, lambda others: rubric_functions.judge(submission, course, box)),
              (('q39',), lambda others: rubric_wiring.judge(submission, course, box)),
              (tuple(course['results']),
               lambda others: rubric_records.judge(submission, course, box, others, epochs, full_rerun))]
    return by_judges(judges, lambda: flags.flags(submission, course), course, isolation.level)


def by_judges(judges, find_flags, course, level):
    """What judge returns; judges: pairs (items, function of the Verdicts so far)."""
    found, faults, said = {}, [], []
    for items, call in judges:
        try:
            told = {verdict.item: verdict for verdict in call([*found.values()])}
        except child_runs.Stopped:
            raise
        except Exception as error:  # a fault of ours must cost nobody's row, nor the others' run
            faults.append(_traceback(error))
            told = {item: grader_fault(item, f'{type(error).__name__}: {error}') for item in items}
        found.update({item: told.get(item) or grader_fault(item, 'no judge spoke about it') for item in items})
    try:
        said = list(find_flags())
    except Exception as error:
        faults.append(_traceback(error))
        said = ['the flags could not be looked for, by a fault of the grader']
    verdicts = [found.get(item) or grader_fault(item, 'no judge for it') for item in course['points']]
    return {'verdicts': verdicts, 'flags': said, 'isolation': level, 'faults': faults}


def failed(course, error):
    """What stands for a judgement where all of judge failed with this exception."""
    why = f'{type(error).__name__}: {error}'
    return {'verdicts': [grader_fault(item, why) for item in course['points']], 'flags': [], 'isolation': '',
            'faults': [_traceback(error)]}


def _traceback(error):
    with syntax_trees.ONE_AT_A_TIME:  # it reads the lines that it underlines
        return ''.join(traceback.format_exception(type(error), error, error.__traceback__))


def judge_all(submissions, judge_one, course, executor, done):
    """Judge all submissions by the executor; done(submission, judged) is called here as each is finished.

    judge_one: a function of the submission; what it raises makes a grader's fault of that submission. Where this is
    interrupted, what has not begun is taken back.
    """
    futures = {executor.submit(judge_one, submission): submission for submission in submissions}
    try:
        for future in concurrent.futures.as_completed(futures):
            error = future.exception()
            if isinstance(error, child_runs.Stopped):
                continue
            done(futures[future], failed(course, error) if error else future.result())
    except BaseException:
        for future in futures:
            future.cancel()
        raise


def is_fault(judged):
    """Whether the grader failed in a part of it, so that it is worth judging again."""
    return bool(judged.get('faults')) or any(verdict.kind == GRADER_FAULT for verdict in judged['verdicts'])
