"""journal.py: what is written down is there again, whatever happened in between."""
import json
import os
from dataclasses import replace
from fractions import Fraction
from types import SimpleNamespace

import pytest

pytest.importorskip('fcntl', reason='grading needs Linux')
pytestmark = pytest.mark.untrusted

from instructor.judges.verdict import Verdict
from instructor.results import journal
from tests.helpers.boxes import COURSE

VERDICTS = [Verdict('q39', Fraction(2, 3), 'a reason', (('got', 'é\n'),), 'kind'), Verdict('q33', None, 'who knows')]
JUDGED = {'verdicts': VERDICTS, 'flags': ['late'], 'review': [], 'records': {}, 'isolation': 'limits', 'faults': []}
ITEMS = ['q39', 'q33']


@pytest.fixture
def path(tmp_path):
    return tmp_path / 'journal.jsonl'


def write(path, *keys):
    with journal.Journal(path, ITEMS) as written:
        for key in keys:
            written.add(key, f'student {key}', JUDGED)


def test_round_trip(path):
    write(path, 'a', 'b')
    with journal.Journal(path, ITEMS) as read:
        assert list(read.by_key) == ['a', 'b'] and list(read.by_submission) == ['student a', 'student b']
        assert read.by_key['a'] == {**JUDGED, 'key': 'a', 'submission': 'student a'}


def test_a_line_is_in_the_file_as_soon_as_it_is_added(path):
    with journal.Journal(path, ITEMS) as written:
        written.add('a', 's', JUDGED)
        assert json.loads(path.read_bytes())['key'] == 'a'


def test_a_torn_last_line_is_dropped_at_every_length(path):
    write(path, 'a', 'b')
    whole = path.read_bytes()
    first = whole.index(b'\n') + 1
    for length in range(first, len(whole)):
        path.write_bytes(whole[:length])
        write(path, 'c')
        with journal.Journal(path, ITEMS) as read:
            assert list(read.by_key) == ['a', 'c']


def test_lines_of_something_else_are_passed_over(path):
    write(path, 'a')
    whole = path.read_bytes()

    def with_checksum(old, new):
        entry = json.loads(whole.replace(b'"key": "a"', b'"key": "b"').replace(old, new))
        entry.pop('check')
        return json.dumps({**entry, 'check': journal._checksum(entry)}).encode() + b'\n'

    assert with_checksum(b'', b'').startswith(b'{"key": "b"')
    shares = b''.join(with_checksum(b'"2/3"', new) for new in (b'"1/0"', b'Infinity', b'"3/2"', b'[]'))
    path.write_bytes(b'\xff\n[]\n{"key": 3}\n' + whole + b'null\n' + b'[' * 200_000 + b'\n' + shares)
    with journal.Journal(path, ITEMS) as read:
        assert list(read.by_key) == ['a']


@pytest.mark.parametrize('verdicts', [
    VERDICTS[:1], VERDICTS[::-1], [*VERDICTS, VERDICTS[0]], [VERDICTS[0], Verdict('q34', 1, '')], []])
def test_a_line_with_other_items_is_not_believed(path, verdicts):
    entry = {'key': 'b', 'submission': 's', **JUDGED, 'verdicts': [found.to_json() for found in verdicts]}
    path.write_text(json.dumps({**entry, 'check': journal._checksum(entry)}) + '\n')
    with journal.Journal(path, ITEMS) as read:
        assert read.by_key == {}


def test_a_line_that_was_changed_is_not_believed(path):
    write(path, 'a')
    path.write_bytes(path.read_bytes().replace(b'"2/3"', b'"3/3"'))
    with journal.Journal(path, ITEMS) as read:
        assert read.by_key == {}


def test_what_was_begun_and_has_no_end_is_told_at_the_next_start(path):
    with journal.Journal(path, ITEMS) as written:
        for name in 'abcd':
            written.begin(name, f'student {name}')
        written.put_back('b', 'student b')
        written.add('c', 'student c', JUDGED)
        assert written.open == {'a': 'student a', 'd': 'student d'}
    with journal.Journal(path, ITEMS) as read:
        assert read.open == {'a': 'student a', 'd': 'student d'} and list(read.by_key) == ['c']
        read.add('a', 'student a', JUDGED)
    with journal.Journal(path, ITEMS) as read:
        assert read.open == {'d': 'student d'}


@pytest.mark.parametrize('make', [lambda path: path.symlink_to('/dev/zero'), os.mkfifo, os.mkdir,
                                  lambda path: os.truncate(os.open(path, os.O_CREAT | os.O_WRONLY), 1 << 31)])
def test_what_can_be_no_journal_is_refused_in_one_line(path, make):
    make(path)
    with pytest.raises(journal.JournalError, match='move it away') as caught:
        journal.Journal(path, ITEMS)
    assert '\n' not in str(caught.value) and str(path) in str(caught.value)


def test_the_last_line_of_a_key_holds(path):
    write(path, 'a')
    with journal.Journal(path, ITEMS) as written:
        written.add('a', 'student a', {**JUDGED, 'flags': ['other']})
    with journal.Journal(path, ITEMS) as read:
        assert read.by_key['a']['flags'] == ['other'] and len(read.by_key) == 1


def test_one_run_at_a_time(path):
    with journal.Journal(path, ITEMS):
        with pytest.raises(journal.JournalError, match='another run is writing'):
            journal.Journal(path, ITEMS)
    journal.Journal(path, ITEMS).file.close()


def test_the_key_depends_on_all_that_the_judgement_does(monkeypatch):
    submission, course, options = SimpleNamespace(digest='d', late=False), COURSE, {'epochs': 1}
    keys = [journal.key(submission, course, options),
            journal.key(SimpleNamespace(digest='e', late=False), course, options),
            journal.key(SimpleNamespace(digest='d', late=True), course, options),
            journal.key(submission, replace(course, files={'dnn_cnn.py': 'cnn.py'}), options),
            journal.key(submission, course, {'epochs': 2})]
    # How things are called and what they are worth decides no verdict: nothing has to be judged again for that.
    renamed = replace(course, title='Another', due='later', points=dict.fromkeys(course.points, Fraction(1)))
    assert journal.key(submission, renamed, dict(options)) == keys[0]
    monkeypatch.setattr(journal, 'grader_hash', lambda *_: 'another grader')
    keys.append(journal.key(submission, course, options))
    monkeypatch.setattr(journal.np, '__version__', '0.0')
    keys.append(journal.key(submission, course, options))
    monkeypatch.setattr(journal.sys, 'version', 'another')
    keys.append(journal.key(submission, course, options))
    assert len({*keys}) == len(keys)
