"""Collects what you hand in: your code as a zip, and your notebook as a PDF, or as HTML to print.

    python3 collect_submission.py

Writes hw1_code.zip (configs/, models/, optimizer/ and utils.py) and hw1_writeup.pdf, main.ipynb with no output but its
plots; hw1_writeup.html where there is nothing here that makes a PDF of a notebook. Exit status: 0 if both are written,
2 if not.
"""

import argparse
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
CODE = 'configs/*.yaml', 'models/*.py', 'optimizer/*.py', 'utils.py'
NOTEBOOK = 'main.ipynb'
CODE_ZIP, WRITEUP = 'hw1_code.zip', 'hw1_writeup'
UNWRITTEN = re.compile(r'^\s*raise NotImplementedError\(([\'"])([\w.]+)\1\)', re.MULTILINE)
INSTALL = f'"{sys.executable}" -m pip install'
RESOURCES = {'metadata': {'name': 'Homework 1', 'path': str(FOLDER)}}
BROWSERS = ('google-chrome', 'chromium', 'chromium-browser', 'chrome', 'msedge',
            '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome')  # that can print without a window


class CollectError(ValueError):
    """Something cannot be collected; the text is the one line that a user sees."""


def code_files(folder):
    """The files of the zip, as {name with /: bytes}. Raises CollectError where one of the parts is missing."""
    files = {}
    for pattern in CODE:
        paths = sorted(folder.glob(pattern))
        if not paths:
            raise CollectError(f'{pattern} is missing in {folder}; put it back')
        for path in paths:
            files[path.relative_to(folder).as_posix()] = path.read_bytes()
    return files


def unwritten_parts(files):
    """The parts that still raise NotImplementedError, as 'utils.py: plot_curves'."""
    return [f'{name}: {match.group(2)}' for name, content in files.items() if name.endswith('.py')
            for match in UNWRITTEN.finditer(content.decode('utf-8', errors='replace'))]


def zipped(files):
    content = io.BytesIO()
    with zipfile.ZipFile(content, 'w', zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name)  # dated 1980, so that the same files give the same zip
            info.create_system, info.external_attr = 3, 0o100644 << 16  # readable once it is unpacked
            archive.writestr(info, data, zipfile.ZIP_DEFLATED)
    return content.getvalue()


def only_plots(notebook):
    """Change a notebook, as JSON, so that its only outputs are pictures. Returns how many there are."""
    num_plots = 0
    for cell in notebook['cells']:
        if cell['cell_type'] != 'code':
            continue
        kept = []
        for output in cell['outputs']:
            pictures = {kind: data for kind, data in output.get('data', {}).items() if kind.startswith('image/')}
            if pictures:
                kept.append({**output, 'data': pictures})
        cell['outputs'], cell['execution_count'] = kept, None
        for output in kept:
            if output['output_type'] == 'execute_result':
                output['execution_count'] = None
        num_plots += len(kept)
    return num_plots


def cells_not_run(notebook):
    """How many cells with code have not been run, and how many there are."""
    counts = [cell['execution_count'] for cell in notebook['cells']
              if cell['cell_type'] == 'code' and ''.join(cell['source']).strip()]
    return counts.count(None), len(counts)


def read_notebook(path):
    """Read a notebook, and take out all outputs but pictures.

    Returns it, as JSON, how many pictures there are, and one line on what was not run, or ''.
    """
    try:
        notebook = json.loads(path.read_text(encoding='utf-8'))
        (num_not_run, num_cells), num_plots = cells_not_run(notebook), only_plots(notebook)
        if num_plots and not num_not_run:
            return notebook, num_plots, ''
        what = (f'has never been run, so {WRITEUP} has no plots' if num_not_run == num_cells else
                f'has {num_not_run} of {num_cells} cells that were not run' if num_not_run else
                f'holds no plots, so {WRITEUP} has none')
        return notebook, num_plots, f'warning: {path.name} {what}: run it to the end, save it, and collect again'
    except OSError as error:
        raise CollectError(f'cannot read {path}: {error.strerror}') from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise CollectError(f'{path} is not a notebook: open it in Jupyter, and save it again') from None


def pdf_engines():
    """What can make a PDF of a notebook on this computer: a list of (name, function of the notebook, page as HTML)."""
    import nbconvert

    found = []
    if shutil.which('xelatex') and shutil.which('pandoc'):
        found.append(('XeLaTeX', lambda node, page: nbconvert.PDFExporter().from_notebook_node(node, RESOURCES)[0]))
    for browser in filter(None, map(shutil.which, BROWSERS)):
        found.append((Path(browser).stem, lambda node, page, browser=browser: printed(browser, page)))
    return found


def printed(browser, page):
    """A page of HTML, printed to a PDF by Chrome or one of its relatives. Returns its bytes."""
    folder = Path(tempfile.mkdtemp())
    source, target = folder / 'page.html', folder / 'page.pdf'
    command = [browser, '--headless', '--disable-gpu', '--no-pdf-header-footer', f'--print-to-pdf={target}',
               f'--user-data-dir={folder / "profile"}', '--virtual-time-budget=20000', source.as_uri()]
    if hasattr(os, 'geteuid') and os.geteuid() == 0:  # in Colab, for one: as root, Chrome starts without a sandbox only
        command.insert(1, '--no-sandbox')
    try:
        source.write_bytes(page)
        subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, timeout=120, check=True)
        return target.read_bytes()
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # Chrome may still be writing to its profile


def converted(notebook):
    """The notebook as ('.pdf', bytes), or as ('.html', bytes) where no PDF can be made here. Raises CollectError."""
    try:
        import nbconvert
        import nbformat
    except ImportError as error:
        raise CollectError(f'{error.name} is missing: {INSTALL} nbconvert') from None

    node = nbformat.reads(json.dumps(notebook), as_version=4)
    page = nbconvert.HTMLExporter().from_notebook_node(node, RESOURCES)[0].encode('utf-8')
    for name, engine in pdf_engines():
        print(f'making the PDF by {name} ...', file=sys.stderr, flush=True)
        try:
            content = engine(node, page)
        except Exception as error:  # LaTeX and browsers fail in many ways; HTML is left
            print(f'no PDF by {name}: {" ".join(str(error).split())[:200]}', file=sys.stderr)
            continue
        if content.startswith(b'%PDF'):
            return '.pdf', content
        print(f'no PDF by {name}: what it made is none', file=sys.stderr)
    return '.html', page


def write_whole(path, content):
    """Write bytes to path, whole or not at all: a temporary file beside it, then a rename."""
    temporary = path.with_name(f'.{path.name}.{os.getpid()}')
    try:
        temporary.write_bytes(content)
        os.replace(temporary, path)
    except OSError as error:
        raise CollectError(f'cannot write {path}: {error.strerror}') from None
    finally:
        try:
            temporary.unlink(missing_ok=True)
        except OSError:
            pass  # the folder is gone or read-only: there is nothing to tidy up


def collect(folder):
    """Write the two files to the folder that holds the homework, and print what they are. Raises CollectError."""
    files = code_files(folder)
    for part in unwritten_parts(files):
        print(f'not written yet: {part}', file=sys.stderr)
    write_whole(folder / CODE_ZIP, zipped(files))
    print(f'{CODE_ZIP}: {len(files)} files')

    notebook, num_plots, warning = read_notebook(folder / NOTEBOOK)
    if warning:
        print(warning, file=sys.stderr)
    ending, content = converted(notebook)
    write_whole(folder / f'{WRITEUP}{ending}', content)
    for other in {'.pdf', '.html'} - {ending}:  # that of an earlier time would be taken for this one
        (folder / f'{WRITEUP}{other}').unlink(missing_ok=True)
    print(f'{WRITEUP}{ending}: {num_plots} plots')
    if ending != '.pdf':
        print(f'For a PDF, open {WRITEUP}{ending} in a browser and print it to a file, or install Chrome, or pandoc '
              'and XeLaTeX (in Colab and Ubuntu: apt-get install pandoc texlive-xetex texlive-plain-generic), and '
              'collect again.')


def main(arguments=None):
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(prog='collect_submission.py', description=__doc__.splitlines()[0])
    parser.error = lambda message: parser.exit(2, f'{parser.prog}: {message}; see --help\n')
    parser.parse_args(arguments)
    try:
        collect(FOLDER)
    except (CollectError, OSError) as error:
        print(f'{parser.prog}: {error}', file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f'{parser.prog}: stopped', file=sys.stderr)
        return 130
    return 0


if __name__ == '__main__':
    sys.exit(main())
