"""The text and its figures: all five sections, no answers in it, true of the code, room for every label."""

import itertools
import re
from pathlib import Path
from xml.etree import ElementTree

import hw3_copy
import matplotlib
import pytest
from matplotlib.ft2font import FT2Font

from assignments.cmu_10701_hw3.teacher import answers, make_figures
from instructor.publishing import blanks
from instructor.publishing.page import make_page

FOLDER = hw3_copy.FOLDER
TEXT = (FOLDER / 'ASSIGNMENT.md').read_text(encoding='utf-8')
NETWORKS = {'one_hidden_layer.svg': (15, 7 * 4 + 5 * 3), 'two_hidden_nodes.svg': (6, 3 * 2 + 2),
            'relu_network.svg': (5, 2 * 2 + 2)}  # circles and lines
SVG = '{http://www.w3.org/2000/svg}'


def read(name):
    return (FOLDER / name).read_text(encoding='utf-8')


# ---- the text --------------------------------------------------------------------------------------------------------

def test_all_questions_are_asked_with_their_points():
    written = re.findall(r'^\*\*(\d\.\d)\*\* \[([\d.]+) points?\]', TEXT, flags=re.MULTILINE)
    assert written == [('1.1', '1.5'), ('1.2', '4.5'), ('1.3', '3'), ('1.4', '2'), ('1.5', '4'), ('3.1', '2'),
                       ('3.2', '4'), ('3.3', '4'), ('4.1', '2'), ('4.2', '1'), ('4.3', '1'), ('4.4', '2'),
                       ('4.5', '2'), ('4.6', '2')]
    sections = re.split(r'^## ', TEXT, flags=re.MULTILINE)[1:]
    assert [section.partition('\n')[0] for section in sections] == [
        'Before you begin', '1 A network with one hidden layer, by hand [15 points]', '2 Initialization [5 points]',
        '3 Activation functions and learning rates [10 points]', '4 Miscellaneous [10 points]',
        '5 A neural network from scratch [60 points]', 'Appendix A: how to implement it']
    for section, total in zip(sections[1:3], (15, 5)):  # the points of (a), (b), ... add up
        assert sum(map(float, re.findall(r'^ *- (?:\(\w\)|i+\.) \[([\d.]+)\]', section, flags=re.MULTILINE))) == total


def test_the_numbers_of_the_questions_are_those_that_are_answered():
    matrices = {match[1]: [[float(number) for number in row.split('&')] for row in match[2].split(r'\\')]
                for match in re.finditer(r'(\\alpha|\\beta|\\mathbf\{W\}\^\{\(1\)\}|X|F) = '
                                         r'\\begin\{bmatrix\}([-\d.&\s\\]+?)\\end\{bmatrix\}', TEXT)}
    assert matrices == {r'\alpha': answers.ALPHA.tolist(), r'\beta': answers.BETA.tolist(),
                        r'\mathbf{W}^{(1)}': answers.W1.tolist(), 'X': answers.IMAGE.tolist(),
                        'F': answers.FILTER.tolist()}
    table = re.findall(r'^\| (-?[\d.]+) \| (-?[\d.]+) \| (-?[\d.]+) \|$', TEXT, flags=re.MULTILINE)
    assert [[float(x1), float(x2)] for x1, x2, _ in table] == answers.X3.tolist()
    assert [float(y) for *_, y in table] == answers.Y3.tolist()
    assert r'\mathbf{b}^{(1)} = [-1.3,\ 0.86], \quad \mathbf{w}^{(2)} = [-1.2,\ 0.7], \quad b^{(2)} = 0.' in TEXT
    assert answers.B1.tolist() == [-1.3, 0.86] and answers.W2.tolist() == [-1.2, 0.7] and answers.B2 == 0
    assert r'\mathbf x^{(1)} = [1, 0, 1, 0, 1, 1]^T$ of class 3' in TEXT and answers.X1.tolist() == [1, 0, 1, 0, 1, 1]


def test_no_answer_is_in_the_text():
    plain = ' '.join(TEXT.split())
    for answer in ('0.0474', '4.0945', '0.4799', '2.6912', '1.9772', '0.5477', '3.9712', '209.4557', '16.2181',
                   '0.8307', '0.8200', '0.7873', '0.9330', '0.9083', '0.9067', r'\hat y_k - y_k',
                   'y_hat - y_true', r'2 \lambda', r'^*)^T', r'\odot', r'1 - \mathbf z', 'keepdims=True)', 'LSTM', '☒'):
        assert answer not in plain, answer


def test_the_text_becomes_a_page_with_all_formulas():
    figures = {f'figures/{path.name}': path.read_text(encoding='utf-8') for path in (FOLDER / 'figures').iterdir()}
    page = make_page(TEXT, figures)
    # A $ or a TeX command that is left is a formula that was not read.
    shown = re.sub(r'<(annotation|style|code)\b.*?</\1>', '', page.partition('<body>')[2], flags=re.DOTALL)
    assert '$' not in re.sub(r'<[^>]*>', '', shown) and '\\' not in re.sub(r'<[^>]*>', '', shown)
    assert page.count('<math display="block"') == TEXT.count('```math')
    assert page.count('data:image/svg+xml') + page.count('<svg') >= len(figures)


def test_every_file_of_the_text_is_there():
    for name in re.findall(r'`([\w/]+\.(?:py|npz)|tests/|training_data_student/)`', TEXT):
        assert any(path.exists() for path in (FOLDER / name, FOLDER / 'training_data_student' / name)), name
    assert set(re.findall(r'\]\(figures/(\S+)\)', TEXT)) == {path.name for path in (FOLDER / 'figures').iterdir()}


# ---- the blanks ------------------------------------------------------------------------------------------------------

def test_a_blank_script_holds_nothing_of_the_solution():
    taken = []
    for name in hw3_copy.SCRIPTS:
        taken += blanks.read_blanks(read(name), name)
    handed_out = [blanks.empty(read(name), name) for name in hw3_copy.SCRIPTS]
    given = [path for path in (*FOLDER.glob('*.py'), *FOLDER.glob('tests/*.py')) if path.name not in hw3_copy.SCRIPTS]
    handed_out += [path.read_text(encoding='utf-8') for path in given] + [TEXT]
    assert [blanks.find_solution(text, taken) for text in handed_out] == [None] * len(handed_out)


# ---- the figures -----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize('name', make_figures.FIGURES)
def test_a_figure_is_what_its_script_draws(name):
    assert make_figures.FIGURES[name]() == read(f'figures/{name}')
    root = ElementTree.fromstring(read(f'figures/{name}'))
    background = next(root.iter(f'{SVG}rect'))
    assert background.get('fill') == '#ffffff'
    assert float(background.get('width')) >= float(root.get('width')) - 2
    assert re.findall(r'https?://[^"\s]+', read(f'figures/{name}')) == ['http://www.w3.org/2000/svg']


@pytest.mark.parametrize('name', NETWORKS)
def test_a_network_has_its_nodes_and_lines(name):
    root = ElementTree.fromstring(read(f'figures/{name}'))
    assert (len(root.findall(f'{SVG}circle')), len(root.findall(f'{SVG}line'))) == NETWORKS[name]


def label_boxes(root):
    """(left, top, right, bottom, text) of each label in DejaVu Sans, the widest of the fonts that are asked for."""
    for element in root.iter(f'{SVG}text'):
        kind, text = element.get('class'), ''.join(element.itertext())
        font = FT2Font(str(Path(matplotlib.get_data_path(), 'fonts/ttf',
                                f'DejaVuSans{"-Oblique" if kind == "name" else ""}.ttf')))
        size = {'name': 17, 'weight': 15, 'note': 14}[kind]
        font.set_size(size, 72)
        half = sum(font.load_char(ord(char)).linearHoriAdvance for char in text) / 65536 / 2
        x, y = float(element.get('x')), float(element.get('y'))
        yield x - half, y - 0.76 * size, x + half, y + 0.24 * size + 4, text


def meets(line, box, gap):
    """Whether a straight line comes nearer to a box than `gap`: looked at in 200 points."""
    x1, y1, x2, y2 = (float(line.get(key)) for key in ('x1', 'y1', 'x2', 'y2'))
    points = ((x1 + (x2 - x1) * step / 200, y1 + (y2 - y1) * step / 200) for step in range(201))
    left, top, right, bottom, _ = box
    return any(left - gap < x < right + gap and top - gap < y < bottom + gap for x, y in points)


@pytest.mark.parametrize('name', NETWORKS)
def test_every_label_has_room(name):
    root = ElementTree.fromstring(read(f'figures/{name}'))
    labels = list(label_boxes(root))
    centres = [(float(circle.get('cx')), float(circle.get('cy'))) for circle in root.findall(f'{SVG}circle')]
    inside = [box for box in labels if any(box[0] < x < box[2] and box[1] < y < box[3] for x, y in centres)]
    assert len(inside) == len(centres)
    assert all(right - left < 2 * make_figures.RADIUS - 8 for left, _, right, _, _ in inside)
    for one, other in itertools.combinations(labels, 2):
        assert one[2] + 5 < other[0] or other[2] + 5 < one[0] or one[3] < other[1] or other[3] < one[1], (one, other)
    outside = [box for box in labels if box not in inside]
    for box in outside:
        assert not any(meets(line, box, gap=3) for line in root.findall(f'{SVG}line')), box
        assert all((max(box[0], min(x, box[2])) - x) ** 2 + (max(box[1], min(y, box[3])) - y) ** 2
                   > (make_figures.RADIUS + 2) ** 2 for x, y in centres), box
        assert 4 < box[0] and box[2] < float(root.get('width')) - 4 and box[3] < float(root.get('height')) - 4
