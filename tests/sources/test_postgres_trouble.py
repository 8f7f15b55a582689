"""The PostgreSQL source when something is in the way: logins, grants, locks, time limits, lost connections."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from strabo.errors import AccessDenied, StraboError, Unavailable, UsageError
from strabo.ingest.contracts import Checkable, Resumable
from strabo.model.records import (
    Container,
    Dataset,
    Definition,
    Failed,
    Job,
    Record,
    ScopeComplete,
    Skipped,
    Stats,
)
from strabo.model.secret import Secret
from strabo.sources.postgres import PostgresConfig, PostgresSource
from strabo.sources.postgres import queries as postgres_queries
from strabo.sources.postgres import session as postgres_session
from strabo.sources.postgres.config import login
from strabo.sources.postgres.session import Session, refusal
from strabo.testing.postgres import Server, postgres_server
from strabo.testing.postgres import postgres_fixture as postgres

__all__ = ["postgres"]
pytestmark = [pytest.mark.server, pytest.mark.slow]

PASSWORD = "s3cr3t-of-reader"


def source(server: Server, **more: Any) -> PostgresSource:
    settings: dict[str, Any] = {"user": server.user, "password": Secret(server.password), **more}
    return PostgresSource(PostgresConfig(host=server.host, port=server.port, **settings))


def reader(server: Server, **more: Any) -> PostgresSource:
    return source(server, user="reader", password=Secret(PASSWORD), **more)


@pytest.fixture(scope="module", autouse=True)
def _reader(postgres: Server) -> Iterator[None]:
    postgres.run(f"CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}'")
    yield
    postgres.run("DROP ROLE reader")


@contextmanager
def database(server: Server, name: str, *statements: str) -> Iterator[None]:
    server.run(f"CREATE DATABASE {name}")
    try:
        server.run(*statements, database=name)
        yield
    finally:
        server.run(f"DROP DATABASE {name} WITH (FORCE)")


def of(records: list[Record], kind: type[Any]) -> list[str]:
    return [r.ref.name for r in records if isinstance(r, kind)]


def tables(schema: str, count: int) -> str:
    make = f"CREATE TABLE {schema}.t%s (id int DEFAULT 1); CREATE VIEW {schema}.v%s AS SELECT * FROM {schema}.t%s"
    return f"DO $$BEGIN FOR i IN 1..{count} LOOP EXECUTE format('{make}', i, i, i); END LOOP; END$$"


# --- settings -----------------------------------------------------------------------------------------------------


def test_it_has_what_the_contracts_ask_for() -> None:
    made = PostgresSource(PostgresConfig())
    assert isinstance(made, Checkable)
    assert isinstance(made, Resumable)
    assert made.namespace == "postgres://localhost:5432"


@pytest.mark.parametrize(
    ("host", "namespace"),
    [
        ("DB.Example", "postgres://db.example:5432"),
        ("/var/run/postgresql", "postgres://localhost:5432"),
        ("::1", "postgres://[::1]:5432"),
    ],
)
def test_the_namespace_is_host_and_port(host: str, namespace: str) -> None:
    assert PostgresSource(PostgresConfig(host=host)).namespace == namespace


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"url": Secret("mysql://u:hushhush@h/d")}, "`url` is no PostgreSQL URL"),
        ({"url": Secret("postgresql://u:hushhush@h:port/d")}, "`url` is no PostgreSQL URL"),
        ({"url": Secret("postgresql://u:hush%zzhush@h/d")}, "put %40 for @"),
        ({"options": {"host": "x"}}, "host cannot be set there"),
        ({"options": {"no_such_thing": "x"}}, "no_such_thing"),
        ({"statement_timeout": 0}, "more than 0 seconds"),
    ],
)
def test_settings_that_cannot_be_used_are_told_before_anything_connects(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        PostgresSource(PostgresConfig(**settings))
    assert "hush" not in str(caught.value)


def test_the_tls_settings_reach_libpq_as_it_spells_them() -> None:
    settings = PostgresConfig(sslmode="verify-full", sslrootcert="/ca.pem", sslcert="/me.pem", sslkey="/me.key")
    told = login(settings).conninfo("d")
    for word in ("sslmode=verify-full", "sslrootcert=/ca.pem", "sslcert=/me.pem", "sslkey=/me.key"):
        assert word in told


# --- getting in ---------------------------------------------------------------------------------------------------


def test_nobody_listens() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    with pytest.raises(Unavailable) as caught:
        list(PostgresSource(PostgresConfig(host="127.0.0.1", port=port, connect_timeout=2)).read())
    assert f"127.0.0.1:{port}" in str(caught.value)
    assert "check `host` and `port`" in str(caught.value)


def test_a_wrong_password_is_refused_and_not_repeated(postgres: Server) -> None:
    with pytest.raises(AccessDenied) as caught:
        list(source(postgres, password=Secret("wrong-hush-hush")).read())
    assert "pg_hba.conf" in str(caught.value)
    assert "postgres" in caught.value.fix
    assert "hush" not in str(caught.value) + repr(caught.value.__context__) + repr(caught.value.__cause__)


def test_an_unknown_login_is_refused(postgres: Server) -> None:
    with pytest.raises(AccessDenied, match="nobody_at_all"):
        list(source(postgres, user="nobody_at_all").read())


@pytest.mark.parametrize("more", [{"databases": ["nope"]}, {"database": "nope", "databases": ["nope"]}])
def test_an_unknown_database_names_those_that_exist(postgres: Server, more: dict[str, Any]) -> None:
    with database(postgres, "existing"), pytest.raises(UsageError, match="nope") as caught:
        list(source(postgres, **more).read())
    assert "existing" in caught.value.fix
    assert "postgres" in caught.value.fix


def test_the_first_database_may_be_missing(postgres: Server) -> None:
    assert "postgres" in of(list(source(postgres, database="nope").read()), Container)


def test_a_password_in_a_message_is_masked() -> None:
    settings = login(PostgresConfig(password=Secret("hush")))
    assert "hush" not in str(refusal(settings, "d", "strange words about hush"))


@pytest.mark.parametrize(
    ("said", "kind", "fix"),
    [
        ('FATAL: database "x" does not exist', UsageError, "name a database"),
        ('FATAL: no pg_hba.conf entry for host "1.2.3.4"', AccessDenied, "pg_hba.conf"),
        ('FATAL: permission denied for database "x"', AccessDenied, 'GRANT CONNECT ON DATABASE "My db" TO me'),
        ('root certificate file "/x" does not exist', UsageError, "sslrootcert"),
        ("server does not support SSL, but SSL was required", Unavailable, "sslmode"),
        ("FATAL: sorry, too many clients already", Unavailable, "fewer"),
        ("FATAL: the database system is starting up", Unavailable, "in a moment"),
        ("could not translate host name", Unavailable, "spelling of `host`"),
        ("connection refused", Unavailable, "firewall"),
    ],
)
def test_each_refusal_says_what_to_try(said: str, kind: type[StraboError], fix: str) -> None:
    error = refusal(login(PostgresConfig(user="me")), "My db", said)
    assert type(error) is kind
    assert fix in error.fix
    assert error.where == "localhost:5432, database My db"


def test_a_server_without_tls_and_a_setting_that_wants_it(postgres: Server) -> None:
    with pytest.raises(Unavailable, match="sslmode"):
        list(source(postgres, sslmode="require").read())


def test_an_old_server_is_refused(postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_session, "OLDEST", 990000)
    with pytest.raises(UsageError, match="too old"):
        list(source(postgres).read())


# --- grants -------------------------------------------------------------------------------------------------------


def test_a_database_without_connect_is_skipped_with_the_grant(postgres: Server) -> None:
    with database(postgres, "closed"), database(postgres, "opened"):
        postgres.run("REVOKE CONNECT ON DATABASE closed FROM PUBLIC")
        found = list(reader(postgres).read())
        (skipped,) = [r for r in found if isinstance(r, Skipped) and r.ref.name == "closed"]
        assert skipped.fix == "GRANT CONNECT ON DATABASE closed TO reader"
        assert "opened" in of(found, ScopeComplete)
        assert "closed" not in of(found, ScopeComplete) + of(found, Container)
        told = {c.name: c for c in reader(postgres).check()}
        assert told["connect to closed"].fix == skipped.fix
        assert told["connect to opened"].ok


def test_a_schema_without_usage_is_read_and_marked(postgres: Server) -> None:
    statements = (
        "CREATE SCHEMA vault",
        "CREATE TABLE vault.t (id int)",
        "CREATE VIEW vault.v AS SELECT * FROM vault.t",
    )
    with database(postgres, "guarded", *statements):
        found = list(reader(postgres, databases=["guarded"]).read())
        assert of(found, Dataset) == ["guarded.vault.t", "guarded.vault.v"]
        assert of(found, Definition) == ["guarded.vault.v"]
        (skipped,) = [r for r in found if isinstance(r, Skipped)]
        assert (skipped.part, skipped.fix) == ("rows", "GRANT USAGE ON SCHEMA vault TO reader")
        told = {c.name: c for c in reader(postgres, databases=["guarded"]).check()}
        assert told["guarded: schemas"].fix == skipped.fix
        assert told["guarded: schemas"].detail == "1 of 2 schemas"


@pytest.mark.parametrize(
    ("revoked", "name", "grant"),
    [
        ("SELECT ON pg_proc", "routines", "GRANT SELECT ON pg_catalog.pg_proc TO reader"),
        (
            "EXECUTE ON FUNCTION pg_get_viewdef(oid)",
            "view definitions",
            "GRANT EXECUTE ON FUNCTION pg_catalog.pg_get_viewdef(oid) TO reader",
        ),
        (
            "EXECUTE ON FUNCTION pg_total_relation_size(regclass)",
            "sizes",
            "GRANT EXECUTE ON FUNCTION pg_catalog.pg_total_relation_size(regclass) TO reader",
        ),
    ],
)
def test_check_names_the_missing_grant(postgres: Server, revoked: str, name: str, grant: str) -> None:
    with database(postgres, "hardened", f"REVOKE {revoked} FROM PUBLIC"):
        told = {c.name: c for c in reader(postgres, databases=["hardened"]).check()}
    assert not told["hardened: " + name].ok
    assert told["hardened: " + name].fix == grant
    assert [n for n, c in told.items() if not c.ok] == ["hardened: " + name]


def test_all_is_well_for_a_plain_login(postgres: Server) -> None:
    with database(postgres, "plain"):
        assert all(c.ok for c in reader(postgres, databases=["plain"]).check())


def test_routines_that_may_not_be_read_take_nothing_else_with_them(postgres: Server) -> None:
    statements = ("CREATE TABLE t (id int)", "REVOKE SELECT ON pg_proc FROM PUBLIC")
    with database(postgres, "hardened", *statements):
        found = list(reader(postgres, databases=["hardened"]).read())
    assert of(found, Dataset) == ["hardened.public.t"]
    assert {(r.part, r.fix) for r in found if isinstance(r, Skipped)} == {
        ("routines", "GRANT SELECT ON pg_catalog.pg_proc TO reader"),
        ("triggers", "GRANT SELECT ON pg_catalog.pg_proc TO reader"),
    }
    assert [r.covers for r in found if isinstance(r, ScopeComplete)] == [("dataset",), ("container", "dataset")]


def test_view_text_that_may_not_be_read_leaves_the_view(postgres: Server) -> None:
    statements = (tables("public", 30), "REVOKE EXECUTE ON FUNCTION pg_get_viewdef(oid) FROM PUBLIC")
    with database(postgres, "hardened", *statements):
        found = list(reader(postgres, databases=["hardened"]).read())
    assert len(of(found, Dataset)) == 60
    assert of(found, Definition) == []
    (skipped,) = [r for r in found if isinstance(r, Skipped)]
    assert (skipped.ref.name, skipped.part) == ("hardened", "view definitions")
    assert skipped.fix == "GRANT EXECUTE ON FUNCTION pg_catalog.pg_get_viewdef(oid) TO reader"
    assert all(c.default == "1" for r in found if isinstance(r, Dataset) and r.kind == "table" for c in r.columns)
    assert "hardened.public" in of(found, ScopeComplete)


# --- locks, limits, losses ----------------------------------------------------------------------------------------


def test_a_locked_table_is_not_waited_for(postgres: Server) -> None:
    with (
        database(postgres, "locked", tables("public", 3)),
        psycopg.connect(postgres.dsn("locked")) as other,
    ):
        other.execute("LOCK TABLE t2 IN ACCESS EXCLUSIVE MODE")
        found = list(source(postgres, databases=["locked"]).read())
        other.rollback()
    assert len(of(found, Dataset)) == 6
    assert of(found, Definition) == ["locked.public.v1", "locked.public.v3"]
    assert of(found, Stats) == ["locked.public.t1", "locked.public.t3"]
    assert [(r.ref.name, r.reason.split(",")[0]) for r in found if isinstance(r, Skipped)] == [
        ("locked.public.t2", "another session holds an exclusive lock on it"),
        ("locked.public.v2", "another session holds an exclusive lock on it"),
    ]


def test_a_lock_that_came_too_late_to_be_seen_costs_one_object(
    postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_session, "_PATIENCE", 0.05)
    monkeypatch.setattr(postgres_queries, "OBSTACLES", 'SELECT \'{"blocked": null, "refused": null}\'::json')
    with (
        database(postgres, "late", tables("public", 40)),
        psycopg.connect(postgres.dsn("late")) as other,
    ):
        other.execute("LOCK TABLE t2 IN ACCESS EXCLUSIVE MODE")
        found = list(source(postgres, databases=["late"]).read())
        other.rollback()
    assert len(of(found, Dataset)) == len(set(of(found, Dataset))) == 80
    assert sorted(of(found, Failed)) == ["late.public.t2", "late.public.v2"]
    assert all(r.fix and "exclusive lock" in r.fix for r in found if isinstance(r, Failed))
    assert len(of(found, Definition)) == 39
    # What failed may not be taken for gone.
    assert [r.covers for r in found if isinstance(r, ScopeComplete)] == [("job",)]


def test_many_such_locks_end_the_trying(postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_session, "_PATIENCE", 0.05)
    monkeypatch.setattr(postgres_queries, "OBSTACLES", 'SELECT \'{"blocked": null, "refused": null}\'::json')
    with (
        database(postgres, "late", tables("public", 250)),
        psycopg.connect(postgres.dsn("late")) as other,
    ):
        for i in range(1, 200):
            other.execute(f"LOCK TABLE t{i} IN ACCESS EXCLUSIVE MODE")
        found = list(source(postgres, databases=["late"]).read())
        other.rollback()
    assert len(of(found, Dataset)) == len(set(of(found, Dataset))) == 500
    assert len(of(found, Failed)) + len(of(found, Definition)) >= 250
    assert [r.covers for r in found if isinstance(r, ScopeComplete)] == [("job",)]


def test_the_time_limit_of_a_query_is_accounted_for(postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = postgres_queries.RELATIONS.replace("c.relpersistence = 'u'", "pg_sleep(9) IS NULL")
    monkeypatch.setattr(postgres_queries, "RELATIONS", slow)
    with database(postgres, "slow", "CREATE TABLE t (id int)", "CREATE FUNCTION f() RETURNS int RETURN 1"):
        found = list(source(postgres, databases=["slow"], statement_timeout=0.4).read())
    (failed,) = [r for r in found if isinstance(r, Failed)]
    assert (failed.ref.name, failed.call) == ("slow", "list tables and views")
    assert "statement_timeout" in (failed.fix or "")
    assert of(found, Job) == ["slow.public.f()"]  # the rest goes on
    assert [(r.ref.name, r.covers) for r in found if isinstance(r, ScopeComplete)] == [("slow.public", ("job",))]


def test_a_catalog_that_cannot_be_listed_at_all(postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_queries, "TYPES", "SELECT json_build_array(pg_sleep(9))")
    with database(postgres, "slow", "CREATE TABLE t (id int)"):
        found = list(source(postgres, databases=["slow"], statement_timeout=0.4).read())
    assert [(r.ref.name, r.call) for r in found if isinstance(r, Failed)] == [("slow", "list schemas and types")]
    assert of(found, ScopeComplete) == []


def test_databases_that_cannot_be_listed(postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_queries, "DATABASES", "SELECT json_build_array(pg_sleep(9))")
    with pytest.raises(Unavailable, match="statement_timeout"):
        list(source(postgres, statement_timeout=0.2).read())


def test_a_session_ended_in_the_middle_keeps_what_was_read_and_goes_on(postgres: Server) -> None:
    with database(postgres, "cut", tables("public", 600)), database(postgres, "dull", tables("public", 2)):
        found: list[Record] = []
        stream = source(postgres, databases=["cut", "dull"]).read()
        for record in stream:
            found.append(record)
            if len(of(found, Dataset)) == 50 and isinstance(record, Dataset):
                end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'cut'"
                postgres.run(end)
    cut = [r for r in found if r.ref.name.startswith("cut")]
    assert 50 <= len(of(cut, Dataset)) < 1200
    (failed,) = [r for r in found if isinstance(r, Failed)]
    assert failed.ref.name == "cut"
    assert failed.call
    assert "run again" in (failed.fix or "")
    assert of(cut, ScopeComplete) == []
    assert of(found, ScopeComplete) == ["dull.public", "dull"]


def test_a_server_that_goes_away_is_unavailable_after_what_was_read() -> None:
    found: list[Record] = []
    with postgres_server() as server:
        server.run("CREATE DATABASE doomed")
        server.run(tables("public", 600), database="doomed")
        stream = source(server, databases=["doomed", "postgres"], connect_timeout=2).read()
        for record in stream:
            found.append(record)
            if isinstance(record, Dataset):
                break
    with pytest.raises(Unavailable):
        found.extend(stream)
    assert of(found, Failed) == ["doomed"]
    assert of(found, ScopeComplete) == []


def test_a_database_dropped_after_it_was_listed_has_failed(postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    with database(postgres, "aaa_first"):
        postgres.run("CREATE DATABASE zzz_gone")
        stream = source(postgres, databases=["aaa_first", "zzz_gone"]).read()
        found = [next(stream)]
        postgres.run("DROP DATABASE zzz_gone")
        found.extend(stream)
    assert of(found, Failed) == ["zzz_gone"]
    assert of(found, ScopeComplete) == ["aaa_first.public", "aaa_first"]


def test_an_abandoned_reading_lets_go_of_its_connection(postgres: Server) -> None:
    with database(postgres, "abandoned", tables("public", 300)):
        stream = source(postgres, databases=["abandoned"]).read()
        while not isinstance(next(stream), Dataset):
            pass
        stream.close()  # type: ignore[attr-defined]
        with postgres.connect() as connection:
            counted = connection.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = 'abandoned'").fetchone()
    assert counted == (0,)


def test_more_views_than_the_lock_table_has_room_for() -> None:
    with postgres_server(max_locks_per_transaction="10", max_connections="10") as server:
        for batch in range(12):
            server.run(f"CREATE SCHEMA s{batch}", *[f"CREATE TABLE s{batch}.x{i} (id int)" for i in range(3)])
            for i in range(12):
                make = f"CREATE TABLE s{batch}.t%s (id int); CREATE VIEW s{batch}.v%s AS SELECT * FROM s{batch}.t%s"
                server.run(
                    f"DO $$BEGIN FOR i IN {i * 10}..{i * 10 + 9} LOOP "
                    f"EXECUTE format('{make}', i, i, i); END LOOP; END$$"
                )
        found = list(source(server, databases=["postgres"]).read())
    assert len(of(found, Definition)) == 12 * 120
    assert of(found, Failed) == []


# --- promises to the server ---------------------------------------------------------------------------------------


def statements(server: Server, name: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the source asks of a database, without the fetches of what it asked for."""
    asked: list[str] = []

    class Listening(psycopg.Cursor[Any]):
        def execute(self, query: Any, *args: Any, **more: Any) -> Any:
            asked.append(str(query))
            return super().execute(query, *args, **more)

    class ListeningOnServer(psycopg.ServerCursor[Any]):
        def execute(self, query: Any, *args: Any, **more: Any) -> Any:
            asked.append(str(query))
            return super().execute(query, *args, **more)

    before = postgres_session._connected

    def connected(*args: Any) -> Any:
        connection = before(*args)
        connection.cursor_factory = Listening
        connection.server_cursor_factory = ListeningOnServer
        return connection

    monkeypatch.setattr(postgres_session, "_connected", connected)
    list(source(server, databases=[name]).read())
    return asked


@pytest.mark.parametrize("count", [1, 300])
def test_the_number_of_queries_does_not_grow_with_the_database(
    postgres: Server, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    with database(postgres, "counted", "CREATE SCHEMA two", tables("public", count), tables("two", count)):
        asked = statements(postgres, "counted", monkeypatch)
    first_login = 2  # settings, and which databases there are
    assert len(asked) - first_login == 7  # settings, schemas, types, locks, relations, routines, triggers
    assert len(asked) <= 10


@pytest.mark.parametrize("sql", [postgres_queries.RELATIONS, postgres_queries.ROUTINES, postgres_queries.TRIGGERS])
def test_the_server_sorts_the_keys_and_not_what_it_prints(postgres: Server, sql: str) -> None:
    nothing: dict[str, Any] = {"schemas": [2200], "blocked": [], "system": False, "old": False, "careful": False}
    nothing |= {"limit": None, "after_1": "", "after_2": "", "after_3": ""}
    session = Session(source(postgres).login, "postgres", statement_timeout=5)
    try:
        ((top,), *_) = session.rows("EXPLAIN " + sql, nothing)
    finally:
        session.close()
    assert "Sort" not in top


@pytest.mark.parametrize(
    "attempt", ["CREATE TABLE x (id int)", "SELECT nextval('public.s')", "INSERT INTO t VALUES (1)"]
)
def test_a_session_cannot_write(postgres: Server, attempt: str) -> None:
    with database(postgres, "fixed", "CREATE TABLE t (id int)", "CREATE SEQUENCE s"):
        session = Session(source(postgres).login, "fixed", statement_timeout=5)
        try:
            with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
                session.rows(attempt.replace("INTO t", "INTO public.t"))
            (level,) = session.rows("SHOW transaction_isolation")
            (default,) = session.rows("SHOW default_transaction_read_only")
        finally:
            session.close()
    assert (level, default) == (("repeatable read",), ("on",))


def test_every_kind_of_record_lies_in_the_scope_that_closes_it(postgres: Server) -> None:
    with database(
        postgres, "scoped", tables("public", 2), "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'"
    ):
        found = list(source(postgres, databases=["scoped"]).read())
    closed = found.index(next(r for r in found if isinstance(r, ScopeComplete)))
    assert all(r.ref.name.startswith("scoped.public.") for r in found[2:closed] if isinstance(r, Dataset | Job))
    assert not [r for r in found[closed:] if isinstance(r, Dataset | Job)]
