"""instructor/assignment.py and course.py: what the descriptions say, and each mistake by file and key."""

import json

import pytest

from instructor.assignment import exact, load_assignment
from instructor.course import COURSES, Late, find_course, load_course
from instructor.descriptions import DescriptionError
from instructor.publishing.hand_in import task_of
from submission import zip_name
from tests.helpers import courses
from tests.helpers.courses import assignment_values, values, write

FUNCTIONS = ('linear_layer.forward', 'linear_layer.backward', 'relu.forward', 'relu.backward', 'dropout.backward')
RUNS = {  # as the assignment's text has them
    'q33': (['dnn_mlp.py'], 'MLP_lr0.01_m0.0_w0.0_d0.0.json'),
    'q34': (['dnn_mlp.py', '--dropout_rate', '0.5'], 'MLP_lr0.01_m0.0_w0.0_d0.5.json'),
    'q35': (['dnn_mlp.py', '--dropout_rate', '0.95'], 'MLP_lr0.01_m0.0_w0.0_d0.95.json'),
    'q36': (['dnn_mlp_nononlinear.py'], 'LR_lr0.01_m0.0_w0.0_d0.0.json'),
    'q37': (['dnn_cnn.py'], 'CNN_lr0.01_m0.0_w0.0_d0.5.json'),
    'q38': (['dnn_cnn.py', '--alpha', '0.9'], 'CNN_lr0.01_m0.9_w0.0_d0.5.json'),
    'q310': (['dnn_cnn_2.py', '--alpha', '0.9'], 'CNN2_lr0.001_m0.9_w0.0_d0.5.json')}


def merged(old, new):
    """A dict with some values in it changed or added, however deep."""
    return {**old, **{key: merged(old[key], value) if isinstance(value, dict) and isinstance(old.get(key), dict)
                      else value for key, value in new.items()}}


def said_of(load, path):
    """The one line with which a description is refused."""
    with pytest.raises(DescriptionError) as error:
        load(path)
    assert str(error.value).isprintable()
    return str(error.value)


# ---- what they say ---------------------------------------------------------------------------------------------------

@pytest.mark.parametrize('name, total, functions, q39', [('tamu', 100, 10, 22), ('osu', 50, 5, 11)])
def test_the_two_courses(name, total, functions, q39):
    course = courses.course(name)
    assert course.total == total == sum(course.points.values())
    assert course.points['linear_layer.backward'] == functions and course.points['q39'] == q39
    assert [*course.points] == [*FUNCTIONS, 'q33', 'q34', 'q35', 'q36', 'q37', 'q38', 'q39', 'q310']
    assert course.assignment.results == {question: result for question, (_, result) in RUNS.items()}
    script = {'tamu': 'dnn_mlp_nonlinear.py', 'osu': 'dnn_mlp_nononlinear.py'}[name]
    for question, (command, result) in RUNS.items():
        run = task_of(course).runs[question]
        assert run['command'] == ([script] if question == 'q36' else command)
        assert (run['result'], run['script']) == (result, f'{question}.sh')
        assert run['uses'] == ['dnn_misc.py'] + ['dnn_cnn_2.py'] * (question == 'q310')


def test_the_items_and_their_parts():
    described = courses.course('osu').assignment
    assert described.functions == FUNCTIONS
    assert {name: item.parts for name, item in described.items.items() if item.parts} == {
        'relu.forward': {'returned value': 1, 'self.mask': 1},
        'linear_layer.backward': {"gradient['W']": 1, "gradient['b']": 1, 'returned value': 1},
        'q39': {'TODO (1)': 2, 'TODO (2)': 5, 'TODO (3)': 5, 'TODO (4)': 5, 'TODO (5)': 5}}
    assert (described.items['relu.forward'].label, described.items['q39'].title) == ('Q3.2 relu.forward', 'Q3.9')
    assert described.question_of('relu.backward').name == 'q32' and described.question_of('q310').title == 'Q3.10'
    assert described.changed_in_place == exact(0.25) and described.epochs == 30


def test_a_third_course_needs_nothing_but_a_file(tmp_path):
    path = write(tmp_path / 'third.json', {**values('osu'), 'name': 'third', 'student': ['Initials'],
                                           'example': ['xy'], 'zip': 'nets-{Initials}.zip'})
    assert zip_name(task_of(load_course(find_course(str(path)))), ['ab']) == 'nets-ab.zip'


def test_a_course_is_found_by_its_name_or_its_file():
    assert find_course('osu') == COURSES / 'osu.json' and str(find_course('x/mine.json')) == 'x/mine.json'
    with pytest.raises(DescriptionError, match='--course mit: no such course; take cmu, gt, osu, rice, tamu or a'):
        find_course('mit')


def test_points_are_exact(tmp_path):
    course = load_course(write(tmp_path / 'osu.json', merged(values('osu'), {'points': {'q33': 0.1, 'q34': 0.2}})))
    assert course.points['q33'] + course.points['q34'] == exact('0.3')


def test_the_text_on_collaboration_follows_the_file_and_the_row(tmp_path):
    course, path = values('tamu'), tmp_path / 'tamu.json'
    course['collaboration'].update(file='with.txt', row='Name and mail', none='alone')
    text = load_course(write(path, course)).collaboration.text
    assert '`with.txt`' in text and '`Name and mail`' in text and '`alone`' in text and '{' not in text
    for said in ('{file}', '{row}', '{none}'):
        changed = course['collaboration']['text'].replace(said, 'x')
        write(path, merged(course, {'collaboration': {'text': changed}}))
        assert '"collaboration.text" must be a text for students that says {file} and {row} and {none}' in said_of(
            load_course, path)
    course = values('osu')
    course['collaboration'].update(heading='# With:', none='alone')
    text = load_course(write(tmp_path / 'osu.json', course)).collaboration.text
    assert '`# With:`' in text and '`# alone`' in text


# ---- mistakes in a course's file -------------------------------------------------------------------------------------

WRONG = {
    'name': ('name', 'other'), 'title': ('title', ''), 'term': ('term', None),
    'two lines': ('assignment_title', 'a\nb'), 'a line end': ('assignment_title', 'a\n'),
    'an odd character': ('term', 'Fall \x1b[0m 2022'), 'a space around it': ('title', ' OSU'),
    'assignment': ('assignment', 'none.json'), 'assignment elsewhere': ('assignment', '../assignment.json'),
    'upload': ('upload', 5), 'files': ('files', []), 'path': ('files', {'a.py': '../a.py'}),
    'files of one name': ('files', {'a.py': 'c.py', 'b.py': 'c.py'}),
    'module renamed': ('files', {'dnn_misc.py': 'x.py'}),
    'new name taken': ('files', {'x.py': 'data_loader.py'}), 'points': ('points', {'q33': 1}),
    'no points': ('points', 100),
    'a q-script renamed': ('files', {'q33.sh': 'first.sh'}), 'a q-script for another': ('files', {'a.sh': 'q310.sh'}),
    'student': ('student', []), 'labels': ('student', 'First'),
    'zip': ('zip', 'x.zip'), 'zip path': ('zip', '../{First}_{Last}.zip'), 'zip ending': ('zip', '{First}_{Last}.rar'),
    'due': ('due', ''), 'example': ('example', ['Cheng']), 'example of no file name': ('example', ['Cheng', '!']),
    'the labels as example': ('example', ['first', 'Last']),
    'zip twice': ('zip', '{First}{First}_{Last}.zip'), 'collaboration': ('collaboration', 'none'),
}


@pytest.mark.parametrize('key, value', WRONG.values(), ids=WRONG)
def test_a_wrong_key_of_a_course_is_named(tmp_path, key, value):
    text, path = values('tamu'), tmp_path / 'tamu.json'
    for content in ({**text, key: value}, {name: old for name, old in text.items() if name != key}):
        assert said_of(load_course, write(path, content)).startswith(f'{path}: "{key}')


SURPLUS = {
    'a key of no course': ({'pionts': {}}, 'tamu.json: must not hold "pionts"; it has name, assignment, title, '),
    'what the assignment says': ({'results': {}}, 'tamu.json: must not hold "results"'),
    'an item too many': ({'points': {'q32': 5, 'q41': 5}}, '"points" must not hold "q32", "q41"'),
    'both kinds': ({'collaboration': {'heading': '# x'}}, '"collaboration" must not hold "heading"'),
    'a fixed file': ({'files': {'q33.sh': 'a.sh'}}, '"files" must not hold "q33.sh"'),
    'an imported module': ({'files': {'checking.py': 'check.py'}}, '"files" must not hold "checking.py"'),
    'an odd name': ({'a\nb': 1}, 'must not hold "a?b"'),
}


@pytest.mark.parametrize('more, said', SURPLUS.values(), ids=SURPLUS)
def test_what_a_course_holds_too_much_is_named(tmp_path, more, said):
    assert said in said_of(load_course, write(tmp_path / 'tamu.json', merged(values('tamu'), more)))


def test_a_missing_item_is_named(tmp_path):
    course = values('osu')
    del course['points']['q39'], course['points']['relu.forward']
    assert '"points" lacks "relu.forward", "q39"; it has ' in said_of(load_course, write(tmp_path / 'osu.json', course))


@pytest.mark.parametrize('value', ['ten', -1, True, None, float('nan'), float('inf'), 1e300])
def test_points_are_numbers(tmp_path, value):
    path = write(tmp_path / 'osu.json', merged(values('osu'), {'points': {'q39': value}}))
    assert said_of(load_course, path).startswith(f'{path}: "points.q39" must be a number')


@pytest.mark.parametrize('name, key, value', [
    ('tamu', 'kind', 'mail'), ('tamu', 'file', '../x'), ('tamu', 'row', ''), ('tamu', 'none', 7),
    ('tamu', 'text', None), ('osu', 'kind', None), ('osu', 'heading', 'Collaboration'), ('osu', 'none', ''),
    ('osu', 'text', ''), ('osu', 'heading', '# With:\n'),
])
def test_the_declaration_of_collaboration_is_checked(tmp_path, name, key, value):
    path = write(tmp_path / f'{name}.json', merged(values(name), {'collaboration': {key: value}}))
    assert said_of(load_course, path).startswith(f'{path}: "collaboration.{key}" ')


def test_a_late_policy_is_read_if_there_is_one(tmp_path):
    assert courses.course('tamu').late is None
    path = write(tmp_path / 'tamu.json', {**values('tamu'), 'late': {'points_per_day': 2.1}})
    assert load_course(path).late == Late(exact(2.1), exact(0), None)
    policy = {'points_per_day': 5, 'grace_hours': 0.5, 'no_credit_after_days': 7}
    assert load_course(write(path, {**values('tamu'), 'late': policy})).late == Late(5, exact(0.5), 7)


@pytest.mark.parametrize('policy, key', [
    ({}, 'late.points_per_day'), ({'points_per_day': -1}, 'late.points_per_day'), (5, 'late'),
    ({'points_per_day': 1, 'grace_hours': '1h'}, 'late.grace_hours'),
    ({'points_per_day': 1, 'no_credit_after_days': None}, 'late.no_credit_after_days'),
    ({'points_per_day': 1, 'grace': 1}, 'late')])
def test_a_wrong_late_policy_is_named(tmp_path, policy, key):
    path = write(tmp_path / 'tamu.json', {**values('tamu'), 'late': policy})
    assert said_of(load_course, path).startswith(f'{path}: "{key}" ')


@pytest.mark.parametrize('content', [b'', b'{', b'[]', b'null', b'\xff\xfe', b'[' * 100000])
@pytest.mark.parametrize('load', [load_course, load_assignment])
def test_a_file_that_is_no_description(tmp_path, load, content):
    path = tmp_path / 'course.json'
    path.write_bytes(content)
    assert said_of(load, path).startswith(f'{path}: ')
    assert 'none.json: cannot be read (No such file or directory)' in said_of(load, tmp_path / 'none.json')


# ---- mistakes in assignment.json -------------------------------------------------------------------------------------

def changed_question(question, /, **changes):
    """assignment.json with a question changed, and the number of the question in it."""
    content = assignment_values()
    number = [one['name'] for one in content['questions']].index(question)
    content['questions'][number] = merged(content['questions'][number], changes)
    return content, number


TOP = {
    'name': ('name', ''), 'title': ('title', 'two\nlines'), 'text': ('text', '../ASSIGNMENT.md'),
    'readme': ('readme', 1),
    'given': ('given', 'dnn_mlp.py'), 'a given path': ('given', ['/etc/passwd']),
    'data': ('data', [None]),
    'scripts': ('scripts', []), 'a script that defines nothing': ('scripts', {'dnn_misc.py': {'imports': []}}),
    'run files': ('run_files', {}), 'epochs': ('epochs', 0), 'half an epoch': ('epochs', 1.5),
    'references': ('references', None), 'known records': ('known_records', '..'),
    'changed in place': ('changed_in_place', 1.5), 'a share of nan': ('changed_in_place', float('nan')),
    'mistakes': ('mistakes', ['sign']), 'a mistake without words': ('mistakes', {'sign': ''}),
    'questions': ('questions', {}), 'no question': ('questions', []),
    'short runs': ('short_runs', {'load': 'data_loader.data_loader_mnist'}),
    'a share of nothing': ('short_runs', {'load': 'data_loader.data_loader_mnist', 'share': 0}),
    'no function': ('short_runs', {'load': 'data_loader', 'share': 0.5}),
    'a function elsewhere': ('short_runs', {'load': 'dnn_misc.relu', 'share': 0.5}),
}


@pytest.mark.parametrize('key, value', TOP.values(), ids=TOP)
def test_a_wrong_key_of_the_assignment_is_named(tmp_path, key, value):
    text, path = assignment_values(), tmp_path / 'assignment.json'
    wrong = [{**text, key: value}]
    if key not in ('changed_in_place', 'mistakes', 'short_runs'):  # may be left out
        wrong.append({name: old for name, old in text.items() if name != key})
    for content in wrong:
        assert said_of(load_assignment, write(path, content)).startswith(f'{path}: "{key}')


QUESTION = {
    'judge': ('q33', {'judge': 'magic'}, '.judge" must be "functions", "records", "wiring" or "manual"'),
    'title': ('q33', {'title': ''}, '.title" must be a line of text'),
    'a key of no question': ('q33', {'titel': 'Q3.3'}, '" must not hold "titel"; it has name, title, judge, '),
    'an item of another name': ('q33', {'items': {'q33': {'weights': {}}}}, '.items.q33" must not hold "weights"'),
    'needs': ('q33', {'needs': ['relu.sideways']}, '.needs" must not hold "relu.sideways"; the items are linear'),
    'script': ('q39', {'scripts': ['dnn_cnn.py']}, '.scripts" must not hold "dnn_cnn.py"; the scripts are dnn_misc.py'),
    'a weight': ('q39', {'items': {'q39': {'parts': {'TODO (1)': -1}}}}, '.items.q39.parts.TODO (1)" must be a number'),
    'result path': ('q33', {'run': {'result': '../x.json'}}, '.run.result" must be a file name'),
    'uses': ('q33', {'run': {'uses': ['dnn_mlp.py']}}, '.run.uses" must not hold "dnn_mlp.py"; the scripts are'),
    'unaffected': ('q33', {'run': {'unaffected_by': ['q99']}}, '.run.unaffected_by" must not hold "q99"; the items'),
    'command': ('q33', {'run': {'command': ['mlp.py']}}, '.run.command" must not hold "mlp.py"; the files that'),
    'q-script': ('q33', {'run': {'script': 'q99.sh'}}, '.run.script" must not hold "q99.sh"; the files that'),
    'a stand-in': ('q32', {'stand_ins': {'dnn_cnn_2.py': 'x.py'}}, '.stand_ins" must not hold "dnn_cnn_2.py"; the'),
    'a stand-in elsewhere': ('q32', {'stand_ins': {'dnn_misc.py': '../x'}}, '.stand_ins.dnn_misc.py" must be a path'),
    'dimensions': ('q33', {'run': {'dimensions': [2.5]}}, '.run.dimensions'),
}


@pytest.mark.parametrize('name, changes, said', QUESTION.values(), ids=QUESTION)
def test_a_wrong_key_of_a_question_is_named(tmp_path, name, changes, said):
    content, number = changed_question(name, **changes)
    path = write(tmp_path / 'assignment.json', content)
    assert said_of(load_assignment, path).startswith(f'{path}: "questions.{number}{said}')


@pytest.mark.parametrize('name, key', [
    ('q32', 'cases'), ('q32', 'scripts'), ('q33', 'run'), ('q39', 'scripts'), ('q39', 'network'), ('q39', 'needs'),
    ('q39', 'items')])
def test_what_a_judge_needs_is_missed(tmp_path, name, key):
    content, number = changed_question(name)
    del content['questions'][number][key]
    path = write(tmp_path / 'assignment.json', content)
    assert said_of(load_assignment, path) == f'{path}: "questions.{number}.{key}" is missing'


def test_parts_that_weigh_nothing_at_all_are_refused(tmp_path):
    content, number = changed_question('q32', items={'relu.forward': {'parts': {'returned value': 0, 'self.mask': 0}}})
    path = write(tmp_path / 'assignment.json', content)
    assert said_of(load_assignment, path) == \
        f'{path}: "questions.{number}.items.relu.forward.parts" must be more than 0 in all'


@pytest.mark.parametrize('changes, said', [
    ({'name': 'q34'}, 'must not have two questions of one name, "q34"'),
    ({'items': {'q34': {}}}, 'must not have two items of one name, "q34"'),
    ({'run': {'result': RUNS['q34'][1]}}, f'must not have two runs that write one result file, "{RUNS["q34"][1]}"')])
def test_nothing_is_there_twice(tmp_path, changes, said):
    path = write(tmp_path / 'assignment.json', changed_question('q33', **changes)[0])
    assert said_of(load_assignment, path) == f'{path}: "questions" {said}'


def test_a_mistake_in_the_assignment_is_named_where_a_course_is_read(tmp_path):
    path = write(tmp_path / 'assignment.json', {**assignment_values(), 'epochs': 'thirty'})
    assert said_of(load_course, write(tmp_path / 'osu.json', values('osu'))) == \
        f'{path}: "epochs" must be a whole number above 0'
    assert json.loads(path.read_text())['epochs'] == 'thirty'
