"""The teacher's answers: computed anew they are those of the file, and those published with the homework."""

import numpy as np
import pytest

from assignments.cmu_10701_hw3.teacher import answers

FILE = (answers.FOLDER / 'answers.md').read_text(encoding='utf-8')


@pytest.fixture(scope='module')
def computed():
    return answers.answers()


def test_the_file_is_what_the_script_writes():
    assert answers.markdown() == FILE and '{{' not in FILE


@pytest.mark.parametrize('question, value', [
    ('1.3a', -3), ('1.3b', 0.0474258731775668), ('1.3c', 4.094481562627175), ('1.3d', 0.4798872974), ('1.3e', 2),
    ('1.3f', 2.6912297945489554), ('1.4a', 1.9772409258936299), ('1.4b', 0.5476848084803243), ('1.4c', 2),
    ('1.4d', 3), ('1.5b', 3.9712297945489556), ('2a wa', 0), ('2a wb', 0), ('2a wc', 0), ('2a v2', -0.5),
    ('2b w', 0), ('2b v', 0), ('3.1', 209.4556572), ('3.3 0.001', 9.0734), ('3.3', 0.001), ('4.4', -6)])
def test_a_published_number(computed, question, value):
    # 3.3's loss is known to four decimals only.
    assert computed[question] == pytest.approx(value, rel=1e-9, abs=5e-5 if question == '3.3 0.001' else 1e-9)


def test_the_activations_are_ranked_as_published(computed):
    losses = {name: computed[f'3.2 {name}'] for name in answers.ACTIVATIONS}
    assert losses == {'relu': pytest.approx(209.4556572), 'tanh': pytest.approx(16.218, abs=5e-4),
                      'sigmoid': pytest.approx(17.689, abs=5e-4), 'linear': pytest.approx(209.693, abs=5e-4)}
    assert computed['3.2'] == 'tanh'


def test_all_hidden_values_of_the_example():
    assert answers.forward(answers.ALPHA, answers.BETA)['a'].tolist() == [-3, 6, 9, 6]


def test_gradients_of_section_1_by_central_differences():
    alpha, beta = answers.updated(answers.ALPHA, answers.BETA)
    for matrix, step in ((answers.ALPHA, answers.ALPHA - alpha), (answers.BETA, answers.BETA - beta)):
        for index in np.ndindex(matrix.shape):
            losses = []
            for delta in (1e-6, -1e-6):
                changed = matrix.copy()
                changed[index] += delta
                both = (changed, answers.BETA) if matrix is answers.ALPHA else (answers.ALPHA, changed)
                losses.append(answers.forward(*both)['loss'])
            assert step[index] == pytest.approx((losses[0] - losses[1]) / 2e-6, abs=1e-8)


def test_gradients_of_section_3_by_central_differences():
    rate = 1e-3
    stepped = answers.after_steps(rate, 1)
    start = [np.array(value, dtype=float) for value in (answers.W1, answers.B1, answers.W2, answers.B2)]
    for place, (before, after) in enumerate(zip(start, stepped)):
        for index in np.ndindex(before.shape):
            losses = []
            for delta in (1e-6, -1e-6):
                changed = [value.copy() for value in start]
                changed[place][index] += delta
                losses.append(answers.mean_squared_error(answers.ACTIVATIONS['relu'], *changed))
            gradient = (before[index] - np.asarray(after)[index]) / rate
            assert gradient == pytest.approx((losses[0] - losses[1]) / 2e-6, rel=1e-5, abs=1e-5)


def test_numbers_stand_in_the_file_as_the_text_asks():
    for row in ('| (a) | $a_1$ | -3 | |', '| (b) | $z_1$ | 0.0474 | ', '| (c) | $b_2$ | 4.0945 | ',
                '| (d) | $\\hat y_2$ | 0.4799 | ', '| (f) | loss | 2.6912 | ', '| (a) | $\\beta_{2,1}$ | 1.9772 | ',
                '| (b) | $\\beta_{1,0}$ | 0.5477 | ', '| (c) | $\\alpha_{3,4}$ | 2 | ', '- (b) 3.9712 (',
                '**3.1** 209.4557 (', '**3.2** tanh.', '**3.3** 0.001.', '**4.4** $J$ = -6:'):
        assert FILE.count(row) == 1, row


@pytest.mark.parametrize('value, text', [(0.123456, '0.1235'), (1.00001, '1'), (-3.0, '-3'), (np.int64(2), '2'),
                                         (0.82, '0.8200'), (-0.00001, '0'), ('tanh', 'tanh')])
def test_rounding(value, text):
    assert answers.written(value) == text
