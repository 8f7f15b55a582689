"""DuckDB: how MERGE puts a whole row in its place.

After "MERGE INTO" of its reference.
"""

from sqlglot.tokenizer_core import TokenType

from strabo.sql.idioms.tokens import Tokens, like, put, says, without, word


def merged(tokens: Tokens) -> Tokens:
    """DuckDB's UPDATE BY NAME and INSERT BY NAME within MERGE, and BY POSITION, which needs no words."""
    if not says(tokens, 0, "MERGE"):
        return tokens
    for at in range(len(tokens) - 3, 0, -1):
        if word(tokens, at) not in {"UPDATE", "INSERT"}:
            continue
        star = [like(tokens[at], TokenType.STAR, "*")]
        if says(tokens, at + 1, "BY", "NAME"):
            said = [like(tokens[at], TokenType.SET, "SET")] if says(tokens, at, "UPDATE") else []
            tokens = put(tokens, at + 1, at + 3, [*said, *star])
        elif says(tokens, at + 1, "BY", "POSITION"):
            tokens = without(tokens, at + 1, at + 3)
    return tokens
