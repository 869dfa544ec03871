"""Checks what a person has filled in and given back: every row, before any of it counts."""
import stat

from common import printable
from instructor.results import decisions_table
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
from instructor.results.decisions_table import TableError

WITHDRAW = 'withdraw'  # in place of points


def check(path, course, submissions, names, stored):
    """What a file says: returns (dict of (key, item) -> Decision, set of the (key, item) that are withdrawn).

    submissions: dict of key -> Submission; names: key -> the student's name; stored: the decisions so far. Raises
    DecisionsError, with a line for each row that is wrong.
    """
    checker = _Checker(course, submissions, names, stored)
    said: dict[tuple, Decision] = {}
    withdrawn, faults = set(), []
    first: dict[tuple, tuple] = {}  # (key, item) -> the number of the row that says something of it, and what
    for number, cells in read_table(path):
        try:
            place, found = checker.check(cells)
            if found is None:
                continue
            what = typed(cells)
            if first.setdefault(place, (number, what))[1] != what:
                raise ValueError(f'disagrees with row {first[place][0]}, which is about the same item of the same '
                                 'student: take out one of them')
            if found == WITHDRAW:
                withdrawn.add(place)
            else:
                said[place] = found
        except ValueError as error:
            faults.append(f'{path}: row {number}: {printable(str(error))}')
    if faults:
        raise DecisionsError(*faults)
    after = [one for place, one in {**stored, **said}.items() if place not in withdrawn]
    checker.refuse_both(path, after)
    return said, withdrawn


class _Checker:
    def __init__(self, course, submissions, names, stored):
        self.course, self.submissions, self.names, self.stored = course, submissions, names, stored
        self.versions = {version_of(one, item) for one in submissions.values() for item in (WHOLE, DAYS_LATE)}
        self.by_shown: dict[str, list] = {}  # what the column "user id" shows -> submissions
        for one in submissions.values():
            self.by_shown.setdefault(shown(one.key), []).append(one)

    def check(self, cells):
        """The (key, item) of a row, and its Decision, WITHDRAW, or None if it says nothing. Raises ValueError."""
        user, item, text = cells['user id'], cells['item'], cells['points']
        if item not in self.course.points and item not in (WHOLE, DAYS_LATE):
            raise ValueError(f'there is no item "{item[:60]}"; the items are {", ".join(self.course.points)}, {WHOLE} '
                             f'and {DAYS_LATE}')
        found = self.by_shown.get(user, [])
        if not found:
            return self._of_nobody(user, item, cells)
        if len(found) > 1:
            raise ValueError(f'"{user[:60]}" is the name of several submissions: rename the files')
        place, now = (found[0].key, item), version_of(found[0], item)
        if not text and not cells['comment']:
            return place, None
        version = cells['submission'] or self._version_of_repeated(place, cells) or now
        if version in [version_of(found[0], one) for one in (WHOLE, DAYS_LATE)]:
            version = now  # the row was made from one about something else in the same submission
        if version != now and version in self.versions:
            raise ValueError(f'its cells belong to different submissions ("{user[:60]}" and "{version}"): the rows '
                             'were mixed up, perhaps by sorting a single column')
        before = self.stored.get(place)
        before = before if before and is_about(before, found[0]) else None
        if version != now and before:
            return place, None  # about an earlier submission, and somebody has decided on the present one
        if text.casefold() == WITHDRAW:
            kept = Decision(place[0], self.names[place[0]], item, None, cells['comment'], version)
            return place, kept if kept.comment else WITHDRAW
        points = self._points(item, text) if text else before and before.points  # an empty cell takes nothing back
        return place, Decision(place[0], self.names[place[0]], item, points, cells['comment'], version,
                               self._max_points(place, cells))

    def _version_of_repeated(self, place, cells):
        """The version that a row without one is about, if it repeats a decision that is kept; otherwise None.

        A file that is given again after the student has handed in again must not decide on the new submission.
        """
        kept = self.stored.get(place)
        return kept.version if kept and typed(cells) == (kept.points, kept.comment) else None

    def _of_nobody(self, user, item, cells):
        """Like check, for a row whose student has no submission here: it must repeat what is kept, or say nothing."""
        known = next((one for (key, kept), one in self.stored.items() if shown(key) == user and kept == item), None)
        repeated = known and typed(cells) == (known.points, known.comment)
        if not repeated and (cells['points'] or cells['comment'] or not known):
            hint = ': the spreadsheet program has shortened it' if 'E+' in user else ''
            raise ValueError(f'there is no submission of the user id "{user[:60]}"{hint}')
        return (user, item), None

    def _points(self, item, text):
        most = max_points(item, self.course)
        if most is None:
            raise ValueError(f'the course has no late policy, so "{DAYS_LATE}" means nothing: add "late" to its file')
        try:
            points = _number(item, text)
        except ValueError as error:
            raise ValueError(f'"{text[:60]}" {error}; leave the cell empty if it is not decided yet, or write '
                             f'"{WITHDRAW}" to take a decision back') from None
        if points > most:
            raise ValueError(f'{text} is more than {decisions_table.decimal(most)}, the most for {item}')
        return points

    def _max_points(self, place, cells):
        """The most that could be given for an item, as the person saw it who has filled in a row."""
        kept = self.stored.get(place)
        try:
            return decisions_table.number(cells['max points'])
        except ValueError:  # the row has no such cell
            is_repeated = kept and typed(cells) == (kept.points, kept.comment)
            return kept.max_points if is_repeated else max_points(place[1], self.course)

    def refuse_both(self, path, after):
        """Raise DecisionsError if these Decisions are about the whole of a submission and about items of it."""
        held = [one for one in after if one.key in self.submissions
                and holds(one, self.submissions[one.key], self.course)]
        whole = {one.key for one in held if one.item == WHOLE}
        both = sorted(whole & {one.key for one in held if one.item in self.course.points})
        if both:
            raise DecisionsError(*(
                f'{path}: "{WHOLE}" and single items of {printable(self.names[key])} ({shown(key)}) are both decided: '
                f'write "{WITHDRAW}" as the points of one or the other' for key in both))


def read_table(path):
    """The rows of a table of decisions, see decisions_table.read. Raises DecisionsError."""
    try:
        state = path.stat()
        if not stat.S_ISREG(state.st_mode):  # reading a pipe would wait for somebody to write into it
            raise TableError('is not a plain file: save the table as a CSV file')
        if state.st_size > decisions_table.LARGEST:
            raise TableError(f'has more than {decisions_table.LARGEST // 1_000_000} MB')
        return decisions_table.read(path.read_bytes())
    except TableError as error:
        raise DecisionsError(f'{path}: {printable(str(error))}') from None
    except OSError as error:
        raise DecisionsError(f'{path}: cannot be read ({error.strerror})') from None


def shown(key):
    """The key of a submission as the column "user id" shows it."""
    return printable(key).strip()


def _number(item, text):
    return decisions_table.days(text) if item == DAYS_LATE else decisions_table.number(text)


def typed(cells):
    """(points, comment) of a row; points are as they were typed if they are no number, None if there are none."""
    try:
        return _number(cells['item'], cells['points']), cells['comment']
    except ValueError:
        return cells['points'].casefold() or None, cells['comment']
