"""What an assignment is, and what a course makes of it: assignment.json and instructor/courses/*.json, read once.

No other module knows the form of these files. The schemas say what may stand in them, see descriptions.py; what several
keys have to do with each other is checked here. A mistake is one line that names the file and the key.
"""
import json
import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Optional

from instructor.descriptions import DescriptionError, check_known, demand, quoted, read, same_keys
from submission import fill_in, zip_name_of

ROOT = Path(__file__).resolve().parents[1]
COURSES = ROOT / 'instructor' / 'courses'


@dataclass(frozen=True)
class Item:
    """What gets a verdict and points of its own.

    title: what it is called in a sentence, 'relu.forward' or 'Q3.9'; label: with its question and file; short: a label
    that fits over a column. parts: its parts -> what each weighs; empty where it has none. needs: the items of the same
    question that it builds on.
    """

    name: str
    title: str
    label: str
    short: str
    parts: dict
    needs: tuple = ()


@dataclass(frozen=True)
class Run:
    """A training run: the command (a script and its options) that writes a result file.

    script: the shell script that starts it. uses: which of the submitted scripts. network: what is trained, in words.
    dimensions: of what its modules are given. unaffected_by: items with which, right or wrong, it gives the same.
    known_records: names of records that known mistakes give.
    """

    network: str
    command: tuple
    script: str
    result: str
    uses: tuple
    dimensions: tuple
    unaffected_by: tuple = ()
    known_records: tuple = ()


@dataclass(frozen=True)
class Question:
    """A question of the text. judge: the name of the one that judges its items; needs: the items that it builds on.

    What judges need besides, all paths as in the assignment's folder: scripts, those that students write; beside, the
    files that these import; cases, exercises and network, see the judges; run, for records.
    """

    name: str
    title: str
    judge: str
    items: tuple
    needs: tuple = ()
    scripts: tuple = ()
    beside: tuple = ()
    cases: str = ''
    exercises: str = ''
    network: str = ''
    run: Optional[Run] = None


@dataclass(frozen=True)
class Claim:
    """What the text says should be seen in the accuracies of a run, so that it can be looked for.

    text: in words. At an epoch, counted from 1, the accuracies of the question's run in `lists` ('train', 'val') lie
    above or below (relation) those of all the questions in `than`, or where there are none, the number `bound`; `by`
    more than this much.
    """

    text: str
    question: str
    relation: str
    lists: tuple
    epoch: int
    than: tuple = ()
    bound: float = 0.0
    by: float = 0.0


@dataclass(frozen=True)
class Assignment:
    """An assignment. folder: where its files lie; scripts: name -> {'imports': [...], 'defines': [...]}."""

    folder: Path
    name: str
    title: str
    text: str
    readme: str
    given: tuple
    data: tuple
    scripts: dict
    run_files: tuple
    epochs: int
    trial_data: Path
    references: Path
    known_records: Path
    changed_in_place: Fraction
    questions: tuple
    claims: tuple = ()

    @cached_property
    def items(self):
        """name -> Item, in the order of the text."""
        return {item.name: item for question in self.questions for item in question.items}

    @cached_property
    def runs(self):
        """name of a question -> its Run."""
        return {question.name: question.run for question in self.questions if question.run}

    @cached_property
    def results(self):
        """name of a question -> its result file."""
        return {name: run.result for name, run in self.runs.items()}

    @cached_property
    def functions(self):
        """The names of the items that are functions."""
        return tuple(item.name for question in self.questions if question.judge == 'functions'
                     for item in question.items)

    @cached_property
    def teachers_folders(self):
        """The folders with what only the judges know: cases, references and the like."""
        files = [file for question in self.questions for file in (question.cases, question.exercises, question.network)]
        folders = {(self.folder / file).parent for file in files if file} | {self.references, self.known_records}
        return tuple(sorted(folders))

    def question_of(self, item):
        """The Question that an item, by its name, belongs to."""
        return next(question for question in self.questions if any(one.name == item for one in question.items))


@dataclass(frozen=True)
class Collaboration:
    """How students say with whom they have worked.

    kind: 'file' or 'comments'. file, row: the file's name and what a row looks like; heading: the comment below which
    names stand; none: what to write instead of names; text: the rule, for the assignment's text.
    """

    kind: str
    none: str
    text: str
    file: str = ''
    row: str = ''
    heading: str = ''


@dataclass(frozen=True)
class Course:
    """A course that gives the assignment, as its students and teachers name things. points: item -> Fraction."""

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

    @property
    def total(self):
        """The points of a perfect submission."""
        return sum(self.points.values(), Fraction(0))


def exact(number):
    """A number of a JSON file as a Fraction: 2.1 is 21/10, whatever the nearest binary number is."""
    return Fraction(str(number))


# ---- reading ---------------------------------------------------------------------------------------------------------

def load_assignment(path):
    """The Assignment that a file describes. Raises DescriptionError."""
    path = Path(path)
    values = read(path, 'assignment')
    assignment = build_assignment(path, values)
    _check_questions(path, assignment.questions, [*values['given'], *values['scripts']], values['scripts'])
    _check_claims(path, assignment)
    return assignment


def build_assignment(path, values=None):
    """The Assignment of a file whose content is known to be right, such as our own: this needs no other packages.

    values: the content; where it is None, it is read.
    """
    values = values or json.loads(path.read_text(encoding='utf-8'))
    return Assignment(path.parent, **{
        **values, 'questions': tuple(_question(question) for question in values['questions']),
        'claims': tuple(Claim(**_with_tuples(claim)) for claim in values.get('claims', [])),
        'changed_in_place': exact(values['changed_in_place']),
        **{key: path.parent / values[key] for key in ('trial_data', 'references', 'known_records')},
        **{key: tuple(values[key]) for key in ('given', 'data', 'run_files')}})


def _check_questions(path, questions, handed_out, scripts):
    items = [item.name for question in questions for item in question.items]
    runs = [question.run for question in questions if question.run]
    for what, names in (('items of one name', items), ('questions of one name', [one.name for one in questions]),
                        ('runs that write one result file', [run.result for run in runs])):
        twins = [name for name in names if names.count(name) > 1]
        demand(not twins, path, 'questions', f'must not have two {what}, {quoted(twins[:1])}')
    for number, question in enumerate(questions):
        key = f'questions.{number}'
        check_known(path, f'{key}.needs', question.needs, items, 'items')
        check_known(path, f'{key}.scripts', question.scripts, scripts, 'scripts')
        for file in filter(None, (question.cases, question.exercises, question.network)):
            demand((path.parent / file).is_file(), path, key, f'must name files that are there, not "{file}"')
        for item in question.items:
            siblings = [one.name for one in question.items]
            check_known(path, f'{key}.items.{item.name}.needs', item.needs, siblings, 'items')
            demand(not item.parts or sum(item.parts.values()) > 0, path, f'{key}.items.{item.name}.parts',
                    'must be more than 0 in all')
        if question.run:
            check_known(path, f'{key}.run.uses', question.run.uses, scripts, 'scripts')
            check_known(path, f'{key}.run.unaffected_by', question.run.unaffected_by, items, 'items')
            check_known(path, f'{key}.run.command', question.run.command[:1], handed_out, 'files that are handed out')
            check_known(path, f'{key}.run.script', [question.run.script], handed_out, 'files that are handed out')


def _check_claims(path, assignment):
    for number, claim in enumerate(assignment.claims):
        key = f'claims.{number}'
        check_known(path, f'{key}.question', [claim.question], assignment.runs, 'questions with a run')
        check_known(path, f'{key}.than', claim.than, assignment.runs, 'questions with a run')
        demand(claim.epoch <= assignment.epochs, path, f'{key}.epoch', f'must be at most {assignment.epochs}')


def _with_tuples(values):
    return {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}


def _question(values):
    run = values.get('run')
    if run:
        run = Run(**_with_tuples(run))
    items = tuple(_item(name, values, run, **more) for name, more in values['items'].items())
    lists = {key: tuple(values.get(key, ())) for key in ('needs', 'scripts', 'beside')}
    return Question(**{**values, **lists, 'items': items, 'run': run})


def _item(name, question, run, parts=None, needs=()):
    title = short = name if question['judge'] == 'functions' else question['title']
    about = name if question['judge'] == 'functions' else ', '.join(question.get('scripts', ()))
    if run:
        about, short = run.result, f'{title} {run.network.partition(",")[0]}'
    weights = {part: exact(weight) for part, weight in (parts or {}).items()}
    return Item(name, title, f'{question["title"]} {about}'.strip(), short, weights, tuple(needs))


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
    described = ROOT / values['assignment']
    demand(described.is_file(), path, 'assignment', f'must be a file in {ROOT}, such as "assignment.json"')
    assignment = load_assignment(described)
    same_keys(path, 'points', values['points'], assignment.items)
    _check_files(path, values['files'], assignment)
    _check_names(path, values)
    return Course(**{
        **values, 'assignment': assignment, 'collaboration': _collaboration(path, values['collaboration']),
        'points': {item: exact(values['points'][item]) for item in assignment.items},
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
    paths = [assignment.folder / name for name in assignment.given if name.endswith('.py')]
    lines = [re.findall(r'(?m)^\s*(?:from|import) (\w+)', path.read_text(encoding='utf-8'))
             for path in paths if path.is_file()]
    return {f'{module}.py' for modules in lines for module in modules} & {*assignment.given}


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


def _collaboration(path, values):
    told = ['file', 'row', 'none'] if values['kind'] == 'file' else ['heading', 'none']
    same_keys(path, 'collaboration', values, ['kind', *told, 'text'])
    text = fill_in(values['text'], told, [values[key] for key in told])
    demand(all(values[key] in text for key in told), path, 'collaboration.text',
            f'must be a text for students that says {" and ".join(f"{{{key}}}" for key in told)}')
    return Collaboration(**{**values, 'text': text})
