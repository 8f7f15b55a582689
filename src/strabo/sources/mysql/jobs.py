"""Procedures, functions, triggers and events, made jobs. Pure."""

from collections.abc import Sequence

from strabo.model.naming import join
from strabo.model.records import Job, JobKind
from strabo.model.ref import Ref
from strabo.sources.mysql.queries import EventRow, ParameterRow, RoutineRow, TriggerRow
from strabo.sources.mysql.records import when

_KINDS: dict[str, JobKind] = {"PROCEDURE": "procedure", "FUNCTION": "function"}


def name_of(database: str, kind: str, name: str) -> str:
    """`shop.procedure.refresh`: tables, procedures, functions, triggers and events may all bear the same name."""
    return join(database, kind.lower().replace(" ", "_"), name)


def routine(namespace: str, database: str, row: RoutineRow, parameters: Sequence[ParameterRow]) -> Job:
    found = {
        "security": (row.security or "").lower(),
        "data_access": (row.access or "").lower(),
        "deterministic": {"YES": "true", "NO": "false"}.get(row.deterministic or "", ""),
    }
    return Job(
        ref=Ref(namespace, name_of(database, row.type, row.name)),
        kind=_KINDS.get(row.type, "script"),  # an Oracle-like package is a script of procedures
        comment=row.comment or None,
        owner=row.definer or None,
        signature=signature(parameters) if row.type in _KINDS else None,
        created_at=when(row.created),
        altered_at=when(row.altered),
        properties={key: value for key, value in found.items() if value},
    )


def signature(rows: Sequence[ParameterRow]) -> str:
    """`(IN customer bigint(20), OUT total int(11))`, `(a int(11)) returns int(11)`."""
    takes = [" ".join(filter(None, [row.mode, row.name, row.type])) for row in rows if row.name is not None]
    # A function's parameters have a mode in the catalog, but not in its text.
    returns = next((row.type for row in rows if row.name is None), None)
    if returns is not None:
        takes = [" ".join(filter(None, [row.name, row.type])) for row in rows if row.name is not None]
    return f"({', '.join(takes)})" + (f" returns {returns}" if returns is not None else "")


def trigger(namespace: str, database: str, row: TriggerRow) -> Job:
    found = {"timing": (row.timing or "").lower(), "event": (row.event or "").lower()}
    return Job(
        ref=Ref(namespace, name_of(database, "trigger", row.name)),
        kind="trigger",
        owner=row.definer or None,
        on=Ref(namespace, join(database, row.table)),
        created_at=when(row.created),
        properties={key: value for key, value in found.items() if value},
    )


def event(namespace: str, database: str, row: EventRow) -> Job:
    found = {"status": (row.status or "").lower(), "time_zone": row.time_zone or ""}
    return Job(
        ref=Ref(namespace, name_of(database, "event", row.name)),
        kind="event",
        schedule=schedule(row),
        comment=row.comment or None,
        owner=row.definer or None,
        created_at=when(row.created),
        altered_at=when(row.altered),
        properties={key: value for key, value in found.items() if value},
    )


def schedule(row: EventRow) -> str | None:
    """`EVERY 1 DAY STARTS '2026-01-01 00:00:00'` or `AT '2026-01-01 00:00:00'`, as CREATE EVENT spells it."""
    if row.every is None:
        return f"AT '{row.at}'" if row.at else None
    every = row.every if row.every.isdigit() else "'" + row.every.strip("'") + "'"
    starts = f" STARTS '{row.starts}'" if row.starts else ""
    ends = f" ENDS '{row.ends}'" if row.ends else ""
    return f"EVERY {every} {row.unit or ''}{starts}{ends}"
