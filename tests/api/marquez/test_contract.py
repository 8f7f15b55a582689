"""What clients rely on: the fields that the pages' types name, errors as they read them, and what a page costs."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.api.marquez.conftest import PREFIX, RUN, Marquez, event, quoted, table

from strabo.api.app import Api
from strabo.api.http import Route
from strabo.api.marquez.routes import ROUTES
from strabo.api.who import Who
from strabo.catalog.catalog import Catalog, open_catalog
from strabo.catalog.door import Door
from strabo.model.records import Dataset
from strabo.model.ref import Ref
from strabo.store.memory import MemoryStore
from strabo.testing.asker import Asker

DATASET = {
    "id", "type", "name", "physicalName", "createdAt", "updatedAt", "namespace", "sourceName", "fields", "tags",
    "lastModifiedAt", "description", "facets", "deleted", "columnLineage", "lastLifecycleState", "currentVersion",
}  # fmt: skip
DATASET_VERSION = {
    "id", "type", "createdByRun", "name", "physicalName", "createdAt", "version", "namespace", "sourceName", "fields",
    "tags", "description", "lifecycleState", "facets",
}  # fmt: skip
JOB = {
    "id", "type", "name", "simpleName", "createdAt", "updatedAt", "inputs", "outputs", "namespace", "location",
    "description", "latestRun", "latestRuns", "tags", "parentJobName", "parentJobUuid", "facets", "currentVersion",
    "labels",
}  # fmt: skip
JOB_VERSION = {
    "id", "name", "version", "createdAt", "namespace", "inputs", "outputs", "location", "latestRun", "facets",
}  # fmt: skip
RUN_FIELDS = {
    "id", "createdAt", "updatedAt", "nominalStartTime", "nominalEndTime", "state", "jobVersion", "startedAt",
    "endedAt", "durationMs", "args", "facets", "inputDatasetVersions", "outputDatasetVersions",
}  # fmt: skip
COLUMN = {
    "namespace", "dataset", "datasetVersion", "field", "fieldType", "transformationDescription",
    "transformationType", "inputFields",
}  # fmt: skip
INPUT = COLUMN - {"fieldType", "inputFields"}
NODE = {"id", "type", "data", "inEdges", "outEdges"}


def test_every_field_that_the_pages_read_is_there(shop: Marquez) -> None:
    space = "/namespaces/shop"
    dataset = shop.get(f"{space}/datasets/orders")
    assert set(dataset) == DATASET
    assert set(dataset["fields"][0]) == {"name", "type", "tags", "description"}
    assert set(dataset["columnLineage"][0]["inputFields"][0]) == INPUT - {"datasetVersion"}
    assert set(shop.get(f"{space}/datasets")["datasets"][0]) == DATASET
    assert set(shop.get(f"{space}/datasets/orders/versions")["versions"][0]) == DATASET_VERSION
    job = shop.get(f"{space}/jobs/sum")
    assert set(job) == JOB
    for found in (shop.get(f"{space}/jobs")["jobs"][0], shop.get("/jobs")["jobs"][0]):
        assert set(found) == JOB
        assert set(found["latestRun"]) == RUN_FIELDS
    assert set(shop.get(f"{space}/jobs/sum/versions")["versions"][0]) == JOB_VERSION
    for run in (
        job["latestRun"],
        shop.get(f"{space}/jobs/sum/runs")["runs"][0],
        shop.get(f"/jobs/runs/{RUN.format(2)}"),
    ):
        assert set(run) == RUN_FIELDS
    for node in shop.get("/lineage?nodeId=job:shop:sum")["graph"]:
        assert set(node) == NODE
        assert set(node["data"]) == (JOB if node["type"] == "JOB" else DATASET)
    for node in shop.get("/column-lineage?nodeId=dataset:shop:orders&withDownstream=true")["graph"]:
        assert (set(node), set(node["data"])) == (NODE, COLUMN)
        assert all(set(one) == INPUT for one in node["data"]["inputFields"])
    namespace = shop.get(space)
    assert set(namespace) == {"name", "createdAt", "updatedAt", "ownerName", "description", "isHidden"}


def test_what_is_wrong_is_said_as_marquez_says_it(marquez: Marquez) -> None:
    where = "/namespaces/shop/datasets/t"
    for method, path, body, status in (
        ("GET", where, None, 404),
        ("PUT", where, b"{", 400),
        ("PUT", where, {}, 422),
        ("PUT", where, {"type": "VIEW", "physicalName": "t", "sourceName": "s"}, 422),
        ("PUT", where, {"type": "DB_TABLE", "physicalName": "t", "sourceName": "s", "fields": [{"name": ""}]}, 422),
        (
            "PUT",
            where,
            {"type": "DB_TABLE", "physicalName": "t", "sourceName": "s", "fields": [{"name": "a"}] * 2},
            422,
        ),
        ("PUT", "/namespaces/shop/jobs/j", {"type": "BATCH", "inputs": [{"name": "x"}]}, 422),
        ("POST", "/lineage", b"", 422),
        ("POST", "/lineage", b"[]", 422),
        ("POST", "/lineage", b"\xff", 400),
        ("POST", "/lineage", {"eventTime": "yesterday"}, 422),
        ("GET", "/namespaces/shop/datasets?limit=-1", None, 400),
        ("GET", "/namespaces/shop/datasets?offset=1.5", None, 400),
        ("GET", "/namespaces?limit=99999999999999999999", None, 400),
    ):
        answer = marquez(method, path, body)
        assert answer.status == answer.json["code"] == status, (method, path, body, answer.body)
        assert answer.json["message"]
        assert answer.json["details"]
    marquez.push(event("load", 1, outputs=("t",)))
    bad = marquez("POST", "/namespaces/shop/jobs/load/runs", {"nominalStartTime": "soon"})
    assert (bad.status, "nominalStartTime" in bad.json["message"]) == (422, True)
    assert marquez("POST", "/namespaces/shop/jobs/load/runs", {"id": "x" * 5000}).status == 422
    assert marquez("POST", f"/jobs/runs/{RUN.format(1)}/start?at=soon").status == 400


def test_who_may_not_is_told(marquez: Marquez) -> None:
    api = Api(
        marquez.catalog,
        door := Door(marquez.catalog.store),
        ROUTES,
        identify=lambda _h, a: Who(
            name="etl",
            address=a,
            rights=frozenset({"read", "ingest"}),
            feeds=("marquez", "openlineage"),
            namespaces=("shop",),
        ),
    )
    other = Marquez(Asker(api, marquez.catalog))
    body = {"type": "DB_TABLE", "physicalName": "t", "sourceName": "s", "fields": []}
    assert other("PUT", "/namespaces/shop/datasets/t", body).status == 200
    refused = other("PUT", "/namespaces/far/datasets/t", body)
    assert (refused.status, refused.json["code"]) == (403, 403)
    assert "far" in refused.json["message"]
    assert other("PUT", "/namespaces/far", {"ownerName": "a"}).status == 403
    assert other("POST", "/lineage", event("load", 1, namespace="far")).status == 403
    assert other("POST", "/lineage", event("load", 1, outputs=({"namespace": "far", "name": "x"},))).status == 403
    assert other("DELETE", "/namespaces/shop/datasets/t").status == 403  # that is not to push
    other.ask.close()
    door.close()
    api.close()


class Counting(MemoryStore):
    """Counts what it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: Counter[str] = Counter()

    def __getattribute__(self, name: str) -> Any:
        if name in _READS:
            object.__getattribute__(self, "asked")[name] += 1
        return object.__getattribute__(self, name)


_READS = frozenset(
    {
        "find", "find_folded", "nodes", "by_leaf", "by_prefix", "members", "aliases", "held", "facts", "past",
        "bodies", "scan", "edges", "candidates", "count", "labels", "counts", "namespaces", "feeds", "moment",
        "moments", "last", "changes", "events", "events_by_time", "event_count", "states", "seen_edges", "notes",
    }
)  # fmt: skip


@pytest.mark.parametrize(
    "path",
    [
        "/namespaces/shop/datasets?limit={n}",
        "/namespaces/shop/jobs?limit={n}",
        "/jobs?limit={n}",
        "/namespaces/shop/jobs/load0/runs?limit={n}",
        "/lineage?nodeId=dataset:shop:hub&depth=2",
        "/column-lineage?nodeId=dataset:shop:hub&withDownstream=true",
        "/search?q=t&limit={n}",
        "/v2beta/search/datasets?q=hub",
        "/namespaces",
        "/sources",
        "/tags",
    ],
)
def test_a_hundred_cost_as_many_reads_as_one(path: str) -> None:
    store = Counting()
    catalog = Catalog(store)
    door = Door(store)
    api = Api(catalog, door, ROUTES)
    shop = Marquez(Asker(api, catalog))
    shop.push(
        *(event(f"load{n}", n, inputs=("hub",), outputs=(table(f"t{n}", "a", made_of={"a": ("hub", "a")}),))
          for n in range(100)),
        *(event("load0", 200 + n, at=f"2026-11-03T00:00:{n:02}Z") for n in range(60)),
    )  # fmt: skip
    costs = []
    for n in (1, 100):
        store.asked.clear()
        shop.get(path.format(n=n))
        costs.append(sum(store.asked.values()))
    assert costs[1] <= 40, store.asked
    assert costs[1] <= costs[0] + 8, store.asked
    shop.ask.close()
    door.close()
    api.close()


def test_a_large_namespace_is_read_in_the_order_of_search(marquez: Marquez, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("strabo.api.marquez.listing._BY_NAME", 5)
    marquez.catalog.put([Dataset(ref=Ref("shop", f"t{n}")) for n in range(9)])
    marquez.push(event("load", 1))
    pages = [marquez.get(f"/namespaces/shop/datasets?limit=4&offset={at}") for at in (0, 4, 8)]
    assert sorted(d["name"] for page in pages for d in page["datasets"]) == [f"t{n}" for n in range(9)]
    assert {page["totalCount"] for page in pages} == {9}


def test_every_path_has_words_and_a_group() -> None:
    assert all(route.summary and route.group == "Marquez" and route.path.startswith("/compat/") for route in ROUTES)


_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=8,
)
_KEYS = st.sampled_from(
    [
        "type", "fields", "name", "tags", "description", "ownerName", "physicalName", "sourceName", "inputs", "outputs",
        "id", "args", "runId", "eventTime", "run", "job", "namespace", "context", "location", "connectionUrl",
        "eventType", "facets", "dataset",
    ]
)  # fmt: skip


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Any:
    catalog = open_catalog(tmp_path_factory.mktemp("fuzz") / "c.db")
    door = Door(catalog.store)
    api = Api(catalog, door, ROUTES)
    asker = Asker(api, catalog)
    Marquez(asker).push(event("load", 1, inputs=("a",), outputs=("b",)))
    yield asker
    asker.close()
    door.close()
    api.close()
    catalog.close()


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    route=st.sampled_from(ROUTES),
    parts=st.lists(st.sampled_from(["shop", "load", "a", "b", "tags", RUN.format(1)]) | _TEXT, min_size=4, max_size=4),
    query=st.lists(_TEXT | st.sampled_from(["", "dataset:shop:a", "5", "DAY", "2026-11-02"]), min_size=4, max_size=4),
    body=st.dictionaries(_KEYS, _JSON, max_size=5) | _JSON,
)
def test_nothing_is_a_fault_of_ours(fuzzed: Asker, route: Route, parts: list[str], query: list[str], body: Any) -> None:
    path = route.path
    for part in parts:
        before, brace, after = path.partition("{")
        if brace:
            path = before + quoted(part) + after.partition("}")[2]
    names = route.query.__struct_fields__ if route.query else ()
    path += "?" + "&".join(f"{name}={quoted(text)}" for name, text in zip(names, query, strict=False))
    answer = fuzzed(route.method, path, body if route.method in {"POST", "PUT"} else None)
    assert answer.status < 500, (route.method, path, body, answer.body)
    assert path.startswith(PREFIX.removesuffix("/v1"))
