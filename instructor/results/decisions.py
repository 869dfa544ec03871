"""What a person decides: OUT/decisions.csv, which is filled in and given back, and OUT/decisions.jsonl, which keeps it.

A decision holds for the submission that it was made for. If the student hands in again, it no longer holds: it stays in
decisions.jsonl, and every run names it, until a person decides anew. So it does if a download lacks the submission.
"""
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from common import printable, write_whole
from instructor.results import decisions_given, decisions_table
from instructor.results.decision import (
    DAYS_LATE,
    WHOLE,
    Decision,
    DecisionsError,
    holds,
    is_about,
    max_points,
    version_of,
)
from instructor.results.decisions_given import read_table, shown, typed

TABLE, STORE = 'decisions.csv', 'decisions.jsonl'


class Decisions:
    """The decisions of a class. submissions: those that came in; names: key of a submission -> the student's name."""

    def __init__(self, folder, course, submissions: Sequence, names):
        """Read decisions.jsonl in the folder. Raises DecisionsError and OSError."""
        self.folder, self.course, self.names = Path(folder), course, names
        self.submissions = {one.key: one for one in submissions}
        self.stored = _load(self.folder / STORE)
        self._table_before = self._table_now()

    def take(self, path):
        """Check a file that a person has filled in, or None, and keep what it says: all of it, or nothing.

        Returns a list of lines that tell what was taken. Raises DecisionsError and OSError.
        """
        said, withdrawn = ({}, set()) if path is None else decisions_given.check(
            path, self.course, self.submissions, self.names, self.stored)
        changed = {place: one for place, one in said.items()
                   if place not in self.stored or _content(one) != _content(self.stored[place])}
        replaced = self._replaced(changed)
        after = {**{place: one for place, one in self.stored.items() if place not in withdrawn}, **said}
        self._refuse_to_lose(path, after)
        if after != self.stored:
            lines = [json.dumps(one.to_json()) + '\n' for _, one in sorted(after.items())]
            write_whole(self.folder / STORE, ''.join(lines).encode())
        gone = [place for place, one in self.stored.items() if _is_withdrawn(one, after.get(place))]
        self.stored = after
        new = sum(self._holds(one) for one in changed.values())
        return [f'{path}: {new} new or changed, {len(gone)} withdrawn', *replaced] if path else []

    def _replaced(self, changed):
        """Lines on what other decisions take the place of: a table that was filled in earlier holds older ones."""
        pairs = [(self.stored[place], one) for place, one in sorted(changed.items())
                 if place in self.stored and self._holds(self.stored[place]) and self._holds(one)]
        return [f'{now.item} of {now.name}: {_both(before, now)}' for before, now in pairs]

    def _refuse_to_lose(self, path, after):
        """Raise DecisionsError if decisions.csv, which is to be written anew, holds what nothing else does."""
        table = self.folder / TABLE
        if self._table_before is None:
            return
        rows = read_table(table)
        own = next((title for _, cells in rows for title in cells if title not in decisions_table.COLUMNS), None)
        if own is not None:
            title = f'"{own[:60]}"' if own else 'without a title'
            raise DecisionsError(printable(f'{table}: has a column {title}, which would be lost, because this file is '
                                           'written anew: move it to another folder, and give it from there'))
        if path and path.samefile(table):
            return
        known = {(shown(key), item, one.points, one.comment) for kept in (self.stored, after)
                 for (key, item), one in kept.items()}
        for number, cells in rows:
            said = cells['points'] or cells['comment']
            if said and (cells['user id'], cells['item'], *typed(cells)) not in known:
                raise DecisionsError(f'{table}: row {number}: holds something that was not given back: add '
                                     f'--decisions {table}, or move the file away')

    def of(self, submission):
        """Dict of item -> Decision: what a person has decided on this submission, as it is now."""
        kept = {item: self.stored.get((submission.key, item)) for item in (*self.course.points, WHOLE, DAYS_LATE)}
        return {item: one for item, one in kept.items() if one and self._holds(one)}

    def doubtful(self):
        """What a person should know of decisions that may not count as they were meant: pairs (heading, lines)."""
        kept = [one for _, one in sorted(self.stored.items()) if one.points is not None]
        here = [one for one in kept if one.key in self.submissions]
        return [('Decisions that no longer hold: decide anew',
                 [f'{self._named(one)}; {self._why_dropped(one)}' for one in here if not self._holds(one)]),
                ('Decisions on submissions that are not in this download: kept, but not counted now',
                 [self._named(one) for one in kept if one.key not in self.submissions]),
                ('Decisions made under a different maximum: check them again',
                 [f'{self._named(one)}; {other}' for one in here if self._holds(one)
                  for other in self._other_maximum(one)])]

    def _other_maximum(self, one):
        """A list with a line on how the most that can be given has changed since; empty if it has not."""
        was, now = one.max_points, max_points(one.item, self.course)
        return [] if was in (None, now) else [
            f'the maximum was {decisions_table.decimal(was)}, is {decisions_table.decimal(now)} now']

    def _named(self, one):
        return f'{self.names.get(one.key, one.name)} ({shown(one.key)}), {one.item}: {_as_said(one)}'

    def _why_dropped(self, one):
        now = self.submissions[one.key]
        if is_about(one, now):
            return 'the course has changed'
        if is_about(one, replace(now, late=not now.late)):
            return f'Canvas {"now" if now.late else "no longer"} marks it as late'
        return 'the student has handed in again'

    def _holds(self, one):
        return one.key in self.submissions and holds(one, self.submissions[one.key], self.course)

    def _about_now(self, key, item):
        """What is kept about the present submission, be it only a comment; None if that is nothing."""
        one = self.stored.get((key, item))
        return one if one and is_about(one, self.submissions[key]) else None

    def table(self, sheet, delimiter, pages):
        """decisions.csv, as bytes: what is open, and what a person has decided. pages: the folder of feedback pages."""
        rows = []
        for row in sheet:
            key, listed = row.submission.key, row.open_items()
            listed.update({item: '' for item in (WHOLE, DAYS_LATE, *self.course.points)
                           if item not in listed and self._about_now(key, item)})
            for item, reason in listed.items():
                one, kept = self._about_now(key, item), self.stored.get((key, item))
                if kept and not one and kept.points is not None:
                    reason += f'; {self._why_dropped(kept)}; before that, it was decided: {_as_said(kept)}'
                if one and self._holds(one):
                    reason = '; '.join([*[reason] * bool(reason), *self._other_maximum(one)])
                known = self.course.assignment.items.get(item)
                rows.append({
                    'user id': shown(key), 'name': printable(row.name), 'item': item,
                    'title': known.label if known else '', 'reason': printable(reason),
                    'points': one.points if one and one.points is not None else '',
                    'max points': max_points(item, self.course) if item != DAYS_LATE else '',
                    'comment': one.comment if one else '', 'page': f'{pages}/{row.page_name}',
                    'submission': version_of(row.submission, item)})
        return decisions_table.written(rows, delimiter)

    def write_table(self, content):
        """Write decisions.csv, unless somebody has changed it since this run began; returns a list of warnings."""
        path = self.folder / TABLE
        if self._table_now() == self._table_before:
            write_whole(path, content)
            return []
        return [f'{path} was changed during this run, and was left as it is: run again with --decisions {path}']

    def _table_now(self):
        path = self.folder / TABLE
        return path.read_bytes() if _exists(path) else None


def _exists(path):
    """Whether there is such a file. Raises DecisionsError if it is something else, which reading might wait for."""
    if path.exists() and not path.is_file():
        raise DecisionsError(f'{path}: is not a plain file: move it away')
    return path.exists()


def _load(path):
    """{(key, item): Decision} of decisions.jsonl; empty if there is none."""
    if not _exists(path):
        return {}
    try:
        found = [Decision.from_json(json.loads(line)) for line in path.read_text(encoding='utf-8').splitlines()]
    except (ValueError, TypeError, LookupError):
        raise DecisionsError(f'{path}: is damaged: move it away, and give the decisions again by --decisions') from None
    return {(one.key, one.item): one for one in found}


def _content(one):
    return one.points, one.comment, one.version


def _is_withdrawn(before, after):
    """Whether a Decision is one no longer; after: what is kept in its place, perhaps a comment, or None."""
    return not after or before.points is not None and after.points is None and after.version == before.version


def _both(before, now):
    """'15 replaced by 12.5', with the comments if they differ."""
    said = [f'{decisions_table.decimal(one.points)}{_comment(one) if before.comment != now.comment else ""}'
            for one in (before, now)]
    return ' replaced by '.join(said)


def _comment(one):
    """The comment of a Decision as it follows something else; '' if there is none."""
    return f', "{" ".join(one.comment.split())}"' if one.comment else ''


def _as_said(one):
    unit = ('day' if one.item == DAYS_LATE else 'point') + 's' * (one.points != 1)
    unit += ' late' * (one.item == DAYS_LATE)
    return f'{decisions_table.decimal(one.points)} {unit}{_comment(one)}'
