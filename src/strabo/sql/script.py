"""A text cut into statements.

The seam for what scripts of a dialect do beyond semicolons: a text comes in, runs of tokens come out, each with the
offsets that it has in the whole text.
"""

from bisect import bisect_left
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from sqlglot.tokenizer_core import Token, TokenType

from strabo.sql.errors import BROKEN
from strabo.sql.scripts import shapes
from strabo.sql.scripts.kin import TSQL
from strabo.sql.text import place

_SEMICOLON = TokenType.SEMICOLON

# First words after which the parser's tokenizer keeps all the rest as one string.
_SWALLOWING = frozenset({
    TokenType.COMMAND, TokenType.EXECUTE, TokenType.FETCH, TokenType.SHOW, TokenType.RENAME, TokenType.REPLACE,
})  # fmt: skip


class Whole:
    """A dialect's tokenizer that swallows nothing; stands where the parser's rules stand in `tokens_of`."""

    def __init__(self, rules: Any) -> None:
        self._tokenizer = _whole(rules.tokenizer_class)(dialect=rules)

    def tokenize(self, text: str) -> list[Token]:
        tokens: list[Token] = self._tokenizer.tokenize(text)
        return tokens


@lru_cache(maxsize=64)
def _whole(tokenizer: type[Any]) -> type[Any]:
    return type("Whole", (tokenizer,), {"COMMANDS": set()})


def tokens_of(text: str, rules: Any, start: int = 0, end: int | None = None) -> list[Token]:
    """The tokens of a part of a text, by their offsets in the whole. Raises one of `BROKEN`."""
    try:
        tokens: list[Token] = rules.tokenize(text if start == 0 and end is None else text[start:end])
    except BROKEN as error:
        if MemoryError in (type(error.__cause__), type(error.__context__)):  # it takes whatever happens for bad text
            raise MemoryError from error
        raise
    if start:
        line, column = place(text, start)
        tokens = [
            Token(
                t.token_type,
                t.text,
                t.line + line - 1,
                t.col + (column - 1 if t.line == 1 else 0),
                t.start + start,
                t.end + start,
                t.comments,
            )
            for t in tokens
        ]
    return tokens


def statements(tokens: list[Token]) -> Iterator[list[Token]]:
    """The statements among tokens, in order."""
    begin = 0
    for at, token in enumerate(tokens):
        if token.token_type == _SEMICOLON:
            if at > begin:
                yield tokens[begin:at]
            begin = at + 1
    if begin < len(tokens):
        yield tokens[begin:]


# First words of what is more than a statement; of SET only where it gives a variable a value.
_SCRIPT_WORDS = frozenset({
    "BEGIN", "DECLARE", "DO", "EXECUTE", "EXEC", "PREPARE", "LET", "IF", "WHILE", "FOR", "LOOP", "REPEAT", "CASE",
    "PROC",
})  # fmt: skip
_TSQL_WORDS = frozenset({"WAITFOR", "GOTO", "RAISERROR", "THROW", "OPEN", "FETCH", "CLOSE", "DEALLOCATE", "RETURN"})
_SETTING = frozenset({"mysql", "singlestore", "doris", "starrocks", "tsql", "fabric", "bigquery", "snowflake"})


def without_top(tokens: list[Token]) -> list[Token]:
    """T-SQL's DELETE TOP (n) FROM t and its kin without the limit, which the parser takes for the table."""
    if len(tokens) < 4 or tokens[0].text.upper() not in _LIMITED or tokens[1].text.upper() != "TOP":
        return tokens
    at = shapes.closing(tokens, 2) + 1 if tokens[2].token_type == TokenType.L_PAREN else 3
    if at < len(tokens) and tokens[at].text.upper() == "PERCENT":
        at += 1
    return [tokens[0], *tokens[at:]]


_LIMITED = frozenset({"DELETE", "UPDATE", "INSERT", "MERGE"})


def is_scripted(found: list[list[Token]], dialect: str) -> bool:
    """Whether statements, cut at semicolons, are those of a script, where a semicolon may end less than a statement."""
    tsql = dialect in TSQL
    for tokens in found:
        word = tokens[0].text.upper()
        if word in _SCRIPT_WORDS or (word == "SET" and dialect in _SETTING):
            return True
        if tsql and (word in _TSQL_WORDS or tokens[0].token_type in _SWALLOWING):
            return True
        if word in {"CREATE", "ALTER", "REPLACE"} and shapes.is_routine(tokens, 0, dialect):
            return True
        if tsql and (shapes.tsql_end(tokens, 0) < len(tokens) or shapes.assigned_in_select(tokens)[1]):
            return True
    return False


def batches(tokens: list[Token], cuts: list[int]) -> Iterator[list[Token]]:
    """The tokens between the offsets where batches end, in order."""
    begin = 0
    for cut in cuts:
        end = bisect_left(tokens, cut, begin, key=lambda token: token.start)
        if end > begin:
            yield tokens[begin:end]
        begin = end
    if begin < len(tokens):
        yield tokens[begin:]


def spelled_out(tokens: list[Token], text: str, rules: Any) -> list[Token]:
    """The tokens of a statement of which the tokenizer has kept all but the first word as one string."""
    if len(tokens) != 2 or tokens[0].token_type not in _SWALLOWING or tokens[1].token_type != TokenType.STRING:
        return tokens
    try:
        return [tokens[0], *tokens_of(text, Whole(rules), tokens[0].end + 1, tokens[1].end + 1)]
    except BROKEN:
        return tokens


def pieces(text: str) -> Iterator[tuple[int, int]]:
    """Where statements may lie in a text that cannot be tokenized as a whole: between semicolons at ends of lines."""
    begin = 0
    while begin < len(text):
        end = text.find(";\n", begin)
        end = len(text) if end < 0 else end + 1
        if text[begin:end].strip():
            yield begin, end
        begin = end
