"""ASSIGNMENT.md says what is true of the scripts, the records and the courses, in a form that GitHub can show."""

import json
import re
import subprocess
import sys

import numpy as np
import pytest

import dnn_misc
from tests.helpers import ROOT, courses

TEXT = (ROOT / 'ASSIGNMENT.md').read_text(encoding='utf-8')
COURSES = {name: courses.course(name) for name in courses.NAMES}
RESULTS = COURSES['osu'].assignment.results  # question -> result file
QUESTIONS = [f'Q3.{number}' for number in range(1, 11)]
PARTS = {item: {f'{item}.{part}' for part in parts} for item, parts in {
    'relu.forward': ['returned_value', 'self_mask'],
    'linear_layer.backward': ['gradient_W', 'gradient_b', 'returned_value'],
    'q39': [f'TODO_{number}' for number in range(1, 6)]}.items()}
FIGURES = ['mlp', 'dnn_mlp', 'dnn_cnn', 'dnn_cnn_2']


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
    return json.loads((ROOT / 'instructor/mlp_cnn/reference' / RESULTS[key(question)]).read_text())


def at(question, epoch):
    """(training, validation) accuracy after this epoch, counted from 1, as the reference record has it."""
    return record(question)['train'][epoch - 1], record(question)['val'][epoch - 1]


# ---- questions, points, names ----------------------------------------------------------------------------------------

def test_every_question_stands_once_and_in_order():
    assert re.findall(r'^\*\*(Q3\.\d+)\*\* ', TEXT, flags=re.MULTILINE) == QUESTIONS


def test_each_question_carries_its_own_points():
    functions = {item for item in COURSES['osu'].points if '.' in item}
    wanted = {question: {key(question)} for question in QUESTIONS}
    wanted |= {'Q3.1': set(), 'Q3.2': functions | {'functions'} | PARTS['linear_layer.backward']
               | PARTS['relu.forward']}
    wanted['Q3.9'] |= PARTS['q39']
    assert {question: set(re.findall(r'{{points\.([\w.]+)}}', part(question))) for question in QUESTIONS} == wanted


def test_each_part_stands_beside_its_own_points():
    stated = ' '.join(part('Q3.2').split())
    assert "{{points.linear_layer.backward.gradient_W}} for `gradient['W']`, " in stated
    assert "{{points.linear_layer.backward.gradient_b}} for `gradient['b']` and " in stated
    assert '{{points.linear_layer.backward.returned_value}} for what it returns.' in stated
    assert '{{points.relu.forward.returned_value}} are for what it returns and {{points.relu.forward.self_mask}} for ' \
        'the mask.' in stated
    assert re.findall(r'^(\d)\. \[{{points\.q39\.TODO_(\d)}}\]', part('Q3.9'), flags=re.MULTILINE) == [
        (str(number), str(number)) for number in range(1, 6)]


@pytest.mark.parametrize('course', COURSES.values(), ids=COURSES)
def test_placeholders_are_those_that_a_course_fills_in(course):
    known = {'title', 'term', 'assignment', 'due', 'upload', 'zip_example', 'packing', 'packing_example', 'student',
             'collaboration', 'changed_in_place', 'points.total', 'points.functions',
             *(f'points.{item}' for item in [*course.points, *set().union(*PARTS.values())]),
             *(f'{name}.{key}.{epoch}' for name in RESULTS for key in ('train', 'val') for epoch in ('first', 'last'))}
    assert set(re.findall(r'{{(.*?)}}', TEXT)) == known
    assert not re.search(r'{{|}}', re.sub(r'{{[\w.]+}}|```math\n.*?```|\$[^$\n]+\$', '', TEXT, flags=re.DOTALL))


def test_no_name_of_one_course_stands_in_the_text_of_both():
    own = {word for course in COURSES.values() for field in ('title', 'assignment_title', 'upload') for word in
           re.findall(r'[A-Z]\w+', getattr(course, field))} - {'Assignment', 'Homework'}
    own |= {'collaboration.txt', *COURSES['tamu'].files.values()}
    assert {'TAMU', 'OSU', 'Carmen', 'Canvas', 'assignment3_dnn_check.py'} <= own
    assert [word for word in own if word in TEXT] == []
    assert not re.search(r'[Hh]omework|\bHW', TEXT)


def test_every_file_that_is_named_is_there():
    named = set(re.findall(r'[\w.]+\.(?:py|sh|json|svg)\b', TEXT)) - set(RESULTS.values())
    assert 'course.json' in named  # which the handout is written with
    named -= {'course.json'}
    assert {'dnn_misc.py', 'q310.sh', 'mnist_subset.json', 'mlp.svg'} <= named
    assert [name for name in named if not (ROOT / name).exists() and not (ROOT / 'figures' / name).exists()] == []
    assert COURSES['tamu'].assignment.results == RESULTS


@pytest.mark.parametrize('question', [question for question in QUESTIONS if key(question) in RESULTS])
def test_each_run_is_told_as_its_script_does_it(question):
    text = part(question)
    assert re.findall(r'[A-Z0-9]+_lr[\w.]+\.json', text) == [RESULTS[key(question)]]
    assert re.findall(r'\bq\d+\.sh', text) == [f'{key(question)}.sh']
    stated, = re.findall(r'`python3 (.+?)`', text)
    for folder in (ROOT, ROOT / 'Windows'):
        assert f'exec "$python" {stated} "$@"' in (folder / f'{key(question)}.sh').read_text()

    rate, momentum, decay, dropout = re.search(r'lr(.+)_m(.+)_w(.+)_d(.+)\.json', RESULTS[key(question)]).groups()
    like = re.search(r'all else as in (Q3\.\d)', text)
    stated = part(like[1]) + text if like else text  # what is said last counts
    assert re.findall(r'learning rate ([\d.]+\d)', stated)[-1] == rate
    stated = ' '.join(stated.split())
    stated = stated.replace('no momentum', 'momentum 0.0').replace('no weight decay', 'weight decay 0.0')
    assert re.findall(r'momentum (\d\.\d)', stated)[-1] == momentum
    assert re.findall(r'weight decay (\d\.\d)', stated)[-1] == decay
    assert re.findall(r'dropout[_ ]rate (\d\.\d+)', stated)[-1] == dropout


def test_the_options_and_outputs_that_are_named_exist():
    for script, options in {'plot_curves.py': ['--together'], 'make_submission.py': ['--verify'],
                            'training.py': ['--num_epoch', '--learning_rate', '--alpha', '--lambda']}.items():
        source = (ROOT / script).read_text(encoding='utf-8')
        for option in options:
            assert f'`{option}' in TEXT or f'{script} {option}`' in TEXT
            assert f"add_argument('{option}'" in source
    assert set(re.findall(r'(?<!\w)--\w+', TEXT)) == {'--together', '--verify', '--num_epoch', '--learning_rate',
                                                      '--alpha', '--lambda', '--dropout_rate'}
    assert "default='curves.png'" in (ROOT / 'plot_curves.py').read_text(encoding='utf-8')


def test_the_checker_ends_as_told():
    stated = re.search(r'`python3 (hw5_dnn_check\.py)`: the last line has to\sread\s`([^`]+)`', TEXT)
    result = subprocess.run([sys.executable, str(ROOT / stated[1])], capture_output=True, text=True, timeout=120)
    # It is the last line until the first TODO item of dnn_cnn_2.py is written; then that file has lines of its own.
    assert stated[2] in result.stdout.splitlines()


# ---- numbers ---------------------------------------------------------------------------------------------------------

def test_the_table_has_the_accuracies_of_each_run():
    table = rows('| Question | Result file | train, epoch 1 | val, epoch 1 | train, epoch 30 | val, epoch 30 |')
    assert [row[1] for row in table] == [f'`{name}`' for name in RESULTS.values()]
    for question, _, *numbers in table:
        assert numbers == [f'{{{{{key(question)}.{split}.{epoch}}}}}' for epoch in ('first', 'last')
                           for split in ('train', 'val')]
        assert len(record(question)['val']) == 30


def test_dropout_is_told_as_the_records_have_it():
    assert 'gains validation accuracy, {{q34.val.last}} against {{q33.val.last}}.' in ' '.join(TEXT.split())
    assert at('Q3.4', 30)[1] > at('Q3.3', 30)[1] and at('Q3.4', 30)[0] < at('Q3.3', 30)[0]
    assert '0.95 is too much: both accuracies are lower than without dropout' in ' '.join(TEXT.split())
    assert at('Q3.5', 30)[0] < at('Q3.3', 30)[0] and at('Q3.5', 30)[1] < at('Q3.3', 30)[1]


def test_the_drop_without_relu_is_told_as_the_records_have_it():
    assert 'At epoch 30 the validation accuracy is clearly lower, {{q36.val.last}} against {{q33.val.last}}:' in \
        ' '.join(part('Q3.6').split())
    assert at('Q3.3', 30)[1] - at('Q3.6', 30)[1] > 0.01


def test_momentum_is_told_as_the_records_have_it():
    assert 'after the first epoch its training and validation accuracies are already {{q38.train.first}} and ' \
        '{{q38.val.first}}; without momentum they are {{q37.train.first}} and {{q37.val.first}}.' in \
        ' '.join(part('Q3.8').split())
    assert all(fast > slow for fast, slow in zip(at('Q3.8', 1), at('Q3.7', 1)))


def test_the_deeper_network_is_told_as_the_records_have_it():
    assert 'after the first epoch the training accuracy is behind that of Q3.8' in ' '.join(part('Q3.10').split())
    assert at('Q3.10', 1)[0] < at('Q3.8', 1)[0]
    assert re.search(r'at epoch 30 the validation accuracy is somewhat above that of Q3\.8, and the best of all seven',
                     ' '.join(part('Q3.10').split()))
    last = {question: at(question, 30)[1] for question in QUESTIONS if key(question) in RESULTS}
    assert max(last, key=last.get) == 'Q3.10' and 0 < last['Q3.10'] - last['Q3.8'] < 0.01


def test_no_accuracy_is_written_out():  # they come from the reference records
    assert sorted(re.findall(r'(?<![\w.])0\.\d\d\d+', TEXT)) == ['0.001', '0.001']


def test_the_sizes_of_the_data_are_those_of_the_file():
    sizes = re.search(r"data\['train'\]` \((\d+) images\), `data\['valid'\]` \((\d+)\) and\s`data\['test'\]` \((\d+)\)",
                      TEXT).groups()
    with open(ROOT / 'mnist_subset.json', encoding='utf-8') as file:
        data = json.load(file)
    assert [int(size) for size in sizes] == [len(data[split][1]) for split in ('train', 'valid', 'test')]
    assert f'$D = {len(data["train"][0][0])}$' in TEXT


def test_the_learning_rate_decays_as_told():
    stated = ' '.join(TEXT.split())
    assert '`dnn_cnn_2.py` the learning rate stays the same for 30 epochs' in stated
    assert 'in the other networks it is multiplied by 0.1 every 10.' in stated
    steps = {name: int(re.search(r'DECAY_STEP = (\d+)', (ROOT / f'{name}.py').read_text())[1])
             for name in ('dnn_mlp', 'dnn_mlp_nononlinear', 'dnn_cnn', 'dnn_cnn_2')}
    assert steps == {'dnn_mlp': 10, 'dnn_mlp_nononlinear': 10, 'dnn_cnn': 10, 'dnn_cnn_2': 30}


def test_the_mini_batch_loss_has_its_minus_sign():
    assert r'= -\frac{1}{N} \sum_{i=1}^{N} \sum_{k} y_i[k] \log z_i[k]' in TEXT


# ---- Q3.9 ------------------------------------------------------------------------------------------------------------

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
    stated = {name: (number, length) for name, number, length in re.findall(
        r"model\['(C\d)'\] = .*num_output=(\d+), filter_len=(\d)", (ROOT / 'dnn_cnn_2.py').read_text())}
    assert stated == {'C1': ('25', '5'), 'C2': ('25', '3')}
    cells = {row[0].split('`')[1]: row[2] for row in rows('| Module | Input of each example | What it is | Output of '
                                                         'each example |')}
    assert '`filter_len` 5,' in cells['C1'] and '`filter_len` **3**,' in cells['C2']
    assert re.search(r'layers are \*\*not\*\* the same. The first has filters of 5 × 5, the second of \*\*3 × 3\*\*',
                     part('Q3.9'))


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
    assert re.findall(r'^\s*```(\w*)', TEXT, flags=re.MULTILINE)[::2] == ['math'] * 8
    for block in re.findall(r'```math\n(.*?)\n```', TEXT, flags=re.DOTALL):
        bare = re.sub(r'\\[{}]', '', block)
        assert bare.count('{') == bare.count('}')
        assert block.count(r'\left') - block.count(r'\leftarrow') == block.count(r'\right')
        assert re.findall(r'\\begin{(\w+)}', block) == re.findall(r'\\end{(\w+)}', block)
        assert set(re.findall(r'\\begin{(\w+)}', block)) <= {'aligned', 'bmatrix'}
        assert '\n\n' not in block and r'\operatorname' not in block  # GitHub refuses the macro
    assert '$$' not in TEXT


# What carries each number in the two original texts, in our letters. The update is our own and has none.
NUMBERED = {
    1: r'\mathbf{x} \in \mathbb{R}^{D}', 2: r'\mathbf{u} = \mathbf{W}^{(1)} \mathbf{x}', 3: r'\max\{0, u[m]\}',
    4: r'\mathbf{a} = \mathbf{W}^{(2)} \mathbf{h}', 5: r'z[k] = \frac{e^{a[k]}}', 6: r'\hat{y} = \arg\max_k z[k]',
    7: r'\ell = -\sum_{k} \mathbf{1}[y = k] \log z[k]', 8: r'\mathbf{1}[\text{true}] = 1',
    9: r'y[k] = \mathbf{1}[y = k]',
    10: r'-\mathbf{y}^T \log \mathbf{z}', 11: r'\text{.forward}(\mathbf{x})', 12: r'\text{.backward}\left( \mathbf{x}',
    13: r'\text{.forward}(\mathbf{x}_i)', 14: r'\text{relu.forward}( \mathbf{u}_i )', 15: r'\dots',
    16: r'\text{softmax.forward}(\mathbf{a}_i)', 17: r'y_i[k] \log z_i[k]', 18: r'\partial \{\mathbf{a}_i\}_{i=1}^{N}',
    19: r's[j] = \frac{1}{1-r}', 20: r'p[j] \text{ drawn uniformly', 21: r'\times \frac{\partial \ell}{\partial s[j]}'}


def test_equations_carry_the_numbers_of_the_original_texts():
    display = '\n'.join(re.findall(r'```math\n(.*?)\n```', TEXT, flags=re.DOTALL))
    *numbered, _ = re.split(r'\\qquad \((\d+)\)', display)
    assert [int(number) for number in numbered[1::2]] == list(NUMBERED) == list(range(1, 22))
    for (number, formula), text in zip(NUMBERED.items(), numbered[::2]):
        assert formula in ' '.join(text.split()), number
    [update] = re.findall(r'```math\n(.*\\leftarrow.*)\n```', TEXT)
    assert 'qquad (' not in update


@pytest.mark.parametrize('number, what', [
    (2, r'`class linear_layer`: Equation \(2\)'), (3, r'`class relu`: Equation \(3\)'),
    (12, r'the gradients of Equation \(12\)'), (21, r'`backward` of `class dropout`: Equation \(21\)')])
def test_an_equation_that_is_cited_is_the_one_that_is_meant(number, what):
    assert re.search(what, part('Q3.2'))
    assert re.findall(r'Equation \((\d+)\)', TEXT) == ['2', '12', '3', '21']


def test_docstrings_cite_equations_that_are_there():
    source = (ROOT / 'dnn_misc.py').read_text(encoding='utf-8')
    assert re.findall(r'Equation \((\d+)\)', source) == ['2', '2', '12', '3', '3', '3', '21']


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
