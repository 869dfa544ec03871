"""judges/reading.py, flags.py: what a person is told, named function by function, and nothing about honest work."""

import resource
import sys

import pytest

import submission_scripts
from benchmarks import synthetic_class
from instructor.course import load_course
from instructor.judges import reading
from instructor.judges.flags import flags
from instructor.publishing import blanks, build
from instructor.sandbox import worker_runs
from instructor.sandbox.workers import read_submission
from tests.helpers import boxes, variants

COURSES = {name: load_course(boxes.ROOT / 'instructor' / 'courses' / f'{name}.json') for name in ('tamu', 'osu')}
MISC, CNN2 = boxes.master('dnn_misc.py'), boxes.master('dnn_cnn_2.py')
ENDING = '\n\n# Collaboration:\n# Jane Doe, doe.12\n'


def flagged(misc=MISC, cnn2=CNN2, course='tamu', collaboration=b'Jane Doe, jdoe\n', late=False):
    files = {'dnn_misc.py': misc, 'dnn_cnn_2.py': cnn2}
    files = {name: text.encode() if isinstance(text, str) else text for name, text in files.items() if text is not None}
    if collaboration is not None:
        files['collaboration.txt'] = collaboration
    submission = boxes.Submission(files, late=late)
    return flags(submission, reading.read(submission, COURSES[course], boxes.unconfined), COURSES[course])


def test_honest_work_has_no_flag():
    assert flagged() == []
    assert flagged(MISC + ENDING, CNN2 + ENDING, 'osu', None) == []


@pytest.mark.parametrize('name', [name for name, variant in variants.VARIANTS.items() if not variant.extra])
def test_whatever_stands_in_the_blanks_is_no_change_of_given_code(name):
    told = read_submission.read_script('dnn_misc.py', variants.build(name, MISC), blanks.empty(MISC, 'f'),
                                       blanks, submission_scripts, COURSES['tamu'].assignment.scripts['dnn_misc.py'])
    assert not [flag for flag in told['flags'] if 'given code is' in flag or 'marker' in flag]


def test_handouts_of_both_courses_are_given_code():
    pytest.importorskip('pypandoc')
    for name, course in COURSES.items():
        files = build.build(course)
        told = flagged(files['dnn_misc.py'], files['dnn_cnn_2.py'], name)
        assert not [flag for flag in told if 'collaboration' not in flag], told


def test_layout_comments_and_docstrings_do_not_count():
    other = MISC.replace('class relu:', '# mine\nclass relu:  # the second\n').replace('The output for', 'Output of')
    other = other.replace('self.mask = None', 'self.mask = (None)').replace('\n', '\r\n')
    assert flagged('\ufeff' + other) == []


@pytest.mark.parametrize('old, new, words', [
    ('if not is_train:', 'if is_train:', 'dnn_misc.py: given code is changed in dropout.forward'),
    ('def sgd_update(model, ', 'def sgd_update(net, ', 'dnn_misc.py: given code is changed in sgd_update'),
    ('class max_pool:', 'class max_pool(relu):', 'dnn_misc.py: given code is changed in max_pool'),
    ('def add_momentum(model):', 'def add_momentums(model):', 'dnn_misc.py: given code is missing: add_momentum'),
    ('def add_momentum(model):', 'def add_momentums(model):', 'dnn_misc.py: there is code in addition: add_momentums'),
    ('import numpy as np\n', 'import numpy as np\nimport torch.nn\n', 'imports torch.nn'),
    ('import numpy as np\n', 'import numpy as np\nimport os, sys\n', 'imports os'),
    ('return X @ self', "return __import__('os') or X @ self", 'imports something by __import__'),
])
def test_changes_are_named(old, new, words):
    assert old in MISC
    assert [flag for flag in flagged(MISC.replace(old, new, 1)) if words in flag]


def test_a_second_definition_that_takes_the_place_of_the_given_one():
    told = flagged(MISC + '\n\ndef sgd_update(*arguments):\n    pass\n')
    assert told == ['dnn_misc.py: given code is changed in sgd_update']
    told = flagged(MISC + '\n\nlinear_layer.forward = None\n')
    assert told == ['dnn_misc.py: given code is changed in the lines outside of functions']


def test_several_changes_in_one_line():
    both = MISC.replace('self.r = r', 'self.r = 0').replace('return grad.reshape(X.shape)', 'return grad')
    assert flagged(both) == ['dnn_misc.py: given code is changed in dropout.__init__, flatten_layer.backward']
    told = flagged(cnn2=CNN2.replace('DECAY_STEP = 30', 'DECAY_STEP = 5').replace('input_D=1225', 'input_D=4900'))
    assert told == ['dnn_cnn_2.py: given code is changed in the lines outside of functions, main']


def test_marker_lines_that_are_gone():
    first = f'        {blanks.BEGIN}\n'
    told = flagged(MISC.replace(first, '', 1).replace('if not is_train:', 'if is_train:'))
    assert 'the marker lines are gone or not as they were given' in told[0] and 'relu.forward' in told[0]
    assert told[1:] == ['dnn_misc.py: given code is changed in dropout.forward']
    told = flagged(cnn2='\n'.join(line for line in CNN2.split('\n') if '###' not in line))
    assert len(told) == 1
    assert told[0].startswith('dnn_cnn_2.py: all of main was not compared with the handout, because the marker lines')


def test_late_and_collaboration():
    assert flagged(late=True) == ['handed in late']
    assert flagged(collaboration=None) == ['collaboration is not declared: collaboration.txt is missing or no text']
    assert 'is empty' in flagged(collaboration=b'\n')[0]
    told, = flagged(MISC, CNN2 + ENDING, 'osu', None)
    assert told.startswith('collaboration is not declared as it should be: dnn_misc.py')


@pytest.mark.parametrize('misc, words', [
    ('def f(:\n', 'Python cannot read it'), ('x = 1\n' * 50_000, 'is longer than'),
    ('(' * 5000, 'Python cannot read it'), ('x = ' + '-' * 50_000 + '1\n', 'not compared')])
def test_scripts_that_cannot_be_read(misc, words):
    told = flagged(misc)
    assert any(words in flag for flag in told) and all(flag.count('\n') == 0 for flag in told)


def test_missing_files_are_told_by_the_judges():
    assert flagged(None, None) == []
    assert flagged(b'\xff\xfe\xfd', None) == []


def test_which_scripts_hold_more_than_blanks_that_are_filled():
    def changed(**files):
        submission = boxes.Submission({**synthetic_class.perfect(COURSES['tamu']), **files})
        return reading.read(submission, COURSES['tamu'], boxes.unconfined).changed

    assert changed() == set()
    hook = f'{MISC}\n\ntry:\n    import data_loader\nexcept ImportError:\n    pass\n'
    assert changed(**{'dnn_misc.py': hook.encode()}) == {'dnn_misc.py'}
    unmarked = '\n'.join(line for line in CNN2.split('\n') if '###' not in line)
    assert changed(**{'dnn_cnn_2.py': unmarked.encode()}) == {'dnn_cnn_2.py'}
    inside = MISC.replace('self.mask = X > 0', "self.mask = X > 0\n        import data_loader")
    assert changed(**{'dnn_misc.py': inside.encode()}) == {'dnn_misc.py'}


# ---- files over which Python itself ends

BOMB = f'x = lambda b, a: {"[" * 40}a{" for a in b]" * 40}\n'  # Python 3.12 and 3.13 end when they compile it
HUGE = ''.join(f'{" " * depth}try:\n{" " * depth} pass\n{" " * depth}finally:\n' for depth in range(18)) + ' ' * 18 + \
    'pass\n'  # as compiled, it doubles with each level
LONG_IMPORT = f'import {"a." * 30_000}a\n'


def read_confined(**files):
    """The Reading of a perfect submission but for some files, as a confined child gives it."""
    submission = boxes.Submission({**synthetic_class.perfect(COURSES['tamu']), **files})
    return reading.read(submission, COURSES['tamu'], boxes.confined())


@pytest.mark.parametrize('text', [BOMB, HUGE * 8, LONG_IMPORT])
def test_nothing_is_compiled_in_the_graders_own_process(text, monkeypatch):
    compiled = []
    boxes.confined()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for name in ('dnn_misc.py', 'dnn_cnn_2.py'):
        with monkeypatch.context() as patch:
            for function in ('ast.parse', 'builtins.compile', 'builtins.exec', 'builtins.eval'):
                patch.setattr(function, lambda *arguments, **options: compiled.append(arguments))
            read = read_confined(**{name: f'{boxes.master(name)}\n{text}'.encode()})
        assert compiled == []
        told = read.flags + read.review
        assert any(name in line for line in told), told
        assert len(read.records) == 7  # what else there is has been read
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000  # KB


def test_a_child_that_dies_over_a_file_is_a_reason_for_review():
    """A stand-in for what ends Python while it compiles, on every version: a parser that kills its process."""
    source = (worker_runs.WORKERS / 'read_submission.py').read_text(encoding='utf-8')
    kills = "import os\ndef read_script(name, *_):\n    os.kill(os.getpid(), 11)\n\n\ndef main():"
    box = lambda entry, files, argv=(), **limits: boxes.unconfined(  # noqa: E731
        source.replace('def main():', kills), files, argv, **limits)
    submission = boxes.Submission(synthetic_class.perfect(COURSES['tamu']))
    read = reading.read(submission, COURSES['tamu'], box)
    assert read.review == [f'{name}: crashes Python when it is parsed'
                           for name in ('dnn_misc.py', 'dnn_cnn_2.py')]
    assert len(read.records) == 7 and read.texts == {*read.records, 'collaboration.txt'}


def test_no_file_is_blamed_for_what_comes_after_it():
    source = (worker_runs.WORKERS / 'read_submission.py').read_text(encoding='utf-8')
    kills = "    os.kill(os.getpid(), 11)\n    problems = ["
    box = lambda entry, files, argv=(), **limits: boxes.unconfined(  # noqa: E731
        source.replace('    problems = [f', f'{kills}f'), files, argv, **limits)
    read = reading.read(boxes.Submission(synthetic_class.perfect(COURSES['tamu'])), COURSES['tamu'], box)
    assert read.review == ['collaboration: crashes Python when it is parsed']
    assert len(read.records) == 7 and len(read.texts) == 10


@pytest.mark.skipif(sys.version_info < (3, 12), reason='this Python survives it')
def test_this_python_ends_over_a_line():
    """Also where nothing of it is stood in for."""
    read = read_confined(**{'dnn_misc.py': f'{MISC}\n{BOMB}'.encode()})
    assert read.review == ['dnn_misc.py: crashes Python when it is parsed']
