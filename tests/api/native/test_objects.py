"""One dataset or job under its own address: put, got, changed under conditions, taken away."""

from typing import Any

import pytest
from tests.api.native.helpers import DB, at, push, table

from strabo.model.records import Description, Tag, Tags
from strabo.model.ref import Ref
from strabo.testing.asker import Answer, Asker

ORDERS = Ref(DB, "shop.public.orders")
BODY = {
    "kind": "view",
    "columns": [{"name": "amount", "type": "int"}, {"name": "who", "fields": [{"name": "mail", "comment": "theirs"}]}],
    "primary_key": {"columns": ["amount"]},
    "definition": {"text": "select 1", "dialect": "postgres"},
    "description": "What was sold.",
    "owners": ["ann@example.org", {"name": "sales", "kind": "group"}],
    "tags": ["pii", {"name": "key", "column": "amount"}],
}


def put(
    ask: Asker, body: Any = BODY, *, ref: Ref = ORDERS, kind: str = "datasets", query: str = "", **headers: str
) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return ask("PUT", at(ref, kind) + query, body, headers=named)


def test_what_is_put_is_got(ask: Asker) -> None:
    made = put(ask)
    assert (made.status, made.json["created"], made.json["written"]) == (201, True, 5)
    assert ask("GET", made.headers["location"]).status == 200
    got = ask("GET", at(ORDERS)).json
    assert (got["kind"], got["description"], got["definition"]["text"]) == ("view", "What was sold.", "select 1")
    assert [o["name"] for o in got["owners"]] == ["ann@example.org", "sales"]
    assert [(c["name"], c["key"], c["tags"]) for c in got["columns"]] == [
        ("amount", "PK", ["key"]), ("who", "", []), ("who.mail", "", [])
    ]  # fmt: skip
    assert {s["feed"] for s in got["said"]} == {"push"}
    assert ask("GET", at(ORDERS, below="/columns")).json["columns"] == got["columns"]
    again = put(ask)
    assert (again.status, again.json["written"], again.json["unchanged"]) == (200, 0, 5)


def test_what_a_body_leaves_out_stays_and_null_ends_it(ask: Asker) -> None:
    put(ask)
    push(ask, Description(ref=ORDERS, text="of a column", column="amount"))
    put(ask, {"kind": "table"})
    got = ask("GET", at(ORDERS)).json
    assert (got["kind"], got["columns"], len(got["tags"])) == ("table", [], 2)
    put(ask, {"kind": "table", "tags": None, "owners": None, "description": None, "definition": None})
    got = ask("GET", at(ORDERS)).json
    assert (got["tags"], got["owners"], got["description"], got["definition"]) == ([], [], None, None)
    assert ask("GET", "/api/v1/search?q=tag:pii").json["total"] == 0


def test_what_was_got_can_be_put_back(ask: Asker) -> None:
    put(ask)
    record = ask("GET", at(ORDERS)).json["record"]
    assert put(ask, record).json["unchanged"] == 1
    assert put(ask, record, ref=Ref(DB, "other")).status == 400


def test_a_put_can_ask_that_nothing_has_changed(ask: Asker) -> None:
    assert put(ask, if_match="*").status == 412
    assert put(ask, if_none_match="*").status == 201
    refused = put(ask, if_none_match="*")
    assert (refused.status, refused.json["fix"]) == (412, "leave If-None-Match out to replace it")
    seen = ask("GET", at(ORDERS)).headers["etag"]
    other = put(ask, {"kind": "table"}, if_match=f'"x", {seen}')
    assert other.status == 200
    stale = put(ask, if_match=seen)
    assert (stale.status, "changed meanwhile" in stale.json["detail"]) == (412, True)
    assert put(ask, if_match=other.headers["etag"]).status == 200
    assert put(ask, if_match="*").status == 200
    assert put(ask, if_none_match='"x"').status == 400
    now = ask("GET", at(ORDERS)).headers["etag"]
    assert ask("GET", at(ORDERS), headers={"if-none-match": now}).status == 304
    assert ask("DELETE", at(ORDERS), headers={"if-match": seen}).status == 412
    assert ask("DELETE", at(ORDERS), headers={"if-match": now}).status == 204


def test_the_etag_is_not_changed_by_what_is_not_said_of_the_object(ask: Asker) -> None:
    put(ask)
    seen = ask("GET", at(ORDERS)).headers["etag"]
    push(ask, table("shop.public.other", "x"))
    assert ask("GET", at(ORDERS)).headers["etag"] == seen
    push(ask, Tags(ref=ORDERS, tags=(Tag(name="new"),)), query="?feed=other")
    assert put(ask, if_match=seen).status == 412


def test_a_delete_takes_back_what_one_feed_said(ask: Asker) -> None:
    put(ask)
    put(ask, {"kind": "table"}, query="?feed=other")
    missing = ask("DELETE", at(ORDERS) + "?feed=third")
    assert missing.status == 404
    assert "announced by: other, push" in missing.json["fix"]
    assert (ask("DELETE", at(ORDERS)).status, ask("DELETE", at(ORDERS)).status) == (204, 404)
    assert ask("GET", at(ORDERS)).json["kind"] == "table"
    assert ask("DELETE", at(ORDERS) + "?feed=other").status == 204
    gone = ask("GET", at(ORDERS))
    assert (gone.status, "history" in gone.json["fix"]) == (404, True)
    assert [e["change"] for e in ask("GET", at(ORDERS, below="/history")).json["events"]].count("retired") == 2
    assert put(ask).status == 201
    assert ask("DELETE", at(Ref(DB, "never"))).status == 404


def test_a_put_with_a_key_happens_once(ask: Asker) -> None:
    first = put(ask, idempotency_key="k", if_none_match="*")
    again = put(ask, idempotency_key="k", if_none_match="*")
    assert (first.status, first.body, first.headers["etag"]) == (again.status, again.body, again.headers["etag"])
    assert again.headers["idempotency-replayed"] == "true"
    assert put(ask, {"kind": "table"}, idempotency_key="k").status == 422
    assert put(ask, ref=Ref(DB, "x"), idempotency_key="k").status == 422


@pytest.mark.parametrize(
    ("body", "said", "where"),
    [
        (b'{"kind":"view",}', "trailing comma", "byte 16 of the body"),
        (b'{"kin":"view"}', "did you mean kind?", "the body"),
        (b'{"kind":"veiw"}', "did you mean view?", "the body"),
        (b'{"columns":[{"nam":"x"}]}', "did you mean name?", "the body"),
        (b'{"definition":{"text":"x","dialcet":"y"}}', "", "the body"),
        (b'{"ref":{"namespace":"a","name":"b"}}', "another object", "the body"),
        (b'{"type":"job"}', "another object", "the body"),
        (b"", "too early", "byte 1 of the body"),
        (b"\xff", "", "byte 1 of the body"),
        (b"[" * 9000, "Expected `object`", "the body"),
    ],
)
def test_what_is_wrong_with_a_body_is_said(ask: Asker, body: bytes, said: str, where: str) -> None:
    got = put(ask, body)
    assert (got.status, got.json["where"]) == (400, where)
    assert said in got.json["detail"]


def test_jobs_are_put_the_same_way(ask: Asker) -> None:
    daily = Ref("airflow", "etl.daily")
    assert (
        put(ask, {"kind": "workflow", "schedule": "0 6 * * *", "tags": ["slow"]}, ref=daily, kind="jobs").status == 201
    )
    assert ask("GET", at(daily, "jobs")).json["record"]["schedule"] == "0 6 * * *"
    other = ask("GET", at(daily))
    assert (other.status, other.json["fix"]) == (404, "ask under /api/v1/jobs/")
    for below in ("/history", "/lineage"):
        assert ask("GET", at(daily, "jobs", below)).status == 200
    assert ask("DELETE", at(daily)).status == 404
    assert ask("DELETE", at(daily, "jobs")).status == 204


def test_it_can_be_shown_as_it_was(ask: Asker) -> None:
    put(ask)
    before = ask.catalog.store.moment(ask.catalog.store.last())
    assert before is not None
    put(ask, {"kind": "table"})
    ask("DELETE", at(ORDERS))
    from strabo.catalog.times import from_micros

    then = from_micros(before.at).isoformat().replace("+", "%2B")
    assert ask("GET", at(ORDERS) + f"?at={then}").json["kind"] == "view"
    assert ask("GET", at(ORDERS) + "?at=2020-01-01").status == 404
    assert ask("GET", at(ORDERS) + "?at=whenever").status == 400
