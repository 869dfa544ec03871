"""Write main.ipynb and collect_submission.ipynb from their plain text in teacher/notebooks/*.py.

    python3 assignments/gt_cs7643_hw1/teacher/make_notebooks.py [--check]

The text is in the percent format, which Jupytext and editors know: "# %%" begins a cell of code, "# %% [markdown]" one
of text, whose lines are comments. The notebooks get no outputs. --check writes nothing, and says whether they are up to
date: exit status 1 if one is not.
"""

import argparse
import json
import os
import sys
from pathlib import Path

TEXTS = Path(__file__).resolve().parent / 'notebooks'
FOLDER = TEXTS.parents[1]
CODE, MARKDOWN = '# %%', '# %% [markdown]'


def cells(text):
    """The cells of a text in percent format: a list of (kind, source), the kind being 'code' or 'markdown'.

    Raises ValueError for a text that begins without a cell, and for a line of a markdown cell that is no comment.
    """
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line in (CODE, MARKDOWN):
            found.append(('code' if line == CODE else 'markdown', []))
        elif not found:
            raise ValueError(f'line {number}: before the first cell')
        elif found[-1][0] == 'markdown' and line:
            if not line.startswith('#'):
                raise ValueError(f'line {number}: in a markdown cell, and no comment')
            found[-1][1].append(line[2:])
        else:
            found[-1][1].append(line)
    return [(kind, '\n'.join(lines).strip('\n')) for kind, lines in found]


def notebook(text):
    """The content of the notebook of a text, as a string."""
    written = []
    for number, (kind, source) in enumerate(cells(text), start=1):
        cell = {'cell_type': kind, 'id': f'cell-{number:02}', 'metadata': {},
                'source': source.splitlines(keepends=True)}
        written.append({**cell, 'execution_count': None, 'outputs': []} if kind == 'code' else cell)
    metadata = {'kernelspec': {'display_name': 'Python 3', 'language': 'python', 'name': 'python3'},
                'language_info': {'name': 'python'}}
    content = {'cells': written, 'metadata': metadata, 'nbformat': 4, 'nbformat_minor': 5}
    return json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True) + '\n'


def main(arguments=None):
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(prog='make_notebooks', description=__doc__.splitlines()[0])
    parser.error = lambda message: parser.exit(2, f'{parser.prog}: {message}; see --help\n')
    parser.add_argument('--check', action='store_true', help='write nothing; say whether they are up to date')
    options = parser.parse_args(arguments)
    num_old = 0
    for path in sorted(TEXTS.glob('*.py')):
        target, content = FOLDER / f'{path.stem}.ipynb', notebook(path.read_text(encoding='utf-8'))
        is_old = not target.is_file() or target.read_text(encoding='utf-8') != content
        num_old += is_old
        if is_old and not options.check:
            temporary = target.with_name(f'.{target.name}.{os.getpid()}')
            temporary.write_text(content, encoding='utf-8')
            os.replace(temporary, target)
        state = 'up to date' if not is_old else 'differs from its text' if options.check else 'written'
        print(f'{target.name}: {state}')
    return 1 if num_old and options.check else 0


if __name__ == '__main__':
    sys.exit(main())
