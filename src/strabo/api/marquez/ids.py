"""How Marquez names nodes and versions, and which object of the catalog such a name means.

Its own server takes `dataset:NAMESPACE:NAME` apart with a regular expression that namespaces such as
`postgres://db:5432` and names with colons or digits in front defeat. Here every way to cut it is looked up.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID, uuid5

from strabo.catalog import spelling
from strabo.errors import NotFound, UsageError
from strabo.model import codec, naming
from strabo.model.records import Dataset
from strabo.model.ref import Ref
from strabo.store.protocol import Reader
from strabo.store.rows import ASPECTS

_SPACE = UUID("6a2f5d0e-3f0a-5a55-9d57-6f1f0d5b5c11")
_VERSION = re.compile(r"#([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})\Z")
_CUTS = 24  # colons of a name that are tried; more are in the last part


def dataset_id(ref: Ref) -> str:
    return f"dataset:{ref.namespace}:{ref.name}"


def job_id(ref: Ref) -> str:
    return f"job:{ref.namespace}:{ref.name}"


def field_id(ref: Ref, column: str) -> str:
    return f"datasetField:{ref.namespace}:{ref.name}:{column}"


def version_id(ref: Ref, fact: int) -> str:
    """The UUID of the version of an object that one of its facts is."""
    return str(uuid5(_SPACE, f"version\x1f{ref.namespace}\x1f{ref.name}\x1f{fact}"))


def object_id(ref: Ref) -> str:
    """The UUID of an object."""
    return str(uuid5(_SPACE, f"object\x1f{ref.namespace}\x1f{ref.name}"))


class Meant(NamedTuple):
    """What a node id means."""

    kind: str  # "dataset", "job" or "run"
    node: int  # 0 for a run
    field: str | None = None
    version: str | None = None
    run: str = ""


def meant(reader: Reader, text: str) -> Meant:
    """The object that a node id names. Raises UsageError for what is no node id, NotFound for what is not there."""
    kind, colon, rest = text.partition(":")
    if not colon or kind not in {"dataset", "datasetField", "job", "run"} or not rest:
        raise UsageError(
            f"{text[:100]!r} is no node id",
            fix="it takes dataset:NAMESPACE:NAME, datasetField:…:COLUMN, job:… or run:ID",
        )
    if kind == "run":
        return Meant("run", 0, run=rest)
    ways: list[tuple[str, str | None]] = [(rest, None)]
    version = _VERSION.search(rest)
    if version:
        ways.append((rest[: version.start()], version[1].lower()))
    if " " in rest:  # a plus sign that was not quoted arrives as a space
        ways += [(way.replace(" ", "+"), v) for way, v in ways]
    for way, wanted in ways:
        found = _field(reader, way, wanted) if kind == "datasetField" else _whole(reader, kind, way, wanted)
        if found is not None:
            return found
    raise NotFound(f"there is no {text[:200]}", fix="/compat/marquez/api/v1/search?q= finds what there is")


def _whole(reader: Reader, kind: str, text: str, version: str | None) -> Meant | None:
    refs = [Ref(text[:at], text[at + 1 :]) for at in _colons(text)]
    nodes = _heads(reader, refs)
    best = next((nodes[ref] for ref in refs if ref in nodes), None)  # the longest namespace first
    return None if best is None else Meant(kind, best, None, version)


def _field(reader: Reader, text: str, version: str | None) -> Meant | None:
    ways = [
        (Ref(text[:first], text[first + 1 : last]), text[last + 1 :])
        for last in _colons(text)
        for first in _colons(text[:last])
    ]
    nodes = _heads(reader, [ref for ref, _ in ways])
    known = [(nodes[ref], column) for ref, column in ways if ref in nodes]
    if not known:
        return None
    columns: dict[int, set[str]] = {}
    for fact in reader.facts(sorted({node for node, _ in known}), (ASPECTS["dataset"],)):
        record = codec.decode(fact.body)
        if isinstance(record, Dataset):
            columns.setdefault(fact.node, set()).update(c.name for c in record.columns)
    best = next((k for k in known if k[1] in columns.get(k[0], ())), known[0])
    return Meant("dataset", best[0], best[1], version)


def _colons(text: str) -> Iterator[int]:
    """Where a text can be cut, from its end."""
    places = [at for at, char in enumerate(text) if char == ":"][:_CUTS]
    return (at for at in reversed(places) if at)


def _heads(reader: Reader, refs: list[Ref]) -> dict[Ref, int]:
    """The node that stands for each of these, of those that there are."""
    normal = {ref: naming.normal(ref) for ref in refs}
    found = spelling.meant(reader, list(dict.fromkeys(normal.values())))
    nodes = reader.nodes(set(found.values()))
    return {ref: nodes[found[one]].same or found[one] for ref, one in normal.items() if one in found}


def head(reader: Reader, namespace: str, name: str) -> int | None:
    """The node of a namespace and a name; None when there is none."""
    ref = Ref(namespace, name)
    return _heads(reader, [ref]).get(ref)
