"""run_all.sh: the table, options, failures, progress, and being stopped."""

import json
import os
import pty
import re
import signal
import subprocess
import time

import pytest

from tests.helpers import of_the_shipped_term
from tests.helpers.project_copy import (
    BASH,
    COMMANDS,
    RECORDS,
    STAND_IN,
    environment,
    hide_python,
    leftovers,
    put_python,
    results,
    run,
)


@of_the_shipped_term
def test_run_all_shows_the_seven_results(project):
    put_python(project)
    status, output, error = run(project, 'run_all.sh')
    assert status == 0
    rows = {line.split()[0]: line.split()[-3:] for line in output.splitlines() if line.startswith('q3')}
    assert rows == {  # the last values of both lists in each of the reference records
        'q33.sh': ['30', '0.9990', '0.9280'],
        'q34.sh': ['30', '0.9948', '0.9380'],
        'q35.sh': ['30', '0.9368', '0.9140'],
        'q36.sh': ['30', '0.9820', '0.8890'],
        'q37.sh': ['30', '0.9752', '0.9550'],
        'q38.sh': ['30', '0.9928', '0.9680'],
        'q310.sh': ['30', '0.9924', '0.9740'],
    }
    assert len(re.findall('^  seen ', output, re.M)) == 8
    assert 'drops clearly: 0.0390 below, 0.8890 (q36), 0.9280 (q33)' in output
    assert 'after the first epoch: 0.0416 above, 0.9412 / 0.9410 (q38), 0.8996 / 0.8920 (q37)' in output
    assert 'validate best: 0.9740 (q310), 0.9680 (q38)' in output
    assert 'underfits: 0.9368 / 0.9140 (q35), 0.9990 / 0.9280 (q33)' in output
    assert results(project) == set(RECORDS.values())
    assert all(f'{name}.sh finished' in error for name in COMMANDS)
    assert '\r' not in output + error and '\033' not in output + error
    assert leftovers(project) == []


def test_run_all_says_what_is_not_seen(project):
    put_python(project)
    reference = project / 'instructor' / 'mlp_cnn' / 'reference'
    for name, train, val in [('q33', 0.9, 0.95), ('q36', 0.9, 0.945), ('q35', 0.999, 0.9), ('q38', 0.95, 0.93),
                             ('q310', 0.9, 0.94)]:
        (reference / RECORDS[name]).write_text(json.dumps({'train': [train] * 30, 'val': [val] * 30}))
    status, output, _ = run(project, 'run_all.sh')
    assert status == 0
    assert len(re.findall('^  not seen ', output, re.M)) == 6


@of_the_shipped_term
def test_run_all_passes_options_on(project):
    put_python(project)
    status, output, _ = run(project, 'run_all.sh', '--num_epoch', '2')
    assert status == 0
    rows = {line.split()[0]: line.split()[-3:] for line in output.splitlines() if line.startswith('q3')}
    assert rows['q310.sh'] == ['2', '0.9442', '0.9380']
    assert json.loads((project / RECORDS['q310']).read_text()) == {'train': [0.915, 0.9442], 'val': [0.908, 0.938]}
    assert 'seen is not judged: that takes 30 epochs' in output.splitlines()[-1]
    assert not re.search('^  (not )?seen ', output, re.M)


def test_run_all_gives_each_script_one_thread(project):
    put_python(project)
    names = ['OPENBLAS_NUM_THREADS', 'OMP_NUM_THREADS', 'MKL_NUM_THREADS', 'VECLIB_MAXIMUM_THREADS']
    for main in {command[0] for command in COMMANDS.values()}:
        check = f'import os, sys\nthreads = [os.environ.get(name) for name in {names}]\n'
        (project / main).write_text(f'{check}if threads != ["1"] * 4: sys.exit(str(threads))\n{STAND_IN}')
    status, _, error = run(project, 'run_all.sh', **dict.fromkeys(names, '2'))
    assert (status, error.count('FAILED')) == (0, 0), error


@of_the_shipped_term
def test_run_all_tells_which_script_failed_and_why(project):
    put_python(project)
    (project / 'dnn_mlp_nononlinear.py').write_text('import sys; print("At epoch 1"); sys.exit("the disk is full")')
    status, output, error = run(project, 'run_all.sh')
    assert status == 1
    assert 'q36.sh FAILED with exit status 1: the disk is full' in error
    assert re.search(r'^q36\.sh .* failed$', output, re.M)
    assert re.search(r'^q33\.sh .* 0\.9280$', output, re.M)
    assert re.search('^  unknown .*relu', output, re.M)
    assert len(re.findall('^  seen ', output, re.M)) == 6
    assert results(project) == set(RECORDS.values()) - {RECORDS['q36']}
    [logs] = leftovers(project)
    assert str(logs) in error
    assert (logs / 'q36.err').read_text() == 'the disk is full\n'


def test_run_all_does_not_take_silence_for_a_result(project):
    put_python(project)
    (project / 'dnn_cnn.py').write_text('')
    status, output, error = run(project, 'run_all.sh')
    assert status == 1
    assert 'q37.sh FAILED with exit status 1: it ended without any result' in error
    assert re.search(r'^q38\.sh .* failed$', output, re.M)


def test_run_all_passes_on_what_is_wrong_with_the_input(project):
    put_python(project)
    for main in {command[0] for command in COMMANDS.values()}:
        (project / main).write_text('import sys; print("--alpha must be < 1", file=sys.stderr); sys.exit(2)')
    status, _, error = run(project, 'run_all.sh', '--alpha', '2')
    assert status == 2
    assert error.count('--alpha must be < 1') == 7


def test_run_all_help_runs_nothing(project):
    hide_python(project)
    status, output, _ = run(project, 'run_all.sh', '--help', only_bin=True)
    assert status == 0
    assert 'bash run_all.sh [options for all seven]' in output
    assert 'overwrites the results of complete runs' in output
    assert results(project) == set()


def test_run_all_shows_progress_on_a_terminal(project):
    put_python(project)
    leader, follower = pty.openpty()
    process = subprocess.Popen([BASH, str(project / 'run_all.sh')], env=environment(project), stdin=follower,
                               stdout=subprocess.PIPE, stderr=follower, text=True)
    os.close(follower)
    shown = b''
    try:
        while piece := os.read(leader, 65536):
            shown += piece
    except OSError:  # the terminal's last user has gone
        pass
    finally:
        os.close(leader)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert re.search(rb'\r\033\[K\d+:\d\d  epochs of 30: q310 \d+ ', shown)
    assert b'q36.sh finished' in shown
    assert output.startswith('script ')


SLOW_STAND_IN = '''
import os, sys, time
partial = f'MLP_lr_partial_{os.getpid()}'
try:
    with open(partial, 'w'):
        time.sleep(60)
finally:
    os.remove(partial)
'''


@pytest.mark.parametrize('number, status', [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_run_all_stopped_by_a_signal_leaves_nothing(project, number, status):
    put_python(project)
    for main in {command[0] for command in COMMANDS.values()}:
        (project / main).write_text(SLOW_STAND_IN)
    process = subprocess.Popen([BASH, str(project / 'run_all.sh')], env=environment(project), stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
    deadline = time.monotonic() + 30
    while not results(project) and time.monotonic() < deadline:
        time.sleep(0.05)
    children = [int(name.rpartition('_')[2]) for name in results(project)]
    assert children
    process.send_signal(number)
    output, error = process.communicate(timeout=30)
    assert process.returncode == status
    assert output == ''
    assert error.splitlines()[-1] == 'run_all.sh: stopped; scripts that had not finished wrote no result'
    assert results(project) == set()  # each script had the time to remove its own
    assert leftovers(project) == []
    for child in children:
        with pytest.raises(ProcessLookupError):
            os.kill(child, 0)
