"""Vertica, in the words of PostgreSQL.

After Vertica's "SQL statements": SELECT (AT epoch, LIMIT OVER, INTERPOLATE), CREATE PROJECTION, EXPORT TO PARQUET.
TIMESERIES is left unread: its column of time is made of one that only its window names.
"""

from itertools import pairwise

from sqlglot.tokenizer_core import TokenType

from strabo.sql.idioms.db2 import copied
from strabo.sql.idioms.tokens import (
    COMMA,
    L,
    Tokens,
    behind,
    find,
    is_a,
    like,
    name_end,
    outside,
    put,
    says,
    without,
    word,
)

_SPREAD = frozenset({"BEST", "AUTO", "NODES", "ROW", "LEFT"})  # where the rows are, not which they are
_LAID_OUT = frozenset({"SEGMENTED", "UNSEGMENTED", "KSAFE", "ENCODED"})
_FORMATS = frozenset({"PARQUET", "ORC", "JSON", "DELIMITED"})


def statements(tokens: Tokens) -> Tokens:
    if says(tokens, 0, "AT"):
        start = next((at for at in range(len(tokens)) if word(tokens, at) in {"SELECT", "WITH"}), 0)
        return tokens[start:]
    if says(tokens, 0, "CREATE"):
        return _made(tokens)
    if says(tokens, 0, "EXPORT", "TO", "VERTICA"):
        return _to_another(tokens)
    if says(tokens, 0, "COPY"):
        return _loaded(tokens)
    if says(tokens, 0, "EXPORT", "TO") and word(tokens, 2) in _FORMATS and is_a(tokens, 3, L):
        end = behind(tokens, 3)
        inside = tokens[3:end]
        place = next((i for i in range(len(inside)) if says(inside, i, "DIRECTORY", "=")), -1)
        if says(tokens, end, "OVER"):
            end = behind(tokens, end + 1)
        if place >= 0 and is_a(inside, place + 2, TokenType.STRING) and says(tokens, end, "AS"):
            return copied(tokens, end + 1, inside[place + 2].text)
    return tokens


def _to_another(tokens: Tokens) -> Tokens:
    """`EXPORT TO VERTICA d.t (a, b) AS SELECT …`, an INSERT into a table elsewhere; a name may stand for the query."""
    end = name_end(tokens, 3)
    listed = behind(tokens, end) if is_a(tokens, end, L) else end
    near = tokens[0]
    query = tokens[listed + says(tokens, listed, "AS") :]
    if not any(word(query, at) in {"SELECT", "WITH"} for at in range(2)):
        query = [like(near, TokenType.SELECT, "SELECT"), like(near, TokenType.STAR, "*"),
                 like(near, TokenType.FROM, "FROM"), *query]  # fmt: skip
    head = [like(near, TokenType.INSERT, "INSERT"), like(near, TokenType.INTO, "INTO")]
    return [*head, *tokens[3:listed], *query]


def _loaded(tokens: Tokens) -> Tokens:
    """COPY with columns that are computed or left out, from LOCAL files, or from another database."""
    end = name_end(tokens, 1)
    listed = behind(tokens, end) if is_a(tokens, end, L) else end
    columns = _columns(tokens[end:listed])
    near = tokens[0]
    if says(tokens, listed, "FROM", "VERTICA"):
        source = name_end(tokens, listed + 2)
        named = tokens[source : behind(tokens, source)] if is_a(tokens, source, L) else []
        query = named[1:-1] or [like(near, TokenType.STAR, "*")]
        head = [like(near, TokenType.INSERT, "INSERT"), like(near, TokenType.INTO, "INTO"), *tokens[1:end], *columns]
        return [*head, like(near, TokenType.SELECT, "SELECT"), *query, *tokens[listed : listed + 1],
                *tokens[listed + 2 : source]]  # fmt: skip
    place = listed + 1 + says(tokens, listed + 1, "LOCAL")
    if not says(tokens, listed, "FROM") or not is_a(tokens, place, TokenType.STRING):
        return tokens
    return [*tokens[:end], *columns, tokens[listed], tokens[place]]


def _columns(listed: Tokens) -> Tokens:
    """The names of a column list without those of fillers, which end in no column."""
    if not listed:
        return []
    kept = [listed[0]]
    places = [0, *(at for at in outside(listed[:-1], 1) if is_a(listed, at, COMMA)), len(listed) - 1]
    for start, end in pairwise(places):
        part = listed[start + 1 : end]
        if part and not says(part, 1, "FILLER"):
            kept += [*([] if len(kept) == 1 else [like(part[0], COMMA, ",")]), part[0]]
    return [*kept, listed[-1]] if len(kept) > 1 else []


def _made(tokens: Tokens) -> Tokens:
    at = 3 if says(tokens, 1, "OR", "REPLACE") else 1
    if says(tokens, at, "PROJECTION"):
        end = next(
            (i for i in range(at, len(tokens)) if word(tokens, i) in {"SEGMENTED", "UNSEGMENTED", "KSAFE"}), None
        )
        view = [like(tokens[at], TokenType.VAR, "MATERIALIZED"), like(tokens[at], TokenType.VIEW, "VIEW")]
        return put(tokens[:end], at, at + 1, view)
    query = find(tokens, "AS")
    cut = next((i for i in outside(tokens, query) if word(tokens, i) in _LAID_OUT), -1) if query > 0 else -1
    tokens = tokens if cut < 0 else tokens[:cut]
    if says(tokens, at, "EXTERNAL", "TABLE"):
        end = find(tokens, "AS")
        return without(tokens[: end if end > 0 else len(tokens)], at, at + 1)
    if says(tokens, at, "FLEX", "TABLE"):
        return without(tokens[:-2], at, at + 1) if is_a(tokens, len(tokens) - 2, L) else without(tokens, at, at + 1)
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
        elif says(tokens, at, "OVER", "(", "PARTITION") and word(tokens, at + 3) in _SPREAD:
            tokens = without(tokens, at + 2, at + 4)
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
