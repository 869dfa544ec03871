"""Finds what is wrong with a student's script without running it: its syntax, its imports, its given code."""

import ast
import contextlib
import difflib
import errno
import json
import re
import subprocess
import sys
import warnings
from pathlib import Path

LONGEST = 200_000  # characters of a script: its syntax tree takes a thousand times as much memory
MANY = 20  # the most problems of a file that are reported
READ_SECONDS, READ_MEMORY = 20, 1 << 30  # processor time and bytes for reading a script, which needs far less of both
BEGUN = b'reading\n'  # what the process prints before it reads a script


def check_script(name, text, script):
    """What is wrong with a script, which is not run: (kind, text) pairs.

    name: its name in errors; script: {'imports': what it may import, 'defines': what it has to define}, and perhaps
    'raises': from given_raises. A child process reads it, with limits if the system has them, because some scripts make
    Python itself end, or use all memory, when they are only read.
    """
    code = 'import runpy, sys; runpy.run_path(sys.argv[1])["report"](*sys.argv[2:])'
    command = [sys.executable, '-I', '-B', '-c', code, str(Path(__file__).resolve()), name, json.dumps(script)]
    try:
        done = subprocess.run(command, input=text.encode(), capture_output=True, timeout=10 * READ_SECONDS)
        if not done.stdout.startswith(BEGUN):
            why = done.stderr.decode(errors='replace').strip().splitlines()[-1:] or ['without a message']
            raise OSError(errno.ECHILD, f'cannot be checked: the Python that was started ended: {why[0][:200]}', name)
        return [(str(kind), str(text)) for kind, text in json.loads(done.stdout[len(BEGUN):])]
    except (ValueError, TypeError, subprocess.TimeoutExpired):
        return [('syntax', 'Python itself gives up when it reads this: look for lines that are nested '
                        'very deeply or are very long, and make them simpler')]


def report(name, script):
    """In the child: print what is wrong with the script on standard input, as JSON."""
    with contextlib.suppress(ImportError, ValueError, OSError):  # on Windows, or if there are tighter limits already
        import resource
        resource.setrlimit(resource.RLIMIT_CPU, (READ_SECONDS, READ_SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (READ_MEMORY, READ_MEMORY))
    warnings.simplefilter('ignore')
    text = sys.stdin.buffer.read().decode()
    sys.stdout.buffer.write(BEGUN)
    sys.stdout.buffer.flush()
    json.dump(read_script(name, text, json.loads(script)), sys.stdout)


def read_script(name, text, script):
    """Like check_script, but in this process."""
    if len(text) > LONGEST:
        return [('size', f'is longer than {LONGEST} characters: that cannot be the right file')]
    try:
        tree = ast.parse(text.encode())  # as bytes, so that a line such as # coding: utf-7 counts
        compile(tree, name, 'exec')
    except SyntaxError as error:
        return [('syntax', f'line {error.lineno or 1}: Python cannot read it ({error.msg}), correct it')]
    except (ValueError, RecursionError, MemoryError) as error:
        return [('syntax', f'Python cannot read it ({str(error) or "nested too deeply"}), correct it')]
    defined = {name for node in ast.walk(tree) if isinstance(node, (ast.ClassDef, ast.FunctionDef)) for name in (
        node.name, *(f'{node.name}.{part.name}' for part in node.body if isinstance(part, ast.FunctionDef)))}
    lines = re.split('\r\n|\r|\n', text)  # as Python counts them
    problems = [('missing-code', f'{part} is missing, put it back')
                for part in script['defines'] if part not in defined]
    for node in sorted((node for node in ast.walk(tree) if hasattr(node, 'lineno')), key=lambda node: node.lineno):
        modules = []
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules = ['.' * node.level + (node.module or '')]
        elif '__import__' in (getattr(node, 'id', None), getattr(node, 'attr', None)):
            modules = ['something by __import__']
        for module in modules:
            package = module if module.startswith('.') else module.split('.')[0]
            if package not in script['imports']:
                text = f'imports {module}, take it out: this script may import {" and ".join(script["imports"])} only'
                problems.append(('import', f'line {node.lineno} {text}'))
        error = getattr(node, 'exc', None)
        if isinstance(node, ast.Raise) and getattr(getattr(error, 'func', error), 'id', None) == 'NotImplementedError' \
                and lines[node.lineno - 1].strip() not in script.get('raises', ()):
            blank = [argument.value for argument in getattr(error, 'args', []) if isinstance(argument, ast.Constant)]
            text = f'line {node.lineno}: {blank[0] if blank else "this part"} is not written yet, write it'
            problems.append(('unwritten', text))
    return problems[:MANY]


def compare_with_given(lines, given, markers):
    """What has been changed in the given part of a script, marker lines or code, as (kind, text) pairs.

    lines, given: the lines of the script and of the one that was handed out; markers: the two marker lines.
    """
    there, wanted = find_markers(lines, markers), find_markers(given, markers)
    gone = [f'{marker} of {part}' for marker, part in wanted if (marker, part) not in there]
    if there != wanted:  # then nobody knows what is outside of the blocks
        others = f' and {len(gone) - 2} more' if len(gone) > 2 else ''
        change = 'marker lines are not where they were'
        if gone:
            change = f'{", ".join(gone[:2])}{others} {"are" if len(gone) > 1 else "is"} gone'
        return [('markers', f'{change}: put the marker lines back around what you wrote')]
    there, wanted = [*outside_blocks(lines, markers)], [*outside_blocks(given, markers)]
    notes = []
    changes = difflib.SequenceMatcher(None, [line for _, line in wanted], [line for _, line in there], autojunk=False)
    for kind, begin, end, there_begin, _ in changes.get_opcodes():
        number = there[min(there_begin, len(there) - 1)][0]
        lost = [line.strip() for _, line in wanted[begin:end]]
        was = ' ... '.join(lost[:1] + lost[1:][-1:])
        change = {'replace': f'given code is changed, it was: {was}', 'delete': f'given code is gone here: {was}',
                  'insert': 'code in addition to what was given, write between the marker lines only'}
        if kind != 'equal':
            notes.append(('given', f'line {number}: {change[kind]}'))
    return notes[:MANY // 4]


def given_raises(given, markers):
    """The lines of a script as handed out that raise NotImplementedError and are to stay: given code, and no blank."""
    return [line.strip() for _, line in outside_blocks(given, markers) if 'NotImplementedError' in line]


def find_markers(lines, markers):
    """Each marker line with the part that it is in, such as 'relu.forward': pairs, in order."""
    found, names, depth = [], {}, 1000
    for line in lines:
        text, indent = line.strip(), len(line) - len(line.lstrip())
        definition, todo = re.match(r'(class|def) (\w+)', text), re.match(r'# (TODO \(\d+\))', text)
        if definition and indent < depth:  # a deeper one is inside a block
            names[definition[1]] = definition[2]
        if todo:
            names = {'todo': todo[1]}
        if text in markers:
            depth = indent if text == markers[0] else 1000
            found.append((text, '.'.join(names.values())))
    return found


def outside_blocks(lines, markers):
    """(number, text) of the lines outside of the blocks, without empty lines and comments."""
    is_inside = False
    for number, line in enumerate(lines, start=1):
        if line.strip() in markers:
            is_inside = line.strip() == markers[0]
        code = re.sub(r'(^|\s+)#.*', '', line).rstrip()
        if code and not is_inside:
            yield number, code
