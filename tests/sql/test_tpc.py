"""TPC-H and TPC-DS in full: every column known, none invented.

Their SQL comes with DuckDB's extensions, which are packages like others, in an environment of their own.
"""

import json
import subprocess
from functools import cache
from typing import Any

import pytest
from sqlglot import parse_one
from tests.clients.rigs import environment
from tests.docs.pages import ROOT
from tests.sql import oracle
from tests.sql.rendering import ask

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@cache
def corpora() -> dict[str, Any]:
    python = environment("tpc") / "bin" / "python"
    done = subprocess.run([str(python), str(ROOT / "bench" / "tpc.py")], text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(("benchmark", "queries"), [("tpch", 22), ("tpcds", 99)])
@pytest.mark.parametrize("dialect", ["duckdb", "postgres"])
def test_every_column_is_that_of_the_reference(benchmark: str, queries: int, dialect: str) -> None:
    corpus = corpora()[benchmark]
    assert len(corpus["queries"]) == queries
    for number, query in enumerate(corpus["queries"], 1):
        (statement,) = ask(query, dialect, corpus["tables"]).statements
        assert not statement.unknown, number
        assert not any(edge.guessed for edge in statement.edges), number
        if dialect == "duckdb":
            tree = parse_one(query, dialect=dialect)
            against = oracle.differences(statement, oracle.columns(tree, dialect, corpus["tables"]))
            assert not against, number
