"""Reads what arrived (the bulk download, a folder of submission zips, or one zip) into one Submission per student."""
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from common import printable
from instructor.intake import canvas
from instructor.intake.reason import Reason
from instructor.intake.unpacking import ARCHIVES, COPY, Part, is_zip, open_zip, unpack
from instructor.publishing.hand_in import task_of
from submission import wanted_files

JUNK = re.compile(r'(^|/)(__MACOSX(/|$)|\._|\.DS_Store$|Thumbs\.db$|desktop\.ini$)')
HIDDEN = re.compile(r'(^|/)\.')
TYPED = 'was typed into Canvas as text or a link; no file was handed in'


class IntakeError(ValueError):
    """There is nothing to grade; the text is one line that says what to do."""


@dataclass(frozen=True)
class Submission:
    """What one student, or one group, handed in.

    member: the name of the file that counts, exactly as it was downloaded. student: the name in it. user_id,
    attachment_id: Canvas's, or None. files: dict of wanted name -> bytes. notes: lines on what was unusual but clear.
    review_reasons: the Reasons for a review; empty if it can be graded. digest: of everything that arrived, in hex; its
    first half depends on the content only, not on how Canvas has named the files, which says, for example, if it is
    late.
    """

    member: str
    user_id: Optional[str]
    attachment_id: Optional[str]
    student: str
    late: bool
    files: dict
    notes: tuple
    review_reasons: tuple
    digest: str

    @property
    def key(self):
        """What distinguishes this submission from all others of the class."""
        return self.user_id or self.member

    @property
    def content_digest(self):
        """The same for two submissions with the same content."""
        return self.digest[:len(self.digest) // 2]

    @property
    def attachable(self):
        """Whether feedback can be attached to a file of it, whose name is safe in a zip."""
        was_typed = any(reason.kind == 'typed' for reason in self.review_reasons)
        return not was_typed and not re.search('[/\\\\\ud800-\udfff]', self.member)


def read_submissions(path, course, gradebook=None):
    """Read what arrived: returns (sorted list of Submission, one per student; lines on members that belong to nobody).

    Raises IntakeError if path holds no submission or cannot be read.
    """
    path = Path(path)
    try:
        if path.is_dir():
            entries = [entry for entry in sorted(path.iterdir()) if not JUNK.search(entry.name)]
            hidden = [entry.name for entry in entries if HIDDEN.search(entry.name)]
            entries = [entry for entry in entries if entry.name not in hidden]
            members = {entry.name: (lambda entry=entry: open(entry, 'rb')) for entry in entries if entry.is_file()}
            found, others = _assign(members, course, gradebook)
            others += [f'{printable(entry.name)}: is a folder and was not read' for entry in entries if entry.is_dir()]
            others += _hidden(hidden)
        else:
            found, others = _read_zip(path, course, gradebook)
    except OSError as error:
        raise IntakeError(f'{path}: cannot be read ({error.strerror or error})') from None
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise IntakeError(f'{path}: is neither a folder nor a readable zip ({error}): download it '
                          'again') from None
    if not found:
        raise IntakeError(f'{path}: holds no submission: give the zip from Canvas, or a folder of submission zips')
    return found, others


def _read_zip(path, course, gradebook):
    with open(path, 'rb') as file, open_zip(file) as archive:
        infos: dict[str, list[zipfile.ZipInfo]] = {}
        for info in archive.infolist():
            infos.setdefault(_member_name(info), []).append(info)
        names = [name for name in infos if not name.endswith('/') and not JUNK.search(name)]
        hidden = [name for name in names if HIDDEN.search(name)]
        names = [name for name in names if not HIDDEN.search(name)]
        if not _is_bulk(names, course):
            return _assign({path.name: lambda: open(path, 'rb')}, course, gradebook)
        members = {name: (lambda name=name: archive.open(infos[name][0])) for name in names}
        found, others = _assign(members, course, gradebook, {name for name in names if len(infos[name]) > 1})
        return found, others + _hidden(hidden)


def _hidden(names):
    return [f'{printable(name)[:200]}: begins with a dot and was not read' for name in names[:100]]


def _member_name(info):
    """The name as it is in the zip, which may hold UTF-8 without the flag for it."""
    if not info.flag_bits & 0x800:
        try:
            return info.orig_filename.encode('cp437').decode('utf-8')
        except UnicodeError:
            pass
    return info.orig_filename


def _is_bulk(names, course):
    """Whether a zip with these members is Canvas's bulk download, or holds zips; otherwise it is one submission."""
    wanted = {name.rpartition('/')[2].casefold() for name in wanted_files(task_of(course))}
    for name in names:
        *folder, base = name.split('/')
        if COPY.sub('', base).casefold() in wanted and not canvas.readings(name):
            return False
    return any(canvas.readings(name) or is_zip(name) for name in names)


def _assign(members, course, gradebook, twice=()):
    """Assign every member (dict of name -> function that opens it) to a student: returns (submissions, other lines)."""
    students: dict[str, list] = {}
    others: list[str] = []
    found_in = {member: canvas.readings(member) for member in members}
    names, contested = _names(found_in, gradebook)
    for member, opened in members.items():
        found, name = found_in[member], names[member]
        key = name and (name.user_id or name.student)
        reasons = [Reason('twice', f'{printable(member)} is in the download twice')] if member in twice else []
        if found and not name:
            choices = ' or '.join(f'{one.student} ({one.user_id or "anonymous"})' for one in found[:5])
            advice = 'ask who handed it in' if gradebook else 'a gradebook that holds one of them decides'
            reasons.append(Reason('ambiguous-name', f'its name may be that of {printable(choices)}: {advice}',
                                  for_student=False))
        elif not found and not is_zip(member) and not ARCHIVES.search(member):
            others.append(f'{printable(member)}: belongs to no student, as far as its name says')
            continue
        elif name and name.user_id in contested:
            reasons.append(Reason('contested-id', 'another file of the download may belong to the same user id: '
                                  'look at who handed in which'))
        name = name or canvas.MemberName(member if found else Path(member).stem, False, None, None, member)
        part = Part(member, name.file, name.attachment_id, opened)
        students.setdefault(key or member, []).append((part, name, reasons))
    found = [_submission(parts, course, gradebook) for parts in students.values()]
    return sorted(found, key=lambda one: (one.student.casefold(), int(one.user_id or 0), one.member)), others


def _names(found_in, gradebook):
    """Choose among the readings: returns (dict of member -> MemberName or None, user ids that several files may claim).

    found_in: dict of member -> its readings. If several files have one user id, those that can be read in another way
    do not count: a stranger can choose the name of a file, and it must not replace the student's own file.
    """
    names: dict[str, Optional[canvas.MemberName]] = {}
    claims: dict[str, list] = {}
    for member, found in found_in.items():
        name = canvas.decide(found, gradebook and gradebook.students)
        names[member] = name
        if name and name.user_id:
            claims.setdefault(name.user_id, []).append(member)
    contested = set()
    for user_id, claimed in claims.items():
        doubtful = [member for member in claimed if len(found_in[member]) > 1]
        if len({name.student for name in map(names.get, claimed) if name}) > 1 or doubtful and len(claimed) > 1:
            contested.add(user_id)
        elif canvas.is_likely(names[claimed[0]], found_in[claimed[0]], gradebook and gradebook.name(user_id) or ''):
            continue
        names.update(dict.fromkeys(doubtful))
    return names, contested


def _submission(parts, course, gradebook):
    """The Submission of one student: parts are triples (Part, MemberName, Reasons)."""
    typed = [part for part, name, _ in parts if canvas.is_typed(name)]
    reasons = [reason for _, _, of_part in parts for reason in of_part]
    handed_in = [part for part, _, _ in parts if part not in typed]
    can_read = not reasons and bool(handed_in)
    counts, files, notes, unpacked, digest = unpack(handed_in or typed, course, read=can_read)
    if typed:
        notes += [f'{printable(part.member)}: {TYPED}' for part in typed] if handed_in else []
        unpacked = unpacked if handed_in else [Reason('typed', TYPED)]
    name = next(name for part, name, _ in parts if part is counts)
    known = gradebook and gradebook.name(name.user_id)
    if known and canvas.letters(known) != canvas.letters(name.student):
        notes.append(f'came in under the name {name.student}, not {known}: one member of a group gets the grade')
    late = any(name.late for _, name, _ in parts)
    return Submission(counts.member, name.user_id, name.attachment_id, name.student, late, files,
                      tuple(notes), tuple([*reasons, *unpacked]), digest)
