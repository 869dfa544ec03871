"""make_submission.py: both courses packed as students do it, every fault by name, zips as they arrive, --verify."""

import hashlib
import io
import json
import os
import shutil
import signal
import stat
import struct
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import project_copy
import pytest
import small_data

import make_submission
from make_submission import CourseError, FolderSource, ZipSource, check, load_course, verify, zip_name

ROOT = Path(__file__).resolve().parents[1]
COURSES = ROOT / 'instructor' / 'courses'
RECORDS = project_copy.RECORDS
Q33, Q310 = RECORDS['q33'], RECORDS['q310']
NAMES = {'tamu': ['Cheng', 'Zhang'], 'osu': ['smith.12']}
DECLARED = '\n\n# Collaboration:\n# Jane Doe, doe.34\n'


def course_of(name):
    return load_course(COURSES / f'{name}.json')


def put_submission(folder, course):
    """What a student of the course has, all in order, in a new folder: our solved scripts and the reference records."""
    folder.mkdir()
    for name in ('dnn_misc.py', 'dnn_cnn_2.py'):
        text = (ROOT / name).read_text()
        (folder / name).write_text(text + DECLARED if course == 'osu' else text)
    for path in (ROOT / 'instructor' / 'reference').glob('*.json'):
        shutil.copyfile(path, folder / path.name)
    if course == 'tamu':
        (folder / 'collaboration.txt').write_text('Jane Doe, jdoe\nWei Li, wli5\n')
    return folder


@pytest.fixture(params=['tamu', 'osu'])
def course(request):
    return request.param


@pytest.fixture
def folder(tmp_path, course):
    return put_submission(tmp_path / 'my files', course)


@pytest.fixture
def tamu(tmp_path):
    return put_submission(tmp_path / 'tamu files', 'tamu')


@pytest.fixture
def osu(tmp_path):
    return put_submission(tmp_path / 'osu files', 'osu')


def submit(folder, course, *options, names=None):
    """Call the script as a student would, in this process: (status, lines on stdout, lines on stderr)."""
    command = [*(NAMES[course] if names is None else names), '--course', COURSES / f'{course}.json', '--folder', folder]
    out, err = io.TextIOWrapper(io.BytesIO(), 'utf-8'), io.TextIOWrapper(io.BytesIO(), 'utf-8')
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, 'stdout', out)
        patch.setattr(sys, 'stderr', err)
        try:
            status = make_submission.main([*map(str, command), *options])
        except SystemExit as end:
            status = end.code
    lines = [stream.detach().getvalue().decode() for stream in map(flushed, (out, err))]
    assert 'Traceback' not in lines[1]
    return status, lines[0].splitlines(), lines[1].splitlines()


def run_script(folder, *arguments, options=(), cwd=None):
    """Run the make_submission.py of a folder by itself."""
    return subprocess.run([sys.executable, *options, str(folder / 'make_submission.py'), *arguments], cwd=cwd,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)


def flushed(stream):
    stream.flush()
    return stream


def found(folder, course):
    return [(one.kind, one.file) for one in check(FolderSource(folder, course_of(course)), course_of(course))]


def state(folder):
    return {path.relative_to(folder): (path.read_bytes() if path.is_file() else None, path.stat().st_mtime_ns)
            for path in folder.rglob('*')}


# ---- a submission in order -------------------------------------------------------------------------------------------

ZIPS = {'tamu': 'Assignment_3_Cheng_Zhang.zip', 'osu': 'HW_6_code_smith.12.zip'}


def test_all_in_order_is_packed(folder, course):
    before = state(folder)
    status, out, err = submit(folder, course)
    assert status == 0
    assert [line for line in err if not line.startswith('warning: ')] == []
    path = folder / ZIPS[course]
    content = path.read_bytes()
    expected = {'dnn_misc.py', 'dnn_cnn_2.py', *RECORDS.values(), *(['collaboration.txt'] if course == 'tamu' else [])}
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == sorted(expected)
        assert all(archive.read(name) == before[Path(name)][0] for name in expected)
        assert archive.testzip() is None
    after = state(folder)
    del after[Path(ZIPS[course])]
    assert after == before

    output = '\n'.join(out)
    assert hashlib.sha256(content).hexdigest() in output
    assert {'tamu': 'Upload it to Canvas.', 'osu': 'Upload it to Carmen (Canvas).'}[course] == out[-1]
    for name in expected:
        assert f'{len(before[Path(name)][0]):,} bytes  {name}' in output
    assert f'{len(content):,} bytes  {path}' in output


def test_same_files_make_the_same_zip(tamu, tmp_path):
    submit(tamu, 'tamu')
    other = put_submission(tmp_path / 'other', 'tamu')
    for path in other.iterdir():
        os.utime(path, (1e9, 1e9))
        path.chmod(0o600)
    submit(other, 'tamu')
    assert (tamu / ZIPS['tamu']).read_bytes() == (other / ZIPS['tamu']).read_bytes()
    with zipfile.ZipFile(tamu / ZIPS['tamu']) as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_packed_zip_passes_the_same_checks(folder, course):
    submit(folder, course)
    with zipfile.ZipFile(folder / ZIPS[course]) as archive:
        source = ZipSource(archive, course_of(course))
        assert (check(source, course_of(course)), source.notes, source.missing) == ([], [], [])


def test_it_stands_alone_beside_its_course(tmp_path, folder, course):
    """Run by its path from another folder, isolated, with no other module of ours in reach, without a terminal."""
    shutil.copy(ROOT / 'make_submission.py', folder)
    shutil.copy(COURSES / f'{course}.json', folder / 'course.json')
    result = run_script(folder, *NAMES[course], options=['-I', '-S'], cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, '')
    assert (folder / ZIPS[course]).is_file()
    assert not list(folder.glob('__pycache__')) and not list(folder.glob('.*'))


@pytest.mark.parametrize('name', ['make_submission (1).py', 'make_submission.2.py', 'pack my work.py'])
def test_it_may_have_another_name(tamu, name):
    shutil.copy(ROOT / 'make_submission.py', tamu / name)
    shutil.copy(COURSES / 'tamu.json', tamu / 'course.json')
    done = subprocess.run([sys.executable, tamu / name, *NAMES['tamu']], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, '')


def test_a_python_that_cannot_be_started_is_not_the_scripts_fault(tamu, monkeypatch):
    monkeypatch.setattr(sys, 'executable', '/bin/false')
    status, _, err = submit(tamu, 'tamu')
    assert status == 2 and len(err) == 1 and 'the Python that was started ended' in err[0]


def test_without_its_course_file_it_says_so(osu):
    shutil.copy(ROOT / 'make_submission.py', osu)
    result = run_script(osu, 'smith.12')
    assert (result.returncode, len(result.stderr.splitlines())) == (2, 1)
    assert 'course.json' in result.stderr


def test_in_the_master_copy_the_default_course_is_osu(osu):
    result = run_script(ROOT, '--folder', str(osu))
    assert (result.returncode, result.stderr) == (2, 'make_submission.py: expected name.number: python3 '
                                                     'make_submission.py name.number\n')


def test_an_older_zip_is_replaced_whole_and_kept_where_there_are_problems(tamu):
    target = tamu / ZIPS['tamu']
    target.write_bytes(b'older')
    misc = (tamu / 'dnn_misc.py').read_text()
    (tamu / 'dnn_misc.py').write_text('import torch\n')
    status, _, err = submit(tamu, 'tamu')
    assert status == 1 and target.read_bytes() == b'older'
    assert f'{ZIPS["tamu"]} is an older one' in err[-1]
    (tamu / 'dnn_misc.py').write_text(misc)
    assert submit(tamu, 'tamu')[0] == 0
    assert zipfile.is_zipfile(target)


def test_nothing_half_written_remains(tamu):
    (tamu / ZIPS['tamu']).mkdir()  # so that the rename fails
    before = state(tamu)
    status, out, err = submit(tamu, 'tamu')
    told = [line for line in err if not line.startswith('warning')]
    assert (status, len(told)) == (2, 1)
    assert f'{tamu / ZIPS["tamu"]}: cannot be written' in told[0] and 'move the folder of that name away' in told[0]
    assert {path: content for path, (content, _) in state(tamu).items()} == {
        path: content for path, (content, _) in before.items()}


@pytest.mark.skipif(os.geteuid() == 0, reason='root may write everywhere')
def test_a_folder_that_may_not_be_written_to(tamu):
    tamu.chmod(0o555)
    status, out, err = submit(tamu, 'tamu')
    tamu.chmod(0o755)
    assert (status, out) == (2, []) and not list(tamu.glob('*.zip'))
    assert f'{tamu / ZIPS["tamu"]}: cannot be written (Permission denied): copy your files to ' in err[-1]


# ---- the names -------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize('course, names, expected', [
    ('tamu', ['Cheng', 'Zhang'], 'Assignment_3_Cheng_Zhang.zip'),
    ('tamu', ['Mary Ann', 'van der Berg'], 'Assignment_3_Mary-Ann_van-der-Berg.zip'),
    ('tamu', ['Zoë', 'Jo\u0308rg'], 'Assignment_3_Zoë_J\u00f6rg.zip'),
    ('tamu', ['成', 'प्रिया'], 'Assignment_3_成_प्रिया.zip'),
    ('tamu', ['Smith-Jones', 'J.R'], 'Assignment_3_Smith-Jones_J.R.zip'),
    ('osu', ['chao.209'], 'HW_6_code_chao.209.zip'),
    ('osu', ['smith-jones.3'], 'HW_6_code_smith-jones.3.zip'),
])
def test_names_that_make_a_file_name(course, names, expected):
    assert zip_name(course_of(course), names) == expected


@pytest.mark.parametrize('name', [
    '', ' ', 'a/b', '../x', 'a\\b', "O'Brien", 'a"b', '-v', '.hidden', 'a\nb', 'a\tb', 'a\x00b', 'a\x1b[0m', 'a:b',
    'a*', 'a?', '<b>', 'a|b', '{Last}', '\u202eabc', '\udc80', '\u0301a', '_x', 'x' * 81, 'é' * 41, '$HOME', '💥',
])
def test_names_that_make_none(name):
    for names in (['Cheng', name], [name, 'Zhang']):
        with pytest.raises(ValueError) as error:
            zip_name(course_of('tamu'), names)
        assert str(error.value).isprintable() and '\n' not in str(error.value)
        assert {0: 'First', 1: 'Last'}[names.index(name)] in str(error.value)


@pytest.mark.parametrize('name', ['smith', 'smith.', '.12', 'smith.x', 'smith.1.2', 'smith 12', 'smith.12/'])
def test_osu_wants_a_name_a_dot_and_a_number(name):
    with pytest.raises(ValueError, match='name.number'):
        zip_name(course_of('osu'), [name])


@pytest.mark.parametrize('names, options', [
    ([], []), (['Cheng'], []), (['Cheng', 'van', 'Zhang'], []), (["O'Brien", 'x'], []), (['a/b', 'x'], []),
    (['Cheng', 'Zhang'], ['--nonsense']), (['-x', 'y'], []), (['Cheng', 'Zhang'], ['--folder', '/no such folder']),
    (['Cheng', 'Zhang'], ['--course', '/no such file.json']), (['Cheng', 'Zhang'], ['--folder', __file__]),
])
def test_bad_arguments_get_one_line_and_status_2(tamu, names, options):
    before = state(tamu)
    status, out, err = submit(tamu, 'tamu', *options, names=names)
    assert (status, out, len(err)) == (2, [], 1)
    assert err[0].startswith('make_submission.py: ')
    assert state(tamu) == before


def test_options_may_stand_between_the_names(tamu):
    assert submit(tamu, 'tamu', names=['Cheng', '--incomplete', 'Zhang'])[0] == 0


# ---- faults ----------------------------------------------------------------------------------------------------------

EPOCHS = [round(0.9 + epoch / 1000, 4) for epoch in range(30)]
RIGHT = {'train': EPOCHS, 'val': EPOCHS}

RESULTS = {
    'not JSON': ('{"train": [0.1', 'JSON'),
    'empty': ('', 'JSON'),
    'deep': ('[' * 40000, 'JSON'),
    'deep value': ('{"train": [' + '[' * 900 + ']' * 900 + '], "val": []}', 'train'),
    'a list': (json.dumps([EPOCHS, EPOCHS]), '"train" and "val"'),
    'a number': ('1', '"train" and "val"'),
    'null': ('null', '"train" and "val"'),
    'one list': (json.dumps({'train': EPOCHS}), '"train" and "val"'),
    'extra key': (json.dumps({**RIGHT, 'loss': EPOCHS}), '"train" and "val"'),
    'other key': (json.dumps({'train': EPOCHS, 'valid': EPOCHS}), '"train" and "val"'),
    'a key twice': (json.dumps(RIGHT)[:-1] + f', "val": {EPOCHS}}}', '"train" and "val", once each'),
    'pairs': (json.dumps([*RIGHT.items()]), '"train" and "val"'),
    'an object inside': (json.dumps({**RIGHT, 'val': [{}] + EPOCHS[1:]}), '"val" has an object at epoch 1'),
    '29 epochs': (json.dumps({**RIGHT, 'train': EPOCHS[:29]}), '"train" has 29 numbers'),
    '31 epochs': (json.dumps({**RIGHT, 'val': EPOCHS + [0.5]}), '"val" has 31 numbers'),
    'no epochs': (json.dumps({'train': [], 'val': []}), '"train" has 0 numbers'),
    'no list': (json.dumps({**RIGHT, 'val': 0.5}), '"val" has no list'),
    'object': (json.dumps({**RIGHT, 'val': {str(i): 0.5 for i in range(30)}}), '"val" has no list'),
    'NaN': (json.dumps({**RIGHT, 'val': EPOCHS[:29] + [float('nan')]}), '"val" has nan at epoch 30'),
    'infinity': (json.dumps({**RIGHT, 'val': EPOCHS[:29] + [float('inf')]}), '"val" has inf at epoch 30'),
    'text': (json.dumps({**RIGHT, 'train': ['0.9'] + EPOCHS[1:]}), '"train" has \'0.9\' at epoch 1'),
    'true': (json.dumps({**RIGHT, 'train': EPOCHS[:4] + [True] + EPOCHS[5:]}), '"train" has True at epoch 5'),
    'null value': (json.dumps({**RIGHT, 'train': EPOCHS[:4] + [None] + EPOCHS[5:]}), '"train" has None at epoch 5'),
    'list value': (json.dumps({**RIGHT, 'train': [[0.5]] + EPOCHS[1:]}), '"train" has a list at epoch 1'),
    'per cent': (json.dumps({**RIGHT, 'val': [100 * value for value in EPOCHS]}), '"val" has 90.0 at epoch 1'),
    'negative': (json.dumps({**RIGHT, 'val': EPOCHS[:2] + [-1e-9] + EPOCHS[3:]}), '"val" has -1e-09 at epoch 3'),
    'huge number': ('{"train": [' + '9' * 40000 + '], "val": []}', '"train" has 1 number, '),
}


@pytest.mark.parametrize('content, said', RESULTS.values(), ids=RESULTS)
def test_a_malformed_result_is_named_with_its_question(tamu, content, said):
    (tamu / RECORDS['q38']).write_text(content)
    status, out, err = submit(tamu, 'tamu')
    lines = [line for line in err if not line.startswith('warning: ')]
    assert (status, out, len(lines)) == (1, [], 2)
    assert lines[0].startswith(f'{RECORDS["q38"]}: ') and said in lines[0] and 'run q38.sh again' in lines[0]
    assert found(tamu, 'tamu') == [('result', RECORDS['q38'])]
    assert not list(tamu.glob('*.zip'))


@pytest.mark.parametrize('value', [0, 1, 0.0, 1.0, 1e-300, -0.0])
def test_the_ends_of_the_range_are_right(tamu, value):
    (tamu / Q33).write_text(json.dumps({'val': [value] * 30, 'train': EPOCHS}, indent=4))
    assert found(tamu, 'tamu') == []


PARTS = {'dnn_misc.py': '\nclass linear_layer:\n    def forward(): pass\n    def backward(): pass\n'
                        'class relu:\n    def forward(): pass\n    def backward(): pass\n'
                        'class dropout:\n    def backward(): pass\n',
         'dnn_cnn_2.py': '\ndef main(main_params): pass\n'}  # what must not be missing
SCRIPTS = {
    'syntax error': ('def f(:\n', 'syntax', 'line 1'),
    'syntax error below': ('x = 1\ny = = 2\n', 'syntax', 'line 2'),
    'return outside': ('return 1\n', 'syntax', 'line 1'),
    'tabs': ('if 1:\n        x = 1\n\ty = 2\n', 'syntax', 'line 3'),
    'nested': ('x = ' + '(' * 5000 + ')' * 5000, 'syntax', 'mend'),
    'minus': ('x = ' + '-' * 100000 + '1', 'syntax', 'mend'),
    'long': ('x = 1\n' * 100000, 'size', '200000'),
    'torch': ('import torch\n', 'import', 'line 1 imports torch'),
    'torch.nn': ('import numpy as np, torch.nn as nn\n', 'import', 'imports torch.nn'),
    'from': ('x = 1\nfrom scipy.signal import convolve2d\n', 'import', 'line 2 imports scipy.signal'),
    'in a function': ('def f():\n    if 1:\n        import os\n', 'import', 'line 3 imports os'),
    'star': ('from math import *\n', 'import', 'imports math'),
    'relative': ('from . import helper\n', 'import', 'imports .'),
    'relative numpy': ('from .numpy import array\n', 'import', 'imports .numpy'),
    'like numpy': ('import numpy_financial\n', 'import', 'imports numpy_financial'),
    '__import__': ('torch = __import__("torch")\n', 'import', 'line 1 imports something by __import__'),
    'builtins': ('import builtins\n', 'import', 'imports builtins'),
    '__builtins__': ('__builtins__.__import__("os")\n', 'import', '__import__'),
    'importlib': ('import importlib\ntorch = importlib.import_module("torch")\n', 'import', 'imports importlib'),
    'hidden in a comment': ('# coding: utf-7\n#+AAo-import os\n', 'import', 'imports os'),
    'no such encoding': ('# coding: nonsense\nx = 1\n', 'syntax', 'nonsense'),
    'not UTF-8': (b'x = 1\n# caf\xe9\n', 'encoding', 'line 2 is not UTF-8'),
    'null byte': (b'x = 1\x00\n', 'encoding', 'holds null bytes'),
    'UTF-16': ('x = 1\n'.encode('utf-16'), 'encoding', 'line 1 is not UTF-8'),
    'binary': (bytes(range(256)) * 4, 'encoding', 'UTF-8'),
}


@pytest.mark.parametrize('name', ['dnn_misc.py', 'dnn_cnn_2.py'])
@pytest.mark.parametrize('content, kind, said', SCRIPTS.values(), ids=SCRIPTS)
def test_a_script_that_cannot_be_taken(tamu, name, content, kind, said):
    (tamu / name).write_bytes((content + PARTS[name]).encode() if isinstance(content, str) else content)
    status, _, err = submit(tamu, 'tamu')
    lines = [line for line in err if not line.startswith('warning: ')][:-1]
    assert status == 1 and len(lines) == 1, lines
    assert lines[0].startswith(f'{name}: ') and said in lines[0]
    assert found(tamu, 'tamu') == [(kind, name)]


FUNCTIONS = ['linear_layer.forward', 'linear_layer.backward', 'relu.forward', 'relu.backward', 'dropout.backward']


@pytest.mark.parametrize('name, text, missing', [
    ('dnn_misc.py', '', FUNCTIONS),
    ('dnn_misc.py', '# all of it went into another file\nimport numpy as np\n', FUNCTIONS),
    ('dnn_misc.py', '"""class relu:\n    def forward(): pass"""\ndef forward(): pass\n', FUNCTIONS),
    ('dnn_misc.py', PARTS['dnn_misc.py'].replace('relu', 'Relu'), ['relu.forward', 'relu.backward']),
    ('dnn_misc.py', PARTS['dnn_misc.py'].replace('class dropout:', 'class dropout: pass\nclass other:'),
     ['dropout.backward']),
    ('dnn_cnn_2.py', '', ['main']), ('dnn_cnn_2.py', 'import data_loader\nmain = 5\n', ['main'])])
def test_code_that_was_given_and_is_gone_is_told(tamu, name, text, missing):
    (tamu / name).write_text(text)
    assert found(tamu, 'tamu') == [('missing-code', name)] * len(missing)
    status, out, err = submit(tamu, 'tamu')
    told = [line for line in err if not line.startswith('warning: ')][:-1]
    assert (status, out, told) == (1, [], [f'{name}: {part} is missing, put it back' for part in missing])


def test_each_script_may_import_what_the_given_code_imports(tamu):
    for name, other in (('dnn_misc.py', 'dnn_cnn_2.py'), ('dnn_cnn_2.py', 'dnn_misc.py')):
        text = (ROOT / name).read_text()
        (tamu / name).write_text(text + '\nimport numpy.linalg\nfrom numpy import *\n')
        assert found(tamu, 'tamu') == []
        (tamu / name).write_text(text + f'\nfrom {"data_loader" if name == "dnn_misc.py" else "dnn_im2col"} import *\n')
        assert found(tamu, 'tamu') == [('import', name)]
        (tamu / name).write_text(text)


def test_a_script_with_byte_order_mark_and_windows_line_ends_is_right(osu):
    text = (osu / 'dnn_misc.py').read_text()
    (osu / 'dnn_misc.py').write_bytes(b'\xef\xbb\xbf' + text.replace('\n', '\r\n').encode())
    assert found(osu, 'osu') == []


def test_no_code_of_the_student_runs(tamu):
    (tamu / 'dnn_misc.py').write_text(f'open({str(tamu / "ran")!r}, "w")\n')
    (tamu / 'numpy.py').write_text(f'open({str(tamu / "ran")!r}, "w")\n')
    submit(tamu, 'tamu')
    assert not (tamu / 'ran').exists()


def test_unwritten_blanks_are_named_one_by_one(tamu):
    blanks = FUNCTIONS
    (tamu / 'dnn_misc.py').write_text('import numpy as np\n' + ''.join(
        f'def f{number}():\n    ### BEGIN SOLUTION\n    raise NotImplementedError({blank!r})\n    ### END SOLUTION\n'
        for number, blank in enumerate(blanks)) + PARTS['dnn_misc.py'])
    (tamu / 'dnn_cnn_2.py').write_text(
        'def main():\n    raise NotImplementedError("TODO (2)")\n    raise NotImplementedError\n'
        'raise NotImplementedError(f"{1}")\nraise ValueError("x")\n')
    status, _, err = submit(tamu, 'tamu')
    assert status == 1
    assert [line for line in err if not line.startswith('warning: ')][:-1] == [
        f'dnn_misc.py: line {line}: {blank} is not written yet, write it'
        for line, blank in zip([4, 8, 12, 16, 20], blanks)
    ] + [f'dnn_cnn_2.py: line {line}: {blank} is not written yet, write it'
         for line, blank in ((2, 'TODO (2)'), (3, 'this part'), (4, 'this part'))]


def test_thousands_of_faults_in_a_file_are_not_all_told(tamu):
    (tamu / 'dnn_misc.py').write_text('import os\n' * 10000 + PARTS['dnn_misc.py'])
    (tamu / 'collaboration.txt').write_text('x\n' * 10000)
    kinds = found(tamu, 'tamu')
    assert kinds == [('import', 'dnn_misc.py')] * 20 + [('collaboration', 'collaboration.txt')] * 20


ROWS = {
    'empty': ('', 'is empty'),
    'blank': ('\n \n\t\n', 'is empty'),
    'no NetID': ('Jane Doe\n', 'line 1, "Jane Doe"'),
    'second row': ('Jane Doe, jdoe\n\nWei Li wli5\n', 'line 3, "Wei Li wli5"'),
    'three parts': ('Zhang, Cheng, chzhang\n', 'line 1'),
    'empty part': ('Jane Doe,  \n', 'line 1'),
    'empty name': (' , jdoe\n', 'line 1'),
    'the pattern itself': ('Name, NetID\n', "replace the example by a classmate's Name and NetID"),
    'both': ('no discussion\nJane Doe, jdoe\n', 'line 1, "no discussion"'),
    'none': ('none\n', 'line 1'),
    'control characters': ('\x1b[31mJane\n', '"?[31mJane"'),
}


@pytest.mark.parametrize('content, said', ROWS.values(), ids=ROWS)
def test_a_collaboration_file_that_says_too_little(tamu, content, said):
    (tamu / 'collaboration.txt').write_text(content)
    status, _, err = submit(tamu, 'tamu')
    lines = [line for line in err if not line.startswith('warning: ')][:-1]
    assert status == 1 and len(lines) == 1 and lines[0].isprintable()
    assert lines[0].startswith('collaboration.txt: ') and said in lines[0] and 'no discussion' in lines[0]
    assert found(tamu, 'tamu') == [('collaboration', 'collaboration.txt')]


@pytest.mark.parametrize('content', ['no discussion', '\n No Discussion.\n\n', '"no discussion"\r\n',
                                     '\ufeffJane Doe, jdoe', 'Zoë,zoe.1\r\n成 龙 , cl'])
def test_a_collaboration_file_that_is_right(tamu, content):
    (tamu / 'collaboration.txt').write_text(content, encoding='utf-8')
    assert found(tamu, 'tamu') == []


def test_a_missing_or_utf_16_collaboration_file(tamu):
    (tamu / 'collaboration.txt').write_bytes('no discussion'.encode('utf-16'))
    assert found(tamu, 'tamu') == [('encoding', 'collaboration.txt')]
    (tamu / 'collaboration.txt').unlink()
    [problem] = check(FolderSource(tamu, course_of('tamu')), course_of('tamu'))
    assert problem.kind == 'missing' and '"Name, NetID"' in problem.text and '"no discussion"' in problem.text


@pytest.mark.parametrize('name', ['dnn_misc.py', 'dnn_cnn_2.py'])
@pytest.mark.parametrize('ending', [
    '', '\n# Collaboration:\n', '\n# Collaboration:', '\n# Collaboration:\n#\n#  \n\n', '\n# Collaboration:\n# ---\n',
    '\n# Collaboration:\n# Jane Doe\nx = 1\n', '\n# Collaboration:\n"""Jane Doe"""\n',
    '\n# Jane Doe\n# Collaboration:\n', '\n# discussed with Jane Doe\n'])
def test_comments_on_collaboration_that_say_too_little(osu, name, ending):
    (osu / name).write_text((ROOT / name).read_text() + ending)
    [problem] = check(FolderSource(osu, course_of('osu')), course_of('osu'))
    assert problem[:2] == ('collaboration', name)
    assert '"# Collaboration:"' in problem.text and '"# no discussion"' in problem.text
    assert submit(osu, 'osu')[0] == 1


@pytest.mark.parametrize('ending', ['\n# Collaboration:\n# no discussion', '\n# Collaboration: Jane Doe\n',
                                    '\r\n# Collaboration:\r\n\r\n#Zoë, zoe.1\r\n  # 成龙\r\n\r\n'])
def test_comments_on_collaboration_that_are_right(osu, ending):
    for name in ('dnn_misc.py', 'dnn_cnn_2.py'):
        (osu / name).write_bytes((ROOT / name).read_bytes() + ending.encode())
    assert found(osu, 'osu') == []


def test_a_course_asks_only_for_its_own_declaration(osu, tmp_path):
    assert found(osu, 'tamu') == [('missing', 'collaboration.txt')]
    tamu = put_submission(tmp_path / 'other', 'tamu')
    assert found(tamu, 'osu') == [('collaboration', 'dnn_misc.py'), ('collaboration', 'dnn_cnn_2.py')]


# ---- missing files, several problems, --incomplete -------------------------------------------------------------------

def test_each_missing_file_is_told_with_what_to_do(folder, course):
    wanted = {name: f'run {question}.sh' for question, name in RECORDS.items()}
    wanted.update({'dnn_misc.py': '', 'dnn_cnn_2.py': ''})
    if course == 'tamu':
        wanted['collaboration.txt'] = 'no discussion'
    for name, advice in wanted.items():
        (folder / name).rename(folder.parent / 'away')
        status, _, err = submit(folder, course)
        [line] = [line for line in err if not line.startswith('warning: ')][:-1]
        assert status == 1 and line.startswith(f'{name}: missing') and advice in line
        (folder.parent / 'away').rename(folder / name)


@pytest.mark.parametrize('file', ['dnn_misc_final.py', 'dnn_misc.py.txt', 'dnn_msic.py'])
def test_a_file_of_nearly_the_right_name_is_to_be_renamed(tamu, file):
    (tamu / 'dnn_misc.py').rename(tamu / file)
    status, _, err = submit(tamu, 'tamu')
    assert status == 1 and f'dnn_misc.py: missing, put yours here; or rename {file}, if that is it' in err


def test_identical_copies_count_once_and_only_beside_the_real_name(tamu):
    (tamu / Q310).rename(tamu / Q310.replace('.json', ' (1).json'))
    (tamu / Q310.replace('.json', ' (2).json')).write_bytes((tamu / Q310.replace('.json', ' (1).json')).read_bytes())
    assert found(tamu, 'tamu') == []
    (tamu / Q310.replace('.json', ' (2).json')).write_bytes(b'{}')
    assert found(tamu, 'tamu') == [('duplicate', Q310)]


def test_a_result_with_the_wrong_prefix_is_missing(tamu):
    (tamu / Q310).rename(tamu / Q310.replace('CNN2', 'CNN'))
    assert found(tamu, 'tamu') == [('missing', Q310)]


def test_all_problems_are_told_at_once_file_by_file(osu):
    (osu / 'dnn_cnn_2.py').write_text(
        'import torch\nraise NotImplementedError("TODO (1)")\n' + PARTS['dnn_cnn_2.py'])
    (osu / 'dnn_misc.py').unlink()
    (osu / Q33).write_text('[]')
    (osu / RECORDS['q34']).write_bytes(b'\xff')
    (osu / RECORDS['q38']).unlink()
    assert found(osu, 'osu') == [
        ('missing', 'dnn_misc.py'), ('import', 'dnn_cnn_2.py'), ('unwritten', 'dnn_cnn_2.py'),
        ('collaboration', 'dnn_cnn_2.py'), ('result', Q33), ('encoding', RECORDS['q34']), ('missing', RECORDS['q38'])]
    status, out, err = submit(osu, 'osu')
    assert (status, out, len([line for line in err if not line.startswith('warning: ')])) == (1, [], 8)
    assert not list(osu.glob('*.zip'))


def test_incomplete_packs_what_there_is_and_lists_what_is_missing(tamu):
    (tamu / Q310).unlink()
    (tamu / 'collaboration.txt').unlink()
    (tamu / Q33).write_text('{"train": []}')
    status, out, err = submit(tamu, 'tamu', '--incomplete')
    assert status == 0
    with zipfile.ZipFile(tamu / ZIPS['tamu']) as archive:
        assert set(archive.namelist()) == {'dnn_misc.py', 'dnn_cnn_2.py', *RECORDS.values()} - {Q310}
        assert archive.read(Q33) == b'{"train": []}'
    told = [line for line in err if not line.startswith('warning: ')]
    assert [line.split(':')[0] for line in told] == [Q33, Q310, 'collaboration.txt']
    assert out[-1] == 'INCOMPLETE, see above. Upload it to Canvas.'


def test_incomplete_with_nothing_at_all_packs_nothing(tmp_path):
    status, out, err = submit(tmp_path, 'osu', '--incomplete')
    assert (status, out, len(err)) == (1, [], 10)
    assert err[-1] == 'No zip written: mend all this.'
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_too_large_or_no_plain_file(tamu):
    (tamu / Q33).write_text(' ' * 5_000_000 + json.dumps(RIGHT))
    with open(tamu / Q310, 'wb') as file:
        file.truncate(50_000_000_000)
    (tamu / RECORDS['q35']).unlink()
    (tamu / RECORDS['q35']).mkdir()
    (tamu / RECORDS['q36']).unlink()
    os.mkfifo(tamu / RECORDS['q36'])
    (tamu / RECORDS['q37']).rename(tamu / 'elsewhere')
    (tamu / RECORDS['q37']).symlink_to(tamu / 'elsewhere')
    assert found(tamu, 'tamu') == [('size', Q33), ('special', RECORDS['q35']), ('special', RECORDS['q36']),
                                   ('link', RECORDS['q37']), ('size', Q310)]
    told = submit(tamu, 'tamu')[2]
    for question in ('q35', 'q36'):
        assert f'{RECORDS[question]}: is no plain file: put a plain file there' in told


@pytest.mark.skipif(os.geteuid() == 0, reason='root may read every file')
def test_a_file_that_may_not_be_read(tamu):
    (tamu / Q33).chmod(0)
    assert found(tamu, 'tamu') == [('unreadable', Q33)]


def test_copies_beside_the_file_are_nobodys_business_but_are_taken_without_it(tamu):
    (tamu / 'dnn_misc (1).py').write_text('import torch\n' + PARTS['dnn_misc.py'])
    (tamu / 'dnn_misc-1.py').write_text('import torch\n')
    assert found(tamu, 'tamu') == []
    (tamu / 'dnn_misc-1.py').unlink()
    (tamu / 'dnn_misc.py').unlink()
    assert found(tamu, 'tamu') == [('import', 'dnn_misc.py')]
    assert 'warning: dnn_misc (1).py: taken for dnn_misc.py' in submit(tamu, 'tamu')[2]


# ---- results older than the code -------------------------------------------------------------------------------------

def warnings_after(folder, *changed):
    for path in folder.iterdir():
        os.utime(path, (1000, 1000))
    for name in changed:
        os.utime(folder / name, (2000, 2000))
    status, _, err = submit(folder, 'tamu')
    assert status == 0  # a warning only
    return [line.split(': ', 2)[2].split(':')[0] for line in err]


def test_results_older_than_the_code_are_a_warning(tamu):
    assert warnings_after(tamu) == []
    assert warnings_after(tamu, 'dnn_misc.py') == [
        'q33, q34, q35, q36, q37, q38, q310 ran before the last change of dnn_misc.py']
    assert warnings_after(tamu, 'dnn_cnn_2.py') == ['q310 ran before the last change of dnn_cnn_2.py']
    assert warnings_after(tamu, 'dnn_misc.py', *[name for question, name in RECORDS.items() if question != 'q34']) == [
        'q34 ran before the last change of dnn_misc.py']
    assert warnings_after(tamu, *RECORDS.values()) == []


def test_a_declaration_written_after_the_runs_warns_once_for_each_script(osu):
    for path in osu.glob('*.json'):
        os.utime(path, (1000, 1000))
    status, _, err = submit(osu, 'osu')
    assert (status, len(err)) == (0, 2)
    assert err[0].startswith('warning: dnn_misc.py: q33, q34, q35, q36, q37, q38, q310 ran before the last change of ')
    assert err[1].startswith('warning: dnn_cnn_2.py: q310 ran before the last change of dnn_cnn_2.py: run ')
    assert all('only comments' in line and '--verify' in line for line in err)


# ---- zips as they arrive ---------------------------------------------------------------------------------------------

CONTENTS = {'dnn_misc.py': (ROOT / 'dnn_misc.py').read_bytes(), 'dnn_cnn_2.py': (ROOT / 'dnn_cnn_2.py').read_bytes(),
            'collaboration.txt': b'no discussion', **{name: json.dumps(RIGHT).encode() for name in RECORDS.values()}}


def make_zip(members, compression=zipfile.ZIP_DEFLATED):
    """members: pairs of a name or ZipInfo and bytes."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, 'w', compression) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return content


def arrived(content):
    """The Source of a zip, and its problems as (kind, file)."""
    content.seek(0)
    source = ZipSource(zipfile.ZipFile(content), course_of('tamu'))
    return source, [problem[:2] for problem in check(source, course_of('tamu'))]


@pytest.mark.parametrize('folder', ['', 'Assignment_3_Cheng_Zhang/', './', 'a/b/c/', 'Übung 3/'])
def test_files_at_the_top_or_in_a_folder(folder):
    source, problems = arrived(make_zip([(folder, b''), *((folder + name, data) for name, data in CONTENTS.items())]
                                        if folder else CONTENTS.items()))
    assert problems == []
    assert [(note.kind, note.file) for note in source.notes] == (
        [] if folder in ('', './') else [('folder', folder.rstrip('/'))])
    assert {name: source.read(name) for name in source.files} == CONTENTS


def test_what_macos_and_others_leave_in_a_zip_is_named_and_not_taken():
    junk = ['__MACOSX/hw/._dnn_misc.py', '__MACOSX/dnn_misc.py', 'hw/.DS_Store', 'hw/.git/dnn_misc.py',
            'hw/mnist_subset.json', '.venv/lib/dnn_misc.py']
    source, problems = arrived(make_zip([*((f'hw/{name}', data) for name, data in CONTENTS.items()),
                                         *((name, b'\xff') for name in junk)]))
    assert problems == []
    [folder, other] = source.notes
    assert (folder.kind, other.kind) == ('folder', 'other')
    assert '6 files' in other.text and '__MACOSX' in other.text and '.DS_Store' in other.text


@pytest.mark.parametrize('change', ['{}-1{}', '{}-12{}', '{} (1){}', '{}(2){}'])
def test_suffixes_of_resubmissions_and_downloads(change):
    renamed = {change.format(Path(name).stem, Path(name).suffix): data for name, data in CONTENTS.items()}
    source, problems = arrived(make_zip(renamed.items()))
    assert problems == [] and {name: source.read(name) for name in source.files} == CONTENTS
    assert {(note.kind, note.file) for note in source.notes} == {('renamed', name) for name in renamed}


def test_another_case_is_understood():
    source, problems = arrived(make_zip((name.upper(), data) for name, data in CONTENTS.items()))
    assert problems == [] and {note.kind for note in source.notes} == {'renamed'}


def test_files_in_several_folders():
    source, problems = arrived(make_zip((('results/' if name.endswith('.json') else 'code/') + name, data)
                                        for name, data in CONTENTS.items()))
    assert problems == [] and [note[:2] for note in source.notes] == [('folder', 'code'), ('folder', 'results')]


def link(name):
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return info


MISC = CONTENTS['dnn_misc.py']
TRICKS = {
    'parent': ('parent', [('../dnn_misc.py', MISC)]),
    'parent inside': ('parent', [('hw/../../dnn_misc.py', MISC)]),
    'absolute': ('absolute', [('/tmp/dnn_misc.py', MISC)]),
    'drive': ('absolute', [('C:/hw/dnn_misc.py', MISC)]),
    'backslash': ('backslash', [('hw\\dnn_misc.py', MISC)]),
    'backslash parent': ('backslash', [('..\\dnn_misc.py', MISC)]),
    'link': ('link', [(link('dnn_misc.py'), b'/etc/passwd')]),
    'duplicate': ('duplicate', [('dnn_misc.py', MISC), ('dnn_misc.py', b'import os')]),
    'two folders': ('duplicate', [('dnn_misc.py', MISC), ('backup/dnn_misc.py', b'import os')]),
    'with its copy': ('duplicate', [('dnn_misc.py', MISC), ('dnn_misc-1.py', b'import os')]),
    'case': ('case', [('dnn_misc.py', MISC), ('DNN_misc.py', b'import os')]),
    'right and wrong': ('parent', [('dnn_misc.py', MISC), ('../dnn_misc.py', b'import os')]),
    'missing': ('missing', []),
    'mistyped': ('near', [('dnn_misc.pyX', MISC)]),
    'too large': ('size', [('dnn_misc.py', bytes(5_000_001))]),
    'bomb': ('size', [('dnn_misc.py', bytes(100_000_000))]),
}


@pytest.mark.filterwarnings('ignore:Duplicate name')
@pytest.mark.parametrize('kind, members', TRICKS.values(), ids=TRICKS)
def test_tricks_with_paths_and_sizes_have_kinds_of_their_own(kind, members):
    others = [(name, data) for name, data in CONTENTS.items() if name != 'dnn_misc.py']
    source, problems = arrived(make_zip([*members, *others]))
    assert problems == [(kind, 'dnn_misc.py')]


@pytest.mark.parametrize('name, limit', [('dnn_misc.py', 800_000), (RECORDS['q33'], 50_000)])
def test_no_more_is_read_than_a_file_can_have(name, limit):
    source, _ = arrived(make_zip([(name, b'#' * limit)], zipfile.ZIP_STORED))
    assert source.read(name) == b'#' * limit
    source, _ = arrived(make_zip([(name, b'#' * (limit + 1))], zipfile.ZIP_STORED))
    with pytest.raises(make_submission.Unreadable, match='larger than'):
        source.read(name)


BOMB = f'x = lambda b, a: {"[" * 40}a{" for a in b]" * 40}\n'       # Python 3.12 and 3.13 end when they compile it
FINALLY = ''.join(f'{" " * depth}try:\n{" " * depth} pass\n{" " * depth}finally:\n' for depth in range(18))
HUGE = f'{FINALLY}{" " * 18}pass\n'                                 # as compiled, it doubles with each level


@pytest.mark.parametrize('text, ends', [(BOMB, sys.version_info >= (3, 12)), (HUGE * 8, True)])
def test_a_script_over_which_python_itself_ends(tamu, text, ends):
    """The control: to compile it ends a process of as much memory, or takes all its processor time."""
    code = ('import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))\n'
            'resource.setrlimit(resource.RLIMIT_CPU, (20, 20)); compile(sys.stdin.read(), "f", "exec")')
    control = subprocess.run([sys.executable, '-c', code], input=text, text=True, stderr=subprocess.PIPE)
    assert (control.returncode != 0) == ends
    with open(tamu / 'dnn_misc.py', 'a') as script:
        script.write(f'\n{text}')
    status, _, err = submit(tamu, 'tamu')
    assert status == ends
    assert any(line.startswith('dnn_misc.py: Python') for line in err) == ends


def test_a_long_declaration_of_collaboration_is_cut_short(tamu):
    steps = 0

    def count(frame, event, argument):
        nonlocal steps
        steps += 1
        return count

    sys.settrace(count)
    try:
        problems = make_submission.check_collaboration({'collaboration.txt': 'x\n' * 20_000}, course_of('tamu'))
    finally:
        sys.settrace(None)
    assert len(problems) == 20 and steps < 150_000  # not a look at the course for each of the rows
    (tamu / 'collaboration.txt').write_text('x\n' * 2_500_000)
    assert [line for line in submit(tamu, 'tamu')[2] if 'collaboration.txt: larger than 50 KB' in line]


@pytest.mark.parametrize('compression', [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_methods_that_unpack_without_a_limit_are_not_read(compression):
    members = CONTENTS.items()
    assert {kind for kind, _ in arrived(make_zip(members, compression))[1]} == {'packing'}


def forge(content, offset, value, form='<L'):
    """Change a field in the central directory's entry of the first member."""
    data = bytearray(content.getvalue())
    struct.pack_into(form, data, data.index(b'PK\x01\x02') + offset, value)
    return io.BytesIO(bytes(data))


@pytest.mark.parametrize('offset, value, form, kind', [
    (24, 10, '<L', 'unreadable'),              # uncompressed size: smaller than it is
    (24, 4_000_000_000, '<L', 'unreadable'),   # larger
    (16, 0, '<L', 'unreadable'),               # checksum
    (8, 1, '<H', 'packing'),                   # the flag of encryption
    (10, 99, '<H', 'packing'),                 # a method that does not exist
    (42, 7, '<L', 'unreadable'),               # where the member begins
])
def test_headers_that_lie(offset, value, form, kind):
    content = make_zip(sorted(CONTENTS.items(), key=lambda item: item[0] != 'dnn_misc.py'))
    assert arrived(forge(content, offset, value, form))[1] == [(kind, 'dnn_misc.py')]


def test_a_bomb_behind_a_small_size_is_found_out():
    bomb = make_zip([('dnn_misc.py', bytes(50_000_000))])
    assert ('unreadable', 'dnn_misc.py') in arrived(forge(bomb, 24, 100))[1]


def test_damaged_data():
    content = bytearray(make_zip([('dnn_misc.py', MISC)]).getvalue())
    content[60:200] = bytes(140)
    assert ('unreadable', 'dnn_misc.py') in arrived(io.BytesIO(bytes(content)))[1]


def test_a_hundred_thousand_members_are_counted_not_listed():
    content = make_zip([*CONTENTS.items(), *((f'x/{number}\n\x1b', b'') for number in range(100_000))],
                       zipfile.ZIP_STORED)
    source, problems = arrived(content)
    assert problems == []
    [note] = source.notes
    assert '100000 files' in note.text and note.text.isprintable() and len(note.text) < 500


def test_texts_of_problems_are_one_printable_line():
    source, _ = arrived(make_zip([('a\n\x1b[2J/dnn_misc.py', b'#'), ('b\n/dnn_misc.py', b'#')]))
    for one in [*check(source, course_of('tamu')), *source.notes]:
        assert (one.file + one.text).isprintable()


# ---- --verify --------------------------------------------------------------------------------------------------------

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
    tamu, osu = course_of('tamu'), course_of('osu')
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
    course = course_of('osu')
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
    problem = verify(FolderSource(project, course_of('osu')), course_of('osu'), project, 'q33')
    assert problem[:2] == ('verify', Q33) and said in problem.text and problem.text.isprintable()


def test_verify_ends_an_endless_epoch(project, monkeypatch):
    monkeypatch.setattr(make_submission, 'VERIFY_SECONDS', 2)
    (project / 'dnn_misc.py').write_text('while True:\n    pass\n')
    problem = verify(FolderSource(project, course_of('osu')), course_of('osu'), project, 'q33')
    assert problem.kind == 'verify' and 'more than 2 s' in problem.text


def test_verify_waits_until_the_scripts_are_in_order(project):
    (project / 'dnn_cnn_2.py').write_text('raise NotImplementedError("TODO (1)")' + PARTS['dnn_cnn_2.py'] + DECLARED)
    status, out, err = submit(project, 'osu', '--verify')
    assert (status, out) == (1, ['Not verified: the scripts have to be mended first.'])
    assert [line.split(':')[0] for line in but_twins(err)[:-1]] == ['dnn_cnn_2.py']


def test_verify_on_the_shipped_data_agrees_with_the_reference(tmp_path):
    folder = small_data.make_project(tmp_path / 'real')
    shutil.copy(ROOT / 'mnist_subset.json', folder)
    shutil.copy(ROOT / 'instructor' / 'reference' / RECORDS['q36'], folder)
    course = course_of('osu')
    assert verify(FolderSource(folder, course), course, folder, 'q36') is None


def test_ctrl_c_ends_a_verification_with_one_line(project, tmp_path):
    text = f'import numpy\nopen({str(tmp_path / "ran")!r}, "w").close()\nwhile True:\n    pass\n'
    (project / 'dnn_misc.py').write_text(text + PARTS['dnn_misc.py'] + DECLARED)
    scratch = tmp_path / 'tmp'
    scratch.mkdir()
    before = state(project)
    process = subprocess.Popen([sys.executable, str(ROOT / 'make_submission.py'), 'smith.12', '--verify', '--folder',
                                str(project)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               start_new_session=True, env={**os.environ, 'TMPDIR': str(scratch)})
    for _ in range(600):
        if (tmp_path / 'ran').exists():
            break
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, '', 'make_submission.py: stopped, no zip written\n')
    assert state(project) == before and list(scratch.iterdir()) == []


# ---- course files ----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize('name, total, functions, q39', [('tamu', 100, 10, 22), ('osu', 50, 5, 11)])
def test_the_two_courses(name, total, functions, q39):
    course = course_of(name)
    assert sum(course['points'].values()) == total
    assert course['points']['linear_layer.backward'] == functions and course['points']['q39'] == q39
    assert course['results'] == RECORDS
    script = {'tamu': 'dnn_mlp_nonlinear.py', 'osu': 'dnn_mlp_nononlinear.py'}[name]
    for question, command in project_copy.COMMANDS.items():
        expected = [script] if question == 'q36' else command
        assert make_submission.run_command(course, question) == expected


WRONG = {
    'name': ('name', 'other'), 'title': ('title', ''), 'term': ('term', None), 'two lines': ('assignment', 'a\nb'),
    'upload': ('upload', 5), 'files': ('files', []), 'path': ('files', {'a.py': '../a.py'}),
    'files of one name': ('files', {'a.py': 'c.py', 'b.py': 'c.py'}),
    'module renamed': ('files', {'dnn_misc.py': 'x.py'}),
    'new name taken': ('files', {'x.py': 'data_loader.py'}), 'points': ('points', {'q33': 1}),
    'scripts': ('scripts', ['dnn_misc.py']), 'results': ('results', {'q33': Q33}),
    'results of one name': ('results', {question: Q33 for question in RECORDS}),
    'results under other names': ('results', {**RECORDS, 'q33': 'mlp.json'}),
    'a q-script renamed': ('files', {'q33.sh': 'first.sh'}), 'a q-script for another': ('files', {'a.sh': 'q310.sh'}),
    'result path': ('results', {**RECORDS, 'q33': '../x.json'}),
    'student': ('student', []), 'labels': ('student', 'First'),
    'zip': ('zip', 'x.zip'), 'zip path': ('zip', '../{First}_{Last}.zip'), 'zip ending': ('zip', '{First}_{Last}.rar'),
    'due': ('due', ''), 'weights': ('weights', {}),
    'no weight at all': ('weights', {'relu.forward': {'returned value': 0, 'self.mask': 0}}),
    'a weight too few': ('weights', {'relu.forward': {'returned value': 1}}),
    'changed in place': ('changed_in_place', 1.5), 'example': ('example', ['Cheng']),
    'example of no file name': ('example', ['Cheng', '!']),
    'zip twice': ('zip', '{First}{First}_{Last}.zip'), 'collaboration': ('collaboration', 'none'),
}


@pytest.mark.parametrize('key, value', WRONG.values(), ids=WRONG)
def test_a_wrong_key_of_a_course_is_named(tmp_path, key, value):
    text = json.loads((COURSES / 'tamu.json').read_text())
    path = tmp_path / 'tamu.json'
    for content in ({**text, key: value}, {name: old for name, old in text.items() if name != key}):
        path.write_text(json.dumps(content))
        with pytest.raises(CourseError) as error:
            load_course(path)
        assert str(error.value).startswith(f'{path}: "{key}') and '\n' not in str(error.value)


SURPLUS = {
    'a key of no course': ({'pionts': {}}, 'unknown "pionts"; a course has'),
    'an item too many': ({'points': {'q32': 5, 'q41': 5}}, '"points" must not hold "q32", "q41"'),
    'a weight too many': ({'weights': {'relu.backward': {}}}, '"weights" must not hold "relu.backward"'),
    'a part too many': ({'weights': {'q39': {'TODO (6)': 1}}}, '"weights.q39" must not hold "TODO (6)"'),
    'a result too many': ({'results': {'q39': 'x.json'}}, '"results" must not hold "q39"'),
    'both kinds': ({'collaboration': {'heading': '# x'}}, '"collaboration" must not hold "heading"'),
    'a fixed file': ({'files': {'q33.sh': 'a.sh'}}, '"files" must not hold "q33.sh"'),
    'an odd name': ({'a\nb': 1}, 'unknown "a?b"'),
}


@pytest.mark.parametrize('more, said', SURPLUS.values(), ids=SURPLUS)
def test_what_a_course_holds_too_much_is_named(tmp_path, more, said):
    def merged(old, new):
        return {**old, **{key: merged(old[key], value) if isinstance(old.get(key), dict) else value
                          for key, value in new.items()}}
    (tmp_path / 'tamu.json').write_text(json.dumps(merged(json.loads((COURSES / 'tamu.json').read_text()), more)))
    with pytest.raises(CourseError) as error:
        load_course(tmp_path / 'tamu.json')
    assert said in str(error.value) and '\n' not in str(error.value)


def test_a_missing_item_is_named(tmp_path):
    course = course_of('osu')
    del course['points']['q39'], course['points']['relu.forward']
    (tmp_path / 'osu.json').write_text(json.dumps(course))
    with pytest.raises(CourseError, match='"points" lacks "relu.forward", "q39"'):
        load_course(tmp_path / 'osu.json')


def test_the_text_on_collaboration_follows_the_file_and_the_row(tmp_path):
    course = json.loads((COURSES / 'tamu.json').read_text())
    course['collaboration'].update(file='with.txt', row='Name and mail', none='alone')
    path = tmp_path / 'tamu.json'
    path.write_text(json.dumps(course))
    text = load_course(path)['collaboration']['text']
    assert '`with.txt`' in text and '`Name and mail`' in text and '`alone`' in text and '{' not in text
    for said in ('{file}', '{row}', '{none}'):
        path.write_text(json.dumps({**course, 'collaboration': {
            **course['collaboration'], 'text': course['collaboration']['text'].replace(said, 'x')}}))
        with pytest.raises(CourseError, match='"collaboration.text" must be a text for students that says {file}'):
            load_course(path)
    course = json.loads((COURSES / 'osu.json').read_text())
    course['collaboration'].update(heading='# With:', none='alone')
    (tmp_path / 'osu.json').write_text(json.dumps(course))
    text = load_course(tmp_path / 'osu.json')['collaboration']['text']
    assert '`# With:`' in text and '`# alone`' in text


@pytest.mark.parametrize('value', ['ten', -1, True, None, float('nan'), 1e300])
def test_points_are_numbers(tmp_path, value):
    course = course_of('osu')
    course['points']['q39'] = value
    (tmp_path / 'osu.json').write_text(json.dumps(course))
    with pytest.raises(CourseError, match='points'):
        load_course(tmp_path / 'osu.json')


@pytest.mark.parametrize('name, key, value', [
    ('tamu', 'kind', 'mail'), ('tamu', 'file', '../x'), ('tamu', 'row', ''), ('tamu', 'none', 7),
    ('tamu', 'text', None), ('osu', 'kind', None), ('osu', 'heading', 'Collaboration'), ('osu', 'none', ''),
    ('osu', 'text', ''),
])
def test_the_declaration_of_collaboration_is_checked(tmp_path, name, key, value):
    course = course_of(name)
    course['collaboration'][key] = value
    (tmp_path / f'{name}.json').write_text(json.dumps(course))
    with pytest.raises(CourseError, match=f'"collaboration.{key}"'):
        load_course(tmp_path / f'{name}.json')


@pytest.mark.parametrize('content', [b'', b'{', b'[]', b'null', b'\xff\xfe', b'[' * 100000])
def test_a_course_file_that_is_none(tmp_path, content):
    path = tmp_path / 'course.json'
    path.write_bytes(content)
    with pytest.raises(CourseError) as error:
        load_course(path)
    assert str(error.value).startswith(f'{path}: ') and '\n' not in str(error.value)
    with pytest.raises(CourseError, match='cannot be read'):
        load_course(tmp_path / 'none.json')


def test_a_third_course_needs_nothing_but_a_file(tmp_path):
    course = {**course_of('osu'), 'name': 'third', 'student': ['Initials'], 'example': ['xy'],
              'zip': 'nets-{Initials}.zip'}
    (tmp_path / 'third.json').write_text(json.dumps(course))
    assert zip_name(load_course(tmp_path / 'third.json'), ['ab']) == 'nets-ab.zip'
