"""What Gradescope puts into an autograder's container: a folder with a submission, and a file that says whose it is.

Gradescope unpacks a zip that a student uploads, and keeps loose files, and the folders of a repository, as they are.
"""
import os
import stat
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from common import printable
from instructor.descriptions import DescriptionError, read
from instructor.intake.downloads import HIDDEN, JUNK, Submission
from instructor.intake.reason import Reason
from instructor.intake.unpacking import Part, unpack

MOST_FILES = 2000
LARGEST_METADATA = 5_000_000  # bytes: it lists all earlier submissions with their results
EMPTY = 'holds no file'


@dataclass(frozen=True)
class Metadata:
    """What submission_metadata.json says: the students' names, the id of the first, and whether it came in late.

    fault: why the file could not be used, in one line, or ''.
    """

    student: str = 'submission'
    user_id: str = ''
    late: bool = False
    fault: str = ''


def read_metadata(path):
    """The Metadata in a file; if it is missing or not as Gradescope writes it, one that knows nothing but the fault."""
    try:
        if path.stat().st_size > LARGEST_METADATA:
            return Metadata(fault=f'{path.name}: is too large')
        values = read(path, 'submission_metadata', check_text=False)
    except OSError as error:
        return Metadata(fault=f'{path.name}: cannot be read ({error.strerror})')
    except DescriptionError as error:
        return Metadata(fault=str(error))
    users = values['users']
    try:
        late = _is_late(values)
    except ValueError:  # no date, or one of them with a time zone and one without
        return Metadata(fault=f'{path.name}: its dates cannot be read')
    names = ', '.join(printable(user['name']) for user in users)
    return Metadata(names[:200], str(users[0]['id']), late)


def _is_late(values):
    """Whether it came in after the date of the assignment, or after that of each student who has one of their own."""
    dates = [(user.get('assignment') or {}).get('due_date') for user in values['users']]
    due = [date or values['assignment'].get('due_date') for date in dates]
    created = _date(values['created_at'])
    try:
        return bool(due) and all(date and created > _date(date) for date in due)
    except TypeError as error:
        raise ValueError(str(error)) from None


def _date(text):
    return datetime.fromisoformat(f'{text[:-1]}+00:00' if text.endswith('Z') else text)


def read_submission(folder, metadata, course):
    """The Submission in a folder; metadata: the path of the file that says whose it is.

    Returns it, and a list of lines for the teacher. Raises OSError if the folder cannot be read.
    """
    about = read_metadata(Path(metadata))
    parts: list[Part] = []
    reasons: list[Reason] = []
    for name, path in _files(Path(folder)):
        if len(parts) == MOST_FILES:
            reasons.append(Reason('too-many', f'holds more than {MOST_FILES} files: hand in what was asked for'))
            break
        if stat.S_ISREG(path.lstat().st_mode):
            parts.append(Part(name, name, None, partial(_open, path)))
        else:  # never opened: a link can lead anywhere
            reasons.append(Reason('special', f'{printable(name)[:200]}: is a link or the like, not a file'))
    said = [about.fault] if about.fault else []
    if not parts:
        reasons = reasons or [Reason('no-wanted-file', EMPTY)]
        return Submission('submission', about.user_id or None, None, about.student, about.late, {}, (), tuple(reasons),
                          ''), said
    counts, files, notes, unpacked, digest = unpack(parts, course, read=not reasons, in_folders=True)
    return Submission(counts.member, about.user_id or None, None, about.student, about.late, files, tuple(notes),
                      tuple([*reasons, *unpacked]), digest), said


def _files(folder):
    """(name with / for folders, Path) of everything in a folder that is no folder, sorted; links are not followed."""
    for inner, folders, names in os.walk(folder, onerror=_fail):
        links = [name for name in folders if os.path.islink(os.path.join(inner, name))]
        for name in sorted([*names, *links]):
            path = Path(inner, name)
            relative = path.relative_to(folder).as_posix()
            if not JUNK.search(relative) and not HIDDEN.search(relative):
                yield relative, path
        folders[:] = sorted({*folders} - {*links})


def _fail(error):
    raise error


def _open(path):
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), 'rb')
