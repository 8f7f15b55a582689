"""Queries that pg_stat_statements counts on a real server, and the lineage that they prove."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from strabo.ingest.contracts import Source
from strabo.model.records import Column, ColumnEdge, Dataset, Definition, Job, Lineage, Record, Skipped, Usage
from strabo.model.ref import Ref
from strabo.model.secret import Secret
from strabo.processors.sql_lineage import SqlLineage, SqlLineageConfig
from strabo.sources.postgres import PostgresConfig, PostgresSource
from strabo.testing.postgres import Server, missing, postgres_server
from strabo.testing.source import SourceContract

pytestmark = pytest.mark.server

PASSWORD = "s3cr3t-of-reader"
FEED = "INSERT INTO daily (day, total) SELECT day, sum(amount) FROM orders WHERE note <> 'Zq7' GROUP BY day"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    if reason := missing():
        pytest.skip(reason)
    with postgres_server(
        shared_preload_libraries="pg_stat_statements", **{"pg_stat_statements.track": "top"}
    ) as server:
        server.run(
            f"CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}'",
            "GRANT pg_read_all_stats TO reader",
            "CREATE ROLE etl SUPERUSER LOGIN PASSWORD 'x'",
            'ALTER ROLE etl SET search_path = "$user", "Mart, new", public',
            "CREATE DATABASE shop",
            "CREATE DATABASE other",
        )
        server.run('CREATE SCHEMA "we ""said"" 100%"', database="other")
        server.run(
            'CREATE EXTENSION pg_stat_statements SCHEMA "we ""said"" 100%"',
            'GRANT USAGE ON SCHEMA "we ""said"" 100%" TO reader',
            database="other",
        )
        server.run(
            "CREATE TABLE orders (id int, day date, amount numeric, note text)",
            "CREATE TABLE daily (day date, total numeric)",
            'CREATE SCHEMA "Mart, new"; CREATE TABLE "Mart, new".daily (day date)',
            FEED,
            FEED.replace("Zq7", "Zq8"),
            "BEGIN; COMMIT",
            database="shop",
        )
        etl = Server(host=server.host, port=server.port, user="etl", password="x")
        etl.run("SELECT day FROM daily", database="shop")
        yield server


def source(server: Server, **more: Any) -> PostgresSource:
    login: dict[str, Any] = {
        "user": "reader",
        "password": Secret(PASSWORD),
        "queries": True,
        "databases": ["shop", "other"],
    }
    return PostgresSource(PostgresConfig(host=server.host, port=server.port, **{**login, **more}))


@pytest.fixture(scope="module", autouse=True)  # read before any test adds queries of its own
def records(server: Server) -> list[Record]:
    return list(source(server).read())


class TestContract(SourceContract):
    @pytest.fixture
    def source(self, server: Server) -> Source:
        return source(server)


def test_a_query_is_told_without_its_constants_with_how_often_it_ran_and_by_whom(records: list[Record]) -> None:
    (text,) = [r for r in records if isinstance(r, Definition) and "INTO daily" in r.text]
    assert "Zq" not in text.text
    assert text.search_path == ("shop.public",)
    (job,) = [r for r in records if isinstance(r, Job) and r.ref == text.ref]
    assert (job.kind, job.properties) == ("query", {"database": "shop"})
    (usage,) = [r for r in records if isinstance(r, Usage) and r.ref == text.ref]
    assert (usage.queries, usage.users) == (2, {"postgres": 2})
    now = datetime.now(UTC)
    assert usage.start < now < usage.end < now + timedelta(days=2)
    assert not any(r.text.lower().startswith(("begin", "commit")) for r in records if isinstance(r, Definition))


def test_names_are_looked_up_where_the_role_looks(records: list[Record]) -> None:
    (text,) = [r for r in records if isinstance(r, Definition) and r.text == "SELECT day FROM daily"]
    assert text.search_path == ("shop.Mart, new", "shop.public")


def test_only_queries_of_the_databases_that_are_read(server: Server) -> None:
    said = [r for r in source(server, databases=["other"]).read() if isinstance(r, Job) and r.kind == "query"]
    assert {r.properties["database"] for r in said} <= {"other"}


def test_queries_prove_lineage(records: list[Record], server: Server) -> None:
    space = f"postgres://127.0.0.1:{server.port}"
    out = list(SqlLineage(SqlLineageConfig())(records))
    (lineage,) = [r for r in out if isinstance(r, Lineage) and r.ref == Ref(space, "shop.public.daily")]
    (upstream,) = lineage.upstreams
    assert upstream.ref == Ref(space, "shop.public.orders")
    assert ColumnEdge(source="amount", target="total", how="aggregation") in upstream.columns
    assert lineage.evidence is not None
    assert ", 2 times" in lineage.evidence
    used = {r.ref.name: r.columns for r in out if isinstance(r, Usage) and "query/" not in r.ref.name}
    assert used["shop.public.orders"] == {"amount": 2, "day": 2, "note": 2}
    assert used["shop.Mart, new.daily"] == {"day": 1}
    assert any(
        isinstance(r, Dataset) and r.columns[:1] == (Column(name="id", type="integer", kind="integer"),) for r in out
    )


def test_what_is_hidden_from_the_login_is_said_with_the_grant(server: Server) -> None:
    server.run("REVOKE pg_read_all_stats FROM reader")
    try:
        (skipped,) = [r for r in source(server).read() if isinstance(r, Skipped) and r.part == "queries"]
        (line,) = [c for c in source(server).check() if c.name == "queries"]
    finally:
        server.run("GRANT pg_read_all_stats TO reader")
    assert "hidden" in skipped.reason
    assert skipped.fix == line.fix == "GRANT pg_read_all_stats TO reader"
    assert not line.ok
    (line,) = [c for c in source(server).check() if c.name == "queries"]
    assert (line.ok, line.detail) == (True, "pg_stat_statements in other")


def test_a_schema_that_the_login_may_not_use_is_told_with_the_grant(server: Server) -> None:
    schema = '"we ""said"" 100%"'
    server.run(f"REVOKE USAGE ON SCHEMA {schema} FROM reader", database="other")
    try:
        (skipped,) = [r for r in source(server).read() if isinstance(r, Skipped) and r.part == "queries"]
        (line,) = [c for c in source(server).check() if c.name == "queries"]
    finally:
        server.run(f"GRANT USAGE ON SCHEMA {schema} TO reader", database="other")
    assert skipped.fix == line.fix == f"GRANT USAGE ON SCHEMA {schema} TO reader"
    assert not line.ok


def test_a_server_without_the_extension_is_read_all_the_same(server: Server) -> None:
    (skipped,) = [
        r for r in source(server, databases=["shop"]).read() if isinstance(r, Skipped) and r.part == "queries"
    ]
    assert "in none of the databases" in skipped.reason
    assert skipped.fix is not None
    assert "CREATE EXTENSION" in skipped.fix
    (line,) = [c for c in source(server, databases=["shop"]).check() if c.name == "queries"]
    assert not line.ok


def test_an_extension_that_is_not_loaded_is_told_how_to_load() -> None:
    if reason := missing():
        pytest.skip(reason)
    with postgres_server() as server:
        server.run("CREATE EXTENSION pg_stat_statements")
        login: dict[str, Any] = {"user": server.user, "password": Secret(server.password), "databases": ["postgres"]}
        (skipped,) = [r for r in source(server, **login).read() if isinstance(r, Skipped)]
        (line,) = [c for c in source(server, **login).check() if c.name == "queries"]
    assert "shared_preload_libraries" in skipped.reason
    assert skipped.fix == line.fix


def test_what_routines_and_triggers_say_of_themselves_is_enough_to_follow_them(server: Server) -> None:
    server.run(
        "CREATE TABLE audit (id int, was numeric)",
        """CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN INSERT INTO audit VALUES (new.id, old.amount); RETURN new; END $$""",
        "CREATE TRIGGER stamps AFTER UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION stamp()",
        """CREATE PROCEDURE fill(since date) LANGUAGE plpgsql AS
             $$ BEGIN INSERT INTO daily SELECT day, sum(amount) FROM orders WHERE day > since GROUP BY day; END $$""",
        database="shop",
    )
    found = SqlLineage(SqlLineageConfig())(source(server, databases=["shop"], queries=False).read())
    said = {(r.ref.name, r.job.name): r for r in found if isinstance(r, Lineage) and r.job is not None}
    assert said.keys() == {
        ("shop.public.audit", "shop.public.orders.stamps"),
        ("shop.public.daily", "shop.public.fill(date)"),
    }
    assert not any(lineage.unknown for lineage in said.values())
    assert {u.ref.name for lineage in said.values() for u in lineage.upstreams} == {"shop.public.orders"}
