"""Records to bytes and back, and the version of what they look like."""

import hashlib
from typing import Any

import msgspec

from strabo.errors import BadRecord
from strabo.model.records import Record

SCHEMA_VERSION = 1
"""Goes up when a reader of the version before would misread a record; adding an optional field does not."""

_encoder = msgspec.json.Encoder(order="deterministic")
_decoder: msgspec.json.Decoder[Record] = msgspec.json.Decoder(Record)

encode = _encoder.encode
"""A record as one line of JSON, without the line end. The same record gives the same bytes."""


def decode(line: bytes | str) -> Record:
    """The record that a line of JSON spells. Raises BadRecord saying what is wrong, and where in the record."""
    try:
        return _decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRecord(f"not a record: {error}", fix="`strabo schema` prints what a record looks like") from error


def digest(body: bytes) -> bytes:
    """16 bytes that stand for a record's content: equal digests mean nothing changed."""
    return hashlib.blake2b(body, digest_size=16).digest()


def tag(record: Record | type[Record]) -> str:
    """The record's kind as it is written: "dataset", "lineage"."""
    return str(record.__struct_config__.tag)


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of one record."""
    (schema,), components = msgspec.json.schema_components([Record], ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Strabo record",
        "x-schema-version": SCHEMA_VERSION,
        **schema,
        "$defs": components,
    }
