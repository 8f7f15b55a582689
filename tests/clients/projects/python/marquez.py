"""Every call that marquez-python has, one after the other; prints what each answered as one JSON object."""
# It runs in an environment that has the client, and this one has not.
# mypy: ignore-errors
# ruff: noqa: T201

import json
import sys
import warnings

from marquez_client import MarquezClient
from marquez_client.errors import APIError
from marquez_client.models import DatasetId, DatasetType, JobType

warnings.simplefilter("ignore")

URL, NAMESPACE, SOURCE = sys.argv[1], "shop", "warehouse"
ORDERS, REVENUE = "sales.orders", "sales.revenue/täglich 🛒"
FIRST, SECOND, THIRD = (f"0198d0d0-0000-7000-8000-00000000001{digit}" for digit in "123")
AT = "2026-11-02T03:00:{:02}.000000Z"

client = MarquezClient(URL, api_key=sys.argv[2])
said = {}


def ask(name, call, *words, **named):
    said[name] = call(*words, **named)
    return said[name]


def fields(*names):
    return [{"name": name, "type": "VARCHAR", "tags": [], "description": None} for name in names]


ask("create_namespace", client.create_namespace, NAMESPACE, "ann", "What the shop does")
ask("get_namespace", client.get_namespace, NAMESPACE)
ask("create_source", client.create_source, SOURCE, "POSTGRESQL", "jdbc:postgresql://db.example:5432/shop", "All of it")
ask("get_source", client.get_source, SOURCE)
ask("create_tag", client.create_tag, "PII", "about people")

for name, columns in ((ORDERS, ("id", "customer", "amount")), (REVENUE, ("customer", "amount"))):
    ask(
        f"create_dataset {name}", client.create_dataset, NAMESPACE, name, DatasetType.DB_TABLE, name, SOURCE,
        description=f"About {name}", fields=fields(*columns),
    )  # fmt: skip
ask("tag_dataset", client.tag_dataset, NAMESPACE, ORDERS, "PII")
ask("tag_dataset_field", client.tag_dataset_field, NAMESPACE, ORDERS, "customer", "PII")
ask("get_dataset", client.get_dataset, NAMESPACE, ORDERS)

ask(
    "create_job", client.create_job, NAMESPACE, "revenue", JobType.BATCH, location="https://git.shop.example/revenue",
    inputs=[DatasetId(NAMESPACE, ORDERS)], outputs=[DatasetId(NAMESPACE, REVENUE)], description="What came in",
)  # fmt: skip
ask(
    "create_job_run", client.create_job_run, NAMESPACE, "revenue", FIRST,
    nominal_start_time=AT.format(0), nominal_end_time=AT.format(1), run_args={"day": "2026-11-02"},
)  # fmt: skip
ask("started", client.mark_job_run_as_started, FIRST, at=AT.format(2))
ask("completed", client.mark_job_run_as_completed, FIRST, at=AT.format(5))
ask("second", client.create_job_run, NAMESPACE, "revenue", SECOND, mark_as_running=True)
ask("failed", client.mark_job_run_as_failed, SECOND)
ask("third", client.create_job_run, NAMESPACE, "revenue", THIRD)
ask("aborted", client.mark_job_run_as_aborted, THIRD)
ask("get_job_run", client.get_job_run, FIRST)
ask("get_job", client.get_job, NAMESPACE, "revenue")

ask("list_namespaces", client.list_namespaces)
ask("list_sources", client.list_sources)
ask("list_datasets", client.list_datasets, NAMESPACE)
ask("list_datasets one", client.list_datasets, NAMESPACE, limit=1)
ask("list_jobs", client.list_jobs, NAMESPACE)
ask("list_job_runs", client.list_job_runs, NAMESPACE, "revenue")
ask("list_tags", client.list_tags)
ask("list_events", client.list_events)
versions = ask("list_dataset_versions", client.list_dataset_versions, NAMESPACE, REVENUE)
ask("get_dataset_version", client.get_dataset_version, NAMESPACE, REVENUE, versions["versions"][0]["version"])
ask("column_lineage", client.get_column_lineage_by_dataset, NAMESPACE, REVENUE, depth=5)

for name, call, words in (
    ("no namespace", client.get_namespace, ["nowhere"]),
    ("no dataset", client.get_dataset, [NAMESPACE, "nothing"]),
    ("no job", client.get_job, [NAMESPACE, "nothing"]),
    ("no run", client.get_job_run, ["0198d0d0-0000-7000-8000-000000000099"]),
):
    try:
        ask(name, call, *words)
    except APIError as error:
        said[name] = error.__cause__.response.status_code

print(json.dumps(said))
