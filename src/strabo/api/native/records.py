"""POST /records: records as they are staged and exported, thousands at a time, with an answer for each."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec

from strabo.api.http import Call, Reply, Route
from strabo.api.native.lines import Bad, Body, read
from strabo.api.native.writing import done, feed_of, key_of, refused
from strabo.api.problems import Refused
from strabo.catalog.pushing import Done, Push, Refusal, Unstored, failing, push
from strabo.model.records import Record

_APART = 64 * 1024  # bytes beyond which a body is read on a thread, so that others are answered meanwhile
_STATES = {"w": "written", "u": "unchanged", "f": "failed"}


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    feed: Annotated[str, msgspec.Meta(description="Who says it. Else the header's feed, else `push`.")] = ""
    atomic: Annotated[bool, msgspec.Meta(description="All or nothing: one bad record refuses all of them.")] = False
    answers: Annotated[Literal["failed", "all"], msgspec.Meta(description="Which records `items` tells of.")] = "failed"


class Item(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of one record of the body."""

    index: int  # from 0
    status: Literal["written", "unchanged", "failed"]
    line: int = 0  # from 1, of a body of lines
    column: int = 0  # from 1, in bytes, where its JSON breaks
    error: str = ""
    fix: str = ""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """received = written + unchanged + failed. Nothing of what is written or unchanged can be lost any more."""

    received: int
    written: int
    unchanged: int
    failed: int
    items: list[Item] = []


async def post(call: Call) -> Reply:
    asked: Asked = call.query
    large = len(call.body) > _APART
    body, denied = await asyncio.to_thread(_read, call) if large else _read(call)
    feed = feed_of(call, asked.feed, body.feed)
    payload = Push(records=body.records, whole=asked.atomic, each=asked.answers == "all", key=key_of(call))
    try:
        told = await done(call, push, payload, feed)
    except Unstored as error:
        raise _none(body, _placed(body, error.failures)) from error
    headers = {"idempotency-replayed": "true"} if told.again else {}
    bad = [*body.bad, *denied]
    value = await asyncio.to_thread(_answer, body, told, bad) if large else _answer(body, told, bad)
    return Reply(value=value, headers=headers)


def _read(call: Call) -> tuple[Body, list[Bad]]:
    """The records that this caller may write, and those that it may not. Raises Refused 422 for all or nothing."""
    body, denied = _allowed(call, read(call.body, call.headers.get("content-type", "").lower()))
    if call.query.atomic and (body.bad or denied):
        raise _none(body, [*body.bad, *denied, *_placed(body, failing(body.records))])
    return body, denied


def _allowed(call: Call, body: Body) -> tuple[Body, list[Bad]]:
    if not call.who.namespaces:
        return body, []
    records, places, denied = [], [], []
    for at, record in enumerate(body.records):
        why = refused(call, record)
        if why:
            denied.append(Bad(body.index(at), why, f"its namespaces: {', '.join(call.who.namespaces)}"))
        else:
            records.append(record)
            places.append(body.index(at))
    return msgspec.structs.replace(body, records=records, places=places), denied


def _placed(body: Body, failures: Sequence[Refusal]) -> list[Bad]:
    return [Bad(body.index(f.index), f.error, f.fix) for f in failures]


def _answer(body: Body, told: Done, bad: Sequence[Bad]) -> Answer:
    items = _items(body, [*bad, *_placed(body, told.failures)])
    if told.states:
        placed = ((body.index(at), letter) for at, letter in enumerate(told.states) if letter != "f")
        others = [Item(index=index, status=_STATES[letter]) for index, letter in placed]  # type: ignore[arg-type]
        items = sorted([*items, *others], key=lambda item: item.index)
    failed = len(bad) + len(told.failures)
    return Answer(
        received=told.written + told.unchanged + failed,
        written=told.written,
        unchanged=told.unchanged,
        failed=failed,
        items=items,
    )


def _items(body: Body, bad: Sequence[Bad]) -> list[Item]:
    bad = sorted(bad, key=lambda b: b.index)
    lines = body.lines([b.index for b in bad])
    return [
        Item(index=b.index, status="failed", line=lines.get(b.index, 0), column=b.column, error=b.error, fix=b.fix)
        for b in bad
    ]


def _none(body: Body, bad: Sequence[Bad]) -> Refused:
    what = f"{len(bad)} of the records cannot be stored, so none was"
    return Refused(
        422, what, fix="put these right and send all again, or send them without atomic", items=_items(body, bad)
    )


ROUTES = [
    Route(
        method="POST",
        path="/api/v1/records",
        handle=post,
        summary="Store records: one a line, or a JSON array",
        needs="ingest",
        query=Asked,
        body=list[Record],
        media=("application/x-ndjson", "application/json"),
        answer=Answer,
        group="Writing",
    ),
]
