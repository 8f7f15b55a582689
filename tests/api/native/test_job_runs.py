"""The runs of a job: newest word first, in pages, with facets; silent ones are lost until they speak again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.api.native.helpers import at, pages, push

from strabo.model.records import JobRun
from strabo.model.ref import Ref
from strabo.testing.asker import Asker

JOB, OUT = Ref("airflow", 'ni"ghtly/🎉'), Ref("postgres://db:5432", "shop.public.daily")


def ago(**time: float) -> str:
    return (datetime.now(UTC) - timedelta(**time)).isoformat()


def tell(ask: Asker, run: str, kind: str, when: str, **more: Any) -> None:
    event = {
        "eventType": kind,
        "eventTime": when,
        "run": {"runId": run, "facets": more.pop("run_facets", {})},
        "job": {"namespace": JOB.namespace, "name": JOB.name, "facets": more.pop("job_facets", {})},
        **more,
    }
    assert ask("POST", "/api/v1/lineage", event).status == 201


def statuses(ask: Asker, query: str = "") -> dict[str, str]:
    got = ask("GET", at(JOB, "jobs", f"/runs{query}"))
    assert got.status == 200, got.body
    return {run["id"]: run["status"] for run in got.json["runs"]}


def test_a_run_that_fell_silent_is_lost_until_it_speaks_again(ask: Asker) -> None:
    tell(ask, "old", "START", ago(hours=25))
    tell(ask, "alive", "START", ago(hours=30))
    tell(ask, "alive", "RUNNING", ago(hours=2))
    tell(ask, "ended", "COMPLETE", ago(days=9))
    assert statuses(ask) == {"old": "lost", "alive": "running", "ended": "succeeded"}
    assert statuses(ask, "?silent=1h")["alive"] == "lost"
    assert statuses(ask, "?silent=2w")["old"] == "running"
    (told,) = [s.record for s in ask.catalog.get(JOB).said if isinstance(s.record, JobRun) and s.record.id == "old"]
    assert told.status == "running"  # silence is no fact: nobody said so
    tell(ask, "old", "COMPLETE", ago(hours=24))
    assert statuses(ask)["old"] == "succeeded"


def test_runs_come_in_pages_the_last_told_of_first(ask: Asker) -> None:
    for number in range(7):
        tell(ask, f"r{number}", "COMPLETE", ago(minutes=number))
    path = at(JOB, "jobs", "/runs?limit=2")
    assert [run["id"] for run in pages(ask, path, "runs")] == [f"r{n}" for n in reversed(range(7))]
    first = ask("GET", path).json
    tell(ask, "new", "START", ago(minutes=0))
    second = ask("GET", f"{path}&cursor={first['next']}").json
    assert [run["id"] for run in second["runs"]] == ["r4", "r3"]


def test_one_run_has_its_datasets_and_its_facets_as_they_were_sent(ask: Asker) -> None:
    plan = {"spark.logicalPlan": {"_producer": "p", "plan": [{"a": None}]}, "errorMessage": {"message": "boom"}}
    sql = {"sql": {"query": "select 1"}}
    out: dict[str, Any] = {"namespace": OUT.namespace, "name": OUT.name, "facets": {"x_own": {"a": [1, {"b": "🎉"}]}}}
    out["facets"]["lifecycleStateChange"] = {"lifecycleStateChange": "OVERWRITE", "more": None}
    made = {"fields": {"a": {"inputFields": [{"namespace": "s3://lake", "name": "raw", "field": "b", "own": 1}]}}}
    for_run = {
        "facets": {**out["facets"], "columnLineage": made},
        "outputFacets": {"outputStatistics": {"rowCount": 3}},
    }
    tell(ask, "r/1", "FAIL", ago(minutes=1), run_facets=plan, job_facets=sql, outputs=[{**out, **for_run}])
    one = ask("GET", at(JOB, "jobs", "/runs/r%2F1")).json
    assert (one["status"], one["error"], one["feed"], one["inputs"]) == ("failed", "boom", "openlineage", [])
    assert one["outputs"] == [
        {
            "ref": {"namespace": OUT.namespace, "name": OUT.name},
            "facets": {"columnLineage": made, "outputStatistics": {"rowCount": 3}},
        }
    ]
    assert one["facets"] == {"run": plan, "job": sql}
    assert ask("GET", at(OUT, below="/facets")).json["facets"] == {**out["facets"], "outputStatistics": {"rowCount": 3}}
    assert ask("GET", at(JOB, "jobs", "/facets")).json["facets"] == sql
    assert ask("GET", at(JOB, "jobs", "/runs/none")).status == 404


def test_runs_that_were_pushed_as_records_are_told_too(ask: Asker) -> None:
    push(ask, JobRun(ref=JOB, id="a", status="running"), JobRun(ref=JOB, id="b", status="succeeded"))
    assert statuses(ask) == {"a": "running", "b": "succeeded"}  # told of just now
    assert ask("GET", at(JOB, "jobs", "/runs/a")).json["facets"] == {"run": {}, "job": {}}


@pytest.mark.parametrize("query", ["silent=x", "silent=", "cursor=x", "limit=0", "bogus=1"])
def test_a_wrong_question_is_told_so(ask: Asker, query: str) -> None:
    tell(ask, "r", "START", ago(minutes=1))
    assert ask("GET", at(JOB, "jobs", f"/runs?{query}")).status == 400


@pytest.mark.parametrize("when", ["99999999999d", "9" * 400 + "w", "10000-01-01", "0001-01-01T00:00+23:00"])
def test_a_time_beyond_all_years_is_no_time(ask: Asker, when: str) -> None:
    tell(ask, "r", "START", ago(minutes=1))
    got = ask("GET", f"{at(JOB, 'jobs')}?at={when.replace('+', '%2B')}")
    assert (got.status, "is no time" in got.json["detail"]) == (400, True)


def test_as_of_is_another_word_for_at(ask: Asker) -> None:
    tell(ask, "r", "START", ago(minutes=1))
    assert ask("GET", f"{at(JOB, 'jobs')}?as_of=2001-01-01").status == 404
    assert ask("GET", f"{at(JOB, 'jobs')}?as_of=now").status == 200
    got = ask("GET", f"{at(JOB, 'jobs')}?as_of=now&at=now")
    assert (got.status, got.json["detail"]) == (400, "at: given twice")
    got = ask("GET", "/api/v1/namespaces?as_of=now")
    assert "as_of: unknown" in got.json["detail"]
