"""What the catalog knows of a dataset, as the answers of WhereHows: its rows, its blocks.

A field that was posted comes back as it was posted; what came another way (from a connector, as OpenLineage) is told in
the same fields.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from strabo.api.wherehows.datasets import KEPT, DatasetBody
from strabo.api.wherehows.times import to_seconds
from strabo.api.wherehows.urns import UNMAPPED, Naming, urn_of
from strabo.catalog.view import Thing
from strabo.model import naming
from strabo.model.records import Column, Dataset, Owner
from strabo.model.ref import Ref

_JSON_FIELDS = frozenset({"is_active", "is_deprecated", "ref_dataset_id", "partition_layout_pattern_id"})


def dataset_row(thing: Thing, dataset_id: int, names: Naming = UNMAPPED) -> dict[str, Any]:
    """A dataset as a row of dict_dataset: every column of it, None where nothing is known. It can be posted again."""
    row: dict[str, Any] = dict.fromkeys(f.encode_name for f in msgspec.structs.fields(DatasetBody))
    row |= _derived(thing)
    for dataset in reversed(thing.all(Dataset)):  # the best word last, so that it stays
        for key, value in dataset.properties.items():
            field = key.removeprefix(KEPT)
            if key.startswith(KEPT) and field in row:
                row[field] = msgspec.json.decode(value) if field in _JSON_FIELDS else value
    row["urn"] = urn_of(thing.ref, names)
    row["id"] = dataset_id
    row["created_time"] = _text(to_seconds(thing.since))
    row["modified_time"] = _text(to_seconds(max((s.since for s in thing.said), default=None)))
    return row


def _derived(thing: Thing) -> dict[str, Any]:
    platform = naming.platform(thing.ref.namespace)
    above = naming.parts(thing.ref)[:-1]
    record = thing.record if isinstance(thing.record, Dataset) else None
    own = {} if record is None else {k: v for k, v in record.properties.items() if not k.startswith(KEPT)}
    return {
        "name": naming.leaf(thing.ref),
        "fields": _json([_field(c) for c in thing.columns]) if thing.columns else None,
        "properties": _json(own) if own else None,
        "source": platform,
        "location_prefix": "/".join(above) or None,
        "parent_name": above[-1] if above else None,
        "storage_type": (record.format or thing.kind.capitalize()) if record else None,
        "dataset_type": platform,
        "is_partitioned": "Y" if thing.partitions is not None else None,
        "source_created_time": _text(to_seconds(record.created_at)) if record else None,
        "source_modified_time": _text(to_seconds(thing.stats.modified_at)) if thing.stats else None,
        "is_active": thing.live,
    }


def block(thing: Thing, name: str) -> Any:
    """A block of a dataset by its name in JSON; None where nothing is known of it."""
    for dataset in thing.all(Dataset):
        if KEPT + name in dataset.properties:
            return msgspec.json.decode(dataset.properties[KEPT + name])
    derive = _DERIVED.get(name)
    return derive(thing) if derive else None


def _tags(thing: Thing) -> list[str] | None:
    return [t.name for t in thing.tags if t.column is None] or None


def _owners(thing: Thing) -> list[dict[str, Any]] | None:
    return [_owner(o, at) for at, o in enumerate(thing.owners)] or None


def _owner(owner: Owner, at: int) -> dict[str, Any]:
    kind = "corpGroup" if owner.kind == "group" else "corpuser"
    return {
        "owner": owner.name if ":" in owner.name else f"urn:li:{kind}:{owner.name}",
        "ownerCategory": owner.role.upper(),
        "ownerType": "GROUP" if owner.kind == "group" else "USER",
        "sortId": at,
    }


def _partition_spec(thing: Thing) -> dict[str, Any] | None:
    found = thing.partitions
    if found is None:
        return None
    key = {
        "partitionLevel": 1,
        "partitionType": found.method,
        "fieldNames": list(found.by),
        "partitionValues": [p.value or p.name for p in found.parts],
    }
    return {"totalPartitionLevel": 1, "partitionKeys": [key]}


def _constraints(thing: Thing) -> list[dict[str, Any]] | None:
    record = thing.record
    if not isinstance(record, Dataset):
        return None
    keys = [("PRIMARY KEY", record.primary_key)] if record.primary_key else []
    keys += [("UNIQUE", key) for key in record.unique_keys]
    found: list[dict[str, Any]] = [
        {"constraintType": t, "constraintName": k.name, "enabled": True, "referredFields": list(k.columns)}
        for t, k in keys
    ]
    found += [
        {
            "constraintType": "FOREIGN KEY",
            "constraintName": key.name,
            "enabled": True,
            "referredFields": list(key.columns),
            "additionalReferences": [{"referenceList": [urn_of(key.references)]}],
        }
        for key in record.foreign_keys
    ]
    return found or None


def _indices(thing: Thing) -> list[dict[str, Any]] | None:
    indexes = thing.record.indexes if isinstance(thing.record, Dataset) else ()
    return [
        {"indexType": i.method, "indexName": i.name, "isUnique": i.unique, "indexedFields": list(i.columns)}
        for i in indexes
    ] or None


def _schema(thing: Thing) -> dict[str, Any] | None:
    if not thing.columns:
        return None
    fields: list[dict[str, Any]] = []

    def add(columns: tuple[Column, ...], above: str, parent: int) -> None:
        for column in columns:
            path = f"{above}.{column.name}" if above else column.name
            fields.append(
                {"position": len(fields) + 1, "parentFieldPosition": parent, "fieldPath": path, "type": column.type,
                 "nullable": column.nullable, "description": column.comment, "defaultValue": column.default}
            )  # fmt: skip
            add(column.fields, path, len(fields))

    add(thing.columns, "", 0)
    return {"name": naming.leaf(thing.ref), "description": thing.description, "fieldSchema": fields}


_DERIVED: dict[str, Callable[[Thing], Any]] = {
    "tags": _tags, "owners": _owners, "partitionSpec": _partition_spec, "constraints": _constraints,
    "indices": _indices, "schema": _schema,
}  # fmt: skip


def dependency(ref: Ref, kind: str, of: Ref, of_kind: str, level: int, names: Naming = UNMAPPED) -> dict[str, Any]:
    """One dataset (`ref`) that another depends on, or that depends on it, so many steps away."""
    return {
        "object_type": naming.platform(of.namespace),
        "object_sub_type": of_kind or None,
        "object_name": naming.leaf(of),
        "object_urn": urn_of(of, names),
        "map_phrase": "depends on",
        "mapped_object_type": naming.platform(ref.namespace),
        "mapped_object_sub_type": kind or None,
        "mapped_object_name": naming.leaf(ref),
        "mapped_object_urn": urn_of(ref, names),
        "level": level,
    }


def _field(column: Column) -> dict[str, Any]:
    found: dict[str, Any] = {"name": column.name, "type": column.type, "nullable": column.nullable}
    if column.default is not None:
        found["default"] = column.default
    if column.comment:
        found["comment"] = column.comment
    if column.fields:
        found["fields"] = [_field(f) for f in column.fields]
    return found


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _text(value: int | None) -> str | None:
    return None if value is None else str(value)
