"""feedback.zip for Canvas: for each submission a zip called as it was downloaded, with a page for the student."""
import io
import zipfile
from functools import lru_cache
from pathlib import Path

import plot_curves
from instructor import pages, rows, verdict
from instructor.compare import REFERENCE
from instructor.intake import AMBIGUOUS
from instructor.pages import tag

PAGE = 'feedback.html'
NOT_FINAL = 'not final: a person looks at what is marked open'
MARKS = {0: ('wrong', 'not right'), 1: ('right', 'right')}


def mark(found):
    """The coloured word for a Verdict."""
    class_, word = ('open', 'open') if found.needs_person else MARKS.get(found.share, ('part', 'in part'))
    return tag('span', word, class_=f'mark {class_}')


def student_page(row):
    """The page for the student of a Row, as bytes. Holds nothing of other students."""
    course = row.course
    parts = [tag('header', tag('div', tag('h1', f'{course["assignment"]}: feedback'),
                               tag('p', f'{course["title"]}, {course["term"]}', class_='quiet'),
                               tag('p', row.submission.student),
                               tag('p', row.submission.member, class_='quiet small')), _total(row))]
    if row.submission.person or row.review:
        parts += [tag('h2', 'A person looks at this submission'), pages.listed(
            line for line in [*row.submission.person, *row.review]
            if not line.startswith(AMBIGUOUS))]  # those name other students
    if row.verdicts:
        parts += [tag('h2', 'Points'), pages.table(
            ['', 'part', 'points', 'of', 'why'],
            [[mark(found), rows.label(item, course), rows.points_text(found, course), rows.possible_text(item, course),
              _reason(found)] for item, found in row.verdicts.items()], [None, 'name', 'number', 'number'])]
    detailed = [found for found in row.verdicts.values() if found.details and found.kind != verdict.GRADER_FAULT]
    if detailed:
        parts += [tag('h2', 'Details'), *(_details(found, course) for found in detailed)]
    drawn = curves(row)
    if drawn:
        parts += [tag('h2', 'Your learning curves'), drawn]
    if row.submission.notes:
        parts += [tag('h2', 'What arrived'), pages.listed(row.submission.notes)]
    return pages.page(f'{course["assignment"]}: feedback', *parts)


def _total(row):
    possible = verdict.as_text(rows.total_possible(row.course))
    number = row.total or (verdict.as_text(row.so_far) if row.verdicts else 'open')
    return tag('div', number, tag('small', f' of {possible}'),
               '' if row.total else tag('div', tag('small', NOT_FINAL)), class_='total')


def _reason(found):
    return 'not judged yet, by a fault of the grader' if found.kind == verdict.GRADER_FAULT else found.reason


def _details(found, course):
    pairs = [tag('div', tag('dt', name), tag('dd', tag('pre', text))) for name, text in found.details]
    return tag('section', tag('h3', f'{rows.label(found.item, course)} ', mark(found)), tag('p', found.reason),
               tag('dl', *pairs), class_='item')


def curves(row):
    """The picture of the learning curves that can be read; the reference behind those that were judged right."""
    records, right = [], []
    read = (row.judged or {}).get('records', {})
    for question, name in row.course['results'].items():
        if name not in read:
            continue
        record = read[name]
        records.append((name, tuple(record['train']), tuple(record['val'])))
        if question in row.verdicts and row.verdicts[question].share == 1:
            right.append(name)
    try:
        return _drawn(tuple(records), tuple(right)) if records else ''
    except Exception as error:  # a picture that fails must not cost the class its feedback
        return tag('p', f'cannot be drawn ({type(error).__name__}), by a fault of the grader')


@lru_cache(maxsize=64)
def _drawn(records, right):
    references = {name: plot_curves.read_record(REFERENCE / name) for name in right}
    svg = plot_curves.picture({Path(name): (train, val) for name, train, val in records}, references, file_format='svg')
    return pages.picture(svg, 'accuracy on the training and the validation set after each epoch, a panel a run')


def zipped(files):
    """A zip of (name, content) pairs, as bytes; the same pairs give the same bytes."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, 'w') as archive:
        for name, data in files:
            info = zipfile.ZipInfo('x')  # dated 1980
            info.filename = name         # as it is: ZipInfo would cut it at a NUL
            info.create_system, info.external_attr, info.compress_type = 3, 0o100644 << 16, zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return content.getvalue()


def feedback_zip(class_rows):
    """The whole of feedback.zip, as bytes, for the Rows of all submissions that Canvas can attach a file to."""
    return zipped([(row.submission.member, zipped([(PAGE, student_page(row))])) for row in
                   sorted(class_rows, key=lambda row: row.submission.member) if row.submission.attachable])
