"""rows.py, markup.py, report.py, mistakes.py: what a class comes to, and what the teacher is shown of it."""
import re
import urllib.parse
from fractions import Fraction

import pytest

pytest.importorskip('matplotlib')

from instructor.judges.verdict import Verdict, grader_fault
from instructor.results import feedback, gradesheet, markup, mistakes, report
from tests.helpers.class_rows import COURSE, ITEMS, NASTY, in_browser, needs_chromium, row, safe, submission

# ---- rows

def test_states_and_totals():
    third = Verdict('linear_layer.backward', Fraction(2, 3), 'b')
    unsure, fault = Verdict('q33', None, 'copied?'), grader_fault('q34', 'KeyError')
    assert (row().state, row().total) == ('graded', '100.00')
    assert (row([third]).state, row([third]).total) == ('graded', '96.67')
    assert (row([third, unsure]).state, row([unsure]).total, row([unsure]).so_far) == ('needs a person', None, 96)
    assert (row([unsure, fault]).state, row([fault]).total) == ('grader fault', None)
    assert (row(person=('no zip',)).state, row(person=('no zip',)).reasons) == ('needs a person', ['no zip'])
    left_out = gradesheet.Row(submission(), 'x', COURSE)
    assert (left_out.state, left_out.total, left_out.verdicts) == ('left out', None, {})
    assert COURSE.total == 100 and COURSE.assignment.items['q310'].label.startswith('Q3.10 CNN2')


# ---- pages

def test_text_is_escaped_wherever_it_stands():
    text = markup.tag('p', NASTY, title=NASTY)
    assert text.count('<') == 2 and '\u202e' not in text and '\x00' not in text
    assert markup.table([NASTY], [[NASTY]]).count('<script') == 0
    assert markup.tag('p', markup.tag('b', 'x')) == '<p><b>x</b></p>'


def test_no_text_of_a_student_becomes_html():
    details = (('tried', NASTY), (NASTY, NASTY))
    nasty = row([Verdict('q39', 0, NASTY, details, NASTY), Verdict('q33', None, NASTY, (), NASTY)], flags=[NASTY],
                student=NASTY, notes=(NASTY,))
    for page in (feedback.student_page(nasty), feedback.student_page(row(person=(NASTY,), student=NASTY))):
        assert '<script>alert("x")</script>' in safe(page).text  # as text
    page = report.report([nasty], COURSE, NASTY, [(NASTY, [NASTY])], [NASTY])
    assert '<script>alert("x")</script>' in safe(page, own_scripts=1).text


# ---- the report

def test_the_report_shows_every_row():
    class_rows = [
        row(), row(student='roe', flags=['imports os']), row(student='poe', person=('no zip',)),
        row([Verdict('q33', None, 'copied?', kind='copied-results')], student='coe'),
        row([grader_fault('q34', 'KeyError')], student='foe'),
        row([Verdict('relu.forward', 0, 'leaky', kind='leaky'), Verdict('q33', 0, 'x', kind='leaky')], student='loe'),
        row([Verdict('relu.forward', 0, 'leaky', kind='leaky')], student='moe'),
        gradesheet.Row(submission('left'), 'Name of left', COURSE)]
    arguments = class_rows, COURSE, 'namespaces: all of them', [('Missing', ['Nobody']), ('None', [])], ['a trap']
    page = report.report(*arguments)
    read = safe(page, own_scripts=1)
    assert page == report.report(*arguments)
    for one in class_rows:
        assert one.name in read.texts
    for said in ('no zip', 'copied?', 'imports os', 'Nobody', 'a trap', 'Needs a person (2)', 'Missing (1)',
                 'Faults of the grader, not of the student (1)', '94.00'):  # the median of 100, 100, 86, 88 -> 94
        assert any(said in text for text in read.texts), said
    assert "How students' code was confined: namespaces: all of them" in read.text
    mistakes = read.text[read.text.index('Commonest mistakes'):]
    assert mistakes.index('relu.forward') < mistakes.index('Q3.3 MLP')


def text_of(*class_rows):
    return safe(report.report(class_rows, COURSE, 'limits'), own_scripts=1).text


def section(text, heading):
    """The lines below a heading of the report, up to the next one."""
    lines = [line for line in text[text.index(heading):].split('\n') if line]
    headings = ('Needs a person', 'Faults', 'The points', 'Commonest', 'Flags', 'Notes', 'All submissions')
    ends = [number for number, line in enumerate(lines) if number and line.startswith(headings)]
    return lines[:ends[0] if ends else None]


def test_a_cause_is_one_row_in_words():
    missing = [Verdict(item, 0, 'dnn_misc.py cannot be imported', kind='import') for item in ITEMS if '.' in item]
    fails = [Verdict(item, 0, f'epoch {number} differs', kind='not-reproduced')
             for number, item in enumerate(COURSE.assignment.results)]
    class_rows = [row(missing), row(fails, student='roe', user_id='2'), row(fails[:1], student='poe', user_id='3'),
                  row([Verdict('linear_layer.backward', Fraction(2, 3), 'mean W', kind='W-mean-twice')],
                      student='moe', user_id='4'),
                  row([Verdict('linear_layer.backward', Fraction(2, 3), 'mean b', kind='b-mean-twice')],
                      student='loe', user_id='5')]
    lines = section(text_of(*class_rows), 'Commonest mistakes')
    assert lines[:5] == ['Commonest mistakes', 'students', 'mistake', 'in', 'for example']
    assert lines[5:] == [
        '2', 'the mean over the mini-batch is taken twice', 'linear_layer.backward', 'mean W',
        '2', 'the code gives another result than the file',
        'Q3.3, Q3.4 (1), Q3.5 (1), Q3.6 (1), Q3.7 (1), Q3.8 (1), Q3.10 (1)', 'epoch 0 differs',
        '1', 'dnn_misc.py cannot be imported',
        'linear_layer.forward, linear_layer.backward, relu.forward, relu.backward, dropout.backward',
        'dnn_misc.py cannot be imported']


def test_kinds_stay_internal():
    assert mistakes.words('b-missing') == 'b is not added' and mistakes.cause('b-missing') == 'b-missing'
    assert mistakes.cause('W-transposed') == mistakes.cause('b-transposed') == 'transposed'
    assert mistakes.words('a-kind-of-its-own') == 'a kind of its own'


def test_each_reason_is_told_once_a_student():
    differs = [Verdict(item, None, f'differs at epoch {number}', kind='differs-from-reference')
               for number, item in enumerate(['q33', 'q34', 'q38'], start=1)]
    assert row(differs).reasons == ['Q3.3, Q3.4, Q3.8: Q3.3 differs at epoch 1; the others are alike']
    same = [Verdict(item, None, 'copied?', kind='copied-results') for item in ('q33', 'q310')]
    assert row([*same, Verdict('q39', None, 'see')]).reasons == ['Q3.3, Q3.10: copied?', 'Q3.9: see']
    assert row(person=('odd', 'odd')).reasons == ['odd']
    crashed = row([Verdict('q39', None, 'dnn_cnn_2.py cannot be parsed', kind='unreadable')])
    crashed.judged['review'] = ['dnn_cnn_2.py: crashes Python when it is parsed']
    assert crashed.reasons == crashed.judged['review']
    everything = [Verdict(item, None, 'the grader ended', kind='interrupted') for item in ITEMS]
    assert row(everything).reasons == ['the grader ended']


def test_how_many_are_open_stands_beside_the_mean():
    unsure = Verdict('q33', None, 'copied?')
    text = text_of(row(), row([Verdict('q39', 0, 'x')], user_id='2'), row([unsure], user_id='3'),
                   row(person=('x',), user_id='4'))
    lines = section(text, '4\n')
    place = lines.index('89.00')
    assert lines[place:place + 3] == ['89.00', 'mean of 100.00', '2 still open']
    assert 'still open' not in text_of(row())


def test_one_is_no_plural():
    assert section(text_of(row()), '1\n')[:4] == ['1', 'submission', '1', 'graded']
    assert section(text_of(row(), row(user_id='2')), '2\n')[:4] == ['2', 'submissions', '2', 'graded']


def test_notes_of_packing_and_intake_are_shown():
    noted = row(student='roe', notes=('dnn_misc (1).py: taken for dnn_misc.py', 'came later'))
    lines = section(text_of(row(), noted), 'Notes on what arrived (1)')
    assert lines[4:] == ['Name of roe', '101', 'dnn_misc (1).py: taken for dnn_misc.py', 'came later']


def test_from_each_row_a_link_leads_to_the_students_page():
    names = ['doe', 'Müller', '../../x', 'a b"<', NASTY, 'w' * 500, '李' * 100, '\udc80']
    class_rows = [row(student=name, user_id=str(number)) for number, name in enumerate(names)]
    class_rows += [row(student='doe', user_id=None, member=member, person=('x',)) for member in ('a.zip', 'b.zip')]
    page_names = [one.page_name for one in class_rows]
    assert len({name.casefold() for name in page_names}) == len(class_rows)
    for name in page_names:
        assert re.fullmatch(r'[\w-]*_[0-9a-f]+\.html', name) and len(name.encode()) < 200
    page = report.report(class_rows, COURSE, 'limits').decode()
    targets = re.findall('<a href="feedback/([^"]+)">', page)
    assert {urllib.parse.unquote(target) for target in targets} == {*page_names}


def test_a_report_without_anybody_graded():
    assert 'none judged' in safe(report.report([row(person=('no zip',))], COURSE, 'limits'), own_scripts=1).text


# ---- in a browser

def without_policy(page):
    """The text of a page in which further scripts can run, to measure it."""
    return re.sub('<meta http-equiv[^>]*>', '', page.decode())


@needs_chromium
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


@needs_chromium
def test_tables_of_students_can_be_sorted_and_filtered(tmp_path):
    class_rows = [row([Verdict('q39', Fraction(share, 22), 'x')], student=name, user_id=str(number))
                  for number, (name, share) in enumerate({'ann': 2, 'bob': 17, 'cid': 0, 'dee': 12}.items(), start=8)]
    class_rows.append(row([Verdict('q39', None, 'look')], student='eve', user_id='99'))
    path = tmp_path / 'report.html'
    page = report.report(class_rows, COURSE, 'limits')
    path.write_bytes(page)
    assert 'class="filter"' in in_browser(path, tmp_path)  # the page's own policy lets its own script run

    def order(actions):
        """The students in the last table, as they are shown after these lines of JavaScript."""
        script = f"""<script>
            const last = tables[tables.length - 1];
            const click = name => [...last.tHead.rows[0].cells].find(cell => cell.innerText.trim() === name).click();
            const change = (field, value) => {{ field.value = value; field.dispatchEvent(new Event('input')); }};
            {actions}
            document.title = [...last.tBodies[0].rows].filter(row => row.offsetParent)
                .map(row => row.cells[0].innerText.split(' ').pop()).join(' ');</script>"""
        path.write_text(without_policy(page) + script)
        return re.search('<title>(.*?)</title>', in_browser(path, tmp_path))[1]
    assert order('') == 'ann bob cid dee eve'
    assert order("click('points')") == 'cid ann dee bob eve'
    assert order("click('points'); click('points')") == 'bob dee ann cid eve'
    assert order("click('user id'); click('user id')") == 'eve dee cid bob ann'
    assert order("change(words, 'b name')") == 'bob' and order("change(words, 'NAME e')") == 'ann bob cid dee eve'
    assert order("change(states, 'needs a person')") == 'eve'
    assert order("change(states, 'graded'); change(words, 'dee')") == 'dee'


@needs_chromium
def test_long_words_do_not_make_a_page_scroll_sideways(tmp_path):
    word = 'w' * 3000
    long = row([Verdict('q39', 0, word, ((word, word),), word), Verdict('q33', None, word)], flags=[word],
               student=word, notes=(word,), person=(word,))
    for name, page in (('feedback', feedback.student_page(long)),
                       ('report', report.report([long], COURSE, word, [(word, [word])], [word]))):
        path = tmp_path / f'{name}.html'
        measure = "<script>let e = document.documentElement; document.title = e.scrollWidth - e.clientWidth</script>"
        path.write_text(without_policy(page) + measure)
        assert '<title>0</title>' in in_browser(path, tmp_path), name
