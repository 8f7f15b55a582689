"""Namespaces, sources and tags: what Marquez keeps beside datasets and jobs."""

import re
from typing import Any

import msgspec

from strabo.api.marquez.answers import Json, stamp
from strabo.api.marquez.cards import by_node, cards
from strabo.api.marquez.hidden import Hidden
from strabo.errors import NotFound
from strabo.model import naming
from strabo.model.records import Container, Ownership
from strabo.model.ref import Ref
from strabo.search.query import Filter, Query
from strabo.store.protocol import Reader
from strabo.store.rows import ASPECTS

SOURCES, TAGS = "marquez.source", "marquez.tag"
"""The spaces of notes in which sources and the descriptions of tags are kept: the catalog has no such objects."""

ANYBODY = "anonymous"
_TAGGED = 2_000  # objects that are looked through, for tags or for life
_PASSWORD = re.compile(r"(?i)(//[^/@:\s]*):[^@/\s]*@|((?:password|passwd|pwd|secret|token|key)=)[^&;\s]*")


class Source(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A source as a client put it."""

    type: str
    connection_url: str
    description: str | None = None
    created_at: str | None = None


class Tag(msgspec.Struct, frozen=True, kw_only=True):
    """A tag as a client put it."""

    description: str | None = None


# --- namespaces


def namespaces(reader: Reader) -> list[Json]:
    """All that hold something, by name."""
    names = list(reader.namespaces())
    return _namespaces(reader, names)


def namespace(reader: Reader, name: str) -> Json:
    """Raises NotFound for one that holds nothing and was not put."""
    name = naming.normal_namespace(name)
    if not reader.by_prefix(name, "", 1):
        raise NotFound(f"there is no namespace {name[:200]!r}", fix="GET …/namespaces lists those that there are")
    return _namespaces(reader, [name])[0]


def _namespaces(reader: Reader, names: list[str]) -> list[Json]:
    nodes = reader.find([Ref(name, "") for name in names])
    told = by_node(reader, list(nodes.values()), (ASPECTS["container"], ASPECTS["ownership"]))
    hidden = Hidden(reader)
    start = reader.moment(1)
    began = start.at if start is not None else 0
    found = []
    for name in names:
        said = told.get(nodes.get(Ref(name, ""), 0), ())
        container = next((t.record for t in said if isinstance(t.record, Container)), None)
        owners = [o.name for t in said if isinstance(t.record, Ownership) for o in t.record.owners]
        found.append(
            {
                "name": name,
                "createdAt": stamp(min((t.since for t in said), default=began)),
                "updatedAt": stamp(max((t.since for t in said), default=began)),
                "ownerName": next(iter(owners), None) or (container.owner if container else None) or ANYBODY,
                "description": container.comment if container is not None else None,
                "isHidden": hidden.namespace(name, max((t.tx for t in said), default=0))
                and not _stirring(reader, hidden, name),
            }
        )
    return found


def _stirring(reader: Reader, hidden: Hidden, name: str) -> bool:
    """Whether something was said of an object of a hidden namespace since."""
    nodes = [node.id for node in reader.by_prefix(name, "", _TAGGED) if node.live and node.ref.name]
    return bool(hidden.visible(cards(reader, nodes).values()))


# --- sources


def sources(reader: Reader) -> list[Json]:
    """Those that were put, and every namespace that is an address."""
    put = {note.key: _source(note.key, note.at, note.body) for note in reader.notes(SOURCES)}
    others = {n: _of_namespace(reader, n) for n in reader.namespaces() if "://" in n and n not in put}
    return [one for _, one in sorted({**put, **others}.items())]


def source(reader: Reader, name: str) -> Json:
    """Raises NotFound."""
    notes = reader.notes(SOURCES, [name])
    if notes:
        return _source(name, notes[0].at, notes[0].body)
    if reader.by_prefix(naming.normal_namespace(name), "", 1):
        return _of_namespace(reader, name)
    raise NotFound(f"there is no source {name[:200]!r}", fix="GET …/sources lists those that there are")


def _source(name: str, at: int, body: bytes) -> Json:
    said = msgspec.json.decode(body, type=Source)
    return {
        "type": said.type,
        "name": name,
        "createdAt": said.created_at or stamp(at),
        "updatedAt": stamp(at),
        "connectionUrl": said.connection_url,
        "description": said.description,
    }


def _of_namespace(reader: Reader, name: str) -> Json:
    start = reader.moment(1)
    began = stamp(start.at if start is not None else 0)
    return {
        "type": naming.platform(name).upper(),
        "name": name,
        "createdAt": began,
        "updatedAt": began,
        "connectionUrl": name,
        "description": None,
    }


def without_password(url: str) -> str:
    """A URL as it may be kept and shown."""
    return _PASSWORD.sub(lambda m: f"{m[1]}:***@" if m[1] is not None else f"{m[2]}***", url)


# --- tags


def tags(reader: Reader) -> list[Json]:
    """Those that were put, and those in use, by name."""
    found: dict[str, Any] = {note.key: msgspec.json.decode(note.body, type=Tag) for note in reader.notes(TAGS)}
    tagged = reader.candidates(Query(text="", filters=(Filter("tag", ("*",)),)), _TAGGED)
    for field, value, _ in reader.labels(tagged) if tagged else ():
        if field == "tag":
            found.setdefault(value, Tag())
    return [{"name": name, "description": tag.description or ""} for name, tag in sorted(found.items())]
