"""The public tests: solved files pass, a blank handout does not, what they expect is what was published."""

import gt_copy
import numpy as np
import pytest

from instructor.publishing import blanks


@pytest.mark.parametrize('file, name, place, value, last, total, size', [
    # The largest entry and its place, the last one, the sum, and the sum of the sizes of the arrays that were published
    # with the homework: from outside this project.
    ('network', 'softmax_W1', (493, 7), -0.07699811072815761, 0.0, -1.195903432530093, 43.940431984211216),
    ('network', 'two_layer_W1', (323, 112), 9.192287633411803e-05, 0.0, 0.026847707369434065, 0.6876440669325721),
    ('network', 'two_layer_W2', (74, 9), 0.027207022405493553, 0.026861846548873754, 0, 9.996327015742008),
    ('network', 'two_layer_b1', (30,), -4.6838367987061566e-05, 6.550852630000706e-06, 0.0001372728351803066,
     0.0017250111902090627),
    ('network', 'two_layer_b2', (9,), 0.053849106959159315, 0.053849106959159315, 0, 0.1562046336031669),
    ('network', 'softmax_loss', (), 2.3029035854236732, 2.3029035854236732, 2.3029035854236732, 2.3029035854236732),
    ('network', 'two_layer_loss', (), 2.3028479181180836, 2.3028479181180836, 2.3028479181180836, 2.3028479181180836),
    ('network', 'softmax_accuracy', (), 0.046875, 0.046875, 0.046875, 0.046875),
    ('network', 'two_layer_accuracy', (), 0.046875, 0.046875, 0.046875, 0.046875),
    ('network', 'labels', (11,), 8, 8, 267, 267),
    ('training', 'sgd', (47, 8), 0.003556842512253689, -0.0014431186191894145, 0.08378825785460635, 6.338200347122957)])
def test_what_is_expected_is_what_was_published(file, name, place, value, last, total, size):
    with np.load(gt_copy.FOLDER / 'tests' / 'data' / f'{file}.npz', allow_pickle=False) as arrays:
        array = np.asarray(arrays[name], dtype=float)
    found = [array[place], array.ravel()[-1], array.sum(), np.abs(array).sum()]
    assert found == pytest.approx([value, last, total, size], rel=1e-10, abs=1e-14)


def test_the_batch_is_the_published_one():
    with np.load(gt_copy.FOLDER / 'tests' / 'data' / 'network.npz', allow_pickle=False) as arrays:
        images, labels = arrays['images'], arrays['labels']
    assert images.shape == (64, 784) and images.dtype == np.uint8
    assert images.sum(dtype=int) / 255 == pytest.approx(6740.360784313726, rel=1e-14)
    assert labels.tolist()[:16] == [2, 6, 1, 1, 1, 7, 4, 6, 2, 1, 0, 8, 8, 7, 8, 1]


def test_the_solved_files_pass_and_what_needs_all_data_is_skipped(tmp_path):
    folder = gt_copy.make(tmp_path)
    done = gt_copy.run('-m', 'unittest', '-v', cwd=folder)
    assert done.returncode == 0 and 'Ran 15 tests' in done.stderr and done.stderr.endswith('OK (skipped=1)\n')
    skipped = [line for line in done.stderr.splitlines() if 'skipped' in line][0]
    assert skipped.startswith('test_two_layer_train ') and 'needs the full MNIST' in skipped
    assert skipped.endswith("python3 get_data.py'") and done.stdout == ''


def test_a_blank_handout_passes_none_and_says_what_is_not_written(tmp_path):
    done = gt_copy.run('-m', 'unittest', '-v', cwd=gt_copy.make(tmp_path, is_blank=True))
    assert done.returncode == 1 and '... ok' not in done.stderr and 'FAIL' not in done.stderr.replace('FAILED (', '')
    missing = {line.partition(': ')[2] for line in done.stderr.splitlines() if line.startswith('NotImplementedError: ')}
    assert missing == {blank for names in gt_copy.BLANKS.values() for blank in names} - {
        'SGD.update', 'generate_batched_data', 'plot_curves'}  # these come after others, or are not tested


def test_the_blanks_are_those_of_the_text():
    found = {}
    for name in gt_copy.BLANKS:
        found[name] = [blank.name for blank in blanks.read_blanks((gt_copy.FOLDER / name).read_text(), name)]
    assert found == gt_copy.BLANKS


def test_no_solution_is_in_what_is_handed_out():
    written = [blank for name in gt_copy.BLANKS
               for blank in blanks.read_blanks((gt_copy.FOLDER / name).read_text(encoding='utf-8'), name)]
    handed_out = [path for name in (*gt_copy.GIVEN, 'ASSIGNMENT.md')
                  for path in ([gt_copy.FOLDER / name] if (gt_copy.FOLDER / name).is_file() else
                               sorted((gt_copy.FOLDER / name).rglob('*')))
                  if path.suffix in ('.py', '.md', '.ipynb', '.yaml', '.txt')]
    assert len(handed_out) > 20
    for path in handed_out:
        assert blanks.find_solution(path.read_text(encoding='utf-8'), written) is None, path
    for name in gt_copy.BLANKS:
        assert blanks.find_solution(blanks.empty((gt_copy.FOLDER / name).read_text(), name), written) is None, name


@pytest.mark.parametrize('bodies, test, failing, said', [
    ({'_baseNetwork.ReLU_dev': 'return np.where(X >= 0, 1.0, 0.0) * 2'}, 'test_activation', 'test_relu_dev',
     'all are 2 times what is expected'),
    ({'_baseNetwork.sigmoid': 'pass'}, 'test_activation', 'test_sigmoid', 'what sigmoid returns is None'),
    ({'_baseNetwork.sigmoid_dev': 'return x * (1 - x)'}, 'test_activation', 'test_sigmoid_dev', '[0, 0] is -3.7'),
    ({'_baseNetwork.softmax': 'e = np.exp(scores)\nreturn e / e.sum()'}, 'test_activation', 'test_softmax',
     'entries differ'),
    ({'_baseNetwork.cross_entropy_loss': 'return -np.sum(np.log(x_pred[np.arange(len(y)), y]))'}, 'test_loss',
     'test_ce_loss', '2.81'),
    ({'SoftmaxRegression.forward': '''
        p = self.softmax(self.ReLU(X @ self.weights['W1']))
        g = (p - np.eye(p.shape[1])[y]) / len(y)
        self.gradients['W1'] = X.T @ g
        return self.cross_entropy_loss(p, y), self.compute_accuracy(p, y)'''}, 'test_network', 'test_one_layer',
     "gradients['W1'] ["),
    ({'TwoLayerNet.forward': 'return 2.3028479181180836, 0.046875'}, 'test_network', 'test_two_layer',
     "gradients['b1'] [0] is 0, expected -9.28"),
    ({'_BaseOptimizer.apply_regularization': '''
        for name in model.weights:
            model.gradients[name] = model.gradients[name] + 2 * self.reg * model.weights[name]'''}, 'test_training',
     'test_regularization', 'all are 2 times what is expected'),
    ({'SGD.update': "for name in model.weights:\n    model.weights[name] += model.gradients[name]"}, 'test_training',
     'test_sgd', "weights['W1'] [0, 0] is "),
    ({'generate_batched_data': 'return [np.array(data)], [np.array(label)]'}, 'test_loading', 'test_generate_batch',
     '1 != 10'),
    ({'load_mnist_trainval': 'n = len(data) // 5\nreturn data[n:], label[n:], data[:n + 1], label[:n + 1]'},
     'test_loading', 'test_load_mnist', '4804'),
], ids=lambda value: next(iter(value)) if isinstance(value, dict) else '')
def test_a_mistake_fails_its_test(tmp_path, bodies, test, failing, said):
    name = f'tests.{test}.Test{test.removeprefix("test_").capitalize()}.{failing}'
    done = gt_copy.run('-m', 'unittest', name, cwd=gt_copy.make(tmp_path, bodies))
    assert done.returncode == 1 and f'FAIL: {failing} ' in done.stderr and said in done.stderr
