"""What the students of a course get: the master copy without its solutions, with the course's file names."""
import json
import re
import warnings
from dataclasses import asdict
from pathlib import PurePosixPath

from instructor.course import Course
from instructor.publishing.blanks import BEGIN, END, BlankError, empty, find_solution, read_blanks
from instructor.publishing.hand_in import task_of
from instructor.publishing.page import PageError, make_page, visible_text
from instructor.publishing.placeholders import PlaceholderError, fill_in, placeholders
from submission import read_result


class BuildError(ValueError):
    """The handout cannot be made; the text is one line."""


FAULTS = (BuildError, BlankError, PageError, PlaceholderError)


def build(course: Course) -> dict:
    """The files of a course's handout: {name, with / for folders: content, as bytes}.

    Raises one of FAULTS if no handout can be made of the master copy.
    """
    assignment = course.assignment
    page = str(PurePosixPath(assignment.text).with_suffix('.html'))
    copied = [*assignment.scripts, *assignment.given, *assignment.shared, assignment.text]
    masters = {name: read_text(assignment, name) for name in copied}
    masters['README.md'] = read_text(assignment, assignment.readme)
    for name in re.findall(r'\bfigures/[\w-]+\.svg\b', masters[assignment.text]):
        masters[name] = read_text(assignment, name)
    scripts = [name for name in masters if name.endswith('.py')]
    blanks = [blank for name in scripts for blank in read_blanks(masters[name], name)]
    check_blanks(assignment, blanks)

    expected = expected_accuracies(assignment)
    texts = {name: empty(text, name) if name in scripts else text for name, text in masters.items()}
    for name, file in ((assignment.text, assignment.text), ('README.md', assignment.readme)):
        texts[name] = fill_in(texts[name], placeholders(course, expected), file)
    if course.collaboration.kind == 'comments':
        for name in assignment.scripts:
            texts[name] += f'\n\n{course.collaboration.heading}\n'
    # Some people keep handouts in git, and a shell script that is checked out with CRLF does not run.
    texts['.gitattributes'] = '*.sh text eol=lf\n'

    texts = rename({**texts, page: ''}, course.files, assignment.data)
    texts['course.json'] = json.dumps(asdict(task(course, texts, expected)), indent=1, ensure_ascii=False) + '\n'
    page, text = (course.files.get(name, name) for name in (page, assignment.text))
    texts[page] = make_page(texts[text], texts)
    for name, text in texts.items():
        check_text(name, text, {*texts, *assignment.data, *assignment.documents}, blanks)
    data = {name: read_bytes(assignment, name) for name in assignment.data}
    return {**{name: text.encode() for name, text in texts.items()}, **data}


def check_blanks(assignment, blanks):
    """Raise BuildError if something that students have to write is not marked as a blank."""
    wanted = {blank for item in assignment.items.values() for blank in item.blanks}
    unmarked = sorted(wanted - {blank.name for blank in blanks})
    if unmarked:
        raise BuildError(f'no blank for {", ".join(unmarked)}: mark the solution between {BEGIN} and {END}')


def expected_accuracies(assignment):
    """run -> {'train': [accuracy after the first epoch, after the last one], 'val': the same}, by the references."""
    expected = {}
    for name, run in assignment.runs.items():
        path = (assignment.references / run.result).relative_to(assignment.folder)
        try:
            record = read_result(read_text(assignment, path), assignment.epochs)
        except ValueError as error:
            raise BuildError(str(error) if isinstance(error, BuildError) else f'{path}: {error}') from None
        expected[name] = {key: [values[0], values[-1]] for key, values in record.items()}
    return expected


def task(course, texts, expected):
    """The Task for make_submission.py, with the blank scripts and the expected accuracies."""
    given = {name: texts[name].splitlines() for name in course.assignment.scripts}
    return task_of(course, [BEGIN, END], given, expected)


def read_bytes(assignment, name):
    try:
        return assignment.path_of(name).read_bytes()
    except OSError as error:
        raise BuildError(f'{name}: cannot be read in the master copy ({error.strerror}): put it back') from None


def read_text(assignment, name):
    try:
        return read_bytes(assignment, name).decode().replace('\r\n', '\n')
    except UnicodeDecodeError:
        raise BuildError(f'{name}: is not UTF-8 text: save it as UTF-8') from None


def rename(texts, files, data):
    """The texts under their new names, with every mention changed too, also those of a module without its .py."""
    for old, new in files.items():
        if old not in texts:
            raise BuildError(f'"files" in the course file: {old} is not among the files that are handed out')
        if PurePosixPath(old).suffix != PurePosixPath(new).suffix:
            raise BuildError(f'"files" in the course file: {new} must end as {old} does')
    new_names = {old.removesuffix('.py'): new.removesuffix('.py') for old, new in files.items()}
    # The name of a figure is not a mention: figures/dnn_mlp.svg keeps its name.
    mention = re.compile('|'.join([r'\bfigures/[\w-]+\.svg\b', *(
        rf'(?<!\w){re.escape(name)}(?!\w)' for name in sorted(new_names, key=len, reverse=True))]))

    def renamed(text):  # all at once, so that two files can also swap their names
        return mention.sub(lambda match: new_names.get(match.group(), match.group()), text)

    names, taken = {name: files.get(name, name) for name in texts}, {name: name for name in data}
    for old, new in names.items():
        other = taken.setdefault(new.casefold(), old)
        if other != old:
            raise BuildError(f'"files" in the course file: {other} and {old} get the same name, {new}')
    return {names[name]: renamed(text) for name, text in texts.items()}


def check_text(name, text, names, blanks):
    """Raise BuildError if a text of the handout does not compile, holds a solution, or has a broken link.

    names: what may be linked to: what is handed out, and the documents that students make.
    """
    if name.endswith('.py'):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter('ignore')
                compile(text, name, 'exec', dont_inherit=True)
        except SyntaxError as error:
            raise BuildError(f'{name}:{error.lineno}: does not compile in the handout: {error.msg}') from None
    found = find_solution(visible_text(text) if name.endswith('.html') else text, blanks)
    if found:
        raise BuildError(f'{name}:{found[0]}: the handout would show a line of the solution of {found[1]}: take it out')
    if name.endswith(('.md', '.html')):
        for link in re.findall(r'\]\(([^)\s#]+)|\b(?:src|href)="([^"#]+)', text):
            target = ''.join(link)
            folder = f'{target.rstrip("/")}/'
            if not re.match(r'\w+:', target) and target not in names and not any(
                    other.startswith(folder) for other in names):
                raise BuildError(f'{name}: links to {target}, which is not handed out')
