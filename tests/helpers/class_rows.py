"""Rows of a class as the outputs take them, and a reader of the pages that come out, in Python and in Chromium."""
import base64
import contextlib
import hashlib
import html.parser
import os
import re
import shutil
import subprocess

import pytest

from benchmarks import synthetic_class
from instructor.intake.downloads import Submission
from instructor.judges.verdict import Verdict
from instructor.results import gradesheet
from submission import read_result

COURSE = synthetic_class.course()
ITEMS = list(COURSE.points)
NASTY = '<script>alert("x")</script><img src=http://x.test/a onerror=alert(1)> & \'"\u202e\x00'


def submission(student='doejane', user_id='101', person=(), notes=(), files=None, **more):
    member = f'{student}_{user_id}_9001_a.zip'
    files = synthetic_class.perfect(COURSE) if files is None else files
    return Submission(**{**dict(member=member, user_id=user_id, attachment_id='9001', student=student, late=False,
                                files=files, notes=notes, person=person, digest='d'), **more})


def row(verdicts=None, flags=(), **more):
    """A Row with full points but for these verdicts."""
    found = {item: Verdict(item, 1, 'right') for item in ITEMS}
    found.update({verdict.item: verdict for verdict in verdicts or ()})
    given = submission(**more)
    records = {}
    for name, content in given.files.items():
        with contextlib.suppress(ValueError):
            records[name] = read_result(content.decode(), COURSE.assignment.epochs)
    judged = None if given.person else {'verdicts': list(found.values()), 'flags': list(flags), 'records': records}
    return gradesheet.Row(given, f'Name of {given.student}', COURSE, judged)


class Reader(html.parser.HTMLParser):
    """The elements, attributes and texts of a page; fails where elements are not closed in order."""

    VOID = {'meta', 'br', 'wbr'}

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.attributes, self.texts, self.script = [], [], [], [''], ''
        self.feed(page.decode())
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        if tag != 'wbr':  # it stands within a text
            self.texts.append('')
        self.tags.append(tag)
        self.attributes += attributes
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes

    def handle_endtag(self, tag):
        self.texts.append('')
        assert self.open.pop() == tag

    def handle_data(self, text):
        if self.open[-1:] == ['script']:
            self.script += text
        elif self.open[-1:] != ['style']:
            self.texts[-1] += text

    @property
    def text(self):
        return '\n'.join(self.texts)


def safe(page, own_scripts=0):
    """The Reader of a page that loads nothing and holds no script but so many of ours, in the report."""
    read = Reader(page)
    assert not {'img', 'iframe', 'link', 'object', 'form', 'base', 'image'} & {*read.tags}
    assert read.tags.count('script') == own_scripts and ('a' not in read.tags or own_scripts)
    for name, value in read.attributes:
        assert not name.startswith('on') and name not in ('src', 'srcdoc')
        assert name not in ('href', 'xlink:href') or value.startswith('#') or own_scripts and re.fullmatch(
            r'feedback/[\w%-]+\.html', value)
    content = next(value for name, value in read.attributes if name == 'content' and 'default-src' in value)
    assert "default-src 'none'" in content and 'unsafe-inline' not in content.replace("style-src 'unsafe-inline'", '')
    digest = base64.b64encode(hashlib.sha256(read.script.encode()).digest()).decode()
    assert content.partition('script-src ')[2] == (f"'sha256-{digest}'" if own_scripts else '')
    assert 'url(http' not in page.decode() and '@import' not in page.decode()
    return read


needs_chromium = pytest.mark.skipif(not (shutil.which('chromium') or shutil.which('google-chrome')),
                                    reason='needs Chromium')


def in_browser(path, folder):
    """The page at this path as Chromium shows it, as text."""
    done = subprocess.run(
        [shutil.which('chromium') or shutil.which('google-chrome'), '--headless', '--no-sandbox', '--disable-gpu',
         '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
         f'--user-data-dir={folder / "profile"}', '--virtual-time-budget=2000', '--dump-dom', path.as_uri()],
        stdin=subprocess.DEVNULL, capture_output=True, timeout=100,
        env={**os.environ, 'HOME': str(folder)})
    assert done.returncode == 0, done.stderr.decode()[-500:]
    return done.stdout.decode()
