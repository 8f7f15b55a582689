"""The paths of the dialect, under `/compat/marquez`."""

from typing import Any

import msgspec

from strabo.api.http import Method, Route
from strabo.api.marquez import bodies, reading, writing
from strabo.api.marquez.answers import Paging, handler, refused
from strabo.api.marquez.namespaces import Tag
from strabo.api.who import Right

PREFIX = "/compat/marquez/api"
V1 = f"{PREFIX}/v1"
_SPACE = "/namespaces/{namespace}"
_DATASET = f"{_SPACE}/datasets/{{dataset}}"
_JOB = f"{_SPACE}/jobs/{{job}}"
_RUN = "/jobs/runs/{run}"


def _route(
    method: Method,
    path: str,
    answer: Any,
    summary: str,
    *,
    query: type[msgspec.Struct] | None = None,
    body: Any = None,
    status: int = 200,
    needs: Right | None = None,
    base: str = V1,
    documented: bool = True,
) -> Route:
    return Route(
        method=method,
        path=base + path,
        handle=handler(answer),
        summary=summary,
        query=query,
        body=body,
        status=status,
        needs=needs or ("read" if method == "GET" else "edit" if method == "DELETE" else "ingest"),
        group="Marquez",
        documented=documented,
        refused=refused,
    )


_NAMESPACES = [
    _route("GET", "/namespaces", reading.list_namespaces, "All namespaces.", query=Paging),
    _route("GET", _SPACE, reading.get_namespace, "One namespace."),
    _route("PUT", _SPACE, writing.put_namespace, "Make or change a namespace.", body=bodies.NamespaceBody),
    _route("DELETE", _SPACE, writing.delete_namespace, "Hide a namespace and what is in it."),
    _route("GET", "/sources", reading.list_sources, "All sources.", query=Paging),
    _route("GET", "/sources/{source}", reading.get_source, "One source."),
    _route("PUT", "/sources/{source}", writing.put_source, "Make or change a source.", body=writing.SourceBody),
    _route("GET", "/tags", reading.list_tags, "All tags.", query=Paging),
    _route("PUT", "/tags/{tag}", writing.put_tag, "Describe a tag.", body=Tag),
]

_DATASETS = [
    _route("GET", f"{_SPACE}/datasets", reading.list_datasets, "The datasets of a namespace.", query=Paging),
    _route("GET", _DATASET, reading.get_dataset, "One dataset."),
    _route("PUT", _DATASET, writing.put_dataset, "Make or change a dataset.", body=bodies.DatasetBody),
    _route("DELETE", _DATASET, writing.delete_dataset, "Hide a dataset."),
    _route("GET", f"{_DATASET}/versions", reading.list_dataset_versions, "Its versions.", query=Paging),
    _route("GET", f"{_DATASET}/versions/{{version}}", reading.get_dataset_version, "One version of it."),
    _route("POST", f"{_DATASET}/tags/{{tag}}", writing.tag_dataset, "Tag it."),
    _route("DELETE", f"{_DATASET}/tags/{{tag}}", writing.untag_dataset, "Take a tag away."),
    _route("POST", f"{_DATASET}/fields/{{field}}/tags/{{tag}}", writing.tag_field, "Tag a field."),
    _route("DELETE", f"{_DATASET}/fields/{{field}}/tags/{{tag}}", writing.untag_field, "Take a field's tag away."),
    # The pages put names into these paths without quoting them.
    _route("POST", f"{_SPACE}/datasets/{{rest*}}", writing.tag_plain_dataset, "Tag it.", documented=False),
    _route("DELETE", f"{_SPACE}/datasets/{{rest*}}", writing.delete_plain_dataset, "Hide it.", documented=False),
]

_JOBS = [
    _route("GET", "/jobs", reading.list_jobs, "The jobs of all namespaces.", query=reading.JobsQuery),
    _route("GET", f"{_SPACE}/jobs", reading.list_jobs, "The jobs of a namespace.", query=reading.JobsQuery),
    _route("GET", _JOB, reading.get_job, "One job."),
    _route("PUT", _JOB, writing.put_job, "Make or change a job.", body=bodies.JobBody),
    _route("DELETE", _JOB, writing.delete_job, "Hide a job."),
    _route("GET", f"{_JOB}/versions", reading.list_job_versions, "Its versions.", query=Paging),
    _route("GET", f"{_JOB}/versions/{{version}}", reading.get_job_version, "One version of it."),
    _route("POST", f"{_JOB}/tags/{{tag}}", writing.tag_job, "Tag it."),
    _route("DELETE", f"{_JOB}/tags/{{tag}}", writing.untag_job, "Take a tag away."),
    _route("POST", f"{_SPACE}/jobs/{{rest*}}", writing.tag_plain_job, "Tag it.", documented=False),
    _route("DELETE", f"{_SPACE}/jobs/{{rest*}}", writing.delete_plain_job, "Hide it.", documented=False),
    _route("GET", f"{_JOB}/runs", reading.list_runs, "Its runs, the last one first.", query=Paging),
    _route("POST", f"{_JOB}/runs", writing.post_run, "Make a run.", body=bodies.RunBody, status=201),
    _route("GET", _RUN, reading.get_run, "One run."),
    _route("GET", f"{_RUN}/facets", reading.get_run_facets, "Its facets, or its job's.", query=reading.FacetsQuery),
    _route("POST", f"{_RUN}/start", writing.start_run, "It started.", query=writing.MomentQuery),
    _route("POST", f"{_RUN}/complete", writing.complete_run, "It succeeded.", query=writing.MomentQuery),
    _route("POST", f"{_RUN}/fail", writing.fail_run, "It failed.", query=writing.MomentQuery),
    _route("POST", f"{_RUN}/abort", writing.abort_run, "It was stopped.", query=writing.MomentQuery),
]

_LINEAGE = [
    _route("POST", "/lineage", writing.post_lineage, "Push one OpenLineage event.", body=dict[str, Any], status=201),
    _route("GET", "/lineage", reading.get_lineage, "What feeds a node and what it feeds.", query=reading.NodeQuery),
    _route("GET", "/column-lineage", reading.get_column_lineage, "The same by columns.", query=reading.NodeQuery),
    _route("GET", "/runlineage/upstream", reading.get_run_lineage, "The runs before a run.", query=reading.RunQuery),
    _route("GET", "/events", reading.list_events, "Pushed events.", query=Paging),
    _route("GET", "/events/{namespace}", reading.list_events, "Those of a namespace's jobs.", query=Paging),
    _route(
        "GET", "/events/lineage", reading.list_lineage_events, "Pushed events of a time.", query=reading.EventsQuery
    ),
]

_SEARCH = [
    _route("GET", "/search", reading.get_search, "Find datasets and jobs.", query=reading.SearchQuery),
    _route(
        "GET", "/v2beta/search/jobs", reading.search_jobs, "Find jobs.", query=reading.WordsQuery, base=PREFIX
    ),
    _route(
        "GET", "/v2beta/search/datasets", reading.search_datasets, "Find datasets.", query=reading.WordsQuery,
        base=PREFIX,
    ),
    _route(
        "GET", "/stats/lineage-events", reading.get_lineage_stats, "Events, hour by hour or day by day.",
        query=reading.StatsQuery,
    ),
    _route("GET", "/stats/jobs", reading.get_job_stats, "How many jobs there were.", query=reading.StatsQuery),
    _route("GET", "/stats/datasets", reading.get_dataset_stats, "How many datasets.", query=reading.StatsQuery),
    _route("GET", "/stats/sources", reading.get_source_stats, "How many sources.", query=reading.StatsQuery),
]  # fmt: skip

ROUTES = [*_NAMESPACES, *_DATASETS, *_JOBS, *_LINEAGE, *_SEARCH]
