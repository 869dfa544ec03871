"""packages.py, and how_to_install of common.py: what is said if a package is missing."""
import subprocess
import sys

import pytest

import common
from tests.helpers import ROOT

# A Python in which some packages cannot be imported; its arguments: these packages, then a module and its own.
WITHOUT = """if True:
    import runpy, sys
    for name in sys.argv.pop(1).split():
        sys.modules[name] = None
    runpy.run_module(sys.argv.pop(1), run_name='__main__', alter_sys=True)
"""


@pytest.mark.parametrize('module, packages, said', [
    ('instructor.grade', 'numpy', 'numpy is missing'), ('instructor.grade', 'matplotlib', 'matplotlib is missing'),
    ('instructor.grade', 'numpy matplotlib', 'numpy and matplotlib are missing'),
    ('instructor.grade', 'jsonschema', 'jsonschema is missing'),
    ('instructor.handout', 'jsonschema', 'jsonschema is missing'),
    ('instructor.mnist_subset', 'numpy', 'numpy is missing'), ('benchmarks.grade', 'numpy', 'numpy is missing')])
def test_without_a_package_a_command_says_in_one_line_what_to_do(module, packages, said):
    done = subprocess.run([sys.executable, '-c', WITHOUT, packages, module, 'x', '--course', 'tamu', '--output', 'y'],
                          cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=100)
    assert done.returncode == 2 and done.stdout == '' and done.stderr.count('\n') == 1, done.stderr
    assert done.stderr.startswith(f'{module}: {said}') and done.stderr.endswith(
        f' -m {module} x --course tamu --output y\n')


def test_only_grading_on_a_cluster_needs_dask():
    def grade(*more):
        return subprocess.run([sys.executable, '-c', WITHOUT, 'dask distributed', 'instructor.grade', 'none.zip',
                               '--course', 'tamu', '--output', 'y', *more], cwd=ROOT, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=100)
    without, asked = grade(), grade('--dask', 'tcp://127.0.0.1:1')
    assert without.stderr.startswith('instructor.grade: none.zip: cannot be read') and without.returncode == 2
    assert asked.stderr.startswith('instructor.grade: distributed is missing; in ') and asked.returncode == 2
    assert 'pip install distributed' in asked.stderr and asked.stderr.count('\n') == 1


def test_without_pandoc_the_handout_names_the_package_that_brings_it(tmp_path):
    done = subprocess.run([sys.executable, '-c', WITHOUT, 'pypandoc', 'instructor.handout', '--course', 'tamu',
                           '--output', tmp_path / 'new'], cwd=ROOT, capture_output=True, text=True, timeout=100)
    assert (done.returncode, done.stdout, [*tmp_path.iterdir()]) == (2, '', [])
    assert done.stderr == ('python3 -m instructor.handout: ASSIGNMENT.html needs pypandoc_binary: type '
                           f'"{sys.executable}" -m pip install pypandoc_binary\n')


@pytest.fixture
def python(tmp_path, monkeypatch):
    """A function that pretends to be a Python of this path, in a folder without .venv; returns that folder."""
    def python(path, prefix='/usr'):
        monkeypatch.setattr(sys, 'executable', path)
        monkeypatch.setattr(sys, 'prefix', prefix)
        monkeypatch.setattr(sys, 'base_prefix', '/usr')
        monkeypatch.setattr(common, 'FOLDER', tmp_path)
        return tmp_path
    return python


def test_the_python_of_an_environment_is_named(python):
    python('/opt/my env/bin/python3.12', prefix='/opt/my env')
    mine = '"/opt/my env/bin/python3.12"'
    assert common.how_to_install('numpy', 'matplotlib') == f'{mine} -m pip install numpy matplotlib'
    assert common.how_to_install('numpy', then='x.py') == f'{mine} -m pip install numpy && {mine} x.py'


def test_a_python_of_the_system_makes_an_environment_first(python):
    python('/usr/bin/python3')
    assert common.how_to_install('numpy', then='-m x') == (
        '"/usr/bin/python3" -m venv .venv && .venv/bin/python -m pip install numpy && .venv/bin/python -m x')
    assert common.how_to_install('numpy') == (
        '"/usr/bin/python3" -m venv .venv && .venv/bin/python -m pip install numpy')


def test_an_environment_that_has_it_is_named(python):
    folder = python('/usr/bin/python3')
    (folder / '.venv/lib/python3.9/site-packages/numpy').mkdir(parents=True)
    assert common.how_to_install('numpy', then='-m x') == '.venv/bin/python -m x'
    python('.venv/bin/python', prefix=folder / '.venv')  # it is there, but does not work
    assert common.how_to_install('numpy', then='-m x').startswith('".venv/bin/python" -m pip install numpy')
