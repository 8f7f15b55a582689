"""Tokens for scripts: all of them, where the parser's own tokenizer keeps the rest of some statements as one string."""

from bisect import bisect_left

from sqlglot.tokenizer_core import Token, TokenType

from strabo.sql import parse, script
from strabo.sql.errors import BROKEN
from strabo.sql.scripts.kin import POSTGRES
from strabo.sql.scripts.words import like
from strabo.sql.text import place


def rules_of(dialect: str) -> script.Whole:
    return script.Whole(parse.rules_of(dialect))


def inside(token: Token, text: str, dialect: str) -> list[Token] | None:
    """The tokens of the SQL in a string, each at its place in the text; None where they cannot be placed.

    Raises one of `errors.BROKEN`.
    """
    written = text[token.start : token.end + 1]
    at = written.find(token.text)
    rules = rules_of(dialect)
    if at >= 0:
        start = token.start + at
        return script.tokens_of(text, rules, start, start + len(token.text))
    first = written.find("'")
    if first < 0 or not written.endswith("'") or "\\" in written:
        return None
    lines = [at for at in range(token.start, token.end) if text[at] == "\n"]
    first_line, first_column = place(text, token.start)
    before = token.start - first_column
    origins: list[int] = []  # of each character, where it stands in the text: a quote is written twice
    here = token.start + first + 1
    for character in token.text:
        origins.append(here)
        here += 2 if character == "'" else 1
    if here != token.end:
        return None
    placed: list[Token] = []
    for t in rules.tokenize(token.text):
        at = origins[t.start]
        above = bisect_left(lines, at)
        column = at - (lines[above - 1] if above else before)
        placed.append(Token(t.token_type, t.text, first_line + above, column, at, origins[t.end], t.comments))
    return placed


def substituted(tokens: list[Token], defined: dict[str, str], dialect: str) -> list[Token]:
    """The tokens with those of its value in the place of a variable of the client; what is not defined stays.

    SQL*Plus and SnowSQL write `&name`, psql `:name`, and `:'name'` for the value as a string.
    """
    signs = (TokenType.AMP, TokenType.DAMP)
    if dialect in POSTGRES:
        signs = (TokenType.COLON, TokenType.COLON)
    done: list[Token] = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        name = at
        while name < len(tokens) and tokens[name].token_type in signs:
            name += 1
        value = defined.get(tokens[name].text.lower()) if at < name < len(tokens) else None
        within = None if value is None else _tokens(value, dialect)
        if value is None or within is None or tokens[name].start != tokens[name - 1].end + 1:
            done.append(token)
            at += 1
            continue
        at = name + 1
        if tokens[name].token_type in (TokenType.STRING, TokenType.IDENTIFIER):
            done.append(like(token, tokens[name].token_type, value))
            continue
        if (
            at < len(tokens)
            and signs[0] == TokenType.AMP
            and tokens[at].token_type == TokenType.DOT
            and tokens[at].start == tokens[name].end + 1
        ):
            at += 1  # it only ends the name
        done += [like(token, t.token_type, t.text) for t in within]
    return done


def _tokens(text: str, dialect: str) -> list[Token] | None:
    try:
        return rules_of(dialect).tokenize(text)
    except BROKEN:
        return None
