"""Check what you hand in, and pack it into the zip file that is asked for:   python3 make_submission.py YOUR NAME"""

import json
import math
import re
from pathlib import Path

# What each question runs (its result file stands in the course file), and what the two scripts may import.
RUNS = {
    'q33': ['dnn_mlp.py'],
    'q34': ['dnn_mlp.py', '--dropout_rate', '0.5'],
    'q35': ['dnn_mlp.py', '--dropout_rate', '0.95'],
    'q36': ['dnn_mlp_nononlinear.py'],
    'q37': ['dnn_cnn.py'],
    'q38': ['dnn_cnn.py', '--alpha', '0.9'],
    'q310': ['dnn_cnn_2.py', '--alpha', '0.9'],
}
IMPORTS = {'dnn_misc.py': ['numpy', 'dnn_im2col'], 'dnn_cnn_2.py': ['numpy', 'dnn_misc', 'data_loader']}
FUNCTIONS = ['linear_layer.forward', 'linear_layer.backward', 'relu.forward', 'relu.backward', 'dropout.backward']


class CourseError(ValueError):
    """A course file is wrong; the text is one line that names the file and the key."""


def load_course(path):
    """Read and check a course file: returns the dict that it holds. Raises CourseError."""
    path = Path(path)
    try:
        course = json.loads(path.read_text(encoding='utf-8'))
    except OSError as error:
        raise CourseError(f'{path}: cannot be read ({error.strerror})') from None
    except (ValueError, RecursionError) as error:
        raise CourseError(f'{path}: is not JSON ({error})') from None
    if not isinstance(course, dict):
        raise CourseError(f'{path}: expected {{"name": ..., "title": ...}}')
    for key, (is_right, wanted) in _COURSE.items():
        value = course
        for part in key.split('.'):
            value = value.get(part)
        if not is_right(value, course):
            raise CourseError(f'{path}: "{key}" must be {wanted}, not {json.dumps(value)[:80]}')
    if path.name not in ('course.json', f'{course["name"]}.json'):
        raise CourseError(f'{path}: "name" must be "{path.stem}", as the file')
    return course


def _is_file_name(name):
    return isinstance(name, str) and re.fullmatch(r'\w[\w.-]*', name) is not None


def _is_dict(value, is_right):
    return isinstance(value, dict) and all(map(is_right, value.values()))


def _is_unique(values):
    return len(set(values)) == len(values)


def _is_line(value, course=None):
    return isinstance(value, str) and value.isprintable() and value.strip() != ''


def _is_zip_name(name, course):
    if not isinstance(name, str):
        return False
    for label in course['student']:
        if name.count(f'{{{label}}}') != 1:
            return False
        name = name.replace(f'{{{label}}}', 'x')
    return _is_file_name(name) and name.endswith('.zip')


_COURSE = {
    'name': (_is_line, 'the name of the course file without .json'),
    'title': (_is_line, 'a line of text'),
    'term': (_is_line, 'a line of text'),
    'assignment': (_is_line, 'a line of text'),
    'files': (lambda value, course: _is_dict(value, _is_file_name) and _is_unique(value.values())
              and not {'dnn_im2col.py', 'data_loader.py', *IMPORTS} & {*value, *value.values()},
              'the new names of files that get one; those which others import keep theirs'),
    'points': (lambda value, course: _is_dict(value, _is_points) and {*value} == {*FUNCTIONS, *RUNS, 'q39'},
               f'a number >= 0 for each of {", ".join([*FUNCTIONS, *RUNS, "q39"])}'),
    'scripts': (lambda value, course: value == [*IMPORTS], f'{json.dumps([*IMPORTS])}'),
    'results': (lambda value, course: _is_dict(value, _is_file_name) and [*value] == [*RUNS]
                and _is_unique(value.values()), f'a file name for each of {", ".join(RUNS)}, in this order'),
    'student': (lambda value, course: isinstance(value, list) and len(value) > 0 and all(map(_is_line, value))
                and _is_unique(value), 'a list of what make_submission.py is called with, such as ["First", "Last"]'),
    'zip': (_is_zip_name, 'a file name that ends in .zip and holds each item of "student" once, in braces'),
    'collaboration': (lambda value, course: isinstance(value, dict), 'an object'),
    'collaboration.kind': (lambda value, course: value in ('file', 'comments'), '"file" or "comments"'),
    'collaboration.file': (lambda value, course: course['collaboration']['kind'] != 'file' or _is_file_name(value),
                           'a file name'),
    'collaboration.row': (lambda value, course: course['collaboration']['kind'] != 'file' or _is_line(value),
                          'what a row of the file looks like'),
    'collaboration.heading': (lambda value, course: course['collaboration']['kind'] != 'comments'
                              or _is_line(value) and value.startswith('#'), 'a line that begins with #'),
    'collaboration.none': (_is_line, 'a line of text, for those who discussed with nobody'),
    'collaboration.text': (_is_line, 'the paragraph for the text of the assignment'),
    'upload': (_is_line, 'a line of text'),
}


def _is_points(value):
    return type(value) in (int, float) and 0 <= value < math.inf
