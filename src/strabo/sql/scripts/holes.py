"""Text that a script puts together, where a part of it is not told: what can be said all the same.

Such a part is a hole, one character. In a string, and where a value stands (`x > ‸`), the rest can be read, and it is
said that a value is not known; anywhere else it could be a table, a column or half a statement, and nothing is told.
"""

from sqlglot.tokenizer_core import Token, TokenType

from strabo.sql.scripts import constants
from strabo.sql.scripts.constants import Lookup
from strabo.sql.scripts.shapes import bare, closing, split
from strabo.sql.scripts.words import STRINGS, like, word_of

HOLE = "\ue000"
_LEAST = 8  # characters around the holes, or there is nothing to be read

_L = TokenType.L_PAREN
_BEFORE = frozenset({
    TokenType.EQ, TokenType.NEQ, TokenType.LT, TokenType.LTE, TokenType.GT, TokenType.GTE, TokenType.LIKE,
    TokenType.ILIKE, TokenType.BETWEEN, TokenType.LIMIT, TokenType.OFFSET, TokenType.PLUS, TokenType.DASH,
    TokenType.SLASH, TokenType.DPIPE,
})  # fmt: skip
_LISTS = frozenset({TokenType.IN, TokenType.VALUES})


def pattern_of(tokens: list[Token], known: Lookup) -> str | None:
    """The text that an expression makes, with holes; None where there is too little of it."""
    if not any(token.token_type in STRINGS for token in tokens):
        return None
    made = _pattern(tokens, known, 0)
    return made if made is not None and HOLE in made and len(made.replace(HOLE, "").strip()) >= _LEAST else None


def _pattern(tokens: list[Token], known: Lookup, depth: int) -> str | None:
    if depth > constants.MOST_LEVELS:
        return None
    tokens = bare(tokens)
    terms = _terms(tokens)
    if len(terms) > 1:
        made, size = [], 0
        for term in terms:
            made.append(_pattern(term, known, depth + 1) or HOLE)
            size += len(made[-1])
            if size > constants.LONGEST:
                return None
        return "".join(made)
    whole = constants.text_of(tokens, known)
    if whole is not None or len(tokens) < 3 or tokens[1].token_type != _L or closing(tokens, 1) != len(tokens) - 1:
        return whole
    name = word_of(tokens[0])
    if name not in {"FORMAT", "CONCAT", "QUOTE_LITERAL", "QUOTE_NULLABLE"}:
        return None
    return constants.called(name, [_pattern(each, known, depth + 1) or HOLE for each in split(tokens[2:-1])])


def _terms(tokens: list[Token]) -> list[list[Token]]:
    """What is joined to one text: by ||, or by + where one of them is a string."""
    plus = any(token.token_type in STRINGS for token in tokens)
    terms: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        kind = token.token_type
        depth += (kind == _L) - (kind == TokenType.R_PAREN)
        if not depth and (kind == TokenType.DPIPE or (plus and kind == TokenType.PLUS)):
            terms.append([])
        else:
            terms[-1].append(token)
    return terms if all(terms) else [tokens]


def filled(tokens: list[Token]) -> list[Token] | None:
    """The tokens with NULL in each hole, or `?` in a string; None where what is in it could be more than a value."""
    made: list[Token] = []
    lists: list[bool] = []  # of the brackets that are open, whether they hold values
    for at, token in enumerate(tokens):
        kind = token.token_type
        before = tokens[at - 1].token_type if at else None
        if kind == _L:
            # (…), (…) behind VALUES
            again = before == TokenType.COMMA and at > 1 and tokens[at - 2].token_type == TokenType.R_PAREN
            lists.append(before in _LISTS or (again and _behind_values(tokens, at)))
        elif kind == TokenType.R_PAREN and lists:
            lists.pop()
        if HOLE not in token.text:
            made.append(token)
            continue
        if kind in STRINGS:
            made.append(like(token, kind, token.text.replace(HOLE, "?")))
            continue
        following = tokens[at + 1].token_type if at + 1 < len(tokens) else None
        in_list = bool(lists and lists[-1]) and before in (_L, TokenType.COMMA)
        if token.text != HOLE or not (before in _BEFORE or in_list) or following in (_L, TokenType.DOT, TokenType.VAR):
            return None
        made.append(like(token, TokenType.NULL, "NULL"))
    return made


def _behind_values(tokens: list[Token], at: int) -> bool:
    return any(token.token_type == TokenType.VALUES for token in tokens[:at])
