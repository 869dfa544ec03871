"""The handouts of both courses: their content, and that they work without the master copy."""

import ast
import json
import re
import shutil
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from instructor.publishing.page import visible_text
from submission import load_task
from tests.helpers import ROOT, courses, project_copy
from tests.helpers.courses import NAMES as COURSES
from tests.helpers.handout_copy import (
    BLOCK,
    DATA,
    FUNCTIONS,
    TODOS,
    copy_master,
    make,
    run_python,
    solve,
    surround,
    texts,
)
from tests.helpers.project_copy import RECORDS

pytestmark = pytest.mark.long

CHECKER = {'tamu': 'assignment3_dnn_check.py', 'osu': 'hw5_dnn_check.py'}
NO_RELU = {'tamu': 'dnn_mlp_nonlinear.py', 'osu': 'dnn_mlp_nononlinear.py'}
# The first function that each script needs, and its main; the MLP without relu in either course's name.
FIRST = {'q33': ('dnn_mlp.py', 'linear_layer.forward'), 'q34': ('dnn_mlp.py', 'linear_layer.forward'),
         'q35': ('dnn_mlp.py', 'linear_layer.forward'), 'q36': (None, 'linear_layer.forward'),
         'q37': ('dnn_cnn.py', 'relu.forward'), 'q38': ('dnn_cnn.py', 'relu.forward'),
         'q310': ('dnn_cnn_2.py', 'TODO (1)')}


@pytest.fixture(scope='module')
def handouts(tmp_path_factory):
    """Both handouts, {course: folder}, and their zips; the master that they were made from is gone."""
    home = tmp_path_factory.mktemp('handouts')
    master = copy_master(home / 'master')
    made = {course: home / course / 'my handout' for course in COURSES}
    for course, folder in made.items():
        surround(folder)
        make(master, '--course', course, '--output', folder, '--zip', home / f'{course}.zip')
    shutil.rmtree(master)
    return made


@pytest.fixture
def handed_out(handouts, tmp_path, request):
    """A copy of one course's handout, to be changed: its data are a few digits only."""
    folder = tmp_path / 'a copy'
    shutil.copytree(handouts[request.param], folder, ignore=shutil.ignore_patterns(DATA))
    surround(folder)
    data = json.loads((handouts[request.param] / DATA).read_text())
    (folder / DATA).write_text(json.dumps({key: [X[:10], Y[:10]] for key, (X, Y) in data.items()}))
    return folder


@pytest.fixture(scope='module')
def solved(handouts, tmp_path_factory):
    """Both handouts with the solutions in the blanks, and the first epoch of three runs made: {course: folder}."""
    folders = {}
    for course in COURSES:
        folders[course] = tmp_path_factory.mktemp('solved') / f'{course} solved'
        shutil.copytree(handouts[course], folders[course])
        surround(folders[course])
        solve(folders[course])
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(project_copy.run, folder, f'{name}.sh', '--num_epoch', '1', OPENBLAS_NUM_THREADS='1')
                for name in ('q310', 'q33', 'q36') for folder in folders.values()]
        for run in runs:
            assert run.result()[0] == 0, run.result()
    return folders


# ---- what is in it ---------------------------------------------------------------------------------------------------

@pytest.mark.parametrize('course', COURSES)
def test_it_holds_what_students_need_and_nothing_else(handouts, course):
    scripts = [f'{folder}{name}.sh' for folder in ('', 'Windows/') for name in RECORDS]
    assert {*texts(handouts[course]), DATA} == {
        'dnn_misc.py', 'dnn_im2col.py', 'dnn_mlp.py', NO_RELU[course], 'dnn_cnn.py', 'dnn_cnn_2.py', 'data_loader.py',
        'training.py',
        CHECKER[course], 'dnn_cnn_2_check.py', 'plot_curves.py', 'make_submission.py', 'submission.py',
        'submission_scripts.py', 'records.py', 'common.py', 'checking.py', 'known_mistakes.py', 'course.json', DATA,
        'requirements.txt', *scripts,
        'ASSIGNMENT.md', 'ASSIGNMENT.html', 'README.md', 'LICENSE', '.gitattributes',
        *(f'figures/{name}.svg' for name in ('mlp', 'dnn_mlp', 'dnn_cnn', 'dnn_cnn_2'))}
    assert (handouts[course] / DATA).read_bytes() == (ROOT / DATA).read_bytes()
    assert (handouts[course] / 'LICENSE').read_bytes() == (ROOT / 'LICENSE').read_bytes()


@pytest.mark.parametrize('course, foreign', [
    ('tamu', ['osu', 'cse', '5523', 'carmen', '2022', 'homework', 'hw_?6', 'hw5', 'hw5_dnn_check',
              'dnn_mlp_nononlinear', 'name.number', 'chao']),
    ('osu', ['tamu', 'csce', '625', 'netid', '2026', 'assignment_?3', 'assignment 3', 'assignment3_dnn_check',
             'dnn_mlp_nonlinear', r'collaboration\.txt'])])
def test_no_name_of_the_other_course_is_in_it(handouts, course, foreign):
    pattern = re.compile(rf'(?<![^\W_])({"|".join(foreign)})(?![^\W_])', re.IGNORECASE)
    found = [(name, number, line) for name, text in texts(handouts[course]).items() if name != 'LICENSE'
             for number, line in enumerate([name, *text.splitlines()]) if pattern.search(line)]
    assert found == []


@pytest.mark.parametrize('course', COURSES)
def test_every_script_that_is_mentioned_is_there(handouts, course):
    contents = texts(handouts[course])
    names = {Path(name).name for name in contents}
    for name, text in contents.items():
        text = visible_text(text) if name.endswith('.html') else text  # without the anchors, such as #35-dnn_miscpy
        mentioned = set(re.findall(r'(?<![\w.-])\w+\.(?:py|sh)\b', text))
        assert mentioned <= names, name
        assert set(re.findall(r'\bdnn_\w+|\w+_dnn_check\b', text)) - {'dnn_check'} <= {
            Path(name).stem for name in names}, name
    run = (handouts[course] / 'Windows' / 'q36.sh').read_text()
    assert f' {NO_RELU[course]} ' in run
    assert f'python3 {NO_RELU[course]}' in ast.get_docstring(ast.parse(contents[NO_RELU[course]]))
    for name in ('README.md', 'ASSIGNMENT.md', 'ASSIGNMENT.html'):
        assert f'python3 {CHECKER[course]}' in contents[name] and NO_RELU[course] in contents[name]


@pytest.mark.parametrize('course', COURSES)
def test_blanks_raise_their_name_and_all_else_is_the_masters(handouts, course):
    for script, names in (('dnn_misc.py', FUNCTIONS), ('dnn_cnn_2.py', TODOS)):
        text, master = (handouts[course] / script).read_text(), (ROOT / script).read_text()
        for body, name in zip(BLOCK.findall(text), names):
            *comment, line = body.strip().split('\n')
            assert line.strip() == f"raise NotImplementedError('{name}')"
            assert [re.match('# Write ', text) is not None for text in comment] == [True] * (name in TODOS)
        assert text.count('# TODO') == master.count('# TODO') == 5
        end = '\n\n# Collaboration:\n' if course == 'osu' else ''
        assert BLOCK.sub('', text) == BLOCK.sub('', master) + end


@pytest.mark.parametrize('course', COURSES)
def test_no_solution_line_stands_anywhere(handouts, course):
    lines = {re.sub(r'\s', '', line) for name in ('dnn_misc.py', 'dnn_cnn_2.py')
             for body in BLOCK.findall((ROOT / name).read_text()) for line in body.splitlines()}
    assert {"returnX@self.params['W']+self.params['b']", 'returngrad*self.mask'} < lines and len(lines) > 13
    for name, text in texts(handouts[course]).items():
        text = re.sub(r'\s', '', text)
        assert [line for line in lines if line in text] == [], name


def test_placeholders_are_the_courses_own(handouts):
    for course, line in (('tamu', 'python3 make_submission.py First Last'),
                         ('osu', 'python3 make_submission.py name.number')):
        for name in ('README.md', 'ASSIGNMENT.md'):
            text = (handouts[course] / name).read_text()
            assert line in text and not re.search(r'\{\{\s*\w', text)
    tamu, osu = ((handouts[course] / 'ASSIGNMENT.md').read_text() for course in COURSES)
    assert re.search(r'total\W+100\b', tamu) and 'Assignment_3_Cheng_Zhang.zip' in tamu and 'Name, NetID' in tamu
    assert re.search(r'total\W+50\b', osu) and 'HW_6_code_chao.209.zip' in osu and '# Collaboration:' in osu


@pytest.mark.parametrize('course', COURSES)
def test_course_json_says_what_is_to_be_handed_in(handouts, course):
    task, folder = load_task(handouts[course] / 'course.json'), handouts[course]
    plain = replace(task, markers=[], given={}, expected={})
    assert plain == courses.task(course)
    assert task.markers == ['### BEGIN SOLUTION', '### END SOLUTION']
    assert task.given == {name: (folder / name).read_text().splitlines() for name in ('dnn_misc.py', 'dnn_cnn_2.py')}
    assert {*task.expected} == {*RECORDS}
    for name, wanted in task.expected.items():
        record = json.loads((ROOT / 'instructor' / 'mlp_cnn' / 'reference' / RECORDS[name]).read_text())
        assert wanted == {key: [record[key][0], record[key][29]] for key in ('train', 'val')}
    commands = {name: run['command'] for name, run in task.runs.items()}
    assert commands == {**project_copy.COMMANDS, 'q36': [NO_RELU[course]]}
    named = {name for run in task.runs.values() for name in (run['script'], run['command'][0], *run['uses'])}
    assert all((folder / name).is_file() for name in {*named, *task.run_files, *task.scripts})


@pytest.mark.parametrize('course', COURSES)
def test_scripts_keep_line_ends_and_permissions(handouts, course):
    for path in handouts[course].rglob('*'):
        if path.is_file() and path.name != DATA:
            assert b'\r' not in path.read_bytes(), path
            assert (path.stat().st_mode & 0o111 != 0) == (path.suffix == '.sh'), path


@pytest.mark.parametrize('course, top', [('tamu', 'Assignment_3'), ('osu', 'Homework_6_Programming_Set')])
def test_zip_holds_the_same(handouts, course, top):
    folder = handouts[course]
    with zipfile.ZipFile(folder.parents[1] / f'{course}.zip') as archive:
        members = archive.infolist()
        assert [info.filename for info in members] == sorted(info.filename for info in members)
        assert {info.filename for info in members} == {f'{top}/{name}' for name in (*texts(folder), DATA)}
        for info in members:
            path = folder / info.filename.split('/', 1)[1]
            assert archive.read(info) == path.read_bytes()
            assert info.external_attr >> 16 == (0o100755 if path.suffix == '.sh' else 0o100644)
            assert info.date_time == (1980, 1, 1, 0, 0, 0)


# ---- that it works ---------------------------------------------------------------------------------------------------

@pytest.mark.parametrize('course', COURSES)
def test_checker_finds_none_of_five(handouts, course):
    status, output, error = run_python(handouts[course], CHECKER[course])
    assert (status, error) == (1, '')
    assert output.splitlines()[-1] == '0 of 5 correct'
    assert output.count('not written yet') == 5


@pytest.mark.parametrize('course', COURSES)
def test_every_script_stops_with_what_is_to_be_written(handouts, course):
    names = [*FIRST, 'Windows/q33', 'Windows/q310']
    with ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(lambda name: project_copy.run(handouts[course], f'{name}.sh'), names))
    for name, (status, output, error) in zip(names, runs):
        main, function = FIRST[name.split('/')[-1]]
        assert error == f'{main or NO_RELU[course]}: {function} is not written yet: write it, then run this again\n'
        assert status == 1 and output in ('', 'At epoch 1\n')
    assert project_copy.results(handouts[course]) == set()


@pytest.mark.parametrize('handed_out', COURSES, indirect=True)
def test_scripts_lead_from_blank_to_blank(handed_out):
    def way(script):
        named = []
        while len(named) <= 5:
            status, _, error = project_copy.run(handed_out, script, '--num_epoch', '1')
            if status == 0:
                return named
            named += re.findall(r': (.*) is not written yet: ', error)
            solve(handed_out, named[-1:])
        raise AssertionError(f'{script} does not come to its end: {named}')

    assert way('q33.sh') == ['linear_layer.forward', 'relu.forward', 'linear_layer.backward', 'dropout.backward',
                             'relu.backward']
    assert run_python(handed_out, next(path.name for path in handed_out.glob('*_dnn_check.py')))[0] == 0
    assert way('q310.sh') == TODOS


@pytest.mark.parametrize('course', COURSES)
def test_solved_it_is_the_master(solved, course):
    folder = solved[course]
    for script in ('dnn_misc.py', 'dnn_cnn_2.py'):
        end = '\n\n# Collaboration:\n' if course == 'osu' else ''
        assert (folder / script).read_text() == (ROOT / script).read_text() + end
    status, output, _ = run_python(folder, CHECKER[course])
    assert (status, output.splitlines()[-1]) == (0, '5 of 5 TODO items correct')
    assert '5 of 5 correct' in output.splitlines()
    assert project_copy.results(folder) == {RECORDS[name] for name in ('q33', 'q36', 'q310')}
    for name in project_copy.results(folder):
        reference = json.loads((ROOT / 'instructor' / 'mlp_cnn' / 'reference' / name).read_text())
        assert json.loads((folder / name).read_text()) == {key: values[:1] for key, values in reference.items()}


@pytest.mark.parametrize('course, student, archive', [
    ('tamu', ['Cheng', 'Zhang'], 'Assignment_3_Cheng_Zhang.zip'), ('osu', ['chao.209'], 'HW_6_code_chao.209.zip')])
def test_what_was_solved_can_be_packed(solved, tmp_path, course, student, archive):
    folder = tmp_path / 'hand in'
    shutil.copytree(solved[course], folder, ignore=shutil.ignore_patterns(DATA))
    surround(folder)
    for name in RECORDS.values():
        shutil.copy(ROOT / 'instructor' / 'mlp_cnn' / 'reference' / name, folder)

    status, output, error = run_python(folder, 'make_submission.py', *student)
    assert status == 1 and 'ollaboration' in error and not (folder / archive).exists()
    if course == 'tamu':
        (folder / 'collaboration.txt').write_text('Ada Lovelace, ada1815\n')
    else:
        for script in ('dnn_misc.py', 'dnn_cnn_2.py'):
            with open(folder / script, 'a') as file:
                file.write('# no discussion\n')
    status, output, error = run_python(folder, 'make_submission.py', *student)
    assert status == 0, error
    wanted = {'dnn_misc.py', 'dnn_cnn_2.py', *RECORDS.values(), *(['collaboration.txt'] if course == 'tamu' else [])}
    with zipfile.ZipFile(folder / archive) as packed:
        assert {Path(name).name for name in packed.namelist()} == wanted
        for name in packed.namelist():
            assert packed.read(name) == (folder / Path(name).name).read_bytes()
    assert 'Canvas' in output
