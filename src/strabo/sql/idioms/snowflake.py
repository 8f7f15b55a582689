"""Snowflake: what is made around a statement or a table, and names in strings.

After "CREATE TASK", "CREATE PIPE", "CREATE STREAM" and "IDENTIFIER()" of its reference.
"""

from sqlglot.tokenizer_core import TokenType

from strabo.sql.idioms.tokens import DOT, L, R, Tokens, find, is_a, like, name_end, put, says, word

_AROUND = frozenset({"TASK", "PIPE"})


def statements(tokens: Tokens) -> Tokens:
    """A task and a pipe as the statement that they run; a stream as a view of its table."""
    at = 3 if says(tokens, 1, "OR", "REPLACE") else 1
    if not says(tokens, 0, "CREATE"):
        return tokens
    if word(tokens, at) in _AROUND:
        start = find(tokens, "AS", start=at)
        return tokens[start + 1 :] if start > 0 else tokens
    if says(tokens, at, "STREAM"):
        on = find(tokens, "ON", "TABLE", start=at)
        on = on if on > 0 else find(tokens, "ON", "VIEW", start=at)
        if on > 0:
            near = tokens[on]
            query = [like(near, TokenType.ALIAS, "AS"), like(near, TokenType.SELECT, "SELECT"),
                     like(near, TokenType.STAR, "*"), like(near, TokenType.FROM, "FROM")]  # fmt: skip
            made = [*tokens[:at], like(near, TokenType.VIEW, "VIEW"), *tokens[at + 1 : _name_of(tokens, at + 1)]]
            return [*made, *query, *tokens[on + 2 : name_end(tokens, on + 2)]]
    return tokens


def _name_of(tokens: Tokens, at: int) -> int:
    """The index behind `[IF NOT EXISTS] name`."""
    return name_end(tokens, at + 3 if says(tokens, at, "IF", "NOT", "EXISTS") else at)


def identifiers(tokens: Tokens) -> Tokens:
    """`IDENTIFIER('a.b')` as a.b."""
    for at in range(len(tokens) - 4, -1, -1):
        if says(tokens, at, "IDENTIFIER") and is_a(tokens, at + 1, L) and is_a(tokens, at + 3, R):
            if not is_a(tokens, at + 2, TokenType.STRING):
                continue
            name: Tokens = []
            for part in tokens[at + 2].text.split("."):
                kind = TokenType.IDENTIFIER if part.startswith('"') else TokenType.VAR
                name += [like(tokens[at + 2], DOT, "."), like(tokens[at + 2], kind, part.strip('"'))]
            tokens = put(tokens, at, at + 4, name[1:])
    return tokens
