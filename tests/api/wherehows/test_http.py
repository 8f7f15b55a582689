"""The dialect over HTTP, as its clients speak it: what is posted can be asked for in the next call."""

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from strabo.api.wherehows.routes import PREFIX, ROUTES
from strabo.api.who import Who
from strabo.catalog import hosts
from strabo.model.records import Column, Dataset, Index, Job, Key, Lineage, Owner, Ownership, Partitions, Upstream
from strabo.model.ref import Ref
from strabo.testing.asker import Answer, Asker

DATASET = {
    "name": "ORDERS", "urn": "teradata:///DWH/ORDERS", "schema": '{"id": "bigint"}', "schema_type": "JSON",
    "properties": '{"owner":"etl"}', "fields": '[{"name": "id", "type": "bigint"}]', "source": "Teradata",
    "storage_type": "Table", "dataset_type": "teradata", "is_partitioned": "N",
    "source_modified_time": "1469040000", "is_active": True, "is_deprecated": False,
}  # fmt: skip
LINEAGE = {
    "app_id": 70, "app_name": "AZ", "flow_exec_id": 9, "job_exec_id": 9001, "job_name": "load",
    "job_start_unixtime": 1469040000, "job_end_unixtime": 1469040060, "flow_path": "proj:flow",
    "lineages": [
        {"db_id": 10, "database_name": "hdfs", "abstracted_object_name": "/data/a", "source_target_type": "source",
         "storage_type": "HDFS", "partition_start": "2016/07/19", "partition_end": "2016/07/20", "record_count": 5},
        {"db_id": 10, "database_name": "hdfs", "abstracted_object_name": "/out/b", "source_target_type": "target",
         "insert_count": 3},
    ],
}  # fmt: skip


@pytest.fixture
def api(make: Callable[..., Asker]) -> Asker:
    return make(ROUTES)


def get(api: Asker, path: str, prefix: str = PREFIX, **query: Any) -> Answer:
    return api("GET", f"{prefix}{path}?{urlencode(query)}" if query else prefix + path)


def stored(api: Asker, path: str, body: Any, prefix: str = PREFIX) -> str:
    answer = api("POST", prefix + path, body)
    assert (answer.status, answer.json["return_code"]) == (200, 200), answer.body
    return str(answer.json["message"])


def said(answer: Answer, status: int) -> str:
    """The error message of an answer, whose two codes must agree."""
    assert (answer.status, answer.json["return_code"]) == (status, status), answer.body
    assert answer.json["fix"]
    return str(answer.json["error_message"])


@pytest.mark.parametrize("prefix", [PREFIX, ""])
def test_a_dataset_comes_back_as_it_was_posted(api: Asker, prefix: str) -> None:
    assert stored(api, "/dataset", DATASET, prefix) == "teradata:DWH.ORDERS is stored"
    found = get(api, "/dataset", prefix, urn="teradata:///DWH/ORDERS").json["dataset"]
    assert {k: found[k] for k in DATASET} == DATASET
    assert get(api, "/dataset", prefix, datasetId=found["id"]).json["dataset"] == found
    assert [c.name for c in api.catalog.get(Ref("teradata", "DWH.ORDERS")).columns] == ["id"]
    assert [hit.ref.name for hit in api.catalog.find("orders").hits] == ["DWH.ORDERS"]


def test_posting_again_changes_nothing_and_an_answer_can_be_posted(api: Asker) -> None:
    stored(api, "/dataset", DATASET)
    first = get(api, "/dataset", urn=DATASET["urn"]).json["dataset"]
    events = len(api.catalog.history(Ref("teradata", "DWH.ORDERS")))
    stored(api, "/dataset", DATASET)
    assert len(api.catalog.history(Ref("teradata", "DWH.ORDERS"))) == events
    stored(api, "/dataset", first)
    again = get(api, "/dataset", urn=DATASET["urn"]).json["dataset"]
    assert {**again, "modified_time": ""} == {**first, "modified_time": ""}


def test_what_a_connector_pulled_is_answered_too(api: Asker) -> None:
    ref = Ref("postgres://db:5432", "shop.public.orders")
    api.catalog.put(
        [
            Dataset(ref=ref, columns=(Column(name="id", type="int", fields=(Column(name="x"),)),),
                    properties={"a": "b"}, primary_key=Key(columns=("id",), name="pk"),
                    indexes=(Index(name="i", columns=("id",), unique=True),)),
            Ownership(ref=ref, owners=(Owner(name="ann"), Owner(name="dwh", kind="group", role="steward"))),
            Partitions(ref=ref, by=("day",), method="range"),
        ]
    )  # fmt: skip
    urn = "postgres://db:5432/shop/public/orders"
    row = get(api, "/dataset", urn=urn).json["dataset"]
    assert (row["name"], row["urn"], row["parent_name"], row["is_partitioned"]) == ("orders", urn, "public", "Y")
    assert row["properties"] == '{"a":"b"}'
    assert get(api, "/dataset/owner", urn=urn).json["owners"][1] == {
        "owner": "urn:li:corpGroup:dwh", "ownerCategory": "STEWARD", "ownerType": "GROUP", "sortId": 1,
    }  # fmt: skip
    assert get(api, "/dataset/constraint", urn=urn).json["constraints"][0]["referredFields"] == ["id"]
    assert get(api, "/dataset/index", urn=urn).json["indices"][0]["indexName"] == "i"
    assert get(api, "/dataset/partition", urn=urn).json["partitionSpec"]["partitionKeys"][0]["fieldNames"] == ["day"]
    fields = get(api, "/dataset/schema", urn=urn).json["schemas"]["fieldSchema"]
    assert [(f["fieldPath"], f["position"], f["parentFieldPosition"]) for f in fields] == [("id", 1, 0), ("id.x", 2, 1)]


BLOCKS: list[tuple[str, str, dict[str, Any], Any]] = [
    ("deployment", "deploymentInfo", {"deploymentInfo": [{"cluster": "c", "dataCenter": "d"}]}, None),
    ("capacity", "capacity", {"capacity": [{"capacityName": "x", "capacityHigh": 3}]}, None),
    ("tag", "tags", {"tags": ["pii", "שלום"]}, None),
    ("casesensitivity", "caseSensitivity", {"datasetProperties": {"caseSensitivity": {"fieldName": True}}},
     {"fieldName": True}),
    ("reference", "references", {"references": [{"referenceType": "wiki", "referenceList": ["x"]}]}, None),
    ("partition", "partitionSpec", {"partitionSpec": {"partitionSpecText": "by day"}}, None),
    ("compliance", "privacyCompliancePolicy", {"privacyCompliancePolicy": {"complianceType": "x"}}, None),
    ("security", "securitySpecification", {"securitySpecification": {"classification": "x"}}, None),
    ("constraint", "constraints", {"constraints": [{"constraintType": "UNIQUE", "referredFields": "a"}]}, None),
    ("index", "indices", {"indices": [{"indexName": "i", "indexedFields": ["a"]}]}, None),
    ("schema", "schemas", {"schema": {"fieldSchema": [{"fieldPath": "a", "type": "int"}]}}, None),
    ("owner", "owners", {"owners": [{"owner": "urn:li:corpuser:ann", "ownerCategory": "OWNER"}]},
     [{"owner": "urn:li:corpuser:ann", "ownerCategory": "OWNER", "ownerType": "USER", "sortId": 0}]),
]  # fmt: skip


@pytest.mark.parametrize(("path", "key", "body", "answer"), BLOCKS, ids=[b[0] for b in BLOCKS])
def test_a_block_comes_back_and_leaves_the_rest_alone(
    api: Asker, path: str, key: str, body: dict[str, Any], answer: Any
) -> None:
    stored(api, "/dataset", DATASET)
    about = {"urn": "urn:li:dataset:(urn:li:dataPlatform:teradata,DWH.ORDERS,PROD)"}
    for _ in range(2):
        stored(api, f"/dataset/{path}", {**about, **body})
        found = get(api, f"/dataset/{path}", urn=DATASET["urn"]).json[key]
        assert found == (next(iter(body.values())) if answer is None else answer)
    row = get(api, "/dataset", urn=DATASET["urn"]).json["dataset"]
    assert row["source"] == "Teradata"
    by_id = {"datasetId": row["id"], **body}
    stored(api, f"/dataset/{path}", by_id)


def test_a_block_that_nobody_said_is_not_found(api: Asker) -> None:
    stored(api, "/dataset", DATASET)
    assert "no capacity is known" in said(get(api, "/dataset/capacity", urn=DATASET["urn"]), 404)
    assert "there is no dataset 99" in said(api("POST", f"{PREFIX}/dataset/tag", {"datasetId": 99, "tags": ["x"]}), 404)


def test_owners_of_two_sources_stand_side_by_side(api: Asker) -> None:
    for source, owners in (("AUDIT", ["ann"]), ("SCM", ["bob"]), ("AUDIT", ["eve"])):
        body = {"urn": "hive:///d/t", "source": source, "owners": [{"owner": f"urn:li:corpuser:{o}"} for o in owners]}
        stored(api, "/dataset/owner", body)
    stored(api, "/dataset", {"urn": "hive:///d/t"})
    found = get(api, "/dataset/owner", urn="hive:///d/t").json["owners"]
    assert {o["owner"] for o in found} == {"urn:li:corpuser:eve", "urn:li:corpuser:bob"}


def test_lineage_is_there_in_the_next_call(api: Asker) -> None:
    assert stored(api, "/lineage", LINEAGE) == "AZ:proj:flow/load is stored"
    job = {
        "short_connection_string": "AZ",
        "job_name": "load",
        "flow_path": "proj:flow",
        "source_target_type": "source",
    }
    assert get(api, "/lineage/dataset", urn="hdfs:///data/a").json["jobs"] == [job]
    assert get(api, "/lineage/dataset", urn="hdfs:///data/a", direction="upstream").json["jobs"] == []
    assert get(api, "/lineage/dataset", urn="hdfs:///out/b", instance="AZ").json["jobs"] == [
        {**job, "source_target_type": "target"}
    ]
    assert get(api, "/lineage/dataset", urn="hdfs:///out/b", instance="OZ").json["jobs"] == []
    assert get(api, "/lineage/dataset", urn="hdfs:///out/b", period=30).json["jobs"] == []
    for path, query in (
        ("/lineage/job", {"flowPath": "proj:flow", "jobName": "load"}),
        ("/lineage/job/exec/job", {"jobExecId": 9001}),
        ("/lineage/job/exec/flow", {"flowExecId": 9, "jobName": "load"}),
    ):
        source, target = get(api, path, **query).json["datasets"]
        assert {k: source[k] for k in LINEAGE["lineages"][0]} == LINEAGE["lineages"][0]  # type: ignore[index]
        assert (source["urn"], source["delete_count"], target["insert_count"]) == ("hdfs:///data/a", None, 3)
        assert get(api, path, **query, direction="source").json["datasets"] == [source]
        assert get(api, path, **query, direction="downstream", instance="AZ").json["datasets"] == [target]
    assert [e.source for e in api.catalog.lineage(Ref("hdfs", "/out/b")).edges] == [Ref("hdfs", "/data/a")]


def test_lineage_posted_again_or_by_a_later_run_takes_nothing_away(api: Asker) -> None:
    stored(api, "/lineage", LINEAGE)
    ref = Ref("hdfs", "/out/b")
    before = len(api.catalog.history(ref))
    stored(api, "/lineage", LINEAGE)
    assert len(api.catalog.history(ref)) == before
    rows: Any = LINEAGE["lineages"]
    later = {**LINEAGE, "job_exec_id": 9002, "job_end_unixtime": 1469050000,
             "lineages": [{**rows[0], "abstracted_object_name": "/data/z"}, rows[1]]}  # fmt: skip
    stored(api, "/lineage", later)
    assert {e.source.name for e in api.catalog.lineage(ref).edges} == {"/data/a", "/data/z"}
    newest = get(api, "/lineage/job", flowPath="proj:flow", jobName="load").json["datasets"]
    assert [d["abstracted_object_name"] for d in newest] == ["/data/z", "/out/b"]
    stored(api, "/lineage", LINEAGE)  # an older one that comes again is not the newest
    assert get(api, "/lineage/job", flowPath="proj:flow", jobName="load").json["datasets"] == newest
    for run, name in ((9001, "/data/a"), (9002, "/data/z")):
        assert get(api, "/lineage/job/exec/job", jobExecId=run).json["datasets"][0]["abstracted_object_name"] == name


def test_two_applications_may_number_their_runs_alike(api: Asker) -> None:
    stored(api, "/lineage", LINEAGE)
    stored(api, "/lineage", {**LINEAGE, "app_name": "OZ"})
    assert len(get(api, "/lineage/job/exec/job", jobExecId=9001).json["datasets"]) == 4
    assert len(get(api, "/lineage/job/exec/job", jobExecId=9001, instance="OZ").json["datasets"]) == 2
    assert len(get(api, "/lineage/job", flowPath="proj:flow", jobName="load", instance="AZ").json["datasets"]) == 2


def test_an_execution_with_columns(api: Asker) -> None:
    line = {"fieldPath": "b", "mappedToFields": [{"mappedToDataset": "hive:///d/s", "fieldPaths": ["a"]}]}
    body = {
        "application": {"type": "Spark", "name": "sp"},
        "jobExecution": {"name": "j", "executionGuid": "g-1", "state": "FAILED", "endTime": 1469040000000},
        "inputDatasetList": [{"datasetUrn": "hive:///d/s"}],
        "outputDatasetList": [{"datasetUrn": "hive:///d/t", "detailLineageMap": {"fieldLineage": [line]}}],
    }
    for _ in range(2):
        assert stored(api, "/lineage/job/exec", body) == "sp:j is stored"
    graph = api.catalog.lineage(Ref("hive", "d.t"), columns=True)
    assert [(c.source, c.target) for e in graph.edges for c in e.columns] == [("a", "b")]
    assert len(get(api, "/lineage/job/exec/job", jobExecId="g-1").json["datasets"]) == 2
    assert get(api, "/lineage/dataset", urn="hive:///d/t").json["jobs"][0]["job_name"] == "j"


def test_a_job_that_came_another_way_is_answered_from_the_graph(api: Asker) -> None:
    job, source, target = Ref("airflow", "dag/load"), Ref("hive", "d.s"), Ref("hive", "d.t")
    api.catalog.put(
        [
            Job(ref=Ref("airflow", "dag"), kind="workflow", schedule="@daily", owner="root"),
            Job(ref=job, kind="task", parent=Ref("airflow", "dag")),
            Lineage(ref=target, job=job, upstreams=(Upstream(ref=source),)),
            Ownership(ref=job, owners=(Owner(name="ann"),)),
        ]
    )
    found = get(api, "/lineage/job", flowPath="dag", jobName="load").json["datasets"]
    assert [(d["urn"], d["source_target_type"]) for d in found] == [
        ("hive:///d/s", "source"),
        ("hive:///d/t", "target"),
    ]
    assert get(api, "/flow/schedule", flowPath="dag").json["schedules"] == [
        {"flow_path": "dag", "cron_expression": "@daily"}
    ]
    assert get(api, "/flow/owner", flowPath="dag").json["owners"][0]["owner_id"] == "root"
    assert get(api, "/flow/owner", flowPath="dag/load", instance="airflow").json["owners"][0]["owner_id"] == "ann"
    assert "no flow" in said(get(api, "/flow/owner", flowPath="nope"), 404)


def test_dependents_and_dependencies(api: Asker) -> None:
    a, b, c = (Ref("hive", f"d.{n}") for n in "abc")
    api.catalog.put(
        [
            Dataset(ref=a), Dataset(ref=b, kind="view"), Dataset(ref=c, kind="view"),
            Lineage(ref=b, upstreams=(Upstream(ref=a),)), Lineage(ref=c, upstreams=(Upstream(ref=b),)),
        ]
    )  # fmt: skip
    stored(api, "/dataset/deployment", {"urn": "hive:///d/c", "deploymentInfo": [{"cluster": "k", "dataCenter": "x"}]})
    for path in ("/dependents/dataset/hive:///d/a", "/dependents/dataset/" + quote("hive:///d/a", safe="")):
        found = get(api, path).json["dependents"]
        assert [(d["object_name"], d["mapped_object_name"], d["level"]) for d in found] == [
            ("b", "a", 1),
            ("c", "b", 2),
        ]
    number = get(api, "/dataset", urn="hive:///d/a").json["dataset"]["id"]
    assert get(api, f"/dataset/{number}/dependents").json["dependents"] == found
    answer = get(api, "/dependency/dataset", query='{"dataset_uri": "hive:///d/c", "cluster_name": "z"}').json
    assert [d["mapped_object_urn"] for d in answer["dependencies"]] == ["hive:///d/b", "hive:///d/a"]
    assert (answer["leaf_level_dependency_count"], answer["cluster"], answer["data_center"]) == (1, "k", "x")
    assert (answer["database_name"], answer["table_name"], answer["dataset_type"]) == ("d", "c", "hive")
    assert "dataset_uri: missing" in said(get(api, "/dependency/dataset", query="{}"), 400)


def test_an_inventory_announces_and_lists(api: Asker) -> None:
    stored(api, "/dataset", {"urn": "hive:///d/a", "source": "kept"})
    items = [{"nativeName": "d.a", "dataOrigin": "PROD"}, {"nativeName": "/d/b"}, {"nativeName": "e.c"}]
    body = {"dataPlatformUrn": "urn:li:dataPlatform:hive", "datasetList": items, "auditHeader": {"time": 1}}
    assert stored(api, "/dataset/inventory", body) == "3 datasets are stored"
    found = get(api, "/dataset/inventory", dataPlatform="hive", nativeName="d.").json["datasetList"]
    assert [d["datasetUrn"] for d in found] == ["hive:///d/a", "hive:///d/b"]
    assert (
        len(get(api, "/dataset/inventory", dataPlatform="urn:li:dataPlatform:hive", limit=1).json["datasetList"]) == 1
    )
    assert get(api, "/dataset", urn="hive:///d/a").json["dataset"]["source"] == "kept"
    assert "limit 0" in said(get(api, "/dataset/inventory", dataPlatform="hive", limit=0), 400)
    assert "datasetList[0]" in said(api("POST", f"{PREFIX}/dataset/inventory", {"datasetList": [{}]}), 400)


def test_watchers_and_words_in_properties(api: Asker) -> None:
    assert get(api, "/dataset/watchers", datasetName="x").json["watchers"] == {"count": 0, "users": []}
    stored(api, "/dataset", DATASET)
    found = get(api, "/dataset/properties", propertiesLike="%orders%").json["dataset_urns"]
    assert found == {"count": 1, "urns": ["teradata:///DWH/ORDERS"]}
    assert get(api, "/dataset/properties", propertiesLike="%").json["dataset_urns"]["count"] == 0


# --- what is wrong


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "what"),
    [
        ("POST", "/dataset", b"{", 400, "no JSON"),
        ("POST", "/dataset", {"urn": "orders"}, 400, "urn: 'orders' is no dataset URN"),
        ("POST", "/dataset", {"urn": "hive:///a/b", "storageType": "x"}, 400, "did you mean storage_type"),
        ("POST", "/dataset", {"urn": "hive:///a/b\0"}, 400, "NUL"),
        ("POST", "/dataset", {"urn": "hive:///a/b", "source_created_time": 10**16}, 400, "source_created_time: "),
        ("POST", "/lineage", {"lineages": []}, 400, "no application"),
        ("POST", "/lineage", {"app_id": 1, "job_name": "j", "lineages": [{}]}, 400, "lineages[0].source_target_type"),
        ("POST", "/lineage/job/exec", {}, 400, "application: missing"),
        ("POST", "/dataset/tag", {"urn": "hive:///a/b"}, 400, "tags is missing"),
        ("GET", "/dataset", None, 400, "neither datasetId nor urn"),
        ("GET", "/dataset?urn=x", None, 400, "no dataset URN"),
        ("GET", "/dataset?urn=hive:///no/such", None, 404, "there is no dataset"),
        ("GET", "/dataset?datasetId=12345", None, 404, "there is no dataset 12345"),
        ("GET", "/dataset/x/dependents", None, 400, "no id of a dataset"),
        ("GET", "/lineage/job?flowPath=a&jobName=b", None, 404, "no job 'b'"),
        ("GET", "/lineage/job/exec/job?jobExecId=1", None, 404, "no such execution"),
        ("GET", "/lineage/job/exec/flow?flowExecId=1&jobName=b", None, 404, "no such execution"),
    ],
)  # fmt: skip
def test_an_error_has_an_honest_status_and_says_what_to_do(
    api: Asker, method: str, path: str, body: Any, status: int, what: str
) -> None:
    assert what in said(api(method, PREFIX + path, body), status)


def test_a_direction_is_one_of_four(api: Asker) -> None:
    stored(api, "/lineage", LINEAGE)
    answer = get(api, "/lineage/job/exec/job", jobExecId=9001, direction="sideways")
    assert "'sideways' is no direction" in said(answer, 400)


def test_hostile_names_come_back(api: Asker) -> None:
    for name in ['say "hi"', "a.b", "שלום", "🦆", "x' OR 1=1 --", "Orders", "ORDERS", "{id}", "%2F", "a b"]:
        urn = f"teradata:///d.b/{name}"
        stored(api, "/dataset", {"urn": urn, "source": name})
        assert get(api, "/dataset", urn=urn).json["dataset"]["source"] == name
        assert get(api, "/dataset", urn=urn).json["dataset"]["urn"] == urn
        lineage: dict[str, Any] = {**LINEAGE, "flow_path": name, "job_name": f"{name}/x", "app_name": name}
        lineage["lineages"] = [{"abstracted_object_name": urn, "source_target_type": "source"}, LINEAGE["lineages"][1]]  # type: ignore[index]
        stored(api, "/lineage", lineage)
        (job,) = get(api, "/lineage/dataset", urn=urn).json["jobs"]
        assert (job["flow_path"], job["job_name"], job["short_connection_string"]) == (name, f"{name}/x", name)
        found = get(api, "/lineage/job", flowPath=name, jobName=f"{name}/x", instance=name).json["datasets"]
        assert found[0]["urn"] == urn


# --- settings and rights


def test_names_are_mapped_as_set(api: Asker) -> None:
    assert api("GET", f"{PREFIX}/naming").json == {"schemes": {}, "databases": {}, "apps": {}}
    names = {
        "schemes": {"oracle": {"namespace": "oracle://db:1521", "prefix": "ORCL"}},
        "databases": {"10": "hdfs://nn:8020"},
        "apps": {"AZ": "azkaban-prod", "70": "azkaban-prod"},
    }
    assert api("PUT", f"{PREFIX}/naming", names).status == 200
    assert api("GET", f"{PREFIX}/naming").json["apps"] == names["apps"]
    stored(api, "/dataset", {"urn": "oracle:///S/T"})
    assert api.catalog.get(Ref("oracle://db:1521", "ORCL.S.T")).live
    assert get(api, "/dataset", urn="oracle:///S/T").json["dataset"]["urn"] == "oracle:///S/T"
    rows: Any = [{**row, "database_name": ""} for row in LINEAGE["lineages"]]  # type: ignore[attr-defined]
    for app in ({"app_name": "AZ"}, {"app_name": "", "app_id": 70}):
        stored(api, "/lineage", {**LINEAGE, **app, "lineages": rows})
    (job,) = get(api, "/lineage/dataset", urn="hdfs://nn:8020/out/b", instance="AZ").json["jobs"]
    assert job["short_connection_string"] == "AZ"
    wrong = api("PUT", f"{PREFIX}/naming", {"shemes": {}})
    assert wrong.status == 422
    assert "shemes" in wrong.json["detail"]


def test_a_host_that_is_mapped_moves_what_urns_mean(api: Asker) -> None:
    hosts.add(api.catalog.store, "hive", "hive://hs2.example:10000", actor="t")
    hosts.add(api.catalog.store, "hive:EI", "hive://test.example:10000", actor="t")
    hosts.add(api.catalog.store, "wherehows-db:7", "teradata://td.example:1025", actor="t")
    stored(api, "/dataset", {"urn": "hive:///d/t", "source": "x"})
    assert api.catalog.get(Ref("hive://hs2.example:10000", "d.t")).live
    assert get(api, "/dataset", urn="hive:///d/t").json["dataset"]["urn"] == "hive:///d/t"
    ei = "urn:li:dataset:(urn:li:dataPlatform:hive,d.t,EI)"
    rows = [
        {"abstracted_object_name": ei, "source_target_type": "source"},
        {"abstracted_object_name": "d.x", "db_id": 7, "source_target_type": "target"},
    ]
    for _ in range(2):
        stored(api, "/lineage", {**LINEAGE, "lineages": rows})
    (edge,) = api.catalog.lineage(Ref("teradata://td.example:1025", "d.x")).edges
    assert edge.source == Ref("hive://test.example:10000", "d.t")
    found = get(api, "/lineage/job/exec/job", jobExecId=9001).json["datasets"]
    assert [d["urn"] for d in found] == [ei, "teradata://td.example:1025/d/x"]
    assert api("GET", f"{PREFIX}/naming").json["schemes"] == {}


def test_edges_know_when_and_how_often_they_were_seen(api: Asker) -> None:
    stored(api, "/lineage", LINEAGE)
    stored(api, "/lineage", {**LINEAGE, "job_end_unixtime": 1469040090})  # the same run, corrected
    stored(
        api, "/lineage", {**LINEAGE, "job_exec_id": 2, "job_start_unixtime": 1469100000, "job_end_unixtime": 1469100001}
    )
    store = api.catalog.store
    node = store.find([Ref("hdfs", "/out/b")])[Ref("hdfs", "/out/b")]
    (seen,) = store.seen_edges([node])
    assert (seen.first, seen.last, seen.runs) == (1469040000_000_000, 1469100001_000_000, 2)


def test_a_post_does_not_change_what_a_feed_weighs(api: Asker) -> None:
    api.catalog.put([Dataset(ref=Ref("hive", "a.b"))], feed="wherehows", standing=3)
    stored(api, "/dataset", {"urn": "hive:///a/b"})
    stored(api, "/dataset/owner", {"urn": "hive:///a/b", "source": "S", "owners": [{"owner": "ann"}]})
    weights = {f.name: f.standing for f in api.catalog.store.feeds().values()}
    assert weights == {"wherehows": 3, "wherehows:S": 3}


def test_a_feed_has_a_name_and_a_token_for_one_feed_writes_as_it(make: Callable[..., Asker]) -> None:
    api = make(ROUTES)
    answer = api("POST", f"{PREFIX}/dataset?feed=%00", {"urn": "hive:///a/b"})
    assert "no name for a feed" in said(answer, 400)
    only = make(ROUTES, identify=lambda *_: Who(name="t", feeds=("etl",)))
    stored(only, "/dataset", {"urn": "hive:///a/b"})
    assert {s.feed for s in only.catalog.get(Ref("hive", "a.b")).said} == {"etl"}


def test_a_token_writes_only_what_it_may(make: Callable[..., Asker]) -> None:
    who = Who(name="t", rights=frozenset({"read", "ingest"}), feeds=("wherehows",), namespaces=("hive",))
    api = make(ROUTES, identify=lambda *_: who)
    stored(api, "/dataset", {"urn": "hive:///a/b"})
    assert "may not write about teradata" in said(api("POST", f"{PREFIX}/dataset", DATASET), 403)
    assert "may not write as feed 'other'" in said(
        api("POST", f"{PREFIX}/dataset?feed=other", {"urn": "hive:///a/b"}), 403
    )
    owners = {"urn": "hive:///a/b", "source": "S", "owners": [{"owner": "ann"}]}
    assert "feed 'wherehows:S'" in said(api("POST", f"{PREFIX}/dataset/owner", owners), 403)
    assert api("PUT", f"{PREFIX}/naming", {}).status == 403


def test_the_feed_is_wherehows_or_as_asked(api: Asker) -> None:
    stored(api, "/dataset", {"urn": "hive:///a/b"})
    api("POST", f"{PREFIX}/dataset?feed=other", {"urn": "hive:///a/b"})
    assert {s.feed for s in api.catalog.get(Ref("hive", "a.b")).said} == {"wherehows", "other"}


def test_posts_at_the_same_time_all_count(api: Asker) -> None:
    """Each says another field of one dataset; through one commit or many, none is lost."""
    from concurrent.futures import ThreadPoolExecutor

    fields = ["source", "location_prefix", "parent_name", "schema_type", "hive_serdes_class", "dataset_type"]
    together = threading.Barrier(len(fields))

    def post(field: str) -> int:
        asker = Asker(api.app, api.catalog)
        try:
            together.wait(10)
            return asker("POST", f"{PREFIX}/dataset", {"urn": "hive:///a/b", field: field}).status
        finally:
            asker.close()

    with ThreadPoolExecutor(len(fields)) as threads:
        assert list(threads.map(post, fields)) == [200] * len(fields)
    row = get(api, "/dataset", urn="hive:///a/b").json["dataset"]
    assert {f: row[f] for f in fields} == {f: f for f in fields}


def test_runs_are_forgotten_after_their_time_and_lineage_is_not(api: Asker) -> None:
    def age(days: int, keys: str) -> None:
        with closing(sqlite3.connect(api.catalog.path)) as db, db:
            db.execute(f"UPDATE note SET at = at - {days * 86_400_000_000} WHERE {keys}")

    def held() -> set[str]:
        runs = ("9001", "9002", "9003")
        return {run for run in runs if get(api, "/lineage/job/exec/job", jobExecId=run).status == 200}

    later = {**LINEAGE, "job_exec_id": 9002, "flow_exec_id": 10}
    for body in (LINEAGE, later):
        stored(api, "/lineage", body)
    age(91, "space IN ('wherehows.run', 'wherehows.flow') AND (key = '9001' OR key LIKE '9\x1f%')")
    assert held() == {"9001", "9002"}  # nobody has looked since
    age(2, "space = 'wherehows' AND key = 'swept'")
    stored(api, "/lineage", {**LINEAGE, "job_exec_id": 9003, "flow_exec_id": 11})
    assert held() == {"9002", "9003"}
    assert get(api, "/lineage/job/exec/flow", flowExecId=9, jobName="load").status == 404
    assert get(api, "/lineage/job/exec/flow", flowExecId=10, jobName="load").status == 200
    assert get(api, "/lineage/dataset", urn="hdfs:///out/b").json["jobs"]
