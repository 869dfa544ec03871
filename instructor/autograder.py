"""Judges one submission in Gradescope's container, and writes its results; run_autograder of the bundle calls it.

    python -m instructor.autograder COURSE [--root /autograder] [--seconds S]

COURSE: the name of a course. It reads ROOT/submission and ROOT/submission_metadata.json, and writes
ROOT/results/results.json, completely or not at all. Exit status: 0 if that is written, even if it says that nothing
could be judged.
"""
import argparse
import json
import sys
import time
import traceback
from pathlib import Path

from common import printable, write_whole
from instructor.assignment import ROOT
from instructor.course import find_course, load_course
from instructor.intake import gradescope as intake
from instructor.judges import judging, training_runs
from instructor.results import gradescope as results
from instructor.results import gradesheet
from instructor.sandbox import api as sandbox
from instructor.sandbox.budget import Budget
from instructor.sandbox.worker_runs import WORKERS, OutOfTime

# What is left of the time is for starting, clearing up and drawing, with a margin for a slow start of a run.
SHARE_OF_TIME = 0.75
SHARE_FOR_SECRET = 0.25  # of that, for the master's own runs: the student's then take about as long once or twice
EPOCHS = 1               # of each run that are repeated, if there is time
MUST_NOT_REACH = ('source', 'results', 'submission', 'submission_metadata.json')


def find_isolation(root):
    """The strongest Isolation that this container grants, having tried what must not be reached.

    Namespaces if they are granted, otherwise limits with a user id of its own. Raises sandbox.IsolationError.
    """
    hidden = [str(root / name) for name in MUST_NOT_REACH] + [str(ROOT), str(ROOT / 'instructor')]
    refused = []
    for level in ('namespaces', 'limits'):
        try:
            isolation = sandbox.probe(level)
        except sandbox.IsolationError as error:
            refused.append(f'{level}: {error}')
            continue
        outcome = sandbox.run(isolation, (WORKERS / 'reach_check.py').read_text(encoding='utf-8'), argv=hidden,
                              limits=sandbox.Limits(wall_seconds=60, idle_seconds=60))
        if outcome.ended == 'ok' and outcome.result == b'[]':
            return isolation
        refused.append(f'{level}: students\' code could reach {printable(str(outcome.result))[:300]}')
    raise sandbox.IsolationError("students' code cannot be confined in this container; it was not run. "
                                 + '; '.join(refused))


def judge(submission, course, isolation, budget):
    """What judging.judge returns, within the Budget; with fewer repeated epochs if time is short."""
    assignment, epochs, secret = course.assignment, min(EPOCHS, course.assignment.epochs), None
    if epochs:
        own, began = budget.part(SHARE_FOR_SECRET), time.monotonic()
        try:
            secret = training_runs.draw_secret(own.confined(isolation), assignment, epochs)
            budget.epoch_seconds = (time.monotonic() - began) / len(assignment.runs) / epochs
        except OutOfTime:
            epochs, budget.is_short = 0, True
    return judging.judge(submission, course, isolation, epochs, full_rerun=lambda: budget.may_repeat(assignment.epochs),
                         secret=secret, run_confined=budget.confined(isolation))


def grade(root, course, seconds, began):
    """The content of results.json for what lies in the folder root. seconds: what the container has."""
    isolation = find_isolation(root)
    submission, said = intake.read_submission(root / 'submission', root / 'submission_metadata.json', course)
    budget, judged = Budget(SHARE_OF_TIME * seconds - (time.monotonic() - began)), None
    if not submission.review_reasons:
        judged = judge(submission, course, isolation, budget)
    row = gradesheet.Row(submission, submission.student, course, judged)
    return results.results(row, time.monotonic() - began, isolation.description, said, budget.is_short)


def main(arguments=None):
    """Run the command; returns the exit status."""
    began = time.monotonic()
    parser = argparse.ArgumentParser(prog='instructor.autograder', description=__doc__.partition('\n')[0])
    parser.add_argument('course')
    parser.add_argument('--root', type=Path, default=Path('/autograder'))
    parser.add_argument('--seconds', type=float, default=600)
    options = parser.parse_args(arguments)
    root = options.root.resolve()
    sandbox.close_memory()
    try:
        found = grade(root, load_course(find_course(options.course)), options.seconds, began)
    except OutOfTime:
        found = results.failure('its time was used up before anything was judged', time.monotonic() - began)
    except sandbox.IsolationError as error:
        print(error)  # teachers see what is printed
        found = results.failure("students' code cannot be confined in this container, and was not run",
                                time.monotonic() - began)
    except Exception as error:  # whatever it is, Gradescope has to get an answer
        traceback.print_exc(file=sys.stdout)
        found = results.failure(f'a fault of the grader ({type(error).__name__})', time.monotonic() - began)
    write_whole(root / 'results' / 'results.json', (json.dumps(found, indent=1) + '\n').encode())
    return 0


if __name__ == '__main__':
    sys.exit(main())
