"""Reads the wanted files of one submission from what a student handed in: a zip, several zips, or loose files.

Only the wanted files are read, into memory, and no more of each than submission.py allows. Whatever is odd is a Reason
for a review: a file that cannot be taken must not pass for one that is missing.
"""
import codecs
import contextlib
import hashlib
import re
import tempfile
import zipfile
from collections import namedtuple
from functools import partial
from pathlib import Path

import submission
from common import printable
from instructor.intake.reason import Reason
from instructor.publishing.hand_in import task_of

LARGEST = 500_000_000   # bytes of one file that was handed in
DIRECTORY = 10_000_000  # bytes of the table of contents of a zip: some 100,000 members, which take 100 MB
ARCHIVES = re.compile(r'\.(rar|7z|tar|t?gz|bz2|xz|zst|zipx|tbz2?|txz|lzma|lz4|cab|iso|arj)$', re.IGNORECASE)
COPY = submission.COPY
MARKS = (  # the longer ones first: the mark of UTF-32 begins with that of UTF-16
    (codecs.BOM_UTF32_LE, 'utf-32-le'), (codecs.BOM_UTF32_BE, 'utf-32-be'),
    (codecs.BOM_UTF16_LE, 'utf-16-le'), (codecs.BOM_UTF16_BE, 'utf-16-be'))

# member: its name in the download; file: the student's own name for it; attachment_id: str or None; opened: a function
Part = namedtuple('Part', 'member file attachment_id opened')


def is_zip(file):
    """Whether a file has the name of a zip."""
    return file.casefold().endswith('.zip')


class _Bounded:
    """A file opened for reading that refuses to give more than so many bytes at once."""

    def __init__(self, file, limit):
        self.limit, self._read = limit, file.read
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size=-1):
        content = self._read(size if 0 <= size <= self.limit else self.limit + 1)
        if len(content) > self.limit:
            raise zipfile.BadZipFile('its table of contents is too long')
        return content


def open_zip(file, directory=DIRECTORY):
    """A ZipFile over a file opened for reading; directory: the most bytes of its table of contents, else BadZipFile."""
    return zipfile.ZipFile(_Bounded(file, directory))


def unpack(parts, course, read=True, in_folders=False):
    """Read the files of a submission that was handed in as parts, a non-empty list of Part.

    Returns (the Part that counts, dict of wanted name -> bytes, notes, Reasons for a review, digest, see Submission).
    read: False computes the digest only. in_folders: whether a loose file may have folders in its name, which then says
    where it was.
    """
    parts = sorted(parts, key=lambda part: (int(part.attachment_id or 0), part.member))
    zips = [part for part in parts if is_zip(part.file)]
    counts = (zips or parts)[-1]
    files: dict[str, bytes] = {}
    notes: list[str] = []
    reasons: list[Reason] = []
    content, names = hashlib.sha256(), hashlib.sha256()
    with tempfile.TemporaryDirectory(prefix='intake-') as folder:
        copies = {}
        for number, part in enumerate(parts):
            copies[part] = Path(folder, str(number))
            digest, fault = _copy(part, copies[part])
            names.update(f'{part.member!r} {part.file!r} {digest}\n'.encode('utf-8', 'backslashreplace'))
            name = '' if is_zip(part.file) else COPY.sub('', part.file)  # a zip's does not matter
            content.update(f'{name!r} {digest}\n'.encode('utf-8', 'backslashreplace'))
            reasons += [Reason('unreadable', f'{printable(part.member)}: {fault}')] if fault else []
        if read and not reasons:
            is_dated = counts.attachment_id is not None  # Canvas counts upwards; elsewhere nothing says what came later
            for part in zips[:-1]:
                said = f'{printable(part.file)} is not counted: {printable(counts.file)} came later'
                notes += [said] if is_dated else []
            if zips[1:] and not is_dated:
                reasons.append(Reason('several-zips', f'holds {len(zips)} zips: hand in one, or the files themselves'))
            reasons += [Reason('other-archive', f'{printable(part.file)}: is another archive, not a zip, and is not '
                               'unpacked') for part in parts if ARCHIVES.search(part.file)]
            loose = [part for part in parts if not is_zip(part.file) and not ARCHIVES.search(part.file)]
            if loose:
                members = [(part.file, partial(open, copies[part], 'rb'),
                            'parent' if re.search(r'[/\\]', part.file) and not in_folders else None) for part in loose]
                source = submission.Source(members, task_of(course))
                _check_folders(source, reasons)
                _take(source, files, notes, reasons)
            if zips:
                beside = {**files}
                notes += _name_note(counts.file, course)
                _take_zip(copies[counts], course, files, notes, reasons)
                reasons += [Reason('duplicate', f'{name}: is in the zip and beside it, and the two differ: hand in one')
                            for name in beside if not is_dated and files.get(name) != beside[name]]
            if not files and not reasons:
                reasons.append(Reason('no-wanted-file', 'holds none of the files that were asked for'))
    return counts, files, notes, reasons, content.hexdigest()[:32] + names.hexdigest()[:32]


def _copy(part, path):
    """Copy a part to path: returns (SHA-256 of it, what is wrong with it or '')."""
    digest, size = hashlib.sha256(), 0
    try:
        with part.opened() as source, open(path, 'wb') as target:
            while block := source.read(1 << 20):
                size += len(block)
                if size > LARGEST:
                    return digest.hexdigest(), f'is larger than {LARGEST // 1_000_000} MB'
                digest.update(block)
                target.write(block)
    except Exception as error:  # not everything that zipfile raises for a damaged download is documented
        return digest.hexdigest(), f'cannot be read ({printable(str(error))[:200]})'
    return digest.hexdigest(), ''


def _take_zip(path, course, files, notes, reasons):
    """Add what the zip holds to files, notes and reasons."""
    with contextlib.ExitStack() as stack:
        try:
            archive = stack.enter_context(open_zip(stack.enter_context(open(path, 'rb'))))
            source = submission.ZipSource(archive, task_of(course))
        except Exception as error:  # not everything that zipfile raises for a strange zip is documented
            reasons.append(Reason('unreadable', f'cannot be read as a zip ({printable(str(error))[:200]})'))
            return
        _check_folders(source, reasons)
        _take(source, files, notes, reasons)


def _check_folders(source, reasons):
    folders = {submission.folder_around(path, name) for name, (path, _) in source.files.items()}
    if len(folders) > 1:
        names = ', '.join(printable(folder) or 'the top' for folder in sorted(folders)[:5])
        reasons.append(Reason('several-folders', f'its files lie in several folders: {names}'))


def _take(source, files, notes, reasons):
    """Add what a Source holds to files, notes and reasons; it replaces files of the same names."""
    notes += [note.text if note.kind == 'other' else f'{note.file}: {note.text}' for note in source.notes]
    reasons += [Reason(found.kind, f'{found.file}: {found.text}') for found in source.problems]
    for name in source.files:
        if name in files:
            notes.append(f'{name}: is in the zip and beside it; the one in the zip counts')
        try:
            content = source.read(name)
            files[name], encoding = (content, '') if name in source.documents else as_utf8(content)
            notes += [f'{name}: is in {encoding} and was converted to UTF-8'] if encoding else []
        except submission.Unreadable as error:
            found = submission.problem(*error.args)
            reasons.append(Reason(found.kind, f'{found.file}: {found.text}'))


def as_utf8(content):
    """The content of a file in UTF-8, and the name of the encoding that its byte order mark shows, or ''.

    Content that cannot be decoded, or that has no mark or the mark of UTF-8, stays as it is.
    """
    for mark, encoding in MARKS:
        if content.startswith(mark):
            with contextlib.suppress(UnicodeDecodeError):
                return content[len(mark):].decode(encoding).encode(), encoding[:6].upper()
            break
    return content, ''


def _name_note(file, course):
    """A list with a note if the zip has another name than the course wants, otherwise empty."""
    pattern = re.escape(course.zip)
    for label in course.student:
        pattern = pattern.replace(re.escape(f'{{{label}}}'), r'[^/\\ ]+')
    fits = re.fullmatch(pattern, COPY.sub('', file))
    return [] if fits else [f'{printable(file)}: should be called {course.zip}']
