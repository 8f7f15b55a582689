"""ALTER, RENAME, EXCHANGE and CREATE SYNONYM: tables under other names, and partitions that move."""

from sqlglot.tokenizer_core import TokenType

from strabo.sql.commands.actions import (
    Action,
    Alias,
    LookIn,
    Move,
    MoveTo,
    Rename,
    RenameColumn,
    Rewritten,
    Swap,
    Unfollowed,
)
from strabo.sql.commands.cursor import Cursor, stored
from strabo.sql.idioms.tokens import COMMA, L, R, like
from strabo.sql.names import TableName


def rename(cursor: Cursor, _: str) -> Action | None:
    at = cursor.tokens[0].start
    cursor.at += 1
    cursor.any_of("TABLE", "TABLES", "OBJECT")
    pairs = []
    while True:
        cursor.take("IF", "EXISTS")
        old = cursor.name()
        if old is None or not cursor.any_of("TO", "AS") or (new := cursor.name()) is None:
            return None
        pairs.append((old, new))
        if not cursor.is_next(COMMA):
            return Rename(at, pairs)
        cursor.at += 1


def exchange(cursor: Cursor, _: str) -> Action | None:
    at = cursor.tokens[0].start
    cursor.at += 1
    if not cursor.any_of("TABLES", "TABLE"):
        return None
    one = cursor.name()
    if one is None or not cursor.take("AND") or (other := cursor.name()) is None:
        return None
    return Swap(at, one, other, whole=True)


def alter(cursor: Cursor, dialect: str) -> Rewritten | Action | None:
    tokens = cursor.tokens
    at = tokens[0].start
    cursor.at += 1
    if cursor.take("SESSION", "SET", "CURRENT_SCHEMA"):
        if cursor.at < len(tokens) and tokens[cursor.at].token_type == TokenType.EQ:
            cursor.at += 1
        name = cursor.name()
        return None if name is None else LookIn(at, [stored(name, dialect)])
    if cursor.take("SCHEMA"):
        return _schema(cursor, at)
    if cursor.take("VIEW") and any(token.text.upper() == "AS" for token in tokens):
        return Rewritten([like(tokens[0], TokenType.CREATE, "CREATE"), *tokens[1:]])
    cursor.at = 1
    cursor.take("MATERIALIZED")
    if not cursor.any_of("TABLE", "VIEW"):
        return None
    cursor.take("IF", "EXISTS")
    cursor.take("ONLY")
    table = cursor.name()
    if table is None:
        return None
    return _altered(cursor, table, at, dialect)


def _schema(cursor: Cursor, at: int) -> Action | None:
    """SQL Server's TRANSFER of a table; a schema that is renamed."""
    schema = cursor.name()
    if schema is None:
        return None
    if cursor.take("TRANSFER"):
        if cursor.take("OBJECT", "::") or cursor.take("OBJECT", ":", ":"):
            pass
        table = cursor.name()
        return None if table is None else MoveTo(at, table, schema.parts[-1])
    if cursor.take("RENAME", "TO"):
        return Unfollowed(at, "what is in a schema that is renamed is not followed")
    return None


def _renamed_all(cursor: Cursor, first: TableName, at: int) -> Action | None:
    """Vertica's `ALTER TABLE a, b RENAME TO b, c`, one after the other."""
    old = [first]
    while cursor.is_next(COMMA):
        cursor.at += 1
        name = cursor.name()
        if name is None:
            return None
        old.append(name)
    new: list[TableName] = []
    if not cursor.take("RENAME", "TO"):
        return None
    while (name := cursor.name()) is not None:
        new.append(name)
        cursor.at += cursor.is_next(COMMA)
    return Rename(at, list(zip(old, new, strict=True))) if len(old) == len(new) else None


def _altered(cursor: Cursor, table: TableName, at: int, dialect: str) -> Action | None:
    if cursor.is_next(COMMA):
        return _renamed_all(cursor, table, at)
    if cursor.take("SET", "SCHEMA"):
        name = cursor.name()
        return None if name is None else MoveTo(at, table, stored(name, dialect)[-1])
    if cursor.take("RENAME"):
        if cursor.take("COLUMN"):
            old = cursor.name()
            if old is None or not cursor.take("TO") or (new := cursor.name()) is None:
                return None
            return RenameColumn(at, table, stored(old, dialect)[-1], stored(new, dialect)[-1])
        cursor.any_of("TO", "AS")
        new = cursor.name()
        return None if new is None else Rename(at, [(table, new)])
    if cursor.take("APPEND", "FROM"):
        other = cursor.name()
        return None if other is None else Move(at, other, table)
    word = cursor.word
    if word in {"SWITCH", "EXCHANGE", "ATTACH", "DETACH", "MOVE", "REPLACE", "SWAP"}:
        return _partition(cursor, word, table, at, dialect)
    return None


def _partition(cursor: Cursor, word: str, table: TableName, at: int, dialect: str) -> Action | None:
    """A partition goes from one table to another; the name of the other comes after one of a few words."""
    before = {"SWITCH": ("TO",), "EXCHANGE": ("TABLE",), "MOVE": ("TABLE",), "REPLACE": ("FROM",),
              "ATTACH": ("PARTITION", "FROM"), "DETACH": ("INTO",), "SWAP": ("WITH",)}[word]  # fmt: skip
    found: int | None = None
    depth = 0
    for i in range(cursor.at, len(cursor.tokens)):
        token = cursor.tokens[i]
        depth += (token.token_type == L) - (token.token_type == R)
        bound = i + 1 < len(cursor.tokens) and cursor.tokens[i + 1].token_type == L  # FOR VALUES FROM (…) TO (…)
        if not depth and token.text.upper() in before and token.token_type != TokenType.STRING and not bound:
            found = i + 1
            if token.text.upper() == before[-1]:
                break
    if found is None:
        return None
    cursor.at = found
    other = cursor.name()
    if other is None:
        return None
    if word == "SWAP":
        return Swap(at, table, other, whole=True)
    if word == "EXCHANGE" and dialect != "hive":
        return Swap(at, table, other, whole=False)
    if word in {"SWITCH", "MOVE", "DETACH"}:
        return Move(at, table, other)
    return Move(at, other, table, overwrite=word == "REPLACE")


def alias(cursor: Cursor) -> Action | None:
    """CREATE SYNONYM s FOR t (Oracle, SQL Server), CREATE ALIAS (Db2)."""
    cursor.at = 1
    cursor.take("OR", "REPLACE")
    cursor.any_of("EDITIONABLE", "NONEDITIONABLE")
    cursor.take("PUBLIC")
    if not cursor.any_of("SYNONYM", "ALIAS"):
        return None
    name = cursor.name()
    if name is None or not cursor.take("FOR"):
        return None
    cursor.take("TABLE")
    table = cursor.name()
    return None if table is None else Alias(cursor.tokens[0].start, name, table)
