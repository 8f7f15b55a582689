"""`POST /lineage`: one execution of a job, with a flat row for every dataset it has touched."""

from typing import Any

import msgspec

from strabo.api.wherehows import payload
from strabo.api.wherehows.executions import ROLES, Execution, Moved, Role
from strabo.api.wherehows.jobs import app_namespace, flow_ref, job_ref
from strabo.api.wherehows.payload import Body
from strabo.api.wherehows.times import from_seconds
from strabo.api.wherehows.urns import UNMAPPED, Naming, object_ref
from strabo.errors import BadRecord
from strabo.model.ref import Ref


class LineageRow(Body, frozen=True, kw_only=True):
    """One dataset that was read or written."""

    source_target_type: str
    abstracted_object_name: str
    full_object_name: str = ""
    db_id: int = 0
    database_name: str = ""
    storage_type: str = ""
    partition_start: str | None = None
    partition_end: str | None = None
    partition_type: str | None = None
    layout_id: int | None = None
    operation: str | None = None
    record_count: int | None = None
    insert_count: int | None = None
    delete_count: int | None = None
    update_count: int | None = None
    ref_source_object_name: str = ""
    ref_source_db_id: int = 0
    ref_source_database_id: int = 0  # as the old documentation had it, and the old code did not
    srl_no: int | None = None
    source_srl_no: int | None = None


class LineageBody(Body, frozen=True, kw_only=True):
    """The body of `POST /lineage`. Of the two names for a run its number is the one that is looked up."""

    app_id: int = 0
    app_name: str = ""
    flow_exec_id: int | None = None
    job_exec_id: int | None = None
    job_exec_uuid: str = ""
    job_name: str = ""
    job_start_unixtime: int | None = None
    job_end_unixtime: int | None = None
    flow_path: str = ""
    lineages: tuple[LineageRow, ...]


def read_lineage(body: bytes) -> LineageBody:
    """The body of a post. Raises BadRecord with the path of every field that is wrong or unknown."""
    return payload.read(LineageBody, body)


def execution(body: LineageBody, names: Naming = UNMAPPED) -> Execution:
    """The execution that a body tells of. It has ended well: only lineage of such was ever posted here.

    Raises BadRecord: no application, no job, a row whose role is none of the four, a name that is no URN, a time
    that is impossible.
    """
    app = app_namespace(body.app_name, body.app_id, names)
    if not body.flow_path and not body.job_name:
        raise BadRecord("flow_path and job_name are both missing", where="job_name", fix="say which job it was")
    run = str(body.job_exec_id) if body.job_exec_id else body.job_exec_uuid
    objects = [_object(row, at, names) for at, row in enumerate(body.lineages)]
    return Execution(
        job=job_ref(app, body.flow_path, body.job_name),
        flow=flow_ref(app, body.flow_path) if body.flow_path else None,
        run=run,
        run_uuid=body.job_exec_uuid,
        flow_run=str(body.flow_exec_id) if body.flow_exec_id else "",
        started=from_seconds(body.job_start_unixtime, "job_start_unixtime"),
        ended=from_seconds(body.job_end_unixtime, "job_end_unixtime"),
        moved=tuple(_moved(row, at, objects, body, names) for at, row in enumerate(body.lineages)),
    )


def _object(row: LineageRow, at: int, names: Naming) -> Ref:
    path = f"lineages[{at}].abstracted_object_name"
    if not row.abstracted_object_name:
        raise BadRecord("the dataset has no name", where=path, fix="give its path, its table or its URN")
    return _ref(row.abstracted_object_name, path, row.database_name, row.db_id, row.storage_type, names)


def _ref(name: str, path: str, database: str, db_id: int, storage: str, names: Naming) -> Ref:
    try:
        return object_ref(name, database=database, db_id=db_id, storage=storage, names=names)
    except BadRecord as error:
        raise BadRecord(error.what, where=path, fix=error.fix) from error


def _moved(row: LineageRow, at: int, objects: list[Ref], body: LineageBody, names: Naming) -> Moved:
    role = _role(row.source_target_type, f"lineages[{at}].source_target_type")
    return Moved(
        ref=objects[at],
        role=role,
        row=_row(row),
        fed_by=_fed_by(row, at, objects, body, names) if role == "target" and row.ref_source_object_name else (),
    )


def _fed_by(row: LineageRow, at: int, objects: list[Ref], body: LineageBody, names: Naming) -> tuple[Ref, ...]:
    """The source rows that a target's reference names; where no row does, what the reference itself names."""
    wanted, db = row.ref_source_object_name, row.ref_source_db_id or row.ref_source_database_id
    found = [
        objects[i]
        for i, other in enumerate(body.lineages)
        if other.source_target_type.lower() in {"source", "lookup"}
        and wanted in {other.abstracted_object_name, other.full_object_name}
        and (not db or not other.db_id or other.db_id == db)
    ]
    if found:
        return tuple(dict.fromkeys(found))
    # Its database is the row's own when it names none: so does its storage.
    return (
        _ref(
            wanted,
            f"lineages[{at}].ref_source_object_name",
            "" if db else row.database_name,
            db or row.db_id,
            "" if db else row.storage_type,
            names,
        ),
    )


def _role(word: str, path: str) -> Role:
    for role in ROLES:
        if word.strip().lower() == role:
            return role
    raise BadRecord(f"{word[:60]!r} is no role of a dataset", where=path, fix=f"use one of {', '.join(ROLES)}")


def _row(row: LineageRow) -> dict[str, Any]:
    """What was posted of a dataset, without what was left out."""
    return {k: v for k, v in msgspec.structs.asdict(row).items() if v not in (None, "") and (v != 0 or "count" in k)}
