"""Reads, empties and fills the blanks of a script: what stands between ### BEGIN SOLUTION and ### END SOLUTION.

Read line by line, not as Python, so that the blanks of a student's script are found whatever was written into them.
A blank is named after the TODO above it where that has a number, 'TODO (2)', else after its function,
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
    begin: int     # line number of ### BEGIN SOLUTION, from 1
    end: int       # line number of ### END SOLUTION
    indent: str    # white space before ### BEGIN SOLUTION
    body: str      # the lines between the two, as they stand, with their line ends


def decode_script(content):
    """The text of a script, decoded as Python does it: by its byte order mark or the encoding that it declares.

    Raises UnicodeDecodeError where that fails, LookupError for an encoding in which ASCII signs may stand for others:
    in those Python can read another program than one sees.
    """
    content = content.replace(b'\r\n', b'\n').replace(b'\r', b'\n')  # before it looks for lines, as Python does
    try:
        encoding = codecs.lookup(tokenize.detect_encoding(io.BytesIO(content).readline)[0]).name
    except SyntaxError:  # none that is known, or not UTF-8
        encoding = 'utf-8'
    if encoding not in PLAIN_ENCODINGS:
        raise LookupError(encoding)
    return content.removeprefix(codecs.BOM_UTF8).decode(encoding)  # without the mark, whatever is declared


def _lines(source):
    return list(io.StringIO(source, newline=''))  # not splitlines(), which also splits within a line, at form feeds


def read_blanks(source, file):
    """The blanks of a script, in order: a list of Blank.

    source: its text; file: how errors call it. Raises BlankError for a marker inside a block, one without its other
    half, and a blank without a name or with that of another.
    """
    blanks: dict[str, Blank] = {}
    lines = _lines(source)
    definitions: list[tuple[int, str]] = []  # (indentation, name) of the class and def lines that may enclose the line
    todo = begin = None  # the numbered TODO comment right above; the line of a marker that is still open
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
    """The script with other bodies in its blanks, {name: lines}; the blanks that are not named stay as they are.

    A body is put in as it is: textwrap.indent(body, blank.indent) makes code that begins at the margin fit.
    Raises BlankError as read_blanks does, and for a name of which there is no blank.
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
    """The master's script with its solutions taken out: each body raises NotImplementedError with the blank's name.

    Raises BlankError as read_blanks does, for a line that is nearly a marker, and for a TODO comment without a blank:
    what they were to mark would be handed out.
    """
    blanks = read_blanks(source, file)
    of_blanks = {number for blank in blanks for number in range(_first_comment(source, blank), blank.end)}
    for number, line in enumerate(_lines(source), start=1):
        text = line.strip()
        if MEANT_AS_MARKER.search(text) and text not in (BEGIN, END):
            raise BlankError(f'{file}:{number}: write a marker as {BEGIN} or {END}, alone on its line')
        if text.startswith('# TODO') and number not in of_blanks:
            raise BlankError(f'{file}:{number}: TODO without a {BEGIN} right below it')
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


# ---- solutions that are found elsewhere ------------------------------------------------------------------------------

def _words(text):
    """(word or sign, its position) for all of a text: without white space, # and the kind of quotes."""
    return [(match.group().replace('"', "'"), match.start()) for match in re.finditer(r'\w+|[^\w\s#]', text)]


def _joined(words):
    return f' {" ".join(word for word, _ in words)} '


def solution_lines(blank):
    """The lines of code in a blank's body, comments left out and lines that are broken joined.

    Without what says nothing of the solution: a bare `return name`, and lines such as `else:` that name nothing.
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
    """Where a line of a solution stands in a text, comments included: (line number, name of its blank).

    Line ends, white space, # and the kind of quotes do not matter. None where no line does.
    """
    words = _words(text)
    joined = _joined(words)
    for blank in blanks:
        for line in solution_lines(blank):
            index = joined.find(_joined(_words(line)))
            if index >= 0:
                position = words[joined.count(' ', 0, index)][1]
                return text.count('\n', 0, position) + 1, blank.name
    return None
