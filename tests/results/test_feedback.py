"""feedback.py, plain_feedback.py: what students see, and what goes to Canvas."""
import io
import json
import zipfile
from dataclasses import replace
from fractions import Fraction

import pytest

pytest.importorskip('matplotlib')

import plot_curves
from benchmarks import synthetic_class
from instructor.intake.reason import Reason
from instructor.judges.verdict import Verdict, grader_fault
from instructor.results import curves, feedback, gradesheet
from tests.helpers import gradesheet_rows as given
from tests.helpers.gradesheet_rows import COURSE, row, safe

TODOS = [f'TODO ({number})' for number in range(1, 6)]
THIRDS = ["gradient['W']", "gradient['b']", 'returned value']


def shown(found):
    return safe(feedback.student_page(found)).text


def details(parts, *wrong, fault='does something else'):
    return [(part, fault if part in wrong else 'right') for part in parts]


# ---- the page

def test_a_students_page():
    found = (('tried', 'N = 1'), ('expected', 'shape (1, 2)'), ('got', 'shape (2,)'))
    text = shown(row([Verdict('linear_layer.backward', Fraction(2, 3), 'b has the wrong shape', found, 'b-shape')]))
    assert '96.67' in text and 'of 100.00' in text and 'in part' in text and '6.67 of 10' in text
    for said in ('tried', 'N = 1', 'expected', 'shape (1, 2)', 'got', 'shape (2,)', 'Q3.10', 'final validation 0.974'):
        assert said in text
    assert 'not final' not in text


def test_it_is_called_by_the_name_of_the_gradebook():
    text = shown(gradesheet.Row(given.submission('doejane'), 'Doe, Jane', COURSE, row().judged))
    assert 'Doe, Jane' in text.split('\n') and 'doejane' not in text.split('\n')


def test_what_is_wrong_comes_first_and_what_is_right_takes_a_line():
    text = shown(row([Verdict('q38', 0, 'differs'), Verdict('q310', None, 'see how', [('hint', 'look')])]))
    names = ['Not right, or open', 'Q3.8 ', 'Q3.10 ', 'Right', 'Q3.2 linear_layer.forward', 'Q3.9 ']
    places = [text.index(name) for name in names]
    assert places == sorted(places)
    right = row([Verdict('q39', 1, 'all five TODO items are right', details(TODOS))])
    assert 'TODO' not in shown(right) and 'Everything is right' in shown(right) and '22.00 of 22' in shown(right)
    assert 'Open' in shown(row([Verdict('q38', None, 'x')])).split('\n')
    assert 'Not right' in shown(row([Verdict('q38', 0, 'x')])).split('\n')


def test_a_blank_function_has_one_hint():
    found = [('tried', '12 calls'), ('hint', 'linear_layer.backward is not written yet'),
             ('hint', "gradient['W'] is None"), ('hint', "gradient['b'] is None"), ('traceback', 'NotImplementedError')]
    text = shown(row([Verdict('linear_layer.backward', 0, 'linear_layer.backward is not written yet', found,
                              'not-written')]))
    assert text.count('is not written yet') == 1 and 'is None' not in text and 'NotImplementedError' not in text


def test_one_cause_is_told_once():
    missing = [Verdict(item, 0, 'dnn_misc.py is missing', kind='missing-file') for item in given.ITEMS if '.' in item]
    text = shown(row(missing))
    assert text.count('dnn_misc.py is missing') == 1 and '0.00 of 50' in text
    assert 'linear_layer.forward, linear_layer.backward, relu.forward, relu.backward, dropout.backward' in text
    hint = "gradient['b'] is transposed"
    text = shown(row([Verdict('linear_layer.backward', 0, f'0 of 3 right: {hint}', [('hint', hint)])]))
    assert text.count(hint) == 1


def test_the_total_is_not_final_before_the_review():
    text = shown(row([Verdict('q33', None, 'copied?'), grader_fault('q34', 'KeyError: secret')]))
    assert 'not final' in text and '92.00' in text and 'copied?' in text
    assert 'because of a fault of the grader' in text and 'secret' not in text
    text = shown(row(files={}, review_reasons=(
        'holds no zip', Reason('ambiguous-name', 'its name may be that of roe (102)', for_student=False))))
    assert 'holds no zip' in text and 'not final' in text and 'roe' not in text


@pytest.mark.parametrize('course, verdict, points, expected', [
    ('tamu', Verdict('q39', Fraction(17, 22), 'x', details(TODOS, 'TODO (5)')), '17.00 of 22', '2 + 5 + 5 + 5 + 0'),
    ('osu', Verdict('q39', Fraction(12, 22), 'x', details(TODOS, 'TODO (2)', 'TODO (3)')), '6.00 of 11',
     '1 + 0 + 0 + 2.5 + 2.5'),
    ('tamu', Verdict('linear_layer.backward', Fraction(2, 3), 'x', details(THIRDS, "gradient['b']")), '6.67 of 10',
     '10 x (1 + 0 + 1) / 3'),
    ('tamu', Verdict('relu.forward', Fraction(3, 4), 'x'), '7.50 of 10',
     '10 - 2.5 (an argument is changed in place)'),
    ('osu', Verdict('linear_layer.backward', Fraction(3, 4), 'x', details(THIRDS)), '3.75 of 5',
     '5 x (1 + 1 + 1) / 3 - 1.25 (an argument is changed in place)'),
    ('tamu', Verdict('q33', Fraction(1, 2), 'x'), '2.00 of 4', None),  # halves of records have no parts
    ('tamu', Verdict('relu.forward', Fraction(1, 2), 'x'), '5.00 of 10', None),  # why is not known here
    ('tamu', Verdict('q39', Fraction(1, 22), 'x', details(TODOS, 'TODO (5)')), '1.00 of 22', None),
    ('tamu', Verdict('q39', Fraction(2, 22), 'x', [('TODO (1)', 'right')]), '2.00 of 22', None),
])
def test_points_show_their_sum(course, verdict, points, expected):
    course = synthetic_class.course(course)
    found = gradesheet.Row(given.submission(files={}), 'x', course,
                     {'verdicts': [verdict], 'flags': [], 'records': {}})
    page, plain = shown(found), feedback.plain_text(found)
    for text in (page, plain):
        assert points in text
        assert f'{points.split()[0]} = {expected}\n' in text if expected else ' = ' not in text
    assert gradesheet.sum_text(verdict, course) == (expected or '')


def test_the_parts_of_an_item_tell_their_points():
    found = details(TODOS, 'TODO (3)', 'TODO (4)', fault='M2 left out')
    text = shown(row([Verdict('q39', Fraction(12, 22), 'x', found)]))
    table = [line for line in text[text.index('TODO (1)'):].split('\n') if line]
    assert table[:4] == ['TODO (1)', '2', '2', 'right'] and table[8:12] == ['TODO (3)', '0', '5', 'M2 left out']


def test_weights_are_those_of_the_course():
    weights = dict(zip(TODOS, map(Fraction, [7, 1, 1, 1, 1])))
    questions = tuple(replace(question, items=tuple(replace(item, parts=weights) for item in question.items))
                      if question.name == 'q39' else question for question in COURSE.assignment.questions)
    course = replace(COURSE, assignment=replace(COURSE.assignment, questions=questions))
    found = Verdict('q39', Fraction(7, 11), 'x', details(TODOS, *TODOS[1:]))
    assert gradesheet.sum_text(found, course) == '14 + 0 + 0 + 0 + 0'


def test_long_file_names_break_after_an_underscore():
    name = COURSE.assignment.results['q35']
    page = feedback.student_page(row([Verdict('q35', 0, f'{name} is missing')])).decode()
    assert page.count(name.replace('_', '_<wbr>')) == 2 and f'Q3.5 {name}' in shown(row())


# ---- the learning curves

def test_the_reference_is_drawn_only_where_the_record_is_right():
    wrong = synthetic_class.changed_records(synthetic_class.perfect(COURSE), COURSE, *COURSE.assignment.results)

    def drawn(*right, files=wrong):
        questions = COURSE.assignment.results
        found = curves.curves(row([Verdict(question, int(question in right), 'x') for question in questions],
                                  files=files))
        return found.count('stroke-width: 6'), found.count('final validation')
    # the one in the legend, and two curves for each record that is right
    assert drawn() == (0, 7) and drawn('q33') == (3, 7) and drawn('q33', 'q310') == (5, 7)
    broken = {**wrong, COURSE.assignment.results['q34']: b'{"train": [NaN]}', COURSE.assignment.results['q35']: b'\xff'}
    del broken[COURSE.assignment.results['q36']]
    assert drawn(files=broken) == (0, 4)
    assert curves.curves(row(files={})) == ''
    for value in ('0', '1', '1e-320', '0.5'):
        flat = f'{{"train": [{", ".join([value] * 30)}], "val": [{", ".join([value] * 30)}]}}'.encode()
        assert drawn(files={COURSE.assignment.results['q33']: flat}) == (0, 1)


def test_reference_numbers_are_not_given_away():
    """Of a record that is not right, no curve of the reference is in the page."""
    wrong = synthetic_class.changed_records(synthetic_class.perfect(COURSE), COURSE, 'q310')
    page = feedback.student_page(row([Verdict('q310', 0, 'differs')], files=wrong)).decode()
    reference = json.loads(synthetic_class.perfect(COURSE)[COURSE.assignment.results['q310']])
    assert f'final validation {reference["val"][-1]:.3f}' not in page


def test_a_run_that_is_off_does_not_squeeze_the_others(monkeypatch):
    limits, drawn = [], plot_curves.draw_panels

    def draw_panels(figure, *arguments):
        drawn(figure, *arguments)
        limits.append(figure.axes[0].get_ylim())
    monkeypatch.setattr(plot_curves, 'draw_panels', draw_panels)
    off = {**synthetic_class.perfect(COURSE), COURSE.assignment.results['q37']: json.dumps(
        {'train': [0.098] * 30, 'val': [0.0981] * 30}).encode()}
    curves._drawn.cache_clear()
    first, second = (curves.curves(row(files=files)) for files in (off, synthetic_class.perfect(COURSE)))
    assert limits[0] == limits[1] and limits[0][0] > 0.7
    assert 'lowest 0.098' in first and 'lowest' not in second


# ---- feedback.zip

def unpacked(sheet, **more):
    """{member: content} of feedback.zip."""
    content = feedback.feedback_zip([(one, feedback.student_page(one)) for one in sheet], **more)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_zip_holds_a_zip_for_each_file_that_was_downloaded():
    sheet = [row(student=name, user_id=number) for number, name in
                  (('1', 'roe'), ('2', 'a\n$(x)'), ('3', 'müller'))]
    sheet += [row(student='typed', user_id='9', review_reasons=(Reason('typed', 'was typed'),), attachment_id=None)]
    files = unpacked(sheet)
    assert list(files) == sorted(one.submission.member for one in sheet[:3])
    assert list(files.items()) == list(unpacked(sheet[::-1]).items())
    for one in sheet[:3]:
        with zipfile.ZipFile(io.BytesIO(files[one.submission.member])) as inner:
            assert inner.namelist() == ['feedback.html']
            text = safe(inner.read('feedback.html')).text
            assert one.submission.member.replace('\n', '?') in text.replace('\n', '?')
            assert not any(other.submission.student in text for other in sheet if other is not one)


def test_pages_of_open_grades_are_left_out_unless_they_are_asked_for():
    sheet = [row(), row([Verdict('q33', None, 'copied?')], student='open'), row(student='odd', review_reasons=('odd',)),
                  row([grader_fault('q34', 'KeyError')], student='fault'),
                  gradesheet.Row(given.submission('left'), 'Name of left', COURSE)]
    assert [*unpacked(sheet)] == ['doejane_101_9001_a.zip']
    assert len(unpacked(sheet, with_open=True)) == 5


def test_a_loose_file_gets_feedback_of_its_own_kind():
    """Canvas calls a feedback file as the file that it is for, so that its content has to be what the name says."""
    wrong = [Verdict('q39', Fraction(17, 22), 'M2 is left out', details(TODOS, 'TODO (5)')),
             Verdict('q33', 0, 'differs', [('hint', 'look at epoch 3')])]
    names = {ending: f'doe_{number}_7_work{ending}' for number, ending in
             enumerate(['.py', '.json', '', '.HTML', '.pdf', '.rar', '.docx'], start=1)}
    sheet = [row(wrong, user_id=str(number), member=name) for number, name in enumerate(names.values(), start=1)]
    files = unpacked(sheet)
    assert {*files} == {name for ending, name in names.items() if ending not in ('.rar', '.docx')}
    assert [feedback.is_sendable(one) for one in sheet] == [True] * 5 + [False] * 2
    for ending in ('.py', '.json', ''):
        text = files[names[ending]].decode()
        for said in ('91.00 of 100.00', '17.00 = 2 + 5 + 5 + 5 + 0', 'M2 is left out', 'look at epoch 3',
                     'Q3.2 relu.forward: 10.00 of 10', 'Name of doejane', 'TODO (5): does something else'):
            assert said in text
        assert text.index('Q3.9') < text.index('Q3.2')
    assert 'look at epoch 3' in safe(files[names['.HTML']]).text
    assert files[names['.pdf']].startswith(b'%PDF') and files[names['.pdf']].rstrip().endswith(b'%%EOF')


def test_a_pdf_holds_all_lines_whatever_stands_in_them():
    from instructor.results.plain_feedback import pdf
    assert pdf('short').count(b'/Type /Page\n') + pdf('short').count(b'/Type /Page ') == 1
    long = pdf('\n'.join(f'{number} $x_{{$ \x00 {"w" * 200}' for number in range(100)))
    assert long.count(b'/Type /Page\n') + long.count(b'/Type /Page ') > 3
