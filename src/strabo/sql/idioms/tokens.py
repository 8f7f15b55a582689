"""Small tools for runs of tokens: what a word is, where a bracket ends, a run without some of it."""

from collections.abc import Iterator, Sequence

from sqlglot.tokenizer_core import Token, TokenType

Tokens = list[Token]

L, R, COMMA, DOT = TokenType.L_PAREN, TokenType.R_PAREN, TokenType.COMMA, TokenType.DOT
_QUOTED = frozenset({TokenType.STRING, TokenType.IDENTIFIER})


def word(tokens: Tokens, at: int) -> str:
    """The word at a place, in capitals; "" outside of the run and for what is quoted."""
    if not 0 <= at < len(tokens) or tokens[at].token_type in _QUOTED:
        return ""
    return str(tokens[at].text).upper()


def says(tokens: Tokens, at: int, *words: str) -> bool:
    """Whether these words stand at a place, one after the other."""
    return all(word(tokens, at + i) == each for i, each in enumerate(words))


def is_a(tokens: Tokens, at: int, *kinds: TokenType) -> bool:
    return 0 <= at < len(tokens) and tokens[at].token_type in kinds


def behind(tokens: Tokens, at: int) -> int:
    """The index behind the bracket that closes the one here; behind this token where it opens none."""
    if not is_a(tokens, at, L):
        return at + 1
    depth = 0
    for i in range(at, len(tokens)):
        depth += (tokens[i].token_type == L) - (tokens[i].token_type == R)
        if not depth:
            return i + 1
    return len(tokens)


def outside(tokens: Tokens, start: int = 0) -> Iterator[int]:
    """The indices of what is outside of brackets, from one on; brackets are within themselves."""
    at = start
    while at < len(tokens):
        if tokens[at].token_type == L:
            at = behind(tokens, at)
            continue
        yield at
        at += 1


def find(tokens: Tokens, *words: str, start: int = 0) -> int:
    """Where these words stand first, outside of brackets; -1 where they do not."""
    return next((at for at in outside(tokens, start) if says(tokens, at, *words)), -1)


def name_end(tokens: Tokens, at: int) -> int:
    """The index behind a dotted name."""
    at += 1
    while is_a(tokens, at, DOT):
        at += 2
    return at


def like(token: Token, kind: TokenType, text: str) -> Token:
    """A word that is not written, at the place of one that is."""
    return Token(kind, text, token.line, token.col, token.start, token.end, [])


def without(tokens: Tokens, start: int, end: int) -> Tokens:
    return [*tokens[:start], *tokens[end:]]


def put(tokens: Tokens, start: int, end: int, words: Sequence[Token]) -> Tokens:
    """The run with some words in the place of a part."""
    return [*tokens[:start], *words, *tokens[end:]]
