"""rows.py, pages.py, feedback.py, report.py: what students and the teacher are shown, and what they never are."""
import contextlib
import html.parser
import io
import json
import os
import shutil
import subprocess
import zipfile
from fractions import Fraction

import pytest

pytest.importorskip('matplotlib')

import make_submission  # noqa: E402
import synthetic_class  # noqa: E402
from instructor import feedback, pages, report, rows  # noqa: E402
from instructor.intake import AMBIGUOUS, TYPED, Submission  # noqa: E402
from instructor.verdict import Verdict, grader_fault  # noqa: E402

COURSE = synthetic_class.course()
ITEMS = list(COURSE['points'])
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
            records[name] = make_submission.read_result(content.decode())
    judged = None if given.person else {'verdicts': list(found.values()), 'flags': list(flags), 'records': records}
    return rows.Row(given, f'Name of {given.student}', COURSE, judged)


class Reader(html.parser.HTMLParser):
    """The elements, attributes and texts of a page; fails where elements are not closed in order."""

    VOID = {'meta', 'br'}

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.attributes, self.texts = [], [], [], []
        self.feed(page.decode())
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, text):
        if self.open[-1:] != ['style']:
            self.texts.append(text)

    @property
    def text(self):
        return '\n'.join(self.texts)


def safe(page):
    """The Reader of a page that holds no script and loads nothing."""
    read = Reader(page)
    assert not {'script', 'img', 'iframe', 'link', 'object', 'a', 'form', 'base', 'image'} & {*read.tags}
    for name, value in read.attributes:
        assert not name.startswith('on') and name not in ('src', 'srcdoc')
        assert name not in ('href', 'xlink:href') or value.startswith('#')
    content = next(value for name, value in read.attributes if name == 'content' and 'default-src' in value)
    assert "default-src 'none'" in content and 'script-src' not in content
    assert 'url(http' not in page.decode() and '@import' not in page.decode()
    return read


# ---- rows

def test_states_and_totals():
    third = Verdict('linear_layer.backward', Fraction(2, 3), 'b')
    unsure, fault = Verdict('q33', None, 'copied?'), grader_fault('q34', 'KeyError')
    assert (row().state, row().total) == ('graded', '100.00')
    assert (row([third]).state, row([third]).total) == ('graded', '96.67')
    assert (row([third, unsure]).state, row([unsure]).total, row([unsure]).so_far) == ('needs a person', None, 96)
    assert (row([unsure, fault]).state, row([fault]).total) == ('grader fault', None)
    assert (row(person=('no zip',)).state, row(person=('no zip',)).reasons) == ('needs a person', ['no zip'])
    left_out = rows.Row(submission(), 'x', COURSE)
    assert (left_out.state, left_out.total, left_out.verdicts) == ('left out', None, {})
    assert rows.total_possible(COURSE) == 100 and rows.label('q310', COURSE).startswith('Q3.10 CNN2')


# ---- pages

def test_text_is_escaped_wherever_it_stands():
    text = pages.tag('p', NASTY, title=NASTY)
    assert text.count('<') == 2 and '\u202e' not in text and '\x00' not in text
    assert pages.table([NASTY], [[NASTY]]).count('<script') == 0
    assert pages.tag('p', pages.tag('b', 'x')) == '<p><b>x</b></p>'


def test_no_text_of_a_student_becomes_html():
    details = (('tried', NASTY), (NASTY, NASTY))
    nasty = row([Verdict('q39', 0, NASTY, details, NASTY), Verdict('q33', None, NASTY, (), NASTY)], flags=[NASTY],
                student=NASTY, notes=(NASTY,))
    for page in (feedback.student_page(nasty), report.report([nasty], COURSE, NASTY, [(NASTY, [NASTY])], [NASTY]),
                 feedback.student_page(row(person=(NASTY,), student=NASTY))):
        assert '<script>alert("x")</script>' in safe(page).text  # as text


# ---- feedback

def test_a_students_page():
    details = (('tried', 'N = 1'), ('expected', 'shape (1, 2)'), ('got', 'shape (2,)'))
    text = safe(feedback.student_page(row([
        Verdict('linear_layer.backward', Fraction(2, 3), 'b has the wrong shape', details, 'b-shape')]))).text
    assert '96.67' in text and 'of 100.00' in text and 'in part' in text and '6.67' in text
    for said in ('tried', 'N = 1', 'expected', 'shape (1, 2)', 'got', 'shape (2,)', 'Q3.10', 'final validation 0.974'):
        assert said in text
    assert 'not final' not in text


def test_where_a_person_has_to_look_the_total_is_not_final():
    doubtful = row([Verdict('q33', None, 'copied?'), grader_fault('q34', 'KeyError: secret')])
    text = safe(feedback.student_page(doubtful)).text
    assert 'not final' in text and '92.00' in text and 'copied?' in text
    assert 'by a fault of the grader' in text and 'secret' not in text
    text = safe(feedback.student_page(row(person=('holds no zip', f'{AMBIGUOUS} roe (102)'), files={}))).text
    assert 'holds no zip' in text and 'not final' in text and 'roe' not in text


def test_the_reference_is_drawn_only_where_the_record_is_right():
    wrong = synthetic_class.changed_records(synthetic_class.perfect(COURSE), COURSE, *COURSE['results'])
    def drawn(*right, files=wrong):
        found = feedback.curves(row([Verdict(question, int(question in right), 'x') for question in COURSE['results']],
                                    files=files))
        return found.count('stroke-width: 6'), found.count('final validation')
    # the one in the legend, and two curves for each record that is right
    assert drawn() == (0, 7) and drawn('q33') == (3, 7) and drawn('q33', 'q310') == (5, 7)
    broken = {**wrong, COURSE['results']['q34']: b'{"train": [NaN]}', COURSE['results']['q35']: b'\xff'}
    del broken[COURSE['results']['q36']]
    assert drawn(files=broken) == (0, 4)
    assert feedback.curves(row(files={})) == ''
    for value in ('0', '1', '1e-320', '0.5'):
        flat = f'{{"train": [{", ".join([value] * 30)}], "val": [{", ".join([value] * 30)}]}}'.encode()
        assert drawn(files={COURSE['results']['q33']: flat}) == (0, 1)


def test_reference_numbers_are_not_given_away():
    """Of a record that is not right, no curve of the reference is in the page."""
    wrong = synthetic_class.changed_records(synthetic_class.perfect(COURSE), COURSE, 'q310')
    page = feedback.student_page(row([Verdict('q310', 0, 'differs')], files=wrong)).decode()
    reference = json.loads(synthetic_class.perfect(COURSE)[COURSE['results']['q310']])
    assert f'final validation {reference["val"][-1]:.3f}' not in page


def test_the_zip_holds_a_zip_for_each_file_that_was_downloaded():
    class_rows = [row(student=name, user_id=number) for number, name in
                  (('1', 'roe'), ('2', 'a\n$(x)'), ('3', 'müller'))]
    class_rows += [row(student='typed', user_id='9', person=(TYPED,), attachment_id=None)]
    content = feedback.feedback_zip(class_rows)
    assert content == feedback.feedback_zip(class_rows[::-1])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.namelist() == sorted(one.submission.member for one in class_rows[:3])
        for one in class_rows[:3]:
            with zipfile.ZipFile(io.BytesIO(archive.read(one.submission.member))) as inner:
                assert inner.namelist() == ['feedback.html']
                text = safe(inner.read('feedback.html')).text
                assert one.submission.member.replace('\n', '') in text.replace('\n', '')
                assert not any(other.submission.student in text for other in class_rows if other is not one)


# ---- the report

def test_the_report_shows_every_row():
    class_rows = [
        row(), row(student='roe', flags=['imports os']), row(student='poe', person=('no zip',)),
        row([Verdict('q33', None, 'copied?', kind='copied-results')], student='coe'),
        row([grader_fault('q34', 'KeyError')], student='foe'),
        row([Verdict('relu.forward', 0, 'leaky', kind='leaky'), Verdict('q33', 0, 'x', kind='leaky')], student='loe'),
        row([Verdict('relu.forward', 0, 'leaky', kind='leaky')], student='moe'),
        rows.Row(submission('left'), 'Name of left', COURSE)]
    arguments = class_rows, COURSE, 'namespaces: all of them', [('Missing', ['Nobody']), ('None', [])], ['a trap']
    page = report.report(*arguments)
    read = safe(page)
    assert page == report.report(*arguments)
    for one in class_rows:
        assert one.name in read.texts
    for said in ('no zip', 'copied?', 'imports os', 'Nobody', 'a trap', 'Needs a person (2)', 'Missing (1)',
                 'Faults of the grader, not of the student (1)', '94.00'):  # the median of 100, 100, 86, 88 -> 94
        assert any(said in text for text in read.texts), said
    assert "How students' code was confined: namespaces: all of them" in read.text
    mistakes = read.text[read.text.index('Commonest mistakes'):]
    assert mistakes.index('relu.forward') < mistakes.index('Q3.3 MLP')


def test_a_report_without_anybody_graded():
    assert 'none judged' in safe(report.report([row(person=('no zip',))], COURSE, 'limits')).text


# ---- in a browser

def in_browser(path, folder):
    """The page at this path as Chromium shows it, as text."""
    done = subprocess.run(
        [shutil.which('chromium') or shutil.which('google-chrome'), '--headless', '--no-sandbox', '--disable-gpu',
         '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
         f'--user-data-dir={folder / "profile"}', '--virtual-time-budget=2000', '--dump-dom', path.as_uri()],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=100,
        env={**os.environ, 'HOME': str(folder)})
    assert done.returncode == 0, done.stderr.decode()[-500:]
    return done.stdout.decode()


@pytest.mark.skipif(not (shutil.which('chromium') or shutil.which('google-chrome')), reason='needs Chromium')
def test_the_pages_open_in_a_browser(tmp_path):
    """Chromium shows all of the pages and runs no script in them."""
    nasty = '<script>document.title="RAN"</script><svg onload="document.title=\'RAN\'">'
    class_rows = [row([Verdict('q39', 0, nasty, (('got', nasty),), 'kind')], student=nasty)]
    for name, page, shown in (('feedback', feedback.student_page(class_rows[0]), 'final validation 0.974'),
                              ('report', report.report(class_rows, COURSE, 'limits'), 'mean, % of the points')):
        path = tmp_path / f'{name} page.html'
        path.write_bytes(page)
        dom = in_browser(path, tmp_path)
        assert shown in dom and '</main>' in dom
        assert '<title>RAN' not in dom and '<svg role="img"' in dom and '&lt;script&gt;' in dom


@pytest.mark.skipif(not (shutil.which('chromium') or shutil.which('google-chrome')), reason='needs Chromium')
def test_long_words_do_not_make_a_page_scroll_sideways(tmp_path):
    word = 'w' * 3000
    long = row([Verdict('q39', 0, word, ((word, word),), word), Verdict('q33', None, word)], flags=[word],
               student=word, notes=(word,), person=(word,))
    for name, page in (('feedback', feedback.student_page(long)),
                       ('report', report.report([long], COURSE, word, [(word, [word])], [word]))):
        path = tmp_path / f'{name}.html'
        measure = "<script>let e = document.documentElement; document.title = e.scrollWidth - e.clientWidth</script>"
        path.write_text(page.decode().replace(pages.POLICY, '') + measure)  # the policy would stop the measuring
        assert '<title>0</title>' in in_browser(path, tmp_path), name
