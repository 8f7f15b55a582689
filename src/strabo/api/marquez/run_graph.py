"""Which runs made what a run read, and what those had read: lineage from run to run, upstream."""

from typing import NamedTuple

from strabo.api.marquez.answers import Json, stamp
from strabo.api.marquez.cards import Card, Told, cards
from strabo.api.marquez.facets import run_states
from strabo.api.marquez.ids import version_id
from strabo.api.marquez.runs import STATES, find_run
from strabo.api.marquez.versions import Versions
from strabo.catalog import spelling
from strabo.model.records import JobRun
from strabo.model.ref import Ref
from strabo.openlineage.deltas import dataset_key
from strabo.openlineage.state import RunState
from strabo.store.protocol import Reader

_MOST = 500  # runs of one answer


class _Run(NamedTuple):
    card: Card
    told: Told
    state: RunState | None

    @property
    def key(self) -> tuple[Ref, str]:
        return self.card.ref, _record(self.told).id

    @property
    def began(self) -> int:
        """Microseconds since 1970."""
        run = _record(self.told)
        return int(run.started_at.timestamp() * 1_000_000) if run.started_at else self.told.since

    @property
    def ended(self) -> int:
        run = _record(self.told)
        return int(run.ended_at.timestamp() * 1_000_000) if run.ended_at else self.began


def upstream(reader: Reader, run: str, depth: int) -> Json:
    """The run and those before it, level by level. Raises NotFound."""
    card, told = find_run(reader, run)
    first = _with_states(reader, [(card, told)])[0]
    found = {first.key: first}
    made_by: dict[tuple[tuple[Ref, str], Ref], str] = {}
    level = [first]
    for _ in range(depth):
        if not level or len(found) >= _MOST:
            break
        before = _producers(reader, level, made_by)
        level = [r for key, r in before.items() if key not in found][: _MOST - len(found)]
        found |= {r.key: r for r in level}
    refs = dict.fromkeys(p.ref for r in found.values() if r.state for p in r.state.inputs.values())
    nodes = spelling.meant(reader, list(refs)) if refs else {}
    versions = Versions(reader, nodes.values())
    return {"runs": [_answer(r, nodes, versions, made_by) for r in found.values()]}


def _producers(
    reader: Reader, level: list[_Run], made_by: dict[tuple[tuple[Ref, str], Ref], str]
) -> dict[tuple[Ref, str], _Run]:
    """The last run that had written each input before the run began; noted in `made_by`."""
    inputs = dict.fromkeys(p.ref for r in level if r.state for p in r.state.inputs.values())
    nodes = spelling.meant(reader, list(inputs)) if inputs else {}
    edges = reader.edges(sorted(set(nodes.values())), upstream=True) if nodes else []
    jobs: dict[int, set[int]] = {}
    for edge in edges:
        jobs.setdefault(edge.target, set()).add(edge.via or edge.source)
    every = cards(reader, {job for some in jobs.values() for job in some})
    runs = _with_states(reader, [(c, t) for c in every.values() if c.job for t in c.runs])
    written: dict[bytes, list[_Run]] = {}
    for run in runs:
        for key in run.state.outputs if run.state is not None else ():
            written.setdefault(bytes.fromhex(key), []).append(run)
    found: dict[tuple[Ref, str], _Run] = {}
    for run in level:
        for port in run.state.inputs.values() if run.state is not None else ():
            before = [r for r in written.get(dataset_key(port.ref), ()) if r.ended <= run.began and r.key != run.key]
            if before:
                last = max(before, key=lambda r: (r.ended, r.key))
                made_by[run.key, port.ref] = last.key[1]
                found[last.key] = last
    return found


def _with_states(reader: Reader, runs: list[tuple[Card, Told]]) -> list[_Run]:
    states = run_states(reader, [(card.ref, _record(told)) for card, told in runs])
    return [_Run(card, told, states.get((card.ref, _record(told).id))) for card, told in runs]


def _answer(
    run: _Run, nodes: dict[Ref, int], versions: Versions, made_by: dict[tuple[tuple[Ref, str], Ref], str]
) -> Json:
    record, entity = _record(run.told), run.card.entity
    inputs = []
    for port in run.state.inputs.values() if run.state is not None else ():
        version = versions.then(nodes[port.ref], run.told.since) if port.ref in nodes else None
        inputs.append(
            {
                "namespace": port.ref.namespace,
                "name": port.ref.name,
                "version": version.id if version is not None else None,
                "producedByRunId": made_by.get((run.key, port.ref)),
            }
        )
    return {
        "job": {
            "namespace": run.card.ref.namespace,
            "name": run.card.ref.name,
            "version": version_id(run.card.ref, entity.fact) if entity is not None else None,
        },
        "run": {
            "id": record.id,
            "start": stamp(record.started_at),
            "end": stamp(record.ended_at),
            "status": STATES[record.status],
        },
        "inputs": inputs,
    }


def _record(told: Told) -> JobRun:
    assert isinstance(told.record, JobRun)  # noqa: S101 - only runs are asked for
    return told.record
