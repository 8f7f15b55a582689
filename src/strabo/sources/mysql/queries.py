"""The catalog queries of MySQL and MariaDB, and the rows that they answer. Ten at most for a database of any size.

https://dev.mysql.com/doc/refman/8.4/en/information-schema.html, https://mariadb.com/docs (Information Schema).
The database is always given as a constant: that is what lets the server open only this database's tables. Names are
sorted and compared as bytes, for the catalog's own collation takes `Orders` and `orders`, `cafe` and `café` for one.
"""

import re
from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")
_MARIA_CHECKS = (10, 3, 10)  # the release that brought CHECK_CONSTRAINTS with a table's name
_MARIA_COMMENTS = (10, 5)  # … SCHEMATA.SCHEMA_COMMENT
_MYSQL_EXPRESSIONS = (8, 0, 13)  # … STATISTICS.EXPRESSION

SYSTEM_SCHEMAS = frozenset({"information_schema", "mysql", "performance_schema", "sys"})


class Flavour(msgspec.Struct, frozen=True):
    """Which of the two servers answers, and its release."""

    maria: bool
    version: tuple[int, ...]

    def __str__(self) -> str:
        return f"{'MariaDB' if self.maria else 'MySQL'} {'.'.join(map(str, self.version))}"


def flavour(version: str) -> Flavour:
    """What VERSION() says, understood: "8.0.36", "10.11.6-MariaDB-log", "5.5.5-10.6.12-MariaDB"."""
    maria = "mariadb" in version.lower()
    text = version.removeprefix("5.5.5-") if maria else version
    found = re.match(r"\d+(?:\.\d+)*", text)
    return Flavour(maria, tuple(int(part) for part in found.group().split(".")) if found else ())


class Row(msgspec.Struct, frozen=True, array_like=True):
    pass


class SchemaRow(Row, frozen=True):
    name: str
    comment: str | None = None


class TableRow(Row, frozen=True):
    name: str
    type: str  # BASE TABLE, VIEW, SYSTEM VERSIONED, SEQUENCE, …
    engine: str | None = None
    row_format: str | None = None
    rows: int | None = None
    data: int | None = None  # bytes
    index: int | None = None  # bytes
    created: str | None = None
    updated: str | None = None
    collation: str | None = None
    partitioned: int | None = None
    comment: str | None = None


class ColumnRow(Row, frozen=True):
    table: str
    name: str
    type: str | None  # enum('a','b')
    data_type: str | None  # enum
    nullable: str | None = "YES"
    default: str | None = None
    extra: str | None = None
    generated: str | None = None
    comment: str | None = None


class IndexRow(Row, frozen=True):
    table: str
    name: str
    non_unique: int
    column: str | None
    collation: str | None = None  # D: descending
    prefix: int | None = None
    method: str | None = None
    expression: str | None = None


class ConstraintRow(Row, frozen=True):
    """A column of a foreign key; or, with a clause, a check."""

    table: str
    name: str
    column: str | None = None
    to_schema: str | None = None
    to_table: str | None = None
    to_column: str | None = None
    clause: str | None = None


class ViewRow(Row, frozen=True):
    table: str
    definition: str | None = None
    definer: str | None = None
    security: str | None = None
    check_option: str | None = None
    updatable: str | None = None


class PartitionRow(Row, frozen=True):
    table: str
    name: str
    method: str | None = None
    expression: str | None = None
    sub_expression: str | None = None
    description: str | None = None
    rows: int | None = None
    data: int | None = None  # bytes
    index: int | None = None  # bytes


class RoutineRow(Row, frozen=True):
    type: str  # PROCEDURE, FUNCTION, PACKAGE, PACKAGE BODY
    name: str
    definition: str | None = None
    language: str | None = None
    definer: str | None = None
    security: str | None = None
    access: str | None = None
    deterministic: str | None = None
    created: str | None = None
    altered: str | None = None
    comment: str | None = None


class ParameterRow(Row, frozen=True):
    routine_type: str
    routine: str
    mode: str | None = None
    name: str | None = None
    type: str | None = None


class TriggerRow(Row, frozen=True):
    name: str
    table: str
    timing: str | None = None
    event: str | None = None
    statement: str | None = None
    definer: str | None = None
    created: str | None = None


class EventRow(Row, frozen=True):
    name: str
    definition: str | None = None
    type: str | None = None  # ONE TIME, RECURRING
    at: str | None = None
    every: str | None = None
    unit: str | None = None
    starts: str | None = None
    ends: str | None = None
    time_zone: str | None = None
    status: str | None = None
    definer: str | None = None
    created: str | None = None
    altered: str | None = None
    comment: str | None = None


class Query(msgspec.Struct, Generic[T], frozen=True):
    """One statement of the catalog: what messages call it, its text, and what a row of it is."""

    name: str
    sql: str
    row: type[T]


def _in(column: str) -> str:
    """The condition that a row is of one database; takes the database's name twice.

    The first half lets the server look nowhere else, the second one knows letter case.
    """
    return f"{column} = %s AND CAST({column} AS BINARY) = %s"


def _by(column: str) -> str:
    return f"CAST({column} AS BINARY)"


def schemas(server: Flavour) -> Query[SchemaRow]:
    comment = "SCHEMA_COMMENT" if server.maria and server.version >= _MARIA_COMMENTS else "NULL"
    return Query(
        "information_schema.schemata",
        f"SELECT SCHEMA_NAME, {comment} FROM information_schema.SCHEMATA ORDER BY {_by('SCHEMA_NAME')}",
        SchemaRow,
    )


TABLES = Query(
    "information_schema.tables",
    # CREATE_OPTIONS may hold a password (CONNECT tables), so it stays where it is.
    f"""SELECT TABLE_NAME, TABLE_TYPE, ENGINE, ROW_FORMAT, TABLE_ROWS, DATA_LENGTH, INDEX_LENGTH, CREATE_TIME,
               UPDATE_TIME, TABLE_COLLATION, LOCATE('partitioned', CREATE_OPTIONS) > 0, TABLE_COMMENT
        FROM information_schema.TABLES WHERE {_in("TABLE_SCHEMA")} ORDER BY {_by("TABLE_NAME")}""",
    TableRow,
)

COLUMNS = Query(
    "information_schema.columns",
    f"""SELECT TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, DATA_TYPE, IS_NULLABLE, COLUMN_DEFAULT, EXTRA,
               GENERATION_EXPRESSION, COLUMN_COMMENT
        FROM information_schema.COLUMNS WHERE {_in("TABLE_SCHEMA")}
        ORDER BY {_by("TABLE_NAME")}, ORDINAL_POSITION""",
    ColumnRow,
)


def indexes(server: Flavour) -> Query[IndexRow]:
    expression = "EXPRESSION" if not server.maria and server.version >= _MYSQL_EXPRESSIONS else "NULL"
    return Query(
        "information_schema.statistics",
        f"""SELECT TABLE_NAME, INDEX_NAME, NON_UNIQUE, COLUMN_NAME, COLLATION, SUB_PART, INDEX_TYPE, {expression}
            FROM information_schema.STATISTICS WHERE {_in("TABLE_SCHEMA")}
            ORDER BY {_by("TABLE_NAME")}, {_by("INDEX_NAME")}, SEQ_IN_INDEX""",
        IndexRow,
    )


def constraints(server: Flavour) -> Query[ConstraintRow]:
    """Foreign keys; on MariaDB also the checks that tell a JSON column from a longtext."""
    keys = f"""SELECT TABLE_NAME, CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_TABLE_SCHEMA, REFERENCED_TABLE_NAME,
                      REFERENCED_COLUMN_NAME, NULL AS CLAUSE, ORDINAL_POSITION AS SEQ
               FROM information_schema.KEY_COLUMN_USAGE
               WHERE {_in("TABLE_SCHEMA")} AND REFERENCED_TABLE_NAME IS NOT NULL"""
    checks = f"""SELECT TABLE_NAME, CONSTRAINT_NAME, NULL, NULL, NULL, NULL, CHECK_CLAUSE, 0
                 FROM information_schema.CHECK_CONSTRAINTS
                 WHERE {_in("CONSTRAINT_SCHEMA")} AND LOCATE('json_valid(', CHECK_CLAUSE) > 0"""
    both = server.maria and server.version >= _MARIA_CHECKS
    return Query(
        "information_schema.key_column_usage" + (" and check_constraints" if both else ""),
        f"""SELECT TABLE_NAME, CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_TABLE_SCHEMA, REFERENCED_TABLE_NAME,
                   REFERENCED_COLUMN_NAME, CLAUSE
            FROM ({keys}{" UNION ALL " + checks if both else ""}) AS found
            ORDER BY {_by("TABLE_NAME")}, {_by("CONSTRAINT_NAME")}, SEQ""",
        ConstraintRow,
    )


VIEWS = Query(
    "information_schema.views",
    f"""SELECT TABLE_NAME, VIEW_DEFINITION, DEFINER, SECURITY_TYPE, CHECK_OPTION, IS_UPDATABLE
        FROM information_schema.VIEWS WHERE {_in("TABLE_SCHEMA")} ORDER BY {_by("TABLE_NAME")}""",
    ViewRow,
)

PARTITIONS = Query(
    "information_schema.partitions",
    f"""SELECT TABLE_NAME, PARTITION_NAME, PARTITION_METHOD, PARTITION_EXPRESSION, SUBPARTITION_EXPRESSION,
               PARTITION_DESCRIPTION, TABLE_ROWS, DATA_LENGTH, INDEX_LENGTH
        FROM information_schema.PARTITIONS WHERE {_in("TABLE_SCHEMA")} AND PARTITION_NAME IS NOT NULL
        ORDER BY {_by("TABLE_NAME")}, PARTITION_ORDINAL_POSITION, SUBPARTITION_ORDINAL_POSITION""",
    PartitionRow,
)

ROUTINES = Query(
    "information_schema.routines",
    f"""SELECT ROUTINE_TYPE, ROUTINE_NAME, ROUTINE_DEFINITION, COALESCE(EXTERNAL_LANGUAGE, ROUTINE_BODY), DEFINER,
               SECURITY_TYPE, SQL_DATA_ACCESS, IS_DETERMINISTIC, CREATED, LAST_ALTERED, ROUTINE_COMMENT
        FROM information_schema.ROUTINES WHERE {_in("ROUTINE_SCHEMA")}
        ORDER BY {_by("ROUTINE_TYPE")}, {_by("ROUTINE_NAME")}""",
    RoutineRow,
)

PARAMETERS = Query(
    "information_schema.parameters",
    f"""SELECT ROUTINE_TYPE, SPECIFIC_NAME, PARAMETER_MODE, PARAMETER_NAME, DTD_IDENTIFIER
        FROM information_schema.PARAMETERS WHERE {_in("SPECIFIC_SCHEMA")}
        ORDER BY {_by("ROUTINE_TYPE")}, {_by("SPECIFIC_NAME")}, ORDINAL_POSITION""",
    ParameterRow,
)

TRIGGERS = Query(
    "information_schema.triggers",
    f"""SELECT TRIGGER_NAME, EVENT_OBJECT_TABLE, ACTION_TIMING, EVENT_MANIPULATION, ACTION_STATEMENT, DEFINER, CREATED
        FROM information_schema.TRIGGERS WHERE {_in("EVENT_OBJECT_SCHEMA")} ORDER BY {_by("TRIGGER_NAME")}""",
    TriggerRow,
)

EVENTS = Query(
    "information_schema.events",
    f"""SELECT EVENT_NAME, EVENT_DEFINITION, EVENT_TYPE, EXECUTE_AT, INTERVAL_VALUE, INTERVAL_FIELD, STARTS, ENDS,
               TIME_ZONE, STATUS, DEFINER, CREATED, LAST_ALTERED, EVENT_COMMENT
        FROM information_schema.EVENTS WHERE {_in("EVENT_SCHEMA")} ORDER BY {_by("EVENT_NAME")}""",
    EventRow,
)


class CountRow(Row, frozen=True):
    """How many there are, and how many of them the login may read."""

    all: int | None = 0
    readable: int | None = 0


def count_tables(databases: int) -> Query[CountRow]:
    return Query(
        "information_schema.tables and columns",
        f"""SELECT COUNT(*), COALESCE(SUM(WITH_COLUMNS.NAME IS NOT NULL), 0)
            FROM (SELECT CAST(TABLE_SCHEMA AS BINARY) AS DB, CAST(TABLE_NAME AS BINARY) AS NAME
                  FROM information_schema.TABLES WHERE {_among("TABLE_SCHEMA", databases)}) AS LISTED
            LEFT JOIN (SELECT DISTINCT CAST(TABLE_SCHEMA AS BINARY) AS DB, CAST(TABLE_NAME AS BINARY) AS NAME
                       FROM information_schema.COLUMNS WHERE {_among("TABLE_SCHEMA", databases)}) AS WITH_COLUMNS
            ON WITH_COLUMNS.DB = LISTED.DB AND WITH_COLUMNS.NAME = LISTED.NAME""",
        CountRow,
    )


def count_views(databases: int) -> Query[CountRow]:
    return Query(
        "information_schema.views",
        f"""SELECT COUNT(*), COALESCE(SUM(LENGTH(VIEW_DEFINITION) > 0), 0)
            FROM information_schema.VIEWS WHERE {_among("TABLE_SCHEMA", databases)}""",
        CountRow,
    )


def count_sizes(databases: int) -> Query[CountRow]:
    return Query(
        "information_schema.tables",
        f"""SELECT COUNT(*), COALESCE(SUM(DATA_LENGTH IS NOT NULL), 0)
            FROM information_schema.TABLES WHERE {_among("TABLE_SCHEMA", databases)} AND TABLE_TYPE <> 'VIEW'""",
        CountRow,
    )


def count_routines(databases: int) -> Query[CountRow]:
    return Query(
        "information_schema.routines",
        f"""SELECT COUNT(*), COALESCE(SUM(ROUTINE_DEFINITION IS NOT NULL), 0)
            FROM information_schema.ROUTINES WHERE {_among("ROUTINE_SCHEMA", databases)}""",
        CountRow,
    )


def count_triggers(databases: int) -> Query[CountRow]:
    return Query(
        "information_schema.triggers",
        f"SELECT COUNT(*), COUNT(*) FROM information_schema.TRIGGERS WHERE {_among('EVENT_OBJECT_SCHEMA', databases)}",
        CountRow,
    )


def count_events(databases: int) -> Query[CountRow]:
    return Query(
        "information_schema.events",
        f"SELECT COUNT(*), COUNT(*) FROM information_schema.EVENTS WHERE {_among('EVENT_SCHEMA', databases)}",
        CountRow,
    )


def _among(column: str, databases: int) -> str:
    return f"CAST({column} AS BINARY) IN ({', '.join(['%s'] * databases)})"
