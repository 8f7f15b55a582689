"""CREATE TABLE and CREATE VIEW from a query, in any dialect, without the clauses that the parser does not know.

There are hundreds of them (storage, refreshing, security), and none says which column comes from which.
"""

from sqlglot.tokenizer_core import TokenType

from strabo.sql.idioms.tokens import COMMA, L, R, Tokens, behind, find, is_a, like, name_end, outside, says, word

_NO_TABLES = frozenset({
    "FUNCTION", "PROCEDURE", "PROC", "TRIGGER", "INDEX", "RULE", "POLICY", "TASK", "EVENT", "PACKAGE", "TYPE", "MACRO",
})  # fmt: skip
_QUERIES = frozenset({"SELECT", "SEL", "WITH", "VALUES", "FROM", "LOCKING", "LOCK"})
_NO_COLUMNS = frozenset(
    {"CONSTRAINT", "PRIMARY", "UNIQUE", "FOREIGN", "CHECK", "KEY", "INDEX", "PERIOD", "SUPPLEMENTAL"}
)
_BEHIND = (
    ("WITH", "CHECK", "OPTION"), ("WITH", "CASCADED", "CHECK", "OPTION"), ("WITH", "LOCAL", "CHECK", "OPTION"),
    ("WITH", "READ", "ONLY"), ("WITH", "NO", "SCHEMA", "BINDING"), ("WITH", "ROW", "MOVEMENT"),
)  # fmt: skip

_GOES_ON = frozenset({"UNION", "EXCEPT", "INTERSECT", "MINUS", "ORDER BY", "LIMIT", "FETCH"})


def made(tokens: Tokens) -> Tokens:
    kind = next((at for at in outside(tokens, 1) if word(tokens, at) in {"TABLE", "VIEW"}), -1)
    if not says(tokens, 0, "CREATE") or kind < 0:
        return tokens
    flags = {word(tokens, at) for at in range(1, kind)}
    if flags & _NO_TABLES or word(tokens, kind + 1) in _NO_TABLES:
        return tokens
    start = kind + 4 if says(tokens, kind + 1, "IF", "NOT", "EXISTS") else kind + 1
    end = name_end(tokens, start)
    query = next((at for at in outside(tokens, end) if says(tokens, at, "AS") and _begins(tokens, at + 1)), -1)
    if query < 0:
        return tokens
    near, name, names = tokens[kind], tokens[start:end], _names(tokens, end)
    body = _without_end(tokens[query + 1 :], view=says(tokens, kind, "VIEW"))
    if "RECURSIVE" in flags:
        own = [name[-1], *names]
        body = [
            like(near, TokenType.WITH, "WITH"), like(near, TokenType.RECURSIVE, "RECURSIVE"), *own, tokens[query],
            like(near, L, "("), *body, like(near, R, ")"), like(near, TokenType.SELECT, "SELECT"),
            like(near, TokenType.STAR, "*"), like(near, TokenType.FROM, "FROM"), name[-1],
        ]  # fmt: skip
    of_session = flags & {"TEMP", "TEMPORARY"} and "GLOBAL" not in flags
    head = [tokens[0], *([like(near, TokenType.TEMPORARY, "TEMPORARY")] if of_session else [])]
    feeds = find(tokens[:query], "TO", start=end)  # ClickHouse: the table that a view fills
    if feeds > 0 and "MATERIALIZED" in flags:
        head.append(like(near, TokenType.VAR, "MATERIALIZED"))
        names = tokens[feeds : name_end(tokens, feeds + 1)]
    return [*head, near, *name, *names, tokens[query], *body]


def _begins(tokens: Tokens, at: int) -> bool:
    while is_a(tokens, at, L):
        at += 1
    return word(tokens, at) in _QUERIES


def _names(tokens: Tokens, at: int) -> Tokens:
    """The names of the columns in the brackets here, with brackets; nothing where there are none."""
    if not is_a(tokens, at, L):
        return []
    end = behind(tokens, at)
    names: Tokens = []
    inside = set(outside(tokens[:end], at + 1))
    for i in range(at + 1, end - 1):
        first = i == at + 1 or (i - 1 in inside and is_a(tokens, i - 1, COMMA))
        if first and word(tokens, i) not in _NO_COLUMNS:
            names += [like(tokens[i], COMMA, ","), tokens[i]]
    return [tokens[at], *names[1:], tokens[end - 1]] if names else []


def _without_end(body: Tokens, *, view: bool) -> Tokens:
    for words in (*_BEHIND, ("WITH", "NO", "DATA"), ("WITH", "DATA")) if view else _BEHIND:
        if len(body) > len(words) and says(body, len(body) - len(words), *words):
            body = body[: -len(words)]
    end = behind(body, 0)
    if is_a(body, 0, L) and word(body, end) not in _GOES_ON:  # all of the query is in brackets
        empty = says(body, end, "WITH", "NO", "DATA") and not view
        return body[: end + 3] if empty else body[:end]
    return body
