"""One side of the comparison, as a process of its own: a main of the project, on our modules or the textbook ones.

    python side_numpy.py SCRIPT ours|textbook NUM_EXAMPLES NUM_THREADS [watch] [no-dX]

runs the real main(): it answers a line when its first epoch can begin, and then runs an epoch for each line that comes
in and answers with its seconds, in JSON. With `watch` it also takes the time of every module and of every matrix
product, which slows it down: the seconds of such an epoch are not to be compared. With `no-dX` the textbook way leaves
out the gradient with respect to the images where ours does.
"""

import importlib
import json
import os
import re
import resource
import statistics
import sys
import time
from collections import defaultdict
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import data_loader  # noqa: E402
import dnn_misc  # noqa: E402, F401  (Watched finds it in sys.modules)
import training  # noqa: E402

QUESTIONS = {'dnn_mlp': 'q33', 'dnn_cnn': 'q38', 'dnn_cnn_2': 'q310'}  # whose runs are timed
BATCH = 5
answers = os.fdopen(os.dup(1), 'w')
clock = time.process_time  # of one thread; other programs disturb it less than the clock on the wall
watched = None


def options_of(script):
    """The options of the question's run, which the name of its result file tells."""
    described = json.loads((Path(data_loader.__file__).parent / 'assignment.json').read_text(encoding='utf-8'))
    [result] = [question['run']['result'] for question in described['questions']
                if question['name'] == QUESTIONS[script]]
    numbers = re.search(r'_lr(.+)_m(.+)_w(.+)_d(.+)\.json', result).groups()
    return dict(zip(('learning_rate', 'alpha', 'lambda', 'dropout_rate'), map(float, numbers)))


def peak_MB():
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == 'darwin' else 1 << 10)


def answer(**words):
    print(json.dumps(words), file=answers, flush=True)


class GatedRecord(training.Record):
    """The scripts' Record, except that each epoch waits to be asked for, and nothing is written."""

    def begin_epoch(self):
        if self.epoch == 0:
            answer(ready=True)
        if not sys.stdin.readline():
            sys.exit()
        self.begun = clock()
        super().begin_epoch()

    def end_epoch(self, train, val):
        super().end_epoch(train, val)
        answer(seconds=clock() - self.begun, accuracy=val.accuracy(), peak_MB=peak_MB(),
               calls=watched.summary() if watched else [])


class Watched:
    """Times every call of a module's forward and backward, the update, and the matrix products in each."""

    def __init__(self):
        self.calls = defaultdict(list)  # (name, in training) -> seconds, seconds in products, flops, bytes of each
        self.in_products = 0.0
        self.flops = 0
        self.training = True

    def phase(self, method, training):
        """The method of DataSplit that hands out batches, except that it tells which phase begins."""
        def batches(*arguments, **options):
            self.training = training
            return method(*arguments, **options)
        return batches

    def watch(self, model):
        for name, module in model.items():
            for key, value in getattr(module, 'params', {}).items():
                module.params[key] = value.view(WatchedArray)
            for method in ('forward', 'backward'):
                setattr(module, method, self.timed(f'{name}.{method}', getattr(module, method), module))

    def timed(self, name, function, module=None):
        def call(first, *others, **options):
            products, flops, start = self.in_products, self.flops, clock()
            result = function(first, *others, **options)
            seconds = clock() - start
            if module is None:
                num_bytes = update_bytes(first, *others)
            else:
                num_bytes = moved_bytes(name, module, [first, *others], result)
            self.calls[name, self.training].append(
                (seconds, self.in_products - products, self.flops - flops, num_bytes))
            return result
        return call

    def summary(self):
        """For each kind of call: how many an epoch, median ms, and what one of them computes and moves."""
        rows = []
        for (name, in_training), calls in self.calls.items():
            seconds, products, flops, num_bytes = zip(*calls)
            rows.append({'name': name, 'training': in_training, 'calls': len(calls),
                         'ms': 1e3 * statistics.median(seconds), 'product_seconds': sum(products),
                         'flops': statistics.median(flops), 'bytes': statistics.median(num_bytes)})
        self.calls.clear()
        return rows


class WatchedArray(np.ndarray):
    """An array whose matrix products, and those of what is computed from it, are timed and counted."""

    def __array_ufunc__(self, ufunc, method, *inputs, out=(), **options):
        plain = [value.view(np.ndarray) if isinstance(value, WatchedArray) else value for value in (*inputs, *out)]
        if out:
            options['out'] = tuple(plain[len(inputs):])
        start = clock()
        result = getattr(ufunc, method)(*plain[:len(inputs)], **options)
        if ufunc is np.matmul:
            watched.in_products += clock() - start
            watched.flops += 2 * result.size * plain[0].shape[-1]
        return result.view(WatchedArray) if isinstance(result, np.ndarray) else result


def moved_bytes(name, module, arguments, result):
    """The least that a call has to read and write: what comes in and what goes out, once each."""
    arrays = [array for array in (*arguments, result) if isinstance(array, np.ndarray)]
    if any(result is array or np.may_share_memory(result, array) for array in arguments):
        return 0  # passed on as it is
    if name.endswith('backward') and type(module).__name__ in ('relu', 'dropout'):
        arrays = arrays[1:]  # its mask tells it all that it needs of X
    if hasattr(module, 'params'):
        arrays += module.params.values()
        arrays += module.gradient.values() if name.endswith('backward') else ()
    return sum(array.nbytes for array in arrays)


def update_bytes(model, momentum, learning_rate, alpha, lambda_):
    """Read each gradient, read and write each parameter, and with momentum each velocity."""
    parameters = sum(value.nbytes for module in model.values() for value in getattr(module, 'params', {}).values())
    return parameters * (5 if alpha > 0 else 3)


def main(script, kind, num_examples, num_threads, *options):
    global watched, clock
    if num_threads > 1:
        clock = time.perf_counter
    if kind == 'textbook':
        import textbook
        textbook.leave_out_dX = 'no-dX' in options
        sys.modules['dnn_misc'] = textbook
        data_loader.DataSplit.EVALUATION_SIZE = dict.fromkeys((2, 4), textbook.EVALUATION_SIZE)
    if 'watch' in options:
        modules, watched = sys.modules['dnn_misc'], Watched()
        add_momentum = modules.add_momentum

        def add_momentum_and_watch(model):
            momentum = add_momentum(model)
            watched.watch(model)
            return momentum
        modules.add_momentum = add_momentum_and_watch
        modules.sgd_update = watched.timed('update', modules.sgd_update)
        split = data_loader.DataSplit
        split.minibatches = watched.phase(split.minibatches, True)
        split.evaluation_batches = watched.phase(split.evaluation_batches, False)

    whole = data_loader.data_loader_mnist
    shares = [num_examples, num_examples, num_examples // 5, num_examples // 5, None, None]
    data_loader.data_loader_mnist = lambda: [data[:share] for data, share in zip(whole(), shares)]
    training.Record = GatedRecord

    sys.stdout = open(os.devnull, 'w')
    importlib.import_module(script).main({'random_seed': 2, 'num_epoch': 1000, 'minibatch_size': BATCH,
                                          **options_of(script)})


if __name__ == '__main__':
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), *sys.argv[5:])
