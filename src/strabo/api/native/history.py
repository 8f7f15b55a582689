"""Looking back: all that was ever said of an object, and what differs between two moments."""

from datetime import datetime
from typing import Annotated, Any

import msgspec

from strabo.api.http import Call, Reply, Route
from strabo.api.native.finding import naming_one, of_path, one
from strabo.api.native.paging import Cursor, Limit, Page, cursor, paged, place, sliced
from strabo.catalog import times
from strabo.catalog.compare import Difference
from strabo.model.ref import Ref


class Pages(msgspec.Struct, frozen=True, kw_only=True):
    limit: Limit = 200
    cursor: Cursor = ""


class Which(Pages, frozen=True, kw_only=True):
    ref: Annotated[str, msgspec.Meta(description="A name, or any ending that only one object has.")]


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """`what` says where: "column amount", "column amount type"."""

    change: str
    what: str
    before: str | None
    after: str | None


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What one transaction of one feed changed about an object. `run` is 0 for a push."""

    at: datetime
    feed: str
    run: int
    actor: str
    change: str
    aspect: str
    differences: list[Told]


class History(Page, frozen=True, kw_only=True):
    """Newest first."""

    ref: Ref
    events: list[Step]


def of_ref(call: Call) -> Reply:
    return _history(call, one(call, call.query.ref))


def of_object(call: Call) -> Reply:
    return _history(call, of_path(call))


def _history(call: Call, ref: Ref) -> Reply:
    asked: Pages = call.query
    start: int = place(asked.cursor, o=int).get("o", 0)
    events, following = sliced(call.catalog.history(ref), start, asked.limit)
    names = ("at", "feed", "run", "actor", "change", "aspect")
    steps = [{**{n: getattr(e, n) for n in names}, "differences": _told(e.differences)} for e in events]
    return paged(call, {"ref": ref, "events": steps}, cursor(o=following) if following else None)


def _told(differences: tuple[Difference, ...]) -> list[dict[str, str | None]]:
    return [{"change": d.change, "what": d.what, "before": d.before, "after": d.after} for d in differences]


_MOMENT = 'A time ("2026-11-01", "3d", "yesterday") or `run:N`'


class Between(msgspec.Struct, frozen=True, kw_only=True):
    since: Annotated[
        str,
        msgspec.Meta(description=f"{_MOMENT}: before that run. Without: before the newest run that changed anything."),
    ] = ""
    until: Annotated[str, msgspec.Meta(description=f"{_MOMENT}: after that run. Without: now.")] = ""
    within: Annotated[str, msgspec.Meta(description="Only this object and what lies in it.")] = ""
    all: Annotated[bool, msgspec.Meta(description="Also what moves with the data: sizes, usage, profiles, runs.")] = (
        False
    )
    limit: Limit = 200
    cursor: Cursor = ""


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    ref: Ref
    change: str
    kind: str
    differences: list[Told]


class Diff(Page, frozen=True, kw_only=True):
    """The counts are of all that is different, on whatever page."""

    since: datetime | None
    until: datetime | None
    created: int
    changed: int
    retired: int
    objects: list[Changed]


def diff(call: Call) -> Reply:
    asked: Between = call.query
    store = call.catalog.store
    at = place(asked.cursor, a=int, u=int, o=int)  # later pages compare the same two moments
    since: Any = at.get("a", asked.since or None)
    until: int | None = at.get("u", times.transaction_at(store, asked.until or None))
    until = store.last() if until is None else until
    with naming_one():
        found = call.catalog.diff(since, until, within=asked.within or None, quiet=not asked.all)
    shown, following = sliced(list(found.objects), at.get("o", 0), asked.limit)
    after = at["a"] if at else store.last(at=times.to_micros(found.since)) if found.since else 0
    value = {
        "since": found.since,
        "until": found.until,
        "created": found.count("created"),
        "changed": found.count("changed"),
        "retired": found.count("retired"),
        "objects": [
            {"ref": o.ref, "change": o.change, "kind": o.kind, "differences": _told(o.differences)} for o in shown
        ],
    }
    return paged(call, value, cursor(a=after, u=until, o=following) if following else None)


ROUTES = [
    Route(
        method="GET",
        path="/api/v1/datasets/{namespace}/{name}/history",
        handle=of_object,
        summary="All that was ever said of a dataset",
        query=Pages,
        answer=History,
        group="Objects",
    ),
    Route(
        method="GET",
        path="/api/v1/jobs/{namespace}/{name}/history",
        handle=of_object,
        summary="All that was ever said of a job",
        query=Pages,
        answer=History,
        group="Objects",
    ),
    Route(
        method="GET",
        path="/api/v1/history",
        handle=of_ref,
        summary="All that was ever said of an object, newest first",
        query=Which,
        answer=History,
        group="Looking back",
    ),
    Route(
        method="GET",
        path="/api/v1/diff",
        handle=diff,
        summary="What is different between two moments",
        query=Between,
        answer=Diff,
        group="Looking back",
    ),
]
