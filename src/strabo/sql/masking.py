"""Statements that differ only in their literals, as one.

Only literals that no column depends on are taken: those that something is compared with, lists of IN, rows of VALUES,
LIMIT. Others may be a path into a JSON value, the number of an output, the name of a file.
"""

from typing import Any

from sqlglot.tokenizer_core import Token, TokenType

_LITERALS = frozenset({TokenType.STRING, TokenType.NUMBER})
_COMPARED = frozenset({
    TokenType.EQ, TokenType.NEQ, TokenType.LT, TokenType.LTE, TokenType.GT, TokenType.GTE, TokenType.LIKE,
    TokenType.ILIKE, TokenType.BETWEEN, TokenType.LIMIT, TokenType.OFFSET,
})  # fmt: skip
_LISTS = frozenset({TokenType.IN, TokenType.VALUES})
_FIRST = frozenset({
    TokenType.SELECT, TokenType.WITH, TokenType.INSERT, TokenType.UPDATE, TokenType.DELETE, TokenType.MERGE,
    TokenType.L_PAREN,
})  # fmt: skip
_MATTER = frozenset({"pivot", "unpivot", "partition", "directory", "from_json", "openrowset"})


def masked(text: str, rules: Any) -> str:
    """The text with '?' and 0 in the place of such literals. Raises one of `errors.BROKEN`."""
    tokens: list[Token] = rules.tokenize(text)
    if not tokens or tokens[0].token_type not in _FIRST or any(t.text.lower() in _MATTER for t in tokens):
        return text
    parts: list[str] = []
    end = 0
    brackets: list[TokenType | None] = []
    before: TokenType | None = None
    closed: TokenType | None = None  # what the bracket was of that ended last
    skipping = -1
    for at, token in enumerate(tokens):
        kind = token.token_type
        if kind == TokenType.L_PAREN:
            follows = before == TokenType.COMMA and closed == TokenType.VALUES
            brackets.append(TokenType.VALUES if follows else before if before in _LISTS else None)
        elif kind == TokenType.R_PAREN:
            closed = brackets.pop() if brackets else None
        elif kind in _LITERALS and at > skipping:
            in_list = bool(brackets) and brackets[-1] is not None and before in (TokenType.L_PAREN, TokenType.COMMA)
            if before in _COMPARED or in_list:
                last = at
                if in_list and brackets[-1] == TokenType.IN:  # however many there are
                    while (
                        last + 2 < len(tokens)
                        and tokens[last + 1].token_type == TokenType.COMMA
                        and tokens[last + 2].token_type == kind
                    ):
                        last += 2
                skipping = last
                parts += [text[end : token.start], "'?'" if kind == TokenType.STRING else "0"]
                end = tokens[last].end + 1
        before = kind
    return "".join([*parts, text[end:]])
