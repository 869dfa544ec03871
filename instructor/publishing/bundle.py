"""The autograder that Gradescope runs for a course: a zip with what judging needs, and two scripts at its top.

    setup.sh, requirements.txt, check_packages.py   make the container's Python
    run_autograder                                  judges a submission
    project/                                        the grader, the course, and its assignment with cases and references
"""
import ast
import io
import json
import zipfile
from pathlib import Path

from instructor.assignment import ROOT
from instructor.course import load_course

TEMPLATES = Path(__file__).with_name('autograder')
COPIED = ('setup.sh', 'check_packages.py')
SCRIPTS = ('setup.sh', 'run_autograder')
PROJECT = 'project'
GRADER = 'instructor'
SUFFIXES = ('.py', '.json', '.js', '.html')
KNOWN = ('.py', '.json', '.npz', '.csv', '.txt')  # of what the judges of an assignment know; not of answers on paper


class BundleError(ValueError):
    """The bundle cannot be made; the text is one line."""


def bundle(path):
    """The files of the bundle of the course in this file: name -> bytes. Raises DescriptionError and BundleError."""
    course, values = load_course(path), json.loads(Path(path).read_text(encoding='utf-8-sig'))
    assignment = course.assignment
    folder = assignment.folder.resolve()
    inner = folder.relative_to(ROOT) if folder.is_relative_to(ROOT) else Path('assignments', folder.name)
    description = Path(values['assignment']).name
    values['assignment'] = (inner / description).as_posix()

    files = _grader()
    for name in {description, *assignment.scripts, *assignment.given, *assignment.data, assignment.text,
                 assignment.readme}:
        files[(inner / name).as_posix()] = _read(folder / name)
    files.update((name, _read(ROOT / name)) for name in assignment.shared)
    for file in _known(assignment):
        files[(inner / file.resolve().relative_to(folder)).as_posix()] = _read(file)
    files[f'{GRADER}/courses/{course.name}.json'] = (json.dumps(values, indent=2) + '\n').encode()
    _add_imported(files)
    script = (TEMPLATES / 'run_autograder').read_text(encoding='utf-8')
    for name, value in (('course', course.name), ('seconds', round(60 * course.gradescope.minutes))):
        script = script.replace(f'{{{{{name}}}}}', str(value))
    pinned = (TEMPLATES / 'requirements.txt').read_text(encoding='utf-8') + ''.join(
        f'{package}\n' for package in assignment.packages)
    return {'run_autograder': script.encode(), 'requirements.txt': pinned.encode(),
            **{name: _read(TEMPLATES / name) for name in COPIED},
            **{f'{PROJECT}/{name}': content for name, content in sorted(files.items())}}


def zipped(files):
    """The bundle as a zip, as bytes; the same files give the same bytes."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, 'w') as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name)  # dated 1980, the earliest that a zip can hold
            info.create_system, info.compress_type = 3, zipfile.ZIP_DEFLATED  # 3: Unix; its permissions follow
            info.external_attr = (0o100755 if name in SCRIPTS else 0o100644) << 16
            archive.writestr(info, data)
    return content.getvalue()


def _grader():
    """The teacher's side without courses and what only some assignments know: the commands and the packages."""
    folder = ROOT / GRADER
    rooms = [folder, folder / 'schemas', *(init.parent for init in folder.rglob('__init__.py'))]
    return {path.relative_to(ROOT).as_posix(): path.read_bytes() for room in rooms for path in room.iterdir()
            if path.is_file() and path.suffix in SUFFIXES}


def _known(assignment):
    """The files that only the judges of an assignment know."""
    folders = [folder for folder in assignment.teachers_folders if folder.resolve() != assignment.folder.resolve()]
    found = {file for folder in folders for file in folder.rglob('*')
             if file.is_file() and file.suffix in KNOWN and '__pycache__' not in file.parts}
    single = [file for file in (*assignment.teachers_files, assignment.trial_data) if file]
    return found | {*single}


def _add_imported(files):
    """Add the modules at the top of the project that others in files (name -> bytes) import."""
    todo = [name for name in files if name.endswith('.py')]
    while todo:
        name = todo.pop()
        for imported in _imported(files[name]):
            module = f'{imported}.py'
            if module not in files and (ROOT / module).is_file():
                files[module] = _read(ROOT / module)
                todo.append(module)


def _imported(source):
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition('.')[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition('.')[0]


def _read(path):
    try:
        return path.read_bytes()
    except OSError as error:
        raise BundleError(f'{path}: cannot be read in the master copy ({error.strerror}): put it back') from None
