"""Which verdicts on Problem 1 are left to a person: what may be right beside something else that is not as expected."""
from dataclasses import replace

from instructor.judges.verdict import Verdict

N_LAYERS = 'n_layer_neural_network.py'


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
    if N_LAYERS in judge.replaced or not any(map(_is_organizing, judge.reading.changed_code)):
        return
    for item, found in verdicts.items():
        if found.share != 1 and not item.startswith('NeuralNetwork'):
            verdicts[item] = Verdict(item, None, 'organized in another way than the skeleton, which the text allows: '
                                     'graded by hand', kind='reorganized')


def _is_organizing(name):
    """Whether a class or function that is not as it was given says how the network is organized."""
    return name.split('.')[0] == 'Layer' or name in ('DeepNeuralNetwork', 'DeepNeuralNetwork.__init__')
