"""A copy of what students get, solved, blank or with other code in a blank, and how its scripts are run."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from instructor.publishing import blanks
from tests.helpers.blank_filling import fill

FOLDER = Path(__file__).resolve().parents[3] / 'assignments' / 'gt_cs7643_hw1'
BLANKS = {
    'models/_base_network.py': ['_baseNetwork.softmax', '_baseNetwork.cross_entropy_loss',
                                '_baseNetwork.compute_accuracy', '_baseNetwork.sigmoid', '_baseNetwork.sigmoid_dev',
                                '_baseNetwork.ReLU', '_baseNetwork.ReLU_dev'],
    'models/softmax_regression.py': ['SoftmaxRegression.forward'],
    'models/two_layer_nn.py': ['TwoLayerNet.forward'],
    'optimizer/_base_optimizer.py': ['_BaseOptimizer.apply_regularization'],
    'optimizer/sgd.py': ['SGD.update'],
    'utils.py': ['load_mnist_trainval', 'generate_batched_data', 'plot_curves'],
}
GIVEN = ('models/__init__.py', 'optimizer/__init__.py', 'training_loop.py', 'experiments.py', 'get_data.py',
         'mnist_sources.py', 'mnist_idx.py', 'mnist_csv.py', 'collect_submission.py', 'main.ipynb',
         'collect_submission.ipynb', 'data/small.npz', 'configs', 'tests', 'requirements.txt')


def make(parent, bodies=None, is_blank=False):
    """Copy the students' files to a folder with a space in its name. Returns the folder.

    bodies: {blank: code}, such as {'_baseNetwork.ReLU': 'return X'}. is_blank: with the solutions taken out.
    """
    folder = parent / 'a homework'
    for name in GIVEN:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if (FOLDER / name).is_dir():
            shutil.copytree(FOLDER / name, folder / name, ignore=shutil.ignore_patterns('__pycache__'))
        else:
            shutil.copy(FOLDER / name, folder / name)
    for name in BLANKS:
        source = (FOLDER / name).read_text(encoding='utf-8')
        source = fill(source, bodies or {}, name)
        (folder / name).write_text(blanks.empty(source, name) if is_blank else source, encoding='utf-8')
    return folder


def run(*arguments, cwd, **environment):
    """Run Python as a user would, in the folder cwd, without a terminal. Returns the finished process."""
    kept = {name: value for name, value in os.environ.items() if not name.endswith('_THREADS')}
    return subprocess.run([sys.executable, *map(str, arguments)], cwd=cwd, env={**kept, **environment}, text=True,
                          capture_output=True, stdin=subprocess.DEVNULL, timeout=300)


def put_program(path, code):
    """A program that runs this Python code, also if Python lies in a folder with a space, which no #! line can name."""
    script = path.with_name(f'{path.name}.py')
    script.write_text(code, encoding='utf-8')
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{script}" "$@"\n', encoding='utf-8')
    path.chmod(0o755)
