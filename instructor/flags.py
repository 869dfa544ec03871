"""What a person should know of a submission, without deduction: changed given code, imports, late, collaboration.

Given code is compared by its syntax tree, blanks and docstrings left out: comments and layout do not count.
"""
import ast
from collections import defaultdict

from instructor import blanks, syntax_trees
from instructor.child_runs import MASTER
from make_submission import check_collaboration, check_script

OUTSIDE = 'the lines outside of functions'


def flags(submission, course):
    """The flags of a submission: a list of lines, empty where there is nothing to say."""
    found = ['handed in late'] if submission.late else []
    texts = {}
    for name, content in submission.files.items():
        try:
            texts[name] = content.decode('utf-8-sig').replace('\r\n', '\n').replace('\r', '\n')
        except UnicodeDecodeError:
            continue  # the judges tell it
    for name in course['scripts']:
        if name in texts:
            with syntax_trees.ONE_AT_A_TIME:
                found += _script_flags(name, texts[name])
    declared = course['collaboration']
    if declared['kind'] == 'file' and declared['file'] not in texts:
        found.append(f'collaboration is not declared: {declared["file"]} is missing or no text')
    found += [f'collaboration is not declared as it should be: {problem.file}: {problem.text}'
              for problem in check_collaboration(texts, course)]
    return found


def _script_flags(name, text):
    problems = check_script(name, text)
    if any(problem.kind in ('syntax', 'size') for problem in problems):
        return [f'{name}: {problem.text}; given code is not compared' for problem in problems]
    found = [f'{name}: {problem.text}' for problem in problems if problem.kind == 'import']
    try:
        return found + _compare(name, text)
    except (SyntaxError, RecursionError, ValueError, MemoryError):
        return [*found, f'{name}: what stands outside the blanks cannot be read by itself, given code is not compared']


def _compare(name, text):
    """Lines that name the functions in which the given code of a script differs from the handout's."""
    master = (MASTER / name).read_text(encoding='utf-8')
    given = blanks.read_blanks(master, name)
    unread, found = set(), []
    try:
        if {blank.name for blank in blanks.read_blanks(text, name)} != {blank.name for blank in given}:
            raise blanks.BlankError(f'{name}:1: not the blanks that were given')
    except blanks.BlankError as error:
        unread = {blank.name if '.' in blank.name else 'main' for blank in given}
        found.append(f'{name}: all of {", ".join(sorted(unread))} was not compared with the handout, because the '
                     f'marker lines are gone or not as they were given ({error})')
    wanted, got = (_outline(source if unread else _without_blanks(source, name)) for source in (master, text))
    for words, names in (
            ('given code is changed in', [one for one in wanted if one in got and got[one] != wanted[one]]),
            ('given code is missing:', [one for one in wanted if one not in got]),
            ('there is code in addition:', [one for one in got if one not in wanted])):
        told = [one for one in names if one not in unread]
        if told:
            found.append(f'{name}: {words} {", ".join(told[:20])}')
    return found


def _without_blanks(source, name):
    bodies = {blank.name: f'{blank.indent}pass\n' for blank in blanks.read_blanks(source, name)}
    return blanks.fill(source, bodies, name)


def _outline(source):
    """Name of each function -> what it holds, as a list: a name may be given twice, and the last one counts."""
    outline = defaultdict(list)

    def read(body, prefix):
        for node in body:
            if isinstance(node, ast.ClassDef):
                read(_without_docstring(node.body), f'{prefix}{node.name}.')
                node.body = []
                outline[f'{prefix}{node.name}'].append(ast.dump(node))
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                node.body = _without_docstring(node.body)
                outline[f'{prefix}{node.name}'].append(ast.dump(node))
            else:
                outline[prefix.rstrip('.') or OUTSIDE].append(ast.dump(node))

    read(_without_docstring(ast.parse(source).body), '')
    return outline


def _without_docstring(body):
    is_docstring = body and isinstance(body[0], ast.Expr) and isinstance(getattr(body[0].value, 'value', None), str)
    return body[1:] if is_docstring else body
