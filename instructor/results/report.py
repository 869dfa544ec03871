"""report.html for the teacher: the class at a glance, and all that a person has to look at."""
import io
import math
import statistics
from collections import Counter
from fractions import Fraction
from pathlib import Path

import plot_curves
from instructor.judges import verdict
from instructor.results import gradesheet, markup, mistakes
from instructor.results.markup import tag

STATES = {gradesheet.GRADED: 'right', gradesheet.PERSON: 'open', gradesheet.FAULT: 'wrong', gradesheet.LEFT_OUT: 'part'}
PAGES = 'feedback'  # the folder beside report.html with the page of each student
SCRIPT = Path(__file__).with_name('tables.js')
MOST = 25           # mistakes that are told


def report(class_rows, course, isolation, lists=(), warnings=()):
    """The page, as bytes.

    class_rows: list of Row; isolation: how students' code was confined; lists: pairs of a heading and lines (not
    shown where there are none); warnings: lines on what to look at before the import.
    """
    parts = [tag('h1', f'{course.title}: {course.assignment_title}'), tag('p', course.term, class_='quiet'),
             _cards(class_rows, course), *(tag('p', line, class_='warning') for line in warnings)]
    for heading, state in (('Needs a person', gradesheet.PERSON),
                           ('Faults of the grader, not of the student', gradesheet.FAULT)):
        parts += _students([row for row in class_rows if row.state == state], heading, ['why', 'points without it'],
                           lambda row: [_lines(row.reasons),
                                        verdict.as_text(row.so_far) if row.verdicts else '-'], ['text', 'number'])
    seen = 'how many students have how many points, and the mean of each part'
    parts += [tag('h2', 'The points'), markup.picture(_picture(class_rows, course), seen)]
    parts += _mistakes(class_rows, course)
    for heading, lines_of in (('Flags, without deduction', lambda row: row.flags),
                              ('Notes on what arrived', lambda row: row.submission.notes)):
        parts += _students([row for row in class_rows if lines_of(row)], heading, ['what'],
                           lambda row: [_lines(lines_of(row))], ['text'])
    parts += _everybody(class_rows, course)
    for heading, lines in lists:
        parts += [tag('h2', f'{heading} ({len(lines)})'), markup.listed(map(markup.breakable, lines))] if lines else []
    parts.append(tag('p', f"How students' code was confined: {isolation}", class_='quiet small'))
    return markup.page(f'{course.title}: {course.assignment_title}', *parts, script=SCRIPT.read_text(encoding='utf-8'))


def _totals(class_rows):
    return [Fraction(row.total) for row in class_rows if row.total]


def _cards(class_rows, course):
    """How many there are of each state, and the mean and the median of those whose grade is certain."""
    by_state, totals = Counter(row.state for row in class_rows), _totals(class_rows)
    number_open = len(class_rows) - len(totals)
    cards = [(len(class_rows), gradesheet.counted(len(class_rows), 'submission').split()[1], ''),
             *((by_state[state], state, '') for state in STATES if by_state[state])]
    if totals:
        possible = verdict.as_text(course.total)
        still = f'{number_open} still open' if number_open else ''
        cards += [(verdict.as_text(sum(totals) / len(totals)), f'mean of {possible}', still),
                  (verdict.as_text(statistics.median(totals)), f'median of {possible}', still)]
    return tag('div', *(tag('div', tag('b', value), name, tag('small', more) if more else '', class_='card')
                        for value, name, more in cards), class_='cards')


def _students(found, heading, headings, cells, classes=()):
    """A heading and a table of these Rows, each with the link to the student's page; nothing where there is none."""
    if not found:
        return []
    lines = [[_link(row), row.submission.user_id or '-', *cells(row)] for row in found]
    return [tag('h2', f'{heading} ({len(found)})'),
            markup.table(['student', 'user id', *headings], lines, ['name', 'number', *classes],
                        [row.state for row in found])]


def _lines(lines):
    return markup.breakable(lines[0]) if len(lines) == 1 else markup.listed(map(markup.breakable, lines))


def _link(row):
    return markup.link(markup.breakable(row.name), f'{PAGES}/{row.page_name}')


def _mistakes(class_rows, course):
    """A table of the mistakes that cost points, the commonest first: a row for each cause, with the parts concerned."""
    students: dict[str, set] = {}
    parts: dict[str, Counter] = {}
    said: dict[str, Counter] = {}
    for row in class_rows:
        for found in row.verdicts.values():
            if found.kind and not found.needs_person:
                cause = mistakes.words(mistakes.cause(found.kind))
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


def _everybody(class_rows, course):
    """A table of all students: what each part brought, so that a look along a column shows what was hard."""
    headings = ['student', 'user id', 'state', 'points',
                *(tag('span', course.assignment.items[item].short) for item in course.points)]
    lines = []
    for row in class_rows:
        state = tag('span', row.state + (', late' if row.submission.late else ''), class_=f'mark {STATES[row.state]}')
        lines.append([_link(row), row.submission.user_id or '-', state, row.total or '-',
                      *(gradesheet.points_text(row.verdicts[item], course).replace('.00', '')
                        if item in row.verdicts else '-' for item in course.points)])
    classes = ['name', 'number', 'whole', 'number', *['number'] * len(course.points)]
    table = markup.table(headings, lines, classes, [row.state for row in class_rows])
    return [tag('h2', 'All submissions'), tag('div', table, class_='upright')]


def _picture(class_rows, course):
    """The distribution of the totals and the mean share of each item, as an SVG file."""
    import matplotlib
    from matplotlib.figure import Figure
    possible = float(course.total) or 1
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(plot_curves.STYLE)
        figure = Figure(figsize=(9.5, 3.8), layout='constrained')
        left, right = figure.subplots(1, 2, width_ratios=[1.15, 1])
        left.hist([float(total) for total in _totals(class_rows)], bins=[possible * step / 20 for step in range(21)],
                  color=plot_curves.BLUE, edgecolor='white')
        left.set(xlabel='points', ylabel='students', xlim=(-0.02 * possible, 1.02 * possible))
        left.yaxis.get_major_locator().set_params(integer=True)
        left.set_title('Totals', loc='left', fontweight='bold', fontsize=10)
        items = list(course.points)
        shares = [[float(row.verdicts[item].share) for row in class_rows
                   if item in row.verdicts and not row.verdicts[item].needs_person] for item in items]
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
