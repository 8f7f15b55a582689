"""Avro schemas as columns. https://avro.apache.org/docs/1.11.1/specification/"""

from typing import Any

import msgspec

from strabo.model.records import CanonicalType, Column

_PLAIN: dict[str, CanonicalType] = {
    "null": "unknown", "boolean": "boolean", "int": "integer", "long": "integer", "float": "float", "double": "float",
    "bytes": "binary", "string": "text", "fixed": "binary", "enum": "enum", "record": "struct", "error": "struct",
    "array": "array", "map": "map",
}  # fmt: skip
_LOGICAL: dict[str, CanonicalType] = {
    "decimal": "decimal", "uuid": "uuid", "date": "date", "time-millis": "time", "time-micros": "time",
    "timestamp-millis": "timestamp", "timestamp-micros": "timestamp", "local-timestamp-millis": "timestamp",
    "local-timestamp-micros": "timestamp", "duration": "interval",
}  # fmt: skip
_DEEPEST = 100


def is_record(schema: Any) -> bool:
    """Whether a JSON value is an Avro record: what a dataset's rows are."""
    return isinstance(schema, dict) and schema.get("type") in ("record", "error") and _fields_of(schema) is not None


def columns(schema: dict[str, Any]) -> tuple[Column, ...]:
    """The fields of a record, nested ones below them. A type that refers back to one that it is in stays closed."""
    named: dict[str, Any] = {}
    return tuple(_field(f, named, (), 0) for f in _fields_of(schema) or [])


def _fields_of(schema: dict[str, Any]) -> list[dict[str, Any]] | None:
    fields = schema.get("fields")
    if not isinstance(fields, list):
        return None
    return [f for f in fields if isinstance(f, dict) and isinstance(f.get("name"), str)]


def _field(field: dict[str, Any], named: dict[str, Any], inside: tuple[str, ...], depth: int) -> Column:
    made = _column(field["name"], field.get("type", ""), named, inside, depth)
    default = field.get("default")
    return msgspec.structs.replace(
        made,
        comment=field["doc"] if isinstance(field.get("doc"), str) and field["doc"] else None,
        default=msgspec.json.encode(default).decode() if default is not None else None,
    )


def _column(name: str, schema: Any, named: dict[str, Any], inside: tuple[str, ...], depth: int) -> Column:
    if depth > _DEEPEST:
        return Column(name=name, nullable=False)
    if isinstance(schema, list):
        return _union(name, schema, named, inside, depth)
    if isinstance(schema, str):
        if schema in named and schema not in inside:
            return _column(name, named[schema], named, inside, depth)
        return Column(name=name, type=schema, kind=_PLAIN.get(schema, "unknown"), nullable=False)
    if not isinstance(schema, dict):
        return Column(name=name, nullable=False)
    word = schema.get("type")
    if not isinstance(word, str):  # {"type": {"type": "array", …}}
        return _column(name, word, named, inside, depth + 1)
    own = schema.get("name")
    if isinstance(own, str):
        space = schema.get("namespace")
        named.setdefault(own, schema)
        if isinstance(space, str) and space:
            named.setdefault(f"{space}.{own}", schema)
            inside = (*inside, f"{space}.{own}")
        inside = (*inside, own)
    elif word in named and word not in _PLAIN:
        return _column(name, word, named, inside, depth + 1)
    logical = schema.get("logicalType")
    kind = _LOGICAL.get(logical, "unknown") if isinstance(logical, str) else "unknown"
    return Column(
        name=name,
        type=f"{word}({logical})" if isinstance(logical, str) else word,
        kind=kind if kind != "unknown" else _PLAIN.get(word, "unknown"),
        nullable=False,
        fields=_nested(word, schema, named, inside, depth),
        values=tuple(s for s in _list(schema.get("symbols")) if isinstance(s, str)) if word == "enum" else (),
    )


def _nested(
    word: str, schema: dict[str, Any], named: dict[str, Any], inside: tuple[str, ...], depth: int
) -> tuple[Column, ...]:
    if word in {"record", "error"}:
        return tuple(_field(f, named, inside, depth + 1) for f in _fields_of(schema) or [])
    if word == "array":
        return (_column("element", schema.get("items", ""), named, inside, depth + 1),)
    if word == "map":
        key = Column(name="key", type="string", kind="text", nullable=False)
        return (key, _column("value", schema.get("values", ""), named, inside, depth + 1))
    return ()


def _union(name: str, arms: list[Any], named: dict[str, Any], inside: tuple[str, ...], depth: int) -> Column:
    """A union with null is a column that may be null; of several types, each is a field."""
    real = [arm for arm in arms if arm != "null"]
    nullable = len(real) < len(arms)
    if len(real) == 1:
        return msgspec.structs.replace(_column(name, real[0], named, inside, depth + 1), nullable=nullable)
    fields = tuple(_column(str(at), arm, named, inside, depth + 1) for at, arm in enumerate(real))
    return Column(name=name, type="union", kind="union" if real else "unknown", nullable=nullable, fields=fields)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
