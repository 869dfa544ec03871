"""Fills in what differs between courses in the assignment's text and the handout's README."""
import re
import shlex

from submission import zip_name_of

PLACEHOLDER = re.compile(r'\{\{\s*([\w.]+)\s*\}\}')

DECIMALS = {'train': 4, 'val': 3}  # of an accuracy: as many as 5000 and 1000 images need


class PlaceholderError(ValueError):
    """A placeholder cannot be filled in; the text is one line with file and line number."""


def placeholders(course, expected):
    """What each {{...}} in the assignment's text and the README stands for in a course: {name: text}.

    expected: as in submission.Task. {{q33.val.last}} is the validation accuracy after the last epoch of that run.
    """
    assignment, points = course.assignment, dict(course.points)
    for item in assignment.items.values():
        for part, weight in item.parts.items():  # q39.TODO_1, linear_layer.backward.gradient_W
            name = '_'.join(re.findall('[A-Za-z0-9]+', part))
            points[f'{item.name}.{name}'] = course.points[item.name] * weight / sum(item.parts.values())
    points['functions'] = sum(course.points[name] for name in assignment.functions)
    points['total'] = course.total
    call, lost = ['python3', 'make_submission.py'], assignment.changed_in_place
    return {**{key: getattr(course, key) for key in ('title', 'term', 'due', 'upload')},
            **{f'points.{item}': number_text(number) for item, number in points.items()},
            **{f'{name}.{key}.{epoch}': f'{value:.{DECIMALS[key]}f}' for name, record in expected.items()
               for key, values in record.items() for epoch, value in zip(('first', 'last'), values)},
            'assignment': course.assignment_title,
            'changed_in_place': f'{number_text(100 * lost)}%' if lost else 'none',
            'collaboration': course.collaboration.text,
            'printing': _printing(course.printing),
            'student': ' '.join(course.student),
            'packing': shlex.join([*call, *course.student]),
            'packing_example': shlex.join([*call, *course.example]),
            'zip_example': zip_name_of(course.zip, course.student, course.example)}


def _printing(printing):
    """What printing costs, as the end of a sentence."""
    if not printing.lost:
        return 'costs no points'
    of = {'item': 'of the part that prints', 'all': 'of the whole coding part'}[printing.of]
    return f'costs {"all" if printing.lost == 1 else f"{number_text(100 * printing.lost)}% of the"} points {of}'


def number_text(number):
    """A Fraction as people write it: 5, 2.5, 3 1/3."""
    if 10 ** 9 % number.denominator == 0:  # the decimals come to an end
        return f'{float(number):.10g}'
    whole, rest = divmod(number, 1)
    return f'{whole} {rest}' if whole else f'{rest}'


def fill_in(text, values, file):
    """The text with its placeholders filled in. Raises PlaceholderError for one that is unknown or not closed."""
    for number, line in enumerate(text.split('\n'), start=1):
        for name in PLACEHOLDER.findall(line):
            if name not in values:
                known = ', '.join(values)
                raise PlaceholderError(f'{file}:{number}: unknown placeholder {{{{{name}}}}}; known: {known}')
        if re.search(r'\{\{\s*(' + '|'.join(map(re.escape, values)) + r')\b', PLACEHOLDER.sub('', line)):
            raise PlaceholderError(f'{file}:{number}: a placeholder is not closed: write it as {{{{title}}}}')
    return PLACEHOLDER.sub(lambda match: values[match.group(1)], text)
