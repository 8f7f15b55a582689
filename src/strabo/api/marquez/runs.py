"""A run as Marquez shows it, and finding one by its id alone."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from strabo.api.marquez.answers import Json, stamp
from strabo.api.marquez.cards import Card, Told, cards
from strabo.api.marquez.facets import run_states
from strabo.api.marquez.ids import version_id
from strabo.api.marquez.versions import Versions
from strabo.catalog import spelling
from strabo.errors import NotFound
from strabo.model.records import JobRun, RunStatus
from strabo.model.ref import Ref
from strabo.openlineage.read import value, when
from strabo.openlineage.state import ALWAYS, NEVER, Port, RunState
from strabo.store.protocol import Reader
from strabo.store.rows import ASPECTS

STATES: dict[RunStatus, str] = {
    "queued": "NEW", "running": "RUNNING", "succeeded": "COMPLETED", "failed": "FAILED", "cancelled": "ABORTED",
    "skipped": "ABORTED", "lost": "ABORTED",
}  # fmt: skip
_REMEMBERED = 20_000
_RUN = ASPECTS["run"]


def run_answers(reader: Reader, card: Card, runs: Sequence[Told]) -> list[Json]:
    """Runs of one job, in their order, with the versions of what each read and wrote: six reads for all."""
    pairs = [(card.ref, t.record) for t in runs if isinstance(t.record, JobRun)]
    states = run_states(reader, pairs)
    remember(reader, card.node, [run.id for _, run in pairs])
    nodes = _ports(reader, states.values())
    versions = Versions(reader, nodes.values())
    return [run_json(card, told, states.get((card.ref, _id(told))), nodes, versions) for told in runs]


def brief_runs(reader: Reader, jobs: Iterable[Card], most: int) -> dict[int, list[Json]]:
    """The last runs of several jobs, by node, without what they read and wrote: one read for all."""
    last = {card.node: (card, card.runs[:most]) for card in jobs}
    pairs = [(c.ref, t.record) for c, told in last.values() for t in told if isinstance(t.record, JobRun)]
    states = run_states(reader, pairs)
    for card, told in last.values():
        remember(reader, card.node, [_id(t) for t in told])
    return {
        node: [run_json(card, t, states.get((card.ref, _id(t)))) for t in told] for node, (card, told) in last.items()
    }


def run_json(
    card: Card,
    told: Told,
    state: RunState | None,
    nodes: Mapping[Ref, int] | None = None,
    versions: Versions | None = None,
    said: Mapping[str, Any] | None = None,
) -> Json:
    """One run of a job. state: what its events add up to, where there are any. said: its facets."""
    run = told.record
    assert isinstance(run, JobRun)  # noqa: S101 - the caller's choice of facts
    nominal = value(state.facets, "nominalTime") if state is not None else {}
    began, ended = run.started_at, run.ended_at
    last = told.since if state is None or state.last == NEVER else state.last
    inputs = state.inputs.values() if state is not None else ()
    outputs = state.outputs.values() if state is not None else ()
    entity = card.entity
    version = version_id(card.ref, entity.fact) if entity is not None else None
    return {
        "id": run.id,
        "createdAt": stamp(state.first if state is not None and state.first != ALWAYS else told.since),
        "updatedAt": stamp(last),
        "nominalStartTime": stamp(run.scheduled_for),
        "nominalEndTime": stamp(when(nominal, "nominalEndTime")),
        "state": STATES[run.status],
        "startedAt": stamp(began),
        "endedAt": stamp(ended),
        "durationMs": round((ended - began).total_seconds() * 1000) if began and ended and ended >= began else None,
        "args": args_of(said or {}),
        "jobVersion": {"namespace": card.ref.namespace, "name": card.ref.name, "version": version},
        "inputDatasetVersions": _versions(inputs, "input.", nodes or {}, versions, told.since),
        "outputDatasetVersions": _versions(outputs, "output.", nodes or {}, versions, told.since),
        "facets": dict(said or {}),
    }


def _versions(
    ports: Iterable[Port], prefix: str, nodes: Mapping[Ref, int], versions: Versions | None, moment: int
) -> list[Json]:
    """moment: when the run's last word became known; versions began when they became known, not when they happened."""
    found = []
    for port in ports if versions is not None else ():
        node = nodes.get(port.ref)
        version = versions.then(node, moment) if versions is not None and node is not None else None
        found.append(
            {
                "datasetVersionId": {
                    "namespace": port.ref.namespace,
                    "name": port.ref.name,
                    "version": version.id if version is not None else None,
                },
                "facets": {
                    key.removeprefix(prefix): said.value
                    for key, said in sorted(port.facets.items())
                    if key.startswith(prefix) and said.value is not None
                },
            }
        )
    return sorted(found, key=lambda f: (f["datasetVersionId"]["namespace"], f["datasetVersionId"]["name"]))


def args_of(said: Mapping[str, Any]) -> Json:
    """The arguments of a run, from its facet of that name."""
    facet = said.get("executionParameters")
    parameters = facet.get("parameters") if isinstance(facet, dict) else None
    return {
        str(one["key"]): one.get("value")
        for one in (parameters if isinstance(parameters, list) else ())
        if isinstance(one, dict) and "key" in one
    }


def _ports(reader: Reader, states: Iterable[RunState]) -> dict[Ref, int]:
    """The node of every dataset that these runs read or wrote."""
    refs = dict.fromkeys(p.ref for s in states for p in (*s.inputs.values(), *s.outputs.values()))
    found = spelling.meant(reader, list(refs)) if refs else {}
    nodes = reader.nodes(set(found.values())) if found else {}
    return {ref: nodes[node].same or node for ref, node in found.items() if node in nodes}


def _id(told: Told) -> str:
    return told.record.id if isinstance(told.record, JobRun) else ""


# --- by id alone


_known: WeakKeyDictionary[Any, OrderedDict[str, int]] = WeakKeyDictionary()
_lock = Lock()


def remember(reader: Reader, job: int, runs: Iterable[str]) -> None:
    """Keeps in mind whose runs these are: who is shown a run asks for it next."""
    with _lock:
        known = _known.setdefault(reader, OrderedDict())
        for run in runs:
            known[run] = job
            known.move_to_end(run)
        while len(known) > _REMEMBERED:
            known.popitem(last=False)


def find_run(reader: Reader, run: str) -> tuple[Card, Told]:
    """The job of a run, and the run. Raises NotFound.

    A run's id is part of a fact about its job, and facts are found by their object; so the id of a run that was not
    shown or made lately is looked for among all runs.
    """
    with _lock:
        job = _known.get(reader, OrderedDict()).get(run)
    found = _run_of(reader, job, run) if job is not None else None
    if found is None:
        last = next((fact.node for fact in reversed(reader.of_run(run))), None)
        found = _run_of(reader, last, run) if last is not None else None
    if found is None:
        raise NotFound(f"there is no run {run[:100]!r}", fix="GET …/jobs/{job}/runs lists those of a job")
    remember(reader, found[0].node, [run])
    return found


def _run_of(reader: Reader, job: int, run: str) -> tuple[Card, Told] | None:
    card = cards(reader, [job]).get(job)
    told = next((t for t in card.runs if _id(t) == run), None) if card is not None else None
    return (card, told) if card is not None and told is not None else None
