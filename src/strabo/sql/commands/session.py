"""SET, RESET and DATABASE: where names are looked up."""

from typing import TYPE_CHECKING

from sqlglot.tokenizer_core import TokenType

from strabo.sql.commands.actions import Action, LookAgain, LookIn
from strabo.sql.commands.cursor import Cursor, stored

if TYPE_CHECKING:
    from strabo.sql.names import Parts


def set_(cursor: Cursor, dialect: str) -> Action | None:
    tokens = cursor.tokens
    at = tokens[0].start
    cursor.at += 1
    cursor.any_of("SESSION", "LOCAL")
    if not (cursor.take("DATABASE") or cursor.any_of("SEARCH_PATH", "SCHEMA") or cursor.take("CURRENT", "SCHEMA")
            or cursor.take("CURRENT", "PATH")):  # fmt: skip
        return None
    if cursor.at < len(tokens) and (tokens[cursor.at].token_type == TokenType.EQ or cursor.word == "TO"):
        cursor.at += 1
    schemas: list[Parts] = []
    while cursor.at < len(tokens):
        text = cursor.string()
        name = cursor.name() if text is None else None
        if text is not None:
            schemas += [tuple(p.strip().split(".")) for p in text.split(",") if p.strip()]
        elif name is not None:
            schemas.append(stored(name, dialect))
        else:
            cursor.at += 1
    schemas = [s for s in schemas if s[-1].lower() not in {"$user", "pg_catalog", "pg_temp", "default"}]
    return LookIn(at, schemas) if schemas else None


def reset(cursor: Cursor, _: str) -> Action | None:
    cursor.at += 1
    return LookAgain(cursor.tokens[0].start) if cursor.any_of("SEARCH_PATH", "ALL") else None


def database(cursor: Cursor, dialect: str) -> Action | None:
    """Teradata's DATABASE d."""
    cursor.at += 1
    name = cursor.name()
    return None if name is None or cursor.rest else LookIn(cursor.tokens[0].start, [stored(name, dialect)])
