"""decisions_table.py: the table of decisions comes back the same, however a spreadsheet program has saved it."""
import csv
import io
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instructor.results import decisions_table
from instructor.results.decisions_table import COLUMNS, TableError, guarded, number, unguarded

TEXTS = st.text(max_size=40).map(lambda text: text.replace('\x00', ''))
ENCODINGS = ('utf-8', 'utf-8-sig', 'utf-16', 'utf-32')


def row(**cells):
    return {**dict.fromkeys(COLUMNS, ''), **cells}


def plain(text):
    return text.replace('\r\n', '\n').replace('\r', '\n').strip()


def saved(rows, columns=COLUMNS, delimiter=',', encoding='utf-8', line_end='\r\n', quoting=csv.QUOTE_MINIMAL):
    """The table as a spreadsheet program saves it."""
    if any('\r' in str(cells[column]) for cells in rows for column in columns):
        quoting = csv.QUOTE_ALL  # such programs quote it; csv.writer does so only if lines end with it
    text = io.StringIO(newline='')
    table = csv.writer(text, delimiter=delimiter, lineterminator=line_end, quoting=quoting)
    table.writerows([columns, *([cells[column] for column in columns] for cells in rows)])
    return text.getvalue().encode(encoding)


def cells_of(content):
    return [cells for _, cells in decisions_table.read(content)]


@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=4), st.sampled_from(',;'))
def test_what_is_written_is_read_again(texts, delimiter):
    rows = [row(**{'user id': f'a{number}', 'name': name, 'comment': comment, 'points': Fraction(5, 2)})
            for number, (name, comment) in enumerate(texts)]
    found = cells_of(decisions_table.written(rows, delimiter))
    assert [(cells['name'], cells['comment']) for cells in found] == [
        (unguarded(plain(guarded(name))), unguarded(plain(guarded(comment)))) for name, comment in texts]
    assert {cells['points'] for cells in found} <= {'2.5' if delimiter == ',' else '2,5'}


@given(TEXTS, TEXTS, st.sampled_from(',;\t'), st.sampled_from(ENCODINGS), st.sampled_from(['\n', '\r\n']),
       st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]), st.permutations(COLUMNS))
def test_it_is_read_however_it_was_saved(name, comment, delimiter, encoding, line_end, quoting, columns):
    rows = [row(**{'user id': '101', 'item': 'q33', 'name': name, 'comment': comment, 'points': '2,5'}),
            row(**{'user id': '102', 'item': 'q34'})]
    content = saved(rows, columns, delimiter, encoding, line_end, quoting)
    found = cells_of(content)
    assert [cells['user id'] for cells in found] == ['101', '102'] and found[0]['points'] == '2,5'
    assert found[0]['comment'] == unguarded(plain(comment))


@given(TEXTS)
def test_guarding_loses_nothing(text):
    assert unguarded(guarded(text)) == text
    assert guarded(text)[:1] not in ('=', '+', '-', '@')


@pytest.mark.parametrize('text, kept', [
    ('=HYPERLINK("x")', "'=HYPERLINK(\"x\")"), ('+1', "'+1"), ('-x', "'-x"), ('@SUM', "'@SUM"), ('\t=1', "'\t=1"),
    ("'=x", "''=x"), ("'tis", "'tis"), ('5.6', "'5.6"), ('1-2', "'1-2"), ('007', "'007"), ('101', '101'),
    ('10000000012345678', "'10000000012345678"), ('a=b', 'a=b'), ('', '')])
def test_what_a_spreadsheet_program_would_change_is_guarded(text, kept):
    assert guarded(text) == kept and unguarded(kept) == text


def test_empty_rows_and_cells_do_no_harm():
    content = b'\r\nUser  ID;ITEM;Points;;\r\n;;;;\r\n101;q33;2,5;;\r\n\r\n102;q34;;;\r\n'
    assert [(number, cells['user id'], cells['points'], cells['comment'])
            for number, cells in decisions_table.read(content)] == [(4, '101', '2,5', ''), (6, '102', '', '')]
    assert decisions_table.read(b'') == [] == decisions_table.read(b'\xef\xbb\xbf \r\n')


@pytest.mark.parametrize('text, value', [
    ('2.5', Fraction(5, 2)), ('2,5', Fraction(5, 2)), ('0', 0), (',5', Fraction(1, 2)), ('12.50', Fraction(25, 2)),
    ('0.125', Fraction(1, 8))])
def test_numbers(text, value):
    assert number(text) == value and number(decisions_table.decimal(number(text), ',')) == value


@pytest.mark.parametrize('text, value', [
    ('12 h', '0.5'), ('1h', '0.041666667'), ('36,0 H', '1.5'), ('1.5', '1.5'), ('0 h', '0')])
def test_days(text, value):
    assert decisions_table.days(text) == Fraction(value) == number(decisions_table.decimal(decisions_table.days(text)))


@pytest.mark.parametrize('text, said', [
    ('-1', 'is below 0'), ('\u22121', 'is below 0'), ('x', 'is not a number'), ('1.000,5', 'is not a number'),
    ('2 5', 'is not a number'), ('1e3', 'is not a number'), ('nan', 'is not a number'), ('02. Mai', 'is not a number'),
    ('\u0663', 'is not a number'), ('50%', 'is not a number'), ('1/2', 'is not a number'), ('', 'is not a number')])
def test_what_is_no_number(text, said):
    with pytest.raises(ValueError, match=said):
        number(text)


@pytest.mark.parametrize('content, said', [
    (b'PK\x03\x04...', 'is a workbook: save it as CSV'),
    (b'user id,item,points\n101,q33,\xfc\n', 'save it as "CSV UTF'),
    (b'user id,comment\n101,x\n', 'its first row lacks item and points'), (b'x', 'lacks user id and item and points'),
    (b'user id,item,points,points\n', 'has the column "points" twice'),
    (b'user id,item,points\n\n101,q33,5,well done\n', 'row 3: has more cells than the first row'),
    (b'user id,item,points\n101,"q33"x,5\n', 'is not a CSV file')])
def test_what_is_no_table(content, said):
    with pytest.raises(TableError, match=said) as error:
        decisions_table.read(content)
    assert '\n' not in str(error.value)
