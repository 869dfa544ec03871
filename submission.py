"""Checks what is handed in: which of the wanted files are there, and what is wrong with them.

make_submission.py uses it to check a folder before packing it, the grader to check the zips that arrive. course.json,
which is part of the handout, says what is wanted. No student's code is run here.
"""

import contextlib
import difflib
import io
import itertools
import json
import re
import stat
import unicodedata
import zipfile
import zlib
from collections import namedtuple
from dataclasses import dataclass, field, fields
from functools import partial
from pathlib import Path

import submission_scripts
from common import printable
from records import differ, read_result

LIMIT = 4 * submission_scripts.LONGEST  # the most bytes of a script that are read
TEXT_LIMIT = 50_000  # bytes of any other text: results and declarations have less than 5000
DOCUMENT_LIMIT = 20_000_000  # bytes of a document, such as a report
SIGNATURES = {'.pdf': b'%PDF-', '.png': b'\x89PNG\r\n\x1a\n'}  # the first bytes of documents, by their ending
PDF_END, PDF_TAIL = b'%%EOF', 2048  # how a PDF ends, and in how many of its last bytes that has to stand
PDF_PAGE = re.compile(rb'/Type\s*/(Page|ObjStm)\b')  # a page, or the compressed objects in which pages may be
PDF_LEAST = 1000  # bytes: an empty page has less
NULLS = 'holds null bytes: it is damaged, or was saved as UTF-16; save it as UTF-8'
MANY = 20  # the most problems of a file that are reported


# ---- what is wanted --------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Task:
    """What the students of a course have to hand in: the content of course.json.

    title, term, assignment, upload: texts for people. student: what students type for themselves, such as First and
    Last; example: what a made-up one types. zip: the name of the zip, with {First} for what is typed. collaboration:
    kind 'file' with file, row and none, or kind 'comments' with heading and none. scripts: name -> {'imports': what it
    may import, 'defines': what it has to define}. runs: name -> {'title', 'script': the shell script, 'command',
    'uses': which of the scripts, 'result': the file that it writes}. run_files: what else every run needs. epochs:
    of each run. documents: name, perhaps with folders -> what to do if it is missing; these are no text, such as a
    report and its figures. known: names of files that are handed out. markers, given: the two marker lines, and
    script -> lines as handed out. expected: run -> {'train': accuracies after the first and the last epoch, 'val': the
    same}. packed: given files that are handed in beside the scripts, as they are.

    The name of a script may begin with folders; then the script is handed in in these.
    """

    title: str
    term: str
    assignment: str
    upload: str
    student: list
    example: list
    zip: str
    collaboration: dict
    scripts: dict
    runs: dict
    run_files: list
    epochs: int
    documents: dict
    known: list
    markers: list
    given: dict
    expected: dict
    packed: list = field(default_factory=list)

    @property
    def results(self):
        """run -> the file that it writes."""
        return {name: run['result'] for name, run in self.runs.items()}


def load_task(path):
    """The Task in a course.json. Raises ValueError if it is not as it was handed out."""
    try:
        task = Task(**json.loads(Path(path).read_text(encoding='utf-8-sig')))
        if _is_whole(task):
            return task
    except OSError as error:
        raise ValueError(f'{path}: cannot be read ({error.strerror}): put the one that was handed out there') from None
    except (ValueError, TypeError, RecursionError):
        pass
    raise ValueError(f'{path}: is not as it was handed out: put it back')


def _is_whole(task):
    declared, runs, scripts = task.collaboration, task.runs, task.scripts
    keys = {'file': ['file', 'row', 'none'], 'comments': ['heading', 'none'], 'nowhere': []}
    return all(type(getattr(task, one.name)) is one.type for one in fields(task)) and \
        declared.get('kind') in keys and all(type(declared.get(word)) is str for word in keys[declared['kind']]) and \
        all({'title', 'script', 'command', 'uses', 'result'} <= {*run} for run in runs.values()) and \
        all({'imports', 'defines'} <= {*script} for script in scripts.values()) and \
        all(type(advice) is str for advice in task.documents.values()) and \
        len(task.markers) == 2 * bool(task.given)


def fill_in(template, labels, values):
    """The template with each {label} replaced by its value."""
    for label, value in zip(labels, values):
        template = template.replace(f'{{{label}}}', value)
    return template


def zip_name(task, student):
    """The name of the zip; student: the NAMEs on the command line. Raises ValueError if they make no file name."""
    if [value.strip().casefold() for value in student] == [label.casefold() for label in task.student]:
        raise ValueError(f'put your own in place of {" ".join(task.student)}, such as {" ".join(task.example)}')
    return zip_name_of(task.zip, task.student, student)


def zip_name_of(template, labels, student):
    """The name that a template such as {First}_{Last}.zip makes of what a student types for the labels.

    Raises ValueError if that is not a file name.
    """
    values = []
    if len(student) != len(labels):
        raise ValueError(f'expected {" and ".join(labels)}: python3 make_submission.py {" ".join(labels)}')
    for label, value in zip(labels, student):
        refused = [char for char in value if unicodedata.category(char)[0] not in 'LMN' and char not in ' -._']
        value = unicodedata.normalize('NFC', '-'.join(value.split()))
        if refused:
            raise ValueError(f'{label}: leave out {refused[0]!a}; letters, digits, spaces and - . _ can stay')
        if not value[:1].isalnum() or len(value.encode()) > 80:
            raise ValueError(f'{label}: has to begin with a letter or a digit, and to be no longer than 80 bytes')
        if '.' in label and not re.fullmatch(r'[^.]+\.[0-9]+', value):
            raise ValueError(f'{label}: expected a name, a dot and a number, such as smith.12')
        values.append(value)
    return fill_in(template, labels, values)


def wanted_files(task):
    """What a submission has to hold: a dict from each file name to what to do if it is missing."""
    wanted = {name: 'put yours here' for name in task.scripts}
    wanted.update({run['result']: f'run {run["script"]}' for run in task.runs.values()})
    wanted.update(task.documents)
    declared = task.collaboration
    if declared['kind'] == 'file':
        wanted[declared['file']] = f'write a row "{declared["row"]}" for each classmate, or "{declared["none"]}"'
    return wanted


# ---- where the files come from ---------------------------------------------------------------------------------------

# kind: missing, unreadable, size, encoding, document, syntax, missing-code, import, unwritten, result, collaboration,
# verify; for members that cannot be taken: backslash, absolute, parent, link, special, packing, duplicate, case, near.
# Notes: renamed, copies, folder, near, other, stale, markers, given, identical, unexpected.
Problem = namedtuple('Problem', 'kind file text')
ALIKE = 0.88  # how similar, by difflib, a mistyped name is: two of eleven letters swapped give 0.91
MOST_NAMES, LONGEST_NAME = 500, 100  # of files that were not wanted, but of which one may be meant
COPY = re.compile(r'(-\d+| ?\(\d+\))(?=\.\w+$)')  # dnn_misc-1.py by Canvas, dnn_misc (1).py by browsers


def problem(kind, file, text):
    """A Problem whose texts are printable and not too long, whatever a student's file contains."""
    return Problem(kind, printable(file[:400]), printable(text[:400]))


def is_near(name, file):
    """Whether a file is probably meant to be `name`, but has words before or after that, or .txt at its end."""
    stem, dot, ending = name.rpartition('/')[2].casefold().rpartition('.')
    file = COPY.sub('', file).casefold()
    bare = file.removesuffix('.txt').removesuffix(dot + ending)
    if bare == file:
        return False
    return re.fullmatch(rf'(.*[^a-z0-9])?{re.escape(stem)}([^a-z0-9].*)?', bare) is not None or \
        re.sub('[^a-z0-9]', '', bare) == re.sub('[^a-z0-9]', '', stem)


class _Names:
    """Finds which name is meant by the path of a file, which may lie in further folders, or in none."""

    def __init__(self, names):
        self._by_path = {name.casefold(): name for name in names}
        self._depth = max((name.count('/') for name in names), default=0)

    def find(self, folder, base):
        """(name, whether the file lies in the folders of the name), or (None, False). folder: a list of folders."""
        parts = [*folder, COPY.sub('', base)]
        for start in range(max(0, len(parts) - self._depth - 1), len(parts)):
            name = self._by_path.get('/'.join(parts[start:]).casefold())
            if name:
                return name, True
        alike = [name for path, name in self._by_path.items() if path.rpartition('/')[2] == parts[-1].casefold()]
        return (alike[0] if len(alike) == 1 else None), False


def folder_around(path, name):
    """The folder in which a file lies that was taken for a name, without the folders of the name itself."""
    folder, own = path.rpartition('/')[0], name.rpartition('/')[0]
    return folder[:len(folder) - len(own)].rstrip('/') if f'/{folder}'.casefold().endswith(f'/{own}'.casefold()) \
        else folder


class Unreadable(ValueError):
    """A file cannot be read; its arguments are those of the Problem."""


class Source:
    """The wanted files among what was handed in.

    files     wanted name -> (path, a function that opens it for reading bytes)
    missing   the wanted names that are not there
    near      missing name -> the paths of files whose names suggest that they are meant
    problems  a Problem for each wanted name that is there, but cannot be accepted
    notes     what was unusual but clear, also as Problems
    """

    takes_near = True  # whether a file is accepted for a name that it nearly has, if no other does

    def __init__(self, members, task):
        """members: triples (path, a function that opens it, the kind of problem why it cannot be accepted, or None)."""
        self.files, self.problems, self.notes = {}, [], []
        self.documents = task.documents
        wanted, packed = [*wanted_files(task)], _Names(task.packed)
        names, found, astray, folders, others, unasked = _Names(wanted), {}, {}, set(), [], {}
        known = {Path(name).name for name in task.known}
        for member in members:
            *folder, base = [part for part in re.split(r'[/\\]', member[0]) if part not in ('', '.')] or ['']
            name, is_in_place = names.find(folder, base)
            if name and not any(part.startswith(('.', '__MACOSX')) and part != '..' for part in folder):
                (found if is_in_place else astray).setdefault(name, []).append(member)
                folders.add(folder_around('/'.join([*folder, base]), name))
            elif not packed.find(folder, base)[1]:
                others.append(('/'.join([*folder, base][:2]), member))
                is_odd = len(base) > LONGEST_NAME or not base.isprintable() or any(
                    part.startswith(('.', '__MACOSX')) for part in (*folder, base))
                if len(unasked) < MOST_NAMES and base not in known and not is_odd:
                    unasked.setdefault(base, []).append(member)
        for name, members in astray.items():  # these count only if nothing lies where it should
            if found.setdefault(name, members) is not members:
                others += [(member[0], member) for member in members]
        self.near = {}
        for name in wanted:
            near = [member for base in unasked if is_near(name, base) for member in unasked[base]]
            self.near[name] = [member[0] for member in near]
            if name in found:
                self.notes += [problem('near', path, f'is there as well as {name}, which counts')
                               for path in self.near[name][:5]]
                continue
            if not near and name in task.scripts:  # scripts name the result files, which differ in single digits
                self.near[name] = difflib.get_close_matches(Path(name).name, unasked, cutoff=ALIKE)
            has_twin = sum(other.rpartition('/')[2] == name.rpartition('/')[2] for other in wanted) > 1
            if self.takes_near and len(near) == 1 and not has_twin:
                found[name] = near
            elif self.takes_near and self.near[name] and name != task.collaboration.get('file'):
                self.problems.append(problem('near', name, 'is missing, unless this is meant: '
                                             f'{", ".join(self.near[name][:5])}'))
        self.missing = [name for name in wanted if name not in found]
        for name, candidates in found.items():
            paths, faults = [member[0] for member in candidates], [member[2] for member in candidates if member[2]]
            if faults:
                why = 'is not a plain file' if faults[0] == 'special' else f'cannot be accepted ({faults[0]})'
                self.problems.append(problem(faults[0], name, f'{why}: put a plain file there'))
            elif len(paths) > 1 and not self._are_equal(name, candidates):
                kind = 'case' if len({*paths}) > 1 == len({path.casefold() for path in paths}) else 'duplicate'
                self.problems.append(problem(kind, name, f'is there more than once, keep one: {", ".join(paths[:5])}'))
            else:
                if len(paths) > 1:
                    self.notes.append(problem('copies', name, f'is there {len(paths)} times, with the same content'))
                self.files[name] = candidates[0][:2]
                expected = Path(name).name if name in task.documents else name  # documents may lie anywhere
                if not re.search(rf'(^|/){re.escape(expected)}$', paths[0]):
                    self.notes.append(problem('renamed', paths[0], f'taken for {name}'))
        for folder in sorted(folders - {''})[:5]:
            self.notes.append(problem('folder', folder, 'files lie in this folder'))
        taken = [id(member) for candidates in found.values() for member in candidates]
        others = [label for label, member in others if id(member) not in taken]
        if others:
            names = ', '.join([*dict.fromkeys(others)][:5])
            number = '1 file that was' if len(others) == 1 else f'{len(others)} files that were'
            self.notes.append(problem('other', others[0], f'{number} not asked for: {names}'))

    def _are_equal(self, name, candidates):
        try:
            return len({self._read(name, opened) for _, opened, _ in candidates}) == 1
        except Unreadable:
            return False

    def read(self, name):
        """The content of a wanted file, as bytes. Raises Unreadable."""
        return self._read(name, self.files[name][1])

    def _read(self, name, opened):
        limit = DOCUMENT_LIMIT if name in self.documents else LIMIT if name.endswith('.py') else TEXT_LIMIT
        try:
            with opened() as file:
                content = file.read(limit + 1)
        except (OSError, EOFError, RuntimeError, ValueError, zipfile.BadZipFile, zlib.error) as error:
            raise Unreadable('unreadable', name, f'cannot be read ({error}): put it there again') from None
        if len(content) > limit:
            raise Unreadable('size', name, f'larger than {limit // 1000} KB: that cannot be the right file')
        return content

    def text(self, name):
        """The content of a wanted file, as text. Raises Unreadable."""
        content = self.read(name)
        try:
            text = content.decode('utf-8-sig')
        except UnicodeDecodeError as error:
            line = content.count(b'\n', 0, error.start) + 1
            raise Unreadable('encoding', name, f'line {line} is not UTF-8 text: save the file as UTF-8') from None
        if '\0' in text:
            raise Unreadable('encoding', name, NULLS)
        return text


class FolderSource(Source):
    """The files of a folder, those of the folders in it in which scripts belong, and the documents of other folders.

    dnn_misc (1).py counts only if there is no dnn_misc.py.
    """

    takes_near = False  # whoever packs the files can rename them

    def __init__(self, folder, task):
        faults = {stat.S_IFREG: None, stat.S_IFLNK: 'link'}  # all other types: special
        folder, wanted = Path(folder), [*wanted_files(task)]
        inner = {folder / Path(name).parent for name in wanted} - {folder}
        full = [folder, *sorted({folder / Path(name).parent for name in task.scripts} - {folder})]
        paths = [path for one in full if one == folder or one.is_dir() for path in sorted(one.iterdir())]
        paths += [folder / name for name in task.documents if (folder / name).exists()]
        names = [path.relative_to(folder).as_posix() for path in dict.fromkeys(paths) if path not in inner]
        exact = {*wanted} & {*names}
        names = [name for name in names if name in exact or COPY.sub('', name) not in exact]
        types = [stat.S_IFMT((folder / name).lstat().st_mode) for name in names]
        super().__init__([(name, partial(open, folder / name, 'rb'), faults.get(file_type, 'special'))
                          for name, file_type in zip(names, types)], task)


class ZipSource(Source):
    """The members of an opened zipfile.ZipFile."""

    def __init__(self, archive, task):
        # orig_filename is the name in the zip; filename is what zipfile makes of it.
        super().__init__([(info.orig_filename, partial(self._open, archive, info), self._fault(info))
                          for info in archive.infolist() if not info.orig_filename.endswith('/')], task)

    def _fault(self, info):
        path = info.orig_filename
        if '\\' in path:
            return 'backslash'
        if re.match('/|[A-Za-z]:', path):
            return 'absolute'
        if '..' in path.split('/'):
            return 'parent'
        if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG):
            return 'link'
        # zipfile unpacks the other methods without a limit.
        if info.flag_bits & 1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            return 'packing'
        return None

    def _open(self, archive, info):
        with archive.open(info) as file:
            content = file.read(DOCUMENT_LIMIT + 1)
        if len(content) != min(info.file_size, DOCUMENT_LIMIT + 1):
            raise zipfile.BadZipFile('its size is not what the zip says')
        return io.BytesIO(content)


# ---- the checks ------------------------------------------------------------------------------------------------------

def check(source, task):
    """Everything that is wrong with the content of a Source: a list of Problems, empty if it can be handed in."""
    wanted, texts, problems = wanted_files(task), {}, [*source.problems]
    reported = {found.file for found in problems}
    for name in wanted:
        if name in source.missing and name not in reported:
            instead = f'; or rename {source.near[name][0]}, if that is it' if source.near[name] else ''
            problems.append(problem('missing', name, f'missing, {wanted[name]}{instead}'))
        elif name in source.files:
            try:
                if name in task.documents:
                    problems += check_document(name, source.read(name))
                else:
                    texts[name] = source.text(name)
            except Unreadable as error:
                problems.append(problem(*error.args))
    for name in [name for name in task.scripts if name in texts]:
        raising = submission_scripts.given_raises(task.given.get(name, []), task.markers)
        script = {**task.scripts[name], 'raises': raising}
        problems += [problem(kind, name, text)
                     for kind, text in submission_scripts.check_script(name, texts[name], script)]
    for run in task.runs.values():
        try:
            if run['result'] in texts:
                read_result(texts[run['result']], task.epochs)
        except ValueError as error:
            problems.append(problem('result', run['result'], f'{error}: run {run["script"]} again'))
    problems += check_collaboration(texts, task)
    return sorted(problems, key=lambda found: [*wanted].index(found.file))  # file by file, in the order found


def check_document(name, content):
    """What is wrong with a document, by a few plain signs: a list of Problems."""
    ending, what = Path(name).suffix.lower(), ''
    if not content:
        what = 'empty'
    elif not content.startswith(SIGNATURES.get(ending, b'')):
        what = f'not a {ending[1:].upper()} file, whatever its name says: save it as one'
    elif ending == '.pdf' and PDF_END not in content[-PDF_TAIL:]:
        what = 'a PDF file that is cut off before its end: save or copy it again'
    elif ending == '.pdf' and (len(content) < PDF_LEAST or not PDF_PAGE.search(content)):
        what = 'a PDF file without a page, or with an empty one: save it again, and open it to see what it shows'
    return [problem('document', name, f'is {what}')] if what else []


def check_collaboration(texts, task):
    """What is wrong with the declaration of collaboration in those of the texts {file name: text} that are there."""
    declared = task.collaboration
    if declared['kind'] == 'comments':
        return [problem('collaboration', name, f'end it with the line "{declared["heading"]}" and comments that name '
                        f'those with whom you have discussed, or say "# {declared["none"]}"')
                for name in task.scripts if name in texts and not _ends_with(declared['heading'], texts[name])]
    if declared['kind'] == 'nowhere':
        return []
    name, form = declared['file'], declared['row']
    rows = [(number, row.strip()) for number, row in enumerate(texts.get(name, '').splitlines(), 1) if row.strip()]
    if name not in texts or [row.strip('"\'.').casefold() for _, row in rows] == [declared['none'].casefold()]:
        return []
    if not rows:
        return [problem('collaboration', name, f'is empty: {wanted_files(task)[name]}')]
    own = f'replace the example by a classmate\'s {" and ".join(map(str.strip, form.split(",")))}'
    wrong = ((number, row) for number, row in rows
             if row == form or row.count(',') != form.count(',') or not all(map(str.strip, row.split(','))))
    return [problem('collaboration', name, f'line {number}, "{row[:60]}": '
                    f'{own if row == form else f"make it {json.dumps(form, ensure_ascii=False)}"}, or write '
                    f'"{declared["none"]}" alone') for number, row in itertools.islice(wrong, MANY)]


def _ends_with(heading, text):
    """Whether the text has the heading, and below it only comments, with at least one word."""
    _, found, below = text.rpartition(heading)
    are_comments = all(line.strip()[:1] in ('', '#') for line in below.splitlines()[1:])
    return bool(found and are_comments and re.search(r'\w', below))


def doubts(source, task):
    """Notes on given code that was changed, and on results that are not as expected or the same twice."""
    notes, records = [], {}
    for name, given in task.given.items():
        with contextlib.suppress(KeyError, Unreadable):  # check has reported it, here and below
            lines = source.text(name).splitlines()
            notes += [problem(kind, name, text)
                      for kind, text in submission_scripts.compare_with_given(lines, given, task.markers)]
    for name, run in task.runs.items():
        with contextlib.suppress(KeyError, ValueError):
            records[name] = read_result(source.text(run['result']), task.epochs)
    for name, record in records.items():
        result, again = task.results[name], f'run {task.runs[name]["script"]} again'
        twins = [task.results[other] for other in records if other != name and records[other] == record]
        if twins:
            notes.append(problem('identical', result, f'has the same numbers as {", ".join(twins)}: {again}'))
        off = [f'"{key}" at epoch {epoch} is {record[key][epoch - 1]}, not {wanted}'
               for key, ends in task.expected.get(name, {}).items() for epoch, wanted in zip((1, task.epochs), ends)
               if differ(record[key][epoch - 1], wanted)]
        if off:
            notes.append(problem('unexpected', result, f'differs from what is expected, {"; ".join(off)}: {again} or '
                                 'expect a question'))
    return notes
