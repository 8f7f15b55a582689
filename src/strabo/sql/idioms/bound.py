"""What stands for a value that comes from elsewhere: `:1`, `?1`, and SQL*Plus's `&name` that nothing defines."""

from sqlglot.tokenizer_core import Token, TokenType

from strabo.sql.idioms.tokens import DOT, Tokens, is_a, like, word

_OPERANDS = frozenset({
    TokenType.VAR, TokenType.IDENTIFIER, TokenType.STRING, TokenType.NUMBER, TokenType.R_PAREN, TokenType.R_BRACKET,
})  # fmt: skip
_AMPS = (TokenType.AMP, TokenType.DAMP)
_NAMED = frozenset({"FROM", "JOIN", "INTO", "UPDATE", "TABLE", "VIEW", "SELECT", "BY", "ON", "USING", "DISTINCT"})


_TABLES = frozenset({"FROM", "JOIN", "INTO", "UPDATE", "TABLE", "VIEW"})


def numbered(tokens: Tokens) -> Tokens:
    """`:1` as `:name`, which the parser knows everywhere."""
    if not any(token.token_type == TokenType.COLON for token in tokens):
        return tokens
    done: Tokens = []
    for at, token in enumerate(tokens):
        if is_a(tokens, at - 1, TokenType.COLON) and token.token_type == TokenType.NUMBER and _touch(tokens, at):
            before = done[-2] if len(done) > 1 else None
            if before is None or before.token_type not in _OPERANDS:
                done.append(like(token, TokenType.VAR, token.text))
                continue
        done.append(token)
    return done


def _touch(tokens: Tokens, at: int) -> bool:
    """Whether nothing is between a token and the one before."""
    return tokens[at].start == tokens[at - 1].end + 1


def substitutions(tokens: Tokens) -> Tokens:
    """`&name`, `&&name` and `tab_&name`: a name where one must stand, a value elsewhere."""
    if not any(token.token_type in _AMPS for token in tokens):
        return tokens
    done: Tokens = []
    at = 0
    while at < len(tokens):
        if tokens[at].token_type not in _AMPS or not is_a(tokens, at + 1, TokenType.VAR, TokenType.NUMBER):
            done.append(tokens[at])
            at += 1
            continue
        first, text = tokens[at], "&" + tokens[at + 1].text
        glued = bool(done) and done[-1].token_type == TokenType.VAR and done[-1].end + 1 == first.start
        if glued:
            text = done.pop().text + text
        at += 2
        if is_a(tokens, at, DOT) and _touch(tokens, at):  # it only ends the name: a second one would part two
            at += 1
            if is_a(tokens, at, TokenType.VAR) and _touch(tokens, at):
                text += "." + tokens[at].text
                at += 1
        named = glued or is_a(tokens, at, DOT) or _wants_name(done)
        done.append(like(first, TokenType.IDENTIFIER, text) if named else like(first, TokenType.NULL, "NULL"))
    return done


def of_psql(tokens: Tokens) -> Tokens:
    """The client's `:'value'`, `:"name"`, and `:name` where a table must stand."""
    done: Tokens = []
    at = 0
    while at < len(tokens):
        glued = is_a(tokens, at, TokenType.COLON) and at + 1 < len(tokens) and _touch(tokens, at + 1)
        if not glued or is_a(tokens, at - 1, TokenType.COLON):
            done.append(tokens[at])
        elif is_a(tokens, at + 1, TokenType.STRING, TokenType.IDENTIFIER):
            pass
        elif is_a(tokens, at + 1, TokenType.VAR) and (
            is_a(tokens, at + 2, DOT) or word(done, len(done) - 1) in _TABLES
        ):
            done.append(like(tokens[at], TokenType.IDENTIFIER, ":" + tokens[at + 1].text))
            at += 1
        else:
            done.append(tokens[at])
        at += 1
    return done


def _wants_name(done: list[Token]) -> bool:
    last = len(done) - 1
    return is_a(done, last, TokenType.COMMA, DOT) or word(done, last) in _NAMED
