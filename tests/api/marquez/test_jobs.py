"""Jobs, their versions, runs and what becomes of them."""

import pytest
from tests.api.marquez.conftest import RUN, Marquez, event, quoted, table

from strabo.model.records import Job as JobRecord
from strabo.model.records import JobRun, Lineage
from strabo.model.ref import Ref

PATH = "/namespaces/shop/jobs/revenue"
BODY = {
    "type": "BATCH",
    "inputs": [{"namespace": "shop", "name": "orders"}],
    "outputs": [{"namespace": "shop", "name": "money"}],
    "location": "https://git.example/revenue",
    "description": "what came in",
    "context": {"SQL": "select sum(amount) from orders"},
}


def test_a_job_is_put_and_read(marquez: Marquez) -> None:
    put = marquez("PUT", PATH, BODY)
    assert put.status == 200
    found = marquez.get(PATH)
    assert put.json == found
    assert found["id"] == {"namespace": "shop", "name": "revenue"}
    assert (found["type"], found["location"], found["description"]) == (
        "BATCH",
        "https://git.example/revenue",
        "what came in",
    )
    assert (found["inputs"], found["outputs"]) == (BODY["inputs"], BODY["outputs"])
    assert (found["latestRun"], found["latestRuns"], found["labels"], found["tags"]) == (None, [], [], [])
    assert found["facets"]["sql"]["query"] == "select sum(amount) from orders"


def test_what_is_put_again_replaces_what_was_declared(marquez: Marquez) -> None:
    marquez("PUT", PATH, BODY)
    marquez("PUT", PATH, {**BODY, "inputs": [{"namespace": "shop", "name": "clicks"}]})
    assert [i["name"] for i in marquez.get(PATH)["inputs"]] == ["clicks"]
    marquez("PUT", PATH, {**BODY, "outputs": [], "type": "SERVICE"})
    found = marquez.get(PATH)
    assert ([i["name"] for i in found["inputs"]], found["outputs"], found["type"]) == (["orders"], [], "SERVICE")


def test_a_job_that_only_reads_or_only_writes(marquez: Marquez) -> None:
    marquez.push(event("sink", 1, inputs=("a",)), event("source", 2, outputs=("b",)))
    sink, source = (marquez.get(f"/namespaces/shop/jobs/{name}") for name in ("sink", "source"))
    assert ([i["name"] for i in sink["inputs"]], sink["outputs"]) == (["a"], [])
    assert (source["inputs"], [o["name"] for o in source["outputs"]]) == ([], ["b"])


def test_a_job_keeps_its_lineage_while_a_run_says_nothing_of_it(shop: Marquez) -> None:
    shop.push(event("sum", 3, "START", "2026-11-03T04:00:00Z"))
    found = shop.get("/namespaces/shop/jobs/sum")
    assert [i["name"] for i in found["inputs"]] == ["orders"]
    assert (found["latestRun"]["state"], [r["state"] for r in found["latestRuns"]]) == (
        "RUNNING",
        ["RUNNING", "FAILED"],
    )


def test_a_step_of_a_workflow(marquez: Marquez) -> None:
    one = event("dag.task", 1, jobType={"processingType": "STREAMING", "integration": "X", "jobType": "TASK"})
    one["run"]["facets"]["parent"] = {"run": {"runId": RUN.format(9)}, "job": {"namespace": "shop", "name": "dag"}}
    marquez.push(one)
    found = marquez.get("/namespaces/shop/jobs/dag.task")
    assert (found["simpleName"], found["parentJobName"], found["type"]) == ("task", "dag", "STREAM")
    assert found["parentJobUuid"]
    assert marquez.get("/namespaces/shop/jobs/dag")["parentJobUuid"] is None


def test_a_run_from_its_making_to_its_end(marquez: Marquez) -> None:
    marquez("PUT", PATH, BODY)
    body = {"id": RUN.format(1), "nominalStartTime": "2026-11-02T00:00:00Z", "nominalEndTime": "2026-11-03T00:00:00Z"}
    made = marquez("POST", f"{PATH}/runs", {**body, "args": {"day": "2026-11-02", "retries": 1}})
    assert (made.status, made.json["state"], made.json["id"]) == (201, "NEW", RUN.format(1))
    assert made.headers["location"].endswith(f"/jobs/runs/{RUN.format(1)}")
    assert made.json["args"] == {"day": "2026-11-02", "retries": 1}
    assert (made.json["startedAt"], made.json["endedAt"], made.json["durationMs"]) == (None, None, None)
    started = marquez("POST", f"/jobs/runs/{RUN.format(1)}/start?at=2026-11-02T03:00:00.5Z")
    assert (started.status, started.json["state"]) == (200, "RUNNING")
    ended = marquez("POST", f"/jobs/runs/{RUN.format(1)}/complete?at=2026-11-02T04:00:00%2B01:00").json
    assert (ended["state"], ended["durationMs"]) == ("COMPLETED", None)
    assert ended["endedAt"] == "2026-11-02T03:00:00.000000Z"  # before it started: no duration
    again = marquez("POST", f"/jobs/runs/{RUN.format(1)}/complete?at=2026-11-02T03:00:03.5Z").json
    assert (again["state"], again["durationMs"]) == ("COMPLETED", 3000)
    assert (again["nominalStartTime"], again["nominalEndTime"]) == (
        "2026-11-02T00:00:00.000000Z",
        "2026-11-03T00:00:00.000000Z",
    )
    assert marquez.get(f"/jobs/runs/{RUN.format(1)}") == again
    assert marquez.get(f"{PATH}/runs")["totalCount"] == 1
    twice = marquez("POST", f"{PATH}/runs", body)
    assert (twice.status, twice.json["state"]) == (201, "COMPLETED")  # asked again, not made again


@pytest.mark.parametrize(("how", "state"), [("fail", "FAILED"), ("abort", "ABORTED"), ("complete", "COMPLETED")])
def test_each_way_to_end(marquez: Marquez, how: str, state: str) -> None:
    marquez("PUT", PATH, BODY)
    run = marquez("POST", f"{PATH}/runs").json["id"]
    assert marquez("POST", f"/jobs/runs/{run}/start").json["state"] == "RUNNING"
    assert marquez("POST", f"/jobs/runs/{run}/{how}").json["state"] == state
    assert marquez("POST", f"/jobs/runs/{run}/start").json["state"] == state  # late, and changes nothing


def test_a_run_of_a_client_and_its_events_are_one(marquez: Marquez) -> None:
    marquez("PUT", PATH, BODY)
    marquez("POST", f"{PATH}/runs", {"id": RUN.format(1)})
    marquez.push(event("revenue", 1, inputs=("orders",), outputs=(table("money", "total"),)))
    (run,) = marquez.get(f"{PATH}/runs")["runs"]
    assert (run["state"], run["endedAt"]) == ("COMPLETED", "2026-11-02T03:00:05.000000Z")
    assert [v["datasetVersionId"]["name"] for v in run["inputDatasetVersions"]] == ["orders"]
    (written,) = run["outputDatasetVersions"]
    version = marquez.get("/namespaces/shop/datasets/money")["currentVersion"]
    assert written["datasetVersionId"] == {"namespace": "shop", "name": "money", "version": version}


def test_what_is_put_with_a_run_belongs_to_it(marquez: Marquez) -> None:
    marquez("PUT", PATH, {**BODY, "inputs": [], "outputs": []})
    run = marquez("POST", f"{PATH}/runs").json["id"]
    table_body = {"type": "DB_TABLE", "physicalName": "m", "sourceName": "w", "fields": [], "runId": run}
    assert marquez("PUT", "/namespaces/shop/datasets/money", table_body).status == 200
    assert marquez("PUT", PATH, {**BODY, "outputs": [], "runId": run}).status == 200
    found = marquez.get(f"/jobs/runs/{run}")
    assert [v["datasetVersionId"]["name"] for v in found["outputDatasetVersions"]] == ["money"]
    assert [v["datasetVersionId"]["name"] for v in found["inputDatasetVersions"]] == ["orders"]
    assert found["state"] == "NEW"
    for body, path in ((table_body, "/namespaces/shop/datasets/money"), (BODY, PATH)):
        assert marquez("PUT", path, {**body, "runId": RUN.format(9)}).status == 404


def test_facets_of_a_run_and_of_its_job(marquez: Marquez) -> None:
    one = event("load", 1, sql={"query": "select 1"})
    one["run"]["facets"] = {"spark.logicalPlan": {"plan": [1]}, "gone": {"_deleted": True}}
    marquez.push(one)
    where = f"/jobs/runs/{RUN.format(1)}/facets"
    assert marquez.get(f"{where}?type=run") == {
        "runId": RUN.format(1),
        "facets": {"spark.logicalPlan": {"plan": [1]}},
    }
    assert marquez.get(f"{where}?type=job")["facets"]["sql"] == {"query": "select 1"}
    assert marquez.get(f"{where}?type=dataset")["facets"] is None
    assert marquez("GET", where).status == 400


def test_runs_that_were_pulled_are_shown_too(marquez: Marquez) -> None:
    job = Ref("airflow", "dag.task")
    marquez.catalog.put([JobRecord(ref=job), *(JobRun(ref=job, id=s, status=s) for s in ("queued", "skipped", "lost"))])
    states = {r["id"]: r["state"] for r in marquez.get("/namespaces/airflow/jobs/dag.task/runs")["runs"]}
    assert states == {"queued": "NEW", "skipped": "ABORTED", "lost": "ABORTED"}
    assert marquez.get("/jobs/runs/lost")["jobVersion"]["name"] == "dag.task"  # found by its id alone


def test_jobs_of_all_namespaces_and_by_how_they_ended(shop: Marquez) -> None:
    shop.push(event("other", 7, namespace="far", at="2026-11-04T00:00:00Z"))
    assert {j["name"] for j in shop.get("/jobs")["jobs"]} == {"clean", "sum", "other"}
    assert shop.get("/jobs?limit=1")["totalCount"] == 3
    assert {j["name"] for j in shop.get("/namespaces/shop/jobs")["jobs"]} == {"clean", "sum"}
    failed = shop.get("/jobs?lastRunStates=FAILED")
    assert ([j["name"] for j in failed["jobs"]], failed["totalCount"]) == (["sum"], 1)
    assert shop.get("/namespaces/shop/jobs?lastRunStates=FAILED,COMPLETED&limit=1")["totalCount"] == 2
    assert shop("GET", "/jobs?lastRunStates=LOST").status == 400


def test_versions_of_a_job(marquez: Marquez) -> None:
    marquez("PUT", PATH, BODY)
    marquez("PUT", PATH, {**BODY, "location": "https://git.example/other"})
    answer = marquez.get(f"{PATH}/versions")
    assert [v["location"] for v in answer["versions"]] == ["https://git.example/other", "https://git.example/revenue"]
    for version in answer["versions"]:
        assert marquez.get(f"{PATH}/versions/{version['version']}") == version
    assert marquez("GET", f"{PATH}/versions/none").status == 404


def test_tags_of_a_job(marquez: Marquez) -> None:
    marquez("PUT", PATH, BODY)
    assert marquez("POST", f"{PATH}/tags/{quoted('a/b 🛒')}").json["tags"] == ["a/b 🛒"]
    assert marquez("DELETE", f"{PATH}/tags/{quoted('a/b 🛒')}").json["tags"] == []


def test_a_client_fills_the_catalog_for_everybody(marquez: Marquez) -> None:
    marquez("PUT", PATH, BODY)
    lineage = [r for r in marquez.catalog.export() if isinstance(r, Lineage)]
    assert [(r.ref.name, r.job and r.job.name, r.upstreams[0].ref.name) for r in lineage] == [
        ("money", "revenue", "orders")
    ]


def test_what_there_is_not(marquez: Marquez) -> None:
    for method, path in (
        ("GET", PATH), ("DELETE", PATH), ("POST", f"{PATH}/runs"), ("GET", f"{PATH}/runs"), ("GET", f"{PATH}/versions"),
        ("GET", f"/jobs/runs/{RUN.format(1)}"), ("POST", f"/jobs/runs/{RUN.format(1)}/start"),
        ("GET", f"/jobs/runs/{RUN.format(1)}/facets?type=run"), ("POST", f"{PATH}/tags/x"),
    ):  # fmt: skip
        answer = marquez(method, path)
        assert (answer.status, answer.json["code"]) == (404, 404), (method, path)
