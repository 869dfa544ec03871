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
    put_recorder(project.parent / 'bin' / 'python', record)
    assert run(project, f'Windows/{name}.sh', '--num_epoch', '1') == (0, '', '')
    assert record.read_text().splitlines() == [str(project), *COMMANDS[name], '--num_epoch', '1']


@pytest.mark.parametrize('script, environment_python, python', [
    ('q34.sh', '.venv/bin/python', 'python3'), ('Windows/q34.sh', '.venv/Scripts/python', 'python')])
def test_q_script_prefers_the_environment_that_works(project, script, environment_python, python):
    in_venv, on_path = project.parent / 'in venv', project.parent / 'on path'
    put_recorder(project / environment_python, in_venv)
    put_recorder(project.parent / 'bin' / python, on_path)
    assert run(project, script)[0] == 0
    assert in_venv.exists() and not on_path.exists()

    in_venv.unlink()
    put_recorder(project / environment_python, in_venv, lacking=True)
    assert run(project, script)[0] == 0
    assert on_path.exists() and not in_venv.exists()


@pytest.mark.parametrize('script, python', [('q36.sh', 'python3'), ('Windows/q36.sh', 'python')])
@pytest.mark.parametrize('installed', [True, False])
def test_q_script_without_numpy_or_python_says_what_to_do(project, script, python, installed):
    hide_python(project)
    if installed:
        put_recorder(project.parent / 'bin' / python, project.parent / 'called', lacking=True)
    status, output, error = run(project, script, only_bin=True)
    assert (status, output) == (2, '')
    assert error.count('\n') == 1
    assert f'cd "{project}" && {python} -m venv .venv && ' in error
    assert 'pip install numpy' in error
    assert not (project.parent / 'called').exists()


def test_q_script_passes_on_the_exit_status_and_writes_beside_itself(project):
    put_python(project)
    (project / 'dnn_cnn.py').write_text('raise SystemExit(3)')
    assert run(project, 'q37.sh')[0] == 3
    assert run(project, 'q36.sh')[0] == 0
    assert (project / RECORDS['q36']).exists()
    assert list((project.parent / 'elsewhere').iterdir()) == []
