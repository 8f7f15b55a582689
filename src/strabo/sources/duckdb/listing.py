"""What DuckDB's catalog says, schema by schema, as records."""

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from typing import Any, NamedTuple, Self

import duckdb

from strabo.kit.dbapi import Groups
from strabo.model.naming import join
from strabo.model.records import (
    Column,
    Dataset,
    Definition,
    ForeignKey,
    Index,
    Job,
    Key,
    Record,
    Skipped,
    Stats,
)
from strabo.model.ref import Ref
from strabo.sources.duckdb import queries
from strabo.sources.duckdb.types import opened

BATCH = 2_000  # rows fetched at a time


class Schema(NamedTuple):
    path: tuple[str, ...]  # its name, below those of the schemas that it is nested in
    oid: int
    comment: str | None

    @property
    def name(self) -> str:
        return join(*self.path)

    def is_in(self, other: "Schema") -> bool:
        return len(self.path) > len(other.path) and self.path[: len(other.path)] == other.path


class Listing:
    """The long queries, each on a cursor of its own, read side by side."""

    def __init__(
        self,
        db: duckdb.DuckDBPyConnection,
        namespace: str,
        database: str,
        schemas: Sequence[Schema],
        left: Sequence[Schema],
        *,
        routines: bool,
    ) -> None:
        """schemas: all there are. left: those to read; their place in it is what rows are found by."""
        self._db, self._namespace, self._database, self._left = db, namespace, database, left
        self._routines = routines
        leaves = [schema.path[-1] for schema in schemas]
        self._alike = {leaf for leaf in leaves if leaves.count(leaf) > 1} if len(leaves) > len(set(leaves)) else set()
        self._cursors = ExitStack()

    def __enter__(self) -> Self:
        told = {name for name, *_ in self._db.execute("describe select * from duckdb_columns()").fetchall()}
        generated = queries.GENERATED if "generation_expression" in told else queries.NOT_TOLD
        places = {"schemas": [s.oid for s in self._left], "places": list(range(len(self._left)))}
        clear = [(place, s.path[-1]) for place, s in enumerate(self._left) if s.path[-1] not in self._alike]
        named = {"names": [name for _, name in clear], "places": [place for place, _ in clear]}
        with ExitStack() as cursors:  # lets go of those it has when the next one fails
            self._cursors = cursors
            self._objects = self._by_place(queries.OBJECTS, places)
            self._columns = self._by_name(queries.columns(generated), places)
            self._constraints = self._by_name(queries.CONSTRAINTS, places)
            self._indexes = self._by_name(queries.INDEXES, places)
            if self._routines:
                self._macros = self._by_place(queries.MACROS, named)
                try:
                    self._triggers = self._by_place(queries.TRIGGERS, places)
                except duckdb.CatalogException:  # DuckDB 1
                    self._triggers = Groups(())
            self._cursors = cursors.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._cursors.close()

    def datasets(self, place: int, schema: Schema) -> Iterator[Record]:
        """The tables and views of a schema."""
        for name, kind, comment, temporary, count, sql in self._objects.stream(place):
            ref = self._ref(schema, name)
            columns = tuple(_column(row, sql) for row in self._columns.take((place, name)))
            if kind == "view":
                yield Dataset(ref=ref, kind="view", columns=columns, comment=comment)
                yield Definition(ref=ref, text=sql, dialect="duckdb", search_path=self._path(schema))
                continue
            constraints = self._constraints.take((place, name))
            checks = [expression for type_, *_, expression in constraints if type_ == "CHECK"]
            keys = {
                type_: [Key(columns=tuple(names), name=key) for t, key, names, *_ in constraints if t == type_]
                for type_ in ("PRIMARY KEY", "UNIQUE")
            }
            yield Dataset(
                ref=ref,
                kind="temporary_table" if temporary else "table",
                columns=columns,
                comment=comment,
                primary_key=next(iter(keys["PRIMARY KEY"]), None),
                unique_keys=tuple(keys["UNIQUE"]),
                foreign_keys=tuple(
                    # A foreign key stays within its schema: DuckDB knows no other.
                    ForeignKey(columns=tuple(names), references=self._ref(schema, other), to=tuple(to), name=key)
                    for type_, key, names, other, to, _ in constraints
                    if type_ == "FOREIGN KEY" and other
                ),
                indexes=tuple(
                    Index(name=index, columns=tuple(map(_unquoted, expressions or ())), unique=unique, method="art")
                    for index, unique, expressions in self._indexes.take((place, name))
                ),
                properties={"checks": "\n".join(checks)} if checks else {},
            )
            if count is not None:
                yield Stats(ref=ref, rows=count)

    def routines(self, place: int, schema: Schema) -> Generator[Record, None, bool]:
        """The macros and triggers of a schema; returns whether they are all."""
        for name, type_, names, types, text, comment in self._macros.stream(place):
            ref = self._ref(schema, f"{name}({', '.join(names)})")  # a macro may be defined for several lists
            takes = ", ".join(" ".join(filter(None, pair)) for pair in zip(names, types or names, strict=False))
            table = type_ == "table_macro"
            yield Job(
                ref=ref, kind="function", comment=comment, signature=f"({takes})" + (" returns table" if table else "")
            )
            yield Definition(ref=ref, text=text, dialect="duckdb", search_path=self._path(schema))
        for name, table, timing, event, each, comment, text in self._triggers.stream(place):
            ref = self._ref(schema, table, name)
            when = f"{timing} {event} FOR EACH {each}".lower()
            on = self._ref(schema, table)
            yield Job(ref=ref, kind="trigger", on=on, comment=comment, properties={"event": when})
            yield Definition(ref=ref, text=text, dialect="duckdb", search_path=self._path(schema))
        if schema.path[-1] in self._alike:
            yield Skipped(
                ref=Ref(self._namespace, join(self._database, *schema.path)),
                part="macros",
                reason=f"DuckDB says of a macro only that it is in a schema {schema.path[-1]!r}, and there are several",
                fix="give the nested schemas names of their own",
            )
            return False
        return True

    def _ref(self, schema: Schema, *parts: str) -> Ref:
        return Ref(self._namespace, join(self._database, *schema.path, *parts))

    def _path(self, schema: Schema) -> tuple[str, ...]:
        """Where a text looks for names: beside itself, then in main."""
        return tuple(dict.fromkeys((join(self._database, *schema.path), join(self._database, "main"))))

    def _by_place(self, query: str, parameters: Mapping[str, Any]) -> Groups:
        return Groups(self._cursor(query, parameters))

    def _by_name(self, query: str, parameters: Mapping[str, Any]) -> Groups:
        return Groups((row[:2], *row[2:]) for row in self._cursor(query, parameters))

    def _cursor(self, query: str, parameters: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
        """The rows of a query, on a cursor that is closed with the others."""
        cursor = self._cursors.enter_context(closing(self._db.cursor()))
        cursor.execute(query, dict(parameters))
        return rows(cursor)


def schemas(db: duckdb.DuckDBPyConnection) -> list[Schema]:
    """All schemas that people made, and main; one that is nested in another comes before it.

    So a scope is closed when all in it was listed. Until DuckDB 2, schemas do not nest.
    """
    db.execute(queries.SCHEMAS)
    names = [name for name, *_ in db.description or ()]
    found = {row["oid"]: row for row in (dict(zip(names, row, strict=True)) for row in rows(db))}

    def path(oid: int) -> tuple[str, ...]:
        row = found[oid]
        above = row.get("parent_schema_oid")
        return (*(() if above is None else path(above)), row["schema_name"])

    made = [
        Schema(path(oid), oid, row["comment"])
        for oid, row in found.items()
        if not (row["internal"] and row["schema_name"] in {"information_schema", "pg_catalog"})
    ]
    return sorted(made, key=lambda schema: (*((0, part) for part in schema.path), (1, "")))


def rows(cursor: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    """What a query that was executed answers."""
    while batch := cursor.fetchmany(BATCH):
        yield from batch


def _column(row: tuple[Any, ...], table: str) -> Column:
    """table: the text that makes it, asked only where DuckDB keeps generated columns apart nowhere else."""
    name, type_, nullable, default, generated, comment = row
    if generated is None and default is not None and "GENERATED ALWAYS AS(" in table:
        spellings = (name, queries.quoted(name))
        if any(f"{spelled} {type_} GENERATED ALWAYS AS(" in table for spelled in spellings):
            generated = default
    kind, fields, values = opened(type_)
    return Column(
        name=name,
        type=type_,
        kind=kind,
        nullable=nullable,
        default=None if generated is not None else default,
        generated=generated,
        identity=(default or "").startswith("nextval("),
        comment=comment,
        fields=fields,
        values=values,
    )


def _unquoted(expression: str) -> str:
    """A column of an index by its name; an expression as it is."""
    if len(expression) > 1 and expression[0] == expression[-1] == '"' and '"' not in expression[1:-1].replace('""', ""):
        return expression[1:-1].replace('""', '"')
    return expression
