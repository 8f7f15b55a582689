"""Db2: special registers of two words, CONCAT between operands, tables of what a statement changes.

After IBM's "SQL reference": special registers, labelled durations, isolation-clause, data-change-table-reference.
"""

from sqlglot.tokenizer_core import TokenType

from strabo.sql.idioms.tokens import (
    COMMA,
    L,
    R,
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

_REGISTERS = frozenset({"DATE", "TIME", "TIMESTAMP", "SCHEMA", "PATH", "SERVER", "USER", "TIMEZONE", "SQLID", "MEMBER"})
_OPERANDS = (TokenType.VAR, TokenType.IDENTIFIER, TokenType.STRING, TokenType.NUMBER, R)
_UNITS = frozenset({
    "YEAR", "YEARS", "MONTH", "MONTHS", "DAY", "DAYS", "HOUR", "HOURS", "MINUTE", "MINUTES", "SECOND", "SECONDS",
    "MICROSECOND", "MICROSECONDS",
})  # fmt: skip
_FETCHED = frozenset({("READ", "ONLY"), ("FETCH", "ONLY")})
_ISOLATION = frozenset({"UR", "CS", "RS", "RR", "NC"})


def words(tokens: Tokens) -> Tokens:
    """What stands between operands."""
    if says(tokens, 0, "SET"):
        return tokens
    kept: Tokens = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        said = word(tokens, at)
        after_operand = bool(kept) and kept[-1].token_type in _OPERANDS
        if said == "CURRENT" and word(tokens, at + 1) in _REGISTERS:
            kept.append(like(token, TokenType.NULL, "NULL"))
            at += 2
        elif said in {"PREVIOUS", "PREVVAL", "NEXTVAL"} and "FOR" in (word(tokens, at + 1), word(tokens, at + 2)):
            kept.append(like(token, TokenType.NULL, "NULL"))  # of a sequence
            at = name_end(tokens, at + (3 if said == "PREVIOUS" else 2))
        elif said == "CONCAT" and after_operand:
            kept.append(like(token, TokenType.DPIPE, "||"))
            at += 1
        elif said in _UNITS and after_operand and _is_added(kept):
            at += 1  # `+ 3 DAYS`
        else:
            kept.append(token)
            at += 1
    return kept


def _is_added(kept: Tokens) -> bool:
    at = len(kept) - 1
    if kept[at].token_type == R:
        depth = 0
        while at >= 0:
            depth += (kept[at].token_type == R) - (kept[at].token_type == L)
            if not depth:
                break
            at -= 1
    return is_a(kept, at - 1, TokenType.PLUS, TokenType.DASH)


def clauses(tokens: Tokens) -> Tokens:
    """Clauses that say nothing of columns."""
    for at in range(len(tokens) - 1, -1, -1):
        if says(tokens, at, "WITH") and word(tokens, at + 1) in _ISOLATION:
            tokens = without(tokens, at, at + 2)
        elif says(tokens, at, "FOR") and (word(tokens, at + 1), word(tokens, at + 2)) in _FETCHED:
            tokens = without(tokens, at, at + 3)
        elif says(tokens, at, "DEFINITION", "ONLY"):
            near = tokens[at]
            tokens = put(tokens, at, at + 2, [like(near, TokenType.WITH, "WITH"), like(near, TokenType.VAR, "NO"),
                                              like(near, TokenType.VAR, "DATA")])  # fmt: skip
        elif says(tokens, at, "OPTIMIZE", "FOR"):
            tokens = without(tokens, at, at + 4)
        elif says(tokens, at, "ELSE", "IGNORE"):
            tokens = without(tokens, at, at + 2)
        elif says(tokens, at, "DATA", "INITIALLY", "DEFERRED"):
            tokens = tokens[:at]
        elif says(tokens, at, "PASSING"):
            tokens = _passing(tokens, at)
    return tokens


def _passing(tokens: Tokens, at: int) -> Tokens:
    """XMLTABLE's `PASSING x AS "d"` without the name."""
    end = find(tokens, "COLUMNS", start=at)
    named = find(tokens, "AS", start=at)
    return without(tokens, named, named + 2) if 0 <= named < end else tokens


def statements(tokens: Tokens) -> Tokens:
    first = tokens[0]
    if says(tokens, 0, "VALUES") and not is_a(tokens, 1, L):
        kept = [first, like(first, L, "(")]
        inside = set(outside(tokens, 1))
        for at in range(1, len(tokens)):
            if at in inside and is_a(tokens, at, COMMA):
                kept += [like(tokens[at], R, ")"), tokens[at], like(tokens[at], L, "(")]
            else:
                kept.append(tokens[at])
        return [*kept, like(tokens[-1], R, ")")]
    if says(tokens, 0, "DECLARE", "GLOBAL", "TEMPORARY", "TABLE"):
        end = find(tokens, "ON", "COMMIT")
        tokens = tokens[:end] if end > 0 else tokens
        return put(
            tokens, 0, 3, [like(first, TokenType.CREATE, "CREATE"), like(first, TokenType.TEMPORARY, "TEMPORARY")]
        )
    if says(tokens, 0, "TRUNCATE"):
        return tokens[: name_end(tokens, 1 + says(tokens, 1, "TABLE"))]
    return _changed_rows(tokens)


def _changed_rows(tokens: Tokens) -> Tokens:
    """`FINAL TABLE (INSERT …)` as a query of WITH that writes and hands its rows back."""
    for at in range(len(tokens) - 2):
        if word(tokens, at) in {"FINAL", "NEW", "OLD"} and says(tokens, at + 1, "TABLE") and is_a(tokens, at + 2, L):
            end = behind(tokens, at + 2)
            near = tokens[at]
            name = like(near, TokenType.VAR, "CHANGED_ROWS")
            body = [*tokens[at + 3 : end - 1], like(near, TokenType.RETURNING, "RETURNING"),
                    like(near, TokenType.STAR, "*")]  # fmt: skip
            head = [like(near, TokenType.WITH, "WITH"), name, like(near, TokenType.ALIAS, "AS"), like(near, L, "(")]
            return [*head, *body, like(near, R, ")"), *put(tokens, at, end, [name])]
    return tokens


def lateral(tokens: Tokens) -> Tokens:
    """`TABLE (SELECT …)` in FROM, which is LATERAL's older name."""
    for at in range(len(tokens) - 2):
        if says(tokens, at, "TABLE") and is_a(tokens, at + 1, L) and word(tokens, at + 2) in {"SELECT", "WITH"}:
            tokens = put(tokens, at, at + 1, [like(tokens[at], TokenType.LATERAL, "LATERAL")])
    return tokens


def export(tokens: Tokens) -> Tokens:
    """`EXPORT TO file OF DEL SELECT …`, which the command line knows."""
    start = next((at for at in range(len(tokens)) if word(tokens, at) in {"SELECT", "WITH"}), -1)
    of = find(tokens, "OF")
    if not says(tokens, 0, "EXPORT", "TO") or not 2 < of < start:
        return tokens
    return copied(tokens, start, "".join(token.text for token in tokens[2:of]))


def copied(tokens: Tokens, start: int, location: str) -> Tokens:
    """A query from an index on, as COPY to a place."""
    near = tokens[0]
    return [like(near, TokenType.COPY, "COPY"), like(near, L, "("), *tokens[start:], like(near, R, ")"),
            like(near, TokenType.VAR, "TO"), like(near, TokenType.STRING, location)]  # fmt: skip
