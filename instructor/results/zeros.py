"""Who gets 0 points because nothing came in, if grade.py is asked for that: never a student who may have handed in."""
from instructor.intake import canvas
from instructor.results.gradesheet import counted


def zeros(sheet, gradebook, column, known):
    """The user ids of the students who handed in nothing and have no grade yet, and lines on who was spared, and why.

    sheet: the Rows of all submissions; column: the title of the assignment in the gradebook. known: what graded_before
    returns. A submission that belongs to nobody yet spares all those to whom it may belong.
    """
    handed_in = {row.submission.user_id for row in sheet}
    absent = [user_id for user_id in gradebook.user_ids() if user_id not in handed_in]
    graded = {user_id for user_id in absent if gradebook.cell(user_id, column)}
    claimed: set[str] = set()
    for row in sheet:
        if not row.submission.user_id:
            names = canvas.readings(row.submission.member)
            claimed.update({name.user_id for name in names if name.user_id} or absent)
    before = [user_id for user_id in absent if user_id in known and user_id not in graded]
    spared = claimed & {*absent} - graded - {*before}
    found = [user_id for user_id in absent if user_id not in graded | spared | {*before}]
    lines = [f'--zeros: {counted(len(found), "student")} without a submission got 0 points']
    if graded:
        lines.append(f'--zeros: no 0 for {counted(len(graded), "student")} without a submission who '
                     f'{"has" if len(graded) == 1 else "have"} something in "{column}" already')
    if before:
        names = '; '.join(f'{gradebook.name(user_id)} ({user_id})' for user_id in before)
        lines.append(f'--zeros: no 0 for {names}: was graded here before, though this download lacks the submission')
    if spared:
        lines.append(f'--zeros: no 0 for {counted(len(spared), "student")} to whom a submission without a student may '
                     'belong: find out whose these are')
    others = [row.name for row in sheet if _is_of_another_name(row, gradebook)]
    if found and others:
        lines.append(f'--zeros: what came in from {"; ".join(others)} had another name on it; if that is of a group, '
                     'its other members got 0 too: take them out of grades.csv')
    return found, lines


def graded_before(journal, decisions, pages):
    """The keys of all submissions that earlier runs into the same folder have seen, whether or not they are here now.

    journal: a Journal; decisions: a Decisions; pages: the folder of feedback pages, which has one for each submission,
    even for one that could not be judged.
    """
    return {*journal.submissions, *(key for key, _ in decisions.stored),
            *(page.stem.rpartition('_')[2] for page in pages.glob('*.html'))}


def _is_of_another_name(row, gradebook):
    known = gradebook.name(row.submission.user_id)
    return known is not None and canvas.letters(known) != canvas.letters(row.submission.student)
