"""LOAD, BULK INSERT, UNLOAD and SELECT INTO OUTFILE: rows from files, and into them."""

from sqlglot.tokenizer_core import TokenType

from strabo.sql.commands.actions import Action, Load, Unload
from strabo.sql.commands.cursor import Cursor, parts
from strabo.sql.idioms.tokens import COMMA, R

_STRINGS = frozenset({TokenType.STRING, TokenType.HEREDOC_STRING, TokenType.RAW_STRING})


def unload(cursor: Cursor, _: str) -> Action | None:
    at = cursor.tokens[0].start
    cursor.at += 1
    inside = cursor.brackets()
    if inside is None or not cursor.take("TO"):
        return None
    location = cursor.string()
    if location is None or not inside:
        return None
    if inside[0].token_type in _STRINGS:
        return Unload(at, location, None, inside[0].text)
    return Unload(at, location, inside)


def _from_file(cursor: Cursor) -> Action | None:
    """Db2's `LOAD FROM file OF type INSERT INTO t`, and IMPORT, which the command line knows."""
    tokens = cursor.tokens
    of = next((i for i, token in enumerate(tokens) if token.text.upper() == "OF"), 0)
    into = next((i for i, token in enumerate(tokens) if i > of and token.token_type == TokenType.INTO), 0)
    if not 2 < of < into:
        return None
    cursor.at = into + 1
    table = cursor.name()
    inside = cursor.brackets() or []
    columns = [token.text for token in inside if token.token_type != COMMA]
    way = tokens[into - 1].text.upper()
    location = "".join(token.text for token in tokens[2:of])
    return None if table is None else Load(tokens[0].start, location, table, columns, overwrite=way == "REPLACE")


def load(cursor: Cursor, dialect: str) -> Action | None:
    """LOAD DATA INFILE (MySQL); BULK INSERT (SQL Server)."""
    tokens = cursor.tokens
    at = tokens[0].start
    if dialect == "db2" and len(tokens) > 1 and tokens[1].text.upper() == "FROM":
        return _from_file(cursor)
    if cursor.take("BULK", "INSERT"):
        table = cursor.name()
        if table is None or not cursor.take("FROM"):
            return None
        location = cursor.string()
        return None if location is None else Load(at, location, table, [], overwrite=False)
    cursor.at += 1
    cursor.any_of("DATA", "XML")
    while cursor.any_of("LOW_PRIORITY", "CONCURRENT", "LOCAL"):
        pass
    if not cursor.any_of("INFILE", "INPATH"):
        return None
    location = cursor.string()
    while cursor.any_of("REPLACE", "IGNORE", "OVERWRITE"):
        pass
    if location is None or not cursor.take("INTO", "TABLE"):
        return None
    table = cursor.name()
    if table is None:
        return None
    columns: list[str] = []
    while cursor.at < len(tokens):
        inside = cursor.brackets()
        if inside is None:
            cursor.at += 1
        elif tokens[cursor.at - 1].token_type == R and not columns:
            columns = [part[0].text for part in parts(inside) if part and part[0].token_type != TokenType.PARAMETER]
        if columns and cursor.take("SET"):  # what is made of the fields that went into variables
            columns += [part[0].text for part in parts(cursor.rest) if part and part[0].text not in columns]
            break
    return Load(at, location, table, columns, overwrite=False)


def select(cursor: Cursor, _: str) -> Action | None:
    """SELECT … INTO OUTFILE (MySQL)."""
    tokens = cursor.tokens
    for at, token in enumerate(tokens[:-2]):
        if token.token_type == TokenType.INTO and tokens[at + 1].text.upper() in {"OUTFILE", "DUMPFILE"}:
            if tokens[at + 2].token_type != TokenType.STRING:
                return None
            rest = tokens[at + 3 :]
            tail = next((i for i, t in enumerate(rest) if t.token_type in (TokenType.FROM, TokenType.WHERE)), len(rest))
            return Unload(tokens[0].start, tokens[at + 2].text, [*tokens[:at], *rest[tail:]])
    return None
