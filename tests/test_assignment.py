"""ASSIGNMENT.md says what is true of the scripts, the records and the courses, in a form that GitHub can show."""

import json
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

import dnn_misc

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / 'ASSIGNMENT.md').read_text(encoding='utf-8')
COURSES = {name: json.loads((ROOT / f'instructor/courses/{name}.json').read_text()) for name in ('tamu', 'osu')}
RESULTS = COURSES['osu']['results']  # question -> result file
QUESTIONS = [f'Q3.{number}' for number in range(1, 11)]
FIGURES = {'mlp': None, 'dnn_mlp': 'dnn_mlp.py', 'dnn_cnn': 'dnn_cnn.py', 'dnn_cnn_2': 'dnn_cnn_2.py'}
SVG = '{http://www.w3.org/2000/svg}'


def key(question):
    return question.replace('Q3.', 'q3')


def part(question):
    """The text of one question, up to the next question or heading."""
    return re.split(r'\n#+ |\n\*\*Q3\.', TEXT.split(f'\n**{question}** ')[1])[0]


def rows(title):
    """The rows of the table with this header line, as lists of cells."""
    lines = TEXT.split(f'\n{title}\n')[1].splitlines()[1:]
    table = lines[:next(index for index, line in enumerate(lines) if not line.startswith('|'))]
    return [[cell.strip() for cell in line.strip('|').split('|')] for line in table]


def record(question):
    return json.loads((ROOT / 'instructor/reference' / RESULTS[key(question)]).read_text())


def at(question, epoch):
    """(training, validation) accuracy after this epoch, counted from 1, as the reference record has it."""
    return record(question)['train'][epoch - 1], record(question)['val'][epoch - 1]


def figure_texts(name):
    tree = ElementTree.parse(ROOT / f'figures/{name}.svg')
    return [''.join(element.itertext()).strip() for element in tree.iter(f'{SVG}text')]


# ---- questions, points, names ----------------------------------------------------------------------------------------

def test_every_question_stands_once_and_in_order():
    assert re.findall(r'^\*\*(Q3\.\d+)\*\* ', TEXT, flags=re.MULTILINE) == QUESTIONS


def test_each_question_carries_its_own_points():
    functions = {item for item in COURSES['osu']['points'] if '.' in item}
    wanted = {question: {key(question)} for question in QUESTIONS}
    wanted |= {'Q3.1': set(), 'Q3.2': functions | {'functions'}}
    assert {question: set(re.findall(r'{{points\.([\w.]+)}}', part(question))) for question in QUESTIONS} == wanted


@pytest.mark.parametrize('course', COURSES.values(), ids=COURSES)
def test_placeholders_are_those_that_a_course_fills_in(course):
    known = {'title', 'term', 'assignment', 'upload', 'zip_example', 'packing', 'collaboration', 'points.total',
             'points.functions', *(f'points.{item}' for item in course['points'])}
    assert set(re.findall(r'{{(.*?)}}', TEXT)) == known
    assert not re.search(r'{{|}}', re.sub(r'{{[\w.]+}}|```math\n.*?```|\$[^$\n]+\$', '', TEXT, flags=re.DOTALL))


def test_no_name_of_one_course_stands_in_the_text_of_both():
    own = {word for course in COURSES.values() for field in ('title', 'assignment', 'upload') for word in
           re.findall(r'[A-Z]\w+', course[field])} - {'Assignment', 'Homework'}
    own |= {'collaboration.txt', *COURSES['tamu']['files'].values()}
    assert {'TAMU', 'OSU', 'Carmen', 'Canvas', 'assignment3_dnn_check.py'} <= own
    assert [word for word in own if word in TEXT] == []
    assert not re.search(r'[Hh]omework|\bHW', TEXT)


def test_every_file_that_is_named_is_there():
    named = set(re.findall(r'[\w.]+\.(?:py|sh|json|svg)\b', TEXT)) - set(RESULTS.values())
    assert {'dnn_misc.py', 'q310.sh', 'mnist_subset.json', 'mlp.svg'} <= named
    assert [name for name in named if not (ROOT / name).exists() and not (ROOT / 'figures' / name).exists()] == []
    assert all(COURSES['tamu']['results'][question] == name for question, name in RESULTS.items())


@pytest.mark.parametrize('question', [question for question in QUESTIONS if key(question) in RESULTS])
def test_each_run_is_told_as_its_script_does_it(question):
    text = part(question)
    assert re.findall(r'[A-Z0-9]+_lr[\w.]+\.json', text) == [RESULTS[key(question)]]
    assert re.findall(r'\bq\d+\.sh', text) == [f'{key(question)}.sh']
    told, = re.findall(r'`python3 (.+?)`', text)
    for folder in (ROOT, ROOT / 'Windows'):
        assert f'exec "$python" {told} "$@"' in (folder / f'{key(question)}.sh').read_text()

    rate, momentum, decay, dropout = re.search(r'lr(.+)_m(.+)_w(.+)_d(.+)\.json', RESULTS[key(question)]).groups()
    like = re.search(r'all else as in (Q3\.\d)', text)
    told = part(like[1]) + text if like else text  # what is said last counts
    assert re.findall(r'learning rate ([\d.]+\d)', told)[-1] == rate
    told = told.replace('no momentum', 'momentum 0.0').replace('no weight decay', 'weight decay 0.0')
    assert re.findall(r'momentum (\d\.\d)', told)[-1] == momentum
    assert re.findall(r'weight decay (\d\.\d)', told)[-1] == decay
    assert re.findall(r'dropout[_ ]rate (\d\.\d+)', told)[-1] == dropout


def test_the_options_and_outputs_that_are_named_exist():
    for script, options in {'plot_curves.py': ['--together'], 'make_submission.py': ['--verify'],
                            'data_loader.py': ['--num_epoch', '--learning_rate', '--alpha', '--lambda']}.items():
        source = (ROOT / script).read_text(encoding='utf-8')
        for option in options:
            assert f'`{option}' in TEXT or f'{script} {option}`' in TEXT
            assert f"add_argument('{option}'" in source
    assert set(re.findall(r'(?<!\w)--\w+', TEXT)) == {'--together', '--verify', '--num_epoch', '--learning_rate',
                                                      '--alpha', '--lambda', '--dropout_rate'}
    assert "default='curves.png'" in (ROOT / 'plot_curves.py').read_text(encoding='utf-8')


def test_the_checker_ends_as_told():
    told = re.search(r'`python3 (hw5_dnn_check\.py)`: the last line has to\sread\s`([^`]+)`', TEXT)
    result = subprocess.run([sys.executable, str(ROOT / told[1])], capture_output=True, text=True, timeout=120)
    # It is the last line until the first TODO item of dnn_cnn_2.py is written; then that file has lines of its own.
    assert told[2] in result.stdout.splitlines()


# ---- numbers ---------------------------------------------------------------------------------------------------------

def test_the_table_of_accuracies_is_the_reference():
    table = rows('| Question | Result file | train, epoch 1 | val, epoch 1 | train, epoch 30 | val, epoch 30 |')
    assert [row[1] for row in table] == [f'`{name}`' for name in RESULTS.values()]
    for question, _, *numbers in table:
        assert [float(number) for number in numbers] == [*at(question, 1), *at(question, 30)]
        assert len(record(question)['val']) == 30


def test_dropout_is_told_as_the_records_have_it():
    better, worse = map(float, re.search(r'gains validation accuracy, (0\.\d+)\s+against (0\.\d+)', TEXT).groups())
    assert (better, worse) == (at('Q3.4', 30)[1], at('Q3.3', 30)[1])
    assert better > worse and at('Q3.4', 30)[0] < at('Q3.3', 30)[0]
    assert re.search(r'0\.95 is too much: both accuracies are lower than without dropout', TEXT)
    assert at('Q3.5', 30)[0] < at('Q3.3', 30)[0] and at('Q3.5', 30)[1] < at('Q3.3', 30)[1]


def test_the_drop_without_relu_is_told_as_the_records_have_it():
    drop = float(re.search(r'validation accuracy drops clearly, by (0\.\d+) at epoch 30', part('Q3.6'))[1])
    assert drop == round(at('Q3.3', 30)[1] - at('Q3.6', 30)[1], 3)


def test_momentum_is_told_as_the_records_have_it():
    above, below = map(float, re.search(r'first epoch its training and validation accuracies are above (0\.\d+)\s'
                                        r'already, without momentum below (0\.\d+)\.', part('Q3.8')).groups())
    assert min(at('Q3.8', 1)) > above > below > max(at('Q3.7', 1))


def test_the_deeper_network_is_told_as_the_records_have_it():
    assert 'the first three epochs are behind those of Q3.8' in part('Q3.10')
    assert all(at('Q3.10', epoch)[split] < at('Q3.8', epoch)[split] for epoch in (1, 2, 3) for split in (0, 1))
    assert at('Q3.10', 4)[1] > at('Q3.8', 4)[1]
    assert re.search(r'at epoch 30 the validation accuracy is somewhat above that of Q3\.8, and the best of all seven',
                     ' '.join(part('Q3.10').split()))
    last = {question: at(question, 30)[1] for question in QUESTIONS if key(question) in RESULTS}
    assert max(last, key=last.get) == 'Q3.10' and 0 < last['Q3.10'] - last['Q3.8'] < 0.01


def test_no_other_accuracy_is_quoted():
    body = TEXT.split('### 3.9')[0] + TEXT.split('## 4 ')[1]
    assert sorted(re.findall(r'(?<![\w.])0\.\d\d\d+', body)) == ['0.001', '0.039', '0.928', '0.938']


def test_the_sizes_of_the_data_are_those_of_the_file():
    sizes = re.search(r"data\['train'\]` \((\d+) images\), `data\['valid'\]` \((\d+)\) and\s`data\['test'\]` \((\d+)\)",
                      TEXT).groups()
    with open(ROOT / 'mnist_subset.json', encoding='utf-8') as file:
        data = json.load(file)
    assert [int(size) for size in sizes] == [len(data[split][1]) for split in ('train', 'valid', 'test')]
    assert f'$D = {len(data["train"][0][0])}$' in TEXT


def test_the_learning_rate_decays_as_told():
    told = ' '.join(TEXT.split())
    assert '`dnn_cnn_2.py` the learning rate stays the same for 30 epochs' in told
    assert 'in the other networks it is multiplied by 0.1 every 10.' in told
    steps = {name: int(re.search(r'DECAY_STEP = (\d+)', (ROOT / f'{name}.py').read_text())[1])
             for name in ('dnn_mlp', 'dnn_mlp_nononlinear', 'dnn_cnn', 'dnn_cnn_2')}
    assert steps == {'dnn_mlp': 10, 'dnn_mlp_nononlinear': 10, 'dnn_cnn': 10, 'dnn_cnn_2': 30}


def test_the_mini_batch_loss_has_its_minus_sign():
    assert r'= -\frac{1}{N} \sum_{i=1}^{N} \sum_{k} y_i[k] \log z_i[k]' in TEXT


# ---- Q3.9 and the figures --------------------------------------------------------------------------------------------

def test_the_shapes_of_the_deeper_network_are_those_that_the_modules_give():
    table = rows('| Module | Input of each example | What it is | Output of each example |')
    assert [re.findall(r'`(\w+)`', row[0]) for row in table] == [['C1'], ['nonlinear1', 'M1'], ['C2'],
                                                                 ['nonlinear2', 'M2'], ['F1']]
    image = np.zeros((1, 1, 28, 28))
    for _, before, what, after in table:
        assert before.split(' × ') == [str(size) for size in image.shape[1:]]
        if 'filters' in what:
            filters, length = map(int, re.search(r'(\d+) filters, `filter_len` \**(\d)\**, stride 1', what).groups())
            image = dnn_misc.conv_layer(image.shape[1], filters, length, 1).forward(image)
        elif 'pooling' in what:
            image = dnn_misc.max_pool(2, 2).forward(image)
        else:
            image = dnn_misc.flatten_layer().forward(image)
        assert after.split(' × ') == [str(size) for size in image.shape[1:]]


def test_the_second_filter_cannot_be_taken_for_5_by_5():
    told = {name: (number, length) for name, number, length in re.findall(
        r"model\['(C\d)'\] = .*num_output=(\d+), filter_len=(\d)", (ROOT / 'dnn_cnn_2.py').read_text())}
    assert told == {'C1': ('25', '5'), 'C2': ('25', '3')}
    cells = {row[0].split('`')[1]: row[2] for row in rows('| Module | Input of each example | What it is | Output of '
                                                         'each example |')}
    assert '`filter_len` 5,' in cells['C1'] and '`filter_len` **3**,' in cells['C2']
    assert re.search(r'layers are \*\*not\*\* the same. The first has filters of 5 × 5, the second of \*\*3 × 3\*\*',
                     part('Q3.9'))
    texts = ' '.join(figure_texts('dnn_cnn_2'))
    assert 'C1 conv 5×5' in texts and 'C2 conv 3×3' in texts and 'W 25×25×3×3' in texts


@pytest.mark.parametrize('name', FIGURES)
def test_a_figure_is_shown_and_readable_on_any_background(name):
    assert len(re.findall(rf'^!\[Figure \d: [^\]]+\]\(figures/{name}\.svg\)$', TEXT, flags=re.MULTILINE)) == 1
    path = ROOT / f'figures/{name}.svg'
    root = ElementTree.parse(path).getroot()
    width, height = float(root.get('width')), float(root.get('height'))
    background = next(root.iter(f'{SVG}rect'))
    assert background.get('fill') == '#ffffff'
    assert float(background.get('width')) >= width - 2 and float(background.get('height')) >= height - 2
    assert list(root).index(background) < min(list(root).index(text) for text in root.findall(f'{SVG}text'))
    assert re.findall(r'https?://[^"\s]+', path.read_text(encoding='utf-8')) == ['http://www.w3.org/2000/svg']
    assert not re.search(r'<(script|image|foreignObject)|@import|href=', path.read_text(encoding='utf-8'))


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


# ---- nothing given away, everything shown ----------------------------------------------------------------------------

def solution_lines():
    for name in ('dnn_misc.py', 'dnn_cnn_2.py'):
        inside = False
        for line in (ROOT / name).read_text(encoding='utf-8').splitlines():
            if line.strip() in ('### BEGIN SOLUTION', '### END SOLUTION'):
                inside = line.strip() == '### BEGIN SOLUTION'
            elif inside:
                yield ''.join(line.split())


def test_no_line_of_the_solution_is_given_away():
    lines = set(solution_lines())
    assert len(lines) >= 12
    shown = TEXT + ''.join((ROOT / f'figures/{name}.svg').read_text(encoding='utf-8') for name in FIGURES)
    dense = ''.join(shown.split())
    assert [line for line in lines if line in dense] == []
    assert not re.search(r'@|self\.(gradient|mask)|np\.(sum|maximum|where|dot)|keepdims|grad \*', shown)


def test_display_math_is_whole():
    assert re.findall(r'^\s*```(\w*)', TEXT, flags=re.MULTILINE)[::2] == ['math'] * 9
    for block in re.findall(r'```math\n(.*?)\n```', TEXT, flags=re.DOTALL):
        bare = re.sub(r'\\[{}]', '', block)
        assert bare.count('{') == bare.count('}')
        assert block.count(r'\left') - block.count(r'\leftarrow') == block.count(r'\right')
        assert re.findall(r'\\begin{(\w+)}', block) == re.findall(r'\\end{(\w+)}', block)
        assert set(re.findall(r'\\begin{(\w+)}', block)) <= {'aligned', 'bmatrix'}
        assert '\n\n' not in block and r'\operatorname' not in block  # GitHub refuses the macro
    assert '$$' not in TEXT


def test_equations_are_numbered_in_order():
    numbers = re.findall(r'\\qquad \((\d+)\)', TEXT)
    assert numbers == [str(number) for number in range(1, 17)]
    assert {int(number) for number in re.findall(r'Equation \((\d+)\)', TEXT)} == {1, 2}


def test_inline_math_survives_markdown():
    prose = re.sub(r'```.*?```|`[^`\n]+`', '', TEXT, flags=re.DOTALL)
    formulas = re.findall(r'\$([^$\n]+)\$', prose)
    assert len(formulas) > 40 and prose.count('$') == 2 * len(formulas)  # none goes over a line end
    for formula in formulas:
        assert formula == formula.strip()
        # Markdown takes away a backslash before punctuation, and reads these as emphasis, a table's cell, or a tag.
        assert not re.search(r'\\[^\w\s]|\*|(?<!\w)_|[|<]', formula), formula
    between = prose.split('$')[::2]
    assert all(text[0] in ' \n,.;:)' for text in between[1:]) and all(text[-1] in ' \n(' for text in between[:-1])
