"""What a course makes of an assignment: instructor/courses/*.json, each read once.

No other module knows the form of these files. The schema says what may stand in them, see descriptions.py; what several
keys have to do with each other is checked here. A mistake is one line that names the file and the key.
"""
import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Optional

from instructor.assignment import ROOT, Assignment, exact, load_assignment
from instructor.descriptions import DescriptionError, check_known, demand, quoted, read, same_keys
from submission import fill_in, zip_name_of

COURSES = ROOT / 'instructor' / 'courses'


@dataclass(frozen=True)
class Collaboration:
    """How students say with whom they have worked.

    kind: 'file', 'comments' or 'nowhere' among what is handed in. file, row: the file's name and what a row looks like;
    heading: the comment below which names stand; none: what to write instead of names; text: the rule, for the
    assignment's text.
    """

    kind: str
    text: str
    none: str = ''
    file: str = ''
    row: str = ''
    heading: str = ''


@dataclass(frozen=True)
class Printing:
    """What it costs if functions print, which no assignment asks for.

    lost: a share of the points; of: 'item' for those of the item that prints, 'all' for those of all items that are
    functions.
    """

    lost: Fraction = Fraction(0)
    of: str = 'item'


@dataclass(frozen=True)
class Late:
    """What it costs to hand in late; results/late.py computes it.

    points_per_day: for each day, and for each part of one. grace_hours: how late a submission may be at no cost; days
    count from their end. no_credit_after_days: so many days after that, nothing is left; None if something always is.
    """

    points_per_day: Fraction
    grace_hours: Fraction = Fraction(0)
    no_credit_after_days: Optional[Fraction] = None


@dataclass(frozen=True)
class Gradescope:
    """How the course grades on Gradescope.

    hidden: the items whose results students do not see at once; shown: when they see them, a word of Gradescope's.
    minutes: what Gradescope gives a submission, which can be chosen there.
    """

    hidden: tuple = ()
    shown: str = 'after_published'
    minutes: float = 10


@dataclass(frozen=True)
class Course:
    """A course that gives the assignment, as its students and teachers name things.

    points: item -> Fraction. late: None if it costs nothing to hand in late.
    """

    assignment: Assignment
    name: str
    title: str
    term: str
    assignment_title: str
    due: str
    files: dict
    points: dict
    student: tuple
    example: tuple
    zip: str
    collaboration: Collaboration
    upload: str
    printing: Printing = Printing()
    late: Optional[Late] = None
    gradescope: Gradescope = Gradescope()

    @property
    def total(self):
        """The points of a perfect submission."""
        return sum(self.points.values(), Fraction(0))


# ---- reading ---------------------------------------------------------------------------------------------------------

def find_course(name):
    """The file of a course that is named on a command line: one of ours, or any that ends in .json."""
    names = sorted(path.stem for path in COURSES.glob('*.json'))
    if name in names:
        return COURSES / f'{name}.json'
    if not name.endswith('.json'):
        raise DescriptionError(f'--course {name}: no such course; take {", ".join(names)} or a file that ends in .json')
    return Path(name)


def load_course(path):
    """The Course that a file describes. Raises DescriptionError."""
    path = Path(path)
    values = read(path, 'course')
    demand(path.stem == values['name'], path, 'name', f'must be "{path.stem}", as the file is called')
    described = [folder / values['assignment'] for folder in (path.resolve().parent, ROOT)]
    described = [place for place in described if place.is_file()]
    demand(described, path, 'assignment', f'must be a file in {ROOT}, or beside this one, such as "assignment.json"')
    assignment = load_assignment(described[0])
    for file in assignment.teachers_files:
        demand(file.is_file(), described[0], 'questions', f'must name files that are there, not {file.name}')
    same_keys(path, 'points', values['points'], assignment.items)
    _check_files(path, values['files'], assignment)
    _check_names(path, values)
    return Course(**{
        **values, 'assignment': assignment, 'collaboration': _collaboration(path, values['collaboration']),
        'points': {item: exact(values['points'][item]) for item in assignment.items},
        'printing': Printing(**{**values['printing'], 'lost': exact(values['printing']['lost'])})
        if 'printing' in values else Printing(),
        'late': Late(**{key: exact(number) for key, number in values['late'].items()}) if 'late' in values else None,
        'gradescope': _gradescope(path, values.get('gradescope', {}), assignment),
        'student': tuple(values['student']), 'example': tuple(values['example'])})


def _check_files(path, files, assignment):
    for old, new in files.items():
        twins = [other for other in files if files[other] == new and other != old]
        demand(not twins, path, 'files', f'gives {old} and {"".join(twins[:1])} one name, {new}: give each its own')
    fixed = {*assignment.scripts, *assignment.run_files, *(run.script for run in assignment.runs.values()),
             *_imported(assignment)}
    named = sorted(fixed & {*files, *files.values()})
    demand(not named, path, 'files', f'must not hold {quoted(named)}: other files name these')


def _imported(assignment):
    """The names of the given modules that other given files import, by the names that they have here."""
    paths = [assignment.path_of(name) for name in (*assignment.given, *assignment.shared) if name.endswith('.py')]
    lines = [re.findall(r'(?m)^\s*(?:from|import) (\w+)', path.read_text(encoding='utf-8'))
             for path in paths if path.is_file()]
    return {f'{module}.py' for modules in lines for module in modules} & {*assignment.given, *assignment.shared}


def _check_names(path, values):
    labels, name = values['student'], values['zip']
    demand(all(name.count(f'{{{label}}}') == 1 for label in labels), path, 'zip',
            f'must hold {" and ".join(f"{{{label}}}" for label in labels)}, each once')
    demand(re.fullmatch(r'\w[\w.-]*\.zip', fill_in(name, labels, labels)) is not None, path, 'zip',
            'must be a file name that ends in .zip')
    example = values['example']
    demand([value.casefold() for value in example] != [label.casefold() for label in labels], path, 'example',
            f'must be what a made-up student types in place of {" and ".join(labels)}')
    try:
        zip_name_of(name, labels, example)
    except ValueError as error:
        demand(False, path, 'example', f'must be what a made-up student types: {error}')


def _gradescope(path, values, assignment):
    check_known(path, 'gradescope.hidden', values.get('hidden', ()), assignment.items, 'items')
    return Gradescope(**{**values, 'hidden': tuple(values.get('hidden', ()))})


def _collaboration(path, values):
    keys = {'file': ['file', 'row', 'none'], 'comments': ['heading', 'none'], 'nowhere': []}[values['kind']]
    same_keys(path, 'collaboration', values, ['kind', *keys, 'text'])
    text = fill_in(values['text'], keys, [values[key] for key in keys])
    demand(all(values[key] in text for key in keys), path, 'collaboration.text',
            f'must be a text for students that says {" and ".join(f"{{{key}}}" for key in keys)}')
    return Collaboration(**{**values, 'text': text})
