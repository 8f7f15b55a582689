"""SQLite: virtual tables, of which some modules say their columns.

After SQLite's "FTS5" and "The R*Tree Module".
"""

from strabo.sql.idioms.tokens import COMMA, L, Tokens, behind, find, is_a, outside, put, says, word

_COLUMNS = ("FTS3", "FTS4", "FTS5", "RTREE")


def virtual(tokens: Tokens) -> Tokens:
    """`CREATE VIRTUAL TABLE t USING fts5(a, b, content='c')` as `CREATE TABLE t (a, b)`."""
    if not says(tokens, 0, "CREATE", "VIRTUAL", "TABLE"):
        return tokens
    using = find(tokens, "USING")
    head = [tokens[0], *tokens[2:using]]
    if using < 0 or not word(tokens, using + 1).startswith(_COLUMNS) or not is_a(tokens, using + 2, L):
        return head if using > 0 else tokens
    end = behind(tokens, using + 2)
    kept = [tokens[using + 2]]
    places = list(outside(tokens[: end - 1], using + 3))
    for at in places:
        first = is_a(tokens, at - 1, COMMA, L)
        if first and not says(tokens, at + 1, "="):
            kept += [*([] if len(kept) == 1 else [tokens[at - 1]]), tokens[at]]
    return [*head, *put(kept, len(kept), len(kept), [tokens[end - 1]])] if len(kept) > 1 else head
