"""A DAG of which one task fails for good, another succeeds the second time, and a third never comes to run."""
# It runs in an environment that has the client, and this one has not.
# mypy: ignore-errors
# ruff: noqa: DTZ001 - as people write DAGs

from datetime import datetime, timedelta

from airflow.sdk import Asset, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowException

RAW, CLEAN = Asset("file:///srv/shop/raw/orders.csv"), Asset("file:///srv/shop/clean/orders.parquet")


@dag(start_date=datetime(2026, 11, 1), schedule=None, catchup=False, tags=["nightly"])
def broken():
    @task(inlets=[RAW], retries=0)
    def fails():
        raise AirflowException("the disk is full")

    @task(outlets=[CLEAN], retries=1, retry_delay=timedelta(seconds=0))
    def flaky():
        if get_current_context()["ti"].try_number == 1:
            raise AirflowException("not yet")

    @task
    def never():
        """Waits for both."""

    [flaky(), fails()] >> never()


broken()
