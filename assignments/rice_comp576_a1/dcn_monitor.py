"""What is watched while the network of dcn_mnist.py learns, and written into TensorBoard's event files.

    loss/training                     the mean loss of each group of LOSS_GROUP iterations
    LAYER/TERM/min, max, mean, std    every STATISTICS_EVERY iterations, and LAYER/TERM as a histogram
    error/validation, error/test      after each epoch: the share of images that are told wrong

LAYER is conv1, conv2, fc1, fc2; TERM is weights, biases, net_inputs, activations, pooled (see Net.forward). The step is
the number of iterations that are done. Net inputs and activations are those of the last mini-batch.
"""

import math
import time
from pathlib import Path

import torch
from command_line import show_progress
from torch.utils.tensorboard import SummaryWriter

LOSS_GROUP = 10
STATISTICS_EVERY = 100


class DivergedError(ValueError):
    """The loss or a parameter is no longer finite: the training has failed; the text says when."""


def statistics(tensor):
    """The least, the largest and the mean of all elements, and their standard deviation: part (b).

    tensor: of any shape, with at least one element. Returns a dict of four floats, 'min', 'max', 'mean', 'std'. The
    standard deviation divides by the number of elements (not by one less).
    """
    # TODO: return the four numbers.
    ### BEGIN SOLUTION
    return {'min': tensor.min().item(), 'max': tensor.max().item(), 'mean': tensor.mean().item(),
            'std': tensor.std(correction=0).item()}
    ### END SOLUTION


class Monitor:
    """Counts the iterations of a run and writes what is watched.

    step: iterations that are done; losses: those of the group that is not yet full. Both are saved with a run.
    checkpoint: a dict with these two, where a run is resumed. has_statistics: False for only the loss and the errors.
    """

    def __init__(self, folder, checkpoint=None, has_statistics=True):
        self.has_statistics = has_statistics
        self.step, self.losses = (checkpoint['step'], list(checkpoint['losses'])) if checkpoint else (0, [])
        # What an earlier run wrote after this step will be written again: whoever reads the files is told to ignore it.
        earlier = [path.name for path in Path(folder).glob('events.out.tfevents.*')]
        if earlier:  # they are read in the order of their names, which begin with the second: begin another second
            time.sleep(1)
        self.writer = SummaryWriter(str(folder), purge_step=self.step + 1 if earlier else None)

    def iteration(self, net, loss, terms):
        """Call this after each iteration. loss: a number; terms: {name: tensor} of its forward pass.

        Raises DivergedError.
        """
        self.step += 1
        self.losses.append(float(loss))
        if not math.isfinite(self.losses[-1]):
            raise DivergedError(f'the loss is {self.losses[-1]} in iteration {self.step}')
        if len(self.losses) == LOSS_GROUP:
            mean = sum(self.losses) / LOSS_GROUP
            self.writer.add_scalar('loss/training', mean, self.step)
            show_progress(f'iteration {self.step}: training loss {mean:.4f}')
            self.losses = []
        if self.has_statistics and self.step % STATISTICS_EVERY == 0:
            self.write_statistics({**parameters(net), **terms})

    def write_statistics(self, terms):
        """Statistics and histograms of tensors, {'conv1/weights': tensor, ...}. Raises DivergedError."""
        for name, tensor in terms.items():
            tensor = tensor.detach()
            if not torch.isfinite(tensor).all():
                raise DivergedError(f'{name} is no longer finite after iteration {self.step}')
            for key, value in statistics(tensor).items():
                self.writer.add_scalar(f'{name}/{key}', value, self.step)
            self.writer.add_histogram(name, tensor.cpu(), self.step)

    def errors(self, **errors):
        """The shares of images that are told wrong: errors(validation=0.02, test=0.01)."""
        for name, error in errors.items():
            self.writer.add_scalar(f'error/{name}', error, self.step)

    def flush(self):
        """Write what has been kept back, so that it is in the files."""
        self.writer.flush()

    def close(self):
        self.writer.close()


def parameters(net):
    """The weights and biases of a network under the names by which they are watched, {'conv1/weights': tensor, ...}."""
    kinds = {'weight': 'weights', 'bias': 'biases'}
    return {f'{layer}/{kinds[kind]}': tensor for name, tensor in net.named_parameters()
            for layer, kind in [name.rsplit('.', 1)]}
