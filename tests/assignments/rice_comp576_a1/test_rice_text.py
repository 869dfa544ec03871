"""The text, its figure and the report's template: all parts in order, nothing of the solution, true of the code."""

import re
from xml.etree import ElementTree

import rice_copy

from assignments.rice_comp576_a1.teacher import make_text_figure
from instructor.publishing import blanks
from instructor.publishing.page import make_page

FOLDER = rice_copy.FOLDER
TEXT = (FOLDER / 'ASSIGNMENT.md').read_text(encoding='utf-8')
TEMPLATE = (FOLDER / 'report_template.md').read_text(encoding='utf-8')
BLANKS = {
    'three_layer_neural_network.py': ['log_softmax', *(f'NeuralNetwork.{name}' for name in (
        'actFun', 'diff_actFun', 'feedforward', 'calculate_loss', 'backprop'))],
    'n_layer_neural_network.py': ['Layer.feedforward', 'Layer.backprop', *(f'DeepNeuralNetwork.{name}' for name in (
        'feedforward', 'calculate_loss', 'backprop', 'fit_model'))],
    'dcn_mnist.py': ['Maxout.forward', 'Net.__init__', 'Net.forward', 'initialize', 'make_optimizer', 'train',
                     'error_rate'],
    'dcn_monitor.py': ['statistics']}


def read(name):
    return (FOLDER / name).read_text(encoding='utf-8')


def test_the_blanks_are_those_that_the_text_names():
    for name, expected in BLANKS.items():
        assert [blank.name for blank in blanks.read_blanks(read(name), name)] == expected
        for blank in expected:
            assert re.search(rf'`{re.escape(blank)}\b|`{re.escape(blank.rpartition(".")[2])}\b', TEXT), blank
            assert f'`{blank}`' in read('README.md')


def test_a_handout_holds_nothing_of_the_solution():
    taken = [blank for name in BLANKS for blank in blanks.read_blanks(read(name), name)]
    handed_out = {path.name: blanks.empty(read(path.name), path.name) for path in FOLDER.glob('*.py')}
    handed_out.update({'text': TEXT, 'template': TEMPLATE})
    assert {name: blanks.find_solution(text, taken) for name, text in handed_out.items()} == dict.fromkeys(handed_out)


def test_no_answer_is_in_the_text():
    plain = ' '.join((TEXT + TEMPLATE).split())
    for answer in (r'1 - \tanh', r'\sigma(z) (1', r'\odot', r'\hat y - y', 'dead', 'vanish', 'overfit', '0.0713',
                   '0.0782', '99.1', 'Conv2d', 'nll_loss', 'argmax'):
        assert answer not in plain, answer


def test_all_parts_are_there_in_order_and_the_template_asks_them_all():
    def parts(text):
        return re.findall(r'^(?:## (\d)|### \((\w)\))', text, flags=re.MULTILINE)
    asked = [('1', ''), *(('', letter) for letter in 'abcdef'), ('2', ''), *(('', letter) for letter in 'abc')]
    assert parts(TEXT) == asked
    assert parts(TEMPLATE) == [part for part in asked if part != ('', 'c')][:6] + asked[7:]  # 1 (c) is code alone
    assert re.findall(r'\]\(report_figures/(\w+)\.png\)', TEMPLATE) == [
        'dataset', 'activations', 'hidden_units', 'depths', 'digits', 'digits_losses']


def test_every_file_and_option_of_the_text_is_there():
    for name in re.findall(r'`(\w+\.(?:py|md|txt)|requirements[\w-]*\.txt)`', TEXT + read('README.md')):
        assert (FOLDER / name).exists(), name
    sources = ''.join(read(path.name) for path in FOLDER.glob('*.py'))
    for option in re.findall(r'(?<=[ `])--[a-z][a-z-]+', TEXT + read('README.md')):
        assert f"'{option}'" in sources or option in ('--logdir', '--course', '--output'), option


def test_the_text_becomes_a_page_with_all_formulas():
    figure = read('figures/three_layer_network.svg')
    page = make_page(TEXT, {'figures/three_layer_network.svg': figure})
    shown = re.sub(r'<(annotation|style|code)\b.*?</\1>', '', page.partition('<body>')[2], flags=re.DOTALL)
    assert '$' not in re.sub(r'<[^>]*>', '', shown) and '\\' not in re.sub(r'<[^>]*>', '', shown)
    assert page.count('<math display="block"') == TEXT.count('```math') > 4
    assert page.count('data:image/svg+xml') + page.count('<svg') >= 1


def test_the_figure_is_what_its_script_draws():
    drawn = make_text_figure.three_layer_network()
    assert drawn == read('figures/three_layer_network.svg')
    root = ElementTree.fromstring(drawn)
    svg = '{http://www.w3.org/2000/svg}'
    assert len(root.findall(f'{svg}circle')) == 2 + 3 + 2 and len(root.findall(f'{svg}line')) == 2 * 3 + 3 * 2
