"""What clients put in `fields` and `schema`, as columns: Avro, rows of fields, names with Hive's types."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from strabo.api.wherehows import avro, hive
from strabo.model.records import Column

# The spellings of one thing in the files and bodies of WhereHows.
_NAME = ("name", "field_name", "fieldName", "column_name", "COLUMN_NAME", "fieldPath", "path")
_TYPE = ("type", "data_type", "dataType", "DATA_TYPE", "abstractType")
_COMMENT = ("comment", "description", "doc", "COMMENTS", "comments")
_DEFAULT = ("default", "default_value", "defaultValue", "DATA_DEFAULT")
_NULLABLE = ("nullable", "is_nullable", "isNullable", "NULLABLE")
_ROWS = ("fields", "columns", "fieldSchema", "fieldSchemas")
_NO = frozenset({"n", "no", "false", "0"})


def columns_of(*texts: str) -> tuple[Column, ...]:
    """The columns that the first of some JSON texts tells; () when none is understood."""
    for text in texts:
        try:
            value = msgspec.json.decode(text) if text.strip() else None
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
            continue
        found = _columns(value)
        if found:
            return found
    return ()


def _columns(value: Any) -> tuple[Column, ...]:
    if avro.is_record(value):
        return avro.columns(value)
    if isinstance(value, Mapping):
        for key in _ROWS:
            if isinstance(value.get(key), list | Mapping):
                return _columns(value[key])
        inner = value.get("schema")  # schema text within a schema, as of a topic
        if isinstance(inner, str):
            return columns_of(inner)
        if isinstance(inner, Mapping):
            return _columns(inner)
        if value and all(isinstance(item, str) for item in value.values()) and "type" not in value:
            return tuple(hive.column(str(name), item) for name, item in value.items())
        return ()
    return rows(value) if isinstance(value, list) else ()


def rows(items: Iterable[Any]) -> tuple[Column, ...]:
    """Rows of fields as columns; a row that says which one it is below goes there. () when any is not understood."""
    flat: list[tuple[str, str, Column]] = []  # the path above it, its own sort id, itself
    parents: list[str] = []
    for item in items:
        if isinstance(item, str):
            flat.append(("", "", Column(name=item)))
            parents.append("")
            continue
        if not isinstance(item, Mapping) or not isinstance(name := _first(item, _NAME), str) or not name:
            return ()
        made = _row(name, item)
        above = item.get("parent_path") or item.get("parentPath") or ""
        flat.append((str(above).strip("."), str(item.get("sort_id", item.get("position", ""))), made))
        parents.append(str(item.get("parent_sort_id", item.get("parentFieldPosition", "")) or ""))
    return _tree(flat, parents)


def _row(name: str, item: Mapping[str, Any]) -> Column:
    type_ = _first(item, _TYPE)
    if isinstance(type_, dict | list) or avro.is_record(item):
        (made,) = avro.columns({"type": "record", "fields": [{**item, "name": name}]})
        return made
    made = hive.column(name, type_ if isinstance(type_, str) else "")
    nested = next((item[key] for key in _ROWS if isinstance(item.get(key), list)), None)
    nullable, default, comment = _first(item, _NULLABLE), _first(item, _DEFAULT), _first(item, _COMMENT)
    return msgspec.structs.replace(
        made,
        fields=made.fields or (rows(nested) if nested else ()),
        nullable=nullable is None or str(nullable).lower() not in _NO,
        default=None if default in (None, "") else default if isinstance(default, str) else _json(default),
        comment=comment if isinstance(comment, str) and comment else None,
    )


def _tree(flat: list[tuple[str, str, Column]], parents: list[str]) -> tuple[Column, ...]:
    """Rows in their order, each below the row that its path or its parent's number names, else at the top."""
    paths: dict[str, int] = {}
    numbers = {number: at for at, (_, number, _) in enumerate(flat) if number}
    below: dict[int, list[int]] = {}
    names: list[str] = []
    for at, (above, number, made) in enumerate(flat):
        name = made.name
        owner = paths.get(above) if above else None
        path, found, leaf = name.rpartition(".")
        if owner is None and found and leaf and path in paths:  # a field path: "address.street"
            owner, name = paths[path], leaf
        if owner is None and parents[at] and parents[at] != number:
            owner = numbers.get(parents[at])
            owner = owner if owner is not None and owner < at else None
        paths.setdefault(f"{above}.{made.name}" if above else made.name, at)
        names.append(name)
        below.setdefault(-1 if owner is None else owner, []).append(at)

    def built(at: int) -> Column:
        column = msgspec.structs.replace(flat[at][2], name=names[at])
        if at not in below:
            return column
        return msgspec.structs.replace(column, fields=tuple(built(i) for i in below[at]))

    return tuple(built(at) for at in below.get(-1, []))


def _first(item: Mapping[str, Any], keys: Iterable[str]) -> Any:
    return next((item[key] for key in keys if item.get(key) is not None), None)


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
