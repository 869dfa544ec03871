"""How the scripts start: with one thread for numpy unless the user wants more, and what they say without numpy."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from data_loader import THREADS
from make_submission import verify
from submission import FolderSource
from tests.helpers import ROOT, courses, project_copy, small_data
from tests.helpers.project_copy import COMMANDS, RECORDS

MAINS = sorted({command[0] for command in COMMANDS.values()})
CHECKER = 'hw5_dnn_check.py'
# Added to dnn_misc.py: what a run has set, and how many threads it has after a large product of matrices.
REPORT = '''
def report():
    import os
    np.ones((900, 900)) @ np.ones((900, 900))
    threads = len(os.listdir('/proc/self/task')) if os.path.isdir('/proc/self/task') else 1
    with open({path!r}, 'w') as file:
        print(threads, *(os.environ.get(name, '-') for name in {names}), file=file)


report()
'''


@pytest.fixture
def folder(tmp_path):
    """All that a student has, on a small data set, in a folder with a space in its name."""
    folder = small_data.make_project(tmp_path / 'my project')
    for path in [*ROOT.glob('q3*.sh'), ROOT / CHECKER, ROOT / 'checking.py']:
        shutil.copy(path, folder)
    shutil.copytree(ROOT / 'Windows', folder / 'Windows')
    for name in ('bin', 'tmp', 'elsewhere'):
        (tmp_path / name).mkdir()
    project_copy.put_python(folder)
    project_copy.put_python(folder, 'python')
    with open(folder / 'dnn_misc.py', 'a') as file:
        file.write(REPORT.format(path=str(tmp_path / 'report'), names=THREADS))
    return folder


def clean_environment(**extra):
    return {**{name: value for name, value in os.environ.items() if name not in THREADS}, **extra}


def run(folder, script, *options, **extra):
    """What a script reports: its threads, then the variables."""
    tool = project_copy.BASH if script.endswith('.sh') else sys.executable
    done = subprocess.run([tool, str(folder / script), *options], cwd=folder, stdin=subprocess.DEVNULL,
                          env={**clean_environment(**extra), 'PATH': f'{folder.parent / "bin"}:{os.environ["PATH"]}'},
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return (folder.parent / 'report').read_text().split()


@pytest.mark.parametrize('script', [*MAINS, 'q33.sh', 'Windows/q310.sh'])
def test_a_run_has_one_thread(folder, script):
    assert run(folder, script, '--num_epoch', '1') == ['1'] * 5


def test_the_checker_has_one_thread(folder):
    assert run(folder, CHECKER) == ['1'] * 5


def test_verify_has_one_thread(folder, monkeypatch):
    for name in THREADS:
        monkeypatch.delenv(name, raising=False)
    task = courses.task('osu')
    small_data.run(folder / 'dnn_mlp.py', '--num_epoch', 1, cwd=folder).check_returncode()
    record = (folder / RECORDS['q33']).read_text()
    (folder / RECORDS['q33']).write_text(record.replace('[', '[' + 29 * '0.5, '))
    (folder.parent / 'report').unlink()
    verify(FolderSource(folder, task), task, folder, 'q33')
    assert (folder.parent / 'report').read_text().split() == ['1'] * 5


@pytest.mark.parametrize('script', ['dnn_mlp.py', 'q33.sh', CHECKER])
@pytest.mark.parametrize('name', THREADS)
def test_what_the_user_sets_stays(folder, script, name):
    options = [] if script == CHECKER else ['--num_epoch', '1']
    _, *values = run(folder, script, *options, **{name: '2'})
    assert values == ['2' if other == name else '-' for other in THREADS]


# ---- without numpy ---------------------------------------------------------------------------------------------------

@pytest.fixture
def no_numpy(tmp_path):
    """An environment in which numpy cannot be imported."""
    (tmp_path / 'lacking').mkdir()
    (tmp_path / 'lacking' / 'numpy.py').write_text('raise ImportError("as if it were missing")\n')
    return {'PYTHONPATH': str(tmp_path / 'lacking')}


def start(folder, script, environment, python=sys.executable):
    return subprocess.run([python, '-B', str(folder / script)], cwd=folder.parent, capture_output=True, text=True,
                          env=clean_environment(**environment), timeout=60)


@pytest.mark.skipif(sys.prefix == sys.base_prefix, reason='these tests do not run in a virtual environment')
@pytest.mark.parametrize('script', [*MAINS, CHECKER])
def test_in_a_virtual_environment_numpy_is_installed_into_it(folder, no_numpy, script):
    done = start(folder, script, no_numpy)
    assert (done.returncode, done.stdout) == (2, '')
    assert done.stderr == (f'{script} needs numpy; in its folder, run: "{sys.executable}" -m pip install numpy && '
                           f'"{sys.executable}" {script}\n')


BASE_PYTHON = Path(sys.base_prefix, 'bin', f'python{sys.version_info[0]}.{sys.version_info[1]}')


@pytest.mark.skipif(not BASE_PYTHON.exists(), reason='the Python outside of the virtual environment is elsewhere')
@pytest.mark.parametrize('script', ['dnn_mlp.py', CHECKER])
def test_elsewhere_a_virtual_environment_is_made_or_taken(folder, no_numpy, script):
    python = str(BASE_PYTHON)
    done = start(folder, script, no_numpy, python)
    run_it = f'.venv/bin/python {script}\n'
    assert (done.returncode, done.stdout) == (2, '')
    assert done.stderr == (f'{script} needs numpy; in its folder, run: "{python}" -m venv .venv && '
                           f'.venv/bin/python -m pip install numpy && {run_it}')
    (folder / '.venv' / 'lib' / 'python3.9' / 'site-packages' / 'numpy').mkdir(parents=True)
    done = start(folder, script, no_numpy, python)
    assert (done.returncode, done.stderr) == (2, f'{script} needs numpy; in its folder, run: {run_it}')


@pytest.mark.parametrize('content', [None, 'def broken(:\n', 'raise ValueError\n'])
def test_the_checker_needs_no_data_loader(folder, content):
    (folder / 'dnn_cnn_2.py').unlink()
    (folder / 'data_loader.py').unlink() if content is None else (folder / 'data_loader.py').write_text(content)
    assert start(folder, CHECKER, {}).stdout.endswith('5 of 5 correct\n')


def test_mains_import_data_loader_before_numpy():
    """That is why one thread is all they get: numpy looks at the variables when it is imported."""
    for name in MAINS:
        text = (ROOT / name).read_text()
        assert text.index('\nfrom data_loader import') < text.index('\nimport numpy')
    assert Path(ROOT / 'data_loader.py').read_text().index('\nTHREADS') < (
        ROOT / 'data_loader.py').read_text().index('import numpy')
