"""Catalog rows into records."""

from collections.abc import Iterator, Sequence

import msgspec

from strabo.model import naming
from strabo.model.records import (
    Column,
    Container,
    Dataset,
    DatasetKind,
    Definition,
    ForeignKey,
    Index,
    Job,
    JobKind,
    Key,
    Partition,
    Partitions,
    Record,
    Stats,
)
from strabo.model.ref import Ref
from strabo.sources.postgres.rows import Attribute, Database, IndexRow, Part, Relation, Routine, Schema, Trigger
from strabo.sources.postgres.types import Types

_KINDS: dict[str, DatasetKind] = {
    "r": "table", "p": "table", "v": "view", "m": "materialized_view", "f": "foreign_table",
}  # fmt: skip
_ROUTINES: dict[str, JobKind] = {"p": "procedure"}
_STRATEGIES = {"r": "range", "l": "list", "h": "hash"}
_VOLATILITY = {"i": "immutable", "s": "stable", "v": "volatile"}
_SECRETS = ("password", "passwd", "passfile", "secret", "token", "credential", "key", "sas")


class Records:
    """What the rows of one database say, as records."""

    def __init__(self, namespace: str, database: str, types: Types) -> None:
        self._namespace, self._database, self._types = namespace, database, types

    def ref(self, *names: str) -> Ref:
        """An object of the database; without names, the database."""
        return Ref(self._namespace, naming.join(self._database, *names))

    def routine_ref(self, schema: str, name: str, arguments: str) -> Ref:
        return self.ref(schema, f"{name}({arguments})")

    def database(self, row: Database) -> Container:
        return Container(ref=self.ref(), kind="database", comment=row.comment, owner=row.owner)

    def schema(self, row: Schema) -> Container:
        return Container(ref=self.ref(row.name), kind="schema", comment=row.comment, owner=row.owner)

    def relation(self, schema: str, name: str, row: Relation) -> Iterator[Record]:
        """The Dataset first, then what there is of Definition, Partitions and Stats."""
        ref = self.ref(schema, name)
        attributes = row.columns or ()
        names = {a.number: a.name for a in attributes}
        keys = row.keys or ()
        unique: dict[str, list[Key]] = {"p": [], "u": []}
        foreign = []
        for key in keys:
            columns = _named(key.columns, names)
            if key.kind == "f":
                target = self.ref(key.to_schema or "", key.to_table or "")
                foreign.append(ForeignKey(columns=columns, references=target, to=key.to or (), name=key.name))
            else:
                unique[key.kind].append(Key(columns=columns, name=key.name))
        backing = {k.index for k in keys if k.kind != "f"}
        yield Dataset(
            ref=ref,
            kind=_KINDS[row.kind],
            columns=tuple([self._column(a) for a in attributes]),
            primary_key=unique["p"][0] if unique["p"] else None,
            unique_keys=tuple(unique["u"]),
            foreign_keys=tuple(foreign),
            # The index of a primary or unique key is the key itself.
            indexes=tuple([_index(i, names) for i in row.indexes or () if i.id not in backing]),
            comment=row.comment,
            owner=row.owner,
            format=row.method,
            properties=dict(self._properties(row)),
        )
        if row.definition is not None:
            yield Definition(ref=ref, text=row.definition, dialect="postgres", search_path=(self.ref(schema).name,))
        rows, size = _whole(row.rows), row.bytes
        if row.partitioned_by is not None:
            parts = row.parts or ()
            yield Partitions(
                ref=ref,
                by=_partitioned_by(row.partitioned_by.numbers, row.partitioned_by.spelled, names),
                method=_STRATEGIES.get(row.partitioned_by.strategy),
                parts=tuple([_part(p, schema) for p in parts]),
            )
            if parts:
                counts = [_whole(p.rows) for p in parts]
                sizes = [p.bytes for p in parts if p.kind == "r"]
                rows = rows if None in counts else sum(c for c in counts if c is not None)
                size = None if None in sizes else sum(s for s in sizes if s is not None)
        if rows is not None or size is not None:
            yield Stats(ref=ref, rows=rows, bytes=size)

    def routine(self, schema: str, name: str, arguments: str, row: Routine) -> Iterator[Record]:
        """The Job, named with the types of its arguments, for there may be several of one name; then its text."""
        ref = self.routine_ref(schema, name, arguments)
        properties = {"language": row.language, "volatility": _VOLATILITY.get(row.volatility, row.volatility)}
        if row.definer:
            properties["security"] = "definer"
        yield Job(
            ref=ref,
            kind=_ROUTINES.get(row.kind, "function"),
            comment=row.comment,
            owner=row.owner,
            signature=f"({row.takes})" + (f" returns {row.returns}" if row.returns else ""),
            properties=properties,
        )
        if row.definition is not None:
            yield Definition(
                ref=ref,
                text=row.definition,
                dialect="postgres",
                search_path=self._search_path(row.settings or ()),
                language=row.language,
            )

    def trigger(self, schema: str, table: str, name: str, row: Trigger) -> Iterator[Record]:
        """The Job, named below its table, and the statement that makes it."""
        ref = self.ref(schema, table, name)
        properties = {"function": self.routine_ref(*row.function, "").name}
        if row.enabled == "D":
            properties["enabled"] = "false"
        yield Job(
            ref=ref,
            kind="trigger",
            comment=row.comment,
            owner=row.owner,
            on=self.ref(schema, table),
            properties=properties,
        )
        if row.definition is not None:
            yield Definition(ref=ref, text=row.definition, dialect="postgres", search_path=(self.ref(schema).name,))

    def _column(self, row: Attribute) -> Column:
        shape = self._types.shape(row.type_id)
        default = row.expression if row.expression is not None or row.generated else shape.default
        fields = shape.fields
        if shape.kind == "array" and row.type.endswith("[]") and fields and fields[0].type != row.type[:-2]:
            # The array's type does not know the length or precision that was declared for the column.
            fields = (msgspec.structs.replace(fields[0], type=row.type[:-2]),)
        return Column(
            name=row.name,
            type=row.type,
            kind=shape.kind,
            nullable=not (row.required or shape.required),
            default=None if row.generated else default,
            generated=row.expression if row.generated else None,
            identity=bool(row.identity) or (not row.generated and (row.expression or "").startswith("nextval(")),
            comment=row.comment,
            fields=fields,
            values=shape.values,
        )

    def _properties(self, row: Relation) -> Iterator[tuple[str, str]]:
        for attribute in row.columns or ():
            domain = self._types.shape(attribute.type_id).domain
            if domain is not None:
                yield f"domain {domain[0]}", domain[1]
        if row.inherits:
            yield "inherits", ", ".join(self.ref(*parent).name for parent in row.inherits)
        if row.unlogged:
            yield "persistence", "unlogged"
        if not row.populated:
            yield "populated", "false"
        if row.row_security:
            yield "row_security", "on"
        if row.tablespace is not None:
            yield "tablespace", row.tablespace
        nested = sorted({b for p in row.parts or () for b in p.bounds[1:] if b})
        if nested:
            yield "subpartitions", str(len(nested))
        if row.foreign is not None:
            yield "server", row.foreign.server
            yield "wrapper", row.foreign.wrapper
            if row.foreign.type:
                yield "server_type", row.foreign.type
            yield from _options("server_option", row.foreign.server_options)
            yield from _options("option", row.foreign.options)

    def _search_path(self, settings: Sequence[str]) -> tuple[str, ...]:
        """Where a routine looks for names: what it sets itself, or else what a session does by default."""
        path = next((s.partition("=")[2] for s in settings if s.startswith("search_path=")), None)
        if path is None:
            return (self.ref("public").name,)
        return tuple(self.ref(name).name for name in schemas_of(path))


def _named(numbers: Sequence[int], names: dict[int, str]) -> tuple[str, ...]:
    return tuple([names[n] for n in numbers if n in names])


def _index(row: IndexRow, names: dict[int, str]) -> Index:
    expressions = row.expressions or ()
    columns = []
    for place, number in enumerate(row.numbers[: row.width]):
        if number in names:
            columns.append(names[number])
        elif place < len(expressions) and expressions[place] is not None:
            columns.append(str(expressions[place]))
    return Index(name=row.name, columns=tuple(columns), unique=row.unique, method=row.method, where=row.where)


def _part(row: Part, schema: str) -> Partition:
    name = naming.join(row.name) if row.schema == schema else naming.join(row.schema, row.name)
    bounds = [b for b in row.bounds if b is not None]
    return Partition(
        name=name,
        value=" / ".join(bounds) if len(bounds) == len(row.bounds) else None,
        rows=_whole(row.rows),
        bytes=row.bytes,
    )


def _partitioned_by(numbers: Sequence[int], spelled: str, names: dict[int, str]) -> tuple[str, ...]:
    """Columns by name. With an expression among them, all of the key as the server prints it."""
    if 0 not in numbers:
        return _named(numbers, names)
    return (spelled.partition("(")[2].removesuffix(")"),)


def _options(prefix: str, options: Sequence[str] | None) -> Iterator[tuple[str, str]]:
    """A foreign table's options, without those that may be secret."""
    for option in options or ():
        key, _, value = option.partition("=")
        if not any(word in key.lower() for word in _SECRETS):
            yield f"{prefix}.{key}", value


def _whole(number: float | None) -> int | None:
    return None if number is None else int(number)


def schemas_of(path: str) -> list[str]:
    """The schemas that a search_path names, in order; without those that are a login's or the server's own."""
    names = (_unquoted(part.strip()) for part in _split_path(path))
    return [name for name in names if name and name not in {"$user", "pg_catalog", "pg_temp"}]


def _split_path(path: str) -> list[str]:
    """The parts of a search_path at the commas outside double quotes."""
    parts, inside = [""], False
    for character in path:
        inside ^= character == '"'
        if character == "," and not inside:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def _unquoted(name: str) -> str:
    if len(name) > 1 and name.startswith('"') and name.endswith('"'):
        return name[1:-1].replace('""', '"')
    return name
