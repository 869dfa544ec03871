"""instructor/judges/records.py: what result files are worth beside what is known of the code."""
import json
from fractions import Fraction

import pytest

from instructor.compare import REFERENCE
from instructor.judges.known_records import read_known_records
from instructor.judges.verdict import Verdict
from tests.helpers import runners, variants
from tests.helpers.record_judging import (
    CNN2,
    COURSE,
    HALF,
    MISC,
    SHORT,
    WIDE,
    all_judged,
    changed,
    given_code_changed,
    judge_records,
    judged,
    never,
    only,
    shares_and_kinds,
)
from tests.helpers.runners import judge_function


def test_equal_to_the_reference_and_reproduced(runs):
    runner, given = runners.recorded(runners.run_unconfined)
    assert shares_and_kinds(judged(runs, runs.right, runner)) == [(1, '')] * 3
    assert len(given) == 3
    for files in given:  # the master's other files, the student's two, and neither a record nor a reference
        assert not any('_lr' in name or 'reference' in name for name in files)
        assert {'dnn_misc.py', 'dnn_cnn_2.py', 'data_loader.py', 'training.py', 'dnn_im2col.py',
                'mnist_subset.json'} <= set(files)


def test_accuracies_may_lie_two_thousandths_away(runs):
    name = SHORT['q33']
    near = {**runs.right, name: changed(runs.right[name], 1, 0.002)}
    assert judged(runs, near)['q33'].share == 1
    far = judged(runs, {**runs.right, name: changed(runs.right[name], 1, 0.0021)})['q33']
    assert (far.share, far.kind) == (0, 'not-reproduced')


def test_half_for_other_code_that_makes_the_records(runs):
    said = []
    verdicts = judged(runs, runs.half, misc=HALF, say=said.append)
    assert said == [f'repeating all 30 epochs of {name}' for name in ('Q3.3', 'Q3.6', 'Q3.10')]
    assert shares_and_kinds(verdicts) == [(Fraction(1, 2), 'differs-from-reference')] * 3
    assert 'all 30 epochs' in verdicts['q33'].reason
    left = judged(runs, runs.half, misc=HALF, full_rerun=False)
    assert shares_and_kinds(left) == [(None, 'differs-from-reference')] * 3


def test_nothing_for_a_record_that_only_begins_like_the_codes_own(runs):
    name = SHORT['q33']
    verdict = judged(runs, {name: changed(runs.half[name], 30, 0.05)}, misc=HALF)['q33']
    assert (verdict.share, verdict.kind) == (0, 'not-reproduced')
    assert 'epoch 30 of "val"' in verdict.reason
    other = judged(runs, {name: runs.half[name]})['q33']
    assert (other.share, other.kind) == (0, 'not-reproduced')  # made by other code than what was handed in


def test_equal_to_the_reference_but_not_by_this_code(runs):
    assert shares_and_kinds(judged(runs, runs.right, misc=HALF, rerun_epochs=9)) == [(None, 'copied-results')] * 3
    failing = judged(runs, runs.right, misc=variants.build('relu.backward: changes X', MISC).replace(
        'def sgd_update(', 'def update('))
    assert shares_and_kinds(failing) == [(None, 'copied-results')] * 3
    assert 'sgd_update' in failing['q33'].reason and 'File "dnn_mlp.py"' in dict(failing['q33'].details)['traceback']
    assert not [pair for verdict in failing.values() for pair in verdict.details if 'entry.py' in pair[1]]


def test_no_run_where_the_functions_are_not_written(runs):
    others = [Verdict(item, 0, 'is not written yet', kind='not-written') for item in
              ('linear_layer.forward', 'relu.forward', 'dropout.backward')]
    blank = variants.build('nothing written', MISC)
    for given, verdict in ((runs.right, (None, 'copied-results')), (runs.half, (0, 'code-fails'))):
        assert shares_and_kinds(judged(runs, given, never, misc=blank, others=others)) == [verdict] * 3
    only_relu = judged(runs, runs.right, others=others[1:2])
    assert [verdict.share for verdict in only_relu.values()] == [None, 1, None]  # q36 has no relu in it
    assert shares_and_kinds(judged(runs, runs.right, never, misc=None)) == [(None, 'copied-results')] * 3
    only_cnn2 = judged(runs, runs.half, misc=HALF, cnn2=None)
    assert [verdict.share for verdict in only_cnn2.values()] == [Fraction(1, 2), Fraction(1, 2), 0]
    no_wiring = Verdict('q39', 0, 'no main', kind='no-main')
    assert [verdict.share for verdict in judged(runs, runs.right, others=[no_wiring]).values()] == [1, 1, None]


def test_the_right_record_by_wrong_functions_is_for_a_person(runs):
    def verdicts(item, kind, share=0, seen_in=None):
        others = [Verdict(item, share, '', kind=kind, seen_in=seen_in)]
        return shares_and_kinds(judged(runs, runs.right, others=others))

    odd, good = (None, 'against-evidence'), (1, '')
    assert verdicts('linear_layer.backward', 'b-sign', Fraction(2, 3)) == [odd, odd, odd]
    assert verdicts('relu.forward', 'wrong-values') == [odd, good, odd]
    assert verdicts('dropout.backward', 'scale-missing') == [good, good, odd]  # nothing is dropped in q33 and q36
    assert verdicts('linear_layer.forward', 'dtype', 0, [2]) == [odd, odd, odd]
    assert verdicts('linear_layer.backward', 'in-place', Fraction(2, 3), []) == [good, good, good]
    assert verdicts('relu.backward', 'raises', 0, [4]) == [good, good, odd]  # images only come in q310
    assert verdicts('q39', '5x5-second-filter', Fraction(10, 11)) == [good, good, odd]
    assert verdicts('relu.forward', '', 1) == [good, good, good]


@pytest.mark.parametrize('function, body, seen_in', [
    ('linear_layer.forward', "return np.zeros((len(X), self.params['W'].shape[1]), dtype=np.float32)", (2,)),
    ('linear_layer.forward', "return (X @ self.params['W'] + self.params['b']).astype(np.float32)", ()),
    ('linear_layer.forward', "return np.matrix(X @ self.params['W'] + self.params['b'])", (2,)),
    ('linear_layer.forward', "X *= 2\nreturn X @ self.params['W']", (2,)),
    ('linear_layer.forward', "u = X @ self.params['W'] + self.params['b']\nself.params['W'] *= 2\nreturn u", (2,)),
    ('relu.backward', 'return grad * self.mask * (len(X) > 1)', ()),
    ('relu.backward', 'N, D = X.shape\nreturn grad * self.mask', (4,)),
    ('relu.backward', 'return (grad * 0).astype(int)', (2, 4))])
def test_only_what_training_would_feel_is_evidence(function, body, seen_in):
    source = variants.with_bodies({function: body}, MISC).encode()
    found = judge_function(function, source, 'digest', runners.run_unconfined)
    assert (found.share, found.seen_in) == (0, seen_in), found


def test_half_marks_only_where_the_functions_are_right(runs):
    wrong = [Verdict('linear_layer.backward', Fraction(2, 3), '', kind='b-sign')]
    runner, given = runners.recorded(runners.run_unconfined)
    verdicts = judged(runs, runs.half, runner, misc=HALF, others=wrong)
    assert shares_and_kinds(verdicts) == [(None, 'differs-from-reference')] * 3
    assert 'linear_layer.backward is wrong' in verdicts['q33'].reason
    assert not any(b'"30"' in files['request.json'] for files in given)  # and for that nothing was repeated in full


def test_half_marks_only_where_given_code_is_as_it_was(runs):
    """What else stands in a script could invent all its records, and others for another seed."""
    with given_code_changed('dnn_misc.py'):
        verdicts = judged(runs, runs.half, misc=HALF)
    assert shares_and_kinds(verdicts) == [(None, 'differs-from-reference')] * 3
    assert 'given code is changed in dnn_misc.py' in verdicts['q33'].reason


def test_without_repeating_changed_given_code_is_for_a_person(runs):
    with given_code_changed('dnn_cnn_2.py'):
        verdicts = judged(runs, runs.right, rerun_epochs=0)
        assert shares_and_kinds(judged(runs, runs.right)) == [(1, '')] * 3
    assert shares_and_kinds(verdicts) == [(1, ''), (1, ''), (None, 'copied-results')]
    assert 'given code is changed in dnn_cnn_2.py' in verdicts['q310'].reason


def test_unwritten_code_and_bad_options_say_their_own_line(runs):
    blank = judged(runs, runs.half, misc=variants.build('nothing written', MISC))
    assert shares_and_kinds(blank) == [(0, 'code-fails')] * 3
    assert 'linear_layer.forward is not written yet' in blank['q33'].reason
    diverging = MISC.replace('parameter -= learning_rate * gradient', 'parameter -= np.inf * gradient')
    assert diverging != MISC
    assert 'the loss is not finite any more at epoch 1' in judged(runs, runs.half, misc=diverging)['q33'].reason


def test_without_repeating_only_equal_records_are_decided(runs):
    records = {**runs.right, SHORT['q36']: runs.half[SHORT['q36']]}
    del records[SHORT['q310']]
    assert shares_and_kinds(judged(runs, records, rerun_epochs=0)) == [
        (1, ''), (None, 'differs-from-reference'), (0, 'missing-file')]
    wrong = [Verdict('relu.forward', 0, 'ValueError', kind='raises')]
    assert shares_and_kinds(judged(runs, runs.right, rerun_epochs=0, others=wrong)) == [
        (None, 'against-evidence'), (1, ''), (None, 'against-evidence')]  # q36 has no relu in it
    wiring = [Verdict('q39', 0, 'TODO (1)', kind='x')]
    for options in ({'rerun_epochs': 0}, {}):
        verdict = judged(runs, runs.right, others=wiring, **options)['q310']
        assert verdict.share is None and 'although Q3.9 is wrong' in verdict.reason


def test_mistakes_with_images_question_the_runs_of_all_cnns():
    files = {name: (REFERENCE / name).read_bytes() for name in COURSE.assignment.results.values()}
    files.update({'dnn_misc.py': MISC.encode(), 'dnn_cnn_2.py': CNN2.encode()})
    flat_only = [Verdict('relu.forward', 0, 'ValueError', kind='raises', seen_in=[4])]
    verdicts = judge_records(files, COURSE, runners.run_unconfined, flat_only, rerun_epochs=0)
    assert [verdict.item for verdict in verdicts if verdict.share is None] == ['q37', 'q38', 'q310']
    assert {verdict.share for verdict in verdicts} == {None, 1}


@pytest.mark.parametrize('item', ['linear_layer.backward', 'relu.forward', 'dropout.backward'])
def test_no_zero_is_certain_where_the_code_gives_the_records(runs, item):
    def found(records, share=0, kind='wrong-values', seen_in=(), **options):
        wrong = Verdict(item, share, 'wrong', kind=kind, seen_in=seen_in)
        return all_judged(runs, records, others=[wrong], **options).get(item)

    doubtful = found(runs.right)
    assert (doubtful.share, doubtful.kind) == (None, 'against-evidence')
    assert 'wrong; but the code gives what it should in' in doubtful.reason and 'Q3.10' in doubtful.reason
    assert ('Q3.3' in doubtful.reason) == (item != 'dropout.backward')  # nothing is dropped in it
    assert ('Q3.6' in doubtful.reason) == (item == 'linear_layer.backward')
    assert found(runs.right, Fraction(3, 4), 'in-place') is None  # that costs what it costs
    assert found(runs.right, Fraction(1, 2), 'mask-not-stored') is None
    assert found(runs.right, 1, '') is None
    if item != 'dropout.backward':  # half of it gives the same first epoch of Q3.10 on so few images
        assert found(runs.right, misc=HALF) is None and found(runs.half, misc=HALF) is None
    assert found(runs.right, rerun_epochs=0) is None     # nothing is known of the code


def test_the_record_of_an_older_data_set_is_named(runs):
    older = {**runs.half[SHORT['q33']], 'train': [0.919, *runs.half[SHORT['q33']]['train'][1:]],
             'val': [0.908, *runs.half[SHORT['q33']]['val'][1:]]}
    verdicts = judged(runs, {**runs.half, SHORT['q33']: older})
    assert shares_and_kinds(verdicts) == [(None, 'older-data-set')] * 3
    assert 'begins like one of an older data set' in verdicts['q33'].reason
    without = judged(runs, {**runs.half, SHORT['q33']: older}, rerun_epochs=0)
    assert shares_and_kinds(without) == [(None, 'older-data-set')] * 3
    assert shares_and_kinds(judged(runs, runs.half)) == [(0, 'not-reproduced')] * 3


def test_what_is_no_text_is_for_a_person(runs):
    verdict = judged(runs, {SHORT['q33']: b'\xff\xfe'}, never)['q33']
    assert (verdict.share, verdict.kind) == (None, 'unreadable')
    for given in (runs.right, runs.half):
        verdicts = judged(runs, given, never, misc=MISC.encode() + b'# \xff')
        assert shares_and_kinds(verdicts) == [(None, 'unreadable')] * 3


@pytest.mark.parametrize('content, words', [
    (b'', 'is not JSON'), (b'{"train": []}', 'has to hold the two lists'), (b'[' * 100_000, 'is not JSON'),
    (json.dumps({'train': [0.9] * 29, 'val': [0.9] * 30}).encode(), '"train" has 29'),
    (json.dumps({'train': [0.9] * 30, 'val': [float('nan')] * 30}).encode(), '"val" has nan')])
def test_malformed_files(runs, content, words):
    verdict = judged(runs, {SHORT['q33']: content}, never)['q33']
    assert (verdict.share, verdict.kind) == (0, 'malformed-result')
    assert words in verdict.reason


def test_wide_second_filters_are_recognised(runs):
    """By the record of such a network on the true data, and by the wiring of the code."""
    misread = read_known_records(COURSE.assignment.known_records)['5x5-second-filter.json'].records[SHORT['q310']]
    references = {**runs.right, SHORT['q310']: json.loads((REFERENCE / SHORT['q310']).read_text(encoding='utf-8'))}
    files = {'dnn_misc.py': MISC.encode(), 'dnn_cnn_2.py': CNN2.encode(), SHORT['q310']: json.dumps(misread).encode()}
    course = only('q310')
    verdict, = judge_records(files, course, runners.run_unconfined, references=references, data=runs.data,
                             secret=runs.secret[1])
    assert (verdict.share, verdict.kind) == (0, 'not-reproduced')
    assert '5 x 5 filters' in dict(verdict.details)['hint']

    runner, given = runners.recorded(runners.run_unconfined)
    wide = judged(runs, {SHORT['q310']: runs.right[SHORT['q310']]}, runner, cnn2=WIDE)['q310']
    assert (wide.share, wide.kind) == (None, 'copied-results')
    assert given[0]['dnn_cnn_2.py'] == WIDE.encode()
    wiring = Verdict('q39', Fraction(10, 11), '', kind='5x5-second-filter')
    half = judged(runs, {SHORT['q310']: runs.half[SHORT['q310']]}, misc=HALF, others=[wiring])['q310']
    assert (half.share, half.kind) == (Fraction(1, 2), '5x5-second-filter')
    assert '5 x 5 filters' in half.reason
