"""What one run was seen to move: from the most explicit word there is down to what it read and wrote.

The order is the specification's: the explicit lineage facet, then column lineage, then inputs times outputs.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from strabo.model.records import Lineage, Upstream
from strabo.model.ref import Ref
from strabo.openlineage.columns import Links
from strabo.openlineage.deltas import dataset_key, job_key, named
from strabo.openlineage.read import objects, text, value
from strabo.openlineage.state import Port, RunState

Name = Callable[[Ref], Ref]
DECLARED, LISTED, COLUMNS = 1, 0, 2  # grades: what tells more is more


class Flow(NamedTuple):
    """What feeds one dataset, or one job, in one run."""

    target: Ref
    job: Ref | None  # what moves the data, or says so; None where the target is that job
    sources: dict[str, tuple[int, Upstream]]  # by key: the grade, and the source


Flows = dict[bytes, Flow]
"""By the key of the target."""


def of_run(run: RunState, name: Name) -> Flows:
    """All flows of a run. What is read or written without a counterpart is an edge to or from the job itself."""
    inputs, outputs = current(run)
    if run.entries:
        return _explicit(run.job, run.entries.values(), inputs, outputs, name)
    return _inferred(run.job, inputs, outputs, name)


def of_declaration(job: Ref, declared: dict[str, Any], name: Name) -> list[Lineage]:
    """The lineage that a job event declares, as records."""
    inputs = {dataset_key(r).hex(): Port(r, 0) for r in (Ref(ns, n) for ns, n, _ in declared["inputs"])}
    outputs = {}
    for namespace, spelled, facet in declared["outputs"]:
        ref = Ref(namespace, spelled)
        links = Links(name)
        links.facet(facet)
        outputs[dataset_key(ref).hex()] = (ref, links)
    if declared["entries"]:
        flows = _explicit(job, declared["entries"], inputs, {k: Port(r, 0) for k, (r, _) in outputs.items()}, name)
    else:
        flows = _combined(job, inputs, outputs)
    return [
        Lineage(ref=flow.target, job=flow.job, upstreams=_sorted(u for _, u in flow.sources.values()), how="declared")
        for _, flow in sorted(flows.items())
    ]


def of_derivation(dataset: Ref, facet: dict[str, Any], name: Name) -> Lineage | None:
    """The lineage that a dataset event says of its own dataset: a view, an alias. None when it says none."""
    links = Links(name)
    _entry(links, facet)
    return lineage_of(dataset, links)


def lineage_of(dataset: Ref, links: Links) -> Lineage | None:
    """What was gathered of a dataset's sources, as a record; None when that is nothing."""
    found = [u for key, u in links.upstreams().items() if key != dataset_key(dataset).hex()]
    return Lineage(ref=dataset, upstreams=_sorted(found), how="declared") if found else None


def current(run: RunState) -> tuple[dict[str, Port], dict[str, Port]]:
    """What a run reads and writes. Of a job whose events are whole snapshots, only the last one counts."""
    pattern = value(run.facets, "jobType").get("emissionPattern")
    if isinstance(pattern, dict) and str(pattern.get("eventContentMode", "")).upper() == "COMPLETE_SNAPSHOT":
        return (
            {key: port for key, port in run.inputs.items() if port.last == run.listed},
            {key: port for key, port in run.outputs.items() if port.last == run.listed},
        )
    return run.inputs, run.outputs


def _inferred(job: Ref, inputs: dict[str, Port], outputs: dict[str, Port], name: Name) -> Flows:
    made = {}
    for key, port in outputs.items():
        links = Links(name)
        links.facet(value(port.facets, "columnLineage"))
        made[key] = (port.ref, links)
    return _combined(job, inputs, made)


def _combined(job: Ref, inputs: dict[str, Port], outputs: dict[str, tuple[Ref, Links]]) -> Flows:
    flows: Flows = {}
    used: set[str] = set()
    for key, (ref, links) in outputs.items():
        sources = {s: (_grade(u), u) for s, u in links.upstreams().items() if s != key}
        if not links:
            sources = {s: (LISTED, Upstream(ref=port.ref)) for s, port in inputs.items() if s != key}
        used.update(links.found, sources)
        flows[bytes.fromhex(key)] = _flow(ref, job, sources)
    _unclaimed(flows, job, {s: port for s, port in inputs.items() if s not in used and s not in outputs})
    return flows


def _explicit(job: Ref, entries: Iterable[Any], inputs: dict[str, Port], outputs: dict[str, Port], name: Name) -> Flows:
    gathered: dict[bytes, tuple[Ref, Ref | None, Links, dict[str, Upstream]]] = {}
    used: set[str] = set()
    for entry in entries:
        of_job = str(entry.get("type") or "DATASET").upper() == "JOB"
        target = named(entry)
        if target is None and not of_job:
            continue
        target = name(target) if target is not None else job
        key = job_key(target) if of_job else dataset_key(target)
        _, _, links, jobs = gathered.setdefault(
            key, (target, None if target == job and of_job else job, Links(name), {})
        )
        for other in _entry(links, entry):
            above = name(other) if other is not None else job
            if above != target:
                jobs[job_key(above).hex()] = Upstream(ref=above)
    flows: Flows = {}
    for key, (target, via, links, jobs) in gathered.items():
        sources = {s: (max(DECLARED, _grade(u)), u) for s, u in links.upstreams().items() if s != key.hex()}
        sources |= {s: (DECLARED, u) for s, u in jobs.items()}
        used.update(sources, {key.hex()})
        flows[key] = Flow(target, via, sources)
    for spelled, port in outputs.items():
        if bytes.fromhex(spelled) not in flows:
            flows[bytes.fromhex(spelled)] = _flow(port.ref, job, {})
    _unclaimed(flows, job, {s: port for s, port in inputs.items() if s not in used and s not in outputs})
    return flows


def _entry(links: Links, entry: dict[str, Any]) -> list[Ref | None]:
    """Takes the datasets that an entry of the lineage facet names; gives back the jobs: None is the event's own."""
    jobs: list[Ref | None] = []
    fields = entry.get("fields")
    listed: list[tuple[str | None, dict[str, Any]]] = [(None, one) for one in objects(entry, "inputs")]
    for target, made in fields.items() if isinstance(fields, dict) else ():
        if isinstance(made, dict):
            listed += [(target, one) for one in objects(made, "inputs")]
    for target, one in listed:
        if (text(one, "type") or "DATASET").upper() == "JOB":
            jobs.append(named(one))
        else:
            links.field(one, target)
    return jobs


def _flow(target: Ref, job: Ref, sources: dict[str, tuple[int, Upstream]]) -> Flow:
    """A dataset that a job writes out of nothing that is known is fed by the job."""
    return Flow(target, job, sources or {job_key(job).hex(): (LISTED, Upstream(ref=job))})


def _unclaimed(flows: Flows, job: Ref, inputs: dict[str, Port]) -> None:
    """What a run reads and puts nowhere that is known, it reads all the same."""
    if not inputs:
        return
    _, _, sources = flows.get(job_key(job), Flow(job, None, {}))
    flows[job_key(job)] = Flow(job, None, {**{s: (LISTED, Upstream(ref=p.ref)) for s, p in inputs.items()}, **sources})


def _grade(upstream: Upstream) -> int:
    return COLUMNS if upstream.columns or upstream.influences else DECLARED


def _sorted(upstreams: Iterable[Upstream]) -> tuple[Upstream, ...]:
    return tuple(sorted(upstreams, key=lambda u: u.ref))
