"""What a student hands in, all in order, and make_submission.py called on it; what the tests of both share."""

import io
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

import make_submission
from submission import FolderSource, check
from tests.helpers import ROOT, courses, project_copy

RECORDS = project_copy.RECORDS
Q33, Q310 = RECORDS['q33'], RECORDS['q310']
NAMES = {'tamu': ['Cheng', 'Zhang'], 'osu': ['smith.12']}
ZIPS = {'tamu': 'Assignment_3_Cheng_Zhang.zip', 'osu': 'HW_6_code_smith.12.zip'}
DECLARED = '\n\n# Collaboration:\n# Jane Doe, doe.34\n'
EPOCHS = [round(0.9 + epoch / 1000, 4) for epoch in range(30)]
RIGHT = {'train': EPOCHS, 'val': EPOCHS}
PARTS = {'dnn_misc.py': '\nclass linear_layer:\n    def forward(): pass\n    def backward(): pass\n'
                        'class relu:\n    def forward(): pass\n    def backward(): pass\n'
                        'class dropout:\n    def backward(): pass\n',
         'dnn_cnn_2.py': '\ndef main(main_params): pass\n'}  # what must not be missing
PROGRAM = ('make_submission.py', 'submission.py', 'submission_scripts.py', 'records.py', 'common.py')


def put_submission(folder, course):
    """What a student of the course has, all in order, in a new folder: our solved scripts and the reference records."""
    folder.mkdir()
    for name in ('dnn_misc.py', 'dnn_cnn_2.py'):
        text = (ROOT / name).read_text()
        (folder / name).write_text(text + DECLARED if course == 'osu' else text)
    for path in (ROOT / 'instructor' / 'mlp_cnn' / 'reference').glob('*.json'):
        shutil.copyfile(path, folder / path.name)
    if course == 'tamu':
        (folder / 'collaboration.txt').write_text('Jane Doe, jdoe\nWei Li, wli5\n')
    return folder


def put_program(folder):
    """Copy make_submission.py, and what it imports, into a folder."""
    for name in PROGRAM:
        shutil.copy(ROOT / name, folder)


def submit(folder, course, *options, names=None, task=None):
    """Call the script as a student would, in this process: (status, lines on stdout, lines on stderr).

    task: the path of the course.json that it goes by; where it is None, one with nothing to compare with.
    """
    out, err = io.TextIOWrapper(io.BytesIO(), 'utf-8'), io.TextIOWrapper(io.BytesIO(), 'utf-8')
    with tempfile.TemporaryDirectory() as elsewhere, pytest.MonkeyPatch.context() as patch:
        task = task or courses.write_task(Path(elsewhere), course)
        command = [*(NAMES[course] if names is None else names), '--course', task, '--folder', folder]
        patch.setattr(sys, 'stdout', out)
        patch.setattr(sys, 'stderr', err)
        try:
            status = make_submission.main([*map(str, command), *options])
        except SystemExit as end:
            status = end.code
    lines = [stream.detach().getvalue().decode() for stream in map(flushed, (out, err))]
    assert 'Traceback' not in lines[1]
    return status, lines[0].splitlines(), lines[1].splitlines()


def flushed(stream):
    stream.flush()
    return stream


def run_script(folder, *arguments, options=(), cwd=None):
    """Run the make_submission.py of a folder by itself, with none of our other modules in reach."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith('PYTHON')}
    return subprocess.run([sys.executable, *options, str(folder / 'make_submission.py'), *arguments], cwd=cwd,
                          env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)


def found(folder, course):
    """What check finds in a folder, as (kind, file)."""
    return [(one.kind, one.file) for one in problems_in(folder, course)]


def problems_in(folder, course):
    task = courses.task(course)
    return check(FolderSource(folder, task), task)


def state(folder):
    return {path.relative_to(folder): (path.read_bytes() if path.is_file() else None, path.stat().st_mtime_ns)
            for path in folder.rglob('*')}


def stopped_once(path, command, **options):
    """Run a command and press Ctrl-C once this path is there: its exit status, its output and its errors."""
    with subprocess.Popen([*map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          start_new_session=True, **options) as process:
        for _ in range(600):
            if path.exists():
                break
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=60)
    return process.returncode, out, err
