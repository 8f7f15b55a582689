"""What SQLite keeps only in the text of a CREATE statement: expressions, and the names of constraints.

The grammar is that of https://www.sqlite.org/lang_createtable.html; `sqlite_schema` holds statements that SQLite
itself accepted, so this reads them loosely and never complains.
"""

import re
import string
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

_TOKEN = re.compile(
    r"""
      (?P<gap> \s+ | --[^\n]* | /\*.*?(?:\*/|\Z) )
    | (?P<quoted> '(?:[^']|'')*' | "(?:[^"]|"")*" | `(?:[^`]|``)*` | \[[^\]]*\] )
    | (?P<word> [\w$]+ )
    | (?P<sign> . )
    """,
    re.VERBOSE | re.DOTALL,
)
_ASCII_DOWN = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_TABLE_CONSTRAINTS = {"CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"}


def folded(name: str) -> str:
    """The name as SQLite compares it: only the letters A to Z lose their case."""
    return name.translate(_ASCII_DOWN)


class _Piece(NamedTuple):
    """A token, or everything between a pair of brackets."""

    text: str  # without the brackets of a group
    start: int
    end: int
    group: bool = False

    @property
    def word(self) -> str:
        """The piece as a keyword; empty for a group, for quoted names match no keyword."""
        return "" if self.group else self.text.upper()


class TableText(NamedTuple):
    """What the text of a CREATE TABLE adds to the pragmas. Names of columns are folded."""

    generated: dict[str, str]  # column -> the expression that computes it
    names: dict[tuple[str, tuple[str, ...]], str]  # ("PRIMARY" | "UNIQUE" | "FOREIGN", columns) -> constraint name
    checks: tuple[str, ...]
    autoincrement: bool


class IndexText(NamedTuple):
    """What the text of a CREATE INDEX adds to the pragmas."""

    columns: tuple[str, ...]  # names or expressions, without their collation and order
    where: str | None


def table_text(sql: str) -> TableText:
    """The expressions and constraint names of a CREATE TABLE."""
    generated: dict[str, str] = {}
    names: dict[tuple[str, tuple[str, ...]], str] = {}
    checks: list[str] = []
    autoincrement = False
    body = next((p for p in _pieces(sql, 0, len(sql)) if p.group), None)
    for item in _items(sql, body) if body else ():
        column = None if item[0].word in _TABLE_CONSTRAINTS else folded(_unquoted(item[0].text))
        name: str | None = None
        for at, piece in enumerate(item):
            after = item[at + 1 :]
            match piece.word:
                case "CONSTRAINT" if after:
                    name = _unquoted(after[0].text)
                case "CHECK" if after and after[0].group:
                    checks.append(after[0].text.strip())
                    name = None
                case "AS" if column is not None and after and after[0].group:
                    generated[column] = after[0].text.strip()
                case "PRIMARY" | "UNIQUE" | "FOREIGN" | "REFERENCES":
                    # A key that a column declares for itself has no list of columns; one of the table must.
                    kind = "FOREIGN" if piece.word == "REFERENCES" else piece.word
                    group = next((p for p in after[:2] if p.group), None)
                    columns = (column,) if column is not None else _folded_names(sql, group)
                    if name is not None and columns:
                        names[kind, columns] = name
                    name = None
                case "AUTOINCREMENT":
                    autoincrement = True
                case "NOT" | "NULL" | "DEFAULT" | "COLLATE" | "GENERATED":
                    name = None  # it named this one
                case _:
                    pass
    return TableText(generated, names, tuple(checks), autoincrement)


def index_text(sql: str) -> IndexText:
    """The columns and the condition of a CREATE INDEX."""
    pieces = list(_pieces(sql, 0, len(sql)))
    at = next((n for n, p in enumerate(pieces) if p.group), None)
    if at is None:
        return IndexText((), None)
    columns = tuple(_without_order(sql, item) for item in _items(sql, pieces[at]))
    rest = pieces[at + 1 :]
    where = sql[rest[0].end :].strip() if rest and rest[0].word == "WHERE" else None
    return IndexText(columns, where)


def module(sql: str) -> str:
    """The module of a CREATE VIRTUAL TABLE: "fts5"; empty where the text names none."""
    pieces = list(_pieces(sql, 0, len(sql)))
    return next((_unquoted(b.text) for a, b in pairwise(pieces) if a.word == "USING"), "")


def event(sql: str) -> str:
    """When a trigger fires, as its CREATE TRIGGER says: "AFTER UPDATE OF price"; empty where the text does not say."""
    pieces = list(_pieces(sql, 0, len(sql)))
    starts = {"BEFORE", "AFTER", "INSTEAD", "DELETE", "INSERT", "UPDATE"}
    # The trigger's own name may be one of these words: what names it comes before, so begin behind it.
    begin = next((n for n, p in enumerate(pieces) if p.word == "TRIGGER"), 0) + 1
    words = [p.word for p in pieces[begin:]]
    if words[:3] == ["IF", "NOT", "EXISTS"]:
        begin += 3
    begin += 3 if len(pieces) > begin + 1 and pieces[begin + 1].text == "." else 1
    first = next((n for n in range(begin, len(pieces)) if pieces[n].word in starts), None)
    last = next((n for n in range(begin, len(pieces)) if pieces[n].word == "ON"), None)
    if first is None or last is None or last <= first:
        return ""
    return " ".join(sql[pieces[first].start : pieces[last].start].split())


def _pieces(sql: str, start: int, end: int) -> Iterator[_Piece]:
    """The tokens from `start` to `end`, a pair of brackets and what is between them as one piece."""
    depth = opened = 0
    for found in _TOKEN.finditer(sql, start, end):
        if found.lastgroup == "gap":
            continue
        text = found.group()
        if text == "(":
            if depth == 0:
                opened = found.end()
            depth += 1
        elif text == ")":
            depth -= 1
            if depth == 0:
                yield _Piece(sql[opened : found.start()], opened, found.start(), group=True)
        elif depth == 0:
            yield _Piece(text, found.start(), found.end())


def _items(sql: str, group: _Piece) -> Iterator[list[_Piece]]:
    """What stands between the commas of a group; an item that is empty is left out."""
    item: list[_Piece] = []
    for piece in _pieces(sql, group.start, group.end):
        if piece.text == "," and not piece.group:
            if item:
                yield item
            item = []
        else:
            item.append(piece)
    if item:
        yield item


def _folded_names(sql: str, group: _Piece | None) -> tuple[str, ...]:
    return tuple(folded(_unquoted(item[0].text)) for item in _items(sql, group)) if group else ()


def _without_order(sql: str, item: Sequence[_Piece]) -> str:
    """One column of an index: its name, or its expression as written."""
    end = len(item)
    if end > 1 and item[end - 1].word in {"ASC", "DESC"}:
        end -= 1
    if end > 2 and item[end - 2].word == "COLLATE":
        end -= 2
    if end == 1 and not item[0].group:
        return _unquoted(item[0].text)
    first, last = item[0], item[end - 1]
    return sql[first.start - first.group : last.end + last.group]


def _unquoted(name: str) -> str:
    if name[:1] in {"'", '"', "`"}:
        return name[1:-1].replace(name[0] * 2, name[0])
    return name[1:-1] if name[:1] == "[" else name
