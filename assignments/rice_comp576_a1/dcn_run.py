"""A training run of dcn_mnist.py: its options, its data, its folder with the checkpoint, and how it is stopped."""

import io
import re
import signal
from argparse import SUPPRESS
from pathlib import Path

import mnist_idx
import numpy as np
import torch
from command_line import OneLineParser, UserError, make_folder, positive_number, whole_number, write_whole

FOLDER = Path(__file__).resolve().parent
CHECKPOINT = 'checkpoint.pt'
LEARNING_RATES = {'adam': 0.001, 'sgd': 0.1, 'momentum': 0.003, 'adagrad': 0.01}  # by optimizer, if none is given
# What makes a run what it is, with its values if none is given. A run is resumed with those that it began with.
SETTINGS = {'non_linearity': 'relu', 'initialization': 'pytorch', 'optimizer': 'adam', 'learning_rate': None,
            'batch_size': 50, 'seed': 0, 'quick': False}
QUICK_SIZES = {'train': 11000, 'validation': 1000, 'test': 2000}
EPOCHS, QUICK_EPOCHS = 5, 2
MEAN, STD = 0.1307, 0.3081  # of the pixels of MNIST's training images, from 0 to 1
EVALUATION_BATCH = 1000  # images at a time where no gradients are needed


# ---- options ---------------------------------------------------------------------------------------------------------

def read_options(non_linearities, arguments=None):
    """Read the command line of dcn_mnist.py.

    Returns (options, settings, checkpoint): settings has the keys of SETTINGS; checkpoint is that of the run that is
    to be resumed, None for a new one. Raises UserError.
    """
    parser = OneLineParser(prog='dcn_mnist.py', description='Trains a convolutional network on MNIST.')
    settings = parser.add_argument_group('settings of a run', argument_default=SUPPRESS)
    settings.add_argument('--non-linearity', choices=list(non_linearities), help='[relu]')
    settings.add_argument('--initialization', choices=['pytorch', 'xavier', 'he'], help='[pytorch]')
    settings.add_argument('--optimizer', choices=list(LEARNING_RATES), help='[adam]')
    settings.add_argument('--learning-rate', type=positive_number, help='[by the optimizer: ' + ', '.join(
        f'{name} {rate}' for name, rate in LEARNING_RATES.items()) + ']')
    settings.add_argument('--batch-size', type=whole_number(1), help='[50]')
    settings.add_argument('--seed', type=whole_number(0), help='of all random numbers [0]')
    settings.add_argument('--quick', action='store_true', help='a part of the data only, for a trial of minutes')
    parser.add_argument('--epochs', type=whole_number(1), help=f'[{EPOCHS}; {QUICK_EPOCHS} with --quick]')
    parser.add_argument('--name', help="the run's folder in runs/ [made of its settings]")
    parser.add_argument('--resume', action='store_true', help='continue the run of this name, or of these settings')
    parser.add_argument('--no-statistics', dest='statistics', action='store_false',
                        help='watch only the loss and the errors, as in part (a)')
    parser.add_argument('--data', type=Path, default=FOLDER / 'data', help='the folder above MNIST/raw [data]')
    parser.add_argument('--runs', type=Path, default=FOLDER / 'runs', help='where the folders of runs are [runs]')
    options = parser.parse_args(arguments)
    given = {key: value for key, value in vars(options).items() if key in SETTINGS}
    settings = {**SETTINGS, **given}
    if settings['learning_rate'] is None:
        settings['learning_rate'] = LEARNING_RATES[settings['optimizer']]
    if options.name is None:
        options.name = run_name(settings)
    if not re.fullmatch(r'\w[\w.=+-]*', options.name):
        parser.error(f'--name {options.name!r} has to be of letters, digits and ._=+- only')
    folder, checkpoint = options.runs / options.name, None
    if options.resume:
        checkpoint = read_checkpoint(folder)
        begun_with = checkpoint['settings']
        other = [key for key in given if given[key] != begun_with[key]]
        if other:
            option = '--' + other[0].replace('_', '-')
            parser.error(f'{folder} was begun with {option} {begun_with[other[0]]}, and can only be resumed with that')
        settings = begun_with
    elif (folder / CHECKPOINT).exists():  # without one there is nothing to lose: it failed at its beginning
        parser.error(f'{folder} exists; give --resume to continue that run, or another --name')
    options.epochs = options.epochs or (QUICK_EPOCHS if settings['quick'] else EPOCHS)
    return options, settings, checkpoint


def run_name(settings):
    """What a run is called if nothing else is given, such as relu-pytorch-adam-lr0.001."""
    name = '{non_linearity}-{initialization}-{optimizer}-lr{learning_rate:g}'.format(**settings)
    others = {'batch_size': f'-batch{settings["batch_size"]}', 'seed': f'-seed{settings["seed"]}', 'quick': '-quick'}
    return name + ''.join(text for key, text in others.items() if settings[key] != SETTINGS[key])


def find_device():
    """The GPU, if there is one that PyTorch can use, else the CPU."""
    return torch.device('cuda' if torch.cuda.is_available() else 'cpu')


# ---- data ------------------------------------------------------------------------------------------------------------

def load_data(root, device, is_quick=False):
    """MNIST: {'train': (images, labels), 'validation': ..., 'test': ...}, with 55,000, 5,000 and 10,000 examples.

    The validation images are the last twelfth of the 60,000 for training. Images: N x 28 x 28 of uint8; labels: N
    integers; both on the device. Raises UserError.
    """
    images, labels = read_split(root, 'train')
    test = read_split(root, 'test')
    num_train = len(labels) - len(labels) // 12
    data = {'train': (images[:num_train], labels[:num_train]), 'validation': (images[num_train:], labels[num_train:]),
            'test': test}
    size = QUICK_SIZES if is_quick else {}
    return {name: (torch.tensor(images[:size.get(name)], device=device),
                   torch.tensor(labels[:size.get(name)], dtype=torch.int64, device=device))
            for name, (images, labels) in data.items()}


def read_split(root, split):
    """The images, N x 28 x 28, and labels, N, of 'train' or 'test' below `root`: uint8. Raises UserError."""
    folder = Path(root) / mnist_idx.TORCHVISION_FOLDER
    try:
        images, labels = (mnist_idx.read_idx(folder, name) for name in mnist_idx.FILES[split])
    except mnist_idx.MnistError as error:
        raise UserError(f'{error} (python3 get_data.py puts all of them there)') from None
    if images.shape[1:] != (28, 28) or labels.shape != images.shape[:1] or not len(labels) or labels.max() > 9:
        raise UserError(f'{folder}: the images and labels of {split} do not belong together; get the files anew')
    return images, labels


def batches(images, labels, size, order=None):
    """Mini-batches as the network takes them: pairs of images, N x 1 x 28 x 28 and normalized, and labels, N.

    order: indices of images, of all in their order if it is None. The last batch may be smaller.
    """
    order = torch.arange(len(labels)) if order is None else order
    for start in range(0, len(order), size):
        chosen = order[start:start + size].to(labels.device)
        yield (images[chosen].unsqueeze(1) / 255 - MEAN) / STD, labels[chosen]


def epoch_order(num_images, seed, epoch):
    """The random order of the training images in an epoch: it depends on nothing else, so a run can be resumed."""
    return torch.from_numpy(np.random.default_rng([seed, epoch]).permutation(num_images))


# ---- checkpoints -----------------------------------------------------------------------------------------------------

def save_checkpoint(folder, settings, net, optimizer, monitor, seconds):
    """Write all that is needed to continue a run, whole or not at all. Raises UserError."""
    monitor.flush()
    content = io.BytesIO()
    torch.save({'settings': settings, 'step': monitor.step, 'losses': monitor.losses, 'seconds': seconds,
                'net': net.state_dict(), 'optimizer': optimizer.state_dict(), 'random': torch.get_rng_state(),
                'random_gpu': torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []}, content)
    make_folder(folder)
    write_whole(folder / CHECKPOINT, content.getvalue())


def read_checkpoint(folder):
    """What save_checkpoint wrote, as a dict, on the CPU. Raises UserError."""
    path = folder / CHECKPOINT
    if not path.is_file():
        raise UserError(f'{path}: no such file, so there is no run to resume; leave out --resume to begin one')
    try:
        checkpoint = torch.load(path, map_location='cpu', weights_only=True)
        checkpoint['settings'], checkpoint['step'], checkpoint['random'], checkpoint['losses']
    except Exception:  # a damaged file fails in many ways
        raise UserError(f'{path}: is damaged; delete {folder} and begin the run anew') from None
    return checkpoint


def restore(checkpoint, net, optimizer):
    """Give network, optimizer and PyTorch's random numbers the state of a checkpoint. Raises UserError."""
    try:
        net.load_state_dict(checkpoint['net'])
        optimizer.load_state_dict(checkpoint['optimizer'])
    except (ValueError, RuntimeError, KeyError):
        raise UserError('the run to be resumed was of another network or optimizer than dcn_mnist.py now makes: '
                        'begin it anew') from None
    torch.set_rng_state(checkpoint['random'])
    if torch.cuda.is_available() and checkpoint['random_gpu']:
        torch.cuda.set_rng_state_all(checkpoint['random_gpu'])


class StopRequest:
    """Within this context, the first Ctrl-C (or SIGTERM) is only noted, in is_set; the second one ends all at once."""

    def __init__(self):
        self.is_set = False

    def __enter__(self):
        self.before = {number: signal.signal(number, self._note) for number in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(self, *_):
        for number, handler in self.before.items():
            signal.signal(number, handler)

    def _note(self, number, frame):
        if self.is_set:
            raise KeyboardInterrupt
        self.is_set = True

    def until_set(self, items):
        """The items one after the other, until the stop is requested."""
        for item in items:
            if self.is_set:
                return
            yield item
