"""Records as the lines of a request, made without any library where they are dictionaries."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from strabo.errors import BadRecord


def as_line(record: Any) -> bytes:
    """A record as one line of JSON without its end: a dictionary, one of Strabo's records, or JSON as text or bytes.

    Times in a dictionary may be `datetime`s. Raises BadRecord for what JSON cannot hold.
    """
    try:
        if isinstance(record, bytes | bytearray):
            return _one_line(bytes(record))
        if isinstance(record, str):
            return _one_line(record.encode())
        if isinstance(record, Mapping):
            return as_json(record)
        return _encoded(record)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise BadRecord(
            f"cannot be written as JSON: {error}", fix="give a dictionary, one of strabo's records, or JSON"
        ) from error


def as_event(event: Any) -> bytes:
    """As `as_line`, and one JSON object whatever it was given as: a broken one would break those beside it."""
    line = as_line(event)
    if isinstance(event, bytes | bytearray | str):
        try:
            found = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise BadRecord(f"malformed JSON: {error}", fix="give a dictionary, or one event as JSON") from error
        if not isinstance(found, dict):
            raise BadRecord("this is no JSON object", fix="give a dictionary, or one event as JSON")
    return line


def as_json(value: Any) -> bytes:
    """Any value as JSON, strict: no NaN, no half of a surrogate pair. Raises what `json` raises."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_other)
    return text.encode()


def _one_line(text: bytes) -> bytes:
    text = text.strip()
    if not text:
        raise ValueError("there is nothing in it")
    if b"\n" in text or b"\r" in text:  # JSON that was laid out for people
        return as_json(json.loads(text))
    return text


def _other(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, set | frozenset):
        return sorted(value)
    return json.loads(_encoded(value))


def _encoded(value: Any) -> bytes:
    """One of our own values. Whoever has one has msgspec; whoever sends dictionaries need not."""
    if not hasattr(type(value), "__struct_fields__"):
        raise TypeError(f"a {type(value).__name__} is no record")
    from strabo.model import codec  # noqa: PLC0415 - as the line above says

    return codec.encode(value)
