"""Copies of the master to make handouts of, and handouts to run as students do, with their blanks or filled in."""

import os
import re
import shutil
import subprocess
import sys

from tests.helpers import ROOT, project_copy

FUNCTIONS = ['linear_layer.forward', 'linear_layer.backward', 'relu.forward', 'relu.backward', 'dropout.backward']
TODOS = ['TODO (1)', 'TODO (2)', 'TODO (3)', 'TODO (4)', 'TODO (5)']
BLOCK = re.compile(r' *### BEGIN SOLUTION\n(.*?) *### END SOLUTION\n', re.DOTALL)
DATA = 'mnist_subset.json'


def copy_master(folder, data=True):
    """A copy of the master, without what the handout does not need, and without the data where that does not matter."""
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(
        '.*', '__pycache__', 'tests', 'benchmarks', 'run_all_logs', *([] if data else [DATA])))
    for path in folder.glob('*_lr*'):  # results; the reference records are needed
        path.unlink()
    if not data:
        (folder / DATA).write_text('{}\n')
    return folder


def make(master, *options):
    """Run the command in a copy of the master, as the teacher does; returns what it prints."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith('PYTHON')}
    result = subprocess.run([sys.executable, '-m', 'instructor.handout', *map(str, options)], cwd=master,
                            env=environment, capture_output=True, text=True, timeout=120)
    assert (result.returncode, result.stderr) == (0, ''), result.stderr
    return result.stdout


def surround(folder):
    """What project_copy.run expects around a folder of scripts."""
    for name in ('bin', 'tmp', 'elsewhere'):
        (folder.parent / name).mkdir(parents=True)
    project_copy.put_python(folder)
    project_copy.put_python(folder, 'python')


def run_python(folder, script, *options):
    result = subprocess.run([sys.executable, script, *options], cwd=folder, env=project_copy.environment(folder),
                            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
    assert 'Traceback' not in result.stdout + result.stderr
    return result.returncode, result.stdout, result.stderr


def solve(folder, names=(*FUNCTIONS, *TODOS)):
    """Put the master's solutions into blanks of a handout, by hand: what replaces the lines that raise."""
    for script, blanks in (('dnn_misc.py', FUNCTIONS), ('dnn_cnn_2.py', TODOS)):
        bodies = dict(zip(blanks, BLOCK.findall((ROOT / script).read_text())))
        text = (folder / script).read_text()
        for name in set(names) & set(blanks):
            blank = rf"( *# Write your code for .*\n)? *raise NotImplementedError\('{re.escape(name)}'\)\n"
            text, count = re.subn(blank, lambda match: bodies[name], text)
            assert count == 1
        (folder / script).write_text(text)


def texts(folder):
    """{name: text} of all text files in a handout."""
    return {path.relative_to(folder).as_posix(): path.read_text(encoding='utf-8') for path in folder.rglob('*')
            if path.is_file() and path.name != DATA}
