"""`POST /dataset/owner`, `/tag`, `/schema` and the others: one block of what is known of a dataset, replaced whole.

Each block is kept as it came, in a property of the dataset, and what Strabo has a record for becomes that: tags,
owners, partitions, keys, indexes, columns.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from strabo.api.wherehows import payload
from strabo.api.wherehows.columns import columns_of, rows
from strabo.api.wherehows.datasets import KEPT, kind_of
from strabo.api.wherehows.payload import CamelBody
from strabo.api.wherehows.urns import UNMAPPED, Naming, ref_of
from strabo.errors import BadRecord
from strabo.model.records import (
    Column,
    Dataset,
    ForeignKey,
    Index,
    Key,
    Owner,
    Ownership,
    Partition,
    Partitions,
    Record,
    Tag,
    Tags,
)
from strabo.model.ref import Ref

_Object = dict[str, Any]


class AuditHeader(CamelBody, frozen=True, kw_only=True):
    """Who sent it and when; taken, not kept: the catalog knows by itself."""

    time: int | None = None
    server: str | None = None
    instance: str | None = None
    app_name: str | None = None
    message_id: str | None = None
    audit_version: int | None = None
    fabric_urn: str | None = None
    cluster_connection_string: str | None = None


class Properties(CamelBody, frozen=True, kw_only=True):
    uri: str | None = None
    native_type: str | None = None
    case_sensitivity: _Object | None = None


class BlockBody(CamelBody, frozen=True, kw_only=True):
    """A body of any block: which dataset, and the block under its own name."""

    urn: str | None = None
    dataset_id: int | None = None
    dataset_properties: Properties | None = None
    audit_header: AuditHeader | None = None
    source: str | None = None
    deployment_info: tuple[_Object, ...] | None = None
    capacity: tuple[_Object, ...] | None = None
    tags: tuple[str, ...] | None = None
    references: tuple[_Object, ...] | None = None
    partition_spec: _Object | None = None
    privacy_compliance_policy: _Object | None = None
    security_specification: _Object | None = None
    owners: tuple[_Object, ...] | None = None
    constraints: tuple[_Object, ...] | None = None
    indices: tuple[_Object, ...] | None = None
    schema: _Object | None = None


BLOCKS: dict[str, str] = {
    "deployment": "deploymentInfo", "capacity": "capacity", "tag": "tags", "casesensitivity": "caseSensitivity",
    "reference": "references", "partition": "partitionSpec", "compliance": "privacyCompliancePolicy",
    "security": "securitySpecification", "owner": "owners", "constraint": "constraints", "index": "indices",
    "schema": "schema",
}  # fmt: skip
"""The last part of a path to the field of its body. A body may have other blocks besides: all of them are taken."""


class Posted(NamedTuple):
    """A body that was read: which dataset it says (a URN, or an id of ours), and its blocks by name."""

    urn: str
    dataset_id: int
    source: str
    blocks: dict[str, Any]


def read_block(path: str, body: bytes) -> Posted:
    """The body of `POST /dataset/{path}`. Raises BadRecord: a field that is wrong or unknown, no dataset, no block."""
    read = payload.read(BlockBody, body)
    about = read.dataset_properties or Properties()
    urn = read.urn or about.uri or ""
    if not urn and not read.dataset_id:
        raise BadRecord(
            "the body does not say which dataset it is about",
            where="urn",
            fix="add urn, datasetProperties.uri or datasetId",
        )
    found = {f.encode_name: getattr(read, f.name) for f in msgspec.structs.fields(BlockBody)}
    blocks = {name: found[name] for name in BLOCKS.values() if found.get(name) is not None}
    if about.case_sensitivity is not None:
        blocks["caseSensitivity"] = about.case_sensitivity
    wanted = BLOCKS[path]
    if wanted not in blocks:
        shown = "datasetProperties.caseSensitivity" if wanted == "caseSensitivity" else wanted
        raise BadRecord(f"{shown} is missing", where=shown, fix=f"POST /dataset/{path} takes it")
    return Posted(urn, read.dataset_id or 0, read.source or "", blocks)


def block_records(
    posted: Posted, ref: Ref, held: Dataset | None = None, names: Naming = UNMAPPED
) -> tuple[Record, ...]:
    """The records that the blocks come to, laid over the dataset as the feed has said it.

    Owners are apart (`ownership`): each source of them is a feed of its own. Raises BadRecord for a block that makes
    no sense.
    """
    made = held or Dataset(ref=ref, kind=kind_of(ref))
    properties = dict(made.properties)
    others: list[Record] = []
    for name, block in posted.blocks.items():
        if name == "owners":
            continue
        if name == "tags":
            others.append(Tags(ref=ref, tags=tuple(Tag(name=t) for t in dict.fromkeys(block) if t)))
            continue
        properties[KEPT + name] = msgspec.json.encode(block, order="sorted").decode()
        if name == "partitionSpec":
            others.append(_partitions(ref, block))
        elif name == "constraints":
            made = _constrained(made, block, names)
        elif name == "indices":
            made = msgspec.structs.replace(made, indexes=_indexes(block))
        elif name == "schema":
            made = _shaped(made, block)
    made = msgspec.structs.replace(made, ref=ref, properties=properties)
    if held is None and set(posted.blocks) == {"owners"}:
        return tuple(others)
    return (made, *others)


def ownership(posted: Posted, ref: Ref) -> Ownership | None:
    """The owners that a body names; None when it has no such block. Raises BadRecord for one without a name."""
    block = posted.blocks.get("owners")
    if block is None:
        return None
    owners: dict[tuple[str, str], Owner] = {}
    for at, item in enumerate(block):
        named = _text(item, "owner", f"owners[{at}]") or ""
        if not named:
            raise BadRecord("the owner has no name", where=f"owners[{at}].owner", fix="write urn:li:corpuser:ann")
        role = (_text(item, "ownerCategory", f"owners[{at}]") or "owner").lower()
        name, kind = _owner(named, _text(item, "ownerType", f"owners[{at}]") or "")
        owners.setdefault((name, role), Owner(name=name, role=role, kind=kind))
    return Ownership(ref=ref, owners=tuple(sorted(owners.values(), key=lambda o: _RANK.get(o.role, 99))))


# Which category of owner comes first.
_RANK = {"owner": 20, "producer": 40, "delegate": 60, "stakeholder": 80}
_PERSON, _GROUP = "urn:li:corpuser:", "urn:li:corpgroup:"


def _owner(named: str, type_: str) -> tuple[str, Any]:
    lower = named.lower()
    if lower.startswith(_GROUP):
        return named[len(_GROUP) :], "group"
    if lower.startswith(_PERSON):
        named = named[len(_PERSON) :]
    return named, "group" if "group" in type_.lower() else "person"


def _partitions(ref: Ref, spec: Mapping[str, Any]) -> Partitions:
    keys = [k for k in _list(spec.get("partitionKeys")) if isinstance(k, dict)]
    by = [name for key in keys for name in _fields(key.get("fieldNames"))]
    kinds = dict.fromkeys(str(k["partitionType"]).lower() for k in keys if k.get("partitionType"))
    if not kinds:
        kinds = {w: None for w, flag in (("time", "hasTimePartition"), ("hash", "hasHashPartition")) if spec.get(flag)}
    parts = [Partition(name=str(value)) for key in keys for value in _list(key.get("partitionValues"))]
    return Partitions(ref=ref, by=tuple(dict.fromkeys(by)), method=", ".join(kinds) or None, parts=tuple(parts))


def _constrained(dataset: Dataset, block: Sequence[Mapping[str, Any]], names: Naming) -> Dataset:
    primary: Key | None = None
    unique: list[Key] = []
    foreign: list[ForeignKey] = []
    for at, item in enumerate(block):
        word = f"{item.get('constraintType') or ''} {item.get('constraintSubType') or ''}".lower()
        columns = _fields(item.get("referredFields"))
        name = _text(item, "constraintName", f"constraints[{at}]") or None
        if not columns or item.get("enabled") is False:
            continue
        if "primary" in word:
            primary = Key(columns=columns, name=name)
        elif "unique" in word:
            unique.append(Key(columns=columns, name=name))
        elif "foreign" in word and (other := _referenced(item.get("additionalReferences"), names)) is not None:
            foreign.append(ForeignKey(columns=columns, references=other, name=name))
    return msgspec.structs.replace(dataset, primary_key=primary, unique_keys=tuple(unique), foreign_keys=tuple(foreign))


def _referenced(value: Any, names: Naming) -> Ref | None:
    """The first dataset that some references name by a URN."""
    if isinstance(value, str):
        try:
            return ref_of(value, names)
        except BadRecord:
            return None
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return next((found for item in items if (found := _referenced(item, names)) is not None), None)


def _indexes(block: Sequence[Mapping[str, Any]]) -> tuple[Index, ...]:
    return tuple(
        Index(
            name=_text(item, "indexName", f"indices[{at}]") or f"index {at + 1}",
            columns=_fields(item.get("indexedFields")),
            unique=str(item.get("isUnique", "")).lower() in {"true", "y", "1"},
            method=_text(item, "indexType", f"indices[{at}]") or None,
        )
        for at, item in enumerate(block)
    )


def _shaped(dataset: Dataset, schema: Mapping[str, Any]) -> Dataset:
    columns: tuple[Column, ...] = ()
    if isinstance(schema.get("fieldSchema"), list):
        columns = rows(schema["fieldSchema"])
        if schema["fieldSchema"] and not columns:
            raise BadRecord(
                "a field has no fieldPath", where="schema.fieldSchema", fix="name every field with fieldPath or name"
            )
    original = schema.get("originalSchema")
    if not columns and isinstance(original, dict):
        columns = columns_of(str(original.get("text") or ""))
    comment = _text(schema, "description", "schema")
    return msgspec.structs.replace(dataset, columns=columns or dataset.columns, comment=comment or dataset.comment)


def _fields(value: Any) -> tuple[str, ...]:
    """Names of fields, given as texts, as one text with commas, or as objects that have a `fieldPath` or a `name`."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    found = []
    for item in _list(value):
        name = item if isinstance(item, str) else None
        if isinstance(item, dict):
            name = next((item[k] for k in ("fieldPath", "fieldName", "name", "indexedFieldPath") if item.get(k)), None)
        if isinstance(name, str):
            found.append(name)
    return tuple(found)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(item: Mapping[str, Any], key: str, path: str) -> str | None:
    value = item.get(key)
    if value is not None and not isinstance(value, str):
        raise BadRecord("expected text", where=f"{path}.{key}", fix="put it in double quotes")
    return value
