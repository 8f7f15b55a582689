"""CREATE PROCEDURE, FUNCTION, TRIGGER and the like: what they are called and given, and where the body is."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlglot.tokenizer_core import Token, TokenType

from strabo.sql.commands.cursor import Cursor
from strabo.sql.scripts.shapes import bare, closing, split
from strabo.sql.scripts.steps import Block, Routine, Sql, Step, Value
from strabo.sql.scripts.words import STRINGS, word_of

if TYPE_CHECKING:
    from strabo.sql.scripts.blocks import Reader

_L, _SEMICOLON = TokenType.L_PAREN, TokenType.SEMICOLON
_KINDS = frozenset({"PROCEDURE", "PROC", "FUNCTION", "TRIGGER", "PACKAGE", "EVENT", "TASK", "MACRO"})
_STATEMENTS = frozenset({
    "SELECT", "INSERT", "UPDATE", "DELETE", "REPLACE", "SET", "IF", "CASE", "CALL", "WITH", "TRUNCATE", "MERGE",
})  # fmt: skip
_MODES = frozenset({"IN", "OUT", "INOUT", "VARIADIC", "NOCOPY"})
_TSQL = frozenset({"tsql", "fabric"})
_INLINE = frozenset(
    {"mysql", "singlestore", "doris", "starrocks", "bigquery", "sqlite", "databricks", "spark", "duckdb"}
)


def read(reader: "Reader", declarations: Callable[["Reader"], list[Step]]) -> Routine | None:
    """The routine that begins here, read to its end; None where it is none that is understood."""
    tokens = reader.tokens
    start = reader.at
    while reader.more and reader.word() not in _KINDS:
        reader.at += 1
    kind = reader.word()
    if kind not in _KINDS:
        return None
    reader.at += 1
    if reader.word() == "BODY":
        reader.at += 1
        kind = "PACKAGE"
    reader.take("IF", "NOT", "EXISTS")
    cursor = Cursor(tokens)
    cursor.at = reader.at
    name = cursor.name()
    reader.at = cursor.at
    if name is None:
        return None
    routine = Routine(tokens[start].start, kind, ".".join(name.parts), [])
    if reader.kind() == _L and kind not in {"TRIGGER", "PACKAGE"}:
        end = closing(tokens, reader.at)
        _parameters(routine, tokens[reader.at + 1 : end], reader)
        reader.at = end + 1
    _header(reader, routine, declarations)
    routine.tokens = tokens[start : reader.at]
    return routine


def _parameters(routine: Routine, tokens: list[Token], reader: "Reader") -> None:
    for part in split(tokens):
        words = [t for t in part if word_of(t) not in _MODES]
        if words and words[0].token_type == TokenType.PARAMETER:
            words = words[1:]
            if words:
                routine.parameters.append("@" + words[0].text.lower())
                if word_of(words[-1]) == "READONLY":
                    _readonly(routine, "@" + words[0].text)
        elif words:
            routine.parameters.append(words[0].text.lower())
    del reader


def _readonly(routine: Routine, name: str) -> None:
    """A parameter that is a table, of a type that is declared elsewhere."""
    routine.tables[name] = []


def _header(reader: "Reader", routine: Routine, declarations: Callable[["Reader"], list[Step]]) -> None:
    """Reads what is before the body, and the body."""
    dialect = reader.dialect
    tokens = reader.tokens
    rows = False
    while reader.more:
        word, kind = reader.word(), reader.kind()
        if kind == _SEMICOLON:
            return
        if kind == _L:
            if word_of(tokens[reader.at - 1]) == "TABLE":
                _parameters(routine, tokens[reader.at + 1 : closing(tokens, reader.at)], reader)
            reader.at = closing(tokens, reader.at) + 1
            continue
        if kind in STRINGS and word_of(tokens[reader.at - 1]) in {"AS", "IS"} and routine.quoted is None:
            routine.quoted = tokens[reader.at]
        elif word == "LANGUAGE" and reader.kind(1) is not None:
            reader.at += 1
            routine.language = tokens[reader.at].text.lower()
        elif word == "ON" and routine.kind == "TRIGGER" and routine.on is None:
            cursor = Cursor(tokens)
            cursor.at = reader.at + 1
            routine.on = cursor.name()
            reader.at = cursor.at
            continue
        elif word == "REFERENCING":
            rows = True
        elif rows and word in {"NEW", "OLD", "NEW_TABLE", "OLD_TABLE"}:
            _named_rows(reader, routine)
            continue
        elif word == "EXECUTE" and routine.kind == "TRIGGER" and reader.word(1) in {"FUNCTION", "PROCEDURE"}:
            cursor = Cursor(tokens)
            cursor.at = reader.at + 2
            called = cursor.name()
            routine.calls = called.parts[-1].lower() if called is not None else ""
            reader.at = reader.end()
            return
        elif dialect in _TSQL:
            if kind == TokenType.PARAMETER and not routine.on and reader.kind(1) is not None:
                name = "@" + tokens[reader.at + 1].text
                if reader.word(2) == "TABLE" and reader.kind(3) == _L:  # RETURNS @rows TABLE (…)
                    routine.tables[name] = tokens[reader.at + 3 : closing(tokens, reader.at + 3) + 1]
                else:
                    routine.parameters.append(name.lower())
            elif word == "READONLY" and routine.parameters:
                _readonly(
                    routine,
                    next(
                        f"@{t.text}"
                        for t in reversed(tokens[: reader.at])
                        if f"@{t.text.lower()}" == routine.parameters[-1]
                    ),
                )
            if word == "AS" and reader.word(1) not in {"OWNER", "CALLER", "SELF"} and _is_body(reader):
                reader.at += 1
                routine.body = reader.within(reader.steps)
                return
        elif word == "BEGIN" or (word == "DECLARE" and dialect not in _INLINE):
            routine.body = reader.within(lambda: _body(reader))
            return
        elif word == "AS" and routine.kind == "MACRO" and reader.kind(1) == _L:  # its statements are in brackets
            end = closing(tokens, reader.at + 1)
            routine.body = type(reader)(tokens[reader.at + 2 : end], dialect, inside=True).steps()
            reader.at = end + 1
            return
        elif (
            word in {"AS", "IS"}
            and routine.kind != "TRIGGER"
            and dialect in {"oracle", "snowflake", "db2", "exasol", "teradata"}
            and _is_section(reader)
        ):
            reader.at += 1
            routine.body = reader.within(lambda: _section(reader, declarations, package=routine.kind == "PACKAGE"))
            return
        elif word in {"AS", "DO"} and (reader.kind(1) == _L or reader.word(1) in _STATEMENTS):
            reader.at += 1
            if reader.kind() == _L:  # AS (a value) of a function in SQL
                inner = tokens[reader.at : closing(tokens, reader.at) + 1]
                routine.body = _value(inner)
                reader.at = reader.end()
            else:
                routine.body = reader.within(lambda: _body(reader))
            return
        elif (word == "RETURN" and routine.kind == "FUNCTION" and dialect not in {"oracle", "snowflake"}) or (
            (dialect in _INLINE or (dialect == "db2" and routine.kind == "TRIGGER"))
            and word in _STATEMENTS
            and _begins(reader, routine)
        ):
            routine.body = reader.within(lambda: _body(reader))
            return
        reader.at += 1


def _named_rows(reader: "Reader", routine: Routine) -> None:
    """REFERENCING NEW TABLE AS t, OLD ROW AS r: what a trigger calls the rows that change."""
    table, fresh = reader.word().endswith("_TABLE"), reader.word() == "NEW"
    reader.at += 1
    reader.take("ROW")
    table = reader.take("TABLE") or table
    reader.take("AS")
    cursor = Cursor(reader.tokens)
    cursor.at = reader.at
    name = cursor.name()
    reader.at = max(cursor.at, reader.at)
    if name is None:
        return
    if table:
        routine.rows.append(name)
    else:
        routine.records.append(name.parts[-1].lower())
        routine.fresh += routine.records[-1:] if fresh else []


def _value(tokens: list[Token]) -> list[Step]:
    inner = bare(tokens)
    if not inner:
        return []
    return [Sql(inner)] if word_of(inner[0]) in {"SELECT", "WITH"} else [Value(inner)]


def _begins(reader: "Reader", routine: Routine) -> bool:
    """Whether a word begins the body: not an event of a trigger, and not SQL SECURITY."""
    if routine.kind == "TRIGGER":
        before = reader.word(-1)
        return before == "ROW" or (routine.on is not None and before not in {"OR", "OF", "BEFORE", "AFTER"})
    return reader.word(-1) not in {"SQL", "MODIFIES", "READS", "CHARACTER"} and reader.word(1) != "SECURITY"


def _is_body(reader: "Reader") -> bool:
    """T-SQL: whether AS is the one before the body, not one within the parameters (`@a AS int`)."""
    return (
        reader.word(1) not in {"INT", "TABLE"}
        and reader.kind(-1) != TokenType.PARAMETER
        and not (reader.kind(-2) == TokenType.PARAMETER and reader.word(2) in {"", "="})
    )


def _is_section(reader: "Reader") -> bool:
    if reader.word(-1) == "EXECUTE" or reader.kind(1) in STRINGS:  # EXECUTE AS CALLER; AS '…'
        return False
    return reader.word(1) not in {"LANGUAGE", "EXTERNAL", *_STATEMENTS}


def _body(reader: "Reader") -> list[Step]:
    step = reader.step()
    return [] if step is None else step if isinstance(step, list) else [step]


def _section(reader: "Reader", declarations: Callable[["Reader"], list[Step]], *, package: bool) -> list[Step]:
    found = declarations(reader)
    if reader.word() == "BEGIN":
        block = reader.step()
        if isinstance(block, Block):
            return [Block(block.at, [*found, *block.body], block.handlers)]
    elif reader.word() == "END" or package:
        reader.end_of()
    return found
