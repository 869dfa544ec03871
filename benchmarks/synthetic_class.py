"""Builds the submissions of a synthetic class: perfect, blank and faulty ones, and Canvas's download of them."""
import io
import json
import warnings
import zipfile
from pathlib import Path

from instructor.course import load_course
from instructor.intake import canvas
from instructor.publishing import blanks
from instructor.publishing.hand_in import task_of
from submission import zip_name

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / 'instructor/mlp_cnn/reference'
MASTER = {name: (ROOT / name).read_text(encoding='utf-8') for name in ('dnn_misc.py', 'dnn_cnn_2.py')}


def course(name='tamu'):
    return load_course(ROOT / f'instructor/courses/{name}.json')


def perfect(course, **scripts):
    """The files of a perfect submission, {name: bytes}; misc, cnn: the text of a script in place of the master's."""
    texts = {'dnn_misc.py': scripts.get('misc', MASTER['dnn_misc.py']),
             'dnn_cnn_2.py': scripts.get('cnn', MASTER['dnn_cnn_2.py'])}
    declared = course.collaboration
    if declared.kind == 'file':
        texts[declared.file] = declared.none
    else:
        texts = {name: f'{text}\n\n{declared.heading}\n# {declared.none}\n' for name, text in texts.items()}
    files = {name: text.encode() for name, text in texts.items()}
    return {**files, **{name: (REFERENCE / name).read_bytes() for name in course.assignment.results.values()}}


def blank(course):
    """What is handed in by a student who has written nothing: both scripts of the handout, no result."""
    empty = {name: blanks.empty(text, name) for name, text in MASTER.items()}
    files = perfect(course, misc=empty['dnn_misc.py'], cnn=empty['dnn_cnn_2.py'])
    return {name: content for name, content in files.items() if not name.endswith('.json')}


def changed_records(files, course, *questions):
    """The files with other numbers, by 0.1, in the records of these questions."""
    files = dict(files)
    for question in questions:
        record = json.loads(files[course.assignment.results[question]])
        files[course.assignment.results[question]] = json.dumps(
            {key: [round(value - 0.1 if value > 0.5 else value + 0.1, 4) for value in values]
             for key, values in record.items()}).encode()
    return files


def zipped(files, method=zipfile.ZIP_DEFLATED):
    """A zip as bytes; files: dict or pairs of name (or ZipInfo) and content."""
    content = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(content, 'w', method) as archive:
        warnings.simplefilter('ignore')  # of names that are there twice
        for name, data in files.items() if isinstance(files, dict) else files:
            archive.writestr(name, data)
    return content.getvalue()


def download(path, handed_in, course, late=()):
    """Write Canvas's bulk download: handed_in is {student: files or the bytes of a zip}; ids count from 101 and 9001.

    Returns {student: user id}.
    """
    zips, ids = {}, {}
    for number, (student, files) in enumerate(handed_in.items()):
        ids[student] = str(101 + number)
        file = zip_name(task_of(course), ['Jane', 'Doe'] if len(course.student) == 2 else ['doe.1'])
        name = canvas.MemberName(student, student in late, ids[student], str(9001 + number), file)
        zips[str(name)] = files if isinstance(files, bytes) else zipped(files)
    path.write_bytes(zipped(zips, zipfile.ZIP_STORED))
    return ids


def gradebook(path, ids, course, extra=()):
    """Write the gradebook of these students, {student: user id}, and of extra ones, as Canvas exports it."""
    total = float(course.total)
    rows = [f'Student,ID,SIS User ID,SIS Login ID,Section,{course.assignment_title} (12345)',
            f'    Points Possible,,,,,{total:.2f}']
    rows += [f'"{student}",{user_id},S{user_id},login{user_id},500,' for student, user_id in [*ids.items(), *extra]]
    path.write_text('\n'.join([*rows, '"Student, Test",999999,,x,500,', '']), encoding='utf-8-sig')
    return path
