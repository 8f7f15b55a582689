"""Pushed OpenLineage events: kept as they came, folded into what they add up to, and that told to the catalog.

The fold (`strabo.openlineage`) makes the answer independent of order, repetition and splitting; here it meets the
store: states are read and written in sets, and only what a group of events really changed is projected again.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from strabo.catalog import hosts, observed
from strabo.catalog.door import By
from strabo.catalog.intake import Intake, place
from strabo.errors import BadRecord, UsageError
from strabo.model import naming
from strabo.model.records import Record
from strabo.model.ref import Ref
from strabo.openlineage import state as states
from strabo.openlineage.deltas import Name, dataset_key, deltas, job_key, run_key, subject
from strabo.openlineage.event import Event, parse
from strabo.openlineage.project import gist, records
from strabo.openlineage.state import DatasetState, FlowState, JobState, RunState, Told, merged
from strabo.store.protocol import Reader, Writer
from strabo.store.rows import NewEvent

FEED = "openlineage"
STANDING = 2  # derived: what a source says of its own tables weighs more
_RECORDS = ("POST /api/v1/records", "POST /api/v1/edges", "PUT /api/v1/")  # calls that tell no events
_CHUNK = 5000  # events of a rebuild that are folded at a time


class Took(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of one event."""

    new: bool  # False: the same content was here before
    warnings: tuple[str, ...] = ()


def fold_events(writer: Writer, by: By, payloads: Sequence[Sequence[Event]]) -> list[list[Took]]:
    """Keeps and folds the events of several requests; what became of each. A door's operation."""
    feed = writer.feed(by.feed, by.standing)
    name = spelled(writer)
    flat = [event for payload in payloads for event in payload]
    fresh = writer.add_events(feed, [NewEvent(e.digest, e.at, subject(e, name), e.body) for e in flat])
    changed = _fold(writer, feed, [e for e, new in zip(flat, fresh, strict=True) if new], name)
    _tell(writer, feed, Intake(by.feed, standing=by.standing, spells=True), changed, name)
    answers = (Took(new=new, warnings=e.warnings) for e, new in zip(flat, fresh, strict=True))
    return [[next(answers) for _ in payload] for payload in payloads]


def spelled(reader: Reader) -> Name:
    """How names are spelled here: the normal form, and what the catalog takes one system's name for."""
    names = hosts.load(reader)
    return names.of if names else naming.normal


Changed = dict[bytes, tuple[Told | None, Told]]
"""By key: the state before, if there was one, and after."""


def _fold(writer: Writer, feed: int, events: Iterable[Event], name: Name) -> Changed:
    said: dict[bytes, Told] = {}
    for event in events:
        for key, one in deltas(event, name).items():
            said[key] = merged(said[key], one) if key in said else one
    before = {key: states.decode(body) for key, body in writer.states(feed, list(said)).items()}
    changed: Changed = {}
    for key, one in said.items():
        old = before.get(key)
        if old is None:
            changed[key] = (None, one)
        elif not isinstance(old, FlowState):
            new = merged(old, one)
            if new != old:
                changed[key] = (old, new)
    writer.put_states(feed, {key: states.encode(new) for key, (_, new) in changed.items()})
    return changed


def _tell(writer: Writer, feed: int, intake: Intake, changed: Changed, name: Name) -> None:
    """Tells the catalog what the changed states say now, takes back what they no longer say, and what runs moved."""
    new: list[Record] = []
    gone: list[Record] = []
    runs: list[observed.Run] = []
    for key, (old, now) in changed.items():
        if old is None or gist(old) != gist(now):
            was = _by_place(records(old, name)) if old is not None else {}
            says = _by_place(records(now, name))
            new += [record for at, record in says.items() if was.get(at) != record]
            gone += [record for at, record in was.items() if at not in says]
        if isinstance(now, RunState):
            runs.append(observed.Run(key, old if isinstance(old, RunState) else None, now))
    intake.take_back(writer, gone)
    said = observed.follow(writer, feed, runs, name)
    intake.take(writer, [*new, *said.records])
    intake.take_back(writer, said.gone)
    observed.note(writer, feed, said.seen)
    failures = intake.counts().failures
    if failures:
        raise BadRecord(
            f"{failures[0].ref}: {failures[0].error}", fix="the event was not stored; correct it and send it again"
        )


def _by_place(found: Iterable[Record]) -> dict[tuple[bytes, int, str], Record]:
    return {(dataset_key(r.ref), *place(r)): r for r in found}


# --- anew from the events


def rebuild(writer: Writer, feed_name: str, *, standing: int = STANDING) -> int:
    """Forgets what a feed's events add up to and works it out again, in this transaction; how many events that were.

    What the catalog already shows rightly stays untouched, so history gains only what was wrong before. What no event
    says is ended: raises UsageError for a feed that others fill, too.
    """
    feed = writer.feed(feed_name, standing)
    told = {fact.since for fact in writer.scan() if fact.feed == feed}
    others = any(m.run or m.what.startswith(_RECORDS) for m in writer.moments(told).values())
    if others or not any(row.feed == feed for row in writer.events()):
        raise UsageError(
            f"feed {feed_name!r} is not made of events alone: what is read or loaded would end",
            fix=f"name a feed that events were pushed to, such as {FEED}",
        )
    name = spelled(writer)
    writer.drop_states(feed)
    count = 0
    for chunk in _chunks(writer, feed):
        count += len(chunk)
        _fold(writer, feed, chunk, name)
    intake = Intake(feed_name, standing=standing, spells=True)
    everything: Changed = {}
    for key, body in list(writer.all_states(feed)):
        found = states.decode(body)
        if not isinstance(found, FlowState):
            everything[key] = (None, found)
        if len(everything) >= _CHUNK:
            _tell(writer, feed, intake, everything, name)
            everything = {}
    _tell(writer, feed, intake, everything, name)
    intake.end_unsaid(writer)
    return count


def _chunks(writer: Writer, feed: int) -> Iterator[list[Event]]:
    chunk: list[Event] = []
    for row in writer.events():
        if row.feed == feed:
            chunk.append(parse(row.body))
        if len(chunk) >= _CHUNK:
            yield chunk
            chunk = []
    yield chunk


# --- reading


def feed_id(reader: Reader, feed: str = FEED) -> int:
    """The number of a feed; 0 when nothing was ever said in it."""
    return next((f.id for f in reader.feeds().values() if f.name == feed), 0)


def run_state(reader: Reader, job: Ref, run: str, *, feed: str = FEED) -> RunState | None:
    """What the events of one run add up to."""
    found = _state(reader, run_key(spelled(reader)(job), run), feed)
    return found if isinstance(found, RunState) else None


def run_states(reader: Reader, feed: int, runs: Sequence[tuple[Ref, str]]) -> dict[tuple[Ref, str], RunState]:
    """The same of several runs of one feed, by job and id; of those that events speak of."""
    name = spelled(reader)
    keys = {run_key(name(job), run): (job, run) for job, run in runs}
    decoded = {keys[key]: states.decode(body) for key, body in reader.states(feed, list(keys)).items()}
    return {pair: state for pair, state in decoded.items() if isinstance(state, RunState)}


def job_state(reader: Reader, job: Ref, *, feed: str = FEED) -> JobState | None:
    """What is known of a job apart from its runs."""
    found = _state(reader, job_key(spelled(reader)(job)), feed)
    return found if isinstance(found, JobState) else None


def dataset_state(reader: Reader, dataset: Ref, *, feed: str = FEED) -> DatasetState | None:
    """What the events that name a dataset add up to."""
    found = _state(reader, dataset_key(spelled(reader)(dataset)), feed)
    return found if isinstance(found, DatasetState) else None


def _state(reader: Reader, key: bytes, feed: str) -> states.State | None:
    body = reader.states(feed_id(reader, feed), [key]).get(key)
    return states.decode(body) if body is not None else None


def facets_of(reader: Reader, ref: Ref, *, feed: str = FEED) -> dict[str, Any]:
    """The newest of every facet that events gave a dataset or a job, as they were sent; {} when there are none."""
    found = dataset_state(reader, ref, feed=feed) or job_state(reader, ref, feed=feed)
    if found is None:
        return {}
    return {
        key.removeprefix("input.").removeprefix("output."): said.value
        for key, said in sorted(found.facets.items())
        if said.value is not None
    }


def run_facets(reader: Reader, job: Ref, run: str, *, feed: str = FEED) -> dict[str, dict[str, Any]]:
    """The facets of a run and of its job as that run's events gave them, each the newest by event time: `run`, `job`.

    Read from the events themselves: some facets are megabytes, and few are ever asked for.
    """
    newest: dict[tuple[str, str], tuple[int, bytes, Any]] = {}
    number = feed_id(reader, feed)
    for row in reader.events(subject=run_key(spelled(reader)(job), run)):
        if row.feed != number:
            continue
        event: Mapping[str, Any] = msgspec.json.decode(row.body)
        for part in ("run", "job"):
            facets = event.get(part, {}).get("facets") or {}
            for key, value in facets.items():
                said = (row.at, msgspec.json.encode(value, order="sorted"), value)
                newest[part, key] = max(newest.get((part, key), said), said, key=lambda s: s[:2])
    found: dict[str, dict[str, Any]] = {"run": {}, "job": {}}
    for (part, key), (_, _, value) in sorted(newest.items()):
        if value is not None and not (isinstance(value, dict) and value.get("_deleted") is True):
            found[part][key] = value
    return found
