"""Which verdicts on Problem 1 are left to a person: what may be right beside something else that is not as expected."""
import ast
from dataclasses import replace

from instructor.judges.verdict import Verdict

N_LAYERS = 'n_layer_neural_network.py'
_CONSTRUCTORS = {'Layer.__init__', 'DeepNeuralNetwork.__init__'}  # what they make is used by the exercises


def reconsider(judge, verdicts):
    """Leave to a person what may be right beside something else that is not as expected."""
    _leave_users_of_a_wrong_feedforward(judge, verdicts)
    _leave_what_is_reorganized(judge, verdicts)


def _leave_users_of_a_wrong_feedforward(judge, verdicts):
    """A loss or backprop that uses more than feedforward is asked to store cannot be judged beside a wrong one."""
    for name, item in judge.items.items():
        compared, found = judge.comparisons.get(name), verdicts[name]
        needed = [verdicts[other] for other in item.needs if other in verdicts]
        if compared and compared.uses_more and found.share not in (None, 1) and any(one.share != 1 for one in needed):
            verdicts[name] = replace(
                found, share=None, kind='uses-wrong-feedforward',
                reason=f'may use what else {needed[0].item} stores, which is not right either: {found.reason}')


def _leave_what_is_reorganized(judge, verdicts):
    """The network of n layers may be organized in another way than the skeleton: the text allows it."""
    deep = {item for item in verdicts if not item.startswith('NeuralNetwork')}
    source = judge.submission.files.get(N_LAYERS, b'')
    if not deep or judge.replaced and N_LAYERS in judge.replaced:
        return
    try:
        tree = ast.parse(source)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return
    classes = {node.name: {part.name for part in node.body if isinstance(part, ast.FunctionDef)}
               for node in tree.body if isinstance(node, ast.ClassDef)}
    lacks_layers = not {'feedforward', 'backprop'} <= classes.get('Layer', set())
    if 'DeepNeuralNetwork' in classes and (lacks_layers or judge.reading.changed_code & _CONSTRUCTORS):
        for item in [item for item in deep if lacks_layers or verdicts[item].share != 1]:
            verdicts[item] = Verdict(item, None, 'organized in another way than the skeleton, which the text allows: '
                                     'graded by hand', kind='reorganized')
