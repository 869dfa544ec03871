"""ASSIGNMENT.html: the same text as a page that needs nothing but a browser."""

import base64
import re
import sys
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from instructor import handout
from instructor.publishing.blanks import read_blanks
from instructor.publishing.build import BuildError, build, check_text
from instructor.publishing.page import PageError, make_page, visible_text
from tests.helpers import ROOT, courses

FIGURES = ('mlp', 'dnn_mlp', 'dnn_cnn', 'dnn_cnn_2')
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'


class Reader(HTMLParser):
    """Counts the elements of a page, collects their attributes, and checks that they are closed in order."""
    VOID = {'meta', 'img', 'br', 'hr', 'link'}

    def __init__(self, page):
        super().__init__()
        self.counts, self.attributes, self.open, self.cells = {}, [], [], []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.counts[tag] = self.counts.get(tag, 0) + 1
        self.attributes += [(tag, *pair) for pair in attributes]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag


@pytest.fixture(scope='module', params=courses.NAMES)
def files(request):
    return build(courses.course(request.param))


def test_it_needs_no_network_and_no_other_file(files):
    page = files['ASSIGNMENT.html'].decode()
    reader = Reader(page)
    for tag, name, value in reader.attributes:
        if name in ('src', 'href', 'srcset', 'data'):
            assert value.startswith(('data:', '#')), (tag, name, value[:60])
    assert not {'script', 'link', 'iframe', 'object'} & {*reader.counts}
    assert not re.search(r'url\(|@import', page)
    assert set(re.findall(r'https?://[^"<\s]+', page)) <= {'http://www.w3.org/1998/Math/MathML'}


def test_the_figures_in_it_are_those_that_are_handed_out(files):
    sources = [value for tag, name, value in Reader(files['ASSIGNMENT.html'].decode()).attributes
               if (tag, name) == ('img', 'src')]
    assert [base64.b64decode(source.removeprefix('data:image/svg+xml;base64,')) for source in sources] == [
        files[f'figures/{name}.svg'] for name in FIGURES]


def test_every_formula_table_and_heading_is_in_it(files):
    page, text = files['ASSIGNMENT.html'].decode(), files['ASSIGNMENT.md'].decode()
    reader = Reader(page)
    prose = re.sub(r'```.*?```|`[^`\n]+`', '', text, flags=re.DOTALL)
    display = text.count('```math')
    assert display == 8 == page.count('<math display="block"')
    assert reader.counts['math'] == display + prose.count('$') // 2 > 50
    headings = re.findall('^#{1,3} ', text, flags=re.MULTILINE)
    assert sum(reader.counts[f'h{level}'] for level in (1, 2, 3)) == len(headings) > 15
    assert reader.counts['table'] == len(re.findall(r'^\|[-|]+\|$', text, flags=re.MULTILINE))
    shown = re.sub('<annotation.*?</annotation>', '', page, flags=re.DOTALL)  # the source of each formula, not shown
    body = visible_text(shown.partition('<body>')[2])
    assert '$' not in body and '\\' not in body and '`' not in body and '{' not in re.sub('max⁡?{0|∂{', '', body)
    for number in range(1, 22):
        assert f'<mn>{number}</mn><mo stretchy="false" form="postfix">)</mo>' in shown


def test_its_title_and_language_are_told(files):
    page = files['ASSIGNMENT.html'].decode()
    title = files['ASSIGNMENT.md'].decode().split('\n')[0].removeprefix('# ')
    assert f'<title>{title}</title>' in page and '<html lang="en">' in page and 'charset="utf-8"' in page
    assert re.search('@media print', page) and 'width=device-width' in page


def test_names_are_the_courses_in_it():
    page = visible_text(build(courses.course('tamu'))['ASSIGNMENT.html'].decode())
    assert 'assignment3_dnn_check.py' in page and 'dnn_mlp_nonlinear.py' in page
    assert 'hw5_dnn_check' not in page and 'nononlinear' not in page


def test_files_of_the_page_can_be_renamed():
    files = build(replace(courses.course('osu'), files={
        'ASSIGNMENT.md': 'HW6.md', 'ASSIGNMENT.html': 'HW6.html', 'figures/mlp.svg': 'figures/chain.svg'}))
    assert {'HW6.md', 'HW6.html', 'figures/chain.svg'} <= {*files}
    assert not {'ASSIGNMENT.md', 'ASSIGNMENT.html', 'figures/mlp.svg'} & {*files}
    assert '[HW6.html](HW6.html)' in files['README.md'].decode()
    assert files['HW6.html'].count(b'data:image/svg+xml') == 4


def test_what_it_shows_is_checked_for_solutions_and_links():
    blanks = read_blanks((ROOT / 'dnn_misc.py').read_text(), 'dnn_misc.py')
    page = '<html>\n<body>\n<p>Write <code>self.mask</code> = X\n&gt; 0</p></body></html>'
    with pytest.raises(BuildError, match='^ASSIGNMENT.html:3: in the handout, a line of the solution of '):
        check_text('ASSIGNMENT.html', page, {}, blanks)
    with pytest.raises(BuildError, match='^ASSIGNMENT.html: links to more.html, which is not handed out'):
        check_text('ASSIGNMENT.html', '<a href="more.html#part">more</a>', {}, blanks)
    check_text('ASSIGNMENT.html', '<a href="#part">a</a> <a href="a.md">b</a>', {'a.md': ''}, blanks)


def test_figures_come_from_what_is_handed_out():
    page = make_page('# A & B\n\n![it](figures/a.svg)\n', {'figures/a.svg': SVG})
    assert base64.b64encode(SVG.encode()).decode() in page and '<title>A &amp; B</title>' in page
    with pytest.raises(PageError, match='ASSIGNMENT.html: figures/b.svg is not in the page'):
        make_page('# A\n\n![it](figures/b.svg)\n', {'figures/a.svg': SVG})


@pytest.fixture
def fails(tmp_path, capsys):
    """Call the command, which must write nothing: the one line that it says."""
    def call():
        with pytest.raises(SystemExit) as stopped:
            handout.main(['--course', 'osu', '--output', str(tmp_path / 'new')])
        output, error = capsys.readouterr()
        assert (stopped.value.code, output, error.count('\n'), [*tmp_path.iterdir()]) == (2, '', 1, [])
        return error
    return call


def test_without_pandoc_one_line_says_what_to_type(monkeypatch, fails):
    monkeypatch.setitem(sys.modules, 'pypandoc', None)  # what makes an import fail
    command = f'"{sys.executable}" -m pip install pypandoc_binary'
    assert fails() == f'python3 -m instructor.handout: ASSIGNMENT.html needs pypandoc_binary: type {command}\n'

    pypandoc = type(sys)('pypandoc')  # the package of the same name that brings no pandoc along

    def missing():
        raise OSError('No pandoc was found:\neither install it')
    pypandoc.get_pandoc_path = missing
    monkeypatch.setitem(sys.modules, 'pypandoc', pypandoc)
    assert command in fails()


def test_what_pandoc_complains_about_is_one_line(monkeypatch, fails):
    import pypandoc

    def convert_text(*arguments, **options):
        raise RuntimeError('Pandoc died with exitcode "97":\n  not enough memory\n')
    monkeypatch.setattr(pypandoc, 'convert_text', convert_text)
    assert fails().endswith('pandoc cannot make ASSIGNMENT.html: Pandoc died with exitcode "97": not enough memory\n')
