"""Makes a page for a browser of the assignment's text: one file, formulas and figures in it, that needs no network.

pandoc does it. It reads GitHub's dialect of Markdown as it stands, turns every formula of the text into MathML, which
browsers show by themselves, and pypandoc_binary brings it along for Linux, macOS and Windows.
"""

import html
import re
import tempfile
from pathlib import Path, PurePosixPath

from common import how_to_install

TEMPLATE = Path(__file__).with_name('page.html')


class PageError(ValueError):
    """The page cannot be made; the text is the one line that the user of the command sees."""


def make_page(markdown, texts):
    """The page, as text. Raises PageError.

    markdown: the assignment's text, which begins with its title; texts {name: text}: the figures that it shows.
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
    """What a page says, formulas included, on the lines on which its source has it."""
    return html.unescape(re.sub('<[^>]*>', lambda tag: '\n' * tag.group().count('\n'), page))
