"""What was run, and what became of every object."""

from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from typing import Annotated, Any, Literal

import msgspec

from strabo.api.http import Call, Reply, Route
from strabo.api.native.paging import Cursor, Limit, Page, cursor, paged, place
from strabo.catalog.catalog import Listed
from strabo.errors import NotFound, UsageError
from strabo.ingest.report import Account, Report, Status

State = Literal["written", "unchanged", "filtered", "skipped", "failed", "retired", "proposed"]
_ORDER = ("failed", "skipped", "proposed", "retired", "filtered")
_GROUPS = 1000  # reasons told apart
_EXAMPLES = 3


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    feed: Annotated[str, msgspec.Meta(description="Only runs of this feed.")] = ""
    limit: Limit = 50
    cursor: Cursor = ""


class RunShown(msgspec.Struct, frozen=True, kw_only=True):
    """What a run did: listed = written + unchanged + filtered + skipped + failed, or it does not reconcile."""

    run: int
    feed: str
    status: Status
    started_at: datetime | None
    ended_at: datetime | None
    listed: int
    written: int
    unchanged: int
    filtered: int
    skipped: int
    failed: int
    retired: int
    proposed: int
    notes: int
    records: int
    scopes: int
    lost: int
    problem: str | None
    fix: str | None
    exit_code: int
    reconciles: bool


class Reason(msgspec.Struct, kw_only=True):
    """Why some objects, or parts of them, ended as they did."""

    state: str
    reason: str
    part: str | None
    fix: str | None
    count: int = 0
    examples: list[str] = []


class RunTold(RunShown, frozen=True, kw_only=True):
    reasons: list[Reason]


class Runs(Page, frozen=True, kw_only=True):
    runs: list[RunShown]


class Which(msgspec.Struct, frozen=True, kw_only=True):
    state: Annotated[str, msgspec.Meta(description="Only objects that ended so; several with commas.")] = ""
    limit: Limit = 200
    cursor: Cursor = ""


class Objects(Page, frozen=True, kw_only=True):
    objects: list[Listed]


def told(report: Report) -> dict[str, Any]:
    """A report as the API shows it, without its reasons."""
    own = {n: getattr(report, n) for n in RunShown.__struct_fields__ if n != "reconciles"}
    return {**own, "reconciles": report.reconciles}


def reasons(accounts: Iterable[Account]) -> list[Reason]:
    """The accounts grouped by state, reason, part and fix; failures first, then the most frequent."""
    groups: dict[tuple[str, str, str | None, str | None], Reason] = {}
    for account in accounts:
        key = (account.state, account.reason, account.part, account.fix)
        if key not in groups and len(groups) >= _GROUPS:
            key = (account.state, "other reasons", None, None)
        found = groups.setdefault(key, Reason(state=key[0], reason=key[1], part=key[2], fix=key[3]))
        found.count += 1
        if len(found.examples) < _EXAMPLES:
            found.examples.append(str(account.ref))
    return sorted(groups.values(), key=lambda r: (_ORDER.index(r.state), -r.count))


def runs(call: Call) -> Reply:
    asked: Asked = call.query
    before: int = place(asked.cursor, b=int).get("b", 0)
    wanted = asked.limit + 1
    while True:  # the store gives the newest: more are asked for until those of this page are among them
        found = call.catalog.runs(wanted, feed=asked.feed or None)
        older = [r for r in found if not before or r.run < before]
        if len(older) > asked.limit or len(found) < wanted:
            break
        wanted *= 4
    shown = older[: asked.limit]
    following = cursor(b=shown[-1].run) if len(older) > asked.limit else None
    return paged(call, {"runs": [told(r) for r in shown]}, following)


def run(call: Call) -> Reply:
    number = _number(call)
    return Reply(value={**told(_report(call, number)), "reasons": reasons(call.catalog.accounts(number))})


def objects(call: Call) -> Reply:
    asked: Which = call.query
    number = _number(call)
    _report(call, number)
    start: int = place(asked.cursor, o=int).get("o", 0)
    states = {s.strip() for s in asked.state.split(",")} - {""}
    known = State.__args__  # type: ignore[attr-defined]
    for state in states - set(known):
        raise UsageError(f"state: {state[:60]!r} is none", where="the query", fix=f"use {', '.join(known)}")
    wanted = (o for o in call.catalog.objects(number) if not states or o.state in states)
    shown = list(islice(wanted, start, start + asked.limit + 1))
    more = len(shown) > asked.limit
    return paged(call, {"objects": shown[: asked.limit]}, cursor(o=start + asked.limit) if more else None)


def _number(call: Call) -> int:
    text = call.path["run"]
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise NotFound(f"{text[:60]!r} is no number of a run", fix="GET /api/v1/runs lists them")
    return int(text)


def _report(call: Call, number: int) -> Report:
    report = call.catalog.store.run(number)
    if report is None:
        raise NotFound(f"there is no run {number}", fix="GET /api/v1/runs lists them")
    return report


ROUTES = [
    Route(
        method="GET",
        path="/api/v1/runs",
        handle=runs,
        summary="The runs, newest first",
        query=Asked,
        answer=Runs,
        group="Runs",
    ),
    Route(
        method="GET",
        path="/api/v1/runs/{run}",
        handle=run,
        summary="What a run did, and why it left out what it left out",
        answer=RunTold,
        group="Runs",
    ),
    Route(
        method="GET",
        path="/api/v1/runs/{run}/objects",
        handle=objects,
        summary="Every object of a run and how it ended",
        query=Which,
        answer=Objects,
        group="Runs",
    ),
]
