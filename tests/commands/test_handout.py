"""The handout command: other courses, masters that cannot become a handout, and places that it must not write to."""

import json
import re
import shutil
import subprocess
import sys
import zipfile

import pytest

from instructor import course, handout
from tests.helpers import ROOT, courses
from tests.helpers.handout_copy import copy_master, make, run_python, solve, surround, texts


@pytest.fixture
def master(tmp_path, monkeypatch):
    """A copy of the master without data, which the command called in this process takes for its own."""
    folder = copy_master(tmp_path / 'the master', data=False)
    monkeypatch.setattr(handout, 'ROOT', folder)
    monkeypatch.setattr(course, 'ROOT', folder)
    monkeypatch.setattr(course, 'COURSES', folder / 'instructor' / 'courses')
    return folder


def contents(folder):
    return {path: path.read_bytes() if path.is_file() else None for path in folder.rglob('*')}


@pytest.fixture
def call(capsys):
    """Call the command in this process: (exit status, output, the one line of errors without the name in front)."""
    def call_it(*options):
        try:
            status = handout.main([str(option) for option in options])
        except SystemExit as error:
            status = error.code
        output, error = capsys.readouterr()
        assert error == '' or error.startswith('python3 -m instructor.handout: ') and error.count('\n') == 1, error
        return status, output, error.partition(': ')[2].rstrip('\n')
    return call_it


@pytest.fixture
def refused(call, tmp_path):
    """Call the command, which must fail, and change nothing: the one line that it says."""
    def call_it(*options):
        before = contents(tmp_path)
        status, output, error = call(*options)
        assert (status, output) == (2, '') and error
        assert contents(tmp_path) == before
        return error
    return call_it


# ---- courses ---------------------------------------------------------------------------------------------------------

THIRD = {
    'name': 'third', 'title': 'Machine Learning I', 'term': 'Winter 2027/28', 'assignment': 'exercise.json',
    'assignment_title': 'Exercise 5',
    'files': {'hw5_dnn_check.py': 'check_functions.py', 'plot_curves.py': 'curves.py', 'dnn_mlp.py': 'dnn_cnn.py',
              'dnn_cnn.py': 'dnn_mlp.py'},
    'points': {**dict.fromkeys(['linear_layer.forward', 'linear_layer.backward', 'relu.forward', 'relu.backward',
                                'dropout.backward'], 1.5),
               **dict.fromkeys(['q33', 'q34', 'q35', 'q36', 'q37', 'q38', 'q39', 'q310'], 0.1)},
    'due': 'in two weeks',
    'student': ['matriculation'], 'example': ['4711'], 'zip': 'ml1-{matriculation}.zip',
    'collaboration': {'kind': 'comments', 'heading': '# Worked with:', 'none': 'nobody',
                      'text': 'Say with whom below {heading}, or {none}.'},
    'upload': 'Moodle'}


WEIGHTS = {'q32': {'relu.forward': {'returned value': 2, 'self.mask': 1},
                   'linear_layer.backward': {"gradient['W']": 1, "gradient['b']": 1, 'returned value': 2}},
           'q39': {'q39': {'TODO (1)': 1, 'TODO (2)': 1, 'TODO (3)': 2, 'TODO (4)': 1, 'TODO (5)': 1}}}


def describe_exercise(master):
    """The same assignment with other weights, beside assignment.json; it takes the points off for changed arguments."""
    described = {**courses.assignment_values(), 'changed_in_place': 0.5}
    for question in described['questions']:
        for item, parts in WEIGHTS.get(question['name'], {}).items():
            question['items'][item] = {'parts': parts}
    courses.write(master / 'exercise.json', described)


@pytest.fixture
def third(request):
    """A third course; the copy of the master describes its assignment, if the test has one."""
    if 'master' in request.fixturenames:
        describe_exercise(request.getfixturevalue('master'))
    return THIRD


def test_a_third_course_is_a_file_more(tmp_path, third):
    master = copy_master(tmp_path / 'the master')
    describe_exercise(master)
    (master / 'instructor' / 'courses' / 'third.json').write_text(json.dumps(third))
    folder = tmp_path / 'home' / 'third handout'
    surround(folder)
    output = make(master, '--course', 'third', '--output', folder)
    assert output == f'{folder}: 44 files for Machine Learning I, Winter 2027/28, Exercise 5\n'
    elsewhere = tmp_path / 'elsewhere'
    elsewhere.mkdir()
    (elsewhere / 'third.json').write_text(json.dumps(third))
    make(master, '--course', elsewhere / 'third.json', '--output', tmp_path / 'same')
    assert texts(tmp_path / 'same') == texts(folder)
    shutil.rmtree(master)

    assert (folder / 'dnn_misc.py').read_text().endswith('\n\n# Worked with:\n')
    assignment = (folder / 'ASSIGNMENT.md').read_text()
    assert '7.5' in assignment and '8.3' in assignment and 'python3 check_functions.py' in assignment
    assert "0.375 for `gradient['W']`, 0.375 for" in ' '.join(assignment.split())
    assert '\n3. [1/30] connect' in assignment
    assert 'loses\n  50% of its points' in assignment and '**Due:** in two weeks\n' in assignment
    assert 'python3 check_functions.py' in (folder / 'ASSIGNMENT.html').read_text()
    assert 'ml1-4711.zip' in (folder / 'README.md').read_text()
    # Two names are swapped: each file still says how it is called, and the q-scripts run what they ran.
    assert (folder / 'dnn_cnn.py').read_text() == (ROOT / 'dnn_mlp.py').read_text().replace('dnn_mlp', 'dnn_cnn')
    assert ' dnn_cnn.py "$@"' in (folder / 'q33.sh').read_text()
    assert ' dnn_mlp.py --alpha 0.9 "$@"' in (folder / 'Windows' / 'q38.sh').read_text()
    assert (folder / 'Windows' / 'q33.sh').stat().st_mode & 0o111
    assert run_python(folder, 'check_functions.py')[1].endswith('0 of 5 correct\n')
    solve(folder)
    assert run_python(folder, 'check_functions.py')[0] == 0
    status, _, error = run_python(folder, 'make_submission.py', '12345')
    assert status == 1 and 'Worked with' in error and 'NotImplemented' not in error


@pytest.mark.parametrize('files, error', [
    ({'no_such.py': 'a.py'}, 'no_such.py is not among the files'),
    ({'run_all.sh': 'a.sh'}, 'run_all.sh is not among the files'),
    ({'dnn_cnn.py': 'dnn_mlp.py'}, 'dnn_mlp.py and dnn_cnn.py get the same name, dnn_mlp.py'),
    ({'dnn_cnn.py': 'DNN_MLP.py'}, 'dnn_mlp.py and dnn_cnn.py get the same name, DNN_MLP.py'),
    ({'dnn_cnn.py': 'cnn.txt'}, 'cnn.txt must end as dnn_cnn.py does'),
])
def test_names_that_cannot_be_given(master, third, refused, tmp_path, files, error):
    (tmp_path / 'third.json').write_text(json.dumps({**third, 'files': files}))
    assert error in refused('--course', tmp_path / 'third.json', '--output', tmp_path / 'new')


def test_stems_of_figures_are_no_names_of_files(master, third, call, tmp_path):
    """There are figures/dnn_mlp.svg and figures/mlp.svg: neither has to do with the script dnn_mlp.py."""
    (tmp_path / 'third.json').write_text(json.dumps({**third, 'files': {'dnn_mlp.py': 'mlp.py'}}))
    status, _, error = call('--course', tmp_path / 'third.json', '--output', tmp_path / 'new')
    assert status == 0, error
    figures = {path.name for path in (ROOT / 'figures').iterdir()}
    assert {path.name for path in (tmp_path / 'new/figures').iterdir()} == figures
    text = (tmp_path / 'new/ASSIGNMENT.md').read_text()
    assert {*re.findall(r'figures/([\w-]+\.svg)', text)} == figures and 'mlp.py' in text and 'dnn_mlp.py' not in text


def test_unknown_courses_and_options(master, refused, tmp_path):
    said = refused('--course', 'mit', '--output', tmp_path / 'new')
    assert 'no such course; take cmu, gt, osu, rice, tamu or a file' in said
    assert 'cannot be read' in refused('--course', 'mit.json', '--output', tmp_path / 'new')
    (tmp_path / 'bad.json').write_text('{"name": "bad"}')
    said = refused('--course', tmp_path / 'bad.json', '--output', tmp_path / 'new')
    assert 'bad.json: "assignment" is missing' in said
    assert '--output' in refused('--course', 'tamu')
    assert '--course' in refused('--output', tmp_path / 'new')


# ---- masters that give no handout ------------------------------------------------------------------------------------

SOLUTION = "self.gradient['W'] = X.T @ grad"


def line_of(words):
    """The line of the master's dnn_misc.py in which the words stand first."""
    return (ROOT / 'dnn_misc.py').read_text().partition(words)[0].count('\n') + 1


@pytest.mark.parametrize('file, old, new, error', [
    ('dnn_misc.py', f'        {SOLUTION}', '        ### BEGIN SOLUTION',
     f'dnn_misc.py:{line_of(SOLUTION)}: ### BEGIN SOLUTION inside'),
    ('dnn_misc.py', '### BEGIN SOLUTION', '# the solution',
     f'dnn_misc.py:{line_of("### END SOLUTION")}: ### END SOLUTION without'),
    ('dnn_cnn_2.py', '### END SOLUTION\n\n            f1', '\n            f1',
     'dnn_cnn_2.py:79: ### BEGIN SOLUTION inside'),
    ('plot_curves.py', 'import math\n', '### END SOLUTION\n', 'plot_curves.py:'),
    ('dnn_mlp.py', 'import dnn_misc\n', 'import dnn_misc  # TODO\nimport (\n',
     'dnn_mlp.py:15: does not compile in the handout'),
    ('dnn_misc.py', 'class linear_layer:', 'class Linear:', 'no blank for linear_layer.backward, linear_layer.forward'),
    ('training.py', 'import argparse\n', f'import argparse  # so {SOLUTION}, later\n',
     'training.py:7: the handout would show a line of the solution of linear_layer.backward'),
    ('hw5_dnn_check.py', '"""', f'"""Not {SOLUTION.replace(" ", "  ")}; ',
     'hw5_dnn_check.py:1: the handout would show a line of the solution of linear_layer.backward'),
    ('make_submission.py', '"""', '"""m2 = model["M2"].forward(\n h2)\n',
     'make_submission.py:1: the handout would show a line of the solution of TODO (2)'),
    ('dnn_misc.py', '    def __init__(self):\n        self.mask = None\n',
     '    def __init__(self):\n        self.mask = None  # grad * self.mask\n        # return grad*self.mask\n',
     'the handout would show a line of the solution of relu.backward'),
    ('ASSIGNMENT.md', '{{points.q39}}', f'`{SOLUTION}`', 'ASSIGNMENT.md:'),
    ('ASSIGNMENT.md', '{{points.q39}}', '{{points.q40}}', 'unknown placeholder {{points.q40}}; known: title, '),
    ('ASSIGNMENT.md', '{{title}}', '{{title}', 'ASSIGNMENT.md:1: a placeholder is not closed'),
    ('instructor/publishing/readme.md', '{{ti', '{{Ti',
     'instructor/publishing/readme.md:1: unknown placeholder {{Title}}'),
    ('instructor/publishing/readme.md', '(LICENSE)', '(COPYING)',
     'README.md: links to COPYING, which is not handed out'),
])
def test_faults_of_the_master_are_told(master, refused, tmp_path, file, old, new, error):
    text = (master / file).read_text()
    assert old in text
    (master / file).write_text(text.replace(old, new, 1))
    said = refused('--course', 'osu', '--output', tmp_path / 'new', '--zip', tmp_path / 'new.zip')
    assert error in said


@pytest.mark.parametrize('file', ['LICENSE', 'q34.sh', 'Windows/q310.sh', 'mnist_subset.json', 'figures/dnn_cnn_2.svg'])
def test_missing_files_are_told(master, refused, tmp_path, file):
    (master / file).unlink()
    assert refused('--course', 'osu', '--output', tmp_path / 'new').startswith(f'{file}: cannot be read in the master')


def test_a_file_that_is_not_text_is_told(master, refused, tmp_path):
    (master / 'LICENSE').write_bytes(b'\xff\xfe\0')
    assert refused('--course', 'osu', '--output', tmp_path / 'new') == 'LICENSE: is not UTF-8 text: save it as UTF-8'


def test_a_master_checked_out_with_crlf_gives_the_same(master, call, tmp_path):
    assert call('--course', 'tamu', '--output', tmp_path / 'a', '--zip', tmp_path / 'a.zip')[0] == 0
    for path in master.rglob('*'):
        if path.is_file() and path.suffix in ('.py', '.sh', '.md', '.svg', '.txt') or path.name == 'LICENSE':
            path.write_bytes(path.read_bytes().replace(b'\n', b'\r\n'))
            path.chmod(0o600)
    assert call('--course', 'tamu', '--output', tmp_path / 'b', '--zip', tmp_path / 'b.zip')[0] == 0
    assert (tmp_path / 'a.zip').read_bytes() == (tmp_path / 'b.zip').read_bytes()


# ---- where it is written ---------------------------------------------------------------------------------------------

def test_nothing_is_written_into_the_repository(master, refused, tmp_path):
    (tmp_path / 'link').symlink_to(master / 'instructor')
    (tmp_path / 'outside').mkdir()
    for place in (master, master / 'new', master / 'instructor' / 'deep' / 'new', tmp_path / 'link' / 'new',
                  tmp_path / 'outside' / '..' / 'the master' / 'new'):
        for options in (('--output', place), ('--output', tmp_path / 'new', '--zip', place / 'a.zip')):
            error = refused('--course', 'tamu', *options, '--force')
            assert f'{options[-2]} ' in error and f'is in this repository; name a place outside of {master}' in error
    (tmp_path / 'a.zip').symlink_to(master / 'a.zip')
    assert 'is in this repository' in refused('--course', 'tamu', '--output', tmp_path / 'new',
                                                '--zip', tmp_path / 'a.zip')


def test_the_real_command_refuses_its_own_repository():
    result = subprocess.run([sys.executable, '-m', 'instructor.handout', '--course', 'tamu', '--output', 'new handout'],
                            cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert result.returncode == 2 and 'is in this repository' in result.stderr and result.stderr.count('\n') == 1
    assert not (ROOT / 'new handout').exists()


def test_a_folder_in_use_is_left_alone(master, refused, tmp_path):
    folder = tmp_path / 'used'
    folder.mkdir()
    (folder / 'README.md').write_text('mine')
    for options in ([], ['--force']):
        error = refused('--course', 'tamu', '--output', folder, *options)
        assert 'is neither empty nor a handout' in error and '--force' not in error
    assert 'is not a folder' in refused('--course', 'tamu', '--output', folder / 'README.md')
    (folder / 'course.json').write_text('{}')
    assert 'is not empty; name a new folder, or add --force' in refused('--course', 'tamu', '--output', folder)


def test_another_copy_of_the_master_is_left_alone(master, refused, tmp_path):
    other = shutil.copytree(master, tmp_path / 'another clone')
    (other / 'course.json').write_text('{}')
    for options in (['--output', other], ['--output', other / 'new'], ['--output', tmp_path / 'new', '--zip',
                                                                       other / 'dnn_misc.py']):
        error = refused('--course', 'tamu', *options, '--force')
        assert f'is in another master copy; name a place outside of {other}' in error


def test_force_overwrites_its_own_files_only(master, call, tmp_path):
    folder, archive = tmp_path / 'used', tmp_path / 'a.zip'
    options = ('--output', folder, '--zip', archive)
    (folder / 'Windows').mkdir(parents=True)
    assert call('--course', 'tamu', '--output', tmp_path / 'fresh')[0] == 0
    fresh = texts(tmp_path / 'fresh')
    mine = {'notes.txt': 'mine', 'Windows/mine.sh': 'mine', 'hw5_dnn_check.py': 'mine', '.hidden': 'mine'}
    for name in [*mine, *fresh]:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text('mine')
    assert call('--course', 'tamu', *options, '--force')[0] == 0
    assert texts(folder) == {**fresh, **mine}
    assert (folder / 'q33.sh').stat().st_mode & 0o111
    assert 'a.zip: exists already' in call('--course', 'tamu', '--output', tmp_path / 'b', '--zip', archive)[2]
    assert not (tmp_path / 'b').exists()


def test_an_empty_folder_and_missing_parents_are_fine(master, call, tmp_path, monkeypatch):
    (tmp_path / 'empty').mkdir(mode=0o750)
    (tmp_path / 'empty').chmod(0o750)
    monkeypatch.chdir(tmp_path / 'empty')
    assert call('--course', 'osu', '--output', '.')[0] == 0
    assert call('--course', 'osu', '--output', '../a/b/c', '--zip', '../z/y.zip')[0] == 0
    assert texts(tmp_path / 'empty') == texts(tmp_path / 'a' / 'b' / 'c') != {}
    assert (tmp_path / 'empty').stat().st_mode & 0o777 == 0o750
    (tmp_path / 'reference').mkdir()
    assert (tmp_path / 'a' / 'b' / 'c').stat().st_mode == (tmp_path / 'reference').stat().st_mode
    assert {path.name for path in (tmp_path / 'z').iterdir()} == {'y.zip'}


def test_links_and_folders_in_the_way_lead_nowhere(master, call, refused, tmp_path):
    folder, scripts = tmp_path / 'used', tmp_path / 'the master' / 'Windows'
    folder.mkdir()
    (folder / 'course.json').write_text('{}')
    (folder / 'Windows').symlink_to(scripts)
    assert 'Windows in it is not a real folder' in refused('--course', 'tamu', '--output', folder, '--force')
    (folder / 'Windows').unlink()
    (folder / 'dnn_misc.py').mkdir()
    assert 'dnn_misc.py in it is a folder' in refused('--course', 'tamu', '--output', folder, '--force')
    (folder / 'dnn_misc.py').rmdir()

    before = contents(master)
    (folder / 'dnn_misc.py').symlink_to(master / 'dnn_misc.py')
    assert call('--course', 'tamu', '--output', folder, '--force')[0] == 0
    assert 'NotImplementedError' in (folder / 'dnn_misc.py').read_text() and contents(master) == before


def test_the_zip_lies_beside_not_inside(master, refused, tmp_path):
    for archive in (tmp_path / 'new', tmp_path / 'new' / 'a.zip', tmp_path / 'new' / 'Windows' / 'q33.sh', tmp_path):
        error = refused('--course', 'tamu', '--output', tmp_path / 'new', '--zip', archive, '--force')
        assert 'name a file outside of the folder' in error or 'is a folder' in error


def test_the_same_source_gives_the_same_bytes(master, call, tmp_path):
    for name in ('a', 'b'):
        assert call('--course', 'osu', '--output', tmp_path / name, '--zip', tmp_path / f'{name}.zip')[0] == 0
    assert texts(tmp_path / 'a') == texts(tmp_path / 'b')
    assert (tmp_path / 'a.zip').read_bytes() == (tmp_path / 'b.zip').read_bytes()


@pytest.mark.parametrize('fault', [OSError(28, 'No space left on device'), KeyboardInterrupt()])
@pytest.mark.parametrize('force', [False, True])
def test_a_full_disk_or_ctrl_c_leaves_nothing_half_written(master, call, tmp_path, monkeypatch, fault, force):
    folder, archive = tmp_path / 'used', tmp_path / 'a.zip'
    if force:
        assert call('--course', 'tamu', '--output', folder, '--zip', archive)[0] == 0
    before = contents(tmp_path)

    def full(*arguments):
        raise fault

    monkeypatch.setattr(zipfile.ZipFile, 'writestr', full)
    status, output, error = call('--course', 'osu', '--output', folder, '--zip', archive, *['--force'] * force)
    assert (status, output) == ((2, '') if isinstance(fault, OSError) else (130, ''))
    assert ('No space left on device; name another place' if isinstance(fault, OSError) else 'stopped') in error
    assert contents(tmp_path) == before
