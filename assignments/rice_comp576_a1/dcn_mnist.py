"""A deep convolutional network that reads the digits of MNIST, and its training: Problem 2.

    python3 dcn_mnist.py [--quick] [--epochs N] [--name NAME] [--resume] [--no-statistics]
                         [--non-linearity relu|tanh|sigmoid|leaky-relu|elu|maxout] [--initialization pytorch|xavier|he]
                         [--optimizer adam|sgd|momentum|adagrad] [--learning-rate RATE]

Each run has a folder of its own, runs/NAME, with its event files for TensorBoard and its checkpoint. Ctrl-C stops it
after the current iteration; --resume continues where it was. It needs get_data.py to have been run once.
"""

import sys
import time

import command_line

command_line.require('requirements-dcn.txt', 'numpy', 'torch', 'tensorboard')

import dcn_monitor  # noqa: E402
import dcn_run  # noqa: E402
import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402
from torch import nn  # noqa: E402


class Maxout(nn.Module):
    """Maxout (Goodfellow et al., 2013): of each group of `pieces` net inputs only the largest goes on.

    A layer before it has `pieces` times as many outputs as are wanted after it.
    """

    def __init__(self, pieces=2):
        super().__init__()
        self.pieces = pieces

    def forward(self, z):
        """z: N x (pieces * C) x ..., where channels c * pieces to (c + 1) * pieces - 1 belong to output c.

        Returns N x C x ..., the same dimensions after the second one.
        """
        # TODO (c): return the largest of each group.
        ### BEGIN SOLUTION
        return z.unflatten(1, (-1, self.pieces)).amax(dim=2)
        ### END SOLUTION


# Each makes a new module. Others can be added here.
NON_LINEARITIES = {'relu': nn.ReLU, 'tanh': nn.Tanh, 'sigmoid': nn.Sigmoid, 'leaky-relu': nn.LeakyReLU, 'elu': nn.ELU,
                   'maxout': Maxout}


class Net(nn.Module):
    """The network of Problem 2, with another non-linearity in place of ReLU where one is given:

        conv1(5-5-1-32) - ReLU - maxpool(2-2) - conv2(5-5-32-64) - ReLU - maxpool(2-2) - fc(1024) - ReLU - DropOut(0.5)
        - Softmax(10)

    The convolutions have no padding and stride 1. The parts: self.conv1, self.conv2, self.pool, self.fc1, self.fc2 (the
    linear layer whose ten outputs softmax is applied to), self.dropout; self.non_linearity is given.
    """

    def __init__(self, non_linearity='relu'):
        """non_linearity: a key of NON_LINEARITIES. For maxout, conv1, conv2 and fc1 have twice as many outputs."""
        super().__init__()
        self.non_linearity = NON_LINEARITIES[non_linearity]()
        pieces = getattr(self.non_linearity, 'pieces', 1)  # net inputs for each activation
        # TODO: make the other parts, in the order in which they are used.
        ### BEGIN SOLUTION
        self.conv1 = nn.Conv2d(1, 32 * pieces, 5)
        self.pool = nn.MaxPool2d(2, 2)
        self.conv2 = nn.Conv2d(32, 64 * pieces, 5)
        self.fc1 = nn.Linear(64 * 4 * 4, 1024 * pieces)
        self.dropout = nn.Dropout(0.5)
        self.fc2 = nn.Linear(1024, 10)
        ### END SOLUTION

    def forward(self, x, terms=None):
        """The logarithms of the probabilities of the ten digits.

        x: N x 1 x 28 x 28. Returns N x 10: the logarithm of softmax, which is computed in one, as softmax alone can
        give 0. terms: a dict; where it is given, it receives what part (b) watches, by these names: conv1/net_inputs,
        conv1/activations, conv1/pooled, the same three of conv2, fc1/net_inputs, fc1/activations, fc2/net_inputs.
        """
        terms = {} if terms is None else terms
        # TODO: compute the layers one after the other, and store what is watched.
        ### BEGIN SOLUTION
        for name, layer in (('conv1', self.conv1), ('conv2', self.conv2)):
            terms[f'{name}/net_inputs'] = layer(x)
            terms[f'{name}/activations'] = self.non_linearity(terms[f'{name}/net_inputs'])
            terms[f'{name}/pooled'] = x = self.pool(terms[f'{name}/activations'])
        terms['fc1/net_inputs'] = self.fc1(x.flatten(1))  # N x 64 x 4 x 4 -> N x 1024 -> N x 1024
        terms['fc1/activations'] = self.non_linearity(terms['fc1/net_inputs'])
        terms['fc2/net_inputs'] = self.fc2(self.dropout(terms['fc1/activations']))
        return F.log_softmax(terms['fc2/net_inputs'], dim=1)
        ### END SOLUTION


def initialize(net, method):
    """Give the layers of a network their initial weights.

    method: 'pytorch' leaves them as PyTorch makes them. 'xavier' draws all weights by Xavier's uniform distribution
    (Glorot and Bengio, 2010), 'he' by He's normal one for ReLU (He et al., 2015), by the number of inputs; biases are
    then 0.
    """
    if method == 'pytorch':
        return
    # TODO (c): go through the convolutional and linear layers of net.
    ### BEGIN SOLUTION
    draw = {'xavier': nn.init.xavier_uniform_,
            'he': lambda weight: nn.init.kaiming_normal_(weight, nonlinearity='relu')}[method]
    for layer in net.modules():
        if isinstance(layer, (nn.Conv2d, nn.Linear)):
            draw(layer.weight)
            nn.init.zeros_(layer.bias)
    ### END SOLUTION


def make_optimizer(net, name, learning_rate):
    """An optimizer of torch.optim for all parameters of a network.

    name: 'adam', 'sgd' (plain), 'momentum' (SGD with momentum 0.9) or 'adagrad'; all else is as PyTorch sets it.
    """
    # TODO: return the optimizer; begin with adam.
    ### BEGIN SOLUTION
    parameters = net.parameters()
    if name == 'adam':
        return torch.optim.Adam(parameters, lr=learning_rate)
    if name == 'adagrad':
        return torch.optim.Adagrad(parameters, lr=learning_rate)
    return torch.optim.SGD(parameters, lr=learning_rate, momentum={'sgd': 0, 'momentum': 0.9}[name])
    ### END SOLUTION


def train(net, optimizer, batches, monitor):
    """Train for an epoch, or for what is left of it.

    batches: pairs of images, N x 1 x 28 x 28, and labels, N integers; monitor: a dcn_monitor.Monitor, which is to be
    called after each of them, as monitor.iteration(net, loss, terms), with the terms that Net.forward gives.
    The loss is the mean negative logarithm of the probability of the right digit.
    """
    net.train()  # dropout is at work
    for images, labels in batches:
        # TODO: one iteration: the forward pass, the loss, its gradients, the step, and the call of the monitor.
        ### BEGIN SOLUTION
        watched = {}
        loss = F.nll_loss(net(images, watched), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        monitor.iteration(net, loss.item(), watched)
        ### END SOLUTION


def error_rate(net, batches):
    """The share of images, from 0 to 1, for which the most probable digit is not the right one.

    batches: as for train. Dropout is off, no gradients are computed, and the network is not changed.
    """
    net.eval()
    wrong = total = 0
    with torch.no_grad():
        for images, labels in batches:
            # TODO: count, in wrong and in total.
            ### BEGIN SOLUTION
            wrong += (net(images).argmax(dim=1) != labels).sum().item()
            total += len(labels)
            ### END SOLUTION
    return wrong / total


def evaluate(net, data):
    """The error rates on two of the three parts of the data: {'validation': ..., 'test': ...}."""
    return {name: error_rate(net, dcn_run.batches(*data[name], dcn_run.EVALUATION_BATCH))
            for name in ('validation', 'test')}


def run_epochs(net, optimizer, data, monitor, settings, num_epochs, save, stop):
    """Train up to num_epochs; returns True, or False if it was stopped before. What it did is saved either way.

    save: saves the run's state; stop: a dcn_run.StopRequest.
    """
    images, labels = data['train']
    batch_size, num_images = settings['batch_size'], len(labels)
    per_epoch = -(-num_images // batch_size)  # iterations, the last one smaller if need be
    while monitor.step < num_epochs * per_epoch and not stop.is_set:
        epoch, done = divmod(monitor.step, per_epoch)
        order = dcn_run.epoch_order(num_images, settings['seed'], epoch)[done * batch_size:]
        train(net, optimizer, stop.until_set(dcn_run.batches(images, labels, batch_size, order)), monitor)
        if monitor.step == (epoch + 1) * per_epoch:
            errors = evaluate(net, data)
            monitor.errors(**errors)
            command_line.show_progress('')
            print(f'epoch {epoch + 1:2}, iteration {monitor.step:5}: validation error {errors["validation"]:.2%}, '
                  f'test error {errors["test"]:.2%}', flush=True)
        save()
    return monitor.step >= num_epochs * per_epoch


def main(arguments=None):
    options, settings, checkpoint = dcn_run.read_options(NON_LINEARITIES, arguments)
    folder, device = options.runs / options.name, dcn_run.find_device()
    data = dcn_run.load_data(options.data, device, settings['quick'])

    torch.manual_seed(settings['seed'])
    net = Net(settings['non_linearity'])
    initialize(net, settings['initialization'])
    net.to(device)
    optimizer = make_optimizer(net, settings['optimizer'], settings['learning_rate'])
    if checkpoint:
        dcn_run.restore(checkpoint, net, optimizer)
    command_line.make_folder(folder)
    monitor = dcn_monitor.Monitor(folder, checkpoint, options.statistics)
    start = time.monotonic() - (checkpoint['seconds'] if checkpoint else 0)

    def save():
        dcn_run.save_checkpoint(folder, settings, net, optimizer, monitor, time.monotonic() - start)

    print(f'{folder}: {len(data["train"][1])} images for training, {len(data["validation"][1])} for validation, '
          f'{len(data["test"][1])} for testing; on {device}', flush=True)
    try:
        with dcn_run.StopRequest() as stop:
            if not run_epochs(net, optimizer, data, monitor, settings, options.epochs, save, stop):
                command_line.show_progress('')
                print(f'stopped after iteration {monitor.step}; the same command with --resume continues')
                return 130
            test_error = error_rate(net, dcn_run.batches(*data['test'], dcn_run.EVALUATION_BATCH))
    except dcn_monitor.DivergedError as error:
        raise command_line.UserError(f'{error}: try a smaller --learning-rate or another --initialization') from None
    finally:
        monitor.close()
    print(f'test accuracy {1 - test_error:.2%} after {monitor.step} iterations, {(time.monotonic() - start) / 60:.1f} '
          'minutes in all')
    return 0


if __name__ == '__main__':
    sys.exit(command_line.run_main(main, 'dcn_mnist.py'))
