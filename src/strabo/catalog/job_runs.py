"""The runs of a job as they are known, and which of them have fallen silent: that is seen when it is read."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from strabo.catalog.events import run_states
from strabo.catalog.times import from_micros
from strabo.model import codec
from strabo.model.records import JobRun, RunStatus
from strabo.model.ref import Ref
from strabo.openlineage.state import NEVER, RunState
from strabo.store.protocol import Reader
from strabo.store.rows import ASPECTS, Fact, Node

SILENT = timedelta(days=1)
_OPEN: frozenset[RunStatus] = frozenset({"running", "queued"})
_RUN = ASPECTS["run"]
_Read = tuple[Fact, Ref, JobRun]


class Ran(msgspec.Struct, frozen=True, kw_only=True):
    """One run as one feed tells of it. heard_at: when its last event says that it happened, or when we were told."""

    run: JobRun
    feed: str
    status: RunStatus  # the record's, or "lost"
    heard_at: datetime
    fact: int
    state: RunState | None = None  # what its events add up to, where there are any


def newest(
    reader: Reader,
    job: Node,
    limit: int,
    *,
    before: int | None = None,
    silent: timedelta = SILENT,
    now: datetime | None = None,
) -> list[Ran]:
    """The runs that were told of last, the last first. before: the fact behind which to go on.

    silent: how long a run that has not ended may say nothing before it is lost. A later word of it undoes that.
    """
    members, wanted = reader.members(job.id), limit
    while True:
        found = sorted(reader.newest(members, _RUN, wanted), key=lambda f: -f.id)
        fitting = [f for f in found if before is None or f.id < before]
        if len(fitting) >= limit or len(found) < wanted:
            return _told(reader, fitting[:limit], silent, now or datetime.now(UTC))
        wanted *= 4


def by_id(reader: Reader, job: Node, run: str, *, silent: timedelta = SILENT, now: datetime | None = None) -> list[Ran]:
    """The runs of a job with an id, the last told of first: several when several feeds tell of one."""
    members = set(reader.members(job.id))
    found = [f for f in reader.of_run(run) if f.node in members]
    return _told(reader, sorted(found, key=lambda f: -f.id), silent, now or datetime.now(UTC))


def _told(reader: Reader, facts: Sequence[Fact], silent: timedelta, now: datetime) -> list[Ran]:
    nodes, feeds = reader.nodes({f.node for f in facts}), reader.feeds()
    moments = reader.moments({f.since for f in facts})
    states: dict[tuple[int, Ref, str], RunState] = {}
    runs: list[_Read] = []
    for fact in facts:
        record = codec.decode(fact.body)
        assert isinstance(record, JobRun)  # noqa: S101 - the aspect
        runs.append((fact, nodes[fact.node].ref, record))
    for feed in {f.feed for f in facts}:
        pairs = [(ref, record.id) for fact, ref, record in runs if fact.feed == feed]
        states |= {(feed, *pair): state for pair, state in run_states(reader, feed, pairs).items()}
    told = []
    for fact, ref, record in runs:
        state = states.get((fact.feed, ref, record.id))
        known = from_micros(moments[fact.since].at)
        heard = known if state is None or state.last == NEVER else from_micros(state.last)
        lost = record.status in _OPEN and now - heard > silent
        told.append(
            Ran(
                run=msgspec.structs.replace(record, ref=ref),
                feed=feeds[fact.feed].name if fact.feed in feeds else "",
                status="lost" if lost else record.status,
                heard_at=heard,
                fact=fact.id,
                state=state,
            )
        )
    return told
