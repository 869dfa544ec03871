"""submission.py: every fault that a result, a script or a declaration of collaboration can have, by its name."""

import json

import pytest

from tests.helpers.packing import (
    EPOCHS,
    PARTS,
    Q33,
    RECORDS,
    RIGHT,
    ROOT,
    found,
    problems_in,
    put_submission,
    submit,
)

RESULTS = {
    'not JSON': ('{"train": [0.1', 'JSON'),
    'empty': ('', 'JSON'),
    'deep': ('[' * 40000, 'JSON'),
    'deep value': ('{"train": [' + '[' * 900 + ']' * 900 + '], "val": []}', 'train'),
    'a list': (json.dumps([EPOCHS, EPOCHS]), '"train" and "val"'),
    'a number': ('1', '"train" and "val"'),
    'null': ('null', '"train" and "val"'),
    'one list': (json.dumps({'train': EPOCHS}), '"train" and "val"'),
    'extra key': (json.dumps({**RIGHT, 'loss': EPOCHS}), '"train" and "val"'),
    'other key': (json.dumps({'train': EPOCHS, 'valid': EPOCHS}), '"train" and "val"'),
    'a key twice': (json.dumps(RIGHT)[:-1] + f', "val": {EPOCHS}}}', '"train" and "val", once each'),
    'pairs': (json.dumps([*RIGHT.items()]), '"train" and "val"'),
    'an object inside': (json.dumps({**RIGHT, 'val': [{}] + EPOCHS[1:]}), '"val" has an object at epoch 1'),
    '29 epochs': (json.dumps({**RIGHT, 'train': EPOCHS[:29]}), '"train" has 29 numbers'),
    '31 epochs': (json.dumps({**RIGHT, 'val': EPOCHS + [0.5]}), '"val" has 31 numbers'),
    'no epochs': (json.dumps({'train': [], 'val': []}), '"train" has 0 numbers'),
    'no list': (json.dumps({**RIGHT, 'val': 0.5}), '"val" has no list'),
    'object': (json.dumps({**RIGHT, 'val': {str(i): 0.5 for i in range(30)}}), '"val" has no list'),
    'NaN': (json.dumps({**RIGHT, 'val': EPOCHS[:29] + [float('nan')]}), '"val" has nan at epoch 30'),
    'infinity': (json.dumps({**RIGHT, 'val': EPOCHS[:29] + [float('inf')]}), '"val" has inf at epoch 30'),
    'text': (json.dumps({**RIGHT, 'train': ['0.9'] + EPOCHS[1:]}), '"train" has \'0.9\' at epoch 1'),
    'true': (json.dumps({**RIGHT, 'train': EPOCHS[:4] + [True] + EPOCHS[5:]}), '"train" has True at epoch 5'),
    'null value': (json.dumps({**RIGHT, 'train': EPOCHS[:4] + [None] + EPOCHS[5:]}), '"train" has None at epoch 5'),
    'list value': (json.dumps({**RIGHT, 'train': [[0.5]] + EPOCHS[1:]}), '"train" has a list at epoch 1'),
    'per cent': (json.dumps({**RIGHT, 'val': [100 * value for value in EPOCHS]}), '"val" has 90.0 at epoch 1'),
    'negative': (json.dumps({**RIGHT, 'val': EPOCHS[:2] + [-1e-9] + EPOCHS[3:]}), '"val" has -1e-09 at epoch 3'),
    'huge number': ('{"train": [' + '9' * 40000 + '], "val": []}', '"train" has 1 number, '),
}


@pytest.mark.parametrize('content, said', RESULTS.values(), ids=RESULTS)
def test_a_malformed_result_is_named_with_its_question(tamu, content, said):
    (tamu / RECORDS['q38']).write_text(content)
    status, out, err = submit(tamu, 'tamu')
    lines = [line for line in err if not line.startswith('warning: ')]
    assert (status, out, len(lines)) == (1, [], 2)
    assert lines[0].startswith(f'{RECORDS["q38"]}: ') and said in lines[0] and 'run q38.sh again' in lines[0]
    assert found(tamu, 'tamu') == [('result', RECORDS['q38'])]
    assert not list(tamu.glob('*.zip'))


@pytest.mark.parametrize('value', [0, 1, 0.0, 1.0, 1e-300, -0.0])
def test_the_ends_of_the_range_are_right(tamu, value):
    (tamu / Q33).write_text(json.dumps({'val': [value] * 30, 'train': EPOCHS}, indent=4))
    assert found(tamu, 'tamu') == []


SCRIPTS = {
    'syntax error': ('def f(:\n', 'syntax', 'line 1'),
    'syntax error below': ('x = 1\ny = = 2\n', 'syntax', 'line 2'),
    'return outside': ('return 1\n', 'syntax', 'line 1'),
    'tabs': ('if 1:\n        x = 1\n\ty = 2\n', 'syntax', 'line 3'),
    'nested': ('x = ' + '(' * 5000 + ')' * 5000, 'syntax', 'mend'),
    'minus': ('x = ' + '-' * 100000 + '1', 'syntax', 'mend'),
    'long': ('x = 1\n' * 100000, 'size', '200000'),
    'torch': ('import torch\n', 'import', 'line 1 imports torch'),
    'torch.nn': ('import numpy as np, torch.nn as nn\n', 'import', 'imports torch.nn'),
    'from': ('x = 1\nfrom scipy.signal import convolve2d\n', 'import', 'line 2 imports scipy.signal'),
    'in a function': ('def f():\n    if 1:\n        import os\n', 'import', 'line 3 imports os'),
    'star': ('from math import *\n', 'import', 'imports math'),
    'relative': ('from . import helper\n', 'import', 'imports .'),
    'relative numpy': ('from .numpy import array\n', 'import', 'imports .numpy'),
    'like numpy': ('import numpy_financial\n', 'import', 'imports numpy_financial'),
    '__import__': ('torch = __import__("torch")\n', 'import', 'line 1 imports something by __import__'),
    'builtins': ('import builtins\n', 'import', 'imports builtins'),
    '__builtins__': ('__builtins__.__import__("os")\n', 'import', '__import__'),
    'importlib': ('import importlib\ntorch = importlib.import_module("torch")\n', 'import', 'imports importlib'),
    'hidden in a comment': ('# coding: utf-7\n#+AAo-import os\n', 'import', 'imports os'),
    'no such encoding': ('# coding: nonsense\nx = 1\n', 'syntax', 'nonsense'),
    'not UTF-8': (b'x = 1\n# caf\xe9\n', 'encoding', 'line 2 is not UTF-8'),
    'null byte': (b'x = 1\x00\n', 'encoding', 'holds null bytes'),
    'UTF-16': ('x = 1\n'.encode('utf-16'), 'encoding', 'line 1 is not UTF-8'),
    'binary': (bytes(range(256)) * 4, 'encoding', 'UTF-8'),
}


@pytest.mark.parametrize('name', ['dnn_misc.py', 'dnn_cnn_2.py'])
@pytest.mark.parametrize('content, kind, said', SCRIPTS.values(), ids=SCRIPTS)
def test_a_script_that_cannot_be_taken(tamu, name, content, kind, said):
    (tamu / name).write_bytes((content + PARTS[name]).encode() if isinstance(content, str) else content)
    status, _, err = submit(tamu, 'tamu')
    lines = [line for line in err if not line.startswith('warning: ')][:-1]
    assert status == 1 and len(lines) == 1, lines
    assert lines[0].startswith(f'{name}: ') and said in lines[0]
    assert found(tamu, 'tamu') == [(kind, name)]


FUNCTIONS = ['linear_layer.forward', 'linear_layer.backward', 'relu.forward', 'relu.backward', 'dropout.backward']


@pytest.mark.parametrize('name, text, missing', [
    ('dnn_misc.py', '', FUNCTIONS),
    ('dnn_misc.py', '# all of it went into another file\nimport numpy as np\n', FUNCTIONS),
    ('dnn_misc.py', '"""class relu:\n    def forward(): pass"""\ndef forward(): pass\n', FUNCTIONS),
    ('dnn_misc.py', PARTS['dnn_misc.py'].replace('relu', 'Relu'), ['relu.forward', 'relu.backward']),
    ('dnn_misc.py', PARTS['dnn_misc.py'].replace('class dropout:', 'class dropout: pass\nclass other:'),
     ['dropout.backward']),
    ('dnn_cnn_2.py', '', ['main']), ('dnn_cnn_2.py', 'import data_loader\nmain = 5\n', ['main'])])
def test_code_that_was_given_and_is_gone_is_told(tamu, name, text, missing):
    (tamu / name).write_text(text)
    assert found(tamu, 'tamu') == [('missing-code', name)] * len(missing)
    status, out, err = submit(tamu, 'tamu')
    told = [line for line in err if not line.startswith('warning: ')][:-1]
    assert (status, out, told) == (1, [], [f'{name}: {part} is missing, put it back' for part in missing])


def test_each_script_may_import_what_the_given_code_imports(tamu):
    for name in ('dnn_misc.py', 'dnn_cnn_2.py'):
        text = (ROOT / name).read_text()
        (tamu / name).write_text(text + '\nimport numpy.linalg\nfrom numpy import *\n')
        assert found(tamu, 'tamu') == []
        (tamu / name).write_text(text + f'\nfrom {"data_loader" if name == "dnn_misc.py" else "dnn_im2col"} import *\n')
        assert found(tamu, 'tamu') == [('import', name)]
        (tamu / name).write_text(text)


def test_a_script_with_byte_order_mark_and_windows_line_ends_is_right(osu):
    text = (osu / 'dnn_misc.py').read_text()
    (osu / 'dnn_misc.py').write_bytes(b'\xef\xbb\xbf' + text.replace('\n', '\r\n').encode())
    assert found(osu, 'osu') == []


def test_no_code_of_the_student_runs(tamu):
    (tamu / 'dnn_misc.py').write_text(f'open({str(tamu / "ran")!r}, "w")\n')
    (tamu / 'numpy.py').write_text(f'open({str(tamu / "ran")!r}, "w")\n')
    submit(tamu, 'tamu')
    assert not (tamu / 'ran').exists()


def test_unwritten_blanks_are_named_one_by_one(tamu):
    blanks = FUNCTIONS
    (tamu / 'dnn_misc.py').write_text('import numpy as np\n' + ''.join(
        f'def f{number}():\n    ### BEGIN SOLUTION\n    raise NotImplementedError({blank!r})\n    ### END SOLUTION\n'
        for number, blank in enumerate(blanks)) + PARTS['dnn_misc.py'])
    (tamu / 'dnn_cnn_2.py').write_text(
        'def main():\n    raise NotImplementedError("TODO (2)")\n    raise NotImplementedError\n'
        'raise NotImplementedError(f"{1}")\nraise ValueError("x")\n')
    status, _, err = submit(tamu, 'tamu')
    assert status == 1
    assert [line for line in err if not line.startswith('warning: ')][:-1] == [
        f'dnn_misc.py: line {line}: {blank} is not written yet, write it'
        for line, blank in zip([4, 8, 12, 16, 20], blanks)
    ] + [f'dnn_cnn_2.py: line {line}: {blank} is not written yet, write it'
         for line, blank in ((2, 'TODO (2)'), (3, 'this part'), (4, 'this part'))]


def test_thousands_of_faults_in_a_file_are_not_all_told(tamu):
    (tamu / 'dnn_misc.py').write_text('import os\n' * 10000 + PARTS['dnn_misc.py'])
    (tamu / 'collaboration.txt').write_text('x\n' * 10000)
    kinds = found(tamu, 'tamu')
    assert kinds == [('import', 'dnn_misc.py')] * 20 + [('collaboration', 'collaboration.txt')] * 20


ROWS = {
    'empty': ('', 'is empty'),
    'blank': ('\n \n\t\n', 'is empty'),
    'no NetID': ('Jane Doe\n', 'line 1, "Jane Doe"'),
    'second row': ('Jane Doe, jdoe\n\nWei Li wli5\n', 'line 3, "Wei Li wli5"'),
    'three parts': ('Zhang, Cheng, chzhang\n', 'line 1'),
    'empty part': ('Jane Doe,  \n', 'line 1'),
    'empty name': (' , jdoe\n', 'line 1'),
    'the pattern itself': ('Name, NetID\n', "replace the example by a classmate's Name and NetID"),
    'both': ('no discussion\nJane Doe, jdoe\n', 'line 1, "no discussion"'),
    'none': ('none\n', 'line 1'),
    'control characters': ('\x1b[31mJane\n', '"?[31mJane"'),
}


@pytest.mark.parametrize('content, said', ROWS.values(), ids=ROWS)
def test_a_collaboration_file_that_says_too_little(tamu, content, said):
    (tamu / 'collaboration.txt').write_text(content)
    status, _, err = submit(tamu, 'tamu')
    lines = [line for line in err if not line.startswith('warning: ')][:-1]
    assert status == 1 and len(lines) == 1 and lines[0].isprintable()
    assert lines[0].startswith('collaboration.txt: ') and said in lines[0] and 'no discussion' in lines[0]
    assert found(tamu, 'tamu') == [('collaboration', 'collaboration.txt')]


@pytest.mark.parametrize('content', ['no discussion', '\n No Discussion.\n\n', '"no discussion"\r\n',
                                     '\ufeffJane Doe, jdoe', 'Zoë,zoe.1\r\n成 龙 , cl'])
def test_a_collaboration_file_that_is_right(tamu, content):
    (tamu / 'collaboration.txt').write_text(content, encoding='utf-8')
    assert found(tamu, 'tamu') == []


def test_a_missing_or_utf_16_collaboration_file(tamu):
    (tamu / 'collaboration.txt').write_bytes('no discussion'.encode('utf-16'))
    assert found(tamu, 'tamu') == [('encoding', 'collaboration.txt')]
    (tamu / 'collaboration.txt').unlink()
    [problem] = problems_in(tamu, 'tamu')
    assert problem.kind == 'missing' and '"Name, NetID"' in problem.text and '"no discussion"' in problem.text


@pytest.mark.parametrize('name', ['dnn_misc.py', 'dnn_cnn_2.py'])
@pytest.mark.parametrize('ending', [
    '', '\n# Collaboration:\n', '\n# Collaboration:', '\n# Collaboration:\n#\n#  \n\n', '\n# Collaboration:\n# ---\n',
    '\n# Collaboration:\n# Jane Doe\nx = 1\n', '\n# Collaboration:\n"""Jane Doe"""\n',
    '\n# Jane Doe\n# Collaboration:\n', '\n# discussed with Jane Doe\n'])
def test_comments_on_collaboration_that_say_too_little(osu, name, ending):
    (osu / name).write_text((ROOT / name).read_text() + ending)
    [problem] = problems_in(osu, 'osu')
    assert problem[:2] == ('collaboration', name)
    assert '"# Collaboration:"' in problem.text and '"# no discussion"' in problem.text
    assert submit(osu, 'osu')[0] == 1


@pytest.mark.parametrize('ending', ['\n# Collaboration:\n# no discussion', '\n# Collaboration: Jane Doe\n',
                                    '\r\n# Collaboration:\r\n\r\n#Zoë, zoe.1\r\n  # 成龙\r\n\r\n'])
def test_comments_on_collaboration_that_are_right(osu, ending):
    for name in ('dnn_misc.py', 'dnn_cnn_2.py'):
        (osu / name).write_bytes((ROOT / name).read_bytes() + ending.encode())
    assert found(osu, 'osu') == []


def test_a_course_asks_only_for_its_own_declaration(osu, tmp_path):
    assert found(osu, 'tamu') == [('missing', 'collaboration.txt')]
    tamu = put_submission(tmp_path / 'other', 'tamu')
    assert found(tamu, 'osu') == [('collaboration', 'dnn_misc.py'), ('collaboration', 'dnn_cnn_2.py')]
