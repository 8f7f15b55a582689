"""UPDATE, DELETE and INSERT of a query in brackets, as Oracle and Db2 have them: a view that nobody has named.

After Oracle's "UPDATE: DML_table_expression_clause" and Db2's "DELETE: fullselect".
"""

from sqlglot.tokenizer_core import TokenType

from strabo.sql.idioms.tokens import COMMA, L, R, Tokens, behind, find, is_a, like, name_end, says, word

_NO_ALIAS = frozenset(
    {"SET", "WHERE", "VALUES", "SELECT", "WITH", "RETURNING", "RETURN", "LOG", "INCLUDE", "ORDER", ""}
)


def changed(tokens: Tokens) -> Tokens:
    """`UPDATE (SELECT …) SET …` and `DELETE FROM (SELECT …)`, as those of a query of WITH."""
    at = 1 + says(tokens, 0, "DELETE", "FROM")
    if word(tokens, 0) not in {"UPDATE", "DELETE"} or not is_a(tokens, at, L):
        return tokens
    end = behind(tokens, at)
    near = tokens[0]
    name, rest = like(near, TokenType.VAR, "CHANGED_ROWS"), end
    if word(tokens, end) == "AS":
        rest += 1
    if is_a(tokens, rest, TokenType.VAR, TokenType.IDENTIFIER) and word(tokens, rest) not in _NO_ALIAS:
        name, rest = tokens[rest], rest + 1
    given = [like(near, TokenType.WITH, "WITH"), name, like(near, TokenType.ALIAS, "AS"), *tokens[at:end], near]
    if says(tokens, 0, "DELETE"):
        given.append(like(near, TokenType.FROM, "FROM"))
    return [*given, name, *tokens[rest:]]


def put_in(tokens: Tokens) -> Tokens:
    """`INSERT INTO (SELECT a, b FROM t WHERE …)`, which is INSERT INTO t (a, b)."""
    if not says(tokens, 0, "INSERT", "INTO") or not is_a(tokens, 2, L) or word(tokens, 3) != "SELECT":
        return tokens
    end = behind(tokens, 2)
    source = find(tokens[:end], "FROM", start=3)
    if source < 0:
        return tokens
    names: Tokens = []
    for at in range(4, source):
        if is_a(tokens, at, TokenType.STAR):
            names = []
            break
        if is_a(tokens, at, COMMA) or is_a(tokens, at + 1, COMMA) or at + 1 == source:
            names.append(tokens[at])
    near = tokens[2]
    listed = [like(near, L, "("), *names, like(near, R, ")")] if names else []
    return [*tokens[:2], *tokens[source + 1 : name_end(tokens, source + 1)], *listed, *tokens[end:]]
