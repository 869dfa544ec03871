"""publishing/blanks.py: the marker lines are read, blanks are emptied and filled, solutions are found elsewhere."""

import re
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instructor.publishing.blanks import BlankError, empty, fill, find_solution, read_blanks, solution_lines
from tests.helpers import ROOT

MASTERS = ('dnn_misc.py', 'dnn_cnn_2.py')
BEGIN, END = '### BEGIN SOLUTION', '### END SOLUTION'
SOURCE = f'''import numpy as np


class square:
    """Squares: class of its own."""

    def __init__(self):
        self.X = None

    def forward(self, X):
        # TODO: return the square.
        {BEGIN}
        self.X = X
        return X * X
        {END}

    def backward(
            self, X, grad):
        # TODO: return the gradient.
        {BEGIN}
        return 2 * X * grad
        {END}


def main(x):
    # TODO (1): make the module,
    # and name it s.

    {BEGIN}
    s = square()
    {END}
    y = 0
    for _ in range(2):
        # TODO (2): use it.
        {BEGIN}
        y = s.forward(x + y)
        {END}
    return y
'''


def read_master(name):
    return (ROOT / name).read_text(encoding='utf-8')


def test_blanks_are_read_with_name_lines_and_body():
    blanks = read_blanks(SOURCE, 'a.py')
    assert [blank[:4] for blank in blanks] == [
        ('square.forward', 12, 15, ' ' * 8), ('square.backward', 20, 22, ' ' * 8),
        ('TODO (1)', 29, 31, ' ' * 4), ('TODO (2)', 35, 37, ' ' * 8)]
    assert [blank.body for blank in blanks] == [
        '        self.X = X\n        return X * X\n', '        return 2 * X * grad\n',
        '    s = square()\n', '        y = s.forward(x + y)\n']


def test_names_come_from_the_source():
    names = [blank.name for name in MASTERS for blank in read_blanks(read_master(name), name)]
    assert names == ['linear_layer.forward', 'linear_layer.backward', 'relu.forward', 'relu.backward',
                     'dropout.backward', 'TODO (1)', 'TODO (2)', 'TODO (3)', 'TODO (4)', 'TODO (5)']
    renamed = SOURCE.replace('square', 'cube').replace('forward', 'run')
    assert [blank.name for blank in read_blanks(renamed, '')][:2] == ['cube.run', 'cube.backward']


def test_emptied_bodies_raise_their_name():
    emptied = empty(SOURCE, 'a.py')
    assert f'''        # TODO: return the square.
        {BEGIN}
        raise NotImplementedError('square.forward')
        {END}
''' in emptied
    assert f'''        # TODO (2): use it.
        {BEGIN}
        # Write your code for TODO (2) here, in place of these two lines.
        raise NotImplementedError('TODO (2)')
        {END}
''' in emptied
    names = dict()
    exec(compile(emptied, 'a.py', 'exec'), names)
    for call, name in ((lambda: names['square']().forward(3), 'square.forward'),
                       (lambda: names['square']().backward(3, 1), 'square.backward'),
                       (lambda: names['main'](3), r'TODO \(1\)')):
        with pytest.raises(NotImplementedError, match=f'^{name}$'):
            call()


@pytest.mark.parametrize('name', MASTERS)
def test_the_solutions_put_into_the_blanks_give_the_master_back(name):
    source = read_master(name)
    emptied = empty(source, name)
    assert 'NotImplementedError' not in source and emptied.count('raise NotImplementedError(') == 5
    assert fill(emptied, {blank.name: blank.body for blank in read_blanks(source, name)}, name) == source


def test_what_stands_outside_the_blanks_stays():
    def given_lines(source):
        return re.sub(f'({BEGIN}\n).*?( *{END}\n)', r'\1\2', source, flags=re.DOTALL)
    assert given_lines(empty(SOURCE, 'a.py')) == given_lines(SOURCE)


body_lines = st.text(st.characters(blacklist_categories=('Cs',), blacklist_characters='\r\n'), max_size=20).filter(
    lambda line: 'SOLUTION' not in line.upper())


@given(bodies=st.lists(st.lists(body_lines, max_size=4).map(lambda lines: ''.join(f'{line}\n' for line in lines)),
                       min_size=4, max_size=4), line_end=st.sampled_from(['\n', '\r\n']))
def test_any_body_comes_back_as_it_was_put_in(bodies, line_end):
    names = [blank.name for blank in read_blanks(SOURCE, 'a.py')]
    bodies = dict(zip(names, [body.replace('\n', line_end) for body in bodies]))
    filled = fill(SOURCE.replace('\n', line_end), bodies, 'a.py')
    blanks = read_blanks(filled, 'a.py')
    assert {blank.name: blank.body for blank in blanks} == bodies
    solved = {blank.name: blank.body for blank in read_blanks(SOURCE, 'a.py')}
    assert fill(filled.replace('\r\n', '\n'), solved, 'a.py') == SOURCE


def test_fill_leaves_other_blanks_and_ends_lines():
    filled = fill(SOURCE, {'TODO (1)': '    s = None'}, 'a.py')
    assert filled == SOURCE.replace('    s = square()\n', '    s = None\n')
    assert fill(SOURCE, {}, 'a.py') == SOURCE
    with pytest.raises(BlankError, match=r"a.py:1: has no blank for TODO \(3\)"):
        fill(SOURCE, {'TODO (3)': ''}, 'a.py')


def test_a_script_that_is_not_python_is_read():
    broken = SOURCE.replace('return X * X', 'return (X *\x0c X\n"""def other(:').replace('s = square()', 'def x(')
    assert [blank.name for blank in read_blanks(broken, 'a.py')] == [
        'square.forward', 'square.backward', 'TODO (1)', 'TODO (2)']


@pytest.mark.parametrize('old, new, error', [
    ('        self.X = X\n', f'        {BEGIN}\n', f'a.py:13: {BEGIN} inside the block that begins at line 12'),
    (f'        {END}\n\n    def backward', '\n    def backward',
     f'a.py:19: {BEGIN} inside the block that begins at line 12'),
    (f'    {END}\n    return y', '    return y', f'a.py:35: {BEGIN} without an {END} below it'),
    (f'        {BEGIN}\n        return 2', '        return 2', f'a.py:21: {END} without a {BEGIN} above it'),
    ('import numpy as np\n', f'{END}\n', f'a.py:1: {END} without a {BEGIN} above it'),
    ('import numpy as np\n', f'{BEGIN}\n', f'a.py:1: {BEGIN} in no function'),
    ('TODO (2)', 'TODO (1)', f'a.py:35: a second {BEGIN} for TODO (1), after line 29'),
    ('    def backward(\n', '    def forward(\n', f'a.py:20: a second {BEGIN} for square.forward, after line 12'),
])
def test_markers_that_do_not_fit_are_told_with_their_line(old, new, error):
    assert old in SOURCE
    with pytest.raises(BlankError) as raised:
        read_blanks(SOURCE.replace(old, new, 1), 'a.py')
    assert str(raised.value).startswith(error) and '\n' not in str(raised.value)


@pytest.mark.parametrize('old, new, error', [
    (BEGIN, '## BEGIN SOLUTION', 'a.py:15: '),  # its END is met first
    (f'        {BEGIN}\n        self.X = X\n', '        ### begin solution\n', 'a.py:14: '),
    (f'        {BEGIN}\n        self.X = X\n        return X * X\n        {END}\n',
     '        # Begin_Solution\n        return X * X\n        # End_Solution\n', 'a.py:11: '),
    (f'        # TODO: return the square.\n        {BEGIN}\n        self.X = X\n        return X * X\n        {END}\n',
     '        ### BEGINSOLUTION\n        return X * X\n', 'a.py:11: write a marker as'),
    (f'        {BEGIN}\n        self.X = X\n        return X * X\n        {END}\n',
     '        return X * X\n', f'a.py:11: TODO without a {BEGIN}'),
    ('    return y\n', f'    return y  {END}\n', 'a.py:38: write a marker as'),
])
def test_what_was_meant_as_a_marker_is_not_handed_out(old, new, error):
    assert old in SOURCE
    with pytest.raises(BlankError) as raised:
        empty(SOURCE.replace(old, new, 1), 'a.py')
    assert str(raised.value).startswith(error)


def test_a_todo_inside_a_solution_is_no_fault():
    assert empty(SOURCE.replace('self.X = X\n', '# TODO faster\n'), 'a.py').count('NotImplementedError') == 4


# ---- solutions that are found elsewhere ------------------------------------------------------------------------------

SOLUTION = f'''def f(self, X, grad):
    {BEGIN}
    # the easy way
    self.mask = X > 0  # where it is positive
    if True:
        out = np.sum(grad,
                     axis=0)
    else:
        out = self.params['W']
    return out
    {END}
'''


def test_solution_lines_are_code_that_says_something():
    [blank] = read_blanks(SOLUTION, 'a.py')
    assert [line.replace(' ', '') for line in solution_lines(blank)] == [
        'self.mask=X>0', 'out=np.sum(grad,axis=0)', "out=self.params['W']"]


@pytest.mark.parametrize('text, line', [
    ('a = 1\nself.mask = X > 0\n', 2),
    ('a = 1\n\n#   self.mask=X>0\n', 3),
    ('"""Store self.mask  =  X\n>0, then return."""', 1),
    ('# do: self.mask =\n#     X > 0\n', 1),
    ('Write `out = self.params["W"]`.', 1),
    ('x\n\tout = np.sum( grad, axis = 0 )', 2),
])
def test_a_solution_is_found_in_whatever_form(text, line):
    assert find_solution(text, read_blanks(SOLUTION, 'a.py')) == (line, 'f')


@pytest.mark.parametrize('text', [
    '', 'return out', 'if True:', 'else:', 'the_out = self.params["W"]', 'self.mask = X', 'np.sum(grad, axis=0)',
    'self.mask = X > 00', '# the easy way', '# where it is positive'])
def test_what_only_looks_like_a_solution_is_not_found(text):
    assert find_solution(text, read_blanks(SOLUTION, 'a.py')) is None


def test_each_solution_of_the_masters_is_found_and_no_other_line_is():
    for name in MASTERS:
        source = read_master(name)
        blanks = read_blanks(source, name)
        assert find_solution(empty(source, name), blanks) is None
        for blank in blanks:
            for line in textwrap.dedent(blank.body).splitlines():
                assert find_solution(f'# {line}', [blank]) == (1, blank.name)
