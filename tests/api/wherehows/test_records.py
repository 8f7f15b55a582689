"""What is posted, as records: all of it, the same each time, laid over what was said before."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strabo.api.wherehows import job_exec, lineage
from strabo.api.wherehows.blocks import block_records, ownership, read_block
from strabo.api.wherehows.datasets import HeldDataset, dataset_records, read_dataset
from strabo.api.wherehows.executions import Execution, Mapped, Moved, feeding, records, status_of
from strabo.api.wherehows.urns import Naming
from strabo.errors import BadRecord
from strabo.model.records import (
    Column,
    ColumnEdge,
    Dataset,
    ForeignKey,
    Index,
    Job,
    JobRun,
    Key,
    Lineage,
    Owner,
    Ownership,
    Partition,
    Partitions,
    Record,
    Stats,
    Tag,
    Tags,
    Upstream,
)
from strabo.model.ref import Ref

ORDERS = Ref("teradata", "DWH.ORDERS")
AT = datetime(2016, 7, 20, 18, 40, tzinfo=UTC)
WHOLE: dict[str, Any] = {
    "urn": "teradata:///DWH/ORDERS", "name": "ORDERS", "schema": '{"a": "int"}', "schema_type": "JSON",
    "properties": '{"owner": "etl", "n": 1}', "fields": '[{"name": "id", "type": "bigint"}, {"name": "qty"}]',
    "source": "Teradata", "location_prefix": "DWH", "parent_name": "DWH", "storage_type": "Table",
    "dataset_type": "teradata", "hive_serdes_class": "x.Serde", "ref_dataset_urn": "oracle:///S/ORDERS",
    "is_partitioned": "Y", "sample_partition_full_path": "/p=1", "source_created_time": "1469040000",
    "source_modified_time": "1469040000", "is_active": True, "is_deprecated": False,
}  # fmt: skip


def post(body: dict[str, Any], held: HeldDataset = HeldDataset(), names: Naming = Naming()) -> HeldDataset:  # noqa: B008
    found = dataset_records(read_dataset(msgspec.json.encode(body)), names, held)
    datasets = [r for r in found if isinstance(r, Dataset)]
    stats = [r for r in found if isinstance(r, Stats)]
    return HeldDataset(datasets[0], stats[0] if stats else held.stats)


def test_everything_posted_of_a_dataset_is_kept() -> None:
    dataset, stats = post(WHOLE)
    assert dataset is not None
    assert (dataset.ref, dataset.kind, dataset.created_at) == (ORDERS, "table", AT)
    assert [(c.name, c.type) for c in dataset.columns] == [("id", "bigint"), ("qty", "")]
    assert stats == Stats(ref=ORDERS, modified_at=AT)
    kept = {k.removeprefix("wherehows."): v for k, v in dataset.properties.items()}
    left = {k: v for k, v in WHOLE.items() if k not in {"urn", "name", "source_modified_time"}}
    assert kept == {k: v if isinstance(v, str) else str(v).lower() for k, v in left.items()}


@pytest.mark.parametrize(
    ("urn", "storage", "kind", "format_"),
    [
        ("hdfs:///data/x", "Avro", "fileset", "Avro"),
        ("hive:///d/v", "View", "view", None),
        ("dalids:///d/v", "", "view", None),
        ("kafka:///t", "", "topic", None),
        ("hive:///d/t", "ORC", "table", "ORC"),
    ],
)
def test_the_kind_of_a_dataset(urn: str, storage: str, kind: str, format_: str | None) -> None:
    dataset = post({"urn": urn, "storage_type": storage}).dataset
    assert dataset is not None
    assert (dataset.kind, dataset.format) == (kind, format_)


def test_what_a_post_leaves_out_stays() -> None:
    held = post(WHOLE)
    later = post({"urn": WHOLE["urn"], "source": "elsewhere"}, held)
    assert later.dataset is not None
    assert held.dataset is not None
    changed = {**held.dataset.properties, "wherehows.source": "elsewhere"}
    assert later.dataset == msgspec.structs.replace(held.dataset, properties=changed)
    assert later.stats == held.stats


@given(st.lists(st.sets(st.sampled_from(sorted(WHOLE.keys() - {"urn"}))), max_size=4))
def test_posting_again_changes_nothing_and_parts_make_the_whole(parts: list[set[str]]) -> None:
    held = HeldDataset()
    for part in [*parts, WHOLE.keys() - {"urn"}]:
        body = {"urn": WHOLE["urn"], **{key: WHOLE[key] for key in part}}
        held = post(body, held)
        assert post(body, held) == held
    assert held == post(WHOLE)


@pytest.mark.parametrize("time", ["99999999999999999", "-5", "yesterday"])
def test_an_impossible_time_is_refused(time: str) -> None:
    with pytest.raises(BadRecord, match="no time") as caught:
        post({"urn": "hive:///a/b", "source_created_time": time})
    assert (caught.value.where, "seconds since 1970" in caught.value.fix) == ("source_created_time", True)


def test_a_wrong_urn_is_refused() -> None:
    with pytest.raises(BadRecord, match="no dataset URN") as caught:
        post({"urn": "orders"})
    assert caught.value.where == "urn"


# --- blocks


def block(path: str, body: dict[str, Any], held: Dataset | None = None) -> tuple[Record, ...]:
    posted = read_block(path, msgspec.json.encode({"urn": "teradata:///DWH/ORDERS", **body}))
    return block_records(posted, ORDERS, held)


def test_tags_partitions_keys_indexes() -> None:
    assert block("tag", {"tags": ["pii", "", "pii", 'say "hi"']})[1] == Tags(
        ref=ORDERS, tags=(Tag(name="pii"), Tag(name='say "hi"'))
    )
    spec = {"partitionKeys": [{"partitionType": "RANGE", "fieldNames": ["day"], "partitionValues": ["a", 1]}]}
    dataset, partitions = block("partition", {"partitionSpec": spec})
    assert partitions == Partitions(
        ref=ORDERS, by=("day",), method="range", parts=(Partition(name="a"), Partition(name="1"))
    )
    assert isinstance(dataset, Dataset)
    assert msgspec.json.decode(dataset.properties["wherehows.partitionSpec"]) == spec
    (dataset,) = block(
        "constraint",
        {
            "constraints": [
                {"constraintType": "PRIMARY KEY", "constraintName": "pk", "referredFields": "id, day", "enabled": True},
                {"constraintType": "unique", "referredFields": ["no"]},
                {"constraintType": "unique", "referredFields": ["off"], "enabled": False},
                {"constraintType": "FOREIGN KEY", "referredFields": [{"fieldPath": "cust"}],
                 "additionalReferences": [{"referenceType": "x", "referenceList": ["teradata:///DWH/CUSTOMERS"]}]},
                {"constraintType": "CHECK", "constraintExpression": "id > 0"},
            ]
        },
    )  # fmt: skip
    assert isinstance(dataset, Dataset)
    assert dataset.primary_key == Key(columns=("id", "day"), name="pk")
    assert dataset.unique_keys == (Key(columns=("no",)),)
    assert dataset.foreign_keys == (ForeignKey(columns=("cust",), references=Ref("teradata", "DWH.CUSTOMERS")),)
    (dataset,) = block(
        "index", {"indices": [{"indexName": "i", "indexType": "hash", "isUnique": "Y", "indexedFields": ["a", "b"]}]}
    )
    assert isinstance(dataset, Dataset)
    assert dataset.indexes == (Index(name="i", columns=("a", "b"), unique=True, method="hash"),)


def test_a_schema_rewrites_the_columns() -> None:
    held = Dataset(ref=ORDERS, columns=(Column(name="old"),), properties={"wherehows.source": "x"})
    schema = {"fieldSchema": [{"fieldPath": "a", "type": "int", "nullable": False}], "description": "All orders"}
    (dataset,) = block("schema", {"schema": schema}, held)
    assert isinstance(dataset, Dataset)
    assert dataset.columns == (Column(name="a", type="int", kind="integer", nullable=False),)
    assert (dataset.comment, dataset.properties["wherehows.source"]) == ("All orders", "x")
    avro = {
        "originalSchema": {"format": "avro", "text": '{"type": "record", "fields": [{"name": "k", "type": "int"}]}'}
    }
    (dataset,) = block("schema", {"schema": avro}, held)
    assert isinstance(dataset, Dataset)
    assert [c.name for c in dataset.columns] == ["k"]
    with pytest.raises(BadRecord, match="no fieldPath"):
        block("schema", {"schema": {"fieldSchema": [{"type": "int"}]}})


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("deployment", {"deploymentInfo": [{"deploymentTier": "PROD", "cluster": "c"}]}),
        ("capacity", {"capacity": [{"capacityName": "x"}]}),
        ("casesensitivity", {"datasetProperties": {"caseSensitivity": {"fieldName": True}}}),
        ("reference", {"references": [{"referenceType": "wiki"}]}),
        ("compliance", {"privacyCompliancePolicy": {"complianceType": "LIMITED"}}),
        ("security", {"securitySpecification": {"classification": "secret"}}),
    ],
)
def test_what_has_no_record_is_kept_as_it_came(path: str, body: dict[str, Any]) -> None:
    first = block(path, body)
    (dataset,) = first
    assert isinstance(dataset, Dataset)
    (text,) = dataset.properties.values()
    assert msgspec.json.decode(text) in [
        *body.values(),
        *[v for x in body.values() if isinstance(x, dict) for v in x.values()],
    ]
    assert block(path, body, dataset) == first


def test_owners_come_by_category() -> None:
    posted = read_block(
        "owner",
        msgspec.json.encode(
            {
                "datasetProperties": {"uri": "teradata:///DWH/ORDERS"},
                "source": "AUDIT",
                "auditHeader": {"time": 1},
                "owners": [
                    {"owner": "urn:li:corpGroup:dwh", "ownerCategory": "STAKEHOLDER"},
                    {"owner": "urn:li:corpuser:ann", "ownerCategory": "OWNER", "ownerType": "urn:li:corpuser"},
                    {"owner": "LDAP:bob", "ownerCategory": "PRODUCER"},
                ],
            }
        ),
    )
    assert (posted.urn, posted.source) == ("teradata:///DWH/ORDERS", "AUDIT")
    assert ownership(posted, ORDERS) == Ownership(
        ref=ORDERS,
        owners=(
            Owner(name="ann"),
            Owner(name="LDAP:bob", role="producer"),
            Owner(name="dwh", role="stakeholder", kind="group"),
        ),
    )
    assert block_records(posted, ORDERS) == ()


def test_an_owner_has_a_name() -> None:
    for owner in ({}, {"owner": ""}, {"owner": 3}):
        posted = read_block("owner", msgspec.json.encode({"urn": "hive:///a/b", "owners": [owner]}))
        with pytest.raises(BadRecord, match=r"no name|expected text") as caught:
            ownership(posted, ORDERS)
        assert caught.value.where == "owners[0].owner"


# --- lineage

POSTED: dict[str, Any] = {
    "app_id": 70, "app_name": "AZ", "flow_exec_id": 9, "job_exec_id": 9001, "job_exec_uuid": "u", "job_name": "load",
    "job_start_unixtime": 1469040000, "job_end_unixtime": 1469040060, "flow_path": "proj:flow",
    "lineages": [
        {"db_id": 10, "database_name": "hdfs", "abstracted_object_name": "/data/a", "full_object_name": "/data/a/2016",
         "storage_type": "HDFS", "partition_start": "2016/07/19", "partition_end": "2016/07/20",
         "source_target_type": "source", "operation": "read", "record_count": 5},
        {"database_name": "hdfs", "abstracted_object_name": "/data/b", "source_target_type": "SOURCE",
         "record_count": 7},
        {"database_name": "hdfs", "abstracted_object_name": "/data/look", "source_target_type": "lookup"},
        {"database_name": "hdfs", "abstracted_object_name": "/tmp/t", "source_target_type": "temp"},
        {"database_name": "hdfs", "abstracted_object_name": "/out/all", "source_target_type": "target",
         "insert_count": 3, "update_count": 0},
        {"database_name": "hdfs", "abstracted_object_name": "/out/b", "source_target_type": "target",
         "ref_source_object_name": "/data/b"},
    ],
}  # fmt: skip
JOB, FLOW = Ref("AZ", "proj:flow/load"), Ref("AZ", "proj:flow")


def executed(body: dict[str, Any], names: Naming = Naming()) -> Execution:  # noqa: B008
    return lineage.execution(lineage.read_lineage(msgspec.json.encode(body)), names)


def hdfs(path: str) -> Ref:
    return Ref("hdfs", path)


def test_an_execution_is_a_flow_a_job_a_run_and_lineage() -> None:
    flow, job, run, every, one = records(executed(POSTED))
    assert flow == Job(ref=FLOW, kind="workflow")
    assert job == Job(ref=JOB, kind="task", parent=FLOW)
    assert run == JobRun(
        ref=JOB,
        id="9001",
        status="succeeded",
        started_at=AT,
        ended_at=AT.replace(minute=41),
        parent="9",
        read=12,
        written=3,
    )
    ups = tuple(Upstream(ref=hdfs(p)) for p in ("/data/a", "/data/b", "/data/look"))
    assert every == Lineage(
        ref=hdfs("/out/all"), upstreams=ups, job=JOB, how="observed", evidence="WhereHows lineage API"
    )
    assert isinstance(one, Lineage)
    assert (one.ref, one.upstreams) == (hdfs("/out/b"), (Upstream(ref=hdfs("/data/b")),))


def test_what_was_posted_of_a_dataset_is_kept_but_for_what_says_nothing() -> None:
    first = executed(POSTED).moved[0]
    assert first.row == POSTED["lineages"][0]
    assert executed(POSTED).moved[4].row["update_count"] == 0


def test_a_reference_that_no_row_has_names_a_source_itself() -> None:
    row = {"database_name": "hive", "abstracted_object_name": "/d/t", "source_target_type": "target"}
    body = {"app_name": "AZ", "job_name": "j", "lineages": [{**row, "ref_source_object_name": "/d/s"}]}
    assert executed(body).moved[0].fed_by == (Ref("hive", "d.s"),)
    names = Naming(databases={"4": "hdfs://nn:8020"})
    for key in ("ref_source_db_id", "ref_source_database_id"):
        other = {**body, "lineages": [{**row, "ref_source_object_name": "/d/s", key: 4}]}
        assert executed(other, names).moved[0].fed_by == (Ref("hdfs://nn:8020", "/d/s"),)


def test_a_job_without_flow_and_without_run() -> None:
    found = records(executed({"app_id": 3, "job_name": "j", "lineages": []}))
    assert found == (Job(ref=Ref("app-3", "j")),)


@pytest.mark.parametrize(
    ("change", "where", "what"),
    [
        ({"app_name": "", "app_id": 0}, "app_name", "no application"),
        ({"job_name": "", "flow_path": ""}, "job_name", "both missing"),
        ({"job_start_unixtime": 10**15}, "job_start_unixtime", "no time"),
        ({"lineages": [{"source_target_type": "from", "abstracted_object_name": "/a"}]},
         "lineages[0].source_target_type", "no role"),
        ({"lineages": [{"source_target_type": "source", "abstracted_object_name": ""}]},
         "lineages[0].abstracted_object_name", "no name"),
        ({"lineages": [{"source_target_type": "source", "abstracted_object_name": "x://"}]},
         "lineages[0].abstracted_object_name", "no dataset URN"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_with_its_path(change: dict[str, Any], where: str, what: str) -> None:
    with pytest.raises(BadRecord, match=what) as caught:
        executed({**POSTED, **change})
    assert caught.value.where == where
    assert caught.value.fix


datasets = st.sampled_from(["/a", "/b", "/c"]).map(hdfs)
executions = st.builds(
    lambda sources, targets, mapped: Execution(
        job=JOB,
        run="1",
        moved=(
            *(Moved(ref=r, role="source") for r in sources),
            *(Moved(ref=r, role="target", fed_by=tuple(f)) for r, f in targets),
        ),
        mapped=tuple(Mapped(source=s, source_column=a, target=t, target_column=b) for s, a, t, b in mapped),
    ),
    st.lists(datasets, max_size=3),
    st.lists(st.tuples(datasets, st.lists(datasets, max_size=2)), max_size=2),
    st.lists(st.tuples(datasets, st.sampled_from("xy"), datasets, st.sampled_from("xy")), max_size=2),
)


@given(st.lists(executions, max_size=4), st.randoms(use_true_random=False))
def test_lineage_is_what_all_executions_say_in_any_order_and_however_often(posts: list[Execution], random: Any) -> None:
    def after(said: list[Execution]) -> dict[Ref, Lineage]:
        held: dict[Ref, Lineage] = {}
        for one in said:
            found = records(one, lambda ref, job: held.get(ref) if job else None)
            held.update({r.ref: r for r in found if isinstance(r, Lineage)})
        return held

    shuffled = [*posts, *posts[:2]]
    random.shuffle(shuffled)
    assert after(shuffled) == after(posts)
    for one in posts:  # nothing that was said is missing
        for target, ups in feeding(one).items():
            for up in ups:
                assert up.ref in {u.ref for u in after(posts)[target].upstreams}


def test_a_job_keeps_what_an_execution_does_not_say() -> None:
    before = Job(ref=JOB, kind="task", parent=FLOW, schedule="@daily", location="http://x", properties={"a": "b"})
    found = records(Execution(job=JOB), lambda ref, _: before if ref == JOB else None)
    assert found == (before,)


EXEC: dict[str, Any] = {
    "application": {"type": "Azkaban", "name": "AZ", "uri": "https://az.example", "deploymentDetail": {"cluster": "c"}},
    "jobExecution": {
        "name": "load", "topLevelFlowName": "proj:flow", "executionId": 17, "executionGuid": "g", "flowExecutionId": 4,
        "attempt": 2, "startTime": 1469040000000, "endTime": 1469040060000, "state": "Succeeded", "definitionId": 5,
    },
    "inputDatasetList": [
        {"datasetIdentifier":
             {"dataPlatformUrn": "urn:li:dataPlatform:hive", "nativeName": "d.s", "dataOrigin": "PROD"},
         "partition": {"partitionType": "day", "minPartitionValue": "1", "maxPartitionValue": "2"},
         "detailLineageMap": {"fieldLineage": [
             {"fieldPath": "id", "mappedToFields": [{"mappedToDataset": "hive:///d/t", "fieldPaths": ["id2"]}]}]}},
        {"datasetProperties": {"uri": "hive:///d/u"}, "qualifiedValues": {"recordCount": "12"}},
    ],
    "outputDatasetList": [
        {"datasetUrn": "hive:///d/t", "operation": "insert",
         "detailLineageMap": {"mapDirectionType": "x", "fieldLineage": [
             {"fieldPath": "sum", "mappedToFields": [
                 {"mappedToDataset": {"dataPlatformUrn": "hive", "nativeName": "/d/u"}, "fieldPaths": ["a", "b"]}]}]}},
    ],
}  # fmt: skip


def ran(body: dict[str, Any]) -> Execution:
    return job_exec.execution(job_exec.read_job_exec(msgspec.json.encode(body)))


def test_the_columns_that_were_thrown_away_are_kept() -> None:
    _, job, run, found = records(ran(EXEC))
    assert isinstance(job, Job)
    assert job.location == "https://az.example"
    assert job.properties == {
        "wherehows.applicationType": "Azkaban",
        "wherehows.deploymentDetail": '{"cluster":"c"}',
        "wherehows.definitionId": "5",
    }
    assert run == JobRun(
        ref=JOB,
        id="17",
        status="succeeded",
        attempt=2,
        started_at=AT,
        ended_at=AT.replace(minute=41),
        parent="4",
        read=12,
    )
    assert isinstance(found, Lineage)
    assert found.upstreams == (
        Upstream(ref=Ref("hive", "d.s"), columns=(ColumnEdge(source="id", target="id2", how="transformation"),)),
        Upstream(
            ref=Ref("hive", "d.u"),
            columns=(
                ColumnEdge(source="a", target="sum", how="transformation"),
                ColumnEdge(source="b", target="sum", how="transformation"),
            ),
        ),
    )


def test_partitions_and_operations_are_kept_for_the_answer() -> None:
    first, second, target = ran(EXEC).moved
    assert first.row == {
        "abstracted_object_name": "d.s", "partition_type": "day", "partition_start": "1", "partition_end": "2",
    }  # fmt: skip
    assert second.row["record_count"] == 12
    assert (target.role, target.row["operation"]) == ("target", "insert")


def test_states_of_every_scheduler_are_one_vocabulary() -> None:
    words = {
        "ok": "succeeded",
        "KILLED": "cancelled",
        "Failed Finishing": "failed",
        "PREP": "queued",
        "paused": "running",
    }
    assert {word: status_of(word, "x") for word in words} == words
    with pytest.raises(BadRecord, match="no state") as caught:
        ran({**EXEC, "jobExecution": {"name": "j", "state": "vanished"}})
    assert caught.value.where == "jobExecution.state"
    assert "SUCCEEDED" in caught.value.fix
    assert ran({**EXEC, "jobExecution": {"name": "j"}}).status == "running"


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"inputDatasetList": [{}]}, "inputDatasetList[0]"),
        ({"outputDatasetList": [{"datasetUrn": "x"}]}, "outputDatasetList[0]"),
        ({"jobExecution": {"name": ""}}, "jobExecution.name"),
        ({"jobExecution": {"name": "x", "endTime": 10**18}}, "jobExecution.endTime"),
        ({"application": {"name": ""}}, "app_name"),
    ],
)
def test_what_makes_no_sense_in_an_execution_is_refused_with_its_path(change: dict[str, Any], where: str) -> None:
    with pytest.raises(BadRecord) as caught:
        ran({**EXEC, **change})
    assert caught.value.where == where


def test_a_mapped_dataset_that_is_none_says_where() -> None:
    line = {"fieldPath": "a", "mappedToFields": [{"mappedToDataset": "nope", "fieldPaths": ["b"]}]}
    item = {"datasetUrn": "hive:///d/t", "detailLineageMap": {"fieldLineage": [line]}}
    with pytest.raises(BadRecord) as caught:
        ran({**EXEC, "outputDatasetList": [item]})
    path = "outputDatasetList[0].detailLineageMap.fieldLineage[0].mappedToFields[0].mappedToDataset"
    assert caught.value.where == path
