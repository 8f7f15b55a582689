"""SQL Server, Synapse and Fabric: files and other servers in FROM, COPY INTO with places of columns.

After Microsoft's "OPENROWSET BULK", "OPENQUERY" and "COPY INTO (Transact-SQL)".
"""

from sqlglot.tokenizer_core import TokenType

from strabo.sql.idioms.tokens import COMMA, L, R, Tokens, behind, is_a, like, name_end, put, says, without


def files(tokens: Tokens) -> Tokens:
    """`OPENROWSET(BULK 'place', …)` as a function of the place."""
    at = 0
    while at < len(tokens) - 2:
        if says(tokens, at, "OPENROWSET", "(", "BULK"):
            end = behind(tokens, at + 1)
            place = next((t for t in tokens[at + 3 : end] if t.token_type == TokenType.STRING), None)
            if place is not None:
                near = tokens[at]
                tokens = put(tokens, at + 1, end, [like(near, L, "("), place, like(near, R, ")")])
                if says(tokens, at + 4, "WITH", "("):  # what its columns are called, and their types
                    tokens = without(tokens, at + 4, behind(tokens, at + 5))
        elif says(tokens, at, "OPENQUERY", "("):  # the server's name is no column
            tokens = put(tokens, at + 2, at + 3, [like(tokens[at + 2], TokenType.STRING, tokens[at + 2].text)])
        at += 1
    return tokens


def copied(tokens: Tokens) -> Tokens:
    """COPY INTO t (a DEFAULT 'x' 1, b 2): the names alone."""
    if not says(tokens, 0, "COPY", "INTO"):
        return tokens
    start = name_end(tokens, 2)
    if not is_a(tokens, start, L):
        return tokens
    end = behind(tokens, start)
    kept = [tokens[at] for at in range(start + 1, end - 1) if is_a(tokens, at, COMMA) or is_a(tokens, at - 1, COMMA, L)]
    return put(tokens, start + 1, end - 1, kept)
