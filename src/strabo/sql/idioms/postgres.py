"""What PostgreSQL prints when it is asked for a view's text, where the parser knows less than that."""

from sqlglot.tokenizer_core import TokenType

from strabo.sql.idioms.tokens import L, Tokens, is_a, like, without

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
