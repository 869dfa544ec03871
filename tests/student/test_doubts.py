"""make_submission.py's warnings: changed given code and marker lines, odd results; what it says of names and stops."""

import json
import shutil
import sys
from dataclasses import replace

import pytest

import make_submission
import submission_scripts
from instructor.publishing import build
from submission import zip_name
from tests.helpers import ROOT, courses, of_the_shipped_term, packing
from tests.helpers.packing import NAMES, PARTS, RECORDS, ZIPS, put_submission, stopped_once

MISC_END = (ROOT / 'dnn_misc.py').read_text().rstrip().split('\n')[-1] + '\n'
TABLE = {  # Section 3.9: training and validation accuracy at epochs 1 and 30
    'q33': ([0.9230, 0.9990], [0.895, 0.928]), 'q34': ([0.9224, 0.9948], [0.906, 0.938]),
    'q35': ([0.8474, 0.9368], [0.830, 0.914]), 'q36': ([0.8852, 0.9820], [0.861, 0.889]),
    'q37': ([0.8996, 0.9752], [0.892, 0.955]), 'q38': ([0.9412, 0.9928], [0.941, 0.968]),
    'q310': ([0.9150, 0.9924], [0.908, 0.974])}


@pytest.fixture(scope='module')
def handed_out(tmp_path_factory):
    """The course.json of both handouts: {course: path}."""
    paths = {name: tmp_path_factory.mktemp(name) / 'course.json' for name in courses.NAMES}
    for name, path in paths.items():
        path.write_bytes(build.build(courses.course(name))['course.json'])
    return paths


@pytest.fixture
def submit(handed_out):
    """Call make_submission.py as in a handout, with the given code and the accuracies to compare with."""
    def call(folder, course='tamu', *options, names=None):
        return packing.submit(folder, course, *options, names=names, task=handed_out[course])
    return call


@pytest.fixture
def warnings(submit):
    """What is said of a submission that is packed all the same."""
    def call(folder, course='tamu'):
        return warnings_of(*submit(folder, course))
    return call


def warnings_of(status, _, err):
    assert status == 0, err
    return [line.removeprefix('warning: ') for line in err if ' ran before ' not in line]


def change(path, old, new, count=1):
    text = path.read_text()
    assert text.count(old) >= 1
    path.write_text(text.replace(old, new, count))


@pytest.mark.parametrize('course', courses.NAMES)
@of_the_shipped_term
def test_what_the_handout_expects_is_the_table_of_the_assignment(handed_out, course):
    task = json.loads(handed_out[course].read_text())
    assert task['expected'] == {question: dict(zip(('train', 'val'), ends)) for question, ends in TABLE.items()}
    assert 'NotImplementedError' in ''.join(task['given']['dnn_misc.py'])


# ---- given code ------------------------------------------------------------------------------------------------------

def test_nothing_is_said_where_only_the_blocks_are_written(tamu, warnings):
    assert warnings(tamu) == []
    change(tamu / 'dnn_misc.py', '        self.mask = X > 0\n',
           '        def positive(X):\n            return X > 0\n\n        self.mask = positive(X)  # mine\n')
    with open(tamu / 'dnn_cnn_2.py', 'a') as script:
        script.write('\n# a remark of my own\n   \n')
    change(tamu / 'dnn_cnn_2.py', '\n    # The network: its modules, in order\n', '\n\n')
    change(tamu / 'dnn_misc.py', 'backward(self, X, grad):\n', 'backward(self, X, grad):  # 10 points\n')
    text = (tamu / 'dnn_misc.py').read_text()
    (tamu / 'dnn_misc.py').write_bytes(b'\xef\xbb\xbf' + text.replace('\n', ' \r\n').encode())
    assert warnings(tamu) == []


def test_names_below_the_heading_are_no_change(tmp_path, warnings):
    osu = put_submission(tmp_path / 'osu files', 'osu')
    assert warnings(osu, 'osu') == []


@pytest.mark.parametrize('old, new, said', [
    ('        self.r = r\n', '        self.r = 0.5 * r\n', 'line {}: given code is changed, it was: self.r = r'),
    ('        self.r = r\n', '', 'line {}: given code is gone here: self.r = r'),
    ('        self.r = r\n', '        self.r = r\n        self.old = None\n',
     'line {}: code in addition to what was given, write between the marker lines only'),
    (MISC_END, f'{MISC_END}print("at the end")\n',
     'line {}: code in addition to what was given, write between the marker lines only'),
])
def test_given_code_that_is_changed_is_named_with_its_line(tamu, old, new, said, warnings):
    number = (ROOT / 'dnn_misc.py').read_text().split(old)[0].count('\n') + 1
    number += new.count('\n') == 2
    change(tamu / 'dnn_misc.py', old, new)
    assert warnings(tamu) == [f'dnn_misc.py: {said.format(number)}']
    assert (tamu / ZIPS['tamu']).exists()  # a warning only


@pytest.mark.parametrize('marker, part', [('### BEGIN SOLUTION', 'relu.forward'), ('### END SOLUTION', 'relu.forward')])
def test_a_marker_line_that_is_gone_is_named_with_its_part(tamu, marker, part, warnings):
    before, after = (ROOT / 'dnn_misc.py').read_text().split('class relu:')
    (tamu / 'dnn_misc.py').write_text(f'{before}class relu:{after.replace(marker, "", 1)}')
    assert warnings(tamu) == [
        f'dnn_misc.py: {marker} of {part} is gone: put the marker lines back around what you wrote']


def test_all_marker_lines_gone_or_moved(tamu, warnings):
    text = (ROOT / 'dnn_cnn_2.py').read_text()
    kept = [line for line in text.split('\n') if '### ' not in line]
    (tamu / 'dnn_cnn_2.py').write_text('\n'.join(kept))
    found, = warnings(tamu)
    assert found == ('dnn_cnn_2.py: ### BEGIN SOLUTION of TODO (1), ### END SOLUTION of TODO (1) and 8 more are gone: '
                    'put the marker lines back around what you wrote')
    (tamu / 'dnn_cnn_2.py').write_text(text + '### BEGIN SOLUTION\n### END SOLUTION\n')
    found, = warnings(tamu)
    assert 'marker lines are not where they were' in found


def test_thousands_of_changes_are_not_all_told(tamu, warnings):
    text = (tamu / 'dnn_misc.py').read_text()
    (tamu / 'dnn_misc.py').write_text(text.replace('self.params', 'self.weights'))
    assert 1 < len(warnings(tamu)) <= 5


# ---- results ---------------------------------------------------------------------------------------------------------

def put_record(folder, question, **changes):
    """Change some numbers of a result: train1=0.5 at epoch 1."""
    path = folder / RECORDS[question]
    record = json.loads(path.read_text())
    for where, value in changes.items():
        key, epoch = where[:-2].rstrip('_'), int(where[-2:].lstrip('_'))
        record[key][epoch - 1] = value
    path.write_text(json.dumps(record))


@of_the_shipped_term
def test_results_as_in_the_table_or_an_image_or_two_off_are_as_expected(tamu, warnings):
    put_record(tamu, 'q33', train_1=0.9226, val_30=0.926)
    put_record(tamu, 'q38', val_1=0.943, train15=0.5)  # the table says nothing of epoch 15
    assert warnings(tamu) == []


@of_the_shipped_term
def test_results_unlike_the_table_are_told_with_their_numbers(tamu, warnings):
    put_record(tamu, 'q34', val_30=0.935)
    put_record(tamu, 'q310', train_1=0.9171, val_1=0.8, train30=0.5)
    assert warnings(tamu) == [
        f'{RECORDS["q34"]}: differs from what is expected, "val" at epoch 30 is 0.935, not 0.938: run q34.sh again or '
        'expect a question',
        f'{RECORDS["q310"]}: differs from what is expected, "train" at epoch 1 is 0.9171, not 0.915; "train" at epoch '
        '30 is 0.5, not 0.9924; "val" at epoch 1 is 0.8, not 0.908: run q310.sh again or expect a question']


def test_a_result_that_is_there_twice_is_told(tamu, warnings):
    shutil.copyfile(tamu / RECORDS['q37'], tamu / RECORDS['q38'])
    found = [line for line in warnings(tamu) if 'same numbers' in line]
    assert found == [f'{RECORDS["q37"]}: has the same numbers as {RECORDS["q38"]}: run q37.sh again',
                    f'{RECORDS["q38"]}: has the same numbers as {RECORDS["q37"]}: run q38.sh again']
    record = json.loads((tamu / RECORDS['q37']).read_text())
    (tamu / RECORDS['q38']).write_text(json.dumps({'val': record['val'], 'train': record['train']}, indent=2))
    assert [line for line in warnings(tamu) if 'same numbers' in line] == found  # whatever the spaces
    assert warnings_of(*packing.submit(tamu, 'tamu')) == found  # also with nothing to compare with


def test_malformed_results_and_scripts_are_told_once(tamu, submit):
    (tamu / RECORDS['q33']).write_text('{}')
    (tamu / RECORDS['q34']).unlink()
    (tamu / 'dnn_misc.py').write_bytes(b'\xff')
    status, _, err = submit(tamu, 'tamu')
    assert status == 1 and not [line for line in err if line.startswith('warning') and 'ran before' not in line]


# ---- what there is to compare with -----------------------------------------------------------------------------------

def test_where_nothing_was_handed_out_there_is_nothing_to_compare_with(tamu):
    change(tamu / 'dnn_misc.py', 'self.r = r', 'self.r = 0.5')
    put_record(tamu, 'q34', val_30=0.5)
    assert warnings_of(*packing.submit(tamu, 'tamu')) == []
    assert not (ROOT / 'course.json').exists()


# ---- names typed as they stand ---------------------------------------------------------------------------------------

@pytest.mark.parametrize('course, names', [
    ('tamu', ['First', 'Last']), ('tamu', ['first', 'LAST']), ('tamu', [' First', 'Last ']), ('osu', ['name.number']),
    ('osu', ['Name.Number'])])
def test_the_labels_themselves_are_nobodys_name(course, names):
    with pytest.raises(ValueError) as error:
        zip_name(courses.task(course), names)
    labels, example = {'tamu': ('First Last', 'Cheng Zhang'), 'osu': ('name.number', 'chao.209')}[course]
    assert str(error.value) == f'put your own in place of {labels}, such as {example}'


def test_who_is_called_last_is_taken():
    assert zip_name(courses.task('tamu'), ['Peter', 'Last']) == 'Assignment_3_Peter_Last.zip'
    assert zip_name(courses.task('tamu'), ['Last', 'First']) == 'Assignment_3_Last_First.zip'


def test_another_courses_labels(tamu, submit):
    task = replace(courses.task('tamu'), student=['matriculation'], example=['4711'], zip='x-{matriculation}.zip')
    with pytest.raises(ValueError, match='in place of matriculation, such as 4711'):
        zip_name(task, ['Matriculation'])
    status, out, err = submit(tamu, 'tamu', names=['First', 'Last'])
    assert (status, out, len(err)) == (2, [], 1) and not list(tamu.glob('*.zip'))


# ---- --verify --------------------------------------------------------------------------------------------------------

def stopped(folder, tmp_path):
    """What is said when a --verify is stopped in the midst of its first run."""
    text = f'import numpy\nopen({str(tmp_path / "ran")!r}, "w").close()\nwhile True:\n    pass\n'
    (folder / 'dnn_misc.py').write_text(text + PARTS['dnn_misc.py'])
    command = [sys.executable, ROOT / 'make_submission.py', *NAMES['tamu'], '--verify', '--folder', folder,
               '--course', courses.write_task(tmp_path, 'tamu')]
    status, _, err = stopped_once(tmp_path / 'ran', command)
    assert status == 130
    return err.splitlines()[-1]


def test_a_stopped_verification_tells_of_an_older_zip(tamu, tmp_path):
    for name in [*(path.name for path in ROOT.glob('dnn_*.py')), 'data_loader.py', 'training.py', 'common.py',
                 'mnist_subset.json']:
        if not (tamu / name).exists():
            shutil.copy(ROOT / name, tamu)
    assert stopped(tamu, tmp_path) == 'make_submission.py: stopped, no zip written'
    (tmp_path / 'ran').unlink()
    (tamu / ZIPS['tamu']).write_bytes(b'of last week')
    assert stopped(tamu, tmp_path) == f'make_submission.py: stopped, no zip written ({ZIPS["tamu"]} is an older one)'
    assert (tamu / ZIPS['tamu']).read_bytes() == b'of last week'


def test_a_stop_after_the_zip_was_written_does_not_deny_it(tamu, monkeypatch, submit):
    def interrupted(*_):
        raise KeyboardInterrupt

    (tamu / ZIPS['tamu']).write_bytes(b'of last week')
    monkeypatch.setattr(make_submission.hashlib, 'sha256', interrupted)
    status, _, err = submit(tamu, 'tamu')
    assert (status, err[-1]) == (130, f'make_submission.py: stopped, but {ZIPS["tamu"]} had been written already')


def test_verify_without_numpy_says_how_to_get_it(tamu, tmp_path, monkeypatch, submit):
    python = tmp_path / 'python3'
    python.write_text(f'#!/bin/sh\ncase $1 in -c) exit 1 ;; esac\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    monkeypatch.setattr(submission_scripts, 'check_script', lambda *_: [])
    monkeypatch.setattr(sys, 'executable', str(python))
    status, _, err = submit(tamu, 'tamu', '--verify')
    [line] = err
    assert status == 2
    assert line.startswith(f'make_submission.py: --verify needs numpy; in {ROOT}, run: "{python}" -m ')
    assert line.endswith(' -m pip install numpy')
    assert not list(tamu.glob('*.zip'))
