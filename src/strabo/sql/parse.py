"""Text to syntax trees, by sqlglot, within limits.

The tree is the parser's own. Two things are added: a deadline that holds where a parser can lose its time, in going
back and trying again; and the place of each expression in the text (`meta["span"]`), so that what made a column is
quoted from the text instead of being generated again, which costs as much as parsing did.
"""

import logging
import re
from collections.abc import Iterator
from functools import lru_cache
from time import monotonic
from typing import Any

from sqlglot import Dialect
from sqlglot import expressions as e
from sqlglot.errors import ErrorLevel, ParseError, SqlglotError
from sqlglot.parser import Parser
from sqlglot.tokenizer_core import Token, TokenType

from strabo.sql.result import Limits, Unknown

# It warns of statements that it keeps as plain text; the result says so itself.
logging.getLogger("sqlglot").setLevel(logging.ERROR)

# What the parser is known to raise on text that is no SQL, besides its own errors: it was not written for garbage.
BROKEN = (SqlglotError, ValueError, TypeError, AttributeError, LookupError, AssertionError, ArithmeticError)

_NESTS = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|/\*.*?\*/|([(\[{])|([)\]}])""", re.DOTALL)


class TooLong(Exception):  # noqa: N818  (it is no error of the text; it is caught in this room)
    """A text has used up its time."""


def refused(text: str, limits: Limits) -> str | None:
    """Why a text is not even tried; None when it is."""
    if len(text) > limits.characters:
        return f"the text has {len(text):,} characters, more than {limits.characters:,}"
    if text.count("(") + text.count("[") + text.count("{") > limits.nesting and _depth(text) > limits.nesting:
        return f"brackets are nested more than {limits.nesting} deep"
    return None


def _depth(text: str) -> int:
    deepest = depth = 0
    for found in _NESTS.finditer(text):
        if found[1]:
            depth += 1
            deepest = max(deepest, depth)
        elif found[2]:
            depth = max(0, depth - 1)
    return deepest


@lru_cache(maxsize=64)
def _parser(base: type[Parser]) -> type[Parser]:
    class Placed(base):  # type: ignore[misc, valid-type]
        deadline = 0.0

        def _retreat(self, index: int) -> None:
            if monotonic() > self.deadline:
                raise TooLong
            super()._retreat(index)

        def _parse_expression(self) -> e.Expr | None:
            first = self._curr
            node: e.Expr | None = super()._parse_expression()
            if node is not None and first:
                node.meta["span"] = (first.start, self._prev.end + 1)
            return node

    return Placed


def trees(text: str, dialect: str, deadline: float) -> Iterator[e.Expr | Unknown]:
    """A text's statements; in place of a bad one, where and why it is bad. Raises TooLong, RecursionError."""
    try:
        rules = Dialect.get_or_raise(dialect)
    except ValueError:
        yield Unknown(f"the SQL dialect {dialect!r} is not known")
        return
    try:
        tokens = rules.tokenize(text)
    except BROKEN as error:
        yield _tokens_broke(text, error)
        return
    parser: Any = _parser(rules.parser_class)(dialect=rules, error_level=ErrorLevel.IMMEDIATE)
    parser.deadline = deadline
    try:
        yield from [tree for tree in parser.parse(tokens, text) if tree is not None]
    except BROKEN as error:
        cut = _cut(tokens)
        if len(cut) < 2:
            yield _broke(text, error)
            return
    else:
        return
    for part in cut:  # one bad statement must not hide the others
        try:
            yield from [tree for tree in parser.parse(part, text) if tree is not None]
        except BROKEN as error:
            yield _broke(text, error)


def _cut(tokens: list[Token]) -> list[list[Token]]:
    parts: list[list[Token]] = [[]]
    for token in tokens:
        if token.token_type == TokenType.SEMICOLON:
            parts.append([])
        else:
            parts[-1].append(token)
    return [part for part in parts if part]


def _broke(text: str, error: Exception) -> Unknown:
    if isinstance(error, ParseError) and error.errors:
        told = error.errors[0]
        line, end = told.get("line") or 0, told.get("col") or 0
        marked = told.get("highlight") or " "
        reason = str(told.get("description") or error).partition(" but got <")[0]
        return Unknown(f"no SQL: {reason}", line, max(1, end - len(marked) + 1))
    return Unknown(f"no SQL: {type(error).__name__}: {error}".splitlines()[0], *place(text, 0))


def _tokens_broke(text: str, error: Exception) -> Unknown:
    end = getattr(error, "end", None)
    return Unknown("no SQL: a quote or a comment is never closed, or a character fits nowhere", *place(text, end or 0))


def place(text: str, at: int) -> tuple[int, int]:
    """Line and column, from 1, of an offset."""
    at = max(0, min(at, len(text)))
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def spot(text: str, node: e.Expr) -> tuple[int, int]:
    """Line and column, from 1, where a node begins; (0, 0) where the parser did not keep it."""
    near = _starts(node.walk(prune=lambda part: part is not node and isinstance(part, e.Query)))
    first = min(near, default=None)
    if first is None:
        first = next(_starts(node.walk()), None)
    return (0, 0) if first is None else place(text, first)


def _starts(parts: Iterator[e.Expr]) -> Iterator[int]:
    return (meta["start"] for part in parts if (meta := part._meta) and "start" in meta)  # noqa: SLF001


def expression_text(text: str, node: e.Expr, dialect: str) -> str:
    """What an output column is made of, as it is written, without its alias."""
    alias: e.Expr | None = None
    body = node
    if isinstance(node, e.Alias):
        alias, body = node.args.get("alias"), node.this
    span = node.meta.get("span")
    named = alias.meta if alias is not None else {}
    if span and alias is None:
        return text[span[0] : span[1]].strip()
    if span and "start" in named:
        if named["start"] <= span[0]:  # DuckDB's `name: expression`
            return text[named["end"] + 1 : span[1]].lstrip(" \t\r\n:").rstrip()
        return _AS.sub("", text[span[0] : named["start"]]).strip()
    try:
        return body.sql(dialect=dialect)
    except (*BROKEN, RecursionError):
        return ""  # a text for people to read; the edges do not need it


_AS = re.compile(r"\bas\s*\Z", re.IGNORECASE)
