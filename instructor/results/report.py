"""report.html for the teacher: the class at a glance, and everything that needs review."""
import io
import math
import statistics
from collections import Counter
from fractions import Fraction
from pathlib import Path

import plot_curves
from instructor.judges import verdict
from instructor.results import decided, gradesheet, markup, mistakes
from instructor.results.decision import WHOLE
from instructor.results.decisions import TABLE
from instructor.results.markup import tag

STATES = {gradesheet.GRADED: 'right', gradesheet.NEEDS_REVIEW: 'open', gradesheet.FAULT: 'wrong',
          gradesheet.LEFT_OUT: 'part'}
FEEDBACK_FOLDER = 'feedback'  # the folder beside report.html with the page of each student
SCRIPT = Path(__file__).with_name('tables.js')
HOW_TO_DECIDE = (f'To decide, fill in the columns "points" and "comment" of {TABLE}, and grade again with --decisions '
                 'and that file.')
MOST = 25           # mistakes that are listed


def report(sheet, course, isolation, lists=(), warnings=()):
    """The page, as bytes.

    sheet: the Rows of the class; isolation: how students' code was confined; lists: pairs of a heading and lines (not
    shown if there are none); warnings: lines on what to check before the import.
    """
    parts = [tag('h1', f'{course.title}: {course.assignment_title}'), tag('p', course.term, class_='quiet'),
             _cards(sheet, course), *(tag('p', line, class_='warning') for line in warnings)]
    for heading, state in (('Needs review', gradesheet.NEEDS_REVIEW),
                           ('Faults of the grader, not of the student', gradesheet.FAULT)):
        found = _students([row for row in sheet if row.state == state], heading, ['why', 'points without it'],
                          lambda row: [_lines(row.reasons),
                                       verdict.as_text(row.so_far) if row.has_points else '-'], ['text', 'number'])
        parts += [found[0], tag('p', HOW_TO_DECIDE, class_='quiet'), *found[1:]] if found else []
    seen = 'how many students have how many points, and the mean of each item'
    parts += [tag('h2', 'The points'), markup.picture(_picture(sheet, course), seen)]
    parts += _mistakes(sheet, course)
    for heading, lines_of in (('Decided by a person', lambda row: _decided(row, overruled=False)),
                              ('Overruled by a person', lambda row: _decided(row, overruled=True)),
                              ('Handed in late, by how much', decided.lateness),
                              ('Flags, without deduction', lambda row: row.flags),
                              ('Notes on what arrived', lambda row: row.submission.notes)):
        parts += _students([row for row in sheet if lines_of(row)], heading, ['what'],
                           lambda row: [_lines(lines_of(row))], ['text'])
    parts += _everybody(sheet, course)
    for heading, lines in lists:
        parts += [tag('h2', f'{heading} ({len(lines)})'), markup.listed(map(markup.breakable, lines))] if lines else []
    parts.append(tag('p', f"How students' code was confined: {isolation}", class_='quiet small'))
    return markup.page(f'{course.title}: {course.assignment_title}', *parts, script=SCRIPT.read_text(encoding='utf-8'))


def _totals(sheet):
    return [Fraction(row.total) for row in sheet if row.total]


def _cards(sheet, course):
    """How many submissions are in each state, and the mean and the median of the certain grades."""
    by_state, totals = Counter(row.state for row in sheet), _totals(sheet)
    number_open = len(sheet) - len(totals)
    cards = [(len(sheet), gradesheet.counted(len(sheet), 'submission').split()[1], ''),
             *((by_state[state], state, '') for state in STATES if by_state[state])]
    if totals:
        max_points = verdict.as_text(course.total)
        still = f'{number_open} still open' if number_open else ''
        cards += [(verdict.as_text(sum(totals) / len(totals)), f'mean of {max_points}', still),
                  (verdict.as_text(statistics.median(totals)), f'median of {max_points}', still)]
    return tag('div', *(tag('div', tag('b', value), name, tag('small', more) if more else '', class_='card')
                        for value, name, more in cards), class_='cards')


def _students(found, heading, headings, cells, classes=()):
    """A heading and a table of these Rows, each with a link to the student's page; nothing if there are no Rows."""
    if not found:
        return []
    lines = [[_link(row), row.submission.user_id or '-', *cells(row)] for row in found]
    return [tag('h2', f'{heading} ({len(found)})'),
            markup.table(['student', 'user id', *headings], lines, ['name', 'number', *classes],
                        [row.state for row in found])]


def _decided(row, overruled):
    """Lines on what a person has decided: in place of a judgement that was certain, or of none."""
    return [f'{one.label}: {one.points}' + (f', instead of {one.instead_of}' if one.instead_of else '')
            + (f'; comment: {one.comment}' if one.comment else '')
            for one in decided.decisions(row) if bool(one.instead_of) == overruled]


def _lines(lines):
    return markup.breakable(lines[0]) if len(lines) == 1 else markup.listed(map(markup.breakable, lines))


def _link(row):
    return markup.link(markup.breakable(row.name), f'{FEEDBACK_FOLDER}/{row.page_name}')


def _mistakes(sheet, course):
    """A table of the mistakes that cost points, the commonest first: a row for each cause, with the items concerned."""
    students: dict[str, set] = {}
    parts: dict[str, Counter] = {}
    said: dict[str, Counter] = {}
    for row in sheet:
        for found in row.verdicts.values():
            if found.kind and found.kind != gradesheet.DECIDED and not found.needs_review:
                own = course.assignment.mistakes
                cause = mistakes.text_of(mistakes.cause(found.kind, own), own)
                students.setdefault(cause, set()).add(row.submission.key)
                parts.setdefault(cause, Counter())[found.item] += 1
                said.setdefault(cause, Counter())[found.reason] += 1
    if not students:
        return []
    items, lines = list(course.points), []
    order = sorted(students, key=lambda cause: (-len(students[cause]), min(map(items.index, parts[cause])), cause))
    for cause in order[:MOST]:
        number = len(students[cause])
        concerned = [course.assignment.items[item].title +
                     (f' ({parts[cause][item]})' if parts[cause][item] < number else '')
                     for item in items if item in parts[cause]]
        example = min(said[cause], key=lambda text: (-said[cause][text], text))
        lines.append([number, cause, ', '.join(concerned), markup.breakable(example)])
    return [tag('h2', 'Commonest mistakes'),
            markup.table(['students', 'mistake', 'in', 'for example'], lines, ['number', 'name', 'name', 'text'])]


def _everybody(sheet, course):
    """A table of all students with the points of each item, so that a column shows how hard its item was."""
    late = [tag('span', 'late')] if course.late else []
    headings = ['student', 'user id', 'state', 'points', *late,
                *(tag('span', course.assignment.items[item].short) for item in course.points)]
    lines = []
    for row in sheet:
        state = tag('span', row.state + (', late' if row.submission.late else ''), class_=f'mark {STATES[row.state]}')
        lines.append([_link(row), row.submission.user_id or '-', state, _total_cell(row),
                      *(_late_cell(row) for _ in late), *(_cell(row, item) for item in course.points)])
    classes = ['name', 'number', 'whole', 'number', *['number'] * (len(late) + len(course.points))]
    table = markup.table(headings, lines, classes, [row.state for row in sheet])
    note = [tag('p', tag('span', 'Underlined', class_='decided'), ': decided by a person.', class_='quiet small')]
    return [tag('h2', 'All submissions'), tag('div', table, class_='upright'),
            *(note if any(row.decisions for row in sheet) else [])]


def _total_cell(row):
    return tag('span', row.total, class_='decided') if row.total and WHOLE in row.decisions else row.total or '-'


def _cell(row, item):
    """The points of an item, underlined if a person has decided on them."""
    if item not in row.verdicts:
        return '-'
    text = gradesheet.points_text(row.verdicts[item], row.course).replace('.00', '')
    return tag('span', text, class_='decided') if item in row.decisions else text


def _late_cell(row):
    """What coming late costs, as points below 0."""
    if row.is_lateness_open:
        return '?'
    lost = verdict.as_short_text(row.lost_by_lateness)
    return tag('span', f'-{lost}' if row.lost_by_lateness else lost, class_='decided') if row.lateness else '0'


def _picture(sheet, course):
    """The distribution of the totals and the mean share of each item, as an SVG file."""
    import matplotlib
    from matplotlib.figure import Figure
    max_points = float(course.total) or 1
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(plot_curves.STYLE)
        figure = Figure(figsize=(9.5, 3.8), layout='constrained')
        left, right = figure.subplots(1, 2, width_ratios=[1.15, 1])
        left.hist([float(total) for total in _totals(sheet)], bins=[max_points * step / 20 for step in range(21)],
                  color=plot_curves.BLUE, edgecolor='white')
        left.set(xlabel='points', ylabel='students', xlim=(-0.02 * max_points, 1.02 * max_points))
        left.yaxis.get_major_locator().set_params(integer=True)
        left.set_title('Totals', loc='left', fontweight='bold', fontsize=10)
        items = list(course.points)
        shares = [[float(row.verdicts[item].share) for row in sheet
                   if item in row.verdicts and not row.verdicts[item].needs_review] for item in items]
        means = [statistics.mean(values) if values else math.nan for values in shares]
        right.barh(range(len(items)), [0 if math.isnan(mean) else 100 * mean for mean in means],
                   color=plot_curves.ORANGE)
        for place, mean in enumerate(means):
            text = 'none judged' if math.isnan(mean) else f'{100 * mean:.0f}'
            right.text(2 if math.isnan(mean) else max(100 * mean - 2, 8), place, text, va='center',
                       ha='left' if math.isnan(mean) else 'right', fontsize=8)
        names = [course.assignment.items[item].short for item in items]
        right.set_yticks(range(len(items)), names, fontsize=8)
        right.invert_yaxis()
        right.grid(axis='y', visible=False)
        right.set(xlim=(0, 104), xlabel='mean, % of the points')
        right.set_title('Parts', loc='left', fontweight='bold', fontsize=10)
        content = io.BytesIO()
        figure.savefig(content, format='svg', metadata=plot_curves.METADATA['svg'])
    return content.getvalue()
