"""Teradata: data type phrases behind a value, statements in their old short forms.

After Teradata's "Data Type Phrases", "SQL Data Manipulation Language" (INSERT, DELETE, RANK), "CREATE VIEW".
"""

from sqlglot.tokenizer_core import TokenType

from strabo.sql.idioms.tokens import L, R, Tokens, behind, is_a, like, name_end, outside, put, says, without, word

_OPERANDS = (TokenType.VAR, TokenType.IDENTIFIER, R, TokenType.STRING, TokenType.NUMBER, TokenType.END)
_CAST = TokenType.DCOLON
_SHOWN = frozenset({"NAMED", "FORMAT", "TITLE"})
_COMPARED = frozenset({"CASESPECIFIC", "CS", "UPPERCASE", "NOT"})
_TYPES = frozenset({
    "INTEGER", "INT", "SMALLINT", "BYTEINT", "BIGINT", "FLOAT", "REAL", "DECIMAL", "DEC", "NUMERIC", "CHAR",
    "CHARACTER", "VARCHAR",
})  # fmt: skip
_DATES = frozenset({"DATE", "TIME", "TIMESTAMP"})
_RANKS = frozenset({"RANK", "CSUM", "MSUM", "MAVG", "MDIFF", "MLINREG", "QUANTILE"})


def phrases(tokens: Tokens) -> Tokens:
    """`x (INTEGER)`, `x (DATE, FORMAT '…')`, `x (CASESPECIFIC)`, which look like calls of x; `x (NAMED y)` names it."""
    at = 1
    while at < len(tokens) - 2:
        if is_a(tokens, at, L) and _ends_value(tokens, at - 1) and _is_phrase(tokens, at):
            end = behind(tokens, at)
            named = next((i for i in range(at, end) if says(tokens, i, "NAMED")), -1)
            given = [like(tokens[at], TokenType.ALIAS, "AS"), tokens[named + 1]] if named > 0 else []
            if word(tokens, at + 1) in _TYPES | _DATES:  # a cast
                of = behind(tokens, at + 2) if is_a(tokens, at + 2, L) else at + 2
                given = [like(tokens[at], TokenType.DCOLON, "::"), *tokens[at + 1 : of], *given]
            tokens = put(tokens, at, end, given)
        else:
            at += 1
    return tokens


def _ends_value(tokens: Tokens, at: int) -> bool:
    return is_a(tokens, at, *_OPERANDS) or (word(tokens, at) in _TYPES | _DATES and is_a(tokens, at - 1, _CAST))


def _is_phrase(tokens: Tokens, at: int) -> bool:
    first = word(tokens, at + 1)
    if first in _SHOWN:
        return not is_a(tokens, at + 2, R, TokenType.COMMA, TokenType.DOT)
    if first in _COMPARED:
        return is_a(tokens, at + (3 if first == "NOT" else 2), R, TokenType.COMMA)
    apart = tokens[at].start > tokens[at - 1].end + 1  # YEAR(DATE) is a call
    if first not in _TYPES and not (first in _DATES and apart):
        return False
    end = behind(tokens, at + 2) if is_a(tokens, at + 2, L) else at + 2
    return is_a(tokens, end, R) or (is_a(tokens, end, TokenType.COMMA) and word(tokens, end + 1) in _SHOWN | _COMPARED)


def inserted(tokens: Tokens) -> Tokens:
    """`INSERT t (1, 'a')`, without the word VALUES."""
    at = 2 if says(tokens, 0, "INSERT", "INTO") or says(tokens, 0, "INS", "INTO") else 1
    end = name_end(tokens, at)
    if word(tokens, 0) not in {"INSERT", "INS"} or not is_a(tokens, end, L) or behind(tokens, end) != len(tokens):
        return tokens
    return put(tokens, end, end, [like(tokens[end], TokenType.VALUES, "VALUES")])


def all_of(tokens: Tokens) -> Tokens:
    """`DELETE t ALL` and `DROP TABLE t ALL`."""
    drops = word(tokens, 0) in {"DELETE", "DEL", "DROP"} and word(tokens, len(tokens) - 1) == "ALL"
    return tokens[:-1] if drops and len(tokens) > 2 else tokens


def clauses(tokens: Tokens) -> Tokens:
    """What says nothing of columns: locks, how periods are joined, the order that RANK looks at."""
    if says(tokens, 0, "USING") and is_a(tokens, 1, L):  # the columns of the client's file
        tokens = tokens[behind(tokens, 1) :]
    if says(tokens, 0, "REPLACE", "VIEW"):
        tokens = put(tokens, 0, 1, [like(tokens[0], TokenType.CREATE, "CREATE")])
    at = 0
    while at < len(tokens):
        if word(tokens, at) in {"LOCKING", "LOCK"} and at:
            end = next((i for i in range(at, len(tokens)) if word(tokens, i) in _QUERIES), at)
            tokens = without(tokens, at, end)
        elif says(tokens, at, "NORMALIZE") and word(tokens, at - 1) == "SELECT":
            end = at + 1
            while word(tokens, end) in _JOINED:
                end += 1
            tokens = without(tokens, at, end)
        elif word(tokens, at) in _RANKS and is_a(tokens, at + 1, L):
            end = behind(tokens, at + 1)
            ways = [i for i in outside(tokens[: end - 1], at + 2) if word(tokens, i) in {"ASC", "DESC"}]
            for i in reversed(ways):
                tokens = without(tokens, i, i + 1)
        at += 1
    return tokens


_QUERIES = frozenset({"SELECT", "SEL", "WITH", "LOCKING", "LOCK"})
_JOINED = frozenset({"ON", "MEETS", "OR", "OVERLAPS", "ALL"})
