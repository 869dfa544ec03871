"""A neural network with one hidden layer, trained on the make-moons data: Problem 1 (a) to (e).

    python3 three_layer_neural_network.py [--activation tanh|sigmoid|relu] [--hidden N] [--passes N] [--dataset]

Trains the network and draws its decision boundary; with --dataset, only draws the data. Figures are shown where there
is a display, and saved in report_figures/ where there is none. Equation numbers are those of ASSIGNMENT.md; here, one
example is one row, so the equations read  z1 = X W1 + b1.
"""

import sys

import command_line  # before numpy: see there

command_line.require('requirements.txt', 'numpy')

import numpy as np  # noqa: E402
import plots  # noqa: E402

ACTIVATIONS = 'tanh', 'sigmoid', 'relu'


def generate_data():
    """The make-moons data: X, 200 x 2, and y, 200 labels, 0 or 1. Needs scikit-learn."""
    command_line.require('requirements.txt', 'sklearn')
    from sklearn.datasets import make_moons
    np.random.seed(0)
    return make_moons(200, noise=0.20)


def plot_decision_boundary(pred_func, X, y, axes=None):
    """Colour the plane by the class that is predicted, and put the examples on it.

    pred_func: takes M x 2 points and returns M labels; X: N x 2; y: N labels. axes: where to draw; without it, a figure
    of its own is shown or saved.
    """
    x_min, y_min = X.min(axis=0) - 0.5
    x_max, y_max = X.max(axis=0) + 0.5
    h = 0.01  # the distance of neighbouring points
    xx, yy = np.meshgrid(np.arange(x_min, x_max, h), np.arange(y_min, y_max, h))
    Z = pred_func(np.c_[xx.ravel(), yy.ravel()]).reshape(xx.shape)
    last = max(y)
    with plots.drawing('decision_boundary', axes) as drawn:
        # A level for each class, so that its colour is that of its examples even where no other class is predicted.
        drawn.contourf(xx, yy, Z, levels=np.arange(last + 2) - 0.5, vmin=0, vmax=last, cmap='Spectral', alpha=0.7)
        plots.scatter(drawn, X, y)


def activation_name(type):
    """An activation's name as the code writes it: 'tanh' for 'Tanh'. Raises ValueError for one that is not known."""
    if type.lower() not in ACTIVATIONS:
        raise ValueError(f'{type!r} is none of the activation functions, {", ".join(ACTIVATIONS)}')
    return type.lower()


def log_softmax(z):
    """The logarithm of the softmax of each row, from which both the probabilities and the loss come.

    z: N x C, any numbers, also in the thousands. Returns N x C: finite, and exact where exp(z) itself would overflow.
    """
    # TODO: return the logarithms of the probabilities of Equation (4).
    ### BEGIN SOLUTION
    shifted = z - np.max(z, axis=1, keepdims=True)  # the same softmax, and exp cannot overflow
    return shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    ### END SOLUTION


class NeuralNetwork:
    """A network of an input layer, a hidden layer with an activation function, and an output layer with softmax.

    Parameters: W1, nn_input_dim x nn_hidden_dim; b1, 1 x nn_hidden_dim; W2, nn_hidden_dim x nn_output_dim; b2,
    1 x nn_output_dim. losses: the loss after every loss_every-th pass of fit_model.
    """

    loss_every = 1000

    def __init__(self, nn_input_dim, nn_hidden_dim, nn_output_dim, actFun_type='tanh', reg_lambda=0.01, seed=0):
        """actFun_type: 'tanh', 'sigmoid' or 'relu'; reg_lambda: the weight of the L2 regularization."""
        self.nn_input_dim = nn_input_dim
        self.nn_hidden_dim = nn_hidden_dim
        self.nn_output_dim = nn_output_dim
        self.actFun_type = actFun_type
        self.reg_lambda = reg_lambda
        self.losses = []
        np.random.seed(seed)
        self.W1 = np.random.randn(nn_input_dim, nn_hidden_dim) / np.sqrt(nn_input_dim)
        self.b1 = np.zeros((1, nn_hidden_dim))
        self.W2 = np.random.randn(nn_hidden_dim, nn_output_dim) / np.sqrt(nn_hidden_dim)
        self.b2 = np.zeros((1, nn_output_dim))

    def actFun(self, z, type):
        """The activation function, element by element.

        z: the net input, of any shape, also with large numbers. type: 'Tanh', 'Sigmoid' or 'ReLU', large or small
        letters. Returns an array of z's shape.
        """
        name = activation_name(type)
        # TODO: return the function of this name ('tanh', 'sigmoid' or 'relu').
        ### BEGIN SOLUTION
        if name == 'tanh':
            return np.tanh(z)
        if name == 'relu':
            return np.maximum(z, 0)
        small = np.exp(-np.abs(z))  # at most 1: exp of a large number would overflow
        return np.where(z >= 0, 1, small) / (1 + small)
        ### END SOLUTION

    def diff_actFun(self, z, type):
        """The derivative of the activation function, element by element, at the net input z (not at a = actFun(z)).

        z and type: as for actFun. Returns an array of z's shape. That of ReLU at 0 is taken as 0.
        """
        name = activation_name(type)
        # TODO: return the derivative of the function of this name.
        ### BEGIN SOLUTION
        if name == 'relu':
            return (z > 0).astype(float)
        a = self.actFun(z, name)
        return 1 - a ** 2 if name == 'tanh' else a * (1 - a)
        ### END SOLUTION

    def feedforward(self, X, actFun):
        """Equations (1) to (4), for all rows of X: N x nn_input_dim.

        actFun: a function of one argument, the net input. Stores self.z1 and self.a1, N x nn_hidden_dim, self.z2 and
        self.probs, N x nn_output_dim. Returns nothing.
        """
        # TODO: store self.z1, self.a1, self.z2 and self.probs.
        ### BEGIN SOLUTION
        self.z1 = X @ self.W1 + self.b1
        self.a1 = actFun(self.z1)
        self.z2 = self.a1 @ self.W2 + self.b2
        self.probs = np.exp(log_softmax(self.z2))
        ### END SOLUTION

    def calculate_loss(self, X, y):
        """The mean cross-entropy, Equation (5), and the L2 regularization of the weights, Equation (6): a number.

        X: N x nn_input_dim; y: N integers, the labels. Finite also where a probability is too small for a float.
        """
        num_examples = len(X)
        self.feedforward(X, self._activate)
        # TODO: let data_loss be the sum over the examples of their cross-entropy, not yet divided by N.
        ### BEGIN SOLUTION
        data_loss = -np.sum(log_softmax(self.z2)[np.arange(num_examples), y])
        ### END SOLUTION
        data_loss += self.reg_lambda / 2 * (np.sum(self.W1 ** 2) + np.sum(self.W2 ** 2))
        return data_loss / num_examples

    def predict(self, X):
        """The most probable label of each row of X: N integers."""
        self.feedforward(X, self._activate)
        return np.argmax(self.probs, axis=1)

    def backprop(self, X, y):
        """The gradients of the cross-entropy, as sums over the examples: not divided by N, without regularization.

        X and y: as for calculate_loss. Uses what the feedforward of this X before it has stored, and changes nothing of
        it. Returns dW1, dW2, db1, db2, of the shapes of W1, W2, b1, b2.
        """
        # TODO: compute and return the four gradients.
        ### BEGIN SOLUTION
        dz2 = self.probs - np.eye(self.nn_output_dim)[y]
        dW2 = self.a1.T @ dz2
        db2 = np.sum(dz2, axis=0, keepdims=True)
        dz1 = dz2 @ self.W2.T * self.diff_actFun(self.z1, self.actFun_type)
        dW1 = X.T @ dz1
        db1 = np.sum(dz1, axis=0, keepdims=True)
        return dW1, dW2, db1, db2
        ### END SOLUTION

    def fit_model(self, X, y, epsilon=0.01, num_passes=20000, print_loss=True):
        """Train by gradient descent, each step on all examples. epsilon: the learning rate, for summed gradients."""
        self.losses = []
        for i in range(num_passes):
            self.feedforward(X, self._activate)
            dW1, dW2, db1, db2 = self.backprop(X, y)
            dW1 += self.reg_lambda * self.W1
            dW2 += self.reg_lambda * self.W2
            self.W1 -= epsilon * dW1
            self.b1 -= epsilon * db1
            self.W2 -= epsilon * dW2
            self.b2 -= epsilon * db2
            self.note_loss(i, X, y, print_loss)

    def note_loss(self, i, X, y, print_loss):
        """After pass i: if it is a loss_every-th, keep the loss in self.losses, and print it if that is wanted."""
        if i % self.loss_every == 0:
            self.losses.append(float(self.calculate_loss(X, y)))
            if print_loss:
                print(f'Loss after iteration {i}: {self.losses[-1]:.6f}', flush=True)

    def visualize_decision_boundary(self, X, y, axes=None):
        """Draw what the network predicts for all points of the plane; axes: see plot_decision_boundary."""
        plot_decision_boundary(self.predict, X, y, axes)

    def _activate(self, z):
        return self.actFun(z, type=self.actFun_type)


def main():
    parser = command_line.OneLineParser(prog='three_layer_neural_network.py',
                                        description='Trains a network with one hidden layer on make-moons.')
    parser.add_argument('--activation', type=str.lower, choices=ACTIVATIONS, default='tanh', help='[%(default)s]')
    parser.add_argument('--hidden', type=command_line.whole_number(1), default=3, help='hidden units [%(default)s]')
    parser.add_argument('--passes', type=command_line.whole_number(1), default=20000, help='[%(default)s]')
    parser.add_argument('--dataset', action='store_true', help='only draw the data')
    options = parser.parse_args()
    command_line.require('requirements.txt', 'sklearn', 'matplotlib')

    X, y = generate_data()
    if options.dataset:
        with plots.drawing('dataset') as axes:
            plots.scatter(axes, X, y)
        return
    model = NeuralNetwork(2, options.hidden, 2, actFun_type=options.activation)
    model.fit_model(X, y, num_passes=options.passes)
    print(f'training accuracy {np.mean(model.predict(X) == y):.3f}')
    model.visualize_decision_boundary(X, y)


if __name__ == '__main__':
    sys.exit(command_line.run_main(main, 'three_layer_neural_network.py'))
