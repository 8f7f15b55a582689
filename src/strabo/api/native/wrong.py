"""What is wrong with a record, in words that say where it is and what was likely meant."""

import re
from typing import Any, get_args

import msgspec

from strabo.ingest.document import guess
from strabo.model import codec
from strabo.model.records import Record

KINDS: dict[str, type[msgspec.Struct]] = {codec.tag(kind): kind for kind in get_args(Record)}
FIX = "GET /api/v1/openapi.json has the schema of every record, /docs has them for reading"
_BYTE = re.compile(r"\(byte (\d+)\)")
_UNKNOWN = re.compile(r"unknown field `(.*?)`(?: - at |\Z)", re.DOTALL)
_VALUE = re.compile(r"Invalid (?:enum )?value '(.*)' - at")
_AT = re.compile(r" - at `(.*)`\Z")
_LONGEST = 500


def explained(error: Exception, text: bytes, kind: type[msgspec.Struct] | None = None) -> tuple[str, int]:
    """The problem in words, and the column (from 1, in bytes) where the JSON breaks; 0 where it does not.

    kind: what the text should have been, where that is not for its `type` to say.
    """
    said = str(error)
    if isinstance(error, RecursionError):
        return "it is nested too deeply", 0
    if isinstance(error, UnicodeDecodeError):
        return "it is no UTF-8", 0
    if said == "Input data was truncated":
        return "malformed JSON: it ends too early", len(text) + 1
    at = _BYTE.search(said)
    if at:
        return f"malformed JSON: {_short(said.removeprefix('JSON is malformed: '))}", int(at[1]) + 1
    return _short(said + _meant(said, text, kind)), 0


def _meant(said: str, text: bytes, kind: type[msgspec.Struct] | None) -> str:
    """What to add about a field or a value that there is not."""
    unknown, value = _UNKNOWN.search(said), _VALUE.search(said)
    if not unknown and not value:
        return ""
    where = _AT.search(said)
    path = where[1].removeprefix("$").lstrip(".") if where else ""
    if value and path == "type" and kind is None:
        return guess(value[1][:60], list(KINDS))
    top: Any = kind
    if top is None:
        try:
            top = KINDS.get(str(msgspec.json.decode(text, type=dict[str, Any]).get("type")))
        except (msgspec.DecodeError, RecursionError):
            return ""
    hint = _below(top, path)
    if unknown:
        known = [f.encode_name for f in msgspec.structs.fields(hint)] if _is_struct(hint) else []
        return guess(unknown[1][:60], known)
    return guess(value[1][:60], [v for v in get_args(hint) if isinstance(v, str)]) if value else ""


def _below(hint: Any, path: str) -> Any:
    """The type at a path such as `columns[0].fields[...]` of a struct."""
    for name in path.replace("]", "").replace("[", ".[").split("."):
        if not name:
            continue
        if name.startswith("["):
            hint = next(iter(get_args(hint)), None)
            continue
        hint = next((f.type for f in _fields(hint) if f.encode_name == name), None)
        arms = [a for a in get_args(hint) if a is not type(None)]
        if hint is not None and type(None) in get_args(hint) and len(arms) == 1:
            hint = arms[0]
    return hint


def _fields(hint: Any) -> tuple[msgspec.structs.FieldInfo, ...]:
    return msgspec.structs.fields(hint) if _is_struct(hint) else ()


def _is_struct(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, msgspec.Struct)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
