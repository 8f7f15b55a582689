"""What differs between two versions of one record, in words that people use."""

from collections.abc import Callable, Iterable
from typing import Any, Literal

import msgspec

from strabo.model.records import Column, Record, Upstream
from strabo.model.ref import Ref


class Difference(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that was added, removed or changed. `what` says where: "column amount", "column amount type"."""

    change: Literal["added", "removed", "changed"]
    what: str
    before: str | None = None
    after: str | None = None


# How the items of a list are told apart, and what one is called.
_NAMED: dict[str, tuple[str, Callable[[Any], str]]] = {
    "unique_keys": ("unique key", lambda k: k.name or ",".join(k.columns)),
    "foreign_keys": ("foreign key", lambda k: k.name or ",".join(k.columns)),
    "indexes": ("index", lambda i: i.name),
    "parts": ("partition", lambda p: p.name),
    "tags": ("tag", lambda t: f"{t.name} on {t.column}" if t.column else t.name),
    "owners": ("owner", lambda o: f"{o.name} ({o.role})"),
}
_SKIPPED = frozenset({"ref", "expressions"})
_LONG = 2000


def differences(before: Record | None, after: Record | None) -> tuple[Difference, ...]:
    """What makes the one the other, in the order of the record's fields. A missing record counts as an empty one."""
    some = after or before
    if some is None or before == after:
        return ()
    name = str(type(some).__struct_config__.tag).replace("_", " ")
    if before is None:
        return (Difference("added", name, after=_text(_gist(after))),)
    if after is None:
        return (Difference("removed", name, before=_text(_gist(before))),)
    found: list[Difference] = []
    for field in type(after).__struct_fields__:
        if field in _SKIPPED:
            continue
        old, new = getattr(before, field), getattr(after, field)
        if old == new:
            continue
        if field == "upstreams":
            found += _flows(old, new)
        elif field == "columns" and _all_columns(old) and _all_columns(new):
            found += _columns(old, new, "column ")
        elif field in _NAMED and isinstance(new, tuple):
            word, key = _NAMED[field]
            found += _listed(old, new, word, key)
        else:
            found.append(_change(field.replace("_", " "), old, new))
    return tuple(found)


def _columns(old: Iterable[Column], new: Iterable[Column], where: str) -> list[Difference]:
    before, after = {c.name: c for c in old}, {c.name: c for c in new}
    found = [Difference("removed", where + name, before=c.type) for name, c in before.items() if name not in after]
    for name, column in after.items():
        was = before.get(name)
        if was is None:
            found.append(Difference("added", where + name, after=column.type))
            continue
        for field in Column.__struct_fields__:
            a, b = getattr(was, field), getattr(column, field)
            if a == b:
                continue
            if field == "fields":
                found += _columns(a, b, f"{where}{name}.")
            elif field != "kind" or was.type == column.type:  # the canonical type follows the native one
                found.append(_change(f"{where}{name} {field}", a, b))
    kept_before, kept_after = [n for n in before if n in after], [n for n in after if n in before]
    if kept_before != kept_after:
        found.append(Difference("changed", f"{where}order".strip(), ", ".join(kept_before), ", ".join(kept_after)))
    return found


def _listed(old: Iterable[Any], new: Iterable[Any], word: str, key: Callable[[Any], str]) -> list[Difference]:
    before, after = {key(item): item for item in old}, {key(item): item for item in new}
    found = [Difference("removed", f"{word} {name}") for name in before if name not in after]
    found += [Difference("added", f"{word} {name}") for name in after if name not in before]
    found += [
        _change(f"{word} {name}", before[name], after[name])
        for name in after
        if name in before and before[name] != after[name]
    ]
    return found


def _flows(old: Iterable[Upstream], new: Iterable[Upstream]) -> list[Difference]:
    before, after = _flow(old), _flow(new)
    found = [Difference("removed", what, before=how) for what, how in before.items() if what not in after]
    for what, how in after.items():
        if what not in before:
            found.append(Difference("added", what, after=how))
        elif before[what] != how:
            found.append(Difference("changed", what, before[what], how))
    return found


def _flow(upstreams: Iterable[Upstream]) -> dict[str, str]:
    """What comes from where, and how: "column shop.orders.id → order_id" and "identity"."""
    found: dict[str, str] = {}
    for up in upstreams:
        found[f"upstream {up.ref}"] = "guessed" if up.guessed else "known"
        name = up.ref.name
        found.update({f"flow {name}.{c.source} → {c.target}": c.how for c in up.columns})
        found.update({f"influence of {name}.{i.source}": i.how for i in up.influences})
    return found


def _change(what: str, old: Any, new: Any) -> Difference:
    empty: tuple[Any, ...] = (None, (), "", {})
    if old in empty:
        return Difference("added", what, after=_text(new))
    if new in empty:
        return Difference("removed", what, before=_text(old))
    return Difference("changed", what, _text(old), _text(new))


def _all_columns(items: Any) -> bool:
    return isinstance(items, tuple) and all(isinstance(i, Column) for i in items)


def _gist(record: Any) -> Any:
    for field in ("kind", "text", "id", "name"):
        value = getattr(record, field, None)
        if value:
            return value
    return None


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, str):
        text = value
    elif isinstance(value, bool):
        text = "yes" if value else "no"
    elif isinstance(value, Ref | int | float):
        text = str(value)
    else:
        text = msgspec.json.encode(value).decode()
    return text if len(text) <= _LONG else text[:_LONG] + "…"
