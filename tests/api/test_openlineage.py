"""The OpenLineage door over HTTP: what is answered is durable, every item has its own fate, reads see it at once."""

import gzip
from typing import Any

import msgspec
import pytest

from strabo.api.who import Who
from strabo.catalog.events import fold_events
from strabo.model.records import JobRun
from strabo.model.ref import Ref
from strabo.testing.asker import Asker

PG = "postgres://db:5432"
ORDERS, DAILY = Ref(PG, "shop.public.orders"), Ref(PG, "shop.mart.daily")
JOB = Ref("airflow", "nightly.build")


def event(kind: str = "COMPLETE", **more: Any) -> dict[str, Any]:
    return {
        "eventType": kind,
        "eventTime": "2026-11-01T10:00:00Z",
        "producer": "https://example.org/p",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json",
        "run": {"runId": "0195d0a3-6f5c-7000-8000-000000000001"},
        "job": {"namespace": JOB.namespace, "name": JOB.name},
        "inputs": [{"namespace": ORDERS.namespace, "name": ORDERS.name}],
        "outputs": [{"namespace": DAILY.namespace, "name": DAILY.name}],
        **more,
    }


def _about(facet: str, value: Any) -> dict[str, Any]:
    return {"namespace": PG, "name": "shop.public.orders", "facets": {facet: value}}


def _mine(facet: str, value: Any) -> dict[str, Any]:
    return {**_about(facet, value), "namespace": "s3://lake"}


def test_an_event_is_seen_as_soon_as_it_is_answered(ask: Asker) -> None:
    assert ask("POST", "/api/v1/lineage", event("START")).status == 201
    got = ask("POST", "/api/v1/lineage", event())
    assert (got.status, got.json["new"]) == (201, True)
    graph = ask.catalog.lineage(ORDERS)
    assert [(e.source, e.target, e.job) for e in graph.edges] == [(ORDERS, DAILY, JOB)]
    (run,) = [s.record for s in ask.catalog.get(JOB).said if isinstance(s.record, JobRun)]
    assert run.status == "succeeded"
    again = ask("POST", "/api/v1/lineage", event())
    assert (again.status, again.json["new"]) == (201, False)


def test_a_gzip_body_a_strange_run_id_and_unknown_fields_are_taken(ask: Asker) -> None:
    odd = event(run={"runId": "not-a-uuid", "facets": {"spark.plan-1": {"a": [1, None]}}}, extra={"kept": True})
    got = ask("POST", "/api/v1/lineage", gzip.compress(msgspec.json.encode(odd)), headers={"content-encoding": "gzip"})
    assert got.status == 201
    assert got.json["warnings"] == ["runId 'not-a-uuid' is no UUID"]
    (kept,) = ask.catalog.store.events()
    assert msgspec.json.decode(kept.body) == odd


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"a": ', "truncated"),
        (b"[]", "not an event"),
        (b'"x"', "not an event"),
        (b'{"eventTime": "2026-11-01T10:00:00Z"}', "about nothing"),
        ({"eventTime": "yesterday", "job": {"namespace": "a", "name": "b"}}, "no time"),
        ({"eventTime": "2026-13-01T10:00:00Z", "job": {"namespace": "a", "name": "b"}}, "no time"),
        ({"eventTime": "9999-12-31T23:59:59-23:59", "job": {"namespace": "a", "name": "b"}}, "no time"),
        ({"eventTime": "0001-01-01T00:00:00+23:59", "job": {"namespace": "a", "name": "b"}}, "no time"),
        ({"eventTime": "2026-11-01T10:00:00Z", "job": {"namespace": "a"}}, "missing required field `name`"),
        ({"eventTime": "2026-11-01T10:00:00Z", "job": {"namespace": "a", "name": "b" * 10_000}}, "10,000 characters"),
        ({"eventTime": "2026-11-01T10:00:00Z", "job": {"namespace": "a", "name": "b\0"}}, "NUL"),
        ({"eventTime": "2026-11-01T10:00:00Z", "run": {"runId": "r"}}, "needs a job"),
        ({"eventTime": "2026-11-01T10:00:00Z", "job": {"namespace": "a", "name": "b"}, "inputs": [3]}, "inputs[0]"),
    ],
)
def test_what_is_no_event_is_told_so_exactly(ask: Asker, body: Any, said: str) -> None:
    got = ask("POST", "/api/v1/lineage", body)
    assert got.status == 422
    assert said in got.json["detail"]
    assert ask.catalog.store.event_count() == 0


def test_the_others_of_a_batch_are_stored(ask: Asker) -> None:
    bad = event(eventTime="never")
    got = ask("POST", "/api/v1/lineage/batch", [event("START"), bad, event(), event()])
    assert got.status == 200
    assert got.json["status"] == "partial_success"
    summary = got.json["summary"]
    assert (summary["received"], summary["successful"], summary["failed"], summary["duplicates"]) == (4, 3, 1, 1)
    (failed,) = got.json["failed_events"]
    assert failed["index"] == 1
    assert "'never' is no time" in failed["reason"]
    assert failed["retriable"] is False
    lines = b"\n".join(msgspec.json.encode(event(kind)) for kind in ("RUNNING", "OTHER")) + b"\n{broken\n"
    got = ask("POST", "/api/v1/lineage/batch", lines, headers={"content-type": "application/x-ndjson"})
    assert [f["index"] for f in got.json["failed_events"]] == [2]
    assert ask("POST", "/api/v1/lineage/batch", b"[{]").status == 400
    assert ask("POST", "/api/v1/lineage/batch", []).json["status"] == "success"


def test_times_as_rfc_3339_allows_them_and_a_type_in_small_letters_are_taken(ask: Asker) -> None:
    for number, text in enumerate(
        ["2026-11-01t10:00:00.123456789z", "2016-12-31T23:59:60Z", "2026-11-01 10:00:00+00:00"]
    ):
        sent = event("complete", eventTime=text, run={"runId": f"r{number}"})
        got = ask("POST", "/api/v1/lineage", sent)
        assert got.status == 201
        assert "eventType 'complete' is taken as COMPLETE" in got.json["warnings"]
    runs = [s.record for s in ask.catalog.get(JOB).said if isinstance(s.record, JobRun)]
    assert {run.status for run in runs} == {"succeeded"}
    far = ask("POST", "/api/v1/lineage", event(eventTime="9999-01-01T00:00:00Z"))
    assert (far.status, "ten years ahead" in far.json["warnings"][0]) == (201, True)


@pytest.mark.parametrize("odd", [5, True, 1.5, "x", None, [5], [{"assertion": 5}], {"assertion": "x"}])
def test_assertions_that_are_none_are_kept_and_say_nothing(ask: Asker, odd: Any) -> None:
    out = {"namespace": PG, "name": DAILY.name, "facets": {"dataQualityAssertions": {"assertions": odd}}}
    assert ask("POST", "/api/v1/lineage", event(outputs=[out])).status == 201


def test_a_name_deep_in_a_facet_that_no_dataset_can_have_leads_nowhere(ask: Asker) -> None:
    made = {"fields": {"day": {"inputFields": [{"namespace": PG, "name": "n" * 10_000, "field": "day"}]}}}
    out = {"namespace": PG, "name": DAILY.name, "facets": {"columnLineage": made}}
    assert ask("POST", "/api/v1/lineage", event(outputs=[out])).status == 201
    assert ask.catalog.lineage(DAILY, downstream=False).edges[0].source == ORDERS


def test_our_own_fault_with_one_event_of_a_batch_leaves_the_others_stored(
    ask: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fold(writer: Any, by: Any, payloads: Any) -> Any:
        if any(e.run.runId == "boom" for payload in payloads for e in payload):
            raise ZeroDivisionError
        return fold_events(writer, by, payloads)

    monkeypatch.setattr("strabo.api.openlineage.fold_events", fold)
    got = ask("POST", "/api/v1/lineage/batch", [event("START"), event(run={"runId": "boom"}), event()])
    assert (got.status, got.json["summary"]["successful"]) == (200, 2)
    (failed,) = got.json["failed_events"]
    assert (failed["index"], "a fault of ours" in failed["reason"], failed["retriable"]) == (1, True, False)
    assert ask.catalog.store.event_count() == 2


def test_one_event_laid_out_over_several_lines_is_a_batch_of_one(ask: Asker) -> None:
    got = ask("POST", "/api/v1/lineage/batch", msgspec.json.format(msgspec.json.encode(event()), indent=2))
    assert (got.status, got.json["summary"]["successful"], got.json["failed_events"]) == (200, 1, [])


def test_a_token_for_another_namespace_is_told_so(make: Any) -> None:
    ask = make(identify=lambda _h, _a: Who(name="ci", rights=frozenset({"ingest"}), namespaces=("airflow", "s3://*")))
    mine = event(outputs=[{"namespace": "s3://lake", "name": "daily"}])
    other = event(job={"namespace": "spark", "name": "x"})
    assert ask("POST", "/api/v1/lineage", mine).status == 201  # to read from anywhere is no word about it
    assert ask("POST", "/api/v1/lineage", other).status == 403
    got = ask("POST", "/api/v1/lineage/batch", [other, {**mine, "eventType": "START"}]).json
    assert [f["index"] for f in got["failed_events"]] == [0]
    assert got["summary"]["successful"] == 1


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"outputs": [], "inputs": [_about("lifecycleStateChange", {"lifecycleStateChange": "DROP"})]},
        {"outputs": [], "inputs": [_about("symlinks", {"identifiers": [{"namespace": "airflow", "name": "x"}]})]},
        {"outputs": [_mine("symlinks", {"identifiers": [{"namespace": PG, "name": "x"}]})]},
        {"outputs": [_mine("lifecycleStateChange", {"previousIdentifier": {"namespace": PG, "name": "x"}})]},
        {
            "outputs": [],
            "job": {
                "namespace": "airflow",
                "name": "j",
                "facets": {"lineage": {"entries": [{"type": "DATASET", "namespace": PG, "name": "x", "inputs": []}]}},
            },
        },
    ],
)
def test_a_token_for_a_jobs_namespace_says_nothing_of_datasets_elsewhere(make: Any, more: dict[str, Any]) -> None:
    ask = make(identify=lambda _h, _a: Who(name="ci", rights=frozenset({"ingest"}), namespaces=("airflow", "s3://*")))
    got = ask("POST", "/api/v1/lineage", event(**more))
    assert (got.status, got.json["detail"]) == (403, f"ci may not write about {PG}")
    assert ask.catalog.store.event_count() == 0


def test_a_token_for_one_feed_folds_into_that_one(make: Any) -> None:
    ask = make(identify=lambda _h, _a: Who(name="ci", rights=frozenset({"ingest"}), feeds=("spark",)))
    assert ask("POST", "/api/v1/lineage", event()).status == 403
    assert ask("POST", "/api/v1/lineage?feed=spark", event()).status == 201
    assert ask("POST", "/api/v1/lineage?feed=%0A", event()).status == 400
    assert {f.name for f in ask.catalog.store.feeds().values()} == {"spark"}


def test_events_do_not_change_what_the_word_of_a_feed_weighs(ask: Asker) -> None:
    table = {"type": "dataset", "ref": {"namespace": PG, "name": "x"}}
    for path, body in (("records?feed=a", table), ("lineage?feed=a", event()), ("lineage?feed=b", event())):
        assert ask("POST", f"/api/v1/{path}", body).status < 300
    assert {f.name: f.standing for f in ask.catalog.store.feeds().values()} == {"a": 1, "b": 2}
