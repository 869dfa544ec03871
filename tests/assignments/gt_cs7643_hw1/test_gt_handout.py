"""The handout of the homework: what is in it, that its scripts say what is missing, and what is packed from it."""

import json
import re
import shutil
import zipfile

import gt_copy
import pytest

from instructor import handout
from instructor.publishing import blanks

pytest.importorskip('pypandoc')

PARTS = [part for parts in gt_copy.BLANKS.values() for part in parts]
PACK = ('make_submission.py', 'gburdell3')
PACKED = [*gt_copy.BLANKS, 'models/__init__.py', 'optimizer/__init__.py', 'configs/config_exp.yaml',
          'configs/config_softmax.yaml', 'configs/config_twolayer.yaml']


@pytest.fixture(scope='module')
def handed_out(tmp_path_factory):
    """The folder of a handout."""
    folder = tmp_path_factory.mktemp('handout') / 'my homework'
    assert handout.main(['--course', 'gt', '--output', str(folder), '--zip', f'{folder}.zip']) == 0
    return folder


@pytest.fixture
def folder(handed_out, tmp_path):
    """A copy of it, to be changed."""
    return shutil.copytree(handed_out, tmp_path / 'Homework_1')


def solve(folder):
    for name in gt_copy.BLANKS:
        shutil.copy(gt_copy.FOLDER / name, folder / name)


def test_it_holds_what_students_need_and_nothing_of_the_teachers(handed_out):
    names = {path.relative_to(handed_out).as_posix() for path in handed_out.rglob('*') if path.is_file()}
    own = {path.relative_to(gt_copy.FOLDER).as_posix() for one in ('.', 'models', 'optimizer', 'configs', 'tests')
           for path in (gt_copy.FOLDER / one).iterdir() if path.suffix in ('.py', '.yaml', '.ipynb')}
    tests = {f'tests/data/{name}.npz' for name in ('activation', 'network', 'training')}
    assert names == {
        *own, *tests, 'data/small.npz', 'data/README.md', 'figures/learning_curves.svg', 'ASSIGNMENT.md',
        'ASSIGNMENT.html', 'README.md', 'LICENSE', 'requirements.txt', '.gitattributes', 'course.json',
        'make_submission.py', 'submission.py', 'submission_scripts.py', 'records.py', 'common.py'}
    solutions = [blank for name in gt_copy.BLANKS
                 for blank in blanks.read_blanks((gt_copy.FOLDER / name).read_text(encoding='utf-8'), name)]
    for name in names:
        if not name.endswith('.npz'):
            text = (handed_out / name).read_text(encoding='utf-8')
            assert blanks.find_solution(text, solutions) is None, name
            assert name == 'LICENSE' or 'teacher/' not in text and 'assignments/' not in text, name
            assert '{{' not in text or not name.endswith('.md'), name
        else:
            assert (handed_out / name).read_bytes() == (gt_copy.FOLDER / name).read_bytes()
    for name in ('main.ipynb', 'collect_submission.ipynb'):
        cells = json.loads((handed_out / name).read_text(encoding='utf-8'))['cells']
        assert cells and not any(cell.get('outputs') for cell in cells)


def test_its_text_is_filled_in(handed_out):
    text, readme = ((handed_out / name).read_text(encoding='utf-8') for name in ('ASSIGNMENT.md', 'README.md'))
    assert text.startswith('# Georgia Tech CS 7643/4644 Deep Learning (Summer 2025), Homework 1\n')
    assert 'Code that prints\n  costs all points of the whole coding part.' in text and 'Honor Code' in text
    assert 'writes `hw1_gburdell3.zip`' in readme


def test_the_blanks_raise_and_the_data_are_there(folder):
    code = ('import utils; from models import TwoLayerNet; print(len(utils.load_mnist_test()[0]))\n'
            'try: utils.load_mnist_trainval()\nexcept NotImplementedError as error: print(error)\n'
            'try: TwoLayerNet().forward(None, None)\nexcept NotImplementedError as error: print(error)')
    done = gt_copy.run('-c', code, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ['1000', 'load_mnist_trainval', 'TwoLayerNet.forward']


def test_a_blank_handout_is_not_packed(folder):
    done = gt_copy.run(*PACK, cwd=folder)
    assert done.returncode == 1 and not (folder / 'hw1_gburdell3.zip').exists()
    assert re.findall(r': line \d+: ([\w.]+) is not written yet, write it', done.stderr) == PARTS
    assert len(done.stderr.splitlines()) == len(PARTS) + 1, done.stderr


def test_a_solved_one_is_packed_in_structure(folder):
    solve(folder)
    done = gt_copy.run(*PACK, cwd=folder)
    assert (done.returncode, done.stderr) == (0, '')
    with zipfile.ZipFile(folder / 'hw1_gburdell3.zip') as archive:
        assert archive.namelist() == sorted(PACKED)
        assert all(archive.read(name) == (gt_copy.FOLDER / name).read_bytes() for name in PACKED)


@pytest.mark.parametrize('change, status, said', [
    (lambda folder: (folder / 'models/two_layer_nn.py').unlink(), 1, 'models/two_layer_nn.py: missing, put yours here'),
    (lambda folder: (folder / 'optimizer/sgd.py').write_text('from . import x\nclass SGD:\n    def update(): 1\n'), 1,
     r'optimizer/sgd.py: line 1 imports \., take it out: this script may import ._base_optimizer and numpy only'),
    (lambda folder: (folder / 'models/two_layer_nn.py').rename(folder / 'two_layer_nn.py'), 0,
     'warning: two_layer_nn.py: taken for models/two_layer_nn.py')], ids=['missing', 'import', 'elsewhere'])
def test_what_is_wrong_gets_a_line(folder, change, status, said):
    solve(folder)
    change(folder)
    done = gt_copy.run(*PACK, cwd=folder)
    assert done.returncode == status and re.search(said, done.stderr), done.stderr
