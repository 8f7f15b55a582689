"""Databricks and Spark: pipelines that apply changes, windows of time, MERGE that widens a table.

After "APPLY CHANGES INTO", "AUTO CDC INTO" and "window grouping expression" of its reference.
"""

from sqlglot.tokenizer_core import TokenType

from strabo.sql.idioms.tokens import L, Tokens, behind, find, is_a, like, name_end, put, says, without, word

_BEHIND_SOURCE = frozenset({"KEYS", "IGNORE", "WHERE", "APPLY", "SEQUENCE", "COLUMNS", "STORED"})


def statements(tokens: Tokens) -> Tokens:
    """What APPLY CHANGES and AUTO CDC do, with or without CREATE FLOW: an INSERT by name from their source."""
    start = find(tokens, "APPLY", "CHANGES", "INTO")
    start = start if start >= 0 else find(tokens, "AUTO", "CDC", "INTO")
    if start < 0 or (start > 0 and not says(tokens, 0, "CREATE")):
        return tokens
    name = start + 3
    end = name_end(tokens, name)
    source = find(tokens, "FROM", start=end)
    if source < 0:
        return tokens
    last = source + 1
    while last < len(tokens) and word(tokens, last) not in _BEHIND_SOURCE:
        last = behind(tokens, last)
    near = tokens[start]
    columns = find(tokens, "COLUMNS", start=last)
    picked: Tokens = [like(near, TokenType.STAR, "*")]
    if columns > 0 and is_a(tokens, columns + 1, L):  # COLUMNS (a, b)
        picked = tokens[columns + 2 : behind(tokens, columns + 1) - 1]
    elif columns > 0 and says(tokens, columns + 2, "EXCEPT"):
        picked = tokens[columns + 1 : behind(tokens, columns + 3)]
    words = ((TokenType.VAR, "BY"), (TokenType.VAR, "NAME"), (TokenType.SELECT, "SELECT"))
    query = [*(like(near, kind, text) for kind, text in words), *picked, *tokens[source:last]]
    return [like(near, TokenType.INSERT, "INSERT"), like(near, TokenType.INTO, "INTO"), *tokens[name:end], *query]


def windows(tokens: Tokens) -> Tokens:
    """`window(t, '5 minutes')` is a function; the parser takes the word for the clause."""
    for at in range(1, len(tokens) - 1):
        if tokens[at].token_type == TokenType.WINDOW and is_a(tokens, at + 1, L):
            tokens = put(tokens, at, at + 1, [like(tokens[at], TokenType.VAR, tokens[at].text)])
    return tokens


def evolved(tokens: Tokens) -> Tokens:
    """MERGE WITH SCHEMA EVOLUTION."""
    at = find(tokens, "WITH", "SCHEMA", "EVOLUTION")
    return tokens if at < 0 else without(tokens, at, at + 3)
