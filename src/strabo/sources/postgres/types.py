"""The types of one database: what a column of a type is, opened to its fields, elements and labels."""

from collections.abc import Iterable

from msgspec import Struct

from strabo.model.records import CanonicalType, Column
from strabo.sources.postgres.rows import Type

_DEEPEST = 32
"""Levels of nesting that are opened. The server lets no type contain itself; this keeps a wrong catalog harmless."""

# https://www.postgresql.org/docs/current/datatype.html, and the types of common extensions.
_BY_NAME: dict[str, CanonicalType] = {
    "bool": "boolean",
    "int2": "integer", "int4": "integer", "int8": "integer", "oid": "integer", "xid": "integer", "xid8": "integer",
    "numeric": "decimal", "money": "decimal", "float4": "float", "float8": "float",
    "text": "text", "varchar": "text", "bpchar": "text", "char": "text", "name": "text", "citext": "text",
    "ltree": "text", "bytea": "binary", "date": "date", "time": "time", "timetz": "time", "timestamp": "timestamp",
    "timestamptz": "timestamp", "interval": "interval", "uuid": "uuid", "json": "json", "jsonb": "json", "xml": "xml",
    "hstore": "map", "bit": "bit", "varbit": "bit", "inet": "network", "cidr": "network", "macaddr": "network",
    "macaddr8": "network", "geometry": "geometry", "geography": "geometry", "raster": "geometry",
    "vector": "vector", "halfvec": "vector", "sparsevec": "vector",
}  # fmt: skip

# https://www.postgresql.org/docs/current/catalog-pg-type.html#CATALOG-TYPCATEGORY-TABLE, for types not named above.
_BY_CATEGORY: dict[str, CanonicalType] = {
    "B": "boolean", "G": "geometry", "I": "network", "R": "range", "S": "text", "T": "interval", "V": "bit",
}  # fmt: skip


class Shape(Struct, frozen=True):
    """What a type makes of a column."""

    kind: CanonicalType = "unknown"
    fields: tuple[Column, ...] = ()
    values: tuple[str, ...] = ()
    required: bool = False  # a domain that takes no null
    default: str | None = None  # of a domain
    domain: tuple[str, str] | None = None  # a domain's name, and what it is: "text NOT NULL CHECK (...)"


_UNKNOWN = Shape()


class Types:
    """Shapes by a type's oid, worked out when first asked for."""

    def __init__(self, rows: Iterable[Type]) -> None:
        self._rows = {row.id: row for row in rows}
        self._shapes: dict[int, Shape] = {}

    def shape(self, type_id: int, depth: int = 0) -> Shape:
        """The shape of a type; an unknown one for a type that came into being after the catalog was read."""
        known = self._shapes.get(type_id)
        if known is not None:
            return known
        row = self._rows.get(type_id)
        if row is None or depth > _DEEPEST:
            return _UNKNOWN
        shape = self._shapes[type_id] = self._made(row, depth + 1)
        return shape

    def _made(self, row: Type, depth: int) -> Shape:
        if row.kind == "d":
            base = self.shape(row.base, depth)
            words = [row.base_spelled or "", *(["NOT NULL"] if row.required else []), *(row.checks or ())]
            return Shape(
                kind=base.kind,
                fields=base.fields,
                values=base.values,
                required=row.required or base.required,
                default=row.default if row.default is not None else base.default,
                domain=(row.spelled, " ".join(words)),
            )
        if row.kind == "e":
            return Shape(kind="enum", values=row.labels or ())
        if row.kind == "c":
            fields = (self.column(f.name, f.type_id, f.type, f.comment, depth) for f in row.fields or ())
            return Shape(kind="struct", fields=tuple(fields))
        if row.kind in {"r", "m"}:
            return Shape(kind="range")
        if row.element:
            element = self.column("element", row.element, row.element_spelled or "", None, depth)
            return Shape(kind="array", fields=(element,))
        return Shape(kind=_BY_NAME.get(row.name) or _BY_CATEGORY.get(row.category, "unknown"))

    def column(self, name: str, type_id: int, spelled: str, comment: str | None, depth: int) -> Column:
        """A nested column of a type."""
        shape = self.shape(type_id, depth)
        return Column(
            name=name,
            type=spelled,
            kind=shape.kind,
            nullable=not shape.required,
            comment=comment,
            fields=shape.fields,
            values=shape.values,
        )
