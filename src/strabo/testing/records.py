"""Records for tests: hypothesis strategies for every kind, full of awkward text, and one filled record of each."""

import types
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

import msgspec
from hypothesis import strategies as st

from strabo.model import naming
from strabo.model.records import ACCOUNTS, ENTITIES, Record
from strabo.model.ref import Ref
from strabo.testing.hostile import CASES, HOSTILE_NAMES

S = TypeVar("S", bound=msgspec.Struct)

KINDS: tuple[type[Record], ...] = get_args(Record)
"""Every kind of record."""
FACT_KINDS = tuple(kind for kind in KINDS if kind not in ACCOUNTS)
"""The kinds that a store keeps; the others are about the run."""
ENTITY_KINDS = tuple(kind for kind in KINDS if kind in ENTITIES)

NAMESPACES = (
    "postgres://db.example:5432",
    "snowflake://acme",
    "mysql://db:3306",
    "bigquery",
    "s3://lake",
    "file",
    "kafka://broker:9092",
    "sqlite:///tmp/My Files/shop.db",
    "airflow",
)
"""In normal form; platforms that fold up, down and not at all, names with dots and names with slashes."""

_MOMENT = datetime(2026, 11, 1, 12, 30, 15, 250_000, UTC)
_DEEPEST = 2  # levels of nested columns


def texts(*, min_size: int = 0, max_size: int = 30) -> st.SearchStrategy[str]:
    """Text as it comes: quotes, dots, slashes, line ends, any script, emoji; no lone surrogates, which are no text."""
    free = st.text(st.characters(codec="utf-8"), min_size=min_size, max_size=max_size)
    return st.sampled_from([*HOSTILE_NAMES, *CASES]) | free


def names() -> st.SearchStrategy[str]:
    """What one object is called in its system."""
    return texts(min_size=1, max_size=12).filter(str.strip)


@st.composite
def refs(draw: st.DrawFn, namespaces: tuple[str, ...] = NAMESPACES) -> Ref:
    """Refs in normal form, one to three steps below their namespace."""
    namespace = draw(st.sampled_from(namespaces))
    steps = draw(st.lists(names(), min_size=1, max_size=3))
    path = naming.platform(namespace) in naming.PATHS
    return naming.normal(Ref(namespace, "/".join(steps) if path else naming.join(*steps)))


def records(*kinds: type[Record]) -> st.SearchStrategy[Record]:
    """Records of these kinds; of every kind if none is named."""
    return st.one_of([_struct(kind, 0) for kind in kinds or KINDS])


def record_about(ref: Ref, kind: type[Record]) -> st.SearchStrategy[Record]:
    """Records of one kind about one object."""
    return _struct(kind, 0).map(lambda record: msgspec.structs.replace(record, ref=ref))


@lru_cache(maxsize=256)
def _struct(kind: type[S], depth: int) -> st.SearchStrategy[S]:
    return st.builds(kind, **{f.name: _value(f.type, depth) for f in msgspec.structs.fields(kind)})


def _value(hint: Any, depth: int) -> st.SearchStrategy[Any]:
    simple: dict[Any, st.SearchStrategy[Any]] = {
        str: texts(),
        bool: st.booleans(),
        int: st.integers(-(2**63), 2**63 - 1),
        float: st.floats(allow_nan=False, allow_infinity=False),
        datetime: st.datetimes(min_value=datetime(1970, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis adds the zone
        Ref: refs(),
        Any: st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | texts(),
        type(None): st.none(),
    }
    if hint in simple:
        return simple[hint]
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Literal:
        return st.sampled_from(parts)
    if origin in {Union, types.UnionType}:
        return st.one_of([_value(part, depth) for part in parts])
    if origin is tuple:
        item = parts[0]
        if isinstance(item, type) and issubclass(item, msgspec.Struct) and depth >= _DEEPEST:
            return st.just(())
        return st.lists(_value(item, depth + 1), max_size=3).map(tuple)
    if origin is dict:
        return st.dictionaries(texts(), _value(parts[1], depth), max_size=3)
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return _struct(hint, depth + 1)
    raise TypeError(f"no strategy for a field of {hint}")


def one_of_each() -> list[Record]:
    """One record of every kind with every field filled in, each about an object of its own."""
    return [_filled(kind, Ref(NAMESPACES[0], f"shop.public.{kind.__name__.lower()}"), 0) for kind in KINDS]


def _filled(kind: type[S], ref: Ref, depth: int) -> S:
    values = {f.name: _sample(f.type, f.name, ref, depth) for f in msgspec.structs.fields(kind)}
    return kind(**values)


def _sample(hint: Any, name: str, ref: Ref, depth: int) -> Any:
    if name == "ref" and depth == 0:
        return ref
    if name == "covers":
        return ("dataset",)
    simple: dict[Any, Any] = {
        str: f"{name} 'of' \"{ref.name}\" 🦉",
        bool: True,
        int: 7,
        float: 0.5,
        datetime: _MOMENT,
        Ref: Ref(NAMESPACES[1], f"ACME.PUBLIC.{name.upper()}"),
        Any: "any",
    }
    if hint in simple:
        return simple[hint]
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Literal:
        return parts[-1]
    if origin in {Union, types.UnionType}:
        return _sample(next(p for p in parts if p is not type(None)), name, ref, depth)
    if origin is tuple:
        struct = isinstance(parts[0], type) and issubclass(parts[0], msgspec.Struct) and parts[0] is not Ref
        return () if struct and depth >= _DEEPEST else (_sample(parts[0], name, ref, depth + 1),)
    if origin is dict:
        return {name: _sample(parts[1], name, ref, depth)}
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return _filled(hint, ref, depth + 1)
    raise TypeError(f"no sample for a field of {hint}")
