"""The runs of somebody's job: not those of Strabo's own workflows, which are under /runs."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any

import msgspec

from strabo.api.http import Call, Reply, Route
from strabo.api.native.finding import node_of_path
from strabo.api.native.paging import Cursor, Limit, Page, cursor, paged, place
from strabo.catalog import events, job_runs
from strabo.catalog.times import length
from strabo.errors import NotFound
from strabo.model.records import JobRun, RunStatus
from strabo.model.ref import Ref
from strabo.openlineage.state import Port

Silent = Annotated[
    str, msgspec.Meta(description="A run that has not ended, and says nothing for so long, is `lost`: `1d`, `6h`.")
]


class Which(msgspec.Struct, frozen=True, kw_only=True):
    silent: Silent = "1d"


class Asked(Which, frozen=True, kw_only=True):
    limit: Limit = 50
    cursor: Cursor = ""


class JobRunShown(msgspec.Struct, frozen=True, kw_only=True):
    """One run as one feed tells of it. `heard_at`: the time of its last event. `read`, `written`: rows."""

    id: str
    status: RunStatus
    attempt: int
    started_at: datetime | None
    ended_at: datetime | None
    scheduled_for: datetime | None
    heard_at: datetime
    parent: str | None
    read: int | None
    written: int | None
    error: str | None
    feed: str


class PortShown(msgspec.Struct, frozen=True, kw_only=True):
    """A dataset as one run read or wrote it; `facets` are those that are about this run: columnLineage, statistics."""

    ref: Ref
    facets: dict[str, Any]


class JobRunTold(JobRunShown, frozen=True, kw_only=True):
    """With what its events said: the datasets, and the facets of the run and of its job as they were sent."""

    inputs: list[PortShown]
    outputs: list[PortShown]
    facets: dict[str, dict[str, Any]]


class JobRuns(Page, frozen=True, kw_only=True):
    """The one that was told of last is first."""

    ref: Ref
    runs: list[JobRunShown]


class Facets(msgspec.Struct, frozen=True, kw_only=True):
    """The newest of every facet that OpenLineage events gave an object, as it was sent."""

    ref: Ref
    facets: dict[str, Any]


def runs(call: Call) -> Reply:
    asked: Asked = call.query
    at = place(asked.cursor, f=int)
    job = node_of_path(call)
    found = job_runs.newest(call.catalog.store, job, asked.limit + 1, before=at.get("f"), silent=length(asked.silent))
    shown = found[: asked.limit]
    following = cursor(f=shown[-1].fact) if len(found) > asked.limit else None
    return paged(call, {"ref": job.ref, "runs": [_shown(one) for one in shown]}, following)


def run(call: Call) -> Reply:
    job, number = node_of_path(call), call.path["run"]
    found = job_runs.by_id(call.catalog.store, job, number, silent=length(call.query.silent))
    if not found:
        raise NotFound(
            f"{job.ref} has no run {number[:200]!r}", fix=f"GET {call.route.path.removesuffix('/{run}')} lists them"
        )
    one = found[0]
    facets = events.run_facets(call.catalog.store, one.run.ref, one.run.id, feed=one.feed)
    ports = (one.state.inputs, one.state.outputs) if one.state is not None else ({}, {})
    inputs, outputs = (_datasets(some.values()) for some in ports)
    return Reply(value={**_shown(one), "inputs": inputs, "outputs": outputs, "facets": facets})


def facets(call: Call) -> Reply:
    store, node = call.catalog.store, node_of_path(call)
    members = store.members(node.id)
    known = store.feeds()
    feeds = {known[f.feed].name for f in store.facts(members) if f.feed in known} | {events.FEED}
    found: dict[str, Any] = {}
    for ref in (one.ref for one in store.nodes(members).values()):
        for feed in sorted(feeds):
            found = {**events.facets_of(store, ref, feed=feed), **found}
    return Reply(value=Facets(ref=node.ref, facets=dict(sorted(found.items()))))


def _shown(one: job_runs.Ran) -> dict[str, Any]:
    own = {n: getattr(one.run, n) for n in JobRun.__struct_fields__ if n != "ref"}
    return {**own, "status": one.status, "heard_at": one.heard_at, "feed": one.feed}


def _datasets(ports: Iterable[Port]) -> list[PortShown]:
    found = []
    for port in sorted(ports, key=lambda p: p.ref):
        said = {k: s.value for k, s in sorted(port.facets.items()) if s.value is not None and k != "columns"}
        plain = {key.removeprefix("input.").removeprefix("output."): value for key, value in said.items()}
        found.append(PortShown(ref=port.ref, facets=plain))
    return found


ROUTES = [
    Route(
        method="GET",
        path="/api/v1/jobs/{namespace}/{name}/runs",
        handle=runs,
        summary="The runs of a job; those that fell silent are `lost`",
        query=Asked,
        answer=JobRuns,
        group="Objects",
    ),
    Route(
        method="GET",
        path="/api/v1/jobs/{namespace}/{name}/runs/{run}",
        handle=run,
        summary="One run of a job, with its facets",
        query=Which,
        answer=JobRunTold,
        group="Objects",
    ),
    Route(
        method="GET",
        path="/api/v1/jobs/{namespace}/{name}/facets",
        handle=facets,
        summary="The OpenLineage facets of a job, as they were sent",
        answer=Facets,
        group="Objects",
    ),
    Route(
        method="GET",
        path="/api/v1/datasets/{namespace}/{name}/facets",
        handle=facets,
        summary="The OpenLineage facets of a dataset, as they were sent",
        answer=Facets,
        group="Objects",
    ),
]
