"""The scripts of the assignment as a user runs them, on MNIST-like data that are quickly learned; and a blank copy."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np

from instructor.publishing import blanks

FOLDER = Path(__file__).resolve().parents[3] / 'assignments' / 'rice_comp576_a1'


def environment():
    """Without a display, and with as few threads as tests should take."""
    env = {name: value for name, value in os.environ.items() if name not in ('DISPLAY', 'WAYLAND_DISPLAY')}
    return {**env, 'OMP_NUM_THREADS': '1', 'OPENBLAS_NUM_THREADS': '1'}


def run(script, *options, cwd, env=None):
    """Run a script from the folder cwd, without a terminal. Returns the finished process."""
    return subprocess.run([sys.executable, str(script), *map(str, options)], cwd=cwd, env=env or environment(),
                          text=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=300)


def blank(parent):
    """A copy of the scripts with the solutions taken out. Returns its folder."""
    folder = parent / 'a handout'
    folder.mkdir()
    for path in FOLDER.glob('*.py'):
        (folder / path.name).write_text(blanks.empty(path.read_text(encoding='utf-8'), path.name), encoding='utf-8')
    for path in FOLDER.glob('requirements*.txt'):
        shutil.copy(path, folder)
    return folder


def idx(array):
    """The bytes of an IDX file of unsigned bytes."""
    header = b'\x00\x00\x08' + bytes([array.ndim]) + b''.join(length.to_bytes(4, 'big') for length in array.shape)
    return header + array.astype(np.uint8).tobytes()


def write_mnist(folder, num_train=600, num_test=100):
    """IDX files in torchvision's layout in a folder: digits are bars in ten places; one label in ten is random."""
    raw = folder / 'MNIST' / 'raw'
    raw.mkdir(parents=True)
    random = np.random.default_rng(0)
    for name, size in (('train', num_train), ('t10k', num_test)):
        labels = random.integers(10, size=size)
        images = random.integers(60, size=(size, 28, 28))
        for image, label in zip(images, labels):
            image[2 + 5 * (label // 2):6 + 5 * (label // 2), 2 + 14 * (label % 2):12 + 14 * (label % 2)] += 180
        labels = np.where(random.random(size) < 0.1, random.integers(10, size=size), labels)
        (raw / f'{name}-images-idx3-ubyte').write_bytes(idx(images))
        (raw / f'{name}-labels-idx1-ubyte').write_bytes(idx(labels))
    return folder
