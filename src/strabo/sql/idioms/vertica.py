"""Vertica, in the words of PostgreSQL.

After Vertica's "SQL statements": SELECT (AT epoch, LIMIT OVER, INTERPOLATE), CREATE PROJECTION, EXPORT TO PARQUET.
TIMESERIES is left unread: its column of time is made of one that only its window names.
"""

from sqlglot.tokenizer_core import TokenType

from strabo.sql.idioms.db2 import copied
from strabo.sql.idioms.tokens import L, Tokens, behind, find, is_a, like, put, says, without, word

_FORMATS = frozenset({"PARQUET", "ORC", "JSON", "DELIMITED"})


def statements(tokens: Tokens) -> Tokens:
    if says(tokens, 0, "AT"):
        start = next((at for at in range(len(tokens)) if word(tokens, at) in {"SELECT", "WITH"}), 0)
        return tokens[start:]
    if says(tokens, 0, "CREATE"):
        return _made(tokens)
    if says(tokens, 0, "EXPORT", "TO") and word(tokens, 2) in _FORMATS and is_a(tokens, 3, L):
        end = behind(tokens, 3)
        inside = tokens[3:end]
        place = next((i for i in range(len(inside)) if says(inside, i, "DIRECTORY", "=")), -1)
        if place >= 0 and is_a(inside, place + 2, TokenType.STRING) and says(tokens, end, "AS"):
            return copied(tokens, end + 1, inside[place + 2].text)
    return tokens


def _made(tokens: Tokens) -> Tokens:
    at = 3 if says(tokens, 1, "OR", "REPLACE") else 1
    if says(tokens, at, "PROJECTION"):
        end = next(
            (i for i in range(at, len(tokens)) if word(tokens, i) in {"SEGMENTED", "UNSEGMENTED", "KSAFE"}), None
        )
        view = [like(tokens[at], TokenType.VAR, "MATERIALIZED"), like(tokens[at], TokenType.VIEW, "VIEW")]
        return put(tokens[:end], at, at + 1, view)
    if word(tokens, at) in {"LOCAL", "GLOBAL"} and word(tokens, at + 1) in {"TEMP", "TEMPORARY"}:
        # Of a global one all sessions share the definition, so it is a table like others.
        tokens = without(tokens, at, at + 1 + (word(tokens, at) == "GLOBAL"))
        commit = find(tokens, "ON", "COMMIT")
        return tokens if commit < 0 else without(tokens, commit, commit + 4)
    return tokens


def clauses(tokens: Tokens) -> Tokens:
    at = 0
    while at < len(tokens):
        if says(tokens, at, "USING", "PARAMETERS"):
            end = at
            while end < len(tokens) and tokens[end].token_type != TokenType.R_PAREN:
                end = behind(tokens, end)
            tokens = without(tokens, at, end)
        elif says(tokens, at, "INTERPOLATE") and says(tokens, at + 2, "VALUE"):
            tokens = put(tokens, at, at + 3, [like(tokens[at], TokenType.EQ, "=")])
        elif says(tokens, at, "LIMIT") and says(tokens, at + 2, "OVER"):
            tokens = _limited(tokens, at)
        at += 1
    return tokens


def _limited(tokens: Tokens, at: int) -> Tokens:
    """`LIMIT n OVER (…)` as the test of a row's number that it is."""
    near, number, over = tokens[at], tokens[at + 1], tokens[at + 2 : behind(tokens, at + 3)]
    called = [like(near, TokenType.QUALIFY, "QUALIFY"), like(near, TokenType.VAR, "ROW_NUMBER"),
              like(near, L, "("), like(near, TokenType.R_PAREN, ")")]  # fmt: skip
    return put(tokens, at, at + 2 + len(over), [*called, *over, like(near, TokenType.LTE, "<="), number])
