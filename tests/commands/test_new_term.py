"""instructor.new_term, on a master copy with few digits and two epochs: the copy, and all that follows from it."""
import csv
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.helpers import ROOT, handout_copy, project_copy, small_data

for package in ('matplotlib', 'jsonschema', 'pypandoc'):
    pytest.importorskip(package)

RESULTS = project_copy.RECORDS
SOLVED = ('dnn_misc.py', 'dnn_cnn_2.py')
FAILING = {'text': 'the MLP reads minds', 'question': 'q33', 'relation': 'above', 'bound': 1.0, 'lists': ['val'],
           'epoch': 2}
HOLDING = {'text': 'the MLP reads digits', 'question': 'q33', 'relation': 'above', 'bound': 0.0, 'lists': ['train'],
           'epoch': 1}


def make_master(folder):
    """A master copy that differs from the real one only in its data: 40 digits, two epochs, two claims."""
    handout_copy.copy_master(folder, data=False)
    (folder / 'mnist_subset.json').write_text(json.dumps(small_data.make_data(), separators=(',', ':')))
    path = folder / 'assignment.json'
    path.write_text(json.dumps({**json.loads(path.read_text()), 'epochs': 2, 'claims': [HOLDING, FAILING]}))
    for path in (folder / 'instructor/mlp_cnn/reference').iterdir():
        path.write_text(json.dumps({key: values[:2] for key, values in json.loads(path.read_text()).items()}))
    return folder


def command(master, *options):
    return [sys.executable, '-m', 'instructor.new_term', *map(str, options)]


def run(master, *options, module='instructor.new_term'):
    done = subprocess.run([sys.executable, '-m', module, *map(str, options)], cwd=master, text=True,
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=200)
    assert 'Traceback' not in done.stderr, done.stderr
    return done.returncode, done.stdout, done.stderr


def stop_after_the_first(master, folder, *options):
    """Start the command and press Ctrl-C once a network is trained: its exit status and its errors."""
    with subprocess.Popen(command(master, *options), cwd=master, text=True, stderr=subprocess.PIPE) as process:
        for _ in range(1200):
            if any(folder.glob('*.unfinished/runs/*/*_lr*.json')) or process.poll() is not None:
                break
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        return process.wait(60), process.stderr.read()


def references(folder):
    return {name: json.loads((folder / 'instructor/mlp_cnn/reference' / name).read_text())
            for name in RESULTS.values()}


@pytest.fixture(scope='module')
def made(tmp_path_factory):
    """A master copy and the term that is made of it: stopped, resumed, refused because of a claim, accepted."""
    folder = tmp_path_factory.mktemp('a term')
    master, term = make_master(folder / 'master'), folder / 'spring'
    options = ('--seed', 5, '--output', term, '--jobs', 1)
    stopped = stop_after_the_first(master, folder, *options)
    seen = [term.exists()]
    refused = run(master, *options)
    seen.append(term.exists())
    accepted = run(master, *options, '--accept')
    return SimpleNamespace(folder=folder, master=master, term=term, stopped=stopped, refused=refused,
                           accepted=accepted, seen=seen)


def test_ctrl_c_says_how_to_resume_and_keeps_what_is_trained(made):
    assert made.stopped[0] == 130
    assert made.stopped[1].endswith('stopped; the same command resumes, and keeps the networks that are trained\n')
    assert re.search('^[1-7] of 8 networks are trained already$', made.refused[2], re.M)
    assert '8 of 8 networks are trained already' in made.accepted[2]


def test_a_claim_that_fails_is_named_and_refused_unless_it_is_accepted(made):
    status, out, err = made.refused
    assert (status, out) == (1, '') and 'does not hold: the MLP reads minds: ' in err and 'reads digits' not in err
    assert made.seen == [False, False]  # nothing half made under the name of the output
    status, out, err = made.accepted
    assert status == 0 and 'warning: the text says what does not hold: the MLP reads minds: ' in err
    assert out.startswith(f'{made.term}: the copy of the term, random seed 5;')
    assert not made.term.with_name('spring.unfinished').exists()
    note = (made.term / 'TERM.md').read_text()
    assert '- holds: the MLP reads digits' in note and '- does NOT hold: the MLP reads minds' in note


def test_the_digits_are_those_of_before_divided_anew(made):
    before, after = (json.loads((folder / 'mnist_subset.json').read_text()) for folder in (made.master, made.term))
    assert {key: len(Y) for key, (_, Y) in after.items()} == {'train': 40, 'valid': 20, 'test': 10}
    digits = [sorted((label, row) for X, Y in data.values() for row, label in zip(X, Y)) for data in (before, after)]
    assert digits[0] == digits[1] and before['train'] != after['train']


def test_the_references_are_what_the_original_scripts_give_with_digits_and_seed(made, tmp_path):
    project = small_data.make_project(tmp_path / 'original', json.loads((made.term / 'mnist_subset.json').read_text()))
    for name in ('q33', 'q310'):
        script, *options = project_copy.COMMANDS[name]
        done = small_data.run(project / script, *options, '--num_epoch', 2, '--random_seed', 5, cwd=project)
        assert done.returncode == 0
        assert json.loads((project / RESULTS[name]).read_text()) == references(made.term)[RESULTS[name]]


def test_pages_and_figures_have_the_numbers_of_the_term(made):
    readme, note = ((made.term / name).read_text() for name in ('README.md', 'TERM.md'))
    for name, record in references(made.term).items():
        script = next(f'{question}.sh' for question in RESULTS if RESULTS[question] == name)
        numbers = f'| {record["train"][-1]:.4f} | {record["val"][-1]:.3f} |'
        assert re.search(rf'^\| `{script}` .*{re.escape(numbers)}$', readme, re.M)
        assert f'`{name}` | {record["train"][0]:.4f} | {record["val"][0]:.3f} {numbers}' in note
    assert (made.term / 'curves.png').read_bytes() != (ROOT / 'curves.png').read_bytes()


def test_only_data_and_pages_differ_from_the_master(made):
    def contents(folder):
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob('*')
                if path.is_file() and '__pycache__' not in path.parts and path.suffix != '.csv'}  # made when missing

    before, after = contents(made.master), contents(made.term)
    differing = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert differing == {
        'README.md', 'TERM.md', 'curves.png', 'mnist_subset.json', 'training.py',
        'instructor/mlp_cnn/known_records/earlier-term.json',
        'instructor/mlp_cnn/known_records/5x5-second-filter.json',
        *(f'instructor/mlp_cnn/reference/{name}' for name in RESULTS.values())}
    changed = zip(before['training.py'].decode().splitlines(), after['training.py'].decode().splitlines())
    assert [new[:16] for old, new in changed if old != new] == ['RANDOM_SEED = 5 ']


@pytest.fixture(scope='module')
def handout(made):
    folder = made.folder / 'handout'
    handout_copy.make(made.term, '--course', 'tamu', '--output', folder)
    return folder


def solved(made, records):
    files = {name: (made.term / name).read_bytes() for name in SOLVED}
    return {**files, **{name: json.dumps(record).encode() for name, record in records.items()},
            'collaboration.txt': b'no discussion\n'}


def test_text_and_packer_of_the_handout_follow(made, handout):
    text = (handout / 'ASSIGNMENT.md').read_text()
    new = references(made.term)
    for name, record in new.items():
        cells = ' | '.join(f'{record[key][epoch]:.{digits}f}' for epoch in (0, 1)
                           for key, digits in (('train', 4), ('val', 3)))
        assert f'| `{name}` | {cells} |' in text
    for records, number in ((new, 0), (references(made.master), 7)):
        for name, content in solved(made, records).items():
            (handout / name).write_bytes(content)
        status, _, err = handout_copy.run_python(handout, 'make_submission.py', 'Cheng', 'Zhang')
        assert (status, err.count('differs from what is expected')) == (0, number), err


@pytest.mark.skipif(sys.platform != 'linux', reason='grading needs Linux')
def test_the_grader_follows_and_names_results_of_the_earlier_term(made):
    folder = made.folder / 'handed in'
    folder.mkdir()
    for number, records in ((101, references(made.term)), (102, references(made.master))):
        content = io.BytesIO()
        with zipfile.ZipFile(content, 'w') as archive:
            for name, data in solved(made, records).items():
                archive.writestr(name, data)
        (folder / f'student_{number}_{9000 + number}_Assignment_3_Jane_Doe.zip').write_bytes(content.getvalue())
    out = made.folder / 'OUT'
    status, _, err = run(made.term, folder, '--course', 'tamu', '--output', out, module='instructor.grade')
    assert status == 0, err
    lines = [json.loads(line) for line in (out / 'journal.jsonl').read_text().splitlines()]
    judged = {line['submission']: {one['item']: one for one in line['verdicts']} for line in lines
              if 'verdicts' in line}
    assert {verdict['share'] for verdict in judged['101'].values()} == {'1'}
    for name in RESULTS:
        verdict = judged['102'][name]
        assert (verdict['share'], verdict['kind']) == (None, 'earlier-term')
        assert 'is that of an earlier term (random seed 2)' in verdict['reason']
    with open(out / 'grades.csv', encoding='utf-8', newline='') as file:
        assert [row['ID'] for row in csv.DictReader(file)] == ['101']


# ---- what is refused -------------------------------------------------------------------------------------------------

@pytest.mark.parametrize('options, said', [
    (['--seed', '-1'], "--seed: '-1' is not a whole number from 0 to 4294967295"),
    (['--seed', '4294967296'], 'is not a whole number from 0 to'), (['--seed', '5', '--jobs', '0'], '--jobs'),
    (['--seed', '5', '--keep-seed', '--keep-digits'], 'not allowed with'),
    (['--seed', '5', '--keep-digits', '--source', '.'], '--source draws other digits: leave out --keep-digits'),
    (['--seed', '2', '--keep-digits'], '--seed 2: this copy has that seed and these digits already'),
    (['--seed', '5', '--source', 'nowhere'], 'nowhere: no such folder')])
def test_options_that_make_no_term(made, tmp_path, options, said):
    status, out, err = run(made.master, *options, '--output', tmp_path / 'term')
    assert (status, out, err.count('\n')) == (2, '', 1) and said in err
    assert list(tmp_path.iterdir()) == []


def test_outputs_that_are_refused(made, tmp_path):
    full, start = tmp_path / 'full', tmp_path / 'start'
    full.mkdir()
    (full / 'notes').write_text('mine')
    assert 'not an empty folder' in run(made.master, '--seed', 5, '--output', full)[2]
    assert 'in this repository' in run(made.master, '--seed', 5, '--output', made.master / 'term')[2]
    (tmp_path / 'start.unfinished').mkdir()
    (tmp_path / 'start.unfinished' / 'settings.json').write_text('{"random_seed": 6}')
    status, _, err = run(made.master, '--seed', 5, '--output', start)
    assert status == 2 and 'holds a start with other settings' in err
    assert sorted(path.name for path in Path(full).iterdir()) == ['notes'] and not start.exists()


@pytest.mark.skipif(os.name == 'nt', reason='needs a shell of Unix')
def test_a_network_that_fails_is_named_and_its_log_kept(made, tmp_path):
    broken = shutil.copytree(made.master, tmp_path / 'broken')
    (broken / 'dnn_mlp.py').write_text('import sys\nsys.exit("the disk is full")\n')
    status, _, err = run(broken, '--seed', 5, '--output', tmp_path / 'term', '--jobs', 1)
    assert status == 2 and 'q35: the disk is full (all that it printed: ' in err
    assert not (tmp_path / 'term').exists() and (tmp_path / 'term.unfinished' / 'runs' / 'q35' / 'printed.txt').exists()
