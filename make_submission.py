"""Check what you hand in, and pack it into one zip file:   python3 make_submission.py YOUR NAME [--verify]

YOUR NAME as the assignment asks for it; spaces become hyphens. Each problem gets a line that says what to do, and the
zip is written only where there is none, or with --incomplete. --verify runs the first epoch of each question again
and compares it with your result file. Your own files are never changed.
"""

import argparse
import ast
import contextlib
import difflib
import errno
import hashlib
import io
import itertools
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import unicodedata
import warnings
import zipfile
import zlib
from collections import namedtuple
from functools import partial
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
SCRIPT_LIMIT = 200_000  # characters of a script: its syntax tree takes a thousand times the memory
LIMIT = 4 * SCRIPT_LIMIT  # bytes of a script that are read at most
TEXT_LIMIT = 50_000  # bytes of any other file: results and declarations have less than 5000
NULLS = 'holds null bytes: it is damaged, or was saved as UTF-16; save it as UTF-8'
MANY = 20  # problems of a file that are told at most
READ_SECONDS, READ_MEMORY = 20, 1 << 30  # processor time and bytes for reading a script, which takes a fraction of both
BEGUN = b'reading\n'  # what the process that reads a script says before it does
VERIFY_SECONDS = 900  # for an epoch, which should take some seconds
TOLERANCE = 0.002  # of an accuracy: what adds up in another order may shift two of the 1000 validation images
RUNS = {  # what each question runs
    'q33': ['dnn_mlp.py'], 'q34': ['dnn_mlp.py', '--dropout_rate', '0.5'],
    'q35': ['dnn_mlp.py', '--dropout_rate', '0.95'], 'q36': ['dnn_mlp_nononlinear.py'],
    'q37': ['dnn_cnn.py'], 'q38': ['dnn_cnn.py', '--alpha', '0.9'],
    'q310': ['dnn_cnn_2.py', '--alpha', '0.9']}
IMPORTS = {'dnn_misc.py': ['numpy', 'dnn_im2col'], 'dnn_cnn_2.py': ['numpy', 'dnn_misc', 'data_loader']}
GIVEN = ['dnn_im2col.py', 'data_loader.py', 'mnist_subset.json']  # what every run needs besides
RESULTS = {  # what each question writes
    'q33': 'MLP_lr0.01_m0.0_w0.0_d0.0.json', 'q34': 'MLP_lr0.01_m0.0_w0.0_d0.5.json',
    'q35': 'MLP_lr0.01_m0.0_w0.0_d0.95.json', 'q36': 'LR_lr0.01_m0.0_w0.0_d0.0.json',
    'q37': 'CNN_lr0.01_m0.0_w0.0_d0.5.json', 'q38': 'CNN_lr0.01_m0.9_w0.0_d0.5.json',
    'q310': 'CNN2_lr0.001_m0.9_w0.0_d0.5.json'}
TOOLS = ['hw5_dnn_check.py', 'dnn_cnn_2_check.py', 'plot_curves.py', 'make_submission.py']
FIXED = [*GIVEN, *IMPORTS, *(f'{question}.sh' for question in RUNS)]  # names which other files and messages hold
PARTS = {'dnn_misc.py': ['linear_layer.forward', 'linear_layer.backward', 'relu.forward', 'relu.backward',
                         'dropout.backward'], 'dnn_cnn_2.py': ['main']}  # what each script has to define
ITEMS = [*PARTS['dnn_misc.py'], *RUNS, 'q39']  # what there are points for
WEIGHED = {  # the parts of those items that are judged in parts
    'relu.forward': ['returned value', 'self.mask'],
    'linear_layer.backward': ["gradient['W']", "gradient['b']", 'returned value'],
    'q39': [f'TODO ({number})' for number in range(1, 6)]}

COURSE_KEYS = ['name', 'title', 'term', 'assignment', 'due', 'files', 'points', 'weights', 'changed_in_place',
               'scripts', 'results', 'student', 'example', 'zip', 'collaboration', 'upload']


# ---- the course ------------------------------------------------------------------------------------------------------

class CourseError(ValueError):
    """A course file is wrong; the text is one line that names the file and the key."""


def load_course(path):
    """Read a course file, check it and return the dict that it holds. Raises CourseError.

    In collaboration.text, {file}, {row}, {heading} and {none} are filled in.
    """
    path = Path(path)
    try:
        course = json.loads(path.read_text(encoding='utf-8-sig'))
    except OSError as error:
        raise CourseError(f'{path}: cannot be read ({error.strerror})') from None
    except (ValueError, RecursionError):
        raise CourseError(f'{path}: is not JSON') from None

    def demand(key, is_right, wanted):
        value = course
        for part in key.split('.', 1) if isinstance(key, str) else key:  # no key of the first level has a dot
            if isinstance(value, dict) and part not in value:
                raise CourseError(f'{path}: {_quoted(named(key))} is missing; it must be {wanted}')
            value = value[part] if isinstance(value, dict) else None
        if not is_right(value):
            raise CourseError(f'{path}: {_quoted(named(key))} must be {wanted}, not {json.dumps(value)[:60]}')
        return value

    def named(key):
        return key if isinstance(key, str) else '.'.join(key)

    def demand_keys(key, wanted):
        value = demand(key, lambda value: isinstance(value, dict), f'an object with {", ".join(wanted)}')
        missing, surplus = [[name for name in names if name not in others]
                            for names, others in ((wanted, value), (value, wanted))]
        if missing or surplus:
            faults = [f'{word} {", ".join(map(_quoted, names))}'
                      for word, names in (('lacks', missing), ('must not hold', surplus)) if names]
            raise CourseError(f'{path}: "{key}" {" and ".join(faults)}; it has {", ".join(wanted)}')

    for key in ('name', 'title', 'term', 'assignment', 'due', 'upload', 'collaboration.none', 'collaboration.text'):
        demand(key, _is_line, 'a line of text')
    demand('name', lambda name: path.name in ('course.json', f'{name}.json'), f'"{path.stem}", as the file is called')
    files = demand('files', lambda files: _is_map(files, _is_file_name), 'old names of files and new ones')
    for old, new in files.items():
        twins = [other for other in files if files[other] == new and other != old]
        if twins:
            raise CourseError(f'{path}: "files" gives {old} and {twins[0]} one name, {new}: give each its own')
    fixed = [name for name in FIXED if name in {*files, *files.values()}]
    if fixed:
        raise CourseError(f'{path}: "files" must not hold {", ".join(map(_quoted, fixed))}: other files name these')
    demand_keys('points', ITEMS)
    for item in ITEMS:
        demand(('points', item), _is_points, 'a number of points')
    demand_keys('weights', WEIGHED)
    for item, parts in WEIGHED.items():
        demand_keys(f'weights.{item}', parts)
        for part in parts:
            demand(('weights', item, part), _is_points, 'a number')
        demand(f'weights.{item}', lambda weights: sum(weights.values()) > 0, 'more than 0 in all')
    demand('changed_in_place', lambda share: _is_points(share) and share <= 1, 'a number from 0 to 1, the share of the '
           'points that a right function loses by changing what it is given')
    demand('scripts', lambda scripts: scripts == [*IMPORTS], json.dumps([*IMPORTS]))
    demand_keys('results', RESULTS)
    demand('results', lambda results: results == RESULTS, f'what the scripts write: {json.dumps(RESULTS)}')
    labels = demand('student', lambda labels: isinstance(labels, list) and labels and all(map(_is_line, labels)),
                    'what make_submission.py is called with, such as ["First", "Last"]')
    demand('zip', lambda name: _is_line(name) and all(name.count(f'{{{label}}}') == 1 for label in labels)
           and _is_file_name(_fill_in(name, labels, labels)) and name.endswith('.zip'),
           f'a file name that ends in .zip and holds {", ".join(f"{{{label}}}" for label in labels)}')
    demand('example', lambda values: isinstance(values, list) and all(map(_is_line, values))
           and _is_student(course, values),
           f'what a made-up student types for {" and ".join(labels)}')
    if demand('collaboration.kind', lambda kind: kind in ('file', 'comments'), '"file" or "comments"') == 'file':
        demand('collaboration.file', _is_file_name, 'a file name')
        demand('collaboration.row', _is_line, 'what a row of the file looks like, such as "Name, number"')
        told = ['file', 'row', 'none']
    else:
        demand('collaboration.heading', lambda line: _is_line(line) and line[0] == '#', 'a line that begins with #')
        told = ['heading', 'none']
    demand_keys('collaboration', ['kind', *told, 'text'])
    declared = course['collaboration']
    declared['text'] = _fill_in(declared['text'], told, [declared[key] for key in told])
    demand('collaboration.text', lambda text: all(declared[key] in text for key in told),
           f'a text for students that says {" and ".join(f"{{{key}}}" for key in told)}')
    surplus = [name for name in course if name not in COURSE_KEYS]
    if surplus:
        raise CourseError(f'{path}: unknown {", ".join(map(_quoted, surplus))}; a course has {", ".join(COURSE_KEYS)}')
    return course


def _quoted(name):
    return f'"{"".join(char if char.isprintable() else "?" for char in name[:60])}"'


def _is_line(value):
    return isinstance(value, str) and value.isprintable() and value == value.strip() != ''


def _is_file_name(value):
    return isinstance(value, str) and re.fullmatch(r'\w[\w.-]*', value) is not None


def _is_points(value):
    return type(value) in (int, float) and 0 <= value < 1e6


def _is_map(value, is_right):
    return isinstance(value, dict) and all(map(is_right, value.values()))


def _is_student(course, values):
    with contextlib.suppress(ValueError):
        return bool(zip_name(course, values))


def _fill_in(template, labels, values):
    for label, value in zip(labels, values):
        template = template.replace(f'{{{label}}}', value)
    return template


def zip_name(course, student):
    """The name of the zip; student: the NAMEs on the command line. Raises ValueError where they make no file name."""
    labels, values = course['student'], []
    if len(student) != len(labels):
        raise ValueError(f'expected {" and ".join(labels)}: python3 make_submission.py {" ".join(labels)}')
    if [value.strip().casefold() for value in student] == [label.casefold() for label in labels]:
        raise ValueError(f'put your own in place of {" ".join(labels)}, such as {" ".join(course["example"])}')
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
    return _fill_in(course['zip'], labels, values)


def run_command(course, question):
    """The script of a question, under its name in this course, and the options it is run with."""
    script, *options = RUNS[question]
    return [course['files'].get(script, script), *options]


def wanted_files(course):
    """What a submission has to hold: a dict from each file name to what to do where it is missing."""
    wanted = {name: 'put yours here' for name in course['scripts']}
    wanted.update({course['results'][question]: f'run {question}.sh' for question in RUNS})
    declared = course['collaboration']
    if declared['kind'] == 'file':
        wanted[declared['file']] = f'write a row "{declared["row"]}" for each classmate, or "{declared["none"]}"'
    return wanted


# ---- where the files come from ---------------------------------------------------------------------------------------

# kind: missing, unreadable, size, encoding, syntax, missing-code, import, unwritten, result, collaboration, verify; for
# members that cannot be taken: backslash, absolute, parent, link, special, packing, duplicate, case, near.
# Notes: renamed, copies, folder, near, other, stale, markers, given, identical,
# unexpected.
Problem = namedtuple('Problem', 'kind file text')
ALIKE = 0.88  # how alike, by difflib, a mistyped name is: two of eleven letters that changed places make 0.91
MOST_NAMES, LONGEST_NAME = 500, 100  # of files that were not asked for, among which one may be meant
COPY = re.compile(r'(-\d+| ?\(\d+\))(?=\.\w+$)')  # dnn_misc-1.py by Canvas, dnn_misc (1).py by browsers


def problem(kind, file, text):
    """A Problem in printable lines of bounded length, whatever a student's file put into them."""
    lines = (''.join(char if char.isprintable() else '?' for char in line[:400]) for line in (file, text))
    return Problem(kind, *lines)


def is_near(name, file):
    """Whether a file is meant to be the one called `name`, which has words before or behind it, or .txt at its end."""
    stem, dot, ending = name.casefold().rpartition('.')
    file = COPY.sub('', file).casefold()
    bare = file.removesuffix('.txt').removesuffix(dot + ending)
    if bare == file:
        return False
    return re.fullmatch(rf'(.*[^a-z0-9])?{re.escape(stem)}([^a-z0-9].*)?', bare) is not None or \
        re.sub('[^a-z0-9]', '', bare) == re.sub('[^a-z0-9]', '', stem)


class Unreadable(ValueError):
    """A file cannot be read; its arguments are those of the Problem."""


class Source:
    """The wanted files among what was handed in.

    files     wanted name -> (path, a function that opens it for reading bytes)
    missing   the wanted names that are not there
    near      missing name -> the paths of what may be meant, by their names
    problems  a Problem for each wanted name that is there, but not in a way that can be taken
    notes     what was found and understood, as Problems too
    """

    takes_near = True  # whether the only near miss of a name is taken for it

    def __init__(self, members, course):
        """members: triples (path, a function that opens it, the kind of problem that forbids to take it, or None)."""
        self.files, self.problems, self.notes = {}, [], []
        wanted = {name.casefold(): name for name in wanted_files(course)}
        found, folders, others, unasked = {}, set(), [], {}
        given = {*FIXED, *TOOLS, *(script for script, *_ in RUNS.values()), *course['files'], *course['files'].values()}
        for member in members:
            *folder, base = [part for part in re.split(r'[/\\]', member[0]) if part not in ('', '.')] or ['']
            name = wanted.get(COPY.sub('', base).casefold())
            if name and not any(part.startswith(('.', '__MACOSX')) and part != '..' for part in folder):
                found.setdefault(name, []).append(member)
                folders.add('/'.join(folder))
            else:
                others.append(('/'.join([*folder, base][:2]), member))
                is_odd = len(base) > LONGEST_NAME or not base.isprintable() or any(
                    part.startswith(('.', '__MACOSX')) for part in (*folder, base))
                if len(unasked) < MOST_NAMES and base not in given and not is_odd:
                    unasked.setdefault(base, []).append(member)
        self.near = {}
        for name in wanted.values():
            near = [member for base in unasked if is_near(name, base) for member in unasked[base]]
            self.near[name] = [member[0] for member in near]
            if name in found:
                self.notes += [problem('near', path, f'is there besides {name}, which counts')
                               for path in self.near[name][:5]]
                continue
            if not near and name in course['scripts']:  # result files are named by a script, and differ in a digit
                self.near[name] = difflib.get_close_matches(name, unasked, cutoff=ALIKE)
            if self.takes_near and len(near) == 1:
                found[name] = near
            elif self.takes_near and self.near[name] and name != course['collaboration'].get('file'):
                self.problems.append(problem('near', name, 'is missing, unless this is meant: '
                                             f'{", ".join(self.near[name][:5])}'))
        self.missing = [name for name in wanted.values() if name not in found]
        for name, candidates in found.items():
            paths, faults = [member[0] for member in candidates], [member[2] for member in candidates if member[2]]
            if faults:
                why = 'is no plain file' if faults[0] == 'special' else f'cannot be taken ({faults[0]})'
                self.problems.append(problem(faults[0], name, f'{why}: put a plain file there'))
            elif len(paths) > 1 and not self._are_equal(name, candidates):
                kind = 'case' if len({*paths}) > 1 == len({path.casefold() for path in paths}) else 'duplicate'
                self.problems.append(problem(kind, name, f'there more than once, keep one: {", ".join(paths[:5])}'))
            else:
                if len(paths) > 1:
                    self.notes.append(problem('copies', name, f'there {len(paths)} times, with one content'))
                self.files[name] = candidates[0][:2]
                if not re.search(rf'(^|/){re.escape(name)}$', paths[0]):
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

    @staticmethod
    def _read(name, opened):
        limit = LIMIT if name.endswith('.py') else TEXT_LIMIT
        try:
            with opened() as file:
                content = file.read(limit + 1)
        except (OSError, EOFError, RuntimeError, ValueError, zipfile.BadZipFile, zlib.error) as error:
            raise Unreadable('unreadable', name, f'cannot be read ({error}): put it there anew') from None
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
    """The files of a folder, not of the folders in it. dnn_misc (1).py counts only where there is no dnn_misc.py."""

    takes_near = False  # who packs them can rename them

    def __init__(self, folder, course):
        faults = {stat.S_IFREG: None, stat.S_IFLNK: 'link'}  # of the other types: special
        paths = sorted(Path(folder).iterdir())
        exact = {*wanted_files(course)} & {path.name for path in paths}
        paths = [path for path in paths if path.name in exact or COPY.sub('', path.name) not in exact]
        types = [stat.S_IFMT(path.lstat().st_mode) for path in paths]
        super().__init__([(path.name, partial(open, path, 'rb'), faults.get(file_type, 'special'))
                          for path, file_type in zip(paths, types)], course)


class ZipSource(Source):
    """The members of an opened zipfile.ZipFile."""

    def __init__(self, archive, course):
        # orig_filename is what stands in the zip; zipfile mends it in filename.
        super().__init__([(info.orig_filename, partial(self._open, archive, info), self._fault(info))
                          for info in archive.infolist() if not info.orig_filename.endswith('/')], course)

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
            content = file.read(LIMIT + 1)
        if len(content) != min(info.file_size, LIMIT + 1):
            raise zipfile.BadZipFile('its size is not what the zip says')
        return io.BytesIO(content)


# ---- the checks ------------------------------------------------------------------------------------------------------

def check(source, course):
    """All that is wrong with what a Source holds: a list of Problems, empty where it can be handed in."""
    wanted, texts, problems = wanted_files(course), {}, [*source.problems]
    told = {found.file for found in problems}
    for name in wanted:
        if name in source.missing and name not in told:
            instead = f'; or rename {source.near[name][0]}, if that is it' if source.near[name] else ''
            problems.append(problem('missing', name, f'missing, {wanted[name]}{instead}'))
        elif name in source.files:
            try:
                texts[name] = source.text(name)
            except Unreadable as error:
                problems.append(problem(*error.args))
    for name in {*course['scripts']} & {*texts}:
        problems += check_script(name, texts[name])
    for question, name in course['results'].items():
        try:
            if name in texts:
                read_result(texts[name])
        except ValueError as error:
            problems.append(problem('result', name, f'{error}: run {question}.sh again'))
    problems += check_collaboration(texts, course)
    return sorted(problems, key=lambda found: [*wanted].index(found.file))  # file by file, as they were found in each


def check_script(name, text):
    """What is wrong with one of the two scripts, which is not run: a list of Problems.

    It is read in a child process, with limits where the system has them: there are scripts over which Python itself
    ends, or takes all memory, when it only reads them.
    """
    code = 'import runpy, sys; runpy.run_path(sys.argv[1])["tell_problems"](sys.argv[2])'
    command = [sys.executable, '-I', '-B', '-c', code, str(Path(__file__).resolve()), name]
    try:
        done = subprocess.run(command, input=text.encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=10 * READ_SECONDS)
        if not done.stdout.startswith(BEGUN):
            why = done.stderr.decode(errors='replace').strip().splitlines()[-1:] or ['without a word']
            raise OSError(errno.ECHILD, f'cannot be checked, the Python that was started ended: {why[0][:200]}', name)
        return [problem(*found) for found in json.loads(done.stdout[len(BEGUN):])]
    except (ValueError, TypeError, subprocess.TimeoutExpired):
        return [problem('syntax', name, 'Python itself gives up when it reads this: look for lines that are nested '
                        'very deeply or are very long, and make them simpler')]


def tell_problems(name):
    """In the child: print the problems of the script on standard input, as JSON."""
    with contextlib.suppress(ImportError, ValueError, OSError):  # on Windows, and where there are tighter limits
        import resource
        resource.setrlimit(resource.RLIMIT_CPU, (READ_SECONDS, READ_SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (READ_MEMORY, READ_MEMORY))
    warnings.simplefilter('ignore')
    text = sys.stdin.buffer.read().decode()
    sys.stdout.buffer.write(BEGUN)
    sys.stdout.buffer.flush()
    json.dump(script_problems(name, text), sys.stdout)


def script_problems(name, text):
    """As check_script, in this process."""
    if len(text) > SCRIPT_LIMIT:
        return [problem('size', name, f'is longer than {SCRIPT_LIMIT} characters: that cannot be the right file')]
    try:
        tree = ast.parse(text.encode())  # as bytes: a line such as # coding: utf-7 counts
        compile(tree, name, 'exec')
    except SyntaxError as error:
        return [problem('syntax', name, f'line {error.lineno or 1}: Python cannot read it ({error.msg}), mend it')]
    except (ValueError, RecursionError, MemoryError) as error:
        return [problem('syntax', name, f'Python cannot read it ({str(error) or "nested too deeply"}), mend it')]
    defined = {name for node in ast.walk(tree) if isinstance(node, (ast.ClassDef, ast.FunctionDef)) for name in (
        node.name, *(f'{node.name}.{part.name}' for part in node.body if isinstance(part, ast.FunctionDef)))}
    problems = [problem('missing-code', name, f'{part} is missing, put it back')
                for part in PARTS[name] if part not in defined]
    for node in sorted((node for node in ast.walk(tree) if hasattr(node, 'lineno')), key=lambda node: node.lineno):
        modules = []
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules = ['.' * node.level + (node.module or '')]
        elif '__import__' in (getattr(node, 'id', None), getattr(node, 'attr', None)):
            modules = ['something by __import__']
        for module in modules:
            if module.split('.')[0] not in IMPORTS[name]:
                text = f'imports {module}, take it out: this script may import {" and ".join(IMPORTS[name])} only'
                problems.append(problem('import', name, f'line {node.lineno} {text}'))
        error = getattr(node, 'exc', None)
        if isinstance(node, ast.Raise) and getattr(getattr(error, 'func', error), 'id', None) == 'NotImplementedError':
            blank = [argument.value for argument in getattr(error, 'args', []) if isinstance(argument, ast.Constant)]
            text = f'line {node.lineno}: {blank[0] if blank else "this part"} is not written yet, write it'
            problems.append(problem('unwritten', name, text))
    return problems[:MANY]


def read_result(text, num_epochs=30):
    """The dict {'train': [...], 'val': [...]} of a result file. Raises ValueError, which says what is wrong with it."""
    try:
        # A float takes any number of digits; a tuple of pairs shows a key that is there twice.
        record = json.loads(text, parse_int=float, object_pairs_hook=tuple)
    except (ValueError, RecursionError):
        raise ValueError('is not JSON') from None
    if not isinstance(record, tuple) or sorted(key for key, _ in record) != ['train', 'val']:
        raise ValueError('has to hold the two lists "train" and "val", once each, and nothing else')
    for key, values in record:
        if not isinstance(values, list) or len(values) != num_epochs:
            many = f'{len(values)} number{"s"[:len(values) != 1]}' if isinstance(values, list) else 'no list'
            raise ValueError(f'"{key}" has {many}, not the accuracies of {num_epochs} epochs')
        for epoch, value in enumerate(values, start=1):
            if type(value) is not float or not 0 <= value <= 1:
                what = {list: 'a list', tuple: 'an object'}.get(type(value)) or repr(value)[:30]
                raise ValueError(f'"{key}" has {what} at epoch {epoch}, not a number from 0 to 1')
    return dict(record)


def check_collaboration(texts, course):
    """What is wrong with the declaration of collaboration in texts {file name: text}, as far as they are there."""
    declared = course['collaboration']
    if declared['kind'] == 'comments':
        return [problem('collaboration', name, f'end it with the line "{declared["heading"]}" and comments that name '
                        f'those with whom you have discussed, or say "# {declared["none"]}"')
                for name in course['scripts'] if name in texts and not _ends_with(declared['heading'], texts[name])]
    name, form = declared['file'], declared['row']
    rows = [(number, row.strip()) for number, row in enumerate(texts.get(name, '').splitlines(), 1) if row.strip()]
    if name not in texts or [row.strip('"\'.').casefold() for _, row in rows] == [declared['none'].casefold()]:
        return []
    if not rows:
        return [problem('collaboration', name, f'is empty: {wanted_files(course)[name]}')]
    own = f'replace the example by a classmate\'s {" and ".join(map(str.strip, form.split(",")))}'
    wrong = ((number, row) for number, row in rows
             if row == form or row.count(',') != form.count(',') or not all(map(str.strip, row.split(','))))
    return [problem('collaboration', name, f'line {number}, "{row[:60]}": '
                    f'{own if row == form else f"make it {json.dumps(form, ensure_ascii=False)}"}, or write '
                    f'"{declared["none"]}" alone') for number, row in itertools.islice(wrong, MANY)]


def _ends_with(heading, text):
    """Whether the heading stands in the text, and nothing but comments, with a word in them, below it."""
    _, found, below = text.rpartition(heading)
    are_comments = all(line.strip()[:1] in ('', '#') for line in below.splitlines()[1:])
    return bool(found and are_comments and re.search(r'\w', below))


# ---- what may be right, but looks odd --------------------------------------------------------------------------------

def load_expected(path):
    """What the handout holds to compare with: the given code of the scripts, and a few accuracies of each run.

    An empty dict where there is no such file, as in the master copy. Raises ValueError where it is not what was handed
    out.
    """
    try:
        expected = json.loads(path.read_text(encoding='utf-8'))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError):
        expected = None
    if not isinstance(expected, dict) or {*expected} != {'markers', 'given', 'accuracies'}:
        raise ValueError(f'{path}: is not as it was handed out: put it back')
    return expected


def doubts(source, course, expected):
    """Notes on given code that is not as it was given, and on results that are not as expected or there twice."""
    notes, records = [], {}
    for name, given in expected.get('given', {}).items():
        with contextlib.suppress(KeyError, Unreadable):  # check has told it, here and below
            notes += compare_with_given(name, source.text(name).splitlines(), given, expected['markers'])
    for question, name in course['results'].items():
        with contextlib.suppress(KeyError, ValueError):
            records[question] = read_result(source.text(name))
    for question, record in records.items():
        name = course['results'][question]
        twins = [other for other in records if other != question and records[other] == record]
        if twins:
            others = ', '.join(course['results'][other] for other in twins)
            notes.append(problem('identical', name, f'has the same numbers as {others}: run {question}.sh again'))
        off = [f'"{key}" at epoch {epoch} is {record[key][epoch - 1]}, not {wanted}'
               for key, ends in expected.get('accuracies', {}).get(question, {}).items()
               for epoch, wanted in zip((1, len(record[key])), ends)
               if abs(record[key][epoch - 1] - wanted) > TOLERANCE + 1e-9]  # what decimals lose
        if off:
            notes.append(problem('unexpected', name, f'differs from what is expected, {"; ".join(off)}: '
                                 f'run {question}.sh again or expect a question'))
    return notes


def compare_with_given(name, lines, given, markers):
    """Notes on marker lines of a script that are gone, or on its given code; lines, given: those of its texts."""
    there, wanted = find_markers(lines, markers), find_markers(given, markers)
    gone = [f'{marker} of {part}' for marker, part in wanted if (marker, part) not in there]
    if there != wanted:  # then nobody knows what stands outside of the blocks
        others = f' and {len(gone) - 2} more' if len(gone) > 2 else ''
        told = 'marker lines are not where they were'
        if gone:
            told = f'{", ".join(gone[:2])}{others} {"are" if len(gone) > 1 else "is"} gone'
        return [problem('markers', name, f'{told}: put the marker lines back around what you wrote')]
    there, wanted = [*outside_blocks(lines, markers)], [*outside_blocks(given, markers)]
    notes = []
    changes = difflib.SequenceMatcher(None, [line for _, line in wanted], [line for _, line in there], autojunk=False)
    for kind, begin, end, there_begin, _ in changes.get_opcodes():
        number = there[min(there_begin, len(there) - 1)][0]
        lost = [line.strip() for _, line in wanted[begin:end]]
        was = ' ... '.join(lost[:1] + lost[1:][-1:])
        told = {'replace': f'given code is changed, it was: {was}', 'delete': f'given code is gone here: {was}',
                'insert': 'code in addition to what was given, write between the marker lines only'}
        if kind != 'equal':
            notes.append(problem('given', name, f'line {number}: {told[kind]}'))
    return notes[:MANY // 4]


def find_markers(lines, markers):
    """Each marker line with the part that it stands in, such as 'relu.forward': pairs, in order."""
    found, names, depth = [], {}, 1000
    for line in lines:
        text, indent = line.strip(), len(line) - len(line.lstrip())
        definition, todo = re.match(r'(class|def) (\w+)', text), re.match(r'# (TODO \(\d+\))', text)
        if definition and indent < depth:  # deeper is one within a block
            names[definition[1]] = definition[2]
        if todo:
            names = {'todo': todo[1]}
        if text in markers:
            depth = indent if text == markers[0] else 1000
            found.append((text, '.'.join(names.values())))
    return found


def outside_blocks(lines, markers):
    """(number, text) of the lines outside of the blocks, without empty ones and comments."""
    is_inside = False
    for number, line in enumerate(lines, start=1):
        if line.strip() in markers:
            is_inside = line.strip() == markers[0]
        code = re.sub(r'(^|\s+)#.*', '', line).rstrip()
        if code and not is_inside:
            yield number, code


def stale_results(source, course, folder):
    """Notes on the scripts in a folder that are newer than results which they make."""
    def changed(name):
        return (folder / source.files[name][0]).stat().st_mtime

    notes = []
    for script in [name for name in course['scripts'] if name in source.files]:
        older = [question for question, name in course['results'].items() if name in source.files
                 and script in ('dnn_misc.py', RUNS[question][0]) and changed(name) < changed(script)]
        if older:
            notes.append(problem('stale', script, f'{", ".join(older)} ran before the last change of {script}: run '
                                 'again, or if only comments changed, let --verify tell whether the results still fit'))
    return notes


def find_python(folder, scratch):
    """The Python that the q-scripts in a folder choose: that of .venv, if it has numpy. Raises ValueError for none."""
    for path in (folder / '.venv/bin/python', folder / '.venv/Scripts/python.exe', sys.executable):
        with contextlib.suppress(OSError):
            command = [path, '-c', 'import numpy, sys; sys.exit(sys.version_info < (3, 9))']
            if subprocess.run(command, cwd=scratch, stdin=subprocess.DEVNULL, capture_output=True).returncode == 0:
                return path
    raise ValueError(f'--verify needs numpy: run "{sys.executable}" -m pip install numpy')


def verify(source, course, folder, question):
    """Repeat the first epoch of a question in a temporary folder: a Problem, or None where it fits its result file.

    source holds both scripts and the result, without problems; in folder lie the files that were given. The runs are
    deterministic: where the accuracies differ, the result does not come from these scripts.
    """
    name, command = course['results'][question], run_command(course, question)
    with tempfile.TemporaryDirectory() as scratch:
        python = find_python(folder, scratch)
        try:
            for given in {*GIVEN, command[0]} - {*course['scripts']}:
                shutil.copyfile(folder / given, Path(scratch, given))
            for script in course['scripts']:
                Path(scratch, script).write_bytes(source.read(script))
            run = subprocess.run([python, *command, '--num_epoch', '1'], cwd=scratch, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=VERIFY_SECONDS)
            if run.returncode != 0:
                raise ValueError(([''] + run.stderr.decode(errors='replace').splitlines())[-1])
            again = read_result(Path(scratch, name).read_text(encoding='utf-8'), num_epochs=1)
        except OSError as error:
            return problem('verify', name, f'{question} cannot be repeated, {error.strerror}: {error.filename}')
        except subprocess.TimeoutExpired:
            return problem('verify', name, f'{question} takes more than {VERIFY_SECONDS} s for its first epoch')
        except ValueError as error:
            return problem('verify', name, f'{question} fails when it is repeated: {error}')
    there = {key: values[:1] for key, values in read_result(source.text(name)).items()}
    if again == there:
        return None
    return problem('verify', name, f'your code gives {json.dumps(again)} at epoch 1, the file has {json.dumps(there)}: '
                   f'run {question}.sh again')


# ---- packing ---------------------------------------------------------------------------------------------------------

def pack(source):
    """The zip of all that can be read of a Source, as bytes; the same files give the same bytes."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, 'w') as archive:
        for name in sorted(source.files):
            info = zipfile.ZipInfo(name)  # dated 1980
            info.create_system, info.external_attr, info.compress_type = 3, 0o100644 << 16, zipfile.ZIP_DEFLATED
            with contextlib.suppress(Unreadable):  # check has told it
                archive.writestr(info, source.read(name))
    return content.getvalue()


def submit(options):
    """Check and pack as the options say; returns the exit status. Raises ValueError and OSError for unusable ones."""
    defaults = [FOLDER / 'course.json', FOLDER / 'instructor/courses/osu.json']
    course = load_course(options.course or next((path for path in defaults if path.exists()), defaults[0]))
    folder = options.folder.resolve()
    target = folder / zip_name(course, options.student)
    before = state_of(target)
    try:
        return check_and_pack(options, course, folder, target)
    except KeyboardInterrupt:
        if state_of(target) != before:
            raise KeyboardInterrupt(f'stopped when {target.name} was written already') from None
        older = f' ({target.name} is an older one)' if before else ''
        raise KeyboardInterrupt(f'stopped, no zip written{older}') from None


def state_of(path):
    """What changes when a file is replaced; None where there is none."""
    try:
        return path.stat().st_ino, path.stat().st_mtime_ns
    except OSError:
        return None


def check_and_pack(options, course, folder, target):
    """As submit, which has read the options."""
    source = FolderSource(folder, course)
    problems, notes = check(source, course), source.notes
    notes += doubts(source, course, load_expected(FOLDER / 'expected.json'))
    faulty = {found.file for found in problems if found.kind != 'collaboration'}
    if not options.verify:
        notes += stale_results(source, course, folder)
    elif faulty & {*course['scripts']}:
        print('Not verified: the scripts have to be mended first.')
    else:
        for question, name in course['results'].items():
            if name not in faulty:
                found = verify(source, course, folder, question)
                problems += [found] if found else []
                print(f'{question}: the first epoch is {"not that of" if found else "as in"} {name}', flush=True)

    for note in notes:
        if note.kind != 'other':
            print(f'warning: {note.file}: {note.text}', file=sys.stderr)
    for found in problems:
        print(f'{found.file}: {found.text}', file=sys.stderr)
    if not source.files or problems and not options.incomplete:
        older = f' ({target.name} is an older one)' if target.exists() else ''
        otherwise = ', or pack what there is with --incomplete' if source.files else ''
        print(f'No zip written{older}: mend all this{otherwise}.', file=sys.stderr)
        return 1
    content = pack(source)
    temporary = folder / f'.{target.name}.{os.getpid()}'
    try:
        temporary.write_bytes(content)
        os.replace(temporary, target)
    except OSError as error:
        advice = 'move the folder of that name away' if target.is_dir() else 'copy your files to where you may write'
        raise ValueError(f'{target}: cannot be written ({error.strerror}): {advice}') from None
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()
    for info in zipfile.ZipFile(io.BytesIO(content)).infolist():
        print(f'{info.file_size:10,} bytes  {info.filename}')
    print(f'{len(content):10,} bytes  {target}\nSHA-256 {hashlib.sha256(content).hexdigest()}: your receipt, keep it')
    print(f'{"INCOMPLETE, see above. " if problems else ""}Upload it to {course["upload"]}.')
    return 0


def main(arguments=None):
    """Run the script; returns the exit status: 1 where there are problems and no zip was written."""
    parser = argparse.ArgumentParser(prog='make_submission.py', description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.error = lambda message: parser.exit(2, f'{parser.prog}: {message}\n')  # one line, without the usage text
    parser.add_argument('student', nargs='*', metavar='NAME', help='you, as the assignment asks for it')
    parser.add_argument('--verify', action='store_true', help='repeat the first epochs and compare; takes a minute')
    parser.add_argument('--incomplete', action='store_true', help='write the zip in spite of problems')
    parser.add_argument('--folder', type=Path, default=FOLDER, help='where your files are [beside this script]')
    parser.add_argument('--course', type=Path, help='course file [course.json beside this script]')
    warnings.simplefilter('ignore')  # what Python has to say about the style of a script
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors='backslashreplace')
    try:
        return submit(parser.parse_intermixed_args(arguments))
    except OSError as error:
        parser.error(f'{error.filename}: {error.strerror}')
    except ValueError as error:
        parser.error(str(error))
    except KeyboardInterrupt as stop:
        parser.exit(130, f'{parser.prog}: {str(stop) or "stopped, no zip written"}\n')


if __name__ == '__main__':
    sys.exit(main())
