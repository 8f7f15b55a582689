"""Search, and what to complete a beginning with."""

from typing import Annotated

import msgspec

from strabo.api.http import Call, Reply, Route
from strabo.api.native.paging import At, Cursor, Limit, Page, cursor, paged, place
from strabo.catalog.find import Hit
from strabo.errors import UsageError
from strabo.model.ref import Ref

_DEEPEST = 10_000  # hits that can be paged through: what comes later, nobody has ranked


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    q: Annotated[
        str,
        msgspec.Meta(
            description='Words, `"phrases"`, `-not`, `kind:view`, `tag:pii`, `owner:ann`, `schema:public`, '
            "`platform:postgres`, `column:email`, `namespace:`."
        ),
    ] = ""
    limit: Limit = 20
    cursor: Cursor = ""
    at: At = ""
    facets: Annotated[bool, msgspec.Meta(description="Count what was found by kind, platform, schema, tag, owner.")] = (
        True
    )


class Found(Page, frozen=True, kw_only=True):
    """`total` is exact unless `more`. `repaired`: what was searched instead, when nothing has the words as typed;
    `relaxed`: nothing has all of the words, these have some.
    """

    query: str
    total: int
    more: bool
    repaired: str | None
    relaxed: bool
    offset: int
    hits: list[Hit]
    facets: dict[str, dict[str, int]]


def search(call: Call) -> Reply:
    asked: Asked = call.query
    offset: int = place(asked.cursor, o=int).get("o", 0)
    offset = min(offset, _DEEPEST)
    found = call.catalog.find(
        asked.q, limit=asked.limit, offset=offset, at=asked.at or None, facets=asked.facets and not offset
    )
    end = offset + len(found.hits)
    following = cursor(o=end) if found.hits and (end < found.total or found.more) and end < _DEEPEST else None
    value = {
        "query": found.query,
        "total": found.total,
        "more": found.more,
        "repaired": found.repaired,
        "relaxed": found.relaxed,
        "offset": offset,
        "hits": found.hits,
        "facets": found.facets,
    }
    return paged(call, value, following)


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    q: Annotated[str, msgspec.Meta(description="What was typed so far.")] = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=10)] = 10


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    ref: Ref
    kind: str


class Suggestions(msgspec.Struct, frozen=True, kw_only=True):
    query: str
    items: list[Suggestion]


def suggest(call: Call) -> Reply:
    asked: Begun = call.query
    try:
        hits = call.catalog.find(asked.q, limit=asked.limit, facets=False).hits if asked.q.strip() else ()
    except UsageError:  # the beginning of a filter, or one that there is not: nothing completes it
        hits = ()
    items = [Suggestion(ref=hit.ref, kind=hit.kind) for hit in hits]
    return Reply(value=Suggestions(query=asked.q, items=items))


ROUTES = [
    Route(
        method="GET",
        path="/api/v1/search",
        handle=search,
        summary="Find objects by words and filters",
        query=Asked,
        answer=Found,
        group="Finding",
    ),
    Route(
        method="GET",
        path="/api/v1/suggest",
        handle=suggest,
        summary="Complete the beginning of a name",
        query=Begun,
        answer=Suggestions,
        group="Finding",
    ),
]
