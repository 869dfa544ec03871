"""The network and its training, built from the layers of hw3_lib.py.

run_experiments.py trains with it the five networks of Section 5.6.
"""

import training_data  # before numpy: see there
from hw3_lib import CrossEntropyLoss, GradientDescentOptimizer, Linear, Module, Sigmoid

import numpy as np


def init_linear_params(in_size, out_size):
    """Random initial parameters of a Linear: weights, in_size x out_size, and biases, 1 x out_size.

    Drawn uniformly from [-s, s) with s = 1 / sqrt(out_size), the weights first.
    """
    s = 1 / np.sqrt(out_size)
    weights = np.random.uniform(-s, s, (in_size, out_size))
    biases = np.random.uniform(-s, s, (1, out_size))
    return weights, biases


class MultiLayerPerceptron(Module):
    """A chain of layers: each is given what the one before returns. self.layers: the list of them, front to back."""

    def __init__(self, layers):
        self.layers = layers

    def forward(self, x):
        """x: N x (size of the input), one example a row. Returns the scores, N x (number of classes)."""
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, criterion):
        """Store all gradients, after a forward of this network and then of the loss, `criterion`, on its scores."""
        g = criterion.backward()
        for layer in reversed(self.layers):
            g = layer.backward(g)


def define_network(size_hidden, size_input=784, size_output=10, seed=10701):
    """A network with one hidden layer: Linear, Sigmoid, Linear, with random initial parameters.

    Sets the seed of np.random, then draws the parameters by init_linear_params, layers from front to back.
    Returns a MultiLayerPerceptron.
    """
    np.random.seed(seed)
    # TODO: create the layers in order, and return the network.
    ### BEGIN SOLUTION
    return MultiLayerPerceptron([Linear(init_linear_params(size_input, size_hidden)),
                                 Sigmoid(),
                                 Linear(init_linear_params(size_hidden, size_output))])
    ### END SOLUTION


def train_network(model, dataset, num_epoch, learning_rate, batch_size, seed=10701):
    """Train a network by batch gradient descent: Algorithm 1 of Appendix A.

    model: a MultiLayerPerceptron, which is changed. dataset: a dict with 'train_x' and 'test_x', one example a row,
    and 'train_y' and 'test_y', integer labels. Batches are consecutive rows, in the order of the data; the last one is
    smaller where batch_size does not divide their number.

    Returns a dict. train_loss, test_loss, train_accuracy, test_accuracy: lists of num_epoch floats, the mean loss over
    all examples and the share of right predictions, each with the model as it is at the end of the epoch. yhat_train,
    yhat_test: lists of the labels, as int, that the model predicts after the last epoch.
    """
    np.random.seed(seed)
    train_x, train_y = dataset['train_x'], dataset['train_y']
    test_x, test_y = dataset['test_x'], dataset['test_y']
    criterion = CrossEntropyLoss()
    optimizer = GradientDescentOptimizer(model, learning_rate)
    train_loss, test_loss, train_accuracy, test_accuracy = [], [], [], []
    yhat_train, yhat_test = [], []

    for _ in range(num_epoch):
        for start in range(0, len(train_x), batch_size):
            x, y = train_x[start:start + batch_size], train_y[start:start + batch_size]
            criterion.forward(model.forward(x), y)
            model.backward(criterion)
            optimizer.step()

        # TODO: the epoch is over. Append its statistics, each a number, to the four lists; let yhat_train and
        # yhat_test be the labels that the model now predicts for train_x and test_x, an integer each.
        ### BEGIN SOLUTION
        train_score, test_score = model.forward(train_x), model.forward(test_x)
        train_loss.append(criterion.forward(train_score, train_y))
        test_loss.append(criterion.forward(test_score, test_y))
        yhat_train = np.argmax(train_score, axis=1)
        yhat_test = np.argmax(test_score, axis=1)
        train_accuracy.append(float(np.mean(yhat_train == train_y)))
        test_accuracy.append(float(np.mean(yhat_test == test_y)))
        ### END SOLUTION

    return {'train_loss': train_loss, 'test_loss': test_loss,
            'train_accuracy': train_accuracy, 'test_accuracy': test_accuracy,
            'yhat_train': [int(label) for label in yhat_train], 'yhat_test': [int(label) for label in yhat_test]}


def load_data():
    """The 4000 digits of training_data_student/, for train_network.

    Returns a dict: 'train_x', 3000 x 784, and 'test_x', 1000 x 784, pixels as floats from 0 to 1; 'train_y' and
    'test_y', as many labels, integers from 0 to 9. Writes train.csv and test.csv first where they are missing; raises
    training_data.DataError where they cannot be read or written.
    """
    dataset = {}
    for name in ('train', 'test'):
        dataset[f'{name}_x'], dataset[f'{name}_y'] = training_data.read_split(name)
    return dataset
