"""make_submission.py: the submissions of both courses packed as students pack them, and what keeps one from it."""

import hashlib
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from submission import ZipSource, check, zip_name
from tests.helpers import courses
from tests.helpers.packing import (
    NAMES,
    PARTS,
    PROGRAM,
    Q33,
    Q310,
    RECORDS,
    RIGHT,
    ROOT,
    ZIPS,
    found,
    put_program,
    put_submission,
    run_script,
    state,
    submit,
)


@pytest.fixture(params=courses.NAMES)
def course(request):
    return request.param


@pytest.fixture
def folder(tmp_path, course):
    return put_submission(tmp_path / 'my files', course)


# ---- a submission in order -------------------------------------------------------------------------------------------

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
        source = ZipSource(archive, courses.task(course))
        assert (check(source, courses.task(course)), source.notes, source.missing) == ([], [], [])


def test_it_stands_alone_beside_its_course(tmp_path, folder, course):
    """Run by its path from another folder, with no package and no other module of ours in reach, without a terminal."""
    put_program(folder)
    courses.write_task(folder, course)
    before = {path.name for path in folder.iterdir()}
    result = run_script(folder, *NAMES[course], options=['-B', '-E', '-s', '-S'], cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, '')
    assert {path.name for path in folder.iterdir()} - before == {ZIPS[course]}


def test_it_imports_nothing_that_a_handout_lacks():
    imported = {match for name in PROGRAM for match in re.findall(
        r'(?m)^(?:from|import) (\w+)', (ROOT / name).read_text())}
    ours = {path.stem for path in ROOT.glob('*.py')} | {'instructor', 'tests'}
    assert imported & ours == {'submission', 'submission_scripts', 'records', 'common'}
    assert {*PROGRAM} <= {*courses.course('osu').assignment.given}


@pytest.mark.parametrize('name', ['make_submission (1).py', 'make_submission.2.py', 'pack my work.py'])
def test_it_may_have_another_name(tamu, name):
    put_program(tamu)
    (tamu / 'make_submission.py').rename(tamu / name)
    courses.write_task(tamu, 'tamu')
    done = subprocess.run([sys.executable, tamu / name, *NAMES['tamu']], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, '')


def test_a_python_that_cannot_be_started_is_not_the_scripts_fault(tamu, monkeypatch):
    monkeypatch.setattr(sys, 'executable', '/bin/false')
    status, _, err = submit(tamu, 'tamu')
    assert status == 2 and len(err) == 1 and 'the Python that was started ended' in err[0]


def test_without_its_course_file_it_says_so(osu):
    put_program(osu)
    for folder in (osu, ROOT):  # the master copy has none either
        result = run_script(folder, 'smith.12', '--folder', str(osu))
        assert (result.returncode, result.stderr) == (
            2, f'make_submission.py: {folder / "course.json"}: cannot be read (No such file or directory): put the one '
               'that was handed out there\n')
    assert not list(osu.glob('*.zip'))


def test_without_a_name_it_says_what_to_type(osu):
    status, out, err = submit(osu, 'osu', names=[])
    assert (status, out) == (2, [])
    assert err == ['make_submission.py: expected name.number: python3 make_submission.py name.number']


@pytest.mark.parametrize('content', [b'', b'[', b'[]', b'{}', b'{"given": {}}', b'[' * 100_000, b'\xff'])
def test_a_course_file_that_is_not_as_it_was_handed_out(tamu, content):
    path = tamu.parent / 'course.json'
    path.write_bytes(content)
    status, out, err = submit(tamu, 'tamu', task=path)
    assert (status, out, err) == (2, [], [f'make_submission.py: {path}: is not as it was handed out: put it back'])


@pytest.mark.parametrize('changes', [
    {'zip': 5}, {'epochs': '30'}, {'student': 'First'}, {'runs': []}, {'runs': {'q33': {'result': 'x.json'}}},
    {'runs': {'q33': None}}, {'scripts': {'dnn_misc.py': {'imports': []}}}, {'collaboration': {'kind': 'mail'}},
    {'collaboration': {'kind': 'file', 'none': 'no'}}, {'collaboration': {'kind': []}}, {'markers': []},
    {'given': {'dnn_misc.py': ['pass']}, 'markers': ['### BEGIN SOLUTION']}, {'more': 1}, {'expected': None}])
def test_a_course_file_in_which_something_was_changed(tamu, changes):
    path = courses.write_task(tamu.parent, 'tamu')
    content = {'markers': ['### BEGIN SOLUTION', '### END SOLUTION'], 'given': {'dnn_misc.py': ['pass']}, **changes}
    courses.write(path, {**json.loads(path.read_text()), **content})
    status, out, err = submit(tamu, 'tamu', task=path)
    assert (status, out, err) == (2, [], [f'make_submission.py: {path}: is not as it was handed out: put it back'])


def test_a_course_file_that_an_editor_saved_again_is_taken(tamu):
    path = courses.write_task(tamu.parent, 'tamu')
    path.write_bytes(b'\xef\xbb\xbf' + path.read_bytes() + b'\r\n')
    assert submit(tamu, 'tamu', task=path)[0] == 0


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
    assert zip_name(courses.task(course), names) == expected


@pytest.mark.parametrize('name', [
    '', ' ', 'a/b', '../x', 'a\\b', "O'Brien", 'a"b', '-v', '.hidden', 'a\nb', 'a\tb', 'a\x00b', 'a\x1b[0m', 'a:b',
    'a*', 'a?', '<b>', 'a|b', '{Last}', '\u202eabc', '\udc80', '\u0301a', '_x', 'x' * 81, 'é' * 41, '$HOME', '💥',
])
def test_names_that_make_none(name):
    for names in (['Cheng', name], [name, 'Zhang']):
        with pytest.raises(ValueError) as error:
            zip_name(courses.task('tamu'), names)
        assert str(error.value).isprintable() and '\n' not in str(error.value)
        assert {0: 'First', 1: 'Last'}[names.index(name)] in str(error.value)


@pytest.mark.parametrize('name', ['smith', 'smith.', '.12', 'smith.x', 'smith.1.2', 'smith 12', 'smith.12/'])
def test_osu_wants_a_name_a_dot_and_a_number(name):
    with pytest.raises(ValueError, match='name.number'):
        zip_name(courses.task('osu'), [name])


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
