"""Times the grading of a class:   python3 -m benchmarks.grade [--students 60] [--jobs 2] [--rerun-epochs 0]

It makes a class of a perfect, a blank and many wrong submissions, and grades it in a temporary folder.
"""
import contextlib
import io
import os
import sys
import tempfile
import textwrap
import time
from pathlib import Path

from instructor import packages

if __name__ == '__main__':
    packages.require('benchmarks.grade', 'numpy', 'matplotlib')

from benchmarks import synthetic_class  # noqa: E402
from common import OneLineParser  # noqa: E402
from instructor import grade  # noqa: E402
from instructor.publishing import blanks  # noqa: E402

WRONG = {  # function of dnn_misc.py -> a body that is wrong by a factor
    'linear_layer.forward': "return {factor} * X @ self.params['W'] + self.params['b']",
    'linear_layer.backward': "self.gradient['W'] = {factor} * X.T @ grad\n"
                             "self.gradient['b'] = np.sum(grad, axis=0)\n"
                             "return grad @ self.params['W'].T",
    'relu.forward': 'self.mask = X > 0\nreturn {factor} * X * self.mask',
    'relu.backward': 'return {factor} * grad * self.mask',
    'dropout.backward': 'return {factor} * grad * self.mask',
}


def members(num_students, course):
    """The files of so many students: a perfect submission, a blank one, and others with one wrong function each."""
    students = {'perfect': synthetic_class.perfect(course), 'blank': synthetic_class.blank(course)}
    for number in range(num_students - len(students)):
        function, body = list(WRONG.items())[number % len(WRONG)]
        body = textwrap.indent(body.format(factor=number + 2), ' ' * 8)
        misc = blanks.fill(synthetic_class.MASTER['dnn_misc.py'], {function: body}, 'dnn_misc.py')
        students[f'student{number}'] = synthetic_class.perfect(course, misc=misc)
    return students


def grade_class(num_students, *more):
    """Grade so many students with these options of the command besides: returns (exit status, seconds)."""
    with tempfile.TemporaryDirectory() as folder:
        course = synthetic_class.course()
        arrived = Path(folder, 'submissions.zip')
        ids = synthetic_class.download(arrived, members(num_students, course), course)
        book = synthetic_class.gradebook(Path(folder, 'gradebook.csv'), ids, course)
        begin = time.monotonic()
        with contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO(), 'utf-8')):
            status = grade.main([str(arrived), '--course', 'tamu', '--output', str(Path(folder, 'OUT')),
                                 '--gradebook', str(book), *more])
        return status, time.monotonic() - begin


def main():
    parser = OneLineParser(prog='python3 -m benchmarks.grade', description=__doc__.split(':')[0])
    parser.add_argument('--students', type=int, default=60)
    parser.add_argument('--jobs', type=int, default=2)
    parser.add_argument('--rerun-epochs', type=int, default=0)
    parser.add_argument('--isolation', default='auto')
    options = parser.parse_args()
    status, took = grade_class(options.students, '--rerun-epochs', str(options.rerun_epochs), '--jobs',
                               str(options.jobs), '--isolation', options.isolation)
    if status != 0:
        return status
    print(f'{options.students} submissions graded in {took:.0f} s, {options.jobs} at a time on {os.cpu_count()} cores, '
          f'--rerun-epochs {options.rerun_epochs}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
