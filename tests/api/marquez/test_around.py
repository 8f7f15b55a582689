"""Namespaces, sources, tags; what was deleted; search; events; figures."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.api.marquez.conftest import RUN, Marquez, event, quoted, table

from strabo.api.marquez import stats
from strabo.errors import UsageError
from strabo.model.records import Dataset
from strabo.model.ref import Ref

TABLE = {"type": "DB_TABLE", "physicalName": "t", "sourceName": "warehouse", "fields": []}


def test_a_namespace_is_put_and_read(marquez: Marquez) -> None:
    put = marquez("PUT", "/namespaces/shop", {"ownerName": "ann", "description": "all of it"})
    assert put.status == 200
    assert marquez.get("/namespaces/shop") == put.json
    assert (put.json["ownerName"], put.json["description"], put.json["isHidden"]) == ("ann", "all of it", False)
    assert marquez("PUT", "/namespaces/shop", {"ownerName": "bob"}).json["ownerName"] == "bob"
    marquez.push(event("load", 1, namespace="s3://bucket/a b"))
    other = marquez.get(f"/namespaces/{quoted('s3://bucket/a b')}")
    assert (other["name"], other["ownerName"], other["description"]) == ("s3://bucket/a b", "anonymous", None)
    assert [n["name"] for n in marquez.get("/namespaces")["namespaces"]] == ["s3://bucket/a b", "shop"]
    assert len(marquez.get("/namespaces?limit=1&offset=1")["namespaces"]) == 1
    assert len(marquez.get("/namespaces?what=its-own-server-ignores")["namespaces"]) == 2
    assert marquez("GET", "/namespaces/nowhere").status == 404
    assert marquez("DELETE", "/namespaces/nowhere").status == 404
    assert marquez("PUT", f"/namespaces/{'x' * 5000}", {"ownerName": "a"}).status == 422


def test_a_password_in_a_source_is_not_kept(marquez: Marquez) -> None:
    url = "jdbc:postgresql://ann:geheim@db.example:5432/shop?user=ann&password=geheim2"
    body = {"type": "POSTGRESQL", "connectionUrl": url, "description": "d"}
    put = marquez("PUT", "/sources/warehouse", body)
    assert put.json["connectionUrl"] == "jdbc:postgresql://ann:***@db.example:5432/shop?user=ann&password=***"
    assert marquez.get("/sources/warehouse") == put.json
    again = marquez("PUT", "/sources/warehouse", {**body, "type": "MYSQL"}).json
    assert (again["createdAt"], again["type"]) == (put.json["createdAt"], "MYSQL")
    marquez("PUT", "/namespaces/shop/datasets/t", TABLE)
    assert b"geheim" not in marquez("GET", "/namespaces/shop/datasets/t").body
    marquez.catalog.put([Dataset(ref=Ref("postgres://db:5432", "s.p.t"))])
    assert [s["name"] for s in marquez.get("/sources")["sources"]] == ["postgres://db:5432", "warehouse"]
    assert marquez.get(f"/sources/{quoted('postgres://db:5432')}")["type"] == "POSTGRES"
    assert marquez("GET", "/sources/nothing").status == 404


def test_tags_are_described_and_listed(marquez: Marquez) -> None:
    assert marquez("PUT", "/tags/PII", {"description": "about people"}).json == {
        "name": "PII",
        "description": "about people",
    }
    marquez("PUT", "/namespaces/shop/datasets/t", {**TABLE, "tags": ["gold"]})
    assert marquez.get("/tags")["tags"] == [
        {"name": "PII", "description": "about people"},
        {"name": "gold", "description": ""},
    ]


# --- deleting


def test_what_is_deleted_is_hidden_until_something_is_said_of_it(shop: Marquez) -> None:
    deleted = shop("DELETE", "/namespaces/shop/datasets/orders")
    assert (deleted.status, deleted.json["name"]) == (200, "orders")
    assert shop("GET", "/namespaces/shop/datasets/orders").status == 404
    assert shop("DELETE", "/namespaces/shop/datasets/orders").status == 404
    listed = shop.get("/namespaces/shop/datasets")
    assert ([d["name"] for d in listed["datasets"]], listed["totalCount"]) == (["raw", "revenue"], 2)
    graph = shop.get("/lineage?nodeId=dataset:shop:raw")["graph"]
    assert {n["id"] for n in graph} == {"dataset:shop:raw", "job:shop:clean", "job:shop:sum", "dataset:shop:revenue"}
    assert all("orders" not in e["destination"] for n in graph for e in n["outEdges"])
    assert shop.get("/search?q=orders")["results"] == []
    assert shop.catalog.get("shop:orders").live  # the catalog forgets nothing by a click
    shop.push(event("clean", 9, at=datetime.now(UTC).isoformat(), inputs=("raw",), outputs=("orders",)))
    assert shop.get("/namespaces/shop/datasets/orders")["fields"]


def test_a_deleted_job_comes_back_with_its_next_run(shop: Marquez) -> None:
    assert shop("DELETE", "/namespaces/shop/jobs/sum").json["name"] == "sum"
    assert [j["name"] for j in shop.get("/namespaces/shop/jobs")["jobs"]] == ["clean"]
    assert [j["name"] for j in shop.get("/jobs")["jobs"]] == ["clean"]
    shop.push(event("sum", 3, "START", "2026-11-05T00:00:00Z"))
    assert {j["name"] for j in shop.get("/namespaces/shop/jobs")["jobs"]} == {"clean", "sum"}


def test_a_deleted_namespace_takes_all_with_it(shop: Marquez) -> None:
    shop("PUT", "/namespaces/shop", {"ownerName": "ann"})
    assert shop("DELETE", "/namespaces/shop").json["isHidden"] is True
    assert shop.get("/namespaces/shop/jobs") == {"jobs": [], "totalCount": 0}
    assert shop.get("/namespaces")["namespaces"][0]["isHidden"] is True
    shop.push(event("sum", 3, "START", "2026-11-05T00:00:00Z"))
    assert [j["name"] for j in shop.get("/namespaces/shop/jobs")["jobs"]] == ["sum"]
    assert shop.get("/namespaces/shop")["isHidden"] is False
    shop("DELETE", "/namespaces/shop")
    assert shop("PUT", "/namespaces/shop", {"ownerName": "bob"}).json["isHidden"] is False


# --- search


def test_search_finds_datasets_and_jobs(shop: Marquez) -> None:
    shop.push(event("orders_daily", 5, "START", namespace="far", outputs=("orders_by_day",)))
    found = shop.get("/search/?q=ord&sort=NAME&limit=100")
    assert [(r["type"], r["name"], r["nodeId"]) for r in found["results"]] == [
        ("DATASET", "orders", "dataset:shop:orders"),
        ("DATASET", "orders_by_day", "dataset:shop:orders_by_day"),
        ("JOB", "orders_daily", "job:far:orders_daily"),
    ]
    assert found["totalCount"] == 3
    assert [r["name"] for r in shop.get("/search?q=ord&filter=JOB")["results"]] == ["orders_daily"]
    assert [r["name"] for r in shop.get("/search?q=%25orders%25&filter=dataset&limit=1")["results"]] == ["orders"]
    assert shop.get("/search?q=ord&sort=UPDATE_AT")["results"][0]["updatedAt"] >= found["results"][0]["updatedAt"]
    assert [r["name"] for r in shop.get("/search?q=ord&namespace=far")["results"]] == ["orders_daily"]
    assert shop.get("/search?q=ord&after=2099-01-01")["results"] == []
    assert len(shop.get("/search?q=ord&before=2099-01-01")["results"]) == 3
    assert shop.get("/search?q=nothing:like%22this")["results"] == []
    for wrong in ("", "?q=", "?q=a&filter=TABLE", "?q=a&sort=SIZE", "?q=a&limit=x", "?q=a&before=soon"):
        assert shop("GET", f"/search{wrong}").status == 400, wrong


def test_search_in_full(shop: Marquez) -> None:
    shop.push(event("report", 6, sql={"query": "select total from revenue"}))
    jobs = shop.get("/v2beta/search/jobs?q=report")
    (hit,) = jobs["hits"]
    assert (hit["name"], hit["namespace"], hit["run_id"], hit["eventType"]) == (
        "report", "shop", RUN.format(6), "COMPLETE",
    )  # fmt: skip
    assert hit["facets"]["sourceCode"]["sourceCode"] == "select total from revenue"
    assert jobs["highlights"] == [{"name": ["<em>report</em>"]}]
    datasets = shop.get("/v2beta/search/datasets?q=amount")
    assert [h["name"] for h in datasets["hits"]] == ["orders"]
    assert datasets["highlights"] == [{"facets.schema.fields.name": ["<em>amount</em>"]}]
    assert shop("GET", "/v2beta/search/jobs").status == 400


# --- events and figures


def test_events_are_listed_as_they_came(shop: Marquez) -> None:
    shop("PUT", "/namespaces/shop/datasets/t", TABLE)  # no event of a run: not listed
    found = shop.get("/events/lineage?limit=100&before=&after=&sortDirection=desc")
    assert [e["run"]["runId"] for e in found["events"]] == [RUN.format(n) for n in (2, 2, 1, 1)]
    assert found["totalCount"] == 5
    assert found["events"][3]["inputs"] == []
    assert found["events"][0]["outputs"][0]["facets"]["schema"]["fields"][0]["name"] == "total"
    between = shop.get("/events/lineage?after=2026-11-02T03:00:05Z&before=2026-11-02T04:00:09Z&sortDirection=asc")
    assert [(e["eventType"], e["job"]["name"]) for e in between["events"]] == [("COMPLETE", "clean"), ("START", "sum")]
    assert len(shop.get("/events/lineage?limit=2&offset=3")["events"]) == 1
    assert len(shop.get("/events")["events"]) == 4
    assert shop.get("/events/nowhere")["events"] == []
    assert shop.get("/events?limit=0")["events"] == []
    assert shop("GET", "/events/lineage?after=soon").status == 400
    assert shop("GET", "/events/lineage?sortDirection=up").status == 400


def test_figures_of_events(marquez: Marquez) -> None:
    now = datetime.now(UTC)
    marquez.push(
        event("a", 1, "START", now.isoformat()),
        event("a", 1, "FAIL", now.isoformat()),
        event("b", 2, "COMPLETE", (now - timedelta(hours=2)).isoformat()),
        event("c", 3, "ABORT", (now - timedelta(days=2)).isoformat()),
        event("d", 4, "COMPLETE", (now - timedelta(days=20)).isoformat()),
    )
    day = marquez.get("/stats/lineage-events?period=DAY&timezone=Europe/Berlin")
    assert len(day) == 24
    assert (day[-1]["start"], day[-1]["fail"], day[-3]["complete"]) == (1, 1, 1)
    assert sum(i["abort"] for i in day) == 0
    week = marquez.get("/stats/lineage-events?period=week&timezone=Pacific/Auckland")
    assert len(week) == 7
    assert (sum(i["abort"] for i in week), sum(i["complete"] for i in week)) == (1, 1)
    assert [i["endInterval"] for i in week[:-1]] == [i["startInterval"] for i in week[1:]]
    for wrong in ("", "?period=YEAR", "?period=DAY&timezone=Nowhere", "?period=DAY&timezone=../x"):
        assert marquez("GET", f"/stats/lineage-events{wrong}").status == 400


def test_figures_of_what_there_is(shop: Marquez) -> None:
    shop("PUT", "/sources/warehouse", {"type": "X", "connectionUrl": "x"})
    for what, count in (("jobs", 2), ("datasets", 3), ("sources", 1)):
        hours = shop.get(f"/stats/{what}?period=DAY&timezone=UTC")
        assert (len(hours), hours[-1]["count"], hours[0]["count"]) == (24, count, 0)
        assert shop.get(f"/stats/{what}?period=WEEK&timezone=UTC")[-1]["count"] == count


def test_a_day_on_which_clocks_are_set_has_its_own_length() -> None:
    buckets = stats.Buckets("WEEK", "Europe/Berlin", datetime(2026, 10, 27, 12, tzinfo=UTC))
    lengths = [b - a for a, b in zip(buckets.edges, buckets.edges[1:], strict=False)]
    assert lengths.count(timedelta(hours=25)) == 1
    assert buckets.place(buckets.starts[0] - 1) is None
    assert buckets.place(buckets.starts[-1]) is None
    assert [buckets.place(start) for start in buckets.starts[:-1]] == list(range(7))
    with pytest.raises(UsageError):
        stats.Buckets("MONTH", "UTC")


def test_figures_that_took_long_are_kept_for_a_while(shop: Marquez, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stats, "_SLOW", -1.0)
    paths = [f"/stats/{what}?period=WEEK&timezone=UTC" for what in ("jobs", "lineage-events")]
    before = [shop.get(path) for path in paths]
    shop.push(event("more", 5, at=datetime.now(UTC).isoformat()))
    assert [shop.get(path) for path in paths] == before
    monkeypatch.setattr(stats, "_FRESH", 0.0)
    after = [shop.get(path) for path in paths]
    assert (after[0][-1]["count"], after[1][-1]["complete"]) == (3, 1)


def test_a_large_event_is_taken(marquez: Marquez) -> None:
    big = event("load", 1, outputs=("t",), note={"text": "x" * 400_000})
    marquez.push(big)
    assert marquez.get(f"/jobs/runs/{RUN.format(1)}/facets?type=job")["facets"]["note"]["text"] == "x" * 400_000


def test_checks_of_another_door_are_facets(marquez: Marquez) -> None:
    made = table("t", "a")
    made["facets"]["dataQualityAssertions"] = {
        "assertions": [{"assertion": "not_null", "success": False, "column": "a"}]
    }
    marquez.push(event("load", 1, outputs=(made,)))
    (check,) = marquez.get("/namespaces/shop/datasets/t")["facets"]["dataQualityAssertions"]["assertions"]
    assert (check["assertion"], check["success"], check["column"]) == ("not_null", False, "a")
