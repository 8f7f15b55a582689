"""The console sink."""

import io
import sys
from datetime import UTC, datetime
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strabo.errors import BadRecord
from strabo.model import codec, records
from strabo.model.records import Column, Dataset, Record, Stats
from strabo.model.ref import Ref
from strabo.sinks import console
from strabo.sinks.console import ConsoleConfig, ConsoleSink, text

R = Ref("postgres://db:5432", "shop.orders")
NOW = datetime(2026, 1, 2, tzinfo=UTC)
ONE_OF_EACH: list[tuple[Record, str]] = [
    (Dataset(ref=R, columns=(Column(name="a"),), comment="Sold."), "table, 1 column, Sold."),
    (
        Dataset(ref=R, kind="view", foreign_keys=(records.ForeignKey(columns=("a",), references=R),)),
        "view, 0 columns, 1 foreign key",
    ),
    (records.Definition(ref=R, text="select", dialect="postgres"), "postgres, 6 characters"),
    (records.Partitions(ref=R, by=("a", "b"), method="hash"), "hash, a, b, 0 parts"),
    (Stats(ref=R, rows=1, exact=True, bytes=10), "1 row, 10 bytes"),
    (Stats(ref=R, rows=5, modified_at=NOW), "about 5 rows, modified 2026-01-02T00:00:00+00:00"),
    (records.Container(ref=R), "schema"),
    (records.Job(ref=R, kind="task", schedule="@daily"), "task, @daily"),
    (records.JobRun(ref=R, id="7"), "7, running"),
    (
        records.Lineage(ref=R, upstreams=(records.Upstream(ref=Ref("bigquery", "a.b.c")),), job=Ref("airflow", "d")),
        "from bigquery:a.b.c by airflow:d (declared)",
    ),
    (records.Lineage(ref=R), "from nothing (declared)"),
    (records.SameAs(ref=R, other=Ref("n", "b")), "symlink of n:b"),
    (records.Dashboard(ref=R, title="Sales", charts=(R, R)), "Sales, 2 charts"),
    (records.Chart(ref=R, title="Pie", kind="pie"), "Pie, pie"),
    (records.Person(ref=R, email="a@b"), "a@b"),
    (records.Group(ref=R, members=(R,)), "1 member"),
    (records.Ownership(ref=R, owners=(records.Owner(name="anna"),)), "anna (owner)"),
    (records.Tags(ref=R, tags=(records.Tag(name="pii", column="a"), records.Tag(name="x"))), "a: pii, x"),
    (records.Description(ref=R, text="Hello", column="a"), "a: Hello"),
    (records.Term(ref=R, definition="A sale."), "A sale."),
    (records.Domain(ref=R, comment="Shop"), "Shop, 0 members"),
    (records.Profile(ref=R, at=NOW), "2026-01-02T00:00:00+00:00, 0 columns"),
    (records.Usage(ref=R, start=NOW, end=NOW, queries=2), "2 queries since 2026-01-02T00:00:00+00:00"),
    (records.Usage(ref=R, start=NOW, end=NOW, queries=1), "1 query since 2026-01-02T00:00:00+00:00"),
    (records.Check(ref=R, name="not null", column="a"), "not null, a"),
    (records.CheckResult(ref=R, name="n", at=NOW, passed=False, message="3 rows"), "n, failed, 3 rows"),
    (records.Sample(ref=R, columns=("a",), rows=((1,),)), "1 row"),
    (records.Filtered(ref=R, rule="exclude x"), "exclude x"),
    (records.Skipped(ref=R, reason="no grant", part="sizes", fix="GRANT it"), "sizes: no grant (try: GRANT it)"),
    (records.Failed(ref=R, call="read", error="boom"), "read: boom"),
    (records.ScopeComplete(ref=R), "dataset"),
]


@pytest.mark.parametrize(("record", "said"), ONE_OF_EACH)
def test_every_record_says_what_it_says(record: Record, said: str) -> None:
    assert text(record) == f"{codec.tag(record):<14}  postgres://db:5432/shop.orders  {said}"


def test_no_kind_of_record_is_forgotten() -> None:
    assert {type(record) for record, _ in ONE_OF_EACH} == set(get_args(Record))


def test_text_and_limit(capsys: pytest.CaptureFixture[str]) -> None:
    sink = ConsoleSink(ConsoleConfig(limit=3))
    batch: list[Record] = [Dataset(ref=R), Stats(ref=R)]
    assert [sink.write(batch).written for _ in range(3)] == [1, 1, 1]
    sink.close(complete=True)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["dataset", "stats", "dataset", "…"]
    assert lines[-1] == "… and 3 more records"


def test_json_is_the_record_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    sink = ConsoleSink(ConsoleConfig(format="json", limit=1))
    sink.write([Dataset(ref=R), Stats(ref=R)])
    sink.close(complete=False)
    assert codec.decode(capsys.readouterr().out) == Dataset(ref=R)


@given(st.text(st.characters()))
def test_a_record_is_one_line_whatever_its_name(name: str) -> None:
    line = text(Dataset(ref=Ref("n", name), comment=name))
    assert len(line.splitlines()) == 1
    assert "\x1b" not in line
    line.encode("utf-8")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a\x1b[2Jb", "a\\x1b[2Jb"),
        ("a\nb", "a\\nb"),
        ("a\u202eb", "a\\u202eb"),
        ("a\ud800", "a\\ud800"),
        ("עב🦆", "עב🦆"),
    ],
)
def test_what_would_move_the_cursor_is_escaped(name: str, shown: str) -> None:
    assert text(Stats(ref=Ref("n", name))) == f"stats           n:{shown}"


def test_a_terminal_that_knows_no_emoji(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii", write_through=True)
    monkeypatch.setattr(sys, "stdout", out)
    console.ConsoleSink(ConsoleConfig()).write([Stats(ref=Ref("n", "🦆"))])
    assert out.buffer.getvalue() == b"stats           n:\\U0001f986\n"


def test_what_json_cannot_hold() -> None:
    with pytest.raises(BadRecord, match="cannot be written as JSON"):
        ConsoleSink(ConsoleConfig(format="json")).write([Stats(ref=Ref("n", "\ud800"))])
