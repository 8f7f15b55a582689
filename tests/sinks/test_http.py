"""The HTTP sink, against a server that can be told to fail."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.kit.far_side import HANG_UP, TAKE_AND_HANG_UP, FarSide, far_side

from strabo.catalog.catalog import open_catalog
from strabo.errors import BadRecord, Unavailable, UsageError
from strabo.ingest.config import build, read_config
from strabo.ingest.contracts import RunContext, Sink
from strabo.ingest.runner import Run, Steps
from strabo.ingest.workflow import Step
from strabo.model import codec
from strabo.model.records import Column, Dataset, Failed, Filtered, Job, Record, Sample, ScopeComplete, Skipped, Stats
from strabo.model.ref import Ref
from strabo.model.secret import Secret
from strabo.sinks.http import HttpConfig, HttpSink
from strabo.testing.sink import SinkContract

SHOP = Ref("postgres://db:5432", "shop.public")
ORDERS, VIEW = Ref(SHOP.namespace, "shop.public.orders"), Ref(SHOP.namespace, "shop.public.o'view")
RECORDS: list[Record] = [
    Dataset(ref=ORDERS, columns=(Column(name="id"),)),
    Stats(ref=ORDERS, rows=1),
    Filtered(ref=Ref(SHOP.namespace, "shop.public.tmp"), rule="exclude tmp"),
    Skipped(ref=VIEW, reason="no grant"),
    Job(ref=Ref("cron", "🦉")),
    ScopeComplete(ref=SHOP),
]


@pytest.fixture
def far(monkeypatch: pytest.MonkeyPatch) -> Iterator[FarSide]:
    monkeypatch.setattr("strabo.kit.retry.FIRST", 0.01)
    with far_side() as server:
        yield server


@pytest.fixture
def make(far: FarSide) -> Iterator[Callable[..., HttpSink]]:
    made: list[HttpSink] = []

    def sink(**settings: Any) -> HttpSink:
        made.append(HttpSink(HttpConfig(url=far.url, **settings)))
        return made[-1]

    yield sink
    for one in made:
        one.close(complete=False)


def records_of(far: FarSide) -> list[Record]:
    return [codec.decode(json.dumps(line)) for line in far.stored]


class TestContract(SinkContract):
    @pytest.fixture
    def sink(self, make: Callable[..., HttpSink]) -> Sink:
        return make()

    @pytest.fixture
    def written(self, far: FarSide) -> Callable[[], Sequence[Record]]:
        return lambda: records_of(far)


class TestContractInSmallRequests(TestContract):
    @pytest.fixture
    def sink(self, make: Callable[..., HttpSink]) -> Sink:
        return make(batch=2)


def test_every_line_of_a_run_travels_under_its_name_and_key(far: FarSide, make: Callable[..., HttpSink]) -> None:
    for feed in (None, "там"):
        sink = make(batch=2, feed=feed)
        sink.bind(RunContext(feed="shop/ü"))
        sink.write(RECORDS)
        sink.close(complete=True)
    assert records_of(far) == RECORDS * 2
    assert [asked.query["feed"] for asked in far.asked] == ["shop/ü"] * 3 + ["там"] * 3
    assert far.asked[0].fields["x-strabo-feed"] == "shop/%C3%BC"
    keys = [asked.fields["x-strabo-run-key"] for asked in far.asked]
    assert len(set(keys[:3])) == len(set(keys[3:])) == 1
    assert keys[0] != keys[3]
    assert len({asked.fields["idempotency-key"] for asked in far.asked}) == 6
    assert far.connections == 2


def test_objects_are_counted_not_records(far: FarSide, make: Callable[..., HttpSink]) -> None:
    sink = make()
    tally = sink.write(RECORDS)
    assert (tally.written, tally.unchanged, tally.failures) == (2, 0, [])
    tally = sink.write(RECORDS)
    assert (tally.written, tally.unchanged) == (0, 2)
    tally = sink.write([RECORDS[0], Stats(ref=ORDERS, rows=2), RECORDS[4]])  # one of its facts is new
    assert (tally.written, tally.unchanged) == (1, 1)


def test_what_is_refused_is_accounted_for_and_its_scope_stays_open(far: FarSide, make: Callable[..., HttpSink]) -> None:
    far.fails = lambda r: "no such kind here" if "o'view" in r["ref"]["name"] and r["type"] != "skipped" else None
    sink = make(batch=3)
    other = ScopeComplete(ref=Ref("cron", ""))
    tally = sink.write(
        [
            *RECORDS[:3],
            Dataset(ref=VIEW),
            Stats(ref=VIEW, rows=3),
            Job(ref=Ref("cron", "j")),
            ScopeComplete(ref=SHOP),
            other,
        ]
    )
    assert (tally.written, tally.unchanged) == (2, 0)
    call = f"push to {far.url}"
    assert tally.failures == [
        Failed(ref=VIEW, call=call, error="no such kind here", fix="mend it"),
        Failed(ref=VIEW, call=call, error="no such kind here", part="stats", fix="mend it"),
    ]
    instead, kept = records_of(far)[-2:]
    assert instead == Skipped(ref=SHOP, part="scope", reason=f"not closed: {VIEW} was not stored")
    assert kept == other


def test_what_is_no_json_is_sent_in_no_part(far: FarSide, make: Callable[..., HttpSink]) -> None:
    with pytest.raises(BadRecord, match="cannot be written as JSON"):
        make(batch=1).write([*RECORDS, Sample(ref=ORDERS, columns=("a",), rows=((object(),),))])
    assert far.asked == []


@pytest.mark.parametrize("how", [503, HANG_UP, TAKE_AND_HANG_UP])
def test_trouble_that_passes_is_not_seen(far: FarSide, make: Callable[..., HttpSink], how: int) -> None:
    far.plans = [how, how]
    assert make().write(RECORDS).written == 2
    assert records_of(far) == RECORDS


class Shop:
    def read(self) -> Iterator[Record]:
        yield from RECORDS


def test_a_server_that_stays_away_ends_the_run_with_3(far: FarSide, make: Callable[..., HttpSink]) -> None:
    far.plans = [503] * 1000
    report = Run(Steps(Shop(), sinks=[make(patience=0.05)]), feed="shop").go()
    assert (report.status, report.exit_code) == ("failed", 3)
    assert report.fix
    assert "run it again" in report.fix
    assert "bulk_sink: {type: http}" in report.fix
    far.plans = []
    report = Run(Steps(Shop(), sinks=[make()]), feed="shop").go()
    assert (report.status, report.exit_code, report.written, report.listed) == ("succeeded", 0, 2, 4)
    assert records_of(far) == RECORDS


def test_a_token_that_is_wrong_ends_the_run_with_3(far: FarSide, make: Callable[..., HttpSink]) -> None:
    far.token = "right"
    report = Run(Steps(Shop(), sinks=[make(token=Secret("wr0ng"))]), feed="shop").go()
    assert (report.status, report.exit_code) == ("failed", 3)
    assert "401" in (report.problem or "")
    assert "STRABO_TOKEN" in (report.fix or "")
    assert "wr0ng" not in str(report)


def test_failures_of_a_run_end_it_with_1(far: FarSide, make: Callable[..., HttpSink]) -> None:
    far.fails = lambda r: "no" if r["type"] == "job" else None
    report = Run(Steps(Shop(), sinks=[make()]), feed="shop").go()
    assert (report.status, report.exit_code, report.failed, report.reconciles) == ("incomplete", 1, 1, True)


def test_as_a_step_of_a_workflow(far: FarSide, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRABO_TOKEN", "t0ken")
    far.token = "t0ken"
    file = tmp_path / "shop.jsonl"
    file.write_bytes(b"".join(codec.encode(record) + b"\n" for record in RECORDS))
    workflow = {
        "name": "shop",
        "source": {"type": "records", "config": {"path": str(file)}},
        "sinks": [{"type": "http", "config": {"url": far.url}}, {"type": "catalog"}],
    }
    with open_catalog(tmp_path / "here.db") as catalog:
        report = catalog.ingest(workflow)
        assert (report.status, report.written) == ("succeeded", 2)
        assert [str(hit.ref) for hit in catalog.find("orders").hits] == [str(ORDERS)]
    assert records_of(far) == RECORDS
    assert far.asked[0].query["feed"] == "shop"


def test_settings_are_checked_before_anything_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STRABO_URL", raising=False)
    monkeypatch.delenv("STRABO_TOKEN", raising=False)
    for config, said in (
        ({}, "no server is named"),
        ({"url": "http://far.example", "token": "s3cret"}, "clear text"),
        ({"url": "https://x", "batch": 0}, "batch"),
        ({"url": "https://x", "tokn": "s3cret"}, "token"),
    ):
        with pytest.raises(UsageError, match=said) as caught:
            build(Step(type="strabo.sinks.http:HttpSink", config=config), "sinks")
        assert "s3cret" not in str(caught.value)
    assert "s3cret" not in repr(read_config(HttpConfig, {"url": "https://x", "token": "s3cret"}))


def test_nobody_there_says_so() -> None:
    with far_side() as gone:
        url = gone.url
    sink = HttpSink(HttpConfig(url=url, patience=0))
    with pytest.raises(Unavailable, match="cannot be reached"):
        sink.write(RECORDS)
    sink.close(complete=False)
