"""What all scripts share: options, complaints in one line, one thread for BLAS, files that are written whole.

Import this before numpy: it also keeps BLAS to one thread (see below), and says in one line which package is missing.
"""

import argparse
import importlib.util
import os
import sys
from pathlib import Path

# BLAS, which multiplies numpy's matrices, starts a thread for each core when numpy is imported. For matrices as small
# as ours these mostly wait for each other. So it gets one, unless you have set any of these yourself. torch does not
# go by them.
THREADS = 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS', 'VECLIB_MAXIMUM_THREADS'
if not any(map(os.environ.get, THREADS)):
    os.environ.update(dict.fromkeys(THREADS, '1'))


class UserError(ValueError):
    """Something that the user can mend; the text is the one line that they see."""


class OneLineParser(argparse.ArgumentParser):
    """A parser that says what is wrong in one line, without the usage text, and ends with status 2."""

    def error(self, message):
        self.exit(2, f'{self.prog}: {message}; see python3 {self.prog} --help\n')


def require(requirements, *modules):
    """End with one line and status 2 where a module is missing. requirements: the file that names its package."""
    missing = [module for module in modules if importlib.util.find_spec(module) is None]
    if missing:
        file = Path(__file__).resolve().parent / requirements
        print(f'{os.path.basename(sys.argv[0])} needs {", ".join(missing)}: "{sys.executable}" -m pip install '
              f'-r "{file}"', file=sys.stderr)
        sys.exit(2)


def whole_number(minimum):
    """The argparse type of a whole number that is not below a minimum."""
    def convert(text):
        if not text.isascii() or not text.isdecimal() or int(text) < minimum:
            raise argparse.ArgumentTypeError(f'{text!r} is not a whole number >= {minimum}')
        return int(text)
    return convert


def positive_number(text):
    """The argparse type of a number above 0."""
    try:
        value = float(text)
    except ValueError:
        value = 0
    if not 0 < value < float('inf'):
        raise argparse.ArgumentTypeError(f'{text!r} is not a number above 0')
    return value


def show_progress(text):
    """Write a line on the terminal over the one before; nothing where there is no terminal. '' wipes it."""
    if sys.stderr.isatty():
        print(f'\r\033[K{text}', end='', file=sys.stderr, flush=True)


def write_whole(path, content):
    """Write bytes to a path, whole or not at all: a temporary file beside it, then a rename. Raises UserError."""
    path = Path(path)
    temporary = path.with_name(f'.{path.name}.{os.getpid()}')
    try:
        temporary.write_bytes(content)
        os.replace(temporary, path)
    except OSError as error:
        raise UserError(f'cannot write {path}: {error.strerror}') from None
    finally:
        try:
            temporary.unlink(missing_ok=True)
        except OSError:
            pass  # the folder is gone or read-only: there is nothing to tidy up


def make_folder(path):
    """Make a folder and those above it, where they are missing. Raises UserError."""
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f'cannot make the folder {path}: {error.strerror}') from None


def run_main(main, prog):
    """Run main(), and say in one line what went wrong; returns the exit status.

    That is what main returns, 2 for what the user has to mend, 1 for a part that is not written yet, and 130 when
    stopped by Ctrl-C.
    """
    try:
        status = main() or 0
        sys.stdout.flush()
        return status
    except UserError as error:
        message, status = error, 2
    except NotImplementedError as error:
        message, status = f'{error} is not written yet: write it, then run this again', 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the interpreter fails on it at its end
        message, status = 'cannot print any more; stopped before the end', 2
    except KeyboardInterrupt:
        message, status = 'stopped before the end', 130
    show_progress('')
    print(f'{prog}: {message}', file=sys.stderr)
    return status
