"""MySQL 8, which these tests cannot start: rows as its manual says its catalog answers, and what becomes of them."""

import ssl

import pymysql
import pytest

from strabo.errors import AccessDenied, BadRecord, StraboError, Unavailable, UsageError
from strabo.model.records import Column, Index, Partition
from strabo.model.ref import Ref
from strabo.model.secret import Secret
from strabo.sources.mysql import MySqlConfig, MySqlSource, queries, unseen
from strabo.sources.mysql.grants import Rights, quoted_account, rights
from strabo.sources.mysql.jobs import routine, schedule, signature
from strabo.sources.mysql.queries import (
    ColumnRow,
    EventRow,
    Flavour,
    IndexRow,
    ParameterRow,
    PartitionRow,
    RoutineRow,
    TableRow,
    ViewRow,
    flavour,
)
from strabo.sources.mysql.records import Shape, broken, column, dataset, definition, partitions, stats, when
from strabo.sources.mysql.wire import _plain, _setup, understood

EIGHT = Flavour(maria=False, version=(8, 0, 36))
TEN = Flavour(maria=True, version=(10, 11, 6))


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("8.0.36", EIGHT),
        ("8.0.36-28", EIGHT),  # Percona
        ("8.0.36-0ubuntu0.22.04.1", EIGHT),
        ("10.11.6-MariaDB-0+deb12u1-log", TEN),
        ("5.5.5-10.11.6-MariaDB", TEN),
        ("8.4.0-commercial", Flavour(maria=False, version=(8, 4, 0))),
        ("unheard of", Flavour(maria=False, version=())),
    ],
)
def test_the_version_tells_which_server_it_is(said: str, expected: Flavour) -> None:
    assert flavour(said) == expected


def test_each_release_is_asked_for_what_it_has() -> None:
    assert "EXPRESSION" in queries.indexes(EIGHT).sql
    assert "EXPRESSION" not in queries.indexes(TEN).sql
    assert "EXPRESSION" not in queries.indexes(Flavour(maria=False, version=(5, 7, 44))).sql
    assert "CHECK_CONSTRAINTS" in queries.constraints(TEN).sql
    assert "CHECK_CONSTRAINTS" not in queries.constraints(EIGHT).sql
    assert "CHECK_CONSTRAINTS" not in queries.constraints(Flavour(maria=True, version=(10, 2, 40))).sql
    assert "SCHEMA_COMMENT" in queries.schemas(TEN).sql
    assert "SCHEMA_COMMENT" not in queries.schemas(EIGHT).sql
    assert "SET SESSION max_execution_time = 1500" in list(_setup(EIGHT, 1.5))
    assert "SET SESSION max_statement_time = 1.5" in list(_setup(TEN, 1.5))
    assert not any("max_" in statement for server in (EIGHT, TEN) for statement in _setup(server, None))


def test_a_table_of_mysql_8() -> None:
    table = TableRow(
        "orders", "BASE TABLE", "InnoDB", "Dynamic", 12, 16384, 32768, "2024-05-01 10:00:00", None,
        "utf8mb4_0900_ai_ci", 0, "",
    )  # fmt: skip
    columns = [
        ColumnRow("orders", "id", "bigint unsigned", "bigint", "NO", None, "auto_increment", "", ""),
        ColumnRow("orders", "doc", "json", "json", "YES", "json_array()", "DEFAULT_GENERATED", "", "the order"),
        ColumnRow("orders", "name", "varchar(9)", "varchar", "YES", None, "VIRTUAL GENERATED", "json_value(`doc`,_utf8mb4\\'$.n\\')", ""),  # noqa: E501
    ]  # fmt: skip
    indexes = [
        IndexRow("orders", "PRIMARY", 0, "id", "A", None, "BTREE", None),
        IndexRow("orders", "upper_name", 0, None, "A", None, "BTREE", "upper(`name`)"),
        IndexRow("orders", "mixed", 1, "name", "D", 4, "BTREE", None),
        IndexRow("orders", "mixed", 1, None, "A", None, "BTREE", "json_value(`doc`,\\'$.a\\')"),
    ]
    record = dataset("mysql://db:3306", "shop", Shape(table, columns, indexes), "table", maria=False)
    assert record.columns[0].identity
    assert (record.columns[1].kind, record.columns[1].default) == ("json", "json_array()")
    assert record.columns[2].generated == "json_value(`doc`,_utf8mb4'$.n')"
    assert record.primary_key is not None
    assert record.unique_keys == (), "a unique expression is no key of columns"
    assert record.indexes == (
        Index(name="upper_name", columns=("upper(`name`)",), unique=True, method="btree"),
        Index(name="mixed", columns=("`name`(4) DESC", "json_value(`doc`,'$.a')"), method="btree"),
    )
    assert record.comment is None
    sizes = stats(record.ref, table)
    assert sizes is not None
    assert (sizes.rows, sizes.bytes, sizes.modified_at, sizes.exact) == (12, 49152, None, False)


def test_a_broken_view_of_mysql_8_is_known_by_its_comment() -> None:
    said = (
        "View 'shop.v' references invalid table(s) or column(s) or function(s) or definer/invoker of view lack rights"
    )
    row = TableRow("v", "VIEW", comment=said)
    assert broken(row) == said
    assert broken(TableRow("v", "VIEW", comment="VIEW")) is None
    assert broken(TableRow("t", "BASE TABLE", "InnoDB", comment="View of things")) is None
    record = dataset("mysql://db:3306", "shop", Shape(row, [], view=ViewRow("v", definer="a@%")), "view", maria=False)
    assert (record.comment, record.owner) == (None, "a@%")
    assert stats(record.ref, row) is None


def test_a_view_column_shows_no_default_of_the_table_below() -> None:
    row = ColumnRow("v", "a", "int", "int", "NO", "0")
    assert column(row, maria=False, of_view=True) == Column(name="a", type="int", kind="integer", nullable=False)


def test_texts_that_mysql_8_declares_binary_are_texts() -> None:
    assert _plain((b"caf\xc3\xa9", 3, None, "x")) == ["café", 3, None, "x"]


def test_the_zero_date_is_no_time() -> None:
    assert when("0000-00-00 00:00:00") is None
    assert when(None) is None
    assert str(when("2024-05-01 10:00:00.12")) == "2024-05-01 10:00:00.120000+00:00"


def test_partitions_without_numbers_have_none() -> None:
    ref = Ref("mysql://db:3306", "shop.t")
    record = partitions(ref, [PartitionRow("t", "p0", "LINEAR KEY", "`a`,`b`")])
    assert (record.method, record.by, record.parts) == ("linear key", ("a", "b"), (Partition(name="p0"),))


def test_a_procedure_in_another_language_is_no_sql() -> None:
    ref = Ref("mysql://db:3306", "shop.function.f")
    record = definition(ref, "return 1", "my.shop", "JAVASCRIPT")
    assert (record.language, record.dialect, record.search_path) == ("javascript", "javascript", ('"my.shop"',))
    job = routine(ref.namespace, "shop", RoutineRow("LIBRARY", "l"), [])
    assert (job.kind, job.signature, job.ref.name) == ("script", None, "shop.library.l")


def test_signatures_and_schedules() -> None:
    assert signature([]) == "()"
    assert signature(
        [ParameterRow("FUNCTION", "f", None, None, "int"), ParameterRow("FUNCTION", "f", "IN", "a", "text")]
    ) == ("(a text) returns int")
    assert schedule(EventRow("e")) is None
    assert schedule(EventRow("e", every="1", unit="WEEK", ends="2030-01-01 00:00:00")) == (
        "EVERY 1 WEEK ENDS '2030-01-01 00:00:00'"
    )


# --- grants, as MySQL 8 lists them -------------------------------------------------------------------------------

LISTED = [
    "GRANT USAGE ON *.* TO `strabo`@`%`",
    "GRANT SHOW_ROUTINE ON *.* TO `strabo`@`%`",
    "GRANT SELECT, SHOW VIEW ON `shop\\_%`.* TO `strabo`@`%`",
    "GRANT SELECT (`a`, `b`), INSERT ON `other`.`t``x` TO `strabo`@`%`",
    "GRANT EXECUTE ON PROCEDURE `other`.`p` TO `strabo`@`%`",
    "GRANT `looks`@`%` TO `strabo`@`%`",
    "GRANT TRIGGER, EVENT ON *.* TO `strabo`@`%`",
    "REVOKE EVENT ON `shop_a`.* FROM `strabo`@`%`",
]


def test_grants_are_understood() -> None:
    held = rights("strabo@%", LISTED)
    assert held.sees_tables("shop_a")
    assert held.has("SHOW VIEW", "shop_a")
    assert not held.has("SHOW VIEW", "shopXa"), "an escaped _ is itself"
    assert held.has("INSERT", "other", "t`x")
    assert not held.has("INSERT", "other")
    assert not rights("strabo@%", LISTED[:-2]).sees_tables("other")
    assert held.has("TRIGGER", "shop_a")
    assert held.has("EVENT", "shop_b")
    assert not held.has("EVENT", "shop_a"), "revoked"
    assert held.missing_for_jobs(EIGHT, "shop_a") == ("GRANT EVENT ON `shop_a`.* TO 'strabo'@'%'",)
    assert held.missing_for_jobs(EIGHT, "shop_b") == ()


def test_a_server_that_does_not_tell_its_grants_has_none_to_miss() -> None:
    assert Rights("'a'@'b'", unknown=True).missing_for_jobs(EIGHT, "shop") == ()


@pytest.mark.parametrize(
    ("server", "grant"),
    [
        (Flavour(maria=True, version=(10, 11, 6)), "GRANT SELECT ON `mysql`.`proc` TO 'a'@'%'"),
        (Flavour(maria=True, version=(11, 4, 2)), "GRANT SHOW CREATE ROUTINE ON `shop`.* TO 'a'@'%'"),
        (Flavour(maria=False, version=(8, 0, 36)), "GRANT SHOW_ROUTINE ON *.* TO 'a'@'%'"),
        (Flavour(maria=False, version=(8, 0, 11)), "GRANT SELECT ON *.* TO 'a'@'%'"),
        (Flavour(maria=False, version=(5, 7, 44)), "GRANT SELECT ON `mysql`.`proc` TO 'a'@'%'"),
    ],
)
def test_each_release_has_its_grant_for_the_text_of_procedures(server: Flavour, grant: str) -> None:
    assert rights("a@%", []).grant_bodies(server, "shop") == grant


def test_names_in_grants_are_quoted() -> None:
    assert rights("o'neil@h@%", []).grant("SELECT", "a`b", "c.d") == "GRANT SELECT ON `a``b`.`c.d` TO 'o''neil@h'@'%'"
    assert quoted_account("@localhost") == "''@'localhost'"


# --- errors ------------------------------------------------------------------------------------------------------

CONFIG = MySqlConfig(host="db", port=3307, password=Secret("pw-pw-pw"), statement_timeout=5)


@pytest.mark.parametrize(
    ("error", "call", "kind", "says"),
    [
        (pymysql.err.OperationalError(2003, "Can't connect"), "connect", Unavailable, "db:3307"),
        (pymysql.err.OperationalError(1040, "Too many connections"), "connect", Unavailable, "Too many connections"),
        (pymysql.err.OperationalError(1045, "Access denied"), "connect", AccessDenied, "check user, password"),
        (pymysql.err.OperationalError(1130, "Host not allowed"), "connect", AccessDenied, "db:3307"),
        (pymysql.err.OperationalError(3118, "Account is locked"), "connect", AccessDenied, "3118"),
        (pymysql.err.OperationalError(1049, "Unknown database"), "connect", UsageError, "Unknown database"),
        (pymysql.err.OperationalError(2026, "SSL connection error"), "connect", UsageError, "ssl_"),
        (pymysql.err.OperationalError(2013, "Lost connection"), "x.tables", Unavailable, "x.tables"),
        (pymysql.err.OperationalError(4031, "disconnected: inactivity"), "x.tables", Unavailable, "run it again"),
        (pymysql.err.InterfaceError(0, ""), "x.tables", Unavailable, "the connection is closed"),
        (pymysql.err.OperationalError(3024, "Query execution was interrupted"), "x.tables", BadRecord, "now 5"),
        (pymysql.err.OperationalError(1969, "max_statement_time exceeded"), "x.tables", BadRecord, "statement_timeout"),
        (pymysql.err.OperationalError(1317, "Query execution was interrupted"), "x.tables", BadRecord, "run it again"),
        (pymysql.err.OperationalError(1142, "SELECT denied"), "x.tables", BadRecord, "let the login read"),
        (pymysql.err.ProgrammingError(1146, "no such table"), "x.tables", BadRecord, "no such table (1146)"),
    ],
)
def test_each_error_of_the_driver_has_its_reaction(
    error: pymysql.err.Error, call: str, kind: type[StraboError], says: str
) -> None:
    told = understood(error, CONFIG, call)
    assert type(told) is kind
    assert says in str(told)
    assert "pw-pw-pw" not in str(told)


def test_a_certificate_that_is_refused_is_a_setting_to_mend() -> None:
    error = pymysql.err.OperationalError(2003, "Can't connect: certificate verify failed")
    error.original_exception = ssl.SSLCertVerificationError("certificate verify failed")  # type: ignore[attr-defined]  # as PyMySQL does
    told = understood(error, CONFIG, "connect")
    assert type(told) is UsageError
    assert "ssl_" in told.fix


def test_a_login_method_whose_library_is_missing_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:
        raise RuntimeError("'cryptography' package is required for caching_sha2_password")

    monkeypatch.setattr(pymysql, "connect", refuse)
    with pytest.raises(UsageError, match=r"pymysql\[rsa\]"):
        next(MySqlSource(CONFIG).read())


def test_names_that_are_not_seen_come_with_a_guess_and_patterns_do_not() -> None:
    assert unseen(("Shop", "tmp_*", "/a.*/", "zzz", "there"), ["shop", "there"]) == [("Shop", "shop"), ("zzz", None)]
