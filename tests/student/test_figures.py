"""The figures: shown in the text, true of the scripts, and readable with the widest of the fonts that they ask for."""

import itertools
import re
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import pytest

matplotlib = pytest.importorskip('matplotlib')

from matplotlib.ft2font import FT2Font

from tests.helpers import ROOT

TEXT = (ROOT / 'ASSIGNMENT.md').read_text(encoding='utf-8')
FIGURES = {'mlp': None, 'dnn_mlp': 'dnn_mlp.py', 'dnn_cnn': 'dnn_cnn.py', 'dnn_cnn_2': 'dnn_cnn_2.py'}
SVG = '{http://www.w3.org/2000/svg}'


def read(name):
    return (ROOT / f'figures/{name}.svg').read_text(encoding='utf-8')


def figure_texts(name):
    return [''.join(element.itertext()).strip() for element in ElementTree.fromstring(read(name)).iter(f'{SVG}text')]


# ---- what they show --------------------------------------------------------------------------------------------------

@pytest.mark.parametrize('name', FIGURES)
def test_a_figure_is_shown_and_readable_on_any_background(name):
    assert len(re.findall(rf'^!\[Figure \d: [^\]]+\]\(figures/{name}\.svg\)$', TEXT, flags=re.MULTILINE)) == 1
    root = ElementTree.fromstring(read(name))
    width, height = float(root.get('width')), float(root.get('height'))
    background = next(root.iter(f'{SVG}rect'))
    assert background.get('fill') == '#ffffff'
    assert float(background.get('width')) >= width - 2 and float(background.get('height')) >= height - 2
    assert list(root).index(background) < min(list(root).index(text) for text in root.findall(f'{SVG}text'))
    assert re.findall(r'https?://[^"\s]+', read(name)) == ['http://www.w3.org/2000/svg']
    assert not re.search(r'<(script|image|foreignObject)|@import|href=', read(name))


def test_every_figure_belongs_to_the_text():
    assert {path.stem for path in (ROOT / 'figures').iterdir()} == set(FIGURES)


@pytest.mark.parametrize('name, script', [item for item in FIGURES.items() if item[1]])
def test_a_figure_names_the_modules_and_variables_of_its_script(name, script):
    texts = figure_texts(name)
    source = (ROOT / script).read_text(encoding='utf-8')
    for module in re.findall(r"model\['(\w+)'\] = ", source):
        assert any(text.split()[0] == module for text in texts if text), module
    variables = set(re.findall(r'^ +(\w+) = model\[\'\w+\'\]\.forward', source, flags=re.MULTILINE)) | {'x'}
    assert variables <= set(texts)


def test_the_figures_show_the_shapes():
    shapes = {'dnn_mlp': ['N×784', 'N×1000', 'N×10', 'W 784×1000', 'W 1000×10'],
              'dnn_cnn': ['N×1×28×28', 'N×25×28×28', 'N×25×14×14', 'N×4900', 'W 4900×10'],
              'dnn_cnn_2': ['N×1×28×28', 'N×25×28×28', 'N×25×14×14', 'N×25×7×7', 'N×1225', 'W 1225×10']}
    for name, wanted in shapes.items():
        assert [shape for shape in wanted if shape not in figure_texts(name)] == []


def test_the_second_filter_of_the_figure_cannot_be_taken_for_5_by_5():
    texts = ' '.join(figure_texts('dnn_cnn_2'))
    assert 'C1 conv 5×5' in texts and 'C2 conv 3×3' in texts and 'W 25×25×3×3' in texts


# ---- room for every label --------------------------------------------------------------------------------------------

class Box(NamedTuple):
    """A rectangle in the figure's own units; `what` says in a failure which it is."""
    left: float
    top: float
    right: float
    bottom: float
    what: str

    def meets(self, other, gap=0):
        return (self.left < other.right + gap and other.left < self.right + gap
                and self.top < other.bottom and other.top < self.bottom)


def width(text, size, is_bold, is_italic):
    """The width of a text in DejaVu Sans, which is wider than Helvetica, Arial and Liberation Sans."""
    style = ('Bold' if is_bold else '') + ('Oblique' if is_italic else '')
    font = FT2Font(str(Path(matplotlib.get_data_path(), 'fonts/ttf', f'DejaVuSans{"-" if style else ""}{style}.ttf')))
    font.set_size(size, 72)
    return sum(font.load_char(ord(char)).linearHoriAdvance for char in text) / 65536


def text_boxes(name):
    """The Box of each label of a figure, from its class, its tspans and its own attributes."""
    source = read(name)
    rules = dict(re.findall(r'^  \.?(\w+) \{ (.*) \}$', source, flags=re.MULTILINE))

    def style(element, inherited):
        found = dict(inherited)
        for rule in (element.get('class') or '').split():
            found.update(re.findall(r'([\w-]+): ([^;]+);', rules.get(rule, '')))
        return {**found, **{key: element.get(key) for key in ('font-size', 'font-weight', 'font-style')
                            if element.get(key)}}

    for element in ElementTree.fromstring(source).iter(f'{SVG}text'):
        own = style(element, re.findall(r'([\w-]+): ([^;]+);', rules['text']))
        parts = [(element.text, own)]
        for child in element:
            parts += [(child.text, style(child, own)), (child.tail, own)]
        length, size = 0, float(own['font-size'].removesuffix('px'))
        for text, how in parts:
            length += width(re.sub(r'\s+', ' ', text or ''), float(how['font-size'].removesuffix('px')),
                            how.get('font-weight') == 'bold', how.get('font-style') == 'italic')
        x, y = float(element.get('x')), float(element.get('y'))
        left = x if own['text-anchor'] == 'start' else x - length / 2
        yield Box(left, y - 0.76 * size, left + length, y + 0.24 * size, ''.join(element.itertext()))


def line_boxes(name):
    """The arrows, as a Box for each straight piece, and the edges of the frames."""
    for path in ElementTree.fromstring(read(name)).findall(f'{SVG}path'):
        x = y = None
        for command, values in re.findall(r'([MHV])([\d ]+)', path.get('d')):
            numbers = [float(value) for value in values.split()]
            last = x, y
            x, y = {'M': lambda: numbers, 'H': lambda: (*numbers, y), 'V': lambda: (x, *numbers)}[command]()
            if command != 'M':
                yield Box(min(x, last[0]) - 1, min(y, last[1]) - 1, max(x, last[0]) + 1, max(y, last[1]) + 1,
                          path.get('d'))
    for frame in ElementTree.fromstring(read(name)).iter(f'{SVG}rect'):
        x, y, w, h = (float(frame.get(key)) for key in ('x', 'y', 'width', 'height'))
        for edge in ((x, y, x, y + h), (x + w, y, x + w, y + h), (x, y, x + w, y), (x, y + h, x + w, y + h)):
            yield Box(*edge, 'a frame')


def test_the_widths_are_those_of_the_font():
    # In the font's own units, 2048 to the size: N 1532, x 1212, bold L 1305.
    assert width('N', 2048, False, False) == pytest.approx(1532)
    assert width('x', 1024, False, False) == pytest.approx(606)
    assert width('L', 2048, True, False) == pytest.approx(1305)


@pytest.mark.parametrize('name', FIGURES)
def test_no_label_overlaps_another_or_an_arrow(name):
    labels, lines = list(text_boxes(name)), list(line_boxes(name))
    assert len(labels) > 10 and len(lines) > 8
    assert [(one.what, other.what) for one, other in itertools.combinations(labels, 2) if one.meets(other, gap=5)] == []
    assert [(label.what, line.what) for label in labels for line in lines if label.meets(line, gap=3)] == []
    frame = lines[-4 * read(name).count('<rect'):][:4]
    assert all(frame[0].left < label.left and label.right < frame[1].right for label in labels)


@pytest.mark.parametrize('name', FIGURES)
def test_a_label_lies_inside_a_circle_or_outside(name):
    for circle in ElementTree.fromstring(read(name)).iter(f'{SVG}circle'):
        x, y, r = (float(circle.get(key)) for key in ('cx', 'cy', 'r'))
        inside = []
        for label in text_boxes(name):
            nearest = min(max(x, label.left), label.right), min(max(y, label.top), label.bottom)
            if (nearest[0] - x) ** 2 + (nearest[1] - y) ** 2 < (r + 2) ** 2:
                inside.append(label)
        assert len(inside) == 1, [label.what for label in inside]
        assert inside[0].right - inside[0].left < 2 * r - 8 and (inside[0].left + inside[0].right) / 2 == x
