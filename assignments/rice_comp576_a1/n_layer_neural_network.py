"""A neural network of any number of layers, trained on a dataset of scikit-learn: Problem 1 (f).

    python3 n_layer_neural_network.py [--layers 2 10 10 2] [--activation tanh|sigmoid|relu] [--dataset moons|digits|...]
                                      [--passes N] [--epsilon RATE] [--reg-lambda STRENGTH] [--seed N]

--layers gives the number of layers and their sizes at once: the input, the hidden layers, the output.
"""

import sys

import command_line  # before numpy: see there

command_line.require('requirements.txt', 'numpy')

import datasets  # noqa: E402
import numpy as np  # noqa: E402
from three_layer_neural_network import ACTIVATIONS, NeuralNetwork, log_softmax  # noqa: E402


class Layer:
    """A layer of a network:  z = X W + b,  a = actFun(z),  for a batch X in which each row is an example.

    W: input_dim x output_dim; b: 1 x output_dim; dW, db: their gradients, of the same shapes, None until the first
    backprop. actFun, diff_actFun: functions of the net input z, element by element.
    """

    def __init__(self, input_dim, output_dim, actFun, diff_actFun):
        self.W = np.random.randn(input_dim, output_dim) / np.sqrt(input_dim)
        self.b = np.zeros((1, output_dim))
        self.dW = self.db = None
        self.actFun, self.diff_actFun = actFun, diff_actFun

    def feedforward(self, X):
        """X: N x input_dim. Returns a, N x output_dim. Stores what backprop needs."""
        # TODO: store what you need, and return the output.
        ### BEGIN SOLUTION
        self.X = X
        self.z = X @ self.W + self.b
        return self.actFun(self.z)
        ### END SOLUTION

    def backprop(self, da):
        """The backward pass of the last feedforward. da: N x output_dim, the gradient with respect to its output.

        Stores self.dW and self.db, as sums over the examples. Returns the gradient with respect to X, N x input_dim.
        """
        # TODO: store the two gradients, and return the third.
        ### BEGIN SOLUTION
        dz = da * self.diff_actFun(self.z)
        self.dW = self.X.T @ dz
        self.db = np.sum(dz, axis=0, keepdims=True)
        return dz @ self.W.T
        ### END SOLUTION


class DeepNeuralNetwork(NeuralNetwork):
    """A network of n layers: hidden layers with an activation function, and an output layer with softmax.

    layers: the list of Layer, front to back; the output layer's activation is the identity, softmax comes after it.
    z: its net inputs, N x (number of classes); probs: the softmax of these. Both are set by feedforward.
    """

    def __init__(self, layer_sizes, actFun_type='tanh', reg_lambda=0.01, seed=0):
        """layer_sizes: such as [2, 10, 10, 2], input first. The weights come from one stream of random numbers, front
        to back, so [2, 3, 2] is the network of NeuralNetwork(2, 3, 2)."""
        if len(layer_sizes) < 2:
            raise ValueError(f'a network has an input and an output; layer_sizes is {layer_sizes}')
        # Not super().__init__(): that would draw weights for two layers.
        self.layer_sizes, self.actFun_type, self.reg_lambda = list(layer_sizes), actFun_type, reg_lambda
        self.losses = []
        np.random.seed(seed)
        *hidden, output = zip(layer_sizes, layer_sizes[1:])
        self.layers = [Layer(*sizes, self._activate, self._differentiate) for sizes in hidden]
        self.layers.append(Layer(*output, lambda z: z, np.ones_like))

    def feedforward(self, X, actFun=None):
        """The forward pass. X: N x layer_sizes[0]. Stores self.z and self.probs, N x layer_sizes[-1].

        actFun is there because NeuralNetwork has it; the layers know their own. Returns nothing.
        """
        # TODO: store self.z and self.probs, by Layer.feedforward.
        ### BEGIN SOLUTION
        for layer in self.layers:
            X = layer.feedforward(X)
        self.z = X
        self.probs = np.exp(log_softmax(self.z))
        ### END SOLUTION

    def calculate_loss(self, X, y):
        """The mean cross-entropy and the L2 regularization of all weights, as in Equation (6): a number.

        X: N x layer_sizes[0]; y: N integers, the labels. Finite also where a probability is too small for a float.
        """
        self.feedforward(X)
        # TODO: return the loss.
        ### BEGIN SOLUTION
        data_loss = -np.sum(log_softmax(self.z)[np.arange(len(X)), y])
        squares = sum(np.sum(layer.W ** 2) for layer in self.layers)
        return (data_loss + self.reg_lambda / 2 * squares) / len(X)
        ### END SOLUTION

    def backprop(self, X, y):
        """The gradients of the cross-entropy, as sums over the examples: not divided by N, without regularization.

        X and y: as for calculate_loss, after a feedforward of this X. Stores dW and db in each layer, and returns them
        as two lists, front to back.
        """
        # TODO: compute the gradients, by Layer.backprop, and return both lists.
        ### BEGIN SOLUTION
        gradient = self.probs - np.eye(self.layer_sizes[-1])[y]
        for layer in reversed(self.layers):
            gradient = layer.backprop(gradient)
        return [layer.dW for layer in self.layers], [layer.db for layer in self.layers]
        ### END SOLUTION

    def fit_model(self, X, y, epsilon=0.01, num_passes=20000, print_loss=True):
        """Train by gradient descent, as NeuralNetwork.fit_model does, with the regularization of all weights."""
        self.losses = []
        for i in range(num_passes):
            self.feedforward(X)
            self.backprop(X, y)
            # TODO: add the derivative of the regularization to the gradients, and update W and b of all layers.
            ### BEGIN SOLUTION
            for layer in self.layers:
                layer.W -= epsilon * (layer.dW + self.reg_lambda * layer.W)
                layer.b -= epsilon * layer.db
            ### END SOLUTION
            self.note_loss(i, X, y, print_loss)

    def _differentiate(self, z):
        return self.diff_actFun(z, type=self.actFun_type)


def accuracy(model, X, y):
    """The share of right predictions, from 0 to 1."""
    return float(np.mean(model.predict(X) == y))


def main():
    parser = command_line.OneLineParser(prog='n_layer_neural_network.py',
                                        description='Trains a network of any number of layers.')
    parser.add_argument('--layers', nargs='+', type=command_line.whole_number(1), metavar='SIZE',
                        help='sizes, input first and output last [two hidden layers of 10]')
    parser.add_argument('--activation', type=str.lower, choices=ACTIVATIONS, default='tanh', help='[%(default)s]')
    parser.add_argument('--dataset', choices=datasets.NAMES, default='moons', help='[%(default)s]')
    parser.add_argument('--passes', type=command_line.whole_number(1), default=20000, help='[%(default)s]')
    parser.add_argument('--epsilon', type=command_line.positive_number,
                        help='learning rate, for summed gradients [0.01 for moons; less for more examples]')
    parser.add_argument('--reg-lambda', type=float, default=0.01, help='weight of the regularization [%(default)s]')
    parser.add_argument('--seed', type=command_line.whole_number(0), default=0, help='[%(default)s]')
    options = parser.parse_args()
    if not 0 <= options.reg_lambda < float('inf'):
        parser.error('--reg-lambda has to be a number >= 0')
    command_line.require('requirements.txt', 'sklearn', 'matplotlib')

    data = datasets.load(options.dataset)
    sizes = options.layers or [data.num_features, 10, 10, data.num_classes]
    if len(sizes) < 2 or sizes[0] != data.num_features or sizes[-1] != data.num_classes:
        parser.error(f'{options.dataset} has {data.num_features} features and {data.num_classes} classes: --layers '
                     f'has to begin with {data.num_features} and end with {data.num_classes}')
    model = DeepNeuralNetwork(sizes, options.activation, options.reg_lambda, options.seed)
    with np.errstate(all='ignore'):  # a training that fails is reported below
        model.fit_model(data.X, data.y, options.epsilon or data.epsilon, options.passes)
        loss = model.calculate_loss(data.X, data.y)
    if not np.isfinite(loss):
        raise command_line.UserError(f'the loss is {loss}: the training has failed; try a smaller --epsilon')
    print(f'loss {loss:.6f}, accuracy: training {accuracy(model, data.X, data.y):.3f}, '
          f'test {accuracy(model, data.X_test, data.y_test):.3f}')
    if data.num_features == 2:
        model.visualize_decision_boundary(data.X, data.y)


if __name__ == '__main__':
    sys.exit(command_line.run_main(main, 'n_layer_neural_network.py'))
