"""`POST /dataset`: one flat object about one dataset, as records.

What a body does not say stays as it was said before, so a post is laid over what the same feed has said (`held`).
The same body again changes nothing.
"""

from typing import NamedTuple

import msgspec

from strabo.api.wherehows import payload
from strabo.api.wherehows.columns import columns_of
from strabo.api.wherehows.payload import Body, JsonText
from strabo.api.wherehows.times import from_seconds
from strabo.api.wherehows.urns import UNMAPPED, Naming, ref_of
from strabo.errors import BadRecord
from strabo.model import naming
from strabo.model.records import Dataset, DatasetKind, Record, Stats
from strabo.model.ref import Ref

KEPT = "wherehows."
"""What properties begin with that hold a field of this API as it was posted."""

_FILES = frozenset(
    {"avro", "orc", "rc", "sequence", "flat file", "json", "xml", "thrift", "parquet", "protobuff", "protobuf"}
)
_TOPICS = frozenset({"kafka", "pulsar", "kinesis"})


class DatasetBody(Body, frozen=True, kw_only=True):
    """The body of `POST /dataset`, and of what `GET /dataset` answers."""

    urn: str
    name: str | None = None
    schema: JsonText | None = None
    schema_type: str | None = None
    properties: JsonText | None = None
    fields: JsonText | None = None
    source: str | None = None
    location_prefix: str | None = None
    parent_name: str | None = None
    storage_type: str | None = None
    ref_dataset_id: int | None = None
    ref_dataset_urn: str | None = None
    dataset_type: str | None = None
    hive_serdes_class: str | None = None
    is_partitioned: str | None = None
    partition_layout_pattern_id: int | None = None
    sample_partition_full_path: str | None = None
    source_created_time: str | None = None
    source_modified_time: str | None = None
    is_active: bool | None = None
    is_deprecated: bool | None = None
    # The catalog's own: taken, so that an answer can be posted again, and not kept.
    id: int | None = None
    status_id: int | None = None
    created_time: str | None = None
    modified_time: str | None = None
    wh_etl_exec_id: int | None = None


_NOT_KEPT = frozenset(
    {"urn", "id", "status_id", "created_time", "modified_time", "wh_etl_exec_id", "source_modified_time"}
)


class HeldDataset(NamedTuple):
    """What the feed has said of a dataset so far."""

    dataset: Dataset | None = None
    stats: Stats | None = None


NOTHING_HELD = HeldDataset()


def read_dataset(body: bytes) -> DatasetBody:
    """The body of a post. Raises BadRecord with the path of every field that is wrong or unknown."""
    return payload.read(DatasetBody, body)


def target(body: DatasetBody, names: Naming = UNMAPPED) -> Ref:
    """Which dataset a body is about. Raises BadRecord when its urn is none."""
    try:
        return ref_of(body.urn, names)
    except BadRecord as error:
        raise BadRecord(error.what, where="urn", fix=error.fix) from error


def dataset_records(
    body: DatasetBody, names: Naming = UNMAPPED, held: HeldDataset = NOTHING_HELD
) -> tuple[Record, ...]:
    """The records that a post comes to: the dataset, and when its data changed where the post says so.

    Raises BadRecord for a wrong urn or an impossible time.
    """
    ref = target(body, names)
    before = held.dataset or Dataset(ref=ref, kind=kind_of(ref))
    properties = dict(before.properties)
    for field in msgspec.structs.fields(DatasetBody):
        value = getattr(body, field.name)
        if field.name in _NOT_KEPT or value is None:
            continue
        if field.name == "name" and value == naming.leaf(ref):
            properties.pop(KEPT + "name", None)
            continue
        properties[KEPT + field.name] = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    storage = body.storage_type or ""
    made = msgspec.structs.replace(
        before,
        ref=ref,
        kind=kind_of(ref, storage) if storage else before.kind,
        columns=columns_of(body.fields or "", body.schema or "") or before.columns,
        format=body.storage_type if storage.lower() in _FILES else before.format,
        created_at=from_seconds(body.source_created_time, "source_created_time") or before.created_at,
        properties=properties,
    )
    modified = from_seconds(body.source_modified_time, "source_modified_time")
    if modified is None:
        return (made,)
    stats = msgspec.structs.replace(held.stats or Stats(ref=ref), ref=ref, modified_at=modified)
    return (made, stats)


def kind_of(ref: Ref, storage: str = "") -> DatasetKind:
    """What a dataset is: a view if its storage type says so, else what its platform has."""
    platform = naming.platform(ref.namespace)
    if storage.lower() == "view" or platform == "dalids":
        return "view"
    if platform in _TOPICS:
        return "topic"
    return "fileset" if platform in naming.PATHS else "table"
