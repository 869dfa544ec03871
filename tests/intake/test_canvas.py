"""canvas.py: the names of Canvas's members, its gradebook, the grades for its import."""
import re
from types import SimpleNamespace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from instructor.intake import canvas

COURSE = SimpleNamespace(assignment_title='Assignment 3')
GRADEBOOK = '''\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,Homework 1 (77),Assignment 3 (12345),Final Score
,,,,,Manual Posting,,
    Points Possible,,,,,10,100,(read only)
"Doe, Jane ""JD""",101,S1,jane,"CSCE-625 500, 501",9,,91
"Müller, 小明",102,S2,ming,500,8,50,80
"Doe, Jane ""JD""",103,S3,jane2,500,,,
"Student, Test",999,,0a1b2c,500,,,
'''


@pytest.fixture
def gradebook(tmp_path):
    """A function that reads a gradebook with this text."""
    def make(text=GRADEBOOK):
        path = tmp_path / 'grade book.csv'
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return canvas.read_gradebook(path)
    return make


# ---- names of members

def only(member):
    [reading] = canvas.readings(member)
    return reading.student, reading.late, reading.user_id, reading.attachment_id, reading.file


def test_names_with_one_reading():
    assert only('doejane_101_555_Assignment_3_Jane_Doe.zip') == ('doejane', False, '101', '555',
                                                                 'Assignment_3_Jane_Doe.zip')
    assert only('doejane_LATE_101_555_hw-1.zip') == ('doejane', True, '101', '555', 'hw-1.zip')
    assert only('müller小明_102_556_a b\n.zip') == ('müller小明', False, '102', '556', 'a b\n.zip')
    assert only('van_der_berg_102_556_x.zip')[0] == 'van_der_berg'
    assert only('group_12_alpha_102_556_x.zip')[0] == 'group_12_alpha'
    assert only('_102_556_x.zip')[0] == ''
    assert only('doejane_101_text.html') == ('doejane', False, '101', None, 'text.html')
    assert only('doejane_LATE_101_link.html') == ('doejane', True, '101', None, 'link.html')
    assert only('anon_7Xk2p_556_x.zip') == ('anon_7Xk2p', False, None, '556', 'x.zip')
    assert only('LATE_anon_7Xk2p_556_x.zip') == ('anon_7Xk2p', True, None, '556', 'x.zip')
    assert only('anon_7Xk2p_text.html') == ('anon_7Xk2p', False, None, None, 'text.html')
    assert only('late_101_5_x.zip')[:2] == ('late', False)


@pytest.mark.parametrize('member', ['', 'x.zip', '101_555_x.zip', 'doe_101_x.zip', 'doe_101_555_', 'doe_0_555_x.zip',
                                    'doe_101_text.htm', 'doe_٣_٤_x.zip'])
def test_names_that_are_none_of_canvas(member):
    assert canvas.readings(member) == []


@pytest.mark.parametrize('member, ids, user_id', [
    ('group_12_345_678_x.zip', {'345', '9'}, '345'), ('group_12_345_678_x.zip', {'12', '9'}, '12'),
    ('group_12_345_678_x.zip', {'12', '345'}, None), ('group_12_345_678_x.zip', {'9'}, None),
    ('group_12_345_678_x.zip', None, None), ('doe_12_345_text.html', {'345'}, '345'),
    ('doe_12_345_text.html', {'12'}, '12'), ('doe_12_345_6_7_8.zip', {'6'}, '6'), ('doe_12_345_x.zip', {'9'}, '12'),
    ('anon_12_345_x.zip', {'12'}, None), ('anon_cd34_9002_x_108_99999_A.zip', {'108'}, None),
    ('anon_12_345_x.zip', {'9'}, 'anonymous')])
def test_the_gradebook_decides_between_readings(member, ids, user_id):
    reading = canvas.decide(canvas.readings(member), ids)
    assert (reading and (reading.user_id or 'anonymous')) == user_id


NUMBERS = st.integers(1, 10 ** 12).map(str)
WORDS = st.text(st.characters(whitelist_categories=('L', 'N'), whitelist_characters='_'), max_size=12)
FILES = st.text(st.characters(blacklist_categories=('Cs',), blacklist_characters='/'), min_size=1, max_size=20)


@given(WORDS, st.booleans(), NUMBERS, NUMBERS, FILES)
def test_round_trip_of_students_and_groups(student, late, user_id, attachment_id, file):
    assume(not student.endswith('_LATE') and not (student == 'LATE' and not late))
    name = canvas.MemberName(student, late, user_id, attachment_id, file)
    found = canvas.readings(str(name))
    assert name in found
    assert all(str(reading) == str(name) for reading in found)
    others = {reading.user_id for reading in found if reading != name}
    if user_id not in others and None not in others:
        assert canvas.decide(found, {user_id}) == name
    if len(found) > 1:
        assert canvas.decide(found) is None


@given(WORDS, st.booleans(), NUMBERS, st.sampled_from(['text.html', 'link.html']))
def test_round_trip_of_what_was_typed(student, late, user_id, file):
    assume(not student.endswith('_LATE') and student != 'LATE')
    name = canvas.MemberName(student, late, user_id, None, file)
    assert name in canvas.readings(str(name)) and canvas.is_typed(name)


@given(st.from_regex('[0-9A-Za-z]{1,8}', fullmatch=True), st.booleans(), NUMBERS, FILES)
def test_round_trip_of_anonymous_names(anonymous_id, late, attachment_id, file):
    name = canvas.MemberName(f'anon_{anonymous_id}', late, None, attachment_id, file)
    found = canvas.readings(str(name))
    assert name in found
    assert canvas.decide(found, {'no such id'}) == name or len(found) > 2 or canvas.is_typed(found[0])


def test_no_name_is_longer_than_a_file_name_can_be():
    assert len(canvas.readings('_1' * 500)) == 498 and canvas.readings('_1' * 20_000) == []


# ---- the gradebook

def test_gradebook(gradebook):
    book = gradebook()
    assert list(book.students) == ['101', '102', '103', '999']
    assert book.user_ids() == ['101', '102', '103']
    assert (book.name('101'), book.name('7')) == ('Doe, Jane "JD"', None)
    assert canvas.find_column(book, COURSE) == 'Assignment 3 (12345)'
    for wanted in ('Assignment 3 (12345)', 'assignment 3', '12345'):
        assert canvas.find_column(book, {'assignment': 'Homework 1'}, wanted) == 'Assignment 3 (12345)'
    assert canvas.warnings(book, 'Assignment 3 (12345)', 100) == [
        '1 student has a grade for "Assignment 3 (12345)" already; the import replaces those in grades.csv']
    possible, graded = canvas.warnings(book, 'Homework 1 (77)', 100)
    assert 'Canvas gives 10 points for "Homework 1 (77)", the course 100' in possible
    assert graded.startswith('2 students have a grade')


@pytest.mark.parametrize('wanted, said', [
    ('Assignment 4', 'no column "Assignment 4"'), ('Final Score', 'no column'), ('Section', 'no column'),
    ('Assignment 3 (99)', 'choose by --assignment from "Homework 1 (77)", "Assignment 3 (12345)"')])
def test_columns_that_are_not_there(gradebook, wanted, said):
    with pytest.raises(canvas.CanvasError, match=re.escape(said)):
        canvas.find_column(gradebook(), COURSE, wanted)


def test_columns_that_are_there_twice_or_dropped(gradebook):
    text = GRADEBOOK.replace('Homework 1 (77)', 'Assignment 3 (77)')
    with pytest.raises(canvas.CanvasError, match='several columns "Assignment 3"'):
        canvas.find_column(gradebook(text), COURSE)
    assert canvas.find_column(gradebook(text), COURSE, '77') == 'Assignment 3 (77)'
    text = GRADEBOOK.replace('Homework 1 (77)', 'My final grade (77)')
    with pytest.raises(canvas.CanvasError, match='drops when grades are imported'):
        canvas.find_column(gradebook(text), COURSE, '77')


@pytest.mark.parametrize('text, said', [
    ('', 'lacks Student or ID'), ('Name,ID\n', 'lacks Student or ID'), (b'Student,ID\n"\xff",1\n', 'not UTF-8'),
    (GRADEBOOK.replace(',102,', ',1.02E+02,'), 'row 5: "1.02E+02" is no Canvas user id'),
    (GRADEBOOK.replace(',103,', ',101,'), 'row 6: the id 101 is there twice'),
    (GRADEBOOK.replace('"CSCE-625 500, 501"', 'a,b'), 'row 4 has more cells'),
    (GRADEBOOK.replace('Homework 1 (77)', 'Section'), 'holds the column "Section" twice'),
    ('Student,ID\n    Points Possible,\n', 'holds no student'), ('Student,ID\n"a"b,1\n', 'not a CSV file')])
def test_gradebooks_that_cannot_be_used(gradebook, text, said):
    with pytest.raises(canvas.CanvasError, match=re.escape(said)) as error:
        gradebook(text)
    assert '\n' not in str(error.value)


def test_gradebook_that_is_not_there(tmp_path):
    with pytest.raises(canvas.CanvasError, match='No such file'):
        canvas.read_gradebook(tmp_path / 'none.csv')


# ---- the grades

def test_grades_hold_the_graded_students_only(gradebook):
    points = {'102': '87.33', '101': '100.00', '555': '1.00'}
    assert canvas.grades_csv(points, gradebook(), 'Assignment 3 (12345)').decode() == (
        'Student,ID,SIS User ID,SIS Login ID,Section,Assignment 3 (12345)\n'
        '"Doe, Jane ""JD""",101,S1,jane,"CSCE-625 500, 501",100.00\n'
        '"Müller, 小明",102,S2,ming,500,87.33\n')


def test_grades_by_a_gradebook_with_semicolons_and_few_columns(gradebook):
    book = gradebook('Student;ID;Section;Assignment 3 (5)\r\nDoe, Jane;101;500;\r\n')
    assert canvas.grades_csv({'101': '7.50'}, book, 'Assignment 3 (5)').decode() == (
        'Student;ID;Section;Assignment 3 (5)\nDoe, Jane;101;500;7.50\n')


def test_grades_without_a_gradebook():
    assert canvas.grades_csv({'1000': '3.00', '99': '4.50'}) == b'ID,Points\n99,4.50\n1000,3.00\n'
