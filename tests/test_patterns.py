"""Patterns that are applied to students' texts take only a few steps per character, whatever the text."""
import re

import pytest

pytest.importorskip('fcntl', reason='grading needs Linux')

import submission
import submission_scripts
from instructor.intake import canvas, downloads, unpacking
from instructor.judges import wiring
from instructor.publishing import blanks
from instructor.sandbox import worker_runs
from tests.helpers.regex_steps import steps

ANCHORED = {'DEFINITION': 'match', 'NUMBERED_TODO': 'match', 'ATTACHED': 'fullmatch', 'TYPED': 'fullmatch',
            'ANONYMOUS': 'fullmatch'}  # all others are searched for
PATTERNS = {(module.__name__, name): value
            for module in (submission, submission_scripts, blanks, canvas, worker_runs, downloads, wiring, unpacking)
            for name, value in vars(module).items() if isinstance(value, re.Pattern)}
UNITS = ['1', ' ', '/', '/a', ' /a', '/a ', '-1', '(1', ' (1)', '-1.a', "'", "'a", '.', '_', '_1', '_1_', '_1_2_x', 'a',
         '0x', '0xf', 'anon_', 'LATE_', '.zip', '.tar', '\\', 'BEGIN', 'BEGIN ', 'END_', 'def ', 'class a', 'def a ',
         '# TODO (', '#', '\n', '__MACOSX/', '/.', 'a.', 'a(', '/Type ']
ENDINGS = ['', '!', '\n', 'x', ')', "'", '/', '.py', ' SOLUTIO', '(1']


def growth(pattern, unit, ending, how):
    """How many times the steps become when the text becomes twice as long."""
    once, twice = (steps(pattern, unit * (many // len(unit)) + ending, how) for many in (120, 240))
    return twice / max(once, 100)


@pytest.mark.parametrize('name', PATTERNS, ids='.'.join)
def test_twice_as_long_a_text_takes_twice_the_steps(name):
    how = ANCHORED.get(name[1], 'search')
    worst = max((growth(PATTERNS[name], unit, ending, how), unit, ending) for unit in UNITS for ending in ENDINGS)
    assert worst[0] < 2.3, worst


@pytest.mark.parametrize('pattern, how, unit, ending', [
    (r'(\d+)(.*)\n', 'search', '1', ''), (r'\s*(#.*|pass)?\s*', 'fullmatch', ' ', 'x'),
    (r'[\w.-]+_[\w.-]+\.zip', 'fullmatch', '_', '!'), (r'(a|aa)+$', 'search', 'a', '!')])
def test_patterns_that_take_four_times_the_steps_are_noticed(pattern, how, unit, ending):
    if pattern.startswith('(a|aa)'):
        few, more = (steps(re.compile(pattern), 'a' * many + ending, how) for many in (14, 20))
        assert more > 10 * few
    else:
        assert growth(re.compile(pattern), unit, ending, how) > 3.5


def test_the_counter_matches_as_python_does():
    for name, pattern in PATTERNS.items():
        how = ANCHORED.get(name[1], 'search')
        if pattern.flags & re.IGNORECASE or how == 'fullmatch':
            continue
        for text in ('dnn_misc-1.py', 'a (12).zip', '/home/me/x.py is at 0x7f00ab', "no 'name' here", '  def forward(',
                     '# TODO (2): connect', '### BEGIN_SOLUTION', '__MACOSX/._a', 'x/.hidden', '</Type  /Page >', ''):
            counted = _found(pattern, text, how)
            real = getattr(pattern, how)(text.encode() if isinstance(pattern.pattern, bytes) else text)
            assert counted == (real.span() if real else None), (name, text)


def _found(pattern, text, how):
    from tests.helpers.regex_steps import _Counter
    for start in range(len(text) + 1 if how == 'search' else 1):
        for end in _Counter(pattern, text).places([*_Counter(pattern, text).tree], start):
            return start, end
    return None
