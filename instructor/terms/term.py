"""Makes the master copy of a term from this one: other digits and another seed, and every number that follows."""
import fcntl
import hashlib
import json
import re
import shutil
from pathlib import Path

import plot_curves
from common import write_whole
from instructor import mnist_subset
from instructor.assignment import ROOT, load_assignment
from instructor.claims import look_for
from instructor.judges.known_records import KnownRecords, read_known_records
from instructor.publishing.output import outside
from instructor.terms import pages
from instructor.terms.trainings import Training, train_all
from records import read_file

# What belongs to the repository; anything else in it, such as submissions, stays out of the copy.
FOLDERS = ('.ci', 'Windows', 'assignments', 'benchmarks', 'figures', 'instructor', 'tests')
FILES = ('*.py', '*.sh', '*.md', '*.toml', 'requirements*.txt', 'assignment.json', 'LICENSE', '.gitattributes',
         '.gitignore')
CACHES = shutil.ignore_patterns('__pycache__', '*.pyc', '.*_cache', '.ipynb_checkpoints', '*.csv')
SEED = re.compile(r'(?m)^(RANDOM_SEED = )(\d+)\b')
EARLIER = 'earlier-term'  # the kind of mistake: handing in the results of one


class TermError(ValueError):
    """The term cannot be made so; the text is one line."""


class ClaimsFail(ValueError):
    """The text would say what is not true of this term; `claims`: lines with the statement and the numbers."""

    def __init__(self, claims):
        super().__init__('; '.join(claims))
        self.claims = claims


class Term:
    """A term that is being made: everything lies in a folder beside the output until it is complete."""

    def __init__(self, output, seed, source=None, keep_digits=False, keep_seed=False):
        """Draw the digits and find out what an earlier start has left. Raises TermError, ValueError and OSError."""
        self.output = outside(ROOT, output, '--output')
        if self.output.exists() and (not self.output.is_dir() or any(self.output.iterdir())):
            raise TermError(f'--output {self.output}: is there already, and not an empty folder; name a new one')
        self.assignment = load_assignment(ROOT / 'assignment.json')
        self.seed_file = self.assignment.random_seed
        found = SEED.findall((ROOT / self.seed_file).read_text(encoding='utf-8')) if self.seed_file else []
        if len(found) != 1:
            raise TermError('assignment.json: "random_seed" must name the file with the one line RANDOM_SEED = ...')
        earlier_seed = int(found[0][1])
        earlier_digits = (ROOT / self.assignment.data[0]).read_bytes()
        self.digits, origin = draw(earlier_digits, seed, source, keep_digits)
        random_seed = earlier_seed if keep_seed else seed
        if (random_seed, self.digits) == (earlier_seed, earlier_digits):
            raise TermError(f'--seed {seed}: this copy has that seed and these digits already; name another')
        self.settings = {'random_seed': random_seed, 'earlier_seed': earlier_seed, 'origin': origin,
                         'digits': hashlib.sha256(self.digits).hexdigest(), 'code': code_hash(self.assignment)}
        self.work = self.output.with_name(f'{self.output.name}.unfinished')
        self.copy, self.runs = self.work / 'term', self.work / 'runs'

    def make(self, jobs, command, accept=False):
        """Make the term; returns its lines of failing claims. Raises ClaimsFail if there are any, unless accepted."""
        self.work.mkdir(parents=True, exist_ok=True)
        with open(self.work / 'lock', 'a', encoding='utf-8') as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise TermError(f'{self.work}: another start, or a network that it trains, is still at work there; '
                                'wait until it has ended') from None
            self._check_settings()
            self._make_copy()
            trainings, known = self._trainings()
            epochs = self.assignment.epochs
            train_all([*trainings.values(), *(training for _, training in known)], epochs, jobs, lock)
            records = {name: training.record(epochs) for name, training in trainings.items()}
            failing = [claim for claim in self.assignment.claims if not look_for(claim, records)[1]]
            lines = [f'{claim.text}: {look_for(claim, records)[0]}' for claim in failing]
            if failing and not accept:
                raise ClaimsFail(lines)
            self._write_references(trainings, known)
            self._write_pages(trainings, records, failing, command)
            load_assignment(self.copy / 'assignment.json')
            self.copy.rename(self.output)  # all at once; an empty folder is replaced
        shutil.rmtree(self.work)
        return lines

    def _check_settings(self):
        path = self.work / 'settings.json'
        content = json.dumps(self.settings, indent=1).encode()
        if path.exists() and path.read_bytes() != content:
            raise TermError(f'{self.work}: holds a start with other settings (seed, source or code): delete it, or '
                            'name another --output')
        write_whole(path, content)

    def _make_copy(self):
        """The repository with the digits and the seed of the term; made anew by each start."""
        shutil.rmtree(self.copy, ignore_errors=True)
        self.copy.mkdir()
        for name in FOLDERS:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, self.copy / name, ignore=CACHES)
        for path in [path for pattern in FILES for path in ROOT.glob(pattern) if path.is_file()]:
            shutil.copy(path, self.copy)
        (self.copy / self.assignment.data[0]).write_bytes(self.digits)
        path = self.copy / self.seed_file
        path.write_text(SEED.sub(rf'\g<1>{self.settings["random_seed"]}', path.read_text(encoding='utf-8')),
                        encoding='utf-8')

    def _trainings(self):
        """The trainings of the questions, {name: Training}, and those of known mistakes, [(file name, Training)]."""
        runs = self.assignment.runs
        trainings = {name: Training(name, run.command, run.result, self.copy, self.runs / name)
                     for name, run in runs.items()}
        known = []
        for file, mistake in read_known_records(self.assignment.known_records).items():
            if mistake.change is None:
                continue
            scripts = self._changed_scripts(file, mistake.change)
            known += [(file, Training(f'{name} ({mistake.kind})', run.command, run.result, scripts,
                                      self.runs / f'{name}-{mistake.kind}'))
                      for name, run in runs.items() if run.result in mistake.records]
        return trainings, known

    def _changed_scripts(self, file, change):
        """A folder beside the copy with the scripts, in which a mistake is made."""
        text = (self.copy / change['script']).read_text(encoding='utf-8')
        if text.count(change['from']) != 1:
            raise TermError(f'{self.assignment.known_records / file}: "change": {change["script"]} must hold '
                            f'{change["from"]!r} once')
        scripts = self.work / 'mistakes' / Path(file).stem
        shutil.rmtree(scripts, ignore_errors=True)
        scripts.mkdir(parents=True)
        for name in {*self.assignment.run_files, *self.assignment.scripts,
                     *(run.command[0] for run in self.assignment.runs.values())}:
            shutil.copy(self.copy / name, scripts / name)
        (scripts / change['script']).write_text(text.replace(change['from'], change['to']), encoding='utf-8')
        return scripts

    def _write_references(self, trainings, known):
        """The new references; the old ones become known records of an earlier term; those of mistakes are renewed."""
        old, folder = self.assignment, self._in_copy(self.assignment.known_records)
        records = {run.result: read_file(old.references / run.result) for run in old.runs.values()}
        name, number = f'{EARLIER}.json', 1
        while (folder / name).exists():
            name, number = f'{EARLIER}-{number + 1}.json', number + 1
        seed = self.settings['earlier_seed']
        earlier = KnownRecords(EARLIER, f'is that of an earlier term (random seed {seed}): run all scripts again, with '
                               'the files of this term', True, records)
        (folder / name).write_bytes(earlier.as_json())
        for file, training in known:
            values = json.loads((folder / file).read_text(encoding='utf-8'))
            values['records'][training.result] = training.record(old.epochs)
            (folder / file).write_bytes(KnownRecords(**values).as_json())
        references = self._in_copy(old.references)
        for training in trainings.values():
            shutil.copy(training.folder / training.result, references / training.result)

    def _write_pages(self, trainings, records, failing, command):
        runs = self.assignment.runs
        readme = self.copy / 'README.md'
        printed = {name: training.log.read_text(encoding='utf-8') for name, training in trainings.items()}
        readme.write_text(pages.with_numbers(readme.read_text(encoding='utf-8'), runs, records, printed),
                          encoding='utf-8')
        (self.copy / pages.NOTE).write_text(pages.note(self.settings, command, self.assignment, records, failing),
                                            encoding='utf-8')
        curves = {Path(run.result): (records[name]['train'], records[name]['val']) for name, run in runs.items()}
        (self.copy / 'curves.png').write_bytes(plot_curves.picture(curves))

    def _in_copy(self, path):
        return self.copy / path.relative_to(ROOT)


def draw(earlier, seed, source, keep_digits):
    """The content of the new data file, and in words where its digits come from; earlier: that of this copy's."""
    if keep_digits:
        return earlier, 'the same digits as in the earlier term'
    if source is None:
        return mnist_subset.shuffle_subset(earlier.decode(), seed).encode(), \
            f'the digits of the earlier term, divided anew (seed {seed})'
    sizes = {name: len(Y) for name, (_, Y) in json.loads(earlier).items()}
    pixels, labels = mnist_subset.read_source(source)
    return mnist_subset.encode_subset(pixels, labels, sizes, seed).encode(), \
        f'digits drawn from the {len(labels)} in {source} (seed {seed})'


def code_hash(assignment):
    """SHA-256 of all that the records depend on besides digits and seed."""
    names = {*assignment.run_files, *assignment.scripts, *(run.command[0] for run in assignment.runs.values())}
    paths = [ROOT / name for name in sorted(names - {*assignment.data})] + [ROOT / 'assignment.json']
    return hashlib.sha256(b''.join(path.read_bytes() for path in paths)).hexdigest()
