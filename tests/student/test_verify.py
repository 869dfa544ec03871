"""make_submission.py --verify: the first epochs are repeated and compared."""

import json
import os
import shutil
import sys
from pathlib import Path

import pytest

import make_submission
from make_submission import verify
from submission import FolderSource
from tests.helpers import ROOT, courses, project_copy, small_data
from tests.helpers.packing import DECLARED, PARTS, Q33, RECORDS, ZIPS, state, stopped_once, submit


@pytest.fixture(scope='module')
def runs(tmp_path_factory):
    """A project on a small data set in which all seven questions have run, one epoch each, told as thirty."""
    folder = small_data.make_project(tmp_path_factory.mktemp('runs') / 'my project')
    for question, name in RECORDS.items():
        script, *options = project_copy.COMMANDS[question]
        small_data.run(folder / script, *options, '--num_epoch', 1, cwd=folder).check_returncode()
        record = json.loads((folder / name).read_text())
        (folder / name).write_text(json.dumps({key: 30 * values for key, values in record.items()}))
    for name in ('dnn_misc.py', 'dnn_cnn_2.py'):
        (folder / name).write_text((folder / name).read_text() + DECLARED)
    shutil.rmtree(folder / '__pycache__', ignore_errors=True)
    return folder


@pytest.fixture
def project(runs, tmp_path):
    return Path(shutil.copytree(runs, tmp_path / 'my project'))


def but_twins(lines):
    """Without what is said of equal results: on so few images two runs come to the same."""
    return [line for line in lines if 'has the same numbers as' not in line]


def test_verify_finds_all_seven_right_and_changes_nothing(project):
    os.utime(project / 'dnn_misc.py', None)  # the results are older: not told, since they fit
    before = state(project)
    status, out, err = submit(project, 'osu', '--verify')
    assert (status, but_twins(err)) == (0, [])
    assert out[:7] == [f'{question}: the first epoch is as in {name}' for question, name in RECORDS.items()]
    after = state(project)
    assert after.pop(Path(ZIPS['osu']))[0][:2] == b'PK'
    assert after == before


def test_verify_finds_a_result_that_is_not_from_this_code(project):
    record = json.loads((project / Q33).read_text())
    other = {**record, 'val': [record['val'][0] - 0.05, *record['val'][1:]]}
    (project / Q33).write_text(json.dumps(other))
    keep_only(project, 'q33', 'q36')
    before = state(project)
    status, out, err = submit(project, 'osu', '--verify')
    assert (status, out) == (1, [f'q33: the first epoch is not that of {Q33}',
                                 f'q36: the first epoch is as in {RECORDS["q36"]}'])
    [told] = [line for line in err if line.startswith(Q33)]
    assert str(record['val'][0]) in told and str(other['val'][0]) in told and 'run q33.sh again' in told
    assert state(project) == before
    status, out, _ = submit(project, 'osu', '--verify', '--incomplete')
    assert status == 0 and out[-1].startswith('INCOMPLETE')


def keep_only(project, *questions):
    for question, name in RECORDS.items():
        if question not in questions:
            (project / name).unlink()


def test_verify_takes_the_scripts_under_the_names_of_the_course(project):
    (project / 'dnn_mlp_nononlinear.py').rename(project / 'dnn_mlp_nonlinear.py')
    tamu, osu = courses.task('tamu'), courses.task('osu')
    assert verify(FolderSource(project, tamu), tamu, project, 'q36') is None
    problem = verify(FolderSource(project, osu), osu, project, 'q36')
    assert problem.kind == 'verify' and 'dnn_mlp_nononlinear.py' in problem.text


@pytest.mark.parametrize('status', [0, 1, None])
def test_verify_takes_the_python_of_the_folder_if_numpy_is_there(project, tmp_path, status):
    python = project / '.venv' / 'bin' / 'python'
    python.parent.mkdir(parents=True)
    real = f'echo "$@" >> "{tmp_path}/ran"; exec "{sys.executable}" "$@"'
    # status 0: it has numpy; 1: it stops whatever it is asked for; None: it cannot be started at all
    python.write_text(f'#!/bin/sh\n{"exit 1" if status else real}\n')
    python.chmod(0o644 if status is None else 0o755)
    course = courses.task('osu')
    assert verify(FolderSource(project, course), course, project, 'q33') is None
    assert (tmp_path / 'ran').exists() == (status == 0)
    if status == 0:
        assert 'dnn_mlp.py --num_epoch 1' in (tmp_path / 'ran').read_text()


@pytest.mark.parametrize('code, said', [
    ('        raise ValueError("not like this")\n', 'ValueError: not like this'),
    ('        return 1 / 0\n', 'division by zero'),
    ('        import sys; sys.exit(0)\n', 'cannot be repeated'),
    ('        self.mask = X > 0\n        return X / 0\n', 'the loss is not finite'),
])
def test_verify_tells_how_a_run_fails(project, code, said):
    text = (project / 'dnn_misc.py').read_text()
    (project / 'dnn_misc.py').write_text(text.replace('        self.mask = X > 0\n', code))
    problem = verify(FolderSource(project, courses.task('osu')), courses.task('osu'), project, 'q33')
    assert problem[:2] == ('verify', Q33) and said in problem.text and problem.text.isprintable()


def test_verify_ends_an_endless_epoch(project, monkeypatch):
    monkeypatch.setattr(make_submission, 'VERIFY_SECONDS', 2)
    (project / 'dnn_misc.py').write_text('while True:\n    pass\n')
    problem = verify(FolderSource(project, courses.task('osu')), courses.task('osu'), project, 'q33')
    assert problem.kind == 'verify' and 'more than 2 s' in problem.text


def test_verify_waits_until_the_scripts_are_in_order(project):
    (project / 'dnn_cnn_2.py').write_text('raise NotImplementedError("TODO (1)")' + PARTS['dnn_cnn_2.py'] + DECLARED)
    status, out, err = submit(project, 'osu', '--verify')
    assert (status, out) == (1, ['Not verified: the scripts have to be mended first.'])
    assert [line.split(':')[0] for line in but_twins(err)[:-1]] == ['dnn_cnn_2.py']


def test_verify_on_the_shipped_data_agrees_with_the_reference(tmp_path):
    folder = small_data.make_project(tmp_path / 'real')
    shutil.copy(ROOT / 'mnist_subset.json', folder)
    shutil.copy(ROOT / 'instructor' / 'mlp_cnn' / 'reference' / RECORDS['q36'], folder)
    course = courses.task('osu')
    assert verify(FolderSource(folder, course), course, folder, 'q36') is None


def test_ctrl_c_ends_a_verification_with_one_line(project, tmp_path):
    text = f'import numpy\nopen({str(tmp_path / "ran")!r}, "w").close()\nwhile True:\n    pass\n'
    (project / 'dnn_misc.py').write_text(text + PARTS['dnn_misc.py'] + DECLARED)
    scratch = tmp_path / 'tmp'
    scratch.mkdir()
    before = state(project)
    command = [sys.executable, ROOT / 'make_submission.py', 'smith.12', '--verify', '--folder', project,
               '--course', courses.write_task(tmp_path, 'osu')]
    stopped = stopped_once(tmp_path / 'ran', command, env={**os.environ, 'TMPDIR': str(scratch)})
    assert stopped == (130, '', 'make_submission.py: stopped, no zip written\n')
    assert state(project) == before and list(scratch.iterdir()) == []
