"""Every source that ships keeps the promises of a source, on a real system with hostile names in it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from strabo.ingest.contracts import Source
from strabo.model import codec
from strabo.model.secret import Secret
from strabo.sources.duckdb import DuckDbConfig, DuckDbSource
from strabo.sources.mysql import MySqlConfig, MySqlSource
from strabo.sources.postgres import PostgresConfig, PostgresSource
from strabo.sources.records import RecordsConfig, RecordsSource
from strabo.sources.sqlite import SqliteConfig, SqliteSource
from strabo.testing import mariadb, postgres
from strabo.testing.hostile import CASES, HOSTILE_NAMES, HostileSource
from strabo.testing.mariadb import mariadb_fixture
from strabo.testing.postgres import postgres_fixture
from strabo.testing.source import SourceContract

__all__ = ["mariadb_fixture", "postgres_fixture"]

# MySQL and MariaDB take no name that ends in a space, and none beyond the basic plane of Unicode.
BASIC_NAMES = tuple(n for n in HOSTILE_NAMES if max(n) <= "\uffff" and n.rstrip() == n)


def quoted(name: str, mark: str = '"') -> str:
    return mark + name.replace(mark, mark * 2) + mark


@pytest.fixture(scope="module")
def sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("it's") / "a shop.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("begin")
        for name in HOSTILE_NAMES:
            table, view, trigger = quoted(name), quoted(f"{name} view"), quoted(f"{name} trigger")
            db.execute(f"create table {table} ({table} integer primary key, x text unique)")
            db.execute(f"create view {view} as select x as {table} from {table}")
            db.execute(f"create trigger {trigger} after insert on {table} begin select 1; end")
        db.execute("commit")
        db.execute("analyze")
    return path


class TestSqlite(SourceContract):
    @pytest.fixture
    def source(self, sqlite_file: Path) -> Source:
        return SqliteSource(SqliteConfig(path=str(sqlite_file)))


@pytest.fixture(scope="module")
def duckdb_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("it's") / "a shop.duckdb"
    with closing(duckdb.connect(str(path))) as db:
        db.execute("begin")
        for name in HOSTILE_NAMES:
            table, schema = quoted(name), quoted(f"in {name}")
            db.execute(f"create table {table} ({table} integer primary key, x struct({table} varchar))")
            db.execute(f"create view {quoted(f'{name} view')} as select x as {table} from {table}")
            db.execute(f"create schema {schema}; create table {schema}.{table} (a integer)")
        db.execute("commit")
    return path


class TestDuckDb(SourceContract):
    @pytest.fixture
    def source(self, duckdb_file: Path) -> Source:
        return DuckDbSource(DuckDbConfig(path=str(duckdb_file)))


POSTGRES_DATABASES = ("host.ile \"db'", "مرحبا 🦉/b")


@pytest.fixture(scope="module")
def postgres_of_names(postgres: postgres.Server) -> Iterator[postgres.Server]:
    """Two databases, each with two schemas, in each every name as a table and as a column of a view."""
    for database in POSTGRES_DATABASES:
        postgres.run(f"CREATE DATABASE {quoted(database)}")
        statements = []
        for schema in ("public", "a.b \"c'"):
            statements.append(f"CREATE SCHEMA IF NOT EXISTS {quoted(schema)}")
            for name in {*HOSTILE_NAMES, *CASES}:
                table = f"{quoted(schema)}.{quoted(name)}"
                statements.append(f"CREATE TABLE {table} ({quoted(name)} int PRIMARY KEY, x text UNIQUE)")
            for number, name in enumerate(HOSTILE_NAMES):
                table, view = f"{quoted(schema)}.{quoted(name)}", f"{quoted(schema)}.v{number}"
                statements.append(f"CREATE VIEW {view} AS SELECT x AS {quoted(name)} FROM {table}")
        postgres.run(";\n".join(statements), database=database)
    yield postgres
    for database in POSTGRES_DATABASES:
        postgres.run(f"DROP DATABASE {quoted(database)} WITH (FORCE)")


@pytest.mark.server
class TestPostgres(SourceContract):
    @pytest.fixture
    def source(self, postgres_of_names: postgres.Server) -> Source:
        server = postgres_of_names
        return PostgresSource(
            PostgresConfig(
                host=server.host,
                port=server.port,
                user=server.user,
                password=Secret(server.password),
                databases=list(POSTGRES_DATABASES),
            )
        )


# Without * ? [ ] in them: a database is named by a pattern.
MARIADB_DATABASES = ("host.ile \"d'b`x", "مرحبا")


@pytest.fixture(scope="module")
def mariadb_of_names(mariadb: mariadb.Server) -> Iterator[mariadb.Server]:
    """Two databases, in each every name as a table and as a column of a view."""
    for database in MARIADB_DATABASES:
        there = quoted(database, "`")
        statements = [f"CREATE DATABASE {there}"]
        for number, name in enumerate(BASIC_NAMES):
            table = f"{there}.{quoted(name, '`')}"
            statements.append(f"CREATE TABLE {table} ({quoted(name, '`')} int PRIMARY KEY, x varchar(9) UNIQUE)")
            statements.append(f"CREATE VIEW {there}.v{number} AS SELECT x AS {quoted(name, '`')} FROM {table}")
        mariadb.run(*statements)
    yield mariadb
    mariadb.run(*(f"DROP DATABASE {quoted(d, '`')}" for d in MARIADB_DATABASES))


@pytest.mark.server
class TestMariaDb(SourceContract):
    @pytest.fixture
    def source(self, mariadb_of_names: mariadb.Server) -> Source:
        server = mariadb_of_names
        return MySqlSource(
            MySqlConfig(
                host=server.host,
                port=server.port,
                user=server.user,
                password=Secret(server.password),
                databases=MARIADB_DATABASES,
            )
        )


class TestRecords(SourceContract):
    @pytest.fixture
    def source(self, tmp_path: Path) -> Source:
        path = tmp_path / "it's.jsonl"
        path.write_bytes(b"".join(codec.encode(r) + b"\n" for r in HostileSource().read()))
        return RecordsSource(RecordsConfig(path=str(path)))
