"""Train the models on the full MNIST, and compare what comes out with numbers.json.

    python3 -m assignments.gt_cs7643_hw1.teacher.check_numbers [--jobs N]

Needs data/mnist_train.csv and data/mnist_test.csv (python3 get_data.py). Trainings run side by side, as many as there
are cores. Exit status: 0 if every accuracy is within one image of the one that is expected, 1 if not, 2 if it cannot
start. Run it in the folder of the whole project.
"""

import json
import multiprocessing
import os
import sys
import time
from pathlib import Path

for threads in ('OPENBLAS_NUM_THREADS', 'OMP_NUM_THREADS', 'MKL_NUM_THREADS', 'VECLIB_MAXIMUM_THREADS'):
    os.environ[threads] = '1'  # before numpy is imported: with more threads, sums are rounded otherwise

FOLDER = Path(__file__).resolve().parents[1]
if str(FOLDER) not in sys.path:
    sys.path.append(str(FOLDER))

import numpy as np

import mnist_csv
from common import OneLineParser
from models import SoftmaxRegression, TwoLayerNet
from optimizer import SGD
from training_loop import MODELS, ConfigError, Dataset, load_dataset, read_config, train_model, with_values
from utils import evaluate, generate_batched_data, train

SPLITS = 'train', 'validation', 'test'
dataset = None  # loaded once, before the workers are forked, which share it then


def read_numbers():
    return json.loads((FOLDER / 'teacher' / 'numbers.json').read_text(encoding='utf-8'))


# ---- what is measured ------------------------------------------------------------------------------------------------

def network_losses():
    """The losses of both new models on the batch of the public tests, and how far their gradients are off at most."""
    measured = {}
    with np.load(FOLDER / 'tests' / 'data' / 'network.npz', allow_pickle=False) as arrays:
        for prefix, model in (('softmax', SoftmaxRegression()), ('two_layer', TwoLayerNet())):
            loss, accuracy = model.forward(arrays['images'] / 255, arrays['labels'])
            error = max(float(np.abs(gradient - arrays[f'{prefix}_{name}']).max())
                        for name, gradient in model.gradients.items())
            measured[prefix] = {'loss': float(loss), 'accuracy': float(accuracy), 'gradient_error': error}
    return measured


def one_epoch(run):
    """Numbers of images that are right: of the training set, while training for one epoch, and of the test set."""
    model, data = MODELS[run['type']](), load_data()
    batches = generate_batched_data(data.train_data, data.train_label, run['batch_size'], shuffle=True, seed=1024)
    _, of_training = train(1, *batches, model, SGD(learning_rate=0.1, reg=0.001), debug=False)
    batches = generate_batched_data(data.test_data, data.test_label, run['batch_size'])
    _, of_test = evaluate(*batches, model, debug=False)
    return {'train': round(of_training * len(data.train_label)), 'test': round(of_test * len(data.test_label))}


def whole_training(run):
    """Numbers of images that are right: training and validation in the last epoch, test for the best model."""
    data, config = load_data(), with_values(read_config(f'configs/{run["config"]}.yaml'),
                                            {**run.get('values', {}), 'debug': False})
    results = train_model(config, data)
    return {'train': round(results.train_acc_history[-1] * len(data.train_label)),
            'validation': round(results.valid_acc_history[-1] * len(data.val_label)),
            'test': round(results.test_acc * len(data.test_label))}


def load_data():
    global dataset
    if dataset is None:
        # An image as an array in place of a list: the same numbers, of which batches are made three times as fast.
        dataset = Dataset(*([np.array(image) for image in part] if 'data' in name else part
                            for name, part in load_dataset()._asdict().items()))
    return dataset


def measure(run):
    return run['name'], (whole_training if 'config' in run else one_epoch)(run)


# ---- how it is compared ----------------------------------------------------------------------------------------------

def network_differences(measured, expected):
    """Where losses or gradients are not those that are expected, as lines."""
    lines = []
    for model, numbers in expected.items():
        found = measured[model]
        lines += [f'{model}: {key} is {found[key]!r}, expected {numbers[key]!r}' for key in numbers
                  if abs(found[key] - numbers[key]) > 1e-12]
        if found['gradient_error'] > 1e-12:
            lines.append(f'{model}: a gradient is off by {found["gradient_error"]:.2g}')
    return lines


def differences(run, measured):
    """Where numbers of images are more than one off, or out of their range, as lines."""
    lines = []
    for split in SPLITS:
        if split in run:
            wanted = run[split]
            low, high = wanted if isinstance(wanted, list) else (wanted - 1, wanted + 1)
            if not low <= measured[split] <= high:
                lines.append(f'{run["name"]}, {split}: {measured[split]} images are right, expected {wanted}')
    return lines


def row(name, measured):
    counts = {'train': 48_000, 'validation': 12_000, 'test': 10_000}
    shares = [f'{measured[split] / counts[split]:.4f}' if split in measured else '' for split in SPLITS]
    return f'{name:24} {shares[0]:9} {shares[1]:11} {shares[2]}'


def check_all(numbers, num_jobs):
    """Measure everything, print it as it comes, and return what differs, as lines."""
    wrong = network_differences(network_losses(), numbers['network'])
    print('losses and gradients of the two new models on one batch: ' + ('WRONG' if wrong else 'right'))
    print(f'{"":24} {"training":9} {"validation":11} test', flush=True)
    runs = {run['name']: run for run in numbers['runs']}
    method = 'fork' if 'fork' in multiprocessing.get_all_start_methods() else 'spawn'
    if method == 'fork':
        load_data()
    longest_first = sorted(runs.values(), key=lambda run: 'config' not in run)
    with multiprocessing.get_context(method).Pool(num_jobs) as pool:
        for name, measured in pool.imap_unordered(measure, longest_first):
            found = differences(runs[name], measured)
            wrong += found
            print(row(name, measured) + ('   WRONG' if found else ''), flush=True)
    return wrong


def main(arguments=None):
    """Run the command; returns the exit status."""
    parser = OneLineParser(prog='check_numbers', description=__doc__.splitlines()[0])
    parser.add_argument('--jobs', type=int, default=os.cpu_count() or 1, help='trainings side by side [%(default)s]')
    options = parser.parse_args(arguments)
    if options.jobs < 1:
        parser.error(f'--jobs {options.jobs} has to be 1 or more')
    if not mnist_csv.has_full_data():
        print(f'check_numbers: needs the full MNIST: python3 {FOLDER / "get_data.py"}', file=sys.stderr)
        return 2
    start, numbers = time.monotonic(), read_numbers()
    try:
        for name in {run['config'] for run in numbers['runs'] if 'config' in run}:
            read_config(f'configs/{name}.yaml')  # before the work: what they need may be missing
        wrong = check_all(numbers, min(options.jobs, len(numbers['runs'])))
    except (ConfigError, mnist_csv.DataError) as error:
        print(f'check_numbers: {error}', file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print('check_numbers: stopped', file=sys.stderr)
        return 130
    for line in wrong:
        print(line)
    print(f'{"something differs" if wrong else "all numbers are as expected"} ({time.monotonic() - start:.0f} s)')
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
