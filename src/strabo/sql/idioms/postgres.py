"""PostgreSQL and Redshift: what they print of views, clauses that say nothing of columns, foreign tables.

After PostgreSQL's "INSERT", "UPDATE", "SELECT: FROM", "CREATE FOREIGN TABLE".
"""

from sqlglot.tokenizer_core import TokenType

from strabo.sql.idioms.tokens import L, Tokens, behind, find, is_a, like, says, without, word

_TYPES = (TokenType.OBJECT_IDENTIFIER, TokenType.PSEUDO_TYPE)
_BEFORE_TABLE = (L, TokenType.FROM, TokenType.JOIN, TokenType.COMMA)


def arrays(tokens: Tokens) -> Tokens:
    """`oid[]`, `regclass[]`: the types of which the parser knows no arrays, without the brackets."""
    at = 1
    while at < len(tokens):
        if is_a(tokens, at, TokenType.L_BRACKET) and is_a(tokens, at - 1, *_TYPES):
            end = next((i for i in range(at, len(tokens)) if is_a(tokens, i, TokenType.R_BRACKET)), at)
            tokens = without(tokens, at, end + 1)
        else:
            at += 1
    return tokens


def unnested(tokens: Tokens) -> Tokens:
    """`(unnest(…) JOIN …)`: the parser takes UNNEST for a value there, but any other function for a table."""
    found = [
        at
        for at, token in enumerate(tokens)
        if token.token_type == TokenType.UNNEST and is_a(tokens, at - 1, L) and is_a(tokens, at - 2, *_BEFORE_TABLE)
    ]
    if not found:
        return tokens
    made = list(tokens)
    for at in found:
        made[at] = like(tokens[at], TokenType.VAR, tokens[at].text)
    return made


def clauses(tokens: Tokens) -> Tokens:
    at = 1
    while at < len(tokens):
        if says(tokens, at, "OVERRIDING") and says(tokens, at + 2, "VALUE"):
            tokens = without(tokens, at, at + 3)
        elif says(tokens, at, "WHERE", "CURRENT", "OF"):
            tokens = without(tokens, at, at + 4)
        elif says(tokens, at, "USING") and is_a(tokens, at + 1, L):  # JOIN … USING (a) AS both
            end = behind(tokens, at + 1)
            if says(tokens, end, "AS") and is_a(tokens, end + 1, TokenType.VAR, TokenType.IDENTIFIER):
                tokens = without(tokens, end, end + 2)
        at += 1
    return tokens


def foreign(tokens: Tokens) -> Tokens:
    """CREATE FOREIGN TABLE, which is a table like others whose rows are elsewhere."""
    if not says(tokens, 0, "CREATE", "FOREIGN", "TABLE"):
        return tokens
    end = find(tokens, "SERVER")
    tokens = tokens if end < 0 else tokens[:end]
    for at in range(len(tokens) - 1, 0, -1):
        if word(tokens, at) == "OPTIONS" and is_a(tokens, at + 1, L):  # of a column
            tokens = without(tokens, at, behind(tokens, at + 1))
    return without(tokens, 1, 2)
