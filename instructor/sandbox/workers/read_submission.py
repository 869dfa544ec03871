"""In the child: reads the files that were handed in, and runs none of them: scripts, result files, the declaration.

It says which file it begins before it does: where Python itself ends over one, the parent knows over which.
"""

import ast
import builtins
import json
import os
import sys
import textwrap
from collections import defaultdict

MOST = 20            # lines of one kind that are told of a script
OUTSIDE = 'the lines outside of functions'
NEVER_ENDING = (SyntaxError, RecursionError, ValueError, MemoryError)

# What lines besides the wiring may use, such as prints and checks: nothing of it can change anything.
HARMLESS_ATTRIBUTES = {
    'params', 'gradient', 'mask', 'stride', 'padding', 'r', 'max_len', 'copy', 'shape', 'ndim', 'size', 'dtype', 'mean',
    'sum', 'max', 'min', 'std', 'any', 'all', 'reshape', 'keys', 'values', 'items', 'isnan', 'isfinite', 'array_equal',
    'allclose'}
HARMLESS_FUNCTIONS = {'abs', 'float', 'int', 'isinstance', 'len', 'list', 'max', 'min', 'print', 'range', 'repr',
                      'round', 'sorted', 'str', 'sum', 'tuple', 'zip'}
HARMLESS_NODES = (
    ast.Constant, ast.Name, ast.Attribute, ast.Subscript, ast.Slice, ast.Tuple, ast.List, ast.Dict, ast.Compare,
    ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.JoinedStr, ast.FormattedValue, ast.Call, ast.expr_context, ast.operator,
    ast.unaryop, ast.boolop, ast.cmpop)
CLASSES = ('conv_layer', 'relu', 'max_pool')
CALLS = {1: CLASSES, 2: ('forward',), 3: ('backward',), 4: ('forward',), 5: ('forward',)}
OUTPUTS = {'c2', 'h2', 'm2', 'grad_h2', 'grad_c2', 'grad_m1'}  # names that the given code takes from the items


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


# ---- the TODO items of a main ----------------------------------------------------------------------------------------

def items(name, text, given, blanks):
    """What there is to know of the TODO items: {'1': {'open': bool, 'doubts': [...], 'calls': bool}, ...}.

    open: nothing is written; doubts: what else than its calls could make an item's trace, and what calls are missing;
    calls: whether none are. Empty without the five blanks as they were given.
    """
    try:
        found = {blank.name: blank for blank in blanks.read_blanks(text, name)}
    except blanks.BlankError:
        return {}
    if any(f'TODO ({number})' not in found for number in CALLS):
        return {}
    known = {}
    for number, calls in CALLS.items():
        body = found[f'TODO ({number})'].body
        known[str(number)] = {'open': all(map(_is_open, body.splitlines())),
                              'doubts': doubts(textwrap.dedent(body), number, given),
                              'calls': not lacking_calls(textwrap.dedent(body), calls)}
    return known


def _is_open(line):
    line = line.strip()
    return line in ('', 'pass', '...') or line.startswith('#') or (
        line.startswith('raise NotImplementedError') and not line[len('raise NotImplementedError'):][:1].isalnum())


class Wiring:
    """What a block may hold so that nothing but its calls can make its trace: the grammar of plain wiring.

    Statements that assign the outputs of modules, or modules, to names of their own; loops over what is written out;
    prints and checks that change nothing. No conditions, no functions, no indices that are computed.
    """

    def __init__(self, number, given):
        """number: of the TODO item; given: the script as it was handed out."""
        nodes = [*ast.walk(ast.parse(given))]
        self.number = number
        self.taken = {name for node in nodes for name in (
            getattr(node, 'id', None), getattr(node, 'arg', None), getattr(node, 'name', None))} - OUTPUTS
        self.keys = {node.slice.value for node in nodes if isinstance(node, ast.Subscript)
                     and isinstance(node.slice, ast.Constant)}

    def allows(self, statement):
        if isinstance(statement, ast.Pass):
            return True
        if isinstance(statement, ast.Assign):
            return all(map(self._is_new, statement.targets)) and self._is_wiring(statement.value)
        if isinstance(statement, ast.Assert):
            return all(map(self._is_harmless, filter(None, (statement.test, statement.msg))))
        if isinstance(statement, ast.For):
            return self._is_new(statement.target) and self._is_written_out(statement.iter) and not statement.orelse \
                and all(map(self.allows, statement.body))
        return isinstance(statement, ast.Expr) and (self._is_wiring(statement.value)
                                                    or self._is_harmless(statement.value))

    def _is_new(self, target):
        if isinstance(target, ast.Name):
            return not (target.id in self.taken or target.id.startswith('_') or hasattr(builtins, target.id))
        if isinstance(target, ast.Subscript):
            return self.number == 1 and self._is_module(target) and isinstance(target.slice, ast.Constant) \
                and target.slice.value not in self.keys
        return isinstance(target, (ast.Tuple, ast.List)) and all(map(self._is_new, target.elts))

    @staticmethod
    def _is_module(node):
        """model['C2'], model[name], or a name for it."""
        if isinstance(node, ast.Name):
            return not (node.id.startswith('_') or hasattr(builtins, node.id))
        return isinstance(node, ast.Subscript) and isinstance(
            node.slice, (ast.Constant, ast.Name)) and getattr(node.value, 'id', '') == 'model'

    def _is_wiring(self, node):
        if isinstance(node, ast.Tuple):
            return all(map(self._is_wiring, node.elts))
        if not isinstance(node, ast.Call):
            return isinstance(node, ast.Constant) or self._is_module(node)
        given = [*node.args, *(keyword.value for keyword in node.keywords)]
        of = getattr(node.func, 'value', None)
        if getattr(node.func, 'attr', '') in CLASSES:
            return getattr(of, 'id', '') == 'dnn_misc' and all(isinstance(one, ast.Constant) for one in given)
        if getattr(node.func, 'attr', '') == 'copy':
            return not given and self._is_wiring(of)
        return getattr(node.func, 'attr', '') in ('forward', 'backward') and self._is_module(of) \
            and all(map(self._is_wiring, given)) and all(keyword.arg for keyword in node.keywords)

    def _is_written_out(self, node):
        """What a loop may run over: constants, or the modules of the model."""
        if isinstance(node, (ast.Tuple, ast.List)):
            return all(isinstance(one, ast.Constant) or self._is_written_out(one) for one in node.elts)
        return isinstance(node, ast.Call) and getattr(node.func, 'attr', '') in ('keys', 'values', 'items') \
            and getattr(node.func.value, 'id', '') == 'model' and not node.args + node.keywords

    @staticmethod
    def _is_harmless(node):
        return all(isinstance(one, HARMLESS_NODES) and _changes_nothing(one) for one in ast.walk(node))


def _changes_nothing(node):
    if isinstance(node, ast.Attribute):
        return node.attr in HARMLESS_ATTRIBUTES
    if isinstance(node, ast.Name):
        is_builtin = hasattr(builtins, node.id)
        return not node.id.startswith('_') and (not is_builtin or node.id in HARMLESS_FUNCTIONS | {'getattr'})
    if isinstance(node, ast.Call):
        if getattr(node.func, 'id', '') == 'getattr':
            return len(node.args) > 1 and isinstance(node.args[1], ast.Constant) and \
                node.args[1].value in HARMLESS_ATTRIBUTES
        if getattr(node.func, 'id', '') in HARMLESS_FUNCTIONS:
            return not node.keywords
        of_numpy = getattr(getattr(node.func, 'value', None), 'id', '') == 'np'
        called = getattr(node.func, 'attr', '')
        most = {'array_equal': 2, 'allclose': 2}.get(called, 1) if of_numpy else 4 if called == 'reshape' else 0
        return isinstance(node.func, ast.Attribute) and len(node.args) <= most and not node.keywords
    return True


def doubts(source, number, given):
    """Why a block might make its trace otherwise than by its calls, or not always: lines, empty without a doubt.

    number: of its TODO item; given: the script as it was handed out.
    """
    try:
        tree = ast.parse(source)
    except NEVER_ENDING:
        return ['it cannot be read by itself']
    wiring = Wiring(number, given)
    odd = [statement.lineno for statement in tree.body if not wiring.allows(statement)]
    found = [f'line {line} of it is more than plain wiring' for line in odd[:5]]
    return found + lacking_calls(source, CALLS[number])


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
    loops = any(isinstance(node, (ast.For, ast.comprehension, ast.FunctionDef)) for node in nodes)
    few = len(calls) == 1 and called.count(calls[0]) < 3 and not loops
    return [f'it does not call {calls[0]} three times'] if few else []


def _called(node):
    """The name of the function or method that a node calls, or None."""
    return getattr(node.func, 'attr', getattr(node.func, 'id', '')) if isinstance(node, ast.Call) else None


# ---- reading all -----------------------------------------------------------------------------------------------------

def read_script(name, text, given, blanks, submission_scripts, script):
    """What there is to tell of one script; script: {'imports', 'defines'}, see submission_scripts.py."""
    problems = submission_scripts.read_script(name, text, script)
    unreadable = [(kind, told) for kind, told in problems if kind in ('syntax', 'size')]
    if unreadable:
        flags = [f'{name}: {told}; given code is not compared' for _, told in unreadable]
        # What stands in one block may be right although another cannot be read.
        kind = unreadable[0][0]
        is_main = 'TODO (1)' in given and kind == 'syntax'
        return {'flags': flags, 'items': items(name, text, given, blanks) if is_main else {}, 'is_long': kind == 'size'}
    flags, changed = [f'{name}: {told}' for kind, told in problems if kind == 'import'], []
    try:
        lines, changed = given_code_flags(name, text, given, blanks)
        flags += lines
    except NEVER_ENDING:
        flags.append(f'{name}: what stands outside the blanks cannot be read by itself, given code is not compared')
    return {'flags': flags, 'changed_code': changed,
            'items': items(name, text, given, blanks) if 'TODO (1)' in given else {}}


def read_result(text, epochs, submission):
    """The record in a result file, or what is wrong with it."""
    try:
        return {'record': submission.read_result(text, epochs)}
    except ValueError as error:
        return {'problem': str(error)}


def main():
    sys.path.insert(0, os.getcwd())
    import blanks
    import sending

    import submission
    import submission_scripts

    with open('orders.json', encoding='utf-8') as file:
        orders = json.load(file)
    task, texts = submission.Task(**orders['task']), {}
    for name in orders['names']:
        sending.tell({'begins': name})
        with open(os.path.join('handed-in', name), 'rb') as file:
            content = file.read()
        try:
            text = blanks.decode_script(content) if name in task.scripts else content.decode('utf-8-sig')
        except (UnicodeDecodeError, LookupError) as error:
            sending.tell({'file': name, 'is_text': False, 'is_odd': isinstance(error, LookupError)})
            continue
        if '\0' in text:
            sending.tell({'file': name, 'is_text': False, 'problem': submission.NULLS})
            continue
        texts[name], found = text, {}
        if name in task.scripts:
            with open(os.path.join('given', name), encoding='utf-8') as file:
                found = read_script(name, texts[name], file.read(), blanks, submission_scripts, task.scripts[name])
        elif name in task.results.values():
            found = read_result(texts[name], task.epochs, submission)
        sending.tell({'file': name, 'is_text': True, **found})
    sending.tell({'begins': 'collaboration'})
    problems = [f'{found.file}: {found.text}' for found in submission.check_collaboration(texts, task)]
    sending.send({'collaboration': problems[:MOST]})


if __name__ == '__main__':
    main()
