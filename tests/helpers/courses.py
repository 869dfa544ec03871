"""The courses and the assignment as tests want them: read, as the dict that their file holds, or written elsewhere."""

import json
from dataclasses import asdict

from instructor.course import COURSES, load_course
from instructor.publishing.hand_in import task_of
from tests.helpers import ROOT

NAMES = ('tamu', 'osu')


def course(name):
    """The Course of this name."""
    return load_course(COURSES / f'{name}.json')


def values(name):
    """What the file of a course holds, to be changed and written elsewhere."""
    return json.loads((COURSES / f'{name}.json').read_text(encoding='utf-8'))


def assignment_values():
    """What assignment.json holds, to be changed and written elsewhere."""
    return json.loads((ROOT / 'assignment.json').read_text(encoding='utf-8'))


def write(path, content):
    """Write a description, such as that of a course; returns its path."""
    path.write_text(json.dumps(content), encoding='utf-8')
    return path


def task(name):
    """The Task of a course as the grader has it, with nothing to compare with."""
    return task_of(course(name))


def write_task(folder, name):
    """Write the Task of a course as course.json into a folder; returns its path."""
    return write(folder / 'course.json', asdict(task(name)))
