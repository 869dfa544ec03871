"""printing.py: what functions and files print is noted with who prints it, and charged as the course has it."""
from dataclasses import replace
from fractions import Fraction

import pytest

from instructor.course import Printing
from instructor.judges import functions, printing
from instructor.judges.context import Context
from instructor.judges.reading import Reading
from tests.helpers import runners
from tests.helpers.blank_filling import fill
from tests.helpers.function_judging import COURSE, ITEMS, MASTER

pytestmark = pytest.mark.untrusted
RELU = 'relu.forward'


def charged(source, of='all'):
    """item -> Verdict, where a quarter of the points is lost."""
    files = {'dnn_misc.py': source.encode()}
    course = replace(COURSE, printing=Printing(Fraction(1, 4), of))
    context = Context(course, runners.run_once, Reading(texts={*files}))
    found = functions.judge(runners.question_with(ITEMS[0]), runners.Submission(files), context)
    context.verdicts = {verdict.item: verdict for verdict in found}
    return {**context.verdicts, **{verdict.item: verdict for verdict in printing.charge(context)}}


@pytest.mark.parametrize('line', ['print("hello", __name__)', 'import time\nprint(time.perf_counter_ns())'])
def test_a_file_that_prints_when_it_is_imported_is_named(line):
    for item, verdict in charged(f'{MASTER}\n{line}\n').items():
        assert verdict.share == Fraction(3, 4) and verdict.kind == printing.KIND
        assert verdict.reason.startswith('dnn_misc.py prints "'), (item, verdict.reason)
        assert '" when it is imported, which costs 25 % of the points; without that: right' in verdict.reason


def test_a_function_that_prints_is_named_beside_such_a_file_too():
    prints = fill(MASTER, {RELU: 'print("relu!")\nself.mask = X > 0\nreturn X * self.mask'}, 'dnn_misc.py')
    for source, others in ((prints, RELU), (f'print("hi")\n{prints}', 'dnn_misc.py')):
        found = charged(source)
        for item in (RELU, 'relu.backward'):  # which calls the other one
            assert found.pop(item).reason.startswith('it prints "relu! relu!')
        assert {verdict.reason.partition(' prints')[0] for verdict in found.values()} == {others}
    found = charged(prints, 'item')
    assert [item for item, verdict in found.items() if verdict.share != 1] == [RELU, 'relu.backward']
