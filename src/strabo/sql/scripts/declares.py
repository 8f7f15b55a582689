"""Declarations of variables, cursors and handlers, one by one or in a section of their own."""

from typing import TYPE_CHECKING

from sqlglot.tokenizer_core import TokenType

from strabo.sql.scripts import shapes
from strabo.sql.scripts.control import begin, one
from strabo.sql.scripts.kin import POSTGRES, SECTIONS, SPARK
from strabo.sql.scripts.steps import NOT, Block, Branch, Cursor, Declare, Step, Tokens
from strabo.sql.scripts.words import word_of

if TYPE_CHECKING:
    from strabo.sql.scripts.blocks import Reader

_SEMICOLON, _L, _R, _COMMA = TokenType.SEMICOLON, TokenType.L_PAREN, TokenType.R_PAREN, TokenType.COMMA
_EQUALS = frozenset({TokenType.EQ, TokenType.COLON_EQ})
_QUERY = frozenset({"SELECT", "WITH", "VALUES", "FROM", "TABLE"})


def declare(reader: "Reader") -> Step | list[Step] | None:
    if reader.dialect in SECTIONS and (
        reader.inside or reader.dialect not in POSTGRES or not shapes.is_cursor(reader.tokens, reader.at)
    ):
        start = reader.at
        reader.at += 1
        found = declarations(reader)
        if reader.word() == "BEGIN":
            block = begin(reader)
            if isinstance(block, Block):
                return Block(block.at, [*found, *block.body], block.handlers)
        reader.at = start
        if not reader.inside:
            return NOT
    at = reader.tokens[reader.at].start
    reader.at += 1
    if reader.dialect in SPARK:  # DECLARE OR REPLACE VARIABLE a INT
        reader.take("OR", "REPLACE")
        reader.take("VARIABLE")
    return declared(reader, at)


_NO_NAMES = frozenset({
    "BEGIN", "END", "SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "CREATE", "ALTER", "DROP", "TRUNCATE", "GRANT",
})  # fmt: skip


def declarations(reader: "Reader") -> list[Step]:
    """A section of declarations, up to BEGIN or END."""
    found: list[Step] = []
    while reader.more and reader.word() not in _NO_NAMES:
        if reader.kind() == _SEMICOLON:
            reader.at += 1
            continue
        before = reader.at
        if reader.word() in {"PROCEDURE", "FUNCTION"}:
            step: Step | list[Step] | None = reader.routine()
        elif reader.take("DECLARE"):
            continue
        else:
            step = declared(reader, reader.tokens[reader.at].start)
        if step is not None:
            found += step if isinstance(step, list) else [step]
        if reader.at == before:
            reader.at += 1
    return found


def declared(reader: "Reader", at: int) -> Step | list[Step] | None:
    """One declaration, without the word."""
    if reader.tsql:
        return _tsql_declared(reader, at)
    if reader.word(1) == "HANDLER" and reader.word() in {"CONTINUE", "EXIT", "UNDO"}:
        reader.at += 3
        reader.upto(*shapes.STARTS)
        step = reader.within(lambda: one(reader))
        return Branch(at, [([], step)], whole=False)
    if reader.word() == "CURSOR":  # Oracle: CURSOR c [(…)] IS …
        name = reader.tokens[reader.at + 1].text.lower() if reader.kind(1) is not None else ""
        tokens = reader.rest()
        begin = next((i for i, t in enumerate(tokens) if word_of(t) in _QUERY and i > 1), len(tokens))
        return Cursor(at, name, tokens[begin:], parameters=_parameters(tokens))
    if reader.word() in {"TYPE", "SUBTYPE", "PRAGMA", "USE"}:
        reader.rest()
        return None
    tokens = reader.rest()
    words = [word_of(t) for t in tokens]
    if "CURSOR" in words[1:6]:
        begin = next(
            (i for i in range(2, len(tokens)) if words[i] in _QUERY and words[i - 1] in {"FOR", "IS", "(", ")"}), 0
        )
        if begin:
            query = shapes.bare(tokens[begin:])
            return Cursor(at, tokens[0].text.lower(), query, parameters=_parameters(tokens[:begin]))
        named = words.index("FOR") + 1 if "FOR" in words else 0
        return Cursor(at, tokens[0].text.lower(), tokens[named:] if named else [])
    names = [tokens[0]] if tokens else []
    i = 1
    while i + 1 < len(tokens) and tokens[i].token_type == _COMMA:
        names.append(tokens[i + 1])
        i += 2
    value = len(tokens)
    depth = 0
    for j in range(i, len(tokens)):
        kind = tokens[j].token_type
        depth += (kind == _L) - (kind == _R)
        if not depth and (kind in _EQUALS or words[j] == "DEFAULT"):
            value = j
            break
    return Declare(at, names, tokens[i:value], tokens[value + 1 :]) if names else None


def _parameters(tokens: Tokens) -> list[str]:
    """The names of a cursor's parameters, which are between its first brackets."""
    start = next((i for i, t in enumerate(tokens[:4]) if t.token_type == _L), None)
    if start is None:
        return []
    parts = shapes.split(tokens[start + 1 : shapes.closing(tokens, start)])
    return [part[0].text.lower() for part in parts if part and word_of(part[0]) not in _QUERY]


def _tsql_declared(reader: "Reader", at: int) -> Step | list[Step] | None:
    tokens = reader.rest()
    if len(tokens) > 2 and tokens[0].token_type != TokenType.PARAMETER:
        words = [word_of(t) for t in tokens]
        begin = words.index("FOR") + 1 if "FOR" in words else len(tokens)
        return Cursor(at, tokens[0].text.lower(), tokens[begin:])
    found: list[Step] = []
    for part in shapes.split(tokens):
        if len(part) < 2:
            continue
        equals = next((i for i, t in enumerate(part) if t.token_type == TokenType.EQ), len(part))
        found.append(Declare(at, [part[1]], part[2:equals], part[equals + 1 :], sign=True))
    return found


def let(reader: "Reader") -> Step | list[Step] | None:
    at = reader.tokens[reader.at].start
    reader.at += 1
    return declared(reader, at)
