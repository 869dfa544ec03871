"""Gradescope's autograder: the bundle unpacked into a tree like that of the container, set up, and run."""
import importlib.metadata
import json
import os
import re
import shlex
import subprocess
import sys
import zipfile
from fractions import Fraction
from functools import partial

import jsonschema
import pytest

from instructor import autograder, gradescope
from instructor.course import COURSES, Course, Gradescope, load_course
from instructor.descriptions import SCHEMAS, DescriptionError
from instructor.intake import gradescope as intake
from instructor.judges import judging, verdict
from instructor.judges.verdict import Verdict
from instructor.publishing import blanks, bundle
from instructor.results import gradescope as results
from instructor.results import gradesheet
from instructor.sandbox import api as sandbox
from tests.helpers import ROOT, courses, grading

if sys.platform != 'linux':
    pytest.skip('grading needs Linux', allow_module_level=True)

CMU = courses.course('cmu')
SOLVED = {name: (CMU.assignment.folder / name).read_text(encoding='utf-8') for name in CMU.assignment.scripts}
BLANK = {name: blanks.empty(text, name) for name, text in SOLVED.items()}
# At import it looks for the grader, tries to forge its results and to kill it, and leaves a process behind.
HOSTILE = '''
import os, signal, time
found = []
for path in [ROOT, ROOT + '/source', ROOT + '/results', ROOT + '/submission', ROOT + '/source/project/assignments']:
    try:
        found.append(os.listdir(path))
    except OSError:
        pass
try:
    with open(ROOT + '/results/results.json', 'w') as file:
        found.append(file.write('{"score": 1000, "tests": []}'))
except OSError:
    pass
if found:
    raise SystemError('reached ' + repr(found))
try:
    if os.fork() == 0:
        os.setsid()
        time.sleep(600)
finally:
    os.kill(os.getppid(), signal.SIGKILL)
'''


def validated(path):
    found = json.loads(path.read_text(encoding='utf-8'))
    jsonschema.validate(found, json.loads((SCHEMAS / 'results.json').read_text(encoding='utf-8')))
    return found


@pytest.fixture(scope='module')
def tree(tmp_path_factory):
    """A tree like /autograder, with CMU's bundle, in which setup.sh finds the packages of this Python."""
    grading.confined_isolation()
    root = tmp_path_factory.mktemp('container') / 'autograder'
    path = root.parent / 'autograder.zip'
    gradescope.main(['--course', 'cmu', '--output', str(path)])
    with zipfile.ZipFile(path) as archive:
        archive.extractall(root / 'source')
        assert {name for name in archive.namelist() if archive.getinfo(name).external_attr >> 16 == 0o100755} == {
            'setup.sh', 'run_autograder'}
    pinned = root / 'source/requirements.txt'
    names = {*re.findall('(?m)^[^=]+', pinned.read_text())}
    pinned.write_text(''.join(f'{name}=={importlib.metadata.version(name)}\n' for name in names))
    (root / 'python/bin').mkdir(parents=True)  # a script, not a link: nothing of this Python's folder can be changed
    (root / 'python/bin/python').write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n')
    (root / 'python/bin/python').chmod(0o755)
    done = subprocess.run(['bash', root / 'source/setup.sh'], env={**os.environ, 'AUTOGRADER': str(root)}, text=True,
                          capture_output=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, 'setup.sh: ready\n'), done.stderr
    assert (root / 'source').stat().st_mode & 0o077 == 0
    return root


def judged(root, files, **more):
    """What run_autograder makes of a submission with these files."""
    for old in sorted((root / 'submission').rglob('*'), reverse=True):
        old.rmdir() if old.is_dir() else old.unlink()
    for name, text in files.items():
        path = root / 'submission' / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding='utf-8')
    done = subprocess.run(['bash', root / 'source/run_autograder'], capture_output=True, timeout=300,
                          env={**os.environ, 'AUTOGRADER': str(root), **more})
    assert done.returncode == 0, done.stderr
    return validated(root / 'results/results.json')


def points_of(submission):
    """The points that grading gives the submission: item -> Fraction, 0 while a person has to look."""
    found = judging.judge(submission, CMU, grading.confined_isolation())['verdicts']
    return {one.item: verdict.points(one, CMU) or Fraction(0) for one in found}


@pytest.mark.parametrize('files, total', [(SOLVED, 50), (BLANK, 0)], ids=['solved', 'blank'])
def test_points_are_those_of_grading(tree, files, total):
    found = judged(tree, files)
    submission, _ = intake.read_submission(tree / 'submission', tree / 'submission_metadata.json', CMU)
    wanted = points_of(submission)
    assert {test['extra_data']['item']: test['score'] for test in found['tests'][:-1]} == {
        item: float(points) for item, points in wanted.items()}
    assert found['score'] == sum(wanted.values()) == total
    assert {test['max_score'] for test in found['tests']} == {*map(float, CMU.points.values()), 0.0}
    by_hand = [test for test in found['tests'] if test['name'].endswith(results.OPEN_MARK)]
    assert len(by_hand) == 5 and all('status' not in test for test in by_hand)
    assert 'namespaces' in found['tests'][-1]['output'] and found['tests'][-1]['visibility'] == 'hidden'


def test_hostile_code_reaches_nothing_and_forges_nothing(tree):
    found = judged(tree, {**SOLVED, 'hw3_lib.py': f'ROOT = {str(tree)!r}\n{HOSTILE}\n{SOLVED["hw3_lib.py"]}'})
    assert found['score'] < 50 and 'reached' not in json.dumps(found) and len(found['tests']) == 12
    assert not any(test.get('status') == 'passed' for test in found['tests'][:-1]
                   if test['extra_data']['item'] in ('Linear', 'Sigmoid', 'ReLU'))


@pytest.mark.parametrize('python, text', [
    ('#!/bin/sh\nexit 3\n', 'it ended with status 3'), ('#!/bin/sh\nkill -9 $$\n', 'it was killed'),
    ('#!/bin/sh\necho half >"$AUTOGRADER/results/.results.json"\nexit 1\n', 'it ended with status 1')])
def test_results_are_whole_if_python_fails(tree, tmp_path, python, text):
    root = tmp_path / 'autograder'
    for name in ('python/bin', 'source/project', 'submission'):
        (root / name).mkdir(parents=True)
    (root / 'source/run_autograder').write_bytes((tree / 'source/run_autograder').read_bytes())
    (root / 'python/bin/python').write_text(python)
    (root / 'python/bin/python').chmod(0o755)
    found = judged(root, {})
    assert found['score'] == 0 and text in found['output'] and found['tests'] == []


def test_nothing_is_run_if_code_cannot_be_confined(tmp_path, monkeypatch):
    (tmp_path / 'results').mkdir()

    def refused(level):
        raise sandbox.IsolationError('refused')

    monkeypatch.setattr(sandbox, 'probe', refused)
    assert autograder.main(['cmu', '--root', str(tmp_path)]) == 0
    found = validated(tmp_path / 'results/results.json')
    assert found['score'] == 0 and 'was not run' in found['output']


def test_a_fault_of_the_grader_ends_in_whole_results(tmp_path, monkeypatch):
    (tmp_path / 'results').mkdir()
    monkeypatch.setattr(autograder, 'find_isolation', lambda root: sandbox.Isolation('limits', 'x'))
    assert autograder.main(['cmu', '--root', str(tmp_path)]) == 0  # there is no submission
    assert 'a fault of the grader (FileNotFoundError)' in validated(tmp_path / 'results/results.json')['output']


# ---- the bundle and the options --------------------------------------------------------------------------------------

@pytest.mark.parametrize('name', ['tamu', 'osu', 'cmu', 'gt', 'rice'])
def test_a_bundle_holds_one_course_and_what_it_needs(name):
    course, files = courses.course(name), bundle.bundle(COURSES / f'{name}.json')
    inner = course.assignment.folder.relative_to(ROOT)
    for path in [*course.assignment.teachers_files, *(course.assignment.folder / one
                                                      for one in course.assignment.scripts)]:
        assert files[f'project/{inner / path.relative_to(course.assignment.folder)}'] == path.read_bytes()
    assert [one for one in files if '/courses/' in one] == [f'project/instructor/courses/{name}.json']
    has_records = any('mlp_cnn/reference' in one for one in files)
    assert has_records == bool(course.assignment.runs)
    pinned = files['requirements.txt'].decode().splitlines()
    assert all('==' in line for line in pinned) and {*course.assignment.packages} <= {*pinned}


@pytest.mark.parametrize('arguments, text', [
    (['--course', 'none', '--output', 'x.zip'], 'no such course'),
    (['--course', 'tamu', '--output', '{}/x.tar'], 'must end in .zip'),
    (['--course', 'tamu', '--output', '{}/missing/x.zip'], 'its folder is not there'),
    (['--course', 'tamu', '--output', '{}/there.zip'], 'exists already'),
    (['--course', 'tamu', '--output', f'{ROOT}/x.zip'], 'is in this repository')])
def test_bad_options_end_in_one_line(tmp_path, capsys, arguments, text):
    (tmp_path / 'there.zip').write_bytes(b'mine')
    with pytest.raises(SystemExit) as ended:
        gradescope.main([argument.format(tmp_path) for argument in arguments])
    said = capsys.readouterr().err
    assert ended.value.code == 2 and text in said and said.count('\n') == 1
    assert [path.name for path in tmp_path.iterdir()] == ['there.zip']
    assert (tmp_path / 'there.zip').read_bytes() == b'mine'


@pytest.mark.parametrize('values, key', [
    ({'hidden': ['q99']}, 'gradescope.hidden'), ({'shown': 'visible'}, 'gradescope.shown'),
    ({'minutes': 1}, 'gradescope.minutes'), ({'public': []}, 'gradescope')])
def test_a_mistake_in_the_course_names_its_key(tmp_path, values, key):
    path = courses.write(tmp_path / 'mine.json', {**courses.values('tamu'), 'name': 'mine', 'gradescope': values})
    with pytest.raises(DescriptionError, match=f'"{key}"'):
        load_course(path)


# ---- what the results say --------------------------------------------------------------------------------------------

def row(course, share, reason='<b>why</b>'):
    found = [Verdict(item, share, reason) for item in course.points]
    handed_in = intake.Submission('x', None, None, 'Jane', False, {}, (), (), 'digest')
    return gradesheet.Row(handed_in, 'Jane', course, {'verdicts': found, 'flags': [], 'faults': []})


def test_hidden_items_come_later_and_no_total_gives_them_away():
    course = Course(**{**vars(courses.course('tamu')), 'gradescope': Gradescope(('q33',), 'after_due_date')})
    found = results.results(row(course, Fraction(1, 3)), 1, 'limits')
    shown = {test['extra_data']['item']: test['visibility'] for test in found['tests'][:-1]}
    assert shown.pop('q33') == 'after_due_date' and {*shown.values()} == {'visible'}
    assert 'score' not in found and 'points' not in found['output']
    total = sum(test['score'] for test in found['tests'])
    assert f'{total:.2f}' == row(course, Fraction(1, 3)).total == '33.33'


def test_what_students_code_said_is_escaped():
    found = results.results(row(courses.course('tamu'), 0), 1, 'limits')
    assert all('<b>why' not in test['output'] for test in found['tests']) and found['score'] == 0
    assert '&lt;b&gt;why' in found['tests'][0]['output']


def test_shortage_of_time_is_said_and_costs_nothing(monkeypatch):
    course = courses.course('tamu')
    seen = {}

    def out_of_time(run_confined, *arguments):
        raise autograder.OutOfTime

    monkeypatch.setattr(autograder.training_runs, 'draw_secret', out_of_time)
    monkeypatch.setattr(autograder.judging, 'judge', lambda submission, course, isolation, epochs, **more:
                        seen.update(epochs=epochs, secret=more['secret']))
    budget = autograder.Budget(100)
    autograder.judge(None, course, None, budget)
    assert seen == {'epochs': 0, 'secret': None} and budget.is_short
    assert results.SHORT.split(';')[0] in results.results(row(course, None), 1, 'limits', is_short=True)['output']


def test_judges_that_have_no_time_leave_their_items_open():
    course = courses.course('cmu')

    def late(question, submission, context):
        raise autograder.OutOfTime

    judges = dict.fromkeys(judging.JUDGES, type('Judge', (), {'judge': staticmethod(late)}))
    context = judging.Context(course, partial(late, None, None), judging.reading.Reading())
    found = judging.judge_questions(None, context, judges)
    assert {(one.share, one.kind) for one in found['verdicts']} == {(None, 'out-of-time')}
