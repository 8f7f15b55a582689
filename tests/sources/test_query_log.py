"""Query logs in files: every format, what their columns are taken for, and what bad files get."""

import csv
import gzip
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import zstandard

from strabo.errors import BadRecord, Unavailable, UsageError
from strabo.ingest.contracts import Source
from strabo.model import codec
from strabo.model.records import Definition, Failed, Job, Record, Skipped, Usage
from strabo.sources.query_log import QueryLogConfig, QueryLogSource
from strabo.sources.query_log.rows import moment
from strabo.testing.hostile import HOSTILE_NAMES
from strabo.testing.source import SourceContract

PG = "postgres://db:5432"
LOG = """query,user_name,start_time,execution_time,database_name,schema_name,error_message
"select a
from ""T 1"" where b = 'Zq7'",ann,2026-11-01T10:00:00Z,12,shop,public,
select c from u,bob,2026-11-02 10:00:00+02:00,,shop,,
select d from u,bob,2026-11-02 10:00:00,,shop,,permission denied
"""


def source(path: Path, **more: Any) -> QueryLogSource:
    return QueryLogSource(QueryLogConfig(**{"path": str(path), "namespace": PG, **more}))


def texts(records: list[Record]) -> dict[str, tuple[str, ...]]:
    return {r.text: r.search_path for r in records if isinstance(r, Definition)}


class TestContract(SourceContract):
    @pytest.fixture
    def source(self, tmp_path: Path) -> Source:
        lines = [
            {"text": f'select "{name}" from "{name}"', "user": name, "start": 1_762_000_000 + i, "database": name}
            for i, name in enumerate(n.replace('"', '""') for n in HOSTILE_NAMES)
        ]
        path = tmp_path / "it's a log.jsonl"
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
        return QueryLogSource(QueryLogConfig(path=str(path), namespace=PG))


@pytest.mark.parametrize("name", ["log.csv", "log.csv.gz", "log.csv.zst", "log.txt"])
def test_csv_packed_or_not(tmp_path: Path, name: str) -> None:
    body = b"\xef\xbb\xbf" + LOG.encode()
    if name.endswith(".gz"):
        body = gzip.compress(body)
    elif name.endswith(".zst"):
        body = zstandard.compress(body[:40]) + zstandard.compress(body[40:])
    (tmp_path / name).write_bytes(body)
    said = list(source(tmp_path / name).read())
    assert texts(said) == {
        "select a from \"T 1\" where b = '?'": ("shop.public",),
        "select c from u": ("shop.public",),
    }
    days = {r.start.date().isoformat(): r.users for r in said if isinstance(r, Usage)}
    assert days == {"2026-11-01": {"ann": 1}, "2026-11-02": {"bob": 1}}
    (skipped,) = [r for r in said if isinstance(r, Skipped)]
    assert skipped.reason == "1 queries that failed"
    assert not any(b"Zq7" in r.text.encode() for r in said if isinstance(r, Definition))


def test_lines_of_json_that_leave_things_out(tmp_path: Path) -> None:
    path = tmp_path / "log.ndjson"
    lines = [
        '{"q": "select 1", "who": "ann", "start": 1762000000123}',
        '{"q": "select x", "count": 7, "database": "shop", "schema": "mart"}',
        "",
        '{"other": 1}',
        "[1]",
        '{"q": 3}',
        '{"q": "select y", "count": "many"}',
        '{"q": "select z", "start": "soon"}',
    ]
    path.write_text("\n".join(lines))
    said = list(source(path, columns={"text": "q", "user": "who"}).read())
    assert texts(said) == {"select 0": (), "select x": ("shop.mart",)}
    assert {r.queries for r in said if isinstance(r, Usage)} == {1, 7}
    assert {r.part: r.error for r in said if isinstance(r, Failed)} == {
        "line 4": "it has no text of a query",
        "line 5": "no JSON object: Expected `object`, got `array`",
        "line 6": "it has no text of a query",
        "line 7": "the count is no number",
        "line 8": "the start is no time",
    }


def test_odd_characters_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    line = {"text": "select a\0b from t", "user": "a\0nn", "database": "sh\0op", "start": "2026-11-01"}
    path.write_text(json.dumps(line) + '\n{"text": "select \\ud800 from t"}\n{"text": "select \u202etxet from t"}\n')
    said = list(source(path).read())
    assert all(codec.decode(codec.encode(record)) == record for record in said)
    assert b"\\u0000" not in b"".join(codec.encode(record) for record in said)
    assert len(texts(said)) >= 2


def test_what_windows_exports_is_understood(tmp_path: Path) -> None:
    log = "query,user\nSELECT näme FROM käse,zoë\n"
    (tmp_path / "a.csv").write_text(log, encoding="utf-16")
    (tmp_path / "b.csv").write_text(log, encoding="utf-8-sig")
    assert list(texts(list(source(tmp_path / "*.csv").read()))) == ["SELECT näme FROM käse"]


def test_several_files_and_users_that_are_left_out(tmp_path: Path) -> None:
    for i in range(2):
        (tmp_path / f"{i}.tsv").write_text("sql\tuser\nselect a\tann\nselect b\tmonitor_1\n")
    said = list(source(tmp_path / "*.tsv", exclude_users=("monitor_*",)).read())
    assert set(texts(said)) == {"select a"}
    assert sum(r.queries for r in said if isinstance(r, Usage)) == 2
    assert [r.reason for r in said if isinstance(r, Skipped)] == ["1 queries of users that are left out"] * 2


def test_what_a_system_without_schemas_is_looked_up_in(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("sql,db\nselect a from t,shop\n")
    assert texts(list(source(path, namespace="mysql://db").read())) == {"select a from t": ("shop",)}
    assert texts(list(source(path, namespace="snowflake://acme").read())) == {"select a from t": ("shop.PUBLIC",)}
    assert texts(list(source(path, namespace="sqlite:///data/shop.db").read())) == {"select a from t": ()}
    path.write_text("sql\nselect a from t\n")
    assert texts(list(source(path).read())) == {"select a from t": ()}
    assert texts(list(source(path, database="a.b").read())) == {"select a from t": ('"a.b".public',)}


def test_rows_that_are_torn_are_told_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("sql,user\n" + "select a\n" * 30 + "select b,ann\n")
    said = list(source(path).read())
    assert set(texts(said)) == {"select b"}
    assert sum(isinstance(r, Failed) for r in said) == 20
    assert [r.reason for r in said if isinstance(r, Skipped)] == ["10 more lines could not be read"]


def test_a_line_without_an_end_takes_no_memory_without_one(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(b'{"text": "select b"}\n{"text": "')
        for _ in range(40):
            file.write(b"x" * (1 << 20))
        file.write(b'"}\n{"text": "select c"}\n')
    said = list(source(path).read())
    assert set(texts(said)) == {"select b", "select c"}
    assert [r.part for r in said if isinstance(r, Failed)] == ["line 2"]


@pytest.mark.parametrize(
    ("name", "body", "settings", "kind", "message"),
    [
        ("gone.csv", None, {}, Unavailable, "no such log file"),
        ("log.csv", b"a,b\n1,2\n", {}, UsageError, "none of the log's columns"),
        ("log.csv", b"sql,b\n1,2\n", {"columns": {"user": "who"}}, UsageError, "the log has no column 'who'"),
        ("log.csv", b"sql,sql\n1,2\n", {}, UsageError, "names a column twice"),
        ("log.csv.gz", b"not packed", {}, UsageError, "not packed as its name says"),
        ("log.csv.gz", gzip.compress(LOG.encode())[:-30], {}, Unavailable, "ends in the middle"),
        ("log.csv.zst", zstandard.compress(LOG.encode() * 99)[:-9], {}, Unavailable, "ends in the middle"),
        ("folder", "folder", {}, UsageError, "a folder, not a log file"),
    ],
)
def test_wrong_files(
    tmp_path: Path, name: str, body: bytes | str | None, settings: Any, kind: type[Exception], message: str
) -> None:
    path = tmp_path / name
    if body == "folder":
        path.mkdir()
    elif isinstance(body, bytes):
        path.write_bytes(body)
    with pytest.raises(kind, match=message):
        list(source(path, **settings).read())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"namespace": "etl"}, "the SQL dialect 'etl' is not known"),
        ({"dialect": "klingon"}, "the SQL dialect 'klingon' is not known"),
        ({"columns": {"colour": "c"}}, "columns: colour has no meaning here"),
        ({"delimiter": ";;"}, "a delimiter is one character"),
    ],
)
def test_wrong_settings(tmp_path: Path, settings: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        source(tmp_path / "log.csv", **settings)


def test_check_says_which_column_is_taken_for_what(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text(LOG)
    (one,) = source(tmp_path / "log.csv").check()
    assert one.ok
    assert "text: query, user: user_name" in one.detail
    (tmp_path / "log.csv").write_text("")
    (one,) = source(tmp_path / "log.csv").check()
    assert one.detail == "it holds no queries"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2026-11-01T10:00:00Z", 10),
        ("2026-11-01 10:00:00.5 UTC", 10.5 / 1 - 0.5),
        ("2026-11-01 12:00:00+02:00", 10),
        (str(int(datetime(2026, 11, 1, 10, tzinfo=UTC).timestamp())), 10),
        (datetime(2026, 11, 1, 10, tzinfo=UTC).timestamp() * 1000, 10),
        (int(datetime(2026, 11, 1, 10, tzinfo=UTC).timestamp() * 1_000_000), 10),
    ],
)
def test_times(said: Any, meant: int) -> None:
    found = moment(said)
    assert found is not None
    assert (found.date().isoformat(), found.hour) == ("2026-11-01", meant)
    assert moment("") is None
    with pytest.raises(BadRecord):
        moment("9" * 400)


def test_a_million_lines_of_a_few_queries_take_little(tmp_path: Path) -> None:
    made = io.StringIO()
    writer = csv.writer(made)
    writer.writerow(["sql", "user", "start"])
    for i in range(20_000):
        writer.writerow([f"select a from t where b = {i}", f"user{i % 7}", "2026-11-01T10:00:00Z"])
    (tmp_path / "log.csv").write_text(made.getvalue())
    said = list(source(tmp_path / "log.csv").read())
    assert sum(isinstance(r, Job) for r in said) == 1
    (usage,) = [r for r in said if isinstance(r, Usage)]
    assert usage.queries == 20_000
    assert len(usage.users) == 7
