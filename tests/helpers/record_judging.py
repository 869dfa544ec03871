"""Judges result files as the grader does, on runs of a small data set."""
import contextlib
import json
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from instructor.course import load_course
from instructor.judges import reading, records
from instructor.judges.context import Context
from instructor.judges.training_runs import draw_secret
from submission import read_result
from tests.helpers import runners, small_data

COURSE = load_course(runners.ROOT / 'instructor' / 'courses' / 'tamu.json')
COMMANDS = {question: run.command for question, run in COURSE.assignment.runs.items()}
SHORT = {question: COURSE.assignment.results[question] for question in ('q33', 'q36', 'q310')}
MISC, CNN2 = runners.master('dnn_misc.py'), runners.master('dnn_cnn_2.py')
WIDE = CNN2.replace('num_output=25, filter_len=3', 'num_output=25, filter_len=5')
HALF = MISC.replace('return (np.exp(log_z) - is_label) / len(X)', 'return 0.5 * (np.exp(log_z) - is_label) / len(X)')
assert WIDE != CNN2 and HALF != MISC


@dataclass
class Runs:
    """The records of right and wrong code on the small data set."""

    data: object
    right: dict
    half: dict  # with half the gradient
    secret: dict  # number of epochs -> Secret

    @property
    def right_secret(self):
        """The first epochs with the assignment's own seed, by question."""
        return {question: {key: values[:1] for key, values in self.right[name].items()}
                for question, name in SHORT.items()}


@pytest.fixture(scope='module')
def runs(tmp_path_factory):
    def records(folder, misc):
        project = small_data.make_project(folder, small_data.make_data(num_train=20, num_valid=20))
        (project / 'dnn_misc.py').write_text(misc, encoding='utf-8')
        for question, name in SHORT.items():
            assert small_data.run(project / COMMANDS[question][0], *COMMANDS[question][1:], cwd=project).returncode == 0
            yield name, json.loads((project / name).read_text(encoding='utf-8'))

    folder = tmp_path_factory.mktemp('runs')
    right, half = dict(records(folder / 'right', MISC)), dict(records(folder / 'half', HALF))
    assert all(right[name] != half[name] for name in right)
    data = folder / 'right' / 'mnist_subset.json'
    with pytest.MonkeyPatch.context() as patch:  # of some seeds, so few images make wrong code look right
        patch.setattr('instructor.judges.training_runs.secrets.randbelow', lambda number: 20261124)
        secret = {num_epochs: draw_secret(runners.run_unconfined, COURSE.assignment, num_epochs, data, questions=SHORT)
                  for num_epochs in (1, 9, 30)}
    return Runs(data, right, half, secret)


def only(*questions):
    """The course with some of its questions that train a network."""
    kept = tuple(question for question in COURSE.assignment.questions if not question.run or question.name in questions)
    return replace(COURSE, assignment=replace(COURSE.assignment, questions=kept))


def judge_records(files, course, runner, others=(), references=None, rerun_epochs=1, **options):
    """The Verdicts of all runs of a course, and those on functions in doubt; references: name -> record."""
    with tempfile.TemporaryDirectory() as folder:
        if references is not None:
            for name, record in references.items():
                Path(folder, name).write_text(json.dumps(record), encoding='utf-8')
            course = replace(course, assignment=replace(course.assignment, references=Path(folder)))
        verdicts = {verdict.item: verdict for verdict in others}
        context = Context(course, runner, read(files), verdicts, epochs=rerun_epochs, **options)
        submission = runners.Submission(files)
        verdicts = [verdict for question in course.assignment.questions if question.run
                    for verdict in records.judge(question, submission, context)]
        return verdicts + records.finish(submission, context)


def judged(runs, records, *arguments, **options):
    """question -> Verdict, see all_judged."""
    verdicts = all_judged(runs, records, *arguments, **options)
    return {question: verdicts[question] for question in SHORT}


def all_judged(runs, records, runner=runners.run_unconfined, misc=MISC, cnn2=CNN2, **options):
    """question or function -> Verdict; records: name -> record or bytes."""
    files = {name: record if isinstance(record, bytes) else json.dumps(record).encode()
             for name, record in records.items()}
    files.update({name: text if isinstance(text, bytes) else text.encode()
                  for name, text in (('dnn_misc.py', misc), ('dnn_cnn_2.py', cnn2)) if text})
    course = only(*SHORT)
    options = {'secret': runs.secret.get(options.get('rerun_epochs', 1)), **options}
    verdicts = judge_records(files, course, runner, references=runs.right, data=runs.data, **options)
    assert [verdict.item for verdict in verdicts][:len(SHORT)] == list(SHORT)
    return {verdict.item: verdict for verdict in verdicts}


def read(files):
    """What the reading child tells of result files."""
    found = reading.Reading()
    for name, content in files.items():
        try:
            text = content.decode('utf-8-sig')
            found.texts.add(name)
            found.records[name] = read_result(text, 30)
        except UnicodeDecodeError:
            found.problems[name] = 'is no text'
        except ValueError as error:
            found.problems[name] = str(error)
    return found


@contextlib.contextmanager
def given_code_changed(script):
    """Meanwhile the reading child says that more than the blanks of this script is the student's."""
    def read_as_changed(files, read=read):
        found = read(files)
        found.changed.add(script)
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(globals(), 'read', read_as_changed)
        yield


def shares_and_kinds(verdicts):
    return [(verdict.share, verdict.kind) for verdict in verdicts.values()]


def never(*arguments, **options):
    raise AssertionError('no run is needed here')


def changed(record, epoch, by, key='val'):
    """The record with one accuracy moved."""
    values = list(record[key])
    values[epoch - 1] += by if values[epoch - 1] + by <= 1 else -by
    return {**record, key: values}
