"""One execution of a job as both ways of posting lineage come to it, and its records.

An execution says what one run has read and written. The lineage of a job is what all of its executions say
together: one that read less than the one before takes nothing away.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Literal, get_args

import msgspec

from strabo.errors import BadRecord
from strabo.model.records import ColumnEdge, Job, JobKind, JobRun, Lineage, Record, RunStatus, Upstream
from strabo.model.ref import Ref

Role = Literal["source", "target", "lookup", "temp"]
ROLES: tuple[Role, ...] = get_args(Role)

EVIDENCE = "WhereHows lineage API"

# The words of Azkaban, Oozie, AppWorx and YARN, letter case aside.
_STATES: dict[RunStatus, tuple[str, ...]] = {
    "succeeded": ("SUCCEEDED", "SUCCESS", "SUCCESSFUL", "FINISHED", "OK", "DONE", "COMPLETE", "COMPLETED",
                  "FAILED_SUCCEEDED", "END"),
    "failed": ("FAILED", "FAILURE", "ERROR", "FAILED_FINISHING", "ABORTED", "START_RETRY", "END_RETRY", "FAIL"),
    "cancelled": ("KILLED", "CANCELLED", "CANCELED", "CANCELLING", "KILLING"),
    "running": ("RUNNING", "STARTED", "PAUSED", "SUSPENDED", "INITIATED", "PROCESSING"),
    "queued": ("QUEUED", "READY", "PREPARING", "PREP", "PENDING", "WAITING", "REQUESTED", "SUBMITTED", "ACCEPTED"),
    "skipped": ("SKIPPED", "DISABLED"),
}  # fmt: skip
_STATUS: dict[str, RunStatus] = {word: status for status, words in _STATES.items() for word in words}


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """One dataset that an execution has touched. `row` is what an answer says of it, under the old table's columns."""

    ref: Ref
    role: Role
    row: dict[str, Any] = {}
    fed_by: tuple[Ref, ...] = ()  # of a target: the sources that it is made of, where the row says so; else all


class Mapped(msgspec.Struct, frozen=True, kw_only=True):
    """One column of a source that makes one of a target."""

    source: Ref
    source_column: str
    target: Ref
    target_column: str


class Execution(msgspec.Struct, frozen=True, kw_only=True):
    """What one run of a job has moved."""

    job: Ref
    flow: Ref | None = None
    run: str = ""  # the id of the job's run; empty: not known
    run_uuid: str = ""
    flow_run: str = ""
    attempt: int = 1
    status: RunStatus = "succeeded"
    started: datetime | None = None
    ended: datetime | None = None
    moved: tuple[Moved, ...] = ()
    mapped: tuple[Mapped, ...] = ()
    location: str | None = None  # where the application is
    properties: dict[str, str] = {}  # of the job


def status_of(state: str, path: str) -> RunStatus:
    """A scheduler's word for how a run goes. Raises BadRecord for one that no scheduler of the list has."""
    found = _STATUS.get(state.strip().upper().replace(" ", "_"))
    if found is None:
        raise BadRecord(
            f"{state[:60]!r} is no state that is known",
            where=path,
            fix="use " + ", ".join(words[0] for words in _STATES.values()),
        )
    return found


Held = Callable[[Ref, Ref | None], Record | None]
"""What the feed has said before: of a job (its ref, None), or of a dataset's lineage by a job (its ref, the job's)."""


def nothing_held(_ref: Ref, _job: Ref | None) -> None:
    return None


def records(execution: Execution, held: Held = nothing_held) -> tuple[Record, ...]:
    """The flow, the job, the run, and the lineage of every target, laid over what was said before."""
    found: list[Record] = []
    flow = execution.flow if execution.flow != execution.job else None
    if flow is not None:
        found.append(_job(flow, held, kind="workflow"))
    kind: JobKind = "workflow" if execution.flow == execution.job else "task" if flow is not None else "job"
    found.append(
        _job(execution.job, held, kind=kind, parent=flow, location=execution.location, properties=execution.properties)
    )
    if execution.run:
        found.append(_run(execution))
    for target, upstreams in feeding(execution).items():
        before = held(target, execution.job)
        if isinstance(before, Lineage):
            upstreams = _together(before.upstreams, upstreams)  # noqa: PLW2901 - with what it was fed by before
        if upstreams:
            found.append(Lineage(ref=target, upstreams=upstreams, job=execution.job, how="observed", evidence=EVIDENCE))
    return tuple(found)


def feeding(execution: Execution) -> dict[Ref, tuple[Upstream, ...]]:
    """What feeds each target in this execution, in the order of their names; column edges where they are told."""
    every = dict.fromkeys(m.ref for m in execution.moved if m.role in {"source", "lookup"})
    edges: dict[Ref, dict[Ref, set[ColumnEdge]]] = {}
    for moved in execution.moved:
        if moved.role == "target":
            sources = edges.setdefault(moved.ref, {})
            for ref in moved.fed_by or every:
                sources.setdefault(ref, set())
    for m in execution.mapped:
        edge = ColumnEdge(source=m.source_column, target=m.target_column, how="transformation")
        edges.setdefault(m.target, {}).setdefault(m.source, set()).add(edge)
    return {target: tuple(_upstream(ref, sources[ref]) for ref in sorted(sources)) for target, sources in edges.items()}


def _upstream(ref: Ref, edges: Iterable[ColumnEdge]) -> Upstream:
    return Upstream(ref=ref, columns=tuple(sorted(edges, key=lambda e: (e.target, e.source, e.how))))


def _together(before: tuple[Upstream, ...], now: tuple[Upstream, ...]) -> tuple[Upstream, ...]:
    found: dict[Ref, set[ColumnEdge]] = {}
    for up in (*before, *now):
        found.setdefault(up.ref, set()).update(up.columns)
    return tuple(_upstream(ref, found[ref]) for ref in sorted(found))


def _job(
    ref: Ref,
    held: Held,
    *,
    kind: JobKind,
    parent: Ref | None = None,
    location: str | None = None,
    properties: dict[str, str] | None = None,
) -> Job:
    before = held(ref, None)
    if not isinstance(before, Job):
        return Job(ref=ref, kind=kind, parent=parent, location=location, properties=properties or {})
    return msgspec.structs.replace(
        before,
        ref=ref,
        kind=kind if kind != "job" else before.kind,
        parent=parent or before.parent,
        location=location or before.location,
        properties={**before.properties, **(properties or {})},
    )


def _run(execution: Execution) -> JobRun:
    return JobRun(
        ref=execution.job,
        id=execution.run,
        status=execution.status,
        attempt=execution.attempt,
        started_at=execution.started,
        ended_at=execution.ended,
        parent=execution.flow_run or None,
        read=_count(execution, {"source", "lookup"}),
        written=_count(execution, {"target"}),
    )


def _count(execution: Execution, roles: set[str]) -> int | None:
    """Rows, of all datasets in these roles; None where no row tells. The same row twice counts once."""
    rows = {msgspec.json.encode((m.ref, m.row), order="sorted"): m.row for m in execution.moved if m.role in roles}
    counts = []
    for row in rows.values():
        number = row.get("record_count")
        if number is None:
            parts = [row[k] for k in ("insert_count", "update_count") if row.get(k) is not None]
            number = sum(parts) if parts else None
        if number is not None:
            counts.append(number)
    return sum(counts) if counts else None
