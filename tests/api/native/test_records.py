"""POST /records: every record has its answer, and what is acknowledged is there."""

import gzip
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.api.native.helpers import DB, lines, push, table

from strabo.api.who import Who
from strabo.model.records import Description, Record, SameAs, ScopeComplete, Stats, Tag, Tags
from strabo.model.ref import Ref
from strabo.testing.asker import Asker
from strabo.testing.records import records

URL = "/api/v1/records"
ORDERS = table("shop.public.orders", "id", "amount")
GOOD = {"type": "stats", "ref": {"namespace": DB, "name": "shop.public.orders"}, "rows": 3}


def test_what_is_pushed_is_found_in_the_same_second(ask: Asker) -> None:
    got = push(ask, ORDERS, Stats(ref=ORDERS.ref, rows=3))
    assert got.json == {"received": 2, "written": 2, "unchanged": 0, "failed": 0, "items": []}
    assert ask("GET", "/api/v1/search?q=orders").json["hits"][0]["ref"]["name"] == "shop.public.orders"
    assert push(ask, ORDERS, Stats(ref=ORDERS.ref, rows=4)).json["unchanged"] == 1


@pytest.mark.parametrize("media", ["application/x-ndjson", "application/json", "application/x-www-form-urlencoded", ""])
def test_lines_and_arrays_are_told_apart_whatever_the_content_type(ask: Asker, media: str) -> None:
    headers = {"content-type": media} if media else {}
    stats = Stats(ref=ORDERS.ref, rows=1)
    laid_out = msgspec.json.format(msgspec.json.encode(ORDERS), indent=2)
    bodies = [lines(ORDERS, stats), msgspec.json.encode([ORDERS, stats]), b"\xef\xbb\xbf" + lines(ORDERS)[:-1]]
    bodies += [b" \n\n" + lines(ORDERS).replace(b"\n", b"\r\n\r\n") + lines(stats)]
    bodies += [laid_out] if media == "application/json" else []
    for body in bodies:
        got = ask("POST", URL, body, headers=headers)
        assert (got.status, got.json["failed"]) == (200, 0), got.body


def test_a_packed_body_is_unpacked(ask: Asker) -> None:
    got = ask("POST", URL, gzip.compress(lines(ORDERS)), headers={"content-encoding": "gzip"})
    assert got.json["written"] == 1
    unsaid = ask("POST", URL, gzip.compress(lines(ORDERS)))
    assert (unsaid.status, unsaid.json["fix"]) == (400, "say so: Content-Encoding: gzip")


def test_a_large_body_is_answered_like_a_small_one(ask: Asker) -> None:
    several = [Stats(ref=Ref(DB, f"shop.public.t{n}"), rows=n) for n in range(3000)]
    got = ask("POST", URL + "?answers=all", lines(*several) + b"{}\n").json
    assert (got["written"], got["failed"], len(got["items"]), got["items"][-1]["line"]) == (3000, 1, 3001, 3001)


def test_a_feed_made_meanwhile_keeps_its_weight(ask: Asker) -> None:
    push(ask, ORDERS)
    ask.catalog.put([ORDERS], feed="derived", standing=2)
    push(ask, Stats(ref=ORDERS.ref, rows=1), query="?feed=derived")
    assert {"name": "derived", "standing": 2} in ask("GET", "/api/v1/feeds").json["items"]


def test_each_bad_record_has_an_exact_answer_and_the_others_are_stored(ask: Asker) -> None:
    bad: list[tuple[bytes, str]] = [
        (b'{"type":"datset","ref":{"namespace":"a","name":"b"}}', "did you mean dataset?"),
        (b'{"type":"dataset","ref":{"namespace":"a","name":"b"},"colums":[]}', "did you mean columns?"),
        (b'{"type":"dataset","ref":{"namespace":"a","name":"b"},"columns":[{"nam":"x"}]}', "did you mean name?"),
        (b'{"type":"dataset","ref":{"namespace":"a","name":"b"},"kind":"tabel"}', "did you mean table?"),
        (b'{"type":"dataset","ref":{"namespace":"a","name":"b"},"primary_key":{"colums":[]}}', "did you mean columns?"),
        (b'{"type":"stats","ref":{"namespace":"a","name":"b"},"modified_at":"2026-13-01T00:00:00Z"}', "$.modified_at"),
        (b'{"type":"stats","ref":{"namespace":"a\\u0000","name":"b"}}', "NUL"),
        (b'{"type":"stats","ref":{"namespace":"a\xff","name":"b"}}', "no UTF-8"),
        (b"[1]", "Expected `object`"),
        (b'{"a":' * 3000, "too deeply"),
    ]
    parts = [msgspec.json.encode(GOOD)] + [text for text, _ in bad] + [lines(ORDERS)]
    got = ask("POST", URL, b"\n\n".join(parts)).json
    assert (got["received"], got["written"], got["failed"]) == (len(bad) + 2, 2, len(bad))
    assert [i["index"] for i in got["items"]] == list(range(1, len(bad) + 1))
    assert [i["line"] for i in got["items"]] == [2 * i + 1 for i in range(1, len(bad) + 1)]
    for item, (_, said) in zip(got["items"], bad, strict=True):
        assert said in item["error"]
        assert item["fix"]


def test_broken_json_is_shown_where_it_breaks(ask: Asker) -> None:
    item = ask("POST", URL, b'{"type":"stats" "ref":1}\n').json["items"][0]
    assert (item["line"], item["column"]) == (1, 17)
    assert "malformed JSON" in item["error"]
    whole = ask("POST", URL, b'[\n  {"type":"stats"},\n  {"type" 1}\n]')
    assert (whole.status, whole.json["where"]) == (400, "line 3, column 11")
    short = ask("POST", URL, b'[{"type":"stats"')
    assert (short.status, short.json["where"]) == (400, "line 1, column 17")
    assert ask("POST", URL, b"").status == ask("POST", URL, b" \n ").status == 400
    assert ask("POST", URL, b"[]").json["received"] == 0


def test_in_an_array_each_item_has_its_answer_too(ask: Asker) -> None:
    got = ask("POST", URL, [GOOD, {"type": "nothing"}, 3, GOOD]).json
    assert (got["received"], got["written"], got["unchanged"]) == (4, 1, 1)
    assert [i["index"] for i in got["items"]] == [1, 2]


def test_all_answers_are_given_when_asked_for(ask: Asker) -> None:
    push(ask, ORDERS)
    same = Stats(ref=Ref("postgresql://DB", "shop.public.orders"), rows=9)  # another spelling of the same object
    body = (
        lines(ORDERS, same)
        + b"{}\n"
        + lines(Description(ref=ORDERS.ref, text="one", column="id"), ScopeComplete(ref=ORDERS.ref))
    )
    got = ask("POST", URL + "?answers=all", body).json
    assert [i["status"] for i in got["items"]] == ["unchanged", "written", "failed", "written", "unchanged"]
    assert (got["received"], got["written"], got["unchanged"], got["failed"]) == (5, 2, 2, 1)


def test_of_two_statements_of_one_fact_the_last_one_counts(ask: Asker) -> None:
    got = push(ask, Stats(ref=ORDERS.ref, rows=1), Stats(ref=ORDERS.ref, rows=2), query="?answers=all")
    assert [i["status"] for i in got.json["items"]] == ["unchanged", "written"]
    assert ask("GET", "/api/v1/show?ref=orders").json["stats"]["rows"] == 2


@pytest.mark.parametrize(
    "bad", [b'{"type":"x"}\n', b"{\n", lines(Stats(ref=Ref("a\0", "b"), rows=1))], ids=["kind", "json", "name"]
)
def test_all_or_nothing_is_nothing(ask: Asker, bad: bytes) -> None:
    got = ask("POST", URL + "?atomic=true", lines(ORDERS) + bad)
    assert got.status == 422
    assert [i["index"] for i in got.json["items"]] == [1]
    assert got.json["items"][0]["line"] == 2
    assert ask("GET", "/api/v1/search?q=").json["total"] == 0
    assert ask("POST", URL + "?atomic=true", lines(ORDERS)).json["written"] == 1


def test_the_lines_of_a_staged_file_are_understood(ask: Asker) -> None:
    head = b'{"strabo": "records", "version": 1, "feed": "warehouse", "run": 7}\n'.replace(
        b'{"strabo": ', b'{"strabo":'
    )
    tail = b'{"strabo":"end","records":1,"sha256":"","scopes":[],"complete":true}\n'
    got = ask("POST", URL, head + lines(ORDERS) + b"{}\n" + tail).json
    assert (got["received"], got["written"], got["items"][0]["line"]) == (2, 1, 3)
    assert [f["name"] for f in ask("GET", "/api/v1/feeds").json["items"]] == ["warehouse"]
    newer = head.replace(b'"version": 1', b'"version": 99')
    assert ask("POST", URL, newer + lines(ORDERS)).status == 400
    assert ask("POST", URL + "?feed=mine", head + lines(ORDERS)).json["written"] == 1
    assert {s["feed"] for s in ask("GET", "/api/v1/show?ref=orders").json["said"]} == {"warehouse", "mine"}


@pytest.mark.parametrize("feed", ["x" * 201, "%00", "a%0Ab", "%20a"])
def test_a_feed_has_a_name_that_can_be_shown(ask: Asker, feed: str) -> None:
    assert ask("POST", f"{URL}?feed={feed}", lines(ORDERS)).status == 400


def test_a_push_does_not_change_what_a_feed_weighs(ask: Asker) -> None:
    ask.catalog.put([ORDERS], feed="people", standing=0)
    push(ask, Tags(ref=ORDERS.ref, tags=(Tag(name="pii"),)), query="?feed=people")
    assert ask("GET", "/api/v1/feeds").json["items"] == [{"name": "people", "standing": 0}]


def test_other_namespaces_and_feeds_are_refused(make: Callable[..., Asker]) -> None:
    who = Who(name="etl", rights=frozenset({"ingest", "read"}), feeds=("shop*",), namespaces=("postgres://db:*",))
    ask = make(identify=lambda _h, _a: who)
    assert ask("POST", URL + "?feed=other", lines(ORDERS)).status == 403
    assert ask("POST", URL, lines(ORDERS)).status == 403  # the default is a feed like any other
    sly = Stats(ref=Ref("postgres://db:x@evil:5432", "orders"), rows=1)  # is postgres://evil:5432 when stored
    other = SameAs(ref=ORDERS.ref, other=Ref("mysql://db:3306", "shop.orders"))
    body = lines(ORDERS, Stats(ref=Ref("s3://lake", "x")), sly, other) + b"{}\n" + lines(Stats(ref=ORDERS.ref, rows=2))
    got = ask("POST", URL + "?feed=shop-1&answers=all", body).json
    assert [i["status"] for i in got["items"]] == ["written", *["failed"] * 4, "written"]
    assert "may not write about s3://lake" in got["items"][1]["error"]
    assert ask("POST", URL + "?feed=shop-1&atomic=true", body).status == 422
    assert [n["namespace"] for n in ask("GET", "/api/v1/namespaces").json["items"]] == [DB]


def test_the_only_feed_of_a_caller_is_meant_without_saying_so(make: Callable[..., Asker]) -> None:
    ask = make(identify=lambda _h, _a: Who(name="etl", feeds=("shop",)))
    push(ask, ORDERS)
    assert [f["name"] for f in ask("GET", "/api/v1/feeds").json["items"]] == ["shop"]


def test_the_same_key_is_one_write(ask: Asker) -> None:
    def post(body: bytes, key: str = "k", query: str = "") -> Any:
        return ask("POST", URL + query, body, headers={"Idempotency-Key": key})

    first = post(lines(ORDERS) + b"{}\n")
    push(ask, table("shop.public.orders", "changed"))
    again = post(lines(ORDERS) + b"{}\n")
    assert (again.status, again.body) == (200, first.body)
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert ask("GET", "/api/v1/show?ref=orders").json["columns"][0]["name"] == "changed"
    assert post(lines(ORDERS)).status == 422
    assert post(lines(ORDERS) + b"{}\n", query="?feed=x").status == 422
    assert post(lines(ORDERS) + b"{}\n", key="other").json["written"] == 1
    assert post(lines(ORDERS), key="x" * 300).status == 400


def test_a_key_is_its_callers_own(make: Callable[..., Asker]) -> None:
    names = iter(["ann", "bob"])
    ask = make(identify=lambda _h, _a: Who(name=next(names)))
    for rows in (1, 2):
        got = ask("POST", URL, lines(Stats(ref=ORDERS.ref, rows=rows)), headers={"idempotency-key": "k"})
        assert got.json["written"] == 1


_quick = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@_quick
@given(st.lists(records(), max_size=12), st.booleans())
def test_counts_always_add_up(ask: Asker, several: list[Record], each: bool) -> None:
    got = ask("POST", URL + ("?answers=all" if each else ""), msgspec.json.encode(several)).json
    assert got["received"] == len(several) == got["written"] + got["unchanged"] + got["failed"]
    if each:
        states = [i["status"] for i in got["items"]]
        assert [states.count(s) for s in ("written", "unchanged", "failed")] == [
            got["written"], got["unchanged"], got["failed"]
        ]  # fmt: skip


@_quick
@given(records())
def test_twice_is_once(ask: Asker, record: Record) -> None:
    ask("POST", URL, lines(record))
    before = ask("GET", "/api/v1/changes").json["cursor"]
    got = ask("POST", URL, lines(record)).json
    assert got["written"] == 0
    assert ask("GET", f"/api/v1/changes?after={before}").json["changes"] == []
