"""Idioms of dialects that need few: Databricks, Teradata, ClickHouse, SQL Server, and those that say MINUS."""

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


def evolved(tokens: Tokens) -> Tokens:
    """Databricks' MERGE WITH SCHEMA EVOLUTION."""
    at = find(tokens, "WITH", "SCHEMA", "EVOLUTION")
    return tokens if at < 0 else without(tokens, at, at + 3)


def phrases(tokens: Tokens) -> Tokens:
    """Teradata's `x (NAMED y)`, and its (FORMAT …) and (TITLE …)."""
    at = 1
    while at < len(tokens) - 2:
        if is_a(tokens, at, L) and word(tokens, at + 1) in {"NAMED", "FORMAT", "TITLE"}:
            end = behind(tokens, at)
            named = [like(tokens[at], TokenType.ALIAS, "AS"), tokens[at + 2]] if says(tokens, at + 1, "NAMED") else []
            tokens = put(tokens, at, end, named)
        at += 1
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


def output_into(tokens: Tokens) -> Tokens:
    """SQL Server's DELETE … OUTPUT … INTO, with that clause at the end, where the parser looks for it."""
    start = find(tokens, "OUTPUT")
    into = find(tokens, "INTO", start=start + 1)
    if start < 0 or into < 0 or not says(tokens, 0, "DELETE"):
        return tokens
    end = name_end(tokens, into + 1)
    end = behind(tokens, end) if is_a(tokens, end, L) else end
    return [*tokens[:start], *tokens[end:], *tokens[start:end]]


def errors_logged(tokens: Tokens) -> Tokens:
    """Oracle's LOG ERRORS: where the rows go that could not be put in."""
    at = find(tokens, "LOG", "ERRORS")
    return tokens[:at] if at > 0 else tokens
