"""The handout of the homework: what is in it, that its scripts say what is missing, and what is packed from it."""

import re
import subprocess
import sys
import zipfile

import hw3_copy
import pytest

from instructor import handout
from instructor.publishing import blanks

pytest.importorskip('pypandoc')

PARTS = ['sigmoid', 'Sigmoid.forward', 'Sigmoid.backward', 'ReLU.forward', 'ReLU.backward', 'Linear.forward',
         'Linear.backward', 'CrossEntropyLoss.forward', 'CrossEntropyLoss.backward', 'GradientDescentOptimizer.step',
         'define_network', 'train_network']
PACK = ('make_submission.py', 'jdoe')


@pytest.fixture(scope='module')
def handed_out(tmp_path_factory):
    """The folder of a handout, and its zip beside it."""
    folder = tmp_path_factory.mktemp('handout') / 'my homework'
    assert handout.main(['--course', 'cmu', '--output', str(folder), '--zip', f'{folder}.zip']) == 0
    return folder


@pytest.fixture
def folder(handed_out, tmp_path):
    """A copy of it, to be changed."""
    with zipfile.ZipFile(f'{handed_out}.zip') as archive:
        archive.extractall(tmp_path)
    return tmp_path / 'Homework_3'


def texts(folder):
    return {path.relative_to(folder).as_posix(): path.read_text(encoding='utf-8') for path in folder.rglob('*')
            if path.is_file() and path.suffix != '.npz'}


def test_it_holds_what_students_need_and_nothing_of_the_teachers(handed_out):
    names = {path.relative_to(handed_out).as_posix() for path in handed_out.rglob('*') if path.is_file()}
    tests = {f'tests/{path.relative_to(hw3_copy.FOLDER / "tests").as_posix()}'
             for path in (hw3_copy.FOLDER / 'tests').rglob('*') if path.suffix in ('.py', '.npz')}
    assert len(tests) == 13
    assert names == {
        'ASSIGNMENT.md', 'ASSIGNMENT.html', 'README.md', 'LICENSE', 'requirements.txt', '.gitattributes', 'course.json',
        'hw3_lib.py', 'hw3_sol.py', 'module_tutorial.py', 'run_tests.py', 'run_experiments.py', 'training_data.py',
        'training_data_student/digits.npz', 'make_submission.py', 'submission.py', 'submission_scripts.py',
        'records.py', 'common.py', *tests,
        *(f'figures/{path.name}' for path in (hw3_copy.FOLDER / 'figures').iterdir())}
    solutions = [blank for name in hw3_copy.SCRIPTS
                 for blank in blanks.read_blanks((hw3_copy.FOLDER / name).read_text(encoding='utf-8'), name)]
    for name, text in texts(handed_out).items():
        assert blanks.find_solution(text, solutions) is None, name
        assert 'teacher/' not in text and 'assignments/' not in text, name
        assert not re.search(r'\{\{|dnn_|OSU|TAMU', text) or name.endswith('.py') or name == 'course.json', name
    for name in names - {*texts(handed_out)}:
        assert (handed_out / name).read_bytes() == (hw3_copy.FOLDER / name).read_bytes()


def test_the_same_sources_give_the_same_bytes(handed_out, tmp_path):
    again = tmp_path / 'again'
    assert handout.main(['--course', 'cmu', '--output', str(again), '--zip', f'{again}.zip']) == 0
    for path in handed_out.rglob('*'):
        assert path.is_dir() or path.read_bytes() == (again / path.relative_to(handed_out)).read_bytes(), path
    with open(f'{again}.zip', 'rb') as one, open(f'{handed_out}.zip', 'rb') as other:
        assert one.read() == other.read()
    (again / 'tests' / 'data' / 'relu.npz').unlink()
    (again / 'hw3_lib.py').write_text('x = 1\n', encoding='utf-8')
    assert handout.main(['--course', 'cmu', '--output', str(again), '--force']) == 0  # whole again
    assert (again / 'tests' / 'data' / 'relu.npz').is_file() and 'BEGIN' in (again / 'hw3_lib.py').read_text()


def test_its_text_is_filled_in(handed_out):
    text = (handed_out / 'ASSIGNMENT.md').read_text(encoding='utf-8')
    assert text.startswith('# CMU 10-701 Introduction to Machine Learning (PhD) (Spring 2021), Homework 3\n')
    assert 'python3 make_submission.py AndrewID' in text and 'by way of Gradescope' in text
    table = dict(re.findall(r'^\| .*?`(\w+)`[^|]*\| (\d+) \|$', text, re.MULTILINE))
    assert {name: int(table[name]) for name in ('sigmoid', 'forward', 'step')} == {
        'sigmoid': 5, 'forward': 10, 'step': 5}
    assert '`train_network` in `hw3_sol.py` [20 points]' in text
    readme = (handed_out / 'README.md').read_text(encoding='utf-8')
    assert 'writes `hw3_jdoe.zip`' in readme
    for name in re.findall(r'`([\w./]+\.(?:py|json))`', readme):
        assert (handed_out / name).is_file(), name


def test_the_public_tests_say_what_is_missing(folder):
    done = hw3_copy.run('run_tests.py', cwd=folder)
    assert done.returncode == 1
    assert re.findall(r'^hw3_\w+\.py: ([\w.]+) is not written yet$', done.stdout, re.MULTILINE) == PARTS
    assert done.stdout.splitlines()[-1].startswith('0 of 10 tests pass')


def test_a_blank_handout_is_not_packed(folder):
    done = hw3_copy.run(*PACK, cwd=folder)
    assert done.returncode == 1
    assert re.findall(r': line \d+: ([\w.]+) is not written yet, write it', done.stderr) == PARTS
    assert len(done.stderr.splitlines()) == len(PARTS) + 1 and not (folder / 'hw3_jdoe.zip').exists()


def test_a_solved_one_is_packed_and_can_be_handed_in(folder, tmp_path):
    for name in hw3_copy.SCRIPTS:
        (folder / name).write_bytes((hw3_copy.FOLDER / name).read_bytes())
    for options in ((), ('--verify',)):
        done = hw3_copy.run(*PACK, *options, cwd=folder)
        assert (done.returncode, done.stderr) == (0, '')
        assert done.stdout.splitlines()[-1] == 'Upload it to Gradescope.'
        with zipfile.ZipFile(folder / 'hw3_jdoe.zip') as archive:
            assert archive.namelist() == ['hw3_lib.py', 'hw3_sol.py']
            assert archive.read('hw3_lib.py') == (hw3_copy.FOLDER / 'hw3_lib.py').read_bytes()
    broken = (folder / 'hw3_lib.py').read_text(encoding='utf-8').replace('import numpy as np', 'import torch', 1)
    (folder / 'hw3_lib.py').write_text(broken, encoding='utf-8')
    done = hw3_copy.run(*PACK, cwd=folder)
    assert done.returncode == 1 and 'imports torch, take it out: this script may import numpy only' in done.stderr


def test_given_code_that_is_changed_is_noticed(folder):
    for name in hw3_copy.SCRIPTS:
        text = (hw3_copy.FOLDER / name).read_text(encoding='utf-8')
        (folder / name).write_text(text.replace('optimizer.step()', 'optimizer.step(), None'), encoding='utf-8')
    done = hw3_copy.run(*PACK, cwd=folder)
    assert done.returncode == 0
    assert re.fullmatch(r'warning: hw3_sol.py: line \d+: given code is changed, it was: optimizer.step\(\)',
                        done.stderr.strip())


def test_the_command_is_that_of_all_courses(tmp_path):
    command = [sys.executable, '-m', 'instructor.handout', '--course', 'cmu', '--output', str(tmp_path / 'made')]
    done = subprocess.run(command, cwd=hw3_copy.FOLDER.parents[1], capture_output=True, text=True, timeout=100)
    assert done.returncode == 0 and '36 files for CMU 10-701' in done.stdout
