"""Queries that a real MariaDB counts or logs, and the lineage that they prove."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from strabo.ingest.contracts import Source
from strabo.model.records import ColumnEdge, Definition, Failed, Job, Lineage, Record, Skipped, Usage
from strabo.model.ref import Ref
from strabo.model.secret import Secret
from strabo.processors.sql_lineage import SqlLineage, SqlLineageConfig
from strabo.sources.mysql import MySqlConfig, MySqlSource, statements
from strabo.testing.mariadb import Server, mariadb_server, missing
from strabo.testing.source import SourceContract

pytestmark = pytest.mark.server

PASSWORD = "s3cr3t-of-reader"
FEED = "INSERT INTO daily (day, total) SELECT day, sum(amount) FROM `or``ders` WHERE note <> '{}' GROUP BY day"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    if reason := missing():
        pytest.skip(reason)
    switches = ("--performance-schema=ON", "--log-output=TABLE", "--general-log=1", "--max-digest-length=600")
    with mariadb_server(*switches, "--performance-schema-max-digest-length=600") as server:
        server.run(
            f"CREATE USER reader IDENTIFIED BY '{PASSWORD}'",
            "GRANT SELECT, SHOW VIEW ON *.* TO reader",
            "CREATE DATABASE shop",
            "CREATE DATABASE other",
            "USE shop",
            "CREATE TABLE `or``ders` (id int, day date, amount decimal(9, 2), note text)",
            "CREATE TABLE daily (day date, total decimal(12, 2))",
            FEED.format("Zq7"),
            FEED.format("Zq8"),
            "INSERT INTO daily VALUES ('2026-11-01', 5), ('2026-11-02', 6), ('2026-11-03', 7)",
            "SELECT id FROM `or``ders` WHERE id IN (1, 2, 3) OR " + " OR ".join(f"note = 'x{i}'" for i in range(90)),
        )
        with server.connect(database="shop") as connection, connection.cursor() as cursor:
            cursor.execute("SELECT total FROM daily WHERE day IN ('2026-11-01', '2026-11-02')")
            with pytest.raises(Exception, match="no_such"):
                cursor.execute("INSERT INTO daily SELECT * FROM no_such")
        server.run("USE other", "CREATE TABLE t (a int)", "SELECT a FROM t")
        yield server


def source(server: Server, queries: str | None = "digests", **more: Any) -> MySqlSource:
    login: dict[str, Any] = {"user": "reader", "password": Secret(PASSWORD), "databases": ("shop",), "queries": queries}
    return MySqlSource(MySqlConfig(host=server.host, port=server.port, **{**login, **more}))


class TestDigests(SourceContract):
    @pytest.fixture
    def source(self, server: Server) -> Source:
        return source(server)


class TestGeneralLog(SourceContract):
    @pytest.fixture
    def source(self, server: Server) -> Source:
        return source(server, "general_log")


@pytest.fixture(params=["digests", "general_log"])
def records(request: pytest.FixtureRequest, server: Server) -> list[Record]:
    return list(source(server, request.param).read())


def test_a_query_is_told_without_what_was_typed_into_it(records: list[Record]) -> None:
    texts = [r for r in records if isinstance(r, Definition) and r.ref.name.startswith("query/")]
    assert not [r for r in texts if "Zq" in r.text or "2026" in r.text]
    (feed,) = [r for r in texts if r.text.upper().startswith("INSERT INTO") and "SUM" in r.text.upper()]
    assert feed.search_path == ("shop",)
    (job,) = [r for r in records if isinstance(r, Job) and r.ref == feed.ref]
    assert (job.kind, job.properties) == ("query", {"database": "shop"})
    (usage,) = [r for r in records if isinstance(r, Usage) and r.ref == feed.ref]
    assert usage.queries == 2
    assert usage.start.date() == datetime.now(UTC).date()
    assert not [r for r in texts if "information_schema" in r.text or r.search_path == ("other",)]


def test_queries_prove_lineage(records: list[Record], server: Server) -> None:
    space = f"mysql://127.0.0.1:{server.port}"
    out = list(SqlLineage(SqlLineageConfig())(records))
    (lineage,) = [r for r in out if isinstance(r, Lineage) and "2 times" in (r.evidence or "")]
    assert lineage.ref == Ref(space, "shop.daily")
    (upstream,) = lineage.upstreams
    assert upstream.ref.name == "shop.or`ders"
    assert ColumnEdge(source="amount", target="total", how="aggregation") in upstream.columns
    used = {r.ref.name: r.columns for r in out if isinstance(r, Usage) and r.ref.name == "shop.daily"}
    assert used == {"shop.daily": {"day": 1, "total": 1}}


def test_users_are_known_from_the_log(server: Server) -> None:
    found = [r for r in source(server, "general_log").read() if isinstance(r, Usage)]
    assert {user for r in found for user in r.users} == {"root"}


def test_a_mark_that_a_text_was_cut_off_counts_it_out(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    marked = statements._DIGESTS.sql.replace("DIGEST_TEXT,", "CONCAT(DIGEST_TEXT, '...'),", 1)
    monkeypatch.setattr(statements, "_DIGESTS", msgspec.structs.replace(statements._DIGESTS, sql=marked))
    records = list(source(server).read())
    (skipped,) = [r for r in records if isinstance(r, Skipped) and r.part == "queries"]
    assert "the server cut off" in skipped.reason
    assert skipped.fix is not None
    assert "max_digest_length" in skipped.fix
    assert not [r for r in records if isinstance(r, Job) and r.kind == "query"]


def test_check_says_where_they_are(server: Server) -> None:
    for queries, table in (
        ("digests", "performance_schema.events_statements_summary_by_digest"),
        ("general_log", "mysql.general_log"),
    ):
        (line,) = [c for c in source(server, queries).check() if c.name == "queries"]
        assert (line.ok, line.detail) == (True, table)


def test_a_missing_grant_is_named(server: Server) -> None:
    server.run("CREATE USER little IDENTIFIED BY 'x'", "GRANT SELECT ON shop.* TO little")
    try:
        little = source(server, "general_log", user="little", password=Secret("x"))
        (failed,) = [r for r in little.read() if isinstance(r, Failed)]
        (line,) = [c for c in little.check() if c.name == "queries"]
    finally:
        server.run("DROP USER little")
    assert failed.fix == line.fix == "GRANT SELECT ON `mysql`.`general_log` TO 'little'@'%'"
    assert not line.ok


def test_a_server_that_keeps_none_says_what_to_set(server: Server) -> None:
    server.run("SET GLOBAL log_output = 'FILE'")
    try:
        (skipped,) = [r for r in source(server, "general_log").read() if isinstance(r, Skipped) and r.part == "queries"]
        (line,) = [c for c in source(server, "general_log").check() if c.name == "queries"]
    finally:
        server.run("SET GLOBAL log_output = 'TABLE'")
    assert skipped.fix == line.fix == "SET GLOBAL log_output = 'TABLE', GLOBAL general_log = ON"
    with mariadb_server() as bare:
        login: dict[str, Any] = {"user": bare.user, "password": Secret(bare.password), "databases": ()}
        (skipped,) = [r for r in source(bare, **login).read() if isinstance(r, Skipped) and r.part == "queries"]
    assert skipped.reason == "performance_schema is off"


def test_what_routines_and_triggers_say_of_themselves_is_enough_to_follow_them(server: Server) -> None:
    server.run(
        "USE shop",
        "CREATE TABLE audit (id int, was decimal(9, 2))",
        "CREATE TRIGGER stamps AFTER UPDATE ON `or``ders` FOR EACH ROW INSERT INTO audit VALUES (new.id, old.amount)",
        """CREATE PROCEDURE fill(IN since date) BEGIN
             INSERT INTO daily SELECT day, sum(amount) FROM `or``ders` WHERE day > since GROUP BY day; END""",
        "CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY DO INSERT INTO daily (day) SELECT day FROM `or``ders`",
    )
    server.run("GRANT ALL ON shop.* TO reader")
    found = SqlLineage(SqlLineageConfig())(source(server, queries=None).read())
    said = {(r.ref.name, r.job.name): r for r in found if isinstance(r, Lineage) and r.job is not None}
    assert said.keys() == {
        ("shop.audit", "shop.trigger.stamps"),
        ("shop.daily", "shop.procedure.fill"),
        ("shop.daily", "shop.event.nightly"),
    }
    assert not any(lineage.unknown for lineage in said.values())
    assert {u.ref.name for lineage in said.values() for u in lineage.upstreams} == {"shop.or`ders"}
