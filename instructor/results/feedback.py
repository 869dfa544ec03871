"""What students see: a page for each, and feedback.zip, with which Canvas attaches the pages to the submissions."""
from common import zipped
from instructor.intake.unpacking import is_zip
from instructor.judges import manual, verdict
from instructor.results import gradesheet, markup, plain_feedback
from instructor.results.curves import curves
from instructor.results.decided import Decided, decisions, lateness
from instructor.results.markup import tag

PAGE = 'feedback.html'
NOT_FINAL = 'not final: your instructor will review what is marked open'
REVIEW = 'Your instructor will review this submission'
DECIDED = 'Decided by your instructor'
OVERRULED = 'This replaces the automatic result, '
LATE = 'It was handed in late; what that costs is not decided yet.'
MARKS = {0: ('wrong', 'not right'), 1: ('right', 'right')}
BELOW = 'The axes are the same for everybody. Accuracies below them are marked at the lower edge.'
BY_HAND = 'Graded by hand'
NOT_WRITTEN = 'not-written'  # the kind of the verdict on a function that is still blank
_LINE = 120                  # characters of a detail; a longer one is shown as a block


def mark(share):
    """The coloured word for a share of the points; None if it is open."""
    class_, word = ('open', 'open') if share is None else MARKS.get(share, ('part', 'in part'))
    return tag('span', word, class_=f'mark {class_}')


def student_page(row):
    """The page for the student of a Row, as bytes. It holds nothing about other students."""
    course = row.course
    parts = [tag('header', tag('div', tag('h1', f'{course.assignment_title}: feedback'),
                               tag('p', f'{course.title}, {course.term}', class_='quiet'),
                               tag('p', row.name),
                               tag('p', markup.breakable(row.submission.member), class_='quiet small')), _total(row))]
    if row.lateness:
        parts.append(_late(row))
    reasons = reasons_for_student(row)
    if reasons:
        parts += [tag('h2', REVIEW), markup.listed(reasons)]
    decided = decisions(row)
    if decided:
        parts += [tag('h2', DECIDED), *map(_decision, decided)]
    right, groups = all_right(row), alike(row)
    if groups:
        parts += [tag('h2', _heading(groups)), *(_item(group, course) for group in groups)]
    by_hand = graded_by_hand(row)
    if by_hand:
        parts += [tag('h2', BY_HAND), markup.table(
            ['', 'part', 'points', ''],
            [[mark(found.share), markup.breakable(course.assignment.items[found.item].label), _points([found], course),
              markup.breakable(found.reason)] for found in by_hand], ['whole', 'name', 'number', 'text'])]
    if right:
        parts += [tag('h2', 'Right' if groups or by_hand or decided else 'Everything is right'), markup.table(
            ['', 'part', 'points'],
            [[mark(found.share), markup.breakable(course.assignment.items[found.item].label), _points([found], course)]
             for found in right], ['whole', 'name', 'number'])]
    drawn = curves(row)
    if drawn:
        parts += [tag('h2', 'Your learning curves'), drawn, tag('p', BELOW, class_='quiet small')]
    if row.submission.notes:
        parts += [tag('h2', 'What arrived'), markup.listed(map(markup.breakable, row.submission.notes))]
    return markup.page(f'{course.assignment_title}: feedback', *parts)


def reasons_for_student(row):
    """Why all of the submission needs review, as far as its student may know."""
    reasons = [reason.text for reason in row.open_reasons if reason.for_student]
    return reasons + ([LATE] if row.is_lateness_open else [])


def all_right(row):
    """The Verdicts with full marks, except those of a person."""
    return [found for found in row.verdicts.values() if found.share == 1 and found.kind != gradesheet.DECIDED]


def alike(row):
    """The Verdicts without full marks, as a list of lists: each inner list has one cause, such as a missing file.

    Those of a person, and those of graded_by_hand, are left out.
    """
    groups: dict[tuple, list] = {}
    for found in row.verdicts.values():
        if found.share != 1 and found.kind not in (gradesheet.DECIDED, manual.KIND):
            groups.setdefault((found.share, found.kind, found.reason, found.details), []).append(found)
    return list(groups.values())


def graded_by_hand(row):
    """The Verdicts on what no program can judge: each is a question of its own, although all have one reason."""
    return [found for found in row.verdicts.values() if found.kind == manual.KIND]


def _heading(groups):
    is_open = {group[0].needs_review for group in groups}
    return 'Not right, or open' if len(is_open) == 2 else 'Open' if is_open == {True} else 'Not right'


def reason(found):
    """The reason of a Verdict, as the student sees it."""
    return 'not judged yet, because of a fault of the grader' if found.kind == verdict.GRADER_FAULT else found.reason


def details(found, course):
    """The (label, text) pairs of a Verdict that its reason and the table of its parts do not show already."""
    if found.kind in (verdict.GRADER_FAULT, NOT_WRITTEN):
        return []
    shown = {part for part, *_ in gradesheet.parts(found, course)}
    return [(label, text) for label, text in found.details if label not in shown and text not in found.reason]


def _total(row):
    max_points = verdict.as_text(row.course.total)
    number = row.total or (verdict.as_text(row.so_far) if row.has_points else 'open')
    return tag('div', number, tag('small', f' of {max_points}'),
               '' if row.total else tag('div', tag('small', NOT_FINAL)), class_='total')


def _labels(group, course):
    return course.assignment.items[group[0].item].label if len(group) == 1 else ', '.join(
        course.assignment.items[found.item].title for found in group)


def _parts(found, course):
    """Like gradesheet.parts, but empty if all parts have the same result, which the reason states."""
    weighed = gradesheet.parts(found, course)
    alike = len({result for *_, result in weighed}) == 1
    return [] if alike or found.kind in (verdict.GRADER_FAULT, NOT_WRITTEN) else weighed


def _points(group, course):
    """The points of all Verdicts of a group: '17.00 of 22'."""
    max_points = sum(course.points[found.item] for found in group)
    got = '?' if group[0].needs_review else verdict.as_text(sum(verdict.points(found, course) for found in group))
    return f'{got} of {verdict.as_short_text(max_points)}'


def _item(group, course):
    """The section about the Verdicts of one cause."""
    found = group[0]
    labels = _labels(group, course)
    parts = [tag('h3', mark(found.share), tag('span', markup.breakable(labels)),
                 tag('span', _points(group, course), class_='points')),
             tag('p', markup.breakable(reason(found)))]
    text = gradesheet.sum_text(found, course) if len(group) == 1 else ''
    if text:
        parts.append(tag('p', f'{gradesheet.points_text(found, course)} = {text}', class_='sum'))
    weighed = _parts(found, course)
    if weighed:
        parts.append(markup.table(['part', 'points', 'of', ''], [
            [part, '?' if found.needs_review and result != verdict.RIGHT else verdict.as_short_text(points),
             verdict.as_short_text(max_points), result] for part, points, max_points, result in weighed],
            ['whole', 'number', 'number']))
    pairs = [tag('div', tag('dt', label), tag('dd', text if len(text) <= _LINE and '\n' not in text else
                                              tag('pre', text))) for label, text in details(found, course)]
    return tag('section', *parts, *([tag('dl', *pairs)] if pairs else []), class_='item')


def _decision(one):
    """The section about a Decided."""
    paragraphs = [tag('p', line) for line in one.comment.splitlines() if line.strip()]
    return tag('section', tag('h3', mark(one.share), tag('span', markup.breakable(one.label)),
                              tag('span', one.points, class_='points')),
               *paragraphs, *([tag('p', OVERRULED + one.instead_of, class_='sum')] if one.instead_of else []),
               class_='item')


def _late(row):
    """The section about what coming late costs."""
    lost = f'-{verdict.as_text(row.lost_by_lateness)}' if row.lost_by_lateness else '0.00'
    return tag('section', tag('h3', tag('span', 'late', class_='mark part'), tag('span', 'Lateness'),
                              tag('span', lost, class_='points')), *(tag('p', line) for line in lateness(row)),
               class_='item')


# ---- feedback.zip ----------------------------------------------------------------------------------------------------

def is_sendable(row):
    """Whether Canvas can attach feedback to the file that was handed in so that the student can open it.

    Canvas gives a feedback file the name of the student's own, so it has to be the kind of file that the name says.
    """
    file = row.submission.member
    return row.submission.attachable and (is_zip(file) or plain_feedback.fits(file))


def feedback_zip(pairs, with_open=False):
    """The content of feedback.zip, as bytes, for the submissions that Canvas can attach a file to.

    pairs: the Rows, each with its student_page; with_open: whether to include those whose grade is still open.
    The name of a zip gets a zip with the page, the name of a loose file the same feedback as that kind of file.
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
    course, max_points = row.course, verdict.as_text(row.course.total)
    points = f'{row.total or verdict.as_text(row.so_far)} of' if row.has_points else 'open, of'
    lines = [f'{course.assignment_title}: feedback', f'{course.title}, {course.term}', row.name,
             row.submission.member, '', f'Points: {points} {max_points}', *([] if row.total else [NOT_FINAL]),
             *lateness(row)]
    for heading, listed in ((REVIEW, reasons_for_student(row)),
                            (DECIDED, decisions(row)),
                            (_heading(alike(row)), alike(row)), (BY_HAND, graded_by_hand(row)),
                            ('Right', all_right(row)),
                            ('What arrived', row.submission.notes)):
        lines += ['', heading, '-' * len(heading)] if listed else []
        for one in listed:
            if isinstance(one, list):
                lines += _plain_item(one, course)
            elif isinstance(one, Decided):
                overruled = OVERRULED + one.instead_of if one.instead_of else ''
                lines += [f'{one.label}: {one.points}', *filter(None, [one.comment, overruled]), '']
            elif isinstance(one, verdict.Verdict):
                why = '' if one.share == 1 else f' ({reason(one)})'
                lines.append(f'{course.assignment.items[one.item].label}: {_points([one], course)}{why}')
            else:
                lines.append(one)
    return '\n'.join(lines) + '\n'


def _plain_item(group, course):
    found = group[0]
    lines = [f'{_labels(group, course)}: {_points(group, course)}', reason(found)]
    text = gradesheet.sum_text(found, course) if len(group) == 1 else ''
    lines += [f'{gradesheet.points_text(found, course)} = {text}'] if text else []
    lines += [f'{part}: {result}' for part, _, _, result in _parts(found, course)]
    return [*lines, *(f'{label}: {text}' for label, text in details(found, course)), '']
