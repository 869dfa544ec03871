"""The checker's look at dnn_cnn_2.py: it names the TODO item that is wrong, and never the answer."""

import ast
import re
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from instructor.publishing import blanks
from tests.helpers import ROOT
from tests.helpers.checker import MASTER as MISC
from tests.helpers.checker import command, finish, lay_out, wait_for
from tests.helpers.variants import build
from tests.judges.test_wiring import BACKWARD, FORWARD, MASTER, MODULES, RIGHT, WRONG, lines, written

LINE = re.compile(r'(TODO \(\d\)|the script) +\.\.\. (should be correct|might be wrong|not written yet|not reached)')


def check(folder, source, misc=MISC):
    """Item -> (verdict, the lines under it), the last line, the exit status; of one right dnn_misc.py."""
    lay_out(folder, misc)
    (folder / 'dnn_cnn_2.py').write_bytes(source if isinstance(source, bytes) else source.encode())
    before = sorted(path.name for path in folder.iterdir())
    run = subprocess.run(command(folder), cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, encoding='utf-8',
                         timeout=120)
    assert run.stderr == ''
    assert sorted(path.name for path in folder.iterdir()) == before  # no result file
    if '\ndnn_cnn_2.py:\n' not in run.stdout:
        return {}, run.stdout.splitlines()[-1], run.returncode
    *told, last = run.stdout.split('\n\ndnn_cnn_2.py:\n')[1].splitlines()
    found, name = {}, None
    for line in told:
        if line.startswith('    '):
            found[name][1].append(line.strip())
        else:
            name, verdict = LINE.fullmatch(line).groups()
            found[name] = verdict, []
    return found, last, run.returncode


@pytest.fixture(scope='module')
def outcomes(tmp_path_factory):
    """What is said of all right and wrong ones that the grader is tested with."""
    folder = tmp_path_factory.mktemp('wiring')
    sources = {**RIGHT, **{name: written(**one[0]) for name, one in WRONG.items() if isinstance(one[0], dict)}}
    with ThreadPoolExecutor(2) as pool:
        runs = {name: pool.submit(check, folder / f'my files {number}', source)
                for number, (name, source) in enumerate(sources.items())}
        return {name: run.result() for name, run in runs.items()}


@pytest.mark.parametrize('name', RIGHT)
def test_right_in_many_ways(outcomes, name):
    found, last, status = outcomes[name]
    assert found == {f'TODO ({number})': ('should be correct', []) for number in range(1, 6)}
    assert (last, status) == ('5 of 5 TODO items correct', 0)


@pytest.mark.parametrize('name', [name for name, one in WRONG.items() if isinstance(one[0], dict)])
def test_what_is_wrong_is_named_and_what_is_right_is_not_blamed(outcomes, name):
    found, last, status = outcomes[name]
    wrong = {int(item[6]) for item, (verdict, _) in found.items() if verdict == 'might be wrong' and item[0] == 'T'}
    lost = set(WRONG[name][1])
    if 'the script' not in found:
        assert min(wrong) == min(lost)
    right = {int(item[6]) for item, (verdict, _) in found.items() if verdict == 'should be correct'}
    assert not right & lost
    assert (last, status) == (f'{len(right)} of 5 TODO items correct', 1)
    assert 'expected ' not in ' '.join(line for _, hints in found.values() for line in hints if 'Error' not in line)


@pytest.mark.parametrize('shared', ['nonlinear', 'M'])
def test_a_module_of_the_first_block_used_again_is_the_mistake_of_one_item(tmp_path, shared):
    source = written(todo1=f"{lines(MODULES)}\nmodel['{shared}2'] = model['{shared}1']")
    found, last, _ = check(tmp_path / 'a', source)
    assert [verdict for verdict, _ in found.values()] == ['might be wrong', *['should be correct'] * 4]
    assert found['TODO (1)'][1] == [f'look at {shared}2: class, settings and name in model (see the table of Q3.9)']


def test_a_call_after_the_chain_is_seen(tmp_path):
    source = written(todo4=f"{lines(FORWARD)}\nmodel['drop1'].forward(model['F1'].forward(m2), is_train=True)")
    found, last, _ = check(tmp_path / 'a', source)
    assert (found['TODO (4)'][0], last) == ('might be wrong', '4 of 5 TODO items correct')
    assert 'drop1.forward(output of F1)' in found['TODO (4)'][1]


def test_an_error_of_a_given_file_is_told_with_its_name(tmp_path):
    lay_out(tmp_path / 'a', MISC)
    (tmp_path / 'a' / 'dnn_cnn_2.py').write_text(MASTER)
    (tmp_path / 'a' / 'data_loader.py').write_text('x = (\n')
    printed = subprocess.run(command(tmp_path / 'a'), stdin=subprocess.DEVNULL, capture_output=True,
                             encoding='utf-8', timeout=60).stdout
    assert 'data_loader.py, line 1: SyntaxError' in printed


def test_the_report_on_a_wrong_chain_to_the_letter(tmp_path):
    found, last, _ = check(tmp_path / 'a', written(todo4="m2 = model['M2'].forward(m1)", todo1=lines(MODULES).replace(
        'filter_len=3', 'filter_len=5')))
    assert found['TODO (1)'] == ('might be wrong', [
        'look at C2: class, settings and name in model (see the table of Q3.9)'])
    assert found['TODO (4)'] == ('might be wrong', [
        'which module receives which output? Compare with the figure of Q3.9; yours:', 'M2.forward(output of M1)',
        'F1.forward(output of M2)'])
    assert [found[f'TODO ({number})'][0] for number in (2, 3, 5)] == ['should be correct'] * 3
    assert last == '3 of 5 TODO items correct'


def test_an_error_is_told_with_the_line_of_dnn_cnn_2(tmp_path):
    source = written(todo2=lines(FORWARD, line2="h2 = model['nonlinear2'].forward(m1)"),
                     todo3=lines(BACKWARD, line3="grad_m1 = model['C2'].backward(m1, grad_C2)"))
    found, _, _ = check(tmp_path / 'a', source)
    number = next(number for number, line in enumerate(source.split('\n'), 1) if 'grad_C2' in line)
    assert found['TODO (3)'] == ('might be wrong', [
        f"dnn_cnn_2.py, line {number}: NameError: name 'grad_C2' is not defined"])
    assert found['TODO (2)'][0] == 'might be wrong' and 'nonlinear2.forward(output of M1)' in found['TODO (2)'][1]
    assert found['TODO (4)'] == found['TODO (5)'] == ('not reached', [])


def test_nothing_is_said_before_the_first_item_is_written(tmp_path):
    handed_out = blanks.empty(MASTER, 'dnn_cnn_2.py')
    assert check(tmp_path / 'a', handed_out) == ({}, '5 of 5 correct', 0)
    bodies = {blank.name: blank.body for blank in blanks.read_blanks(MASTER, 'f')}
    begun = blanks.fill(handed_out, {name: bodies[name] for name in ('TODO (1)', 'TODO (2)')}, 'f')
    found, last, status = check(tmp_path / 'b', begun)
    assert {name: verdict for name, (verdict, _) in found.items()} == {
        'TODO (1)': 'should be correct', 'TODO (2)': 'should be correct', **dict.fromkeys(
            ['TODO (3)', 'TODO (4)', 'TODO (5)'], 'not written yet')}
    assert (last, status) == ('2 of 5 TODO items correct', 1)


def test_the_five_functions_need_not_be_written(tmp_path):
    found, last, status = check(tmp_path / 'a', MASTER, misc=build('nothing written', MISC))
    assert {verdict for verdict, _ in found.values()} == {'should be correct'}
    assert (last, status) == ('5 of 5 TODO items correct', 1)


def test_a_script_that_cannot_be_read(tmp_path):
    found, _, status = check(tmp_path / 'a', MASTER.replace('def main(', 'def main(('))
    assert found['the script'][1][0].startswith('dnn_cnn_2.py, line ') and 'SyntaxError' in found['the script'][1][0]
    assert status == 1


def test_ctrl_c_ends_an_endless_item(tmp_path):
    source = written(todo4=f"open({str(tmp_path / 'there')!r}, 'w').close()\nwhile True:\n    pass")
    (lay_out(tmp_path / 'a', MISC) / 'dnn_cnn_2.py').write_text(source)
    process = subprocess.Popen(command(tmp_path / 'a'), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, encoding='utf-8')
    wait_for(tmp_path / 'there')
    process.send_signal(signal.SIGINT)
    output, errors = finish(process)
    assert re.search(r'TODO \(4\) +\.\.\. might be wrong\n    dnn_cnn_2\.py, line \d+: stopped by Ctrl-C', output)
    assert (errors, process.returncode) == ('', 1)


def test_without_its_part_the_checker_says_so(tmp_path):
    folder = lay_out(tmp_path / 'a', MISC)
    (folder / 'dnn_cnn_2_check.py').unlink()
    (folder / 'dnn_cnn_2.py').write_text(MASTER)
    run = subprocess.run(command(folder), capture_output=True, encoding='utf-8', timeout=60)
    assert run.stdout.endswith('dnn_cnn_2.py is not checked: dnn_cnn_2_check.py is missing, put it back\n')
    lay_out(folder, MISC)
    run = subprocess.run([sys.executable, folder / 'dnn_cnn_2_check.py'], capture_output=True, encoding='utf-8')
    assert run.returncode == 1 and 'run python3 hw5_dnn_check.py' in run.stderr


def test_the_file_holds_no_answer():
    source = (ROOT / 'dnn_cnn_2_check.py').read_text()
    assert blanks.find_solution(source, blanks.read_blanks(MASTER, 'f')) is None
    assert not re.search(r'num_input|num_output|filter_len|max_len|stride|m1\b|c2\b|h2\b|m2\b|\b25\b', source)
    for name in ('C2', 'nonlinear2', 'M2'):
        assert source.count(f"'{name}'") == 1  # as what is to be created, and in no chain
    imported = {name for node in ast.walk(ast.parse(source)) if isinstance(node, (ast.Import, ast.ImportFrom))
                for name in [getattr(node, 'module', None) or node.names[0].name]}
    assert imported == {'contextlib', 'hashlib', 'importlib', 'inspect', 're', 'sys', 'traceback', 'pathlib', 'typing',
                        'numpy', 'checking'}
