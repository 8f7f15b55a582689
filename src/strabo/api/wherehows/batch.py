"""The posts of one group commit: what each adds is seen by the next, and all is written at once."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

from strabo.api.wherehows import notes, sightings
from strabo.api.wherehows.executions import Execution
from strabo.api.who import Who
from strabo.catalog import hosts, refs, spelling
from strabo.catalog.door import By
from strabo.catalog.intake import Intake
from strabo.catalog.view import with_ref
from strabo.errors import AccessDenied, BadRecord
from strabo.model import codec
from strabo.model.records import Dataset, Job, Lineage, Record, Stats
from strabo.model.ref import Ref
from strabo.model.rewrite import map_refs
from strabo.store.protocol import Writer
from strabo.store.rows import ASPECTS

R = TypeVar("R", Dataset, Stats, Job, Lineage)
_LAID_OVER = (Dataset, Stats, Job, Lineage)


class _Key(NamedTuple):
    """A fact of this feed: of which object, and of lineage by which job."""

    ref: Ref
    kind: type
    job: Ref | None


class Batch:
    """What one feed posts in one transaction. `close` writes it."""

    def __init__(self, writer: Writer, by: By) -> None:
        self._writer, self._by = writer, by
        self.names, self._hosts = notes.naming_of(writer), hosts.load(writer)
        self._feed = writer.feed(by.feed, by.standing)
        self._spelled: dict[Ref, Ref] = {}
        self._first: dict[tuple[str, str], Ref] = {}
        self._known: dict[_Key, Record | None] = {}
        self._found: dict[str, list[Record]] = {}  # by feed
        self._executions: list[Execution] = []

    def ref(self, ref: Ref) -> Ref:
        """The ref as the catalog names it, or as the first post of this batch did: one object has one spelling."""
        found = self._spelled.get(ref)
        if found is None:
            other = self._hosts.of(ref)
            node = refs.exact(self._writer, other)
            found = node.ref if node is not None else self._first.setdefault(spelling.key(other), other)
            self._spelled[ref] = self._spelled[found] = found
        return found

    def said(self, ref: Ref, kind: type[R], job: Ref | None = None) -> R | None:
        """What the feed has said so far, in this batch or before: of a dataset or a job, or of lineage by a job."""
        key = _Key(self.ref(ref), kind, self.ref(job) if job is not None else None)
        if key not in self._known:
            self._known[key] = self._held(key)
        record = self._known[key]
        return record if isinstance(record, kind) else None

    def add(self, who: Who, records: Sequence[Record], *, feed: str = "") -> None:
        """Takes the records of a post, to be written by this feed or another. Raises AccessDenied."""
        records = [map_refs(record, self.ref) for record in records]
        refused = who.refused(record.ref for record in records)
        if refused:
            raise AccessDenied(refused, fix="use a token for that namespace: `strabo token create`")
        self._found.setdefault(feed or self._by.feed, []).extend(records)
        for record in records:
            if isinstance(record, _LAID_OVER) and feed in {"", self._by.feed}:
                job = record.job if isinstance(record, Lineage) else None
                self._known[_Key(record.ref, type(record), job)] = record

    def ran(self, execution: Execution) -> None:
        """Remembers an execution, whose records were added."""
        self._executions.append(execution)

    def close(self) -> None:
        """Writes all of it or none. Raises BadRecord for what cannot be written."""
        weights = {feed.name: feed.standing for feed in self._writer.feeds().values()}
        for feed, records in self._found.items():
            intake = Intake(feed, standing=weights.get(feed, self._by.standing))
            intake.take(self._writer, records)
            failures = intake.counts().failures
            if failures:
                raise BadRecord(failures[0].error, where=str(failures[0].ref), fix=failures[0].fix or "")
        for execution in self._executions:
            runs = notes.runs_by_id(self._writer, execution.run)
            again = next((run for run in runs if run.job == execution.job), None)
            sightings.note(self._writer, self._feed, execution, again)
            notes.remember(self._writer, execution)
        if self._executions:
            notes.sweep(self._writer)

    def _held(self, key: _Key) -> Record | None:
        node = refs.exact(self._writer, key.ref)
        if node is None:
            return None
        for fact in self._writer.facts([node.id], (ASPECTS[codec.tag(key.kind)],)):
            if fact.feed != self._feed:
                continue
            record = with_ref(codec.decode(fact.body), key.ref)
            if not isinstance(record, Lineage):
                return record
            if record.how == "observed" and (record.job and self.ref(record.job)) == key.job:
                return record
        return None


Act = Callable[[Batch, Who, Any], str]


def each(writer: Writer, by: By, asked: Sequence[tuple[Who, Any]], act: Act) -> list[str]:
    """Does the posts one after the other and writes what they come to: what each answers."""
    batch = Batch(writer, by)
    answers = [act(batch, who, body) for who, body in asked]
    batch.close()
    return answers
