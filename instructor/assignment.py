"""What an assignment is: assignment.json, read once. What a course makes of it is in course.py.

No other module knows the form of this file. The schema says what may stand in it, see descriptions.py; what several
keys have to do with each other is checked in assignment_checks.py. A mistake is one line that names the file and the
key.
"""
import json
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Optional

from instructor.assignment_checks import check
from instructor.claims import Claim
from instructor.descriptions import read

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Item:
    """What gets a verdict and points of its own.

    title: what it is called in a sentence, 'relu.forward' or 'Q3.9'; label: with its question and file; short: a label
    that fits over a column. parts: its parts -> what each weighs; empty if it has none. needs: the items of the same
    question that it builds on. blanks: the blanks in the scripts that are its solution.
    """

    name: str
    title: str
    label: str
    short: str
    parts: dict
    needs: tuple = ()
    blanks: tuple = ()


@dataclass(frozen=True)
class Run:
    """A training run: the command (a script and its options) that writes a result file.

    script: the shell script that starts it. uses: which of the submitted scripts. network: what is trained, in words.
    dimensions: of what its modules are given. unaffected_by: items with which, right or wrong, it gives the same.
    """

    network: str
    command: tuple
    script: str
    result: str
    uses: tuple
    dimensions: tuple
    unaffected_by: tuple = ()


@dataclass(frozen=True)
class Question:
    """A question of the text. judge: the name of the one that judges its items; needs: the items that it builds on.

    What judges need besides, all paths as in the assignment's folder: scripts, those that students write; beside, the
    files that these import; packages, large ones that these import besides numpy; documents, those that a person has
    to read; cases, exercises and network, see the judges; run, for records. stand_ins: script -> a file with which the
    functions are tried again in its place if they are not right: what is wrong with one script must not cost the points
    of another. It reaches students' code, so it must hold no solution. A question that the teacher judges may have
    scripts and cases, too: its code is run, but not judged.
    """

    name: str
    title: str
    judge: str
    items: tuple
    needs: tuple = ()
    scripts: tuple = ()
    beside: tuple = ()
    packages: tuple = ()
    documents: tuple = ()
    stand_ins: dict = field(default_factory=dict)
    cases: str = ''
    exercises: str = ''
    network: str = ''
    run: Optional[Run] = None


@dataclass(frozen=True)
class ShortRuns:
    """How training runs are made short.

    load: the function of a given file with which every run reads its data, 'data_loader.data_loader_mnist'; it returns
    arrays whose first axis counts examples. share: of the examples, what a short run trains on.
    """

    load: str
    share: float


@dataclass(frozen=True)
class Assignment:
    """An assignment.

    folder: where its files lie, all paths are from there; shared: given files that lie in the project's own folder.
    scripts: name, perhaps with folders -> {'imports': [...], 'defines': [...]}. packed: given files that are handed in
    beside them. packages: those besides the grader's that students' scripts may import, with their versions, to be
    installed where there is nothing but the grader. documents: what else is to be handed in, such as a report and its
    figures: name -> what to do if it is missing. changed_in_place: the share of an item's points that
    it costs to change an argument; mistakes: the kinds of mistakes that this assignment knows -> texts for the teacher,
    see results/mistakes.py. For training runs: run_files, what every run needs besides scripts; epochs, of each
    run; trial_data, a data set of a few examples; short_runs, if runs can be made short, see judges/short_runs.py;
    references and known_records, the folders of right and wrong records; random_seed, the given file with the line
    RANDOM_SEED = ..., from which every run takes its seed.
    """

    folder: Path
    name: str
    title: str
    text: str
    readme: str
    given: tuple
    scripts: dict
    questions: tuple
    shared: tuple = ()
    data: tuple = ()
    packed: tuple = ()
    packages: tuple = ()
    documents: dict = field(default_factory=dict)
    changed_in_place: Fraction = Fraction(0)
    mistakes: dict = field(default_factory=dict)
    run_files: tuple = ()
    epochs: int = 0
    random_seed: str = ''
    trial_data: Optional[Path] = None
    short_runs: Optional[ShortRuns] = None
    references: Optional[Path] = None
    known_records: Optional[Path] = None
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
        folders = [*(path.parent for path in self.teachers_files), self.references, self.known_records]
        return tuple(sorted({folder for folder in folders if folder}))

    @cached_property
    def teachers_files(self):
        """The Paths of what the judges of its questions need."""
        files = [file for one in self.questions
                 for file in (one.cases, one.exercises, one.network, *one.stand_ins.values())]
        return [self.folder / file for file in files if file]

    def path_of(self, name):
        """Where one of its files lies."""
        return (ROOT if name in self.shared else self.folder) / name

    def question_of(self, item):
        """The Question that an item, by its name, belongs to."""
        return next(question for question in self.questions if any(one.name == item for one in question.items))


def exact(number):
    """A number of a JSON file as a Fraction: 2.1 is 21/10, whatever the nearest binary number is."""
    return Fraction(str(number))


# ---- reading ---------------------------------------------------------------------------------------------------------

def load_assignment(path):
    """The Assignment that a file describes. Raises DescriptionError."""
    path = Path(path)
    values = read(path, 'assignment')
    assignment = build_assignment(path, values)
    check(path, assignment)
    return assignment


def build_assignment(path, values=None):
    """The Assignment of a file whose content is known to be right, such as our own: this needs no other packages.

    values: the content; if it is None, it is read.
    """
    values = values or json.loads(path.read_text(encoding='utf-8'))
    return Assignment(path.parent, **{
        **values, 'questions': tuple(_question(question) for question in values['questions']),
        'claims': tuple(Claim(**_with_tuples(claim)) for claim in values.get('claims', [])),
        'changed_in_place': exact(values.get('changed_in_place', 0)),
        'short_runs': ShortRuns(**values['short_runs']) if 'short_runs' in values else None,
        **{key: path.parent / values[key] for key in ('trial_data', 'references', 'known_records') if key in values},
        **{key: tuple(values.get(key, ())) for key in ('given', 'shared', 'data', 'packed', 'packages', 'run_files')}})


def _with_tuples(values):
    return {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}


def _question(values):
    run = values.get('run')
    if run:
        run = Run(**_with_tuples(run))
    items = tuple(_item(name, values, run, **more) for name, more in values['items'].items())
    lists = {key: tuple(values.get(key, ())) for key in ('needs', 'scripts', 'beside', 'packages', 'documents')}
    return Question(**{**values, **lists, 'items': items, 'run': run})


def _item(name, question, run, title='', parts=None, needs=(), blanks=()):
    is_function = question['judge'] == 'functions'
    own = title or (name if is_function else '')
    title = short = own or question['title']
    about = own or ', '.join(question.get('scripts', ()))
    if run:
        about, short = run.result, f'{title} {run.network.partition(",")[0]}'
    weights = {part: exact(weight) for part, weight in (parts or {}).items()}
    blanks = blanks or ([name] if is_function else weights if question['judge'] == 'wiring' else [])
    return Item(name, title, f'{question["title"]} {about}'.strip(), short, weights, tuple(needs), tuple(blanks))
