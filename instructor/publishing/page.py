"""Turns the assignment's text into a web page: one file with all formulas and figures, which needs no network.

pandoc does the work: it reads GitHub's dialect of Markdown and turns every formula of the text into MathML, which
browsers can show. pypandoc_binary contains it for Linux, macOS and Windows.
"""

import html
import re
import tempfile
from pathlib import Path, PurePosixPath

from common import how_to_install

TEMPLATE = Path(__file__).with_name('page.html')


class PageError(ValueError):
    """The page cannot be made; the text is one line."""


def make_page(markdown, texts):
    """The page, as text. Raises PageError.

    markdown: the assignment's text, which begins with its title; texts {name: text}: has the figures that it shows.
    """
    try:
        import pypandoc
        pypandoc.get_pandoc_path()
    except (ImportError, OSError):  # OSError: pypandoc without a pandoc
        raise PageError('ASSIGNMENT.html needs pypandoc_binary: type '
                        f'{how_to_install("pypandoc_binary")}') from None
    title = markdown.partition('\n')[0].lstrip('# ')
    with tempfile.TemporaryDirectory() as folder:
        for name in re.findall(r'\]\(([^)\s]+)\)', markdown):
            if name in texts:
                path = Path(folder, PurePosixPath(name))
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(texts[name], encoding='utf-8')
        try:
            page = pypandoc.convert_text(markdown, 'html5', format='gfm', extra_args=[
                '--mathml', '--standalone', '--embed-resources', f'--resource-path={folder}', f'--template={TEMPLATE}',
                f'--metadata=pagetitle:{title}', '--wrap=preserve', '--eol=lf'])
        except RuntimeError as error:
            raise PageError(f'pandoc cannot make ASSIGNMENT.html: {" ".join(str(error).split())}') from None
    apart = re.findall(r'<[^>]+\bsrc="(?!data:)([^"]*)"', page)
    if apart:
        raise PageError(f'ASSIGNMENT.html: {apart[0]} is not in the page: show only figures that are handed out')
    return page


def visible_text(page):
    """The visible text of a page, formulas included, on the same lines as in its source."""
    return html.unescape(re.sub('<[^>]*>', lambda tag: '\n' * tag.group().count('\n'), page))
