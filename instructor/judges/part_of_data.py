"""Draws a part of an assignment's data for short runs:   python3 part_of_data.py FOLDER FUNCTION SHARE SEED

writes an npz file with the arrays to stdout. It is a process of its own because a data set in JSON takes hundreds of
megabytes while it is read, and because the files of different assignments have modules of the same names.
"""
import functools
import importlib
import io
import subprocess
import sys

import numpy as np


@functools.lru_cache(maxsize=1)
def part_of_data(folder, function, share, seed):
    """The npz file, as bytes, with a share of the examples in the arrays that a function of a module returns.

    folder: the assignment's, which holds the module; function: 'data_loader.data_loader_mnist'; seed: says which
    examples. Raises OSError, with one line, if the data cannot be read.
    """
    command = [sys.executable, '-I', __file__, str(folder), function, str(share), str(seed)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True)
    if done.returncode != 0:
        last = (done.stderr.decode('utf-8', 'replace').strip().splitlines() or ['no reason given'])[-1]
        raise OSError(f'the data cannot be read: {last}')
    return done.stdout


def draw(arrays, share, seed):
    """The arrays with a share of their rows, in their order; the same rows of arrays of the same length."""
    random, rows = np.random.RandomState(seed), {}
    for length in dict.fromkeys(map(len, arrays)):
        rows[length] = np.sort(random.permutation(length)[:max(1, round(share * length))])
    return [array[rows[len(array)]] for array in arrays]


def main():
    folder, function, share, seed = sys.argv[1:]
    sys.path.insert(0, folder)
    module, name = function.split('.')
    with io.BytesIO() as out:
        np.savez(out, *draw(getattr(importlib.import_module(module), name)(), float(share), int(seed)))
        sys.stdout.buffer.write(out.getvalue())


if __name__ == '__main__':
    main()
