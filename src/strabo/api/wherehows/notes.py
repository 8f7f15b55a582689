"""What the dialect remembers besides facts: how names are mapped, and what each execution has moved, row by row.

A job's lineage is a fact; the partitions and counts of one run of it are not, but an answer of the old API has them.
"""

import re
from datetime import UTC, datetime
from typing import Any

import msgspec

from strabo.api.wherehows.executions import Execution, Role
from strabo.api.wherehows.jobs import split_job
from strabo.api.wherehows.urns import UNKNOWN_DATABASE, Naming
from strabo.catalog.hosts import load
from strabo.model.records import RunStatus
from strabo.model.ref import Ref
from strabo.store.protocol import Reader, Writer

_SETTINGS, _NAMING = "wherehows", "naming"
_RUNS = "wherehows.run"  # by the id of a job's run
_FLOWS = "wherehows.flow"  # by the id of a flow's run and the name of a job: the ids of the job's runs
_JOBS = "wherehows.job"  # by job: its newest run, which stays
_SWEPT = "swept"  # among the settings: when notes that are too old were last looked for
_DAY = 24 * 3600 * 1_000_000  # microseconds
KEPT_DAYS = 90  # a run is remembered row by row; the lineage that it showed stays
_SCHEME = re.compile(r"[a-z][\w+.-]*(:\w+)?")
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One dataset that a run has touched, as it was posted."""

    ref: Ref
    role: Role
    said: dict[str, Any] = {}


class Run(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One run of a job."""

    job: Ref
    run: str = ""
    flow_run: str = ""
    uuid: str = ""
    status: RunStatus = "succeeded"
    started: datetime | None = None
    ended: datetime | None = None
    rows: tuple[Row, ...] = ()

    @property
    def order(self) -> tuple[datetime, str]:
        """What comes later is newer."""
        return self.ended or self.started or _LONG_AGO, self.run


_runs = msgspec.json.Decoder(tuple[Run, ...])
_encode = msgspec.json.Encoder(order="deterministic").encode


def naming_set(reader: Reader) -> Naming:
    """The mapping of names as it was set; an empty one when nobody has."""
    found = reader.notes(_SETTINGS, [_NAMING])
    return msgspec.json.decode(found[0].body, type=Naming) if found else Naming()


def naming_of(reader: Reader) -> Naming:
    """The mapping of names as it works: what was set here, and schemes that `strabo hosts` maps (`hive`, `hive:EI`)."""
    names = naming_set(reader)
    hosts = {
        other.replace(":", "@"): name
        for other, name in load(reader).mapping.items()
        if _SCHEME.fullmatch(other) and not other.startswith(UNKNOWN_DATABASE)
    }
    return msgspec.structs.replace(names, schemes={**hosts, **names.schemes}) if hosts else names


def put_naming(writer: Writer, names: Naming) -> None:
    writer.put_note(_SETTINGS, _NAMING, _encode(names))


def remember(writer: Writer, execution: Execution) -> None:
    """Keeps what an execution has moved. The same one again takes the place of the one before."""
    run = Run(
        job=execution.job,
        run=execution.run,
        flow_run=execution.flow_run,
        uuid=execution.run_uuid,
        status=execution.status,
        started=execution.started,
        ended=execution.ended,
        rows=tuple(Row(ref=m.ref, role=m.role, said=m.row) for m in execution.moved),
    )
    if run.run:
        _put(writer, _RUNS, run.run, run)
    if run.flow_run and run.run:
        flow = execution.flow if execution.flow not in (None, execution.job) else None
        job = split_job(run.job.name)[1] if flow is not None else run.job.name
        _put(writer, _FLOWS, f"{run.flow_run}\x1f{job}", msgspec.structs.replace(run, rows=()))
    key = _key(run.job)
    newest = _get(writer, _JOBS, key)
    if not newest or run.order >= newest[0].order:
        writer.put_note(_JOBS, key, _encode((run,)))


def sweep(writer: Writer) -> None:
    """Forgets runs that were posted too long ago; looks for them once a day, for it reads all that are kept."""
    moment = writer.moment(writer.tx)
    now = moment.at if moment is not None else 0
    last = writer.notes(_SETTINGS, [_SWEPT])
    if last and last[0].at > now - _DAY:
        return
    for space in (_RUNS, _FLOWS):
        writer.drop_old_notes(space, now - KEPT_DAYS * _DAY)
    writer.put_note(_SETTINGS, _SWEPT, b"")


def run_of_job(reader: Reader, job: Ref) -> Run | None:
    """The newest run of a job that was posted."""
    return next(iter(_get(reader, _JOBS, _key(job))), None)


def runs_by_id(reader: Reader, run: str) -> tuple[Run, ...]:
    """The runs with an id: several when several applications have one."""
    return _get(reader, _RUNS, run)


def runs_of_flow(reader: Reader, flow_run: str, job_name: str) -> list[Run]:
    """The runs of a job in one run of its flow."""
    found = _get(reader, _FLOWS, f"{flow_run}\x1f{job_name}")
    wanted = {(run.job, run.run) for run in found}
    return [
        run
        for key in dict.fromkeys(r.run for r in found)
        for run in runs_by_id(reader, key)
        if (run.job, run.run) in wanted
    ]


def _key(job: Ref) -> str:
    return f"{job.namespace}\x1f{job.name}"


def _get(reader: Reader, space: str, key: str) -> tuple[Run, ...]:
    found = reader.notes(space, [key])
    return _runs.decode(found[0].body) if found else ()


def _put(writer: Writer, space: str, key: str, run: Run) -> None:
    others = [r for r in _get(writer, space, key) if (r.job, r.run) != (run.job, run.run)]
    writer.put_note(space, key, _encode(sorted((*others, run), key=lambda r: (r.job, r.run))))
