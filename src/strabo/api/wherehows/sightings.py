"""Which run was seen to move data along which edge: how lineage comes by its first and last time and its runs."""

from datetime import datetime

from strabo.api.wherehows.executions import Execution, feeding
from strabo.api.wherehows.notes import Run
from strabo.catalog import spelling
from strabo.model import codec, naming
from strabo.model.ref import Ref
from strabo.store.protocol import Writer
from strabo.store.rows import Sighting


def note(writer: Writer, feed: int, execution: Execution, before: Run | None) -> None:
    """Notes the edges of an execution, each once. before: the same run as it was posted before, with other times."""
    if not execution.run:
        return
    pairs = [(target, up.ref) for target, ups in feeding(execution).items() for up in ups if up.ref != target]
    last = _micros(execution.ended or execution.started)
    old = _micros(before.ended or before.started) if before is not None else last
    if old != last:
        writer.drop_sightings(_rows(writer, feed, execution, pairs, old))
    if last:
        writer.add_sightings(_rows(writer, feed, execution, pairs, last))


def _rows(writer: Writer, feed: int, execution: Execution, pairs: list[tuple[Ref, Ref]], last: int) -> list[Sighting]:
    job = naming.normal(execution.job)
    named = {ref: naming.normal(ref) for pair in pairs for ref in pair}
    nodes = spelling.meant(writer, [job, *named.values()])
    run = codec.digest(f"{job.namespace}\0{job.name}\0{execution.run}".encode())
    first = _micros(execution.started) or last
    return [
        Sighting(nodes[named[target]], nodes[named[source]], nodes[job], feed, 0, last, run, first)
        for target, source in pairs
    ]


def _micros(time: datetime | None) -> int:
    return 0 if time is None else int(time.timestamp() * 1_000_000)
