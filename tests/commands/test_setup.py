"""What run_all.sh and run_tests.sh set up before they start, and what they say if they cannot."""

import importlib.metadata
import json
import os
import re
import sys
import zipfile

import pytest

from tests.helpers import ROOT
from tests.helpers.project_copy import hide_python, leftovers, put_python, put_recorder, put_script, run


def fake_python3(project, version='3.11.2', too_old=False, has_venv=True):
    """A python3 without numpy, of some version, perhaps without the venv module."""
    put_script(project.parent / 'bin' / 'python3', f'''
        case $* in
            --version) echo Python {version} ;;
            *version_info*) exit {int(too_old)} ;;
            *ensurepip*) exit {int(not has_venv)} ;;
            *) exit 1 ;;
        esac''')


@pytest.mark.parametrize('script', ['run_all.sh', 'run_tests.sh'])
@pytest.mark.parametrize('python3, said', [
    (None, 'python3 is missing: install Python 3.9 or later'),
    ({'version': '3.8.10', 'too_old': True}, 'Python 3.9 or later is needed, and python3 is: Python 3.8.10'),
    ({'has_venv': False}, 'sudo apt install python3-venv'),
    ({}, 'cannot make'),
])
def test_what_is_missing_is_said_plainly(project, script, python3, said):
    hide_python(project)
    if python3 is not None:
        fake_python3(project, **python3)
    status, output, error = run(project, script, only_bin=True)
    assert (status, output) == (2, '')
    assert said in error.splitlines()[-1]
    assert error.splitlines()[-1].startswith(f'{script}: ')
    assert leftovers(project) == []


@pytest.mark.parametrize('script', ['run_all.sh', 'run_tests.sh'])
@pytest.mark.parametrize('system', ['msys', 'cygwin'])
def test_windows_is_told_what_there_is_for_it(project, script, system):
    put_python(project)
    status, output, error = run(project, script, OSTYPE=system)
    assert (status, output) == (2, '')
    assert error == f'{script}: this needs Linux, macOS or WSL; for Windows itself, the q-scripts are in Windows/\n'


def put_wheel(folder, version, package='numpy', module=None):
    """A wheel that pip takes for numpy, or another package: one with a version, and nothing else."""
    folder.mkdir(exist_ok=True)
    stem = f'{package.replace("-", "_")}-{version}'
    info = f'{stem}.dist-info'
    files = {
        f'{module or package}/__init__.py': f'__version__ = "{version}"\n',
        f'{info}/METADATA': f'Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n',
        f'{info}/WHEEL': 'Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    }
    files[f'{info}/RECORD'] = ''.join(f'{name},,\n' for name in [*files, f'{info}/RECORD'])
    with zipfile.ZipFile(folder / f'{stem}-py3-none-any.whl', 'w') as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)


def test_environment_is_made_completed_and_remade(project):
    pytest.importorskip('ensurepip')
    put_python(project, options='-S')  # so it has no numpy
    (project / '.venv' / 'bin').mkdir(parents=True)
    (project / '.venv' / 'bin' / 'python').symlink_to('gone')  # what an update of Python leaves
    offline = {'PIP_NO_INDEX': '1', 'PIP_CONFIG_FILE': os.devnull}
    status, output, error = run(project, 'run_all.sh', **offline)
    assert (status, output) == (2, '')
    assert 'Making .venv' in error
    assert 'is this machine online?' in error.splitlines()[-1]
    assert 'numpy' in error.splitlines()[-1]

    put_wheel(project.parent / 'wheels', '1.22')
    offline['PIP_FIND_LINKS'] = (project.parent / 'wheels').as_uri()
    status, output, error = run(project, 'run_all.sh', **offline)
    assert status == 0
    assert 'Making .venv' not in error and 'Installing' in error
    claims = json.loads((ROOT / 'assignment.json').read_text(encoding='utf-8'))['claims']
    assert len(re.findall('^  seen ', output, re.M)) == len(claims)

    status, _, error = run(project, 'run_all.sh', **offline)
    assert status == 0
    assert 'Installing' not in error

    [package] = (project / '.venv' / 'lib').glob('python3*/site-packages/numpy/__init__.py')
    package.write_text('import half_of_it')
    status, _, error = run(project, 'run_all.sh', **offline)
    assert status == 0
    assert 'Making .venv' in error


def test_one_command_sets_up_all_that_a_teacher_needs(project):
    pytest.importorskip('ensurepip')
    put_python(project)  # a Python that has it all already: the README's commands need .venv nevertheless
    offline = {'PIP_NO_INDEX': '1', 'PIP_CONFIG_FILE': os.devnull,
               'PIP_FIND_LINKS': (project.parent / 'wheels').as_uri()}
    asked = [found for name in ('requirements.txt', 'requirements-dev.txt') for found in re.findall(
        r'(?m)^([\w-]+)>=([0-9.]+)(?:.*# import (\w+))?', (project / name).read_text())]
    for package, version, module in asked:
        put_wheel(project.parent / 'wheels', version, package, module)
    assert {'numpy', 'matplotlib', 'pypandoc_binary', 'jsonschema'} <= {package for package, *_ in asked}
    status, output, error = run(project, 'instructor/setup.sh', **offline)
    assert status == 0 and 'Making .venv' in error
    assert output.startswith('Ready. Type .venv/bin/python for Python')
    for package, _, module in asked:
        assert [*(project / '.venv/lib').glob(f'python3*/site-packages/{module or package}')], package
    status, output, error = run(project, 'instructor/setup.sh', **offline)
    assert (status, error) == (0, '') and output.startswith('Ready.')


def test_the_set_up_says_what_it_lacks(project):
    hide_python(project)
    status, output, error = run(project, 'instructor/setup.sh', only_bin=True)
    assert (status, output) == (2, '') and error.startswith('setup.sh: python3 is missing')


def test_environment_with_an_old_numpy_is_not_taken(project):
    packages = project.parent / 'packages'
    put_wheel(packages, '1.21.6')
    with zipfile.ZipFile(packages / 'numpy-1.21.6-py3-none-any.whl') as wheel:
        wheel.extractall(packages)
    hide_python(project)
    put_script(project.parent / 'bin' / 'python3', f'''
        case $* in *ensurepip*) exit 1 ;; esac
        PYTHONPATH="{packages}" exec "{sys.executable}" -S "$@"''')
    status, _, error = run(project, 'run_all.sh', only_bin=True)
    assert status == 2
    assert 'python3-venv' in error

    (packages / 'numpy' / '__init__.py').write_text('__version__ = "1.22.0rc1"\n')
    assert run(project, 'run_all.sh', only_bin=True)[0] == 0


def test_a_package_whose_module_has_another_name_is_found_or_missed(project):
    with open(project / 'requirements.txt', 'a') as file:
        file.write('a_package-binary>=2.10  # import other_name\n')
    packages = project.parent / 'packages'
    packages.mkdir()
    hide_python(project)
    put_script(project.parent / 'bin' / 'python3', f'''
        case $* in *ensurepip*) exit 1 ;; esac
        PYTHONPATH="{packages}" exec "{sys.executable}" "$@"''')
    status, _, error = run(project, 'run_all.sh', only_bin=True)
    assert status == 2 and 'python3-venv' in error
    for version, fits in (('2.9', False), ('2.10', True)):
        (packages / 'other_name.py').write_text(f'__version__ = "{version}"\n')
        assert (run(project, 'run_all.sh', only_bin=True)[0] == 0) == fits


@pytest.mark.parametrize('version, fits', [('2.9', False), ('2.10', True)])
def test_a_package_whose_module_does_not_say_its_version_is_asked_for_it(project, version, fits):
    with open(project / 'requirements.txt', 'a') as file:
        file.write('a-package>=2.10\n')
    packages = project.parent / 'packages'
    put_wheel(packages, version, 'a-package', 'a-package')
    with zipfile.ZipFile(packages / f'a_package-{version}-py3-none-any.whl') as wheel:
        wheel.extractall(packages)
    (packages / 'a-package' / '__init__.py').write_text('')
    hide_python(project)
    put_script(project.parent / 'bin' / 'python3', f'''
        case $* in *ensurepip*) exit 1 ;; esac
        PYTHONPATH="{packages}" exec "{sys.executable}" "$@"''')
    assert (run(project, 'run_all.sh', only_bin=True)[0] == 0) == fits


def test_what_the_requirements_ask_for_can_be_imported():
    asked = [line for path in ROOT.glob('requirements*.txt') for line in path.read_text().splitlines()]
    assert {line.split('>=')[0] for line in asked} == {
        'numpy', 'pytest', 'pytest-xdist', 'hypothesis', 'matplotlib', 'pypandoc_binary', 'jsonschema'}
    for line in asked:
        name, module = re.fullmatch(r'([\w-]+)>=[0-9.]+(?:  # import (\w+))?', line).groups()
        importlib.import_module(module or name)
        assert importlib.metadata.version(name)


def test_run_tests_passes_its_arguments_to_pytest(project):
    called = project.parent / 'called'
    put_recorder(project.parent / 'bin' / 'python3', called)
    assert run(project, 'run_tests.sh', '-k', 'linear or relu', '-q') == (0, '', '')
    folder, *command = called.read_text().splitlines()
    assert (folder, command[:2], command[-3:]) == (str(project), ['-m', 'pytest'], ['-k', 'linear or relu', '-q'])
