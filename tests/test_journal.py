"""journal.py: what is written down is there again, whatever happened in between."""
import json
from fractions import Fraction
from types import SimpleNamespace

import pytest

pytest.importorskip('fcntl', reason='grading needs Linux')

from instructor import journal  # noqa: E402
from instructor.verdict import Verdict  # noqa: E402

VERDICTS = [Verdict('q39', Fraction(2, 3), 'a reason', (('got', 'é\n'),), 'kind'), Verdict('q33', None, 'who knows')]
JUDGED = {'verdicts': VERDICTS, 'flags': ['late'], 'isolation': 'limits', 'faults': []}


@pytest.fixture
def path(tmp_path):
    return tmp_path / 'journal.jsonl'


def write(path, *keys):
    with journal.Journal(path) as written:
        for key in keys:
            written.add(key, f'student {key}', JUDGED)


def test_round_trip(path):
    write(path, 'a', 'b')
    with journal.Journal(path) as read:
        assert list(read.by_key) == ['a', 'b'] and list(read.by_submission) == ['student a', 'student b']
        assert read.by_key['a'] == {**JUDGED, 'key': 'a', 'submission': 'student a'}


def test_a_line_is_in_the_file_as_soon_as_it_is_added(path):
    with journal.Journal(path) as written:
        written.add('a', 's', JUDGED)
        assert json.loads(path.read_bytes())['key'] == 'a'


def test_a_torn_last_line_is_dropped_at_every_length(path):
    write(path, 'a', 'b')
    whole = path.read_bytes()
    first = whole.index(b'\n') + 1
    for length in range(first, len(whole)):
        path.write_bytes(whole[:length])
        write(path, 'c')
        with journal.Journal(path) as read:
            assert list(read.by_key) == ['a', 'c']


def test_lines_of_something_else_are_passed_over(path):
    write(path, 'a')
    share = path.read_bytes().replace(b'"key": "a"', b'"key": "b"').replace(b'"2/3"', b'"1/0"')
    assert share.count(b'"1/0"') == 1
    path.write_bytes(b'\xff\n[]\n{"key": 3}\n' + path.read_bytes() + b'null\n' + b'[' * 200_000 + b'\n' + share
                     + share.replace(b'"1/0"', b'Infinity'))
    with journal.Journal(path) as read:
        assert list(read.by_key) == ['a']


def test_the_last_line_of_a_key_holds(path):
    write(path, 'a')
    with journal.Journal(path) as written:
        written.add('a', 'student a', {**JUDGED, 'flags': ['other']})
    with journal.Journal(path) as read:
        assert read.by_key['a']['flags'] == ['other'] and len(read.by_key) == 1


def test_one_run_at_a_time(path):
    with journal.Journal(path):
        with pytest.raises(journal.JournalError, match='another run is writing'):
            journal.Journal(path)
    journal.Journal(path).file.close()


def test_the_key_depends_on_all_that_the_judgement_does(monkeypatch):
    submission, course, options = SimpleNamespace(digest='d', late=False), {'points': {'q33': 4}}, {'epochs': 1}
    keys = [journal.key(submission, course, options),
            journal.key(SimpleNamespace(digest='e', late=False), course, options),
            journal.key(SimpleNamespace(digest='d', late=True), course, options),
            journal.key(submission, {'points': {'q33': 5}}, options), journal.key(submission, course, {'epochs': 2})]
    assert journal.key(submission, dict(course), dict(options)) == keys[0]
    monkeypatch.setattr(journal, 'grader_hash', lambda: 'another grader')
    keys.append(journal.key(submission, course, options))
    monkeypatch.setattr(journal.np, '__version__', '0.0')
    keys.append(journal.key(submission, course, options))
    monkeypatch.setattr(journal.sys, 'version', 'another')
    keys.append(journal.key(submission, course, options))
    assert len({*keys}) == len(keys)
