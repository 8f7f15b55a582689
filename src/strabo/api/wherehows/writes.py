"""What the posts do to the catalog, inside the transaction of the door.

A post is laid over what its feed has said before, so it is read and written in one transaction: two posts about one
dataset at the same time both count.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

from strabo.api.wherehows import job_exec, lineage, notes, sightings
from strabo.api.wherehows.blocks import Posted, block_records, ownership
from strabo.api.wherehows.datasets import DatasetBody, HeldDataset, dataset_records, kind_of, target
from strabo.api.wherehows.executions import Execution, records
from strabo.api.wherehows.inventory import InventoryBody, listed
from strabo.api.wherehows.urns import Naming, ref_of
from strabo.api.who import Who
from strabo.catalog import hosts, refs
from strabo.catalog.door import By
from strabo.catalog.intake import Intake
from strabo.catalog.view import with_ref
from strabo.errors import AccessDenied, BadRecord, NotFound
from strabo.model import codec, naming
from strabo.model.records import Dataset, Job, Lineage, Record, Stats
from strabo.model.ref import Ref
from strabo.model.rewrite import map_refs
from strabo.store.protocol import Writer
from strabo.store.rows import ASPECTS

R = TypeVar("R")


class Ask(NamedTuple):
    """A body that was read, and who sent it."""

    who: Who
    body: Any


def put_dataset(writer: Writer, by: By, asked: Sequence[Ask]) -> list[str]:
    """`POST /dataset`: the refs written."""
    return [_each(writer, by, ask, _dataset) for ask in asked]


def put_block(writer: Writer, by: By, asked: Sequence[Ask]) -> list[str]:
    """`POST /dataset/owner` and the others: the refs written."""
    return [_each(writer, by, ask, _block) for ask in asked]


def put_lineage(writer: Writer, by: By, asked: Sequence[Ask]) -> list[str]:
    """`POST /lineage`: the refs of the jobs written."""
    return [_each(writer, by, ask, _lineage) for ask in asked]


def put_job_exec(writer: Writer, by: By, asked: Sequence[Ask]) -> list[str]:
    """`POST /lineage/job/exec`: the refs of the jobs written."""
    return [_each(writer, by, ask, _job_exec) for ask in asked]


def put_inventory(writer: Writer, by: By, asked: Sequence[Ask]) -> list[str]:
    """`POST /dataset/inventory`: how many datasets, as text."""
    return [_each(writer, by, ask, _inventory) for ask in asked]


def put_naming(writer: Writer, by: By, asked: Sequence[Ask]) -> list[Naming]:  # noqa: ARG001 - as all operations
    """The mapping of names, now set."""
    for ask in asked:
        notes.put_naming(writer, ask.body)
    return [ask.body for ask in asked]


class _Held:
    """What one feed has said, as the transaction sees it."""

    def __init__(self, writer: Writer, by: By) -> None:
        self._writer = writer
        self.feed = writer.feed(by.feed, by.standing)

    def said(self, ref: Ref, kind: type[R], fits: Callable[[R], bool] = lambda _: True) -> R | None:
        node = refs.exact(self._writer, ref)
        if node is None:
            return None
        for fact in self._writer.facts([node.id], (ASPECTS[codec.tag(kind)],)):  # type: ignore[arg-type]
            if fact.feed != self.feed:
                continue
            record = with_ref(codec.decode(fact.body), ref)
            if isinstance(record, kind) and fits(record):
                return record
        return None


def _each(writer: Writer, by: By, ask: Ask, act: Callable[[Writer, By, Ask, Naming, _Held], str]) -> str:
    return act(writer, by, ask, notes.naming_of(writer), _Held(writer, by))


def _dataset(writer: Writer, by: By, ask: Ask, names: Naming, held: _Held) -> str:
    body: DatasetBody = ask.body
    ref = hosts.load(writer).of(target(body, names))
    before = HeldDataset(held.said(ref, Dataset), held.said(ref, Stats))
    _put(writer, by, ask.who, dataset_records(body, names, before))
    return str(ref)


def _block(writer: Writer, by: By, ask: Ask, names: Naming, held: _Held) -> str:
    posted: Posted = ask.body
    if posted.urn:
        ref = hosts.load(writer).of(ref_of(posted.urn, names))
    else:
        node = writer.nodes([posted.dataset_id]).get(posted.dataset_id)
        if node is None:
            raise NotFound(f"there is no dataset {posted.dataset_id}", fix="GET /dataset?urn=… says its id")
        ref = node.ref
    _put(writer, by, ask.who, block_records(posted, ref, held.said(ref, Dataset), names))
    owners = ownership(posted, ref)
    if owners is not None:
        # Each source of owners is a feed of its own: what one says leaves the others' as it is.
        feed = owner_feed(by.feed, posted)
        standing = next((f.standing for f in writer.feeds().values() if f.name == feed), by.standing)
        _put(writer, by._replace(feed=feed, standing=standing), ask.who, (owners,))
    return str(ref)


def owner_feed(feed: str, posted: Posted) -> str:
    """The feed that the owners of a body are said by."""
    return f"{feed}:{posted.source}" if posted.source else feed


def _lineage(writer: Writer, by: By, ask: Ask, names: Naming, held: _Held) -> str:
    return _executed(writer, by, ask, lineage.execution(ask.body, names), held)


def _job_exec(writer: Writer, by: By, ask: Ask, names: Naming, held: _Held) -> str:
    return _executed(writer, by, ask, job_exec.execution(ask.body, names), held)


def _executed(writer: Writer, by: By, ask: Ask, execution: Execution, held: _Held) -> str:
    def before(ref: Ref, job: Ref | None) -> Record | None:
        if job is None:
            return held.said(ref, Job)
        mover = naming.normal(job)
        return held.said(ref, Lineage, lambda said: said.job == mover and said.how == "observed")

    execution = map_refs(execution, hosts.load(writer).of)
    _put(writer, by, ask.who, records(execution, before))
    again = next((r for r in notes.runs_by_id(writer, execution.run) if r.job == execution.job), None)
    sightings.note(writer, held.feed, execution, again)
    notes.remember(writer, execution)
    return str(execution.job)


def _inventory(writer: Writer, by: By, ask: Ask, names: Naming, held: _Held) -> str:
    body: InventoryBody = ask.body
    mapped = hosts.load(writer)
    found = [mapped.of(ref) for ref in listed(body, names)]
    # A listing says that a dataset is there: what is known of it already stays.
    new = tuple(Dataset(ref=ref, kind=kind_of(ref)) for ref in found if held.said(ref, Dataset) is None)
    _put(writer, by, ask.who, new)
    return str(len(found))


def _put(writer: Writer, by: By, who: Who, found: Sequence[Record]) -> None:
    """Writes records, all of them or none. Raises AccessDenied, or BadRecord for one that cannot be written."""
    mapped = hosts.load(writer)
    found = [map_refs(record, mapped.of) for record in found]
    refused = who.refused(record.ref for record in found)
    if refused:
        raise AccessDenied(refused, fix="use a token for that namespace: `strabo token create`")
    intake = Intake(by.feed, standing=by.standing)
    intake.take(writer, found)
    failures = intake.counts().failures
    if failures:
        raise BadRecord(failures[0].error, where=str(failures[0].ref), fix=failures[0].fix or "")
