"""What students are shown: a page for each, and feedback.zip, by which Canvas attaches it to what was handed in."""
from functools import lru_cache
from pathlib import Path

import plot_curves
from common import zipped
from instructor.intake.downloads import AMBIGUOUS, is_zip
from instructor.judges import verdict
from instructor.results import gradesheet, markup, plain_feedback
from instructor.results.markup import tag
from records import read_reference

PAGE = 'feedback.html'
NOT_FINAL = 'not final: a person looks at what is marked open'
MARKS = {0: ('wrong', 'not right'), 1: ('right', 'right')}
BELOW = 'The axes are the same for everybody. A run that falls below them is marked at the lower edge.'
NOT_WRITTEN = 'not-written'  # kind of the verdict on a function that is still blank
_LINE = 120                  # characters of a detail that is not shown as a block


def mark(found):
    """The coloured word for a Verdict."""
    class_, word = ('open', 'open') if found.needs_person else MARKS.get(found.share, ('part', 'in part'))
    return tag('span', word, class_=f'mark {class_}')


def student_page(row):
    """The page for the student of a Row, as bytes. Holds nothing of other students."""
    course = row.course
    parts = [tag('header', tag('div', tag('h1', f'{course.assignment_title}: feedback'),
                               tag('p', f'{course.title}, {course.term}', class_='quiet'),
                               tag('p', row.name),
                               tag('p', markup.breakable(row.submission.member), class_='quiet small')), _total(row))]
    looked_at = for_a_person(row)
    if looked_at:
        parts += [tag('h2', 'A person looks at this submission'), markup.listed(looked_at)]
    right = [found for found in row.verdicts.values() if found.share == 1]
    groups = alike(row)
    if groups:
        parts += [tag('h2', _heading(groups)), *(_item(group, course) for group in groups)]
    if right:
        parts += [tag('h2', 'Right' if groups else 'All is right'), markup.table(
            ['', 'part', 'points'],
            [[mark(found), markup.breakable(course.assignment.items[found.item].label), _points([found], course)]
             for found in right], ['whole', 'name', 'number'])]
    drawn = curves(row)
    if drawn:
        parts += [tag('h2', 'Your learning curves'), drawn, tag('p', BELOW, class_='quiet small')]
    if row.submission.notes:
        parts += [tag('h2', 'What arrived'), markup.listed(map(markup.breakable, row.submission.notes))]
    return markup.page(f'{course.assignment_title}: feedback', *parts)


def for_a_person(row):
    """The reasons why a person looks at all of the submission, without those that name other students."""
    return [line for line in dict.fromkeys([*row.submission.person, *row.review]) if not line.startswith(AMBIGUOUS)]


def alike(row):
    """The Verdicts that are not right, as a list of lists: in one are those of one cause, such as a missing file."""
    groups: dict[tuple, list] = {}
    for found in row.verdicts.values():
        if found.share != 1:
            groups.setdefault((found.share, found.kind, found.reason, found.details), []).append(found)
    return list(groups.values())


def _heading(groups):
    is_open = {group[0].needs_person for group in groups}
    return 'Not right, or open' if len(is_open) == 2 else 'Open' if is_open == {True} else 'Not right'


def reason(found):
    """The reason of a Verdict as its student is told it."""
    return 'not judged yet, by a fault of the grader' if found.kind == verdict.GRADER_FAULT else found.reason


def details(found, course):
    """The (label, text) pairs of a Verdict that say more than its reason and the table of its parts."""
    if found.kind in (verdict.GRADER_FAULT, NOT_WRITTEN):
        return []
    shown = {part for part, *_ in gradesheet.parts(found, course)}
    return [(label, text) for label, text in found.details if label not in shown and text not in found.reason]


def _total(row):
    possible = verdict.as_text(row.course.total)
    number = row.total or (verdict.as_text(row.so_far) if row.verdicts else 'open')
    return tag('div', number, tag('small', f' of {possible}'),
               '' if row.total else tag('div', tag('small', NOT_FINAL)), class_='total')


def _labels(group, course):
    return course.assignment.items[group[0].item].label if len(group) == 1 else ', '.join(
        course.assignment.items[found.item].title for found in group)


def _parts(found, course):
    """As gradesheet.parts, but nothing where all parts are wrong alike, as the reason says."""
    weighed = gradesheet.parts(found, course)
    alike = len({told for *_, told in weighed}) == 1
    return [] if alike or found.kind in (verdict.GRADER_FAULT, NOT_WRITTEN) else weighed


def _points(group, course):
    """The points of all Verdicts of a group: '17.00 of 22'."""
    possible = sum(course.points[found.item] for found in group)
    got = '?' if group[0].needs_person else verdict.as_text(sum(verdict.points(found, course) for found in group))
    return f'{got} of {verdict.as_short_text(possible)}'


def _item(group, course):
    """What is said about the Verdicts of one cause."""
    found = group[0]
    labels = _labels(group, course)
    parts = [tag('h3', mark(found), tag('span', markup.breakable(labels)),
                 tag('span', _points(group, course), class_='points')),
             tag('p', markup.breakable(reason(found)))]
    text = gradesheet.sum_text(found, course) if len(group) == 1 else ''
    if text:
        parts.append(tag('p', f'{gradesheet.points_text(found, course)} = {text}', class_='sum'))
    weighed = _parts(found, course)
    if weighed:
        parts.append(markup.table(['part', 'points', 'of', ''], [
            [part, '?' if found.needs_person and told != verdict.RIGHT else verdict.as_short_text(points),
             verdict.as_short_text(possible), told] for part, points, possible, told in weighed],
            ['whole', 'number', 'number']))
    pairs = [tag('div', tag('dt', label), tag('dd', text if len(text) <= _LINE and '\n' not in text else
                                              tag('pre', text))) for label, text in details(found, course)]
    return tag('section', *parts, *([tag('dl', *pairs)] if pairs else []), class_='item')


def curves(row):
    """The picture of the learning curves that can be read; the reference behind those that were judged right."""
    records, right = [], []
    read = (row.judged or {}).get('records', {})
    for question, name in row.course.assignment.results.items():
        if name not in read:
            continue
        record = read[name]
        records.append((name, tuple(record['train']), tuple(record['val'])))
        if question in row.verdicts and row.verdicts[question].share == 1:
            right.append(name)
    try:
        return _drawn(tuple(records), tuple(right), row.course.assignment.references) if records else ''
    except Exception as error:  # a picture that fails must not cost the class its feedback
        return tag('p', f'cannot be drawn ({type(error).__name__}), by a fault of the grader')


@lru_cache(maxsize=64)
def _drawn(records, right, folder):
    references = {name: (record['train'], record['val']) for name, record in read_reference(folder).items()}
    svg = plot_curves.picture({Path(name): (train, val) for name, train, val in records},
                              {name: references[name] for name in right}, file_format='svg',
                              axis_of=[curve for record in references.values() for curve in record])
    return markup.picture(svg, 'accuracy on the training and the validation set after each epoch, a panel a run')


# ---- feedback.zip ----------------------------------------------------------------------------------------------------

def is_sendable(row):
    """Whether Canvas can attach feedback to what was handed in so that it can be opened.

    Canvas calls a feedback file exactly as the student's own, so it has to be what that name says.
    """
    file = row.submission.member
    return row.submission.attachable and (is_zip(file) or plain_feedback.fits(file))


def feedback_zip(pairs, with_open=False):
    """The whole of feedback.zip, as bytes, for the submissions that Canvas can attach a file to.

    pairs: the Rows, each with the student_page of it; with_open: whether those are in it whose grade is still open.
    Under the name of a zip is a zip with the page, under that of a loose file the same as that kind of file.
    """
    files = []
    for row, page in sorted(pairs, key=lambda pair: pair[0].submission.member):
        name = row.submission.member
        if is_sendable(row) and (with_open or row.state == gradesheet.GRADED):
            files.append((name, zipped([(PAGE, page)]) if is_zip(name) else
                          plain_feedback.as_file(name, page, lambda row=row: plain_text(row))))
    return zipped(files)


def plain_text(row):
    """The page for the student of a Row as plain text, without the learning curves."""
    course, possible = row.course, verdict.as_text(row.course.total)
    total = f'{row.total or verdict.as_text(row.so_far)} of {possible}' if row.verdicts else f'open, of {possible}'
    lines = [f'{course.assignment_title}: feedback', f'{course.title}, {course.term}', row.name,
             row.submission.member, '', f'Points: {total}', *([] if row.total else [NOT_FINAL])]
    for heading, listed in (('A person looks at this submission', for_a_person(row)),
                            (_heading(alike(row)), alike(row)),
                            ('Right', [found for found in row.verdicts.values() if found.share == 1]),
                            ('What arrived', row.submission.notes)):
        lines += ['', heading, '-' * len(heading)] if listed else []
        for one in listed:
            if isinstance(one, list):
                lines += _plain_item(one, course)
            elif isinstance(one, verdict.Verdict):
                lines.append(f'{course.assignment.items[one.item].label}: {_points([one], course)}')
            else:
                lines.append(one)
    return '\n'.join(lines) + '\n'


def _plain_item(group, course):
    found = group[0]
    lines = [f'{_labels(group, course)}: {_points(group, course)}', reason(found)]
    text = gradesheet.sum_text(found, course) if len(group) == 1 else ''
    lines += [f'{gradesheet.points_text(found, course)} = {text}'] if text else []
    lines += [f'{part}: {told}' for part, _, _, told in _parts(found, course)]
    return [*lines, *(f'{label}: {text}' for label, text in details(found, course)), '']
