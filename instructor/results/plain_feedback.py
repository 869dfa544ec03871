"""Feedback for what was handed in as a loose file: text, a PDF or a page, as the ending of its name says.

Canvas shows a feedback file under the very name of the file that it is for, whatever it is called in the upload.
"""
import io
import re
import textwrap

from common import printable

TEXT = re.compile(r'(^|\.(py|json|txt|text|md|csv|log|sh))$', re.IGNORECASE)
PAGE = re.compile(r'\.html?$', re.IGNORECASE)
PDF = re.compile(r'\.pdf$', re.IGNORECASE)
COLUMNS, LINES = 92, 58  # of a sheet of the PDF


def fits(name):
    """Whether there is feedback that can be opened under this name."""
    return any(pattern.search(_ending(name)) for pattern in (TEXT, PAGE, PDF))


def as_file(name, page, text):
    """The feedback as a file of this name, as bytes; page: the HTML page, text: a function that gives plain text."""
    if PAGE.search(_ending(name)):
        return page
    return pdf(text()) if PDF.search(_ending(name)) else text().encode('utf-8', 'replace')


def _ending(name):
    """The last ending of a name, with its dot; '' where there is none."""
    return ''.join(name.rpartition('.')[1:]) if '.' in name else ''


def pdf(text):
    """A PDF of plain text, as bytes."""
    import matplotlib
    from matplotlib.backends.backend_pdf import PdfPages
    from matplotlib.figure import Figure
    plain = printable(text, keep='\n')
    lines = [part for line in plain.split('\n')
             for part in textwrap.wrap(line, COLUMNS, subsequent_indent='  ') or ['']]
    content = io.BytesIO()
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams['text.parse_math'] = False  # what stands between two $ is a student's
        with PdfPages(content, metadata={'CreationDate': None, 'Creator': None, 'Producer': None}) as sheets:
            for first in range(0, len(lines), LINES):
                figure = Figure(figsize=(8.27, 11.69))  # A4
                figure.text(0.08, 0.95, '\n'.join(lines[first:first + LINES]), va='top', family='monospace', size=9)
                sheets.savefig(figure)
    return content.getvalue()
