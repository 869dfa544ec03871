"""report.html for the teacher: the class at a glance, and all that a person has to look at."""
import io
import math
import statistics
from collections import Counter
from fractions import Fraction

import plot_curves
from instructor import pages, rows, verdict
from instructor.pages import tag

STATES = {rows.GRADED: 'right', rows.PERSON: 'open', rows.FAULT: 'wrong', rows.LEFT_OUT: 'part'}


def report(class_rows, course, isolation, lists=(), warnings=()):
    """The page, as bytes.

    class_rows: list of Row; isolation: how students' code was confined; lists: pairs of a heading and lines (not
    shown where there are none); warnings: lines on what to look at before the import.
    """
    by_state = Counter(row.state for row in class_rows)
    totals = [Fraction(row.total) for row in class_rows if row.total]
    possible = verdict.as_text(rows.total_possible(course))
    cards = [('submissions', len(class_rows)), *((state, by_state[state]) for state in STATES if by_state[state])]
    if totals:
        cards += [(f'mean of {possible}', verdict.as_text(sum(totals) / len(totals))),
                  (f'median of {possible}', verdict.as_text(statistics.median(totals)))]
    parts = [tag('h1', f'{course["title"]}: {course["assignment"]}'), tag('p', course['term'], class_='quiet'),
             tag('div', *(tag('div', tag('b', value), name, class_='card') for name, value in cards), class_='cards'),
             *(tag('p', line, class_='warning') for line in warnings)]
    for heading, state in (('Needs a person', rows.PERSON), ('Faults of the grader, not of the student', rows.FAULT)):
        found = [row for row in class_rows if row.state == state]
        if found:
            parts += [tag('h2', f'{heading} ({len(found)})'), pages.table(
                ['student', 'user id', 'why', 'points without it'],
                [[row.name, row.submission.user_id or '-', pages.listed(row.reasons),
                  verdict.as_text(row.so_far) if row.verdicts else '-']
                 for row in found], ['name', 'number', None, 'number'])]
    seen = 'how many students have how many points, and the mean of each part'
    parts += [tag('h2', 'The points'), pages.picture(_picture(class_rows, totals, course), seen)]
    parts += _mistakes(class_rows, course) + _flags(class_rows) + _everybody(class_rows, course)
    for heading, lines in lists:
        parts += [tag('h2', f'{heading} ({len(lines)})'), pages.listed(lines)] if lines else []
    parts.append(tag('p', f"How students' code was confined: {isolation}", class_='quiet small'))
    return pages.page(f'{course["title"]}: {course["assignment"]}', *parts)


def _mistakes(class_rows, course):
    """A table of the mistakes, the commonest first."""
    found = Counter((one.item, one.kind) for row in class_rows for one in row.verdicts.values()
                    if one.kind and one.kind != verdict.GRADER_FAULT)
    said = {}
    for row in class_rows:
        for one in row.verdicts.values():
            said.setdefault((one.item, one.kind), Counter())[one.reason] += 1
    if not found:
        return []
    order = sorted(found, key=lambda pair: (-found[pair], list(course['points']).index(pair[0]), pair[1]))
    lines = [[found[pair], _short(pair[0], course), pair[1],
              min(said[pair], key=lambda text: (-said[pair][text], text))] for pair in order[:25]]
    return [tag('h2', 'Commonest mistakes'),
            pages.table(['students', 'part', 'mistake', 'for example'], lines, ['number', 'name'])]


def _flags(class_rows):
    flagged = [[row.name, row.submission.user_id or '-', pages.listed(row.flags)] for row in class_rows if row.flags]
    return [tag('h2', f'Flags, without deduction ({len(flagged)})'),
            pages.table(['student', 'user id', 'what'], flagged, ['name', 'number'])] if flagged else []


def _everybody(class_rows, course):
    """A table of all students: what each part brought, so that a look along a column shows what was hard."""
    headings = ['student', 'user id', '', 'points', *(tag('span', _short(item, course)) for item in course['points'])]
    lines = []
    for row in class_rows:
        state = tag('span', row.state + (', late' if row.submission.late else ''), class_=f'mark {STATES[row.state]}')
        lines.append([row.name, row.submission.user_id or '-', state, row.total or '-',
                      *(rows.points_text(row.verdicts[item], course).replace('.00', '') if item in row.verdicts else '-'
                        for item in course['points'])])
    classes = ['name', 'number', 'whole', 'number', *['number'] * len(course['points'])]
    table = pages.table(headings, lines, classes)
    return [tag('h2', 'All submissions'), tag('div', table, class_='upright')]


def _short(item, course):
    """A name for an item that fits over a column: 'linear.forward', 'Q3.3 MLP', 'Q3.9'."""
    name = rows.label(item, course).split('_lr')[0].replace('linear_layer', 'linear')
    return name.replace('Q3.2 ', '').replace(' dnn_cnn_2.py', '')


def _picture(class_rows, totals, course):
    """The distribution of the totals and the mean share of each item, as an SVG file."""
    import matplotlib
    from matplotlib.figure import Figure
    possible = float(rows.total_possible(course)) or 1
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(plot_curves.STYLE)
        figure = Figure(figsize=(9.5, 3.8), layout='constrained')
        left, right = figure.subplots(1, 2, width_ratios=[1.15, 1])
        left.hist([float(total) for total in totals], bins=[possible * step / 20 for step in range(21)],
                  color=plot_curves.BLUE, edgecolor='white')
        left.set(xlabel='points', ylabel='students', xlim=(-0.02 * possible, 1.02 * possible))
        left.yaxis.get_major_locator().set_params(integer=True)
        left.set_title('Totals', loc='left', fontweight='bold', fontsize=10)
        items = list(course['points'])
        shares = [[float(row.verdicts[item].share) for row in class_rows
                   if item in row.verdicts and not row.verdicts[item].needs_person] for item in items]
        means = [statistics.mean(values) if values else math.nan for values in shares]
        right.barh(range(len(items)), [0 if math.isnan(mean) else 100 * mean for mean in means],
                   color=plot_curves.ORANGE)
        for place, mean in enumerate(means):
            text = 'none judged' if math.isnan(mean) else f'{100 * mean:.0f}'
            right.text(2 if math.isnan(mean) else max(100 * mean - 2, 8), place, text, va='center',
                       ha='left' if math.isnan(mean) else 'right', fontsize=8)
        names = [_short(item, course) for item in items]
        right.set_yticks(range(len(items)), names, fontsize=8)
        right.invert_yaxis()
        right.grid(axis='y', visible=False)
        right.set(xlim=(0, 104), xlabel='mean, % of the points')
        right.set_title('Parts', loc='left', fontweight='bold', fontsize=10)
        content = io.BytesIO()
        figure.savefig(content, format='svg', metadata=plot_curves.METADATA['svg'])
    return content.getvalue()
