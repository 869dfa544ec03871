"""What is said at the end of a grading, on the terminal and below the report: who is missing, who needs review."""
import shlex

from common import printable
from instructor.results import feedback, gradesheet, report
from instructor.results.decisions import TABLE


def lists(sheet, gradebook, others, about_decisions=()):
    """What the teacher has to know besides the points: pairs of a heading and a list of lines, which can be empty.

    others: lines on members of the download that belong to nobody. about_decisions: more such pairs.
    """
    handed_in = {row.submission.user_id for row in sheet}
    missing = [f'{gradebook.name(user_id)} ({user_id})' for user_id in gradebook.user_ids()
               if user_id not in handed_in] if gradebook else []
    nobody = [f'{row.name}: {row.submission.member}' for row in sheet
              if not row.submission.user_id or not row.in_gradebook]
    by_hand = [row for row in sheet if not feedback.is_sendable(row)]
    return [(heading, [printable(line) for line in lines]) for heading, lines in (
        *about_decisions,
        ('Students without a submission', missing), ('Submissions without a student', nobody),
        ('Not in feedback.zip, because Canvas would show their feedback under a name with which it cannot be opened: '
         f'send the page in {report.FEEDBACK_FOLDER}/', [f'{row.name}: {row.submission.member}' for row in by_hand]),
        ('Other files in the download', others))]


def left_open(sheet):
    """A list with a line on how many pages feedback.zip lacks because their grade is open; empty if it lacks none."""
    number = sum(row.state != gradesheet.GRADED and feedback.is_sendable(row) for row in sheet)
    students = gradesheet.counted(number, 'student')
    return [f'feedback.zip lacks the {"page" if number == 1 else "pages"} of {students} whose '
            'grade is still open: decide first, or add --feedback-for-open'] if number else []


def next_steps(sheet, table):
    """A list with a line on how to decide what is open; empty if nothing is. table: the path of decisions.csv."""
    rows = [row for row in sheet if row.state in (gradesheet.NEEDS_REVIEW, gradesheet.FAULT)]
    number = gradesheet.counted(len(rows), 'submission')
    return [f'what to do next: look at report.html; for what is open in {number}, fill in the columns "points" and '
            f'"comment" of {TABLE}, and run the same command with --decisions {shlex.quote(str(table))}'
            ] if rows else []


def decided(sheet):
    """A list with a line on what a person has decided, empty if that is nothing."""
    rows = [row for row in sheet if row.decisions]
    number, overruled = sum(len(row.decisions) for row in rows), sum(len(row.overruled) for row in rows)
    return [f'{gradesheet.counted(number, "decision")} by a person, in {gradesheet.counted(len(rows), "submission")}'
            + (f'; {overruled} of them in place of a judgement' if overruled else '')] if rows else []


def show(sheet, ends, said, warnings, folder):
    """Print the outcome and what is left to do.

    ends: what lists() returned; said: lines on what was done; folder: into which everything was written.
    """
    for state in (gradesheet.NEEDS_REVIEW, gradesheet.FAULT):
        found = [row for row in sheet if row.state == state]
        if found:
            print(f'\n{state} ({len(found)}):')
        for row in found:
            user = row.submission.user_id or 'no user id'
            print(printable(f'  {row.name} ({user}): {"; ".join(row.reasons)[:300]}'))
    for heading, lines in ends:
        if lines:
            print(f'\n{heading} ({len(lines)}):', *(f'  {line}' for line in lines), sep='\n')
    for line in warnings:
        print(f'\nwarning: {printable(line)}')
    counts = [f'{state} {sum(row.state == state for row in sheet)}' for state in report.STATES]
    print(f'\n{gradesheet.counted(len(sheet), "submission")}: {", ".join(counts)}')
    for line in [*decided(sheet), *said]:
        print(printable(line))
    written = f'grades.csv, feedback.zip, report.html, {TABLE} and {report.FEEDBACK_FOLDER}/'
    print(printable(f'written: {written} in {folder}'))
    for line in next_steps(sheet, folder / TABLE):
        print(printable(line))
