"""Idioms of dialects that need few: Teradata, ClickHouse, SQL Server, and those that say MINUS."""

from sqlglot.tokenizer_core import TokenType

from strabo.sql.idioms.tokens import (
    DOT,
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

_BRACKETED = frozenset({TokenType.LIST, TokenType.ARRAY, TokenType.MAP})


def minus(tokens: Tokens) -> Tokens:
    """MINUS is EXCEPT; the parser takes it for an alias."""
    for at in range(1, len(tokens) - 1):
        follows = word(tokens, at + 1) in {"SELECT", "WITH", "ALL", "DISTINCT"} or is_a(tokens, at + 1, L)
        if says(tokens, at, "MINUS") and follows:
            tokens = put(tokens, at, at + 1, [like(tokens[at], TokenType.EXCEPT, "EXCEPT")])
    return tokens


def united(tokens: Tokens) -> Tokens:
    """ClickHouse's plain UNION, which is what its setting union_default_mode makes it; a column's sources are alike."""
    for at in range(len(tokens) - 2, 0, -1):
        if is_a(tokens, at, TokenType.UNION) and word(tokens, at + 1) not in {"ALL", "DISTINCT"}:
            tokens = put(tokens, at + 1, at + 1, [like(tokens[at], TokenType.DISTINCT, "DISTINCT")])
    return tokens


def fields(tokens: Tokens) -> Tokens:
    """`x.list[0]`: the parser takes LIST[…] and ARRAY[…] for values and forgets x, so the number is left out."""
    for at in range(len(tokens) - 3, 0, -1):
        if tokens[at].token_type not in _BRACKETED or tokens[at - 1].token_type != DOT:
            continue
        near = tokens[at]
        tokens = put(tokens, at, at + 1, [like(near, TokenType.VAR, near.text)])
        if is_a(tokens, at + 1, TokenType.L_BRACKET) and is_a(tokens, at + 3, TokenType.R_BRACKET):
            key = tokens[at + 2]
            named = [like(key, DOT, "."), like(key, TokenType.IDENTIFIER, key.text)]
            tokens = put(tokens, at + 1, at + 4, named if key.token_type == TokenType.STRING else [])
    return tokens


def mutations(tokens: Tokens) -> Tokens:
    """ClickHouse's ALTER TABLE … UPDATE and … DELETE as the statements that they are."""
    if not says(tokens, 0, "ALTER", "TABLE"):
        return tokens
    end = at = name_end(tokens, 2)
    if says(tokens, at, "ON", "CLUSTER"):
        at += 3
    near = tokens[0]
    if says(tokens, at, "UPDATE"):
        given = [like(near, TokenType.UPDATE, "UPDATE"), *tokens[2:end], like(near, TokenType.SET, "SET")]
        return [*given, *_without_partition(tokens[at + 1 :])]
    if says(tokens, at, "DELETE"):
        given = [like(near, TokenType.DELETE, "DELETE"), like(near, TokenType.FROM, "FROM"), *tokens[2:end]]
        return [*given, *_without_partition(tokens[at + 1 :])]
    return tokens


def _without_partition(tokens: Tokens) -> Tokens:
    at = find(tokens, "IN", "PARTITION")
    return tokens if at < 0 else without(tokens, at, at + 3)


PARTS = "\x1f"
"""Between the parts of a name that the parser only takes in one piece."""


def output(tokens: Tokens) -> Tokens:
    """SQL Server's OUTPUT … INTO, as the parser reads it: a table in one piece, and behind all else in a DELETE."""
    deletes = find(tokens, "DELETE")
    start = find(tokens, "OUTPUT")
    if start < 0:
        return tokens
    into, end = _until(tokens, start)
    if into >= 0:
        last = _named(tokens, into + 1)
        if last - into > 2 and not is_a(tokens, into + 1, TokenType.PARAMETER):
            parts = (PARTS if token.token_type == DOT else token.text for token in tokens[into + 1 : last])
            name = like(tokens[into + 1], TokenType.VAR, "".join(parts))
            tokens = put(tokens, into + 1, last, [name])
            end -= last - into - 2
    again = find(tokens, "OUTPUT", start=end)
    if again == end:  # what the client is given besides
        tokens = without(tokens, end, _until(tokens, end)[1])
    writes = next((at for at in outside(tokens) if word(tokens, at) in {"INSERT", "UPDATE", "MERGE", "DELETE"}), -1)
    if writes >= 0 and writes == deletes:
        return [*tokens[:start], *tokens[end:], *tokens[start:end]]
    return tokens


def _named(tokens: Tokens, at: int) -> int:
    """The index behind the name of a table, which may begin with a mark: `#t`, `##t`, `@t`."""
    while is_a(tokens, at, TokenType.HASH, TokenType.PARAMETER):
        at += 1
    return name_end(tokens, at)


def _until(tokens: Tokens, start: int) -> tuple[int, int]:
    """Where the INTO of an OUTPUT clause is, -1 for none, and where the clause ends."""
    for at in outside(tokens, start + 1):
        if word(tokens, at) == "INTO":
            end = _named(tokens, at + 1)
            return at, behind(tokens, end) if is_a(tokens, end, L) else end
        if word(tokens, at) in {"FROM", "WHERE", "OPTION", "VALUES", "SELECT", "EXEC", "EXECUTE", "DEFAULT"}:
            return -1, at
    return -1, len(tokens)


def hints(tokens: Tokens) -> Tokens:
    """SQL Server's OPTION (…), which the parser only knows behind a query."""
    at = find(tokens, "OPTION")
    return without(tokens, at, behind(tokens, at + 1)) if at > 0 and is_a(tokens, at + 1, L) else tokens


def partitions(tokens: Tokens) -> Tokens:
    """Oracle's `t PARTITION FOR (…)`, which is a part of the table."""
    for at in range(len(tokens) - 2, 0, -1):
        if word(tokens, at) in {"PARTITION", "SUBPARTITION"} and says(tokens, at + 1, "FOR", "("):
            tokens = without(tokens, at, behind(tokens, at + 2))
    return tokens


def errors_logged(tokens: Tokens) -> Tokens:
    """Oracle's LOG ERRORS: where the rows go that could not be put in."""
    at = find(tokens, "LOG", "ERRORS")
    return tokens[:at] if at > 0 else tokens
