"""Where and how the students' checker runs: other folders, faults at import, Ctrl-C, code that ends the process."""

import os
import re
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import hw5_dnn_check
from tests.helpers.checker import MASTER, check, command, endless, finish, lay_out, line_of, parse, start, wait_for
from tests.helpers.variants import FUNCTIONS, build, with_bodies

# ---- Where and how it is run ----

def test_the_report_of_the_solution_to_the_letter(tmp_path):
    run = check(tmp_path / 'a', MASTER)
    assert re.sub(r'\d\.\de-\d\d', 'D', run.stdout) == (
        'linear_layer.forward    largest difference D ... should be correct\n'
        'linear_layer.backward   largest difference D ... should be correct\n'
        'relu.forward            largest difference 0.0e+00 ... should be correct\n'
        'relu.backward           largest difference D ... should be correct\n'
        'dropout.backward        largest difference 0.0e+00 ... should be correct\n'
        '5 of 5 correct\n')
    assert (run.stderr, run.returncode) == ('', 0)
    assert check(tmp_path / 'a', MASTER).stdout == run.stdout


def test_blanks_are_named_with_their_lines(tmp_path):
    source = build('nothing written', MASTER)
    run = check(tmp_path / 'a', source)
    found, last = parse(run.stdout)
    assert {name: hints for name, (_, _, hints) in found.items()} == {
        name: [f'dnn_misc.py, line {line_of(source, repr(name))}: not written yet'] for name in FUNCTIONS}
    assert {difference for difference, _, _ in found.values()} == {'n/a'}
    assert (last, run.returncode, run.stderr) == ('0 of 5 correct', 1, '')


def test_any_folder_any_current_folder(tmp_path):
    elsewhere = tmp_path / 'elsewhere'
    elsewhere.mkdir()
    for name in ('dnn_misc.py', 'checking.py', 'common.py', 'data_loader.py'):
        (elsewhere / name).write_text('raise RuntimeError("not this one")\n')
    env = {**os.environ, 'PYTHONPATH': str(elsewhere)}
    run = check(tmp_path / 'my homework é', MASTER, cwd=elsewhere, env=env)
    assert run.stdout.endswith('5 of 5 correct\n') and run.returncode == 0
    run = subprocess.run([sys.executable, '-I', '-B', '../my homework é/hw5_dnn_check.py'], cwd=elsewhere,
                         stdout=subprocess.PIPE, encoding='utf-8', timeout=60)
    assert run.stdout.endswith('5 of 5 correct\n') and run.returncode == 0


def test_a_reader_that_stops_reading(tmp_path):
    lay_out(tmp_path / 'a', MASTER)
    process = subprocess.Popen(command(tmp_path / 'a'), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.close()
    assert process.stderr.read() == b''
    assert process.wait(timeout=60) != 0
    process.stderr.close()


def test_messages_that_the_terminal_cannot_show(tmp_path):
    source = with_bodies({'relu.forward': "raise ValueError('größer \\udcff')"}, MASTER)
    run = check(tmp_path / 'a', source, env={**os.environ, 'PYTHONIOENCODING': 'ascii'})
    assert 'ValueError: gr\\xf6\\xdfer \\udcff (X of shape (4, 6))' in run.stdout
    assert (run.stderr, run.returncode) == ('', 1)


def test_prints_warnings_and_settings_of_the_module_do_not_disturb(tmp_path):
    source = with_bodies({'relu.forward': """
        print('\u2713', X, 1 / np.zeros(2))
        self.mask = X > 0
        return X * self.mask"""}, MASTER, extra="""
        import warnings
        warnings.simplefilter('error')
        np.seterr(all='raise')
        np.random.seed(1)
        print('imported')
        """)
    run = check(tmp_path / 'a', source)
    assert parse(run.stdout)[1] == '5 of 5 correct'
    assert (run.stderr, run.returncode) == ('', 0)


def test_the_random_state_is_left_alone(capsys):
    np.random.seed(7)
    first = np.random.uniform()
    np.random.seed(7)
    assert hw5_dnn_check.main() == 0
    assert np.random.uniform() == first
    assert '\n5 of 5 correct\n' in capsys.readouterr().out


# ---- Faults while dnn_misc.py is imported ----

@pytest.mark.parametrize('source, message', [
    (MASTER + '\ndef broken(:\n', r'dnn_misc\.py, line (?P<last>\d+): SyntaxError: .+'),
    (MASTER + '\nx = 0\n  x = 1\n', r'dnn_misc\.py, line (?P<last>\d+): IndentationError: unexpected indent'),
    (MASTER + '\n1 / 0\n', r'dnn_misc\.py, line (?P<last>\d+): ZeroDivisionError: division by zero'),
    (MASTER + '\nimport tensorflow_is_not_allowed\n',
     r"dnn_misc\.py, line (?P<last>\d+): ModuleNotFoundError: No module named 'tensorflow_is_not_allowed'"),
    (MASTER + '\nimport sys; sys.exit(0)\n',
     r'dnn_misc\.py, line (?P<last>\d+): ends the program \(sys\.exit, exit or quit\)'),
    (MASTER + '\nraise KeyboardInterrupt\n', r'dnn_misc\.py, line (?P<last>\d+): stopped by Ctrl-C: an endless loop\?'),
    (MASTER + '\nassert False, "first line\\nsecond line"\n',
     r'dnn_misc\.py, line (?P<last>\d+): AssertionError: first line'),
    (b'x = "\xff"\n', r'(dnn_misc\.py, line \d+: )?SyntaxError: .+'),
], ids=['syntax', 'indent', 'exception', 'import', 'exit', 'interrupt', 'assert', 'no utf-8'])
def test_a_fault_at_import(tmp_path, source, message):
    run = check(tmp_path / 'a', source)
    fault, last = run.stdout.splitlines()
    match = re.fullmatch(f'dnn_misc\\.py cannot be imported: {message}', fault)
    assert match, fault
    if 'last' in match.groupdict():
        assert int(match['last']) == len(source.splitlines())
    assert last == '0 of 5 correct'
    assert (run.stderr, run.returncode) == ('', 1)


@pytest.mark.parametrize('source, said', [
    (b'x = 1\n\0\n', 'holds null bytes: it is damaged, or was saved as UTF-16; save it as UTF-8'),
    (MASTER.encode('utf-16'), 'holds null bytes: it is damaged, or was saved as UTF-16; save it as UTF-8'),
    (None, 'is missing: put yours beside hw5_dnn_check.py')])
def test_a_file_that_cannot_be_a_script(tmp_path, source, said):
    run = check(tmp_path / 'a', source)
    assert run.stdout.splitlines() == [f'dnn_misc.py {said}', '0 of 5 correct']
    assert (run.stderr, run.returncode) == ('', 1)


def test_a_debugger_that_was_left_in_is_named(tmp_path):
    source = MASTER.replace('return np.maximum(0, X)', 'import pdb; pdb.set_trace()\n        return np.maximum(0, X)')
    assert 'a debugger was left in the code: take out pdb.set_trace() or breakpoint()' in check(
        tmp_path / 'a', source).stdout


def test_a_result_that_is_no_array_is_not_blamed_on_rows(tmp_path):
    source = MASTER.replace("return grad @ self.params['W'].T", "return grad @ self.params['W'].T, 1")
    printed = check(tmp_path / 'a', source).stdout
    assert 'returned value is of type tuple' in printed and 'inhomogeneous' not in printed and 'row' not in printed


def test_without_its_part_that_compares_the_checker_says_so(tmp_path):
    folder = lay_out(tmp_path / 'a', MASTER)
    (folder / 'checking.py').unlink()
    run = subprocess.run(command(folder), capture_output=True, encoding='utf-8', timeout=60)
    assert (run.stdout, run.stderr, run.returncode) == ('', 'checking.py is missing or damaged, put it back\n', 2)


def test_a_class_that_is_missing(tmp_path):
    found, last = parse(check(tmp_path / 'a', MASTER.replace('class relu:', 'class ReLU:')).stdout)
    assert last == '3 of 5 correct'
    assert found['relu.forward'][2][0].startswith("AttributeError: module 'dnn_misc' has no attribute 'relu'")


# ---- Ctrl-C ----

def test_ctrl_c_breaks_an_endless_loop_and_the_other_checks_run(tmp_path):
    source = with_bodies({'linear_layer.backward': endless('linear_layer.backward')}, MASTER)
    process = start(tmp_path / 'a', source)
    wait_for(tmp_path / 'a' / 'linear_layer.backward')
    process.send_signal(signal.SIGINT)
    output, errors = finish(process)
    found, last = parse(output)
    line = line_of(source, "open('linear_layer.backward'")  # where the file is there, this line may still be at work
    assert re.fullmatch(rf'dnn_misc\.py, line ({line}|{line + 1}|{line + 2}): stopped by Ctrl-C: an endless loop\? '
                        r'\(X of shape \(4, 3\)\)', found['linear_layer.backward'][2][0])
    assert (last, errors, process.returncode) == ('4 of 5 correct', '', 1)


def test_a_stopped_forward_is_not_started_again_for_backward(tmp_path):
    bodies = {'linear_layer.forward': endless('linear_layer.forward'), 'relu.forward': endless('relu.forward'),
              'relu.backward': 'return grad * (X > 0)'}
    process = start(tmp_path / 'a', with_bodies(bodies, MASTER))
    for number, function in enumerate(('linear_layer.forward', 'relu.forward')):
        wait_for(tmp_path / 'a' / function)
        time.sleep(1.2 * number)  # within a second it would end the checker
        process.send_signal(signal.SIGINT)
    output, errors = finish(process)
    found, last = parse(output)
    assert {name for name, (_, _, hints) in found.items() if hints} == {'linear_layer.forward', 'relu.forward'}
    assert (last, errors, process.returncode) == ('3 of 5 correct', '', 1)


def test_ctrl_c_twice_ends_the_checker_even_where_the_loop_catches_it(tmp_path):
    process = start(tmp_path / 'a', with_bodies({'relu.forward': endless('relu.forward', catch=True)}, MASTER))
    wait_for(tmp_path / 'a' / 'relu.forward')
    deadline = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < deadline:
        process.send_signal(signal.SIGINT)
        time.sleep(0.2)
    output, errors = finish(process)
    assert [line.split()[0] for line in output.splitlines()] == ['linear_layer.forward', 'linear_layer.backward']
    assert (errors, process.returncode) == ('', 130)


def test_ctrl_c_at_import(tmp_path):
    source = f'{MASTER}\n{endless("import")}\n'
    process = start(tmp_path / 'a', source)
    wait_for(tmp_path / 'a' / 'import')
    process.send_signal(signal.SIGINT)
    output, errors = finish(process)
    line = len(source.splitlines())
    assert re.fullmatch(rf'dnn_misc\.py cannot be imported: dnn_misc\.py, line ({line - 2}|{line - 1}|{line}): '
                        r'stopped by Ctrl-C: an endless loop\?\n0 of 5 correct\n', output)
    assert (errors, process.returncode) == ('', 1)


# ---- what must not pass for correct

@pytest.mark.parametrize('body', ['import os\nos._exit(0)', 'from os import _exit\n_exit(0)',
                                  'import posix\nposix._exit(0)'])
def test_a_function_that_ends_the_process_ends_only_its_own_check(tmp_path, body):
    done = check(tmp_path / 'student', with_bodies({'linear_layer.forward': body}, MASTER))
    found, last = parse(done.stdout)
    assert (done.returncode, last) == (1, '4 of 5 correct')
    assert 'ends the program' in found['linear_layer.forward'][2][0]
    done = check(tmp_path / 'other', f'import os\n\nos._exit(0)\n{MASTER}')
    assert done.returncode == 1 and 'cannot be imported' in done.stdout and '0 of 5 correct' in done.stdout


@pytest.mark.parametrize('name', ['json.py', 'random.py', 'types.py', 'numpy.py'])
def test_a_file_that_hides_a_module_of_pythons_own_is_named(tmp_path, name):
    folder = lay_out(tmp_path / 'student', MASTER)
    (folder / name).write_text('raise ValueError("mine")\n')
    done = check(folder, MASTER)
    assert (done.returncode, done.stderr) == (2, '')
    assert done.stdout == (f'{name}: Python or numpy has a module of this name and would find yours instead: '
                           'rename it\n')
    (folder / name).rename(folder / 'my_own.py')
    (folder / 'test.py').write_text('')  # nobody needs Python's
    assert check(folder, MASTER).returncode == 0
