"""A class whose grades are partly open, and a person who decides on it; what the tests of decisions share."""

import csv
import zipfile

from benchmarks import synthetic_class
from instructor.judges.verdict import Verdict
from tests.helpers import courses
from tests.helpers.grading import run

OPEN, WRONG = 'q39', 'q33'  # of 22 and of 4 points; everything else is right: 74 points


def judge(submission, course):
    """A quick judge: one item is open, one is wrong, all others are right."""
    found = {OPEN: Verdict(OPEN, None, 'look at it'), WRONG: Verdict(WRONG, 0, 'differs', kind='not-reproduced')}
    return {'verdicts': [found.get(item) or Verdict(item, 1, 'right') for item in course.points],
            'flags': [], 'isolation': 'limits', 'faults': []}


def graded(folder, *more):
    """Grade the class of the folder, see helpers.grading. Returns the exit status."""
    return run(folder, *map(str, more), judge=judge)


def with_late_policy(folder, **policy):
    """The options of a course like tamu with a late policy."""
    path = courses.write(folder / 'tamu.json', {**courses.values('tamu'), 'late': policy})
    return '--course', path


def table(folder):
    """decisions.csv, as a list of dicts."""
    with open(folder / 'OUT/decisions.csv', encoding='utf-8-sig', newline='') as file:
        return list(csv.DictReader(file))


def fill_in(folder, decisions, path=None):
    """Fill in decisions.csv: decisions is {(user id, item): (points, comment)}. Returns the path of the result.

    Rows that it lacks are added. path: of the file to write, by default decisions.csv itself.
    """
    rows, left = table(folder), dict(decisions)
    for row in rows:
        row.update(zip(('points', 'comment'), left.pop((row['user id'], row['item']), (row['points'], row['comment']))))
    rows += [{'user id': user_id, 'item': item, 'points': points, 'comment': comment}
             for (user_id, item), (points, comment) in left.items()]
    path = path or folder / 'OUT/decisions.csv'
    with open(path, 'w', encoding='utf-8-sig', newline='') as file:
        writer = csv.DictWriter(file, [*rows[0]], restval='')
        writer.writeheader()
        writer.writerows(rows)
    return path


def decided(folder, decisions, *more):
    """Fill in decisions.csv and give it back; returns the exit status."""
    return graded(folder, '--decisions', fill_in(folder, decisions), *more)


def hand_in_again(folder, changed=()):
    """A new download: the same files, in another zip, except for these students, who have handed in something else."""
    path = folder / 'submissions.zip'
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    for student in changed:
        [name] = [name for name in members if name.startswith(f'{student}_')]
        members[name] = synthetic_class.zipped({'dnn_misc.py': b'another one'})
    path.write_bytes(synthetic_class.zipped(members))


def extended(folder, student):
    """A new download, in which a student's files are no longer marked as late."""
    path = folder / 'submissions.zip'
    with zipfile.ZipFile(path) as archive:
        members = [(name.replace(f'{student}_LATE_', f'{student}_'), archive.read(name)) for name in archive.namelist()]
    path.write_bytes(synthetic_class.zipped(members))


def without(folder, *students):
    """A new download, which lacks these students."""
    path = folder / 'submissions.zip'
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    path.write_bytes(synthetic_class.zipped({name: content for name, content in members.items()
                                             if not name.startswith(tuple(f'{student}_' for student in students))}))


def page(folder, user_id):
    """The text of a student's page."""
    [path] = (folder / 'OUT/feedback').glob(f'*_{user_id}.html')
    return path.read_text(encoding='utf-8')
