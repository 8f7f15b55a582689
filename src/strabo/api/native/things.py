"""One object: all that is known of it, its columns, its marks for conditional requests."""

from collections.abc import Iterator
from datetime import datetime
from hashlib import blake2b
from typing import Annotated, Any, Literal

import msgspec

from strabo.api.http import Call, Reply, Route
from strabo.api.native.finding import naming_one, node_of_path, said
from strabo.api.native.paging import At
from strabo.catalog import refs, times, view
from strabo.catalog.pushing import mark
from strabo.catalog.view import Said, Thing
from strabo.errors import NotFound
from strabo.model.records import Column, Dataset, Definition, Entity, Job, Owner, Partitions, Stats, Tag
from strabo.model.ref import Ref
from strabo.store.rows import Node

_encode = msgspec.json.Encoder(enc_hook=str).encode


class ColumnShown(msgspec.Struct, frozen=True, kw_only=True):
    """A column, a nested one under its whole path. `key`: PK, UK, FK, as they apply."""

    name: str
    type: str
    kind: str
    nullable: bool
    default: str | None
    generated: str | None
    identity: bool
    comment: str | None
    values: tuple[str, ...]
    key: str
    description: str | None
    tags: tuple[str, ...]


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known of one object: the best word of every feed, and under `said` who says what since when."""

    ref: Ref
    kind: str
    live: bool
    title: str | None
    description: str | None
    record: Entity | None
    columns: list[ColumnShown]
    definition: Definition | None
    stats: Stats | None
    partitions: Partitions | None
    owners: tuple[Owner, ...]
    tags: tuple[Tag, ...]
    aliases: tuple[Ref, ...]
    since: datetime | None
    seen: datetime | None
    seen_run: int
    upstream: int  # objects one step away
    downstream: int
    said: tuple[Said, ...]


class Then(msgspec.Struct, frozen=True, kw_only=True):
    at: At = ""


class Which(msgspec.Struct, frozen=True, kw_only=True):
    ref: Annotated[str, msgspec.Meta(description="A name, or any ending that only one object has.")]
    at: At = ""


class Columns(msgspec.Struct, frozen=True, kw_only=True):
    ref: Ref
    columns: list[ColumnShown]


def show(call: Call) -> Reply:
    with naming_one():
        node = refs.resolve(call.catalog.store, said(call.query.ref))
    return _answer(call, _then(call, node))


def dataset(call: Call) -> Reply:
    return _answer(call, _thing(call, "dataset"))


def job(call: Call) -> Reply:
    return _answer(call, _thing(call, "job"))


def columns(call: Call) -> Reply:
    thing = _thing(call, "dataset")
    return Reply(value=Columns(ref=thing.ref, columns=list(_columns(thing))))


def _thing(call: Call, kind: Literal["dataset", "job"]) -> Thing:
    """Raises NotFound for what nobody speaks of, and for what is of the other kind."""
    node = node_of_path(call)
    thing = _then(call, node)
    if not thing.said and not _joined(call, node):
        fix = "its history is under …/history, and ?at= shows how it was"
        raise NotFound(f"nobody says anything of {node.ref} any more", fix=fix)
    ref = thing.ref
    other = Job if kind == "dataset" else Dataset
    if isinstance(thing.record, other):
        raise NotFound(
            f"{ref} is a {thing.kind}, no {kind}",
            fix=f"ask under /api/v1/{'jobs' if kind == 'dataset' else 'datasets'}/",
        )
    return thing


def _then(call: Call, node: Node) -> Thing:
    """The object as `at=` asks for it. Raises NotFound when it was not known then."""
    at = times.transaction_at(call.catalog.store, call.query.at or None)
    thing = view.thing(call.catalog.store, node, at=at)
    if at is not None and not thing.said:
        raise NotFound(f"{thing.ref} was not known then", fix="GET /api/v1/history?ref= says since when it is")
    return thing


def _joined(call: Call, node: Node) -> bool:
    """Whether lineage leads here: such an object can be shown though nobody has announced it."""
    nodes, edges = call.catalog.store.members(node.id), call.catalog.store.edges
    return bool(edges(nodes, upstream=True) or edges(nodes, upstream=False))


def _answer(call: Call, thing: Thing) -> Reply:
    at = call.query.at or None
    graph = call.catalog.lineage(thing.ref, hops=1, at=at)
    up, down = sum(n.hop < 0 for n in graph.nodes), sum(n.hop > 0 for n in graph.nodes)
    body = _encode(_shown(thing, up, down))
    whole = blake2b(body, digest_size=8).hexdigest()
    tag = f'"{_mark(call, thing.ref)}-{whole}"' if at is None else f'"at-{whole}"'
    known = {t.strip().removeprefix("W/") for t in call.headers.get("if-none-match", "").split(",")}
    if tag in known or "*" in known:
        return Reply(value=b"", status=304, headers={"etag": tag})
    return Reply(value=body, headers={"etag": tag})


def _mark(call: Call, ref: Ref) -> str:
    store = call.catalog.store
    node = store.find([ref]).get(ref)
    return "" if node is None else mark(store.facts(store.members(node)))


def _shown(thing: Thing, up: int, down: int) -> Shown:
    told: dict[str, Any] = {n: getattr(thing, n) for n in Thing.__struct_fields__ if n != "column_descriptions"}
    return Shown(**told, columns=list(_columns(thing)), upstream=up, downstream=down)


def _columns(thing: Thing) -> Iterator[ColumnShown]:
    keys = _key_marks(thing.record)
    tags: dict[str, list[str]] = {}
    for tag in thing.tags:
        if tag.column:
            tags.setdefault(tag.column, []).append(tag.name)
    for path, column in _walk(thing.columns, ""):
        yield ColumnShown(
            name=path,
            type=column.type,
            kind=column.kind,
            nullable=column.nullable,
            default=column.default,
            generated=column.generated,
            identity=column.identity,
            comment=column.comment,
            values=column.values,
            key=keys.get(path, ""),
            description=thing.column_descriptions.get(path),
            tags=tuple(tags.get(path, ())),
        )


def _walk(found: tuple[Column, ...], above: str) -> Iterator[tuple[str, Column]]:
    for column in found:
        yield above + column.name, column
        yield from _walk(column.fields, f"{above}{column.name}.")


def _key_marks(record: Entity | None) -> dict[str, str]:
    if not isinstance(record, Dataset):
        return {}
    named = [("PK", record.primary_key.columns)] if record.primary_key else []
    named += [("UK", key.columns) for key in record.unique_keys]
    named += [("FK", key.columns) for key in record.foreign_keys]
    found: dict[str, dict[str, None]] = {}
    for sign, names in named:
        for name in names:
            found.setdefault(name, {})[sign] = None
    return {name: " ".join(signs) for name, signs in found.items()}


ROUTES = [
    Route(
        method="GET",
        path="/api/v1/show",
        handle=show,
        summary="All that is known of one object, by any ending of its name",
        query=Which,
        answer=Shown,
        group="Objects",
    ),
    Route(
        method="GET",
        path="/api/v1/datasets/{namespace}/{name}",
        handle=dataset,
        summary="All that is known of a dataset",
        query=Then,
        answer=Shown,
        group="Objects",
    ),
    Route(
        method="GET",
        path="/api/v1/datasets/{namespace}/{name}/columns",
        handle=columns,
        summary="The columns of a dataset",
        query=Then,
        answer=Columns,
        group="Objects",
    ),
    Route(
        method="GET",
        path="/api/v1/jobs/{namespace}/{name}",
        handle=job,
        summary="All that is known of a job",
        query=Then,
        answer=Shown,
        group="Objects",
    ),
]
