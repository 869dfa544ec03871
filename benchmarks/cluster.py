"""Times grading on dask workers:   python3 -m benchmarks.cluster [--quick 1000] [--repeated 100] [--workers 1 2]

It grades a synthetic class without repeated epochs, and one with one repeated epoch, on so many workers of one thread
each, all of them on this machine. It prints a table in Markdown: submissions a minute, and how long 300 and 3,000
submissions take at that rate, with the processor time that they use.
"""
import resource
import sys
import time

from instructor import packages

if __name__ == '__main__':
    packages.require('benchmarks.cluster', 'numpy', 'matplotlib', 'distributed', 'cryptography')

from benchmarks import machine  # noqa: E402
from benchmarks.grade import grade_class  # noqa: E402
from common import OneLineParser  # noqa: E402

CLASSES = (300, 3000)


def cpu_seconds():
    """The processor time of this process and of those that it has started and that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def row(num_students, rerun_epochs, num_workers):
    """A row of the table, or None if grading fails, which has then said why.

    Starting the workers counts, making the class does not.
    """
    before = cpu_seconds()
    status, seconds = grade_class(num_students, '--rerun-epochs', str(rerun_epochs), '--dask', 'local', '--jobs',
                                  str(num_workers))
    if status:
        return None
    each, cpu = seconds / num_students, (cpu_seconds() - before) / num_students
    hours = ' | '.join(f'{each * size / 3600:.2f} h, {cpu * size / 3600:.1f} core-h' for size in CLASSES)
    return f'| {num_students} | {rerun_epochs} | {num_workers} | {60 / each:.1f} | {cpu:.1f} s | {hours} |'


def main():
    parser = OneLineParser(prog='python3 -m benchmarks.cluster', description=__doc__.split(':')[0])
    parser.add_argument('--quick', type=int, default=1000, help='submissions without repeated epochs [%(default)s]')
    parser.add_argument('--repeated', type=int, default=100, help='submissions with one repeated epoch [%(default)s]')
    parser.add_argument('--workers', type=int, nargs='+', default=[1, 2], metavar='N', help='numbers of workers [1 2]')
    options = parser.parse_args()
    if min(options.workers) < 1:
        parser.error('--workers has to be at least 1')
    if any(number == 1 or number < 0 for number in (options.quick, options.repeated)):
        parser.error('--quick and --repeated have to be at least 2, or 0 to leave this class out')
    print(f'Measured {time.strftime("%Y-%m-%d")} on {machine.num_cores()} cores of: {machine.cpu_model()}.\n')
    print('| submissions | epochs repeated | workers | submissions a minute | processor time of one |',
          ' | '.join(f'{size:,}' for size in CLASSES), '|')
    print('|---' * (5 + len(CLASSES)) + '|', flush=True)
    for num_students, rerun_epochs in ((options.quick, 0), (options.repeated, 1)):
        for num_workers in options.workers if num_students else ():
            line = row(num_students, rerun_epochs, num_workers)
            if line is None:
                return 2
            print(line, flush=True)
    return 0


if __name__ == '__main__':
    sys.exit(main())
