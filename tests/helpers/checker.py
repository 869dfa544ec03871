"""The students' checker, run as students run it: beside a dnn_misc.py, in a folder of its own."""

import os
import re
import shutil
import subprocess
import sys
import time

from tests.helpers import ROOT

MASTER = (ROOT / 'dnn_misc.py').read_text(encoding='utf-8')
LINE = re.compile(r'([a-z_]+\.[a-z]+) +largest difference (n/a|\d\.\de[+-]\d\d) \.\.\. '
                  r'(should be correct|might be wrong)')


def lay_out(folder, source):
    """A student's folder: the checker and what dnn_misc.py needs, with this source as dnn_misc.py."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ('hw5_dnn_check.py', 'dnn_cnn_2_check.py', 'checking.py', 'dnn_im2col.py', 'data_loader.py',
                 'training.py', 'common.py'):
        shutil.copy(ROOT / name, folder)
    if source is not None:
        (folder / 'dnn_misc.py').write_bytes(source if isinstance(source, bytes) else source.encode())
    return folder


def command(folder):
    return [sys.executable, '-B', str(folder / 'hw5_dnn_check.py')]


def check(folder, source, **options):
    """Run the checker on this dnn_misc.py; without a terminal, from another current folder unless one is given."""
    options = {'cwd': folder.parent, 'env': {**os.environ, 'OPENBLAS_NUM_THREADS': '1'}, **options}
    return subprocess.run(command(lay_out(folder, source)), stdin=subprocess.DEVNULL, capture_output=True,
                          encoding='utf-8', timeout=60, **options)


def parse(output):
    """Function -> (difference, verdict, hints), and the last line; every line has to be of a known form."""
    *lines, last = output.splitlines()
    found, name = {}, None
    for line in lines:
        if line.startswith('    '):
            found[name][2].append(line[4:])
        else:
            name, difference, verdict = LINE.fullmatch(line).groups()
            found[name] = difference, verdict, []
    return found, last


def line_of(source, text):
    (number,) = (number for number, line in enumerate(source.splitlines(), 1) if text in line)
    return number


def endless(function, catch=False):
    """A body that says where it is and never ends."""
    loop = 'while True:\n    pass'
    if catch:
        loop = 'while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass'
    return f"open({function!r}, 'w').close()\n{loop}"


def start(folder, source):
    lay_out(folder, source)
    return subprocess.Popen(command(folder), cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, encoding='utf-8')


def wait_for(path):
    deadline = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def finish(process):
    try:
        return process.communicate(timeout=30)
    finally:
        process.kill()
