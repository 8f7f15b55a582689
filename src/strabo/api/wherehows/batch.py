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

    node: int  # 0 for an object that the catalog does not have yet
    name: tuple[str, str]
    kind: type
    job: Ref | None


class Batch:
    """What one feed posts in one transaction. `close` writes it."""

    def __init__(self, writer: Writer, by: By) -> None:
        self._writer, self._by = writer, by
        self.names, self._hosts = notes.naming_of(writer), hosts.load(writer)
        self._feed = writer.feed(by.feed, by.standing)
        self._known: dict[_Key, Record | None] = {}
        self._found: dict[str, list[Record]] = {}  # by feed
        self._executions: list[Execution] = []

    def ref(self, ref: Ref) -> Ref:
        """The ref as the catalog names it."""
        return self._hosts.of(ref)

    def said(self, ref: Ref, kind: type[R], job: Ref | None = None) -> R | None:
        """What the feed has said so far, in this batch or before: of a dataset or a job, or of lineage by a job."""
        ref = self.ref(ref)
        key = self._key(ref, kind, self.ref(job) if job is not None else None)
        if key not in self._known:
            self._known[key] = self._held(key, ref)
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
                self._known[self._key(record.ref, type(record), job)] = record

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

    def _key(self, ref: Ref, kind: type, job: Ref | None) -> _Key:
        node = refs.exact(self._writer, ref)
        return _Key(node.id if node is not None else 0, ("", "") if node is not None else spelling.key(ref), kind, job)

    def _held(self, key: _Key, ref: Ref) -> Record | None:
        if not key.node:
            return None
        for fact in self._writer.facts([key.node], (ASPECTS[codec.tag(key.kind)],)):
            if fact.feed != self._feed:
                continue
            record = with_ref(codec.decode(fact.body), ref)
            if not isinstance(record, Lineage) or (record.job == key.job and record.how == "observed"):
                return record
        return None


Act = Callable[[Batch, Who, Any], str]


def each(writer: Writer, by: By, asked: Sequence[tuple[Who, Any]], act: Act) -> list[str]:
    """Does the posts one after the other and writes what they come to: what each answers."""
    batch = Batch(writer, by)
    answers = [act(batch, who, body) for who, body in asked]
    batch.close()
    return answers
