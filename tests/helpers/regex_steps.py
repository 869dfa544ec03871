"""Counts the steps in which a pattern is matched by backtracking, as Python's own engine does it."""
import sys

try:
    from re import _constants as constants
    from re import _parser as parser
except ImportError:  # before Python 3.11
    import sre_constants as constants
    import sre_parse as parser


def steps(pattern, text, how):
    """The steps that pattern.search, .match or .fullmatch (how) takes on the text."""
    counter = _Counter(pattern, text)
    end = len(text)
    depth = sys.getrecursionlimit()
    sys.setrecursionlimit(20_000)
    try:
        for start in range(end + 1 if how == 'search' else 1):
            if any(how != 'fullmatch' or place == end for place in counter.places([*counter.tree], start)):
                break
    finally:
        sys.setrecursionlimit(depth)
    return counter.count


class _Counter:
    def __init__(self, pattern, text):
        self.tree, self.text, self.count = parser.parse(pattern.pattern, pattern.flags), text, 0

    def places(self, items, place):
        """Where a match of these items can end that begins at place, one after the other, as they are tried."""
        if not items:
            yield place
            return
        (kind, value), rest = items[0], items[1:]
        self.count += 1
        if kind is constants.MAX_REPEAT or kind is constants.MIN_REPEAT:
            low, high, body = value
            yield from self._repeated([*body], low, high, place, rest, greedy=kind is constants.MAX_REPEAT)
        elif kind is constants.SUBPATTERN:
            yield from self.places([*value[-1], *rest], place)
        elif kind is constants.BRANCH:
            for branch in value[1]:
                yield from self.places([*branch, *rest], place)
        elif kind is constants.ASSERT or kind is constants.ASSERT_NOT:
            direction, body = value
            start = place if direction > 0 else place - body.getwidth()[0]
            found = start >= 0 and any(direction > 0 or end == place for end in self.places([*body], start))
            if found == (kind is constants.ASSERT):
                yield from self.places(rest, place)
        elif kind is constants.AT:
            if self._is_at(value, place):
                yield from self.places(rest, place)
        elif kind is not constants.FAILURE and place < len(self.text) and self._fits(kind, value, self.text[place]):
            yield from self.places(rest, place + 1)

    def _repeated(self, body, low, high, place, rest, greedy):
        if len(body) == 1 and body[0][0] in (constants.LITERAL, constants.NOT_LITERAL, constants.ANY, constants.IN):
            most = place  # the engine too runs over single characters without a stack
            while most < len(self.text) and most - place < high and self._fits(*body[0], self.text[most]):
                most += 1
                self.count += 1
            ends = range(place + low, most + 1)
            for end in reversed(ends) if greedy else ends:
                yield from self.places(rest, end)
            return
        if greedy and high > 0:
            for end in self.places(body, place):
                if end > place:
                    yield from self._repeated(body, max(0, low - 1), high - 1, end, rest, greedy)
        if low == 0:
            yield from self.places(rest, place)

    def _is_at(self, where, place):
        def is_word(index):
            return 0 <= index < len(self.text) and (self.text[index].isalnum() or self.text[index] == '_')

        if where in (constants.AT_BOUNDARY, constants.AT_NON_BOUNDARY):
            return (is_word(place - 1) != is_word(place)) == (where is constants.AT_BOUNDARY)
        if where is constants.AT_BEGINNING:
            return place == 0
        return place == len(self.text) or self.text[place:] == '\n'

    def _fits(self, kind, value, char):
        if kind is constants.ANY:
            return char != '\n'
        if kind is constants.LITERAL:
            return ord(char) == value
        if kind is constants.NOT_LITERAL:
            return ord(char) != value
        negated = value[0][0] is constants.NEGATE
        return any(self._in(part, char) for part in value[negated:]) != negated

    @staticmethod
    def _in(part, char):
        kind, value = part
        if kind is constants.LITERAL:
            return ord(char) == value
        if kind is constants.RANGE:
            return value[0] <= ord(char) <= value[1]
        name = str(value)
        found = char.isdigit() if 'DIGIT' in name else char.isspace() if 'SPACE' in name else \
            char.isalnum() or char == '_'
        return found != ('NOT' in name)
