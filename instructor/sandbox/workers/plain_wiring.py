"""In the child: reads the TODO items of a main without running it: which are open, which more than plain wiring.

plain, in what follows, is what the wiring of an assignment consists of: {'module': ..., 'classes': [...], 'calls':
{'1': [...]}, 'outputs': [...]}, that is, the module whose classes are made, these classes, the calls that each item
has to make, and the names that the given code takes from the items.
"""
import ast
import builtins
import textwrap

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


def items(name, text, given, blanks, plain):
    """What there is to know of the TODO items: {'1': {'open': bool, 'doubts': [...], 'calls': bool}, ...}.

    open: nothing is written; doubts: what else than its calls could make an item's trace, and what calls are missing;
    calls: whether none are. Empty without all the blanks as they were given.
    """
    try:
        found = {blank.name: blank for blank in blanks.read_blanks(text, name)}
    except blanks.BlankError:
        return {}
    if any(f'TODO ({number})' not in found for number in plain['calls']):
        return {}
    known = {}
    for number, calls in plain['calls'].items():
        body = found[f'TODO ({number})'].body
        known[number] = {'open': all(map(_is_open, body.splitlines())),
                              'doubts': doubts(textwrap.dedent(body), number, given, plain),
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

    def __init__(self, number, given, plain):
        """number: of the TODO item; given: the script as it was handed out."""
        nodes = [*ast.walk(ast.parse(given))]
        self.number, self.plain = number, plain
        self.taken = {name for node in nodes for name in (
            getattr(node, 'id', None), getattr(node, 'arg', None), getattr(node, 'name', None))} - {*plain['outputs']}
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
            makes_modules = {*self.plain['calls'][self.number]} <= {*self.plain['classes']}
            return makes_modules and self._is_module(target) and isinstance(target.slice, ast.Constant) \
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
        if getattr(node.func, 'attr', '') in self.plain['classes']:
            return getattr(of, 'id', '') == self.plain['module'] and all(isinstance(one, ast.Constant) for one in given)
        if getattr(node.func, 'attr', '') == 'copy':
            return not given and self._is_wiring(of)
        return getattr(node.func, 'attr', '') in ('forward', 'backward') and self._is_module(of) \
            and all(map(self._is_wiring, given)) and all(keyword.arg for keyword in node.keywords)

    def _is_written_out(self, node):
        """What a loop may run over: constants, or the modules of the model."""
        if isinstance(node, (ast.Tuple, ast.List)):
            return all(isinstance(one, ast.Constant) or self._is_written_out(one) for one in node.elts)
        return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) \
            and node.func.attr in ('keys', 'values', 'items') and getattr(node.func.value, 'id', '') == 'model' \
            and not node.args and not node.keywords

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


def doubts(source, number, given, plain):
    """Why a block might make its trace otherwise than by its calls, or not always: lines, empty without a doubt.

    number: of its TODO item; given: the script as it was handed out.
    """
    try:
        tree = ast.parse(source)
    except NEVER_ENDING:
        return ['it cannot be read by itself']
    wiring = Wiring(number, given, plain)
    odd = [statement.lineno for statement in tree.body if not wiring.allows(statement)]
    found = [f'line {line} of it is more than plain wiring' for line in odd[:5]]
    return found + lacking_calls(source, plain['calls'][number])


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
