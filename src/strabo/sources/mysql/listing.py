"""One database, listed: the queries run one after the other, and what they say of one object brought together."""

from collections.abc import Generator, Iterator
from contextlib import ExitStack
from typing import TypeVar

import msgspec

from strabo.errors import BadRecord
from strabo.model.records import DatasetKind, Failed, Record, Skipped
from strabo.model.ref import Ref
from strabo.sources.mysql import queries
from strabo.sources.mysql.grants import Rights
from strabo.sources.mysql.jobs import event, routine, trigger
from strabo.sources.mysql.queries import (
    ColumnRow,
    ConstraintRow,
    IndexRow,
    ParameterRow,
    PartitionRow,
    Query,
    RoutineRow,
    TableRow,
    ViewRow,
)
from strabo.sources.mysql.records import Shape, broken, dataset, definition, kind_of_table, partitions, stats
from strabo.sources.mysql.spool import Beside, Spool
from strabo.sources.mysql.wire import Session

T = TypeVar("T")


class _Tables(msgspec.Struct, frozen=True):
    tables: Spool[TableRow]
    columns: Spool[ColumnRow]
    indexes: Spool[IndexRow]
    constraints: Spool[ConstraintRow]
    views: Spool[ViewRow]
    partitions: Spool[PartitionRow]


def datasets(session: Session, rights: Rights, scope: Ref, database: str) -> Generator[Record, None, bool]:
    """Tables and views in name order. Returns whether all were listed.

    A dataset is told whole or not at all: without the answer to one of its queries, it would look as if its columns
    or keys were gone. So one query that fails fails this half of the database.
    """
    with ExitStack() as stack:
        try:
            with session.reading():
                found = _tables(session, database, stack)
        except BadRecord as error:
            yield _failed(scope, error, "tables and views")
            return False
        columns = Beside(found.columns, lambda row: row.table)
        indexes = Beside(found.indexes, lambda row: row.table)
        constraints = Beside(found.constraints, lambda row: row.table)
        views = Beside(found.views, lambda row: row.table)
        parts = Beside(found.partitions, lambda row: row.table)
        for table in found.tables:
            name = table.name
            view = next(iter(views.of(name)), None)
            shape = Shape(table, columns.of(name), indexes.of(name), constraints.of(name), view)
            cuts = parts.of(name)
            if kind := kind_of_table(table):
                yield from _dataset(session, rights, scope, database, shape, kind, cuts)
    return True


def jobs(session: Session, rights: Rights, scope: Ref, database: str) -> Generator[Record, None, bool]:
    """Procedures and functions, then triggers, then events, each in name order. Returns whether all were listed."""
    complete = True
    for part, read in (("procedures", _routines), ("triggers", _triggers), ("events", _events)):
        with ExitStack() as stack:
            try:
                yield from read(session, rights, scope, database, stack)
            except BadRecord as error:
                complete = False
                yield _failed(scope, error, part)
    return complete


def _tables(session: Session, database: str, stack: ExitStack) -> _Tables:
    def ask(query: Query[T], *, needed: bool = True) -> Spool[T]:
        return stack.enter_context(session.rows(query, database) if needed else Spool(query.row))

    tables = ask(queries.TABLES)
    seen_views = any(table.type == "VIEW" for table in tables)
    seen_parts = any(table.partitioned for table in tables)
    return _Tables(
        tables,
        ask(queries.COLUMNS),
        ask(queries.indexes(session.server)),
        ask(queries.constraints(session.server)),
        ask(queries.VIEWS, needed=seen_views),
        ask(queries.PARTITIONS, needed=seen_parts),  # it opens every table once more
    )


def _dataset(
    session: Session,
    rights: Rights,
    scope: Ref,
    database: str,
    shape: Shape,
    kind: DatasetKind,
    cuts: list[PartitionRow],
) -> Iterator[Record]:
    table = shape.table
    record = dataset(scope.namespace, database, shape, kind, maria=session.server.maria)
    yield record
    wrong = broken(table)
    if not shape.columns:
        yield Skipped(
            ref=record.ref,
            part="columns",
            reason=wrong or "the server shows no column of it to this login",
            fix=(
                "mend or drop the view, or let its definer read the tables below it"
                if kind == "view"
                else rights.grant("SELECT", database, table.name)
            ),
        )
    elif wrong:
        part = "columns" if kind == "view" else "sizes"  # MySQL 8 remembers the columns of a view that broke
        yield Skipped(ref=record.ref, part=part, reason=wrong, fix=f"mend or drop the {kind}")
    if kind == "view":
        text = shape.view.definition if shape.view is not None else None
        if text:
            yield definition(record.ref, text, database)
        else:
            yield Skipped(
                ref=record.ref,
                part="definition",
                reason="the login may not see the view's text",
                fix=rights.grant("SELECT, SHOW VIEW", database, table.name),
            )
    if cuts:
        yield partitions(record.ref, cuts)
    if kind not in {"view", "sequence"} and (sizes := stats(record.ref, table)):
        yield sizes


def _routines(session: Session, rights: Rights, scope: Ref, database: str, stack: ExitStack) -> Iterator[Record]:
    with session.reading():
        routines: Spool[RoutineRow] = stack.enter_context(session.rows(queries.ROUTINES, database))
        needed = next(iter(routines), None) is not None
        parameters: Spool[ParameterRow] = stack.enter_context(
            session.rows(queries.PARAMETERS, database) if needed else Spool(ParameterRow)
        )
    beside = Beside(parameters, lambda row: (row.routine_type, row.routine))
    for row in routines:
        job = routine(scope.namespace, database, row, beside.of((row.type, row.name)))
        yield job
        if row.definition:
            yield definition(job.ref, row.definition, database, row.language or "sql")
        else:
            yield Skipped(
                ref=job.ref,
                part="definition",
                reason="the login may not see the text of other people's procedures",
                fix=rights.grant_bodies(session.server, database),
            )


def _triggers(session: Session, _: Rights, scope: Ref, database: str, stack: ExitStack) -> Iterator[Record]:
    with session.reading():
        rows = stack.enter_context(session.rows(queries.TRIGGERS, database))
    for row in rows:
        job = trigger(scope.namespace, database, row)
        yield job
        if row.statement:
            yield definition(job.ref, row.statement, database)


def _events(session: Session, _: Rights, scope: Ref, database: str, stack: ExitStack) -> Iterator[Record]:
    with session.reading():
        rows = stack.enter_context(session.rows(queries.EVENTS, database))
    for row in rows:
        job = event(scope.namespace, database, row)
        yield job
        if row.definition:
            yield definition(job.ref, row.definition, database)


def _failed(scope: Ref, error: BadRecord, part: str) -> Failed:
    return Failed(ref=scope, call=error.where, error=error.what, part=part, fix=error.fix or None)
