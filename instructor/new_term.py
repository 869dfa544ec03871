"""Makes a master copy for another term: other digits and another random seed, so that old result files do not fit.

    python3 -m instructor.new_term --seed S [--source DIR] --output DIR [--keep-digits | --keep-seed] [--accept]

It draws the digits anew, from MNIST in --source (see mnist_subset.py) or from those of this copy; trains all networks,
several at a time; checks what the text says should be seen; and writes a copy of this repository with the references,
tables and figures of the term. If it is stopped, the same command resumes. Exit status: 0 if the copy is there; 1 if
the text would say what is not true; 2 for anything else.
"""
import shlex
import signal
import sys
from pathlib import Path

from instructor import packages

if __name__ == '__main__':
    packages.require('instructor.new_term', 'numpy', 'matplotlib', 'jsonschema')  # before what imports them

from common import OneLineParser, printable  # noqa: E402
from instructor.mnist_subset import whole_number  # noqa: E402
from instructor.terms import term, trainings  # noqa: E402


def parse(arguments=None):
    """The options of the command line; if they are wrong, ends the process with one line and status 2."""
    parser = OneLineParser(prog='python3 -m instructor.new_term', advice='; see --help', allow_abbrev=False,
                           description=__doc__.partition('\n')[0])
    parser.add_argument('--seed', type=whole_number(0, 2 ** 32 - 1), required=True, metavar='S',
                        help='draws the digits, and is the random seed of the trainings')
    parser.add_argument('--source', type=Path, metavar='DIR', help='MNIST [the digits of this copy, divided anew]')
    parser.add_argument('--output', required=True, metavar='DIR', help='a new or empty folder')
    same = parser.add_mutually_exclusive_group()
    same.add_argument('--keep-digits', action='store_true', help='the same digits, divided as they are')
    same.add_argument('--keep-seed', action='store_true', help='the same random seed of the trainings')
    parser.add_argument('--jobs', type=whole_number(1), default=trainings.cores(), metavar='N',
                        help='networks trained at a time [%(default)s]')
    parser.add_argument('--accept', action='store_true', help='make the copy even if statements of the text fail')
    options = parser.parse_args(arguments)
    if options.source and options.keep_digits:
        parser.error('--source draws other digits: leave out --keep-digits')
    return options


def _stop(number, _):
    raise KeyboardInterrupt


def main(arguments=None):
    """Run the command; returns its exit status."""
    options = parse(arguments)
    for name in ('SIGTERM', 'SIGHUP'):
        if hasattr(signal, name) and signal.getsignal(getattr(signal, name)) == signal.SIG_DFL:
            signal.signal(getattr(signal, name), _stop)
    command = shlex.join(['python3', '-m', 'instructor.new_term', *(sys.argv[1:] if arguments is None else arguments)])
    try:
        made = term.Term(options.output, options.seed, options.source, options.keep_digits, options.keep_seed)
        failing = made.make(options.jobs, command, options.accept)
    except term.ClaimsFail as error:
        for line in error.claims:
            print(f'does not hold: {line}', file=sys.stderr)
        return _say(1, 'the text would say what is not true of this term: take another seed and another --output, or '
                    'add --accept and change the text')
    except OSError as error:
        return _say(2, f'{error.filename or options.output}: {error.strerror}; the same command resumes once that is '
                    'mended')
    except ValueError as error:
        return _say(2, error)
    except KeyboardInterrupt:
        return _say(130, 'stopped; the same command resumes, and keeps the networks that are trained')
    for line in failing:
        print(f'warning: the text says what does not hold: {line}', file=sys.stderr)
    print(f'{made.output}: the copy of the term, random seed {made.settings["random_seed"]}; its numbers are in '
          f'{term.pages.NOTE}')
    return 0


def _say(status, text):
    print(f'python3 -m instructor.new_term: {printable(str(text))}', file=sys.stderr)
    return status


if __name__ == '__main__':
    sys.exit(main())
