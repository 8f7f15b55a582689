"""Lists: datasets and jobs by name, namespaces, feeds."""

from collections.abc import Iterator
from typing import Annotated, get_args

import msgspec

from strabo.api.http import Call, Reply, Route
from strabo.api.native.paging import Cursor, Limit, Page, cursor, paged, place, sliced
from strabo.model import naming
from strabo.model.records import DatasetKind, JobKind
from strabo.model.ref import Ref
from strabo.store.protocol import Reader
from strabo.store.rows import ASPECTS, Node

_BOTH = frozenset(get_args(DatasetKind)) & frozenset(get_args(JobKind))
_KINDS = {"dataset": frozenset(get_args(DatasetKind)), "job": frozenset(get_args(JobKind))}
_CHUNK = 1000


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    namespace: Annotated[str, msgspec.Meta(description="Only of this namespace.")] = ""
    prefix: Annotated[str, msgspec.Meta(description="Only names that begin so, letter case as it is shown.")] = ""
    kind: Annotated[str, msgspec.Meta(description="Only of this kind: `view`; several with commas.")] = ""
    limit: Limit = 200
    cursor: Cursor = ""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    ref: Ref
    kind: str


class Several(Page, frozen=True, kw_only=True):
    """By namespace and name; what is gone is not listed."""

    items: list[Entry]


def datasets(call: Call) -> Reply:
    return _list(call, "dataset")


def jobs(call: Call) -> Reply:
    return _list(call, "job")


def _list(call: Call, tag: str) -> Reply:
    asked: Asked = call.query
    at = place(asked.cursor, n=str, a=str)
    wanted = {k.strip() for k in asked.kind.split(",")} - {""}
    kinds = _KINDS[tag] & wanted if wanted else _KINDS[tag]
    store = call.catalog.store
    # A name without a namespace of its own is a mistake that is easily made: normal_namespace mends the usual ones.
    namespaces = [naming.normal_namespace(asked.namespace)] if asked.namespace else sorted(store.namespaces())
    found: list[Node] = []
    following = None
    for namespace in namespaces:
        if at and namespace < at["n"]:
            continue
        behind = at["a"] if at and namespace == at["n"] else ""
        for node in _nodes(store, namespace, asked.prefix, behind):
            if not node.live or node.kind not in kinds or (node.kind in _BOTH and not _announced(store, node, tag)):
                continue
            if len(found) == asked.limit:
                following = cursor(n=found[-1].ref.namespace, a=found[-1].ref.name)
                break
            found.append(node)
        if following:
            break
    return paged(call, {"items": [Entry(ref=n.ref, kind=n.kind) for n in found]}, following)


def _nodes(store: Reader, namespace: str, prefix: str, behind: str) -> Iterator[Node]:
    """The nodes of a namespace by name, from behind a name on, so many at a time."""
    while True:
        found = store.by_prefix(namespace, prefix, _CHUNK, after=behind)
        yield from found
        if len(found) < _CHUNK:
            return
        behind = found[-1].ref.name


def _announced(store: Reader, node: Node, tag: str) -> bool:
    """Whether a node of a kind that both have is of the one that is asked for."""
    return bool(store.facts(store.members(node.id), (ASPECTS[tag],)))


class Pages(msgspec.Struct, frozen=True, kw_only=True):
    limit: Limit = 200
    cursor: Cursor = ""


class Space(msgspec.Struct, frozen=True, kw_only=True):
    namespace: str
    platform: str
    objects: int


class Spaces(Page, frozen=True, kw_only=True):
    items: list[Space]


class FeedShown(msgspec.Struct, frozen=True, kw_only=True):
    """`standing` 0 is a person's edit, 1 the source itself, 2 derived, 3 guessed: the lower one is shown."""

    name: str
    standing: int


class Feeds(Page, frozen=True, kw_only=True):
    items: list[FeedShown]


def namespaces(call: Call) -> Reply:
    asked: Pages = call.query
    start: int = place(asked.cursor, o=int).get("o", 0)
    shown, following = sliced(sorted(call.catalog.store.namespaces().items()), start, asked.limit)
    items = [Space(namespace=name, platform=naming.platform(name), objects=count) for name, count in shown]
    return paged(call, {"items": items}, cursor(o=following) if following else None)


def feeds(call: Call) -> Reply:
    asked: Pages = call.query
    start: int = place(asked.cursor, o=int).get("o", 0)
    known = sorted(call.catalog.store.feeds().values(), key=lambda f: f.name)
    shown, following = sliced(known, start, asked.limit)
    items = [FeedShown(name=f.name, standing=f.standing) for f in shown]
    return paged(call, {"items": items}, cursor(o=following) if following else None)


ROUTES = [
    Route(
        method="GET",
        path="/api/v1/datasets",
        handle=datasets,
        summary="The datasets, by name",
        query=Asked,
        answer=Several,
        group="Finding",
    ),
    Route(
        method="GET",
        path="/api/v1/jobs",
        handle=jobs,
        summary="The jobs, by name",
        query=Asked,
        answer=Several,
        group="Finding",
    ),
    Route(
        method="GET",
        path="/api/v1/namespaces",
        handle=namespaces,
        summary="The namespaces, and how many objects each has",
        query=Pages,
        answer=Spaces,
        group="Finding",
    ),
    Route(
        method="GET",
        path="/api/v1/feeds",
        handle=feeds,
        summary="Who says things: the feeds, and what their word weighs",
        query=Pages,
        answer=Feeds,
        group="Finding",
    ),
]
