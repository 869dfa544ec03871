"""The whole training of a model, as a configuration file in configs/ describes it. main.ipynb calls it."""

import copy
import random
import sys
from pathlib import Path
from typing import NamedTuple

from models import SoftmaxRegression, TwoLayerNet
from optimizer import SGD
from utils import evaluate, generate_batched_data, load_mnist_test, load_mnist_trainval, train

FOLDER = Path(__file__).resolve().parent
MODELS = {'SoftmaxRegression': SoftmaxRegression, 'TwoLayerNet': TwoLayerNet}
SEED = 1024


class Dataset(NamedTuple):
    """All data, as the functions of utils.py return them: lists."""
    train_data: list
    train_label: list
    val_data: list
    val_label: list
    test_data: list
    test_label: list


class Results(NamedTuple):
    """What a training leaves: a number per epoch in each history, and the best model with its test accuracy."""
    train_loss_history: list
    train_acc_history: list
    valid_loss_history: list
    valid_acc_history: list
    best_model: object
    test_acc: float

    @property
    def histories(self):
        """The four lists, in the order in which plot_curves takes them."""
        return self[:4]


class ConfigError(ValueError):
    """A configuration cannot be used; the text is the one line that a user sees."""


def load_dataset():
    return Dataset(*load_mnist_trainval(), *load_mnist_test())


def read_config(path):
    """Read a configuration file: {'Train': {...}, 'Model': {...}}. A relative path begins in this file's folder.

    Raises ConfigError where it cannot be read, or lacks a value or has one of the wrong kind.
    """
    try:
        import yaml  # here, so that all else works without the package
    except ImportError:
        raise ConfigError(f'PyYAML is missing: "{sys.executable}" -m pip install PyYAML') from None

    path = FOLDER / path
    try:
        config = yaml.safe_load(path.read_text(encoding='utf-8'))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f'cannot read {path}: {" ".join(str(error).split())}') from None
    check_config(config, path.name)
    return config


def check_config(config, name):
    """Raise ConfigError where a configuration, as read_config returns it, is not complete. name: how to call it."""
    wanted = {'Train': {'batch_size': int, 'epochs': int, 'learning_rate': (int, float), 'reg': (int, float),
                        'debug': bool},
              'Model': {'type': str}}
    for section, kinds in wanted.items():
        values = config.get(section) if isinstance(config, dict) else None
        for key, kind in kinds.items():
            value = values.get(key) if isinstance(values, dict) else None
            if not isinstance(value, kind) or isinstance(value, bool) and kind is not bool:
                hint = '; write numbers without an exponent, such as 0.001' if isinstance(value, str) else ''
                raise ConfigError(f'{name}: {section}, {key} is {value!r}, which is not of the right kind{hint}')
    for key in ('batch_size', 'epochs'):
        if config['Train'][key] < 1:
            raise ConfigError(f'{name}: Train, {key} is {config["Train"][key]}; it has to be 1 or more')
    model = config['Model']['type']
    if model not in MODELS:
        raise ConfigError(f'{name}: Model, type is {model!r}; it has to be one of {", ".join(MODELS)}')


def with_values(config, values):
    """A copy of a configuration in which some settings are others: {'learning_rate': 0.5, 'hidden_size': 64}.

    Raises ConfigError for a setting that it does not have, and as check_config does.
    """
    changed = copy.deepcopy(config)
    for key, value in values.items():
        section = next((section for section in ('Train', 'Model') if key in changed[section]), None)
        if section is None:
            known = [*config['Train'], *config['Model']]
            raise ConfigError(f'there is no setting {key!r}; there are {", ".join(known)}')
        changed[section][key] = value
    check_config(changed, 'the changed configuration')
    return changed


def train_model(config, dataset=None, seed=SEED):
    """Train a model: in each epoch, new random batches of the training data, then an evaluation on the validation data.

    config: a path such as 'configs/config_twolayer.yaml', or what read_config returns. dataset: a Dataset, loaded here
    if it is None. seed: that of random, for the order of the batches. Returns Results: the best model is the one with
    the highest validation accuracy after an epoch, and at the end it is evaluated on the test data.
    """
    config = config if isinstance(config, dict) else read_config(config)
    dataset = dataset or load_dataset()
    settings, debug = config['Train'], config['Train']['debug']
    model = MODELS[config['Model']['type']](
        **{key: value for key, value in config['Model'].items() if key != 'type'})
    optimizer = SGD(learning_rate=settings['learning_rate'], reg=settings['reg'])
    validation = generate_batched_data(dataset.val_data, dataset.val_label, settings['batch_size'])
    histories, best_model, best_accuracy = ([], [], [], []), None, -1.0

    random.seed(seed)
    for epoch in range(1, settings['epochs'] + 1):
        batches, labels = generate_batched_data(dataset.train_data, dataset.train_label, settings['batch_size'],
                                                shuffle=True)
        of_training = train(epoch, batches, labels, model, optimizer, debug)
        of_validation = evaluate(*validation, model, debug)
        for history, number in zip(histories, (*of_training, *of_validation)):
            history.append(float(number))
        if of_validation[1] > best_accuracy:
            best_accuracy, best_model = of_validation[1], copy.deepcopy(model)

    test = generate_batched_data(dataset.test_data, dataset.test_label, settings['batch_size'])
    _, test_accuracy = evaluate(*test, best_model, debug=False)
    if debug:
        print(f'the best model: validation accuracy {best_accuracy:.4f}, test accuracy {test_accuracy:.4f}')
    return Results(*histories, best_model, float(test_accuracy))
