"""In the child: reads the files that were handed in, and runs none of them: scripts, result files, the declaration.

It says which file it begins before it does: where Python itself ends over one, the parent knows over which.
"""

import ast
import builtins
import json
import os
import sys
import textwrap
from collections import Counter, defaultdict

MOST = 20            # lines of one kind that are told of a script
OUTSIDE = 'the lines outside of functions'
NEVER_ENDING = (SyntaxError, RecursionError, ValueError, MemoryError)

# What the TODO items of a main need, and what harmless lines besides do: with nothing but these, code can only make a
# trace by making its calls. All else, right or wrong, is for a person to look at.
HARMLESS_ATTRIBUTES = {
    'forward', 'backward', 'conv_layer', 'relu', 'max_pool', 'linear_layer', 'dropout', 'flatten_layer', 'params',
    'gradient', 'mask', 'stride', 'padding', 'r', 'max_len', 'copy', 'shape', 'ndim', 'size', 'dtype', 'mean', 'sum',
    'max', 'min', 'std', 'any', 'all', 'reshape', 'keys', 'values', 'items', 'append', 'isnan', 'isfinite',
    'array_equal', 'allclose', 'zeros', 'zeros_like'}
HARMLESS_BUILTINS = {
    'abs', 'all', 'any', 'dict', 'enumerate', 'float', 'int', 'isinstance', 'len', 'list', 'max', 'min', 'print',
    'range', 'repr', 'reversed', 'round', 'set', 'sorted', 'str', 'sum', 'tuple', 'zip', 'AssertionError', 'Exception',
    'NotImplementedError', 'RuntimeError', 'ValueError', 'True', 'False', 'None'}
CALLS = {1: ('conv_layer', 'relu', 'max_pool'), 2: ('forward',), 3: ('backward',), 4: ('forward',), 5: ('forward',)}
LOOPS = (ast.For, ast.comprehension, ast.FunctionDef)
OUTPUTS = {'c2', 'h2', 'm2', 'grad_h2', 'grad_c2', 'grad_m1'}  # names that the given code takes from the items
HARMLESS_NODES = (
    ast.Module, ast.Expr, ast.Assign, ast.AnnAssign, ast.For, ast.If, ast.Assert, ast.Pass, ast.Raise, ast.Return,
    ast.FunctionDef, ast.arguments, ast.arg, ast.Call, ast.keyword, ast.Name, ast.Attribute, ast.Subscript,
    ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.Set, ast.Slice, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare,
    ast.IfExp, ast.JoinedStr, ast.FormattedValue, ast.ListComp, ast.GeneratorExp, ast.comprehension, ast.Starred,
    ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop, ast.Import, ast.ImportFrom, ast.alias)
REDUCTIONS = {'mean', 'sum', 'max', 'min', 'std', 'any', 'all'}  # methods that can write into an array they are given
CONDITIONAL = (ast.If, ast.IfExp, ast.BoolOp, ast.Assert)


# ---- given code ------------------------------------------------------------------------------------------------------

def given_code_flags(name, text, given, blanks):
    """Lines that name the functions in which the given code of a script differs from the handout's (text `given`)."""
    wanted_blanks = blanks.read_blanks(given, name)
    unread, found = set(), []
    try:
        if {blank.name for blank in blanks.read_blanks(text, name)} != {blank.name for blank in wanted_blanks}:
            raise blanks.BlankError(f'{name}:1: not the blanks that were given')
    except blanks.BlankError as error:
        unread = {blank.name if '.' in blank.name else 'main' for blank in wanted_blanks}
        found.append(f'{name}: all of {", ".join(sorted(unread))} was not compared with the handout, because the '
                     f'marker lines are gone or not as they were given ({error})')
    wanted, got = (outline(source if unread else _without_blanks(source, name, blanks)) for source in (given, text))
    for words, names in (
            ('given code is changed in', [one for one in wanted if one in got and got[one] != wanted[one]]),
            ('given code is missing:', [one for one in wanted if one not in got]),
            ('there is code in addition:', [one for one in got if one not in wanted])):
        told = [one[:100] for one in names if one not in unread]
        if told:
            found.append(f'{name}: {words} {", ".join(told[:MOST])}')
    return found


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


# ---- the TODO items of a main ----------------------------------------------------------------------------------------

def items(name, text, given, blanks):
    """What there is to know of the TODO items: {'1': {'open': bool, 'doubts': [...], 'calls': bool}, ...}.

    open: nothing is written; doubts: what else than its calls could make an item's trace, and what calls are missing;
    calls: whether none are.
    'file' holds the doubts about the whole script. Without the five blocks as they were given, there is 'file' only.
    """
    of_given = Vocabulary(given)
    known = {'file': {'doubts': doubts(text, of_given)}}
    try:
        found = {blank.name: blank for blank in blanks.read_blanks(text, name)}
    except blanks.BlankError:
        return known
    if any(f'TODO ({number})' not in found for number in CALLS):
        return known
    for number, calls in CALLS.items():
        body = found[f'TODO ({number})'].body
        told = doubts(textwrap.dedent(body), Vocabulary(kept=of_given.stored), calls)
        known[str(number)] = {'open': all(map(_is_open, body.splitlines())), 'doubts': told,
                              'calls': not lacking_calls(textwrap.dedent(body), calls)}
    return known


def _is_open(line):
    line = line.strip()
    return line in ('', 'pass', '...') or line.startswith('#') or (
        line.startswith('raise NotImplementedError') and not line[len('raise NotImplementedError'):][:1].isalnum())


class Vocabulary:
    """The names, the attributes and the import lines that a script uses, how often each; nothing without one.

    stored: the names that it assigns to, how often; kept: those that others may not assign to, whatever they do.
    """

    def __init__(self, source='', kept=()):
        nodes = [*ast.walk(ast.parse(source))]
        names = [node for node in nodes if isinstance(node, ast.Name)]
        self.names = Counter(node.id for node in names)
        self.stored = Counter(node.id for node in names if not isinstance(node.ctx, ast.Load))
        self.attributes = Counter(node.attr for node in nodes if isinstance(node, ast.Attribute))
        self.imports = {ast.dump(node) for node in nodes if isinstance(node, (ast.Import, ast.ImportFrom))}
        self.kept = {*(kept or self.stored)} - OUTPUTS


def doubts(source, given, calls=()):
    """Why some code might make the trace of an item otherwise than by its calls: lines, empty where there is no doubt.

    given: a Vocabulary of what is harmless here besides; calls: names of methods or classes that it has to call.
    """
    try:
        tree = ast.parse(source)
    except NEVER_ENDING:
        return ['it cannot be read by itself']
    nodes = [*ast.walk(tree)]  # what surrounds a node comes before it
    looked_at = {node.func for node in nodes if isinstance(node, ast.Call) and _is_harmless_getattr(node)}
    found = [doubt for node in nodes if node not in looked_at for doubt in _doubts_of(node, given)]
    found += _too_often(Vocabulary(source), given)
    found += lacking_calls(source, calls)
    for node in nodes:
        if isinstance(node, CONDITIONAL) and any(_called(inner) in (calls or ('forward', 'backward'))
                                                 for inner in ast.walk(node)):
            found.append('it makes its calls only under a condition')
        if isinstance(node, (ast.For, ast.comprehension)) and {*_names(node.iter)} - HARMLESS_BUILTINS - {'model'} and \
                not given.names and any(_called(inner) for inner in ast.walk(node)):
            found.append('what its loop runs over is not written there')
    return [*dict.fromkeys(found)][:5]


def lacking_calls(source, calls):
    """A line on the calls that an item has to make and some code does not, as a list."""
    try:
        nodes = [*ast.walk(ast.parse(source))]
    except NEVER_ENDING:
        return ['it cannot be read by itself']
    called = [*map(_called, nodes)]
    missing = [name for name in calls if name not in called]
    if missing:
        return [f'it does not call {missing[0]} itself']
    few = len(calls) == 1 and called.count(calls[0]) < 3 and not any(isinstance(node, LOOPS) for node in nodes)
    return [f'it does not call {calls[0]} three times'] if few else []


def _called(node):
    """The name of the function or method that a node calls, or None."""
    return getattr(node.func, 'attr', getattr(node.func, 'id', '')) if isinstance(node, ast.Call) else None


def _names(node):
    return [inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)]


def _is_harmless_getattr(node):
    name = node.args[1] if _called(node) == 'getattr' and len(node.args) > 1 else None
    return isinstance(name, ast.Constant) and name.value in HARMLESS_ATTRIBUTES


def _too_often(own, given):
    """Doubts about what the given code uses, and other code more often: it would count in both."""
    found = [f'it uses {name[:40]} once more' for name, count in own.attributes.items()
             if name in given.attributes and name not in HARMLESS_ATTRIBUTES and count > given.attributes[name]]
    return found + [f'it assigns to {name[:40]}' for name, count in own.stored.items()
                    if name in given.kept and count > given.stored[name]]


def _doubts_of(node, given):
    if not isinstance(node, HARMLESS_NODES):
        return [f'it has a line of the kind {type(node).__name__}']
    if isinstance(node, ast.Attribute):
        if not isinstance(node.ctx, ast.Load):
            return [f'it changes the attribute {node.attr[:40]}']
        if node.attr not in HARMLESS_ATTRIBUTES and node.attr not in given.attributes:
            return [f'it uses {node.attr[:40]}']
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr in REDUCTIONS and (len(node.args) > 1 or node.keywords):
            return [f'it gives arguments to {node.func.attr}']
    elif isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
        if getattr(node.value, 'id', '') != 'model':
            return ['it changes something in place']
    elif isinstance(node, ast.Name):
        is_odd = node.id.startswith('_') or hasattr(builtins, node.id) and node.id not in HARMLESS_BUILTINS
        if is_odd and node.id not in given.names:
            return [f'it uses {node.id[:40]}']
    elif isinstance(node, (ast.Import, ast.ImportFrom)) and ast.dump(node) not in given.imports:
        return ['it imports something']
    return []


# ---- reading all -----------------------------------------------------------------------------------------------------

def read_script(name, text, given, tools):
    """What there is to tell of one script."""
    blanks, submission = tools
    problems = submission.script_problems(name, text)
    unreadable = [problem for problem in problems if problem.kind in ('syntax', 'size')]
    if unreadable:
        flags = [f'{name}: {problem.text}; given code is not compared' for problem in unreadable]
        # What stands in one block may be right although another cannot be read.
        is_main = 'TODO (1)' in given and unreadable[0].kind == 'syntax'
        return {'flags': flags, 'items': items(name, text, given, blanks) if is_main else {}}
    flags = [f'{name}: {problem.text}' for problem in problems if problem.kind == 'import']
    try:
        flags += given_code_flags(name, text, given, blanks)
    except NEVER_ENDING:
        flags.append(f'{name}: what stands outside the blanks cannot be read by itself, given code is not compared')
    return {'flags': flags, 'items': items(name, text, given, blanks) if 'TODO (1)' in given else {}}


def read_result(text, submission):
    """The record in a result file, or what is wrong with it."""
    try:
        return {'record': submission.read_result(text)}
    except ValueError as error:
        return {'problem': str(error)}


def main():
    sys.path.insert(0, os.getcwd())
    import blanks
    import make_submission
    import sending

    with open('orders.json', encoding='utf-8') as file:
        orders = json.load(file)
    course, texts = orders['course'], {}
    for name in orders['names']:
        sending.tell({'begins': name})
        with open(os.path.join('handed-in', name), 'rb') as file:
            content = file.read()
        try:
            texts[name] = blanks.decode_script(content) if name in course['scripts'] else content.decode('utf-8-sig')
        except (UnicodeDecodeError, LookupError) as error:
            sending.tell({'file': name, 'is_text': False, 'is_odd': isinstance(error, LookupError)})
            continue
        found = {}
        if name in course['scripts']:
            with open(os.path.join('given', name), encoding='utf-8') as file:
                found = read_script(name, texts[name], file.read(), (blanks, make_submission))
        elif name in course['results'].values():
            found = read_result(texts[name], make_submission)
        sending.tell({'file': name, 'is_text': True, **found})
    sending.tell({'begins': 'collaboration'})
    problems = [f'{found.file}: {found.text}' for found in make_submission.check_collaboration(texts, course)]
    sending.send({'collaboration': problems[:MOST]})


if __name__ == '__main__':
    main()
