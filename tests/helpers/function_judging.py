"""Judges the functions of one dnn_misc.py as the grader does, unconfined unless a test wants it otherwise."""
from instructor.judges.context import Context
from instructor.judges.functions import judge
from instructor.judges.reading import Reading
from tests.helpers import runners

MASTER = runners.master('dnn_misc.py')
ITEMS, COURSE = runners.COURSE.assignment.functions, runners.COURSE


def judged(source, runner=runners.run_unconfined, read=None, **fields):
    """function -> Verdict."""
    files = {} if source is None else {'dnn_misc.py': source if isinstance(source, bytes) else source.encode()}
    context = Context(COURSE, runner, read or Reading(texts={*files}))
    verdicts = judge(runners.question_with(ITEMS[0]), runners.Submission(files, **fields), context)
    assert [verdict.item for verdict in verdicts] == list(ITEMS)
    return {verdict.item: verdict for verdict in verdicts}
