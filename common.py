"""What several scripts share: options, text that can be printed, advice how to install, files written whole."""

import argparse
import io
import os
import sys
import zipfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


class OneLineParser(argparse.ArgumentParser):
    """A parser that says what is wrong in one line, without the usage text, and ends with status 2.

    advice: what to add to that line.
    """

    def __init__(self, advice='', **options):
        super().__init__(**options)
        self.advice = advice

    def error(self, message):
        self.exit(2, f'{self.prog}: {printable(message)}{self.advice}\n')


def printable(text, keep=''):
    """The text with '?' in place of what cannot be printed, such as control characters; line ends too, unless kept."""
    return ''.join(char if char.isprintable() or char in keep else '?' for char in text)


def how_to_install(*packages, then=''):
    """The commands, for one line, that install packages for the Python that runs this, and run something `then`.

    Only in a virtual environment are they installed as they are; else .venv in this folder is made, since the pip of a
    system may refuse to, or taken, if it has the first of them already.
    """
    python, of_venv = f'"{sys.executable}"', '.venv/Scripts/python' if os.name == 'nt' else '.venv/bin/python'
    commands = []
    if then and Path(sys.prefix) != FOLDER / '.venv' and \
            any(FOLDER.glob(f'.venv/[Ll]ib/**/site-packages/{packages[0]}')):
        return f'{of_venv} {then}'
    if sys.prefix == sys.base_prefix:
        commands, python = [f'{python} -m venv .venv'], of_venv
    commands.append(f'{python} -m pip install {" ".join(packages)}')
    return ' && '.join([*commands, f'{python} {then}'] if then else commands)


def write_whole(path, content):
    """Write bytes to a path, whole or not at all: a temporary file beside it, then a rename. Raises OSError on path."""
    target = path.resolve()  # so that a symbolic link stays one
    temporary = target.with_name(f'.{target.name}.{os.getpid()}')
    try:
        temporary.write_bytes(content)
        os.replace(temporary, target)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None  # it names the temporary file
    finally:
        temporary.unlink(missing_ok=True)


def zipped(files):
    """A zip of (name, bytes) pairs, as bytes: the same pairs give the same bytes. Shell scripts can be run."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, 'w') as archive:
        for name, data in files:
            info = zipfile.ZipInfo('x')  # dated 1980, the earliest that a zip can hold
            info.filename = name         # as it is: ZipInfo would cut it at a NUL
            info.create_system, info.compress_type = 3, zipfile.ZIP_DEFLATED  # 3: Unix, whose permissions follow
            info.external_attr = (0o100755 if name.endswith('.sh') else 0o100644) << 16
            archive.writestr(info, data)
    return content.getvalue()
