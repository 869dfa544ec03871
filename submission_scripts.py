"""What is wrong with a script that students write, without running it: its syntax, its imports, its given code."""

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

LONGEST = 200_000  # characters of a script: its syntax tree takes a thousand times the memory
MANY = 20  # problems of a file that are reported at most
READ_SECONDS, READ_MEMORY = 20, 1 << 30  # processor time and bytes for reading a script, which takes a fraction of both
BEGUN = b'reading\n'  # what the process that reads a script says before it does


def check_script(name, text, script):
    """What is wrong with a script, which is not run: (kind, text) pairs.

    name: what errors call it; script: {'imports': what it may import, 'defines': what it has to define}. It is read in
    a child process, with limits where the system has them: there are scripts over which Python itself ends, or takes
    all memory, when it only reads them.
    """
    code = 'import runpy, sys; runpy.run_path(sys.argv[1])["report"](*sys.argv[2:])'
    command = [sys.executable, '-I', '-B', '-c', code, str(Path(__file__).resolve()), name, json.dumps(script)]
    try:
        done = subprocess.run(command, input=text.encode(), capture_output=True, timeout=10 * READ_SECONDS)
        if not done.stdout.startswith(BEGUN):
            why = done.stderr.decode(errors='replace').strip().splitlines()[-1:] or ['without a word']
            raise OSError(errno.ECHILD, f'cannot be checked, the Python that was started ended: {why[0][:200]}', name)
        return [(str(kind), str(text)) for kind, text in json.loads(done.stdout[len(BEGUN):])]
    except (ValueError, TypeError, subprocess.TimeoutExpired):
        return [('syntax', 'Python itself gives up when it reads this: look for lines that are nested '
                        'very deeply or are very long, and make them simpler')]


def report(name, script):
    """In the child: print what is wrong with the script on standard input, as JSON."""
    with contextlib.suppress(ImportError, ValueError, OSError):  # on Windows, and where there are tighter limits
        import resource
        resource.setrlimit(resource.RLIMIT_CPU, (READ_SECONDS, READ_SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (READ_MEMORY, READ_MEMORY))
    warnings.simplefilter('ignore')
    text = sys.stdin.buffer.read().decode()
    sys.stdout.buffer.write(BEGUN)
    sys.stdout.buffer.flush()
    json.dump(read_script(name, text, json.loads(script)), sys.stdout)


def read_script(name, text, script):
    """As check_script, in this process."""
    if len(text) > LONGEST:
        return [('size', f'is longer than {LONGEST} characters: that cannot be the right file')]
    try:
        tree = ast.parse(text.encode())  # as bytes: a line such as # coding: utf-7 counts
        compile(tree, name, 'exec')
    except SyntaxError as error:
        return [('syntax', f'line {error.lineno or 1}: Python cannot read it ({error.msg}), mend it')]
    except (ValueError, RecursionError, MemoryError) as error:
        return [('syntax', f'Python cannot read it ({str(error) or "nested too deeply"}), mend it')]
    defined = {name for node in ast.walk(tree) if isinstance(node, (ast.ClassDef, ast.FunctionDef)) for name in (
        node.name, *(f'{node.name}.{part.name}' for part in node.body if isinstance(part, ast.FunctionDef)))}
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
            if module.split('.')[0] not in script['imports']:
                text = f'imports {module}, take it out: this script may import {" and ".join(script["imports"])} only'
                problems.append(('import', f'line {node.lineno} {text}'))
        error = getattr(node, 'exc', None)
        if isinstance(node, ast.Raise) and getattr(getattr(error, 'func', error), 'id', None) == 'NotImplementedError':
            blank = [argument.value for argument in getattr(error, 'args', []) if isinstance(argument, ast.Constant)]
            text = f'line {node.lineno}: {blank[0] if blank else "this part"} is not written yet, write it'
            problems.append(('unwritten', text))
    return problems[:MANY]


def compare_with_given(lines, given, markers):
    """What is not as it was given in a script: marker lines or code, as (kind, text) pairs.

    lines, given: of its text and of that which was handed out; markers: the two marker lines.
    """
    there, wanted = find_markers(lines, markers), find_markers(given, markers)
    gone = [f'{marker} of {part}' for marker, part in wanted if (marker, part) not in there]
    if there != wanted:  # then nobody knows what stands outside of the blocks
        others = f' and {len(gone) - 2} more' if len(gone) > 2 else ''
        told = 'marker lines are not where they were'
        if gone:
            told = f'{", ".join(gone[:2])}{others} {"are" if len(gone) > 1 else "is"} gone'
        return [('markers', f'{told}: put the marker lines back around what you wrote')]
    there, wanted = [*outside_blocks(lines, markers)], [*outside_blocks(given, markers)]
    notes = []
    changes = difflib.SequenceMatcher(None, [line for _, line in wanted], [line for _, line in there], autojunk=False)
    for kind, begin, end, there_begin, _ in changes.get_opcodes():
        number = there[min(there_begin, len(there) - 1)][0]
        lost = [line.strip() for _, line in wanted[begin:end]]
        was = ' ... '.join(lost[:1] + lost[1:][-1:])
        told = {'replace': f'given code is changed, it was: {was}', 'delete': f'given code is gone here: {was}',
                'insert': 'code in addition to what was given, write between the marker lines only'}
        if kind != 'equal':
            notes.append(('given', f'line {number}: {told[kind]}'))
    return notes[:MANY // 4]


def find_markers(lines, markers):
    """Each marker line with the part that it stands in, such as 'relu.forward': pairs, in order."""
    found, names, depth = [], {}, 1000
    for line in lines:
        text, indent = line.strip(), len(line) - len(line.lstrip())
        definition, todo = re.match(r'(class|def) (\w+)', text), re.match(r'# (TODO \(\d+\))', text)
        if definition and indent < depth:  # deeper is one within a block
            names[definition[1]] = definition[2]
        if todo:
            names = {'todo': todo[1]}
        if text in markers:
            depth = indent if text == markers[0] else 1000
            found.append((text, '.'.join(names.values())))
    return found


def outside_blocks(lines, markers):
    """(number, text) of the lines outside of the blocks, without empty ones and comments."""
    is_inside = False
    for number, line in enumerate(lines, start=1):
        if line.strip() in markers:
            is_inside = line.strip() == markers[0]
        code = re.sub(r'(^|\s+)#.*', '', line).rstrip()
        if code and not is_inside:
            yield number, code
