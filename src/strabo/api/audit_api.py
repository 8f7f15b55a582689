"""The audit over HTTP, for those with the right `admin`."""

from typing import Annotated

import msgspec

from strabo.api.http import Call, Reply, Route
from strabo.api.native import paging
from strabo.catalog import audit, times


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which writes to list."""

    since: Annotated[str, msgspec.Meta(description='From when on: "2026-11-01", "3d" (ago).')] = ""
    actor: Annotated[str, msgspec.Meta(description="Only those of this actor, or of those like `ann@*`.")] = ""
    uses: Annotated[bool, msgspec.Meta(description="Also those that only say when a token was last used.")] = False
    limit: paging.Limit = 50
    cursor: paging.Cursor = ""


class Answer(paging.Page, frozen=True, kw_only=True):
    """Writes, newest first. A page may hold fewer than asked for, or none, and still have a `next`."""

    writes: list[audit.Written]


def listing(call: Call) -> Reply:
    """A page of writes."""
    asked: Asked = call.query
    found = audit.page(
        call.catalog.store,
        before=paging.place(asked.cursor, b=int).get("b"),
        since=times.parse_time(asked.since) if asked.since else None,
        actor=asked.actor,
        limit=asked.limit,
        uses=asked.uses,
    )
    following = None if found.following is None else paging.cursor(b=found.following)
    return paging.paged(call, {"writes": found.writes}, following)


ROUTES = [
    Route(
        method="GET",
        path="/api/v1/audit",
        handle=listing,
        summary="List who wrote what, when and from where",
        needs="admin",
        query=Asked,
        answer=Answer,
        group="audit",
    )
]
