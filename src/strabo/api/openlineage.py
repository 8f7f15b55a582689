"""The OpenLineage door: one event, or many with an answer for each.

https://openlineage.io/apidocs/openapi/: POST /lineage and /lineage/batch. Clients take any 2xx for taken, repeat on 503
and drop the event on 429; so it answers when the event is durable, and says 503 when there is too much.
"""

import asyncio
import logging
from typing import Annotated, Any, Literal

import msgspec

from strabo.api.http import Call, Reply, Route
from strabo.api.native.writing import feed_of, weight
from strabo.api.problems import Refused
from strabo.catalog.events import FEED, STANDING, Took, fold_events
from strabo.errors import AccessDenied, BadRecord, StraboError, Unavailable
from strabo.model import naming
from strabo.openlineage.event import Event, parse
from strabo.openlineage.spoken import spoken_of

_faults = logging.getLogger("strabo.faults")
_APART = 256 * 1024  # bytes from which a body is read on a thread of its own


class Into(msgspec.Struct, kw_only=True):
    feed: Annotated[str, msgspec.Meta(description="The feed to fold into.")] = FEED


class One(msgspec.Struct, kw_only=True, omit_defaults=True):
    """An event was taken; `new` is false for one that was here before."""

    new: bool
    warnings: tuple[str, ...] = ()


class Summary(msgspec.Struct, kw_only=True):
    """Of a batch: https://openlineage.io/apidocs/openapi/."""

    received: int
    successful: int
    failed: int
    retriable: int
    non_retriable: int
    duplicates: int = 0


class FailedEvent(msgspec.Struct, kw_only=True):
    index: int
    reason: str
    retriable: bool


class Batch(msgspec.Struct, kw_only=True):
    status: Literal["success", "partial_success", "failure"]
    summary: Summary
    failed_events: list[FailedEvent] = []


async def post_event(call: Call) -> Reply:
    """Takes one event: 201 when it is durable."""
    event = await _read(call.body)
    if isinstance(event, list):
        raise BadRecord("this is a list of events", fix="send it to …/lineage/batch")
    _allowed(call, event)
    took = await _fold(call, [event])
    return Reply(value=One(new=took[0].new, warnings=took[0].warnings), status=201)


async def post_batch(call: Call) -> Reply:
    """Takes an array of events, or one a line. What cannot be taken is named; the others are stored."""
    values = await _read(call.body, several=True)
    good: list[tuple[int, Event]] = []
    failed: list[FailedEvent] = []
    for index, value in enumerate(values):
        try:
            event = value if isinstance(value, Event) else _again(value)
            _allowed(call, event)
            good.append((index, event))
        except StraboError as error:
            failed.append(FailedEvent(index=index, reason=_reason(error), retriable=False))
    took: list[Took] = []
    if good:
        took = await _stored(call, good, failed)
    failed.sort(key=lambda f: f.index)
    retriable = sum(f.retriable for f in failed)
    stored = len(values) - len(failed)
    summary = Summary(
        received=len(values),
        successful=stored,
        failed=len(failed),
        retriable=retriable,
        non_retriable=len(failed) - retriable,
        duplicates=sum(not t.new for t in took),
    )
    status: Literal["success", "partial_success", "failure"] = (
        "success" if not failed else "partial_success" if stored else "failure"
    )
    return Reply(value=Batch(status=status, summary=summary, failed_events=failed))


async def _stored(call: Call, good: list[tuple[int, Event]], failed: list[FailedEvent]) -> list[Took]:
    """All in one; where one of them breaks it, each on its own, so that its fault is not the others'."""
    try:
        return await _fold(call, [event for _, event in good])
    except (Unavailable, AccessDenied):  # nothing that one of them is to blame for
        raise
    except Exception:  # noqa: BLE001 - whose fault it is, is seen below
        return [took for index, event in good for took in await _alone(call, index, event, failed)]


async def _alone(call: Call, index: int, event: Event, failed: list[FailedEvent]) -> list[Took]:
    try:
        return await _fold(call, [event])
    except BadRecord as error:
        failed.append(FailedEvent(index=index, reason=_reason(error), retriable=False))
    except StraboError:
        raise
    except Exception:  # noqa: BLE001 - an edge: it is this item's answer, and the others are stored
        _faults.exception("trace %s: event %d of a batch", call.trace, index)
        reason = f"a fault of ours; the server's log has more under the trace id {call.trace}"
        failed.append(FailedEvent(index=index, reason=reason, retriable=False))
    return []


async def _fold(call: Call, events: list[Event]) -> list[Took]:
    feed = feed_of(call, call.query.feed)
    call.who.need_feed(feed)  # before anything is asked of the store
    standing = STANDING if feed == FEED else await weight(call.catalog, feed, STANDING)
    found: list[Took] = await call.write(fold_events, events, feed=feed, standing=standing)
    return found


def _reason(error: StraboError) -> str:
    return f"{error.what} (at {error.where})" if error.where else error.what


async def _read(body: bytes, *, several: bool = False) -> Any:
    if len(body) < _APART:
        return _values(body) if several else parse(body)
    return await asyncio.to_thread(_values if several else parse, body)


def _values(body: bytes) -> list[Any]:
    """The events of a body, each parsed, or the error in its place."""
    if body.lstrip()[:1] != b"[":
        return _lines(body)
    try:
        raws = msgspec.json.decode(body, type=list[msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(400, f"not JSON: {error}", fix="send a JSON array of events, or one event a line") from error
    return [_tried(bytes(raw)) for raw in raws]


def _lines(body: bytes) -> list[Any]:
    """One event a line; or a single one, laid out over several lines."""
    found = [_tried(line) for line in body.split(b"\n") if line.strip()]
    if len(found) > 1 and all(isinstance(one, StraboError) for one in found):
        whole = _tried(body)
        return [whole] if isinstance(whole, Event) else found
    return found


def _tried(body: bytes) -> Event | StraboError:
    try:
        return parse(body)
    except StraboError as error:
        return error


def _again(error: StraboError) -> Event:
    raise error


def _allowed(call: Call, event: Event) -> None:
    """A token for some namespaces is for events that say something of what lies there, and may read from anywhere."""
    if not call.who.namespaces:
        return
    why = call.who.refused(naming.normal(ref) for ref in spoken_of(event))
    if why:
        raise Refused(403, why, fix=f"its namespaces: {', '.join(call.who.namespaces)}")


ROUTES = [
    Route(
        method="POST",
        path="/api/v1/lineage",
        handle=post_event,
        summary="Take one OpenLineage event",
        needs="ingest",
        query=Into,
        body=dict[str, Any],
        answer=One,
        status=201,
        group="OpenLineage",
    ),
    Route(
        method="POST",
        path="/api/v1/lineage/batch",
        handle=post_batch,
        summary="Take many OpenLineage events, with an answer for each that fails",
        needs="ingest",
        query=Into,
        body=list[dict[str, Any]],
        media=("application/json", "application/x-ndjson"),
        answer=Batch,
        group="OpenLineage",
    ),
]
