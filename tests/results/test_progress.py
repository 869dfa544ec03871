"""progress.py: what is said on the terminal while a class is graded."""
import io
import re
import sys

import pytest

from instructor.results import progress


@pytest.mark.parametrize('seconds, said', [(0, '0 s'), (89, '89 s'), (90, '2 min'), (999, '17 min'),
                                           (7500, '2 h 5 min')])
def test_durations(seconds, said):
    assert progress.duration(seconds) == said


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_on_a_terminal_is_one_line(monkeypatch):
    monkeypatch.setattr(sys, 'stderr', Terminal())
    counter = progress.Progress(2, 2)
    for key in ('1', '2'):
        counter.begin(key, 'a\x1b[2J')
        counter.step(key)
    counter.end()
    text = sys.stderr.getvalue()
    assert text.count('\n') == 1 and '2 of 2 judged' in text and '\x1b[2J' not in text


def test_a_line_of_progress_fits_the_terminal(monkeypatch):
    monkeypatch.setattr(sys, 'stderr', Terminal())
    monkeypatch.setenv('COLUMNS', '40')
    progress.Progress(1, 1).begin('1', 'x' * 500)
    assert len(sys.stderr.getvalue().replace('\r\033[K', '')) == 39


def test_progress_names_who_is_judged_and_what_takes_long(capsys):
    counter = progress.Progress(3, 4)
    for key, name in (('1', 'Doe, Jane'), ('2', 'Roe, Rick'), ('3', 'Poe, Paul')):
        counter.begin(key, name)
    assert counter.line() == '0 of 3 judged: Doe, Jane; Roe, Rick; Poe, Paul'
    counter.put_off('3')
    counter.say('2', 'repeating all 30 epochs of Q3.5')
    counter.say('9', 'of nobody')
    assert counter.line() == '0 of 3 judged: Doe, Jane; Roe, Rick (repeating all 30 epochs of Q3.5)'
    counter.step('1')
    assert re.fullmatch(r'1 of 3 judged, \d+ s left: Roe, Rick \(.*\)', counter.line())
    counter.begin('2', 'Roe, Rick')
    assert counter.line().endswith('left: Roe, Rick')
    out, err = capsys.readouterr()
    assert err.splitlines()[0] == '1 of 4 submissions needs no judging'
    assert any('repeating all 30 epochs of Q3.5' in line for line in err.splitlines())  # at once, not after ten seconds
