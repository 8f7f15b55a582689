"""A job as Marquez shows it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from strabo.api.marquez.answers import Json, stamp
from strabo.api.marquez.cards import Card
from strabo.api.marquez.facets import facets
from strabo.api.marquez.ids import object_id, version_id
from strabo.api.marquez.runs import brief_runs
from strabo.api.marquez.versions import Version
from strabo.model.records import Job
from strabo.model.ref import Ref
from strabo.store.protocol import Reader

_TYPES = {"BATCH": "BATCH", "STREAM": "STREAM", "STREAMING": "STREAM", "SERVICE": "SERVICE"}
RECENT = 10  # runs shown beside a job


class Moves(NamedTuple):
    """What a job reads and what it writes."""

    inputs: tuple[Ref, ...] = ()
    outputs: tuple[Ref, ...] = ()


def job_answers(reader: Reader, cards: Sequence[Card], recent: int = RECENT) -> list[Json]:
    """The jobs, in their order; with their facets, what they move and their last runs, in five reads for all."""
    said = facets(reader, cards)
    moved = moves(reader, [card.node for card in cards])
    runs = brief_runs(reader, cards, recent)
    return [job_json(c, said.get(c.node, {}), moved.get(c.node, Moves()), runs.get(c.node, [])) for c in cards]


def moves(reader: Reader, jobs: Sequence[int]) -> dict[int, Moves]:
    """What each job was ever seen, or said, to read and write: the union over its runs, not its latest version."""
    if not jobs:
        return {}
    wanted = set(jobs)
    reads: dict[int, set[int]] = {job: set() for job in jobs}
    writes: dict[int, set[int]] = {job: set() for job in jobs}
    for edge in dict.fromkeys([*reader.edges(jobs, upstream=True), *reader.edges(jobs, upstream=False)]):
        for job in {edge.via, edge.source, edge.target} & wanted:
            if job in (edge.via, edge.target):
                reads[job].add(edge.source)
            if job in (edge.via, edge.source):
                writes[job].add(edge.target)
    nodes = reader.nodes({n for some in (*reads.values(), *writes.values()) for n in some})
    return {
        job: Moves(
            tuple(sorted(nodes[n].ref for n in reads[job] - {job} if n in nodes)),
            tuple(sorted(nodes[n].ref for n in writes[job] - {job} if n in nodes)),
        )
        for job in jobs
    }


def job_json(card: Card, said: Mapping[str, Any], moved: Moves, runs: Sequence[Json]) -> Json:
    """One job. runs: its last ones, the newest first."""
    job, entity = card.task, card.entity
    parent = job.parent
    return {
        "id": {"namespace": card.ref.namespace, "name": card.ref.name},
        "type": job_type(job),
        "name": card.ref.name,
        "simpleName": simple_name(card.ref, parent),
        "parentJobName": parent.name if parent is not None else None,
        "parentJobUuid": object_id(parent) if parent is not None else None,
        "createdAt": stamp(card.created),
        "updatedAt": stamp(card.updated),
        "namespace": card.ref.namespace,
        "inputs": _ids(moved.inputs),
        "outputs": _ids(moved.outputs),
        "location": job.location,
        "description": card.description,
        "latestRun": runs[0] if runs else None,
        "latestRuns": list(runs),
        "facets": dict(said),
        "currentVersion": None if entity is None else version_id(card.ref, entity.fact),
        "labels": [],
        "tags": list(dict.fromkeys(tag.name for tag in card.tags)),
    }


def version_json(card: Card, version: Version, said: Mapping[str, Any], moved: Moves, run: Json | None) -> Json:
    """One version of a job. What it moves is that of the job as a whole: runs, not versions, are seen to move data."""
    job = version.record if isinstance(version.record, Job) else Job(ref=card.ref)
    current = version.until is None
    return {
        "id": {"namespace": card.ref.namespace, "name": card.ref.name, "version": version.id},
        "name": card.ref.name,
        "version": version.id,
        "createdAt": stamp(version.since),
        "namespace": card.ref.namespace,
        "inputs": _ids(moved.inputs),
        "outputs": _ids(moved.outputs),
        "location": job.location,
        "latestRun": run if current else None,
        "facets": dict(said) if current else {},
    }


def job_type(job: Job) -> str:
    """BATCH, STREAM or SERVICE."""
    return _TYPES.get(job.properties.get("processing", "").upper(), "BATCH")


def simple_name(ref: Ref, parent: Ref | None) -> str:
    """The name without its workflow's in front."""
    above = f"{parent.name}." if parent is not None else ""
    return ref.name[len(above) :] if above and ref.name.startswith(above) and len(ref.name) > len(above) else ref.name


def _ids(refs: Iterable[Ref]) -> list[Json]:
    return [{"namespace": ref.namespace, "name": ref.name} for ref in refs]
