"""The seven q-scripts, and those for Windows, run as students do."""

import shutil
from pathlib import Path

import pytest

from tests.helpers import small_data
from tests.helpers.project_copy import (
    COMMANDS,
    RECORDS,
    ROOT,
    RUNS,
    hide_python,
    put_python,
    put_recorder,
    put_script,
    results,
    run,
)


def all_scripts():
    folders = [ROOT, ROOT / 'Windows', ROOT / 'instructor']
    return [path for folder in folders for path in folder.glob('*.sh')] + [ROOT / '.ci' / 'run']


def test_there_are_seven_of_each():
    assert {path.stem for path in ROOT.glob('q*.sh')} == set(COMMANDS)
    assert {path.stem for path in (ROOT / 'Windows').iterdir()} == set(COMMANDS)


def test_line_ends_and_permissions():
    for path in all_scripts():
        assert b'\r' not in path.read_bytes(), path
        if path.parent.name != 'instructor':
            assert path.stat().st_mode & 0o111, path


def test_assignment_json_describes_the_seven():
    assert {name: run['script'] for name, run in RUNS.items()} == {name: f'{name}.sh' for name in COMMANDS}


def test_each_writes_the_result_that_assignment_json_names(tmp_path):
    """The real mains on a few digits, an epoch each, started by the q-scripts of both kinds."""
    for windows in (False, True):
        project = small_data.make_project(tmp_path / ('windows' if windows else 'others') / 'my project')
        for name in ('bin', 'tmp', 'elsewhere'):
            (project.parent / name).mkdir()
        put_python(project, 'python' if windows else 'python3')
        folder = Path('Windows' if windows else '')
        (project / folder).mkdir(exist_ok=True)
        for path in (ROOT / folder).glob('q*.sh'):
            shutil.copy(path, project / folder)
        written = {}
        for name in COMMANDS:
            assert run(project, folder / f'{name}.sh', '--num_epoch', '1')[0] == 0
            [written[name]] = results(project) - {*written.values()}
        assert written == RECORDS


@pytest.mark.parametrize('name', COMMANDS)
def test_q_script_runs_its_command_beside_it(project, name):
    record = project.parent / 'called'
    put_recorder(project.parent / 'bin' / 'python3', record)
    assert run(project, f'{name}.sh', '--num_epoch', '1', '--alpha', '0.1 0') == (0, '', '')
    assert record.read_text().splitlines() == [str(project), *COMMANDS[name], '--num_epoch', '1', '--alpha', '0.1 0']


@pytest.mark.parametrize('name', COMMANDS)
def test_windows_script_runs_its_command_one_folder_up(project, name):
    record = project.parent / 'called'
    hide_python(project)
    put_recorder(project.parent / 'bin' / 'python', record)
    assert run(project, f'Windows/{name}.sh', '--num_epoch', '1', only_bin=True) == (0, '', '')
    assert record.read_text().splitlines() == [str(project), *COMMANDS[name], '--num_epoch', '1']


PYTHONS = '.venv/bin/python', '.venv/Scripts/python', 'python3', 'python'  # in the order in which they are tried


@pytest.mark.parametrize('script', ['q34.sh', 'Windows/q34.sh'])
@pytest.mark.parametrize('number', range(4))
def test_q_script_takes_the_first_python_that_works(project, script, number):
    hide_python(project)
    records = [project.parent / f'called {number}' for number in range(4)]
    for path, record, rank in zip(PYTHONS, records, range(4)):
        put_recorder((project if '/' in path else project.parent / 'bin') / path, record, lacking=rank < number)
    assert run(project, script, only_bin=True) == (0, '', '')
    assert [record.exists() for record in records] == [rank == number for rank in range(4)]


@pytest.mark.parametrize('script', ['q34.sh', 'Windows/q34.sh'])
def test_q_script_does_not_take_the_stub_of_the_microsoft_store(project, script):
    called = project.parent / 'called'
    put_script(project.parent / 'bin' / 'python3', 'echo Python was not found; echo run without arguments >&2; exit 49')
    put_recorder(project.parent / 'bin' / 'python', called)
    assert run(project, script) == (0, '', '') and called.exists()


@pytest.mark.parametrize('script', ['q34.sh', 'Windows/q34.sh'])
def test_ctrl_c_while_python_is_looked_for_ends_the_script(project, script):
    called = project.parent / 'called'
    put_script(project.parent / 'bin' / 'python3', 'kill -INT $PPID; exit 1')
    put_recorder(project.parent / 'bin' / 'python', called)
    assert run(project, script) == (130, '', '') and not called.exists()


def test_the_scripts_for_windows_differ_in_their_folder_only():
    for name in COMMANDS:
        here, windows = ((ROOT / folder / f'{name}.sh').read_text() for folder in ('', 'Windows'))
        assert windows == here.replace('cd "$(dirname "$0")"', 'cd "$(dirname "$0")/.."').replace(
            'beside this script', 'one folder up') != here


@pytest.mark.parametrize('script, python', [('q36.sh', 'python3'), ('Windows/q36.sh', 'python')])
@pytest.mark.parametrize('installed', [True, False])
def test_q_script_without_numpy_or_python_says_what_to_do(project, script, python, installed):
    hide_python(project)
    if installed:
        put_recorder(project.parent / 'bin' / python, project.parent / 'called', lacking=True)
    status, output, error = run(project, script, only_bin=True)
    assert (status, output) == (2, '')
    assert error.count('\n') == 1
    assert f'cd "{project}" && python3 -m venv .venv && .venv/bin/python -m pip install numpy (on Windows: ' in error
    assert 'pip install numpy' in error
    assert not (project.parent / 'called').exists()


def test_q_script_passes_on_the_exit_status_and_writes_beside_itself(project):
    put_python(project)
    (project / 'dnn_cnn.py').write_text('raise SystemExit(3)')
    assert run(project, 'q37.sh')[0] == 3
    assert run(project, 'q36.sh')[0] == 0
    assert (project / RECORDS['q36']).exists()
    assert list((project.parent / 'elsewhere').iterdir()) == []
