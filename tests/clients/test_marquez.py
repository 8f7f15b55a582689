"""marquez-python against the API that Strabo has for it, every call it makes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.clients.rigs import Rig
from tests.clients.server import Server, serving

from strabo.model.records import JobRun, Lineage

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

ORDERS, REVENUE = "sales.orders", "sales.revenue/täglich 🛒"
Answers = dict[str, Any]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with serving(tmp_path / "catalog.db", "read", "ingest", "edit") as server:
        yield server


@pytest.fixture
def said(server: Server, tmp_path: Path) -> Answers:
    """What each call answered, by its name in projects/python/marquez.py."""
    rig = Rig("python", tmp_path / "marquez", server.url)
    printed = rig.do(f"python marquez.py {server.url}/compat/marquez {server.token}")
    return msgspec.json.decode(printed, type=Answers)


def names(answer: Any) -> list[str]:
    return [one["name"] for one in answer]


def test_all_of_it(said: Answers, server: Server) -> None:
    namespace = said["get_namespace"]
    assert (namespace["name"], namespace["ownerName"], namespace["description"]) == (
        "shop",
        "ann",
        "What the shop does",
    )
    assert "shop" in names(said["list_namespaces"]["namespaces"])
    assert said["get_source"]["connectionUrl"] == "jdbc:postgresql://db.example:5432/shop"
    assert names(said["list_sources"]["sources"]) == ["warehouse"]

    orders = said["get_dataset"]
    assert orders["id"] == {"namespace": "shop", "name": ORDERS}
    assert (orders["type"], orders["sourceName"], orders["description"]) == (
        "DB_TABLE",
        "warehouse",
        f"About {ORDERS}",
    )
    assert names(orders["fields"]) == ["id", "customer", "amount"]
    assert orders["tags"] == ["PII"]
    assert [field["tags"] for field in orders["fields"]] == [[], ["PII"], []]
    assert sorted(names(said["list_datasets"]["datasets"])) == sorted([ORDERS, REVENUE])
    assert said["list_datasets"]["totalCount"] == 2
    assert (len(said["list_datasets one"]["datasets"]), said["list_datasets one"]["totalCount"]) == (1, 2)
    assert "PII" in names(said["list_tags"]["tags"])

    job = said["get_job"]
    assert (job["id"], job["type"]) == ({"namespace": "shop", "name": "revenue"}, "BATCH")
    assert (job["inputs"], job["outputs"]) == (
        [{"namespace": "shop", "name": ORDERS}],
        [{"namespace": "shop", "name": REVENUE}],
    )
    assert (job["description"], job["location"]) == ("What came in", "https://git.shop.example/revenue")
    assert names(said["list_jobs"]["jobs"]) == ["revenue"]

    run = said["get_job_run"]
    assert (said["create_job_run"]["state"], said["started"]["state"], run["state"]) == ("NEW", "RUNNING", "COMPLETED")
    assert run["durationMs"] == 3000
    assert run["args"] == {"day": "2026-11-02"}
    assert (said["failed"]["state"], said["aborted"]["state"]) == ("FAILED", "ABORTED")
    assert len(said["list_job_runs"]["runs"]) == 3
    assert said["get_dataset_version"]["id"]["name"] == REVENUE
    assert "graph" in said["column_lineage"]
    assert "events" in said["list_events"]
    assert [said[what] for what in ("no namespace", "no dataset", "no job", "no run")] == [404] * 4

    records = server.export()
    runs = [one.status for one in records if isinstance(one, JobRun)]
    assert sorted(runs) == ["cancelled", "failed", "succeeded"]
    lineage = [one for one in records if isinstance(one, Lineage)]
    assert [(one.job.name, [upstream.ref.name for upstream in one.upstreams]) for one in lineage if one.job] == [
        ("revenue", [ORDERS])
    ]
