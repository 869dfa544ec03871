"""A copy of what students get, solved, blank or with other code in a blank, and how its scripts are run."""

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

from instructor.publishing import blanks

FOLDER = Path(__file__).resolve().parents[3] / 'assignments' / 'cmu_10701_hw3'
SCRIPTS = 'hw3_lib.py', 'hw3_sol.py'
GIVEN = 'module_tutorial.py', 'run_experiments.py', 'run_tests.py', 'training_data.py', 'tests'


def make(parent, bodies=None, is_blank=False, has_training_test=True):
    """Copy the students' files to a folder with a space in its name. Returns the folder.

    bodies: {blank: code}, such as {'ReLU.forward': 'return x'}. is_blank: with the solutions taken out.
    has_training_test: with the public test that takes as long as all else together.
    """
    folder = parent / 'a homework'
    folder.mkdir()
    for name in GIVEN:
        if (FOLDER / name).is_dir():
            shutil.copytree(FOLDER / name, folder / name, ignore=shutil.ignore_patterns('__pycache__'))
        else:
            shutil.copy(FOLDER / name, folder / name)
    shutil.copytree(FOLDER / 'training_data_student', folder / 'training_data_student')
    if not has_training_test:
        (folder / 'tests' / 'test_train_network.py').unlink()
    for name in SCRIPTS:
        source = (FOLDER / name).read_text(encoding='utf-8')
        found = {blank.name: blank.indent for blank in blanks.read_blanks(source, name)}
        source = blanks.fill(source, {blank: textwrap.indent(textwrap.dedent(code).strip() + '\n', found[blank])
                                      for blank, code in (bodies or {}).items() if blank in found}, name)
        (folder / name).write_text(blanks.empty(source, name) if is_blank else source, encoding='utf-8')
    return folder


def run(script, *options, cwd, **more):
    """Run a script as a user would, from the folder cwd, without a terminal. Returns the finished process."""
    environment = {name: value for name, value in os.environ.items() if not name.endswith('_THREADS')}
    return subprocess.run([sys.executable, str(script), *map(str, options)], cwd=cwd, env=environment, text=True,
                          capture_output=True, stdin=subprocess.DEVNULL, timeout=300, **more)
