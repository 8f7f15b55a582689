"""What the states say, as records. Pure: one state, one set of records, whatever way led there."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from strabo.model import naming
from strabo.model.records import (
    Check,
    CheckResult,
    Column,
    ColumnProfile,
    Dataset,
    DatasetKind,
    Definition,
    Description,
    Job,
    JobKind,
    JobRun,
    Owner,
    Ownership,
    Profile,
    Record,
    RunStatus,
    SameAs,
    Tag,
    Tags,
)
from strabo.model.ref import Ref
from strabo.openlineage import flows
from strabo.openlineage.columns import Links
from strabo.openlineage.deltas import named
from strabo.openlineage.read import moment, objects, text, value, when, whole
from strabo.openlineage.state import ALWAYS, NEVER, DatasetState, JobState, RunState, Said, Told
from strabo.openlineage.types import canonical

Name = Callable[[Ref], Ref]

_KINDS: dict[str, DatasetKind] = {
    "TABLE": "table", "VIEW": "view", "MATERIALIZED_VIEW": "materialized_view", "EXTERNAL_TABLE": "external_table",
    "EXTERNAL": "external_table", "TOPIC": "topic", "STREAM": "stream", "FILE": "file", "MODEL": "model",
    "COLLECTION": "collection", "INDEX": "index", "TEMPORARY": "temporary_table",
}  # fmt: skip
_BY_PLATFORM: dict[str, DatasetKind] = {"kafka": "topic", "pubsub": "topic", "kinesis": "stream"}
_JOBS: dict[str, JobKind] = {
    "DAG": "workflow", "WORKFLOW": "workflow", "PIPELINE": "workflow", "TASK": "task", "QUERY": "query",
    "MODEL": "model", "SCRIPT": "script", "PROCEDURE": "procedure", "COMMAND": "query",
}  # fmt: skip
_ENDS: dict[str, RunStatus] = {"COMPLETE": "succeeded", "FAIL": "failed", "ABORT": "cancelled"}
# sqlglot's name of a dialect, by the platform that a job's data lie on.
_DIALECTS = {"awsathena": "athena", "mssql": "tsql", "sqlserver": "tsql", "fabric-warehouse": "fabric"}


def records(state: Told, name: Name) -> list[Record]:
    """All that one state says of its subject. Nothing for what is gone, or was only mentioned."""
    if isinstance(state, DatasetState):
        return list(_dataset(state, name))
    if isinstance(state, JobState):
        return list(_job(state, name))
    return [_run(state)]


_TIMED = ("dataQualityMetrics", "input.dataQualityMetrics")


def gist(state: Told) -> Any:
    """What of a state its records hang on: equal gists make equal records. Most events change times alone."""
    if isinstance(state, RunState):
        return state
    words = {key: said.value for key, said in state.facets.items()}
    if isinstance(state, JobState):
        return state.ref, state.parent_of, words, _value(state.parent), _value(state.after), _value(state.declared)
    moved = state.renamed is not None and state.renamed.at > max(state.written, state.created)
    timed = [state.facets.get(key) for key in _TIMED]
    alias = _value(state.renamed) if moved else None
    return state.ref, state.named, state.there, alias, words, _value(state.derived), state.checks, timed


def _value(said: Said | None) -> Any:
    return said.value if said is not None else None


# --- datasets


def _dataset(state: DatasetState, name: Name) -> Iterator[Record]:
    ref, facets = state.ref, state.facets
    moved = state.renamed
    if moved is not None and moved.value is not None and moved.at > max(state.written, state.created):
        yield SameAs(ref=ref, other=Ref(*moved.value), why="rename")
        return
    for other in _symlinks(facets, name):
        if other != ref:
            yield SameAs(ref=other, other=ref)
    if not state.there or not state.named:
        return
    schema = value(facets, "schema")
    storage, source = value(facets, "storage"), value(facets, "dataSource")
    place = value(facets, "catalog")
    yield Dataset(
        ref=ref,
        kind=_kind(ref, facets),
        columns=tuple(_columns(schema)),
        format=text(storage, "fileFormat"),
        location=text(source, "uri"),
        properties={
            f"catalog.{key}": found
            for key in ("framework", "type", "name", "metadataUri", "warehouseUri", "source")
            if (found := text(place, key))
        },
    )
    # Apart from the shape: what dbt says of a table stays when the database says what columns it has.
    said_of_it = text(value(facets, "documentation"), "description")
    if said_of_it:
        yield Description(ref=ref, text=said_of_it)
    for field in objects(schema, "fields"):
        column, said_of_column = text(field, "name"), text(field, "description")
        if column and said_of_column:
            yield Description(ref=ref, text=said_of_column, column=column)
    yield from _people_and_tags(ref, facets)
    if state.derived is not None and state.derived.value is not None:
        said = flows.of_derivation(ref, state.derived.value, name)
        if said is not None:
            yield said
    elif value(facets, "columnLineage"):
        links = Links(name)
        links.facet(value(facets, "columnLineage"))
        said = flows.lineage_of(ref, links)
        if said is not None:
            yield said
    yield from _quality(ref, state)


def _symlinks(facets: Mapping[str, Said], name: Name) -> Iterator[Ref]:
    for one in objects(value(facets, "symlinks"), "identifiers"):
        ref = named(one)
        if ref is not None and ref.namespace and ref.name:
            yield name(ref)


def _kind(ref: Ref, facets: Mapping[str, Said]) -> DatasetKind:
    said = (text(value(facets, "datasetType"), "datasetType") or "").upper().replace(" ", "_")
    if said in _KINDS:
        return _KINDS[said]
    platform = naming.platform(ref.namespace)
    return _BY_PLATFORM.get(platform, "fileset" if platform in naming.PATHS else "table")


def _columns(schema: Mapping[str, Any], depth: int = 0) -> Iterator[Column]:
    fields = [f for f in objects(schema, "fields") if text(f, "name")]
    places = [whole(f, "ordinal_position") for f in fields]
    if fields and all(p is not None for p in places):
        fields = [f for _, f in sorted(zip(places, fields, strict=True), key=lambda pair: pair[0] or 0)]
    seen: set[str] = set()
    for field in fields:
        spelled = text(field, "name") or ""
        if spelled in seen:
            continue
        seen.add(spelled)
        type_ = text(field, "type") or ""
        yield Column(
            name=spelled,
            type=type_,
            kind=canonical(type_),
            comment=text(field, "description"),
            fields=tuple(_columns(field, depth + 1)) if depth < 50 else (),
        )


def _people_and_tags(ref: Ref, facets: Mapping[str, Said]) -> Iterator[Record]:
    owners: dict[tuple[str, str], Owner] = {}
    for one in objects(value(facets, "ownership"), "owners"):
        who = text(one, "name")
        if who:
            role = (text(one, "type") or "owner").lower()
            group = who.startswith(("team:", "group:"))
            owners[who, role] = Owner(name=who, role=role, kind="group" if group else "person")
    if owners:
        yield Ownership(ref=ref, owners=tuple(owners.values()))
    tags: dict[tuple[str, str | None], Tag] = {}
    for one in objects(value(facets, "tags"), "tags"):
        key, column = text(one, "key"), text(one, "field")
        if key:
            said = text(one, "value")
            tags[key, column] = Tag(name=key, column=column, value=None if said == "true" else said)
    if tags:
        yield Tags(ref=ref, tags=tuple(tags.values()))


def _quality(ref: Ref, state: DatasetState) -> Iterator[Record]:
    for key, said in sorted(state.checks.items()):
        kind, _, column = key.partition("\x1f")
        found = said.value
        passed = found.get("success")
        if not isinstance(passed, bool):
            continue
        yield Check(
            ref=ref,
            name=kind,
            column=column or None,
            expectation=text(found, "expected"),
            severity=text(found, "severity"),
        )
        yield CheckResult(
            ref=ref,
            name=kind,
            column=column or None,
            at=moment(said.at),
            passed=passed,
            message=text(found, "actual"),
        )
    for key in ("dataQualityMetrics", "input.dataQualityMetrics"):
        said_metrics, metrics = state.facets.get(key), value(state.facets, key)
        if said_metrics is None or not metrics:
            continue
        per_column = metrics.get("columnMetrics")
        yield Profile(
            ref=ref,
            at=moment(said_metrics.at),
            rows=whole(metrics, "rowCount"),
            columns=tuple(
                ColumnProfile(
                    column=column,
                    nulls=whole(one, "nullCount"),
                    distinct=whole(one, "distinctCount"),
                    min=_spelled(one.get("min")),
                    max=_spelled(one.get("max")),
                )
                for column, one in (sorted(per_column.items()) if isinstance(per_column, dict) else ())
                if isinstance(one, dict) and column
            ),
        )
        return


def _spelled(found: Any) -> str | None:
    return None if found is None or isinstance(found, dict | list) else str(found)


# --- jobs


def _job(state: JobState, name: Name) -> Iterator[Record]:
    ref, facets = state.ref, state.facets
    kind, code = value(facets, "jobType"), value(facets, "sourceCodeLocation")
    found = kind.get("emissionPattern")
    pattern: dict[str, Any] = found if isinstance(found, dict) else {}
    window = whole(pattern, "windowDuration")
    said = (text(kind, "jobType") or "").upper()
    what: JobKind = _JOBS.get(said, "workflow" if state.parent_of else "task" if state.parent else "job")
    yield Job(
        ref=ref,
        kind=what,
        parent=Ref(*state.parent.value) if state.parent else None,
        after=tuple(Ref(*one) for one in state.after.value) if state.after else (),
        comment=text(value(facets, "documentation"), "description"),
        location=text(code, "url") or text(code, "repoUrl"),
        properties={
            key: told
            for key, told in (
                ("integration", text(kind, "integration")),
                ("processing", text(kind, "processingType")),
                ("type", text(kind, "jobType")),
                ("emission.trigger", text(pattern, "eventTrigger")),
                ("emission.content", text(pattern, "eventContentMode")),
                ("emission.window", None if window is None else f"{window} s"),
                ("code.version", text(code, "version")),
                ("code.path", text(code, "path")),
            )
            if told
        },
    )
    yield from _people_and_tags(ref, facets)
    sql, source = value(facets, "sql"), value(facets, "sourceCode")
    if text(sql, "query"):
        yield Definition(ref=ref, text=text(sql, "query") or "", dialect=text(sql, "dialect") or "")
    elif text(source, "sourceCode"):
        language = text(source, "language") or "unknown"
        yield Definition(ref=ref, text=text(source, "sourceCode") or "", dialect="", language=language)
    if state.declared is not None and state.declared.value is not None:
        yield from flows.of_declaration(ref, state.declared.value, name)


# --- runs


def _run(state: RunState) -> JobRun:
    end = max(((at, kind) for kind, at in state.ends.items()), default=None)
    status: RunStatus = _ENDS[end[1]] if end else "running" if state.active > NEVER else "queued"
    error, times = value(state.facets, "errorMessage"), value(state.facets, "nominalTime")
    parent = value(state.facets, "parent").get("run")
    return JobRun(
        ref=state.job,
        id=state.id,
        status=status,
        started_at=moment(state.started) if state.started != ALWAYS else None,
        ended_at=moment(end[0]) if end else None,
        scheduled_for=when(times, "nominalStartTime"),
        parent=text(parent, "runId") if isinstance(parent, dict) else None,
        read=_rows([value(p.facets, "input.inputStatistics") for _, p in sorted(state.inputs.items())]),
        written=_rows([value(p.facets, "output.outputStatistics") for _, p in sorted(state.outputs.items())]),
        error=text(error, "message") if end is None or end[1] != "COMPLETE" else None,
    )


def _rows(statistics: list[dict[str, Any]]) -> int | None:
    counts = [count for count in (whole(s, "rowCount") for s in statistics) if count is not None]
    return sum(counts) if counts else None
