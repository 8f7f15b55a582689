"""What PostgreSQL itself knows of a view against what we say: its columns, as pg_depend has them.

Asked of the golden SELECTs of its dialect, of TPC-H and TPC-DS, and of the server's own views, as it prints them, over
empty copies of its catalog. It also counts what a subquery puts out and nobody takes, which no output hangs on.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
import pytest
from tests.sql.rendering import SHOP, ask
from tests.sql.test_oracle import selects
from tests.sql.test_tpc import corpora

from strabo.testing.postgres import Server, postgres_fixture

__all__ = ["postgres_fixture"]

pytestmark = pytest.mark.slow

Column = tuple[str, str]
Connection = psycopg.Connection[tuple[Any, ...]]

_DEPENDS = """
SELECT DISTINCT t.relname, a.attname FROM pg_catalog.pg_rewrite r
JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = r.oid
  AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjsubid > 0
JOIN pg_catalog.pg_class t ON t.oid = d.refobjid AND t.oid <> r.ev_class
JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
WHERE r.ev_class = 'of.asked'::pg_catalog.regclass
"""
_CATALOG = """
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'v')
WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attname <> 'xmin'
  AND c.relnamespace IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
ORDER BY c.relnamespace, c.relname, a.attnum
"""
_VIEWS = """
SELECT c.relname, pg_get_viewdef(c.oid) FROM pg_class c
WHERE c.relkind = 'v' AND c.relnamespace IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
ORDER BY c.relname
"""
_TYPES = {"placed": "timestamp", "at": "timestamp", "status": "text", "name": "text", "email": "text", "region": "text",
          "tags": "text[]", "attrs": "jsonb", "payload": "jsonb", "kind": "text", "Value": "text"}  # fmt: skip

# Where a query within puts out what nobody takes: EXISTS (SELECT *) above all.
NOBODY_TAKES = frozenset({
    "queries/postgres: NOT EXISTS reads no column that it selects", "tpch 4", "tpch 21", "tpch 22", "tpcds 10",
    "tpcds 16", "tpcds 23", "tpcds 35", "tpcds 62", "tpcds 69", "tpcds 94", "tpcds 99", "key_column_usage",
    "table_privileges", "udt_privileges", "usage_privileges",
})  # fmt: skip

# Where a row is a value: pg_depend then has the table, and no column.
WHOLE_ROWS = frozenset({
    "idioms/postgres: a composite value's field, a row as JSON", "queries/postgres: whole rows and composites",
})  # fmt: skip


def depends(connection: Connection, query: str) -> set[Column] | None:
    """The columns that a view of this query would hang on; None where the server refuses it."""
    connection.execute("DROP SCHEMA IF EXISTS of CASCADE; CREATE SCHEMA of")
    try:
        connection.execute(f"CREATE VIEW of.asked AS {query}".encode())
    except psycopg.Error:
        return None
    return {(table, column) for table, column in connection.execute(_DEPENDS)}


def made(connection: Connection, schema: str, tables: Mapping[str, Mapping[str, str]]) -> None:
    """Empty tables, with a type for each column, in a schema that is looked in first from now on."""
    connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}".encode())
    for table, columns in tables.items():
        listed = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
        connection.execute(f'CREATE TABLE {schema}."{table}" ({listed})'.encode())
    connection.execute(f"SET search_path = {schema}, pg_catalog, information_schema".encode())


def compared(connection: Connection, query: str, tables: Mapping[str, Sequence[str]], title: str) -> bool:
    """Whether the server takes the query, and both say the same of it."""
    theirs = depends(connection, query)
    if theirs is None:
        return False
    (statement,) = ask(query, "postgres", tables).statements
    (flow,) = statement.flows
    ours = {(e.table[-1], e.source) for e in flow.edges} | {(d.table[-1], d.source) for d in flow.influences}
    assert not ours - theirs or title in WHOLE_ROWS, f"invented in {title}"
    assert statement.unknown or not theirs - ours or title in NOBODY_TAKES, f"lost in {title}: {theirs - ours}"
    return ours == theirs


def test_the_golden_selects(postgres: Server) -> None:
    shop = {table: {column: _TYPES.get(column, "int") for column in columns} for table, columns in SHOP.items()}
    with postgres.connect() as connection:
        made(connection, "shop", shop)
        asked = ((title, case.partition("\n")[2]) for title, dialect, case, _ in selects() if dialect == "postgres")
        assert sum(compared(connection, query, SHOP, title) for title, query in asked) >= 40


@pytest.mark.timeout(600)  # the queries come from an environment of their own
@pytest.mark.parametrize(("benchmark", "least"), [("tpch", 19), ("tpcds", 80)])
def test_the_published_benchmarks(postgres: Server, benchmark: str, least: int) -> None:
    corpus = corpora()[benchmark]
    with postgres.connect() as connection:
        made(connection, benchmark, corpus["types"])
        numbered = enumerate(corpus["queries"], 1)
        agreed = sum(compared(connection, query, corpus["tables"], f"{benchmark} {n}") for n, query in numbered)
        assert agreed >= least


def test_the_views_of_the_server_itself(postgres: Server) -> None:
    with postgres.connect() as connection:
        types: dict[str, dict[str, str]] = defaultdict(dict)
        for table, column, kind in connection.execute(_CATALOG):
            types[table][column] = "text[]" if kind in {"anyarray", "pg_statistic[]"} else kind
        connection.execute("SET search_path = pg_catalog, information_schema")
        views = connection.execute(_VIEWS).fetchall()
        made(connection, "copies", types)
        tables = {table: list(columns) for table, columns in types.items()}
        assert sum(compared(connection, query.rstrip("; "), tables, name) for name, query in views) >= 120
