"""DuckDB's types, taken apart: `STRUCT("a b" INTEGER, tags VARCHAR[])` as columns within columns.

Spelled as `duckdb_columns().data_type` spells them; https://duckdb.org/docs/stable/sql/data_types/overview lists them.
"""

import re
from typing import NamedTuple

from strabo.model.records import CanonicalType, Column

KINDS: dict[str, CanonicalType] = {
    "BOOLEAN": "boolean",
    "TINYINT": "integer",
    "SMALLINT": "integer",
    "INTEGER": "integer",
    "BIGINT": "integer",
    "HUGEINT": "integer",
    "UTINYINT": "integer",
    "USMALLINT": "integer",
    "UINTEGER": "integer",
    "UBIGINT": "integer",
    "UHUGEINT": "integer",
    "BIGNUM": "integer",
    "VARINT": "integer",
    "DECIMAL": "decimal",
    "FLOAT": "float",
    "DOUBLE": "float",
    "VARCHAR": "text",
    "BLOB": "binary",
    "DATE": "date",
    "TIME": "time",
    "TIME_NS": "time",
    "TIME WITH TIME ZONE": "time",
    "TIMESTAMP": "timestamp",
    "TIMESTAMP_S": "timestamp",
    "TIMESTAMP_MS": "timestamp",
    "TIMESTAMP_NS": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "timestamp",
    "TIMESTAMPTZ_NS": "timestamp",
    "INTERVAL": "interval",
    "UUID": "uuid",
    "JSON": "json",
    "VARIANT": "json",
    "BIT": "bit",
    "ENUM": "enum",
    "GEOMETRY": "geometry",
    "STRUCT": "struct",
    "TUPLE": "struct",
    "MAP": "map",
    "UNION": "union",
}

_TOKEN = re.compile(r"""\s* (?: "((?:[^"]|"")*)" | '((?:[^']|'')*)' | ([^\s"'()\[\],]+) | ([()\[\],]) )""", re.VERBOSE)
MAX_DEPTH = 100
"""How far types are opened; nothing that people make comes near it."""


class Opened(NamedTuple):
    """What a type holds."""

    kind: CanonicalType
    fields: tuple[Column, ...] = ()
    values: tuple[str, ...] = ()


class _Stuck(Exception):
    """The text is no type that this grammar knows."""


def opened(type_: str) -> Opened:
    """The canonical kind of a type and what is in it.

    That is a struct's or union's fields, a list's or array's `element`, a map's `key` and `value`, an enum's values.
    A type that is not understood is `unknown` with nothing in it.
    """
    try:
        reader = _Reader(type_)
        _, found = reader.type(0)
        reader.expect_end()
    except _Stuck:
        return Opened("unknown")
    return found


class _Token(NamedTuple):
    text: str  # without its quotes
    sort: str  # "name" (in double quotes), "value" (in single quotes), "word", "sign", or "end"
    start: int
    end: int


class _Reader:
    """One type text, from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._last = 0  # where the token before the next one ended
        self._ahead = self._scan()

    def type(self, depth: int) -> tuple[str, Opened]:
        """The next type: its text as spelled, and what it holds."""
        start = self._ahead.start
        found = self._base(depth)
        while self._is("["):
            depth += 1
            if depth > MAX_DEPTH:
                raise _Stuck
            element = self._text[start : self._last]
            self._take()
            if not self._is("]"):  # an array's length
                self._word()
            self._sign("]")
            found = Opened("array", (_column("element", element, found),))
        return self._text[start : self._last], found

    def expect_end(self) -> None:
        if self._ahead.sort != "end":
            raise _Stuck

    def _base(self, depth: int) -> Opened:
        if depth > MAX_DEPTH:
            raise _Stuck
        if self._ahead.sort == "name":  # a type of the user's own, or of an extension
            self._take()
            return Opened("unknown")
        words = [self._word()]
        while self._ahead.sort == "word":
            words.append(self._take().text)
        name = " ".join(words).upper()
        kind = KINDS.get(name, "unknown")
        if not self._is("("):
            return Opened(kind)
        self._take()
        match name:
            case "STRUCT" | "UNION" | "TUPLE":
                found = Opened(kind, self._fields(depth, unnamed=name == "TUPLE"))
            case "MAP":
                key = _column("key", *self.type(depth + 1))
                self._sign(",")
                found = Opened(kind, (key, _column("value", *self.type(depth + 1))))
            case "ENUM":
                found = Opened(kind, values=self._values())
            case _:
                self._skip_arguments()
                found = Opened(kind)
        self._sign(")")
        return found

    def _fields(self, depth: int, *, unnamed: bool) -> tuple[Column, ...]:
        """A struct's or a union's fields; a tuple's, that have no names, are called by their numbers.

        `struct_extract(pair, 1)` calls them so, too. In DuckDB 1 a tuple is a struct whose fields have no names.
        """
        fields: list[Column] = []
        while not self._is(")"):
            if fields:
                self._sign(",")
            name = str(len(fields) + 1)
            if not unnamed and not self._is_unnamed():
                token = self._take()
                if token.sort not in {"name", "word"}:
                    raise _Stuck
                name = token.text
            fields.append(_column(name, *self.type(depth + 1)))
        return tuple(fields)

    def _is_unnamed(self) -> bool:
        """Whether a type comes next and not the name of a field: a name is followed by its type's first word."""
        behind = self._peek()
        return behind.sort in {"sign", "end"} or (behind.sort == "word" and behind.text.upper() == "WITH")

    def _values(self) -> tuple[str, ...]:
        values: list[str] = []
        while not self._is(")"):
            if values:
                self._sign(",")
            value = self._take()
            if value.sort != "value":
                raise _Stuck
            values.append(value.text)
        return tuple(values)

    def _skip_arguments(self) -> None:
        """Over a precision, a scale, a coordinate system."""
        while not self._is(")"):
            if self._ahead.sort == "end" or self._is("("):
                raise _Stuck
            self._take()

    def _is(self, sign: str) -> bool:
        return self._ahead.sort == "sign" and self._ahead.text == sign

    def _sign(self, sign: str) -> None:
        if not self._is(sign):
            raise _Stuck
        self._take()

    def _word(self) -> str:
        if self._ahead.sort != "word":
            raise _Stuck
        return self._take().text

    def _peek(self) -> _Token:
        """The token after the next one."""
        at = self._at
        token = self._scan()
        self._at = at
        return token

    def _take(self) -> _Token:
        token = self._ahead
        self._last = token.end
        self._ahead = self._scan()
        return token

    def _scan(self) -> _Token:
        found = _TOKEN.match(self._text, self._at)
        if found is None:
            if self._text[self._at :].strip():
                raise _Stuck
            return _Token("", "end", len(self._text), len(self._text))
        self._at = found.end()
        name, value, word, sign = found.groups()
        if name is not None:
            return _Token(name.replace('""', '"'), "name", found.start(1) - 1, found.end())
        if value is not None:
            return _Token(value.replace("''", "'"), "value", found.start(2) - 1, found.end())
        if word is not None:
            return _Token(word, "word", found.start(3), found.end())
        return _Token(sign, "sign", found.start(4), found.end())


def _column(name: str, type_: str, found: Opened) -> Column:
    return Column(name=name, type=type_, kind=found.kind, fields=found.fields, values=found.values)
