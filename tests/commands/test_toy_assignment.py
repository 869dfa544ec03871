"""A further assignment, one function in one file: a description, a course and its cases are all that it takes."""
import io
import json
import subprocess
import sys
import zipfile

import pytest

from instructor import grade
from instructor.sandbox import api as sandbox
from tests.helpers import ROOT

MASTER = '''"""The whole assignment."""


def halve(x):
    """Half of each number of x, an array of any shape."""
    ### BEGIN SOLUTION
    return x / 2
    ### END SOLUTION
'''
CASES = '''"""Hidden inputs of halve, and a mistake that has a name."""
import hashlib

import numpy as np

from checking import Hint
from instructor.judges import comparison
from instructor.judges.cases import Call, Case, Draw


def draw(item, digest):
    random = np.random.RandomState(np.frombuffer(hashlib.sha256(digest.encode()).digest(), dtype=np.uint32))
    found = Draw()
    for shape in ((5,), (1, 3), (2, 3, 4)):
        found.cases.append(Case(Call({'x': found.add_input(random.uniform(1, 9, shape))})))
    return found


class Comparison(comparison.Comparison):
    def lookalikes(self, case, result, answer):
        return [(Hint('doubled', ' is doubled, not halved'), 4 * answer.results[result].array)]
'''
ASSIGNMENT = {
    'name': 'toy', 'title': 'A toy', 'text': 'TEXT.md', 'readme': 'TEXT.md', 'given': [],
    'shared': ['make_submission.py', 'submission.py', 'submission_scripts.py', 'records.py', 'common.py'],
    'scripts': {'toy.py': {'imports': ['numpy'], 'defines': ['halve']}},
    'questions': [
        {'name': 'code', 'title': 'Code', 'judge': 'functions', 'scripts': ['toy.py'], 'cases': 'cases.py',
         'items': {'halve': {}}, 'needs': []},
        {'name': 'essay', 'title': 'Essay', 'judge': 'manual', 'items': {'essay': {}}, 'needs': []}]}
COURSE = {
    'name': 'toys', 'assignment': 'assignment.json', 'title': 'Toys 101', 'term': 'Fall', 'assignment_title': 'Toy 1',
    'due': 'never', 'files': {}, 'points': {'halve': 3, 'essay': 2}, 'student': ['name'], 'example': ['doe'],
    'zip': 'toy_{name}.zip', 'collaboration': {'kind': 'nowhere', 'text': 'Work alone.'}, 'upload': 'Canvas'}
HANDED_IN = {  # student: (toy.py, points of halve, kind)
    'right': (MASTER, 1, ''), 'other way': (MASTER.replace('x / 2', '0.5 * x'), 1, ''),
    'doubled': (MASTER.replace('x / 2', 'x * 2'), 0, 'doubled'),
    'in place': (MASTER.replace('return x / 2', 'x /= 2\n    return x'), 1, 'in-place'),
    'blank': (MASTER.replace('return x / 2', "raise NotImplementedError('halve')"), 0, 'not-written'),
    'no function': ('x = 1\n', 0, 'raises')}


@pytest.fixture
def toy(tmp_path):
    """A folder with the assignment; its course file."""
    files = {'toy.py': MASTER, 'cases.py': CASES, 'TEXT.md': '# A toy\n\nWrite `halve`. {{collaboration}}\n',
             'assignment.json': json.dumps(ASSIGNMENT), 'toys.json': json.dumps(COURSE)}
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding='utf-8')
    return tmp_path / 'toys.json'


def test_its_submissions_are_judged(toy, tmp_path):
    pytest.importorskip('matplotlib')
    if sys.platform != 'linux':
        pytest.skip('grading needs Linux')
    handed_in = tmp_path / 'handed in'
    handed_in.mkdir()
    for number, (student, (code, _, _)) in enumerate(HANDED_IN.items()):
        content = io.BytesIO()
        with zipfile.ZipFile(content, 'w') as archive:
            archive.writestr('toy.py', code)
        name = student.replace(' ', '')
        (handed_in / f'{name}_{101 + number}_{9001 + number}_toy_{name}.zip').write_bytes(content.getvalue())
    out = tmp_path / 'OUT'
    options = grade.parse([str(handed_in), '--course', str(toy), '--output', str(out), '--jobs', '2'])
    assert grade.grade(options, isolation=sandbox.probe('auto')) == 0
    lines = [json.loads(line) for line in (out / 'journal.jsonl').read_text(encoding='utf-8').splitlines()]
    judged = {line['submission']: line['verdicts'] for line in lines if 'verdicts' in line}
    for number, (student, (_, share, kind)) in enumerate(HANDED_IN.items()):
        halve, essay = judged[str(101 + number)]
        assert (halve['item'], halve['share'], halve['kind']) == ('halve', str(share), kind), student
        assert (essay['item'], essay['share']) == ('essay', None)


def test_its_handout_packs_a_submission(toy, tmp_path):
    pytest.importorskip('pypandoc')
    handout = tmp_path / 'handout'
    made = subprocess.run([sys.executable, '-m', 'instructor.handout', '--course', str(toy), '--output', str(handout)],
                          cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert made.returncode == 0, made.stderr
    assert "raise NotImplementedError('halve')" in (handout / 'toy.py').read_text(encoding='utf-8')
    pack = [sys.executable, str(handout / 'make_submission.py'), 'doe']
    blank = subprocess.run(pack, capture_output=True, text=True, timeout=60)
    assert blank.returncode == 1 and 'halve is not written yet' in blank.stdout + blank.stderr
    (handout / 'toy.py').write_text(MASTER, encoding='utf-8')
    packed = subprocess.run(pack, capture_output=True, text=True, timeout=60)
    assert packed.returncode == 0, packed.stdout + packed.stderr
    with zipfile.ZipFile(handout / 'toy_doe.zip') as archive:
        assert archive.namelist() == ['toy.py']
