"""The text: all sections with their points, no answers in it, true of the code, and a page of it."""

import json
import re
import sys
from xml.etree import ElementTree

import gt_copy
import pytest

from instructor.publishing.page import make_page

FOLDER = gt_copy.FOLDER
TEXT = (FOLDER / 'ASSIGNMENT.md').read_text(encoding='utf-8')
README = (FOLDER / 'README.md').read_text(encoding='utf-8')
PLAIN = ' '.join(TEXT.split())


def test_all_sections_are_there_with_their_points():
    sections = [match.groups() for match in re.finditer(r'^#{2,3} (\d[\d.]*) ([^[\n]+?)(?: \[(\d+) points\])?$', TEXT,
                                                        flags=re.MULTILINE)]
    assert sections == [('1', 'Data loading', '2'), ('2', 'Models', '8'), ('2.1', 'Utility functions', '4'),
                        ('2.2', 'The two models', '4'), ('3', 'Optimizer', '4'), ('4', 'Visualization', '2'),
                        ('5', 'Experiments', '6'), ('6', 'What to hand in', None), ('6.1', 'Code', '14'),
                        ('6.2', 'Write-up', '8')]
    assert '**total 22**' in TEXT


def test_the_experiments_are_those_of_the_notebook():
    code = ''.join(''.join(cell['source']) for cell in json.loads((FOLDER / 'main.ipynb').read_text())['cells'])
    for values in ('1, 0.1, 0.01, 0.05', '0.1, 0.01, 0.001, 0.0001, 1'):
        assert f'[{values}]' in code and ' and '.join(values.rsplit(', ', 1)) in PLAIN


def test_no_answer_is_in_the_text():
    for answer in ('0.9215', '0.9269', '0.9254', '0.9494', '0.7541', '0.4098', '0.1028', 'p_k - ', '- y_k',
                   r'\sigma(a) (', r'1 - \sigma', r'\lambda w', r'\lambda \mathbf', r'\mathbf{X}^T', 'keepdims',
                   'overfit', 'underfit', 'diverge', 'np.max', 'maximum of the row', 'largest score'):
        assert answer not in PLAIN, answer


def test_what_the_text_says_of_equations_is_there():
    numbers = [int(number) for number in re.findall(r'\\qquad \((\d)\)', TEXT)]
    assert numbers == [1, 2, 3, 4, 5, 6, 7]
    for path in FOLDER.rglob('*.py'):
        assert set(re.findall(r'Equation \((\d+)\)', path.read_text(encoding='utf-8'))) <= {'6', '7'}
    assert r'J = L_{CE} + \frac{\lambda}{2}' in TEXT.partition('(6)')[0].rpartition('```math')[2]


def test_every_file_and_test_that_is_named_is_there():
    named = set(re.findall(r'`([\w/]+\.(?:py|ipynb|yaml|txt)|configs/|tests/|data/)`', TEXT + README))
    assert len(named) > 20
    for name in named:
        assert any((FOLDER / folder / name).exists() for folder in ('', 'teacher', 'configs')), name
    for name in re.findall(r'tests\.(test_\w+)', TEXT):
        assert (FOLDER / 'tests' / f'{name}.py').is_file(), name
    for module in re.findall(r'-m assignments\.gt_cs7643_hw1\.teacher\.(\w+)', README):
        assert (FOLDER / 'teacher' / f'{module}.py').is_file(), module
    links = re.findall(r'\]\(([^)]+)\)', TEXT + README)
    assert links and all((FOLDER / link).exists() for link in links)
    assert set(re.findall(r'\{\{([\w.]+)\}\}', TEXT)) == {'title', 'term', 'assignment', 'due', 'collaboration',
                                                          'printing', 'upload'}


def test_the_readme_names_the_blanks():
    for names in gt_copy.BLANKS.values():
        for name in names:
            assert f'`{name}`' in README, name
    assert 'independent implementation' in README and 'for teachers' in README


def test_the_text_becomes_a_page_with_all_formulas():
    pytest.importorskip('pypandoc')
    figures = {f'figures/{path.name}': path.read_text(encoding='utf-8') for path in (FOLDER / 'figures').iterdir()}
    page = make_page(TEXT, figures)
    # A $ or a TeX command that is left is a formula that was not read.
    shown = re.sub(r'<(annotation|style|code)\b.*?</\1>', '', page.partition('<body>')[2], flags=re.DOTALL)
    assert '$' not in re.sub(r'<[^>]*>', '', shown)
    assert not re.search(r'\\[a-z]', re.sub(r'<[^>]*>', '', shown))
    assert page.count('<math display="block"') == TEXT.count('```math')
    assert page.count('data:image/svg+xml') + page.count('<svg') >= len(figures)


def test_the_figure_has_four_curves_within_its_panels():
    root = ElementTree.parse(FOLDER / 'figures' / 'learning_curves.svg').getroot()
    curves = [[tuple(map(float, point.split(','))) for point in element.get('points').split()]
              for element in root.iter('{http://www.w3.org/2000/svg}polyline')]
    assert [len(curve) for curve in curves] == [20] * 4
    for number, curve in enumerate(curves):
        left = 60 + 400 * (number // 2)
        assert all(left <= x <= left + 300 and 46 <= y <= 246 for x, y in curve)
        assert (curve[0][1] < curve[-1][1]) == (number < 2)  # y grows downwards: losses fall, accuracies rise


def test_the_students_side_imports_what_requirements_ask_for_and_python():
    allowed = {'numpy', 'matplotlib', 'yaml', 'nbconvert', 'nbformat'} | {
        path.stem for path in FOLDER.glob('*.py')} | {'models', 'optimizer'} | set(sys.stdlib_module_names) \
        if hasattr(sys, 'stdlib_module_names') else None
    if allowed is None:
        pytest.skip('this Python does not list its own modules')
    files = [*FOLDER.glob('*.py'), *FOLDER.glob('models/*.py'), *FOLDER.glob('optimizer/*.py'),
             *FOLDER.glob('tests/*.py')]
    for path in files:
        code = path.read_text(encoding='utf-8')
        for name in re.findall(r'^\s*(?:import|from) (\w+)', code, flags=re.MULTILINE):
            assert name in allowed, (path, name)
    requirements = (FOLDER / 'requirements.txt').read_text().split('\n')
    assert [re.split('[>= ]', line)[0] for line in requirements if line] == ['numpy', 'matplotlib', 'PyYAML', 'jupyter']
