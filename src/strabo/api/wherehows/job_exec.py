"""`POST /lineage/job/exec`: one execution of a job, with its inputs, outputs and the columns between them.

The shape of WhereHows' JobExecutionLineageEvent. Column lineage was accepted there and thrown away; here it is kept.
"""

from typing import Any

import msgspec

from strabo.api.wherehows import payload
from strabo.api.wherehows.executions import Execution, Mapped, Moved, Role, status_of
from strabo.api.wherehows.jobs import app_namespace, flow_ref, job_ref
from strabo.api.wherehows.payload import CamelBody
from strabo.api.wherehows.times import from_millis
from strabo.api.wherehows.urns import UNMAPPED, Naming, ref_of
from strabo.errors import BadRecord
from strabo.model.ref import Ref

_PLATFORM = "urn:li:dataPlatform:"


class Application(CamelBody, frozen=True, kw_only=True):
    name: str
    type: str = ""
    deployment_detail: dict[str, Any] | None = None
    uri: str | None = None


class JobExecution(CamelBody, frozen=True, kw_only=True):
    """Times are milliseconds since 1970. `execution_guid` names the run where it has no `execution_id`."""

    name: str
    node: str | None = None
    server: str | None = None
    definition_id: str | None = None
    execution_id: str | None = None
    execution_guid: str | None = None
    top_level_flow_name: str | None = None
    flow_definition_id: str | None = None
    flow_execution_id: str | None = None
    flow_execution_guid: str | None = None
    attempt: int | None = None
    start_time: int | None = None
    suspend_time: int | None = None
    end_time: int | None = None
    state: str | None = None


class Identifier(CamelBody, frozen=True, kw_only=True):
    data_platform_urn: str
    native_name: str
    data_origin: str | None = None


class DatasetProperties(CamelBody, frozen=True, kw_only=True):
    uri: str | None = None
    native_type: str | None = None
    case_sensitivity: dict[str, Any] | None = None
    change_audit_stamp: dict[str, Any] | None = None


class PartitionRange(CamelBody, frozen=True, kw_only=True):
    partition_type: str | None = None
    min_partition_value: str | None = None
    max_partition_value: str | None = None
    list_partition_value: tuple[str, ...] | None = None


class MappedFields(CamelBody, frozen=True, kw_only=True):
    mapped_to_dataset: Identifier | str
    field_paths: tuple[str, ...]


class FieldLineage(CamelBody, frozen=True, kw_only=True):
    field_path: str
    mapped_to_fields: tuple[MappedFields, ...] = ()


class DetailMap(CamelBody, frozen=True, kw_only=True):
    map_direction_type: str | None = None
    field_lineage: tuple[FieldLineage, ...] = ()


class DatasetItem(CamelBody, frozen=True, kw_only=True):
    """A dataset that was read or written; any one of the first three says which."""

    dataset_identifier: Identifier | None = None
    dataset_urn: str | None = None
    dataset_properties: DatasetProperties | None = None
    partition: PartitionRange | None = None
    qualified_values: dict[str, Any] | None = None
    detail_lineage_map: DetailMap | None = None
    operation: str | None = None


class JobExecBody(CamelBody, frozen=True, kw_only=True):
    """The body of `POST /lineage/job/exec`. All four blocks are required; a list may be empty."""

    application: Application
    job_execution: JobExecution
    input_dataset_list: tuple[DatasetItem, ...]
    output_dataset_list: tuple[DatasetItem, ...]
    audit_header: dict[str, Any] | None = None


def read_job_exec(body: bytes) -> JobExecBody:
    """The body of a post. Raises BadRecord with the path of every field that is wrong or unknown."""
    return payload.read(JobExecBody, body)


def execution(body: JobExecBody, names: Naming = UNMAPPED) -> Execution:
    """The execution that a body tells of. Raises BadRecord: a dataset that is not named, a state that nobody knows, an
    impossible time.
    """
    job = body.job_execution
    app = app_namespace(body.application.name, 0, names)
    if not job.name:
        raise BadRecord("the job has no name", where="jobExecution.name", fix="say which job it was")
    flow = job.top_level_flow_name or job.flow_definition_id or ""
    started = from_millis(job.start_time, "jobExecution.startTime")
    ended = from_millis(job.end_time, "jobExecution.endTime")
    inputs = [_dataset(item, f"inputDatasetList[{at}]", names) for at, item in enumerate(body.input_dataset_list)]
    outputs = [_dataset(item, f"outputDatasetList[{at}]", names) for at, item in enumerate(body.output_dataset_list)]
    return Execution(
        job=job_ref(app, flow, job.name),
        flow=flow_ref(app, flow) if flow else None,
        run=job.execution_id or job.execution_guid or "",
        run_uuid=job.execution_guid or "",
        flow_run=job.flow_execution_id or job.flow_execution_guid or "",
        attempt=max(1, job.attempt or 1),
        status=status_of(job.state, "jobExecution.state") if job.state else "succeeded" if ended else "running",
        started=started,
        ended=ended,
        moved=(
            *(_moved(ref, "source", item) for ref, item in zip(inputs, body.input_dataset_list, strict=True)),
            *(_moved(ref, "target", item) for ref, item in zip(outputs, body.output_dataset_list, strict=True)),
        ),
        mapped=_mapped(body, inputs, outputs, names),
        location=body.application.uri,
        properties=_properties(body),
    )


def _dataset(item: DatasetItem, path: str, names: Naming) -> Ref:
    try:
        if item.dataset_identifier is not None:
            return _identified(item.dataset_identifier, names)
        urn = item.dataset_urn or (item.dataset_properties.uri if item.dataset_properties else None)
        if urn:
            return ref_of(urn, names)
    except BadRecord as error:
        raise BadRecord(error.what, where=path, fix=error.fix) from error
    raise BadRecord(
        "it does not say which dataset it is",
        where=path,
        fix="add datasetIdentifier, datasetUrn or datasetProperties.uri",
    )


def _identified(identifier: Identifier | str, names: Naming) -> Ref:
    if isinstance(identifier, str):
        return ref_of(identifier, names)
    platform = identifier.data_platform_urn.removeprefix(_PLATFORM)
    origin = identifier.data_origin or "PROD"
    return ref_of(f"urn:li:dataset:(urn:li:dataPlatform:{platform},{identifier.native_name},{origin})", names)


def _moved(ref: Ref, role: Role, item: DatasetItem) -> Moved:
    """A dataset with the columns of the old table that can be told, and its blocks as they came."""
    part = item.partition or PartitionRange()
    listed = ",".join(part.list_partition_value or ()) or None
    row = {
        "abstracted_object_name": item.dataset_identifier.native_name if item.dataset_identifier else ref.name,
        "operation": item.operation,
        "partition_type": part.partition_type,
        "partition_start": part.min_partition_value or listed,
        "partition_end": part.max_partition_value or listed,
        "qualified_values": item.qualified_values,
        "record_count": _number(item.qualified_values, "recordCount", "record_count", "numRecords"),
    }
    return Moved(ref=ref, role=role, row={k: v for k, v in row.items() if v is not None})


def _number(values: dict[str, Any] | None, *keys: str) -> int | None:
    for key in keys:
        found = str((values or {}).get(key, ""))
        if found.isdecimal():
            return int(found)
    return None


def _mapped(body: JobExecBody, inputs: list[Ref], outputs: list[Ref], names: Naming) -> tuple[Mapped, ...]:
    """The columns between datasets. What an output maps to are its sources; what an input maps to are its targets."""
    found: list[Mapped] = []
    for key, items, refs in (
        ("inputDatasetList", body.input_dataset_list, inputs),
        ("outputDatasetList", body.output_dataset_list, outputs),
    ):
        for at, (item, ref) in enumerate(zip(items, refs, strict=True)):
            lines = item.detail_lineage_map.field_lineage if item.detail_lineage_map else ()
            for number, line in enumerate(lines):
                path = f"{key}[{at}].detailLineageMap.fieldLineage[{number}].mappedToFields"
                for other, column in _others(line, path, names):
                    if key == "outputDatasetList":
                        pair = Mapped(source=other, source_column=column, target=ref, target_column=line.field_path)
                    else:
                        pair = Mapped(source=ref, source_column=line.field_path, target=other, target_column=column)
                    found.append(pair)
    return tuple(dict.fromkeys(found))


def _others(line: FieldLineage, path: str, names: Naming) -> list[tuple[Ref, str]]:
    found = []
    for at, fields in enumerate(line.mapped_to_fields):
        try:
            ref = _identified(fields.mapped_to_dataset, names)
        except BadRecord as error:
            raise BadRecord(error.what, where=f"{path}[{at}].mappedToDataset", fix=error.fix) from error
        found += [(ref, column) for column in fields.field_paths]
    return found


def _properties(body: JobExecBody) -> dict[str, str]:
    """What belongs to the job and not to one run of it."""
    app, job = body.application, body.job_execution
    detail = msgspec.json.encode(app.deployment_detail, order="sorted").decode() if app.deployment_detail else None
    kept = {
        "wherehows.applicationType": app.type or None,
        "wherehows.deploymentDetail": detail,
        "wherehows.definitionId": job.definition_id,
        "wherehows.flowDefinitionId": job.flow_definition_id,
    }
    return {key: value for key, value in kept.items() if value is not None}
