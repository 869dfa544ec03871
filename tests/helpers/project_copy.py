"""A copy of the shell scripts to run as users do, in a folder of its own, and stand-ins for what they call.

The four mains are replaced by a stand-in that prints and writes the reference record of its options at once; python3
and python by small shell scripts that note how they were called, or lack something.
"""

import json
import os
import shutil
import subprocess
import sys

from tests.helpers import ROOT

BASH = shutil.which('bash')
QUESTIONS = json.loads((ROOT / 'assignment.json').read_text())['questions']
RUNS = {question['name']: question['run'] for question in QUESTIONS if 'run' in question}
COMMANDS = {name: run['command'] for name, run in RUNS.items()}
RECORDS = {name: run['result'] for name, run in RUNS.items()}
SUBMISSION = 'submission.py', 'submission_scripts.py', 'records.py', 'common.py'  # what assignment.py imports
STAND_IN = f'''
import json, os, sys
commands, records = {COMMANDS!r}, {RECORDS!r}
options = sys.argv[1:]
num_epoch = 30
if '--num_epoch' in options:
    num_epoch = int(options[-1])
    options = options[:-2]
name = next(name for name in commands if commands[name] == [os.path.basename(sys.argv[0]), *options])
with open('instructor/mlp_cnn/reference/' + records[name]) as file:
    record = {{key: values[:num_epoch] for key, values in json.load(file).items()}}
for epoch in range(num_epoch):
    print(f'At epoch {{epoch + 1}}')
    print(f'Training accuracy at epoch {{epoch + 1}} is {{record["train"][epoch]}}')
    print(f'Validation accuracy at epoch {{epoch + 1}} is {{record["val"][epoch]}}')
with open(records[name], 'w') as file:
    json.dump(record, file)
'''


def make(tmp_path):
    """A copy of the scripts with stand-ins for the mains, in a folder with a space in its name."""
    folder = tmp_path / 'my project'
    folder.mkdir()
    for path in [*ROOT.glob('q3*.sh'), ROOT / 'run_all.sh', ROOT / 'run_tests.sh', *ROOT.glob('requirements*.txt')]:
        shutil.copy(path, folder)
    shutil.copytree(ROOT / 'Windows', folder / 'Windows')
    (folder / 'instructor').mkdir()
    for name in ('setup.sh', 'run_summary.py', 'claims.py', 'assignment.py', 'assignment_checks.py', 'descriptions.py'):
        shutil.copy(ROOT / 'instructor' / name, folder / 'instructor')
    for name in ('assignment.json', *SUBMISSION):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / 'instructor' / 'mlp_cnn' / 'reference', folder / 'instructor' / 'mlp_cnn' / 'reference')
    for main in {command[0] for command in COMMANDS.values()}:
        (folder / main).write_text(STAND_IN)
    for name in ('bin', 'tmp', 'elsewhere'):
        (tmp_path / name).mkdir()
    return folder


def put_script(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('#!/bin/sh\n' + text)
    path.chmod(0o755)


def put_python(project, name='python3', options=''):
    """A python3 first on the PATH: the one that runs these tests."""
    put_script(project.parent / 'bin' / name, f'exec "{sys.executable}" {options} "$@"\n')


def put_recorder(path, record, lacking=False):
    """A Python that notes in which folder and with what arguments it was to run a script, or lacks what is needed."""
    check = 'exit 1' if lacking else 'exit 0'
    put_script(path, f'case $1 in -c | -) {check} ;; esac\nprintf "%s\\n" "$PWD" "$@" >"{record}"\n')


def environment(project, only_bin=False, **extra):
    bare = {name: value for name, value in os.environ.items() if not name.startswith(('PIP_', 'PYTHON'))}
    tools = '' if only_bin else ':' + os.environ['PATH']
    return {**bare, 'PATH': f'{project.parent / "bin"}{tools}', 'TMPDIR': str(project.parent / 'tmp'), **extra}


def hide_python(project):
    """Put onto the bin folder, to be the whole PATH, what the scripts use besides Python."""
    for tool in ('bash', 'basename', 'dirname', 'grep', 'mktemp', 'nproc', 'rm', 'sed', 'sleep', 'tail'):
        if shutil.which(tool):
            (project.parent / 'bin' / tool).symlink_to(shutil.which(tool))


def run(project, script, *arguments, only_bin=False, **extra):
    """Run a script from another folder and without a terminal: (status, output, errors)."""
    result = subprocess.run([BASH, str(project / script), *arguments], cwd=project.parent / 'elsewhere',
                            env=environment(project, only_bin, **extra), stdin=subprocess.DEVNULL,
                            capture_output=True, text=True, timeout=120)
    assert 'Traceback' not in result.stdout + result.stderr
    return result.returncode, result.stdout, result.stderr


def results(project):
    return {path.name for path in project.glob('*_lr*')}


def leftovers(project):
    return list((project.parent / 'tmp').iterdir())
