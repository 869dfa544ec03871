"""In the child: reads the files that were handed in, and runs none of them: scripts, result files, the declaration.

It says which file it begins before it does: where Python itself ends over one, the parent knows over which.
"""

import ast
import json
import os
import sys
from collections import defaultdict
from functools import partial

MOST = 20            # lines of one kind that are told of a script
OUTSIDE = 'the lines outside of functions'


# ---- given code ------------------------------------------------------------------------------------------------------

def given_code_flags(name, text, given, blanks):
    """What in the given code of a script differs from the handout's (text `given`): lines, and names of functions."""
    wanted_blanks = blanks.read_blanks(given, name)
    unread, found = set(), []
    try:
        if {blank.name for blank in blanks.read_blanks(text, name)} != {blank.name for blank in wanted_blanks}:
            raise blanks.BlankError(f'{name}:1: not the blanks that were given')
    except blanks.BlankError as error:
        unread = {blank.name if '.' in blank.name else 'main' for blank in wanted_blanks}
        found.append(f'{name}: all of {", ".join(sorted(unread))} was not compared with the handout, because the '
                     f'marker lines are gone or not as they were given ({error})')
    names_changed = {*unread}
    wanted, got = (outline(source if unread else _without_blanks(source, name, blanks)) for source in (given, text))
    for words, names in (
            ('given code is changed in', [one for one in wanted if one in got and got[one] != wanted[one]]),
            ('given code is missing:', [one for one in wanted if one not in got]),
            ('there is code in addition:', [one for one in got if one not in wanted])):
        told = [one[:100] for one in names if one not in unread]
        if told:
            found.append(f'{name}: {words} {", ".join(told[:MOST])}')
        names_changed |= {*names[:MOST]}
    return found, sorted(names_changed)


def _without_blanks(source, name, blanks):
    bodies = {blank.name: f'{blank.indent}pass\n' for blank in blanks.read_blanks(source, name)}
    return blanks.fill(source, bodies, name)


def outline(source):
    """Name of each function -> what it holds, as a list: a name may be given twice, and the last one counts."""
    found = defaultdict(list)

    def read(body, prefix):
        for node in body:
            if isinstance(node, ast.ClassDef):
                read(_without_docstring(node.body), f'{prefix}{node.name}.')
                node.body = []
                found[f'{prefix}{node.name}'].append(ast.dump(node))
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                node.body = _without_docstring(node.body)
                found[f'{prefix}{node.name}'].append(ast.dump(node))
            else:
                found[prefix.rstrip('.') or OUTSIDE].append(ast.dump(node))

    read(_without_docstring(ast.parse(source).body), '')
    return found


def _without_docstring(body):
    is_docstring = body and isinstance(body[0], ast.Expr) and isinstance(getattr(body[0].value, 'value', None), str)
    return body[1:] if is_docstring else body


# ---- reading all -----------------------------------------------------------------------------------------------------

def read_script(name, text, given, blanks, submission_scripts, script, find_items=None):
    """What there is to tell of one script; script: {'imports', 'defines'}, see submission_scripts.py; find_items:
    a function that knows its TODO items, of a main that has some."""
    problems = submission_scripts.read_script(name, text, script)
    unreadable = [(kind, told) for kind, told in problems if kind in ('syntax', 'size')]
    if unreadable:
        flags = [f'{name}: {told}; given code is not compared' for _, told in unreadable]
        # What stands in one block may be right although another cannot be read.
        kind = unreadable[0][0]
        is_readable = find_items and kind == 'syntax'
        return {'flags': flags, 'items': find_items(name, text, given, blanks) if is_readable else {},
                'is_long': kind == 'size'}
    flags, changed = [f'{name}: {told}' for kind, told in problems if kind == 'import'], []
    try:
        lines, changed = given_code_flags(name, text, given, blanks)
        flags += lines
    except (SyntaxError, RecursionError, ValueError, MemoryError):
        flags.append(f'{name}: what stands outside the blanks cannot be read by itself, given code is not compared')
    return {'flags': flags, 'changed_code': changed,
            'items': find_items(name, text, given, blanks) if find_items else {}}


def read_result(text, epochs, submission):
    """The record in a result file, or what is wrong with it."""
    try:
        return {'record': submission.read_result(text, epochs)}
    except ValueError as error:
        return {'problem': str(error)}


def main():
    sys.path.insert(0, os.getcwd())
    import blanks
    import plain_wiring
    import sending

    import submission
    import submission_scripts

    with open('request.json', encoding='utf-8') as file:
        request = json.load(file)
    task, texts = submission.Task(**request['task']), {}
    wiring = {name: partial(plain_wiring.items, plain=plain) for name, plain in request['wiring'].items()}
    for name in request['names']:
        sending.report({'begins': name})
        with open(os.path.join('handed-in', name), 'rb') as file:
            content = file.read()
        try:
            text = blanks.decode_script(content) if name in task.scripts else content.decode('utf-8-sig')
        except (UnicodeDecodeError, LookupError) as error:
            sending.report({'file': name, 'is_text': False, 'is_odd': isinstance(error, LookupError)})
            continue
        if '\0' in text:
            sending.report({'file': name, 'is_text': False, 'problem': submission.NULLS})
            continue
        texts[name], found = text, {}
        if name in task.scripts:
            with open(os.path.join('given', name), encoding='utf-8') as file:
                found = read_script(name, text, file.read(), blanks, submission_scripts, task.scripts[name],
                                    wiring.get(name))
        elif name in task.results.values():
            found = read_result(texts[name], task.epochs, submission)
        sending.report({'file': name, 'is_text': True, **found})
    sending.report({'begins': 'collaboration'})
    problems = [f'{found.file}: {found.text}' for found in submission.check_collaboration(texts, task)]
    sending.finish({'collaboration': problems[:MOST]})


if __name__ == '__main__':
    main()
