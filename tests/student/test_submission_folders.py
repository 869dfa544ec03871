"""Scripts that lie in folders of what is handed in: where they are found, and how they are packed."""

import io
import zipfile

import pytest

import make_submission
from instructor.sandbox.worker_runs import traceback_text
from submission import FolderSource, Task, ZipSource, check, folder_around
from submission_scripts import read_script

SCRIPTS = {name: {'imports': ['numpy', '.base'] if name.startswith('nets/') else ['numpy'], 'defines': []}
           for name in ('nets/base.py', 'nets/deep.py', 'opt/base.py', 'run.py')}
TASK = Task(title='', term='', assignment='', upload='', student=['name'], example=['doe'], zip='{name}.zip',
            collaboration={'kind': 'nowhere'}, scripts=SCRIPTS, runs={}, run_files=[], epochs=0, documents={},
            known=[], markers=[], given={}, expected={}, packed=['nets/__init__.py'])


def arrived(members):
    content = io.BytesIO()
    with zipfile.ZipFile(content, 'w') as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return ZipSource(zipfile.ZipFile(content), TASK)


@pytest.mark.parametrize('top', ['', 'hw/', 'a/nets/', './'])
def test_each_is_found_in_its_own_folder_wherever_that_lies(top):
    source = arrived({f'{top}{name}': f'x = "{name}"\n' for name in [*SCRIPTS, 'nets/__init__.py']})
    assert check(source, TASK) == []
    assert {name: source.text(name) for name in source.files} == {name: f'x = "{name}"\n' for name in SCRIPTS}
    assert [note.kind for note in source.notes] == ([] if top in ('', './') else ['folder'])
    assert {folder_around(path, name) for name, (path, _) in source.files.items()} == {top.rstrip('/')}


def test_without_folders_only_a_name_that_is_unique_is_found():
    source = arrived({'base.py': 'x = 1\n', 'deep.py': 'x = 2\n', 'run.py': 'x = 3\n'})
    assert {*source.files} == {'nets/deep.py', 'run.py'} and source.missing == ['nets/base.py', 'opt/base.py']
    assert [(note.file, note.text) for note in source.notes if note.kind == 'renamed'] == [
        ('deep.py', 'taken for nets/deep.py')]
    assert [(found.kind, found.file, found.text) for found in check(source, TASK)] == [
        ('near', name, 'is missing, unless this is meant: base.py') for name in ('nets/base.py', 'opt/base.py')]


def test_what_lies_in_its_folder_counts_before_what_lies_elsewhere():
    members = {name: 'x = 1\n' for name in SCRIPTS}
    source = arrived({**members, 'old/deep.py': 'x = 2\n'})
    assert check(source, TASK) == [] and source.text('nets/deep.py') == 'x = 1\n'
    assert [note.text for note in source.notes if note.kind == 'other'] == [
        '1 file that was not asked for: old/deep.py']
    source = arrived({**members, 'old/nets/deep.py': 'x = 2\n'})
    assert [(found.kind, found.file) for found in check(source, TASK)] == [('duplicate', 'nets/deep.py')]


def test_a_folder_is_packed_in_structure(tmp_path):
    for name in (*SCRIPTS, 'nets/__init__.py', 'nets/deep (1).py', 'nets/notes.txt', 'elsewhere/run.py'):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f'x = "{name}"\n')
    source = FolderSource(tmp_path, TASK)
    assert check(source, TASK) == []
    content = make_submission.pack(source, [(name, tmp_path / name) for name in TASK.packed])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.namelist() == ['nets/__init__.py', 'nets/base.py', 'nets/deep.py', 'opt/base.py', 'run.py']
        assert archive.read('nets/deep.py') == b'x = "nets/deep.py"\n'


@pytest.mark.parametrize('line, problems', [
    ('from .base import x', 0), ('from . import base', 1), ('from .other import x', 1), ('from ..base import x', 1),
    ('import numpy.linalg', 0), ('import base', 1)])
def test_relative_imports_are_allowed_by_name(line, problems):
    assert len(read_script('nets/deep.py', f'{line}\n', SCRIPTS['nets/deep.py'])) == problems


def test_a_traceback_shows_the_lines_of_the_script_in_its_folder():
    error = {'kind': 'ValueError', 'said': 'no', 'lines': [
        ['/scratch/nets/base.py', '3', 'f', 'f()'], ['/scratch/opt/base.py', '4', 'g', 'secret()']]}
    assert traceback_text(error, ['nets/base.py', 'run.py']).splitlines() == [
        'Traceback (most recent call last):', '  File "nets/base.py", line 3, in f', '    f()', 'ValueError: no']
