"""Runs the tests in tests/, and says which parts of hw3_lib.py and hw3_sol.py are not written yet.

    python3 run_tests.py [--traceback]

Exit status: 0 if everything is written and all tests pass, 1 if not, 2 if it cannot start.
"""

import argparse
import os
import re
import sys
import time
import traceback
import unittest
from pathlib import Path

import training_data  # noqa: F401 -- before numpy: see there

FOLDER = Path(__file__).resolve().parent
SCRIPTS = 'hw3_lib.py', 'hw3_sol.py'  # what students write in
UNWRITTEN = re.compile(r'^\s*raise NotImplementedError\(([\'"])([\w.]+)\1\)', re.MULTILINE)


class OneLineParser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(2, f'{self.prog}: {message}; see python3 {self.prog} --help\n')


def missing_parts():
    """The parts that still raise NotImplementedError, as (script, name), in order."""
    return [(script, match.group(2)) for script in SCRIPTS
            for match in UNWRITTEN.finditer((FOLDER / script).read_text(encoding='utf-8', errors='replace'))]


def in_a_line(error):
    """What went wrong, and where in the student's scripts, in one line."""
    text = f'{type(error).__name__}: {" ".join(str(error).split())}'
    if isinstance(error, SyntaxError) and error.filename:
        return f'{os.path.basename(error.filename)}, line {error.lineno}: SyntaxError: {error.msg}'
    places = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).parent == FOLDER
              and Path(frame.filename).name in SCRIPTS]
    if places:
        return f'{Path(places[-1].filename).name}, line {places[-1].lineno}, in {places[-1].name}: {text}'
    return text


class LineResult(unittest.TestResult):
    """Prints a line for each test, and a second one that says what is wrong with it."""

    def __init__(self, with_traceback):
        super().__init__()
        self.with_traceback = with_traceback
        self.counts = {'ok': 0, 'WRONG': 0, 'ERROR': 0, 'waits': 0}

    def startTest(self, test):
        super().startTest(test)
        if sys.stderr.isatty():
            print(f'  ...    {self._title(test)}', end='\r', file=sys.stderr, flush=True)

    def addSuccess(self, test):
        self._print('ok', test)

    def addFailure(self, test, err):
        self._print('WRONG', test, str(err[1]), err)

    def addError(self, test, err):
        if isinstance(err[1], NotImplementedError):
            self._print('waits', test, f'for {err[1]}')
        elif isinstance(err[1], training_data.DataError):
            self._print('ERROR', test, str(err[1]))
        else:
            self._print('ERROR', test, in_a_line(err[1]), err)

    def _print(self, outcome, test, more='', err=None):
        self.counts[outcome] += 1
        print(f'  {outcome:6} {self._title(test)}' + (f', {more}' if outcome == 'waits' else ''))
        if more and outcome != 'waits':
            print(f'         {more}')
        if err and self.with_traceback:
            traceback.print_exception(*err)
        sys.stdout.flush()

    @staticmethod
    def _title(test):
        return test.shortDescription() or test.id()


def main():
    """Run the command; returns the exit status."""
    parser = OneLineParser(description='Runs the tests of the parts that you write.')
    parser.add_argument('--traceback', action='store_true', help='show where in the code each failure comes from')
    options = parser.parse_args()

    try:
        import hw3_lib  # noqa: F401 -- only to see whether they can be imported
        import hw3_sol  # noqa: F401
    except Exception as error:
        if options.traceback:
            traceback.print_exc()
        print(f'{parser.prog}: {in_a_line(error)}', file=sys.stderr)
        return 1
    suite = unittest.defaultTestLoader.discover(str(FOLDER / 'tests'))
    if not suite.countTestCases():
        print(f'{parser.prog}: no tests in {FOLDER / "tests"}; put the folder tests back', file=sys.stderr)
        return 2

    missing = missing_parts()
    for script, name in missing:
        print(f'{script}: {name} is not written yet')
    result, started = LineResult(options.traceback), time.monotonic()
    suite.run(result)
    print(f'{result.counts["ok"]} of {result.testsRun} tests pass ({time.monotonic() - started:.0f} s)'
          + (f'; {len(missing)} parts are not written yet' if missing else ''))
    return 0 if result.counts['ok'] == result.testsRun and not missing else 1


if __name__ == '__main__':
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print('run_tests.py: stopped', file=sys.stderr)
        sys.exit(130)
