"""The MySQL source and what goes wrong: small logins, servers that are not there, connections that break."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import pytest

from strabo.errors import AccessDenied, StraboError, Unavailable, UsageError
from strabo.ingest.contracts import Capability
from strabo.model.records import Dataset, Definition, Failed, Filtered, Job, Record, ScopeComplete, Skipped
from strabo.model.secret import Secret
from strabo.sources.mysql import MySqlConfig, MySqlSource
from strabo.sources.mysql import queries as mysql_queries
from strabo.testing.mariadb import Server, mariadb_fixture  # noqa: F401 - a fixture

pytestmark = pytest.mark.server
PASSWORD = "s3cr3t-of-the-reader"


@contextmanager
def shop(server: Server, *grants: str) -> Iterator[MySqlSource]:
    """A database with one of everything, and a login that these grants are given to."""
    server.run(
        "DROP DATABASE IF EXISTS store", "CREATE DATABASE store", "USE store", "CREATE TABLE store.t (a int)",
        "CREATE TABLE store.u (a int)", "CREATE VIEW store.v AS SELECT a FROM store.t",
        "CREATE PROCEDURE store.p () SELECT a FROM store.t", "CREATE EVENT store.e ON SCHEDULE EVERY 1 DAY DO SELECT 1",
        "CREATE TRIGGER store.g BEFORE INSERT ON store.t FOR EACH ROW SET @a = 1",
        f"CREATE OR REPLACE USER reader@'%' IDENTIFIED BY '{PASSWORD}'", *[f"GRANT {g} TO reader@'%'" for g in grants],
    )  # fmt: skip
    try:
        yield reader(server)
    finally:
        server.run("DROP DATABASE store", "DROP USER reader@'%'")


def reader(server: Server, **settings: object) -> MySqlSource:
    config = MySqlConfig(
        host=server.host, port=server.port, user="reader", password=Secret(PASSWORD), databases=("store",)
    )
    return MySqlSource(msgspec.structs.replace(config, **settings))


def read(source: MySqlSource) -> list[Record]:
    return [record for record in source.read() if not isinstance(record, Filtered)]


def skipped(records: list[Record]) -> dict[tuple[str, str | None], str | None]:
    return {(record.ref.name, record.part): record.fix for record in records if isinstance(record, Skipped)}


def covers(records: list[Record]) -> tuple[str, ...]:
    return next((record.covers for record in records if isinstance(record, ScopeComplete)), ())


# --- a login that may read little --------------------------------------------------------------------------------


def test_without_show_view_a_view_has_columns_and_no_text(mariadb: Server) -> None:
    with shop(mariadb, "SELECT ON store.*") as source:
        records = read(source)
    assert [record.ref.name for record in records if isinstance(record, Dataset)] == ["store.t", "store.u", "store.v"]
    assert not [record for record in records if isinstance(record, Definition)]
    assert skipped(records) == {
        ("store.v", "definition"): "GRANT SELECT, SHOW VIEW ON `store`.`v` TO 'reader'@'%'",
        ("store", "procedures, triggers, events"): (
            "GRANT SELECT ON `mysql`.`proc` TO 'reader'@'%'; GRANT TRIGGER, EVENT ON `store`.* TO 'reader'@'%'"
        ),
    }
    assert covers(records) == ("dataset",)


def test_a_procedure_that_may_be_run_and_not_read_is_skipped_in_part(mariadb: Server) -> None:
    with shop(mariadb, "SELECT, SHOW VIEW, EXECUTE, TRIGGER, EVENT ON store.*") as source:
        records = read(source)
    assert skipped(records) == {("store.procedure.p", "definition"): "GRANT SELECT ON `mysql`.`proc` TO 'reader'@'%'"}
    assert covers(records) == ("dataset", "job")


def test_the_grants_that_are_asked_for_are_enough(mariadb: Server) -> None:
    with shop(mariadb, "SELECT ON store.*") as source:
        for fix in skipped(read(source)).values():
            mariadb.run(*(fix or "").split("; "))
        records = read(source)
        assert all(capability.ok for capability in source.check() if capability.name != "view definitions")
    assert skipped(records) == {}
    assert covers(records) == ("dataset", "job")
    assert len([record for record in records if isinstance(record, Definition)]) == 4


def test_a_login_of_single_tables_never_closes_the_scope(mariadb: Server) -> None:
    with shop(mariadb, "SELECT ON store.t") as source:
        records = read(source)
    assert [record.ref.name for record in records if isinstance(record, Dataset)] == ["store.t"]
    assert covers(records) == ()
    assert (
        skipped(records)["store", "complete list of tables"] == "GRANT SELECT, SHOW VIEW ON `store`.* TO 'reader'@'%'"
    )


def test_a_role_counts_as_its_rights(mariadb: Server) -> None:
    with shop(mariadb) as source:
        mariadb.run(
            "CREATE OR REPLACE ROLE looks", "GRANT SELECT, SHOW VIEW, EXECUTE, TRIGGER, EVENT ON store.* TO looks"
        )
        mariadb.run("GRANT looks TO reader@'%'", "SET DEFAULT ROLE looks FOR reader@'%'")
        try:
            assert covers(read(source)) == ("dataset", "job")
        finally:
            mariadb.run("DROP ROLE looks")


def test_a_database_that_is_not_granted_is_named_with_the_grant(mariadb: Server) -> None:
    with shop(mariadb) as source:
        records = read(source)
        found = {capability.name: capability for capability in source.check()}
    (failed,) = records
    assert isinstance(failed, Failed)
    assert failed.fix == "GRANT SELECT, SHOW VIEW ON `store`.* TO 'reader'@'%'"
    assert not found["databases"].ok
    assert found["databases"].fix == failed.fix
    assert "not seen: store" in found["databases"].detail


def test_check_says_what_may_be_read_and_the_grant_that_is_missing(mariadb: Server) -> None:
    with shop(mariadb, "SELECT ON store.*") as source:
        found = {capability.name: capability for capability in source.check()}
    grant = "ON `store`.* TO 'reader'@'%'"
    assert found["connect"].ok
    assert found["connect"].detail.startswith("MariaDB ")
    assert found["databases"] == Capability(name="databases", ok=True, detail="store")
    assert found["tables and columns"] == Capability(name="tables and columns", ok=True, detail="3 of 3")
    assert found["view definitions"].detail == "0 of 1; more may be unseen in store"
    assert found["view definitions"].fix == f"GRANT SELECT, SHOW VIEW {grant}"
    assert found["routine definitions"].fix == "GRANT SELECT ON `mysql`.`proc` TO 'reader'@'%'"
    assert found["triggers"].fix == f"GRANT TRIGGER {grant}"
    assert found["events"].fix == f"GRANT EVENT {grant}"
    assert found["sizes"].ok
    assert [name for name, capability in found.items() if not capability.ok] == [
        "view definitions", "routine definitions", "triggers", "events",
    ]  # fmt: skip


def test_check_of_a_login_that_may_do_all_is_all_right(mariadb: Server) -> None:
    with shop(mariadb, "ALL PRIVILEGES ON *.*") as source:
        assert all(capability.ok for capability in source.check())
        names = [capability.name for capability in reader(mariadb, routines=False).check()]
    assert names == ["connect", "databases", "tables and columns", "view definitions", "sizes"]


def test_check_names_a_query_that_fails(mariadb: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = mysql_queries.Query("information_schema.views", "SELECT nothing FROM nowhere", mysql_queries.CountRow)
    monkeypatch.setattr(mysql_queries, "count_views", lambda _: wrong)
    with shop(mariadb, "ALL PRIVILEGES ON *.*") as source:
        found = {capability.name: capability for capability in source.check()}
    assert not found["view definitions"].ok
    assert found["view definitions"].detail.startswith("information_schema.views: ")
    assert found["sizes"].ok


# --- a server that says no, or nothing ---------------------------------------------------------------------------


def test_a_wrong_password_is_refused_and_not_told(mariadb: Server) -> None:
    with shop(mariadb):
        source = reader(mariadb, password=Secret("wr0ng-w0rd"))
        for call in (source.read, source.check):
            with pytest.raises(AccessDenied, match=r"reader.*1045") as caught:
                next(iter(call()))
            assert f"{mariadb.host}:{mariadb.port}" in str(caught.value)
            assert "wr0ng-w0rd" not in str(caught.value) + repr(caught.value.__cause__)


def test_a_closed_port_is_unavailable_with_its_address() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        with pytest.raises(Unavailable) as caught:
            next(MySqlSource(MySqlConfig(host="127.0.0.1", port=port, password=Secret(PASSWORD))).read())
    assert f"127.0.0.1:{port}" in str(caught.value)
    assert PASSWORD not in str(caught.value)


def test_a_server_that_accepts_and_says_nothing_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        config = MySqlConfig(host="127.0.0.1", port=mute.getsockname()[1], connect_timeout=0.3, statement_timeout=0.1)
        with pytest.raises(Unavailable):
            next(MySqlSource(config).read())


def test_something_else_on_the_port_is_no_mysql() -> None:
    with socket.create_server(("127.0.0.1", 0)) as web:

        def answer() -> None:
            client, _ = web.accept()
            with client:
                client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        config = MySqlConfig(host="127.0.0.1", port=web.getsockname()[1], connect_timeout=2, statement_timeout=1)
        with pytest.raises(StraboError):
            next(MySqlSource(config).read())
        thread.join()


def test_a_socket_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(Unavailable, match="no such socket"):
        next(MySqlSource(MySqlConfig(unix_socket="/nowhere/mysql.sock")).read())


def test_tls_that_the_server_does_not_speak_is_a_setting_to_mend(mariadb: Server) -> None:
    with shop(mariadb), pytest.raises(UsageError, match="TLS") as caught:
        next(reader(mariadb, ssl_verify_cert=False, ssl_verify_identity=True).read())
    assert "ssl_" in caught.value.fix


def test_a_file_of_the_tls_settings_that_is_not_there_is_named(mariadb: Server) -> None:
    with shop(mariadb), pytest.raises(UsageError, match="TLS cannot be set up"):
        next(reader(mariadb, ssl_ca="/nowhere/ca.pem").read())


# --- a connection, or a query, that breaks -----------------------------------------------------------------------


def kill(server: Server, what: str, *, asleep: bool = False) -> None:
    """Ends a connection ("CONNECTION"), or what it does ("QUERY"); waits until it sleeps in a query, if asked to."""
    condition = "AND INFO LIKE '%%SLEEP(%%'" if asleep else ""
    with server.connect() as connection, connection.cursor() as cursor:
        for _ in range(500):
            cursor.execute(f"SELECT ID FROM information_schema.PROCESSLIST WHERE USER = 'reader' {condition}")
            if row := cursor.fetchone():
                cursor.execute(f"KILL {what} {row[0]}")
                return
            threading.Event().wait(0.01)
    pytest.fail("the reader's connection never came")


def test_a_connection_that_is_killed_ends_the_reading_and_keeps_what_was_whole(mariadb: Server) -> None:
    mariadb.run("DROP DATABASE IF EXISTS before_it", "CREATE DATABASE before_it", "CREATE TABLE before_it.t (a int)")
    try:
        with shop(mariadb, "ALL PRIVILEGES ON *.*"):
            source = reader(mariadb, databases=("before_it", "store"))
            stream = source.read()
            records: list[Record] = []
            while not records or not isinstance(records[-1], ScopeComplete):
                records.append(next(stream))
            kill(mariadb, "CONNECTION")
            with pytest.raises(Unavailable) as caught:
                records.extend(stream)
    finally:
        mariadb.run("DROP DATABASE before_it")
    assert [record.ref.name for record in records if isinstance(record, ScopeComplete)] == ["before_it"]
    assert "before_it.t" in [record.ref.name for record in records]
    assert f"{mariadb.host}:{mariadb.port}" in str(caught.value)
    assert PASSWORD not in str(caught.value)


@pytest.fixture
def slow_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = mysql_queries.COLUMNS.sql.replace("ORDER BY", "AND SLEEP(60) = 0 ORDER BY")
    monkeypatch.setattr(mysql_queries, "COLUMNS", msgspec.structs.replace(mysql_queries.COLUMNS, sql=slow))


@pytest.mark.usefixtures("slow_columns")
def test_a_connection_that_is_killed_in_a_query_is_unavailable(mariadb: Server) -> None:
    with shop(mariadb, "ALL PRIVILEGES ON *.*") as source:
        killer = threading.Thread(target=kill, args=(mariadb, "CONNECTION"), kwargs={"asleep": True})
        killer.start()
        with pytest.raises(Unavailable, match=r"information_schema\.columns"):
            list(source.read())
        killer.join()


@pytest.mark.usefixtures("slow_columns")
def test_a_query_that_is_killed_fails_that_part_only(mariadb: Server) -> None:
    with shop(mariadb, "ALL PRIVILEGES ON *.*") as source:
        killer = threading.Thread(target=kill, args=(mariadb, "QUERY"), kwargs={"asleep": True})
        killer.start()
        records = read(source)
        killer.join()
    check_failed_columns(records, "1317")


@pytest.mark.usefixtures("slow_columns")
def test_a_query_out_of_time_is_named_and_the_rest_goes_on(mariadb: Server) -> None:
    with shop(mariadb, "ALL PRIVILEGES ON *.*"):
        records = read(reader(mariadb, statement_timeout=0.5))
    failed = check_failed_columns(records, "1969")
    assert "statement_timeout" in (failed.fix or "")


def check_failed_columns(records: list[Record], code: str) -> Failed:
    (failed,) = [record for record in records if isinstance(record, Failed)]
    assert failed.call == "information_schema.columns"
    assert failed.part == "tables and views"
    assert code in failed.error
    assert not [record for record in records if isinstance(record, Dataset)], "a dataset is told whole or not at all"
    assert [record.kind for record in records if isinstance(record, Job)] == ["procedure", "trigger", "event"]
    assert covers(records) == ("job",)
    return failed


def test_a_failure_among_the_jobs_leaves_the_datasets_complete(
    mariadb: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = msgspec.structs.replace(mysql_queries.TRIGGERS, sql="SELECT nothing FROM information_schema.TRIGGERS")
    monkeypatch.setattr(mysql_queries, "TRIGGERS", wrong)
    with shop(mariadb, "ALL PRIVILEGES ON *.*") as source:
        records = read(source)
    (failed,) = [record for record in records if isinstance(record, Failed)]
    assert (failed.call, failed.part) == ("information_schema.triggers", "triggers")
    assert [record.kind for record in records if isinstance(record, Job)] == ["procedure", "event"]
    assert covers(records) == ("dataset",)
