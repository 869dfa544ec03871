"""Measures the processor time of judging one correct submission, by children:   python3 -m benchmarks.judge

It prints a row for each script that runs in children, and the total, with the runs repeated shortly and as a whole.
Processor time is that of the grader and all of its children; it hardly depends on what else the machine does.
"""
import json
import resource
import sys
import tempfile
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

from instructor import packages

if __name__ == '__main__':
    packages.require('benchmarks.judge', 'numpy', 'jsonschema')

from benchmarks import synthetic_class  # noqa: E402
from common import OneLineParser  # noqa: E402
from instructor.intake import downloads  # noqa: E402
from instructor.judges import judging, training_runs  # noqa: E402
from instructor.sandbox import api as sandbox  # noqa: E402
from instructor.sandbox import worker_runs  # noqa: E402


def processor_seconds():
    """Of this process and of all its children that have ended."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


class Counted:
    """Runs code confined, and adds up by scripts: children, processor seconds in all, and those of the child alone."""

    def __init__(self, isolation):
        self._run = worker_runs.confined(isolation)
        self._names = {path.read_text(encoding='utf-8'): path.stem for path in worker_runs.WORKERS.glob('*.py')}
        self.rows = defaultdict(lambda: [0, 0.0, 0.0])

    def __call__(self, entry, files, argv=(), **limits):
        began = processor_seconds()
        outcome = self._run(entry, files, argv, **limits)
        command = json.loads(files['request.json']).get('command', [])
        row = self.rows[' '.join([self._names[entry], *command[:1]])]
        for place, value in enumerate((1, processor_seconds() - began, outcome.cpu_seconds)):
            row[place] += value
        return outcome


def measure(submission, course, isolation, secret):
    """(seconds, rows of Counted) of judging a submission, which has to be found all right."""
    run, began = Counted(isolation), processor_seconds()
    judged = judging.judge(submission, course, isolation, secret=secret, run_confined=run)
    took = processor_seconds() - began
    if any(verdict.share != 1 for verdict in judged['verdicts']):
        sys.exit(f'benchmarks.judge: a correct submission was not found right: {judged["verdicts"]}')
    return took, run.rows


def show(title, measured):
    """Print the rows and the total of the quickest of some measurements."""
    total, rows = min(measured, key=lambda one: one[0])
    print(f'{title}\n  {"script":32}{"children":>9}{"seconds":>9}{"in the child":>14}')
    for name, (number, seconds, inside) in rows.items():
        print(f'  {name:32}{number:9}{seconds:9.2f}{inside:14.2f}')
    rest = total - sum(seconds for _, seconds, _ in rows.values())
    print(f'  {"the grader itself":32}{"":9}{rest:9.2f}\n  {"all":32}{"":9}{total:9.2f}\n')
    return total


def main():
    parser = OneLineParser(prog='python3 -m benchmarks.judge', description=__doc__.split(':')[0])
    parser.add_argument('--course', choices=('tamu', 'osu'), default='tamu')
    parser.add_argument('--rounds', type=int, default=3, help='the quickest counts [%(default)s]')
    parser.add_argument('--isolation', default='auto')
    options = parser.parse_args()
    course, isolation = synthetic_class.course(options.course), sandbox.probe(options.isolation)
    with tempfile.TemporaryDirectory() as folder:
        arrived = Path(folder, 'submissions.zip')
        synthetic_class.download(arrived, {'perfect': synthetic_class.perfect(course)}, course)
        [submission], _ = downloads.read_submissions(arrived, course, None)
    secret = training_runs.draw_secret(worker_runs.confined(isolation), course.assignment, 1)
    measured = [(measure(submission, course, isolation, secret),
                 measure(submission, course, isolation, replace(secret, short={}))) for _ in range(options.rounds)]
    short, whole = zip(*measured)
    ratio = show('whole runs', whole) / show('short runs', short)
    print(f'whole runs take {ratio:.1f} times the processor time of short ones')
    return 0


if __name__ == '__main__':
    sys.exit(main())
