"""What students read in the handouts of both courses: no answer, the course's own data, and what to type next."""

import ast
import re
from fractions import Fraction

import pytest

from instructor.publishing.build import build
from instructor.publishing.page import visible_text
from instructor.publishing.placeholders import number_text
from tests.helpers import ROOT, courses
from tests.helpers.project_copy import RECORDS

BLANKS = ['linear_layer.forward', 'linear_layer.backward', 'relu.forward', 'relu.backward', 'dropout.backward']


@pytest.fixture(scope='module', params=courses.NAMES)
def course(request):
    return courses.course(request.param)


@pytest.fixture(scope='module')
def texts(course):
    """What students get: {name: text}, of the page what it shows."""
    files = {name: content.decode() for name, content in build(course).items() if name not in course.assignment.data}
    return {**files, 'ASSIGNMENT.html': visible_text(files['ASSIGNMENT.html'].partition('<body>')[2])}


# ---- no answer -------------------------------------------------------------------------------------------------------

# A product, a sum, a transposition, a condition: what forward or backward computes is made of these. A docstring of a
# blank holds none of them, only names and shapes.
COMPUTES = re.compile(r'[@+/]|\*|\s-\s|\bsum|\bmean|transpos|product|multipl|\btimes\b|\.T\b|\bmax|\[n\b|\[d\b|\bx W\b|'
                      r'each element of|\bgrad (where|if)|\b0 (elsewhere|otherwise)|> ?0|\bnp\.\w')
# The same in the assignment's text, where given modules may be explained: what tells how a gradient comes about.
TOLD = re.compile(r'(?<!\\)\bsum (over|of)\b|\*\*sum\*\*|\bsums\b|sum over the examples|outer product|'
                  r'grad(ient)? (where|if|times)|\bx W\b|each element of grad|[Xx]\[n|grad\[|\bgrad @|@ grad|\.T\b|X @|'
                  r'np\.(?!XX\b)\w|self\.mask|keepdims')


def blank_docstrings(source):
    """{function or class: docstring and comments} of the blanks, and of the classes of which nothing is given."""
    found = {}
    for part in ast.parse(source).body:
        if isinstance(part, ast.ClassDef):
            found[part.name] = ast.get_docstring(part)
            for function in [item for item in part.body if isinstance(item, ast.FunctionDef)]:
                comments = re.findall('#.*', ast.get_source_segment(source, function).replace('###', ''))
                found[f'{part.name}.{function.name}'] = '\n'.join([ast.get_docstring(function) or '', *comments])
    return {name: found[name] for name in [*BLANKS, 'linear_layer', 'relu']}


def test_no_answer_can_be_read_off_a_docstring(texts):
    for name, text in blank_docstrings(texts['dnn_misc.py']).items():
        assert text.strip() and COMPUTES.findall(text.replace('in place of', '')) == [], name


@pytest.mark.parametrize('name', ['ASSIGNMENT.md', 'ASSIGNMENT.html', 'README.md'])
def test_no_answer_stands_in_words_or_code(texts, name):
    assert [match.group() for match in TOLD.finditer(texts[name])] == []


def formulas(markdown):
    """All formulas of a text, those on display line by line."""
    display = '\n'.join(re.findall(r'```math\n(.*?)\n```', markdown, flags=re.DOTALL))
    inline = re.findall(r'\$([^$\n]+)\$', re.sub(r'```.*?```|`[^`\n]+`', '', markdown, flags=re.DOTALL))
    return [*re.split(r'\\\\\n|\\end\{aligned\}', display), *inline]


def test_the_only_gradients_with_a_formula_are_those_of_the_original_texts(texts):
    allowed = {r'\text{linear}^{(1)}\text{.backward}': '(12): what backward is given and returns',
               r'\begin{bmatrix}': '(18): the rows of a gradient', r'+ \lambda w': 'the update, which is given',
               r'\times \frac{\partial \ell}{\partial s[j]}': '(21): dropout',
               r'\text{dropout.backward}(\mathbf q': 'the same in words'}
    told = [formula for formula in formulas(texts['ASSIGNMENT.md'])
            if r'\partial' in formula and '=' in formula.replace('{i=1}', '')]
    assert len(told) == len(allowed)
    assert all(sum(sign in formula for formula in told) == 1 for sign in allowed)


def test_nothing_is_transposed_but_the_label_and_the_rows(texts):
    transposed = [formula for formula in formulas(texts['ASSIGNMENT.md']) if re.search(r'\^\{?(T|\\top)\b', formula)]
    assert all(r'-\mathbf{y}^T \log \mathbf{z}' in formula or r'/ \partial \mathbf{a}_' in formula
               for formula in transposed)
    assert len(transposed) == 4


def test_the_text_sends_students_to_pen_and_paper(texts):
    for name in ('ASSIGNMENT.md', 'ASSIGNMENT.html'):
        assert 'Pen and paper first' in texts[name]
        assert 'a gradient always has the shape of what it belongs to' in ' '.join(texts[name].split())
    assert 'pen and paper' in texts['README.md']
    assert texts['dnn_misc.py'].count('with pen and paper first.') == 2


# ---- the course's own data -------------------------------------------------------------------------------------------

@pytest.mark.parametrize('name', ['ASSIGNMENT.md', 'ASSIGNMENT.html', 'README.md'])
def test_due_names_and_commands_are_the_courses(course, texts, name):
    due, labels, student, archive = {
        'tamu': ('see Canvas', 'First Last', 'Cheng Zhang', 'Assignment_3_Cheng_Zhang.zip'),
        'osu': ('December 7, 2022, 11:59 PM Eastern', 'name.number', 'chao.209', 'HW_6_code_chao.209.zip'),
    }[course.name]
    text = ' '.join(texts[name].replace('`', '').replace('**', '').split())
    assert f'Due: {due} ' in text[:600]
    assert f'python3 make_submission.py {labels}' in text
    assert re.search(rf'make_submission\.py {re.escape(student)},? (for example, )?writes {re.escape(archive)}', text)
    assert not re.search(r'First_Last|code_name\.number', texts[name])
    assert f'{course.title} ({course.term}), {course.assignment_title}' in text
    assert course.name == 'tamu' or 'Homework 6: Programming Set' in text


def test_points_of_parts_are_the_courses(course, texts):
    thirds, todos = {'tamu': ('3 1/3', ['2', '5', '5', '5', '5']),
                     'osu': ('1 2/3', ['1', '2.5', '2.5', '2.5', '2.5'])}[course.name]
    text = ' '.join(texts['ASSIGNMENT.md'].split())
    assert f"{thirds} for `gradient['W']`, {thirds} for `gradient['b']` and {thirds} for what it returns" in text
    assert re.findall(r'^\d\. \[([\d.]+)\] c', texts['ASSIGNMENT.md'], flags=re.MULTILINE) == todos
    assert 'A function must not change its arguments.' in text and 'in place loses 25% of its points' in text


@pytest.mark.parametrize('number, text', [
    (Fraction(5), '5'), (Fraction(5, 2), '2.5'), (Fraction(10, 3), '3 1/3'), (Fraction(2, 3), '2/3'),
    (Fraction(0), '0'), (Fraction('0.1'), '0.1'), (Fraction(1, 60), '1/60')])
def test_numbers_are_written_as_people_do(number, text):
    assert number_text(number) == text


# ---- what to type next -----------------------------------------------------------------------------------------------

def seconds(text):
    """{script: seconds} of the lines that say how long a script takes."""
    return {name: int(number) for name, number in re.findall(
        r'`bash (q\d+)\.sh`[^|`]*?(?:\||trains the network in about) (\d+) seconds', text)}


@pytest.mark.parametrize('name', ['ASSIGNMENT.md', 'README.md'])
def test_each_script_has_its_time_and_its_place(texts, name):
    told = seconds(texts[name])
    assert list(told) == list(RECORDS)
    # The benchmarks measure an epoch of q33, q37 and q310; others may measure another machine.
    results = (ROOT / 'benchmarks' / 'results.md').read_text().split('| seconds an epoch |')[1].split('\n\n')[0]
    table = dict(re.findall(r'^\| (dnn_\w+)\.py \| (\d+\.\d+) \|', results, flags=re.MULTILINE))
    for script, main in (('q33', 'dnn_mlp'), ('q37', 'dnn_cnn'), ('q310', 'dnn_cnn_2')):
        assert 0.5 < told[script] / (30 * float(table[main])) < 2


def test_steps_come_in_the_order_in_which_they_are_done(course, texts):
    steps = [f'python3 {course.files.get("hw5_dnn_check.py", "hw5_dnn_check.py")}',
             *(f'bash {name}.sh' for name in RECORDS if name != 'q310'), 'bash q310.sh`',
             'python3 plot_curves.py', 'python3 make_submission.py']
    for text in (texts['README.md'].split('## The way through')[1],
                 texts['ASSIGNMENT.md'].split('### 1.3 ')[1].split('\n## ')[0]):
        places = [text.index(step) for step in steps]
        assert places == sorted(places)
