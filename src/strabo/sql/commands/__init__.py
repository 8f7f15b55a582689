"""Statements that the parser does not know, read from their tokens.

Some are what it knows in other words: these come back as tokens for it to try again. The others are few, and come back
as an `Action`. Only what it refused is looked at here, so this costs the usual statement nothing.
"""

from collections.abc import Callable

from sqlglot.tokenizer_core import Token

from strabo.sql.commands import moving, renaming, rewording, session
from strabo.sql.commands.actions import Action, Rewritten, Unfollowed
from strabo.sql.commands.cursor import Cursor


def understood(tokens: list[Token], dialect: str) -> Rewritten | Action | None:
    """What a statement says that the parser refused; None where we know no more."""
    reader = _READERS.get(tokens[0].text.upper())
    return None if reader is None else reader(Cursor(tokens), dialect)


def _call(cursor: Cursor, _: str) -> Action:
    return Unfollowed(cursor.tokens[0].start, "what the procedure does is not known")


def _execute(cursor: Cursor, _: str) -> Action:
    return Unfollowed(cursor.tokens[0].start, "what is executed is not known")


_READERS: dict[str, Callable[[Cursor, str], Rewritten | Action | None]] = {
    "ALTER": renaming.alter,
    "BULK": moving.load,
    "CALL": _call,
    "CREATE": rewording.create,
    "DATABASE": session.database,
    "DECLARE": rewording.queried,
    "EXCHANGE": renaming.exchange,
    "EXEC": _execute,
    "EXECUTE": _execute,
    "EXPLAIN": rewording.explain,
    "INSERT": rewording.insert,
    "IMPORT": moving.load,
    "LOAD": moving.load,
    "MERGE": rewording.merge,
    "PREPARE": rewording.queried,
    "RENAME": renaming.rename,
    "REPLACE": rewording.replace,
    "RESET": session.reset,
    "SELECT": moving.select,
    "SET": session.set_,
    "UNLOAD": moving.unload,
    "UPDATE": rewording.update,
    "WITH": moving.select,
}
