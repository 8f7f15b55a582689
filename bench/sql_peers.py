"""Column lineage by another library, timed: runs with that library's own Python, knows nothing of ours.

    FOLDER/bin/python bench/sql_peers.py NAME SECONDS < corpus.json > answers.json

NAME is sqlglot, datahub or sqllineage. Out come the CPU seconds of a pass over all queries (the middle one of as many
as fit in SECONDS, at least one) and, for each query, each output's base columns as `table.column`; null where it failed.
"""

# ruff: noqa: PLC0415 - each peer is there in its own environment only
import json
import logging
import sys
from collections.abc import Callable
from importlib.metadata import version
from statistics import median
from time import perf_counter, process_time
from typing import Any

Columns = dict[str, list[str]]
Answer = Callable[[str, str], Columns]  # SQL and the name of its schema


def sqlglot(schemas: dict[str, dict[str, list[str]]]) -> Answer:
    """At its best setting: all outputs at once, without a trimmed copy of the query for each of them."""
    from sqlglot import exp, lineage
    from sqlglot.schema import MappingSchema

    made = {}
    for name, tables in schemas.items():
        nested: dict[str, Any] = {}
        for table, columns in tables.items():
            *containers, own = table.split(".")
            at = nested
            for container in containers:
                at = at.setdefault(container, {})
            at[own] = dict.fromkeys(columns, "text")
        made[name] = MappingSchema(nested, dialect="postgres")

    def answer(sql: str, schema: str) -> Columns:
        nodes: Any = lineage.lineage(None, sql, schema=made[schema], dialect="postgres", trim_selects=False)
        found: Columns = {}
        for name, node in nodes.items():
            found[name.lower()] = sorted(
                {
                    f"{n.source.name}.{n.name.rpartition('.')[2]}".replace('"', "").lower()
                    for n in node.walk()
                    if isinstance(n.source, exp.Table) and not n.downstream
                }
            )
        return found

    return answer


def datahub(schemas: dict[str, dict[str, list[str]]]) -> Answer:
    from datahub.sql_parsing.schema_resolver import SchemaResolver  # type: ignore[import-not-found]
    from datahub.sql_parsing.sqlglot_lineage import _sqlglot_lineage_nocache  # type: ignore[import-not-found]

    resolvers = {}
    for name, tables in schemas.items():
        resolver = SchemaResolver(platform="postgres")
        for table, columns in tables.items():
            full = f"db.{table}" if "." in table else f"db.public.{table}"
            urn = f"urn:li:dataset:(urn:li:dataPlatform:postgres,{full},PROD)"
            resolver.add_raw_schema_info(urn, dict.fromkeys(columns, "text"))
        resolvers[name] = resolver

    def answer(sql: str, schema: str) -> Columns:
        result = _sqlglot_lineage_nocache(  # asked for again, a query must cost what it costs
            sql, schema_resolver=resolvers[schema], default_db="db", default_schema="public"
        )
        if result.debug_info.error:
            raise ValueError(str(result.debug_info.error))
        found: Columns = {}
        for each in result.column_lineage or []:
            found[each.downstream.column.lower()] = sorted(
                {f"{up.table.split(',')[1].split('.')[-1]}.{up.column}".lower() for up in each.upstreams}
            )
        return found

    return answer


def sqllineage(schemas: dict[str, dict[str, list[str]]]) -> Answer:
    from sqllineage.core.metadata.dummy import DummyMetaDataProvider  # type: ignore[import-not-found]
    from sqllineage.runner import LineageRunner  # type: ignore[import-not-found]

    providers = {
        name: DummyMetaDataProvider({(t if "." in t else f"public.{t}"): list(c) for t, c in tables.items()})
        for name, tables in schemas.items()
    }
    bare = {name: {t for t in tables if "." not in t} for name, tables in schemas.items()}

    def answer(sql: str, schema: str) -> Columns:
        runner = LineageRunner(
            f"CREATE TABLE zz_target AS {sql}", dialect="postgres", metadata_provider=providers[schema]
        )
        if bare[schema]:
            from sqllineage.config import SQLLineageConfig  # type: ignore[import-not-found]

            with SQLLineageConfig(DEFAULT_SCHEMA="public"):
                paths = runner.get_column_lineage()
        else:
            paths = runner.get_column_lineage()
        found: dict[str, set[str]] = {}
        for path in paths:
            first, last = path[0], path[-1]
            parent = getattr(first.parent, "raw_name", str(first.parent))
            found.setdefault(last.raw_name.lower(), set()).add(f"{parent}.{first.raw_name}".lower())
        return {name: sorted(of) for name, of in found.items()}

    return answer


def main() -> None:
    logging.disable(logging.CRITICAL)
    name, seconds = sys.argv[1], float(sys.argv[2])
    corpus = json.load(sys.stdin)
    answer = {"sqlglot": sqlglot, "datahub": datahub, "sqllineage": sqllineage}[name](corpus["schemas"])
    package = {"datahub": "acryl-datahub"}.get(name, name)
    answers: list[Columns | None] = []
    passes: list[float] = []
    for query in corpus["queries"][-3:]:  # whatever it does once
        answer(query["sql"], query["schema"])
    began = perf_counter()
    while not passes or perf_counter() - began < seconds:
        answers = []
        start = process_time()
        for query in corpus["queries"]:
            try:
                answers.append(answer(query["sql"], query["schema"]))
            except Exception as error:  # noqa: BLE001  (whatever a peer raises is that it has no answer)
                print(f"{query['name']}: {type(error).__name__}: {str(error)[:200]}", file=sys.stderr)
                answers.append(None)
        passes.append(process_time() - start)
    out = {"version": version(package), "seconds": median(passes), "answers": answers}
    json.dump(out, sys.stdout)


if __name__ == "__main__":
    main()
