"""Replacing the refs inside a record, wherever they stand."""

import types
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar, Union, get_args, get_origin

import msgspec

from strabo.model.ref import Ref

S = TypeVar("S", bound=msgspec.Struct)


@lru_cache(maxsize=256)
def _fields(kind: type[msgspec.Struct]) -> tuple[str, ...]:
    """The fields of a struct that can hold a ref, at any depth."""
    return tuple(f.name for f in msgspec.structs.fields(kind) if _holds(f.type, frozenset({kind})))


def _holds(hint: Any, above: frozenset[type]) -> bool:
    if hint is Ref:
        return True
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        if hint in above:
            return False
        return any(_holds(f.type, above | {hint}) for f in msgspec.structs.fields(hint))
    if get_origin(hint) in {tuple, Union, types.UnionType, list}:
        return any(_holds(part, above) for part in get_args(hint))
    return False


def map_refs(record: S, change: Callable[[Ref], Ref]) -> S:
    """The record with every ref in it passed through `change`; the same object when nothing changes."""
    changed: dict[str, Any] = {}
    for name in _fields(type(record)):
        old = getattr(record, name)
        if old is None or old == ():
            continue
        new = _mapped(old, change)
        if new is not old:
            changed[name] = new
    return msgspec.structs.replace(record, **changed) if changed else record


def _mapped(value: Any, change: Callable[[Ref], Ref]) -> Any:
    if type(value) is Ref:
        new = change(value)
        return value if new == value else new
    if type(value) is tuple:
        items = tuple(_mapped(v, change) for v in value)
        return value if all(a is b for a, b in zip(items, value, strict=True)) else items
    if isinstance(value, msgspec.Struct):
        return map_refs(value, change)
    return value
