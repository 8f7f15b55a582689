"""On which line each key of a TOML text stands, which the standard library's parser does not tell."""

import re
import tomllib
from contextlib import suppress

KeyPath = tuple[str | int, ...]

_SPACE = re.compile(r"[ \t]*")
_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}(?!")' r"|'''.*?'{3,5}(?!')" r'|"(?:[^"\\\n]|\\.)*"' r"|'[^'\n]*'",
    re.DOTALL,
)
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_PLAIN = re.compile(r"[^,\]}#\r\n]+")  # a number, a boolean, a date


def toml_lines(text: str) -> dict[KeyPath, int]:
    """The line of every key and list item of a text that `tomllib` accepts; what cannot be followed is left out."""
    finder = _Finder(text)
    with suppress(_LostError):  # lines are a courtesy: the values come from tomllib
        finder.run()
    return finder.lines


class _LostError(Exception):
    """The text is not what was expected here."""


class _Finder:
    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.lines: dict[KeyPath, int] = {}
        self.counts: dict[KeyPath, int] = {}  # how many tables an array of tables has so far
        self._counted_to, self._line = 0, 1

    def run(self) -> None:
        table: KeyPath = ()
        while True:
            self.skip(_BLANK)
            if self.at >= len(self.text):
                return
            if self.take("[["):
                keys = self.keys()
                array = self.resolve(keys[:-1]) + keys[-1:]
                position = self.counts.get(array, 0)
                self.counts[array] = position + 1
                table = (*array, position)
                self.note(array)
                self.note(table)
                self.expect("]]")
            elif self.take("["):
                table = self.resolve(self.keys())
                self.note(table)
                self.expect("]")
            else:
                self.pair(table)

    def pair(self, table: KeyPath) -> None:
        at = self.at
        keys = self.keys()
        line = self.line(at)
        path = table + keys
        for end in range(len(table) + 1, len(path) + 1):
            self.lines.setdefault(path[:end], line)
        self.expect("=")
        self.value(path)

    def value(self, path: KeyPath) -> None:
        self.skip(_SPACE)
        if self.take("["):
            position = 0
            while True:
                self.skip(_BLANK)
                if self.take("]"):
                    return
                self.note((*path, position))
                self.value((*path, position))
                position += 1
                self.skip(_BLANK)
                self.take(",")
        elif self.take("{"):
            while True:
                self.skip(_BLANK)
                if self.take("}"):
                    return
                self.pair(path)
                self.skip(_BLANK)
                self.take(",")
        elif not (self.skip(_STRING) or self.skip(_PLAIN)):
            raise _LostError

    def keys(self) -> KeyPath:
        """A dotted key: its parts, quotes removed."""
        found: list[str] = []
        while True:
            self.skip(_SPACE)
            key = _BARE_KEY.match(self.text, self.at) or _STRING.match(self.text, self.at)
            if key is None:
                raise _LostError
            self.at = key.end()
            spelled = key.group()
            found.append(spelled if spelled[0] not in "\"'" else tomllib.loads(f"k={spelled}")["k"])
            self.skip(_SPACE)
            if not self.take("."):
                return tuple(found)

    def resolve(self, keys: KeyPath) -> KeyPath:
        """The path that a table's header means: below an array of tables it is the last table so far."""
        path: KeyPath = ()
        for key in keys:
            path = (*path, key)
            if path in self.counts:
                path = (*path, self.counts[path] - 1)
        return path

    def note(self, path: KeyPath) -> None:
        self.lines.setdefault(path, self.line(self.at))

    def line(self, at: int) -> int:
        """The line of an offset; offsets are asked for nearly in order, so the count goes on from the last."""
        if at < self._counted_to:
            self._counted_to, self._line = 0, 1
        self._line += self.text.count("\n", self._counted_to, at)
        self._counted_to = at
        return self._line

    def skip(self, pattern: re.Pattern[str]) -> bool:
        found = pattern.match(self.text, self.at)
        if found is None or not found.group():
            return False
        self.at = found.end()
        return True

    def take(self, mark: str) -> bool:
        if self.text.startswith(mark, self.at):
            self.at += len(mark)
            return True
        return False

    def expect(self, mark: str) -> None:
        self.skip(_SPACE)
        if not self.take(mark):
            raise _LostError
