"""Reads, empties and fills the blanks of a script: the lines between ### BEGIN SOLUTION and ### END SOLUTION.

A script is read line by line, not as Python, so that its blanks are found whatever a student has written into them.
A blank is named after the TODO above it if that has a number, 'TODO (2)', otherwise after its function,
'linear_layer.forward'.
"""

import codecs
import io
import keyword
import re
import textwrap
import tokenize
from typing import NamedTuple

BEGIN, END = '### BEGIN SOLUTION', '### END SOLUTION'
MEANT_AS_MARKER = re.compile(r'\b(BEGIN|END)[\s_-]*SOLUTION\b', re.IGNORECASE)
DEFINITION = re.compile(r'(\s*)(?:class|(?:async\s+)?def)\s+(\w+)\s*[(:]')
PLAIN_ENCODINGS = {'utf-8', 'utf-8-sig', 'ascii', 'koi8-r', 'mac-roman', *(f'cp{page}' for page in range(1250, 1259)),
                   *(f'iso8859-{part}' for part in range(1, 17))}
NUMBERED_TODO = re.compile(r'#\s*(TODO \(\d+\))')


class BlankError(ValueError):
    """The markers of a script do not fit together; the text is one line, file:line: what is wrong."""


class Blank(NamedTuple):
    name: str      # 'linear_layer.forward' or 'TODO (2)'
    begin: int     # line number of ### BEGIN SOLUTION, counted from 1
    end: int       # line number of ### END SOLUTION
    indent: str    # white space before ### BEGIN SOLUTION
    body: str      # the lines between the two, unchanged, with their line ends


def decode_script(content):
    """The text of a script, decoded as Python does it: by its byte order mark or the encoding that it declares.

    Raises UnicodeDecodeError if that fails, LookupError for an encoding in which ASCII characters may mean others:
    there, Python may read another program than the one that people see.
    """
    content = content.replace(b'\r\n', b'\n').replace(b'\r', b'\n')  # before looking for lines, as Python does
    try:
        encoding = codecs.lookup(tokenize.detect_encoding(io.BytesIO(content).readline)[0]).name
    except SyntaxError:  # an unknown encoding, or not UTF-8
        encoding = 'utf-8'
    if encoding not in PLAIN_ENCODINGS:
        raise LookupError(encoding)
    return content.removeprefix(codecs.BOM_UTF8).decode(encoding)  # without the mark, whatever the script declares


def _lines(source):
    return list(io.StringIO(source, newline=''))  # not splitlines(), which also splits within a line, at form feeds


def read_blanks(source, file):
    """The blanks of a script, in order: a list of Blank.

    source: its text; file: its name in errors. Raises BlankError for a marker inside a block, a marker without its
    counterpart, and a blank without a name or with the name of another.
    """
    blanks: dict[str, Blank] = {}
    lines = _lines(source)
    definitions: list[tuple[int, str]] = []  # (indentation, name) of the class and def lines that may enclose the line
    todo = begin = None  # the numbered TODO comment directly above; the line of a marker that is still open
    for number, line in enumerate(lines, start=1):
        text, indent = line.strip(), line[:len(line) - len(line.lstrip())]
        if text == BEGIN:
            if begin:
                raise BlankError(f'{file}:{number}: {BEGIN} inside the block that begins at line {begin}')
            begin = number
            name = todo or '.'.join(name for depth, name in definitions if depth < len(indent))
            if not name:
                raise BlankError(f'{file}:{number}: {BEGIN} in no function and without a TODO (1) above it')
            if name in blanks:
                raise BlankError(f'{file}:{number}: a second {BEGIN} for {name}, after line {blanks[name].begin}')
        elif text == END:
            if not begin:
                raise BlankError(f'{file}:{number}: {END} without a {BEGIN} above it')
            start = lines[begin - 1]
            blanks[name] = Blank(name, begin, number, start[:start.index('#')], ''.join(lines[begin:number - 1]))
            todo = begin = None
        elif not begin:
            definition, numbered = DEFINITION.match(line), NUMBERED_TODO.match(text)
            if definition:
                depth = len(definition.group(1))
                definitions = [outer for outer in definitions if outer[0] < depth] + [(depth, definition.group(2))]
            if numbered:
                todo = numbered.group(1)
            elif text and not text.startswith('#'):
                todo = None
    if begin:
        raise BlankError(f'{file}:{begin}: {BEGIN} without an {END} below it')
    return list(blanks.values())


def fill(source, bodies, file):
    """The script with new bodies in its blanks, {name: lines}; the other blanks stay as they are.

    A body is put in unchanged; for code that begins at the margin, use textwrap.indent(body, blank.indent).
    Raises BlankError as read_blanks does, and for a name that no blank has.
    """
    blanks, lines = read_blanks(source, file), _lines(source)
    unknown = set(bodies) - {blank.name for blank in blanks}
    if unknown:
        raise BlankError(f'{file}:1: has no blank for {", ".join(sorted(unknown))}')
    for blank in reversed(blanks):
        if blank.name in bodies:
            body = bodies[blank.name]
            lines[blank.begin:blank.end - 1] = [body if body.endswith(('\n', '\r')) or not body else body + '\n']
    return ''.join(lines)


def empty(source, file):
    """The master's script without its solutions: each body raises NotImplementedError with the blank's name.

    Raises BlankError as read_blanks does, for a line that is almost a marker, and for a TODO comment without a blank:
    the solution that they were meant to mark would be handed out.
    """
    blanks = read_blanks(source, file)
    of_blanks = {number for blank in blanks for number in range(_first_comment(source, blank), blank.end)}
    for number, line in enumerate(_lines(source), start=1):
        text = line.strip()
        if MEANT_AS_MARKER.search(text) and text not in (BEGIN, END):
            raise BlankError(f'{file}:{number}: write a marker as {BEGIN} or {END}, alone on its line')
        if text.startswith('# TODO') and number not in of_blanks:
            raise BlankError(f'{file}:{number}: TODO without a {BEGIN} directly below it')
    return fill(source, {blank.name: textwrap.indent(_to_write(blank), blank.indent) for blank in blanks}, file)


def _first_comment(source, blank):
    """The line number at which the comments above a blank begin."""
    lines, number = _lines(source), blank.begin
    while number > 1 and lines[number - 2].strip()[:1] in ('#', '') and lines[number - 2].strip() != END:
        number -= 1
    return number


def _to_write(blank):
    comment = f'# Write your code for {blank.name} here, in place of these two lines.\n'
    return f'{comment if blank.name.startswith("TODO") else ""}raise NotImplementedError({blank.name!r})\n'


# ---- solutions outside of blanks -------------------------------------------------------------------------------------

def _tokens(text):
    """(word or other character, its position) throughout a text, ignoring white space, # and the kind of quotes."""
    return [(match.group().replace('"', "'"), match.start()) for match in re.finditer(r'\w+|[^\w\s#]', text)]


def _joined(tokens):
    return f' {" ".join(token for token, _ in tokens)} '


def solution_lines(blank):
    """The lines of code in a blank's body, without comments and with broken lines joined.

    Leaves out lines that give nothing away: a bare `return name`, and lines such as `else:` that contain no name.
    """
    lines: list[str] = []
    line: list[str] = []
    for token in tokenize.generate_tokens(io.StringIO(textwrap.dedent(blank.body)).readline):
        if token.type == tokenize.NEWLINE:
            lines.append(' '.join(line))
            line = []
        elif token.type not in (tokenize.COMMENT, tokenize.NL, tokenize.INDENT, tokenize.DEDENT):
            line.append(token.string)
    return [line for line in lines if not re.fullmatch(r'return \w+', line) and
            any(not keyword.iskeyword(word) for word in re.findall(r'[^\W\d]\w*', line))]


def find_solution(text, blanks):
    """Where a text, comments included, holds a line of a solution: (line number, name of its blank), or None.

    Line ends, white space, # and the kind of quotes do not matter.
    """
    tokens = _tokens(text)
    joined = _joined(tokens)
    for blank in blanks:
        for line in solution_lines(blank):
            index = joined.find(_joined(_tokens(line)))
            if index >= 0:
                position = tokens[joined.count(' ', 0, index)][1]
                return text.count('\n', 0, position) + 1, blank.name
    return None
