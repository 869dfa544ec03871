"""One side of the comparison, in a process of its own: the networks of the mains in PyTorch, eager, on the CPU.

    python side_torch.py SCRIPT float64|float32 NUM_THREADS [dX]

does the same as side_numpy.py: an epoch of training and the evaluation for each line that comes in. First it finds out
which batch size suits the evaluation best. With `dX` it also computes the gradient with respect to the images, which
PyTorch leaves out unless somebody asks for it.
"""

import sys
import time
from pathlib import Path

import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from side_numpy import BATCH, answer, options_of, peak_MB  # noqa: E402

from data_loader import data_loader_mnist  # noqa: E402

EVALUATION_SIZES = (10, 25, 50, 100, 250, 1000)


def network(script, dropout_rate):
    first = [nn.Conv2d(1, 25, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)]
    second = [nn.Conv2d(25, 25, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*{
        'dnn_mlp': [nn.Linear(784, 1000), nn.ReLU(), nn.Dropout(dropout_rate), nn.Linear(1000, 10)],
        'dnn_cnn': [*first, nn.Flatten(), nn.Dropout(dropout_rate), nn.Linear(4900, 10)],
        'dnn_cnn_2': [*first, *second, nn.Flatten(), nn.Dropout(dropout_rate), nn.Linear(1225, 10)],
    }[script])


def train(net, optimizer, loss, X, Y, need_dX):
    net.train()
    order = torch.randperm(len(X))
    for start in range(0, len(X) - BATCH + 1, BATCH):
        indices = order[start:start + BATCH]
        x = X[indices].requires_grad_(need_dX)
        optimizer.zero_grad()
        loss(net(x), Y[indices]).backward()
        optimizer.step()


def evaluate(net, loss, X, Y, size):
    """Mean loss and accuracy."""
    net.eval()
    sum_loss, num_correct = 0.0, 0
    with torch.no_grad():
        for start in range(0, len(X), size):
            x, y = X[start:start + size], Y[start:start + size]
            scores = net(x)
            sum_loss += len(x) * loss(scores, y).item()
            num_correct += (scores.argmax(dim=1) == y).sum().item()
    return sum_loss / len(X), num_correct / len(X)


def seconds(function, *arguments):
    start = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - start


def main(script, dtype, num_threads, need_dX):
    torch.set_num_threads(num_threads)
    torch.manual_seed(2)
    options = options_of(script)
    net = network(script, options['dropout_rate']).to(dtype)
    optimizer = torch.optim.SGD(net.parameters(), lr=options['learning_rate'], momentum=options['alpha'])
    loss = nn.CrossEntropyLoss()
    data = data_loader_mnist()
    shape = (-1, 784) if script == 'dnn_mlp' else (-1, 1, 28, 28)
    (X, X_valid), (Y, Y_valid) = ([torch.from_numpy(part) for part in data[first:4:2]] for first in (0, 1))
    X, X_valid = (part.reshape(shape).to(dtype) for part in (X, X_valid))
    Y, Y_valid = Y.ravel(), Y_valid.ravel()

    trials = {size: min(seconds(evaluate, net, loss, X[:1000], Y[:1000], size) for _ in range(3))
              for size in EVALUATION_SIZES}
    size = min(trials, key=trials.get)
    answer(ready=True)
    clock = time.process_time if num_threads == 1 else time.perf_counter  # as in side_numpy.py
    for _ in sys.stdin:
        start = clock()
        train(net, optimizer, loss, X, Y, need_dX)
        evaluate(net, loss, X, Y, size)
        _, accuracy = evaluate(net, loss, X_valid, Y_valid, size)
        answer(seconds=clock() - start, accuracy=accuracy, peak_MB=peak_MB())


if __name__ == '__main__':
    main(sys.argv[1], getattr(torch, sys.argv[2]), int(sys.argv[3]), 'dX' in sys.argv[4:])
