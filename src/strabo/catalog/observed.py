"""What runs were seen to move, kept edge by edge: first and last seen, by how many runs, and the best word of each.

The lineage of a dataset by a job is the union over all its runs, never its latest version: a run without inputs hides
nothing. For each source the run that tells most is believed, the last one of those that tell the same.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from strabo.catalog import spelling
from strabo.catalog.entries import by_precedence
from strabo.catalog.sql_columns import columns_of_run
from strabo.model import codec
from strabo.model.records import Dataset, Lineage, Record
from strabo.model.ref import Ref
from strabo.openlineage import flows
from strabo.openlineage import state as states
from strabo.openlineage.deltas import Name, dataset_key, job_key
from strabo.openlineage.flows import Flow, Flows
from strabo.openlineage.state import Best, FlowState, RunState
from strabo.store.protocol import Reader, Writer
from strabo.store.rows import ASPECTS, Sighting

EVIDENCE = "OpenLineage events"


class Run(NamedTuple):
    """A run that has changed: its key, its state before, if there was one, and now."""

    key: bytes
    old: RunState | None
    new: RunState


class _Row(NamedTuple):
    """A sighting, by names."""

    target: Ref
    source: Ref
    via: Ref | None
    grade: int
    last: int
    run: bytes
    first: int


class Observed(NamedTuple):
    """What follows from some runs: records to tell, records to take back, and edges to note when all have nodes."""

    records: list[Record]
    gone: list[Record]
    seen: list[_Row]


def follow(writer: Writer, feed: int, runs: Sequence[Run], name: Name) -> Observed:
    """Works out what the catalog must say now of the lineage in which these runs have part."""
    moved = _Moved(writer, feed, name)
    before = {run.key: moved.by(run.old) if run.old is not None else {} for run in runs}
    after = {run.key: moved.by(run.new) for run in runs}
    touched = {_key(f): f for found in (*before.values(), *after.values()) for f in found.values()}
    if not touched:
        return Observed([], [], [])
    known: dict[bytes, FlowState] = {}
    for key, body in writer.states(feed, list(touched)).items():
        found = states.decode(body)
        if isinstance(found, FlowState):
            known[key] = found
    best = {key: dict(known[key].sources) if key in known else {} for key in touched}
    old_rows = {row for run in runs if run.old is not None for row in _rows(run.key, run.old, before[run.key])}
    new_rows = {row for run in runs for row in _rows(run.key, run.new, after[run.key])}
    note(writer, feed, sorted(old_rows - new_rows, key=str), drop=True)
    _forget(writer, feed, runs, before, after, best, moved)
    for run in runs:
        for flow in after[run.key].values():
            sources = best[_key(flow)]
            for source, (grade, upstream) in flow.sources.items():
                word = Best(grade, run.new.last, run.key.hex(), upstream)
                held = sources.get(source)
                if held is None or word.order > held.order:
                    sources[source] = word
    out = Observed([], [], sorted(new_rows - old_rows, key=str))
    _conclude(writer, feed, out, touched, known, best)
    return out


class _Moved:
    """What runs moved, by their facets and by the SQL that they ran."""

    def __init__(self, reader: Reader, feed: int, name: Name) -> None:
        self._reader, self._feed, self._name = reader, feed, name
        self._columns: dict[Ref, tuple[str, ...] | None] = {}

    def by(self, run: RunState) -> Flows:
        return columns_of_run(flows.of_run(run, self._name), run, self._pulled)

    def _pulled(self, ref: Ref) -> tuple[str, ...] | None:
        """The columns of a dataset as feeds other than this one list them."""
        if ref not in self._columns:
            self._columns[ref] = self._listed(ref)
        return self._columns[ref]

    def _listed(self, ref: Ref) -> tuple[str, ...] | None:
        node = spelling.meant(self._reader, [ref]).get(ref)
        if node is None:
            return None
        facts = [f for f in self._reader.facts([node], (ASPECTS["dataset"],)) if f.feed != self._feed]
        for fact in by_precedence(facts, self._reader.feeds()) if facts else ():
            record = codec.decode(fact.body)
            if isinstance(record, Dataset) and record.columns:
                return tuple(column.name for column in record.columns)
        return None


def _forget(
    writer: Writer,
    feed: int,
    runs: Sequence[Run],
    before: dict[bytes, Flows],
    after: dict[bytes, Flows],
    best: dict[bytes, dict[str, Best]],
    moved: "_Moved",
) -> None:
    """Takes these runs' old words out; where one that was best is weaker now, the best of the other runs comes in."""
    weaker: dict[tuple[bytes, str], Best] = {}
    for run in runs:
        for target, flow in before[run.key].items():
            sources = best[_key(flow)]
            now = after[run.key][target].sources if target in after[run.key] else {}
            for source in flow.sources:
                held = sources.get(source)
                if held is None or held.run != run.key.hex():
                    continue
                del sources[source]
                if source not in now or (now[source][0], run.new.last) < (held.grade, held.last):
                    weaker[_key(flow), source] = held
    flow_of = {_key(f): f for found in before.values() for f in found.values()}
    for (key, source), held in sorted(weaker.items(), key=lambda pair: pair[0]):
        flow = flow_of[key]
        refs = [flow.target, held.upstream.ref, *([flow.job] if flow.job is not None else [])]
        nodes = spelling.meant(writer, refs)
        if flow.target not in nodes or held.upstream.ref not in nodes:
            continue
        via = nodes.get(flow.job, 0) if flow.job is not None else 0
        row = writer.best_sighting(feed, nodes[flow.target], nodes[held.upstream.ref], via)
        body = writer.states(feed, [row.run]).get(row.run) if row is not None else None
        other = states.decode(body) if body is not None else None
        if row is None or not isinstance(other, RunState):
            continue
        for theirs in moved.by(other).values():
            if _key(theirs) == key and source in theirs.sources:
                grade, upstream = theirs.sources[source]
                best[key][source] = Best(grade, other.last, row.run.hex(), upstream)


def _conclude(
    writer: Writer,
    feed: int,
    out: Observed,
    touched: dict[bytes, Flow],
    known: dict[bytes, FlowState],
    best: dict[bytes, dict[str, Best]],
) -> None:
    changed: dict[bytes, bytes] = {}
    for key, flow in touched.items():
        old = known.get(key) or FlowState(flow.target, flow.job)
        new = FlowState(min(old.target, flow.target), flow.job, best[key])
        if new == old and key in known:
            continue
        changed[key] = states.encode(new)
        was, says = _lineage(old), _lineage(new)
        if says is None and was is not None:
            out.gone.append(was)
        elif says is not None and says != was:
            out.records.append(says)
    writer.put_states(feed, changed)


def _lineage(flow: FlowState) -> Lineage | None:
    if not flow.sources:
        return None
    upstreams = tuple(sorted((best.upstream for best in flow.sources.values()), key=lambda u: u.ref))
    return Lineage(ref=flow.target, job=flow.job, upstreams=upstreams, how="observed", evidence=EVIDENCE)


def note(writer: Writer, feed: int, rows: Iterable[_Row], *, drop: bool = False) -> None:
    """Writes sightings, or takes them out. One whose objects have no nodes is of nothing that is known."""
    rows = list(rows)
    refs = {ref for row in rows for ref in (row.target, row.source, row.via) if ref is not None}
    nodes = spelling.meant(writer, sorted(refs))
    found = [
        Sighting(
            nodes[row.target],
            nodes[row.source],
            nodes.get(row.via, 0) if row.via is not None else 0,
            feed,
            row.grade,
            row.last,
            row.run,
            row.first,
        )
        for row in rows
        if row.target in nodes and row.source in nodes
    ]
    (writer.drop_sightings if drop else writer.add_sightings)(found)


def _rows(key: bytes, run: RunState, found: Flows) -> Iterable[_Row]:
    for flow in found.values():
        for grade, upstream in flow.sources.values():
            yield _Row(flow.target, upstream.ref, flow.job, grade, run.last, key, run.first)


def _key(flow: Flow) -> bytes:
    """The key of the state of all runs' word of this flow. Where no job moves the data, the target is one."""
    if flow.job is None:
        return codec.digest(b"reads" + job_key(flow.target))
    return codec.digest(b"moves" + job_key(flow.job) + dataset_key(flow.target))
