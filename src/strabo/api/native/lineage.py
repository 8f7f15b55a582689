"""What feeds an object, what it feeds, and what breaks when it changes."""

from typing import Annotated

import msgspec

from strabo.api.http import Call, Reply, Route
from strabo.api.native.finding import naming_one, of_path, said
from strabo.api.native.paging import At, Cursor, Limit, Page, cursor, paged, place, sliced
from strabo.catalog.times import length
from strabo.graph.model import Direction, Graph
from strabo.graph.text import as_dict
from strabo.model.ref import Ref

Hops = Annotated[int, msgspec.Meta(ge=1, le=1_000_000, description="Go so far. Without: all the way.")]


class How(msgspec.Struct, frozen=True, kw_only=True):
    direction: Direction = "both"
    hops: Hops | None = None
    columns: Annotated[bool, msgspec.Meta(description="Say which column makes which.")] = False
    indirect: Annotated[bool, msgspec.Meta(description="Also columns that only filter, join or sort.")] = False
    limit: Annotated[
        int, msgspec.Meta(ge=1, le=100_000, description="At most so many objects; `left_out` counts the rest.")
    ] = 1000
    at: At = ""
    fresh: Annotated[
        str,
        msgspec.Meta(
            description="How long an edge counts as current that only runs or queries have shown, as in `30d`."
        ),
    ] = ""
    kind: Annotated[str, msgspec.Meta(description="Only the ways to these: `table`; several with commas.")] = ""
    like: Annotated[
        str,
        msgspec.Meta(description="Only the ways to full names that fit a shell pattern: `*.marts.*`.", max_length=1000),
    ] = ""


class Asked(How, frozen=True, kw_only=True):
    ref: Annotated[
        str, msgspec.Meta(description="A name, or any ending that only one object has; `orders.amount` is a column.")
    ]


def lineage(call: Call) -> Reply:
    return _graph(call, said(call.query.ref))


def of_object(call: Call) -> Reply:
    return _graph(call, of_path(call))


def _graph(call: Call, ref: str | Ref) -> Reply:
    asked: How = call.query
    with naming_one():
        graph = call.catalog.lineage(
            ref,
            upstream=asked.direction != "downstream",
            downstream=asked.direction != "upstream",
            hops=asked.hops,
            columns=asked.columns,
            indirect=asked.indirect,
            limit=asked.limit,
            at=asked.at or None,
            fresh=length(asked.fresh) if asked.fresh else None,
            kinds={k.strip() for k in asked.kind.split(",")} - {""},
            like=asked.like,
        )
    return Reply(value=as_dict(graph))


class Touching(msgspec.Struct, frozen=True, kw_only=True):
    ref: Annotated[str, msgspec.Meta(description="A name, or any ending that only one object has; or a column of it.")]
    hops: Hops | None = None
    at: At = ""
    limit: Limit = 200
    cursor: Cursor = ""


class Touched(msgspec.Struct, frozen=True, kw_only=True):
    """One object, or one column of it, and the way on which it is reached."""

    hop: int
    namespace: str
    name: str
    kind: str
    column: str
    via: str
    via_column: str
    how: str
    guessed: bool
    job: str
    owners: str
    live: bool


class Impact(Page, frozen=True, kw_only=True):
    """`objects` counts all that are touched, on whatever page."""

    objects: int
    rows: list[Touched]


def impact(call: Call) -> Reply:
    asked: Touching = call.query
    start: int = place(asked.cursor, o=int).get("o", 0)
    with naming_one():
        rows = call.catalog.impact(said(asked.ref), hops=asked.hops, at=asked.at or None)
    shown, following = sliced(rows, start, asked.limit)
    value = {"objects": len({row.ref for row in rows}), "rows": [row.flat() for row in shown]}
    return paged(call, value, cursor(o=following) if following else None)


ROUTES = [
    Route(
        method="GET",
        path="/api/v1/datasets/{namespace}/{name}/lineage",
        handle=of_object,
        summary="What feeds a dataset and what it feeds",
        query=How,
        answer=Graph,
        group="Objects",
    ),
    Route(
        method="GET",
        path="/api/v1/jobs/{namespace}/{name}/lineage",
        handle=of_object,
        summary="What a job reads and writes, and further",
        query=How,
        answer=Graph,
        group="Objects",
    ),
    Route(
        method="GET",
        path="/api/v1/lineage",
        handle=lineage,
        summary="What feeds an object or a column, and what it feeds",
        query=Asked,
        answer=Graph,
        group="Following",
    ),
    Route(
        method="GET",
        path="/api/v1/impact",
        handle=impact,
        summary="All that breaks when an object or a column changes",
        query=Touching,
        answer=Impact,
        group="Following",
    ),
]
