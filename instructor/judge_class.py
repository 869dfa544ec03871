"""Judges the submissions of a class: those that the journal does not have yet, or that are to be judged again."""
import concurrent.futures
import sys
import threading
from functools import partial

from common import printable
from instructor.judges import judging, training_runs, verdict
from instructor.results.journal import key
from instructor.results.progress import Progress
from instructor.sandbox import worker_runs


def judge_class(options, submissions, names, course, isolation, journal, judge=None, executor=None, cluster=None):
    """Returns a dict of submission's key -> what was judged, for all submissions that have been judged by now.

    options: those of grade.py. names: submission's key -> what the student is called. isolation: from sandbox.probe.
    judge: a function (submission, course) that stands in for judging.judge. executor: a concurrent.futures.Executor,
    by default one of options.jobs threads, which only wait for children. cluster: a cluster.Cluster whose workers judge
    instead. Raises worker_runs.GraderFault, and with a cluster ClusterError.
    """
    settings = {'epochs': options.rerun_epochs, 'full_rerun': not options.no_full_rerun}
    keys = {one.key: key(one, course, {**settings, 'isolation': isolation.level}) for one in submissions}
    for one in submissions:
        if keys[one.key] in journal.open:  # the grader ended while it judged this one, and might end again
            journal.add(keys[one.key], one.key, judging.interrupted(course))
    todo = [one for one in submissions if _is_due(one, options, journal.by_key.get(keys[one.key]))]
    progress, changes = Progress(len(todo), len(submissions)), []

    def begin(submission):
        journal.begin(keys[submission.key], submission.key)
        progress.begin(submission.key, names[submission.key])

    def done(submission, judged):
        if judged is None:
            journal.put_back(keys[submission.key], submission.key)
            progress.put_off(submission.key)
            return
        before = journal.by_submission.get(submission.key)
        journal.add(keys[submission.key], submission.key, judged)
        progress.step(submission.key)
        old, new = (_points(entry, course) for entry in (before, judged))
        if before and (options.force or options.only or old != new):
            changes.append(f'{printable(names[submission.key])}: {old} before, {new} now')

    stop = threading.Event()
    executor = executor or cluster and cluster.executor
    own = None if executor else concurrent.futures.ThreadPoolExecutor(options.jobs)
    try:
        if judge:
            judge_one = partial(_by_stand_in, judge, course)
        else:
            draw_secret = cluster.draw_secret if cluster else partial(_draw_secret, course, isolation, own, stop)
            settings['secret'] = None
            if todo and options.rerun_epochs:
                print("running the master's networks once, with a random seed drawn for this grading", file=sys.stderr)
                settings['secret'] = draw_secret(options.rerun_epochs)
            judge_one = cluster.judge_one(settings) if cluster else \
                partial(_by_judging, course, isolation, settings, *((None, None) if executor else (stop, progress.say)))
        judging.judge_all(todo, judge_one, course, executor or own, cluster.width if cluster else lambda: options.jobs,
                          begin, done, *((cluster.lost, cluster.unfit) if cluster else ()))
    finally:
        for submission in [one for one in todo if keys[one.key] in journal.open]:
            done(submission, None)  # the run is being stopped; this submission has done no harm, so note that first
        stop.set()
        if own:
            own.shutdown()
        progress.end()
    print(*changes, sep='\n', end='\n' if changes else '')
    return {one.key: journal.by_key[keys[one.key]] for one in submissions if keys[one.key] in journal.by_key}


def _is_due(submission, options, known):
    """Whether to judge a submission now; known: what the journal has of it, or None."""
    if options.only:
        asked = submission.key in options.only
    else:
        asked = options.force or not known or judging.is_fault(known)
    return asked and not submission.review_reasons


def _by_stand_in(judge, course, submission, quick):
    return judge(submission, course)


def _by_judging(course, isolation, settings, stop, say, submission, quick):
    return judging.judge(submission, course, isolation, **settings, stop=stop, quick=quick,
                         say=say and partial(say, submission.key))


def _draw_secret(course, isolation, executor, stop, num_epochs):
    """What the master's own code gives with a random seed of this grading, see training_runs.py."""
    run_confined = worker_runs.confined(isolation, stop)
    return training_runs.draw_secret(run_confined, course.assignment, num_epochs,
                                     map_=executor.map if executor else map)


def _points(judged, course):
    found = judged and verdict.total(judged['verdicts'], course)
    return '-' if found is None else verdict.as_text(found)
