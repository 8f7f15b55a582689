"""A column's type as any engine spells it, to the small canonical one."""

import re

from strabo.model.records import CanonicalType

_HEADS: dict[str, CanonicalType] = {
    "bool": "boolean", "boolean": "boolean",
    "int": "integer", "integer": "integer", "bigint": "integer", "smallint": "integer", "tinyint": "integer",
    "mediumint": "integer", "byte": "integer", "short": "integer", "long": "integer", "hugeint": "integer",
    "ubigint": "integer", "uinteger": "integer", "usmallint": "integer", "utinyint": "integer", "serial": "integer",
    "bigserial": "integer", "int2": "integer", "int4": "integer", "int8": "integer", "int16": "integer",
    "int32": "integer", "int64": "integer", "uint8": "integer", "uint16": "integer", "uint32": "integer",
    "uint64": "integer",
    "decimal": "decimal", "numeric": "decimal", "number": "decimal", "bignumeric": "decimal", "money": "decimal",
    "float": "float", "double": "float", "real": "float", "float4": "float", "float8": "float", "float32": "float",
    "float64": "float",
    "string": "text", "str": "text", "text": "text", "varchar": "text", "char": "text", "character": "text",
    "nvarchar": "text", "nchar": "text", "clob": "text", "bpchar": "text", "longtext": "text", "mediumtext": "text",
    "binary": "binary", "varbinary": "binary", "bytes": "binary", "bytea": "binary", "blob": "binary",
    "date": "date", "time": "time",
    "timestamp": "timestamp", "timestamptz": "timestamp", "timestamp_ntz": "timestamp", "timestamp_ltz": "timestamp",
    "timestamp_tz": "timestamp", "datetime": "timestamp", "datetime2": "timestamp",
    "interval": "interval", "uuid": "uuid", "uniqueidentifier": "uuid",
    "json": "json", "jsonb": "json", "variant": "json", "object": "json", "xml": "xml", "enum": "enum",
    "array": "array", "list": "array", "map": "map", "struct": "struct", "record": "struct", "row": "struct",
    "union": "union", "geometry": "geometry", "geography": "geometry", "inet": "network", "cidr": "network",
    "bit": "bit", "vector": "vector",
}  # fmt: skip
_HEAD = re.compile(r"[a-z_]+\d*")


def canonical(spelled: str) -> CanonicalType:
    """The canonical type of a native one: by its first word, "unknown" for a word that is not known."""
    text = spelled.strip().lower()
    if text.endswith("[]"):
        return "array"
    head = _HEAD.match(text)
    return _HEADS.get(head.group(), "unknown") if head else "unknown"
