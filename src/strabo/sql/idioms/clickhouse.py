"""ClickHouse's functions that stand for a table by its name, as that name."""

from sqlglot.tokenizer_core import TokenType

from strabo.sql.idioms.tokens import COMMA, DOT, L, R, Tokens, behind, is_a, like, put, word

_CLUSTERS = frozenset({"CLUSTER", "CLUSTERALLREPLICAS"})
_BEFORE = frozenset({"FROM", "JOIN", "INTO", "FUNCTION", ","})


def tables(tokens: Tokens) -> Tokens:
    """`dictionary('db.d')` and `cluster(c, db.t)`, also `cluster(c, 'db', 't')`, as the tables that they are."""
    at = 0
    while at < len(tokens):
        called = word(tokens, at)
        if (
            (called == "DICTIONARY" or called in _CLUSTERS)
            and is_a(tokens, at + 1, L)
            and word(tokens, at - 1) in _BEFORE
        ):
            end = behind(tokens, at + 1)
            inner = tokens[at + 2 : end - 1]
            if called != "DICTIONARY":
                first = next((i for i, token in enumerate(inner) if token.token_type == COMMA), len(inner))
                inner = inner[first + 1 :]
            name = _name(inner)
            if name:
                tokens = put(tokens, at, end, name)
        at += 1
    return tokens


def _name(tokens: Tokens) -> Tokens:
    """A table's name, said as a name, as one string or as two; nothing where it is something else."""
    if is_a(tokens, 0, TokenType.STRING) and len(tokens) == 1:
        parts = [like(tokens[0], TokenType.IDENTIFIER, part) for part in tokens[0].text.split(".")]
    elif len(tokens) > 2 and is_a(tokens, 1, COMMA):
        parts = [like(token, TokenType.IDENTIFIER, token.text) for token in (tokens[0], tokens[2])]
    else:
        return tokens if tokens and not any(is_a(tokens, at, L, R, COMMA) for at in range(len(tokens))) else []
    made = [parts[0]]
    for part in parts[1:]:
        made += [like(part, DOT, "."), part]
    return made
