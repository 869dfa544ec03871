"""In the child: how the network of Problem 2 is looked at. All of it reaches the student's code: no answers.

The form of an exercise is that of instructor/sandbox/workers/call_functions.py.
"""
import numpy as np
import torch

_randomly = np.random.RandomState


def shapes(modules, kept, results, *, non_linearity, result):
    """The shapes of all parameters of a Net, the smallest first, in words."""
    net = modules['dcn_mnist'].Net(non_linearity)
    results[result] = ', '.join('x'.join(map(str, shape)) for shape in sorted(
        (tuple(parameter.shape) for parameter in net.parameters()), key=lambda shape: (len(shape), shape)))


def forward(modules, kept, results, x, *, non_linearity, seed):
    """What a Net with certain parameters gives for images, when it is not training."""
    net = _net(modules, non_linearity, seed)
    net.eval()
    with torch.no_grad():
        results['output'] = net(torch.from_numpy(x).float()).double().numpy()


def dropout(modules, kept, results, x, *, non_linearity, seed, passes):
    """What the last layer of a Net gets for the same images, in each of these passes: name -> whether it trains."""
    net, given = _net(modules, non_linearity, seed), []
    net.fc2.register_forward_pre_hook(
        lambda layer, inputs, named: given.append([*inputs, *named.values()][0].numpy().copy()), with_kwargs=True)
    with torch.no_grad():
        for name, is_training in passes.items():
            net.train(is_training)
            net(torch.from_numpy(x).float())
            results[name] = given[-1]


def _net(modules, non_linearity, seed):
    """A Net whose parameters depend on their shapes and the seed only."""
    net, random = modules['dcn_mnist'].Net(non_linearity), _randomly(seed)
    with torch.no_grad():
        for parameter in sorted(net.parameters(), key=lambda parameter: (len(parameter.shape), *parameter.shape)):
            size = 2 * parameter[0].numel() ** -0.5
            parameter.copy_(torch.from_numpy(random.uniform(-size, size, tuple(parameter.shape))))
    return net
