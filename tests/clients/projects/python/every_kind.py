"""Says everything that the client can say: the three kinds of event, every state, and the facets that carry meaning."""
# It runs in an environment that has the client, and this one has not.
# mypy: ignore-errors

from openlineage.client import OpenLineageClient
from openlineage.client.event_v2 import (
    DatasetEvent,
    InputDataset,
    Job,
    JobEvent,
    OutputDataset,
    Run,
    RunEvent,
    RunState,
    StaticDataset,
)
from openlineage.client.facet_v2 import (
    column_lineage_dataset as columns,
)
from openlineage.client.facet_v2 import (
    data_quality_assertions_dataset as assertions,
)
from openlineage.client.facet_v2 import (
    data_quality_metrics_input_dataset as metrics,
)
from openlineage.client.facet_v2 import (
    documentation_dataset,
    documentation_job,
    error_message_run,
    external_query_run,
    input_statistics_input_dataset,
    job_type_job,
    lifecycle_state_change_dataset,
    nominal_time_run,
    output_statistics_output_dataset,
    ownership_dataset,
    ownership_job,
    parent_run,
    schema_dataset,
    source_code_location_job,
    sql_job,
    storage_dataset,
    symlinks_dataset,
    tags_dataset,
    tags_job,
)

SHOP = "postgres://db.example:5432"
PRODUCER = "https://shop.example/jobs"
NIGHT = "0198d0d0-0000-7000-8000-00000000000"  # and a digit: the runs of this file have ids of their own


def at(second: int) -> str:
    return f"2026-11-02T03:00:{second:02}.000Z"


def schema(*fields: tuple[str, str]) -> schema_dataset.SchemaDatasetFacet:
    return schema_dataset.SchemaDatasetFacet(
        fields=[schema_dataset.SchemaDatasetFacetFields(name=name, type=kind) for name, kind in fields]
    )


def source(table: str, field: str, kind: str, subtype: str) -> columns.InputField:
    how = columns.Transformation(type=kind, subtype=subtype, description="", masking=subtype == "MASKED")
    return columns.InputField(namespace=SHOP, name=table, field=field, transformations=[how])


ORDERS = schema(("id", "bigint"), ("customer_id", "bigint"), ("amount", "numeric(10,2)"), ("day", "date"))
REVENUE = schema(("day", "date"), ("customer", "text"), ("revenue", "numeric"))
EDGES = columns.ColumnLineageDatasetFacet(
    fields={
        "day": columns.Fields(inputFields=[source("shop.raw.orders", "day", "DIRECT", "IDENTITY")]),
        "customer": columns.Fields(
            inputFields=[source('shop.raw."Kunden.Übersicht 🛒"', "Name", "DIRECT", "TRANSFORMATION")],
            transformationDescription="upper case",
            transformationType="IDENTITY",
        ),
        "revenue": columns.Fields(
            inputFields=[
                source("shop.raw.orders", "amount", "DIRECT", "AGGREGATION"),
                source("shop.raw.orders", "day", "INDIRECT", "GROUP_BY"),
            ]
        ),
    },
    dataset=[
        source("shop.raw.orders", "customer_id", "INDIRECT", "JOIN"),
        source('shop.raw."Kunden.Übersicht 🛒"', "id", "INDIRECT", "JOIN"),
    ],
)
JOB = {
    "jobType": job_type_job.JobTypeJobFacet(processingType="BATCH", integration="CUSTOM", jobType="SCRIPT"),
    "sql": sql_job.SQLJobFacet(query="insert into sales.revenue select …", dialect="postgres"),
    "documentation": documentation_job.DocumentationJobFacet(description="What every day brought in"),
    "ownership": ownership_job.OwnershipJobFacet(owners=[ownership_job.Owner(name="team:sales", type="MAINTAINER")]),
    "sourceCodeLocation": source_code_location_job.SourceCodeLocationJobFacet(
        type="git", url="https://git.shop.example/jobs/revenue.py", path="revenue.py", version="4f1c2d"
    ),
    "tags": tags_job.TagsJobFacet(tags=[tags_job.TagsJobFacetFields(key="tier", value="gold", source="USER")]),
}


def parent(run: str, job: str) -> parent_run.ParentRunFacet:
    return parent_run.ParentRunFacet(
        run=parent_run.Run(runId=run),
        job=parent_run.Job(namespace="shop", name=job),
        root=parent_run.Root(
            run=parent_run.RootRun(runId=f"{NIGHT}0"), job=parent_run.RootJob(namespace="shop", name="night")
        ),
    )


def run_event(number: int, name: str, state: RunState, second: int, **more: object) -> RunEvent:
    facets = {
        "nominalTime": nominal_time_run.NominalTimeRunFacet(
            nominalStartTime="2026-11-02T03:00:00Z", nominalEndTime="2026-11-03T03:00:00Z"
        )
    }
    if number:
        facets["parent"] = parent(f"{NIGHT}0", "night")
    facets |= more.pop("run_facets", {})
    return RunEvent(
        eventTime=at(second),
        producer=PRODUCER,
        eventType=state,
        run=Run(runId=f"{NIGHT}{number}", facets=facets),
        job=Job(namespace="shop", name=name, facets=more.pop("job_facets", {})),
        inputs=more.get("inputs", []),
        outputs=more.get("outputs", []),
    )


orders = InputDataset(
    namespace=SHOP,
    name="shop.raw.orders",
    facets={"schema": ORDERS},
    inputFacets={
        "inputStatistics": input_statistics_input_dataset.InputStatisticsInputDatasetFacet(rowCount=1000, size=64000),
        "dataQualityMetrics": metrics.DataQualityMetricsInputDatasetFacet(
            rowCount=1000, columnMetrics={"amount": metrics.ColumnMetrics(nullCount=3, distinctCount=800, min=0.0)}
        ),
    },
)
customers = InputDataset(
    namespace=SHOP,
    name='shop.raw."Kunden.Übersicht 🛒"',
    facets={
        "dataQualityAssertions": assertions.DataQualityAssertionsDatasetFacet(
            assertions=[
                assertions.Assertion(assertion="not_null", success=True, column="id"),
                assertions.Assertion(assertion="unique", success=False, column="id"),
            ]
        )
    },
)
revenue = OutputDataset(
    namespace=SHOP,
    name="shop.sales.revenue",
    facets={
        "schema": REVENUE,
        "columnLineage": EDGES,
        "symlinks": symlinks_dataset.SymlinksDatasetFacet(
            identifiers=[symlinks_dataset.Identifier(namespace="s3://shop", name="sales/revenue", type="LOCATION")]
        ),
        "storage": storage_dataset.StorageDatasetFacet(storageLayer="iceberg", fileFormat="parquet"),
    },
    outputFacets={
        "outputStatistics": output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(
            rowCount=31, size=4096, fileCount=1
        )
    },
)
backup = OutputDataset(namespace=SHOP, name="shop.sales.revenue_old")


def change(kind: str, name: str, before: str | None = None) -> OutputDataset:
    facet = lifecycle_state_change_dataset.LifecycleStateChangeDatasetFacet(
        lifecycleStateChange=kind,
        previousIdentifier=before and lifecycle_state_change_dataset.PreviousIdentifier(namespace=SHOP, name=before),
    )
    return OutputDataset(namespace=SHOP, name=name, facets={"lifecycleStateChange": facet})


EVENTS = [
    run_event(0, "night", RunState.START, 0),
    run_event(1, "night.revenue", RunState.START, 1, inputs=[orders], job_facets=JOB),
    run_event(1, "night.revenue", RunState.RUNNING, 2, inputs=[customers]),
    run_event(1, "night.revenue", RunState.OTHER, 3, outputs=[backup]),
    run_event(
        1, "night.revenue", RunState.COMPLETE, 5, outputs=[revenue],
        run_facets={"externalQuery": external_query_run.ExternalQueryRunFacet(externalQueryId="q1", source="shop")},
    ),
    run_event(2, "night.mail", RunState.START, 6, inputs=[InputDataset(namespace=SHOP, name="shop.sales.revenue")]),
    run_event(
        2, "night.mail", RunState.FAIL, 7,
        run_facets={
            "errorMessage": error_message_run.ErrorMessageRunFacet(
                message="no route to the mail server", programmingLanguage="python", stackTrace="Traceback …"
            )
        },
    ),
    run_event(3, "night.tidy", RunState.COMPLETE, 8, outputs=[change("DROP", "shop.sales.revenue_old")]),  # no START
    run_event(
        4, "night.rename", RunState.COMPLETE, 9,
        outputs=[change("RENAME", "shop.sales.revenue_by_day", "shop.sales.revenue")],
    ),
    run_event(5, "night.probe", RunState.START, 10),
    run_event(5, "night.probe", RunState.ABORT, 11),
    run_event(0, "night", RunState.COMPLETE, 12),
    JobEvent(
        eventTime=at(20), producer=PRODUCER, job=Job(namespace="shop", name="by_hand", facets=JOB),
        inputs=[InputDataset(namespace=SHOP, name="shop.raw.orders")],
        outputs=[OutputDataset(namespace=SHOP, name="shop.sales.corrections")],
    ),
    DatasetEvent(
        eventTime=at(21), producer=PRODUCER,
        dataset=StaticDataset(
            namespace=SHOP, name="shop.raw.orders",
            facets={
                "documentation": documentation_dataset.DocumentationDatasetFacet(description="One row an order"),
                "ownership": ownership_dataset.OwnershipDatasetFacet(
                    owners=[ownership_dataset.Owner(name="ann@shop.example", type="OWNER")]
                ),
                "tags": tags_dataset.TagsDatasetFacet(
                    tags=[
                        tags_dataset.TagsDatasetFacetFields(key="pii", value="no", source="USER"),
                        tags_dataset.TagsDatasetFacetFields(key="money", value="eur", source="USER", field="amount"),
                    ]
                ),
            },
        ),
    ),
]  # fmt: skip

client = OpenLineageClient()
for event in EVENTS:
    client.emit(event)
client.close()
