"""The handout, and what comes back: packing it, reading it in, and the report that a person reads."""

import io
import json
import sys
import zipfile
from types import SimpleNamespace

import pytest
import rice_copy

if sys.platform != 'linux':
    pytest.skip('grading needs Linux', allow_module_level=True)
pytest.importorskip('matplotlib')

from rice_judging import BLANK, COURSE, MASTER

from instructor.assignment import load_assignment
from instructor.descriptions import DescriptionError
from instructor.intake import unpacking
from instructor.intake.downloads import Submission
from instructor.judges import flags, judging
from instructor.judges.context import Context
from instructor.judges.reading import Reading
from instructor.judges.verdict import Verdict
from instructor.publishing import build
from instructor.results import feedback, gradesheet
from make_submission import main as make_submission
from submission import check_document
from tests.helpers import courses, runners
from tests.helpers.gradesheet_rows import safe

PNG = b'\x89PNG\r\n\x1a\n'
PDF = b'%PDF-1.7\n1 0 obj\n<< /Type /Page >>\nendobj\n' + 500_000 * b'\xff\0' + b'\nstartxref\n9\n%%EOF\n'


@pytest.fixture(scope='module')
def handout(tmp_path_factory):
    pytest.importorskip('pypandoc')
    folder = tmp_path_factory.mktemp('a handout')
    for name, content in build.build(COURSE).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def test_the_handout_is_whole_and_blank(handout):
    assert {name: (handout / name).read_text(encoding='utf-8') for name in BLANK} == BLANK
    assert not (handout / 'teacher').exists() and (handout / 'requirements-dcn.txt').is_file()
    text = (handout / 'ASSIGNMENT.md').read_text(encoding='utf-8')
    assert '{{' not in text and 'python3 make_submission.py netid' in text


def test_packing_wants_the_report_and_the_figures(handout, capsys):
    for name, text in MASTER.items():
        (handout / name).write_text(text, encoding='utf-8')
    command = ['jd42', '--folder', str(handout), '--course', str(handout / 'course.json')]
    assert make_submission(command) == 1
    said = capsys.readouterr().err
    assert 'report.pdf: missing, save your report as a PDF' in said
    assert 'report_figures/depths.png: missing, run make_figures.py' in said
    (handout / 'report_figures').mkdir()
    for name in COURSE.assignment.documents:
        (handout / name).write_bytes(PDF if name.endswith('.pdf') else PNG + 300_000 * b'\xff\0')
    (handout / 'report.pdf').write_text('words', encoding='utf-8')
    assert make_submission(command) == 1
    assert 'report.pdf: is not a PDF file' in capsys.readouterr().err
    (handout / 'report.pdf').write_bytes(PDF)
    assert make_submission(command) == 0, capsys.readouterr().err
    with zipfile.ZipFile(handout / 'jd42-assignment1.zip') as archive:
        assert {*archive.namelist()} == {*MASTER, *COURSE.assignment.documents}

    part = unpacking.Part('jd42-assignment1.zip', 'jd42-assignment1.zip', '1',
                          lambda: open(handout / 'jd42-assignment1.zip', 'rb'))
    _, files, notes, reasons, _ = unpacking.unpack([part], COURSE)
    assert (notes, reasons) == ([], []) and {*files} == {*MASTER, *COURSE.assignment.documents}
    assert files['report.pdf'] == PDF


def test_the_grader_takes_a_report_beside_the_zip_and_says_what_is_missing():
    content = io.BytesIO()
    with zipfile.ZipFile(content, 'w') as archive:
        for name, text in MASTER.items():
            archive.writestr(f'jd42/{name}', text)
    parts = [unpacking.Part(name, name, number, lambda content=content: io.BytesIO(content))
             for number, name, content in (('1', 'jd42-assignment1.zip', content.getvalue()),
                                           ('2', 'jd42_report.pdf', PDF))]
    _, files, _, reasons, _ = unpacking.unpack(parts, COURSE)
    assert reasons == [] and {*files} == {*MASTER, 'report.pdf'}
    [flag] = flags.flags(runners.Submission(files), Reading(), COURSE)
    assert flag.startswith('report_figures/dataset.png, ') and flag.endswith(' are missing')


# ---- the report ------------------------------------------------------------------------------------------------------

def pdf(middle, end='%%EOF\n', size=5000):
    return f'%PDF-1.5\n{middle}\n{"x" * size}\nstartxref\n9\n{end}'.encode('latin-1')


PDFS = {  # as the programs write them -> a word of what is wrong
    'LaTeX, Word with options': (pdf('<<\n/Type /ObjStm\n/N 100\n/First 808\n'), ''),
    'Word': (pdf('<</Type/Page/Parent 2 0 R', '%%EOF'), ''), 'Chrome, Google Docs': (pdf('<</Type /Page\n/Res'), ''),
    'macOS': (pdf('<< /Type /Page /Parent 3 0 R'), ''), 'Windows': (pdf('/Type/Page\r\n', '%%EOF\r\n'), ''),
    'with zeros at its end': (pdf('/Type/Page>>', '%%EOF' + 512 * '\0'), ''),
    'a header': (b'%PDF-1.7\n', 'cut off'), 'a header and an end': (b'%PDF-1.4\n%%EOF\n', 'without a page'),
    'no page': (pdf('<< /Type /Pages /Kids [] /Count 0 >> << /Type /Catalog >>'), 'without a page'),
    'half of it': (pdf('/Type /Page')[:4000], 'cut off'), 'an end in the middle': (pdf('/Page %%EOF', ''), 'cut off'),
    'an empty page': (pdf('/Type /Page', size=100), 'an empty one'), 'nothing': (b'', 'is empty'),
    'a web page': (b'<html>%PDF-' + pdf('/Type /Page'), 'not a PDF file')}


@pytest.mark.parametrize('name', PDFS)
def test_a_pdf_is_taken_if_it_can_be_a_report(name):
    content, said = PDFS[name]
    found = check_document('report.pdf', content)
    assert [one.kind for one in found] == ['document'] * bool(said)
    assert all(said in one.text and '\n' not in one.text for one in found)


def test_a_real_pdf_is_taken():
    from matplotlib.figure import Figure
    content = io.BytesIO()
    figure = Figure()
    figure.subplots().plot([1, 2])
    figure.savefig(content, format='pdf')
    assert check_document('report.pdf', content.getvalue()) == []


BY_HAND = {'report_1a': '? of 1', 'report_1b': '? of 3', 'report_1d': '? of 4', 'report_1e': '? of 6',
           'report_1f': '? of 6', 'training': '? of 10', 'watching': '? of 10', 'variations': '? of 10'}


@pytest.mark.parametrize('report, why', [
    (None, '; report.pdf is missing'), (PDF, ''),
    (b'words', '; report.pdf is not a PDF file, whatever its name says: save it as one'),
    (PDF[:-9], '; report.pdf is a PDF file that is cut off before its end: save or copy it again')])
def test_a_report_that_is_missing_is_missed_where_it_would_be_read(report, why):
    files = {} if report is None else {'report.pdf': report}
    given = Submission('jd42_101_9001_a.zip', '101', '9001', 'jd42', False, files, (), (), 'd')
    right = SimpleNamespace(judge=lambda question, *_: [Verdict(item.name, 1, 'right') for item in question.items])
    judged = judging.judge_questions(given, Context(COURSE, None, Reading()), {**judging.JUDGES, 'functions': right})
    row = gradesheet.Row(given, 'Doe, Jane', COURSE, {**judged, 'records': {}})

    assert {item for item, found in row.verdicts.items() if found.share is None} == {*BY_HAND}
    titles = [COURSE.assignment.items[item].title for item in BY_HAND]
    assert titles[0] == '1 (a) dataset' and row.reasons == [f'{", ".join(titles)}: graded by hand{why}']
    page, text = safe(feedback.student_page(row)).text, feedback.plain_text(row)
    for item, points in BY_HAND.items():
        label = COURSE.assignment.items[item].label
        assert f'{label}: {points} (graded by hand{why})\n' in text
        cells = [line for line in page[page.index(label):].split('\n') if line]
        assert cells[:3] == [label, points, f'graded by hand{why}']
    assert '? of 50' not in page and text.count('Graded by hand\n') == 1


def test_a_question_can_only_need_documents_that_are_wanted(tmp_path):
    values = json.loads((rice_copy.FOLDER / 'assignment.json').read_text(encoding='utf-8'))
    [one] = [question for question in values['questions'] if question['name'] == 'report_2']
    one['documents'] = ['essay.pdf']
    path = courses.write(tmp_path / 'assignment.json', values)
    with pytest.raises(DescriptionError, match='documents.* must not hold "essay.pdf"'):
        load_assignment(path)


@pytest.mark.parametrize('documents, said', [
    ({'report.pdf': ''}, 'documents'), ({'../report.pdf': 'write it'}, 'documents'), (['report.pdf'], 'documents'),
    ({'figures/a.png': 'draw it', 'a.png': 'draw it'}, 'the name of another file'),
    ({'plots.py': 'write it'}, 'it is handed out')])
def test_documents_that_cannot_be_wanted_are_said_in_one_line(tmp_path, documents, said):
    values = json.loads((rice_copy.FOLDER / 'assignment.json').read_text(encoding='utf-8'))
    path = courses.write(tmp_path / 'assignment.json', {**values, 'documents': documents})
    with pytest.raises(DescriptionError) as failure:
        load_assignment(path)
    assert said in str(failure.value) and 'documents' in str(failure.value) and '\n' not in str(failure.value)
