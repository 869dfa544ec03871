"""Judges the scripts of a student, unconfined unless a test wants it otherwise."""

from dataclasses import replace

import rice_copy

from instructor.judges import functions
from instructor.judges.context import Context
from instructor.judges.reading import Reading
from instructor.publishing import blanks
from tests.helpers import courses, runners
from tests.helpers.blank_filling import fill_all
from tests.helpers.runners import run_once

COURSE = courses.course('rice')
MASTER = {name: (rice_copy.FOLDER / name).read_text(encoding='utf-8') for name in COURSE.assignment.scripts}
BLANK = {name: blanks.empty(text, name) for name, text in MASTER.items()}


def written(bodies, sources=MASTER):
    """The scripts with code in some of their blanks, {blank: code}: {name: text}."""
    return fill_all(sources, bodies)


def judged(sources, *items, runner=run_once, digest='a digest', changed_code=()):
    """The Verdicts on some items, by item; changed_code: as in Reading."""
    files = {name: text.encode() for name, text in sources.items()}
    context, verdicts = Context(COURSE, runner, Reading(texts={*files}, changed_code={*changed_code})), {}
    context.verdicts = {item: functions.Verdict(item, 0, 'before') for item in COURSE.points}
    for question in COURSE.assignment.questions:
        only = replace(question, items=tuple(item for item in question.items if item.name in items))
        if only.items:
            found = functions.judge(only, runners.Submission(files, digest), context)
            verdicts.update((verdict.item, verdict) for verdict in found)
    return verdicts
