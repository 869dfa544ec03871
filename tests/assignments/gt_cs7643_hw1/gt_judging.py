"""Judges variants of the homework in children that are not confined: the code of the tests themselves."""

import textwrap
from dataclasses import replace

import gt_copy

from instructor.judges import functions, judging
from instructor.judges.context import Context
from instructor.judges.reading import Reading
from instructor.publishing import blanks
from tests.helpers import courses, runners

COURSE = courses.course('gt')
MASTER = {name: (gt_copy.FOLDER / name).read_text(encoding='utf-8') for name in gt_copy.BLANKS}
BLANK = {name: blanks.empty(text, name) for name, text in MASTER.items()}
ITEMS = COURSE.assignment.functions
ANSWERED = {}


def written(bodies, sources=MASTER):
    """The scripts with code in some of their blanks, {blank: code}: {name: text}."""
    made = {}
    for name, source in sources.items():
        indents = {blank.name: blank.indent for blank in blanks.read_blanks(source, name)}
        made[name] = blanks.fill(source, {blank: textwrap.indent(textwrap.dedent(code).strip() + '\n', indents[blank])
                                          for blank, code in bodies.items() if blank in indents}, name)
    return made


def run_unconfined(entry, files, argv=(), **limits):
    """As runners.run_unconfined; what was asked once is not asked again."""
    contents = {name: content if isinstance(content, bytes) else content.read_bytes()
                for name, content in files.items()}
    key = (entry, *sorted(contents.items()))
    if key not in ANSWERED:
        ANSWERED[key] = runners.run_unconfined(entry, files, argv, **limits)
    return ANSWERED[key]


def context(files, runner=run_unconfined, right=(), course=COURSE):
    """A Context; right: items that have been found right."""
    found = Context(course, runner, Reading(texts={*files}))
    found.verdicts = {item: functions.Verdict(item, item in right, 'before') for item in ITEMS}
    return found


def judged(sources, *items, runner=run_unconfined, right=(), digest='a digest'):
    """The Verdicts on some items, by item."""
    files = {name: text if isinstance(text, bytes) else text.encode() for name, text in sources.items()}
    assignment, verdicts = COURSE.assignment, {}
    for question in {assignment.question_of(item).name: assignment.question_of(item) for item in items}.values():
        only = replace(question, items=tuple(item for item in question.items if item.name in items))
        found = functions.judge(only, runners.Submission(files, digest), context(files, runner, right))
        verdicts.update((verdict.item, verdict) for verdict in found)
    return verdicts


def all_verdicts(sources, course=COURSE):
    """Every Verdict on a submission, as grading gives it: by item."""
    files = {name: text.encode() for name, text in sources.items()}
    found = judging.judge_questions(runners.Submission(files), context(files, course=course))
    assert found['faults'] == []
    return {verdict.item: verdict for verdict in found['verdicts']}
