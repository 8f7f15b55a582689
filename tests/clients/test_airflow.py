"""Airflow 3 with its OpenLineage provider: DAGs, tasks, tries, and what they read and write."""

import pytest
from tests.clients.conftest import MakeRig
from tests.clients.server import Server, sources

from strabo.model.records import Job, JobRun, Tags
from strabo.model.ref import Ref

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

AIRFLOW = "shop-airflow"


def test_the_page(rig: MakeRig, server: Server) -> None:
    airflow = rig("airflow")
    airflow.follow_page()

    jobs = server.about(Job, AIRFLOW)
    assert {name: job.kind for name, job in jobs.items()} == {
        "shop": "workflow",
        "shop.clean": "task",
        "shop.aggregate": "task",
        "shop.report": "task",
    }
    assert {job.parent for name, job in jobs.items() if name != "shop"} == {Ref(AIRFLOW, "shop")}
    runs = {run.ref.name: run for run in server.export() if isinstance(run, JobRun)}
    assert {run.status for run in runs.values()} == {"succeeded"}
    assert {run.parent for name, run in runs.items() if name != "shop"} == {runs["shop"].id}
    day = runs["shop.clean"].scheduled_for
    assert day is not None
    assert day.isoformat() == "2026-11-02T00:00:00+00:00"

    clean = server.lineage("file", "/srv/shop/clean/orders.parquet")
    assert (sources(clean), clean.job) == ({"/srv/shop/raw/orders.csv"}, Ref(AIRFLOW, "shop.clean"))
    revenue = server.lineage("postgres://db.example:5432", "shop.sales.revenue")
    assert (sources(revenue), revenue.job) == (
        {"/srv/shop/clean/orders.parquet"},
        Ref(AIRFLOW, "shop.aggregate"),
    )

    # Another DAG of the same Airflow, that fails.
    airflow.do("airflow dags test broken 2026-11-03", wanted=1)
    tried = [run for run in server.export() if isinstance(run, JobRun) and run.ref.name.startswith("broken")]
    assert sorted((run.ref.name, run.status) for run in tried) == [
        ("broken", "failed"),
        ("broken.fails", "failed"),
        ("broken.flaky", "failed"),
        ("broken.flaky", "succeeded"),
    ]
    assert [run.error for run in tried if run.ref.name == "broken.fails"] == ["the disk is full"]
    assert [tag.name for tag in server.about(Tags, AIRFLOW)["broken"].tags] == ["nightly"]
