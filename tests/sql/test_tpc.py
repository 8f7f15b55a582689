"""TPC-H and TPC-DS in full, where DuckDB's extensions that ship them are installed: every column known, none invented.

They are not fetched: `INSTALL tpch` and `INSTALL tpcds` in DuckDB, or their packages, bring them.
"""

import contextlib
from typing import Any

import pytest
from sqlglot import exp, parse_one
from sqlglot.lineage import lineage as reference
from sqlglot.optimizer.qualify import qualify
from tests.sql.rendering import ask

duckdb = pytest.importorskip("duckdb")
# An expression's columns, whatever they do in it; the reference knows no more.
WITHIN = frozenset({"identity", "transformation", "aggregation", "conditional", "window"})


@pytest.mark.parametrize(("extension", "fill"), [("tpch", "CALL dbgen(sf=0)"), ("tpcds", "CALL dsdgen(sf=0)")])
def test_every_column_is_that_of_the_reference(extension: str, fill: str) -> None:
    with contextlib.closing(duckdb.connect()) as connection:
        try:
            connection.execute(f"LOAD {extension}")
        except duckdb.Error as error:
            pytest.skip(f"DuckDB's {extension} is not installed: {str(error).splitlines()[0]}")
        connection.execute(fill)
        tables: dict[str, list[str]] = {}
        for table, column in connection.execute(
            "SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal ORDER BY table_name, column_index"
        ).fetchall():
            tables.setdefault(table, []).append(column)
        queries = [row[0] for row in connection.execute(f"SELECT query FROM {extension}_queries()").fetchall()]
    schema: dict[str, object] = {name: dict.fromkeys(columns, "text") for name, columns in tables.items()}
    for query in queries:
        (statement,) = ask(query, "duckdb", tables).statements
        assert not statement.unknown
        ours: dict[str, set[str]] = {output.name.lower(): set() for output in statement.outputs}
        for edge in statement.edges:
            if edge.how in WITHIN:
                ours[edge.target.lower()].add(f"{edge.table[-1]}.{edge.source}".lower())
        whole: Any = qualify(parse_one(query, dialect="duckdb"), schema=schema, dialect="duckdb")
        for name in whole.named_selects:
            if name.lower() in ours:  # what nobody named is named otherwise there
                nodes = reference(name, whole, schema=schema, dialect="duckdb", trim_selects=False).walk()
                leaves = {
                    f"{node.source.name}.{node.name.rpartition('.')[2]}".replace('"', "").lower()
                    for node in nodes
                    if isinstance(node.source, exp.Table) and not node.downstream
                }
                assert ours[name.lower()] == {leaf for leaf in leaves if not leaf.endswith("*")}, name
