"""Rows of the catalog, made records. Pure: no connection, no order but that of the rows."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby

from strabo.model.naming import join
from strabo.model.records import (
    Column,
    Dataset,
    DatasetKind,
    Definition,
    ForeignKey,
    Index,
    Key,
    Partition,
    Partitions,
    Stats,
)
from strabo.model.ref import Ref
from strabo.sources.mysql.grants import quoted
from strabo.sources.mysql.queries import ColumnRow, ConstraintRow, IndexRow, PartitionRow, TableRow, ViewRow
from strabo.sources.mysql.types import default_of, generated_of, json_column, kind_of, values_of

DIALECT = "mysql"  # as sqlglot names it; it reads MariaDB's views as well
_KINDS: dict[str, DatasetKind] = {
    "BASE TABLE": "table",
    "SYSTEM VERSIONED": "table",
    "VIEW": "view",
    "SEQUENCE": "sequence",
}
_ELSEWHERE = frozenset({"FEDERATED", "CONNECT", "SPIDER"})  # engines that show another server's rows
_COUNTING = frozenset({"MyISAM", "Aria", "MEMORY"})  # engines that know their number of rows
_BY_COLUMNS = re.compile(r"COLUMNS|KEY")
_OTHERS = re.compile(r"DEFAULT|\(?MAXVALUE(?:,MAXVALUE)*\)?")
_NAME = re.compile(r"`((?:[^`]|``)*)`")


class Shape:
    """What several results say of one table, side by side."""

    def __init__(
        self,
        table: TableRow,
        columns: Sequence[ColumnRow],
        indexes: Sequence[IndexRow] = (),
        constraints: Sequence[ConstraintRow] = (),
        view: ViewRow | None = None,
    ) -> None:
        self.table, self.columns, self.indexes = table, columns, indexes
        self.constraints, self.view = constraints, view


def kind_of_table(table: TableRow) -> DatasetKind | None:
    """What a row of TABLES is; None for what is no dataset of the database (a session's temporary table)."""
    if (table.engine or "").upper() in _ELSEWHERE:
        return "foreign_table"
    return _KINDS.get(table.type)


def dataset(namespace: str, database: str, shape: Shape, kind: DatasetKind, *, maria: bool) -> Dataset:
    table, view = shape.table, shape.view
    jsons = {name for row in shape.constraints if (name := json_column(row.clause)) is not None}
    is_view = kind == "view"
    # A sequence's columns are the same for all sequences.
    rows = () if kind == "sequence" else shape.columns
    indexes = [index(name, list(group)) for name, group in groupby(shape.indexes, key=lambda row: row.name)]
    uniques = [Key(columns=names, name=name) for name, names in unique_keys(shape.indexes)]
    return Dataset(
        ref=Ref(namespace, join(database, table.name)),
        kind=kind,
        columns=tuple(column(row, jsons, maria=maria, of_view=is_view) for row in rows),
        primary_key=next((key for key in uniques if key.name == "PRIMARY"), None),
        unique_keys=tuple(key for key in uniques if key.name != "PRIMARY"),
        foreign_keys=tuple(foreign_keys(namespace, shape.constraints)),
        indexes=tuple(one for one in indexes if one.name != "PRIMARY"),
        comment=comment(table),
        owner=(view.definer or None) if view is not None else None,
        format=table.engine,
        created_at=when(table.created),  # InnoDB sets it anew when it rebuilds the table
        properties=properties(shape),
    )


def comment(table: TableRow) -> str | None:
    """What its owner wrote. A view's comment is the word VIEW, or says what is wrong with it."""
    return None if table.type == "VIEW" or broken(table) else table.comment or None


def broken(table: TableRow) -> str | None:
    """Why the server cannot open a table or a view: it then says so where the comment stands. None when it can."""
    if table.type == "VIEW":
        return table.comment if table.comment not in {"", None, "VIEW"} else None
    return table.comment or None if table.engine is None and table.type in _KINDS else None


def properties(shape: Shape) -> dict[str, str]:
    table, view = shape.table, shape.view
    stored = [row.name for row in shape.columns if re.search("STORED|PERSISTENT", (row.extra or "").upper())]
    unseen = [row.name for row in shape.columns if "INVISIBLE" in (row.extra or "").upper()]
    found = {
        "row_format": table.row_format,
        "collation": table.collation,
        "system_versioned": "true" if table.type == "SYSTEM VERSIONED" else None,
        "stored_columns": ", ".join(map(quoted, stored)),  # computed columns that take up space
        "invisible_columns": ", ".join(map(quoted, unseen)),
    }
    if view is not None:
        found["security"] = (view.security or "").lower()
        found["check_option"] = (view.check_option or "").lower().replace("none", "")
        found["updatable"] = {"YES": "true", "NO": "false"}.get(view.updatable or "")
    return {key: value for key, value in found.items() if value}


def column(row: ColumnRow, jsons: Iterable[str] = (), *, maria: bool, of_view: bool = False) -> Column:
    kind = "json" if row.name in jsons else kind_of(row.data_type, row.type)
    generated = generated_of(row.generated, maria=maria)
    plain = generated is None and not of_view  # a view's column shows the default of the table below, or a 0
    return Column(
        name=row.name,
        type=row.type or "",
        kind=kind,
        nullable=row.nullable == "YES",
        default=default_of(row.default, row.extra, kind, maria=maria) if plain else None,
        generated=generated,
        identity="auto_increment" in (row.extra or "").lower(),
        comment=row.comment or None,
        values=values_of(row.type),
    )


def index(name: str, rows: Sequence[IndexRow]) -> Index:
    return Index(
        name=name,
        columns=tuple(_indexed(row) for row in rows),
        unique=not rows[0].non_unique,
        method=(rows[0].method or "").lower() or None,
    )


def unique_keys(rows: Sequence[IndexRow]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Name and columns of each unique index; one over an expression says nothing of a column, and is left out."""
    for name, group in groupby((row for row in rows if not row.non_unique), key=lambda row: row.name):
        columns = [row.column for row in group]
        names = tuple(one for one in columns if one is not None)
        if len(names) == len(columns):
            yield name, names


def foreign_keys(namespace: str, rows: Sequence[ConstraintRow]) -> Iterator[ForeignKey]:
    keys = (row for row in rows if row.to_table is not None)
    for name, group in groupby(keys, key=lambda row: row.name):
        members = list(group)
        first = members[0]
        yield ForeignKey(
            columns=tuple(row.column or "" for row in members),
            references=Ref(namespace, join(first.to_schema or "", first.to_table or "")),
            to=tuple(row.to_column or "" for row in members),
            name=name,
        )


def definition(ref: Ref, text: str, database: str, language: str = "sql") -> Definition:
    """SQL in MySQL's dialect, whose bare names are those of its database; or text in another language."""
    language = language.lower()
    return Definition(
        ref=ref, text=text, dialect=DIALECT if language == "sql" else language, search_path=(join(database),),
        language=language,
    )  # fmt: skip


def partitions(ref: Ref, rows: Sequence[PartitionRow]) -> Partitions:
    """How a table is cut up; the parts of a part are added up, their expression stands last in `by`."""
    first = rows[0]
    by = [*_cut(first.method, first.expression), *([first.sub_expression] if first.sub_expression else [])]
    return Partitions(
        ref=ref,
        by=tuple(by),
        method=(first.method or "").lower() or None,
        parts=tuple(_part(name, list(group)) for name, group in groupby(rows, key=lambda row: row.name)),
    )


def stats(ref: Ref, table: TableRow) -> Stats | None:
    """Sizes and the time of the last change; None where the server tells none of them."""
    size = None if table.data is None and table.index is None else (table.data or 0) + (table.index or 0)
    modified = when(table.updated)
    if table.rows is None and size is None and modified is None:
        return None
    return Stats(
        ref=ref, rows=table.rows, exact=table.rows is not None and table.engine in _COUNTING, bytes=size,
        modified_at=modified,
    )  # fmt: skip


def when(text: str | None) -> datetime | None:
    """A time of the session's zone, which is UTC. None for no time, and for the zero date."""
    if not text or text.startswith("0000"):
        return None
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _indexed(row: IndexRow) -> str:
    """A column's bare name; an expression of SQL where only its beginning or another order is indexed."""
    if row.column is None:
        return (row.expression or "").replace("\\'", "'")
    if row.prefix is None and row.collation != "D":
        return row.column
    length = f"({row.prefix})" if row.prefix is not None else ""
    return f"{quoted(row.column)}{length}{' DESC' if row.collation == 'D' else ''}"


def _cut(method: str | None, expression: str | None) -> list[str]:
    if not expression:  # KEY(): the primary key
        return []
    if _BY_COLUMNS.search(method or ""):
        return [name.replace("``", "`") for name in _NAME.findall(expression)] or [expression]
    return [expression]


def _part(name: str, rows: Sequence[PartitionRow]) -> Partition:
    first = rows[0]
    return Partition(name=name, value=_value(first), rows=_sum(row.rows for row in rows), bytes=_sum(
        None if row.data is None and row.index is None else (row.data or 0) + (row.index or 0) for row in rows
    ))  # fmt: skip


def _value(row: PartitionRow) -> str | None:
    if row.description is None:
        return None
    method = (row.method or "").upper()
    if method.startswith("RANGE"):
        return "VALUES LESS THAN MAXVALUE" if row.description == "MAXVALUE" else f"VALUES LESS THAN ({row.description})"
    if method.startswith("LIST"):
        # The part for all other values is kept as one of the highest value of each column.
        return "DEFAULT" if _OTHERS.fullmatch(row.description) else f"VALUES IN ({row.description})"
    return row.description


def _sum(numbers: Iterable[int | None]) -> int | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None
