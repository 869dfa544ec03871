"""Grade a class:   python3 -m instructor.grade SUBMISSIONS --course tamu --output OUT [--gradebook GRADEBOOK.csv]

The way of a submission:
 1. intake/downloads.py finds in the download who handed in what; canvas.py reads the names and the gradebook,
 2. intake/unpacking.py takes the wanted files out of the zip; what is odd goes to a person;
 3. judges/judging.py hands it to the judges, many at a time, first all that is quick; reading.py reads the files,
 4. functions.py and wiring.py call the student's code on inputs it has not seen,
 5. records.py repeats the beginning of the seven runs, flags.py looks at what a person should know;
 6. all that a student wrote is read and run in children that sandbox/ confines, never in this process;
 7. what is judged is a list of verdict.Verdict, one an item, which journal.py writes down at once;
 8. gradesheet.py adds up the points; canvas.py writes grades.csv with those that are certain;
 9. feedback.py writes a page for each student, report.py one for the teacher, by markup.py and plot_curves.py;
10. here it is all put together, and summary.py says at the end who is missing and who needs a person.
"""
import argparse
import concurrent.futures
import os
import signal
import sys
import threading
from functools import partial
from pathlib import Path

from instructor import packages

if __name__ == '__main__':
    packages.require('instructor.grade', 'numpy', 'matplotlib', 'jsonschema')  # before what imports them

from common import OneLineParser, printable, write_whole  # noqa: E402
from instructor.course import find_course, load_course  # noqa: E402
from instructor.intake import canvas, downloads  # noqa: E402
from instructor.judges import (  # noqa: E402
    judging,  # noqa: E402
    training_runs,
    verdict,
)
from instructor.results import (  # noqa: E402
    feedback,
    gradesheet,
    progress,
    report,
    summary,  # noqa: E402
)
from instructor.results.journal import Journal, JournalError, key  # noqa: E402
from instructor.sandbox import api as sandbox  # noqa: E402
from instructor.sandbox import worker_runs

OUTPUTS = ('grades.csv', 'feedback.zip', 'report.html')
STOPPING = [getattr(signal, name) for name in ('SIGINT', 'SIGTERM', 'SIGHUP') if hasattr(signal, name)]


class UsageError(ValueError):
    """The command line asks for what cannot be done; the text is one line."""


def parse(arguments=None):
    """The options of the command line; ends the process with status 2 and one line where they are wrong."""
    parser = OneLineParser(prog='instructor.grade', description=__doc__.split(':')[0], allow_abbrev=False)
    parser.add_argument('submissions', type=_path, metavar='SUBMISSIONS',
                        help="Canvas's bulk download, a folder of submission zips, or one zip")
    parser.add_argument('--course', required=True, help='a course in instructor/courses, or the .json file of another')
    parser.add_argument('--output', required=True, type=_path, metavar='OUT', help='folder for what is written')
    parser.add_argument('--gradebook', type=_path, metavar='CSV', help='the gradebook, as Canvas exports it')
    parser.add_argument('--assignment', metavar='TITLE', help='column of the gradebook [called as in the course]')
    parser.add_argument('--jobs', type=int, metavar='N', default=len(os.sched_getaffinity(0)) if _linux() else 1,
                        help='submissions judged at a time [%(default)s]')
    parser.add_argument('--rerun-epochs', type=int, metavar='K', default=1,
                        help='epochs of each run that are repeated, 0 for none [%(default)s]')
    parser.add_argument('--no-full-rerun', action='store_true',
                        help='leave records that differ from the reference to a person, do not repeat their 30 epochs')
    parser.add_argument('--only', nargs='+', default=[], metavar='USER_ID', help='grade these again, and no others')
    parser.add_argument('--force', action='store_true', help='grade all again')
    parser.add_argument('--feedback-for-open', action='store_true',
                        help='put into feedback.zip also the pages of students whose grade is still open')
    parser.add_argument('--isolation', choices=('auto', 'namespaces', 'limits'), default='auto',
                        help="how students' code is confined [%(default)s]")
    options = parser.parse_args(arguments)
    if options.jobs < 1:
        parser.error('--jobs has to be at least 1')
    if options.assignment and not options.gradebook:
        parser.error('--assignment names a column of the gradebook: give that too, by --gradebook')
    return options


def _path(text):
    if not text:
        raise argparse.ArgumentTypeError('is empty: name a place')  # Path would take it for the current folder
    return Path(text)


def _linux():
    return sys.platform.startswith('linux')


def grade(options, judge=None, isolation=None, executor=None):
    """Grade as the options say; returns the exit status: 1 where the grader failed on a submission, else 0.

    judge: a function (submission, course) that stands in for judging.judge; isolation: from sandbox.probe, found where
    it is not given; executor: a concurrent.futures.Executor, by default one of options.jobs threads. Raises
    UsageError, OSError and the errors of the parts, each with one line.
    """
    course = load_course(find_course(options.course))
    most = course.assignment.epochs
    if not 0 <= options.rerun_epochs <= max(most, 1):
        raise UsageError(f'--rerun-epochs has to be a number from 0 to {most}')
    options.rerun_epochs = min(options.rerun_epochs, most)  # of an assignment without runs, none
    if options.output.resolve() == options.submissions.resolve():
        raise UsageError(f'--output {options.output}: is where the submissions are, choose another folder')
    if options.output.is_symlink() and not options.output.exists():
        raise UsageError(f'--output {options.output}: is a link to a folder that is not there: make that folder, or '
                         'choose another')
    gradebook = options.gradebook and canvas.read_gradebook(options.gradebook)
    column = gradebook and canvas.find_column(gradebook, course, options.assignment)
    submissions, others = downloads.read_submissions(options.submissions, course, gradebook)
    unknown = {*options.only} - {submission.key for submission in submissions}
    if unknown:
        raise UsageError(f'--only: no submission of {", ".join(sorted(unknown))}')
    options.output.mkdir(parents=True, exist_ok=True)
    isolation = isolation or sandbox.probe(options.isolation, jobs=options.jobs)
    with Journal(options.output / 'journal.jsonl', course.points) as journal:
        for pattern in [*(f'.{name}.*' for name in OUTPUTS), f'{report.PAGES}/.*.html.*']:
            for left in options.output.glob(pattern):  # of a run that was killed while it wrote
                left.unlink()
        names = {one.key: gradebook and gradebook.name(one.user_id) or one.student for one in submissions}
        judged = _judge(options, submissions, names, course, isolation, journal, judge, executor)
    class_rows = [gradesheet.Row(one, names[one.key], course, judged.get(one.key),
                           not gradebook or one.user_id in gradebook.students) for one in submissions]
    print('writing the feedback', file=sys.stderr)
    warnings = canvas.warnings(gradebook, column, course.total) if gradebook else []
    warnings += [] if options.feedback_for_open else summary.left_open(class_rows)
    lists = summary.lists(class_rows, gradebook, others)
    points = {row.submission.user_id: row.total for row in class_rows if row.total and row.submission.user_id}
    contents = {f'{report.PAGES}/{row.page_name}': feedback.student_page(row) for row in class_rows}
    pairs = zip(class_rows, contents.values())
    contents.update(zip(OUTPUTS, (canvas.grades_csv(points, gradebook, column),
                                  feedback.feedback_zip(pairs, options.feedback_for_open),
                                  report.report(class_rows, course, isolation.description, lists, warnings))))
    (options.output / report.PAGES).mkdir(exist_ok=True)
    for name, content in contents.items():
        write_whole(options.output / name, content)
    summary.tell(class_rows, lists, warnings, f'{", ".join(OUTPUTS)} and {report.PAGES}/ in {options.output}')
    return 1 if any(row.state == gradesheet.FAULT for row in class_rows) else 0


def _judge(options, submissions, names, course, isolation, journal, judge, executor):
    """Judge what is not in the journal yet or asked for again; returns dict of submission's key -> judged.

    names: submission's key -> what the student is called.
    """
    settings = {'epochs': options.rerun_epochs, 'full_rerun': not options.no_full_rerun}
    keys = {one.key: key(one, course, {**settings, 'isolation': isolation.level}) for one in submissions}
    for one in submissions:
        if keys[one.key] in journal.open:  # and would end it again
            journal.add(keys[one.key], one.key, judging.interrupted(course))
    todo = []
    for submission in submissions:
        known = journal.by_key.get(keys[submission.key])
        if options.only:
            asked = submission.key in options.only
        else:
            asked = options.force or not known or judging.is_fault(known)
        if asked and not submission.person:
            todo.append(submission)
    counter, changes = progress.Progress(len(todo), len(submissions)), []

    def begin(submission):
        journal.begin(keys[submission.key], submission.key)
        counter.begin(submission.key, names[submission.key])

    def done(submission, judged):
        if judged is None:
            journal.put_back(keys[submission.key], submission.key)
            counter.put_off(submission.key)
            return
        before = journal.by_submission.get(submission.key)
        journal.add(keys[submission.key], submission.key, judged)
        counter.step(submission.key)
        old, new = (_points(entry, course) for entry in (before, judged))
        if before and (options.force or options.only or old != new):
            changes.append(f'{printable(names[submission.key])}: {old} before, {new} now')

    stop = threading.Event()
    own = None if executor else concurrent.futures.ThreadPoolExecutor(options.jobs)
    try:
        if judge:
            judge_one = partial(_by_stand_in, judge, course)
        else:
            secret = _draw_secret(options, course, isolation, own, stop) if todo and options.rerun_epochs else None
            judge_one = partial(_by_judging, course, isolation, {**settings, 'secret': secret},
                                *((None, None) if executor else (stop, counter.say)))
        judging.judge_all(todo, judge_one, course, executor or own, options.jobs, begin, done)
    finally:
        for submission in [one for one in todo if keys[one.key] in journal.open]:
            done(submission, None)  # of a run that is stopped, not ended by a submission: first, whatever comes now
        stop.set()
        if own:
            own.shutdown()
        counter.end()
    print(*changes, sep='\n', end='\n' if changes else '')
    return {one.key: journal.by_key[keys[one.key]] for one in submissions if keys[one.key] in journal.by_key}


def _by_stand_in(judge, course, submission, quick):
    return judge(submission, course)


def _by_judging(course, isolation, settings, stop, say, submission, quick):
    return judging.judge(submission, course, isolation, **settings, stop=stop, quick=quick,
                         say=say and partial(say, submission.key))


def _draw_secret(options, course, isolation, executor, stop):
    """What the master's own code gives with a random seed of this grading, see training_runs.py."""
    print("running the master's networks once, with a random seed drawn for this grading", file=sys.stderr)
    run_confined = worker_runs.confined(isolation, stop)
    map_ = executor.map if executor else map
    try:
        return training_runs.draw_secret(run_confined, course.assignment, options.rerun_epochs, map_=map_)
    except worker_runs.GraderFault as error:
        raise UsageError(str(error)) from None


def _points(judged, course):
    found = judged and verdict.total(judged['verdicts'], course)
    return '-' if found is None else verdict.as_text(found)


class _Terminated(KeyboardInterrupt):
    """A signal asks this process to end."""


def _stop(number, _):
    for further in STOPPING:  # one is enough: the next would keep this one from clearing up
        signal.signal(further, signal.SIG_IGN)
    raise _Terminated(number)


def main(arguments=None):
    """Run the command line; returns the exit status."""
    if not _linux():
        print(f'instructor.grade: {sandbox.NEEDS_LINUX}', file=sys.stderr)
        return 2
    options = parse(arguments)
    sandbox.close_memory()
    for number in STOPPING:
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):  # not ignored, as by nohup
            signal.signal(number, _stop)
    for stream in (sys.stdout, sys.stderr):  # names of students, on whatever terminal
        stream.reconfigure(errors='backslashreplace')  # type: ignore[union-attr]
    try:
        return grade(options)
    except OSError as error:
        said = f'{error.filename}: {error.strerror}' if error.filename else str(error)
    except (ValueError, JournalError, sandbox.IsolationError) as error:
        said = str(error)
    except KeyboardInterrupt as error:
        print('\ninstructor.grade: stopped; run the same command to resume', file=sys.stderr)
        return 128 + (error.args[0] if isinstance(error, _Terminated) else signal.SIGINT)
    print(f'instructor.grade: {printable(said)}', file=sys.stderr)
    return 2


if __name__ == '__main__':
    sys.exit(main())
