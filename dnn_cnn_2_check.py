"""The part of hw5_dnn_check.py that looks at dnn_cnn_2.py: which module receives which array in the five TODO items?

Your main runs on a few random images. Its modules are stand-ins that note what they receive and return random numbers
of the right shape, so dnn_misc.py need not be right yet, and copies and other names of variables do not matter. What
they should have noted stands here as hashes only.
"""

import contextlib
import hashlib
import importlib
import inspect
import re
import sys
import traceback
from pathlib import Path
from typing import NamedTuple

import numpy as np

import checking

if __name__ == '__main__':
    sys.exit('dnn_cnn_2_check.py does nothing by itself: run python3 hw5_dnn_check.py')

checking.own_files.add(Path(__file__).name)
SCRIPT = Path(__file__).resolve().parent / 'dnn_cnn_2.py'
OPTIONS = {'random_seed': 2, 'learning_rate': 0.001, 'alpha': 0.9, 'lambda': 0.0, 'dropout_rate': 0.5, 'num_epoch': 1,
           'minibatch_size': 5}
OPEN = re.compile(r'^\s*raise NotImplementedError\([\'"]TODO \((\d+)\)', re.MULTILINE)
MODULES = {'C2': '0853ca8d68b1', 'nonlinear2': '20e4e8c071f8', 'M2': '1198c17b6e91'}  # what TODO (1) creates
FORWARD = 'M1.forward', 'F1.forward', 'a0c2b408f0ef'  # the given calls around an item, and what it does between them
CHAINS = {2: ('training', *FORWARD), 3: ('training', 'F1.backward', 'M1.backward', '99ffe1596844'),
          4: ('training accuracy', *FORWARD), 5: ('validation accuracy', *FORWARD)}
RIGHT, WRONG, UNWRITTEN, UNSEEN = 'should be correct', 'might be wrong', 'not written yet', 'not reached'


class Finding(NamedTuple):
    verdict: str
    hint: str = ''
    error: BaseException = None  # what ended main there


class Call(NamedTuple):
    name: str    # 'C1.forward'
    shown: str   # 'C1.forward(the images)'
    meant: str   # the same for what gives the same: a relu's input and output are one in these backward passes


class Trace:
    """What main did: its model, and the calls of each batch."""

    def __init__(self):
        self.random = np.random.RandomState()  # its own: main seeds numpy's
        self.model, self.settings, self.batches = {}, {}, []
        self.names, self.earlier, self.before_relu = {}, {}, {}  # each by the key of an array

    def begin(self, phase, x, y):
        self.earlier.update({key: f'{name} of an earlier batch' for key, name in self.names.items()})
        self.names = {key_of(x): 'the images', key_of(y): 'the labels'}
        self.before_relu.clear()
        self.batches.append((phase, []))

    def call(self, module, kind, method, arguments, shape):
        """Note a call; returns its output."""
        name = self._name_of(module, method)
        keys = [key_of(argument) for argument in arguments]
        shown = [self.names.get(key) or self.earlier.get(key, 'an array that no module made') for key in keys]
        meant = shown
        if method == 'backward' and kind in ('relu', 'max_pool'):
            meant = [self.before_relu.get(keys[0], shown[0]), *shown[1:]]
        output = self.random.uniform(0.1, 1, shape)
        self.names[key_of(output)] = f'{"output of" if method == "forward" else "gradient from"} {name}'
        if (kind, method) == ('relu', 'forward'):
            self.before_relu[key_of(output)] = shown[0]
        if self.batches:
            called = f'{name}.{method}'
            self.batches[-1][1].append(Call(called, f'{called}({", ".join(shown)})', f'{called}({", ".join(meant)})'))
        return output


    def _name_of(self, module, method):
        """Its name in model; of several, the first in the chain that was not called yet in this batch."""
        names = [name for name, other in self.model.items() if other is module] or ['a module outside of model']
        names = names[::-1] if method == 'backward' else names
        called = {call.name for call in self.batches[-1][1]} if self.batches else set()
        return next((name for name in names if f'{name}.{method}' not in called), names[0])


def key_of(array):
    return np.shape(array), hashlib.sha256(np.array(array).tobytes()).digest()


def fingerprint(text):
    return hashlib.sha256(text.encode()).hexdigest()[:12]


# ---- what main is run on ----

def stand_in(real, trace):
    """A class like one of dnn_misc.py, made from it; its calls are noted, and the given ones check their arguments."""
    kind = real.__name__
    is_given = kind in ('conv_layer', 'max_pool', 'flatten_layer')

    class StandIn(real):
        def __init__(self, *arguments, **options):
            super().__init__(*arguments, **options)
            bound = inspect.signature(real).bind(*arguments, **options)
            bound.apply_defaults()
            trace.settings[self] = f'{kind}({", ".join(f"{name}={value}" for name, value in bound.arguments.items())})'

        def forward(self, X, *labels, **options):
            if kind == 'softmax_cross_entropy':
                return super().forward(X, *labels, **options)
            shape = np.shape(super().forward(X)) if is_given else self._shape(X)
            if hasattr(self, 'mask'):
                self.mask = np.ones(shape)
            return trace.call(self, kind, 'forward', [X], shape)

        def backward(self, X, grad, **options):
            if is_given:
                super().backward(X, grad, **options)
            elif kind != 'softmax_cross_entropy' and np.shape(grad) != self._shape(X):
                raise ValueError(f'{kind}.backward expects grad of shape {self._shape(X)}, got {np.shape(grad)}')
            dX = trace.call(self, kind, 'backward', [X, grad], np.shape(X))
            return dX if options.get('need_dX', True) else None

        def _shape(self, X):
            """That of the output."""
            if kind != 'linear_layer':
                return np.shape(X)
            D, K = self.params['W'].shape
            if np.ndim(X) != 2 or np.shape(X)[1] != D:
                raise ValueError(f'{kind} expects N x {D}, got an array of shape {np.shape(X)}')
            return len(X), K

    return StandIn


def stand_ins_of_data(data_loader, trace):
    """What main imports from data_loader.py: a few random images, and batches that are noted."""
    class DataSplit(data_loader.DataSplit):
        made = []

        def __init__(self, X, Y):
            super().__init__(X, Y)
            self.made.append(self)

        def minibatches(self, size, order):
            return self._noted('training', super().minibatches(size, order))

        def evaluation_batches(self, size):
            phase = 'training accuracy' if self is self.made[0] else 'validation accuracy'
            return self._noted(phase, super().evaluation_batches(size))

        @staticmethod
        def _noted(phase, batches):
            for x, y in batches:
                trace.begin(phase, x, y)
                yield x, y

    def data_loader_mnist(*_):
        splits = [(trace.random.uniform(0, 1, (N, 784)), np.arange(N).reshape(-1, 1)) for N in (10, 5, 5)]
        return [array for split in splits for array in split]

    return {'DataSplit': DataSplit, 'data_loader_mnist': data_loader_mnist}


class NoRecord:
    """Stands for the Record of training.py: prints nothing and writes no result file."""

    def __init__(self, *_):
        pass

    def ignore(self, *_, **options):
        pass

    begin_epoch = step = end_epoch = write = ignore


@contextlib.contextmanager
def replaced(module, names):
    kept = {name: getattr(module, name) for name in names}
    vars(module).update(names)
    try:
        yield
    finally:
        vars(module).update(kept)


def run_main(dnn_misc, trace):
    """Import dnn_cnn_2.py anew and run its main on stand-ins; raises what they raise."""
    data_loader, training = map(importlib.import_module, ('data_loader', 'training'))
    classes = {name: stand_in(value, trace) for name, value in vars(dnn_misc).items()
               if isinstance(value, type) and value.__module__ == dnn_misc.__name__}
    functions = {'add_momentum': lambda model: trace.model.update(model), 'sgd_update': lambda *_: None}
    sys.modules.pop(SCRIPT.stem, None)
    try:
        with replaced(dnn_misc, {**classes, **functions}), replaced(training, {'Record': NoRecord}), \
                replaced(data_loader, stand_ins_of_data(data_loader, trace)):
            importlib.import_module(SCRIPT.stem).main(dict(OPTIONS))
    finally:
        sys.modules.pop(SCRIPT.stem, None)


# ---- what is found ----

def report(dnn_misc):
    """Print a line for each TODO item once one is written; returns whether all are correct, as far as they are seen."""
    unreadable = checking.unreadable(SCRIPT.name)
    if unreadable:
        print()
        print(f'{SCRIPT.name} {unreadable}')
        return False
    with checking.quiet():
        found = check(dnn_misc)
    if found is None:
        return True
    print()
    print(f'{SCRIPT.name}:')
    for number, (verdict, hint, error) in found.items():
        lines = filter(None, [hint, error and checking.fault(error, SCRIPT.name)])
        print(f'{f"TODO ({number})" if number else "the script":18} ... {verdict}', *lines, sep='\n    ')
    correct = sum(finding.verdict == RIGHT for number, finding in found.items() if number)
    print(f'{correct} of {len(found) - (0 in found)} TODO items correct')
    return correct == len(found)


def check(dnn_misc):
    """The Findings on dnn_cnn_2.py: {number of a TODO item: Finding}, and under 0 what belongs to none of them.

    None where nothing is written yet. Raises KeyboardInterrupt for none but a second Ctrl-C.
    """
    source = SCRIPT.read_text(encoding='utf-8', errors='replace')
    open_items = set(map(int, OPEN.findall(source)))
    if open_items == {1, *CHAINS}:
        return None
    trace, error = Trace(), None
    try:
        run_main(dnn_misc, trace)
    except BaseException as raised:  # SystemExit and KeyboardInterrupt too
        error = raised
    found = {1: judge_modules(trace)} if trace.model else {}
    for number, chain in CHAINS.items():
        finding = judge_chain(trace, *chain)
        if finding:
            found[number] = finding
    if error:
        number = item_of(error, source, found)
        found[number] = found.get(number, Finding(WRONG))._replace(verdict=WRONG, error=error)
    found.update((number, Finding(UNWRITTEN)) for number in open_items)
    return {number: found.get(number, Finding(UNSEEN)) for number in sorted({1, *CHAINS, *found})}


def judge_modules(trace):
    wrong = []
    for name, expected in MODULES.items():
        shared = [other for other, module in trace.model.items() if other != name and module is trace.model.get(name)]
        if name not in trace.model or shared or fingerprint(trace.settings[trace.model[name]]) != expected:
            wrong.append(name)
    told = f'look at {", ".join(wrong)}: class, settings and name in model (see the table of Q3.9)'
    return Finding(WRONG, told) if wrong else Finding(RIGHT)


def judge_chain(trace, phase, above, below, expected):
    """The Finding on the calls from the given one above to the given one below; None where they were not all made."""
    chains = []
    for calls in [calls for of_phase, calls in trace.batches if of_phase == phase]:
        names = [call.name for call in calls]
        if above in names and below in names[names.index(above):]:
            begin = names.index(above) + 1
            chains.append(calls[begin:len(names) - names[::-1].index(below)])  # the last one is the given one
    wrong = [chain for chain in chains if fingerprint(' '.join(call.meant for call in chain)) != expected]
    if wrong:
        told = ['which module receives which output? Compare with the figure of Q3.9; yours:', *(
            call.shown for call in wrong[0][:8])]
        return Finding(WRONG, '\n        '.join(told))
    return Finding(RIGHT) if chains else None


def item_of(error, source, found):
    """The number of the TODO item that an error is to be laid to: that in or below which main ended; 0 for none."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename) == SCRIPT]
    above = '\n'.join(source.split('\n')[:lines[-1]]) if lines else ''
    number = int(([0] + re.findall(r'#\s*TODO \((\d+)\)', above))[-1])
    is_right = number in found and found[number].verdict == RIGHT
    lacks_module = isinstance(error, KeyError) and {*map(str, error.args)} & {*MODULES}
    return 1 if lacks_module or is_right and found[1].verdict == WRONG else number
