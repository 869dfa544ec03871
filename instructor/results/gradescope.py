"""results.json for Gradescope: a test for each item, what needs a person, the learning curves, and words for teachers.

schemas/results.json says what Gradescope reads. Texts that show what a student's code said are HTML, escaped.
"""
import base64
from pathlib import Path

import plot_curves
from instructor.judges import verdict
from instructor.results import feedback, gradesheet, markup
from instructor.results.markup import tag
from records import read_reference

OPEN = 'Your instructor will look at this; until then it counts with the points that are certain.'
OPEN_MARK = ' (open: your instructor will look at it)'
NOT_JUDGED = 'Not judged, for the reason at the top.'
SHORT = ('The time of this autograder was not enough to repeat all that could be repeated of your training runs; your '
         'instructor will look at what is open for that reason.')
FOR_TEACHERS = 'For instructors (students never see this)'
FAILED = ('The autograder could not judge this submission, and that is no verdict on your work: {}. Your instructor '
          'can run it again.')


def results(row, seconds, isolation, said=(), is_short=False):
    """The content of results.json for a gradesheet.Row, as a dict.

    seconds: how long it took; isolation: how students' code was confined; said: more lines for teachers; is_short:
    whether something was left out for lack of time. If all items are visible, the score is the total that grades.csv
    has, rounded once; otherwise only the tests have scores, because the total would tell what the hidden ones are.
    """
    course = row.course
    tests = [_test(number, item, row) for number, item in enumerate(course.points, start=1)]
    whole = {'execution_time': round(seconds, 1), 'output': _output(row, is_short), 'output_format': 'html',
             'stdout_visibility': 'hidden', 'tests': [*tests, _for_teachers(row, isolation, said)],
             'extra_data': {'isolation': isolation, 'state': row.state, 'time_was_short': is_short,
                            'items': {item: found.kind for item, found in row.verdicts.items()}}}
    return whole if course.gradescope.hidden else {'score': float(verdict.as_text(row.so_far)), **whole}


def failure(why, seconds=0.0):
    """The content of results.json if nothing could be judged; why: a part of a sentence."""
    return {'score': 0.0, 'execution_time': round(seconds, 1), 'output': FAILED.format(why), 'output_format': 'text',
            'stdout_visibility': 'hidden', 'tests': []}


def _test(number, item, row):
    """The test of an item. One that is open has no status: neither of Gradescope's two words would be true."""
    course, found = row.course, row.verdicts.get(item)
    is_open = found is None or found.needs_review or bool(row.review_reasons)
    points = verdict.points(found, course) if found and not found.needs_review else 0
    shown = course.gradescope.shown if item in course.gradescope.hidden else 'visible'
    test = {'name': course.assignment.items[item].label + (OPEN_MARK if is_open else ''), 'name_format': 'text',
            'number': str(number), 'score': round(float(points), 6), 'max_score': float(course.points[item]),
            'output': _explained(found, course, is_open), 'output_format': 'html', 'visibility': shown,
            'extra_data': {'item': item}}
    return test if is_open else {**test, 'status': 'passed' if found.share == 1 else 'failed'}


def _explained(found, course, is_open):
    if found is None:
        return tag('p', NOT_JUDGED)
    parts = [tag('p', feedback.reason(found)), *([tag('p', OPEN)] if is_open else [])]
    weighed = gradesheet.parts(found, course) if found.share not in (None, 1) else []
    if weighed:
        parts.append(markup.table(['part', 'points', 'of', ''], [
            [part, verdict.as_short_text(points), verdict.as_short_text(most), result]
            for part, points, most, result in weighed]))
    pairs = [tag('div', tag('b', label), tag('pre', text)) for label, text in feedback.details(found, course)]
    return markup.join([*parts, *pairs])


def _output(row, is_short):
    course = row.course
    parts = []
    if not course.gradescope.hidden and row.verdicts:
        parts.append(tag('p', f'{verdict.as_text(row.so_far)} of {verdict.as_text(course.total)} points'
                         + (' are certain so far; what is open comes later.' if row.total is None else '.')))
    if course.gradescope.hidden:
        parts.append(tag('p', 'Some results are shown later.'))
    reasons = feedback.reasons_for_student(row)
    if reasons:
        parts += [tag('p', f'{feedback.REVIEW}; you can also put this right and hand in again:'),
                  markup.listed(reasons)]
    parts += [tag('p', SHORT)] if is_short else []
    curves = _curves(row)
    parts += [tag('h3', 'Your learning curves'), curves, tag('p', feedback.BELOW)] if curves else []
    if row.submission.notes:
        parts += [tag('h3', 'What arrived'), markup.listed(row.submission.notes)]
    return markup.join(parts)


def _curves(row):
    """The learning curves as a picture in the text; the reference is behind those that are seen to be right.

    A PNG, since a page that shows text from elsewhere is more likely to let that through than SVG.
    """
    course, read = row.course, (row.judged or {}).get('records', {})
    records = {Path(name): (read[name]['train'], read[name]['val'])
               for name in course.assignment.results.values() if name in read}
    if not records:
        return ''
    right = [name for question, name in course.assignment.results.items()
             if question in row.verdicts and row.verdicts[question].share == 1
             and question not in course.gradescope.hidden]
    references = {name: (record['train'], record['val'])
                  for name, record in read_reference(course.assignment.references).items()}
    try:
        png = plot_curves.picture(records, {name: references[name] for name in right},
                                  axis_of=[curve for pair in references.values() for curve in pair])
    except Exception as error:  # a picture that fails must not cost the results
        return tag('p', f'cannot be drawn ({type(error).__name__}); this is a fault of the grader')
    return tag('img', src=f'data:image/png;base64,{base64.b64encode(png).decode()}', style='max-width: 100%',
               alt='accuracy on the training and the validation set after each epoch, one panel per run')


def _for_teachers(row, isolation, said):
    """A test without points that only teachers see."""
    parts = [tag('p', f"How students' code was confined: {isolation}"),
             tag('p', f'{row.name}, user id {row.submission.user_id or "unknown"}: {row.state}'
                 + (', late' if row.submission.late else ''))]
    for heading, lines in (('Why it needs review', row.reasons), ('Flags, without deduction', row.flags),
                           ('About the container', said),
                           ('Faults of the grader', row.judged['faults'] if row.judged else [])):
        parts += [tag('b', heading), markup.listed(lines)] if lines else []
    return {'name': FOR_TEACHERS, 'score': 0.0, 'max_score': 0.0, 'output': markup.join(parts),
            'output_format': 'html', 'visibility': 'hidden'}
