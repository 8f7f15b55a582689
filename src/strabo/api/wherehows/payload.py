"""A posted body to a typed value: every problem at once, each with the path of its field.

As lenient as the old backend where that loses nothing: `null` is absent, a number may come as text and text as a
number, and a field that is text holding JSON may come as the JSON itself.
"""

import types
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Annotated, Any, NoReturn, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from strabo.errors import BadRecord

T = TypeVar("T", bound=msgspec.Struct)

JsonText = Annotated[str, msgspec.Meta(description="text that holds JSON")]
"""Text that holds JSON; a body may also have the JSON itself in its place."""

_NAMES: dict[Any, str] = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}
_BOOLEANS = {"true": True, "y": True, "yes": True, "1": True, "false": False, "n": False, "no": False, "0": False}
_WRONG: Any = object()


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """The base of what a body can be: fields by their names in JSON."""


class CamelBody(Body, frozen=True, kw_only=True, rename="camel"):
    """The same with names as Java spells them."""


def decoded(body: bytes) -> Any:
    """The JSON of a body. Raises BadRecord that says at which byte it is malformed."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRecord(f"the body is no JSON: {error}", fix="send one JSON object, encoded as UTF-8") from error


def read(kind: type[T], body: bytes | Mapping[str, Any]) -> T:
    """A body as a `kind`. Raises BadRecord naming every problem and where it is: `lineages[2].record_count`."""
    raw = decoded(body) if isinstance(body, bytes) else body
    problems: list[tuple[str, str]] = []
    made = _struct(kind, raw, "", problems)
    if problems:
        refuse(problems)
    return made  # type: ignore[no-any-return]


def refuse(problems: list[tuple[str, str]]) -> NoReturn:
    """Raises BadRecord for problems given as (path, what is wrong)."""
    fix = "correct the body and send it again; nothing of it was stored"
    if len(problems) == 1:
        raise BadRecord(problems[0][1], where=problems[0][0], fix=fix)
    listed = "\n".join(f"  {path}: {what}" for path, what in problems)
    raise BadRecord(f"{len(problems)} problems in the body:\n{listed}", fix=fix)


def _struct(kind: type[msgspec.Struct], raw: Any, path: str, problems: list[tuple[str, str]]) -> Any:
    if not isinstance(raw, Mapping):
        problems.append((path or "the body", f"expected an object, got {_shown(raw)}"))
        return _WRONG
    fields = {f.encode_name: f for f in msgspec.structs.fields(kind)}
    hints = get_type_hints(kind, include_extras=True)
    before = len(problems)
    made: dict[str, Any] = {}
    for key, value in raw.items():
        at = f"{path}.{key}" if path else str(key)
        field = fields.get(key)
        if field is None:
            problems.append((at, f"unknown field{_guess(str(key), list(fields))}"))
        elif value is not None:
            made[field.name] = _value(hints[field.name], value, at, problems)
    for name, field in fields.items():
        if field.required and field.name not in made and raw.get(name) is None:
            at = f"{path}.{name}" if path else name
            problems.append((at, f"missing; it takes {_spelled(hints[field.name])}"))
    return _WRONG if len(problems) > before else kind(**made)


def _value(hint: Any, raw: Any, path: str, problems: list[tuple[str, str]]) -> Any:
    kind, is_json = _kind(hint)
    if isinstance(raw, Mapping) and get_origin(kind) in {Union, types.UnionType}:  # of an object or a text the object
        kind = next((arm for arm in get_args(kind) if _is_struct(arm)), kind)
    if _is_struct(kind):
        return _struct(kind, raw, path, problems)
    if get_origin(kind) is tuple:
        if not isinstance(raw, list):
            problems.append((path, f"expected a list, got {_shown(raw)}"))
            return _WRONG
        inner = get_args(kind)[0]
        return tuple(_value(inner, item, f"{path}[{at}]", problems) for at, item in enumerate(raw))
    if kind is str and not isinstance(raw, str) and (is_json or not isinstance(raw, list | dict)):
        return msgspec.json.encode(raw).decode()
    if kind is bool and isinstance(raw, str | int) and str(raw).lower() in _BOOLEANS:
        return _BOOLEANS[str(raw).lower()]
    try:
        return msgspec.convert(raw, kind, strict=False)
    except msgspec.ValidationError:
        problems.append((path, f"expected {_spelled(hint)}, got {_shown(raw)}"))
        return _WRONG


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _kind(hint: Any) -> tuple[Any, bool]:
    """A type without `Annotated` and `| None`, and whether it is text that holds JSON."""
    if hint is JsonText:
        return str, True
    if get_origin(hint) in {Union, types.UnionType}:
        arms = [arm for arm in get_args(hint) if arm is not type(None)]
        if len(arms) == 1:
            return _kind(arms[0])
    return hint, False


def _spelled(hint: Any) -> str:
    kind, is_json = _kind(hint)
    if is_json:
        return "text that holds JSON"
    if get_origin(kind) is tuple:
        return "a list"
    return _NAMES.get(kind, "an object")


def _shown(raw: Any) -> str:
    if isinstance(raw, Mapping):
        return "an object"
    if isinstance(raw, list):
        return "a list"
    text = msgspec.json.encode(raw).decode()
    return text if len(text) <= 60 else text[:57] + "…"


def _guess(key: str, known: list[str]) -> str:
    near = get_close_matches(key.lower(), [k.lower() for k in known], n=1, cutoff=0.6)
    close = next((k for k in known if near and k.lower() == near[0]), "")
    return f"; did you mean {close}?" if close else f"; known: {', '.join(sorted(known))}"
