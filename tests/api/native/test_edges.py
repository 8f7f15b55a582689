"""POST /edges: one curl line says what feeds what."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.api.native.helpers import DB, push, table

from strabo.api.native.names import spelled
from strabo.api.who import Who
from strabo.model.naming import normal
from strabo.model.ref import Ref
from strabo.testing.asker import Answer, Asker
from strabo.testing.hostile import HOSTILE_NAMES

OUT = "file:/exports/revenue.csv"


def draw(ask: Asker, query: str = "", headers: dict[str, str] | None = None, **said: Any) -> Answer:
    return ask("POST", "/api/v1/edges" + query, said, headers=headers)


def links(ask: Asker, ref: str) -> list[tuple[str, str, str]]:
    edges = ask("GET", f"/api/v1/lineage?columns=true&ref={ref}").json["edges"]
    return [(e["source"]["name"], link["source"], link["target"]) for e in edges for link in e.get("columns", [])]


def test_the_line_of_the_docs(ask: Asker) -> None:
    got = draw(
        ask,
        inputs=["postgres://db/shop.public.orders", {"namespace": DB, "name": "shop.public.rates"}],
        outputs=[OUT],
        job="airflow:etl.daily",
        columns={"total": ["orders.amount", "public.rates.rate"], "day": ["orders.at"]},
    )
    assert got.json == {
        "inputs": [{"namespace": DB, "name": "shop.public.orders"}, {"namespace": DB, "name": "shop.public.rates"}],
        "outputs": [{"namespace": "file", "name": "/exports/revenue.csv"}],
        "job": {"namespace": "airflow", "name": "etl.daily"},
        "written": 1,
        "unchanged": 0,
    }
    assert links(ask, "revenue.csv") == [
        ("shop.public.orders", "amount", "total"),
        ("shop.public.orders", "at", "day"),
        ("shop.public.rates", "rate", "total"),
    ]
    edge = ask("GET", "/api/v1/lineage?ref=revenue.csv").json["edges"][0]
    assert (edge["job"]["name"], edge["how"]) == ("etl.daily", "declared")


def test_the_same_job_again_replaces_what_it_said(ask: Asker) -> None:
    for source in ("a", "b", "b"):
        draw(ask, inputs=[f"{DB}/{source}"], outputs=[f"{DB}/out"], job="x:y")
    draw(ask, inputs=[f"{DB}/c"], outputs=[f"{DB}/out"])
    edges = ask("GET", f"/api/v1/lineage?ref={DB}/out").json["edges"]
    assert [e["source"]["name"] for e in edges] == ["b", "c"]


def test_an_ending_is_enough_for_what_is_known(ask: Asker) -> None:
    push(ask, table("shop.public.orders", "amount"), table("shop.a.twice"), table("shop.b.twice"))
    assert draw(ask, inputs=["orders"], outputs=[OUT]).json["inputs"][0]["name"] == "shop.public.orders"
    several = draw(ask, inputs=["twice"], outputs=[OUT])
    assert (several.status, [i["ref"]["name"] for i in several.json["items"]]) == (
        409,
        ["shop.a.twice", "shop.b.twice"],
    )
    unknown = draw(ask, inputs=["nobody"], outputs=[OUT])
    assert (unknown.status, unknown.json["fix"]) == (404, "GET /api/v1/search?q=nobody")


def test_one_input_needs_no_name_before_its_columns(ask: Asker) -> None:
    draw(
        ask,
        inputs=[f"{DB}/shop.public.orders"],
        outputs=[OUT],
        columns={"a": ["amount", "address.street"], "b": ["ORDERS.x"]},
    )
    assert sorted(c for _, c, _ in links(ask, "revenue.csv")) == ["address.street", "amount", "x"]


@pytest.mark.parametrize(
    ("said", "part"),
    [
        ({"inputs": [], "outputs": [OUT]}, "inputs has 0 names"),
        ({"inputs": [OUT], "outputs": []}, "outputs has 0 names"),
        ({"inputs": [OUT] * 1001, "outputs": [OUT]}, "inputs has 1,001 names"),
        ({"inputs": [""], "outputs": [OUT]}, "empty"),
        ({"inputs": [OUT]}, "outputs"),
        ({"inputs": [OUT], "outputs": [OUT], "job": 3}, "$.job"),
        ({"inputs": [OUT], "outputs": [OUT], "colums": {}}, "did you mean columns?"),
        ({"inputs": ["a://b/x", "a://b/y"], "outputs": [OUT], "columns": {"c": ["z.c"]}}, "none of the inputs"),
        ({"inputs": ["a://b/s.t", "a://c/s.t"], "outputs": [OUT], "columns": {"c": ["t.c"]}}, "several inputs"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_stored(ask: Asker, said: dict[str, Any], part: str) -> None:
    got = draw(ask, **said)
    assert got.status == 400
    assert part in got.json["detail"]
    assert ask.catalog.store.last() == 0
    assert ask("POST", "/api/v1/edges", b'{"inputs":["a"').json["where"] == "byte 15 of the body"


def test_it_is_written_as_a_feed_once(ask: Asker) -> None:
    said: dict[str, Any] = {"inputs": [f"{DB}/a"], "outputs": [OUT]}
    first = draw(ask, "?feed=x", {"idempotency-key": "k"}, **said)
    again = draw(ask, "?feed=x", {"idempotency-key": "k"}, **said)
    assert (first.body, again.headers.get("idempotency-replayed")) == (again.body, "true")
    assert draw(ask, "?feed=y", {"idempotency-key": "k"}, **said).status == 422
    assert draw(ask, feed="z", **said).status == 200
    assert [f["name"] for f in ask("GET", "/api/v1/feeds").json["items"]] == ["x", "z"]


def test_a_retry_is_answered_though_its_names_mean_several_things_now(ask: Asker) -> None:
    push(ask, table("shop.a.orders"))
    first = draw(ask, headers={"idempotency-key": "k"}, inputs=["orders"], outputs=[OUT])
    push(ask, table("shop.b.orders"))
    assert draw(ask, headers={"idempotency-key": "k"}, inputs=["orders"], outputs=[OUT]).body == first.body


def test_only_ones_own_namespaces(make: Callable[..., Asker]) -> None:
    ask = make(identify=lambda _h, _a: Who(name="etl", namespaces=("file",)))
    assert draw(ask, inputs=[f"{DB}/a"], outputs=[OUT]).status == 200
    assert draw(ask, inputs=[OUT], outputs=[f"{DB}/a"]).status == 403


@pytest.mark.parametrize(
    ("text", "ref"),
    [
        ("postgres://db/shop.public.orders", Ref("postgres://db:5432", "shop.public.orders")),
        ("s3://lake/raw/2026/x.parquet", Ref("s3://lake", "raw/2026/x.parquet")),
        ("hdfs://nn:8020/data/x", Ref("hdfs://nn:8020", "/data/x")),
        ("file:/x/y.csv", Ref("file", "/x/y.csv")),
        ("file:///x/y.csv", Ref("file", "/x/y.csv")),
        ("bigquery:proj.ds.t", Ref("bigquery", "proj.ds.t")),
        ("sqlite:///data/my shop.db/orders", Ref("sqlite:///data/my shop.db", "orders")),
        ('snowflake://acme/DB.PUBLIC."a/b"', Ref("snowflake://acme", 'DB.PUBLIC."a/b"')),
        ("postgres://db", None),
        ("postgres://db/", None),
        ("orders", None),
        (":x", None),
    ],
)
def test_names_are_taken_apart_by_the_rules_of_their_platform(text: str, ref: Ref | None) -> None:
    found = spelled(text)
    assert (found and normal(found)) == ref


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_any_name_comes_back_as_it_was(ask: Asker, name: str) -> None:
    got = draw(
        ask,
        inputs=[{"namespace": "x", "name": name}],
        outputs=[{"namespace": "y", "name": name}],
        columns={name: [name]},
    )
    if "\0" in name:
        assert got.status == 422
    else:
        assert got.json["outputs"] == [{"namespace": "y", "name": name}]
        edge = ask.catalog.lineage(Ref("y", name), columns=True).edges[0]
        assert [(c.source, c.target) for c in edge.columns] == [(name, name)]


@pytest.mark.parametrize("rights", [{"ingest"}, {"ingest", "read"}, {"admin"}])
def test_who_may_not_read_learns_no_names(make: Callable[..., Asker], rights: set[Any]) -> None:
    rights_now: set[Any] = {"admin"}
    ask = make(identify=lambda _h, _a: Who(name="ci", rights=frozenset(rights_now)))
    push(ask, table("shop.public.secret_plan"), table("shop.other.secret_plan"))
    rights_now = rights
    got = draw(ask, inputs=["secret_plan"], outputs=[OUT])
    assert got.status == 409
    assert (b"shop.other" in got.body) == (rights != {"ingest"})
