"""Measures the training of the three scripts against the textbook way and PyTorch, and prints it as Markdown.

Each side is a process that waits until an epoch is requested, so that they take turns, round by round: if the machine
is faster at one time than at another, that affects all of them. The medians are reported.
"""

import contextlib
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

import machine
import numpy
import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from common import OneLineParser  # noqa: E402

HERE = Path(__file__).resolve().parent
SCRIPTS = {'dnn_mlp': 'dnn_mlp.py', 'dnn_cnn': 'dnn_cnn.py', 'dnn_cnn_2': 'dnn_cnn_2.py'}
SIDES = {'ours': 'ours', 'textbook': 'textbook', 'float64': 'PyTorch float64', 'float32': 'PyTorch float32'}
TARGETS = {'dnn_mlp': (1.7, 0.8, None), 'dnn_cnn': (3, 1.2, 1.0), 'dnn_cnn_2': (3, 1.2, 0.9)}
FURTHER = {  # another side for each comparison, which computes the gradient of the images if and only if ours does
    'dnn_mlp': ('float64 dX', 'PyTorch float64, computing it as well'),
    'dnn_cnn': ('textbook no-dX', 'textbook, leaving it out as well'),
    'dnn_cnn_2': ('textbook no-dX', 'textbook, leaving it out as well')}
NUM_EXAMPLES = 5000


class Side:
    """A process that is ready to train; `seconds_to_start`: how long it took to get ready."""

    def __init__(self, side, script, num_threads, num_examples=NUM_EXAMPLES, profile=False):
        kind, *options = side.split()
        if kind in ('ours', 'textbook'):
            command = ['side_numpy.py', script, kind, num_examples, num_threads, *options, *['profile'] * profile]
        else:
            command = ['side_torch.py', script, kind, num_threads, *options]
        threads = dict.fromkeys(('OPENBLAS_NUM_THREADS', 'OMP_NUM_THREADS', 'MKL_NUM_THREADS',
                                 'VECLIB_MAXIMUM_THREADS'), str(num_threads))
        start = time.perf_counter()
        self.process = subprocess.Popen([sys.executable, *map(str, command)], cwd=HERE, env={**os.environ, **threads},
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding='utf-8',
                                        start_new_session=True)  # Ctrl-C reaches this process, which ends its sides
        self._answer()
        self.seconds_to_start = time.perf_counter() - start

    def epoch(self):
        self.process.stdin.write('\n')
        self.process.stdin.flush()
        return self._answer()

    def _answer(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f'{" ".join(map(str, self.process.args[1:]))} ended early')
        return json.loads(line)

    def __enter__(self):
        return self

    def __exit__(self, error, *_):
        if error:
            self.process.kill()
        self.process.stdin.close()
        self.process.wait()


def show(text):
    print(text, file=sys.stderr, flush=True)


def table(head, *rows):
    print(f'| {" | ".join(head)} |\n|{" --- |" * len(head)}')
    for row in rows:
        print(f'| {" | ".join(row)} |')
    print()


def compare(script, num_threads, num_rounds):
    """side -> the answers to each round's epoch."""
    with contextlib.ExitStack() as stack:
        names = {**SIDES, **dict([FURTHER[script]])}
        sides = {side: stack.enter_context(Side(side, script, num_threads)) for side in names}
        answers = {side: [] for side in names}
        for number in range(num_rounds):
            for side in names:
                answers[side].append(sides[side].epoch())
                show(f'  {script}, {num_threads} thread(s), round {number + 1}: {names[side]} '
                     f'{answers[side][-1]["seconds"]:.2f} s')
    return answers


def median_seconds(answers):
    return statistics.median(answer['seconds'] for answer in answers)


def print_ratios(results, with_targets):
    def ratio(script, side, target):
        value = median_seconds(results[script][side]) / median_seconds(results[script]['ours'])
        return f'{value:.2f}' + (f' (wanted {target})' if target and with_targets else '')
    table(['our speed against', *list(SIDES.values())[1:]],
          *[[SCRIPTS[script], *[ratio(script, *pair) for pair in zip(list(SIDES)[1:], TARGETS[script])]]
            for script in results])


def print_seconds(results):
    table(['seconds per epoch', *SIDES.values()],
          *[[SCRIPTS[script], *[f'{median_seconds(sides[side]):.2f}' for side in SIDES]]
            for script, sides in results.items()])


def print_further(results):
    print('''\
Nobody needs the gradient with respect to the images. PyTorch leaves it out, and so does the first conv layer of our
mains; the textbook way computes it, and so does the linear_layer that students write. If both sides do the same:
''')
    table(['our speed against', '', ''],
          *[[SCRIPTS[script], name, f'{median_seconds(sides[side]) / median_seconds(sides["ours"]):.2f}']
            for script, sides in results.items() for side, name in [FURTHER[script]]])


def print_learning(results):
    """Shows that all sides train the same network; PyTorch has other initial weights and another order of examples."""
    rounds = len(next(iter(results.values()))['ours'])
    table([f'validation accuracy after {rounds} epoch(s)', *SIDES.values()],
          *[[SCRIPTS[script], *[f'{sides[side][-1]["accuracy"]:.3f}' for side in SIDES]]
            for script, sides in results.items()])


def print_memory(results):
    table(['peak memory, MB', *SIDES.values()],
          *[[SCRIPTS[script], *[f'{max(answer["peak_MB"] for answer in sides[side]):.0f}' for side in SIDES]]
            for script, sides in results.items()])


def print_modules(script, calls, textbook_calls):
    """ms of each call in training, ours and textbook."""
    textbook_ms = {call['name']: call['ms'] for call in textbook_calls if call['training']}
    ms = {call['name']: call['ms'] for call in calls if call['training']}
    names = list(dict.fromkeys(name.split('.')[0] for name in ms))

    def cell(name):
        return f'{ms[name]:.3f} ({textbook_ms[name]:.3f})' if name in ms else ''
    table([f'{SCRIPTS[script]}: ms per step', 'forward', 'backward'],
          *[[name, cell(f'{name}.forward'), cell(f'{name}.backward')] for name in names if name != 'update'],
          ['update', cell('update'), ''])


def bounds(calls):
    """The least seconds per epoch: for its matrix products alone, for its memory traffic alone, and for both."""
    arithmetic = [call['calls'] * call['flops'] / machine.flops() for call in calls]
    traffic = [call['calls'] * call['bytes'] / machine.bytes_per_second(call['bytes']) for call in calls]
    return sum(arithmetic), sum(traffic), sum(map(max, arithmetic, traffic))


def print_bounds(results, calls):
    rows = []
    for script in calls:
        seconds = median_seconds(results[script]['ours'])
        in_products = sum(call['product_seconds'] for call in calls[script])
        arithmetic, traffic, least = bounds(calls[script])
        rows.append([SCRIPTS[script], f'{seconds:.2f}', f'{in_products / seconds:.0%}', f'{arithmetic:.2f}',
                     f'{traffic:.2f}', f'{least:.2f}', f'{least / seconds:.0%}'])
    table(['one epoch', 'seconds', "of these in numpy's matrix product", 'least, arithmetic', 'least, memory traffic',
           'bound', 'how close we are'], *rows)


def print_growth(growth):
    """growth: script -> number of examples -> seconds to start, [seconds of each epoch]."""
    table(['', *[f'{number} examples' for number in next(iter(growth.values()))], 'start-up with reading'],
          *[[SCRIPTS[script], *[f'{" + ".join(f"{value:.2f}" for value in seconds)} s' for _, seconds in runs.values()],
             f'{statistics.median(start for start, _ in runs.values()):.2f} s'] for script, runs in growth.items()])


def profile(script, side, num_examples):
    with Side(side, script, 1, num_examples, profile=True) as process:
        return process.epoch()['calls']


def measure_growth(script):
    runs = {}
    for number in (1250, 2500, 5000):
        with Side('ours', script, 1, number) as side:
            runs[number] = side.seconds_to_start, [side.epoch()['seconds'] for _ in range(2)]
    return runs


def main():
    parser = OneLineParser(prog='bash benchmarks/run.sh', add_help=False, allow_abbrev=False)
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--one-thread', action='store_true')
    options = parser.parse_args()
    num_rounds, cores = options.rounds, machine.num_cores()
    if num_rounds < 1:
        parser.error('--rounds must be a whole number >= 1')

    thread_counts = [1] if options.one_thread or cores == 1 else [1, cores]
    results = {number: {script: compare(script, number, num_rounds) for script in SCRIPTS} for number in thread_counts}
    show('  modules, matrix products, numbers of examples')
    calls = {script: profile(script, 'ours', NUM_EXAMPLES) for script in SCRIPTS}
    textbook_calls = {script: profile(script, 'textbook', 500) for script in SCRIPTS}
    growth = {script: measure_growth(script) for script in SCRIPTS}

    print(f'''# How fast the scripts train

`bash benchmarks/run.sh` measures this and writes this file. "Ours" are the scripts as they are; the textbook way is the
same mains with `textbook.py`, evaluating in batches of 5; PyTorch (eager, CPU) trains the same networks: batch 5,
SGD, `CrossEntropyLoss`, evaluating in the batch size that a quick trial finds best. An epoch is 1000 steps on
5000 examples and the evaluation of 6000, with the options of q33, q38 and q310. The seconds of an epoch are the median
of {num_rounds} round(s) in which the sides take turns.

{machine.cpu_model()}, {cores} cores; Python {platform.python_version()}, numpy {numpy.__version__}, \
PyTorch {torch.__version__}
''')
    for number, title in zip(thread_counts, ('One thread (processor time)', f'All {cores} cores (wall-clock time)')):
        print(f'## {title}\n')
        print_ratios(results[number], with_targets=number == 1)
        print_seconds(results[number])
        if number == 1:
            print_further(results[number])
            print_learning(results[number])
    print('## Memory\n')
    print_memory(results[1])
    print('## Where the time goes (one thread)\n')
    print('In brackets: the textbook way. Medians of the calls in training, batch 5; float64.\n')
    for script in SCRIPTS:
        print_modules(script, calls[script], textbook_calls[script])
    print('## How much faster could it be?\n')
    print(f'''\
Arithmetic: the multiplications and additions of all matrix products of an epoch, at the speed of a large one
({machine.flops() / 1e9:.0f} GFLOP/s). Memory traffic: what each call of a module, and the update, must at least read \
and write, at the speed
of a copy of that size ({machine.bytes_per_second(1 << 20) / 1e9:.0f} GB/s for 1 MB, \
{machine.bytes_per_second(1 << 23) / 1e9:.0f} GB/s for 8 MB). The bound takes the longer of the two for each call; it
leaves out drawing random numbers for dropout, the exponentials of the loss and Python itself.
''')
    print_bounds(results[1], calls)
    print('## Start-up, and growth with the number of examples\n')
    print('Seconds of the first and second epoch, with a fifth as many validation examples; one thread.\n')
    print_growth(growth)


if __name__ == '__main__':
    try:
        main()
    except KeyboardInterrupt:
        sys.exit('stopped, nothing written')
