"""Text that a script puts together from constants: what EXECUTE runs, where that can be told."""

from collections.abc import Callable

from sqlglot.tokenizer_core import Token, TokenType

from strabo.sql.scripts.shapes import bare, closing, split
from strabo.sql.scripts.words import STRINGS, word_of

LONGEST = 1_000_000  # characters
MOST_LEVELS = 20  # brackets within brackets
_JOINS = frozenset({TokenType.DPIPE, TokenType.PLUS})
_SAME = frozenset({
    "QUOTE_IDENT", "QUOTENAME", "TRIM", "UPPER", "LOWER", "SIMPLE_SQL_NAME", "ENQUOTE_NAME", "SCHEMA_NAME",
    "SQL_OBJECT_NAME", "QUALIFIED_SQL_NAME", "TO_CHAR", "TO_CLOB", "IDENTIFIER", "STRING",
})  # fmt: skip

_UNDERSTOOD = _SAME | {"CONCAT", "FORMAT", "QUOTE_LITERAL", "ENQUOTE_LITERAL", "QUOTE"}

Lookup = Callable[[str], str | None]


def text_of(tokens: list[Token], known: Lookup, depth: int = 0) -> str | None:
    """The text that an expression of constants makes; None where it is not told.

    known: the constant that a variable holds, by its key.
    """
    tokens = bare(tokens)
    if not tokens or depth > MOST_LEVELS:
        return None
    kinds = {token.token_type for token in tokens}
    if TokenType.NUMBER in kinds and TokenType.PLUS in kinds:  # a sum
        return None
    parts: list[str] = []
    size = at = 0
    while at < len(tokens):
        term, at = _term(tokens, at, known, depth + 1)
        if term is None:
            return None
        parts.append(term)
        size += len(term)
        if size > LONGEST:
            return None
        if at < len(tokens):
            if tokens[at].token_type not in _JOINS or at + 1 == len(tokens):
                return None
            at += 1
    return "".join(parts)


def _term(tokens: list[Token], at: int, known: Lookup, depth: int) -> tuple[str | None, int]:
    token = tokens[at]
    kind = token.token_type
    following = tokens[at + 1] if at + 1 < len(tokens) else None
    if kind in STRINGS or kind == TokenType.NUMBER:
        return str(token.text), at + 1
    if kind == TokenType.L_PAREN:
        end = closing(tokens, at)
        return text_of(tokens[at + 1 : end], known, depth), end + 1
    if kind in (TokenType.PARAMETER, TokenType.COLON) and following is not None:
        sign = token.text if kind == TokenType.PARAMETER else ""
        return known(sign + following.text.lower()), at + 2
    while following is not None and following.token_type == TokenType.DOT and at + 2 < len(tokens):
        at += 2  # dbms_assert.simple_sql_name(…)
        token = tokens[at]
        following = tokens[at + 1] if at + 1 < len(tokens) else None
        if following is None or following.token_type not in (TokenType.DOT, TokenType.L_PAREN):
            return None, at + 1
    if following is not None and following.token_type == TokenType.L_PAREN:
        end = closing(tokens, at + 1)
        return _call(token.text.upper(), split(tokens[at + 2 : end]), known, depth), end + 1
    if token.token_type == TokenType.IDENTIFIER or not word_of(token):
        return None, at + 1
    return known(token.text.lower()), at + 1


def _call(name: str, arguments: list[list[Token]], known: Lookup, depth: int) -> str | None:
    if name in {"CHR", "CHAR", "NCHAR"} and len(arguments) == 1:
        number = text_of(arguments[0], known, depth)
        return chr(int(number)) if number is not None and number.isdecimal() and int(number) < 128 else None
    if name not in _UNDERSTOOD:
        return None
    values = [text_of(argument, known, depth) for argument in arguments]
    if any(value is None for value in values):
        return None
    return called(name, [value for value in values if value is not None])


def called(name: str, texts: list[str]) -> str | None:
    """What a function makes of texts; None where that is not told."""
    if name == "CONCAT":
        return "".join(texts)
    if name == "FORMAT" and texts:
        return _formatted(texts[0], texts[1:])
    if name in {"QUOTE_LITERAL", "QUOTE_NULLABLE", "ENQUOTE_LITERAL", "QUOTE"} and len(texts) == 1:
        return "'" + texts[0].replace("'", "''") + "'"
    if name in {"UPPER", "LOWER", "TRIM"} and len(texts) == 1:
        return texts[0].upper() if name == "UPPER" else texts[0].lower() if name == "LOWER" else texts[0].strip()
    if name in {"QUOTE_IDENT", "QUOTENAME", "ENQUOTE_NAME"} and len(texts) == 1:
        return _identifier(texts[0]) if name != "QUOTENAME" else "[" + texts[0].replace("]", "]]") + "]"
    return texts[0] if name in _SAME and len(texts) == 1 else None


def _identifier(text: str) -> str:
    if text.isidentifier() and text == text.lower():
        return text
    return '"' + text.replace('"', '""') + '"'


def _formatted(text: str, values: list[str]) -> str | None:
    """PostgreSQL's format: %s, %I, %L, each with a position where one is given."""
    parts: list[str] = []
    at = next_ = 0
    while True:
        percent = text.find("%", at)
        if percent < 0:
            return "".join([*parts, text[at:]])
        parts.append(text[at:percent])
        at = percent + 1
        digits = at
        while digits < len(text) and text[digits].isdecimal():
            digits += 1
        number: int | None = None
        if digits > at and text[digits : digits + 1] == "$":
            number = int(text[at:digits][:6]) - 1
            at = digits + 1
        what = text[at : at + 1]
        at += 1
        if what == "%":
            parts.append("%")
            continue
        if number is None:
            number, next_ = next_, next_ + 1
        if what not in {"s", "I", "L"} or not 0 <= number < len(values):
            return None
        value = values[number]
        parts.append(
            value if what == "s" else _identifier(value) if what == "I" else "'" + value.replace("'", "''") + "'"
        )
