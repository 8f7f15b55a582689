"""ClickHouse: functions that stand for a table by its name; rows that come with a statement; clones."""

from sqlglot.tokenizer_core import TokenType

from strabo.sql.idioms.tokens import COMMA, DOT, L, R, Tokens, behind, find, is_a, like, name_end, put, says, word

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


def from_files(tokens: Tokens) -> Tokens:
    """ClickHouse's INSERT … FROM INFILE, which the parser takes for a table, as a COPY."""
    at = find(tokens, "FROM", "INFILE")
    return _copy(tokens, at, tokens[at + 2 : at + 3]) if says(tokens, 0, "INSERT") and at > 0 else tokens


def given(tokens: Tokens) -> Tokens:
    """ClickHouse's INSERT … FORMAT, whose rows stand behind it in any format, as a COPY from the client."""
    at = find(tokens, "FORMAT")
    if not says(tokens, 0, "INSERT") or at < 0 or find(tokens[:at], "SELECT") > 0 or find(tokens[:at], "VALUES") > 0:
        return tokens
    return _copy(tokens, at, [like(tokens[at], TokenType.VAR, "STDIN")])


def _copy(tokens: Tokens, end: int, place: Tokens) -> Tokens:
    start = 1 + says(tokens, 1, "INTO")
    start += says(tokens, start, "TABLE")
    near, behind_name = tokens[0], name_end(tokens, start)
    columns = tokens[behind_name : behind(tokens, behind_name)] if is_a(tokens[:end], behind_name, L) else []
    head = [like(near, TokenType.COPY, "COPY"), *tokens[start:behind_name], *columns]
    return [*head, like(near, TokenType.FROM, "FROM"), *place]


def cloned(tokens: Tokens) -> Tokens:
    """ClickHouse's CREATE TABLE … CLONE AS, which takes the rows as well: AS SELECT * FROM."""
    at = find(tokens, "CLONE", "AS")
    if not says(tokens, 0, "CREATE") or at < 0:
        return tokens
    near, end = tokens[at + 1], name_end(tokens, at + 2)
    query = [
        like(near, TokenType.SELECT, "SELECT"),
        like(near, TokenType.STAR, "*"),
        like(near, TokenType.FROM, "FROM"),
    ]
    return [*tokens[:at], near, *query, *tokens[at + 2 : end]]
