"""Tokens as words: what they say, and others in their place."""

from sqlglot.tokenizer_core import Token, TokenType

STRINGS = frozenset({
    TokenType.STRING, TokenType.NATIONAL_STRING, TokenType.RAW_STRING, TokenType.HEREDOC_STRING,
    TokenType.BYTE_STRING, TokenType.UNICODE_STRING,
})  # fmt: skip


def like(token: Token, kind: TokenType, text: str) -> Token:
    """A word that is not written, at the place of one that is."""
    return Token(kind, text, token.line, token.col, token.start, token.end, [])


def word_of(token: Token) -> str:
    """In capitals; "" for what is quoted."""
    return "" if token.token_type in STRINGS or token.token_type == TokenType.IDENTIFIER else token.text.upper()
