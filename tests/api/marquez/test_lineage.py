"""Lineage of datasets, jobs, columns and runs, as it is drawn."""

from typing import Any

from tests.api.marquez.conftest import RUN, Marquez, event, quoted, table

from strabo.model.records import ColumnEdge, Dataset, Lineage, Upstream
from strabo.model.ref import Ref


def shape(graph: Any) -> dict[str, tuple[list[str], list[str]]]:
    """By node: where it comes from, where it goes to."""
    return {
        n["id"]: ([e["origin"] for e in n["inEdges"]], [e["destination"] for e in n["outEdges"]])
        for n in graph["graph"]
    }


RAW, ORDERS, REVENUE = "dataset:shop:raw", "dataset:shop:orders", "dataset:shop:revenue"
CLEAN, SUM = "job:shop:clean", "job:shop:sum"


def test_jobs_stand_between_datasets(shop: Marquez) -> None:
    graph = shop.get(f"/lineage?nodeId={ORDERS}&depth=20")
    assert shape(graph) == {
        RAW: ([], [CLEAN]),
        CLEAN: ([RAW], [ORDERS]),
        ORDERS: ([CLEAN], [SUM]),
        SUM: ([ORDERS], [REVENUE]),
        REVENUE: ([SUM], []),
    }
    assert (graph["complete"], graph["leftOut"]) == (True, 0)
    nodes = {n["id"]: n for n in graph["graph"]}
    assert (nodes[SUM]["type"], nodes[SUM]["data"]["type"]) == ("JOB", "BATCH")
    assert (nodes[RAW]["type"], nodes[RAW]["data"]["type"]) == ("DATASET", "DB_TABLE")
    assert nodes[SUM]["data"]["latestRun"]["state"] == "FAILED"
    assert [f["name"] for f in nodes[ORDERS]["data"]["fields"]] == ["id", "amount"]
    assert shape(shop.get(f"/lineage/?nodeId={SUM}")) == shape(graph)


def test_depth_counts_jobs(shop: Marquez) -> None:
    assert set(shape(shop.get(f"/lineage?nodeId={REVENUE}&depth=1"))) == {REVENUE, SUM, ORDERS}
    assert set(shape(shop.get(f"/lineage?nodeId={SUM}&depth=0"))) == {SUM, ORDERS, REVENUE}
    assert set(shape(shop.get(f"/lineage?nodeId={REVENUE}&depth=0"))) == {REVENUE}


def test_two_jobs_between_the_same_datasets_are_both_there(shop: Marquez) -> None:
    shop.push(event("again", 5, inputs=("raw",), outputs=("orders",)))
    found = shape(shop.get(f"/lineage?nodeId={ORDERS}&depth=1"))
    assert found[RAW] == ([], [CLEAN, "job:shop:again"])
    assert found[ORDERS][0] == [CLEAN, "job:shop:again"]


def test_a_view_needs_no_job(marquez: Marquez) -> None:
    view, base = Ref("postgres://db:5432", "s.p.view"), Ref("postgres://db:5432", "s.p.base")
    marquez.catalog.put(
        [
            Dataset(ref=base),
            Dataset(ref=view, kind="view"),
            Lineage(ref=view, upstreams=(Upstream(ref=base),), how="parsed"),
        ]
    )
    found = shape(marquez.get(f"/lineage?nodeId=dataset:{view.namespace}:{view.name}"))
    assert found[f"dataset:{base.namespace}:{base.name}"][1] == [f"dataset:{view.namespace}:{view.name}"]


def test_a_circle_and_a_job_that_feeds_itself(marquez: Marquez) -> None:
    marquez.push(
        event("there", 1, inputs=("a",), outputs=("b",)),
        event("back", 2, inputs=("b",), outputs=("a",)),
        event("self", 3, inputs=("a",), outputs=("a", "c")),
    )
    found = shape(marquez.get("/lineage?nodeId=dataset:shop:a"))
    assert set(found) == {f"dataset:shop:{d}" for d in "abc"} | {f"job:shop:{j}" for j in ("there", "back", "self")}


def test_what_cannot_be_asked(shop: Marquez) -> None:
    assert shop("GET", "/lineage").status == 400
    assert shop("GET", "/lineage?nodeId=dataset:shop:nothing").status == 404
    assert shop("GET", f"/lineage?nodeId={ORDERS}&depth=-1").json["code"] == 400
    assert shop("GET", f"/lineage?nodeId={ORDERS}&depth=many").status == 400
    assert shop("GET", f"/lineage?nodeId=run:{RUN.format(1)}").status == 400
    assert shop("GET", f"/column-lineage?nodeId=run:{RUN.format(1)}").status == 400
    assert shop("GET", f"/column-lineage?nodeId={ORDERS}&withDownstream=perhaps").status == 400


# --- columns


def fields(graph: Any) -> dict[str, list[str]]:
    """By column: what it is made of."""
    return {n["id"]: [e["destination"] for e in n["inEdges"]] for n in graph["graph"]}


RAW_CENTS, AMOUNT, TOTAL = (
    "datasetField:shop:raw:cents",
    "datasetField:shop:orders:amount",
    "datasetField:shop:revenue:total",
)
RAW_ID, ID = "datasetField:shop:raw:id", "datasetField:shop:orders:id"


def test_columns_up(shop: Marquez) -> None:
    graph = shop.get(f"/column-lineage?nodeId={REVENUE}")
    assert fields(graph) == {TOTAL: [AMOUNT], AMOUNT: [RAW_CENTS], RAW_CENTS: []}
    node = next(n for n in graph["graph"] if n["id"] == AMOUNT)
    assert (node["type"], node["outEdges"]) == ("DATASET_FIELD", [{"origin": AMOUNT, "destination": TOTAL}])
    assert node["inEdges"] == [{"origin": AMOUNT, "destination": RAW_CENTS}]
    data = node["data"]
    assert (data["namespace"], data["dataset"], data["field"], data["fieldType"]) == ("shop", "orders", "amount", "int")
    version = shop.get("/namespaces/shop/datasets/orders")["currentVersion"]
    assert data["datasetVersion"] == version
    (source,) = data["inputFields"]
    assert (source["dataset"], source["field"], source["transformationType"]) == ("raw", "cents", "IDENTITY")


def test_columns_both_ways_of_a_dataset_a_field_and_a_job(shop: Marquez) -> None:
    both = {ID: [RAW_ID], RAW_ID: [], TOTAL: [AMOUNT], AMOUNT: [RAW_CENTS], RAW_CENTS: []}
    assert fields(shop.get(f"/column-lineage?nodeId={ORDERS}&withDownstream=true")) == both
    assert fields(shop.get(f"/column-lineage?nodeId={ORDERS}&withDownstream=False&depth=1")) == {
        ID: [RAW_ID], RAW_ID: [], AMOUNT: [RAW_CENTS], RAW_CENTS: [],
    }  # fmt: skip
    assert set(fields(shop.get(f"/column-lineage?nodeId={AMOUNT}&withDownstream=true"))) == {TOTAL, AMOUNT, RAW_CENTS}
    assert fields(shop.get(f"/column-lineage?nodeId={CLEAN}&withDownstream=true")) == both
    assert set(fields(shop.get(f"/column-lineage?nodeId={RAW_CENTS}"))) == {RAW_CENTS}
    assert shop.get("/column-lineage?nodeId=job:shop:sum&depth=0")["graph"] == []


def test_columns_of_a_version(shop: Marquez) -> None:
    before = shop.get("/namespaces/shop/datasets/orders")["currentVersion"]
    made = table("orders", "id", "amount", "tax", made_of={"tax": ("raw", "tax")})
    shop.push(event("clean", 8, at="2026-11-09T00:00:00Z", inputs=("raw",), outputs=(made,)))
    now = shop.get("/namespaces/shop/datasets/orders")["currentVersion"]
    assert before != now
    tax = "datasetField:shop:orders:tax"
    # Of one job's lineage the whole is kept: what the last run did not say again stays.
    assert any(i.startswith(tax) for i in fields(shop.get(f"/column-lineage?nodeId={quoted(f'{ORDERS}#{now}')}")))
    old = fields(shop.get(f"/column-lineage?nodeId={quoted(f'{ORDERS}#{before}')}"))
    assert f"{AMOUNT}#{before}" in old
    assert not any("tax" in one for one in old)
    none = RUN.format(0)
    assert shop("GET", f"/column-lineage?nodeId={quoted(f'{ORDERS}#{none}')}").status == 404


def test_what_makes_a_column_is_said(marquez: Marquez) -> None:
    target, source = Ref("n", "t"), Ref("n", "s")
    edge = ColumnEdge(source="a", target="b", how="aggregation")
    marquez.catalog.put(
        [
            Dataset(ref=source),
            Dataset(ref=target),
            Lineage(ref=target, upstreams=(Upstream(ref=source, columns=(edge,)),), expressions={"b": "sum(a)"}),
        ]
    )
    node = marquez.get("/column-lineage?nodeId=datasetField:n:t:b")["graph"][1]
    assert node["data"]["transformationDescription"] == "sum(a)"
    assert node["data"]["inputFields"][0]["transformationType"] == "AGGREGATION"


# --- runs


def test_runs_before_a_run(shop: Marquez) -> None:
    found = shop.get(f"/runlineage/upstream?runId={RUN.format(2)}")["runs"]
    assert [r["run"]["id"] for r in found] == [RUN.format(2), RUN.format(1)]
    (orders,) = found[0]["inputs"]
    assert (orders["name"], orders["producedByRunId"]) == ("orders", RUN.format(1))
    assert found[0]["run"]["status"] == "FAILED"
    assert found[1]["job"]["name"] == "clean"
    assert found[1]["inputs"][0]["producedByRunId"] is None
    assert len(shop.get(f"/runlineage/upstream?runId={RUN.format(2)}&depth=0")["runs"]) == 1
    assert shop("GET", f"/runlineage/upstream?runId={RUN.format(7)}").status == 404
    assert shop("GET", "/runlineage/upstream").status == 404
