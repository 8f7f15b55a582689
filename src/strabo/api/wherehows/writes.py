"""What the posts do to the catalog, inside the transaction of the door.

A post is laid over what its feed has said before, so it is read and written in one transaction: two posts about one
dataset at the same time both count.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from strabo.api.wherehows import job_exec, lineage, notes
from strabo.api.wherehows.batch import Batch, each
from strabo.api.wherehows.blocks import Posted, block_records, ownership
from strabo.api.wherehows.datasets import DatasetBody, HeldDataset, dataset_records, kind_of, target
from strabo.api.wherehows.executions import Execution, records
from strabo.api.wherehows.inventory import InventoryBody, listed
from strabo.api.wherehows.job_exec import JobExecBody
from strabo.api.wherehows.lineage import LineageBody
from strabo.api.wherehows.urns import Naming, ref_of
from strabo.api.who import Who
from strabo.catalog.door import By
from strabo.errors import NotFound
from strabo.model.records import Dataset, Job, Lineage, Record, Stats
from strabo.model.ref import Ref
from strabo.model.rewrite import map_refs
from strabo.store.protocol import Writer


class Ask(NamedTuple):
    """A body that was read, and who sent it."""

    who: Who
    body: Any


def put_dataset(writer: Writer, by: By, asked: Sequence[Ask]) -> list[str]:
    """`POST /dataset`: the refs written."""

    def act(batch: Batch, who: Who, body: DatasetBody) -> str:
        ref = batch.ref(target(body, batch.names))
        held = HeldDataset(batch.said(ref, Dataset), batch.said(ref, Stats))
        batch.add(who, dataset_records(body, batch.names, held))
        return str(ref)

    return each(writer, by, asked, act)


def put_block(writer: Writer, by: By, asked: Sequence[Ask]) -> list[str]:
    """`POST /dataset/owner` and the others: the refs written."""

    def act(batch: Batch, who: Who, posted: Posted) -> str:
        ref = batch.ref(ref_of(posted.urn, batch.names)) if posted.urn else _by_id(writer, posted.dataset_id)
        batch.add(who, block_records(posted, ref, batch.said(ref, Dataset), batch.names))
        owners = ownership(posted, ref)
        if owners is not None:
            # Each source of owners is a feed of its own: what one says leaves the others' as it is.
            batch.add(who, (owners,), feed=owner_feed(by.feed, posted))
        return str(ref)

    return each(writer, by, asked, act)


def owner_feed(feed: str, posted: Posted) -> str:
    """The feed that the owners of a body are said by."""
    return f"{feed}:{posted.source}" if posted.source else feed


def put_lineage(writer: Writer, by: By, asked: Sequence[Ask]) -> list[str]:
    """`POST /lineage`: the refs of the jobs written."""

    def act(batch: Batch, who: Who, body: LineageBody) -> str:
        return _executed(batch, who, lineage.execution(body, batch.names))

    return each(writer, by, asked, act)


def put_job_exec(writer: Writer, by: By, asked: Sequence[Ask]) -> list[str]:
    """`POST /lineage/job/exec`: the refs of the jobs written."""

    def act(batch: Batch, who: Who, body: JobExecBody) -> str:
        return _executed(batch, who, job_exec.execution(body, batch.names))

    return each(writer, by, asked, act)


def put_inventory(writer: Writer, by: By, asked: Sequence[Ask]) -> list[str]:
    """`POST /dataset/inventory`: how many datasets, as text."""

    def act(batch: Batch, who: Who, body: InventoryBody) -> str:
        found = [batch.ref(ref) for ref in listed(body, batch.names)]
        # A listing says that a dataset is there: what is known of it already stays.
        batch.add(who, [Dataset(ref=ref, kind=kind_of(ref)) for ref in found if batch.said(ref, Dataset) is None])
        return str(len(found))

    return each(writer, by, asked, act)


def put_naming(writer: Writer, by: By, asked: Sequence[Ask]) -> list[Naming]:  # noqa: ARG001 - as all operations
    """The mapping of names, now set."""
    for ask in asked:
        notes.put_naming(writer, ask.body)
    return [ask.body for ask in asked]


def _executed(batch: Batch, who: Who, execution: Execution) -> str:
    execution = map_refs(execution, batch.ref)

    def held(ref: Ref, job: Ref | None) -> Record | None:
        return batch.said(ref, Job) if job is None else batch.said(ref, Lineage, job)

    batch.add(who, records(execution, held))
    batch.ran(execution)
    return str(execution.job)


def _by_id(writer: Writer, number: int) -> Ref:
    node = writer.nodes([number]).get(number) if 0 < number < 1 << 62 else None
    if node is None:
        raise NotFound(f"there is no dataset {number}", fix="GET /dataset?urn=… says its id")
    return node.ref
