"""decisions.csv as spreadsheet programs like it: writing the table, and reading what a person has made of it.

It is written so that it can be opened with a double click, and read however it was saved: with commas, semicolons or
tabs between the cells, in UTF-8 or UTF-16, with its rows and columns in another order.
"""
import csv
import io
import re
from decimal import Decimal
from fractions import Fraction

from instructor.intake.unpacking import MARKS

COLUMNS = ('user id', 'name', 'item', 'title', 'max points', 'points', 'comment', 'reason', 'page', 'submission')
NEEDED = ('user id', 'item', 'points')
LARGEST = 50_000_000  # bytes
DELIMITERS = ',;\t'


class TableError(ValueError):
    """A file is not a table of decisions; the text says why and what to do, without the name of the file."""


# ---- cells -----------------------------------------------------------------------------------------------------------

def guarded(text):
    """The text, with an apostrophe before it if a spreadsheet program would otherwise take it for something else.

    Such as a formula, which a student's name could contain, or a user id of 17 digits, which it would round.
    """
    return f"'{text}" if _is_risky(text) else text


def unguarded(text):
    """The text that was guarded."""
    return text[1:] if text[:1] == "'" and _is_risky(text[1:]) else text


def _is_risky(text):
    text = text.lstrip("'")
    return text[:1] in ('=', '+', '-', '@', '\t', '\r') or bool(
        re.fullmatch(r'\d{12,}|0\d+|\d+[.,:/-][\d.,:/-]*', text, re.ASCII))


def number(text):
    """The Fraction >= 0 of a cell such as '2.5' or '2,5'. Raises ValueError; the text says what is wrong with it."""
    if re.fullmatch(r'[-\u2212]\s*[\d.,]+', text):
        raise ValueError('is below 0')
    if not re.fullmatch(r'\d{1,9}([.,]\d{1,9})?|[.,]\d{1,9}', text, re.ASCII):
        raise ValueError('is not a number such as 2.5')
    return Fraction(text.replace(',', '.'))


def days(text):
    """The Fraction >= 0 of days of a cell such as '1.5' or '3 h', three hours. Raises ValueError, as number does."""
    hours = re.fullmatch(r'([\d.,]+)\s*h', text.casefold())
    return round(number(hours[1]) / 24, 9) if hours else number(text)  # with no more places than number reads


def decimal(number, mark='.'):
    """A Fraction that number() has read, as a decimal again, with all its places."""
    text = f'{Decimal(number.numerator) / Decimal(number.denominator):f}'
    return text.replace('.', mark)


# ---- writing ---------------------------------------------------------------------------------------------------------

def written(rows, delimiter=','):
    """The file as bytes; rows: dicts of column -> text, where a Fraction is a number.

    delimiter: ';' in countries that write decimal commas, whose spreadsheet programs expect both.
    """
    mark = ',' if delimiter == ';' else '.'
    text = io.StringIO(newline='')
    table = csv.writer(text, delimiter=delimiter)
    table.writerow(COLUMNS)
    for row in rows:
        table.writerow([decimal(row[title], mark) if isinstance(row[title], Fraction) else guarded(row[title])
                        for title in COLUMNS])
    return text.getvalue().encode('utf-8-sig', 'replace')


# ---- reading ---------------------------------------------------------------------------------------------------------

def read(content):
    """The rows of a file (bytes), as a list of (its number as spreadsheets count, dict of column -> text).

    Empty rows are left out; columns of ours that are missing are empty; those of others are there where they hold
    something. Raises TableError.
    """
    text = _decoded(content)
    if not text.strip():
        return []
    first = next(line for line in text.splitlines() if line.strip(f'{DELIMITERS} "'))
    delimiter = max(DELIMITERS, key=lambda one: len({*COLUMNS} & {*_titles(next(csv.reader([first], delimiter=one)))}))
    try:
        rows = list(csv.reader(io.StringIO(text, newline=''), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise TableError(f'is not a CSV file ({error}): save it as CSV again') from None
    numbered = [(number, row) for number, row in enumerate(rows, start=1) if any(cell.strip() for cell in row)]
    header = _titles(numbered[0][1])
    missing = [title for title in NEEDED if title not in header]
    if missing:
        raise TableError(f'its first row lacks {" and ".join(missing)}: keep the titles of the columns as they were, '
                         'and save it as CSV')
    twice = next((title for title in COLUMNS if header.count(title) > 1), None)
    if twice:
        raise TableError(f'has the column "{twice}" twice')
    found = []
    for number, row in numbered[1:]:
        if any(cell.strip() for cell in row[len(header):]):
            raise TableError(f'row {number}: has more cells than the first row; a cell with a "{delimiter}" in it must '
                             'be in quotes')
        found.append((number, {**dict.fromkeys(COLUMNS, ''), **{
            title: unguarded(_plain(cell)) for title, cell in zip(header, row) if title in COLUMNS or cell.strip()}}))
    return found


def _decoded(content):
    if content.startswith((b'PK\x03\x04', b'\xd0\xcf\x11\xe0')):
        raise TableError('is a workbook: save it as CSV')
    mark, encoding = next(((mark, name) for mark, name in MARKS if content.startswith(mark)), (b'', 'utf-8-sig'))
    try:
        return content[len(mark):].decode(encoding)
    except UnicodeDecodeError:
        raise TableError('is neither UTF-8 nor Unicode text: save it as "CSV UTF-8"') from None


def _titles(row):
    return [' '.join(cell.casefold().split()) for cell in row]


def _plain(cell):
    """The text of a cell, with one kind of line ends and no space around it."""
    return cell.replace('\r\n', '\n').replace('\r', '\n').strip()
