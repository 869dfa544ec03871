"""Check what you hand in, and pack it into one zip file:   python3 make_submission.py YOUR NAME [--verify]

Type YOUR NAME as the assignment asks for it; spaces become hyphens. Each problem gets a line that says what to do, and
the zip is written only if there are no problems, or with --incomplete. --verify runs the first epoch of each question
again and compares it with your result file. Your own files are never changed.
"""

import contextlib
import hashlib
import io
import json
import shutil
import subprocess
import sys
import tempfile
import warnings
import zipfile
from pathlib import Path

from common import OneLineParser, how_to_install, write_whole, zipped
from records import read_result
from submission import FolderSource, Unreadable, check, doubts, load_task, problem, zip_name

FOLDER = Path(__file__).resolve().parent
VERIFY_SECONDS = 900  # for an epoch, which should take a few seconds


def stale_results(source, task, folder):
    """Notes on scripts in a folder that are newer than results that they produce."""
    def changed(name):
        return (folder / source.files[name][0]).stat().st_mtime

    notes = []
    for script in [name for name in task.scripts if name in source.files]:
        older = [name for name, run in task.runs.items() if run['result'] in source.files and script in run['uses']
                 and changed(run['result']) < changed(script)]
        if older:
            notes.append(problem('stale', script, f'{", ".join(older)} ran before the last change of {script}: run '
                                 'again, or if only comments changed, let --verify check that the results still fit'))
    return notes


def find_python(folder, scratch):
    """The Python that the q-scripts in a folder choose, which has numpy. Raises ValueError if there is none."""
    for path in (folder / '.venv/bin/python', folder / '.venv/Scripts/python.exe', sys.executable):
        with contextlib.suppress(OSError):
            command = [path, '-c', 'import numpy, sys; sys.exit(sys.version_info < (3, 9))']
            if subprocess.run(command, cwd=scratch, stdin=subprocess.DEVNULL, capture_output=True).returncode == 0:
                return path
    raise ValueError(f'--verify needs numpy; in {FOLDER}, run: {how_to_install("numpy")}')


def verify(source, task, folder, question):
    """Repeat the first epoch of a question in a temporary folder: a Problem, or None if it fits the result file.

    source has both scripts and the result, without problems; folder has the files that were given. The runs are
    deterministic: if the accuracies differ, the result does not come from these scripts.
    """
    name, command = task.results[question], task.runs[question]['command']
    with tempfile.TemporaryDirectory() as scratch:
        python = find_python(folder, scratch)
        try:
            for given in {*task.run_files, command[0]} - {*task.scripts}:
                shutil.copyfile(folder / given, Path(scratch, given))
            for script in task.scripts:
                Path(scratch, script).write_bytes(source.read(script))
            run = subprocess.run([python, *command, '--num_epoch', '1'], cwd=scratch, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=VERIFY_SECONDS)
            if run.returncode != 0:
                raise ValueError(([''] + run.stderr.decode(errors='replace').splitlines())[-1])
            again = read_result(Path(scratch, name).read_text(encoding='utf-8'), num_epochs=1)
        except OSError as error:
            return problem('verify', name, f'{question} cannot be repeated, {error.strerror}: {error.filename}')
        except subprocess.TimeoutExpired:
            return problem('verify', name, f'{question} takes more than {VERIFY_SECONDS} s for its first epoch')
        except ValueError as error:
            return problem('verify', name, f'{question} fails when it is repeated: {error}')
    there = {key: values[:1] for key, values in read_result(source.text(name), task.epochs).items()}
    if again == there:
        return None
    return problem('verify', name, f'your code gives {json.dumps(again)} at epoch 1, the file has {json.dumps(there)}: '
                   f'run {task.runs[question]["script"]} again')


# ---- packing ---------------------------------------------------------------------------------------------------------

def pack(source, packed=()):
    """The zip of all readable files of a Source, as bytes; the same files give the same bytes.

    packed: (name, Path) of further files.
    """
    members = [(name, path.read_bytes()) for name, path in packed]
    for name in sorted(source.files):
        with contextlib.suppress(Unreadable):  # check has reported it
            members.append((name, source.read(name)))
    return zipped(sorted(members))


def submit(options):
    """Check and pack as the options say; returns the exit status. Raises ValueError and OSError if they are wrong."""
    task = load_task(options.course or FOLDER / 'course.json')
    folder = options.folder.resolve()
    target = folder / zip_name(task, options.student)
    before = state_of(target)
    try:
        return check_and_pack(options, task, folder, target)
    except KeyboardInterrupt:
        if state_of(target) != before:
            raise KeyboardInterrupt(f'stopped, but {target.name} had been written already') from None
        older = f' ({target.name} is an older one)' if before else ''
        raise KeyboardInterrupt(f'stopped, no zip written{older}') from None


def state_of(path):
    """What changes if a file is replaced; None if there is no file."""
    try:
        return path.stat().st_ino, path.stat().st_mtime_ns
    except OSError:
        return None


def check_and_pack(options, task, folder, target):
    """The rest of submit, once it has read the options."""
    source = FolderSource(folder, task)
    problems, notes = check(source, task), source.notes
    notes += doubts(source, task)
    faulty = {found.file for found in problems if found.kind != 'collaboration'}
    if not options.verify:
        notes += stale_results(source, task, folder)
    elif faulty & {*task.scripts}:
        print('Not verified: correct the scripts first.')
    else:
        for question, name in task.results.items():
            if name not in faulty:
                found = verify(source, task, folder, question)
                problems += [found] if found else []
                print(f'{question}: the first epoch is {"not that of" if found else "as in"} {name}', flush=True)

    for note in notes:
        if note.kind != 'other':
            print(f'warning: {note.file}: {note.text}', file=sys.stderr)
    for found in problems:
        print(f'{found.file}: {found.text}', file=sys.stderr)
    if not source.files or problems and not options.incomplete:
        older = f' ({target.name} is an older one)' if target.exists() else ''
        otherwise = ', or pack what is there with --incomplete' if source.files else ''
        print(f'No zip written{older}: correct all this{otherwise}.', file=sys.stderr)
        return 1
    content = pack(source, [(name, folder / name) for name in task.packed if (folder / name).is_file()])
    try:
        write_whole(target, content)
    except OSError as error:
        advice = 'move the folder of that name away' if target.is_dir() else 'copy your files to where you may write'
        raise ValueError(f'{target}: cannot be written ({error.strerror}): {advice}') from None
    for info in zipfile.ZipFile(io.BytesIO(content)).infolist():
        print(f'{info.file_size:10,} bytes  {info.filename}')
    print(f'{len(content):10,} bytes  {target}\nSHA-256 {hashlib.sha256(content).hexdigest()}: your receipt, keep it')
    print(f'{"INCOMPLETE, see above. " if problems else ""}Upload it to {task.upload}.')
    return 0


def main(arguments=None):
    """Run the script; returns the exit status: 1 if there are problems and no zip was written."""
    parser = OneLineParser(prog='make_submission.py', description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument('student', nargs='*', metavar='NAME', help='you, as the assignment asks for it')
    parser.add_argument('--verify', action='store_true', help='repeat the first epochs and compare; takes a minute')
    parser.add_argument('--incomplete', action='store_true', help='write the zip in spite of problems')
    parser.add_argument('--folder', type=Path, default=FOLDER, help='where your files are [beside this script]')
    parser.add_argument('--course', type=Path, help='course file [course.json beside this script]')
    warnings.simplefilter('ignore')  # about the style of a script
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors='backslashreplace')
    try:
        return submit(parser.parse_intermixed_args(arguments))
    except OSError as error:
        parser.error(f'{error.filename}: {error.strerror}')
    except ValueError as error:
        parser.error(str(error))
    except KeyboardInterrupt as stop:
        parser.exit(130, f'{parser.prog}: {str(stop) or "stopped, no zip written"}\n')


if __name__ == '__main__':
    sys.exit(main())
