"""A PostgreSQL database of 2,000 tables and 200 views into the store, with the views' column lineage: `python -m bench.postgres`

Each way runs as a process of its own, in turn: Strabo; the bare driver fetching the same catalog rows (the limit);
SQLAlchemy's bulk reflection; DataHub's source to a file, when `--peers FOLDER` names where they may be installed.
"""

import argparse
import os
import sqlite3
import subprocess
import sys
import tempfile
import venv
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from bench.postgres_database import statements
from bench.tools import PYTHON, rotating, table, write

from strabo.testing.postgres import postgres_server

if TYPE_CHECKING:
    from collections.abc import Sequence

_LIMIT = """
import sys, psycopg
with psycopg.connect(sys.argv[1]) as db:
    for sql in (
        "SELECT n.nspname, c.relname, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, "
        "pg_get_expr(d.adbin, d.adrelid), col_description(c.oid, a.attnum) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped LEFT JOIN pg_attrdef d ON d.adrelid = c.oid "
        "AND d.adnum = a.attnum WHERE n.nspname LIKE 'area%' AND c.relkind IN ('r', 'v') ORDER BY 1, 2, 3",
        "SELECT n.nspname, c.relname, c.relkind, obj_description(c.oid), c.reltuples, pg_total_relation_size(c.oid), "
        "CASE WHEN c.relkind = 'v' THEN pg_get_viewdef(c.oid) END FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname LIKE 'area%' AND c.relkind IN ('r', 'v') ORDER BY 1, 2",
        "SELECT n.nspname, c.relname, k.conname, k.contype, k.conkey, k.confkey, k.confrelid::regclass::text FROM pg_constraint k "
        "JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname LIKE 'area%' ORDER BY 1, 2, 3",
        "SELECT schemaname, tablename, indexname, indexdef FROM pg_indexes WHERE schemaname LIKE 'area%' ORDER BY 1, 2, 3",
    ):
        rows = db.execute(sql).fetchall()
"""

_SQLALCHEMY = """
import sys
from sqlalchemy import create_engine, inspect
from sqlalchemy.engine.reflection import ObjectKind
inspector = inspect(create_engine(sys.argv[1].replace("postgresql://", "postgresql+psycopg://")))
for schema in inspector.get_schema_names():
    if schema.startswith("area"):
        for what in ("columns", "pk_constraint", "foreign_keys", "indexes", "table_comment"):
            getattr(inspector, f"get_multi_{what}")(schema=schema, kind=ObjectKind.ANY)
        for view in inspector.get_view_names(schema):
            inspector.get_view_definition(view, schema)
"""

_DATAHUB = """
import os
import sys
from datahub.ingestion.run.pipeline import Pipeline
url, out = sys.argv[1], sys.argv[2]
user, _, rest = url.removeprefix("postgresql://").partition("@")
host, _, database = rest.partition("/")
name, _, password = user.partition(":")
pipeline = Pipeline.create({
    "source": {"type": "postgres", "config": {"host_port": host, "database": database, "username": name, "password": password,
               "include_view_lineage": True, "include_view_column_lineage": True}},
    "sink": {"type": "file", "config": {"filename": out}},
})
pipeline.run()
pipeline.raise_from_status()
"""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--schemas", type=int, default=20)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument(
        "--peers", type=Path, help="a folder to install SQLAlchemy and DataHub in, each with an environment"
    )
    args = options.parse_args()
    with postgres_server() as server, tempfile.TemporaryDirectory() as folder:
        with server.connect() as db:
            db.execute("CREATE DATABASE bench")
        url = f"postgresql://{server.user}:{server.password}@{server.host}:{server.port}/bench"
        with server.connect("bench") as db:
            for statement in statements(args.schemas):
                db.execute(statement.encode())
            db.execute("ANALYZE")
        code = [PYTHON, "-c", _STRABO, url]
        commands: dict[str, Sequence[str]] = {
            "bare driver, the same rows (the limit)": [PYTHON, "-c", _LIMIT, url],
            "strabo, without search and lineage: records to a file": [*code, str(Path(folder) / "out.jsonl")],
            "strabo, into the catalog, with column lineage": [*code, str(Path(folder) / "one.db")],
        }
        if args.peers:
            commands |= {
                "SQLAlchemy, bulk reflection, nothing written": [
                    _environment(args.peers / "sqlalchemy", "sqlalchemy", "psycopg[binary]"), "-c", _SQLALCHEMY, url],
                "DataHub, to a file, with column lineage": [
                    _environment(args.peers / "datahub", "acryl-datahub[postgres]"), "-c", _DATAHUB, url, f"{folder}/datahub.json"],
            }  # fmt: skip
        costs = rotating(commands, args.rounds, env={"DATAHUB_TELEMETRY_ENABLED": "false"})
        limit = costs["bare driver, the same rows (the limit)"]
        rows = [
            {"way": name, "wall s": c.wall, "x limit": c.wall / limit.wall, "cpu s": c.cpu, "MiB": c.mib}
            for name, c in costs.items()
        ]
        table(f"PostgreSQL, {args.schemas * 100:,} tables of 20 columns and {args.schemas * 10} views", rows)
        again = _objects(f"{folder}/one.db")
        print(f"  the catalog then holds {again}")
        write("postgres", rows)


_STRABO = """
import os, sys
import strabo
url, out = sys.argv[1], sys.argv[2]
workflow = {"name": "bench", "source": {"type": "postgres", "config": {"url": url}}}
if out.endswith(".db"):
    if os.path.exists(out):
        os.remove(out)
    workflow["processors"] = [{"type": "sql_lineage"}]
else:
    workflow["sink"] = {"type": "jsonl", "config": {"path": out}}
with strabo.open(out if out.endswith(".db") else out + ".runs.db") as catalog:
    report = catalog.ingest(workflow)
    assert report.status == "succeeded", report
"""


def _objects(path: str) -> str:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        kinds = dict(db.execute("SELECT kind, count(*) FROM node WHERE live GROUP BY 1"))
        (edges,) = db.execute("SELECT count(*) FROM edge").fetchone()
    return ", ".join(f"{n:,} {kind}s" for kind, n in kinds.items()) + f", {edges:,} edges"


def _environment(folder: Path, *packages: str) -> str:
    """The Python of an environment with these packages, made if it is not there."""
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        print(f"installing {', '.join(packages)} in {folder}", file=sys.stderr)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *packages], check=True, env={**os.environ})
    return str(python)


if __name__ == "__main__":
    main()
