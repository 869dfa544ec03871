"""Canvas's formats: the member names of its bulk download, the gradebook it exports, the grades it imports.

Member names are {name}[_LATE]_{user id}_{attachment id}_{file}, {name}[_LATE]_{user id}_text.html (or _link.html) for
what was typed in, and [LATE_]anon_{anonymous id}_... where grading is anonymous. {name} holds letters and digits of any
script, and underscores: groups can be called group_12. So a name may be read in more than one way.
"""
import csv
import io
import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Optional

NUMBER = '[1-9][0-9]{0,18}'
ATTACHED = re.compile(f'_(?P<user>{NUMBER})_(?P<attachment>{NUMBER})_(?P<file>.+)', re.DOTALL)
TYPED = re.compile(f'_(?P<user>{NUMBER})(?P<attachment>(?!))?_(?P<file>(?:text|link)\\.html)')
ANONYMOUS = re.compile(f'(LATE_)?(anon_[0-9A-Za-z]+)_(?:({NUMBER})_(.+)|((?:text|link)\\.html))', re.DOTALL)
IDENTIFYING = ['Student', 'ID', 'SIS User ID', 'SIS Login ID', 'Section']
TEST_STUDENT = 'Student, Test'
LONGEST = 1000        # characters of a name; those of files end at 255
LARGEST = 50_000_000  # bytes of a gradebook


class CanvasError(ValueError):
    """A gradebook cannot be used; the text is one line that says what to do."""


# ---- names of members ------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class MemberName:
    """What the name of a member of the bulk download says.

    student: the name in it, of a student or a group, 'anon_7Xk2p' where grading is anonymous. user_id: None there.
    attachment_id: None for what was typed in. file: the student's own file name, or 'text.html', 'link.html'.
    """

    student: str
    late: bool
    user_id: Optional[str]
    attachment_id: Optional[str]
    file: str

    def __str__(self):
        if self.user_id is None:
            parts = ['LATE'] * self.late + [self.student]
        else:
            parts = [self.student] + ['LATE'] * self.late + [self.user_id]
        return '_'.join(parts + ([self.attachment_id] if self.attachment_id else []) + [self.file])


def readings(member):
    """All ways to read the name of a member, as a list of MemberName; empty where it is none of Canvas's."""
    found: list[MemberName] = []
    if len(member) > LONGEST:
        return found
    for start in [index for index, char in enumerate(member) if char == '_']:
        for match in filter(None, (pattern.fullmatch(member, start) for pattern in (ATTACHED, TYPED))):
            name, late = member[:start], member.endswith('_LATE', 0, start)
            name = name[:-len('_LATE')] if late else name
            found.append(MemberName(name, late, *match.group('user', 'attachment', 'file')))
    anonymous = ANONYMOUS.fullmatch(member)
    if anonymous:
        late, student, attachment_id, file, typed = anonymous.groups()
        found.append(MemberName(student, late is not None, None, attachment_id, file or typed))
    return found


def is_typed(name):
    """Whether a MemberName is that of a text or a link, which is no file of the student's."""
    return name.attachment_id is None and name.file in ('text.html', 'link.html')


def decide(found, user_ids=None):
    """The one reading that holds, or None where that stays open. user_ids: all of the gradebook, None without one.

    An anonymous reading is never passed over for a known id: the id may be part of a file name that a student chose.
    """
    if len(found) == 1:
        return found[0]
    possible = [reading for reading in found if reading.user_id is None or reading.user_id in (user_ids or ())]
    return possible[0] if user_ids and len(possible) == 1 else None


def is_likely(name, found, student):
    """Whether a decided MemberName can be trusted. found: all readings; student: the gradebook's name of its user id.

    Whoever hands in a file chooses its name, and with it what else can be read: another student's id too. Where there
    are two ways to read it, either the name has to be that student's, or the id stands where the other reading has
    Canvas's own attachment id, which nobody chooses: so the numbers in the name of a group do no harm.
    """
    if len(found) == 1 or name.user_id is None or letters(name.student) == letters(student):
        return True
    return len(found) == 2 and name is found[1] and found[0].attachment_id == name.user_id


def letters(name):
    """The letters and digits of a name, in an order of their own: Canvas turns "Doe, Jane" into doejane."""
    return sorted(char for char in name.casefold() if char.isalnum())


# ---- the gradebook ---------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Gradebook:
    """A gradebook: header, list of titles; students, dict of user id -> row; possible, the row of Points Possible."""

    header: list
    students: dict
    possible: Optional[list]
    delimiter: str

    def name(self, user_id):
        """The student's name, as the gradebook has it; None where there is no such student."""
        row = self.students.get(user_id)
        return row and row[self.header.index('Student')].strip()

    def user_ids(self):
        """The ids of all students but Canvas's own test student."""
        return [user_id for user_id in self.students if self.name(user_id) != TEST_STUDENT]

    def cell(self, user_id, title):
        return self.students[user_id][self.header.index(title)].strip()


def read_gradebook(path):
    """Read the CSV file that Canvas exports. Raises CanvasError."""
    path = Path(path)
    try:
        with open(path, 'rb') as file:
            text = file.read(LARGEST).decode('utf-8-sig')
    except OSError as error:
        raise CanvasError(f'{path}: cannot be read ({error.strerror})') from None
    except UnicodeDecodeError:
        raise CanvasError(f'{path}: is not UTF-8 text: use the file as Canvas exports it') from None
    delimiter = ';' if re.match(r'"?Student"?;', text) else ','
    try:
        rows = list(csv.reader(io.StringIO(text, newline=''), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise CanvasError(f'{path}: is not a CSV file ({error})') from None
    header = [title.strip() for title in rows[0]] if rows else []
    if header[:1] != ['Student'] or 'ID' not in header:
        raise CanvasError(f'{path}: its first row lacks Student or ID: export the gradebook from Canvas')
    twice = next((title for title in header if title and header.count(title) > 1), None)
    if twice:
        raise CanvasError(f'{path}: holds the column "{twice}" twice')
    students, possible = {}, None
    for number, row in enumerate(rows[1:], start=2):
        row += [''] * (len(header) - len(row))
        student, user_id = row[0].strip(), row[header.index('ID')].strip()
        if student == 'Points Possible':
            possible = row
        elif not student and not user_id:
            continue  # an empty row, or the one that says "Manual Posting"
        elif not re.fullmatch(NUMBER, user_id):
            raise CanvasError(f'{path}: row {number}: "{user_id[:30]}" is no Canvas user id: export the gradebook '
                              'anew, and do not save it by a spreadsheet program')
        elif user_id in students:
            raise CanvasError(f'{path}: row {number}: the id {user_id} is there twice')
        elif len(row) > len(header):
            raise CanvasError(f'{path}: row {number} has more cells than the first row: export the gradebook anew')
        else:
            students[user_id] = row
    if not students:
        raise CanvasError(f'{path}: holds no student')
    return Gradebook(header, students, possible, delimiter)


def find_column(gradebook, course, wanted=None):
    """The title of the assignment's column, "Assignment 3 (12345)", in the gradebook.

    wanted: the title, with or without its number, or the number; None: the one called like the course's assignment.
    Raises CanvasError where that is not exactly one, or Canvas would drop it.
    """
    matches = ((title, re.fullmatch(f'(.+) \\(({NUMBER})\\)', title)) for title in gradebook.header)
    columns = {title: match for title, match in matches if match}
    name = (wanted or course.assignment_title).strip()
    found = [title for title in columns if title == name] or [
        title for title, match in columns.items() if name.casefold() in (match[1].casefold(), match[2])]
    if len(found) != 1:
        choices = ', '.join(f'"{title}"' for title in (found or columns)) or 'none'
        raise CanvasError(f'the gradebook has {"several columns" if found else "no column"} "{name}" (Canvas would '
                          f'make a new assignment of an unknown one): choose by --assignment from {choices}')
    if re.search(r'(final|current) (score|grade|points)', found[0], re.IGNORECASE):
        raise CanvasError(f'the column "{found[0]}" sounds like one of Canvas\'s own totals, which it drops when '
                          'grades are imported: rename the assignment in Canvas, then export the gradebook anew')
    return found[0]


def warnings(gradebook, column, total):
    """What to look at before the grades are imported, as a list of lines. total: the points of the course, a number."""
    lines = []
    possible = gradebook.possible[gradebook.header.index(column)].strip() if gradebook.possible else ''
    try:
        if Fraction(possible) != total:
            lines.append(f'Canvas gives {possible} points for "{column}", the course {total}: set it in Canvas')
    except (ValueError, ZeroDivisionError):
        lines.append(f'the gradebook does not say how many points there are for "{column}": the course gives {total}')
    graded = sum(gradebook.cell(user_id, column) != '' for user_id in gradebook.students)
    if graded:
        lines.append(f'{graded} {"student has" if graded == 1 else "students have"} a grade for "{column}" already; '
                     'the import replaces those in grades.csv')
    return lines


# ---- the grades ------------------------------------------------------------------------------------------------------

def grades_csv(points, gradebook=None, column=None):
    """The CSV file for Canvas's import, as bytes: in it are the graded students, nobody else, and no blank grade.

    points: dict of user id -> plain decimal such as '87.33'. Those who are not in the gradebook are left out.
    """
    if gradebook is None:
        rows = [['ID', 'Points'], *([user_id, points[user_id]] for user_id in sorted(points, key=int))]
    else:
        kept = [gradebook.header.index(title) for title in gradebook.header if title in IDENTIFYING]
        rows = [[gradebook.header[index] for index in kept] + [column]]
        rows += [[row[index] for index in kept] + [points[user_id]]
                 for user_id, row in gradebook.students.items() if user_id in points]
    text = io.StringIO(newline='')
    csv.writer(text, delimiter=gradebook.delimiter if gradebook else ',', lineterminator='\n').writerows(rows)
    return text.getvalue().encode()
