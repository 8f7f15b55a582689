"""dbt through dbt-ol, on DuckDB: what both ways of listening say, and how it meets what the database says itself."""

import pytest
from tests.clients.conftest import MakeRig
from tests.clients.receiver import Receiver
from tests.clients.server import Server, columns, sources

from strabo.model.records import Check, CheckResult, Dataset, Definition, Description, Job, JobRun, Lineage
from strabo.model.ref import Ref

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

SHOP = "duckdb://shop.duckdb"
REVENUE = {
    ("shop.main.stg_customers", "customer_id", "customer_id"),
    ("shop.main.stg_customers", "customer", "customer"),
    ("shop.main.stg_orders", "amount", "revenue"),
}


def test_the_page(rig: MakeRig, server: Server) -> None:
    rig("dbt").follow_page()
    tables = server.about(Dataset, SHOP)
    assert {"shop.main_raw.raw_customers", "shop.main.stg_orders", "shop.main.customer_revenue"} <= tables.keys()
    both: dict[str, set[str]] = {}
    for record in server.export():
        if isinstance(record, Lineage) and record.ref == Ref(SHOP, "shop.main.customer_revenue"):
            both.setdefault(record.how, set()).update(sources(record))
    assert both
    assert all(found == {"shop.main.stg_customers", "shop.main.stg_orders"} for found in both.values())


def test_after_the_build(rig: MakeRig, door: Receiver, server: Server) -> None:
    rig("dbt").do("OPENLINEAGE_NAMESPACE=shop-dbt dbt-ol build")
    revenue = server.lineage(SHOP, "shop.main.customer_revenue")
    assert {edge[:3] for edge in columns(revenue)} == REVENUE
    assert revenue.job == Ref("shop-dbt", "shop.main.shop.customer_revenue.build.run")
    # A model's seeds are no inputs in this mode, but its columns say where they come from.
    assert sources(server.lineage(SHOP, "shop.main.stg_customers")) == {"shop.main_raw.raw_customers"}

    runs = [record for record in server.export() if isinstance(record, JobRun)]
    assert {run.status for run in runs} == {"succeeded"}
    assert len(runs) == 6  # dbt itself, three models, the tests of two
    whole = next(run for run in runs if run.ref.name == "dbt-run-shop")
    assert {run.parent for run in runs} == {None, whole.id}
    assert server.about(Job, "shop-dbt")[revenue.job.name].parent == Ref("shop-dbt", "dbt-run-shop")
    assert "sum(o.amount)" in server.about(Definition, "shop-dbt")[revenue.job.name].text

    told = [one for one in server.export() if isinstance(one, Description) and one.ref == revenue.ref]
    assert {one.column: one.text for one in told} == {None: "What every customer brought in", "revenue": "in euros"}
    results = {(one.ref.name, one.column, one.passed) for one in server.export() if isinstance(one, CheckResult)}
    assert results == {
        ("shop.main.customer_revenue", "customer_id", True),
        ("shop.main.stg_customers", "customer_id", True),
    }
    checks = [one.ref.name for one in server.export() if isinstance(one, Check)]
    assert sorted(checks) == ["shop.main.customer_revenue", "shop.main.stg_customers", "shop.main.stg_customers"]


def test_while_it_runs(rig: MakeRig, door: Receiver, server: Server) -> None:
    rig("dbt").do("OPENLINEAGE_NAMESPACE=shop-dbt dbt-ol --consume-structured-logs build")
    assert sources(server.lineage(SHOP, "shop.main.stg_customers")) == {"shop.main_raw.raw_customers"}
    assert sources(server.lineage(SHOP, "shop.main.customer_revenue")) == {
        "shop.main.stg_customers",
        "shop.main.stg_orders",
    }
    assert server.lineage(SHOP, "shop.main.customer_revenue").job == Ref("shop-dbt", "model.shop.customer_revenue")
    runs = {run.ref.name: run for run in server.export() if isinstance(run, JobRun)}
    assert {run.status for run in runs.values()} == {"succeeded"}
    assert runs["model.shop.stg_orders.sql.1"].parent == runs["model.shop.stg_orders"].id
    assert runs["model.shop.stg_orders"].parent == runs["dbt-run-shop"].id
    assert len(door.events()) == 2 * len(runs)


def test_a_model_that_fails(rig: MakeRig, server: Server) -> None:
    rig("dbt").do("OPENLINEAGE_NAMESPACE=shop-dbt dbt-ol build --vars 'break: yes'", wanted=1)
    runs = {run.ref.name: run for run in server.export() if isinstance(run, JobRun)}
    failed = {name for name, run in runs.items() if run.status == "failed"}
    assert failed == {"dbt-run-shop", "shop.main.shop.broken.build.run"}
    assert runs["shop.main.shop.customer_revenue.build.run"].status == "succeeded"
