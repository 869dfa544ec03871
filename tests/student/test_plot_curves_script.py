"""plot_curves.py run as a script: without matplotlib, from other folders, in a handout, and alone."""

import json
import os
import shutil
import subprocess
import sys

import pytest

import plot_curves
from tests.helpers import ROOT
from tests.helpers.reference import LR, MLP, write_record


def run_script(script, *arguments, cwd, code=None):
    """Run the script in a process of its own without a display; code: Python to run before it."""
    start = (f'import os, runpy, sys; {code}; sys.argv = sys.argv[1:]; sys.path.insert(0, os.path.dirname(sys.argv[0]))'
             '; runpy.run_path(sys.argv[0], run_name="__main__")')
    command = [sys.executable, *(['-c', start] if code else []), str(script), *arguments]
    env = {name: value for name, value in os.environ.items() if name not in ('DISPLAY', 'WAYLAND_DISPLAY')}
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=120)


def put_script(folder, described='assignment.json'):
    """Copy the script and what it needs; described: the file that says which runs there are, or None."""
    for name in filter(None, ('common.py', 'records.py', described)):
        shutil.copy(ROOT / name, folder)
    return shutil.copy(ROOT / 'plot_curves.py', folder)


def test_without_matplotlib_one_line_says_how_to_install_it(runs):
    block = 'sys.modules["matplotlib"] = sys.modules["numpy"] = None'
    done = run_script(ROOT / 'plot_curves.py', cwd=runs, code=block)
    assert done.returncode == 2 and done.stdout == '' and len(done.stderr.splitlines()) == 1
    assert 'matplotlib is missing' in done.stderr
    assert done.stderr.endswith(' plot_curves.py\n')
    assert sorted(path.name for path in runs.iterdir()) == sorted(plot_curves.RUNS)


def test_without_matplotlib_the_environment_that_has_it_is_named(runs):
    script = put_script(runs)
    (runs / '.venv' / 'lib' / 'python3.9' / 'site-packages' / 'matplotlib').mkdir(parents=True)
    done = run_script(script, cwd=runs, code='sys.modules["matplotlib"] = None')
    assert done.returncode == 2 and done.stderr.endswith('run: .venv/bin/python plot_curves.py\n')


def test_the_current_folder_goes_before_the_folder_of_the_script(runs, tmp_path):
    pytest.importorskip('matplotlib')
    script = put_script(runs)
    elsewhere = tmp_path / 'elsewhere'
    elsewhere.mkdir()
    done = run_script(script, '--output', 'a.svg', cwd=elsewhere)
    assert (done.returncode, done.stdout) == (0, 'a.svg: 7 runs\n')
    write_record(elsewhere / MLP, [0.5], [0.123])
    done = run_script(script, '--output', 'b.svg', cwd=elsewhere)
    assert (done.returncode, done.stdout) == (1, 'b.svg: 1 run\n') and len(done.stderr.splitlines()) == 6
    assert 'final validation 0.123' in (elsewhere / 'b.svg').read_text()


def test_no_result_at_all(tmp_path):
    script = put_script(tmp_path)
    done = run_script(script, cwd=tmp_path)
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1 and 'q33.sh' in done.stderr
    assert 'run q33.sh ... q310.sh first' in done.stderr


def test_without_a_description_it_draws_the_files_that_are_named(runs):
    pytest.importorskip('matplotlib')
    script = put_script(runs, described=None)
    done = run_script(script, MLP, LR, '--output', 'a.svg', cwd=runs)
    assert (done.returncode, done.stdout, done.stderr) == (0, 'a.svg: 2 runs\n', '')
    assert '>MLP</text>' in (runs / 'a.svg').read_text() and 'Q3.3' not in (runs / 'a.svg').read_text()
    done = run_script(script, cwd=runs)
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1 and 'name the files to draw' in done.stderr
    (runs / 'course.json').write_text('[')  # damaged: as if it were missing
    assert run_script(script, cwd=runs).stderr == done.stderr


def test_in_a_handout_the_runs_are_those_of_course_json(runs):
    pytest.importorskip('matplotlib')
    (runs / 'course.json').write_text(json.dumps({'runs': {'a': {'result': MLP, 'title': 'Problem 7', 'script': 'a.sh'},
                                                           'b': {'result': 'x.json', 'title': '', 'script': 'b.sh'}}}))
    done = run_script(put_script(runs), '--output', 'a.svg', cwd=runs)
    assert (done.returncode, done.stdout) == (1, 'a.svg: 1 run\n')
    assert done.stderr == 'plot_curves.py: x.json: no such file (the result of b.sh)\n'
    assert '>Problem 7  MLP</text>' in (runs / 'a.svg').read_text()
