"""The 22 queries of TPC-H and the 99 of TPC-DS with their schemas, as DuckDB's extensions have them, as JSON.

    python bench/tpc.py > tpc.json

Runs where `duckdb`, `duckdb-extension-tpch` and `duckdb-extension-tpcds` of one version are installed
(`scripts/clients tpc` makes such an environment): the extensions come with the packages, nothing is fetched.
"""

import json
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb

BENCHMARKS = {"tpch": "CALL dbgen(sf=0)", "tpcds": "CALL dsdgen(sf=0)"}


def extension(name: str) -> Path:
    """The file of an extension, of this very version of DuckDB. Raises LookupError where it is not installed."""
    spec = find_spec(f"duckdb_extension_{name}")
    folders = list(spec.submodule_search_locations or ()) if spec else []
    for folder in folders:
        file = Path(folder) / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"
        if file.exists():
            return file
    raise LookupError(
        f"no {name} for DuckDB {duckdb.__version__}: pip install duckdb-extension-{name}=={duckdb.__version__}"
    )


def corpus(name: str) -> dict[str, Any]:
    """`queries`, a text each; `tables`, the columns of each; `types`, what each of those is."""
    connection = duckdb.connect()
    connection.execute(f"LOAD '{extension(name)}'")
    connection.execute(BENCHMARKS[name])
    types: dict[str, dict[str, str]] = {}
    for table, column, kind in connection.execute(
        "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal"
        " ORDER BY table_name, column_index"
    ).fetchall():
        types.setdefault(table, {})[column] = kind
    queries = [row[0] for row in connection.execute(f"SELECT query FROM {name}_queries() ORDER BY query_nr").fetchall()]
    connection.close()
    return {"queries": queries, "tables": {table: list(columns) for table, columns in types.items()}, "types": types}


if __name__ == "__main__":
    json.dump({name: corpus(name) for name in BENCHMARKS}, sys.stdout)
