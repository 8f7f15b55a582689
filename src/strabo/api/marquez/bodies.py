"""What clients put, as OpenLineage events, so that it folds with real ones; as records what events cannot say."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from strabo.api.marquez.answers import Json
from strabo.api.marquez.datasets import FACET
from strabo.api.marquez.facets import PRODUCER
from strabo.api.marquez.namespaces import ANYBODY
from strabo.errors import BadRecord
from strabo.model.records import Container, Owner, Ownership, Record, Tag
from strabo.model.ref import Ref
from strabo.openlineage.event import Event, check_name, parse

_SCHEMA = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/"
_FACETS = "https://openlineage.io/spec/facets/"
_STATES = {"start": "START", "complete": "COMPLETE", "fail": "FAIL", "abort": "ABORT"}
_KINDS = {"DB_TABLE": "TABLE", "STREAM": "STREAM"}
_PROCESSING = {"BATCH": "BATCH", "STREAM": "STREAMING", "SERVICE": "SERVICE"}


class _Body(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Names as Java spells them; keys that there are not are let pass, as Marquez does."""


class NamespaceBody(_Body, frozen=True, kw_only=True):
    owner_name: str
    description: str | None = None


class FieldBody(_Body, frozen=True, kw_only=True):
    name: str
    type: str | None = None
    tags: list[str] | None = None
    description: str | None = None


class DatasetBody(_Body, frozen=True, kw_only=True):
    type: Literal["DB_TABLE", "STREAM"]
    physical_name: str
    source_name: str
    fields: list[FieldBody] | None = None
    tags: list[str] | None = None
    description: str | None = None
    run_id: str | None = None
    schema_location: str | None = None


class IdBody(_Body, frozen=True, kw_only=True):
    namespace: str
    name: str


class JobBody(_Body, frozen=True, kw_only=True):
    type: Literal["BATCH", "STREAM", "SERVICE"]
    inputs: list[IdBody] | None = None
    outputs: list[IdBody] | None = None
    location: str | None = None
    description: str | None = None
    context: dict[str, str] | None = None
    run_id: str | None = None


class RunBody(_Body, frozen=True, kw_only=True):
    id: str | None = None
    nominal_start_time: str | None = None
    nominal_end_time: str | None = None
    args: dict[str, Any] | None = None


def ref_of(namespace: str, name: str, what: str = "name") -> Ref:
    """The object of a path. Raises BadRecord for what cannot be a name."""
    check_name(namespace, "namespace")
    check_name(name, what)
    if not namespace or (not name and what != "namespace"):
        raise BadRecord("the name is empty", where=what, fix="say which one is meant")
    return Ref(namespace, name)


def namespace_records(ref: Ref, body: NamespaceBody) -> list[Record]:
    """A namespace is what its datasets and jobs live in."""
    records: list[Record] = [Container(ref=ref, kind="namespace", comment=body.description or None)]
    if body.owner_name and body.owner_name != ANYBODY:
        records.append(Ownership(ref=ref, owners=(Owner(name=body.owner_name),)))
    return records


def tags_of(body: DatasetBody) -> list[Tag]:
    """The tags of a dataset and of its fields."""
    found = [Tag(name=name) for name in body.tags or ()]
    found += [Tag(name=name, column=field.name) for field in body.fields or () for name in field.tags or ()]
    return found


# --- as events


def dataset_event(ref: Ref, body: DatasetBody, url: str | None) -> Event:
    """A dataset as a dataset event of now. url: where its source is. Raises BadRecord for two fields of one name."""
    facets: Json = {
        FACET: _facet(
            "",
            type=body.type,
            physicalName=body.physical_name,
            sourceName=body.source_name,
            **({"schemaLocation": body.schema_location} if body.schema_location else {}),
        ),
        "datasetType": _facet("1-0-1/DatasetTypeDatasetFacet", datasetType=_KINDS[body.type]),
        "dataSource": _facet("1-0-1/DatasourceDatasetFacet", name=body.source_name, **({"uri": url} if url else {})),
    }
    if body.description:
        facets["documentation"] = _facet("1-1-0/DocumentationDatasetFacet", description=body.description)
    if body.fields is not None:
        facets["schema"] = _facet("1-2-0/SchemaDatasetFacet", fields=_fields(body.fields))
    return _event("DatasetEvent", dataset={"namespace": ref.namespace, "name": ref.name, "facets": facets})


def _fields(fields: Iterable[FieldBody]) -> list[Json]:
    found: dict[str, Json] = {}
    for number, field in enumerate(fields):
        check_name(field.name, f"$.fields[{number}].name")
        if not field.name or field.name in found:
            problem = "is there twice" if field.name else "is empty"
            raise BadRecord(
                f"the field {field.name[:60]!r} {problem}", where=f"$.fields[{number}]", fix="name each one once"
            )
        said = {"name": field.name, "type": field.type, "description": field.description}
        found[field.name] = {key: value for key, value in said.items() if value}
    return list(found.values())


def job_event(ref: Ref, body: JobBody) -> Event:
    """A job with what it reads and writes, as a job event of now: it replaces what was declared of the job before."""
    facets: Json = {
        "jobType": _facet("2-0-4/JobTypeJobFacet", processingType=_PROCESSING[body.type], integration="MARQUEZ")
    }
    if body.description:
        facets["documentation"] = _facet("1-1-0/DocumentationJobFacet", description=body.description)
    if body.location:
        facets["sourceCodeLocation"] = _facet("1-1-0/SourceCodeLocationJobFacet", type="git", url=body.location)
    query = next((text for key, text in (body.context or {}).items() if key.lower() == "sql"), None)
    if query:
        facets["sql"] = _facet("1-1-0/SQLJobFacet", query=query)
    return _event("JobEvent", job={"namespace": ref.namespace, "name": ref.name, "facets": facets}, **_ports(body))


def job_run_event(ref: Ref, run: str, body: JobBody) -> Event:
    """That a run reads and writes what a client puts with its id."""
    return run_event(ref, run, **_ports(body))


def dataset_run_event(job: Ref, run: str, dataset: Ref) -> Event:
    """That a run writes a dataset."""
    return run_event(job, run, outputs=[{"namespace": dataset.namespace, "name": dataset.name}])


def created_event(job: Ref, run: str, body: RunBody) -> Event:
    """A run that has not begun. Raises BadRecord for a nominal time that is none."""
    facets: Json = {}
    if body.nominal_start_time or body.nominal_end_time:
        times = {"nominalStartTime": body.nominal_start_time, "nominalEndTime": body.nominal_end_time}
        for name, text in times.items():
            _checked(name, text)
        facets["nominalTime"] = _facet("1-0-1/NominalTimeRunFacet", **{k: v for k, v in times.items() if v})
    if body.args:
        facets["executionParameters"] = _facet(
            "1-0-0/ExecutionParametersRunFacet",
            parameters=[{"key": key, "name": key, "value": value} for key, value in body.args.items()],
        )
    return run_event(job, run, facets=facets)


def state_event(job: Ref, run: str, transition: str, at: datetime | None) -> Event:
    """That a run started, or ended, at a time; now, when none is said."""
    return run_event(job, run, kind=_STATES[transition], at=at)


def run_event(
    job: Ref, run: str, *, kind: str = "OTHER", at: datetime | None = None, facets: Json | None = None, **ports: Any
) -> Event:
    """An event of a run. OTHER says nothing of its state."""
    return _event(
        "RunEvent",
        at=at,
        eventType=kind,
        run={"runId": run, "facets": facets or {}},
        job={"namespace": job.namespace, "name": job.name},
        **ports,
    )


def _event(schema: str, *, at: datetime | None = None, **parts: Any) -> Event:
    time = (at or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="microseconds")
    return parse({"eventTime": time, "producer": PRODUCER, "schemaURL": _SCHEMA + schema, **parts})


def _facet(schema: str, **values: Any) -> Json:
    where = f"{_FACETS}{schema}.json" if schema else f"{PRODUCER}:{FACET}"
    return {"_producer": PRODUCER, "_schemaURL": where, **values}


def _ports(body: JobBody) -> dict[str, Any]:
    return {"inputs": _ids(body.inputs or ()), "outputs": _ids(body.outputs or ())}


def _ids(found: Iterable[IdBody]) -> list[Json]:
    return [{"namespace": one.namespace, "name": one.name} for one in found]


def _checked(name: str, text: str | None) -> None:
    if text:
        try:
            datetime.fromisoformat(text)
        except ValueError:
            raise BadRecord(
                f"{text[:60]!r} is no time", where=f"$.{name}", fix="write it as 2026-11-01T12:00:00Z"
            ) from None
