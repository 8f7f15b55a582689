"""The MySQL source against a real MariaDB: what it tells of every kind of object."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import pytest

from strabo.errors import BadRecord
from strabo.model import naming
from strabo.model.codec import decode, encode
from strabo.model.records import (
    Container,
    Dataset,
    Definition,
    Failed,
    Filtered,
    ForeignKey,
    Job,
    Key,
    Partition,
    Partitions,
    Record,
    ScopeComplete,
    Skipped,
    Stats,
)
from strabo.model.ref import Ref
from strabo.model.secret import Secret
from strabo.sources.mysql import MySqlConfig, MySqlSource
from strabo.sources.mysql.wire import Session
from strabo.testing.mariadb import Server, mariadb_fixture  # noqa: F401 - a fixture

pytestmark = pytest.mark.server
R = TypeVar("R")


def source(server: Server, *databases: str, **settings: Any) -> MySqlSource:
    login: dict[str, Any] = {
        "user": server.user,
        "password": Secret(server.password),
        "databases": databases,
    } | settings
    return MySqlSource(MySqlConfig(host=server.host, port=server.port, **login))


def quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


@contextmanager
def database(server: Server, name: str, *statements: str) -> Iterator[str]:
    server.run(f"DROP DATABASE IF EXISTS {quoted(name)}", f"CREATE DATABASE {quoted(name)}", f"USE {quoted(name)}")
    try:
        server.run(f"USE {quoted(name)}", *statements)
        yield name
    finally:
        server.run(f"DROP DATABASE IF EXISTS {quoted(name)}")


def of(kind: type[R], records: Sequence[Record], name: str) -> R:
    (found,) = [record for record in records if isinstance(record, kind) and record.ref.name == name]
    return found


def read(server: Server, *names: str, **settings: Any) -> list[Record]:
    return [record for record in source(server, *names, **settings).read() if not isinstance(record, Filtered)]


# --- what is told ------------------------------------------------------------------------------------------------


def test_a_table_is_told_with_its_columns_keys_and_indexes(mariadb: Server) -> None:
    statements = (
        """CREATE TABLE customer (id int unsigned AUTO_INCREMENT PRIMARY KEY, mail varchar(80) NOT NULL,
             UNIQUE KEY by_mail (mail))""",
        """CREATE TABLE orders (
             id bigint NOT NULL, line int NOT NULL DEFAULT 0, customer int unsigned, note varchar(200) DEFAULT 'none',
             kind enum('a','it''s','x,y','(p)','') DEFAULT 'it''s', flags set('p','q'), body json, paid bool DEFAULT 0,
             price decimal(10,2) COMMENT 'net; it''s in €',
             at timestamp DEFAULT current_timestamp ON UPDATE current_timestamp,
             twice int AS (line * 2) VIRTUAL, kept int AS (line + 1) STORED, hidden int INVISIBLE DEFAULT 3, who uuid,
             place point NOT NULL, ip inet6, plain longtext,
             PRIMARY KEY (id, line), KEY start (note(5), price DESC), FULLTEXT KEY words (note),
             SPATIAL KEY place (place),
             CONSTRAINT buyer FOREIGN KEY (customer) REFERENCES customer (id)) COMMENT 'what was ordered'""",
    )
    with database(mariadb, "shop_a", *statements) as name:
        records = read(mariadb, name)
    table = of(Dataset, records, "shop_a.orders")
    columns = {column.name: column for column in table.columns}
    assert list(columns)[:4] == ["id", "line", "customer", "note"]
    kinds = {name: column.kind for name, column in columns.items()}
    assert kinds == {
        "id": "integer", "line": "integer", "customer": "integer", "note": "text", "kind": "enum", "flags": "enum",
        "body": "json", "paid": "boolean", "price": "decimal", "at": "timestamp", "twice": "integer", "kept": "integer",
        "hidden": "integer", "who": "uuid", "place": "geometry", "ip": "network", "plain": "text",
    }  # fmt: skip
    assert columns["kind"].values == ("a", "it's", "x,y", "(p)", "")
    assert columns["kind"].default == "'it''s'"
    assert columns["flags"].values == ("p", "q")
    assert (columns["customer"].type, columns["body"].type) == ("int(10) unsigned", "longtext")
    assert (columns["note"].default, columns["line"].default, columns["id"].default) == ("'none'", "0", None)
    assert columns["price"].default is None
    assert columns["price"].comment == "net; it's in €"
    assert columns["at"].default == "current_timestamp() on update current_timestamp()"
    assert (columns["twice"].generated, columns["kept"].generated) == ("`line` * 2", "`line` + 1")
    assert not columns["id"].nullable
    assert columns["price"].nullable
    assert table.properties["stored_columns"] == "`kept`"
    assert table.properties["invisible_columns"] == "`hidden`"
    assert table.primary_key == Key(columns=("id", "line"), name="PRIMARY")
    assert table.foreign_keys == (
        ForeignKey(
            columns=("customer",), references=Ref(table.ref.namespace, "shop_a.customer"), to=("id",), name="buyer"
        ),
    )
    indexes = {index.name: (index.columns, index.unique, index.method) for index in table.indexes}
    assert indexes == {
        "buyer": (("customer",), False, "btree"),
        "place": (("`place`(32)",), False, "spatial"),
        "start": (("`note`(5)", "`price` DESC"), False, "btree"),
        "words": (("note",), False, "fulltext"),
    }
    assert (table.comment, table.format, table.kind) == ("what was ordered", "InnoDB", "table")
    customer = of(Dataset, records, "shop_a.customer")
    assert customer.unique_keys == (Key(columns=("mail",), name="by_mail"),)
    assert customer.columns[0].identity


def test_sizes_and_times_are_told_in_utc(mariadb: Server) -> None:
    before = datetime.now(UTC) - timedelta(seconds=2)
    statements = (
        "CREATE TABLE t (a int) ENGINE=MyISAM",
        "INSERT INTO t VALUES (1), (2), (3)",
        "CREATE TABLE i (a int)",
    )
    mariadb.run("SET GLOBAL time_zone = '+05:30'")
    try:
        with database(mariadb, "sizes", *statements) as name:
            records = read(mariadb, name)
    finally:
        mariadb.run("SET GLOBAL time_zone = 'SYSTEM'")
    stats = of(Stats, records, "sizes.t")
    assert (stats.rows, stats.exact) == (3, True)
    assert stats.bytes
    assert stats.modified_at is not None
    assert before <= stats.modified_at <= datetime.now(UTC) + timedelta(seconds=2)
    created = of(Dataset, records, "sizes.t").created_at
    assert created is not None
    assert before <= created <= datetime.now(UTC) + timedelta(seconds=2)
    assert not of(Stats, records, "sizes.i").exact


def test_a_view_is_told_with_its_text_and_its_definer(mariadb: Server) -> None:
    statements = (
        "CREATE TABLE t (a int DEFAULT 7, b int)",
        "CREATE SQL SECURITY INVOKER VIEW v (x) AS SELECT a FROM t WHERE b > 1 WITH CHECK OPTION",
    )
    with database(mariadb, "views", *statements) as name:
        records = read(mariadb, name)
    view = of(Dataset, records, "views.v")
    assert (view.kind, view.comment, view.owner, view.format) == ("view", None, "root@127.0.0.1", None)
    assert [(column.name, column.default) for column in view.columns] == [("x", None)]
    assert view.properties == {"security": "invoker", "check_option": "cascaded", "updatable": "true"}
    definition = of(Definition, records, "views.v")
    assert definition.dialect == "mysql"
    assert definition.search_path == ("views",)
    assert definition.text.startswith("select `views`.`t`.`a` AS `x` from `views`.`t` where")
    assert not [record for record in records if isinstance(record, Stats) and record.ref == view.ref]


def test_a_view_that_is_broken_costs_only_itself(mariadb: Server) -> None:
    statements = (
        "CREATE TABLE gone (a int)", "CREATE VIEW broken AS SELECT a FROM gone", "DROP TABLE gone",
        "CREATE TABLE kept (a int)", "CREATE VIEW fine AS SELECT a FROM kept",
    )  # fmt: skip
    with database(mariadb, "broken", *statements) as name:
        records = read(mariadb, name)
    skipped = of(Skipped, records, "broken.broken")
    assert skipped.part == "columns"
    assert "references invalid table(s)" in skipped.reason
    assert of(Dataset, records, "broken.broken").comment is None
    assert of(Definition, records, "broken.broken").text
    assert of(Dataset, records, "broken.fine").columns
    assert isinstance(records[-1], ScopeComplete)


def test_sequences_and_tables_with_a_history_are_what_they_are(mariadb: Server) -> None:
    statements = (
        "CREATE SEQUENCE numbers START WITH 5",
        """CREATE TABLE versions (a int, since timestamp(6) GENERATED ALWAYS AS ROW START,
           until timestamp(6) GENERATED ALWAYS AS ROW END, PERIOD FOR SYSTEM_TIME (since, until))
           WITH SYSTEM VERSIONING""",
    )
    with database(mariadb, "kinds", *statements) as name:
        records = read(mariadb, name)
    numbers = of(Dataset, records, "kinds.numbers")
    assert (numbers.kind, numbers.columns) == ("sequence", ())
    versions = of(Dataset, records, "kinds.versions")
    assert versions.kind == "table"
    assert versions.properties["system_versioned"] == "true"
    assert [column.generated for column in versions.columns] == [None, "ROW START", "ROW END"]
    assert not [record for record in records if isinstance(record, Skipped)]


def test_a_partitioned_table_is_one_dataset_with_parts(mariadb: Server) -> None:
    statements = (
        """CREATE TABLE r (a int, d date) ENGINE=MyISAM PARTITION BY RANGE (year(d)) SUBPARTITION BY HASH (a)
           SUBPARTITIONS 2
           (PARTITION old VALUES LESS THAN (2020), PARTITION rest VALUES LESS THAN MAXVALUE)""",
        "INSERT INTO r VALUES (1, '2019-01-01'), (2, '2019-01-01'), (3, '2024-01-01')",
        """CREATE TABLE l (a int, `b``,c` int) PARTITION BY LIST COLUMNS (a, `b``,c`) (PARTITION p VALUES IN ((1, 2)),
           PARTITION q DEFAULT)""",
        "CREATE TABLE k (a int PRIMARY KEY) PARTITION BY KEY () PARTITIONS 2",
        "CREATE TABLE plain (a int)",
    )
    with database(mariadb, "cut", *statements) as name:
        records = read(mariadb, name)
    by_range = of(Partitions, records, "cut.r")
    assert (by_range.method, by_range.by) == ("range", ("year(`d`)", "`a`"))
    assert [(p.name, p.value, p.rows) for p in by_range.parts] == [
        ("old", "VALUES LESS THAN (2020)", 2),
        ("rest", "VALUES LESS THAN MAXVALUE", 1),
    ]
    assert all(part.bytes for part in by_range.parts)
    by_list = of(Partitions, records, "cut.l")
    assert (by_list.method, by_list.by) == ("list columns", ("a", "b`,c"))
    assert [(p.name, p.value) for p in by_list.parts] == [("p", "VALUES IN ((1,2))"), ("q", "DEFAULT")]
    by_key = of(Partitions, records, "cut.k")
    assert (by_key.method, by_key.by, len(by_key.parts)) == ("key", (), 2)
    assert isinstance(by_key.parts[0], Partition)
    assert [record.ref.name for record in records if isinstance(record, Dataset)] == [
        "cut.k",
        "cut.l",
        "cut.plain",
        "cut.r",
    ]


def test_a_table_of_another_server_is_foreign_and_its_login_stays_out(mariadb: Server) -> None:
    mariadb.run("INSTALL SONAME 'ha_federatedx'")
    here = f"mysql://{mariadb.user}:{mariadb.password}@{mariadb.host}:{mariadb.port}/far/real"
    try:
        with database(mariadb, "far", "CREATE TABLE `real` (a int)") as name:
            mariadb.run(f"CREATE TABLE far.mirror (a int) ENGINE=FEDERATED CONNECTION='{here}'")
            records = read(mariadb, name)
    finally:
        mariadb.run("UNINSTALL SONAME 'ha_federatedx'")
    mirror = of(Dataset, records, "far.mirror")
    assert (mirror.kind, mirror.format) == ("foreign_table", "FEDERATED")
    assert not any(mariadb.password.encode() in encode(record) for record in records)


def test_a_table_that_cannot_be_opened_says_why_and_the_rest_goes_on(mariadb: Server) -> None:
    mariadb.run("INSTALL SONAME 'ha_federatedx'")
    here = f"mysql://{mariadb.user}:{mariadb.password}@{mariadb.host}:{mariadb.port}/lost/real"
    with database(mariadb, "lost", "CREATE TABLE `real` (a int)", "CREATE TABLE next_one (a int)") as name:
        try:
            mariadb.run(f"CREATE TABLE lost.mirror (a int) ENGINE=FEDERATED CONNECTION='{here}'", "FLUSH TABLES")
        finally:
            mariadb.run("UNINSTALL SONAME 'ha_federatedx'")
        records = read(mariadb, name)
    told = [record for record in records if isinstance(record, Skipped | Failed)]
    assert [record.ref.name for record in told] == ["lost.mirror"]
    assert of(Dataset, records, "lost.next_one").columns
    assert not any(mariadb.password.encode() in encode(record) for record in records)


def test_procedures_functions_triggers_and_events_are_jobs_with_their_text(mariadb: Server) -> None:
    statements = (
        "CREATE TABLE t (a int, b varchar(9))",
        "CREATE PROCEDURE t (IN a int, OUT b varchar(10)) COMMENT 'fills b' BEGIN SET b = 'it''s'; END",
        "CREATE FUNCTION t (a int) RETURNS decimal(9,2) DETERMINISTIC RETURN a + 1",
        "CREATE TRIGGER t BEFORE INSERT ON t FOR EACH ROW SET NEW.b = 'x'",
        """CREATE EVENT t ON SCHEDULE EVERY 2 HOUR STARTS '2035-01-01 00:00:00' COMMENT 'sweeps'
           DO DELETE FROM t""",
        "CREATE EVENT once ON SCHEDULE AT '2035-01-01 00:00:00' DISABLE DO DELETE FROM t",
        "CREATE EVENT odd ON SCHEDULE EVERY '1:30' HOUR_MINUTE STARTS '2035-01-01' DO DELETE FROM t",
    )
    with database(mariadb, "code", *statements) as name:
        records = read(mariadb, name)
        without = read(mariadb, name, routines=False)
    procedure = of(Job, records, "code.procedure.t")
    assert (procedure.kind, procedure.comment) == ("procedure", "fills b")
    assert procedure.signature == "(IN a int(11), OUT b varchar(10))"
    assert procedure.owner == "root@127.0.0.1"
    assert procedure.created_at is not None
    assert procedure.created_at.tzinfo is UTC
    assert of(Definition, records, "code.procedure.t").text == "BEGIN SET b = 'it''s'; END"
    function = of(Job, records, "code.function.t")
    assert (function.kind, function.signature) == ("function", "(a int(11)) returns decimal(9,2)")
    assert function.properties["deterministic"] == "true"
    trigger = of(Job, records, "code.trigger.t")
    assert (trigger.kind, trigger.on) == ("trigger", Ref(trigger.ref.namespace, "code.t"))
    assert trigger.properties == {"timing": "before", "event": "insert"}
    assert of(Definition, records, "code.trigger.t").search_path == ("code",)
    event = of(Job, records, "code.event.t")
    assert (event.kind, event.comment) == ("event", "sweeps")
    assert event.schedule == "EVERY 2 HOUR STARTS '2035-01-01 00:00:00'"
    once = of(Job, records, "code.event.once")
    assert (once.schedule, once.properties["status"]) == ("AT '2035-01-01 00:00:00'", "disabled")
    assert of(Job, records, "code.event.odd").schedule == "EVERY '1:30' HOUR_MINUTE STARTS '2035-01-01 00:00:00'"
    assert records[-1] == ScopeComplete(
        ref=procedure.ref.__class__(procedure.ref.namespace, "code"), covers=("dataset", "job")
    )
    assert not [record for record in without if isinstance(record, Job)]
    assert without[-1] == ScopeComplete(ref=records[-1].ref, covers=("dataset",))


def test_an_oracle_like_package_is_a_script(mariadb: Server) -> None:
    with database(mariadb, "packed") as name:
        with mariadb.connect(database=name) as connection, connection.cursor() as cursor:
            cursor.execute("SET sql_mode = ORACLE")
            cursor.execute("CREATE PACKAGE p AS FUNCTION f RETURN INT; END")
            cursor.execute("CREATE PACKAGE BODY p AS FUNCTION f RETURN INT AS BEGIN RETURN 1; END; END")
        records = read(mariadb, name)
    assert of(Job, records, "packed.package.p").kind == "script"
    assert "RETURN 1" in of(Definition, records, "packed.package_body.p").text


HOSTILE = [
    "a.b", 'say "hi"', "it's", "back`tick", "slash/ed", "per%cent_", "white space", "☃ snow", "עברית ערב", "Orders",
    "orders", "cafe", "café", "semi;colon--", "back\\slash", "x" * 64, "select", "#hash",
]  # fmt: skip


def test_hostile_names_come_back_as_they_are_spelled(mariadb: Server) -> None:
    name = 'my.`shop` "☃" %s'
    tables = [f"CREATE TABLE {quoted(t)} ({quoted(t)} int, KEY {quoted(t)} ({quoted(t)}))" for t in HOSTILE]
    with database(mariadb, name, *tables):
        records = list(source(mariadb, "/my.*/").read())
        found = [record for record in records if isinstance(record, Dataset)]
    assert [naming.split(table.ref.name) for table in found] == [[name, t] for t in sorted(HOSTILE)]
    assert [(c.name, i.name, i.columns) for t in found for c in t.columns for i in t.indexes] == [
        (t, t, (t,)) for t in sorted(HOSTILE)
    ]
    assert not [record for record in records if isinstance(record, Failed | Skipped)]
    scope = records[-1]
    assert isinstance(scope, ScopeComplete)
    assert all(naming.within(scope.ref, table.ref) for table in found)
    assert all(decode(encode(record)) == record for record in records)


def test_databases_that_differ_in_case_only_are_two(mariadb: Server) -> None:
    with (
        database(mariadb, "Twin", "CREATE TABLE upper_one (a int)", "CREATE PROCEDURE p () SELECT 1"),
        database(
            mariadb, "twin", "CREATE TABLE lower_one (a int)", "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO SELECT 1"
        ),
    ):
        records = read(mariadb, "Twin", "twin")
    names = [record.ref.name for record in records if isinstance(record, Dataset | Job)]
    assert names == ["Twin.upper_one", "Twin.procedure.p", "twin.lower_one", "twin.event.e"]


def test_a_database_is_a_container_with_its_comment(mariadb: Server) -> None:
    with database(mariadb, "said"):
        mariadb.run("ALTER DATABASE said COMMENT 'it''s said'")
        records = read(mariadb, "said")
    assert records[0] == Container(ref=records[0].ref, kind="database", comment="it's said")
    assert isinstance(records[1], ScopeComplete)
    assert len(records) == 2


# --- what is chosen ----------------------------------------------------------------------------------------------


def test_databases_left_out_say_by_which_rule_and_system_schemas_say_nothing(mariadb: Server) -> None:
    with database(mariadb, "keep_it"), database(mariadb, "keep_not"), database(mariadb, "other"):
        records = list(source(mariadb, "keep_*", exclude_databases=("*_not",)).read())
        names = {record.ref.name for record in source(mariadb).read()}
    rules = {record.ref.name: record.rule for record in records if isinstance(record, Filtered)}
    assert rules == {"keep_not": "exclude *_not", "other": "include keep_*"}
    assert [record.ref.name for record in records if isinstance(record, Container)] == ["keep_it"]
    assert not names & {"information_schema", "mysql", "performance_schema", "sys"}


def test_scopes_that_are_done_are_left_out(mariadb: Server) -> None:
    with database(mariadb, "one", "CREATE TABLE t (a int)"), database(mariadb, "two", "CREATE TABLE t (a int)"):
        reader = source(mariadb, "one", "two")
        everything = list(reader.read())
        rest = list(reader.read_rest(frozenset({Ref(reader.namespace, "one")})))
    assert rest == [record for record in everything if not record.ref.name.startswith("one")]
    assert rest


def test_a_database_that_is_named_and_not_seen_fails_with_a_guess(mariadb: Server) -> None:
    with database(mariadb, "warehouse", "CREATE TABLE t (a int)"):
        records = read(mariadb, "wharehouse", "warehouse", "zzz")
    failed = [record for record in records if isinstance(record, Failed)]
    assert [(record.ref.name, record.fix) for record in failed] == [
        ("wharehouse", "did you mean 'warehouse'?"),
        ("zzz", "GRANT SELECT, SHOW VIEW ON `zzz`.* TO 'root'@'127.0.0.1'"),
    ]
    assert of(Dataset, records, "warehouse.t")


def test_the_url_says_it_all_and_its_database_is_the_one_that_is_read(mariadb: Server) -> None:
    with database(mariadb, "by[url]", "CREATE TABLE t (a int)"):
        url = f"mysql+pymysql://{mariadb.user}:{mariadb.password}@{mariadb.host}:{mariadb.port}/by%5Burl%5D"
        reader = MySqlSource(MySqlConfig(url=Secret(url), namespace="mysql://shop"))
        records = [record for record in reader.read() if not isinstance(record, Filtered)]
    assert [record.ref for record in records if isinstance(record, Dataset)] == [Ref("mysql://shop", "by[url].t")]
    assert not [record for record in records if isinstance(record, Failed)]
    assert mariadb.password not in repr(reader.config)


def test_a_unix_socket_will_do(mariadb: Server) -> None:
    with database(mariadb, "sock", "CREATE TABLE t (a int)"):
        reader = MySqlSource(
            MySqlConfig(unix_socket=mariadb.socket, user="root", password=Secret(mariadb.password), databases=("sock",))
        )
        assert any(record.ref == Ref("mysql://localhost:3306", "sock.t") for record in reader.read())


# --- how it reads ------------------------------------------------------------------------------------------------


def test_reading_twice_says_the_same(mariadb: Server) -> None:
    with database(mariadb, "twice", *[f"CREATE TABLE t{n} (a int PRIMARY KEY)" for n in range(20)]):
        reader = source(mariadb, "twice")
        assert list(reader.read()) == list(reader.read())


@contextmanager
def logged(server: Server) -> Iterator[list[str]]:
    """The statements that reach the server in the block, with those of this helper."""
    seen: list[str] = []
    server.run("TRUNCATE mysql.general_log", "SET GLOBAL log_output = 'TABLE'", "SET GLOBAL general_log = 1")
    try:
        yield seen
    finally:
        with server.connect() as connection, connection.cursor() as cursor:
            cursor.execute("SET GLOBAL general_log = 0")
            cursor.execute("SELECT argument FROM mysql.general_log WHERE command_type IN ('Query', 'Execute')")
            seen.extend(bytes(text).decode() if isinstance(text, bytes) else text for (text,) in cursor.fetchall())


def everything(tables: int) -> list[str]:
    return [
        *[f"CREATE TABLE t{n} (a int PRIMARY KEY, j json) PARTITION BY HASH (a) PARTITIONS 2" for n in range(tables)],
        *[f"CREATE VIEW v{n} AS SELECT a FROM t{n}" for n in range(tables)],
        *[f"CREATE PROCEDURE p{n} (x int) SELECT x" for n in range(tables)],
        *[f"CREATE TRIGGER g{n} BEFORE INSERT ON t{n} FOR EACH ROW SET @x = 1" for n in range(tables)],
        *[f"CREATE EVENT e{n} ON SCHEDULE EVERY 1 DAY DO SELECT 1" for n in range(tables)],
    ]


@pytest.mark.parametrize("tables", [1, 30])
def test_ten_catalog_queries_read_a_database_of_any_size_and_none_of_them_writes(mariadb: Server, tables: int) -> None:
    with database(mariadb, "many", *everything(tables)):
        reader = source(mariadb, "many")
        with logged(mariadb) as statements:
            records = [record for record in reader.read() if isinstance(record, Dataset | Job)]
    asked = [text for text in statements if "FROM information_schema." in text]
    assert len(records) == 5 * tables
    assert len(asked) <= 10 + 1  # and the list of databases
    ours = statements[: statements.index("SET GLOBAL general_log = 0")]
    words = {text.lstrip().split()[0].upper() for text in ours}
    assert words <= {"SELECT", "SET", "SHOW", "START", "ROLLBACK"}
    assert not any("GLOBAL" in text.upper() for text in ours if text.upper().startswith("SET"))


def test_the_session_cannot_write(mariadb: Server) -> None:
    with database(mariadb, "sealed", "CREATE TABLE t (a int)"), Session(source(mariadb).config) as session:
        for statement in (
            "INSERT INTO sealed.t VALUES (1)",
            "DROP TABLE sealed.t",
            "CREATE TABLE sealed.u (a int)",
        ):
            with pytest.raises(BadRecord, match="READ ONLY"):
                session._run(statement)


def test_nobody_waits_for_a_reader_that_pauses(mariadb: Server) -> None:
    with database(mariadb, "paused", "CREATE TABLE a (a int)", "CREATE TABLE b (a int)"):
        records = source(mariadb, "paused").read()
        assert isinstance(next(record for record in records if isinstance(record, Dataset)), Dataset)
        mariadb.run("SET lock_wait_timeout = 2", "ALTER TABLE paused.a ADD COLUMN c int", "DROP TABLE paused.b")
        assert "paused.b" in [record.ref.name for record in records if isinstance(record, Dataset)]


def test_an_abandoned_reading_lets_go_of_its_connection(mariadb: Server) -> None:
    with database(mariadb, "left", "CREATE TABLE t (a int)"):
        mariadb.run("CREATE OR REPLACE USER leaver IDENTIFIED BY 'x'", "GRANT ALL ON `left`.* TO leaver")
        records = source(mariadb, "left", user="leaver", password=Secret("x")).read()
        next(records)
        assert connections(mariadb, "leaver") == 1
        records.close()  # type: ignore[attr-defined]
        assert eventually(lambda: connections(mariadb, "leaver") == 0)


def connections(server: Server, user: str) -> int:
    with server.connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER = %s", (user,))
        (count,) = cursor.fetchone() or (0,)
        return int(count)


def eventually(holds: Any, seconds: float = 5.0) -> bool:
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def test_more_rows_than_memory_holds_are_joined_right(mariadb: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("strabo.sources.mysql.spool._IN_MEMORY", 256)
    monkeypatch.setattr("strabo.sources.mysql.wire._BATCH", 3)
    statements = [f"CREATE TABLE t{n:02} (a{n} int PRIMARY KEY, b{n} json, KEY k{n} (b{n}(3)))" for n in range(12)]
    with database(mariadb, "spilled", *statements):
        tables = [record for record in read(mariadb, "spilled") if isinstance(record, Dataset)]
    assert [[column.name for column in table.columns] for table in tables] == [[f"a{n}", f"b{n}"] for n in range(12)]
    assert [[index.name for index in table.indexes] for table in tables] == [[f"k{n}"] for n in range(12)]
    assert all(table.columns[1].kind == "json" for table in tables)
