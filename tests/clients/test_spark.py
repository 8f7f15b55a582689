"""A Spark application with OpenLineage's listener: two files joined into a third, column by column."""

from pathlib import Path

import pytest
from tests.clients.conftest import MakeRig
from tests.clients.receiver import Receiver
from tests.clients.server import Server, columns, influences

from strabo.model.records import Dataset, Job, JobRun
from strabo.model.ref import Ref

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

SPARK = "shop-spark"


def test_the_page(rig: MakeRig, door: Receiver, server: Server) -> None:
    spark = rig("spark")
    door.busy = 1  # the listener asks once more, and not more often
    spark.follow_page()
    assert {one.headers.get("transfer-encoding", "").lower() for one in door.received} == {"chunked"}

    folder = Path(spark.folder).resolve()
    customers, orders, made = (
        str(folder / name) for name in ("raw/customers.csv", "raw/orders.parquet", "out/revenue")
    )
    lineage = server.lineage("file", made)
    assert lineage.job == Ref(SPARK, "shop_revenue.adaptive_spark_plan.out_revenue")
    assert columns(lineage) == {
        (orders, "customer_id", "customer_id", "identity"),
        (customers, "name", "name", "identity"),
        (orders, "amount", "revenue", "aggregation"),
    }
    assert {("join" in how, source, column) for source, column, how in influences(lineage)} >= {
        (True, customers, "id"),
        (True, orders, "customer_id"),
        (False, customers, "country"),
        (False, customers, "name"),
    }
    datasets = server.about(Dataset, "file")
    assert [(column.name, column.type) for column in datasets[made].columns] == [
        ("customer_id", "integer"),
        ("name", "string"),
        ("revenue", "double"),
    ]
    assert [column.name for column in datasets[customers].columns] == ["id", "name", "country"]

    runs = {run.ref.name: run for run in server.export() if isinstance(run, JobRun)}
    assert [one.status for one in door.received].count(503) == 1
    assert runs["shop_revenue"].started_at is not None
    assert (runs["shop_revenue"].status, runs[lineage.job.name].status) == ("succeeded", "succeeded")
    assert runs[lineage.job.name].parent == runs["shop_revenue"].id
    assert runs[lineage.job.name].written == 2
    assert server.about(Job, SPARK)[lineage.job.name].parent == Ref(SPARK, "shop_revenue")
