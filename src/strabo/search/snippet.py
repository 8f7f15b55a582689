"""The piece of a text that shows why it was found."""

import unicodedata
from collections.abc import Iterator

import msgspec

from strabo.search.plural import forms
from strabo.search.query import Query
from strabo.search.words import spans

WIDTH = 160
_READ = 20_000  # characters of a text that are looked at, as many as are indexed


class Snippet(msgspec.Struct, frozen=True):
    """One line of text, and the places in it (from, to) that were asked for. "…" stands where the text goes on."""

    text: str
    marks: tuple[tuple[int, int], ...] = ()

    def marked(self, before: str = "**", after: str = "**") -> str:
        """The text with its marks written in."""
        found, at = [], 0
        for start, end in self.marks:
            found += [self.text[at:start], before, self.text[start:end], after]
            at = end
        return "".join([*found, self.text[at:]])


def snippet(text: str, query: Query, width: int = WIDTH) -> Snippet:
    """The `width` characters of the text that hold most of the words asked for; its beginning if it holds none.

    Line ends, and characters that steer a terminal or turn the direction of writing, become spaces.
    """
    line = " ".join(
        "".join(" " if unicodedata.category(c)[0] in "CZ" and c != "\u200d" else c for c in text[:_READ]).split()
    )
    marks = list(_marks(line, query))
    if len(line) <= width:
        return Snippet(line, _merged(marks))
    start = _best_start(marks, width)
    start = max(0, min(start, len(line) - width))
    end = min(len(line), start + width)
    if start:  # begin with a whole word, if one begins soon
        space = line.find(" ", start, start + 20)
        start = (
            space + 1
            if space >= 0 and not any(a <= space < b or a < space + 1 for a, b in marks if a >= start)
            else start
        )
    if end < len(line):
        space = line.rfind(" ", max(start, end - 20), end)
        end = space if space > start and not any(a < end and b > space for a, b in marks) else end
    head = "…" if start else ""
    tail = "…" if end < len(line) else ""
    shift = len(head) - start
    shown = [(max(a, start) + shift, min(b, end) + shift) for a, b in marks if b > start and a < end]
    return Snippet(head + line[start:end] + tail, _merged(shown))


def _marks(line: str, query: Query) -> Iterator[tuple[int, int]]:
    wanted: dict[str, None] = {}
    begun: list[str] = []
    for term in query.terms:
        for word in (*term.parts, *([term.whole] if term.whole else [])):
            wanted.update(dict.fromkeys(forms(word)))
        if term.prefix:
            begun.append(term.parts[-1])
    for start, end, word in spans(line):
        if word in wanted or (begun and word.startswith(tuple(begun))):
            yield start, end
        elif len(word) == end - start and not word.isascii():  # pairs within a run of a script without spaces
            for pair in wanted:
                at = word.find(pair) if len(pair) <= 2 and not pair.isascii() else -1
                if at >= 0:
                    yield start + at, start + at + len(pair)


def _best_start(marks: list[tuple[int, int]], width: int) -> int:
    """Where to begin so that the most marks are in sight, with some text before the first."""
    best, most = 0, 0
    right = 0
    for left, (start, _) in enumerate(marks):
        right = max(right, left)
        while right < len(marks) and marks[right][1] <= start + width * 3 // 4:
            right += 1
        if right - left > most:
            best, most = start, right - left
    return max(0, best - width // 4)


def _merged(marks: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    found: list[tuple[int, int]] = []
    for start, end in sorted(marks):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return tuple(found)
