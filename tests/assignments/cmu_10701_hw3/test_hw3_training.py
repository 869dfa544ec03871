"""hw3_sol: the network, its training step by step beside slow code, and what train_network returns."""

import math

import hw3_sol
import numpy as np
import pytest
from hw3_lib import Linear, Module, ReLU, Sigmoid
from hw3_sol import MultiLayerPerceptron, define_network, init_linear_params, train_network


def small_dataset(seed=3, train=7, test=4, features=5, classes=3):
    rng = np.random.default_rng(seed)
    return {'train_x': rng.uniform(0, 1, (train, features)), 'train_y': rng.integers(0, classes, train),
            'test_x': rng.uniform(0, 1, (test, features)), 'test_y': rng.integers(0, classes, test)}


def slow_training(weights, dataset, num_epoch, learning_rate, batch_size):
    """The six results for linear - sigmoid - linear, example by example as in Algorithm 1, after Section 1's formulas.

    weights: alpha and beta, a row for each unit, the biases in the first column.
    """
    alpha, beta = (np.array(matrix) for matrix in weights)

    def forward(x):
        z = np.array([1] + [1 / (1 + math.exp(-a)) for a in alpha @ np.append(1, x)])
        b = beta @ z
        exponentials = [math.exp(value) for value in b]
        return z, np.array(exponentials) / sum(exponentials)

    results = {f'{which}_{what}': [] for what in ('loss', 'accuracy') for which in ('train', 'test')}
    for _ in range(num_epoch):
        for start in range(0, len(dataset['train_x']), batch_size):
            xs, ys = (dataset[key][start:start + batch_size] for key in ('train_x', 'train_y'))
            g_alpha, g_beta = np.zeros(alpha.shape), np.zeros(beta.shape)
            for x, y in zip(xs, ys):
                z, y_hat = forward(x)
                db = y_hat - np.eye(len(beta))[y]
                g_beta += np.outer(db, z)
                g_alpha += np.outer(beta[:, 1:].T @ db * z[1:] * (1 - z[1:]), np.append(1, x))
            alpha -= learning_rate * g_alpha / len(xs)
            beta -= learning_rate * g_beta / len(xs)
        for which in ('train', 'test'):
            y_hats = [forward(x)[1] for x in dataset[f'{which}_x']]
            labels = dataset[f'{which}_y']
            results[f'{which}_loss'].append(sum(-math.log(p[y]) for p, y in zip(y_hats, labels)) / len(labels))
            results[f'yhat_{which}'] = [max(range(len(p)), key=list(p).__getitem__) for p in y_hats]
            hits = sum(y == yhat for y, yhat in zip(labels, results[f'yhat_{which}']))
            results[f'{which}_accuracy'].append(hits / len(labels))
    return results


# ---- the network -----------------------------------------------------------------------------------------------------

def test_initial_parameters_are_drawn_weights_first():
    # numpy's RandomState(0).random_sample: .5488135039, .7151893664, .6027633761, .5448831830, .4236547993, ...
    np.random.seed(0)
    weights, biases = init_linear_params(1, 4)  # s = 1/2: each number minus 1/2
    assert weights == pytest.approx(np.array([[0.0488135039, 0.2151893664, 0.1027633761, 0.0448831830]]), abs=1e-9)
    assert biases.shape == (1, 4) and biases[0, 0] == pytest.approx(-0.0763452007, abs=1e-9)
    weights, biases = init_linear_params(6, 9)
    assert (weights.shape, biases.shape) == ((6, 9), (1, 9))
    assert -1 / 3 <= min(weights.min(), biases.min()) and max(weights.max(), biases.max()) < 1 / 3


def test_define_network_draws_from_front_to_back():
    model = define_network(6, size_input=5, size_output=3, seed=42)
    assert [type(layer) for layer in model.layers] == [Linear, Sigmoid, Linear]
    stream = np.random.RandomState(42).random_sample(5 * 6 + 6 + 6 * 3 + 3) * 2 - 1
    drawn = [model.layers[0].weights, model.layers[0].biases, model.layers[2].weights, model.layers[2].biases]
    assert [array.shape for array in drawn] == [(5, 6), (1, 6), (6, 3), (1, 3)]
    scales = np.repeat([1 / math.sqrt(6), 1 / math.sqrt(3)], [36, 21])
    assert np.concatenate([array.ravel() for array in drawn]) == pytest.approx(stream * scales, abs=1e-15)


def test_define_network_has_the_sizes_and_the_seed_of_the_text_by_default():
    model = define_network(256)
    assert [layer.weights.shape for layer in model.layers[::2]] == [(784, 256), (256, 10)]
    np.random.seed(10701)
    assert np.array_equal(model.layers[0].weights, np.random.uniform(-1 / 16, 1 / 16, (784, 256)))


def test_layers_are_called_in_order_and_in_reverse():
    calls = []

    class Add(Module):
        def __init__(self, number):
            self.number = number

        def forward(self, x):
            calls.append(('forward', self.number, x))
            return x + self.number

        def backward(self, g):
            calls.append(('backward', self.number, g))
            return g * self.number

    class Criterion:
        def backward(self):
            return 7
    model = MultiLayerPerceptron([Add(2), Add(3)])
    assert model(10) == 15
    model.backward(Criterion())
    assert calls == [('forward', 2, 10), ('forward', 3, 12), ('backward', 3, 7), ('backward', 2, 21)]


# ---- its training ----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize('batch_size', [1, 3, 7, 50])  # 3: the last batch is smaller
def test_training_is_that_of_slow_code(batch_size):
    dataset, options = small_dataset(), {'num_epoch': 4, 'learning_rate': 0.7, 'batch_size': batch_size}
    model = define_network(6, size_input=5, size_output=3, seed=8)
    first, _, last = model.layers
    weights = [np.hstack([layer.biases.T, layer.weights.T]) for layer in (first, last)]
    wanted = slow_training(weights, dataset, **options)
    results = train_network(model, dataset, **options)
    assert set(results) == set(wanted)
    for name in wanted:
        assert results[name] == pytest.approx(wanted[name], abs=1e-12), name


def test_results_are_lists_of_plain_numbers():
    results = train_network(define_network(4, 5, 3), small_dataset(), 3, 0.1, 2)
    assert [(name, len(values), {type(value) for value in values}) for name, values in results.items()] == [
        ('train_loss', 3, {float}), ('test_loss', 3, {float}), ('train_accuracy', 3, {float}),
        ('test_accuracy', 3, {float}), ('yhat_train', 7, {int}), ('yhat_test', 4, {int})]


def test_statistics_are_those_of_the_model_at_the_end_of_the_epoch():
    # One epoch with a learning rate of 0 shows the initial model; with another, the model that is left behind.
    dataset = small_dataset()
    model = define_network(4, 5, 3, seed=1)
    before = -np.log(softmax(model.forward(dataset['train_x']))[range(7), dataset['train_y']]).mean()
    assert train_network(model, dataset, 1, 0.0, 2)['train_loss'] == pytest.approx([before], abs=1e-12)
    results = train_network(model, dataset, 2, 0.9, 2)
    scores = model.forward(dataset['test_x'])
    assert results['test_loss'][-1] == pytest.approx(
        -np.log(softmax(scores)[range(4), dataset['test_y']]).mean(), abs=1e-12)
    assert results['yhat_test'] == scores.argmax(axis=1).tolist()
    assert results['test_loss'][0] != results['test_loss'][1]


def softmax(scores):
    return np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)


def test_the_data_are_not_changed_nor_shuffled_and_the_seed_is_set():
    dataset = small_dataset()
    for array in dataset.values():
        array.setflags(write=False)
    seen = []

    class Watching(MultiLayerPerceptron):
        def forward(self, x):
            seen.append(x.tolist())
            return super().forward(x)
    model = Watching(define_network(4, 5, 3).layers)
    train_network(model, dataset, 1, 0.1, 3, seed=77)
    x = dataset['train_x'].tolist()
    assert seen[:3] == [x[:3], x[3:6], x[6:]]
    assert np.random.random() == np.random.RandomState(77).random_sample()


def test_two_hidden_layers_with_relu_learn():
    np.random.seed(2)
    layers = [Linear(init_linear_params(2, 16)), ReLU(), Linear(init_linear_params(16, 8)), ReLU(),
              Linear(init_linear_params(8, 2))]
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float)
    dataset = {'train_x': x, 'train_y': np.array([0, 1, 1, 0]), 'test_x': x, 'test_y': np.array([0, 1, 1, 0])}
    results = train_network(MultiLayerPerceptron(layers), dataset, 500, 0.3, 4)
    assert results['yhat_test'] == [0, 1, 1, 0] and results['train_loss'][-1] < 0.05
    assert results['train_loss'] == results['test_loss']


def test_the_first_epoch_on_the_digits():
    # Published with the homework: 784 - 256 sigmoid - 10 after one epoch, and after 40 the public tests.
    results = train_network(define_network(256), hw3_sol.load_data(), 1, learning_rate=0.01, batch_size=50)
    assert results['train_loss'] == pytest.approx([2.7725119898066857], abs=1e-9)
    assert results['test_loss'] == pytest.approx([2.7698385706061943], abs=1e-9)
    assert (results['train_accuracy'], results['test_accuracy']) == ([0.1], [0.1])
