"""A synthetic class, graded as a whole: exact points for each way to hand in, and no gain for any attack."""
import contextlib
import csv
import json
import random
import re
import signal
import stat
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

pytest.importorskip('matplotlib')
pytestmark = [pytest.mark.skipif(sys.platform != 'linux', reason='grading needs Linux'), pytest.mark.untrusted,
              pytest.mark.long]

from benchmarks import synthetic_class
from instructor import grade
from instructor.publishing import blanks
from instructor.sandbox import api as sandbox
from instructor.sandbox import scratch
from tests.helpers import attacks, confinement, variants

MASTER = synthetic_class.MASTER
COURSE = synthetic_class.course()
LEVELS = ('namespaces', 'limits')
MB = 1_000_000
GOOD = synthetic_class.perfect(COURSE)
MISC, CNN = COURSE.assignment.scripts
RESULTS = [*COURSE.assignment.results.values()]


@pytest.fixture(scope='module')
def isolation():
    """Namespaces if this machine has them, otherwise limits."""
    reason = ''
    for level in LEVELS:
        try:
            return sandbox.probe(level)
        except sandbox.IsolationError as error:
            reason = str(error)
    pytest.skip(reason)


def of_variant(name, course):
    """A perfect submission but for the functions, which are those of a variant of variants.py."""
    return synthetic_class.perfect(course, misc=variants.build(name, MASTER['dnn_misc.py']))


def options_of(path, handed_in, course, late=()):
    """A class that handed in something: the options to grade it, {student: user id}."""
    ids = synthetic_class.download(path / 'submissions.zip', handed_in, course, late)
    book = synthetic_class.gradebook(path / 'gradebook.csv', ids, course)
    return [str(path / 'submissions.zip'), '--course', course.name, '--output', str(path / 'OUT'), '--gradebook',
            str(book), '--rerun-epochs', '0', '--jobs', '2'], ids


def points_of(path, ids, course):
    """{student: the points as text, or None if grades.csv has none}."""
    with open(path / 'OUT/grades.csv', encoding='utf-8', newline='') as file:
        points = {line['ID']: line[f'{course.assignment_title} (12345)'] for line in csv.DictReader(file)}
    return {student: points.get(user_id) for student, user_id in ids.items()}


def graded(path, handed_in, course, isolation, late=()):
    """Grade a class: returns points_of it."""
    options, ids = options_of(path, handed_in, course, late)
    assert grade.grade(grade.parse(options), isolation=isolation) == 0
    return points_of(path, ids, course)


def with_todo(number, *lines):
    """A perfect submission but for one TODO item of dnn_cnn_2.py, which has these lines; with none it is left open.

    Without the record of q310, 4 points: the right one would need review.
    """
    name = f'TODO ({number})'
    [blank] = [blank for blank in blanks.read_blanks(MASTER[CNN], CNN) if blank.name == name]
    text = ''.join(f'{blank.indent}{line}\n' for line in lines or [f"raise NotImplementedError('{name}')"])
    files = synthetic_class.perfect(COURSE, cnn=blanks.fill(MASTER[CNN], {name: text}, CNN))
    return {file: content for file, content in files.items() if file != COURSE.assignment.results['q310']}


def without(*names):
    return {name: content for name, content in GOOD.items() if name not in names}


def renamed(**names):
    return {names.get(name, name): content for name, content in GOOD.items()}


def link(name):
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def mistaken(name, course=COURSE):
    """A submission with the functions of a variant, and without records: the right ones would need review."""
    files = of_variant(name, course)
    return {file: content for file, content in files.items() if file not in course.assignment.results.values()}


# What the common mistakes leave of the 72 points that are not the records': linear_layer.backward counts in thirds.
MISTAKES = {
    'linear_layer.forward: b forgotten': '62.00', 'linear_layer.backward: b not stored': '68.67',
    'linear_layer.backward: W averaged': '68.67', 'linear_layer.backward: dX averaged': '68.67',
    'linear_layer.backward: no return': '68.67', 'relu.forward: leaky': '62.00',
    'relu.backward: grad as it is': '62.00',
    'relu.backward: mask upside down': '62.00', 'dropout.backward: factor forgotten': '62.00',
    'dropout.backward: mask drawn again': '62.00', 'all sums averaged, all masks forgotten': '42.00',
}
HANDED_IN = {  # student: (files or zip, points, or None if it needs review)
    'perfect': (GOOD, '100.00'),
    'blank': (synthetic_class.blank(COURSE), '0.00'),
    'wiring2open': (with_todo(2), '91.00'),
    'wiring5open': (with_todo(5), '91.00'),
    'filter5': (with_todo(1, "model['C2'] = dnn_misc.conv_layer(num_input=25, num_output=25, filter_len=5, stride=1)",
                          "model['nonlinear2'] = dnn_misc.relu()",
                          "model['M2'] = dnn_misc.max_pool(max_len=2, stride=2)"), '94.00'),
    'norelu': (with_todo(4, "c2 = model['C2'].forward(m1)", "m2 = model['M2'].forward(c2)"), '91.00'),
    'rightrecords': (of_variant('relu.forward: leaky', COURSE), None),  # of other code than this
    'norecord': (without(COURSE.assignment.results['q36']), '96.00'),
    'brokenrecord': ({**GOOD, COURSE.assignment.results['q310']: b'{"train": [1], "val": NaN}'}, '96.00'),
    'otherrecord': (synthetic_class.changed_records(GOOD, COURSE, 'q35'), None),
    'nomisc': (without(MISC, *RESULTS), '22.00'),
    'nocnn': (without(CNN, RESULTS[-1]), '74.00'),
    'copied': (without(MISC), None),  # the results are there, but no code that gives them
    'nocollaboration': (without('collaboration.txt'), '100.00'),
    'syntax': ({**without(*RESULTS), MISC: b'def broken(:\n'}, '22.00'),
    'onefolder': ({f'Assignment_3/{name}': content for name, content in GOOD.items()}, '100.00'),
    'mac': ({**GOOD, **{f'__MACOSX/._{name}': b'x' for name in GOOD}, '.DS_Store': b'x'}, '100.00'),
    'suffix': (renamed(**{'dnn_misc.py': 'dnn_misc-1.py'}), '100.00'),
    'venv': ({**GOOD, **{f'.venv/lib/{number}.py': b'' for number in range(3000)}}, '100.00'),
    'empty': ({}, None), 'nozip': (b'Rar!\x1a\x07', None), 'truncated': (synthetic_class.zipped(GOOD)[:-40], None),
    'slip': ({**without(MISC), '../dnn_misc.py': b'x'}, None),
    'absolute': ({**without(MISC), '/dnn_misc.py': b'x'}, None),
    'backslash': ({**without(MISC), 'a\\dnn_misc.py': b'x'}, None),
    'link': ([*without(MISC).items(), (link(MISC), b'/etc/passwd')], None),
    'duplicate': ([*GOOD.items(), (MISC, b'other')], None),
    'case': ({**GOOD, 'DNN_MISC.py': b'other'}, None),
    'bomb': ({**GOOD, 'collaboration.txt': b'\0' * (60 * MB)}, None),
}


def test_points_of_a_whole_class(tmp_path, isolation):
    handed_in = {name: files if isinstance(files, bytes) else synthetic_class.zipped(files)
                 for name, (files, _) in HANDED_IN.items()}
    expected = {name: points for name, (_, points) in HANDED_IN.items()}
    for number, (name, points) in enumerate(MISTAKES.items()):
        handed_in[f'mistake{number}'] = mistaken(name)
        expected[f'mistake{number}'] = points
    assert graded(tmp_path, handed_in, COURSE, isolation, late=['perfect']) == expected
    report = (tmp_path / 'OUT/report.html').read_text(encoding='utf-8')
    assert all(re.search(f'<td class="name"><a [^>]*>{student}</a></td>', report) for student in handed_in)
    flags = {entry['submission']: ' '.join(entry['flags'])
             for entry in map(json.loads, (tmp_path / 'OUT/journal.jsonl').read_text().splitlines())
             if 'verdicts' in entry}
    assert 'late' in flags['101'] and 'collaboration' in flags[str(101 + list(handed_in).index('nocollaboration'))]


def test_points_of_the_other_course(tmp_path, isolation):
    course = synthetic_class.course('osu')
    handed_in = {'perfect': synthetic_class.perfect(course), 'blank': synthetic_class.blank(course),
                 'third': mistaken('linear_layer.backward: b not stored', course)}
    assert graded(tmp_path, handed_in, course, isolation) == {'perfect': '50.00', 'blank': '0.00', 'third': '34.33'}


# ---- attacks

# What each attack is aimed at; all targets are stand-ins.
SIZES = {
    'deep_folders': {'DEPTH': 900}, 'flood_output': {'SIZE': 1 << 30}, 'fork_bomb': {'ROUNDS': 10 ** 6, 'SECONDS': 2},
    'full_disk': {'COUNT': 10 ** 4}, 'huge_file': {'SIZE': 5000 * MB}, 'many_files': {'COUNT': 10 ** 6},
    'memory_bomb': {'SIZE': 5000 * MB}, 'memory_bomb_many': {'COUNT': 8, 'SIZE': 200 * MB, 'SECONDS': 2},
    'memory_hidden': {'SIZE': 4000 * MB}, 'result_bomb': {'SIZE': 60 * MB}, 'result_claims': {'SIZE': 10 ** 12},
    'result_too_large': {'SIZE': 100 * MB}, 'swallow_signals': {'SECONDS': 0},
    'thread_bomb': {'COUNT': 10 ** 5, 'SECONDS': 2}, 'memory_in_kernel': {'COUNT': 10 ** 6},
    'cpu_relay': {'TURNS': 100, 'SECONDS': 0.1}, 'cpu_ignored': {'TURNS': 100, 'SECONDS': 0.1},
    'result_overlap': {'SIZE': 3 * MB, 'COUNT': 120}, 'sleep_long': {'SECONDS': 1000},
    'daemon': {'SECONDS': 1}, 'network': {'PORT': 9, 'NAME': 'x'},
}
RAISES_HTML = 'raise ValueError("<script>alert(1)</script>")'


def armed(name, target, victim):
    """The text of an attack, aimed at the stand-in file and process."""
    values = dict(SIZES.get(name, {}))
    given = {'PATH': str(target.parent if name in ('unmount', 'deep_folders') else target),
             'PATHS': [str(target), str(synthetic_class.REFERENCE / COURSE.assignment.results['q33'])],
             'PIDS': [victim.pid], 'PID': victim.pid, 'MARK': 'mar', 'LAST': 'k'}
    text = (Path(attacks.__file__).parent / f'{name}.py').read_text(encoding='utf-8')
    values.update({key: value for key, value in given.items() if f"'@{key}@'" in text and key not in values})
    return attacks.source(name, **values)


# Texts that were made to end, hold up or fill whoever reads or matches them; none of them is an attack when it runs.
DIGITS = "raise ValueError('  File \"' + '1' * 3_000_000)"
TEXTS = {
    'bomb': f'x = lambda b, a: {"[" * 40}a{" for a in b]" * 40}\n',
    'finally': 8 * (''.join(f'{" " * depth}try:\n{" " * depth} pass\n{" " * depth}finally:\n' for depth in range(18))
                    + ' ' * 18 + 'pass\n'),
    'import': f'import {"a." * 30_000}a\n', 'deep': f'x = {"-" * 190_000}1\n', 'brackets': '(' * 190_000,
    'digits': f'def later(*_):\n    {DIGITS}\n\n\nlinear_layer.forward = later\n',
    'errors': "import sys\nsys.stderr.write('  File \"x\", line ' + '1' * 10_000_000 + '\\n' + ' ' * 10_000_000)\n",
    'blanks': f'{" " * 90_000}pass{" " * 90_000}\n'.lstrip(), 'marker': f'### BEGIN{" " * 150_000}SOLUTIO\n'}
FILES = {
    'collaboration': {'collaboration.txt': b'x, y\n' * MB}, 'deep json': {RESULTS[0]: b'[' * 40_000},
    'long number': {RESULTS[0]: b'{"train": [' + b'9' * 49_000}, 'large json': {RESULTS[0]: b'[1,' * MB}}
SHORTER = """
import sys
from instructor import grade
from instructor.judges import function_calls, wiring
for rubric in (function_calls, wiring):
    rubric.LIMITS['cpu_seconds'] = 3  # not of the wall: the innocent may have to wait
sys.exit(grade.main(sys.argv[1:]))
"""


def grade_and_disturb(options, path):
    """Grade in a process of its own, which is stopped for a moment now and then: its exit status, its peak memory."""
    moments, peak = random.Random(7), 0
    with open(path / 'log', 'w') as log, subprocess.Popen(
            [sys.executable, '-c', SHORTER, *options, '--isolation', 'namespaces'], cwd=synthetic_class.ROOT,
            stdin=subprocess.DEVNULL, stdout=log, stderr=log) as grader:
        next_stop = time.monotonic() + 1
        while grader.poll() is None:
            with contextlib.suppress(OSError, StopIteration):
                status = Path(f'/proc/{grader.pid}/status').read_text()
                peak = max(peak, int(next(line for line in status.splitlines() if line.startswith('VmHWM')).split()[1]))
            time.sleep(0.05)
            if time.monotonic() > next_stop:
                grader.send_signal(signal.SIGSTOP)
                time.sleep(moments.uniform(0, 1.5))
                grader.send_signal(signal.SIGCONT)
                next_stop = time.monotonic() + moments.uniform(2, 8)
    return grader.returncode, peak * 1024


def test_no_attack_gains_a_point_or_costs_another_one(tmp_path):
    """Each attack at the import of dnn_misc.py, some at that of dnn_cnn_2.py, among innocent submissions."""
    try:
        sandbox.probe('namespaces')
    except sandbox.IsolationError as error:
        pytest.skip(str(error))
    targets = confinement.open_folder()
    blank = {name: content.decode() for name, content in synthetic_class.blank(COURSE).items()}
    (targets / 'target').write_text('untouched')
    (targets / 'target').chmod(0o666)
    before = confinement.snapshot(targets)
    try:
        with subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']) as victim:
            handed_in, innocent = {'innocent0': GOOD}, mistaken('linear_layer.backward: b not stored')
            for number, name in enumerate(attacks.names()):
                text = armed(name, targets / 'target', victim)
                handed_in[f'{name}_misc'] = {**blank, MISC: f'{text}\n\n{blank[MISC]}'}
                if number % 4 == 0:
                    handed_in[f'{name}_cnn'] = {**blank, CNN: f'{text}\n\n{blank[CNN]}'}
                    handed_in[f'innocent{number + 1}'] = innocent
            handed_in['<script>alert(1)<_script>'] = {
                **without(*RESULTS), MISC: variants.with_bodies({'relu.forward': RAISES_HTML}, MASTER[MISC])}
            for name, text in TEXTS.items():
                handed_in[f'text_{name}'] = {**blank, MISC: f'{blank[MISC]}\n\n{text}', CNN: f'{blank[CNN]}\n\n{text}'}
            for name, files in FILES.items():
                handed_in[f'file_{name}'] = {**blank, **files}
            assert len(handed_in) >= 60
            begin = time.monotonic()
            options, ids = options_of(tmp_path, handed_in, COURSE)
            status, peak = grade_and_disturb(options, tmp_path)
            took = time.monotonic() - begin
            assert status == 0, (tmp_path / 'log').read_text()
            points = points_of(tmp_path, ids, COURSE)
            assert victim.poll() is None
            victim.kill()
        assert confinement.snapshot(targets) == before
    finally:
        scratch.erase(targets)
    assert points.pop('innocent0') == '100.00'
    assert points.pop('<script>alert(1)<_script>') in ('62.00', '52.00')
    innocent = {name: points.pop(name) for name in list(points) if name.startswith('innocent')}
    assert {*innocent.values()} == {'68.67'}
    assert {name: found for name, found in points.items() if found not in ('0.00', None)} == {}
    assert took < 10 * len(handed_in)  # each ended by its limits
    assert peak < 300 * MB
    report = (tmp_path / 'OUT/report.html').read_text(encoding='utf-8')
    assert report.count('<script') == 1 and 'alert(1)' not in report[report.index('<script'):]
    pages = [path.read_text(encoding='utf-8') for path in (tmp_path / 'OUT/feedback').iterdir()]
    assert len(pages) == len(handed_in) and not [page for page in pages if '<script' in page]
