"""Grade a class:   python3 -m instructor.grade SUBMISSIONS --course tamu --output OUT [--gradebook GRADEBOOK.csv]

The way of a submission:
 1. intake/downloads.py finds out who handed in what; canvas.py reads the names and the gradebook.
 2. intake/unpacking.py takes the wanted files out of the zip; a submission with anything odd in it needs review.
 3. judge_class.py hands it to judges/judging.py, many at a time, those that are quick to judge first; cluster.py does
    so on other machines.
 4. judges/reading.py reads the files; functions.py and wiring.py call the student's code on inputs it has not seen.
 5. judges/records.py repeats the first epochs of the runs, on a part of the data where all else is right already.
 6. Everything that a student wrote is read and run in children that sandbox/ confines, never in this process.
 7. The judges return a list of verdict.Verdict, one for each item; flags.py notes what the teacher should know;
    results/journal.py writes it down at once.
 8. results/decisions.py adds what a person has decided, and writes decisions.csv for what is still open.
 9. results/gradesheet.py adds up the points; canvas.py writes those that are certain into grades.csv.
10. results/feedback.py writes a page for each student, and report.py one for the teacher.
11. results/summary.py says at the end who is missing and whose submission needs review.
"""
import argparse
import contextlib
import os
import signal
import sys
from fractions import Fraction
from pathlib import Path

from instructor import packages

if __name__ == '__main__':
    packages.require('instructor.grade', 'numpy', 'matplotlib', 'jsonschema')  # before what imports them

from common import OneLineParser, printable, write_whole  # noqa: E402
from instructor.course import find_course, load_course  # noqa: E402
from instructor.intake import canvas, downloads  # noqa: E402
from instructor.judge_class import judge_class  # noqa: E402
from instructor.judges import verdict  # noqa: E402
from instructor.results import decisions, feedback, gradesheet, report, summary  # noqa: E402
from instructor.results.decision import DecisionsError  # noqa: E402
from instructor.results.journal import Journal, JournalError  # noqa: E402
from instructor.results.zeros import graded_before, zeros  # noqa: E402
from instructor.sandbox import api as sandbox  # noqa: E402
from instructor.sandbox.worker_runs import GraderFault  # noqa: E402

OUTPUTS = ('grades.csv', 'feedback.zip', 'report.html')
STOPPING = [getattr(signal, name) for name in ('SIGINT', 'SIGTERM', 'SIGHUP') if hasattr(signal, name)]


class UsageError(ValueError):
    """The command line asks for something that cannot be done; the text is one line."""


def parse(arguments=None):
    """The options of the command line; if they are wrong, ends the process with one line and status 2."""
    parser = OneLineParser(prog='instructor.grade', description=__doc__.split(':')[0], allow_abbrev=False)
    parser.add_argument('submissions', type=_path, metavar='SUBMISSIONS',
                        help="Canvas's bulk download, a folder of submission zips, or one zip")
    parser.add_argument('--course', required=True, help='a course in instructor/courses, or the .json file of another')
    parser.add_argument('--output', required=True, type=_path, metavar='OUT', help='folder to write the results into')
    parser.add_argument('--gradebook', type=_path, metavar='CSV', help='the gradebook, as Canvas exports it')
    parser.add_argument('--assignment', metavar='TITLE', help='column of the gradebook [the title in the course file]')
    parser.add_argument('--jobs', type=int, metavar='N', help='submissions judged at a time [the number of cores here, '
                        'or with --dask, of threads of its workers]')
    parser.add_argument('--dask', metavar='ADDRESS', help='judge on the workers of the dask scheduler at this address, '
                        'or with "local" in as many processes here as --jobs says')
    parser.add_argument('--rerun-epochs', type=int, metavar='K', default=1,
                        help='epochs of each run that are repeated, 0 for none [%(default)s]')
    parser.add_argument('--no-full-rerun', action='store_true',
                        help='leave records that differ from the reference for review: do not repeat all their epochs')
    parser.add_argument('--only', nargs='+', default=[], metavar='USER_ID', help='grade these again, and no others')
    parser.add_argument('--force', action='store_true', help='grade all again')
    parser.add_argument('--feedback-for-open', action='store_true',
                        help='also put the pages of students whose grade is still open into feedback.zip')
    parser.add_argument('--decisions', type=_path, metavar='CSV',
                        help='what you have decided: OUT/decisions.csv, with its columns points and comment filled in')
    parser.add_argument('--zeros', action='store_true',
                        help='give 0 points to the students of the gradebook who handed in nothing')
    parser.add_argument('--isolation', choices=('auto', 'namespaces', 'limits'), default='auto',
                        help="how students' code is confined [%(default)s]")
    options = parser.parse_args(arguments)
    if options.jobs is not None and options.jobs < 1:
        parser.error('--jobs has to be at least 1')
    if options.dask and options.isolation == 'limits':
        parser.error("--dask needs namespaces: without them, students' code can reach the scheduler")
    if options.dask:
        packages.require('instructor.grade', 'distributed', *['cryptography'] * (options.dask == 'local'))
    if options.jobs is None and not options.dask:
        options.jobs = len(os.sched_getaffinity(0)) if _linux() else 1
    if options.assignment and not options.gradebook:
        parser.error('--assignment names a column of the gradebook: add --gradebook')
    if options.zeros and not options.gradebook:
        parser.error('--zeros needs to know who could have handed in something: add --gradebook')
    return options


def _path(text):
    if not text:
        raise argparse.ArgumentTypeError('is empty: name a file or folder')  # Path would take it for the current folder
    return Path(text)


def _linux():
    return sys.platform.startswith('linux')


def grade(options, judge=None, isolation=None, executor=None):
    """Grade as the options say; returns the exit status: 1 if the grader failed on a submission, else 0.

    isolation: from sandbox.probe, by default found here; judge, executor: see judge_class. Raises UsageError, OSError
    and the errors of the parts, each with one line.
    """
    course = load_course(find_course(options.course))
    most = course.assignment.epochs
    if not 0 <= options.rerun_epochs <= max(most, 1):
        raise UsageError(f'--rerun-epochs has to be a number from 0 to {most}')
    options.rerun_epochs = min(options.rerun_epochs, most)  # an assignment without runs has none
    if options.output.resolve() == options.submissions.resolve():
        raise UsageError(f'--output {options.output}: the submissions are in this folder, choose another folder')
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
    with _workers(options, isolation) as (isolation, cluster), \
            Journal(options.output / 'journal.jsonl', course.points) as journal:
        for pattern in [*(f'.{name}.*' for name in (*OUTPUTS, decisions.TABLE, decisions.STORE)),
                        f'{report.FEEDBACK_FOLDER}/.*.html.*']:
            for left in options.output.glob(pattern):  # by a run that was killed while it wrote
                left.unlink()
        names = {one.key: gradebook and gradebook.name(one.user_id) or one.student for one in submissions}
        decided = decisions.Decisions(options.output, course, submissions, names)
        for line in decided.take(options.decisions):
            print(printable(line), file=sys.stderr)
        judged = judge_class(options, submissions, names, course, isolation, journal, judge, executor, cluster)
    sheet = [gradesheet.Row(one, names[one.key], course, judged.get(one.key),
                            not gradebook or one.user_id in gradebook.students, decided.of(one))
             for one in submissions]
    print('writing the feedback', file=sys.stderr)
    points = {row.submission.user_id: row.total for row in sheet if row.total and row.submission.user_id}
    before = graded_before(journal, decided, options.output / report.FEEDBACK_FOLDER)
    absent, about_zeros = zeros(sheet, gradebook, column, before) if options.zeros else ([], [])
    points.update(dict.fromkeys(absent, verdict.as_text(Fraction(0))))
    warnings = canvas.warnings(gradebook, column, course.total) if gradebook else []
    warnings += [] if options.feedback_for_open else summary.left_open(sheet)
    lists = summary.lists(sheet, gradebook, others, decided.doubtful())
    contents = {f'{report.FEEDBACK_FOLDER}/{row.page_name}': feedback.student_page(row) for row in sheet}
    pairs = zip(sheet, contents.values())
    table = decided.table(sheet, gradebook.delimiter if gradebook else ',', report.FEEDBACK_FOLDER)
    contents.update(zip(OUTPUTS, (canvas.grades_csv(points, gradebook, column),
                                  feedback.feedback_zip(pairs, options.feedback_for_open),
                                  report.report(sheet, course, isolation.description, lists, about_zeros + warnings))))
    (options.output / report.FEEDBACK_FOLDER).mkdir(exist_ok=True)
    for name, content in contents.items():
        write_whole(options.output / name, content)
    warnings += decided.write_table(table)
    summary.show(sheet, lists, about_zeros, warnings, options.output)
    return 1 if any(row.state == gradesheet.FAULT for row in sheet) else 0


@contextlib.contextmanager
def _workers(options, isolation):
    """How students' code is confined, and the cluster.Cluster whose workers judge, or None if this machine does."""
    if not options.dask:
        yield isolation or sandbox.probe(options.isolation, jobs=options.jobs), None
        return
    from instructor import cluster  # not at the top: few need it
    with cluster.connected(options.dask, find_course(options.course), options.jobs) as workers:
        yield workers.isolation, workers


class _Terminated(KeyboardInterrupt):
    """A signal asks this process to end."""


def _stop(number, _):
    for further in STOPPING:  # one is enough: another one would interrupt the clearing up
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
    for stream in (sys.stdout, sys.stderr):  # so that any terminal can show the names of students
        stream.reconfigure(errors='backslashreplace')  # type: ignore[union-attr]
    try:
        return grade(options)
    except DecisionsError as error:
        print(*(f'instructor.grade: {printable(line)}' for line in error.lines), sep='\n', file=sys.stderr)
        return 2
    except OSError as error:
        said = f'{error.filename}: {error.strerror}' if error.filename else str(error)
    except (ValueError, JournalError, GraderFault, sandbox.IsolationError) as error:
        said = str(error)
    except KeyboardInterrupt as error:
        print('\ninstructor.grade: stopped; run the same command to resume', file=sys.stderr)
        return 128 + (error.args[0] if isinstance(error, _Terminated) else signal.SIGINT)
    print(f'instructor.grade: {printable(said)}', file=sys.stderr)
    return 2


if __name__ == '__main__':
    sys.exit(main())
