"""The convolutional network: its architecture, its parts by hand and by slow loops, its training step."""

import math

import numpy as np
import pytest

torch = pytest.importorskip('torch', reason='part 2 needs torch: requirements-dcn.txt')
pytest.importorskip('tensorboard', reason='part 2 needs tensorboard: requirements-dcn.txt')

import dcn_mnist
import dcn_monitor
import dcn_run
import rice_copy

torch.set_num_threads(1)


@pytest.fixture
def net():
    torch.manual_seed(0)
    return dcn_mnist.Net()


def images(number, seed=0):
    return torch.randn(number, 1, 28, 28, generator=torch.Generator().manual_seed(seed))


class Watch:
    """A monitor that keeps what it is given."""

    def __init__(self):
        self.losses, self.terms = [], []

    def iteration(self, net, loss, terms):
        self.losses.append(loss)
        self.terms.append(terms)


# ---- the network -----------------------------------------------------------------------------------------------------

def test_the_architecture_is_that_of_the_text(net):
    shapes = {name: tuple(tensor.shape) for name, tensor in net.state_dict().items()}
    assert shapes == {'conv1.weight': (32, 1, 5, 5), 'conv1.bias': (32,), 'conv2.weight': (64, 32, 5, 5),
                      'conv2.bias': (64,), 'fc1.weight': (1024, 1024), 'fc1.bias': (1024,), 'fc2.weight': (10, 1024),
                      'fc2.bias': (10,)}
    assert sum(tensor.numel() for tensor in net.parameters()) == 1_111_946
    assert net.dropout.p == 0.5 and net.pool.kernel_size == 2 and net.pool.stride == 2
    assert isinstance(net.non_linearity, torch.nn.ReLU)


def test_what_is_watched_has_its_shapes(net):
    terms = {}
    output = net(images(3), terms)
    assert {name: tuple(tensor.shape) for name, tensor in terms.items()} == {
        'conv1/net_inputs': (3, 32, 24, 24), 'conv1/activations': (3, 32, 24, 24), 'conv1/pooled': (3, 32, 12, 12),
        'conv2/net_inputs': (3, 64, 8, 8), 'conv2/activations': (3, 64, 8, 8), 'conv2/pooled': (3, 64, 4, 4),
        'fc1/net_inputs': (3, 1024), 'fc1/activations': (3, 1024), 'fc2/net_inputs': (3, 10)}
    assert output.shape == (3, 10)
    assert torch.equal(output.exp().sum(dim=1).round(decimals=5), torch.ones(3))


def test_the_forward_pass_is_that_of_a_slow_loop(net):
    net.eval()
    net.double()
    x, terms = images(1).double(), {}
    output = net(x, terms)
    weights = {name: tensor.detach().numpy() for name, tensor in net.state_dict().items()}
    a = x[0].numpy()  # channels x height x width
    for layer in ('conv1', 'conv2'):
        W, b = weights[f'{layer}.weight'], weights[f'{layer}.bias']
        side = a.shape[1] - 4
        z = np.array([[[np.sum(filter * a[:, i:i + 5, j:j + 5]) for j in range(side)] for i in range(side)]
                      for filter in W]) + b[:, None, None]
        np.testing.assert_allclose(terms[f'{layer}/net_inputs'][0].detach(), z, rtol=1e-9, atol=1e-12)
        a = np.array([[[max(0, channel[2 * i:2 * i + 2, 2 * j:2 * j + 2].max()) for j in range(side // 2)]
                       for i in range(side // 2)] for channel in z])
    hidden = np.maximum(0, weights['fc1.weight'] @ a.ravel() + weights['fc1.bias'])
    scores = weights['fc2.weight'] @ hidden + weights['fc2.bias']
    expected = scores - math.log(np.sum(np.exp(scores)))
    np.testing.assert_allclose(output[0].detach(), expected, rtol=1e-9, atol=1e-12)


def test_the_probabilities_stay_finite_for_large_scores(net):
    net.eval()
    with torch.no_grad():
        net.fc2.weight *= 1e5
        output = net(images(4))
    assert torch.isfinite(output).all() and output.min() < -1000


def test_dropout_halves_the_activations_in_training_only(net):
    kept = []
    net.fc2.register_forward_hook(lambda module, inputs, output: kept.append(inputs[0]))
    terms = {}
    net.train()
    net(images(20), terms)
    activations = terms['fc1/activations']
    positive = activations > 0
    is_zero = kept[0][positive] == 0
    assert 0.4 < is_zero.double().mean() < 0.6
    assert torch.equal(kept[0][positive][~is_zero], 2 * activations[positive][~is_zero])
    net.eval()
    net(images(20), terms)
    assert torch.equal(kept[1], terms['fc1/activations'])


# ---- non-linearities, initialization, optimizers ---------------------------------------------------------------------

def test_maxout_keeps_the_largest_of_each_group():
    z = torch.tensor([[1., 5., -2., -3., 0., 7.]])
    assert dcn_mnist.Maxout()(z).tolist() == [[5., -2., 7.]]
    assert dcn_mnist.Maxout(pieces=3)(z).tolist() == [[5., 7.]]
    z = torch.arange(16.).reshape(1, 4, 2, 2)  # channels 0 and 1, 2 and 3
    assert torch.equal(dcn_mnist.Maxout()(z), z[:, [1, 3]])


@pytest.mark.parametrize('name, expected', [
    ('relu', [0, 0, 2]), ('tanh', [math.tanh(-1), 0, math.tanh(2)]),
    ('sigmoid', [1 / (1 + math.e), 0.5, 1 / (1 + math.exp(-2))]), ('leaky-relu', [-0.01, 0, 2]),
    ('elu', [math.exp(-1) - 1, 0, 2])])
def test_each_non_linearity_is_used_in_all_three_places(name, expected):
    net = dcn_mnist.Net(name)
    assert net.non_linearity(torch.tensor([-1., 0., 2.])).tolist() == pytest.approx(expected)
    terms = {}
    net(images(2), terms)
    for layer in ('conv1', 'conv2', 'fc1'):
        assert torch.equal(net.non_linearity(terms[f'{layer}/net_inputs']), terms[f'{layer}/activations'])


def test_maxout_doubles_the_net_inputs_and_leaves_the_rest():
    net, terms = dcn_mnist.Net('maxout'), {}
    net(images(2), terms)
    assert {name: tensor.shape[1] for name, tensor in terms.items()} == {
        'conv1/net_inputs': 64, 'conv1/activations': 32, 'conv1/pooled': 32, 'conv2/net_inputs': 128,
        'conv2/activations': 64, 'conv2/pooled': 64, 'fc1/net_inputs': 2048, 'fc1/activations': 1024,
        'fc2/net_inputs': 10}


def test_initial_weights_have_the_spread_of_the_papers(net):
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    dcn_mnist.initialize(net, 'pytorch')
    assert all(torch.equal(tensor, before[name]) for name, tensor in net.state_dict().items())
    inputs_and_outputs = {'conv1': (25, 800), 'conv2': (800, 1600), 'fc1': (1024, 1024), 'fc2': (1024, 10)}
    dcn_mnist.initialize(net, 'xavier')
    for layer, (inputs, outputs) in inputs_and_outputs.items():
        weight, limit = getattr(net, layer).weight, math.sqrt(6 / (inputs + outputs))
        assert 0.97 * limit < weight.abs().max() <= limit and not getattr(net, layer).bias.any()
        assert weight.std().item() == pytest.approx(limit / math.sqrt(3), rel=0.05)
    dcn_mnist.initialize(net, 'he')
    for layer, (inputs, _) in inputs_and_outputs.items():
        weight = getattr(net, layer).weight
        assert weight.std().item() == pytest.approx(math.sqrt(2 / inputs), rel=0.08)
        assert weight.abs().max() > 2.5 * math.sqrt(2 / inputs)  # normal, not uniform


@pytest.mark.parametrize('name, steps', [
    # With gradients 1 and then 1, from 0: plain steps; v = 0.9 v + g; each step the rate; rate / sqrt(sum of squares).
    ('sgd', [-0.1, -0.2]), ('momentum', [-0.1, -0.29]), ('adam', [-0.1, -0.2]),
    ('adagrad', [-0.1, -0.1 - 0.1 / math.sqrt(2)])])
def test_the_optimizers_by_hand(name, steps):
    layer = torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.zeros_(layer.weight)
    optimizer = dcn_mnist.make_optimizer(layer, name, 0.1)
    found = []
    for _ in steps:
        optimizer.zero_grad()
        layer(torch.ones(1, 1)).sum().backward()
        optimizer.step()
        found.append(layer.weight.item())
    assert found == pytest.approx(steps, rel=1e-5)


# ---- training and its error ------------------------------------------------------------------------------------------

def test_a_training_step_is_gradient_descent_on_the_mean_loss(net):
    net.double()
    net.dropout.p = 0.0
    x, y = images(4).double(), torch.tensor([3, 1, 4, 1])
    watch = Watch()
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}

    def loss():
        with torch.no_grad():
            return -net(x)[range(4), y].mean().item()

    places, slopes, h = [('conv1.weight', 7), ('conv2.weight', 1234), ('fc1.weight', 99), ('fc2.bias', 3)], [], 1e-6
    for name, place in places:
        element = net.state_dict()[name].view(-1)
        element[place] += h
        high = loss()
        element[place] -= 2 * h
        slopes.append((high - loss()) / (2 * h))
        element[place] += h
    first = loss()
    # Two steps on the same batch: of like length, as gradients must not add up over iterations.
    optimizer = dcn_mnist.make_optimizer(net, 'sgd', 1e-3)
    dcn_mnist.train(net, optimizer, [(x, y)], watch)
    assert watch.losses == [pytest.approx(first, rel=1e-9)]
    for (name, place), slope in zip(places, slopes):
        moved = net.state_dict()[name].view(-1)[place] - before[name].view(-1)[place]
        assert moved.item() == pytest.approx(-1e-3 * slope, rel=1e-4, abs=1e-12)
    middle = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    dcn_mnist.train(net, optimizer, [(x, y)], watch)
    for name, tensor in net.state_dict().items():
        first_step, second_step = middle[name] - before[name], tensor - middle[name]
        assert second_step.norm().item() == pytest.approx(first_step.norm().item(), rel=0.2)
    assert watch.losses[1] < watch.losses[0] and set(watch.terms[0]) == set(watch.terms[1]) and watch.terms[0]


def test_the_error_rate_counts_images_not_batches(net):
    net.dropout.p = 1 - 1e-9  # with dropout at work, nothing would be left
    x = images(7)
    net.eval()
    right = net(x).argmax(dim=1)
    y = right.clone()
    y[[0, 6]] = (y[[0, 6]] + 1) % 10
    net.train()
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    assert dcn_mnist.error_rate(net, [(x[:4], y[:4]), (x[4:6], y[4:6]), (x[6:], y[6:])]) == pytest.approx(2 / 7)
    assert all(torch.equal(tensor, before[name]) for name, tensor in net.state_dict().items())


def test_statistics_by_hand():
    found = dcn_monitor.statistics(torch.tensor([[1., 2.], [3., 6.]]))
    assert found == {'min': 1, 'max': 6, 'mean': 3, 'std': pytest.approx(math.sqrt((4 + 1 + 0 + 9) / 4))}
    assert all(type(value) is float for value in found.values())


# ---- data ------------------------------------------------------------------------------------------------------------

def test_the_data_are_split_and_normalized(tmp_path):
    data = dcn_run.load_data(rice_copy.write_mnist(tmp_path), torch.device('cpu'))
    assert {name: (tuple(x.shape), tuple(y.shape)) for name, (x, y) in data.items()} == {
        'train': ((550, 28, 28), (550,)), 'validation': ((50, 28, 28), (50,)), 'test': ((100, 28, 28), (100,))}
    raw = (tmp_path / 'MNIST/raw/train-labels-idx1-ubyte').read_bytes()[8:]
    assert data['train'][1].tolist() + data['validation'][1].tolist() == list(raw)
    x, y = data['train']
    order = torch.tensor([5, 0, 9])
    (first, labels), (last, _) = dcn_run.batches(x, y, 2, order)
    assert first.shape == (2, 1, 28, 28) and last.shape == (1, 1, 28, 28) and labels.tolist() == y[[5, 0]].tolist()
    assert first[0, 0, 3, 4].item() == pytest.approx((x[5, 3, 4].item() / 255 - 0.1307) / 0.3081, rel=1e-5)


def test_the_order_of_an_epoch_depends_on_seed_and_epoch_alone():
    order = dcn_run.epoch_order(1000, 3, 5)
    torch.rand(10)
    assert torch.equal(order, dcn_run.epoch_order(1000, 3, 5)) and sorted(order.tolist()) == list(range(1000))
    assert not torch.equal(order, dcn_run.epoch_order(1000, 3, 6))
    assert not torch.equal(order, dcn_run.epoch_order(1000, 4, 5))
