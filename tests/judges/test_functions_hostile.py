"""instructor/judges/functions.py: code that does not load, waits, never ends, forges results or shows too much."""

import json
import re
import sys
from dataclasses import replace
from fractions import Fraction

import pytest

from instructor.judges.reading import Reading
from instructor.sandbox.protocol import Outcome
from tests.helpers import attacks, runners
from tests.helpers.function_judging import ITEMS, MASTER, judged
from tests.helpers.runners import judge_function
from tests.helpers.variants import build, with_bodies


@pytest.mark.parametrize('top', ["import data_loader\ndata_loader.data_loader_mnist()\n",
                                 "open('mnist_subset.json').close()\n"])
def test_code_that_opens_the_data_when_it_is_imported(top):
    assert [verdict.share for verdict in judged(top + MASTER).values()] == [1] * 5
    verdicts = judged(top + 'from dnn_misc import no_such\n' + MASTER)
    assert {(verdict.share, verdict.kind) for verdict in verdicts.values()} == {(0, 'import')}
    verdicts = judged(top + 'import no_such\n' + MASTER)  # the student may have it, the grader does not
    assert {(verdict.share, verdict.kind) for verdict in verdicts.values()} == {(None, 'lacking-package')}


@pytest.mark.parametrize('problems, words', [({}, 'cannot be parsed'), ({'dnn_misc.py': 'is no text'}, 'is no text')])
def test_what_cannot_be_decoded_is_for_a_person(problems, words):
    verdicts = judged(MASTER, runners.run_failing, Reading(problems=problems))
    assert {(verdict.share, verdict.kind) for verdict in verdicts.values()} == {(None, 'unreadable')}
    assert words in verdicts['relu.forward'].reason


@pytest.mark.parametrize('body, words', [
    ('import pdb\npdb.set_trace()', 'a debugger was left in'), ('breakpoint()', 'a debugger was left in'),
    ("input('go on?')", 'asks for something to be typed in')])
def test_what_waits_for_a_keyboard_is_said_in_plain_words(body, words):
    verdict = judged(with_bodies({'relu.forward': body}, MASTER))['relu.forward']
    assert verdict.share == 0 and words in verdict.reason


def test_broken_constructor_is_told_as_what_it_does():
    source = MASTER.replace("self.params['W'] = np.random.normal(0, 0.1, (input_D, output_D))", 'self.params = None', 1)
    verdicts = judged(source)
    assert [verdicts[item].share for item in ITEMS] == [0, 0, 1, 1, 1]
    assert "TypeError: 'NoneType' object" in verdicts['linear_layer.forward'].reason


@pytest.mark.parametrize('source, kind, words', [
    ('def f(:\n', 'import', 'SyntaxError'), ('from dnn_misc import solution\n', 'import', 'ImportError'),
    ('import os\nos._exit(0)\n', 'ended-itself', 'ended itself before sending its results'),
    ('raise SystemExit\n', 'import', 'SystemExit'), ('', 'raises', 'has no attribute'),
    ('import os\nos.kill(os.getpid(), 11)\n', 'crash', 'signal 11'),
    (b'\xff\xfe', 'import', 'SyntaxError'),
    ("import os\nos.write(int(os.environ['RESULT_FD']), b'PASSED')\nos._exit(0)\n", 'no-result', 'something other'),
    (attacks.source('claim_too_long'), 'no-result', 'something other'),
    ("import os, sending\nsending.finish({'import': 7})\n", 'no-result', 'something other'),
    ("import os, sending\nsending.finish({'import': None, 'calls': 1})\n", 'no-result', 'something other'),
    ("import os, sending\nsending.finish({'import': None, 'calls': [[{'error': None, 'results': {'X': 0}}]]})\n",
     'no-result', 'something other')])
def test_modules_that_do_not_load_or_forge_results(source, kind, words):
    for verdict in judged(source).values():
        assert (verdict.share, verdict.kind) == (0, kind), verdict
        assert words in verdict.reason


def test_endless_functions_cost_only_themselves(monkeypatch):
    monkeypatch.setattr('instructor.judges.function_calls.CALL_SECONDS', 0.5)
    endless = 'while True:\n    pass'
    verdicts = judged(with_bodies({'linear_layer.forward': endless, 'relu.backward': endless}, MASTER))
    assert [verdicts[item].share for item in ITEMS] == [0, 1, 1, 0, 1]
    assert verdicts['linear_layer.forward'].kind == verdicts['relu.backward'].kind == 'endless'
    assert 'relu.backward does not return: an endless loop?' in verdicts['relu.backward'].reason


def test_a_timer_that_is_early_is_no_forgery(monkeypatch):
    """Of the time that a child says it has taken, a busy machine counts less in the end."""
    monkeypatch.setattr('instructor.judges.function_calls.CALL_SECONDS', 0.5)
    endless = with_bodies({'relu.backward': 'while True:\n    pass'}, MASTER)

    def counted(share):
        def runner(entry, files, argv=(), **limits):
            return replace(runners.run_unconfined(entry, files, argv, **limits), cpu_seconds=share * 0.5)
        return judge_function('relu.backward', endless.encode(), 'x', runner)

    assert (counted(0.6).share, counted(0.6).kind) == (0, 'endless')
    assert (counted(0.4).share, counted(0.4).kind) == (0, 'no-result')


def test_code_that_waits_is_for_a_person_and_tried_twice():
    waits = with_bodies({'relu.forward': 'import time\ntime.sleep(60)'}, MASTER)
    runner, given = runners.recorded(lambda entry, files, argv=(), **limits: runners.run_unconfined(
        entry, files, argv, **{**limits, 'wall_seconds': 2}))
    verdict = judge_function('relu.forward', waits.encode(), 'x', runner)
    assert (verdict.share, verdict.kind, len(given)) == (None, 'waits', 2)
    assert 'does it wait or sleep?' in verdict.reason
    needs_it = with_bodies({'relu.backward': 'return grad * self.mask'}, MASTER)
    backward = judge_function('relu.backward', needs_it.encode(), 'x', runners.run_unconfined, verdict)
    assert (backward.share, backward.kind) == (None, 'forward-timed-out')  # it has no mask without its forward


def test_a_machine_that_stood_still_costs_nothing():
    """A right dnn_misc.py whose first child is held up and ended, and whose second one is not."""
    outcomes = []

    def held_up(entry, files, argv=(), **limits):
        outcome = runners.run_unconfined(entry, files, argv, **limits)
        outcomes.append(outcome)
        if len(outcomes) % 2:
            return Outcome('wall', seconds=limits['wall_seconds'], cpu_seconds=0.2)
        return outcome

    verdicts = judged(MASTER, held_up)
    assert {verdict.share for verdict in verdicts.values()} == {1} and len(outcomes) == 14


def test_a_person_looks_at_what_is_claimed_only_where_it_is_true():
    """Told by the child in its very first call, when no processor time has been used."""
    claim = ("import sending\nsending.finish({'import': None, 'calls': [[{'results': {}, 'drew': False, 'error': {"
             "'kind': 'x', 'said': '', 'line': None, 'is_exit': False, 'is_blank': False, 'timed_out': True,"
             " 'missing': '', 'lines': []}}]]})")
    verdict = judge_function('relu.forward', with_bodies({'relu.forward': claim}, MASTER).encode(), 'x',
                             runners.run_unconfined)
    assert (verdict.share, verdict.kind) == (0, 'no-result')


def test_other_numbers_than_can_be_sent_cost_only_their_own_function():
    body = "self.mask = X > 0\nreturn np.maximum(0, X).astype(np.longdouble)"
    verdicts = judged(with_bodies({'relu.forward': body}, MASTER))
    assert [verdicts[item].share for item in ITEMS] == [1, 1, 0, 1, 1]
    assert 'has dtype' in verdicts['relu.forward'].reason or 'an array of' in verdicts['relu.forward'].reason


@pytest.mark.parametrize('number', ['1e999', '-1e999', 'NaN', '[]', '{}', '"x"', '1e300', 'null'])
@pytest.mark.parametrize('key', ['lines', 'said', 'kind', 'timed_out'])
def test_odd_words_are_a_fault_of_the_code(number, key):
    error = {'kind': 'x', 'said': '', 'line': None, 'is_exit': False, 'is_blank': False, 'timed_out': False,
             'lines': [['dnn_misc.py', 1, '', '']]}
    value = [['dnn_misc.py', 'HERE', 'HERE', 'HERE']] if key == 'lines' else 'HERE'
    words = json.dumps({'import': {**error, key: value}}).replace('"HERE"', number)
    runner = lambda *_, **limits: Outcome('ok', 0, result=runners.frame(b'e', words.encode()))  # noqa: E731
    for verdict in judged(MASTER, runner).values():
        assert verdict.share == 0 and verdict.kind in ('import', 'no-result'), verdict


def test_tracebacks_hold_no_line_of_the_harness():
    deep = ("if len(X) > 1:\n    import sys\n    calls = sys._getframe(1).f_code\n"
            "    raise ExceptionGroup('two', [ValueError(1), KeyError(2)])")
    deep = deep if sys.version_info >= (3, 11) else 'None[0]'
    for body in (deep, 'try:\n    None[0]\nexcept TypeError:\n    raise ValueError("later")',
                 'raise SyntaxError("mine")', 'exec("1 / 0")'):
        verdict = judge_function('relu.forward', with_bodies({'relu.forward': body}, MASTER).encode(), 'x',
                                 runners.run_unconfined)
        text = dict(verdict.details)['traceback']
        assert 'File "dnn_misc.py", line' in text and ', in forward' in text
        lines = (runners.ROOT / 'instructor/sandbox/workers/call_functions.py').read_text().split('\n')
        harness = {line.strip() for line in lines if len(line.strip()) > 6}
        assert not {line.strip() for line in text.split('\n')} & harness, text
        assert 'entry.py' not in text and 'run_calls' not in text


def test_what_is_shown_names_no_place_of_this_machine():
    body = 'raise OSError(f"{__file__} at {object()} {self}")'
    verdict = judged(with_bodies({'relu.forward': body}, MASTER))['relu.forward']
    shown = repr(verdict)
    assert 'dnn_misc.py' in shown and 'call_functions' not in shown and 'entry.py' not in shown
    assert '/' not in dict(verdict.details)['traceback'].replace('\n', '')
    assert '0x...' in shown and not re.search(r'0x[0-9a-f]', shown)


def test_a_grader_that_fails_blames_no_student():
    for verdict in judged(MASTER, runners.run_failing).values():
        assert (verdict.share, verdict.kind) == (None, 'grader-fault')
        assert 'no user id left' in verdict.reason


def test_in_the_sandbox():
    verdicts = judged(build('linear_layer.backward: b of shape (K,)', MASTER), runners.confined_runner())
    assert [verdicts[item].share for item in ITEMS] == [1, Fraction(2, 3), 1, 1, 1]
