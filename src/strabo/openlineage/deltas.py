"""One event, taken apart into what it says of its run, its jobs and its datasets, as if it were the only one."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from strabo.model import codec, naming
from strabo.model.ref import Ref
from strabo.openlineage.event import LONGEST, TERMINAL, DatasetPart, Event, JobPart, ref_of
from strabo.openlineage.read import objects
from strabo.openlineage.state import DatasetState, JobState, Keyed, Port, Ports, RunState, Said, Told, merged

Name = Callable[[Ref], Ref]
"""The one spelling of a name: `naming.normal`, and what the catalog's settings map it to."""

_canonical = msgspec.json.Encoder(order="sorted").encode

# What of a run and its job bears on the run itself; the other facets stay in the events and are read from there.
RUN_FACETS = frozenset({"nominalTime", "parent", "errorMessage", "jobDependencies", "externalQuery"})
JOB_FACETS_OF_RUN = frozenset({"jobType", "sql"})
# Facets of a dataset that belong to one run's use of it.
PORT_FACETS = frozenset({"columnLineage", "lineage"})


def deltas(event: Event, name: Name) -> dict[bytes, Told]:
    """What an event says, by key; statements about one thing merged."""
    found: dict[bytes, Told] = {}
    for key, state in _states(event, name):
        found[key] = merged(found[key], state) if key in found else state
    return found


def dataset_key(ref: Ref) -> bytes:
    """16 bytes under which all spellings of a dataset's name meet."""
    return codec.digest(f"dataset\x1f{ref.namespace}\x1f{naming.fold(ref)}".encode("utf-8", "surrogatepass"))


def job_key(ref: Ref) -> bytes:
    """16 bytes for a job. Its name compares exactly."""
    return codec.digest(f"job\x1f{ref.namespace}\x1f{ref.name}".encode("utf-8", "surrogatepass"))


def run_key(job: Ref, run: str) -> bytes:
    """16 bytes for a run: an id is only as unique as its job makes it."""
    return codec.digest(f"run\x1f{job.namespace}\x1f{job.name}\x1f{run}".encode("utf-8", "surrogatepass"))


def subject(event: Event, name: Name) -> bytes:
    """The key of what an event is about."""
    if event.job is not None:
        job = name(ref_of(event.job))
        return run_key(job, event.run.runId) if event.run is not None else job_key(job)
    assert event.dataset is not None  # noqa: S101 - `parse` saw to it
    return dataset_key(name(ref_of(event.dataset)))


def _states(event: Event, name: Name) -> Iterator[Keyed]:
    if event.job is not None:
        yield from _job(event, event.job, name)
    if event.run is not None and event.job is not None:
        yield from _run(event, event.job, name)
    elif event.dataset is not None:
        yield from _dataset(event, event.dataset, name, written=True, alone=True)
    for part in event.inputs:
        yield from _dataset(event, part, name, written=False)
    for part in event.outputs:
        yield from _dataset(event, part, name, written=True)


# --- the run


def _run(event: Event, job: JobPart, name: Name) -> Iterator[Keyed]:
    assert event.run is not None  # noqa: S101 - the caller's condition
    ref, at, kind = name(ref_of(job)), event.at, event.type
    facets = _said(event.run.facets, at, RUN_FACETS)
    facets |= _said(job.facets, at, JOB_FACETS_OF_RUN)
    state = RunState(ref, event.run.runId, at, at, facets=facets)
    yield Keyed(
        run_key(ref, event.run.runId),
        msgspec.structs.replace(
            state,
            started=at if kind == "START" else state.started,
            active=at if kind in {"START", "RUNNING"} else state.active,
            ends={kind: at} if kind in TERMINAL else {},
            listed=at if event.listed else state.listed,
            inputs=_ports(event.inputs, at, name),
            outputs=_ports(event.outputs, at, name),
            entries=entries_of(job.facets),
        ),
    )


def _ports(parts: Sequence[DatasetPart], at: int, name: Name) -> Ports:
    found: Ports = {}
    for part in parts:
        ref = name(ref_of(part))
        facets = _said(part.facets, at, PORT_FACETS)
        facets |= _said(part.inputFacets, at, None, "input.")
        facets |= _said(part.outputFacets, at, None, "output.")
        if (columns := _columns(part.facets)) is not None:
            facets["columns"] = Said(at, columns)
        port = Port(ref, at, facets)
        key = dataset_key(ref).hex()
        found[key] = found[key].merge(port) if key in found else port
    return found


def _columns(facets: dict[str, Any] | None) -> list[str] | None:
    """The names in a schema facet, for what the run's SQL says of them; None where there is no such facet."""
    fields = _get((facets or {}).get("schema"), "fields")
    if not isinstance(fields, list):
        return None
    return [name for name in (_get(field, "name") for field in fields) if isinstance(name, str)]


def entries_of(facets: dict[str, Any] | None) -> dict[str, Any]:
    """The entries of a job's explicit lineage facet, by their content."""
    facet = (facets or {}).get("lineage")
    entries = facet.get("entries") if isinstance(facet, dict) else None
    if not isinstance(entries, list):
        return {}
    return {codec.digest(_canonical(entry)).hex(): entry for entry in entries if isinstance(entry, dict)}


# --- jobs


def _job(event: Event, part: JobPart, name: Name) -> Iterator[Keyed]:
    ref, at = name(ref_of(part)), event.at
    parent: Said | None = None
    after: Said | None = None
    run_facets = (event.run.facets if event.run is not None else None) or {}
    for facet, is_root in ((run_facets.get("parent"), False), (_get(run_facets.get("parent"), "root"), True)):
        above = named(_get(facet, "job"))
        if above is not None and name(above) != ref:
            above = name(above)
            yield Keyed(job_key(above), JobState(above, parent_of=True))
            if not is_root:
                parent = Said(at, [above.namespace, above.name])
    upstream = _get(run_facets.get("jobDependencies"), "upstream")
    if isinstance(upstream, list):
        waits = [name(found) for found in (named(_get(one, "job")) for one in upstream) if found is not None]
        for other in waits:
            yield Keyed(job_key(other), JobState(other))
        after = Said(at, sorted([w.namespace, w.name] for w in waits if w != ref))
    declared = None
    if event.run is None and (event.listed or entries_of(part.facets)):
        declared = Said(
            at,
            {
                "inputs": _declared(event.inputs, name),
                "outputs": _declared(event.outputs, name),
                "entries": [entry for _, entry in sorted(entries_of(part.facets).items())],
            },
        )
    facets = _said(part.facets, at, None)
    yield Keyed(job_key(ref), JobState(ref, own=True, facets=facets, parent=parent, after=after, declared=declared))


def _declared(parts: Sequence[DatasetPart], name: Name) -> list[Any]:
    found = []
    for part in parts:
        ref = name(ref_of(part))
        found.append([ref.namespace, ref.name, (part.facets or {}).get("columnLineage")])
    return sorted(found, key=_canonical)


# --- datasets


def _dataset(event: Event, part: DatasetPart, name: Name, *, written: bool, alone: bool = False) -> Iterator[Keyed]:
    ref, at = name(ref_of(part)), event.at
    own = part.facets or {}
    change = own.get("lifecycleStateChange")
    how = str(_get(change, "lifecycleStateChange") or "").upper()
    facets = _said(own, at, None, without=PORT_FACETS)
    checks: dict[str, Said] = {}
    for more, prefix in ((part.inputFacets, "input."), (part.outputFacets, "output.")):
        facets |= _said(more, at, None, prefix)
    for where in (own, part.inputFacets or {}):  # some producers say them in both
        checks |= _checks(where.get("dataQualityAssertions"), at)
    yield Keyed(
        dataset_key(ref),
        DatasetState(
            ref,
            named=True,
            written=at if written and how != "DROP" else DatasetState(ref).written,
            dropped=at if how == "DROP" else DatasetState(ref).dropped,
            created=at if how == "CREATE" else DatasetState(ref).created,
            facets=facets,
            derived=Said(at, own["lineage"]) if alone and isinstance(own.get("lineage"), dict) else None,
            checks=checks,
        ),
    )
    if alone and isinstance(own.get("columnLineage"), dict):
        yield Keyed(dataset_key(ref), DatasetState(ref, facets={"columnLineage": Said(at, own["columnLineage"])}))
    before = named(_get(change, "previousIdentifier"))
    if how == "RENAME" and before is not None and name(before) != ref:
        old = name(before)
        yield Keyed(dataset_key(old), DatasetState(old, renamed=Said(at, [ref.namespace, ref.name])))


def _checks(facet: Any, at: int) -> dict[str, Said]:
    found: dict[str, Said] = {}
    for one in objects(facet, "assertions") if isinstance(facet, dict) else ():
        if isinstance(one.get("assertion"), str):
            found[f"{one['assertion']}\x1f{one.get('column') or ''}"] = Said(at, one)
    return found


# --- reading what may be anything


def named(value: Any) -> Ref | None:
    """The namespace and name in a piece of an event; None when it has none that could be one."""
    namespace, name = _get(value, "namespace"), _get(value, "name")
    if not isinstance(namespace, str) or not isinstance(name, str) or not (name or namespace):
        return None
    if "\0" in namespace + name or max(len(namespace), len(name)) > LONGEST:
        return None
    return Ref(namespace, name)


def _get(value: Any, key: str) -> Any:
    return value.get(key) if isinstance(value, dict) else None


def _said(
    facets: dict[str, Any] | None,
    at: int,
    only: frozenset[str] | None,
    prefix: str = "",
    *,
    without: frozenset[str] = frozenset(),
) -> dict[str, Said]:
    """Facets as statements. One that says `_deleted` takes back what was said before; a null says nothing."""
    found: dict[str, Said] = {}
    for key, value in (facets or {}).items():
        if value is None or key in without or (only is not None and key not in only):
            continue
        gone = isinstance(value, dict) and value.get("_deleted") is True
        found[prefix + key] = Said(at, None if gone else value)
    return found
