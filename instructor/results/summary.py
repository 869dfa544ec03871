"""What is said at the end of a grading, on the terminal and below the report: who is missing, who needs a person."""
from common import printable
from instructor.results import feedback, gradesheet, report


def lists(class_rows, gradebook, others):
    """What the teacher has to know besides the points: pairs of a heading and lines, which can be none.

    others: lines on the members of the download that are nobody's.
    """
    handed_in = {row.submission.user_id for row in class_rows}
    missing = [f'{gradebook.name(user_id)} ({user_id})' for user_id in gradebook.user_ids()
               if user_id not in handed_in] if gradebook else []
    nobody = [f'{row.name}: {row.submission.member}' for row in class_rows
              if not row.submission.user_id or not row.in_gradebook]
    by_hand = [row for row in class_rows if not feedback.is_sendable(row)]
    return [(heading, [printable(line) for line in lines]) for heading, lines in (
        ('Students without a submission', missing), ('Submissions without a student', nobody),
        ('Not in feedback.zip, since Canvas would show their feedback under a name with which it cannot be opened: '
         f'send the page in {report.PAGES}/', [f'{row.name}: {row.submission.member}' for row in by_hand]),
        ('Other files in the download', others))]


def left_open(class_rows):
    """A line on whose pages feedback.zip lacks because their grade is open, in a list; empty where there is none."""
    number = sum(row.state != gradesheet.GRADED and feedback.is_sendable(row) for row in class_rows)
    students = gradesheet.counted(number, 'student')
    return [f'feedback.zip lacks the {"page" if number == 1 else "pages"} of {students} whose '
            'grade is still open: decide first, or add --feedback-for-open'] if number else []


def tell(class_rows, ends, warnings, written):
    """Say at the end what came out and what is left to do; ends: of lists; written: what to say was written."""
    for state in (gradesheet.PERSON, gradesheet.FAULT):
        found = [row for row in class_rows if row.state == state]
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
    counts = [f'{state} {sum(row.state == state for row in class_rows)}' for state in report.STATES]
    print(f'\n{gradesheet.counted(len(class_rows), "submission")}: {", ".join(counts)}')
    print(printable(f'written: {written}'))
