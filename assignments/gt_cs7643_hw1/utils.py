"""Data, training and evaluation, learning curves: what the notebook calls.

Data are lists here: an image is a list of 784 numbers from 0 to 1, a label an integer from 0 to 9. A mini-batch, made
by generate_batched_data, is an array with an image a row.
"""

import random

import numpy as np

try:
    import matplotlib.pyplot as plt
except ImportError:
    plt = None  # only plot_curves needs it

from mnist_csv import NUM_PIXELS, DataError, csv_path


def load_csv(path):
    """Read a CSV file, a row for each image: its label, then its pixels from 0 to 255. There is no header.

    Returns two lists: the images, lists of pixels divided by 255, and their labels, as int. Raises DataError.
    """
    # One number object for each of the 256 values, which all images share: else this would take gigabytes.
    values = {str(pixel): pixel / 255 for pixel in range(256)}
    labels_of = {str(label): label for label in range(10)}
    data, labels = [], []
    try:
        with open(path, encoding='ascii') as file:
            for line in file:
                label, *pixels = line.rstrip('\n').split(',')
                labels.append(labels_of[label])
                data.append([values[pixel] for pixel in pixels])
                if len(pixels) != NUM_PIXELS:
                    raise ValueError
    except OSError as error:
        raise DataError(f'cannot read {path}: {error.strerror}') from None
    except (KeyError, ValueError):
        raise DataError(f'{path}, line {len(labels) + 1}: is not a label from 0 to 9 and {NUM_PIXELS} pixels from 0 to '
                        '255; delete the file, and make it anew') from None
    return data, labels


def load_mnist_trainval():
    """Load the training set, and split it: the first 80 % are for training, the rest is for validation.

    Returns (train_data, train_label, val_data, val_label), lists as load_csv returns them, in the order of the file.
    The number of images is divisible by 5.
    """
    data, label = load_csv(csv_path('train'))
    # TODO: split the data and the labels, and return the four lists.
    ### BEGIN SOLUTION
    num_train = len(data) * 4 // 5
    return data[:num_train], label[:num_train], data[num_train:], label[num_train:]
    ### END SOLUTION


def load_mnist_test():
    """Load the test set. Returns (data, label), two lists as load_csv returns them."""
    return load_csv(csv_path('test'))


def generate_batched_data(data, label, batch_size=32, shuffle=False, seed=None):
    """Divide data into mini-batches of batch_size examples, in order; the last one has those that are left.

    data: a list of N examples, lists of numbers; label: a list of N labels. shuffle: whether to put them into random
    order first, by random.shuffle (of the module random, not of numpy), each example with its label. seed: the seed of
    random, set by random.seed before, unless it is None (or 0).

    Returns two lists: the batches, arrays of batch_size x (length of an example), and their labels, arrays of
    batch_size integers. data and label themselves stay as they are.
    """
    if seed:
        random.seed(seed)
    # TODO: shuffle if that is wanted, and return the batches and their labels.
    ### BEGIN SOLUTION
    order = list(range(len(data)))
    if shuffle:
        random.shuffle(order)
    chosen = [order[start:start + batch_size] for start in range(0, len(order), batch_size)]
    return ([np.array([data[index] for index in indices]) for indices in chosen],
            [np.array([label[index] for index in indices]) for indices in chosen])
    ### END SOLUTION


def train(epoch, batches, labels, model, optimizer, debug=True):
    """Train a model for one epoch: for each mini-batch, forward, then a step of the optimizer.

    epoch: its number, which is only printed. batches, labels: as generate_batched_data returns them. debug: print how
    it is going, four times. Returns the mean of the losses of the batches, and the accuracy over all examples; both
    are measured while the model is changing.
    """
    losses, num_correct, num_seen = [], 0.0, 0
    for number, (X, y) in enumerate(zip(batches, labels), start=1):
        loss, accuracy = model.forward(X, y, mode='train')
        optimizer.update(model)
        losses.append(loss)
        num_correct += accuracy * len(y)
        num_seen += len(y)
        if debug and number * 4 // len(batches) > (number - 1) * 4 // len(batches):
            print(f'epoch {epoch}, batch {number} of {len(batches)}: loss {np.mean(losses):.4f}, '
                  f'accuracy {num_correct / num_seen:.4f}')
    return np.mean(losses), num_correct / num_seen


def evaluate(batches, labels, model, debug=True):
    """Evaluate a model, which stays as it is.

    Returns the mean of the losses of the batches, and the accuracy over all examples.
    """
    losses, num_correct, num_seen = [], 0.0, 0
    for X, y in zip(batches, labels):
        loss, accuracy = model.forward(X, y, mode='valid')
        losses.append(loss)
        num_correct += accuracy * len(y)
        num_seen += len(y)
    if debug:
        print(f'evaluation: loss {np.mean(losses):.4f}, accuracy {num_correct / num_seen:.4f}')
    return np.mean(losses), num_correct / num_seen


def plot_curves(train_loss_history, train_acc_history, valid_loss_history, valid_acc_history):
    """Draw the learning curves in two figures, losses and accuracies, each for training and validation.

    Each argument is a list with one number per epoch. Both figures have a title, labelled axes and a legend, and are
    saved as loss_curve.png and accuracy_curve.png in the current folder. A notebook shows those that are left open.
    Returns nothing.
    """
    # TODO: draw and save the two figures.
    ### BEGIN SOLUTION
    curves = {'loss': (train_loss_history, valid_loss_history), 'accuracy': (train_acc_history, valid_acc_history)}
    for what, (of_training, of_validation) in curves.items():
        figure, axes = plt.subplots()
        axes.plot(range(1, len(of_training) + 1), of_training, marker='o', label='training')
        axes.plot(range(1, len(of_validation) + 1), of_validation, marker='o', label='validation')
        axes.set(title=f'{what.capitalize()} after each epoch', xlabel='epoch', ylabel=what)
        axes.legend()
        figure.savefig(f'{what}_curve.png')
    ### END SOLUTION
